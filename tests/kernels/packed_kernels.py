"""Kernels on types of fewer than 8 bits, of which a caller's bytes hold several, and on powers of two in a byte."""

import tilelang.language as T


def gemm(M, N, K, bm, bn, bk, dtype, sums="int32", out="int32"):
    """A @ B^T of packed numbers."""

    @T.prim_func
    def main(A: T.Tensor((M, K), dtype), B: T.Tensor((N, K), dtype), C: T.Tensor((M, N), out)):
        with T.Kernel(T.ceildiv(N, bn), T.ceildiv(M, bm), threads=128) as (bx, by):
            a = T.alloc_shared((bm, bk), dtype)
            b = T.alloc_shared((bn, bk), dtype)
            c = T.alloc_fragment((bm, bn), sums)
            T.clear(c)
            for k in T.Pipelined(T.ceildiv(K, bk), num_stages=2):
                T.copy(A[by * bm, k * bk], a)
                T.copy(B[bx * bn, k * bk], b)
                T.gemm(a, b, c, transpose_B=True)
            T.copy(c, C[by * bm, bx * bn])

    return main


def scaled_gemm(M, N, K, bm, bn, bk, group):
    """A @ (B * scale)^T: float4_e2m1fn weights, a power of two for each `group` of them along K."""

    @T.prim_func
    def main(
        A: T.Tensor((M, K), "bfloat16"),
        B: T.Tensor((N, K), "float4_e2m1fn"),
        S: T.Tensor((N, K // group), "float8_e8m0fnu"),
        C: T.Tensor((M, N), "float32"),
    ):
        with T.Kernel(T.ceildiv(N, bn), T.ceildiv(M, bm), threads=128) as (bx, by):
            a = T.alloc_shared((bm, bk), "bfloat16")
            packed = T.alloc_shared((bn, bk), "float4_e2m1fn")
            b = T.alloc_shared((bn, bk), "bfloat16")
            c = T.alloc_fragment((bm, bn), "float32")
            T.clear(c)
            for k in T.Pipelined(T.ceildiv(K, bk), num_stages=2):
                T.copy(A[by * bm, k * bk], a)
                T.copy(B[bx * bn, k * bk], packed)
                for i, j in T.Parallel(bn, bk):
                    b[i, j] = T.cast(packed[i, j], "bfloat16") * T.cast(
                        S[bx * bn + i, (k * bk + j) // group], "bfloat16"
                    )
                T.gemm(a, b, c, transpose_B=True)
            T.copy(c, C[by * bm, bx * bn])

    return main


def convert(M, N, bm, bn, source, target):
    """Each element of one dtype as the other, through an on-chip block of the target's."""

    @T.prim_func
    def main(A: T.Tensor((M, N), source), B: T.Tensor((M, N), target)):
        with T.Kernel(T.ceildiv(N, bn), T.ceildiv(M, bm), threads=128) as (bx, by):
            block = T.alloc_shared((bm, bn), target)
            for i, j in T.Parallel(bm, bn):
                block[i, j] = T.cast(A[by * bm + i, bx * bn + j], target)
            T.copy(block, B[by * bm, bx * bn])

    return main


def combine(n, block, dtype, operation):
    @T.prim_func
    def main(A: T.Tensor((n,), dtype), B: T.Tensor((n,), dtype), C: T.Tensor((n,), dtype)):
        with T.Kernel(T.ceildiv(n, block), threads=32) as bx:
            for i in T.serial(block):
                if bx * block + i < n:
                    C[bx * block + i] = operation(A[bx * block + i], B[bx * block + i])

    return main


def viewed(M, N, bm):
    """Bytes of a block of uint8, seen as the int4 that they hold; in a second launch, those doubled once more."""

    @T.prim_func
    def main(A: T.Tensor((M, N // 2), "uint8"), B: T.Tensor((M, N), "int4"), C: T.Tensor((M, N), "int32")):
        with T.Kernel(T.ceildiv(M, bm), threads=32) as by:
            block = T.alloc_shared((bm, N // 2), "uint8")
            numbers = T.view(block, (bm, N), dtype="int4")
            T.copy(A[by * bm, 0], block)
            for i, j in T.Parallel(bm, N):
                B[by * bm + i, j] = numbers[i, j] + numbers[i, j]
        with T.Kernel(T.ceildiv(M, bm), threads=32) as by:
            for i, j in T.Parallel(bm, N):
                C[by * bm + i, j] = T.cast(B[by * bm + i, j], "int32") * 2

    return main


def scattered(bm, width):
    """Rows of packed numbers to places that data give, into rows of any stride; all sizes open."""
    m, n, stride = T.dynamic("m"), T.dynamic("n"), T.dynamic("stride")

    @T.prim_func
    def main(
        A: T.Tensor((m, width), "float4_e2m1fn"),
        to: T.Tensor((m,), "int32"),
        B: T.StridedTensor((n, width), (stride, 1), "float4_e2m1fn"),
    ):
        with T.Kernel(T.ceildiv(m, bm), threads=32) as bx:
            for i in T.serial(bm):
                if bx * bm + i < m:
                    for j in T.serial(width):
                        B[to[bx * bm + i], j] = A[bx * bm + i, j]

    return main


def pairs(M, N, bm):
    """Bytes of two numbers each: both doubled, as numbers; and the bytes with their numbers exchanged."""

    @T.prim_func
    def main(
        A: T.Tensor((M, N), "float4_e2m1fnx2"),
        B: T.Tensor((M, 2 * N), "float32"),
        C: T.Tensor((M, N), "float4_e2m1fnx2"),
    ):
        with T.Kernel(T.ceildiv(M, bm), threads=32) as bx:
            block = T.alloc_shared((bm, N), "float4_e2m1fnx2")
            T.copy(A[bx * bm, 0], block)
            for i, j in T.Parallel(bm, N):
                pair = block[i, j]
                B[bx * bm + i, 2 * j] = T.cast(T.extract_lane(pair, 0), "float32") * 2
                B[bx * bm + i, 2 * j + 1] = T.cast(T.extract_lane(pair, 1), "float32") * 2
                C[bx * bm + i, j] = T.Shuffle([pair], [1, 0])

    return main


def by_twos(M, N, bm):
    """Each step of a loop stores the two halves of a byte, one after the other."""

    @T.prim_func
    def main(A: T.Tensor((M, N), "float32"), B: T.Tensor((M, N), "int4")):
        with T.Kernel(T.ceildiv(M, bm), threads=32) as bx:
            for i, j in T.Parallel(bm, N // 2):
                B[bx * bm + i, 2 * j] = T.cast(A[bx * bm + i, 2 * j], "int4")
                B[bx * bm + i, 2 * j + 1] = T.cast(A[bx * bm + i, 2 * j + 1], "int4")

    return main
