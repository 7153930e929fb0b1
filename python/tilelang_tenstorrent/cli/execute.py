"""``tltt exec DIR --input A.npy ... --output C.npy``"""

from __future__ import annotations

from pathlib import Path

import click

from .options import check_options


@click.command("exec")
@click.argument("folder", metavar="DIR", type=click.Path(exists=True, file_okay=False))
@click.option("--input", "inputs", multiple=True, metavar="FILE.npy", help="Input tensors, in the kernel's order.")
@click.option("--output", "outputs", multiple=True, metavar="FILE.npy", help="Output tensors, in the kernel's order.")
@click.option("--numerics", default="fast", show_default=True, type=click.Choice(["fast", "faithful"]))
@click.option("--mode", help="emulator (default), check or ttnn.")
@check_options
def exec_command(
    folder: str,
    inputs: tuple[str, ...],
    outputs: tuple[str, ...],
    numerics: str,
    mode: str | None,
    check_mode: str | None,
) -> None:
    """Run the kernel in DIR from its files alone: on the emulated chip, or on the device that TT-Metalium finds."""
    from ..executing import execute_folder

    mode = check_mode or mode
    report = execute_folder(Path(folder), [Path(p) for p in inputs], [Path(p) for p in outputs], numerics, mode)
    if mode == "ttnn":
        device = f"{report['arch']} {'x'.join(map(str, report['grid']))}"
        click.echo(f"{device}{' (simulator)' * bool(report['simulator'])}, {report['run_seconds']:.3f} s")
        return
    click.echo(
        f"{report['core_count']} cores, {report['cycles']} cycles = {report['microseconds']:.1f} us on the chip, "
        f"{report['run_seconds']:.3f} s on the host"
    )
