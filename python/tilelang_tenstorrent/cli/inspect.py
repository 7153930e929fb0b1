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
@click.option("--svg", metavar="FILE", help="Write a picture instead.")
def show_command(file: str, svg: str | None) -> None:
    """Draw the plan FILE (or the one in a folder): cores, blocks, tensors, L1."""
    from ..plan import load_tt_plan, validate_plan
    from ..plan_view import plan_svg, plan_text

    try:
        plan = load_tt_plan(file)
    except json.JSONDecodeError as error:
        raise Failure(f"{file} is no JSON: {error}") from None
    if problems := validate_plan(plan):
        raise Failure(f"{file} is no valid plan\n" + "\n".join(f"  {problem}" for problem in problems))
    if svg:
        Path(svg).write_text(plan_svg(plan))
        click.echo(svg)
    else:
        click.echo(plan_text(plan))


@click.command("passes")
def passes_command() -> None:
    """List the compiler's passes in order."""
    from .._native import function

    for index, (stage, name) in enumerate(function("compiler.passes")(), start=1):
        click.echo(f"{index:2d} {stage:8} {name}")
