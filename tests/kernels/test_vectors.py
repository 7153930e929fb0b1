"""Kernels whose blocks are single vectors, as GPU kernels of a row per block are written: vectors fill whole tiles
(FoldVectors) where all their uses allow it, and are right in any case."""

import pytest
import tilelang.language as T
import torch
from test_kernels import assert_close, compiled, rand


def rms_norm(M, N, dtype):
    @T.prim_func
    def main(A: T.Tensor((M, N), dtype), B: T.Tensor((M, N), dtype)):
        with T.Kernel(M, threads=128) as bx:
            x = T.alloc_fragment((1, N), dtype)
            square = T.alloc_fragment((1, N), "float32")
            total = T.alloc_fragment((1,), "float32")
            T.copy(A[bx : bx + 1, :], x)
            for i, j in T.Parallel(1, N):
                square[i, j] = T.cast(x[i, j], "float32") * T.cast(x[i, j], "float32")
            T.reduce_sum(square, total, dim=1)
            for i in T.Parallel(1):
                total[i] = T.rsqrt(total[i] / N + 1e-6)
            for i, j in T.Parallel(1, N):
                x[i, j] = x[i, j] * total[i]
            T.copy(x, B[bx : bx + 1, :])

    return main


@pytest.mark.parametrize("N,dtype", [(32, "float32"), (512, "bfloat16"), (1056, "float32"), (2048, "bfloat16")])
def test_a_row_per_block(N, dtype):
    """Rows of one tile, of parts of tiles and of several."""
    x = rand(5, N, dtype=dtype) - 0.5
    out = torch.empty_like(x)
    compiled(rms_norm(5, N, dtype))(x, out)
    wide = x.double()
    want = wide * torch.rsqrt(wide.pow(2).mean(-1, keepdim=True) + 1e-6)
    assert_close(out, want, dtype, ulps=2, magnitude=want.abs(), accum=2**-20 if dtype == "float32" else 2**-8)


def layer_norm(M, N):
    @T.prim_func
    def main(
        X: T.Tensor((M, N), "bfloat16"),
        gamma: T.Tensor((N,), "bfloat16"),
        beta: T.Tensor((N,), "bfloat16"),
        Y: T.Tensor((M, N), "bfloat16"),
        Mean: T.Tensor((M,), "float32"),
    ):
        with T.Kernel(M, threads=128) as bx:
            x = T.alloc_shared((1, N), "bfloat16")
            g = T.alloc_shared((N,), "bfloat16")
            b = T.alloc_shared((N,), "bfloat16")
            f = T.alloc_fragment((1, N), "float32")
            square = T.alloc_fragment((1, N), "float32")
            mean = T.alloc_fragment((1,), "float32")
            rstd = T.alloc_fragment((1,), "float32")
            T.copy(X[bx, 0], x)
            T.copy(gamma, g)
            T.copy(beta, b)
            for i, j in T.Parallel(1, N):
                f[i, j] = T.Cast("float32", x[i, j])
                square[i, j] = f[i, j] * f[i, j]
            T.reduce_sum(f, mean, dim=1)
            T.reduce_sum(square, rstd, dim=1)
            for i in T.Parallel(1):
                mean[i] = mean[i] * (1.0 / N)
                rstd[i] = T.rsqrt(rstd[i] * (1.0 / N) - mean[i] * mean[i] + 1e-5)
                Mean[bx + i] = mean[i]
            for i, j in T.Parallel(1, N):
                y = (f[i, j] - mean[i]) * rstd[i]
                x[i, j] = T.Cast("bfloat16", y * T.Cast("float32", g[j]) + T.Cast("float32", b[j]))
            T.copy(x, Y[bx, 0])

    return main


def test_layer_norm_of_rows_with_a_scalar_output():
    M, N = 3, 1536
    x, g, b = rand(M, N, dtype="bfloat16") - 0.3, rand(N, dtype="bfloat16"), rand(N, dtype="bfloat16") - 0.5
    y, mean = torch.empty_like(x), torch.empty(M)
    compiled(layer_norm(M, N))(x, g, b, y, mean)
    want = torch.nn.functional.layer_norm(x.double(), (N,), g.double(), b.double(), 1e-5)
    torch.testing.assert_close(y.double(), want, rtol=2e-2, atol=2e-2)
    torch.testing.assert_close(mean.double(), x.double().mean(1), rtol=1e-5, atol=1e-5)


def online_softmax(M, N, block):
    @T.prim_func
    def main(X: T.Tensor((M, N), "float16"), Y: T.Tensor((M, N), "float16")):
        with T.Kernel(M, threads=128) as bx:
            x = T.alloc_fragment((1, block), "float16")
            y = T.alloc_fragment((1, block), "float16")
            e = T.alloc_fragment((1, block), "float32")
            lse = T.alloc_fragment((1,), "float32")
            top = T.alloc_fragment((1,), "float32")
            total = T.alloc_fragment((1,), "float32")
            T.fill(lse, -T.infinity("float32"))
            for k in T.Pipelined(T.ceildiv(N, block)):
                T.copy(X[bx, k * block], x)
                for i, j in T.Parallel(1, block):
                    x[i, j] = T.if_then_else(k * block + j < N, x[i, j], -T.infinity("float16"))
                T.reduce_max(x, top, dim=1)
                for i, j in T.Parallel(1, block):
                    e[i, j] = T.exp(x[i, j] - top[i])
                T.reduce_sum(e, total, dim=1)
                for i in T.Parallel(1):
                    lse[i] = top[i] + T.log(T.exp(lse[i] - top[i]) + total[i])
            for k in T.Pipelined(T.ceildiv(N, block)):
                T.copy(X[bx, k * block], x)
                for i, j in T.Parallel(1, block):
                    y[i, j] = T.exp(x[i, j] - lse[i])
                T.copy(y, Y[bx, k * block])

    return main


@pytest.mark.parametrize("N,block", [(512, 128), (3072, 1024), (2560, 1024), (200, 200)])
def test_online_softmax_of_rows(N, block):
    """Blocks that divide the row, whole tiles with a tail, and a length that is no multiple of 32."""
    x = rand(3, N, dtype="float16") * 8 - 6
    y = torch.full_like(x, float("nan"))
    compiled(online_softmax(3, N, block))(x, y)
    torch.testing.assert_close(y.double(), x.double().softmax(1), rtol=5e-3, atol=1e-5)


def one_dimensional(N, block, extra):
    """Places as numbers, masks, a scalar, `extra`: what else happens to the vector."""

    @T.prim_func
    def main(A: T.Tensor((N,), "float32"), B: T.Tensor((N,), "float32"), S: T.Tensor((64, block), "float32")):
        with T.Kernel(T.ceildiv(N, block), threads=128) as bx:
            a = T.alloc_fragment((block,), "float32")
            wide = T.alloc_fragment((64, block), "float32")
            T.copy(A[bx * block], a)
            for j in T.Parallel(block):
                a[j] = T.if_then_else(j % 2 == 0, a[j] * 2.0, a[j] + T.cast(bx * block + j, "float32"))
            if extra == "broadcast":
                for i, j in T.Parallel(64, block):
                    wide[i, j] = a[j]
                if bx == 0:
                    T.copy(wide, S)
            if extra == "elements":
                for j in T.Parallel(block):
                    S[bx, j] = a[block - 1 - j]
            T.copy(a, B[bx * block])

    return main


@pytest.mark.parametrize(
    "N,block,extra",
    [(4096, 1024, ""), (2080, 1024, ""), (320, 64, ""), (320, 64, "broadcast"), (2080, 1024, "elements")],
)
def test_vectors_of_one_axis(N, block, extra):
    a, b, s = rand(N, dtype="float32"), torch.empty(N), torch.zeros(64, block)
    compiled(one_dimensional(N, block, extra))(a, b, s)
    places = torch.arange(N)
    want = torch.where(places % block % 2 == 0, a * 2, a + places)
    torch.testing.assert_close(b, want, rtol=1e-6, atol=0)
    if extra == "broadcast":
        torch.testing.assert_close(s, want[:block].expand(64, block), rtol=1e-6, atol=0)
    if extra == "elements":
        torch.testing.assert_close(s[:2], want[: 2 * block].view(2, block).flip(1), rtol=1e-6, atol=0)


def test_folded_tensors_keep_the_callers_shape():
    """The fold is a matter of tiles: tensors are passed as they were written, with strides."""
    kernel = compiled(rms_norm(4, 2048, "float32"))
    x = (rand(2048, 4, dtype="float32") - 0.5).T
    out = torch.empty(4, 4096)[:, ::2]
    kernel(x, out)
    want = x.double() * torch.rsqrt(x.double().pow(2).mean(-1, keepdim=True) + 1e-6)
    torch.testing.assert_close(out.double(), want, rtol=1e-5, atol=1e-6)


@pytest.mark.parametrize(
    "kind,shape,dim",
    [
        ("sum", (40, 72), 1),
        ("max", (40, 72), 0),
        ("min", (8, 5), 1),
        ("absmax", (50,), 0),
        ("sum", (33, 128), 0),
    ],
)
def test_reductions_leave_padding_out(kind, shape, dim):
    """The padding of the last tile holds whatever was computed there: here 1/0 - 3."""
    rest = [extent for axis, extent in enumerate(shape) if axis != dim] or [1]

    @T.prim_func
    def main(A: T.Tensor(shape, "float32"), O: T.Tensor(rest, "float32")):
        with T.Kernel(1, threads=128) as bx:
            a = T.alloc_fragment(shape, "float32")
            b = T.alloc_fragment(shape, "float32")
            o = T.alloc_fragment(rest, "float32")
            T.copy(A, a)
            if len(shape) == 2:
                for i, j in T.Parallel(*shape):
                    b[i, j] = 1.0 / a[i, j] - 3.0
            else:
                for i in T.Parallel(*shape):
                    b[i] = 1.0 / a[i] - 3.0
            getattr(T, "reduce_" + kind)(b, o, dim=dim)
            T.copy(o, O)

    a = rand(*shape, dtype="float32").abs() + 0.2
    o = torch.full(rest, float("nan"))
    compiled(main)(a, o)
    b = 1.0 / a.double() - 3.0
    want = {"sum": b.sum, "max": b.amax, "min": b.amin, "absmax": b.abs().amax}[kind](dim).reshape(rest)
    torch.testing.assert_close(o.double(), want, rtol=1e-5, atol=1e-5)
