"""Kernels whose threads do something together: reductions over thread indices, work of some of the threads."""

import tilelang.language as T


def matvec_by_threads(N, K, threads, along, dtype="float32"):
    """y = A @ x. Threads take elements of a row in turns and sum up over axis ``along`` of their indices."""
    rows, columns = threads[1 - along], threads[along]

    @T.prim_func
    def main(A: T.Tensor((N, K), dtype), x: T.Tensor((K,), dtype), y: T.Tensor((N,), dtype)):
        with T.Kernel(T.ceildiv(N, rows), threads=threads) as bx:
            k = T.get_thread_binding(along)
            row = bx * rows + T.get_thread_binding(1 - along)
            part = T.alloc_local((1,), "float32")
            whole = T.alloc_local((1,), "float32")
            part[0] = 0
            for i in T.serial(T.ceildiv(K, columns)):
                if row < N and i * columns + k < K:
                    part[0] += T.cast(A[row, i * columns + k], "float32") * T.cast(x[i * columns + k], "float32")
            with T.attr(
                T.comm_reducer(lambda a, b: a + b, [T.float32(0)]),
                "reduce_scope",
                T.reinterpret(T.uint64(0), dtype="handle"),
            ):
                T.evaluate(T.tvm_thread_allreduce(T.uint32(1), part[0], True, whole[0], k, dtype="handle"))
            if row < N and k == 0:
                y[row] = whole[0]

    return main


def shares(n, op, start, axes, in_place=False):
    """Every thread of (4, 3, 5) gets what those that differ from it along ``axes`` have together, of those below n."""

    @T.prim_func
    def main(A: T.Tensor((2, 60), "float32"), B: T.Tensor((2, 60), "float32"), counts: T.Tensor((2, 60), "int32")):
        with T.Kernel(2, threads=(4, 3, 5)) as bx:
            index = [T.get_thread_binding(axis) for axis in range(3)]
            number = index[0] + 4 * index[1] + 12 * index[2]
            own = T.alloc_local((1,), "float32")
            all = own if in_place else T.alloc_local((1,), "float32")
            count = T.alloc_local((1,), "int32")
            own[0] = A[bx, number]
            with T.attr(
                T.comm_reducer(op, [T.float32(start)]), "reduce_scope", T.reinterpret(T.uint64(0), dtype="handle")
            ):
                T.evaluate(
                    T.tvm_thread_allreduce(
                        T.uint32(1), own[0], number < n, all[0], *[index[axis] for axis in axes], dtype="handle"
                    )
                )
            with T.attr(
                T.comm_reducer(lambda a, b: a + b, [T.int32(0)]),
                "reduce_scope",
                T.reinterpret(T.uint64(0), dtype="handle"),
            ):
                T.evaluate(
                    T.tvm_thread_allreduce(
                        T.uint32(1), T.int32(1), True, count[0], *[index[axis] for axis in axes], dtype="handle"
                    )
                )
            B[bx, number] = all[0]
            counts[bx, number] = count[0]

    return main


def largest_of_rows(M, threads):
    """The first place of the largest of each row, a pair reduced over all threads."""

    @T.prim_func
    def main(A: T.Tensor((M, threads), "float32"), place: T.Tensor((M,), "int32"), value: T.Tensor((M,), "float32")):
        with T.Kernel(M, threads=threads) as bx:
            tx = T.get_thread_binding()
            at = T.alloc_local((1,), "int32")
            most = T.alloc_local((1,), "float32")
            with T.attr(
                T.comm_reducer(
                    lambda i, x, j, y: (T.Select(x >= y, i, j), T.Select(x >= y, x, y)),
                    [T.int32(-1), T.float32(-3e38)],
                ),
                "reduce_scope",
                T.reinterpret(T.uint64(0), dtype="handle"),
            ):
                T.evaluate(T.tvm_thread_allreduce(T.uint32(2), tx, A[bx, tx], True, at[0], most[0], tx, dtype="handle"))
            if tx == 0:
                place[bx] = at[0]
                value[bx] = most[0]

    return main


def halves_apart(M, N):
    """The first threads scale a row by its sum; the others add up rows by weights of a table, a loop with a variable of
    its own inside."""

    @T.prim_func
    def main(
        A: T.Tensor((M, 4, N), "float32"),
        w: T.Tensor((4,), "float32"),
        scaled: T.Tensor((M, N), "float32"),
        mixed: T.Tensor((M, N), "float32"),
    ):
        with T.Kernel(M, threads=96) as i:
            weights = T.alloc_shared((4,), "float32")
            T.copy(w, weights)
            if T.get_thread_binding() < 32:
                row = T.alloc_fragment((1, N), "float32")
                total = T.alloc_fragment((1,), "float32")
                T.copy(A[i, 0, 0], row)
                T.reduce_sum(row, total, dim=1)
                for j in T.Parallel(N):
                    scaled[i, j] = row[0, j] * total[0]
            else:
                doubled = T.alloc_shared((4,), "float32")
                for j in T.Parallel(4):
                    doubled[j] = 2.0 * weights[j]
                sums = T.alloc_fragment((N,), "float32")
                T.clear(sums)
                for k in T.serial(4):
                    weight = doubled[k]
                    for j in T.Parallel(N):
                        sums[j] += weight * A[i, k, j]
                T.copy(sums, mixed[i, 0])

    return main


def kept_by_others(n):
    """What threads do not assign keeps its value, though those that do assign the same."""

    @T.prim_func
    def main(B: T.Tensor((n,), "int32")):
        with T.Kernel(1, threads=n):
            tx = T.get_thread_binding()
            own = T.alloc_local((1,), "int32")
            own[0] = 1
            if tx < n // 3:
                own[0] = 5
            B[tx] = own[0]

    return main


def suffix_sums(threads, bins, rounds):
    """The first threads add up a table from its end, with barriers of their own; the others count meanwhile. All leave
    the rounds when the table's sum has reached a bound; a thread's index is called by another name."""

    @T.prim_func
    def main(
        A: T.Tensor((rounds, bins), "int32"),
        bound: T.Tensor((1,), "int32"),
        sums: T.Tensor((rounds, bins), "int32"),
        others: T.Tensor((threads,), "int32"),
    ):
        with T.Kernel(1, threads=threads):
            tx = T.launch_thread("threadIdx.x", threads)
            table = T.alloc_shared((bins + 1,), "int32")
            own = T.alloc_var("int32")
            seen = T.alloc_var("int32")
            seen = 0
            for r in T.serial(rounds):
                T.sync_threads(tx % 4, threads)
                if tx < bins:
                    table[tx] = A[r, tx]
                T.sync_threads()
                if tx < bins:
                    for i in T.serial(8):
                        if (1 << i) < bins:
                            own = 0
                            if tx + (1 << i) < bins:
                                own = table[tx + (1 << i)]
                            T.sync_threads(3, bins)
                            table[tx] += own
                            T.sync_threads(3, bins)
                    sums[r, tx] = table[tx]
                else:
                    seen += tx
                T.sync_threads()
                if table[0] > bound[0]:
                    break
            others[tx] = seen

    return main
