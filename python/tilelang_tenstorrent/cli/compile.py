"""``tltt compile FILE[:KERNEL] -o DIR``"""

from __future__ import annotations

import difflib
import itertools
from pathlib import Path
from typing import Any

import click

from . import Failure
from .options import target_options


def setting(text: str) -> tuple[str, Any]:
    import ast

    name, equals, value = text.partition("=")
    if not equals or not name.isidentifier():
        raise click.UsageError(f"--set {text}: write NAME=VALUE, e.g. --set M=512")
    try:
        return name, ast.literal_eval(value)
    except (ValueError, SyntaxError):
        return name, value  # a word such as a dtype


def named_kernel(file: str) -> tuple[str, str | None]:
    """The path and the kernel's name, where there is one, of FILE[:KERNEL]."""
    path, _, kernel = file.partition(":")
    if not Path(path).is_file():
        raise click.UsageError(f"{path}: no such file")
    return path, kernel or None


def kernel_of(file: str, arguments: dict[str, Any]) -> Any:
    """The PrimFunc of the kernel that FILE[:KERNEL] names, with these arguments of its factory."""
    from ..source_file import find_kernel

    path, kernel = named_kernel(file)
    return find_kernel(Path(path), kernel, arguments)


def compile_file(
    file: str,
    settings: tuple[str, ...],
    options: dict[str, object],
    dumps: list[tuple[str, str]] | None = None,
    tuned: bool = False,
    sizes: tuple[str, ...] = (),
) -> dict[str, str]:
    """The six files of the kernel that FILE[:KERNEL] names; ``dumps`` as ``compile_function`` takes it. ``tuned``: the
    best variant that `tltt tune` has found of it, with the same settings and options. ``sizes`` are values of
    sizes that the kernel leaves open.
    """
    from ..as_cuda import on_tenstorrent
    from ..compiling import compile_function
    from ..target import make_target

    arguments = dict(setting(text) for text in settings)
    if tuned:
        arguments, options = _tuned(*named_kernel(file), arguments, options)
    try:
        target = make_target(options)
    except ValueError as error:
        raise click.UsageError(str(error)) from None
    with on_tenstorrent(options):
        function = kernel_of(file, arguments)
        try:
            return compile_function(function, target, dumps, sizes=dict(setting(text) for text in sizes))
        except Exception as error:
            if click.get_current_context().find_root().params.get("traceback"):
                raise
            raise Failure(str(error)) from None


def _tuned(
    path: str, kernel: str | None, arguments: dict[str, Any], options: dict[str, object]
) -> tuple[dict[str, Any], dict[str, object]]:
    from ..tuning import Store, Subject

    best = Store(Subject(path, kernel, tuple(arguments.items()), tuple(options.items()))).best()
    if best is None:
        raise click.UsageError(
            f"--tuned: nothing is known of {path} as it is, with these settings and options; run `tltt tune` first"
        )
    click.echo(f"tuned: {best.candidate}", err=True)
    return arguments | dict(best.candidate.arguments), options | dict(best.candidate.options)


size_option = click.option(
    "--size",
    "sizes",
    multiple=True,
    metavar="NAME=VALUE",
    help="A size or scalar that the kernel leaves open (T.dynamic).",
)


@click.command("compile")
@target_options
@click.argument("file", metavar="FILE[:KERNEL]")
@click.option("-o", "--output", metavar="DIR", help="Folder for the six files.")
@click.option("--set", "settings", multiple=True, metavar="NAME=VALUE", help="An argument of the kernel's factory.")
@size_option
@click.option("--tuned", is_flag=True, help="Take the best variant that `tltt tune` has found.")
@click.option("--dump-ir", metavar="DIR", help="Write the IR after each pass to DIR/NN_pass.tir.")
@click.option("--diff", is_flag=True, help="Print what each pass changes.")
def compile_command(
    file: str,
    output: str | None,
    settings: tuple[str, ...],
    sizes: tuple[str, ...],
    tuned: bool,
    dump_ir: str | None,
    diff: bool,
    options: dict[str, object],
) -> None:
    """Compile a TileLang kernel of FILE to its three kernels, main.cpp, CMakeLists.txt and tt.plan.json."""
    from ..kernel import write_files

    if output is None and dump_ir is None and not diff:
        raise click.UsageError("nothing to do: give -o DIR, --dump-ir DIR or --diff")
    dumps: list[tuple[str, str]] = []
    files = compile_file(file, settings, options, dumps if dump_ir or diff else None, tuned, sizes)
    for remark in files.get("remarks.txt", "").splitlines():
        click.echo(f"remark: {remark}", err=True)
    if dump_ir:
        folder = Path(dump_ir)
        folder.mkdir(parents=True, exist_ok=True)
        for name, text in dumps:
            (folder / f"{name}.tir").write_text(text + "\n")
        click.echo(f"{len(dumps)} dumps in {folder}")
    if diff:
        _print_diffs(dumps)
    if output:
        folder = write_files(files, output)
        click.echo(f"{', '.join(sorted(files))} in {folder}")


def _print_diffs(dumps: list[tuple[str, str]]) -> None:
    for (before_name, before), (after_name, after) in itertools.pairwise(dumps):
        lines = list(
            difflib.unified_diff(before.splitlines(), after.splitlines(), before_name, after_name, lineterm="", n=2)
        )
        if not lines:
            click.echo(f"=== {after_name}: unchanged")
            continue
        click.echo(f"=== {after_name}")
        for line in lines[2:]:
            color = {"+": "green", "-": "red", "@": "cyan"}.get(line[:1])
            click.echo(click.style(line, fg=color) if color else line)
