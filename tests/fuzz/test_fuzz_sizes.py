"""Kernels whose sizes are open until the call, each called at several sizes that nobody chose: tails, single rows,
fewer elements than a block."""

import tilelang
import tilelang.language as T
import torch
from budget import examples
from hypothesis import given
from hypothesis import strategies as st

import tilelang_tenstorrent  # noqa: F401  (registers the target)

TILES = st.sampled_from([32, 64, 96])
SIZES = st.integers(1, 200)


def product(bm, bn, bk, dtype, stages, turned):
    m, n, k = T.dynamic("m"), T.dynamic("n"), T.dynamic("k")

    @T.prim_func
    def main(
        A: T.Tensor((m, k), dtype),
        B: T.Tensor((n, k) if turned else (k, n), dtype),
        C: T.Tensor((m, n), "float32"),
    ):
        with T.Kernel(T.ceildiv(n, bn), T.ceildiv(m, bm), threads=128) as (bx, by):
            a = T.alloc_shared((bm, bk), dtype)
            b = T.alloc_shared((bn, bk) if turned else (bk, bn), dtype)
            c = T.alloc_fragment((bm, bn), "float32")
            T.clear(c)
            for step in T.Pipelined(T.ceildiv(k, bk), num_stages=stages):
                T.copy(A[by * bm, step * bk], a)
                if turned:
                    T.copy(B[bx * bn, step * bk], b)
                else:
                    T.copy(B[step * bk, bx * bn], b)
                T.gemm(a, b, c, transpose_B=turned)
            T.copy(c, C[by * bm, bx * bn])

    return main


def sums(bm, bn, dtype, largest):
    """Of every row: its sum or its largest element, over blocks of columns; and where both indices lie below it."""
    m, n = T.dynamic("m"), T.dynamic("n")

    @T.prim_func
    def main(A: T.Tensor((m, n), dtype), B: T.Tensor((m,), "float32"), C: T.Tensor((m, n), "float32")):
        with T.Kernel(T.ceildiv(m, bm), threads=128) as bx:
            a = T.alloc_fragment((bm, bn), "float32")
            total = T.alloc_fragment((bm,), "float32")
            T.fill(total, -100 if largest else 0)
            for step in T.serial(T.ceildiv(n, bn)):
                T.copy(A[bx * bm, step * bn], a)
                if largest:
                    for i, j in T.Parallel(bm, bn):
                        a[i, j] = T.if_then_else(step * bn + j < n, a[i, j], -100)
                    T.reduce_max(a, total, dim=1, clear=False)
                else:
                    T.reduce_sum(a, total, dim=1, clear=False)
            T.copy(total, B[bx * bm])
            for step in T.serial(T.ceildiv(n, bn)):
                T.copy(A[bx * bm, step * bn], a)
                for i, j in T.Parallel(bm, bn):
                    a[i, j] = T.if_then_else(bx * bm + i >= step * bn + j, a[i, j] - total[i], 0)
                T.copy(a, C[bx * bm, step * bn])

    return main


def taken(block, dtype):
    """Elements that an index tensor names."""
    n, length = T.dynamic("n"), T.dynamic("length")

    @T.prim_func
    def main(A: T.Tensor((length,), dtype), index: T.Tensor((n,), "int32"), B: T.Tensor((n,), dtype)):
        with T.Kernel(T.ceildiv(n, block), threads=128) as bx:
            for i in T.Parallel(block):
                if bx * block + i < n:
                    B[bx * block + i] = A[index[bx * block + i]]

    return main


def whole(*shape, dtype, seed):
    return torch.randint(-8, 9, shape, generator=torch.Generator().manual_seed(seed)).to(getattr(torch, dtype))


FLOATS = st.sampled_from(["bfloat16", "float16", "float32"])


@examples(6)
@given(
    TILES,
    TILES,
    TILES,
    FLOATS,
    st.integers(1, 3),
    st.booleans(),
    st.lists(st.tuples(SIZES, SIZES, SIZES), min_size=3, max_size=3),
)
def test_products(bm, bn, bk, dtype, stages, turned, sizes):
    kernel = tilelang.compile(product(bm, bn, bk, dtype, stages, turned), target="tenstorrent")
    for m, n, k in sizes:
        a = whole(m, k, dtype=dtype, seed=m)
        b = whole(*((n, k) if turned else (k, n)), dtype=dtype, seed=n)
        c = torch.full((m, n), float("nan"))
        kernel(a, b, c)
        assert torch.equal(c.double(), a.double() @ (b.double().T if turned else b.double())), (m, n, k)


@examples(6)
@given(TILES, TILES, FLOATS, st.booleans(), st.lists(st.tuples(SIZES, SIZES), min_size=3, max_size=3))
def test_rows(bm, bn, dtype, largest, sizes):
    kernel = tilelang.compile(sums(bm, bn, dtype, largest), target="tenstorrent")
    for m, n in sizes:
        a = whole(m, n, dtype=dtype, seed=m)
        b, c = torch.full((m,), float("nan")), torch.full((m, n), float("nan"))
        kernel(a, b, c)
        want = a.double().max(1).values if largest else a.double().sum(1)
        assert torch.equal(b.double(), want), (m, n)
        assert torch.equal(c.double(), (a.double() - want[:, None]).tril()), (m, n)


@examples(4)
@given(
    TILES,
    st.sampled_from(["float32", "bfloat16", "int32", "int8"]),
    st.lists(st.tuples(SIZES, SIZES), min_size=3, max_size=3),
)
def test_taken(block, dtype, sizes):
    kernel = tilelang.compile(taken(block, dtype), target="tenstorrent")
    for n, length in sizes:
        a = whole(length, dtype=dtype, seed=n)
        index = torch.randint(0, length, (n,), dtype=torch.int32, generator=torch.Generator().manual_seed(length))
        b = torch.zeros(n, dtype=a.dtype)
        kernel(a, index, b)
        assert torch.equal(b, a[index.long()]), (n, length)
