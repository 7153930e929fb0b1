"""``tltt check DIR``"""

from __future__ import annotations

import click

from . import Failure


@click.command("check")
@click.argument("folder", metavar="DIR", type=click.Path(exists=True, file_okay=False))
@click.option("--arch", default=None, help="wormhole_b0 or blackhole; default: the plan's.")
def check_command(folder: str, arch: str | None) -> None:
    """Compile the kernels in DIR against the genuine device headers of the ttnn wheel."""
    from ..check import check_folder

    problems = check_folder(folder, arch)
    if problems:
        raise Failure("\n".join(problems))
    click.echo(f"{folder}: compiles against the genuine headers")
