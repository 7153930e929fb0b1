"""Kernels that the compiler refuses. `# <--` marks the line that the message must name.

Each function is one case: @refused(fragment of the message, way out) above a factory of the kernel.
"""

import tilelang.language as T

from tilelang_tenstorrent import annotate_tt_layout

CASES = {}


def refused(message, way_out, target=None):
    def register(factory):
        CASES[factory.__name__] = (factory, message, way_out, target)
        return factory

    return register


# ---- frontend -------------------------------------------------------------------------------------------------------


@refused("T.annotate_safe_value: reads beyond a tensor's edge always give 0 here", "pad the tensor")
def safe_value():
    @T.prim_func
    def main(A: T.Tensor((64, 64), "float32"), B: T.Tensor((64, 64), "float32")):
        with T.Kernel(2, 2, threads=128) as (bx, by):
            s = T.alloc_shared((32, 32), "float32")
            T.annotate_safe_value({A: 1.0})
            T.copy(A[by * 32, bx * 32], s)
            T.copy(s, B[by * 32, bx * 32])

    return main


@refused('block annotation "my_annotation" has no meaning on Tenstorrent', "remove it")
def block_annotation():
    @T.prim_func
    def main(A: T.Tensor((64, 64), "float32"), B: T.Tensor((64, 64), "float32")):
        with T.Kernel(2, 2, threads=128) as (bx, by):
            T.sblock_attr({"my_annotation": 1})
            s = T.alloc_shared((32, 32), "float32")
            T.copy(A[by * 32, bx * 32], s)
            T.copy(s, B[by * 32, bx * 32])

    return main


@refused('statement attribute "my_attribute" has no meaning on Tenstorrent', "remove it")
def statement_attribute():
    @T.prim_func
    def main(A: T.Tensor((64, 64), "float32"), B: T.Tensor((64, 64), "float32")):
        with T.Kernel(2, 2, threads=128) as (bx, by):
            s = T.alloc_shared((32, 32), "float32")
            with T.attr(0, "my_attribute", 1):  # <--
                T.copy(A[by * 32, bx * 32], s)
            T.copy(s, B[by * 32, bx * 32])

    return main


@refused(
    "the kernel uses thread index `tx`; a Tensix core has no threads", "write the loop over elements with T.Parallel"
)
def thread_index():
    @T.prim_func
    def main(A: T.Tensor((128,), "float32"), B: T.Tensor((128,), "float32")):
        with T.Kernel(1, threads=128) as bx:
            tx = T.get_thread_binding()
            B[tx] = A[tx] + 1.0  # <--

    return main


# ---- A1 -------------------------------------------------------------------------------------------------------------


@refused(
    "tensor `A` has a symbolic shape; sizes must be known when the kernel is compiled",
    "instantiate the kernel with its sizes",
)
def symbolic_shape():
    M = T.dynamic("M")

    @T.prim_func
    def main(A: T.Tensor((M, 64), "float32"), B: T.Tensor((64, 64), "float32")):
        with T.Kernel(1, threads=128) as bx:
            s = T.alloc_shared((64, 64), "float32")
            T.copy(A[0:64, 0:64], s)
            T.copy(s, B)

    return main


@refused(
    "tensor `A` is accessed in blocks along different pairs of axes",
    "let all blocks of `A` extend along the same two axes",
)
def two_pairs_of_axes():
    @T.prim_func
    def main(A: T.Tensor((32, 32, 32), "float32"), B: T.Tensor((32, 32), "float32"), C: T.Tensor((32, 32), "float32")):
        with T.Kernel(1, threads=128) as bx:
            s = T.alloc_shared((32, 32), "float32")
            t = T.alloc_shared((32, 32), "float32")
            T.copy(A[0, 0:32, 0:32], s)
            T.copy(A[0:32, 0, 0:32], t)  # <--
            T.copy(s, B)
            T.copy(t, C)

    return main


@refused("tensor `A` is accessed in vectors along different axes", "use one axis")
def vectors_along_two_axes():
    @T.prim_func
    def main(A: T.Tensor((64, 64), "float32"), B: T.Tensor((64,), "float32"), C: T.Tensor((64,), "float32")):
        with T.Kernel(1, threads=128) as bx:
            for i in T.Parallel(64):
                B[i] = A[0, i]
            for i in T.Parallel(64):
                C[i] = A[i, 0]  # <--

    return main


@refused("several T.Kernel launches in one function are not supported", "write one function per launch")
def two_launches():
    @T.prim_func
    def main(A: T.Tensor((64, 64), "float32"), B: T.Tensor((64, 64), "float32")):
        with T.Kernel(2, threads=128) as bx:
            s = T.alloc_shared((32, 64), "float32")
            T.copy(A[bx * 32, 0], s)
            T.copy(s, B[bx * 32, 0])
        with T.Kernel(2, threads=128) as bx:  # <--
            s = T.alloc_shared((32, 64), "float32")
            T.copy(A[bx * 32, 0], s)
            T.copy(s, B[bx * 32, 0])

    return main


@refused("scalar parameter `n` is not supported", "pass it as a Python value when the kernel is built")
def scalar_parameter():
    @T.prim_func
    def main(A: T.Tensor((64,), "float32"), B: T.Tensor((64,), "float32"), n: T.int32):
        with T.Kernel(1, threads=128) as bx:
            for i in T.Parallel(64):
                B[i] = A[i] * T.Cast("float32", n)

    return main


@refused("Unsupported dtype float64 of tensor `A`", "use bfloat16, float16 or float32")
def tensor_dtype():
    @T.prim_func
    def main(A: T.Tensor((64,), "float64"), B: T.Tensor((64,), "float64")):
        with T.Kernel(1, threads=128) as bx:
            for i in T.Parallel(64):
                B[i] = A[i]

    return main


@refused("the launch grid depends on values that are only known at run time", "give the kernel constant sizes")
def symbolic_grid():
    M = T.dynamic("M")

    @T.prim_func
    def main(A: T.Tensor((64, 64), "float32"), B: T.Tensor((64, 64), "float32")):
        with T.Kernel(M, threads=128) as bx:  # <--
            s = T.alloc_shared((64, 64), "float32")
            T.copy(A, s)
            T.copy(s, B)

    return main


@refused("tensor `A` has no elements", "do not launch the kernel for empty tensors")
def empty_tensor():
    @T.prim_func
    def main(A: T.Tensor((0, 64), "float32"), B: T.Tensor((64, 64), "float32")):
        with T.Kernel(1, threads=128) as bx:
            c = T.alloc_fragment((64, 64), "float32")
            T.clear(c)
            T.copy(c, B)

    return main


# ---- B1 -------------------------------------------------------------------------------------------------------------


@refused("the launch grid is empty", "launch at least one block")
def empty_grid():
    @T.prim_func
    def main(A: T.Tensor((64, 64), "float32"), B: T.Tensor((64, 64), "float32")):
        with T.Kernel(0, threads=128) as bx:
            s = T.alloc_shared((64, 64), "float32")
            T.copy(A, s)
            T.copy(s, B)

    return main


@refused("the launch grid has more than 2^32 blocks", "use larger blocks")
def huge_grid():
    @T.prim_func
    def main(A: T.Tensor((64, 64), "float32"), B: T.Tensor((64, 64), "float32")):
        with T.Kernel(1 << 20, 1 << 20, threads=128) as (_bx, _by):
            s = T.alloc_shared((64, 64), "float32")
            T.copy(A, s)
            T.copy(s, B)

    return main


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


@refused("Unsupported dtype float64 of buffer `s`", "use bfloat16, float16 or float32")
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
            T.copy(A[0:32, 0:64], s[0:32, 0:64])  # <--
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
        with T.Kernel(1, threads=128) as bx:  # <--
            c = T.alloc_fragment((32, 32), "float32")
            T.copy(A, c)
            T.cumsum(c, c, dim=1)
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
            T.fill(c[0:32, 0:32], 1.0)  # <--
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
            T.gemm(a[0:32, 0:32], b, c)  # <--
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


# ---- accesses and expressions ---------------------------------------------------------------------------------------


@refused(
    "`if` around a store to tensor `B`: inside T.Parallel it may only keep the tensor's index inside its shape",
    "store to a fragment under the condition and T.copy it out",
)
def if_on_a_value():
    @T.prim_func
    def main(A: T.Tensor((32, 32), "float32"), B: T.Tensor((32, 32), "float32")):
        with T.Kernel(1, threads=128) as bx:
            for i, j in T.Parallel(32, 32):
                if i > j:  # <--
                    B[i, j] = A[i, j]

    return main


@refused("`if` inside T.Parallel stores to `a`, which its condition reads", "use T.if_then_else")
def if_that_changes_its_condition():
    @T.prim_func
    def main(A: T.Tensor((32, 32), "float32"), B: T.Tensor((32, 32), "float32")):
        with T.Kernel(1, threads=128) as bx:
            a = T.alloc_fragment((32, 32), "float32")
            b = T.alloc_fragment((32, 32), "float32")
            T.copy(A, a)
            T.clear(b)
            for i, j in T.Parallel(32, 32):
                if a[i, j] > 0:  # <--
                    a[i, j] = -a[i, j]
                    b[i, j] = 1.0
            T.copy(b, B)

    return main


@refused("`x` was read from `a`, which this T.Parallel has written to since", "keep the old value in a fragment")
def name_of_an_overwritten_value():
    @T.prim_func
    def main(A: T.Tensor((32, 32), "float32"), B: T.Tensor((32, 32), "float32")):
        with T.Kernel(1, threads=128) as bx:
            a = T.alloc_fragment((32, 32), "float32")
            b = T.alloc_fragment((32, 32), "float32")
            T.copy(A, a)
            for i, j in T.Parallel(32, 32):
                x = a[i, j]
                a[i, j] = 0
                b[i, j] = x + a[i, j]  # <--
            T.copy(b, B)

    return main


@refused("is set inside T.Parallel, differently for each element, and read where it was not set", "T.reduce")
def sum_in_a_variable():
    @T.prim_func
    def main(A: T.Tensor((32, 32), "float32"), B: T.Tensor((32, 32), "float32")):
        with T.Kernel(1, threads=128) as bx:
            a = T.alloc_fragment((32, 32), "float32")
            total = T.alloc_var("float32", init=0.0)
            T.copy(A, a)
            for i, j in T.Parallel(32, 32):
                total = total + a[i, j]
            for i, j in T.Parallel(32, 32):
                a[i, j] = total  # <--
            T.copy(a, B)

    return main


@refused("the core cannot compute the number", "divide whole numbers that are never negative")
def quotient_of_a_negative_number():
    @T.prim_func
    def main(A: T.Tensor((32, 32), "float32"), B: T.Tensor((32, 32), "float32")):
        with T.Kernel(4, threads=128) as bx:
            a = T.alloc_fragment((32, 32), "float32")
            T.copy(A, a)
            for k in T.serial(3):
                for i, j in T.Parallel(32, 32):
                    a[i, j] = a[i, j] + T.cast((bx - k) // 2, "float32")  # <--
            T.copy(a, B)

    return main


@refused("this statement inside T.Parallel is not supported", "keep element-wise stores in T.Parallel")
def loop_in_parallel():
    @T.prim_func
    def main(A: T.Tensor((32, 32), "float32"), B: T.Tensor((32, 32), "float32")):
        with T.Kernel(1, threads=128) as bx:
            for i, j in T.Parallel(32, 32):
                for _k in T.serial(2):  # <--
                    B[i, j] = A[i, j]

    return main


@refused(
    "is no loop variable of T.Parallel plus an offset: no tile operation covers it",
    "index each axis by one loop variable plus an offset",
)
def strided_index():
    @T.prim_func
    def main(A: T.Tensor((64, 64), "float32"), B: T.Tensor((32, 32), "float32")):
        with T.Kernel(1, threads=128) as bx:
            for i, j in T.Parallel(32, 32):
                B[i, j] = A[i * 2, j]  # <--

    return main


@refused("T.Parallel needs extents that are known when the kernel is compiled", "use constant block sizes")
def parallel_without_constant():
    @T.prim_func
    def main(A: T.Tensor((64, 64), "float32"), B: T.Tensor((64, 64), "float32")):
        with T.Kernel(2, threads=128) as bx:
            for i, j in T.Parallel(32 + bx, 32):  # <--
                B[i, j] = A[i, j]

    return main


@refused("a block's size must be known when the kernel is compiled", "give the block constant sizes")
def block_without_constant_size():
    @T.prim_func
    def main(A: T.Tensor((64, 64), "float32"), B: T.Tensor((64, 64), "float32")):
        with T.Kernel(2, threads=128) as bx:
            s = T.alloc_shared((64, 64), "float32")
            T.copy(A[0 : 32 + bx * 32, 0:64], s[0 : 32 + bx * 32, 0:64])  # <--
            T.copy(s, B)

    return main


@refused("T.Parallel touches a part of on-chip buffer `s`", "let the loop cover the whole buffer")
def parallel_over_a_part():
    @T.prim_func
    def main(A: T.Tensor((64, 64), "float32"), B: T.Tensor((32, 64), "float32")):
        with T.Kernel(1, threads=128) as bx:
            s = T.alloc_shared((64, 64), "float32")
            c = T.alloc_fragment((32, 64), "float32")
            T.copy(A, s)
            for i, j in T.Parallel(32, 64):
                c[i, j] = s[i, j]  # <--
            T.copy(c, B)

    return main


@refused("no tile operation computes", "T.Parallel computes")
def no_tile_operation():
    @T.prim_func
    def main(A: T.Tensor((32, 32), "float32"), B: T.Tensor((32, 32), "float32")):
        with T.Kernel(1, threads=128) as bx:
            for i, j in T.Parallel(32, 32):
                B[i, j] = T.nextafter(A[i, j], A[i, j])  # <--

    return main


@refused(
    "`c` is stored to without using every loop variable of T.Parallel",
    "store to every element of the block once",
)
def reduction_in_parallel():
    @T.prim_func
    def main(A: T.Tensor((32, 32), "float32"), B: T.Tensor((32,), "float32")):
        with T.Kernel(1, threads=128) as bx:
            s = T.alloc_shared((32, 32), "float32")
            c = T.alloc_fragment((32,), "float32")
            T.copy(A, s)
            T.clear(c)
            for i, j in T.Parallel(32, 32):
                c[i] = c[i] + s[i, j]  # <--
            T.copy(c, B)

    return main


@refused("T.Parallel over 3 axes is not supported", "use blocks of two axes")
def three_axes():
    @T.prim_func
    def main(A: T.Tensor((4, 32, 32), "float32"), B: T.Tensor((4, 32, 32), "float32")):
        with T.Kernel(1, threads=128) as bx:
            s = T.alloc_shared((4, 32, 32), "float32")
            c = T.alloc_fragment((4, 32, 32), "float32")
            T.copy(A, s)
            for b, i, j in T.Parallel(4, 32, 32):
                c[b, i, j] = s[b, i, j] + 1.0  # <--
            T.copy(c, B)

    return main


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


# ---- reductions -----------------------------------------------------------------------------------------------------
# T.reduce is a macro of TileLang without a line of its own: the statement around it is named.


@refused("T.reduce over 40 elements: the last tile would be reduced with its padding", "multiples of 32")
def reduce_with_padding():
    @T.prim_func
    def main(A: T.Tensor((64, 40), "float32"), B: T.Tensor((64,), "float32")):
        with T.Kernel(1, threads=128) as bx:  # <--
            a = T.alloc_fragment((64, 40), "float32")
            b = T.alloc_fragment((64,), "float32")
            T.copy(A, a)
            T.reduce_sum(a, b, dim=1)
            T.copy(b, B)

    return main


@refused("T.reduce of a block of 3 axes is not supported", "two axes")
def reduce_of_three_axes():
    @T.prim_func
    def main(A: T.Tensor((2, 32, 32), "float32"), B: T.Tensor((2, 32), "float32")):
        with T.Kernel(1, threads=128) as bx:  # <--
            a = T.alloc_fragment((2, 32, 32), "float32")
            b = T.alloc_fragment((2, 32), "float32")
            T.copy(A, a)
            T.reduce_sum(a, b, dim=2)
            T.copy(b, B)

    return main


# ---- element by element ---------------------------------------------------------------------------------------------

RISCV = {"kind": "tenstorrent"}


@refused("tensor `flat` is a view of another one", "index the kernel's parameter itself", RISCV)
def view_of_a_tensor():
    @T.prim_func
    def main(A: T.Tensor((64, 64), "float32"), B: T.Tensor((32, 64), "float32")):
        with T.Kernel(1, threads=128) as _:
            s = T.alloc_shared((32, 64), "float32")
            flat = T.Tensor((32, 128), "float32", A.data)  # <--
            T.copy(flat[0:32, 0:64], s)
            T.copy(s, B)

    return main


@refused("a value stored in this T.Parallel is read at another element", "split the loop in two", RISCV)
def exchange_between_iterations():
    @T.prim_func
    def main(A: T.Tensor((64,), "int32")):
        with T.Kernel(1, threads=128) as _:
            for i in T.Parallel(64):  # <--
                A[i] = A[63 - i]

    return main


@refused("T.reduce with nan_propagate=True is not supported", "leave nan_propagate", RISCV)
def reduce_nan():
    @T.prim_func
    def main(A: T.Tensor((32, 32), "bfloat16"), B: T.Tensor((32,), "bfloat16")):
        with T.Kernel(1, threads=128) as _:  # <--
            a = T.alloc_fragment((32, 32), "bfloat16")
            b = T.alloc_fragment((32,), "bfloat16")
            for i, j in T.Parallel(32, 32):
                a[i, j] = A[j, i ^ 1]
            T.reduce_max(a, b, dim=1, nan_propagate=True)
            T.copy(b, B)

    return main


@refused("Unsupported dtype int64 of tensor `A`", "integers of 8 to 32 bits", RISCV)
def int64_tensor():
    @T.prim_func
    def main(A: T.Tensor((32,), "int64"), B: T.Tensor((32,), "int64")):
        with T.Kernel(1, threads=128) as _:
            for i in T.Parallel(32):
                B[i] = A[i]

    return main


@refused("operation `tl.tileop.atomicadd` is not supported on Tenstorrent", "write it as a loop over elements", RISCV)
def atomic_add():
    @T.prim_func
    def main(A: T.Tensor((64, 64), "float32"), B: T.Tensor((32, 64), "float32")):
        with T.Kernel(2, threads=128) as bx:
            s = T.alloc_shared((32, 64), "float32")
            T.copy(A[bx * 32, 0], s)
            T.atomic_add(B, s)  # <--

    return main


@refused("`tl.atomic_add_elem_op` cannot be computed element by element", "use arithmetic, comparisons", RISCV)
def atomic_add_element():
    @T.prim_func
    def main(A: T.Tensor((64,), "float32"), B: T.Tensor((1,), "float32")):
        with T.Kernel(2, threads=128) as bx:
            for i in T.serial(32):
                T.atomic_add(B[0], A[bx * 32 + i])

    return main


@refused("T.transpose of a buffer onto itself is not supported", "write it to another buffer", RISCV)
def transpose_onto_itself():
    @T.prim_func
    def main(A: T.Tensor((32, 32), "float32"), B: T.Tensor((32, 32), "float32")):
        with T.Kernel(1, threads=128) as _:
            s = T.alloc_shared((32, 32), "float32")
            T.copy(A, s)
            T.transpose(s, s)  # <--
            T.copy(s, B)

    return main


@refused("whose elements share exponents, and is read or written element by element", "its own format", RISCV)
def elements_of_block_floats():
    @T.prim_func
    def main(A: T.Tensor((64, 64), "float32"), B: T.Tensor((32, 64), "float32")):
        with T.Kernel(1, threads=128) as _:
            for i, j in T.Parallel(32, 64):
                B[i, j] = A[2 * i, j]

    return annotate_tt_layout(main, {"A": {"data_format": "bfp8"}})
