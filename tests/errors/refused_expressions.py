"""Refusals, in the way of refused.py: accesses, expressions, reductions and the element-by-element path."""

import tilelang.language as T
from refused import refused

from tilelang_tenstorrent import annotate_tt_layout

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


@refused("the core cannot compute the number", "by what is never 0")
def quotient_by_zero():
    @T.prim_func
    def main(A: T.Tensor((32, 32), "float32"), B: T.Tensor((32, 32), "float32")):
        with T.Kernel(4, threads=128) as bx:
            a = T.alloc_fragment((32, 32), "float32")
            T.copy(A, a)
            for k in T.serial(3):
                for i, j in T.Parallel(32, 32):
                    a[i, j] = a[i, j] + T.cast(bx // k, "float32")  # <--
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
                c[i, j] = s[i + 16, j]  # <--
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


# ---- reductions -----------------------------------------------------------------------------------------------------
# T.reduce is a macro of TileLang without a line of its own: the statement around it is named.


@refused("T.reduce of a block of 4 axes is not supported", "three axes")
def reduce_of_four_axes():
    @T.prim_func
    def main(A: T.Tensor((2, 2, 32, 32), "float32"), B: T.Tensor((2, 2, 32), "float32")):
        with T.Kernel(1, threads=128) as bx:
            a = T.alloc_fragment((2, 2, 32, 32), "float32")
            b = T.alloc_fragment((2, 2, 32), "float32")
            T.copy(A, a)
            T.reduce_sum(a, b, dim=3)  # <--
            T.copy(b, B)

    return main


# ---- element by element ---------------------------------------------------------------------------------------------

RISCV = {"kind": "tenstorrent"}


@refused("a value stored in this T.Parallel is read at another element", "split the loop in two", RISCV)
def exchange_between_iterations():
    @T.prim_func
    def main(A: T.Tensor((64,), "int32")):
        with T.Kernel(1, threads=128) as _:
            for i in T.Parallel(64):  # <--
                A[i] = A[63 - i]

    return main


@refused("T.reduce with nan_propagate=True has no tile form", "leave nan_propagate")
def reduce_nan():
    @T.prim_func
    def main(A: T.Tensor((32, 32), "bfloat16"), B: T.Tensor((32,), "bfloat16")):
        with T.Kernel(1, threads=128) as _:
            a = T.alloc_fragment((32, 32), "bfloat16")
            b = T.alloc_fragment((32,), "bfloat16")
            T.copy(A, a)
            T.reduce_max(a, b, dim=1, nan_propagate=True)  # <--
            T.copy(b, B)

    return main


@refused("an assumption does not hold", "give it other sizes")
def assumption():
    size = 30

    @T.prim_func
    def main(A: T.Tensor((size,), "float32")):
        with T.Kernel(1, threads=32):
            T.assume(T.int32(size) % 4 == 0)  # <--
            for i in T.Parallel(size):
                A[i] = 1.0

    return main


@refused("Unsupported dtype float8_e4m3fnuz of tensor `A`", "integers of 4 and 8 to 64 bits", RISCV)
def scale_tensor():
    @T.prim_func
    def main(A: T.Tensor((32,), "float8_e4m3fnuz"), B: T.Tensor((32,), "float8_e4m3fnuz")):
        with T.Kernel(1, threads=128) as _:
            for i in T.Parallel(32):
                B[i] = A[i]

    return main


@refused("`tirx.call_extern` cannot be computed element by element", "use arithmetic, comparisons", RISCV)
def function_of_the_users_own():
    @T.prim_func
    def main(A: T.Tensor((64,), "float32"), B: T.Tensor((64,), "float32")):
        with T.Kernel(2, threads=128) as bx:
            for i in T.serial(32):
                B[bx * 32 + i] = T.call_extern("float32", "my_function", A[bx * 32 + i])  # <--

    return main


@refused("T.transpose of a buffer onto itself is not supported", "write it to another buffer")
def transpose_onto_itself():
    @T.prim_func
    def main(A: T.Tensor((32, 32), "float32"), B: T.Tensor((32, 32), "float32")):
        with T.Kernel(1, threads=128) as _:
            s = T.alloc_shared((32, 32), "float32")
            T.copy(A, s)
            T.transpose(s, s)  # <--
            T.copy(s, B)

    return main


@refused("is held as Bfp8_b and is read or written element by element", "its own format", RISCV)
def elements_of_block_floats():
    @T.prim_func
    def main(A: T.Tensor((64, 64), "float32"), B: T.Tensor((32, 64), "float32")):
        with T.Kernel(1, threads=128) as _:
            for i, j in T.Parallel(32, 64):
                B[i, j] = A[2 * i, j]

    return annotate_tt_layout(main, {"A": {"data_format": "bfp8"}})


@refused("`h`, which is a view of `a` with elements of another size, is written", "write the buffer itself", RISCV)
def store_to_a_part():
    @T.prim_func
    def main(A: T.Tensor((32,), "int32"), B: T.Tensor((32,), "int32")):
        with T.Kernel(1, threads=128) as _:
            a = T.alloc_shared((32,), "int32")
            h = T.view(a, (64,), dtype="int16")
            for i in T.serial(64):
                h[i] = T.int16(1)  # <--
            T.copy(a, B)

    return main


@refused("`h` is a view with strides of its own", "use a dense view", RISCV)
def strided_view():
    @T.prim_func
    def main(A: T.Tensor((8, 8), "int32"), B: T.Tensor((8, 8), "int32")):
        with T.Kernel(1, threads=128) as _:
            a = T.alloc_shared((8, 8), "int32")
            T.copy(A, a)
            h = T.view(a, (8, 8), strides=(1, 8))
            for i, j in T.Parallel(8, 8):
                B[i, j] = h[i, j]  # <--

    return main


@refused("T.any_of of a number of elements that is not known, or of more than 256", "a loop over elements", RISCV)
def any_of_many():
    @T.prim_func
    def main(A: T.Tensor((1000,), "bool"), B: T.Tensor((1,), "bool")):
        with T.Kernel(1, threads=128) as _:
            B[0] = T.any_of(A[0:1000])  # <--

    return main


@refused("rounding mode rz", "round to nearest", RISCV)
def rounding_mode():
    @T.prim_func
    def main(A: T.Tensor((32,), "float32"), B: T.Tensor((64,), "float32")):
        with T.Kernel(1, threads=128) as _:
            for i in T.Parallel(32):
                B[2 * i] = T.ieee_add(A[i], A[i], "rz")  # <--

    return main


@refused("T.transpose between blocks whose shapes are not each other's transpose", "the turned shape")
def transpose_of_another_shape():
    @T.prim_func
    def main(A: T.Tensor((32, 64), "float32"), B: T.Tensor((32, 64), "float32")):
        with T.Kernel(1, threads=128) as bx:
            a = T.alloc_shared((32, 64), "float32")
            b = T.alloc_shared((32, 64), "float32")
            T.copy(A, a)
            T.transpose(a, b)  # <--
            T.copy(b, B)

    return main
