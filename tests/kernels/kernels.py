"""Kernels of the numeric tests, as users of TileLang write them."""

import tilelang.language as T

from tilelang_tenstorrent import annotate_tt_schedule


def gemm(
    M,
    N,
    K,
    bm,
    bn,
    bk,
    dtype="bfloat16",
    accum="float32",
    out=None,
    trans_a=False,
    trans_b=False,
    stages=2,
    pipelined=True,
):
    out = out or dtype
    a_shape = (K, M) if trans_a else (M, K)
    b_shape = (N, K) if trans_b else (K, N)

    @T.prim_func
    def main(A: T.Tensor(a_shape, dtype), B: T.Tensor(b_shape, dtype), C: T.Tensor((M, N), out)):
        with T.Kernel(T.ceildiv(N, bn), T.ceildiv(M, bm), threads=128) as (bx, by):
            a = T.alloc_shared((bk, bm) if trans_a else (bm, bk), dtype)
            b = T.alloc_shared((bn, bk) if trans_b else (bk, bn), dtype)
            c = T.alloc_fragment((bm, bn), accum)
            T.clear(c)
            for k in T.Pipelined(T.ceildiv(K, bk), num_stages=stages) if pipelined else T.serial(T.ceildiv(K, bk)):
                if trans_a:
                    T.copy(A[k * bk, by * bm], a)
                else:
                    T.copy(A[by * bm, k * bk], a)
                if trans_b:
                    T.copy(B[bx * bn, k * bk], b)
                else:
                    T.copy(B[k * bk, bx * bn], b)
                T.gemm(a, b, c, transpose_A=trans_a, transpose_B=trans_b)
            T.copy(c, C[by * bm, bx * bn])

    return main


def gemm_upside_down(rows, columns, K):
    """Block row by is row rows - 1 - by of the result."""

    @T.prim_func
    def main(
        A: T.Tensor((rows * 32, K), "bfloat16"),
        B: T.Tensor((K, columns * 32), "bfloat16"),
        C: T.Tensor((rows * 32, columns * 32), "bfloat16"),
    ):
        with T.Kernel(columns, rows, threads=128) as (bx, by):
            a = T.alloc_shared((32, 32), "bfloat16")
            b = T.alloc_shared((32, 32), "bfloat16")
            c = T.alloc_fragment((32, 32), "float32")
            T.clear(c)
            for k in T.Pipelined(K // 32, num_stages=2):
                T.copy(A[(rows - 1 - by) * 32, k * 32], a)
                T.copy(B[k * 32, bx * 32], b)
                T.gemm(a, b, c)
            T.copy(c, C[(rows - 1 - by) * 32, bx * 32])

    return main


def triangular_gemm(rows, columns):
    """The product of the lower blocks of a square A: row by of blocks sums by + 1 products."""
    size = rows * 32

    @T.prim_func
    def main(
        A: T.Tensor((size, size), "bfloat16"),
        B: T.Tensor((size, columns * 32), "bfloat16"),
        C: T.Tensor((size, columns * 32), "bfloat16"),
    ):
        with T.Kernel(columns, rows, threads=128) as (bx, by):
            a = T.alloc_shared((32, 32), "bfloat16")
            b = T.alloc_shared((32, 32), "bfloat16")
            c = T.alloc_fragment((32, 32), "float32")
            T.clear(c)
            for k in T.Pipelined(by + 1, num_stages=2):
                T.copy(A[by * 32, k * 32], a)
                T.copy(B[k * 32, bx * 32], b)
                T.gemm(a, b, c)
            T.copy(c, C[by * 32, bx * 32])

    return main


def gemm_clear_accum(M, N, K, bm, bn, bk, dtype="bfloat16"):
    """The first iteration clears, by a flag that depends on the loop variable."""

    @T.prim_func
    def main(A: T.Tensor((M, K), dtype), B: T.Tensor((K, N), dtype), C: T.Tensor((M, N), dtype)):
        with T.Kernel(T.ceildiv(N, bn), T.ceildiv(M, bm), threads=128) as (bx, by):
            a = T.alloc_shared((bm, bk), dtype)
            b = T.alloc_shared((bk, bn), dtype)
            c = T.alloc_fragment((bm, bn), "float32")
            for k in T.serial(T.ceildiv(K, bk)):
                T.copy(A[by * bm, k * bk], a)
                T.copy(B[k * bk, bx * bn], b)
                T.gemm(a, b, c, clear_accum=(k == 0))
            T.copy(c, C[by * bm, bx * bn])

    return main


def gemm_single(M, N, K, dtype="bfloat16"):
    """No loop over K: one product, cleared by the operation itself."""

    @T.prim_func
    def main(A: T.Tensor((M, K), dtype), B: T.Tensor((K, N), dtype), C: T.Tensor((M, N), dtype)):
        with T.Kernel(1, threads=128) as bx:
            a = T.alloc_shared((M, K), dtype)
            b = T.alloc_shared((K, N), dtype)
            c = T.alloc_fragment((M, N), "float32")
            T.copy(A, a)
            T.copy(B, b)
            T.gemm(a, b, c, clear_accum=True)
            T.copy(c, C)

    return main


def batched_gemm(Z, M, N, K, bm, bn, bk, dtype="bfloat16"):
    @T.prim_func
    def main(A: T.Tensor((Z, M, K), dtype), B: T.Tensor((Z, K, N), dtype), C: T.Tensor((Z, M, N), dtype)):
        with T.Kernel(T.ceildiv(N, bn), T.ceildiv(M, bm), Z, threads=128) as (bx, by, bz):
            a = T.alloc_shared((bm, bk), dtype)
            b = T.alloc_shared((bk, bn), dtype)
            c = T.alloc_fragment((bm, bn), "float32")
            T.clear(c)
            for k in T.Pipelined(T.ceildiv(K, bk), num_stages=2):
                T.copy(A[bz, by * bm : (by + 1) * bm, k * bk : (k + 1) * bk], a)
                T.copy(B[bz, k * bk : (k + 1) * bk, bx * bn : (bx + 1) * bn], b)
                T.gemm(a, b, c)
            T.copy(c, C[bz, by * bm : (by + 1) * bm, bx * bn : (bx + 1) * bn])

    return main


def gemm_epilogue(M, N, K, bm, bn, bk, dtype="bfloat16", out="bfloat16", relu=True, scale=0.5):
    """C = relu(scale * (A @ B) + bias + residual)"""

    @T.prim_func
    def main(
        A: T.Tensor((M, K), dtype),
        B: T.Tensor((K, N), dtype),
        bias: T.Tensor((N,), dtype),
        R: T.Tensor((M, N), dtype),
        C: T.Tensor((M, N), out),
    ):
        with T.Kernel(T.ceildiv(N, bn), T.ceildiv(M, bm), threads=128) as (bx, by):
            a = T.alloc_shared((bm, bk), dtype)
            b = T.alloc_shared((bk, bn), dtype)
            bias_s = T.alloc_shared((bn,), dtype)
            r = T.alloc_shared((bm, bn), dtype)
            c = T.alloc_fragment((bm, bn), "float32")
            T.clear(c)
            T.copy(bias[bx * bn], bias_s)
            T.copy(R[by * bm, bx * bn], r)
            for k in T.Pipelined(T.ceildiv(K, bk), num_stages=2):
                T.copy(A[by * bm, k * bk], a)
                T.copy(B[k * bk, bx * bn], b)
                T.gemm(a, b, c)
            for i, j in T.Parallel(bm, bn):
                c[i, j] = c[i, j] * scale + bias_s[j] + r[i, j]
            if relu:
                for i, j in T.Parallel(bm, bn):
                    c[i, j] = T.max(c[i, j], 0)
            T.copy(c, C[by * bm, bx * bn])

    return main


def two_gemms(M, N, K, L, bm, dtype="bfloat16"):
    """D = relu(A @ B) @ C, and the intermediate as a second output."""

    @T.prim_func
    def main(
        A: T.Tensor((M, K), dtype),
        B: T.Tensor((K, N), dtype),
        C: T.Tensor((N, L), dtype),
        H: T.Tensor((M, N), dtype),
        D: T.Tensor((M, L), dtype),
    ):
        with T.Kernel(T.ceildiv(M, bm), threads=128) as bx:
            a = T.alloc_shared((bm, K), dtype)
            b = T.alloc_shared((K, N), dtype)
            c = T.alloc_shared((N, L), dtype)
            h = T.alloc_fragment((bm, N), "float32")
            h_s = T.alloc_shared((bm, N), dtype)
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


def binary(M, N, bm, bn, op, dtype="float32", through_fragments=False):
    def compute(x, y):
        if op == "add":
            return x + y
        if op == "sub":
            return x - y
        if op == "mul":
            return x * y
        if op == "div":
            return x / y
        if op == "max":
            return T.max(x, y)
        return T.min(x, y)

    if through_fragments:

        @T.prim_func
        def main(A: T.Tensor((M, N), dtype), B: T.Tensor((M, N), dtype), C: T.Tensor((M, N), dtype)):
            with T.Kernel(T.ceildiv(N, bn), T.ceildiv(M, bm), threads=128) as (bx, by):
                a = T.alloc_shared((bm, bn), dtype)
                b = T.alloc_shared((bm, bn), dtype)
                c = T.alloc_fragment((bm, bn), dtype)
                c_s = T.alloc_shared((bm, bn), dtype)
                T.copy(A[by * bm, bx * bn], a)
                T.copy(B[by * bm, bx * bn], b)
                for i, j in T.Parallel(bm, bn):
                    c[i, j] = compute(a[i, j], b[i, j])
                T.copy(c, c_s)
                T.copy(c_s, C[by * bm, bx * bn])

        return main

    @T.prim_func
    def direct(A: T.Tensor((M, N), dtype), B: T.Tensor((M, N), dtype), C: T.Tensor((M, N), dtype)):
        with T.Kernel(T.ceildiv(N, bn), T.ceildiv(M, bm), threads=128) as (bx, by):
            for i, j in T.Parallel(bm, bn):
                C[by * bm + i, bx * bn + j] = compute(A[by * bm + i, bx * bn + j], B[by * bm + i, bx * bn + j])

    return direct


def vector_add(N, bn, dtype="float32"):
    @T.prim_func
    def main(A: T.Tensor((N,), dtype), B: T.Tensor((N,), dtype), C: T.Tensor((N,), dtype)):
        with T.Kernel(T.ceildiv(N, bn), threads=128) as bx:
            for i in T.Parallel(bn):
                C[bx * bn + i] = A[bx * bn + i] * 2.0 - B[bx * bn + i]

    return main


def broadcast(M, N, bm, bn, dtype="float32"):
    """C = (A - row) * col + 1.5, with a row vector, a column vector and a constant; D the other way round."""

    @T.prim_func
    def main(
        A: T.Tensor((M, N), dtype),
        row: T.Tensor((N,), dtype),
        col: T.Tensor((M,), dtype),
        C: T.Tensor((M, N), dtype),
        D: T.Tensor((M, N), dtype),
    ):
        with T.Kernel(T.ceildiv(N, bn), T.ceildiv(M, bm), threads=128) as (bx, by):
            for i, j in T.Parallel(bm, bn):
                C[by * bm + i, bx * bn + j] = (A[by * bm + i, bx * bn + j] - row[bx * bn + j]) * col[by * bm + i] + 1.5
                D[by * bm + i, bx * bn + j] = 2.0 - col[by * bm + i] / (
                    T.max(A[by * bm + i, bx * bn + j], row[bx * bn + j]) + 8.0
                )

    return main


def copy(M, N, bm, bn, dtype="bfloat16", out="bfloat16"):
    @T.prim_func
    def main(A: T.Tensor((M, N), dtype), B: T.Tensor((M, N), out)):
        with T.Kernel(T.ceildiv(N, bn), T.ceildiv(M, bm), threads=128) as (bx, by):
            s = T.alloc_shared((bm, bn), dtype)
            T.copy(A[by * bm, bx * bn], s)
            T.copy(s, B[by * bm, bx * bn])

    return main


def transpose(M, N, bm, bn, dtype="bfloat16"):
    @T.prim_func
    def main(A: T.Tensor((M, N), dtype), B: T.Tensor((N, M), dtype)):
        with T.Kernel(T.ceildiv(N, bn), T.ceildiv(M, bm), threads=128) as (bx, by):
            s = T.alloc_shared((bm, bn), dtype)
            t = T.alloc_shared((bn, bm), dtype)
            T.copy(A[by * bm, bx * bn], s)
            for i, j in T.Parallel(bn, bm):
                t[i, j] = s[j, i]
            T.copy(t, B[bx * bn, by * bm])

    return main


def in_place(M, N, bm, bn, dtype="float32"):
    """X is read and written at the same place."""

    @T.prim_func
    def main(X: T.Tensor((M, N), dtype), Y: T.Tensor((M, N), dtype)):
        with T.Kernel(T.ceildiv(N, bn), T.ceildiv(M, bm), threads=128) as (bx, by):
            for i, j in T.Parallel(bm, bn):
                X[by * bm + i, bx * bn + j] = X[by * bm + i, bx * bn + j] + Y[by * bm + i, bx * bn + j]

    return main


def repeated_update(M, N, steps, dtype="float32"):
    """A fragment that every iteration makes anew from its old value and a block that it loads."""

    @T.prim_func
    def main(A: T.Tensor((steps, M, N), dtype), B: T.Tensor((M, N), dtype)):
        with T.Kernel(1, threads=128) as bx:
            x = T.alloc_fragment((M, N), dtype)
            s = T.alloc_shared((M, N), dtype)
            T.fill(x, 1.0)
            for k in T.serial(steps):
                T.copy(A[k, 0, 0], s)
                for i, j in T.Parallel(M, N):
                    x[i, j] = x[i, j] * 0.5 + s[i, j]
            T.copy(x, B)

    return main


def rescaled_accumulator(M, N, K, bk, dtype="bfloat16"):
    """The accumulator is scaled between products, as online softmax does."""

    @T.prim_func
    def main(A: T.Tensor((M, K), dtype), B: T.Tensor((K, N), dtype), C: T.Tensor((M, N), "float32")):
        with T.Kernel(1, threads=128) as bx:
            a = T.alloc_shared((M, bk), dtype)
            b = T.alloc_shared((bk, N), dtype)
            c = T.alloc_fragment((M, N), "float32")
            T.fill(c, 0)
            for k in T.serial(T.ceildiv(K, bk)):
                T.copy(A[0, k * bk], a)
                T.copy(B[k * bk, 0], b)
                for i, j in T.Parallel(M, N):
                    c[i, j] = c[i, j] * 0.75
                T.gemm(a, b, c)
            T.copy(c, C)

    return main


def cleared_every_iteration(K, by_flag, bk=32, dtype="bfloat16"):
    """Only the last product is left after the loop."""

    @T.prim_func
    def main(A: T.Tensor((32, K), dtype), B: T.Tensor((K, 32), dtype), C: T.Tensor((32, 32), "float32")):
        with T.Kernel(1, threads=128) as bx:
            a = T.alloc_shared((32, bk), dtype)
            b = T.alloc_shared((bk, 32), dtype)
            c = T.alloc_fragment((32, 32), "float32")
            for k in T.serial(K // bk):
                T.copy(A[0, k * bk], a)
                T.copy(B[k * bk, 0], b)
                if by_flag:
                    T.gemm(a, b, c, clear_accum=True)
                else:
                    T.clear(c)
                    T.gemm(a, b, c)
            T.copy(c, C)

    return main


def reused_operands(M, N, dtype):
    """Products and sums of the same two tensors, several times."""

    @T.prim_func
    def main(A: T.Tensor((M, N), dtype), B: T.Tensor((M, N), dtype), C: T.Tensor((M, N), dtype)):
        with T.Kernel(T.ceildiv(N, 32), T.ceildiv(M, 32), threads=128) as (bx, by):
            a = T.alloc_shared((32, 32), dtype)
            b = T.alloc_shared((32, 32), dtype)
            c = T.alloc_fragment((32, 32), dtype)
            T.copy(A[by * 32, bx * 32], a)
            T.copy(B[by * 32, bx * 32], b)
            for i, j in T.Parallel(32, 32):
                c[i, j] = (a[i, j] + b[i, j]) * (a[i, j] - b[i, j]) - a[i, j] * b[i, j] + a[i, j] * a[i, j]
            T.copy(c, C[by * 32, bx * 32])

    return main


def filled_in_branches(dtype="float32"):
    """A version made before an `if` lives on in one branch and is replaced in the other."""

    @T.prim_func
    def main(A: T.Tensor((128, 32), dtype), B: T.Tensor((128, 32), dtype)):
        with T.Kernel(4, threads=128) as bx:
            s = T.alloc_shared((32, 32), dtype)
            c = T.alloc_fragment((32, 32), dtype)
            d = T.alloc_fragment((32, 32), dtype)
            T.copy(A[bx * 32, 0], s)
            T.fill(c, 1.0)
            T.fill(d, 2.0)
            if bx < 2:
                for i, j in T.Parallel(32, 32):
                    c[i, j] = s[i, j] * 3.0
            else:
                for i, j in T.Parallel(32, 32):
                    d[i, j] = d[i, j] + s[i, j]
            if bx == 1:
                for i, j in T.Parallel(32, 32):
                    d[i, j] = d[i, j] - 5.0
            for i, j in T.Parallel(32, 32):
                c[i, j] = c[i, j] * d[i, j]
            T.copy(c, B[bx * 32, 0])

    return main


def loaded_now_and_then(steps, gemm):
    """A block that every second iteration loads and every iteration uses."""

    @T.prim_func
    def main(A: T.Tensor((steps * 32, 32), "float32"), B: T.Tensor((32, 32), "float32")):
        with T.Kernel(1, threads=128) as bx:
            w = T.alloc_shared((32, 32), "float32")
            c = T.alloc_fragment((32, 32), "float32")
            T.clear(c)
            for k in T.serial(steps):
                if k % 2 == 0:
                    T.copy(A[k * 32, 0], w)
                if gemm:
                    T.gemm(w, w, c, transpose_B=True)
                else:
                    for i, j in T.Parallel(32, 32):
                        c[i, j] = c[i, j] + w[i, j] * (k + 1)
            T.copy(c, B)

    return main


def last_of_loop(steps, dtype="float32"):
    """A buffer that every iteration replaces, used after the loop; another that the loop replaces only sometimes."""

    @T.prim_func
    def main(A: T.Tensor((steps * 32, 32), dtype), B: T.Tensor((64, 32), dtype)):
        with T.Kernel(1, threads=128) as bx:
            s = T.alloc_shared((32, 32), dtype)
            c = T.alloc_fragment((32, 32), dtype)
            d = T.alloc_fragment((32, 32), dtype)
            T.fill(d, 7.0)
            for k in T.serial(steps):
                T.copy(A[k * 32, 0], s)
                for i, j in T.Parallel(32, 32):
                    c[i, j] = s[i, j] + 1.0
                if k == 1:
                    for i, j in T.Parallel(32, 32):
                        d[i, j] = s[i, j] * s[i, j]
            T.copy(c, B[0, 0])
            T.copy(d, B[32, 0])

    return main


def scheduled_gemm(M, N, K, bm, bn, bk, **schedule):
    """A GEMM whose blocks annotate_tt_schedule deals out."""

    @T.prim_func
    def main(A: T.Tensor((M, K), "bfloat16"), B: T.Tensor((K, N), "bfloat16"), C: T.Tensor((M, N), "bfloat16")):
        with T.Kernel(T.ceildiv(N, bn), T.ceildiv(M, bm), threads=128) as (bx, by):
            annotate_tt_schedule(**schedule)
            a = T.alloc_shared((bm, bk), "bfloat16")
            b = T.alloc_shared((bk, bn), "bfloat16")
            c = T.alloc_fragment((bm, bn), "float32")
            T.clear(c)
            for k in T.Pipelined(T.ceildiv(K, bk), num_stages=2):
                T.copy(A[by * bm, k * bk], a)
                T.copy(B[k * bk, bx * bn], b)
                T.gemm(a, b, c)
            T.copy(c, C[by * bm, bx * bn])

    return main


def scheduled_add_3d(Z, M, N, bm, bn, **schedule):
    """Three grid axes; the block's position takes part in the result, so that a wrong one shows."""

    @T.prim_func
    def main(A: T.Tensor((Z, M, N), "float32"), C: T.Tensor((Z, M, N), "float32")):
        with T.Kernel(T.ceildiv(N, bn), T.ceildiv(M, bm), Z, threads=128) as (bx, by, bz):
            annotate_tt_schedule(**schedule)
            a = T.alloc_shared((bm, bn), "float32")
            T.copy(A[bz, by * bm, bx * bn], a)
            for i, j in T.Parallel(bm, bn):
                a[i, j] = a[i, j] * 2.0 + 1.0
            T.copy(a, C[bz, by * bm, bx * bn])

    return main


def words(M, N, dtype="int32"):
    """Every operation on integers of 32 bits, and the conversions between them and floats."""

    @T.prim_func
    def main(A: T.Tensor((M, N), dtype), B: T.Tensor((M, N), dtype), C: T.Tensor((M, N), dtype)):
        with T.Kernel(T.ceildiv(N, 32), T.ceildiv(M, 32), threads=128) as (bx, by):
            a = T.alloc_shared((32, 32), dtype)
            b = T.alloc_shared((32, 32), dtype)
            T.copy(A[by * 32, bx * 32], a)
            T.copy(B[by * 32, bx * 32], b)
            for i, j in T.Parallel(32, 32):
                a[i, j] = T.max(a[i, j] * 3 - b[i, j], T.min(a[i, j], b[i, j]))
            for i, j in T.Parallel(32, 32):
                a[i, j] = T.if_then_else(a[i, j] < b[i, j], a[i, j] << 2, (a[i, j] >> 3) & ~b[i, j])
            for i, j in T.Parallel(32, 32):
                a[i, j] = T.if_then_else(a[i, j] == b[i, j], a[i, j] | (by * 32 + i), a[i, j] ^ b[i, j])
            for i, j in T.Parallel(32, 32):
                a[i, j] = a[i, j] + T.cast(T.cast(b[i, j], "float32") * 0.5, dtype)
            T.copy(a, C[by * 32, bx * 32])

    return main


def row_softmax(M, N, rows, dtype="float32"):
    """Blocks as wide as the tensor."""

    @T.prim_func
    def main(X: T.Tensor((M, N), dtype), Y: T.Tensor((M, N), dtype)):
        with T.Kernel(T.ceildiv(M, rows), threads=128) as by:
            x = T.alloc_fragment((rows, N), dtype)
            top = T.alloc_fragment((rows,), dtype)
            total = T.alloc_fragment((rows,), dtype)
            T.copy(X[by * rows, 0], x)
            T.reduce_max(x, top, dim=1)
            for i, j in T.Parallel(rows, N):
                x[i, j] = T.exp(x[i, j] - top[i])
            T.reduce_sum(x, total, dim=1)
            for i, j in T.Parallel(rows, N):
                x[i, j] = x[i, j] / total[i]
            T.copy(x, Y[by * rows, 0])

    return main


def causal_scores(seq, dim, block, dtype="bfloat16"):
    """S = Q @ K.T where a row may see a column, else -infinity, as flash attention computes its scores."""

    @T.prim_func
    def main(Q: T.Tensor((seq, dim), dtype), K: T.Tensor((seq, dim), dtype), S: T.Tensor((seq, seq), "float32")):
        with T.Kernel(T.ceildiv(seq, block), threads=128) as bx:
            q = T.alloc_shared((block, dim), dtype)
            k = T.alloc_shared((block, dim), dtype)
            s = T.alloc_fragment((block, block), "float32")
            T.copy(Q[bx * block, 0], q)
            for n in T.Pipelined(T.ceildiv(seq, block), num_stages=2):
                T.copy(K[n * block, 0], k)
                for i, j in T.Parallel(block, block):
                    s[i, j] = T.if_then_else(bx * block + i >= n * block + j, 0, -T.infinity("float32"))
                T.gemm(q, k, s, transpose_B=True)
                T.copy(s, S[bx * block, n * block])

    return main


def functions(M, N, dtype="bfloat16"):
    """Every kind of operation that T.Parallel knows, in one chain."""

    @T.prim_func
    def main(A: T.Tensor((M, N), dtype), C: T.Tensor((M, N), dtype)):
        with T.Kernel(M // 32, threads=128) as bx:
            a = T.alloc_fragment((32, N), dtype)
            T.copy(A[bx * 32, 0], a)
            for i, j in T.Parallel(32, N):
                a[i, j] = T.if_then_else(
                    T.And(i + 3 * bx < j, T.Not(a[i, j] == 0)), T.erf(a[i, j]), T.pow(a[i, j], 3.0)
                )
            for i, j in T.Parallel(32, N):
                a[i, j] = T.log2(T.abs(a[i, j]) + 1.0) * T.cast(bx, dtype) + T.cast((i + j) // 3, dtype)
            for i, j in T.Parallel(32, N):
                a[i, j] = T.tan(T.nearbyint(a[i, j])) + T.fmod(a[i, j], 3.0) + T.atan2(a[i, j], 2.0) + T.exp10(-a[i, j])
            for i, j in T.Parallel(32, N):
                a[i, j] = T.if_then_else(
                    T.isnan(T.cast(a[i, j], "float32")), T.sigmoid(a[i, j]), T.tanh(a[i, j])
                ) / T.rsqrt(a[i, j])
            T.copy(a, C[bx * 32, 0])

    return main


def divide_by_rows(M, N, also_sums=False, in_place=False):
    """Rows divided by the sums of their absolute values; also_sums: which are added to the quotients too."""

    @T.prim_func
    def main(X: T.Tensor((M, N), "bfloat16"), Y: T.Tensor((M, N), "bfloat16")):
        with T.Kernel(T.ceildiv(M, 32), threads=128) as bx:
            x = T.alloc_fragment((32, N), "bfloat16")
            y = T.alloc_fragment((32, N), "float32")
            total = T.alloc_fragment((32,), "float32")
            T.copy(X[bx * 32, 0], x)
            T.reduce_abssum(x, total, dim=1)
            for i, j in T.Parallel(32, N):
                if also_sums:
                    y[i, j] = x[i, j] / total[i] + total[i]
                elif in_place:
                    x[i, j] = x[i, j] / total[i]
                else:
                    y[i, j] = x[i, j] / total[i]
            T.copy(x if in_place else y, Y[bx * 32, 0])

    return main
