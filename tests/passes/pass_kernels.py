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


def rms_norm(M=3, N=512):
    """A row per block: vectors that fill tiles, a reduction whose last tile has padding, a scalar."""

    @T.prim_func
    def main(A: T.Tensor((M, N), "bfloat16"), B: T.Tensor((M, N), "bfloat16")):
        with T.Kernel(M, threads=128) as bx:
            x = T.alloc_fragment((1, N), "float32")
            square = T.alloc_fragment((1, N), "float32")
            scale = T.alloc_fragment((1,), "float32")
            T.copy(A[bx, 0], x)
            for i, j in T.Parallel(1, N):
                square[i, j] = x[i, j] * x[i, j]
            T.reduce_sum(square, scale, dim=1)
            for i in T.Parallel(1):
                scale[i] = T.rsqrt(scale[i] / N + 1e-6)
            for i, j in T.Parallel(1, N):
                x[i, j] = x[i, j] * scale[i]
            T.copy(x, B[bx, 0])

    return main


def attention(S=128, D=32, block=64):
    """Causal flash attention of one head: online softmax, two GEMMs, masks of loop variables."""
    scale = D**-0.5

    @T.prim_func
    def main(
        Q: T.Tensor((S, D), "bfloat16"),
        K: T.Tensor((S, D), "bfloat16"),
        V: T.Tensor((S, D), "bfloat16"),
        O: T.Tensor((S, D), "bfloat16"),
    ):
        with T.Kernel(T.ceildiv(S, block), threads=128) as bx:
            q = T.alloc_shared((block, D), "bfloat16")
            k = T.alloc_shared((block, D), "bfloat16")
            v = T.alloc_shared((block, D), "bfloat16")
            s = T.alloc_fragment((block, block), "float32")
            p = T.alloc_fragment((block, block), "bfloat16")
            o = T.alloc_fragment((block, D), "float32")
            top = T.alloc_fragment((block,), "float32")
            before = T.alloc_fragment((block,), "float32")
            factor = T.alloc_fragment((block,), "float32")
            row = T.alloc_fragment((block,), "float32")
            total = T.alloc_fragment((block,), "float32")
            T.copy(Q[bx * block, 0], q)
            T.fill(o, 0)
            T.fill(total, 0)
            T.fill(top, -T.infinity("float32"))
            for n in T.Pipelined(bx + 1, num_stages=2):
                T.copy(K[n * block, 0], k)
                T.gemm(q, k, s, transpose_B=True, clear_accum=True)
                for i, j in T.Parallel(block, block):
                    s[i, j] = T.if_then_else(bx * block + i >= n * block + j, s[i, j] * scale, -T.infinity("float32"))
                T.copy(top, before)
                T.reduce_max(s, top, dim=1, clear=False)
                for i in T.Parallel(block):
                    factor[i] = T.exp(before[i] - top[i])
                for i, j in T.Parallel(block, block):
                    s[i, j] = T.exp(s[i, j] - top[i])
                T.reduce_sum(s, row, dim=1)
                T.copy(s, p)
                for i in T.Parallel(block):
                    total[i] = total[i] * factor[i] + row[i]
                for i, j in T.Parallel(block, D):
                    o[i, j] *= factor[i]
                T.copy(V[n * block, 0], v)
                T.gemm(p, v, o)
            for i, j in T.Parallel(block, D):
                o[i, j] /= total[i]
            T.copy(o, O[bx * block, 0])

    return main


KERNELS = {f.__name__: f for f in (gemm, elementwise, copy, two_gemms, batched, rms_norm, attention)}
