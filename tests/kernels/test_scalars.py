"""Numbers that the cores compute: loop bounds, conditions, places and values of block indices, also negative ones; and
values that the first iteration of a loop sets."""

import pytest
import tilelang.language as T
import torch
from test_kernels import compiled, rand
from test_parts import on_tiles

M, N = 128, 32


def run(func, *inputs, shape=(M, N), tiles=True):
    out = torch.full(shape, float("nan"))
    (on_tiles if tiles else compiled)(func)(*inputs, out)
    return out


def blocks(a):
    return a.double().reshape(4, 32, N)


def window(start, end, pipelined):
    """Sums the blocks around each block."""

    @T.prim_func
    def main(A: T.Tensor((M, N), "float32"), O: T.Tensor((M, N), "float32")):
        with T.Kernel(M // 32, threads=64) as bx:
            a = T.alloc_shared((32, N), "float32")
            o = T.alloc_fragment((32, N), "float32")
            T.clear(o)
            if pipelined:
                for k in T.Pipelined(start(bx), end(bx), num_stages=2):
                    T.copy(A[k * 32, 0], a)
                    for i, j in T.Parallel(32, N):
                        o[i, j] += a[i, j] * (k % 3 + 1)
            else:
                for k in T.serial(start(bx), end(bx)):
                    if k >= 0 and k < 4:
                        T.copy(A[k * 32, 0], a)
                        for i, j in T.Parallel(32, N):
                            o[i, j] += a[i, j] * (k % 3 + 1)
            T.copy(o, O[bx * 32, 0])

    return main


def window_sum(a, start, end):
    parts = blocks(a)
    rows = [sum((parts[k] * (k % 3 + 1) for k in range(max(start(b), 0), min(end(b), 4))), start=0) for b in range(4)]
    return torch.stack(rows).reshape(M, N)


@pytest.mark.parametrize("pipelined", [False, True])
def test_windows_that_begin_before_the_tensor(pipelined):
    """The begin of a sliding window is a quotient of a negative number at the first blocks."""
    a = rand(M, N, dtype="float32")
    start, end = lambda bx: T.max(0, (bx * 32 - 64) // 32), lambda bx: bx + 1
    out = run(window(start, end, pipelined), a)
    torch.testing.assert_close(out.double(), window_sum(a, lambda b: b - 2, end), rtol=1e-5, atol=1e-5)


def test_loops_from_negative_numbers():
    a = rand(M, N, dtype="float32")
    start, end = lambda bx: bx - 1, lambda bx: bx + 2
    out = run(window(start, end, False), a)
    torch.testing.assert_close(out.double(), window_sum(a, start, end), rtol=1e-5, atol=1e-5)


def test_values_of_negative_quotients_and_bits():
    @T.prim_func
    def main(A: T.Tensor((M, N), "float32"), O: T.Tensor((M, N), "float32")):
        with T.Kernel(M // 32, threads=64) as bx:
            a = T.alloc_shared((32, N), "float32")
            o = T.alloc_fragment((32, N), "float32")
            T.copy(A[(bx ^ 1) * 32, 0], a)
            if (bx & 1) == 0:
                for i, j in T.Parallel(32, N):
                    o[i, j] = a[i, j] * (bx >> 1) + (bx * 5 - 7) // 3
            else:
                for i, j in T.Parallel(32, N):
                    o[i, j] = -a[i, j] * (1 << bx) + (bx * 5 - 9) % 4 + ((bx - 3) >> 1)
            T.copy(o, O[bx * 32, 0])

    a = rand(M, N, dtype="float32")
    parts = blocks(a)
    want = [
        parts[b ^ 1] * (b >> 1) + (b * 5 - 7) // 3
        if b % 2 == 0
        else -parts[b ^ 1] * (1 << b) + (b * 5 - 9) % 4 + ((b - 3) >> 1)
        for b in range(4)
    ]
    torch.testing.assert_close(run(main, a).double(), torch.stack(want).reshape(M, N), rtol=1e-6, atol=1e-6)


def test_indices_from_the_end():
    @T.prim_func
    def main(A: T.Tensor((M, N), "float32"), O: T.Tensor((M, N), "float32")):
        with T.Kernel(1, threads=64) as bx:
            a = T.alloc_shared((M, N), "float32")
            o = T.alloc_fragment((M, N), "float32")
            T.copy(A, a)
            for i, j in T.Parallel(M, N):
                o[i, j] = a[-1, j] + a[i, -2]
            T.copy(o, O)

    a = rand(M, N, dtype="float32")
    torch.testing.assert_close(run(main, a, tiles=False), a[-1:] + a[:, -2:-1], rtol=0, atol=0)


def test_the_last_of_several_loads():
    """Loaded in a loop, stored once behind it."""

    @T.prim_func
    def main(A: T.Tensor((M, N), "float32"), O: T.Tensor((32, N), "float32")):
        with T.Kernel(1, threads=64) as bx:
            a = T.alloc_shared((32, N), "float32")
            for k in T.serial(4):
                T.copy(A[k * 32, 0], a)
            T.copy(a, O)

    a = rand(M, N, dtype="float32")
    torch.testing.assert_close(run(main, a, shape=(32, N)), a[96:], rtol=0, atol=0)


def test_rows_written_one_by_one():
    @T.prim_func
    def main(A: T.Tensor((4, 64), "float32"), O: T.Tensor((4, 64), "float32")):
        with T.Kernel(1, threads=64) as bx:
            rows = T.alloc_fragment((4, 64), "float32")
            row = T.alloc_fragment((64,), "float32")
            for k in T.serial(4):
                T.copy(A[k, :], row)
                for j in T.Parallel(64):
                    rows[k, j] = row[j] * 2.0
            T.copy(rows, O)

    a = rand(4, 64, dtype="float32")
    torch.testing.assert_close(run(main, a, shape=(4, 64), tiles=False), a * 2, rtol=0, atol=0)


def test_parts_that_do_not_meet():
    """A T.Parallel that reads one half of a buffer and writes the other."""

    @T.prim_func
    def main(A: T.Tensor((M, N), "float32"), O: T.Tensor((M, N), "float32")):
        with T.Kernel(1, threads=64) as bx:
            a = T.alloc_fragment((M, N), "float32")
            T.copy(A, a)
            for i, j in T.Parallel(64, N):
                a[i + 64, j] = a[i, j] * 2.0
            T.copy(a, O)

    a = rand(M, N, dtype="float32")
    torch.testing.assert_close(run(main, a, tiles=False), torch.cat([a[:64], a[:64] * 2]), rtol=0, atol=0)


@pytest.mark.parametrize("kind", ["product", "maximum"])
def test_values_that_the_first_iteration_sets(kind):
    K = 96

    @T.prim_func
    def product(A: T.Tensor((64, K), "bfloat16"), B: T.Tensor((K, N), "bfloat16"), O: T.Tensor((64, N), "float32")):
        with T.Kernel(2, threads=64) as bx:
            a = T.alloc_shared((32, 32), "bfloat16")
            b = T.alloc_shared((32, N), "bfloat16")
            o = T.alloc_fragment((32, N), "float32")
            for k in T.Pipelined(K // 32, num_stages=2):
                T.copy(A[bx * 32, k * 32], a)
                T.copy(B[k * 32, 0], b)
                if k == 0:
                    T.clear(o)
                T.gemm(a, b, o)
            T.copy(o, O[bx * 32, 0])

    @T.prim_func
    def maximum(A: T.Tensor((64, K), "bfloat16"), B: T.Tensor((K, N), "bfloat16"), O: T.Tensor((64,), "float32")):
        with T.Kernel(2, threads=64) as bx:
            a = T.alloc_shared((32, 32), "bfloat16")
            x = T.alloc_fragment((32, 32), "float32")
            o = T.alloc_fragment((32,), "float32")
            for k in T.serial(K // 32):
                T.copy(A[bx * 32, k * 32], a)
                T.copy(a, x)
                if k == 0:
                    T.fill(o, -T.infinity("float32"))
                T.reduce_max(x, o, dim=1, clear=False)
            T.copy(o, O[bx * 32])

    a, b = rand(64, K) - 4, rand(K, N, seed=1)
    if kind == "product":
        out = run(product, a, b, shape=(64, N))
        torch.testing.assert_close(out.double(), a.double() @ b.double(), rtol=1e-4, atol=1e-3)
    else:
        torch.testing.assert_close(run(maximum, a, b, shape=(64,)), a.float().amax(1), rtol=0, atol=0)


@pytest.mark.parametrize("dtype", ["float32", "bfloat16"])
def test_transpose_operation(dtype):
    """T.transpose on tiles, at a tensor's ragged edge, from a part of a buffer."""

    @T.prim_func
    def main(A: T.Tensor((70, 100), dtype), O: T.Tensor((100, 70), dtype)):
        with T.Kernel(T.ceildiv(100, 64), T.ceildiv(70, 32), threads=64) as (bx, by):
            a = T.alloc_shared((32, 64), dtype)
            o = T.alloc_shared((64, 32), dtype)
            T.copy(A[by * 32, bx * 64], a)
            T.transpose(a, o)
            T.copy(o, O[bx * 64, by * 32])

    a = rand(70, 100, dtype=dtype)
    out = torch.full((100, 70), float("nan"), dtype=a.dtype)
    on_tiles(main)(a, out)
    assert torch.equal(out, a.T)
