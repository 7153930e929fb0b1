"""The check of a file with TileLang kernels: every kernel is compiled, nothing is run."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import click

from .findings import Finding, of_refusal, of_remark


def file_findings(file: str, settings: tuple[str, ...], options: dict[str, object]) -> list[Finding]:
    """Refusals (errors), remarks (warnings) and kernels that could not be built (notes) of FILE[:KERNEL].

    click.UsageError for a file or a kernel that is not there and for options that do not fit.
    """
    from .as_cuda import on_tenstorrent
    from .cli.compile import kernel_of, setting
    from .source_file import kernel_names
    from .target import make_target

    path, _, name = file.partition(":")
    if not Path(path).is_file():
        raise click.UsageError(f"{path}: no such file or folder")
    try:
        target = make_target(options)
    except ValueError as error:
        raise click.UsageError(str(error)) from None
    findings: list[Finding] = []
    arguments = dict(setting(text) for text in settings)
    with on_tenstorrent(options):
        for kernel in [name] if name else kernel_names(Path(path)) or [""]:
            spec = f"{path}:{kernel}" if kernel else path
            try:
                function = kernel_of(spec, arguments)
            except click.UsageError as error:
                if name:
                    raise
                findings.append(Finding("TT4003", "note", error.message.splitlines()[0], path))
                continue
            except Exception as error:
                findings.append(_unbuilt(error, path))
                continue
            findings += _compile(function, target)
    return findings


def _unbuilt(error: Exception, path: str) -> Finding:
    """TileLang refused a line of the file, or the line itself failed: an error at the last line that ran.

    Where none of its lines ran the kernel lacks arguments: a note.
    """
    line = None
    traceback = error.__traceback__
    while traceback is not None:
        if Path(traceback.tb_frame.f_code.co_filename).resolve() == Path(path).resolve():
            line = traceback.tb_lineno
        traceback = traceback.tb_next
    text = str(error).strip().splitlines()
    level = "error" if line is not None else "note"
    return Finding("TT4003", level, f"{type(error).__name__}: {text[0] if text else ''}", path, line)


def _compile(function: Any, target: Any) -> list[Finding]:
    from .compiling import compile_function

    try:
        files = compile_function(function, target)
    except Exception as error:
        return [of_refusal(error)]
    return [of_remark(remark) for remark in files.get("remarks.txt", "").splitlines()]
