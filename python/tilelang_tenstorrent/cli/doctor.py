"""``tltt doctor``"""

from __future__ import annotations

import click

from ..doctor import MODES, main


@click.command("doctor")
@click.option("--mode", "modes", multiple=True, type=click.Choice(list(MODES)), help="Only this; may be repeated.")
def doctor_command(modes: tuple[str, ...]) -> int:
    """Say what is there and what is missing for each way of running kernels.

    Exit code 1 if a mode that is asked for can't run; without --mode, if the emulator can't.
    """
    return main(modes)
