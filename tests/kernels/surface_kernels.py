"""Kernels in the less common words of TileLang: threads, reducers, views, conditions over blocks."""

import tilelang.language as T


def reversed_by_threads(n, threads, dtype="float32", named=True):
    """Each block reverses its part through shared memory; a thread keeps two numbers of its own across a barrier.
    Not ``named``: T.Kernel does not say how many threads there are."""

    @T.prim_func
    def main(A: T.Tensor((n,), dtype), B: T.Tensor((n,), dtype), C: T.Tensor((n,), dtype)):
        with T.Kernel(T.ceildiv(n, threads), threads=threads if named else None) as bx:
            tx = T.get_thread_binding()
            T.assume(tx < threads)
            s = T.alloc_shared((threads,), dtype)
            own = T.alloc_local((2,), dtype)
            twice = T.alloc_var(dtype)
            own[0] = A[bx * threads + tx]
            twice = own[0] * 2.0
            s[threads - 1 - tx] = own[0]
            T.sync_threads()
            own[1] = s[tx]
            B[bx * threads + tx] = own[1] + twice
            if tx == 0:
                C[bx] = s[0]

    return main


def sums_by_halves(n, threads, dtype="float32"):
    """A tree of sums, a barrier after each level."""

    @T.prim_func
    def main(A: T.Tensor((n,), dtype), B: T.Tensor((n // threads,), dtype)):
        with T.Kernel(n // threads, threads=threads) as bx:
            tx = T.get_thread_binding()
            s = T.alloc_shared((threads,), dtype)
            half = T.alloc_var("int32")
            s[tx] = A[bx * threads + tx]
            half = threads // 2
            while half > 0:
                T.sync_threads()
                if tx < half:
                    s[tx] = s[tx] + s[tx + half]
                half = half // 2
            if tx == 0:
                B[bx] = s[0]

    return main


def reducer(M, N, bm, op, dtype="float32", start=None):
    @T.prim_func
    def main(A: T.Tensor((M, N), dtype), B: T.Tensor((M,), dtype)):
        with T.Kernel(T.ceildiv(M, bm), threads=128) as bx:
            a = T.alloc_shared((bm, N), dtype)
            acc = T.alloc_reducer((bm,), dtype, op=op)
            out = T.alloc_fragment((bm,), dtype)
            T.copy(A[bx * bm, 0], a)
            if start is None:
                T.reducer_init(acc)
            else:
                T.reducer_init(acc, start)
            for i, j in T.Parallel(bm, N):
                T.reducer_update(acc[i], a[i, j])
            T.finalize_reducer(acc, out)
            T.copy(out, B[bx * bm])

    return main


def bit_reduction(M, N, bm, name, dtype="int32"):
    reduce = getattr(T, f"reduce_{name}")

    @T.prim_func
    def main(A: T.Tensor((M, N), dtype), B: T.Tensor((M,), dtype)):
        with T.Kernel(T.ceildiv(M, bm), threads=128) as bx:
            a = T.alloc_fragment((bm, N), dtype)
            out = T.alloc_fragment((bm,), dtype)
            T.copy(A[bx * bm, 0], a)
            reduce(a, out, dim=1)
            T.copy(out, B[bx * bm])

    return main


def grouped_maxima(M, N, groups, bm, dtype="float32"):
    """The largest of each group of columns, by a view of the block with one more axis."""

    @T.prim_func
    def main(A: T.Tensor((M, N), dtype), B: T.Tensor((M, groups), dtype)):
        with T.Kernel(T.ceildiv(M, bm), threads=128) as bx:
            a = T.alloc_shared((bm, N), dtype)
            largest = T.alloc_fragment((bm, groups), dtype)
            T.copy(A[bx * bm, 0], a)
            by_group = T.reshape(a, (bm, groups, N // groups))
            T.reduce_max(by_group, largest, dim=2)
            T.copy(largest, B[bx * bm, 0])

    return main


def axes_of_views(M, N, K, dtype="float32"):
    """Sums, a scan and a product that count the axes of views, which have axes of one element more or fewer."""

    @T.prim_func
    def main(
        A: T.Tensor((M, N), dtype),
        B: T.Tensor((N, K), dtype),
        S: T.Tensor((M,), dtype),
        P: T.Tensor((M, N), dtype),
        C: T.Tensor((M, K), dtype),
    ):
        with T.Kernel(1, threads=128):
            a, b = T.alloc_shared((M, N, 1), dtype), T.alloc_shared((1, N, K), dtype)
            row_sums, sums_down = T.alloc_fragment((M,), dtype), T.alloc_shared((M, N), dtype)
            c = T.alloc_fragment((M, K), dtype)
            T.copy(A, T.reshape(a, (M, N)))
            T.copy(B, T.reshape(b, (N, K)))
            T.reduce_sum(T.reshape(a, (1, M, 1, N)), T.reshape(row_sums, (1, M, 1, 1)), dim=3)
            T.cumsum(T.reshape(a, (1, M, N)), T.reshape(sums_down, (1, M, N)), dim=1)
            T.gemm(T.reshape(a, (M, N)), T.reshape(b, (N, K)), c, clear_accum=True)
            T.copy(row_sums, S)
            T.copy(sums_down, P)
            T.copy(c, C)

    return main


def flat_copy(M, N, dtype="float32"):
    """A tensor written through a flat view of it."""

    @T.prim_func
    def main(A: T.Tensor((M, N), dtype), B: T.Tensor((M, N), dtype)):
        with T.Kernel(M, threads=128) as bx:
            a, b = T.reshape(A, (M * N,)), T.reshape(B, (M * N,))
            for i in T.Parallel(N):
                b[bx * N + i] = a[bx * N + i] + 1.0

    return main


def joined_rows(M, groups, N, dtype="float32"):
    """Sums of rows of a view that joins two axes: a block ends where the view's rows end."""

    @T.prim_func
    def main(A: T.Tensor((M, groups, N), dtype), B: T.Tensor((M, groups, N), dtype), S: T.Tensor((M,), dtype)):
        with T.Kernel(T.ceildiv(M, 32), threads=128) as bx:
            a, b = T.reshape(A, (M, groups * N)), T.reshape(B, (M, groups * N))
            block = T.alloc_shared((32, 64), dtype)
            sums = T.alloc_fragment((32,), dtype)
            T.copy(a[bx * 32, 0], block)
            T.reduce_sum(block, sums, dim=1)
            T.copy(sums, S[bx * 32])
            T.copy(block, b[bx * 32, 0])

    return main


def squeezed(M, N, dtype="float32"):
    """A view that only adds an axis of one element: its copies stay copies of tiles."""

    @T.prim_func
    def main(A: T.Tensor((1, M, N), dtype), B: T.Tensor((M, N), dtype)):
        with T.Kernel(T.ceildiv(M, 32), threads=128) as bx:
            a = T.reshape(A, (M, N))
            s = T.alloc_shared((32, N), dtype)
            T.copy(a[bx * 32, 0], s)
            T.copy(s, B[bx * 32, 0])

    return main


def bits_of(n, block):
    """int32 as float32 and int32 as pairs of int16, by views of a block."""

    @T.prim_func
    def main(A: T.Tensor((n,), "int32"), F: T.Tensor((n,), "float32"), H: T.Tensor((2 * n,), "int16")):
        with T.Kernel(T.ceildiv(n, block), threads=128) as bx:
            a = T.alloc_shared((block,), "int32")
            T.copy(A[bx * block], a)
            f, h = T.view(a, dtype="float32"), T.view(a, (2 * block,), dtype="int16")
            for i in T.Parallel(block):
                F[bx * block + i] = f[i]
            for i in T.Parallel(2 * block):
                H[bx * 2 * block + i] = h[i]

    return main


def masked_blocks(blocks, width, dtype="float32"):
    """Blocks of A where some (or all) numbers of the block's row of a mask are set; the others are zero."""

    @T.prim_func
    def main(
        A: T.Tensor((blocks, width), dtype),
        mask: T.Tensor((blocks, 3), "bool"),
        some: T.Tensor((blocks, width), dtype),
        every: T.Tensor((blocks, width), dtype),
    ):
        with T.Kernel(blocks, threads=128) as bx:
            for i in T.Parallel(width):
                some[bx, i] = T.if_then_else(T.any_of(mask[bx, 0:3]), A[bx, i], 0.0)
                every[bx, i] = T.if_then_else(T.all_of(mask[bx, 0:3]), A[bx, i], 0.0)

    return main


def elements(n, block, dtype, value):
    """value(A[i], B[i]) at every second place: no tile operation covers that."""

    @T.prim_func
    def main(A: T.Tensor((n,), dtype), B: T.Tensor((n,), dtype), C: T.Tensor((2 * n,), dtype)):
        with T.Kernel(T.ceildiv(n, block), threads=128) as bx:
            for i in T.Parallel(block):
                C[2 * (bx * block + i)] = value(A[bx * block + i], B[bx * block + i])

    return main


def copied_by_halves(M, N, threads=256, dtype="float32"):
    """The first threads load one block and the others another; what is written once is written by the block."""

    @T.prim_func
    def main(x: T.Tensor((M, N), dtype), y: T.Tensor((M, N), dtype), z: T.Tensor((M, N), dtype)):
        with T.Kernel(T.ceildiv(N, 32), T.ceildiv(M, 32), threads=threads) as (bx, by):
            a = T.alloc_shared((32, 32), dtype)
            b = T.alloc_shared((32, 32), dtype)
            tx = T.get_thread_binding(0)
            if tx < threads // 2:
                T.copy(x[by * 32, bx * 32], a)
            else:
                for i, j in T.Parallel(32, 32):
                    b[i, j] = y[by * 32 + i, bx * 32 + j] * 2.0
            if tx >= threads:
                T.clear(a)
            for i, j in T.Parallel(32, 32):
                a[i, j] += b[i, j]
            T.copy(a, z[by * 32, bx * 32])

    return main


def first_elements(most, block=32, dtype="float32"):
    """A T.Parallel over as many elements as the call says, none among them."""

    @T.prim_func
    def main(x: T.Tensor((most,), dtype), count: T.int32, y: T.Tensor((most,), dtype)):
        with T.Kernel(1, threads=128):
            for i in T.Parallel(T.min(count, most)):
                y[i] = x[i] - 1.0

    return main


def wide_sizes(block=512, dtype="bfloat16"):
    n = T.dynamic("n", "int64")

    @T.prim_func
    def main(x: T.Tensor((n,), dtype)):
        with T.Kernel(T.ceildiv(n, block), threads=128) as bx:
            for i in T.Parallel(block):
                x[bx * block + i] = 1.5

    return main


def old_reducer(M, N, dtype="float32"):
    """Sums of rows by a reducer that is finished in place."""

    @T.prim_func
    def main(x: T.Tensor((M, N), dtype), y: T.Tensor((M,), dtype)):
        with T.Kernel(T.ceildiv(M, 32), threads=128) as bx:
            block = T.alloc_shared((32, N), dtype)
            total = T.alloc_reducer((32,), dtype, op="sum", replication="all")
            T.clear(total)
            T.copy(x[bx * 32, 0], block)
            for i, j in T.Parallel(32, N):
                total[i] += block[i, j]
            T.finalize_reducer(total)
            T.copy(total, y[bx * 32])

    return main


def combined_splits(batch, splits, dim):
    """The second half of split attention: variables, cleared as buffers are, weigh parts of a row."""

    @T.prim_func
    def main(
        lse: T.Tensor((batch, splits), "float32"),
        part: T.Tensor((batch, splits, dim), "bfloat16"),
        out: T.Tensor((batch, dim), "bfloat16"),
    ):
        with T.Kernel(batch, threads=128) as b:
            row = T.alloc_fragment([dim], "bfloat16")
            acc = T.alloc_fragment([dim], "float32")
            split = T.alloc_var("float32")
            total = T.alloc_var("float32")
            largest = T.alloc_var("float32")
            weight = T.alloc_var("float32")
            T.clear(total)
            T.clear(acc)
            largest = -T.infinity("float32")
            for k in T.serial(splits):
                largest = T.max(largest, lse[b, k])
            for k in T.Pipelined(splits, num_stages=1):
                split = lse[b, k]
                total += T.exp2(split - largest)
            total = T.log2(total) + largest
            for k in T.serial(splits):
                for i in T.Parallel(dim):
                    row[i] = part[b, k, i]
                split = lse[b, k]
                weight = T.exp2(split - total)
                for i in T.Parallel(dim):
                    acc[i] += row[i] * weight
            for i in T.Parallel(dim):
                out[b, i] = acc[i]

    return main


def reduce_to_variable(op, dtype):
    """A core's own elements, reduced to a variable."""

    @T.prim_func
    def main(A: T.Tensor((8,), dtype), B: T.Tensor((1,), dtype)):
        with T.Kernel(1, threads=1):
            own = T.alloc_local((8,), dtype)
            result = T.alloc_var(dtype)
            for i in T.serial(8):
                own[i] = A[i]
            getattr(T, "reduce_" + op)(own, result, dim=0)
            B[0] = result

    return main


def steps_by_half(N, half):
    """A loop whose bound is a difference in one half of the blocks, and would be negative in the other."""

    @T.prim_func
    def main(A: T.Tensor((N * 32, 32), "float32"), B: T.Tensor((N * 32, 32), "float32")):
        with T.Kernel(N, threads=128) as bx:
            a = T.alloc_shared((32, 32), "float32")
            b = T.alloc_fragment((32, 32), "float32")
            first = bx < half
            last = T.if_then_else(first, bx, bx - half)
            T.clear(b)
            for s in T.Pipelined(T.if_then_else(first, bx + 2, (bx - half) + 1), num_stages=1):
                beyond = T.if_then_else(s > last, 1, 0)
                if beyond != 0:
                    T.copy(A[bx * 32, 0], a)
                else:
                    T.copy(A[(half + s) * 32, 0], a)
                for i, j in T.Parallel(32, 32):
                    b[i, j] += a[i, j] * (s + 1)
            T.copy(b, B[bx * 32, 0])

    return main


def padded_copy(M, N, rows, cols, bm, bn, value, dtype="float32", out=None, by_element=False):
    """A with `value` around it: four rows before it, and as many rows and columns behind it as B has more."""
    out = out or dtype

    @T.prim_func
    def main(A: T.Tensor((M, N), dtype), B: T.Tensor((rows, cols), out), C: T.Tensor((rows, cols), out)):
        with T.Kernel(T.ceildiv(cols, bn), T.ceildiv(rows, bm), threads=128) as (bx, by):
            T.annotate_safe_value({A: value})
            block = T.alloc_shared((bm, bn), out)
            if by_element:
                for i, j in T.Parallel(bm, bn):
                    T.copy(A[by * bm + i, bx * bn + j], block[i, j])
            else:
                T.copy(A[by * bm : by * bm + bm, bx * bn : bx * bn + bn], block)
            T.copy(block, B[by * bm, bx * bn])
            for i, j in T.Parallel(bm, bn):
                C[by * bm + i, bx * bn + j] = A[by * bm + i - 4, bx * bn + j]

    return main


def masked_maxima(M, N, bm, bn, dtype="float32"):
    """Largest elements of rows whose length no block divides: what lies beyond the edge is smaller than any other."""

    @T.prim_func
    def main(A: T.Tensor((M, N), dtype), B: T.Tensor((M,), dtype)):
        with T.Kernel(T.ceildiv(M, bm), threads=128) as by:
            T.annotate_safe_value({A: -T.infinity(dtype)})
            block = T.alloc_shared((bm, bn), dtype)
            largest = T.alloc_fragment((bm,), dtype)
            part = T.alloc_fragment((bm,), dtype)
            T.fill(largest, -T.infinity(dtype))
            for k in T.Pipelined(T.ceildiv(N, bn), num_stages=2):
                T.copy(A[by * bm, k * bn], block)
                T.reduce_max(block, part, dim=1)
                for i in T.Parallel(bm):
                    largest[i] = T.max(largest[i], part[i])
            T.copy(largest, B[by * bm])

    return main


def extreme(M, N, bm, bn, op, dim, dtype, nan, clear=True):
    """Maxima, minima or largest magnitudes along an axis; without ``clear`` joined with 0.5."""
    reduce = {"max": T.reduce_max, "min": T.reduce_min, "absmax": T.reduce_absmax}[op]
    out = (M,) if dim == 1 else (N,)

    @T.prim_func
    def main(A: T.Tensor((M, N), dtype), B: T.Tensor(out, dtype)):
        with T.Kernel(T.ceildiv(M if dim == 1 else N, bm if dim == 1 else bn), threads=128) as b:
            a = T.alloc_fragment((bm, bn), dtype)
            r = T.alloc_fragment((bm if dim == 1 else bn,), dtype)
            T.copy(A[b * bm if dim == 1 else 0, 0 if dim == 1 else b * bn], a)
            T.fill(r, 0.5)
            reduce(a, r, dim=dim, clear=clear, nan_propagate=nan)
            T.copy(r, B[b * (bm if dim == 1 else bn)])

    return main


def narrower_copy(M, N, dtype="bfloat16"):
    """Blocks of a tensor that differ in shape: the source's counts."""

    @T.prim_func
    def main(A: T.Tensor((M, N), dtype), B: T.Tensor((M, N), dtype)):
        with T.Kernel(1, threads=128):
            T.copy(A[2:7, 1:3], B[1:8, 4:9])

    return main


def older_reducer(M, N, bm, dtype="float32"):
    """A reducer by plain statements, without T.reducer_update."""

    @T.prim_func
    def main(A: T.Tensor((M, N), dtype), B: T.Tensor((M, N), dtype)):
        with T.Kernel(T.ceildiv(M, bm), threads=128) as bx:
            a = T.alloc_fragment((bm, N), dtype)
            b = T.alloc_fragment((bm, N), dtype)
            sums = T.alloc_reducer((bm,), dtype)
            T.copy(A[bx * bm, 0], a)
            T.clear(sums)
            for i, j in T.Parallel(bm, N):
                sums[i] += a[i, j] * a[i, j]
            T.finalize_reducer(sums)
            for i, j in T.Parallel(bm, N):
                b[i, j] = a[i, j] - sums[i]
            T.copy(b, B[bx * bm, 0])

    return main
