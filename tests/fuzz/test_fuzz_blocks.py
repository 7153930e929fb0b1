"""Programs of tile statements nobody wrote by hand: broadcasts, reductions, copies and control flow on blocks."""

import tempfile
from pathlib import Path

import block_programs
import tilelang
import torch
from budget import examples
from hypothesis import example, given

import tilelang_tenstorrent  # noqa: F401  (registers the target)

P = ("at", "P", ("z", "i", "j"))
ONE_MATRIX = block_programs.Blocks((1, 32, 32), 1, ("bfloat16",) * 3)


@examples(8)
@example((ONE_MATRIX, [("store", "P", ("where", ("place", ">=", "z", 0), P, 1.0))]))
@given(program=block_programs.programs())
def test_programs_of_blocks(program):
    b, body = program
    with tempfile.TemporaryDirectory() as folder:
        kernel = tilelang.compile(block_programs.kernel(b, body, Path(folder)), target="tenstorrent")
    generator = torch.Generator().manual_seed(b.rows)

    def whole(name):
        dtype = getattr(torch, b.dtype_of(name))
        return torch.randint(-8, 9, block_programs.tensor_shape(b, name), generator=generator).to(dtype)

    names = ["P", "Q", "S", *b.vectors]
    first, second = whole("P"), whole("Q")
    outs = {n: torch.full_like(whole(n), float("nan")) for n in names}
    kernel(first, second, *outs.values())
    for name, want in block_programs.expected(b, body, first, second).items():
        assert torch.equal(outs[name].double(), want), name
