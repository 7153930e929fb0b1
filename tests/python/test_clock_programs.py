"""The programs by which the clock is judged compute what the measured ones do."""

from __future__ import annotations

import sys
from pathlib import Path

import pytest
import torch

from tilelang_tenstorrent.program import run

sys.path.insert(0, str(Path(__file__).resolve().parents[2] / "bench"))
from clock_programs import Attention


def _pages(matrices: torch.Tensor) -> torch.Tensor:
    """Tiles of 32 x 32 in four faces, as bytes."""
    count, rows, columns = matrices.shape
    faces = matrices.reshape(count, rows // 32, 2, 16, columns // 32, 2, 16).permute(0, 1, 4, 2, 5, 3, 6)
    return faces.contiguous().view(torch.uint8).reshape(-1, 2048)


def _matrices(pages: torch.Tensor, count: int, rows: int, columns: int) -> torch.Tensor:
    faces = pages.view(torch.bfloat16).reshape(count, rows // 32, columns // 32, 2, 2, 16, 16)
    return faces.permute(0, 1, 3, 5, 2, 4, 6).reshape(count, rows, columns)


@pytest.mark.parametrize(
    ("causal", "q_chunk", "k_chunk"),
    [
        pytest.param(True, 64, 128, id="causal pairs of chunks"),
        pytest.param(True, 128, 256, id="groups of one row of tiles, products of two"),
        pytest.param(False, 32, 64, id="chains of cores that share a head"),
    ],
)
def test_attention(causal: bool, q_chunk: int, k_chunk: int) -> None:
    sequence, dim, heads = 256, 64, 4
    program, _ = Attention(
        "p100", (3, 2), sequence, heads, 2, dim, q_chunk, k_chunk, causal, "bfloat16", "HiFi4"
    ).program()
    torch.manual_seed(0)
    q, k, v = (2 * torch.randn(h, sequence, dim).bfloat16() for h in (heads, 2, 2))
    out = torch.zeros(heads * sequence // 32 * dim // 32, 2048, dtype=torch.uint8)
    run(program, [_pages(q), _pages(k), _pages(v), out])
    wide = [x.float() for x in (q, k.repeat_interleave(2, 0), v.repeat_interleave(2, 0))]
    expected = torch.nn.functional.scaled_dot_product_attention(*wide, is_causal=causal)
    # The exponential is the approximate one: each weight, and their sum, is up to 3.2 % off.
    atol = 2 * 0.032 * float(v.abs().max())
    torch.testing.assert_close(_matrices(out, heads, sequence, dim).float(), expected, rtol=2**-7, atol=atol)
