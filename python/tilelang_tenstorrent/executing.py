"""Runs a folder of a compiled kernel on tensors from ``.npy`` files."""

from __future__ import annotations

import json
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import ml_dtypes
import numpy as np
import torch

from ._native import function
from .target import default_mode

# Types that numpy itself does not know.
_RAW = {
    name: np.dtype(getattr(ml_dtypes, name)) for name in ("bfloat16", "float8_e4m3fn", "float8_e5m2", "float8_e8m0fnu")
}


def read_folder(folder: Path) -> dict[str, str]:
    """The files of a compiled kernel: the plan and every source beside it."""
    if not (folder / "tt.plan.json").exists() and not (folder / "tt.launches.json").exists():
        raise ValueError(f"{folder} has no tt.plan.json; make the folder with `tltt compile FILE -o DIR`")
    paths = [*folder.iterdir(), *folder.glob("[1-9]*/*")]  # a folder for each launch, where there are several
    return {
        path.relative_to(folder).as_posix(): path.read_text()
        for path in sorted(paths)
        if path.suffix in (".cpp", ".json")
    }


def to_torch(array: np.ndarray, dtype: str) -> torch.Tensor:
    """A numpy array as a torch tensor. numpy writes bfloat16 and fp8 as raw items, so ``dtype`` tells what they are."""
    if dtype in _RAW and array.dtype in (np.dtype(f"V{_RAW[dtype].itemsize}"), _RAW[dtype]):
        bits = np.dtype(f"u{_RAW[dtype].itemsize}")
        return torch.from_numpy(np.ascontiguousarray(array).view(bits).copy()).view(getattr(torch, dtype))
    return torch.from_numpy(array)


def to_numpy(tensor: torch.Tensor) -> np.ndarray:
    raw = _RAW.get(str(tensor.dtype).removeprefix("torch."))
    if raw is not None:
        return tensor.view(torch.uint8 if raw.itemsize == 1 else torch.uint16).numpy().view(raw)
    return tensor.numpy()


def _names(tensors: Sequence[dict[str, Any]]) -> str:
    return ", ".join(f"{t['name']} {t['dtype']}{tuple(t['shape'])}" for t in tensors) or "none"


def execute_folder(
    folder: Path, inputs: Sequence[Path], outputs: Sequence[Path], numerics: str, mode: str | None = None
) -> dict[str, Any]:
    """Runs the kernel in ``folder``; inputs and outputs in the order of its parameters. Returns the report.

    ``mode`` and ``numerics`` as in the target's options.

    ValueError where the folder, the number of files or a tensor does not fit.
    """
    files = read_folder(folder)
    tensors = json.loads(str(function("runtime.program_info")(files)))["tensors"]
    reads = [t for t in tensors if t["access"] != "out"]
    writes = [t for t in tensors if t["access"] != "in"]
    if len(inputs) != len(reads):
        raise ValueError(
            f"the kernel reads {len(reads)} tensors ({_names(reads)}), but {len(inputs)} --input are given"
        )
    if len(outputs) != len(writes):
        raise ValueError(
            f"the kernel writes {len(writes)} tensors ({_names(writes)}), but {len(outputs)} --output are given"
        )
    given = iter(inputs)
    values = []
    for tensor in tensors:
        if tensor["access"] == "out":
            values.append(torch.zeros(tensor["shape"], dtype=getattr(torch, tensor["dtype"])))
        else:
            values.append(to_torch(np.load(next(given)), tensor["dtype"]))
    report = json.loads(str(function("runtime.run_program")(files, mode or default_mode(), numerics, *values)))
    written = [value for tensor, value in zip(tensors, values, strict=True) if tensor["access"] != "in"]
    for path, value in zip(outputs, written, strict=True):
        np.save(path, to_numpy(value))
    return report
