"""Blocks that are parts of on-chip buffers, read by tiles: rows, columns, stages, in every kind of statement; and
scalars and names that stand for expressions."""

import importlib.util

import pytest
import tilelang.language as T
import torch
from test_kernels import assert_close, compiled, matmul_bound, rand

import tilelang_tenstorrent as tltt


def on_tiles(func):
    kernel = compiled(func)
    assert tltt.remarks(kernel) == [], "runs element by element"
    return kernel


def copies(M, N):
    """A block of 64 x 96 and its quarters: to tensors and to fragments, straight and turned."""

    @T.prim_func
    def main(
        A: T.Tensor((M, N), "float32"),
        Rows: T.Tensor((32, N), "float32"),
        Columns: T.Tensor((M, 32), "float32"),
        Turned: T.Tensor((32, M), "float32"),
        Vector: T.Tensor((64,), "float32"),
    ):
        with T.Kernel(1, threads=128) as bx:
            a = T.alloc_fragment((M, N), "float32")
            columns = T.alloc_fragment((M, 32), "float32")
            turned = T.alloc_fragment((32, M), "float32")
            vector = T.alloc_fragment((64,), "float32")
            T.copy(A, a)
            for i, j in T.Parallel(M, N):
                a[i, j] = a[i, j] + 1.0
            T.copy(a[32:64, :], Rows)
            T.copy(a[:, 64:96], columns)
            T.copy(columns, Columns)
            for i, j in T.Parallel(32, M):
                turned[i, j] = a[j, i + 32] * 2.0
            T.copy(turned, Turned)
            for j in T.Parallel(64):
                vector[j] = a[32, j + 32]
            T.copy(vector, Vector)

    return main


def test_copies_of_parts():
    M, N = 64, 96
    a = rand(M, N, dtype="float32")
    outs = [torch.full(shape, float("nan")) for shape in [(32, N), (M, 32), (32, M), (64,)]]
    on_tiles(copies(M, N))(a, *outs)
    b = a + 1
    for got, want in zip(outs, [b[32:], b[:, 64:], b[:, 32:64].T * 2, b[32, 32:]], strict=True):
        torch.testing.assert_close(got, want, rtol=1e-6, atol=0)


def uses(kind):
    """Sums, broadcasts and products of parts that a loop chooses."""

    @T.prim_func
    def main(A: T.Tensor((96, 128), "bfloat16"), V: T.Tensor((128,), "float32"), O: T.Tensor((96, 32), "float32")):
        with T.Kernel(1, threads=128) as bx:
            a = T.alloc_shared((96, 128), "bfloat16")
            v = T.alloc_fragment((128,), "float32")
            o = T.alloc_fragment((96, 32), "float32")
            row = T.alloc_fragment((96,), "float32")
            square = T.alloc_fragment((32, 32), "bfloat16")
            T.copy(A, a)
            T.copy(V, v)
            T.clear(o)
            for k in T.serial(4):
                if kind == "gemm":
                    T.copy(a[32:64, k * 32 : k * 32 + 32], square)
                    T.gemm(a[:, k * 32 : k * 32 + 32], square, o)
                elif kind == "reduce":
                    T.reduce_sum(a[:, k * 32 : k * 32 + 32], row, dim=1)
                    for i, j in T.Parallel(96, 32):
                        o[i, j] += row[i]
                else:
                    for i, j in T.Parallel(96, 32):
                        o[i, j] += a[i, k * 32 + j] * v[k * 32 + j]
            T.copy(o, O)

    return main


@pytest.mark.parametrize("kind", ["gemm", "reduce", "broadcast"])
def test_parts_that_a_loop_chooses(kind):
    a, v, o = rand(96, 128), rand(128, dtype="float32", seed=1), torch.full((96, 32), float("nan"))
    on_tiles(uses(kind))(a, v, o)
    parts = a.double().split(32, 1)
    if kind == "gemm":
        want = sum(p @ p[32:64] for p in parts)
        return assert_close(o, want, "float32", magnitude=sum(matmul_bound(p, p[32:64]) for p in parts), accum=1e-4)
    if kind == "reduce":
        want = sum(p.sum(1, keepdim=True) for p in parts).expand(96, 32)
    else:
        want = sum(p * s for p, s in zip(parts, v.double().split(32), strict=True))
    torch.testing.assert_close(o.double(), want, rtol=1e-5, atol=1e-4)


def test_stages_of_a_buffer():
    """A buffer of several matrices, filled at once and read one by one, with rows that are no multiple of 32."""

    @T.prim_func
    def main(A: T.Tensor((3, 40, 64), "float32"), O: T.Tensor((40, 64), "float32")):
        with T.Kernel(1, threads=128) as bx:
            stages = T.alloc_shared((3, 40, 64), "float32")
            o = T.alloc_fragment((40, 64), "float32")
            T.copy(A, stages)
            T.clear(o)
            for k in T.serial(3):
                for i, j in T.Parallel(40, 64):
                    o[i, j] = o[i, j] * 2.0 + stages[k, i, j]
            T.copy(o, O)

    a, o = rand(3, 40, 64, dtype="float32"), torch.full((40, 64), float("nan"))
    on_tiles(main)(a, o)
    torch.testing.assert_close(o, (a[0] * 2 + a[1]) * 2 + a[2], rtol=1e-6, atol=1e-6)


def retention(S, H, D, chunk):
    """Chunked retention: a decay that is a function of the head's number, in scalars and in powers of places."""

    @T.prim_func
    def main(
        Q: T.Tensor((S, H, D), "float16"),
        K: T.Tensor((S, H, D), "float16"),
        V: T.Tensor((S, H, D), "float16"),
        O: T.Tensor((S, H, D), "float16"),
    ):
        with T.Kernel(H, threads=128) as head:
            decay = T.alloc_var("float32")
            decay = T.log2(1 - T.exp2(-5.0 - 1.0 * head))
            q = T.alloc_shared((chunk, D), "float16")
            k = T.alloc_shared((chunk, D), "float16")
            v = T.alloc_shared((chunk, D), "float16")
            h = T.alloc_fragment((D, D), "float32")
            h_s = T.alloc_shared((D, D), "float16")
            s = T.alloc_fragment((chunk, chunk), "float32")
            s_s = T.alloc_shared((chunk, chunk), "float16")
            o = T.alloc_fragment((chunk, D), "float32")
            T.clear(h)
            for n in T.Pipelined(S // chunk):
                T.copy(Q[n * chunk : (n + 1) * chunk, head, :], q)
                T.copy(K[n * chunk : (n + 1) * chunk, head, :], k)
                T.copy(V[n * chunk : (n + 1) * chunk, head, :], v)
                T.gemm(q, k, s, clear_accum=True, transpose_B=True)
                for i, j in T.Parallel(chunk, chunk):
                    s_s[i, j] = T.if_then_else(i >= j, s[i, j] * T.exp2((i - j) * decay), 0)
                T.copy(h, h_s)
                T.gemm(q, h_s, o, clear_accum=True)
                for i, j in T.Parallel(chunk, D):
                    o[i, j] = T.exp2((i + 1) * decay) * o[i, j]
                T.gemm(s_s, v, o)
                for i, j in T.Parallel(chunk, D):
                    v[i, j] = v[i, j] * T.exp2((chunk - i - 1) * decay)
                for i, j in T.Parallel(D, D):
                    h[i, j] = T.exp2(chunk * decay) * h[i, j]
                T.copy(o, O[n * chunk : (n + 1) * chunk, head, :])
                T.gemm(k, v, h, transpose_A=True)

    return main


def test_retention():
    S, H, D = 128, 2, 32
    q, k, v = (rand(S, H, D, dtype="float16", seed=i) for i in range(3))
    o = torch.full((S, H, D), float("nan"), dtype=torch.float16)
    on_tiles(retention(S, H, D, 64))(q, k, v, o)
    q, k, v = (x.double().transpose(0, 1) for x in (q, k, v))
    decay = torch.log2(1 - torch.exp2(-5.0 - torch.arange(H).double()))[:, None, None]
    away = (torch.arange(S)[:, None] - torch.arange(S)).double()
    want = (q @ k.transpose(1, 2) * torch.where(away >= 0, torch.exp2(away * decay), 0)) @ v
    torch.testing.assert_close(o.double().transpose(0, 1), want, rtol=1e-2, atol=0.1)


NESTED = """import tilelang.language as T


@T.prim_func
def main(A: T.Tensor((32, 32), "float32"), B: T.Tensor((32, 32), "float32")):
    with T.Kernel(1, threads=128) as bx:
        a = T.alloc_fragment((32, 32), "float32")
        T.copy(A, a)
{steps}        T.copy(a, B)
"""
STEP = """        for i, j in T.Parallel(32, 32):
            a[i, j] = a[i, j] * 0.9 - a[i, j] * a[i, j] * 0.25
"""


def test_values_that_nest_are_computed_once(tmp_path):
    """Each level names the one below three times: 3^30 operations where shared parts were not kept shared."""
    levels = 30
    path = tmp_path / "nested.py"
    path.write_text(NESTED.format(steps=STEP * levels))
    spec = importlib.util.spec_from_file_location("nested", path)
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    a, b = rand(32, 32, dtype="float32") / 8, torch.full((32, 32), float("nan"))
    compiled(module.main)(a, b)
    want = a.double()
    for _ in range(levels):
        want = want * 0.9 - want * want * 0.25
    torch.testing.assert_close(b.double(), want, rtol=1e-4, atol=1e-4)


def combine(S, M, N):
    """The last step of split attention: rows of a matrix that start at no tile are read and written."""

    @T.prim_func
    def main(
        L: T.Tensor((S, M), "float32"),
        P: T.Tensor((S, M, N), "float32"),
        W: T.Tensor((S, M), "float32"),
        O: T.Tensor((M, N), "float32"),
    ):
        with T.Kernel(1, threads=128) as bx:
            weights = T.alloc_fragment((S, M), "float32")
            top = T.alloc_fragment((M,), "float32")
            total = T.alloc_fragment((M,), "float32")
            part = T.alloc_shared((M, N), "float32")
            o = T.alloc_fragment((M, N), "float32")
            T.copy(L, weights)
            T.reduce_max(weights, top, dim=0)
            T.clear(total)
            T.clear(o)
            for k in T.serial(S):
                for i in T.Parallel(M):
                    weights[k, i] = T.exp(weights[k, i] - top[i])
                    total[i] += weights[k, i]
            for k in T.serial(S):
                T.copy(P[k, :, :], part)
                for i, j in T.Parallel(M, N):
                    o[i, j] += part[i, j] * weights[k, i] / total[i]
            T.copy(weights, W)
            T.copy(o, O)

    return main


def test_rows_that_start_at_no_tile():
    S, M, N = 5, 64, 40
    logits, parts = rand(S, M, dtype="float32"), rand(S, M, N, dtype="float32")
    w, o = torch.full((S, M), float("nan")), torch.full((M, N), float("nan"))
    on_tiles(combine(S, M, N))(logits, parts, w, o)
    weights = torch.exp(logits.double() - logits.double().amax(0))
    torch.testing.assert_close(w, weights.float(), rtol=1e-6, atol=0)
    want = (parts.double() * (weights / weights.sum(0))[..., None]).sum(0)
    torch.testing.assert_close(o, want.float(), rtol=1e-5, atol=1e-6)


def lines(M, N):
    """Columns, elements and rows of a block, read and written; what stands beside them is no number."""

    @T.prim_func
    def main(
        A: T.Tensor((M, N), "bfloat16"),
        B: T.Tensor((M, N), "float32"),
        C: T.Tensor((M,), "float32"),
        R: T.Tensor((N,), "float32"),
    ):
        with T.Kernel(1, threads=128) as bx:
            a = T.alloc_shared((M, N), "bfloat16")
            b = T.alloc_fragment((M, N), "float32")
            c = T.alloc_fragment((M,), "float32")
            r = T.alloc_fragment((N,), "float32")
            T.copy(A, a)
            for i, j in T.Parallel(M, N):
                b[i, j] = a[i, N - 1] * a[17, j] + a[5, 6]
            for i in T.Parallel(M):
                b[i, 3] = a[i, N - 2]
            for j in T.Parallel(N):
                b[M - 1, j] = -1.0
            for i in T.Parallel(M):
                c[i] = b[i, 3] + b[4, 40]
            T.copy(b[31, :], r)
            T.copy(b, B)
            T.copy(c, C)
            T.copy(r, R)

    return main


def test_columns_and_elements():
    M, N = 33, 70
    a = rand(M, N)
    a[18, 7:60], a[30, 9], a[19, 0] = float("nan"), float("inf"), float("-inf")
    b, c, r = (torch.full(shape, float("nan")) for shape in [(M, N), (M,), (N,)])
    on_tiles(lines(M, N))(a, b, c, r)
    x = a.double()
    want = x[:, -1:] * x[17:18] + x[5, 6]
    want[:, 3], want[-1] = x[:, -2], -1
    for got, value in zip([b, c, r], [want, want[:, 3] + want[4, 40], want[31]], strict=True):
        torch.testing.assert_close(got, value.float(), rtol=1e-6, atol=1e-7)


def stages(S, M, N):
    """A buffer filled and used matrix by matrix; columns of tiles written; what no statement writes is zero."""

    @T.prim_func
    def main(
        A: T.Tensor((S, M, N), "bfloat16"),
        V: T.Tensor((S, N), "float32"),
        B: T.Tensor((S, M, N), "float32"),
        C: T.Tensor((M, N), "bfloat16"),
        I: T.Tensor((S, N), "int32"),
    ):
        with T.Kernel(1, threads=128) as bx:
            a = T.alloc_shared((S, M, N), "bfloat16")
            v = T.alloc_fragment((S, N), "float32")
            b = T.alloc_fragment((S, M, N), "float32")
            c = T.alloc_fragment((M, N), "bfloat16")
            n = T.alloc_fragment((S, N), "int32")
            for k in T.serial(S):
                T.copy(A[k, :, :], a[k, :, :])
                T.copy(V[k, :], v[k, :])
            for k in T.serial(S):
                for i, j in T.Parallel(M, N):
                    b[k, i, j] = a[S - 1 - k, i, j] + v[k, j]
            T.copy(a[1, :, 0:32], c[:, 32:64])
            T.fill(c[:, 0:1], 5.0)
            for k in T.serial(1, S):
                T.fill(n[k, :], 7)
            T.copy(b, B)
            T.copy(c, C)
            T.copy(n, I)

    return main


def test_buffers_written_in_parts():
    S, M, N = 3, 40, 64
    a, v = rand(S, M, N), rand(S, N, dtype="float32")
    b, c = torch.full((S, M, N), float("nan")), torch.full((M, N), float("nan"), dtype=torch.bfloat16)
    n = torch.full((S, N), -1, dtype=torch.int32)
    on_tiles(stages(S, M, N))(a, v, b, c, n)
    torch.testing.assert_close(b, (a.double().flip(0) + v.double()[:, None]).float(), rtol=1e-6, atol=1e-6)
    want = torch.zeros(M, N, dtype=torch.bfloat16)
    want[:, 32:], want[:, 0] = a[1, :, :32], 5
    assert torch.equal(c, want)
    assert torch.equal(n, torch.tensor([0, 7, 7], dtype=torch.int32)[:, None].expand(S, N))


def three_axes(S, M, N):
    """T.Parallel over a batch of matrices, as a whole and, where operands lie across it, matrix by matrix."""

    @T.prim_func
    def main(
        A: T.Tensor((S, M, N), "float32"),
        V: T.Tensor((N,), "float32"),
        W: T.Tensor((S, M), "float32"),
        X: T.Tensor((M, N), "float32"),
        B: T.Tensor((S, M, N), "float32"),
    ):
        with T.Kernel(1, threads=128) as bx:
            a = T.alloc_fragment((S, M, N), "float32")
            v = T.alloc_fragment((N,), "float32")
            w = T.alloc_fragment((S, M), "float32")
            x = T.alloc_shared((M, N), "float32")
            T.copy(A, a)
            T.copy(V, v)
            T.copy(W, w)
            T.copy(X, x)
            for b, i, j in T.Parallel(S, M, N):
                a[b, i, j] = T.exp(a[b, i, j]) * v[j]
            for b, i, j in T.Parallel(S, M, N):
                a[b, i, j] = a[b, i, j] * w[b, i] + x[i, j] + T.if_then_else(i >= j, 1.0, 0.0) * (b + 1)
            T.copy(a, B)

    return main


def test_three_axes():
    S, M, N = 3, 40, 64
    a, v, w, x = (rand(*shape, dtype="float32") for shape in [(S, M, N), (N,), (S, M), (M, N)])
    b = torch.full((S, M, N), float("nan"))
    on_tiles(three_axes(S, M, N))(a, v, w, x, b)
    lower = torch.tril(torch.ones(M, N, dtype=torch.float64))
    want = torch.exp(a.double()) * v.double() * w.double()[..., None] + x.double()
    want += lower * torch.arange(1, S + 1, dtype=torch.float64)[:, None, None]
    torch.testing.assert_close(b, want.float(), rtol=1e-5, atol=1e-6)


def test_infinity_in_a_variable():
    """A number that the core holds, and a running maximum of block indices that starts below all."""

    @T.prim_func
    def main(A: T.Tensor((64, 64), "float32"), C: T.Tensor((64, 64), "float32")):
        with T.Kernel(2, threads=128) as bx:
            a = T.alloc_fragment((32, 64), "float32")
            least = T.alloc_var("float32", init=-T.infinity("float32"))
            most = T.alloc_var("float32", init=-T.infinity("float32"))
            T.copy(A[bx * 32, 0], a)
            for k in T.serial(3):
                most = T.max(most, T.cast(k, "float32"))
            for i, j in T.Parallel(32, 64):
                a[i, j] = T.if_then_else(i >= j, T.min(a[i, j], most), least)
            T.copy(a, C[bx * 32, 0])

    a, c = rand(64, 64, dtype="float32") * 3, torch.zeros(64, 64)
    on_tiles(main)(a, c)
    outside = (torch.arange(64) % 32)[:, None] < torch.arange(64)[None, :]
    assert torch.equal(c, a.clamp(max=2).masked_fill(outside, -float("inf")))
