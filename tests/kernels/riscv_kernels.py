"""Kernels with statements that no tile operation covers: they run element by element on a data-movement core."""

import tilelang.language as T


def strided(n, block, dtype="float32"):
    """B[i] = A[2 i + 1] + C[n - 1 - i]"""

    @T.prim_func
    def main(A: T.Tensor((2 * n,), dtype), C: T.Tensor((n,), dtype), B: T.Tensor((n,), dtype)):
        with T.Kernel(T.ceildiv(n, block), threads=128) as bx:
            for i in T.Parallel(block):
                B[bx * block + i] = A[2 * (bx * block + i) + 1] + C[n - 1 - bx * block - i]

    return main


def embedding(tokens, vocabulary, width, block, dtype="bfloat16"):
    @T.prim_func
    def main(
        table: T.Tensor((vocabulary, width), dtype),
        ids: T.Tensor((tokens,), "int32"),
        out: T.Tensor((tokens, width), dtype),
    ):
        with T.Kernel(T.ceildiv(tokens, block), threads=128) as bx:
            for i, j in T.Parallel(block, width):
                out[bx * block + i, j] = table[ids[bx * block + i], j]

    return main


def stencil(n, block, dtype="float32"):
    """A three-point average; what lies beyond the ends counts as 0."""

    @T.prim_func
    def main(x: T.Tensor((n,), dtype), y: T.Tensor((n,), dtype)):
        with T.Kernel(T.ceildiv(n, block), threads=128) as bx:
            for i in T.Parallel(block):
                at = bx * block + i
                y[at] = (x[at - 1] + x[at] + x[at + 1]) * 0.25

    return main


def unaligned_copy(rows, cols, r0, c0, h, w, dtype="bfloat16"):
    @T.prim_func
    def main(A: T.Tensor((rows, cols), dtype), B: T.Tensor((rows, cols), dtype)):
        with T.Kernel(1, threads=128) as _:
            s = T.alloc_shared((h, w), dtype)
            T.copy(A[r0 : r0 + h, c0 : c0 + w], s)
            T.copy(s, B[c0 : c0 + h, r0 : r0 + w])

    return main


def gather_gemm_scatter(experts_rows, K, N, tokens, block, dtype="bfloat16"):
    """out[where[t], :] = X[who[t], :] @ W, as a mixture of experts moves its tokens."""

    @T.prim_func
    def main(
        X: T.Tensor((experts_rows, K), dtype),
        W: T.Tensor((K, N), dtype),
        who: T.Tensor((tokens,), "int32"),
        where: T.Tensor((tokens,), "int32"),
        out: T.Tensor((tokens, N), dtype),
    ):
        with T.Kernel(T.ceildiv(tokens, block), threads=128) as bx:
            x = T.alloc_shared((block, K), dtype)
            w = T.alloc_shared((K, N), dtype)
            acc = T.alloc_fragment((block, N), "float32")
            for i, k in T.Parallel(block, K):
                x[i, k] = X[who[bx * block + i], k]
            T.copy(W, w)
            T.gemm(x, w, acc, clear_accum=True)
            for i, j in T.Parallel(block, N):
                if bx * block + i < tokens:
                    out[where[bx * block + i], j] = acc[i, j]

    return main


def swap_pairs(M, N, bm, bn, dtype="float32"):
    """exp, a permutation inside the block that no tile operation covers, and tile arithmetic again."""

    @T.prim_func
    def main(A: T.Tensor((M, N), dtype), B: T.Tensor((M, N), dtype)):
        with T.Kernel(T.ceildiv(N, bn), T.ceildiv(M, bm), threads=128) as (bx, by):
            x = T.alloc_fragment((bm, bn), dtype)
            y = T.alloc_fragment((bm, bn), dtype)
            T.copy(A[by * bm, bx * bn], x)
            for i, j in T.Parallel(bm, bn):
                x[i, j] = T.exp(x[i, j])
            for i, j in T.Parallel(bm, bn):
                y[i, j] = x[i, j ^ 1]
            for i, j in T.Parallel(bm, bn):
                y[i, j] = y[i, j] * 2.0 + x[i, j]
            T.copy(y, B[by * bm, bx * bn])

    return main


def integers(n, block, dtype="int32"):
    @T.prim_func
    def main(A: T.Tensor((n,), dtype), B: T.Tensor((n,), dtype), C: T.Tensor((n,), dtype), D: T.Tensor((n,), "bool")):
        with T.Kernel(T.ceildiv(n, block), threads=128) as bx:
            for i in T.Parallel(block):
                at = bx * block + i
                C[at] = (A[at] * 3 - B[at]) // 7 + ((A[at] >> 1) ^ (B[at] & 15)) % 5
                D[at] = A[at] > B[at]

    return main


def collatz(n, block):
    """Control flow that depends on data: a while loop with an `if` for every element."""

    @T.prim_func
    def main(start: T.Tensor((n,), "int32"), steps: T.Tensor((n,), "int32")):
        with T.Kernel(T.ceildiv(n, block), threads=128) as bx:
            value = T.alloc_var("int32")
            count = T.alloc_var("int32")
            for i in T.serial(block):
                if bx * block + i < n:
                    value = start[bx * block + i]
                    count = 0
                    while value > 1:
                        if value % 2 == 0:  # noqa: SIM108  (the kernel is about control flow)
                            value = value // 2
                        else:
                            value = 3 * value + 1
                        count = count + 1
                    steps[bx * block + i] = count

    return main


def segment_sums(batch, longest, width, dtype="float32"):
    """out[b] = sum of the first lengths[b] rows of X[b]: the loop's bound is read from a tensor."""

    @T.prim_func
    def main(
        X: T.Tensor((batch, longest, width), dtype),
        lengths: T.Tensor((batch,), "int32"),
        out: T.Tensor((batch, width), dtype),
    ):
        with T.Kernel(batch, threads=128) as b:
            acc = T.alloc_fragment((width,), "float32")
            T.clear(acc)
            for r in T.serial(lengths[b]):
                for j in T.Parallel(width):
                    acc[j] = acc[j] + X[b, r, j]
            T.copy(acc, out[b, 0])

    return main


def scatter(n, block, dtype="bfloat16"):
    """Cores write single elements of pages that they share."""

    @T.prim_func
    def main(x: T.Tensor((n,), dtype), to: T.Tensor((n,), "int32"), y: T.Tensor((n,), dtype)):
        with T.Kernel(T.ceildiv(n, block), threads=128) as bx:
            for i in T.Parallel(block):
                if bx * block + i < n:
                    y[to[bx * block + i]] = x[bx * block + i]

    return main


def row_scan(M, N, bm, reverse, dtype="float32"):
    @T.prim_func
    def main(A: T.Tensor((M, N), dtype), B: T.Tensor((M, N), dtype)):
        with T.Kernel(T.ceildiv(M, bm), threads=128) as by:
            s = T.alloc_shared((bm, N), dtype)
            T.copy(A[by * bm, 0], s)
            T.cumsum(s, dim=1, reverse=reverse)
            T.copy(s, B[by * bm, 0])

    return main


def running_sums(M, N, steps):
    """Sums of the blocks that `take` selects, and of their squares: fragments that tile operations only fill."""

    @T.prim_func
    def main(
        A: T.Tensor((steps, M, N), "float32"),
        take: T.Tensor((steps,), "int32"),
        sums: T.Tensor((M, N), "float32"),
        squares: T.Tensor((M, N), "float32"),
    ):
        with T.Kernel(1, threads=128) as _:
            a = T.alloc_fragment((M, N), "float32")
            s = T.alloc_fragment((M, N), "float32")
            q = T.alloc_fragment((M, N), "float32")
            T.fill(s, 0)
            T.fill(q, 1)
            for k in T.serial(steps):
                if take[k] > 0:
                    T.copy(A[k, :, :], a)
                    for i, j in T.Parallel(M, N):
                        s[i, j] = s[i, j] + a[i, j ^ 1]
                    for i, j in T.Parallel(M, N):
                        a[i, j] = a[i, j] * a[i, j]
                    for i, j in T.Parallel(M, N):
                        q[i, j] = q[i, j] + a[i, j ^ 1]
            for i, j in T.Parallel(M, N):
                sums[i, j ^ 1] = s[i, j]
            for i, j in T.Parallel(M, N):
                squares[i, j ^ 1] = q[i, j]

    return main


def beyond_extent(M, N, extent, guarded):
    """B = A times a number of each row, in a fragment of `extent` elements; where guarded, of the first rows alone."""

    @T.prim_func
    def main(A: T.Tensor((M, N), "float32"), R: T.Tensor((M,), "float32"), B: T.Tensor((M, N), "float32")):
        with T.Kernel(1, threads=128) as _:
            a = T.alloc_fragment((M, N), "float32")
            r = T.alloc_fragment((extent,), "float32")
            T.copy(A, a)
            for i in T.Parallel(M):
                if guarded:
                    if i < extent:
                        r[i] = R[i] * 2.0
                else:
                    r[i] = R[i] * 2.0
            for i, j in T.Parallel(M, N):
                if guarded:
                    if i < extent:
                        a[i, j] = a[i, j] * r[i]
                else:
                    a[i, j] = a[i, j] * r[i]
            T.copy(a, B)

    return main


def int8_gemm(M, N, K, bm, bn):
    @T.prim_func
    def main(A: T.Tensor((M, K), "int8"), B: T.Tensor((N, K), "int8"), C: T.Tensor((M, N), "int32")):
        with T.Kernel(T.ceildiv(N, bn), T.ceildiv(M, bm), threads=128) as (bx, by):
            a = T.alloc_shared((bm, K), "int8")
            b = T.alloc_shared((bn, K), "int8")
            c = T.alloc_fragment((bm, bn), "int32")
            T.clear(c)
            T.copy(A[by * bm, 0], a)
            T.copy(B[bx * bn, 0], b)
            T.gemm(a, b, c, transpose_B=True)
            T.copy(c, C[by * bm, bx * bn])

    return main


def largest(M, N, k, bm, dtype="float32"):
    """The k largest of each row and where they stand, one after another."""

    @T.prim_func
    def main(A: T.Tensor((M, N), dtype), values: T.Tensor((M, k), dtype), places: T.Tensor((M, k), "int32")):
        with T.Kernel(T.ceildiv(M, bm), threads=128) as by:
            row = T.alloc_shared((bm, N), dtype)
            best = T.alloc_var("float32")
            where = T.alloc_var("int32")
            T.copy(A[by * bm, 0], row)
            for i in T.serial(bm):
                for n in T.serial(k):
                    best = -T.infinity("float32")
                    where = 0
                    for j in T.serial(N):
                        if row[i, j] > best:
                            best = row[i, j]
                            where = j
                    row[i, where] = -T.infinity(dtype)
                    values[by * bm + i, n] = best
                    places[by * bm + i, n] = where

    return main


def cross_entropy(N, V):
    """Labels pick an element of each row; the last block's rows beyond the edge stay unset, unseen."""

    @T.prim_func
    def main(X: T.Tensor((N, V), "float32"), Y: T.Tensor((N,), "int64"), L: T.Tensor((N,), "float32")):
        with T.Kernel(T.ceildiv(N, 32), threads=128) as bx:
            x = T.alloc_fragment((32, 128), "float32")
            top = T.alloc_fragment((32,), "float32")
            total = T.alloc_fragment((32,), "float32")
            loss = T.alloc_fragment((32,), "float32")
            for i, j in T.Parallel(32, 128):
                x[i, j] = T.if_then_else(j < V, X[bx * 32 + i, j], -T.infinity("float32"))
            T.reduce_max(x, top, dim=1)
            for i, j in T.Parallel(32, 128):
                x[i, j] = T.exp(x[i, j] - top[i])
            T.reduce_sum(x, total, dim=1)
            for i in T.Parallel(32):
                if bx * 32 + i < N:
                    loss[i] = T.log(total[i]) + top[i] - X[bx * 32 + i, Y[bx * 32 + i]]
            for i in T.Parallel(32):
                if bx * 32 + i < N:
                    L[bx * 32 + i] = loss[i]

    return main


def filled_in_one_block(how):
    """What block 1 alone fills whole, every block then changes in part: its own, not what another block left."""

    @T.prim_func
    def main(
        A: T.Tensor((3, 32, 64), "float32"),
        C: T.Tensor((3, 32, 64), "float32"),
        D: T.Tensor((3, 32, 64), "float32"),
    ):
        with T.Kernel(3, threads=128) as bx:
            x = T.alloc_fragment((32, 64), "float32")
            y = T.alloc_fragment((32, 64), "float32")
            if bx == 1:
                T.copy(A[bx, 0, 0], y)
                T.copy(y, D[bx, 0, 0])
                if how == "elements":
                    for i, j in T.Parallel(32, 64):
                        x[i, j] = A[bx, i, j ^ 1]
                elif how == "copy":
                    T.copy(A[bx, 0, 0], x)
            if how == "loop":
                turns = T.alloc_var("int32", bx % 2)
                while turns > 0:
                    T.copy(A[bx, 0, 0], x)
                    turns = turns - 1
            for i in T.Parallel(32):
                x[i, (i * 3) % 32] = A[bx, i, 5] + 2.0
            T.copy(x, C[bx, 0, 0])

    return main
