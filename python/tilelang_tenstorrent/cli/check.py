"""``tltt check DIR``"""

from __future__ import annotations

import argparse

import click


@click.command("check")
@click.argument("folder", metavar="DIR", required=False, type=click.Path(exists=True, file_okay=False))
@click.option("--arch", type=click.Choice(["wormhole_b0", "blackhole", "both"]), help="Default: the plan's.")
@click.option("--ttnn", metavar="DIR", help="Folder ttnn of an installed or unpacked wheel.")
@click.option("--install", is_flag=True, help="Download the ttnn wheel's headers into the cache folder first.")
def check_command(**options: object) -> int:
    """Compile the kernels in DIR against the genuine device headers of the ttnn wheel."""
    from ..check import run

    return run(argparse.Namespace(**options))
