"""Kernels that draw random numbers."""

import tilelang.language as T


def words(blocks, threads, each, seed, sequences):
    """Each thread's first numbers: of one sequence each, or of one part each of sequence 0."""
    count = blocks * threads

    @T.prim_func
    def main(A: T.Tensor((count, each), "uint32")):
        with T.Kernel(blocks, threads=threads) as bx:
            tx = T.get_thread_binding()
            place = bx * threads + tx
            if sequences:
                T.rng_init(seed, place, 0)
            else:
                T.rng_init(seed, 0, place * each)
            for i in T.serial(each):
                A[place, i] = T.rng_rand()

    return main


def floats(n, threads, seed, bit, dist):
    dtype = f"float{bit}"

    @T.prim_func
    def main(A: T.Tensor((n,), dtype), B: T.Tensor((n,), "uint32")):
        with T.Kernel(n // threads, threads=threads) as bx:
            tx = T.get_thread_binding()
            T.rng_init(seed)
            A[bx * threads + tx] = T.rng_rand_float(bit=bit, dist=dist)
            B[bx * threads + tx] = T.rng_rand()

    return main


def dropout(M, N, bm, bn, p, dtype="bfloat16"):
    """Drops elements of A with probability p; the same seed always drops the same places."""

    @T.prim_func
    def main(seed: T.int32, A: T.Tensor((M, N), dtype), C: T.Tensor((M, N), dtype)):
        with T.Kernel(T.ceildiv(N, bn), T.ceildiv(M, bm), threads=128) as (bx, by):
            a = T.alloc_fragment((bm, bn), dtype)
            T.rng_init(seed, by * T.ceildiv(N, bn) + bx, 0)
            T.copy(A[by * bm, bx * bn], a)
            for i, j in T.Parallel(bm, bn):
                a[i, j] = T.if_then_else(T.rng_rand_float() > p, a[i, j] * (1 / (1 - p)), 0.0)
            T.copy(a, C[by * bm, bx * bn])

    return main


def both_ways(n, threads, seed):
    """A thread's own number, and those of the block's T.Parallel."""

    @T.prim_func
    def main(A: T.Tensor((n,), "uint32"), B: T.Tensor((n,), "uint32")):
        with T.Kernel(n // threads, threads=threads) as bx:
            tx = T.get_thread_binding()
            T.rng_init(seed, 0, (bx * threads + tx) * 2)
            A[bx * threads + tx] = T.rng_rand()
            for i in T.Parallel(threads):
                B[bx * threads + i] = T.rng_rand()

    return main


def coins(n, threads, seed):
    """Heads are counted by a condition that draws, with a number by a name between."""

    @T.prim_func
    def main(A: T.Tensor((n, 2), "uint32"), B: T.Tensor((n,), "int32")):
        with T.Kernel(n // threads, threads=threads) as bx:
            tx = T.get_thread_binding()
            heads = T.alloc_var("int32")
            heads = 0
            T.rng_init(seed, bx * threads + tx)
            for _ in T.serial(8):
                if T.rng_rand() < T.uint32(0x80000000):
                    heads = heads + 1
            word = T.rng_rand()
            A[bx * threads + tx, 0] = word
            A[bx * threads + tx, 1] = word
            B[bx * threads + tx] = heads

    return main
