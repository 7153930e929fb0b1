"""Rows on tensors that stay in the cores' L1, each against its twin interleaved over DRAM (``twin/...``): bytes through
DRAM and time by the emulator's clock, of runs with data that are held against torch.
"""

from __future__ import annotations

import importlib
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import tuned_kernels
from rows import Row, row

EXAMPLES = Path(__file__).resolve().parent.parent / "examples"


def _rows(name: str, shards: dict[str, Any], twin: dict[str, Any]) -> list[Row]:
    moved, of_twin = (r["dram_read_bytes"] + r["dram_write_bytes"] for r in (shards, twin))
    return [
        row(f"twin/{name}/dram_bytes", moved, "B", of_twin, 0.9),
        row(f"twin/{name}/time", shards["microseconds"], "us", twin["microseconds"], 1.0),
    ]


def example(kind: str) -> list[Row]:
    """The kernels of examples/l1_sharded_*.py, which check their numbers."""
    if str(EXAMPLES) not in sys.path:
        sys.path.insert(0, str(EXAMPLES))
    module = importlib.import_module(f"l1_sharded_{kind}")
    return _rows(kind, module.run(True), module.run(False))


def gemm(names: str) -> list[Row]:
    """A GEMM of 1024 with these tensors in shards of 8 x 8 cores, whose blocks follow the shards."""
    import tilelang
    import torch

    import tilelang_tenstorrent as tt

    size, block = 1024, (128, 128, 64)
    a, b = (torch.randn(size, size, dtype=torch.bfloat16) for _ in range(2))
    reports = []
    for sharded in (names, ""):
        placed = {name: {"memory": "L1", "nd_shard": tt.block_sharded(8, 8)} for name in sharded}
        func = tt.annotate_tt_layout(tuned_kernels.gemm(size, size, size, block), placed)
        kernel = tilelang.compile(func, target="tenstorrent")
        c = torch.empty(size, size, dtype=torch.bfloat16)
        kernel(a, b, c)
        torch.testing.assert_close(c.float(), a.float() @ b.float(), rtol=2**-5, atol=0.5)
        reports.append(tt.last_report(kernel))
    return _rows(f"gemm_1024_{names}", reports[0], reports[1])


ROWS: dict[str, Callable[[], list[Row]]] = {
    **{f"twin/{kind}": lambda kind=kind: example(kind) for kind in ("gemm", "layernorm", "conv")},
    **{f"twin/gemm_1024_{names}": lambda names=names: gemm(names) for names in ("ABC", "AC", "C")},
}
