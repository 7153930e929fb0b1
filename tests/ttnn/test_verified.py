"""docs/real_mode.md names the vector functions that ran on genuine code: those of the kernels that run in the lane."""

from __future__ import annotations

import re
from pathlib import Path

import pytest
import tilelang
from vector_kernels import CLOSE, EXACT, functions_of

import tilelang_tenstorrent as tt

DOCUMENT = Path(__file__).parents[2] / "docs/real_mode.md"


@pytest.mark.parametrize(("row", "kernels"), [("bit for bit", EXACT), ("within a unit", CLOSE)], ids=["exact", "close"])
def test_the_list_is_what_runs(row, kernels):
    called = set()
    for name, (make, options) in kernels.items():
        files = tt.files(tilelang.compile(make(), target={"kind": "tenstorrent", **options}))
        found = functions_of(files["compute.cpp"])
        assert found, name
        called |= found
    (line,) = [line for line in DOCUMENT.read_text().splitlines() if line.startswith(f"| vector functions {row}")]
    assert set(re.findall(r"`(\w+_tile(?:<true>)?)`", line)) == called
