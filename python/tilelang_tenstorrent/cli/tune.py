"""``tltt tune FILE[:KERNEL]``"""

from __future__ import annotations

import json
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from . import Failure
from .compile import named_kernel, setting
from .options import target_options

if TYPE_CHECKING:
    from ..tuning import Candidate, Outcome, Result, Space


def _values(text: str) -> tuple[str, list[Any]]:
    name, equals, listed = text.partition("=")
    if not equals or not name.isidentifier() or not listed:
        raise click.UsageError(f"--vary {text}: write NAME=VALUE,VALUE,..., e.g. --vary block_M=64,128,256")
    return name, [setting(f"{name}={value}")[1] for value in listed.split(",")]


@click.command("tune")
@target_options
@click.argument("file", metavar="FILE[:KERNEL]")
@click.option("--set", "settings", multiple=True, metavar="NAME=VALUE", help="An argument of the kernel's factory.")
@click.option(
    "--vary",
    "varied",
    multiple=True,
    metavar="NAME=VALUE,...",
    help="Values to try of an argument of the factory, or of an option of the target (core_grid, math_fidelity, "
    "multicast, ...). Without one, the configurations of the kernel's @tilelang.autotune.",
)
@click.option("--jobs", type=click.IntRange(1), help="Processes; default: one for each core.")
@click.option("--patience", type=click.IntRange(1), help="Stop after so many predictions without a better one.")
@click.option("--seconds", type=click.FloatRange(0, min_open=True), help="Stop after this time.")
@click.option("--store", "folder", metavar="DIR", help="Where results are kept; default: in the kernel cache.")
@click.option("--top", type=click.IntRange(1), default=5, show_default=True, help="How many to print.")
@click.option("--json", "as_json", is_flag=True, help="Print all results as JSON.")
def tune_command(
    file: str,
    settings: tuple[str, ...],
    varied: tuple[str, ...],
    jobs: int | None,
    patience: int | None,
    seconds: float | None,
    folder: str | None,
    top: int,
    as_json: bool,
    options: dict[str, object],
) -> None:
    """Find the variant of a TileLang kernel of FILE that takes the shortest predicted time. No data is needed.

    Results are kept: a search that was stopped goes on where it was, and `--tuned` of other commands takes the best.
    """
    from ..tuning import Store, Subject, search

    path, kernel = named_kernel(file)
    arguments = dict(setting(text) for text in settings)
    subject = Subject(path, kernel, tuple(arguments.items()), tuple(options.items()))
    space = _space(path, kernel, arguments, options, varied)
    store = Store(subject, Path(folder) if folder else None)
    outcome = search(subject, space, jobs=jobs, store=store, patience=patience, seconds=seconds, progress=True)
    if as_json:
        click.echo(json.dumps(_report(outcome), indent=1))
    else:
        _print(outcome, top)
        click.echo(f"kept in {store.path}")
    if outcome.best is None:
        raise Failure("no candidate has a time" + (f": {outcome.failed[0].error}" if outcome.failed else ""))


def _space(
    path: str, kernel: str | None, arguments: dict[str, Any], options: dict[str, object], varied: tuple[str, ...]
) -> Space | list[Candidate]:
    from ..as_cuda import on_tenstorrent
    from ..source_file import KernelSource
    from ..target import OPTIONS
    from ..tuning import Candidate, Space

    values = dict(_values(text) for text in varied)
    vary_options = {name: list_ for name, list_ in values.items() if name in OPTIONS}
    vary_arguments = {name: list_ for name, list_ in values.items() if name not in OPTIONS}
    if vary_arguments:
        return Space(vary_arguments, vary_options)
    with on_tenstorrent(options):
        configs = KernelSource(Path(path), kernel).configs(arguments)
    if configs is None:
        if vary_options:
            return Space({}, vary_options)
        raise click.UsageError("nothing to vary: give --vary NAME=VALUE,... or decorate it with @tilelang.autotune")
    return [
        Candidate(tuple(config.items()), candidate.options)
        for config in configs
        for candidate in Space({}, vary_options).candidates()
    ]


def _record(result: Result) -> dict[str, Any]:
    return json.loads(result.line())


def _report(outcome: Outcome) -> dict[str, Any]:
    groups = {name: [_record(r) for r in getattr(outcome, name)] for name in ("timed", "failed", "pruned", "left")}
    best = _record(outcome.best) if outcome.best else None
    return {"best": best, "seconds": outcome.seconds, "known": outcome.known, **groups}


def _print(outcome: Outcome, top: int) -> None:
    for result in sorted(outcome.timed, key=lambda r: r.cycles or 0)[:top]:
        click.echo(f"{result.microseconds:10.1f} us  {result.candidate}")
    rate = (outcome.candidates - outcome.known) / outcome.seconds
    click.echo(f"{outcome.candidates} candidates in {outcome.seconds:.1f} s ({rate:.0f} a second)")
    click.echo(
        f"{len(outcome.timed)} timed, {len(outcome.pruned)} left out by their bounds, "
        f"{len(outcome.failed)} do not compile, {len(outcome.left)} not reached; {outcome.known} known before"
    )
