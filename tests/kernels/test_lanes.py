"""Numbers of kernels with values of several lanes, and of atomic loads and stores, against torch."""

import lane_kernels as kernels
import pytest
import tilelang.language as T
import torch
from test_kernels import compiled, rand

PAIRS = {
    "add": (T.add2, lambda a, b: a + b),
    "sub": (T.sub2, lambda a, b: a - b),
    "mul": (T.mul2, lambda a, b: a * b),
    "fma": (lambda a, b: T.fma2(a, b, a), lambda a, b: (a.double() * b.double() + a.double()).to(a.dtype)),
    "max": (T.max2, torch.maximum),
    "min": (T.min2, torch.minimum),
    "abs": (lambda a, b: T.abs2(a), lambda a, b: a.abs()),
    "plain": (lambda a, b: a * b - a, None),
}


@pytest.mark.parametrize("name", list(PAIRS))
@pytest.mark.parametrize("dtype", ["float32", "float16", "bfloat16"])
def test_pairs(name, dtype):
    operation, want = PAIRS[name]
    a, b, c = rand(96, dtype=dtype), rand(96, dtype=dtype, seed=1), torch.zeros(96, dtype=getattr(torch, dtype))
    compiled(kernels.pairs(96, 32, dtype, operation))(a, b, c)
    if want is None:
        torch.testing.assert_close(c, a * b - a, rtol=2e-2, atol=2e-2)
    else:
        assert torch.equal(c, want(a, b))


@pytest.mark.parametrize("dtype", ["float32", "bfloat16", "int32"])
def test_quads(dtype):
    n = 256
    a = torch.randint(-50, 50, (n,), generator=torch.Generator().manual_seed(0)).to(getattr(torch, dtype))
    b, c = torch.zeros_like(a), torch.zeros(n + 4, dtype=a.dtype)
    compiled(kernels.quads(n, 16, dtype))(a, b, c)
    assert torch.equal(b, a + 2 * a.reshape(-1, 4).flip(1).reshape(-1))
    assert torch.equal(c[4:], a)


def test_overlapping_slices():
    a = torch.arange(8.0)
    compiled(kernels.overlapping(8))(a)
    assert a.tolist() == [0, 0, 1, 2, 3, 5, 6, 7]


def test_bits_of_words():
    a = torch.randint(0, 2**14, (70, 2), generator=torch.Generator().manual_seed(0)).short()
    words, b = a.view(torch.uint32).reshape(-1), torch.zeros(70, dtype=torch.uint32)
    compiled(kernels.halves_of_words(70, 16))(words, b)
    want = a.view(torch.bfloat16) + a.view(torch.bfloat16)
    assert torch.equal(b.view(torch.bfloat16).reshape(70, 2), want)


def test_old_values_of_pairs():
    a, b, c = rand(160, dtype="float32"), rand(32, dtype="float32", seed=2), torch.zeros(160)
    before = b.clone()
    compiled(kernels.old_pairs(160, 32))(a, b, c)
    sums = torch.cat([before[None], a.reshape(5, 32)]).cumsum(0)
    torch.testing.assert_close(c.reshape(5, 32), sums[:5], rtol=1e-6, atol=1e-6)
    torch.testing.assert_close(b, sums[5], rtol=1e-6, atol=1e-6)


@pytest.mark.parametrize("dtype", ["float32", "bfloat16"])
def test_atomic_loads_and_stores(dtype):
    a, b = rand(50, 70, dtype=dtype), torch.zeros(50, 70, dtype=getattr(torch, dtype))
    compiled(kernels.atomic_copy(50, 70, 16, 32, dtype))(a, b)
    assert torch.equal(b, a * 2)
