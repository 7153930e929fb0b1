"""Kernels whose shapes, types and expressions the property tests choose."""

import tilelang.language as T


def gemm(M, N, K, bm, bn, bk, dtype, out, trans_a, trans_b, stages, start, outputs):
    """C[n] = start + A @ B[n], one or two accumulators in one loop over K; start "flag" clears by clear_accum."""

    @T.prim_func
    def main(
        A: T.Tensor((K, M) if trans_a else (M, K), dtype),
        B: T.Tensor((outputs, N, K) if trans_b else (outputs, K, N), dtype),
        C: T.Tensor((outputs, M, N), out),
    ):
        with T.Kernel(T.ceildiv(N, bn), T.ceildiv(M, bm), threads=128) as (bx, by):
            a = T.alloc_shared((bk, bm) if trans_a else (bm, bk), dtype)
            b = T.alloc_shared((bn, bk) if trans_b else (bk, bn), dtype)
            b2 = T.alloc_shared((bn, bk) if trans_b else (bk, bn), dtype)
            c = T.alloc_fragment((bm, bn), "float32")
            c2 = T.alloc_fragment((bm, bn), "float32")
            if start != "flag":
                T.fill(c, start)
                T.fill(c2, start)
            for k in T.Pipelined(T.ceildiv(K, bk), num_stages=stages):
                if trans_a:
                    T.copy(A[k * bk, by * bm], a)
                else:
                    T.copy(A[by * bm, k * bk], a)
                if trans_b:
                    T.copy(B[0, bx * bn, k * bk], b)
                else:
                    T.copy(B[0, k * bk, bx * bn], b)
                T.gemm(
                    a,
                    b,
                    c,
                    transpose_A=trans_a,
                    transpose_B=trans_b,
                    clear_accum=(k == 0) if start == "flag" else False,
                )
                if outputs == 2:
                    if trans_b:
                        T.copy(B[1, bx * bn, k * bk], b2)
                    else:
                        T.copy(B[1, k * bk, bx * bn], b2)
                    T.gemm(
                        a,
                        b2,
                        c2,
                        transpose_A=trans_a,
                        transpose_B=trans_b,
                        clear_accum=(k == 0) if start == "flag" else False,
                    )
            T.copy(c, C[0, by * bm, bx * bn])
            if outputs == 2:
                T.copy(c2, C[1, by * bm, bx * bn])

    return main


def clearing_gemm(M, N, steps, how):
    """The sum of the last step alone: every iteration starts from zero."""

    @T.prim_func
    def main(
        A: T.Tensor((M, steps * 32), "bfloat16"),
        B: T.Tensor((steps * 32, N), "bfloat16"),
        C: T.Tensor((M, N), "float32"),
    ):
        with T.Kernel(1, threads=128) as _:
            a = T.alloc_shared((M, 32), "bfloat16")
            b = T.alloc_shared((32, N), "bfloat16")
            c = T.alloc_fragment((M, N), "float32")
            for k in T.serial(steps):
                if how == "clear":
                    T.clear(c)
                T.copy(A[0, k * 32], a)
                T.copy(B[k * 32, 0], b)
                T.gemm(a, b, c, clear_accum=how == "flag")
            T.copy(c, C)

    return main


def elementwise(M, N, bm, bn, dtype, expression, staged):
    """C = expression(A, B, row, col, i, j), on tensors in memory or on blocks in L1; i, j: the place in the tensor."""

    if staged:

        @T.prim_func
        def main(
            A: T.Tensor((M, N), dtype),
            B: T.Tensor((M, N), dtype),
            row: T.Tensor((N,), dtype),
            col: T.Tensor((M,), dtype),
            C: T.Tensor((M, N), dtype),
        ):
            with T.Kernel(T.ceildiv(N, bn), T.ceildiv(M, bm), threads=128) as (bx, by):
                a = T.alloc_shared((bm, bn), dtype)
                b = T.alloc_shared((bm, bn), dtype)
                r = T.alloc_shared((bn,), dtype)
                k = T.alloc_shared((bm,), dtype)
                c = T.alloc_fragment((bm, bn), dtype)
                T.copy(A[by * bm, bx * bn], a)
                T.copy(B[by * bm, bx * bn], b)
                T.copy(row[bx * bn], r)
                T.copy(col[by * bm], k)
                for i, j in T.Parallel(bm, bn):
                    c[i, j] = expression(a[i, j], b[i, j], r[j], k[i], by * bm + i, bx * bn + j)
                T.copy(c, C[by * bm, bx * bn])

        return main

    @T.prim_func
    def direct(
        A: T.Tensor((M, N), dtype),
        B: T.Tensor((M, N), dtype),
        row: T.Tensor((N,), dtype),
        col: T.Tensor((M,), dtype),
        C: T.Tensor((M, N), dtype),
    ):
        with T.Kernel(T.ceildiv(N, bn), T.ceildiv(M, bm), threads=128) as (bx, by):
            for i, j in T.Parallel(bm, bn):
                C[by * bm + i, bx * bn + j] = expression(
                    A[by * bm + i, bx * bn + j],
                    B[by * bm + i, bx * bn + j],
                    row[bx * bn + j],
                    col[by * bm + i],
                    by * bm + i,
                    bx * bn + j,
                )

    return direct
