"""Kernels with values of several lanes, as CUDA's float4 and __half2."""

import tilelang.language as T


def pairs(n, block, dtype, operation):
    """operation(A[2i:2i+2], B[2i:2i+2]) by variables of two lanes."""
    pair = f"{dtype}x2"

    @T.prim_func
    def main(A: T.Tensor((n,), dtype), B: T.Tensor((n,), dtype), C: T.Tensor((n,), dtype)):
        with T.Kernel(T.ceildiv(n, block), threads=32) as bx:
            for i in T.serial(block // 2):
                a = T.Shuffle([A[bx * block + 2 * i], A[bx * block + 2 * i + 1]], [0, 1])
                b = T.alloc_var(pair)
                b = B[bx * block + 2 * i : bx * block + 2 * i + 2]
                c = operation(a, b)
                C[bx * block + 2 * i] = T.extract_lane(c, 0)
                C[bx * block + 2 * i + 1] = T.extract_lane(c, 1)

    return main


def quads(n, threads, dtype="float32"):
    """Each thread moves four numbers at once and turns them; an array of vectors between. C is A, moved up by four."""

    @T.prim_func
    def main(A: T.Tensor((n,), dtype), B: T.Tensor((n,), dtype), C: T.Tensor((n + 4,), dtype)):
        with T.Kernel(T.ceildiv(n, threads * 4), threads=threads) as bx:
            tx = T.get_thread_binding()
            kept = T.alloc_local((2,), f"{dtype}x4")
            at = (bx * threads + tx) * 4
            kept[0] = A[at : at + 4]
            kept[1] = T.Shuffle([kept[0]], [3, 2, 1, 0])
            B[at : at + 4] = kept[0] + kept[1] * T.Broadcast(T.cast(2.0, dtype), 4)
            C[at + 4 : at + 8] = kept[0]

    return main


def overlapping(n, dtype="float32"):
    """Four numbers to a place that they overlap."""

    @T.prim_func
    def main(A: T.Tensor((n,), dtype)):
        with T.Kernel(1, threads=1):
            A[1:5] = A[0:4]

    return main


def halves_of_words(n, block):
    """Bits of a word as two bfloat16, doubled, and back."""

    @T.prim_func
    def main(A: T.Tensor((n,), "uint32"), B: T.Tensor((n,), "uint32")):
        with T.Kernel(T.ceildiv(n, block), threads=32) as bx:
            for i in T.serial(block):
                if bx * block + i < n:
                    pair = T.reinterpret(A[bx * block + i], "bfloat16x2")
                    B[bx * block + i] = T.reinterpret(T.add2(pair, pair), "uint32")

    return main


def old_pairs(n, block, dtype="float32"):
    """Blocks add pairs to the same places and keep what stood there before."""

    @T.prim_func
    def main(A: T.Tensor((n,), dtype), B: T.Tensor((block,), dtype), C: T.Tensor((n,), dtype)):
        with T.Kernel(n // block, threads=32) as bx:
            for i in T.serial(block // 2):
                old = T.atomic_addx2(B[2 * i], A[bx * block + 2 * i], return_prev=True)
                C[bx * block + 2 * i] = T.extract_lane(old, 0)
                C[bx * block + 2 * i + 1] = T.extract_lane(old, 1)

    return main


def atomic_copy(M, N, bm, bn, dtype="float32"):
    @T.prim_func
    def main(A: T.Tensor((M, N), dtype), B: T.Tensor((M, N), dtype)):
        with T.Kernel(T.ceildiv(M, bm), T.ceildiv(N, bn), threads=32) as (bx, by):
            for i, j in T.Parallel(bm, bn):
                if bx * bm + i < M and by * bn + j < N:
                    T.atomic_store(B[bx * bm + i, by * bn + j], T.atomic_load(A[bx * bm + i, by * bn + j]) * 2)

    return main
