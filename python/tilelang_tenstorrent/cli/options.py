"""Options that several commands share."""

from __future__ import annotations

import functools
from collections.abc import Callable
from pathlib import Path
from typing import Any

import click

from ..errors import EmulatorError
from ..findings import as_sarif, of_emulator

_NAMES = ("arch", "chip", "core_grid", "mode", "math_fidelity", "numerics")


def check_options(command: Callable) -> Callable:
    """Adds --check, --seed and --sarif; hands over ``check_mode``: the target's mode, None where it is not asked."""

    @click.option("--check", is_flag=True, help="Find races and what a run happens to survive: all checks, slower.")
    @click.option("--seed", type=click.IntRange(min=0), help="With --check: run the schedule of this seed alone.")
    @click.option("--sarif", metavar="FILE", help="Write what the run broke as SARIF 2.1.0, for editors and CI.")
    @functools.wraps(command)
    def wrapper(*args: Any, check: bool, seed: int | None, sarif: str | None, **kwargs: Any) -> Any:
        if seed is not None and not check:
            raise click.UsageError("--seed goes with --check")
        mode = "check" if seed is None else f"check:{seed}"
        try:
            result = command(*args, check_mode=mode if check else None, **kwargs)
        except EmulatorError as error:
            if sarif is not None:
                Path(sarif).write_text(as_sarif([of_emulator(error)]))
            raise
        if sarif is not None:
            Path(sarif).write_text(as_sarif([]))
        return result

    return wrapper


def target_options(command: Callable) -> Callable:
    """Adds --arch, --chip, ... and hands them over as one dict ``options``, only what was given."""

    @click.option("--arch", help="wormhole_b0 (default) or blackhole.")
    @click.option("--chip", help="A chip description, e.g. n150 or p150.")
    @click.option("--core-grid", help="Columns x rows of cores to use, e.g. 8x8.")
    @click.option("--mode", help="emulator (default) or ttnn.")
    @click.option("--math-fidelity", help="LoFi, HiFi2, HiFi3 or HiFi4 (default).")
    @click.option("--numerics", help="fast (default) or faithful.")
    @functools.wraps(command)
    def wrapper(*args: Any, **kwargs: Any) -> Any:
        options = {name: kwargs.pop(name) for name in _NAMES}
        return command(*args, options={name: value for name, value in options.items() if value is not None}, **kwargs)

    return wrapper
