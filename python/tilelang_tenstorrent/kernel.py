"""What a compiled kernel can tell: its six files and the report of its last run."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any


def runtime_module(kernel: Any) -> Any:
    """The runtime module behind ``kernel``: a ``JITKernel``, its adapter, or the module itself."""
    adapter = getattr(kernel, "adapter", kernel)
    module = adapter.get_exportable_executable() if hasattr(adapter, "get_exportable_executable") else kernel
    return module if hasattr(module, "get_function") else module.mod


def _call(kernel: Any, name: str, *args: Any) -> Any:
    return runtime_module(kernel).get_function(name, query_imports=True)(*args)


def files(kernel: Any) -> dict[str, str]:
    """The six files of a compiled kernel: name -> text."""
    return {str(name): str(text) for name, text in _call(kernel, "files").items()}


def save(kernel: Any, folder: str | Path) -> Path:
    """Writes the six files of a compiled kernel into ``folder``, which is made if absent."""
    return write_files(files(kernel), folder)


def program_info(kernel: Any) -> dict[str, Any]:
    """What a compiled kernel was built for: ``name``, ``arch``, ``chip``, ``grid``, ``cores``, ``tensors``, ..."""
    return json.loads(str(_call(kernel, "program_info")))


def remarks(kernel: Any) -> list[str]:
    """What the compiler remarked of a kernel, as "file:line:column: text"; mostly what runs slowly, and why."""
    return files(kernel).get("remarks.txt", "").splitlines()


def at_sizes(kernel: Any, **sizes: float) -> Any:
    """The runtime module of a kernel with open sizes (``T.dynamic``) for these: what ``files``, ``save``,
    ``program_info`` and ``predicted_time`` take as well. ValueError where a size is missing or not known."""
    return _call(kernel, "at_sizes", sizes)


def write_files(texts: dict[str, str], folder: str | Path) -> Path:
    path = Path(folder)
    path.mkdir(parents=True, exist_ok=True)
    for name, text in texts.items():
        (path / name).parent.mkdir(exist_ok=True)  # a folder for each launch, where there are several
        (path / name).write_text(text)
    return path


def last_report(kernel: Any) -> dict[str, Any]:
    """What the emulator reported of the last call of ``kernel``; ValueError if it was not called yet.

    ``cycles`` and ``microseconds`` are the chip's predicted time, ``compile_seconds`` and ``run_seconds`` the host's.
    """
    return json.loads(str(_call(kernel, "last_report")))
