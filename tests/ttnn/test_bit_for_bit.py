"""Kernels on genuine firmware and LLK code give, bit for bit, what the emulator's ``faithful`` numerics give."""

from __future__ import annotations

import sys
from pathlib import Path

import pytest
import tilelang
import tilelang.language as T
import torch

import tilelang_tenstorrent as tt

sys.path.insert(0, str(Path(__file__).parents[1] / "kernels"))
import kernels


def values(*shape: int, dtype: torch.dtype = torch.bfloat16, seed: int = 0) -> torch.Tensor:
    """Of both signs and of magnitudes over a few powers of two."""
    generator = torch.Generator().manual_seed(seed)
    mantissa = torch.randn(shape, generator=generator)
    return (mantissa * torch.exp2(torch.randint(-3, 4, shape, generator=generator).float())).to(dtype)


def both(function, arguments: list[torch.Tensor], arch: str, grid: str = "1x1", **options):
    """The last argument as the genuine runtime and as the emulator write it."""
    target = {"kind": "tenstorrent", "arch": arch, "core_grid": grid, **options}
    results = []
    for mode in ({"mode": "ttnn"}, {"numerics": "faithful"}):
        kernel = tilelang.compile(function, target={**target, **mode})
        copies = [argument.clone() for argument in arguments]
        kernel(*copies)
        results.append(copies[-1])
        if "mode" in mode:
            report = tt.last_report(kernel)
            assert report["arch"] == arch and report["simulator"] and report["run_seconds"] > 0
    return results


def assert_same_bits(genuine: torch.Tensor, emulated: torch.Tensor) -> None:
    bits = {2: torch.int16, 4: torch.int32}[genuine.element_size()]
    differ = genuine.contiguous().view(bits) != emulated.contiguous().view(bits)
    examples = [(at, genuine[tuple(at)].item(), emulated[tuple(at)].item()) for at in differ.nonzero()[:5].tolist()]
    assert not differ.any(), f"{int(differ.sum())} of {differ.numel()} differ, (at, genuine, emulated): {examples}"


def test_elementwise_with_a_tail(arch):
    a, b = values(50, 70, seed=1), values(50, 70, seed=2)
    genuine, emulated = both(kernels.binary(50, 70, 32, 32, "add", "bfloat16"), [a, b, torch.zeros_like(a)], arch)
    assert_same_bits(genuine, emulated)
    torch.testing.assert_close(genuine.double(), a.double() + b.double(), rtol=1e-2, atol=0.05)


def test_gemm_of_several_tiles(arch):
    a, b = values(60, 96, seed=3), values(96, 64, seed=4)
    out = torch.zeros(60, 64, dtype=torch.bfloat16)
    genuine, emulated = both(kernels.gemm(60, 64, 96, 64, 64, 32), [a, b, out], arch)
    assert_same_bits(genuine, emulated)
    exact = a.double() @ b.double()
    assert (genuine.double() - exact).abs().max() < 0.01 * exact.abs().max()


def test_gemm_with_fp32_accumulation_and_output(arch):
    a, b = values(32, 64, seed=5), values(64, 40, seed=6)
    genuine, emulated = both(kernels.gemm(32, 40, 64, 32, 64, 32, out="float32"), [a, b, torch.zeros(32, 40)], arch)
    assert_same_bits(genuine, emulated)
    exact = a.double() @ b.double()
    assert (genuine.double() - exact).abs().max() < 0.01 * exact.abs().max()


def test_transpose(arch):
    a = values(40, 64, seed=7)
    genuine, emulated = both(kernels.transpose(40, 64, 32, 32), [a, torch.zeros(64, 40, dtype=a.dtype)], arch)
    assert_same_bits(genuine, emulated)
    assert torch.equal(genuine, a.T)


@pytest.mark.parametrize("pool", ["sum", "max"])
def test_reduction_of_rows(arch, pool):
    """T.reduce_sum, with a tail of columns, and T.reduce_max over rows of two tiles."""
    M, N, dtype = 40, 50 if pool == "sum" else 64, "bfloat16"

    @T.prim_func
    def reduce_rows(A: T.Tensor((M, N), dtype), B: T.Tensor((M,), dtype)):
        with T.Kernel(T.ceildiv(M, 32), threads=128) as by:
            a = T.alloc_shared((32, T.ceildiv(N, 32) * 32), dtype)
            b = T.alloc_fragment((32,), dtype)
            T.copy(A[by * 32, 0], a)
            if pool == "sum":
                T.reduce_sum(a, b, dim=1)
            else:
                T.reduce_max(a, b, dim=1)
            T.copy(b, B[by * 32])

    a = values(M, N, seed=11) - (0 if pool == "sum" else 100)
    genuine, emulated = both(reduce_rows, [a, torch.zeros(M, dtype=a.dtype)], arch)
    assert_same_bits(genuine, emulated)
    exact = a.double().sum(1) if pool == "sum" else a.double().max(1).values
    torch.testing.assert_close(genuine.double(), exact, rtol=2**-7, atol=0.02 if pool == "sum" else 0)


def test_several_cores(arch):
    """Each core does its own blocks. Cores that share operands: test_handwritten.py, and docs/real_mode.md."""
    a, b = values(60, 64, seed=8), values(60, 64, seed=9)
    function = kernels.binary(60, 64, 32, 32, "mul", "bfloat16")
    genuine, emulated = both(function, [a, b, torch.zeros_like(a)], arch, grid="2x1")
    assert_same_bits(genuine, emulated)
