"""Refusals, in the way of refused.py: resources and order: L1, DST, circular buffers."""

import tilelang.language as T
from refused import refused

# ---- resources and order --------------------------------------------------------------------------------------------


@refused("bytes exceeds capacity", "use smaller blocks")
def too_large_for_l1():
    @T.prim_func
    def main(A: T.Tensor((1024, 1024), "float32"), B: T.Tensor((1024, 1024), "float32")):
        with T.Kernel(1, threads=128) as bx:
            s = T.alloc_shared((1024, 1024), "float32")
            T.copy(A, s)
            T.copy(s, B)

    return main


@refused("could not be assigned (all 32 indices exhausted)", "use fewer on-chip buffers or operands in one kernel")
def too_many_buffers():
    @T.prim_func
    def main(A: T.Tensor((40, 32, 32), "bfloat16"), B: T.Tensor((32, 32), "bfloat16")):
        with T.Kernel(1, threads=128) as bx:
            for i, j in T.Parallel(32, 32):
                B[i, j] = (
                    A[0, i, j]
                    + A[1, i, j]
                    + A[2, i, j]
                    + A[3, i, j]
                    + A[4, i, j]
                    + A[5, i, j]
                    + A[6, i, j]
                    + A[7, i, j]
                    + A[8, i, j]
                    + A[9, i, j]
                    + A[10, i, j]
                    + A[11, i, j]
                    + A[12, i, j]
                    + A[13, i, j]
                    + A[14, i, j]
                    + A[15, i, j]
                    + A[16, i, j]
                    + A[17, i, j]
                    + A[18, i, j]
                    + A[19, i, j]
                    + A[20, i, j]
                    + A[21, i, j]
                    + A[22, i, j]
                    + A[23, i, j]
                    + A[24, i, j]
                    + A[25, i, j]
                    + A[26, i, j]
                    + A[27, i, j]
                    + A[28, i, j]
                    + A[29, i, j]
                    + A[30, i, j]
                    + A[31, i, j]
                    + A[32, i, j]
                    + A[33, i, j]
                )

    return main


@refused(
    "`c` is read before anything was written to it",
    "T.clear or T.copy into it first",
)
def filled_in_one_branch():
    @T.prim_func
    def main(A: T.Tensor((64, 32), "float32"), B: T.Tensor((64, 32), "float32")):
        with T.Kernel(2, threads=128) as bx:
            s = T.alloc_shared((32, 32), "float32")
            c = T.alloc_fragment((32, 32), "float32")
            T.copy(A[bx * 32, 0], s)
            if bx == 0:
                for i, j in T.Parallel(32, 32):
                    c[i, j] = s[i, j] * 2.0
            for i, j in T.Parallel(32, 32):
                c[i, j] = c[i, j] + 1.0  # <--
            T.copy(c, B[bx * 32, 0])

    return main


@refused("`c` is read before anything was written to it", "T.clear or T.copy into it first")
def uninitialised():
    @T.prim_func
    def main(A: T.Tensor((32, 32), "float32"), B: T.Tensor((32, 32), "float32")):
        with T.Kernel(1, threads=128) as bx:
            s = T.alloc_shared((32, 32), "float32")
            c = T.alloc_fragment((32, 32), "float32")
            T.copy(A, s)
            for i, j in T.Parallel(32, 32):
                c[i, j] = c[i, j] + s[i, j]  # <--
            T.copy(c, B)

    return main


@refused("T.gemm with a clear_accum that changes between iterations", "T.clear the accumulator in front of the loop")
def changing_clear():
    @T.prim_func
    def main(A: T.Tensor((32, 128), "bfloat16"), B: T.Tensor((128, 32), "bfloat16"), C: T.Tensor((32, 32), "float32")):
        with T.Kernel(1, threads=128) as bx:
            a = T.alloc_shared((32, 32), "bfloat16")
            b = T.alloc_shared((32, 32), "bfloat16")
            c = T.alloc_fragment((32, 32), "float32")
            T.clear(c)
            for k in T.serial(4):
                T.copy(A[0, k * 32], a)
                T.copy(B[k * 32, 0], b)
                for i, j in T.Parallel(32, 32):
                    c[i, j] = c[i, j] * 0.5
                T.gemm(a, b, c, clear_accum=(k == 2))  # <--
            T.copy(c, C)

    return main
