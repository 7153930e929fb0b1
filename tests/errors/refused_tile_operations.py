"""Refusals, in the way of refused.py: what C1 and C2 refuse: on-chip buffers and tile operations."""

import tilelang.language as T
from refused import refused

# ---- C1 -------------------------------------------------------------------------------------------------------------


@refused("on-chip buffer `s` has no constant shape", "use constants")
def buffer_without_constant_shape():
    @T.prim_func
    def main(A: T.Tensor((64, 64), "float32"), B: T.Tensor((64, 64), "float32")):
        with T.Kernel(2, threads=128) as bx:
            s = T.alloc_shared((32 + bx, 64), "float32")
            T.copy(A[0:32, 0:64], s[0:32, 0:64])
            T.copy(s[0:32, 0:64], B[0:32, 0:64])

    return main


@refused("Unsupported dtype float64 of buffer `s`", "use bfloat16, float16, float32, int32 or uint32")
def buffer_dtype():
    @T.prim_func
    def main(A: T.Tensor((64, 64), "float32"), B: T.Tensor((64, 64), "float32")):
        with T.Kernel(1, threads=128) as bx:
            s = T.alloc_shared((64, 64), "float64")
            T.copy(A, s)
            T.copy(s, B)

    return main


@refused("tensor `C` is read here and written elsewhere in the kernel", "write the result to another tensor")
def read_after_write():
    @T.prim_func
    def main(A: T.Tensor((64, 64), "float32"), C: T.Tensor((64, 64), "float32"), D: T.Tensor((64, 64), "float32")):
        with T.Kernel(1, threads=128) as bx:
            for i, j in T.Parallel(64, 64):
                C[i, j] = A[i, j] + 1.0
                D[i, j] = C[i, j] * 2.0  # <--

    return main


@refused("T.copy moves a part of on-chip buffer `s`", "allocate a buffer of the block's own size")
def part_of_a_buffer():
    @T.prim_func
    def main(A: T.Tensor((64, 64), "float32"), B: T.Tensor((64, 64), "float32")):
        with T.Kernel(1, threads=128) as bx:
            s = T.alloc_shared((64, 64), "float32")
            T.copy(A[0:32, 0:64], s[16:48, 0:64])  # <--
            T.copy(s, B)

    return main


@refused(
    "block of `A` starts at 16 on axis 0, which is no multiple of 32",
    "use block sizes and offsets that are multiples of 32",
)
def crooked_start():
    @T.prim_func
    def main(A: T.Tensor((64, 64), "float32"), B: T.Tensor((32, 64), "float32")):
        with T.Kernel(1, threads=128) as bx:
            s = T.alloc_shared((32, 64), "float32")
            T.copy(A[16:48, 0:64], s)  # <--
            T.copy(s, B)

    return main


@refused("which may lie before the tensor", "let blocks start at indices that are never negative")
def negative_start():
    @T.prim_func
    def main(A: T.Tensor((64, 96), "float32"), B: T.Tensor((64, 96), "float32")):
        with T.Kernel(3, threads=128) as bx:
            s = T.alloc_shared((64, 32), "float32")
            T.copy(A[0, bx * 32 - 32], s)  # <--
            T.copy(s, B[0, bx * 32])

    return main


@refused(
    "block of `A` spans 16 elements of axis 0, which is no multiple of 32", "use block sizes that are multiples of 32"
)
def crooked_size_read():
    @T.prim_func
    def main(A: T.Tensor((64, 64), "float32"), B: T.Tensor((16, 64), "float32")):
        with T.Kernel(1, threads=128) as bx:
            s = T.alloc_shared((16, 64), "float32")
            T.copy(A[0:16, 0:64], s)  # <--
            T.copy(s, B)

    return main


@refused(
    "which is no multiple of 32: writing it would touch its neighbour's tile",
    "use block sizes that are multiples of 32",
)
def crooked_size_written():
    @T.prim_func
    def main(A: T.Tensor((16, 64), "float32"), B: T.Tensor((64, 64), "float32")):
        with T.Kernel(1, threads=128) as bx:
            s = T.alloc_shared((16, 64), "float32")
            T.copy(A, s)
            T.copy(s, B[0:16, 0:64])  # <--

    return main


@refused("tensor `A` is read here and written elsewhere in the kernel", "write the result to another tensor")
def reader_ahead_of_writer():
    @T.prim_func
    def main(A: T.Tensor((64, 64), "float32")):
        with T.Kernel(1, threads=128) as bx:
            s = T.alloc_shared((32, 64), "float32")
            T.copy(A[0:32, 0:64], s)  # <--
            T.copy(s, A[32:64, 0:64])

    return main


@refused("operation `tl.tileop.cumsum` is not supported on Tenstorrent", "T.Parallel")
def operation_inside_a_helper_of_tilelang():
    @T.prim_func
    def main(A: T.Tensor((32, 32), "float32"), B: T.Tensor((32, 32), "float32")):
        with T.Kernel(1, threads=128) as bx:
            c = T.alloc_fragment((32, 32), "float32")
            T.copy(A, c)
            T.cumsum(c, c, dim=1)  # <--
            T.copy(c, B)

    return main


# ---- C2 -------------------------------------------------------------------------------------------------------------


@refused("a value stored earlier in the same T.Parallel is read at another element", "split the loop in two")
def transposed_within_one_loop():
    @T.prim_func
    def main(A: T.Tensor((32, 32), "float32"), B: T.Tensor((32, 32), "float32")):
        with T.Kernel(1, threads=128) as bx:
            s = T.alloc_shared((32, 32), "float32")
            c = T.alloc_fragment((32, 32), "float32")
            d = T.alloc_fragment((32, 32), "float32")
            T.copy(A, s)
            for i, j in T.Parallel(32, 32):
                c[i, j] = s[i, j] + 1.0
                d[i, j] = c[j, i]  # <--
            T.copy(d, B)

    return main


@refused("element store to `c` outside T.Parallel is not supported", "write it in a T.Parallel loop")
def element_store():
    @T.prim_func
    def main(A: T.Tensor((32, 32), "float32"), B: T.Tensor((32, 32), "float32")):
        with T.Kernel(1, threads=128) as bx:
            c = T.alloc_fragment((32, 32), "float32")
            T.copy(A, c)
            c[0, 0] = 1.0  # <--
            T.copy(c, B)

    return main


@refused("`while` loops are not supported", "use T.serial with a constant extent")
def while_loop():
    @T.prim_func
    def main(A: T.Tensor((32, 32), "float32"), B: T.Tensor((32, 32), "float32")):
        with T.Kernel(1, threads=128) as bx:
            c = T.alloc_fragment((32, 32), "float32")
            T.copy(A, c)
            while bx < 1:  # <--
                T.copy(c, B)

    return main


@refused("operation `tirx.call_extern` is not supported on Tenstorrent", "T.Parallel")
def unknown_operation():
    @T.prim_func
    def main(A: T.Tensor((32, 32), "float32"), B: T.Tensor((32, 32), "float32")):
        with T.Kernel(1, threads=128) as bx:
            c = T.alloc_fragment((32, 32), "float32")
            T.copy(A, c)
            T.evaluate(T.call_extern("int32", "somebody"))  # <--
            T.copy(c, B)

    return main


@refused("T.fill of tensor `B` itself is not supported", "fill a fragment and T.copy it out")
def fill_of_a_tensor():
    @T.prim_func
    def main(A: T.Tensor((32, 32), "float32"), B: T.Tensor((32, 32), "float32")):
        with T.Kernel(1, threads=128) as bx:
            T.fill(B, 1.0)  # <--

    return main


@refused("T.fill with a value that is no constant is not supported", "fill with a constant")
def fill_with_a_variable():
    @T.prim_func
    def main(B: T.Tensor((64, 32), "float32")):
        with T.Kernel(2, threads=128) as bx:
            c = T.alloc_fragment((32, 32), "float32")
            T.fill(c, T.Cast("float32", bx))  # <--
            T.copy(c, B[bx * 32, 0])

    return main


@refused("T.fill uses a part of on-chip buffer `c`", "allocate a buffer of the block's own size")
def fill_of_a_part():
    @T.prim_func
    def main(A: T.Tensor((64, 32), "float32"), B: T.Tensor((64, 32), "float32")):
        with T.Kernel(1, threads=128) as bx:
            c = T.alloc_fragment((64, 32), "float32")
            T.copy(A, c)
            T.fill(c[16:48, 0:32], 1.0)  # <--
            T.copy(c, B)

    return main


@refused("T.copy between blocks of different shapes", "use one shape")
def chip_copy_of_two_shapes():
    @T.prim_func
    def main(A: T.Tensor((64, 32), "float32"), B: T.Tensor((32, 64), "float32")):
        with T.Kernel(1, threads=128) as bx:
            c = T.alloc_fragment((64, 32), "float32")
            d = T.alloc_fragment((32, 64), "float32")
            T.copy(A, c)
            T.copy(c[0:64, 0:32], d[0:32, 0:64])  # <--
            T.copy(d, B)

    return main


@refused("T.copy from `A` to `s`: the blocks differ in shape", "copy blocks of one shape")
def copy_of_two_shapes():
    @T.prim_func
    def main(A: T.Tensor((64, 64), "float32"), B: T.Tensor((32, 64), "float32")):
        with T.Kernel(1, threads=128) as bx:
            s = T.alloc_shared((32, 64), "float32")
            T.copy(A[0:64, 0:64], s[0:32, 0:64])  # <--
            T.copy(s, B)

    return main


@refused(
    "T.gemm of 16x32x32: blocks must be multiples of 32 along M, N and K", "use block sizes that are multiples of 32"
)
def small_gemm():
    @T.prim_func
    def main(A: T.Tensor((16, 32), "bfloat16"), B: T.Tensor((32, 32), "bfloat16"), C: T.Tensor((16, 32), "float32")):
        with T.Kernel(1, threads=128) as bx:
            a = T.alloc_shared((16, 32), "bfloat16")
            b = T.alloc_shared((32, 32), "bfloat16")
            c = T.alloc_fragment((16, 32), "float32")
            T.copy(A, a)
            T.copy(B, b)
            T.clear(c)
            T.gemm(a, b, c)  # <--
            T.copy(c, C)

    return main


@refused("T.gemm uses a part of on-chip buffer `a`", "allocate a buffer of the block's own size")
def gemm_of_a_part():
    @T.prim_func
    def main(A: T.Tensor((64, 32), "bfloat16"), B: T.Tensor((32, 32), "bfloat16"), C: T.Tensor((32, 32), "float32")):
        with T.Kernel(1, threads=128) as bx:
            a = T.alloc_shared((64, 32), "bfloat16")
            b = T.alloc_shared((32, 32), "bfloat16")
            c = T.alloc_fragment((32, 32), "float32")
            T.copy(A, a)
            T.copy(B, b)
            T.clear(c)
            T.gemm(a[16:48, 0:32], b, c)  # <--
            T.copy(c, C)

    return main


@refused("a loop bound to `threadIdx.x`: a Tensix core has no threads", "write the loop over elements with T.Parallel")
def loop_over_threads():
    @T.prim_func
    def main(A: T.Tensor((64, 64), "float32"), B: T.Tensor((64, 64), "float32")):
        with T.Kernel(1, threads=128) as bx:
            s = T.alloc_shared((32, 64), "float32")
            for k in T.thread_binding(0, 2, thread="threadIdx.x"):  # <--
                T.copy(A[k * 32, 0], s)
                T.copy(s, B[k * 32, 0])

    return main


@refused("T.reduce of integers has no tile form", "reduce float32 values")
def reduction_of_integers():
    @T.prim_func
    def main(A: T.Tensor((32, 64), "int32"), B: T.Tensor((32,), "int32")):
        with T.Kernel(1, threads=128) as _:
            a = T.alloc_shared((32, 64), "int32")
            b = T.alloc_fragment((32,), "int32")
            T.copy(A, a)
            T.reduce_sum(a, b, dim=1)
            T.copy(b, B)

    return main


@refused("the matrix engine takes no integers of 32 bits, as `a` holds", "use int8 operands, or floats")
def product_of_integers():
    @T.prim_func
    def main(A: T.Tensor((32, 32), "int32"), B: T.Tensor((32, 32), "int32")):
        with T.Kernel(1, threads=128) as _:
            a = T.alloc_shared((32, 32), "int32")
            b = T.alloc_fragment((32, 32), "int32")
            T.copy(A, a)
            T.clear(b)
            T.gemm(a, a, b)  # <--
            T.copy(b, B)

    return main


@refused("variable `total` of a core in an operation on tiles", "use T.alloc_fragment of one element")
def reduction_to_a_variable():
    @T.prim_func
    def main(A: T.Tensor((32,), "float32"), B: T.Tensor((32,), "float32")):
        with T.Kernel(1, threads=128) as bx:
            a = T.alloc_local((32,), "float32")
            total = T.alloc_var("float32")
            T.copy(A, a)
            T.reduce_sum(a, total, dim=0)  # <--
            for i in T.Parallel(32):
                B[i] = a[i] - total

    return main
