"""Kernels whose sizes, launches, updates or control flow are known only when they run."""

import tilelang.language as T


def open_gemm(bm=32, bn=64, bk=32, dtype="bfloat16"):
    """C = scale * A @ B in sizes that the call brings."""
    M, N, K = T.dynamic("m"), T.dynamic("n"), T.dynamic("k")

    @T.prim_func
    def main(A: T.Tensor((M, K), dtype), B: T.Tensor((K, N), dtype), scale: T.float32, C: T.Tensor((M, N), "float32")):
        with T.Kernel(T.ceildiv(N, bn), T.ceildiv(M, bm), threads=128) as (bx, by):
            a = T.alloc_shared((bm, bk), dtype)
            b = T.alloc_shared((bk, bn), dtype)
            c = T.alloc_fragment((bm, bn), "float32")
            T.clear(c)
            for k in T.Pipelined(T.ceildiv(K, bk), num_stages=2):
                T.copy(A[by * bm, k * bk], a)
                T.copy(B[k * bk, bx * bn], b)
                T.gemm(a, b, c)
            for i, j in T.Parallel(bm, bn):
                c[i, j] = c[i, j] * scale
            T.copy(c, C[by * bm, bx * bn])

    return main


def open_strides(block=32):
    """y = x along a stride that the call brings; the stride is a number of the kernel too."""
    N, S = T.dynamic("n"), T.dynamic("s")

    @T.prim_func
    def main(x: T.StridedTensor((N,), (S,), "int32"), y: T.Tensor((N,), "int32")):
        with T.Kernel(T.ceildiv(N, block), threads=128) as bx:
            for i in T.Parallel(block):
                y[bx * block + i] = x[bx * block + i] + S

    return main


def two_launches(N, first=32, second=64, backwards=False):
    """C = 2 A + 1 by way of a tensor of the chip; read backwards, the launches want it in different layouts."""

    @T.prim_func
    def main(A: T.Tensor((N, 64), "float32"), C: T.Tensor((N, 64), "float32")):
        part = T.alloc_global((N, 64), "float32")
        with T.Kernel(T.ceildiv(N, first), threads=128) as bx:
            a = T.alloc_shared((first, 64), "float32")
            T.copy(A[bx * first, 0], a)
            for i, j in T.Parallel(first, 64):
                a[i, j] = a[i, j] * 2.0
            T.copy(a, part[bx * first, 0])
        with T.Kernel(T.ceildiv(N, second), threads=128) as bx:
            b = T.alloc_shared((second, 64), "float32")
            if backwards:
                for i, j in T.Parallel(second, 64):
                    b[i, j] = part[N - 1 - (bx * second + i), j]
            else:
                T.copy(part[bx * second, 0], b)
            for i, j in T.Parallel(second, 64):
                b[i, j] = b[i, j] + 1.0
            T.copy(b, C[bx * second, 0])

    return main


def updates_in_place(N):
    """A = 2 A, then C = C + A."""

    @T.prim_func
    def main(A: T.Tensor((N, 32), "float32"), C: T.Tensor((N, 32), "float32")):
        with T.Kernel(T.ceildiv(N, 32), threads=128) as bx:
            a = T.alloc_shared((32, 32), "float32")
            T.copy(A[bx * 32, 0], a)
            for i, j in T.Parallel(32, 32):
                a[i, j] = a[i, j] * 2.0
            T.copy(a, A[bx * 32, 0])
        with T.Kernel(T.ceildiv(N, 32), threads=128) as bx:
            b = T.alloc_shared((32, 32), "float32")
            c = T.alloc_shared((32, 32), "float32")
            T.copy(A[bx * 32, 0], b)
            T.copy(C[bx * 32, 0], c)
            for i, j in T.Parallel(32, 32):
                c[i, j] = c[i, j] + b[i, j]
            T.copy(c, C[bx * 32, 0])

    return main


def last_block_stays():
    """Four blocks write one tile, then C = 2 C."""

    @T.prim_func
    def main(A: T.Tensor((128, 32), "float32"), C: T.Tensor((32, 32), "float32")):
        with T.Kernel(4, threads=128) as bx:
            a = T.alloc_shared((32, 32), "float32")
            T.copy(A[bx * 32, 0], a)
            T.copy(a, C[0, 0])
        with T.Kernel(1, threads=128) as bx:
            c = T.alloc_shared((32, 32), "float32")
            T.copy(C[0, 0], c)
            for i, j in T.Parallel(32, 32):
                c[i, j] = c[i, j] * 2.0
            T.copy(c, C[0, 0])

    return main


def product_of_inverses(N):
    """C = (1 / A) @ B in two launches, with a tensor of the chip between them; N at most 64."""

    @T.prim_func
    def main(A: T.Tensor((N, N), "float32"), B: T.Tensor((N, N), "bfloat16"), C: T.Tensor((N, N), "float32")):
        D = T.alloc_global((N, N), "bfloat16")
        with T.Kernel(1, threads=128) as bx:
            a = T.alloc_fragment((64, 64), "float32")
            T.copy(A[0:64, 0:64], a)
            for i, j in T.Parallel(64, 64):
                a[i, j] = 1.0 / a[i, j]
            T.copy(a, D[0:64, 0:64])
        with T.Kernel(1, threads=128) as bx:
            d = T.alloc_shared((64, 64), "bfloat16")
            b = T.alloc_shared((64, 64), "bfloat16")
            c = T.alloc_fragment((64, 64), "float32")
            T.copy(D[0:64, 0:64], d)
            T.copy(B[0:64, 0:64], b)
            T.gemm(d, b, c, clear_accum=True)
            T.copy(c, C[0:64, 0:64])

    return main


def split_k(M, N, K, bm, bn, bk, split, dtype="float32", tile=False):
    """C += A @ B, the sum over K in `split` parts."""

    @T.prim_func
    def main(A: T.Tensor((M, K), "bfloat16"), B: T.Tensor((K, N), "bfloat16"), C: T.Tensor((M, N), dtype)):
        with T.Kernel(T.ceildiv(N, bn), T.ceildiv(M, bm), split, threads=128) as (bx, by, bz):
            a = T.alloc_shared((bm, bk), "bfloat16")
            b = T.alloc_shared((bk, bn), "bfloat16")
            c = T.alloc_fragment((bm, bn), "float32")
            T.clear(c)
            for k in T.Pipelined(K // split // bk, num_stages=2):
                T.copy(A[by * bm, bz * (K // split) + k * bk], a)
                T.copy(B[bz * (K // split) + k * bk, bx * bn], b)
                T.gemm(a, b, c)
            if tile:
                T.atomic_add(C[by * bm, bx * bn], c)
            else:
                for i, j in T.Parallel(bm, bn):
                    T.atomic_add(C[by * bm + i, bx * bn + j], c[i, j])

    return main


def histogram(n, bins, block=32):
    """Counts, the place of each element among its equals, and extremes."""

    @T.prim_func
    def main(
        x: T.Tensor((n,), "int32"),
        counts: T.Tensor((bins,), "int32"),
        places: T.Tensor((n,), "int32"),
        largest: T.Tensor((1,), "float32"),
        smallest: T.Tensor((1,), "int32"),
    ):
        with T.Kernel(T.ceildiv(n, block), threads=128) as bx:
            for i in T.serial(block):
                if bx * block + i < n:
                    place = T.atomic_add(counts[x[bx * block + i]], 1, return_prev=True)
                    places[bx * block + i] = place
                    T.atomic_max(largest[0], T.cast(x[bx * block + i], "float32"))
                    T.atomic_min(smallest[0], x[bx * block + i])

    return main


def vector_updates(n, blocks, lanes, dtype, step=1):
    """Blocks add to the same vectors; each notes what it found, ``step`` elements apart."""
    update = {2: T.atomic_addx2, 4: T.atomic_addx4}[lanes]

    @T.prim_func
    def main(
        A: T.Tensor((blocks, n), dtype),
        total: T.Tensor((n,), dtype),
        found: T.Tensor((blocks, n * step), dtype),
    ):
        with T.Kernel(blocks, threads=32) as bx:
            for i in T.serial(n // lanes):
                found[bx, T.Ramp(i * lanes * step, step, lanes)] = update(
                    total[i * lanes], A[bx, i * lanes], return_prev=True
                )

    return main


def shifted_sums(M, N, blocks, rounds):
    """Blocks that take rows in turns; behind each barrier of all blocks a row adds the row before it to itself."""
    order = list(range(rounds))

    @T.prim_func
    def main(A: T.Tensor((M, N), "float32"), parts: T.Tensor((rounds, M, N), "float32")):
        with T.Kernel(blocks, threads=64) as bx:
            first = bx * (M // blocks)
            s = T.alloc_shared((1, N), "float32")
            t = T.alloc_shared((1, N), "float32")
            T.use_swizzle(4)
            for r in T.serial(M // blocks):
                T.copy(A[first + r, 0], s)
                T.copy(s, parts[0, first + r, 0])
            for i in order[1:]:
                T.sync_grid()
                for r in T.serial(M // blocks):
                    row = first + r
                    T.copy(parts[i - 1, row, 0], s)
                    T.copy(parts[i - 1, (row + M - 1) % M, 0], t)
                    for j in T.Parallel(N):
                        s[0, j] = s[0, j] + t[0, j]
                    T.copy(s, parts[i, row, 0])

    return main


def tickets(n, block):
    """Every element takes a number out of a sum of two counts; of each pair of blocks the second one says so."""

    @T.prim_func
    def main(
        counts: T.Tensor((2,), "int32"),
        numbers: T.Tensor((n,), "int32"),
        arrived: T.Tensor((n // block // 2,), "int32"),
        second: T.Tensor((n // block // 2,), "int32"),
    ):
        with T.Kernel(n // block, threads=32) as bx:
            for i in T.serial(block):
                numbers[bx * block + i] = (
                    T.atomic_add(counts[0], 1, return_prev=True) * 2 + T.atomic_add(counts[1], 3, return_prev=True) + 7
                )
            if T.atomic_add(arrived[bx // 2], 1, return_prev=True) == 1:
                second[bx // 2] = bx

    return main


def loads_and_stores(n, block):
    """Elements read and written atomically, and a count that each block reads after it has added to it."""

    @T.prim_func
    def main(
        A: T.Tensor((n,), "float32"),
        B: T.Tensor((n,), "float32"),
        count: T.Tensor((1,), "int32"),
        seen: T.Tensor((n // block,), "int32"),
    ):
        with T.Kernel(n // block, threads=32) as bx:
            for i in T.Parallel(block):
                x = T.atomic_load(A[bx * block + i])
                T.atomic_store(B[bx * block + i], 2.0 * x + 1.0)
            T.atomic_add(count[0], 3)
            seen[bx] = T.atomic_load(count[0])

    return main


def paged_sum(sequences, pages, table_length):
    """The sum over the pages of each sequence, up to its length; a page of -1 is none."""

    @T.prim_func
    def main(
        K: T.Tensor((pages * 32, 64), "bfloat16"),
        table: T.Tensor((sequences, table_length), "int32"),
        lengths: T.Tensor((sequences,), "int32"),
        O: T.Tensor((sequences * 32, 64), "float32"),
    ):
        with T.Kernel(sequences, threads=128) as b:
            k = T.alloc_shared((32, 64), "bfloat16")
            acc = T.alloc_fragment((32, 64), "float32")
            T.clear(acc)
            for j in T.serial(T.ceildiv(lengths[b], 32)):
                if table[b, j] >= 0:
                    T.copy(K[table[b, j] * 32, 0], k)
                    for r, c in T.Parallel(32, 64):
                        acc[r, c] += T.if_then_else(j * 32 + r < lengths[b], T.cast(k[r, c], "float32"), 0.0)
            T.copy(acc, O[b * 32, 0])

    return main


def block_sparse_gemm(M, N, K, bm, bn, bk):
    @T.prim_func
    def main(
        A: T.Tensor((M, K), "bfloat16"),
        B: T.Tensor((K, N), "bfloat16"),
        mask: T.Tensor((M // bm, N // bn, K // bk), "bool"),
        C: T.Tensor((M, N), "bfloat16"),
    ):
        with T.Kernel(T.ceildiv(N, bn), T.ceildiv(M, bm), threads=128) as (bx, by):
            a = T.alloc_shared((bm, bk), "bfloat16")
            b = T.alloc_shared((bk, bn), "bfloat16")
            c = T.alloc_fragment((bm, bn), "float32")
            T.clear(c)
            for k in T.Pipelined(T.ceildiv(K, bk), num_stages=2):
                if mask[by, bx, k]:
                    T.copy(A[by * bm, k * bk], a)
                    T.copy(B[k * bk, bx * bn], b)
                    T.gemm(a, b, c)
            T.copy(c, C[by * bm, bx * bn])

    return main


def sizes_in_sums():
    n, m = T.dynamic("n"), T.dynamic("m")

    @T.prim_func
    def main(x: T.Tensor((n * 3 + 1, m + n), "float32"), y: T.Tensor((n * 3 + 1, m + n), "float32")):
        with T.Kernel(T.ceildiv(n * 3 + 1, 32), threads=128) as bx:
            for i, j in T.Parallel(32, 64):
                y[bx * 32 + i, j] = x[bx * 32 + i, j] * 2.0

    return main


def named_parts(M, N, K, bm=32, bn=64, bk=32):
    """Parts of on-chip buffers under names of their own."""

    @T.prim_func
    def main(A: T.Tensor((M, K), "bfloat16"), B: T.Tensor((K, N), "bfloat16"), C: T.Tensor((M, N), "bfloat16")):
        with T.Kernel(T.ceildiv(N, bn), T.ceildiv(M, bm), threads=128) as (bx, by):
            a = T.alloc_shared((bm, bk), "bfloat16")
            b = T.alloc_shared((bk, bn), "bfloat16")
            c = T.alloc_fragment((bm, bn), "float32")
            part = a[:bm, :bk]
            T.clear(c)
            for k in T.Pipelined(T.ceildiv(K, bk), num_stages=2):
                T.copy(A[by * bm, k * bk], part)
                T.copy(B[k * bk, bx * bn], b[:bk, :bn])
                T.gemm(part, b, c)
            T.copy(c, C[by * bm, bx * bn])

    return main


def asserted_sizes():
    """Sizes that have to be alike, which an assertion in front of the launch says."""
    n, m = T.dynamic("n"), T.dynamic("m")

    @T.prim_func
    def main(x: T.Tensor((n, 64), "float32"), y: T.Tensor((m, 64), "float32")):
        assert n == m, "as many rows in as out"
        with T.Kernel(T.ceildiv(n, 32), threads=128) as bx:
            T.copy(x[bx * 32 : bx * 32 + 32, 0:64], y[bx * 32 : bx * 32 + 32, 0:64])

    return main
