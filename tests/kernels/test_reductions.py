"""T.reduce in all its forms, and what stands on it: softmax and the norms, against torch in float64.

The vector unit reduces in fp32: maxima and minima are exact; a sum differs from the exact one by less than
32 + 2 * (tiles in a row) roundings of its terms' magnitudes.
"""

import pytest
import tilelang
import tilelang.language as T
import torch
from test_kernels import DTYPES, assert_close, compiled, rand

import tilelang_tenstorrent as tltt

REDUCTIONS = {
    "sum": lambda x, dim: x.sum(dim),
    "max": lambda x, dim: x.amax(dim),
    "min": lambda x, dim: x.amin(dim),
    "abssum": lambda x, dim: x.abs().sum(dim),
    "absmax": lambda x, dim: x.abs().amax(dim),
}
START = {"max": float("-inf"), "min": float("inf")}  # 0 for the others
SUM_EPS = 2**-24 * 64


def reduce(M, N, bm, bn, dtype, kind, dim, out="float32"):
    """One pass over the reduced axis in blocks, each joined with those before."""
    n, block = (M, bm) if dim == 1 else (N, bn)

    @T.prim_func
    def main(A: T.Tensor((M, N), dtype), O: T.Tensor((n,), out)):
        with T.Kernel(T.ceildiv(n, block), threads=128) as bx:
            a = T.alloc_shared((bm, bn), dtype)
            f = T.alloc_fragment((bm, bn), dtype)
            o = T.alloc_fragment((block,), out)
            part = T.alloc_fragment((block,), out)
            T.fill(o, START.get(kind, 0))
            for k in T.serial(T.ceildiv(N, bn) if dim == 1 else T.ceildiv(M, bm)):
                if dim == 1:
                    T.copy(A[bx * bm, k * bn], a)
                else:
                    T.copy(A[k * bm, bx * bn], a)
                T.copy(a, f)
                if kind == "abssum":  # has no clear=False
                    T.reduce_abssum(f, part, dim=dim)
                    for i in T.Parallel(block):
                        o[i] += part[i]
                else:
                    getattr(T, "reduce_" + kind)(f, o, dim=dim, clear=False)
            T.copy(o, O[bx * block])

    return main


@pytest.mark.parametrize("dtype", DTYPES)
@pytest.mark.parametrize("kind", REDUCTIONS)
@pytest.mark.parametrize("dim", [0, 1])
def test_reduce(kind, dim, dtype):
    M, N = 96, 160
    kernel = compiled(reduce(M, N, 32, 32, dtype, kind, dim))
    x = rand(M, N, dtype=dtype) - 0.5
    o = torch.full((M if dim == 1 else N,), float("nan"))
    kernel(x, o)
    exact = not kind.endswith("sum")
    want = REDUCTIONS[kind](x.double(), dim)
    assert_close(o, want, "float32", ulps=0 if exact else 1, magnitude=x.double().abs().sum(dim), accum=SUM_EPS)


def reduce_batch(shape, kind, dim, clear, dtype, out):
    left = shape[:dim] + shape[dim + 1 :]

    @T.prim_func
    def main(A: T.Tensor(shape, dtype), C: T.Tensor(left, out), B: T.Tensor(left, out)):
        with T.Kernel(1, threads=128) as bx:
            a = T.alloc_fragment(shape, dtype)
            b = T.alloc_fragment(left, out)
            T.copy(A, a)
            T.copy(C, b)
            getattr(T, "reduce_" + kind)(a, b, dim=dim, clear=clear)
            T.copy(b, B)

    return main


@pytest.mark.parametrize(
    "shape,kind,dim,clear,dtype,out",
    [
        ((5, 40, 70), "sum", 0, False, "float32", "float32"),
        ((5, 40, 70), "max", 1, True, "bfloat16", "float32"),
        ((5, 40, 70), "absmax", 2, True, "float32", "bfloat16"),
        ((36, 3, 64), "min", 1, False, "bfloat16", "float32"),
        ((36, 3, 64), "sum", 2, False, "float32", "float32"),
        ((3, 64, 32), "max", 0, False, "float16", "float32"),
    ],
)
def test_reduce_of_three_axes(shape, kind, dim, clear, dtype, out):
    kernel = compiled(reduce_batch(shape, kind, dim, clear, dtype, out))
    assert tltt.remarks(kernel) == [], "runs element by element"
    x = rand(*shape, dtype=dtype) - 0.5
    want = REDUCTIONS[kind](x.double(), dim)
    old, o = rand(*want.shape, dtype=out), torch.full(want.shape, float("nan"), dtype=getattr(torch, out))
    kernel(x, old, o)
    if not clear:
        join = {"sum": torch.add, "min": torch.minimum, "max": torch.maximum}[kind]
        want = join(want, old.double())
    exact = kind != "sum" and out == "float32"
    magnitude = x.double().abs().sum(dim) + old.double().abs()
    assert_close(o, want, out, ulps=0 if exact else 1, magnitude=magnitude, accum=SUM_EPS)


@pytest.mark.parametrize("dim,bm,bn", [(1, 64, 128), (0, 128, 64), (-1, 32, 96)])
def test_reduce_wide_blocks(dim, bm, bn):
    """Several tiles along both axes, of a tensor that does not divide: what lies beyond the edge counts as zero."""
    M, N = 150, 200
    kernel = compiled(reduce(M, N, bm, bn, "float32", "sum", 1 if dim < 0 else dim))
    x = rand(M, N, dtype="float32")
    o = torch.full((M if dim else N,), float("nan"))
    kernel(x, o)
    want = x.double().sum(1 if dim < 0 else dim)
    assert_close(o, want, "float32", magnitude=x.double().abs().sum(1 if dim else 0), accum=SUM_EPS)


def test_reduce_vector_to_one_element():
    N = 96

    @T.prim_func
    def main(A: T.Tensor((N,), "float32"), B: T.Tensor((N,), "float32")):
        with T.Kernel(1, threads=128) as bx:
            a = T.alloc_fragment((N,), "float32")
            total = T.alloc_fragment((1,), "float32")
            T.copy(A, a)
            T.reduce_sum(a, total, dim=0)
            for i in T.Parallel(N):
                a[i] = a[i] / total[0]
            T.copy(a, B)

    x = rand(N, dtype="float32").abs() + 1
    y = torch.full((N,), float("nan"))
    compiled(main)(x, y)
    assert_close(y, x.double() / x.double().sum(), "float32", ulps=16)


def test_rows_and_columns_of_one_block():
    """A vector along the rows and one along the columns, both broadcast over one block."""
    M, N = 64, 96

    @T.prim_func
    def main(A: T.Tensor((M, N), "float32"), B: T.Tensor((M, N), "float32")):
        with T.Kernel(1, threads=128) as bx:
            a = T.alloc_fragment((M, N), "float32")
            rows = T.alloc_fragment((M,), "float32")
            cols = T.alloc_fragment((N,), "float32")
            T.copy(A, a)
            T.reduce_max(a, rows, dim=1)
            T.reduce_min(a, cols, dim=0)
            for i, j in T.Parallel(M, N):
                a[i, j] = a[i, j] + rows[i] * 2 - cols[j]
            T.copy(a, B)

    x = rand(M, N, dtype="float32")
    y = torch.full((M, N), float("nan"))
    compiled(main)(x, y)
    want = x.double() + 2 * x.double().amax(1, keepdim=True) - x.double().amin(0)
    assert_close(y, want, "float32", accum=2**-20)


def softmax(M, N, bm, dtype):
    @T.prim_func
    def main(A: T.Tensor((M, N), dtype), O: T.Tensor((M, N), dtype)):
        with T.Kernel(T.ceildiv(M, bm), threads=128) as bx:
            a = T.alloc_shared((bm, N), dtype)
            f = T.alloc_fragment((bm, N), "float32")
            largest = T.alloc_fragment((bm,), "float32")
            total = T.alloc_fragment((bm,), "float32")
            T.copy(A[bx * bm, 0], a)
            T.copy(a, f)
            T.reduce_max(f, largest, dim=1)
            for i, j in T.Parallel(bm, N):
                f[i, j] = T.exp(f[i, j] - largest[i])
            T.reduce_sum(f, total, dim=1)
            for i, j in T.Parallel(bm, N):
                f[i, j] /= total[i]
            T.copy(f, O[bx * bm, 0])

    return main


@pytest.mark.parametrize("dtype", DTYPES)
def test_softmax(dtype):
    M, N = 100, 160
    x = rand(M, N, dtype=dtype) * 4
    y = torch.full((M, N), float("nan"), dtype=DTYPES[dtype])
    compiled(softmax(M, N, 64, dtype))(x, y)
    assert_close(y, torch.softmax(x.double(), 1), dtype, ulps=2 if dtype != "float32" else 64, accum=2**-22)


def online_softmax(M, N, bm, bn, dtype):
    """Two passes over the row, as TileLang's example."""
    scale = 1.44269504

    @T.prim_func
    def main(X: T.Tensor((M, N), dtype), Y: T.Tensor((M, N), dtype)):
        with T.Kernel(T.ceildiv(M, bm), threads=128) as i_m:
            x = T.alloc_fragment([bm, bn], dtype)
            y = T.alloc_fragment([bm, bn], dtype)
            lse = T.alloc_fragment([bm], "float32")
            max_x = T.alloc_fragment([bm], dtype)
            exp_x = T.alloc_fragment([bm, bn], "float32")
            sum_exp_x = T.alloc_fragment([bm], "float32")
            T.fill(lse, -T.infinity("float32"))
            for i_n in T.Pipelined(T.ceildiv(N, bn)):
                T.copy(X[i_m * bm, i_n * bn], x)
                T.reduce_max(x, max_x, dim=1, clear=True)
                for i, j in T.Parallel(bm, bn):
                    exp_x[i, j] = T.exp2(x[i, j] * scale - max_x[i] * scale)
                T.reduce_sum(exp_x, sum_exp_x, dim=1, clear=True)
                for i in T.Parallel(bm):
                    lse[i] = max_x[i] * scale + T.log2(T.exp2(lse[i] - max_x[i] * scale) + sum_exp_x[i])
            for i_n in T.Pipelined(T.ceildiv(N, bn)):
                T.copy(X[i_m * bm, i_n * bn], x)
                for i, j in T.Parallel(bm, bn):
                    y[i, j] = T.exp2(x[i, j] * scale - lse[i])
                T.copy(y, Y[i_m * bm, i_n * bn])

    return main


@pytest.mark.parametrize("dtype", ["float16", "bfloat16"])
def test_online_softmax(dtype):
    M, N = 100, 256
    x = rand(M, N, dtype=dtype) * 2
    y = torch.full((M, N), float("nan"), dtype=DTYPES[dtype])
    compiled(online_softmax(M, N, 32, 64, dtype))(x, y)
    assert_close(y, torch.softmax(x.double(), 1), dtype, ulps=2, accum=2**-18)


def layernorm(M, N, bm, dtype, eps=1e-5):
    @T.prim_func
    def main(
        X: T.Tensor((M, N), dtype),
        gamma: T.Tensor((N,), dtype),
        beta: T.Tensor((N,), dtype),
        Y: T.Tensor((M, N), dtype),
        Mean: T.Tensor((M,), "float32"),
        Rstd: T.Tensor((M,), "float32"),
    ):
        with T.Kernel(T.ceildiv(M, bm), threads=128) as bx:
            x = T.alloc_shared((bm, N), dtype)
            g = T.alloc_shared((N,), dtype)
            b = T.alloc_shared((N,), dtype)
            f = T.alloc_fragment((bm, N), "float32")
            square = T.alloc_fragment((bm, N), "float32")
            total = T.alloc_fragment((bm,), "float32")
            squares = T.alloc_fragment((bm,), "float32")
            mean = T.alloc_fragment((bm,), "float32")
            rstd = T.alloc_fragment((bm,), "float32")
            T.copy(X[bx * bm, 0], x)
            T.copy(gamma, g)
            T.copy(beta, b)
            for i, j in T.Parallel(bm, N):
                f[i, j] = T.Cast("float32", x[i, j])
            for i, j in T.Parallel(bm, N):
                square[i, j] = f[i, j] * f[i, j]
            T.reduce_sum(f, total, dim=1)
            T.reduce_sum(square, squares, dim=1)
            for i in T.Parallel(bm):
                mean[i] = total[i] / N
                rstd[i] = T.rsqrt(squares[i] / N - mean[i] * mean[i] + eps)
                Mean[bx * bm + i] = mean[i]
                Rstd[bx * bm + i] = rstd[i]
            for i, j in T.Parallel(bm, N):
                x[i, j] = (f[i, j] - mean[i]) * rstd[i] * g[j] + b[j]
            T.copy(x, Y[bx * bm, 0])

    return main


@pytest.mark.parametrize("dtype", ["bfloat16", "float32"])
def test_layernorm(dtype):
    M, N = 70, 128
    x, g, b = rand(M, N, dtype=dtype) * 3 + 1, rand(N, dtype=dtype), rand(N, dtype=dtype, seed=3)
    y = torch.full((M, N), float("nan"), dtype=DTYPES[dtype])
    mean, rstd = torch.full((M,), float("nan")), torch.full((M,), float("nan"))
    compiled(layernorm(M, N, 32, dtype))(x, g, b, y, mean, rstd)
    d = x.double()
    assert_close(mean, d.mean(1), "float32", accum=2**-20)
    assert_close(rstd, 1 / (d.var(1, correction=0) + 1e-5).sqrt(), "float32", accum=2**-18)
    want = torch.nn.functional.layer_norm(d, (N,), g.double(), b.double(), 1e-5)
    assert_close(y, want, dtype, ulps=2, accum=2**-16)


def rmsnorm_split(M, N, bm, bk, dtype):
    @T.prim_func
    def main(A: T.Tensor((M, N), dtype), B: T.Tensor((M, N), dtype)):
        with T.Kernel(T.ceildiv(M, bm), threads=128) as bx:
            a = T.alloc_shared((bm, bk), dtype)
            f = T.alloc_fragment((bm, bk), dtype)
            s = T.alloc_fragment((bm,), dtype)
            steps = T.ceildiv(N, bk)
            T.clear(f)
            for k in T.serial(steps):
                T.copy(A[bx * bm, k * bk], a)
                for i, j in T.Parallel(bm, bk):
                    f[i, j] += a[i, j] * a[i, j]
            T.reduce_sum(f, s, dim=1)
            for i in T.Parallel(bm):
                s[i] = T.rsqrt(s[i] / N + 1e-12)
            for k in T.serial(steps):
                T.copy(A[bx * bm, (steps - 1 - k) * bk], a)
                for i, j in T.Parallel(bm, bk):
                    a[i, j] *= s[i]
                T.copy(a, B[bx * bm, (steps - 1 - k) * bk])

    return main


def test_rmsnorm_in_pieces():
    M, N = 70, 192
    x = rand(M, N, dtype="float32")
    y = torch.full((M, N), float("nan"))
    compiled(rmsnorm_split(M, N, 32, 64, "float32"))(x, y)
    d = x.double()
    assert_close(y, d * torch.rsqrt(d.pow(2).mean(1, keepdim=True) + 1e-12), "float32", ulps=16, accum=2**-20)


def test_rmsnorm_eager():
    """Rows one by one, as TileLang's example has them."""

    @tilelang.jit(target="tenstorrent")
    def rms_norm(A, blk_m):
        M, N = T.const("M, N")
        A: T.Tensor((M, N), "float32")
        B = T.empty((M, N), "float32")
        with T.Kernel(T.ceildiv(M, blk_m), threads=128) as bx:
            f = T.alloc_fragment((blk_m, N), "float32")
            square = T.alloc_fragment((blk_m, N), "float32")
            s = T.alloc_fragment((blk_m,), "float32")
            T.copy(A[bx * blk_m : (bx + 1) * blk_m, :], f)
            for i, j in T.Parallel(blk_m, N):
                square[i, j] = f[i, j] * f[i, j]
            T.reduce_sum(square, s, dim=1)
            for i in T.Parallel(blk_m):
                s[i] = T.rsqrt(s[i] / N + 1e-12)
            for i, j in T.Parallel(blk_m, N):
                f[i, j] *= s[i]
            T.copy(f, B[bx * blk_m : (bx + 1) * blk_m, :])
        return B

    x = rand(40, 96, dtype="float32")
    d = x.double()
    want = d * torch.rsqrt(d.pow(2).mean(1, keepdim=True) + 1e-12)
    for rows in (1, 32):
        assert_close(rms_norm(x, rows), want, "float32", ulps=16, accum=2**-20)
