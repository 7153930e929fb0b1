"""``tltt time FILE[:KERNEL]``"""

from __future__ import annotations

import json
from pathlib import Path
from typing import TYPE_CHECKING

import click

from . import Failure
from .compile import compile_file, size_option
from .options import target_options

if TYPE_CHECKING:
    from ..timing import PredictedTime


@click.command("time")
@target_options
@click.argument("file", metavar="FILE[:KERNEL]")
@click.option("--set", "settings", multiple=True, metavar="NAME=VALUE", help="An argument of the kernel's factory.")
@click.option("--tuned", is_flag=True, help="Take the best variant that `tltt tune` has found.")
@size_option
@click.option("--json", "as_json", is_flag=True, help="Print the whole report, by core and by source line.")
def time_command(
    file: str,
    settings: tuple[str, ...],
    tuned: bool,
    sizes: tuple[str, ...],
    as_json: bool,
    options: dict[str, object],
) -> None:
    """Predict the time of a TileLang kernel of FILE, or of a folder of five files, on the chip. No data is needed."""
    from ..executing import read_folder
    from ..timing import predict_files

    path = Path(file)
    files = read_folder(path) if path.is_dir() else compile_file(file, settings, options, tuned=tuned, sizes=sizes)
    try:
        time = predict_files(files)
    except Exception as error:
        if click.get_current_context().find_root().params.get("traceback"):
            raise
        raise Failure(str(error)) from None
    if as_json:
        click.echo(json.dumps(time.report, indent=1))
    else:
        _print(time)


def _print(time: PredictedTime) -> None:
    click.echo(
        f"{time.microseconds:.1f} us ({time.cycles} cycles) on {time.report['core_count']} cores, "
        f"math busy {time.math_busy_share:.0%}; a launch adds {time.launch_microseconds:.1f} us"
    )
    for unit in time.units():
        total = sum(unit.cycles.values())
        shares = ", ".join(f"{cause} {cycles / total:.0%}" for cause, cycles in unit.cycles.items())
        click.echo(f"  {unit.unit:7} {shares}")
