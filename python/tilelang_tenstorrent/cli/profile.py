"""``tltt profile FILE[:KERNEL]``"""

from __future__ import annotations

import json
from pathlib import Path

import click

from . import Failure
from .compile import kernel_of, setting
from .options import target_options


@click.command("profile")
@target_options
@click.argument("file", metavar="FILE[:KERNEL]")
@click.option("--set", "settings", multiple=True, metavar="NAME=VALUE", help="An argument of the kernel's factory.")
@click.option("-o", "--output", metavar="DIR", help="Folder for profile.html, trace.json, ops_perf_results.csv, ...")
@click.option("--try", "tries", is_flag=True, help="Time every advice that is a matter of target options.")
@click.option("--json", "as_json", is_flag=True, help="Print the whole profile.")
def profile_command(
    file: str, settings: tuple[str, ...], output: str | None, tries: bool, as_json: bool, options: dict[str, object]
) -> None:
    """Say where the time of a TileLang kernel of FILE goes, line by line, and what would help. No data is needed.

    FILE may be a folder of a compiled kernel.
    """
    from ..as_cuda import on_tenstorrent
    from ..executing import read_folder
    from ..profile import profile_files, profile_function

    if Path(file).is_dir() and tries:
        raise click.UsageError("--try compiles anew: give the kernel's file, not a folder of a compiled one")
    try:
        if Path(file).is_dir():
            profile = profile_files(read_folder(Path(file)), trace=output is not None)
        else:
            with on_tenstorrent(options):
                function = kernel_of(file, dict(setting(text) for text in settings))
                profile = profile_function(function, options, output is not None, tries)
    except click.ClickException:
        raise
    except Exception as error:
        if click.get_current_context().find_root().params.get("traceback"):
            raise
        raise Failure(str(error)) from None
    if as_json:
        click.echo(json.dumps(profile.data, indent=1))
    else:
        click.echo(profile.summary())
        click.echo("\n" + profile.annotated())
    if output:
        folder = profile.save(output)
        click.echo(f"{', '.join(sorted(path.name for path in folder.iterdir()))} in {folder}", err=as_json)
