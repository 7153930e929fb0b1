"""The small kernels whose IR and sources are kept as expected texts. Their names are the names of the folders."""

import tilelang.language as T


def gemm(M=64, N=64, K=64, bm=32, bn=64, bk=32):
    """C = relu(A @ B + bias): a K loop, an epilogue with a broadcast row, a cast on the way out."""

    @T.prim_func
    def main(
        A: T.Tensor((M, K), "bfloat16"),
        B: T.Tensor((K, N), "bfloat16"),
        bias: T.Tensor((N,), "bfloat16"),
        C: T.Tensor((M, N), "bfloat16"),
    ):
        with T.Kernel(T.ceildiv(N, bn), T.ceildiv(M, bm), threads=128) as (bx, by):
            a = T.alloc_shared((bm, bk), "bfloat16")
            b = T.alloc_shared((bk, bn), "bfloat16")
            row = T.alloc_shared((bn,), "bfloat16")
            c = T.alloc_fragment((bm, bn), "float32")
            T.clear(c)
            T.copy(bias[bx * bn], row)
            for k in T.Pipelined(T.ceildiv(K, bk), num_stages=2):
                T.copy(A[by * bm, k * bk], a)
                T.copy(B[k * bk, bx * bn], b)
                T.gemm(a, b, c)
            for i, j in T.Parallel(bm, bn):
                c[i, j] = T.max(c[i, j] + row[j], 0)
            T.copy(c, C[by * bm, bx * bn])

    return main


def elementwise(M=40, N=100, bm=32, bn=64):
    """C = A + 2 * B straight between tensors, in sizes that divide neither by the block nor by 32."""

    @T.prim_func
    def main(A: T.Tensor((M, N), "float32"), B: T.Tensor((M, N), "float32"), C: T.Tensor((M, N), "float32")):
        with T.Kernel(T.ceildiv(N, bn), T.ceildiv(M, bm), threads=128) as (bx, by):
            for i, j in T.Parallel(bm, bn):
                C[by * bm + i, bx * bn + j] = A[by * bm + i, bx * bn + j] + B[by * bm + i, bx * bn + j] * 2.0

    return main


def copy(M=64, N=64, bm=32, bn=32):
    """B = A: from reader to writer, past compute."""

    @T.prim_func
    def main(A: T.Tensor((M, N), "bfloat16"), B: T.Tensor((M, N), "bfloat16")):
        with T.Kernel(T.ceildiv(N, bn), T.ceildiv(M, bm), threads=128) as (bx, by):
            s = T.alloc_shared((bm, bn), "bfloat16")
            T.copy(A[by * bm, bx * bn], s)
            T.copy(s, B[by * bm, bx * bn])

    return main


def two_gemms(M=64, N=32, K=32, L=64, bm=32):
    """D = relu(A @ B) @ C, and the intermediate as a second output."""

    @T.prim_func
    def main(
        A: T.Tensor((M, K), "bfloat16"),
        B: T.Tensor((K, N), "bfloat16"),
        C: T.Tensor((N, L), "bfloat16"),
        H: T.Tensor((M, N), "bfloat16"),
        D: T.Tensor((M, L), "bfloat16"),
    ):
        with T.Kernel(T.ceildiv(M, bm), threads=128) as bx:
            a = T.alloc_shared((bm, K), "bfloat16")
            b = T.alloc_shared((K, N), "bfloat16")
            c = T.alloc_shared((N, L), "bfloat16")
            h = T.alloc_fragment((bm, N), "float32")
            h_s = T.alloc_shared((bm, N), "bfloat16")
            d = T.alloc_fragment((bm, L), "float32")
            T.copy(A[bx * bm, 0], a)
            T.copy(B, b)
            T.copy(C, c)
            T.gemm(a, b, h, clear_accum=True)
            for i, j in T.Parallel(bm, N):
                h_s[i, j] = T.max(h[i, j], 0)
            T.copy(h_s, H[bx * bm, 0])
            T.clear(d)
            T.gemm(h_s, c, d)
            T.copy(d, D[bx * bm, 0])

    return main


def batched(Z=2, M=64, N=64, K=32):
    """A 3-D grid: one product for each batch and block; B is stored transposed."""

    @T.prim_func
    def main(A: T.Tensor((Z, M, K), "float16"), B: T.Tensor((Z, N, K), "float16"), C: T.Tensor((Z, M, N), "float32")):
        with T.Kernel(T.ceildiv(N, 32), T.ceildiv(M, 32), Z, threads=128) as (bx, by, bz):
            a = T.alloc_shared((32, K), "float16")
            b = T.alloc_shared((32, K), "float16")
            c = T.alloc_fragment((32, 32), "float32")
            T.copy(A[bz, by * 32, 0], a)
            T.copy(B[bz, bx * 32, 0], b)
            T.gemm(a, b, c, transpose_B=True, clear_accum=True)
            T.copy(c, C[bz, by * 32, bx * 32])

    return main


KERNELS = {f.__name__: f for f in (gemm, elementwise, copy, two_gemms, batched)}
