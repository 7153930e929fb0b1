"""``tltt run SCRIPT [ARGS]``"""

from __future__ import annotations

import runpy
import sys
from pathlib import Path

import click

from . import Failure
from .options import check_options, target_options


@click.command("run", context_settings={"ignore_unknown_options": True, "allow_interspersed_args": False})
@target_options
@check_options
@click.argument("script", type=click.Path(exists=True, dir_okay=False))
@click.argument("args", nargs=-1, type=click.UNPROCESSED)
def run_command(script: str, args: tuple[str, ...], options: dict[str, object], check_mode: str | None) -> None:
    """Run an unmodified TileLang SCRIPT on the emulated chip, also one written for CUDA."""
    from ..as_cuda import on_tenstorrent

    if check_mode:
        options["mode"] = check_mode
    argv, path = sys.argv, list(sys.path)
    sys.argv = [script, *args]
    sys.path.insert(0, str(Path(script).resolve().parent))
    try:
        with on_tenstorrent(options):
            runpy.run_path(script, run_name="__main__")
    except SystemExit as error:
        if isinstance(error.code, str):
            raise Failure(error.code) from None
        click.get_current_context().exit(int(error.code or 0))
    finally:
        sys.argv, sys.path[:] = argv, path
