"""``tltt plan ...`` and ``tltt passes``"""

from __future__ import annotations

import json
from pathlib import Path

import click

from . import Failure


@click.group("plan")
def plan_group() -> None:
    """Check and show a tt.plan.json."""


def _text(file: str) -> str:
    path = Path(file)
    return (path / "tt.plan.json" if path.is_dir() else path).read_text()


@plan_group.command("validate")
@click.argument("file", type=click.Path(exists=True))
def validate_command(file: str) -> None:
    """List every defect of the plan FILE; exit code 1 if there is one."""
    from ..plan import validate_plan

    problems = list(validate_plan(_text(file)))
    if problems:
        raise Failure(f"{file}: {len(problems)} problem(s)\n" + "\n".join(f"  {problem}" for problem in problems))
    click.echo(f"{file}: valid")


@plan_group.command("show")
@click.argument("file", type=click.Path(exists=True))
def show_command(file: str) -> None:
    """Summarise the plan FILE: cores, kernels, circular buffers, tensors."""
    plan = json.loads(_text(file))
    program = plan.get("program", {})
    for key, value in plan.items():
        if key != "program" and not isinstance(value, (dict, list)):
            click.echo(f"{key}: {value}")
    for key in ("name", "arch", "chip", "grid"):
        if key in program:
            click.echo(f"{key}: {program[key]}")
    for key in ("kernels", "circular_buffers", "semaphores", "tensors"):
        entries = program.get(key, [])
        click.echo(f"{key}: {len(entries)}")
        for entry in entries:
            shown = {
                name: value
                for name, value in entry.items()
                if name not in ("core_args", "source") and value not in ({}, [], None)
            }
            click.echo("  " + ", ".join(f"{name}={json.dumps(value)}" for name, value in shown.items()))


@click.command("passes")
def passes_command() -> None:
    """List the compiler's passes in order."""
    from .._native import function

    for index, (stage, name) in enumerate(function("compiler.passes")(), start=1):
        click.echo(f"{index:2d} {stage:8} {name}")
