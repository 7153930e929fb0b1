"""Numbers of kernels in the less common words of TileLang, against torch."""

import functools

import pytest
import surface_kernels as kernels
import tilelang.language as T
import torch
from test_kernels import assert_close, compiled, rand

import tilelang_tenstorrent as tt


@pytest.mark.parametrize("n,threads,named", [(128, 64, True), (96, 32, True), (256, 128, False)])
def test_threads_and_barriers(n, threads, named):
    a, b, c = rand(n, dtype="float32"), torch.zeros(n), torch.zeros(n)
    compiled(kernels.reversed_by_threads(n, threads, named=named))(a, b, c)
    parts = a.reshape(-1, threads)
    assert torch.equal(b, (parts.flip(1) + 2 * parts).reshape(-1))
    assert torch.equal(c[: n // threads], parts[:, -1])


def test_tree_of_sums():
    a, b = rand(256, dtype="float32"), torch.zeros(4)
    compiled(kernels.sums_by_halves(256, 64))(a, b)
    parts = a.double().reshape(4, 64)
    assert_close(b, parts.sum(1), "float32", magnitude=parts.abs().sum(1), accum=2**-22)


@pytest.mark.parametrize(
    "op,start,dtype",
    [("sum", None, "float32"), ("sum", 2.5, "float32"), ("max", None, "bfloat16"), ("min", 0.25, "float32")],
)
def test_reducers(op, start, dtype):
    M, N = 50, 70
    a, b = rand(M, N, dtype=dtype), torch.zeros(M, dtype=getattr(torch, dtype))
    compiled(kernels.reducer(M, N, 32, op, dtype, start=start))(a, b)
    want = a.double().sum(1) + (start or 0) if op == "sum" else getattr(a.double(), f"a{op}")(1)
    if op == "min":
        want = want.clamp(max=start)
    assert_close(b, want, dtype, magnitude=a.double().abs().sum(1), accum=2**-22)


@pytest.mark.parametrize("name", ["bitand", "bitor", "bitxor"])
@pytest.mark.parametrize("dtype", ["int32", "uint8", "bool"])
def test_reductions_of_bits(name, dtype):
    M, N = 40, 9
    generator = torch.Generator().manual_seed(0)
    a = torch.randint(0, 256, (M, N), generator=generator)
    a[:, 3:] |= a[:, :1]
    a = (a > 40) if dtype == "bool" else a.to(getattr(torch, dtype))
    b = torch.zeros(M, dtype=a.dtype)
    compiled(kernels.bit_reduction(M, N, 16, name, dtype))(a, b)
    join = {"bitand": torch.bitwise_and, "bitor": torch.bitwise_or, "bitxor": torch.bitwise_xor}[name]
    assert torch.equal(b, functools.reduce(join, a.unbind(1)))


def test_reduction_of_a_view():
    a, b = rand(50, 64, dtype="float32"), torch.zeros(50, 4)
    compiled(kernels.grouped_maxima(50, 64, 4, 32))(a, b)
    assert torch.equal(b, a.reshape(50, 4, 16).amax(2))


def test_axes_of_views():
    a, b = rand(32, 64, dtype="float32"), rand(64, 32, dtype="float32")
    s, p, c = torch.zeros(32), torch.zeros(32, 64), torch.zeros(32, 32)
    compiled(kernels.axes_of_views(32, 64, 32))(a, b, s, p, c)
    x, y = a.double(), b.double()
    assert_close(s, x.sum(1), "float32", magnitude=x.abs().sum(1), accum=2**-22)
    assert_close(p, x.cumsum(0), "float32", magnitude=x.abs().cumsum(0), accum=2**-20)
    assert_close(c, x @ y, "float32", magnitude=x.abs() @ y.abs(), accum=2**-18)


def test_flat_views_of_tensors():
    a, b = rand(5, 70, dtype="float32"), torch.zeros(5, 70)
    compiled(kernels.flat_copy(5, 70))(a, b)
    assert torch.equal(b, a + 1)


def test_blocks_end_at_the_edge_of_a_view():
    a, b, s = rand(40, 4, 13, dtype="float32"), torch.zeros(40, 4, 13), torch.zeros(40)
    compiled(kernels.joined_rows(40, 4, 13))(a, b, s)
    assert torch.equal(b, a)
    torch.testing.assert_close(s.double(), a.double().sum((1, 2)), rtol=1e-5, atol=1e-4)


def test_view_with_the_same_axes_stays_with_tiles():
    kernel = compiled(kernels.squeezed(50, 70))
    a, b = rand(1, 50, 70, dtype="float32"), torch.zeros(50, 70)
    kernel(a, b)
    assert torch.equal(b, a[0]) and not tt.remarks(kernel)


def test_views_of_bits():
    n = 60
    a = torch.randint(-(2**31), 2**31, (n,), generator=torch.Generator().manual_seed(0)).to(torch.int32)
    f, h = torch.zeros(n), torch.zeros(2 * n, dtype=torch.int16)
    compiled(kernels.bits_of(n, 20))(a, f, h)
    assert torch.equal(f.view(torch.int32), a) and torch.equal(h, a.view(torch.int16))


@pytest.mark.parametrize("mode", ["emulator", "check"])
def test_any_and_all(mode, monkeypatch):
    """Numbers that compute gets from the reader are read, which check mode looks for."""
    monkeypatch.setenv("TLTT_MODE", mode)
    a = rand(8, 40, dtype="float32")
    mask = torch.tensor([[i & 1, i & 2, i & 4] for i in range(8)]) > 0
    some, every = torch.zeros(8, 40), torch.zeros(8, 40)
    compiled(kernels.masked_blocks(8, 40))(a, mask, some, every)
    assert torch.equal(some, a * mask.any(1)[:, None]) and torch.equal(every, a * mask.all(1)[:, None])


FUNCTIONS = {
    "fma": (lambda a, b: T.fma(a, b, a), lambda a, b: a * b + a),
    "hypot": (T.hypot, torch.hypot),
    "copysign": (T.copysign, torch.copysign),
    "asinh": (lambda a, b: T.asinh(a), lambda a, b: a.asinh()),
    "ieee_fdiv": (lambda a, b: T.ieee_fdiv(a, b), torch.div),
    "ieee_fmaf": (lambda a, b: T.ieee_fmaf(a, b, b), lambda a, b: a * b + b),
    "clamp": (lambda a, b: T.clamp(a, -0.5, 0.25), lambda a, b: a.clamp(-0.5, 0.25)),
}


@pytest.mark.parametrize("name", sorted(FUNCTIONS))
def test_functions_of_elements(name):
    n = 40
    ours, want = FUNCTIONS[name]
    a, b = rand(n, dtype="float32"), rand(n, dtype="float32", seed=1) + 0.1
    c = torch.zeros(2 * n)
    compiled(kernels.elements(n, 32, "float32", ours))(a, b, c)
    torch.testing.assert_close(c[::2].double(), want(a.double(), b.double()), rtol=3e-7, atol=3e-7)


def test_counts_of_bits():
    a = torch.tensor([0, 1, -1, 255, -(2**31), 2**30 + 5], dtype=torch.int32)
    c = torch.zeros(12, dtype=torch.int32)
    compiled(kernels.elements(6, 6, "int32", lambda a, b: T.popcount(a) * 100 + T.clz(a)))(a, a, c)
    numbers = [x & 0xFFFFFFFF for x in a.tolist()]
    assert c[::2].tolist() == [x.bit_count() * 100 + 32 - x.bit_length() for x in numbers]


def test_blocks_of_some_threads():
    x, y, z = rand(40, 70, dtype="float32"), rand(40, 70, dtype="float32", seed=1), torch.zeros(40, 70)
    compiled(kernels.copied_by_halves(40, 70))(x, y, z)
    assert torch.equal(z, x + 2 * y)


@pytest.mark.parametrize("count", [0, 13, 600])
def test_parallel_over_what_the_call_says(count):
    x, y = rand(512, dtype="float32"), torch.zeros(512)
    compiled(kernels.first_elements(512))(x, count, y)
    assert torch.equal(y[:count], x[:count] - 1) and not y[count:].any()


def test_sizes_of_64_bits():
    x = torch.zeros(1300, dtype=torch.bfloat16)
    compiled(kernels.wide_sizes())(x)
    assert (x == 1.5).all()


def test_reducer_in_place():
    x, y = rand(50, 96, dtype="float32"), torch.zeros(50)
    compiled(kernels.old_reducer(50, 96))(x, y)
    torch.testing.assert_close(y, x.sum(1), rtol=1e-5, atol=1e-4)


def test_variables_cleared_as_buffers_are():
    lse, part, out = rand(3, 5, dtype="float32") * 4, rand(3, 5, 70), torch.zeros(3, 70, dtype=torch.bfloat16)
    compiled(kernels.combined_splits(3, 5, 70))(lse, part, out)
    weights = torch.softmax(lse.double() * torch.log(torch.tensor(2.0, dtype=torch.float64)), 1)
    want = (weights[:, :, None] * part.double()).sum(1)
    torch.testing.assert_close(out.double(), want, rtol=1e-2, atol=1e-2)


@pytest.mark.parametrize("op,dtype", [("sum", "float16"), ("max", "bfloat16"), ("min", "float32")])
def test_reduce_to_variable(op, dtype):
    a, b = rand(8, dtype=dtype) - 1, torch.zeros(1, dtype=getattr(torch, dtype))
    compiled(kernels.reduce_to_variable(op, dtype))(a, b)
    want = getattr(a.double(), {"sum": "sum", "max": "amax", "min": "amin"}[op])().reshape(1)
    assert_close(b, want, dtype, magnitude=8.0, ulps=8 if op == "sum" else 0)


def test_differences_as_loop_bounds():
    N, half = 6, 3
    a, b = rand(N * 32, 32, dtype="float32"), torch.zeros(N * 32, 32)
    compiled(kernels.steps_by_half(N, half))(a, b)
    blocks = a.double().reshape(N, 32, 32)
    want = torch.zeros_like(blocks)
    for x in range(N):
        for s in range(x + 2 if x < half else x - half + 1):
            last = x if x < half else x - half
            want[x] += blocks[x if s > last else half + s] * (s + 1)
    assert_close(b, want.reshape(N * 32, 32), "float32", magnitude=64.0, accum=1e-6)


@pytest.mark.parametrize("value", [-99.0, 3.0])
@pytest.mark.parametrize("dtype,out", [("float32", "float32"), ("bfloat16", "float32"), ("float32", "float16")])
@pytest.mark.parametrize("bm,bn,by_element", [(32, 32, False), (20, 48, False), (32, 64, True)])
def test_safe_values(value, dtype, out, bm, bn, by_element):
    M, N, rows, cols = 70, 75, 101, 130
    a = rand(M, N, dtype=dtype)
    b, c = (torch.zeros(rows, cols, dtype=getattr(torch, out)) for _ in range(2))
    compiled(kernels.padded_copy(M, N, rows, cols, bm, bn, value, dtype, out, by_element))(a, b, c)
    for got, first in ((b, 0), (c, 4)):
        want = torch.full((rows, cols), value, dtype=got.dtype)
        want[first : first + M, :N] = a.to(got.dtype)
        assert torch.equal(got, want)


@pytest.mark.parametrize("dtype", ["float32", "bfloat16"])
def test_safe_value_below_all(dtype):
    a = rand(70, 75, dtype=dtype) - 3
    b = torch.zeros(70, dtype=a.dtype)
    compiled(kernels.masked_maxima(70, 75, 32, 32, dtype))(a, b)
    assert torch.equal(b, a.amax(1))


@pytest.mark.parametrize("nan", [True, False])
@pytest.mark.parametrize("clear", [True, False])
@pytest.mark.parametrize("op", ["max", "min", "absmax"])
@pytest.mark.parametrize(
    "dim,M,N,bm,bn", [(1, 70, 64, 32, 64), (0, 32, 130, 32, 64), (1, 5, 40, 1, 40), (1, 7, 128, 1, 128)]
)
@pytest.mark.parametrize("dtype", ["float16", "bfloat16"])
def test_nan_in_reductions(nan, clear, op, dim, M, N, bm, bn, dtype):
    a = rand(M, N, dtype=dtype)
    place = torch.rand(M, N, generator=torch.Generator().manual_seed(N))
    a[place < 0.03] = float("nan")
    a.select(1 - dim, 2)[:] = float("nan")  # a whole row or column
    b = torch.zeros(M if dim == 1 else N, dtype=a.dtype)
    compiled(kernels.extreme(M, N, bm, bn, op, dim, dtype, nan, clear))(a, b)
    x = a.float().abs() if op == "absmax" else a.float()
    least = 0.0 if op == "absmax" else float("inf") if op == "min" else -float("inf")
    wide = x if nan else torch.where(x.isnan(), least, x)
    want = wide.amin(dim) if op == "min" else wide.amax(dim)
    if not clear:
        start = torch.full_like(want, 0.5)
        want = torch.minimum(want, start) if op == "min" else torch.maximum(want, start)
    torch.testing.assert_close(b.float(), want, rtol=0, atol=0, equal_nan=True)


def test_copy_of_blocks_that_differ():
    a, b = rand(10, 12), torch.zeros(10, 12, dtype=torch.bfloat16)
    compiled(kernels.narrower_copy(10, 12))(a, b)
    want = torch.zeros_like(b)
    want[1:6, 4:6] = a[2:7, 1:3]
    assert torch.equal(b, want)


@pytest.mark.parametrize("M,N,bm", [(70, 8, 32), (64, 64, 32)])
def test_reducer_by_plain_statements(M, N, bm):
    a, b = rand(M, N, dtype="float32"), torch.zeros(M, N)
    compiled(kernels.older_reducer(M, N, bm))(a, b)
    x = a.double()
    squares = (x * x).sum(1, keepdim=True)
    assert_close(b, x - squares, "float32", magnitude=x.abs() + squares, accum=2**-20)
