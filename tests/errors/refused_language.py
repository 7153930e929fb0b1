"""Refusals about launches and about operations that several blocks do together."""

import tilelang.language as T
from refused import refused

RISCV = {"kind": "tenstorrent"}


@refused("two tensors are called `part`", "give them different names")
def two_tensors_of_one_name():
    @T.prim_func
    def main(A: T.Tensor((64, 64), "float32")):
        part = T.alloc_global((64, 64), "float32")
        with T.Kernel(2, threads=128) as bx:
            T.copy(A[bx * 32 : bx * 32 + 32, 0:64], part[bx * 32 : bx * 32 + 32, 0:64])
        part = T.alloc_global((64, 32), "float32")
        with T.Kernel(2, threads=128) as bx:
            T.copy(A[bx * 32 : bx * 32 + 32, 0:32], part[bx * 32 : bx * 32 + 32, 0:32])

    return main


def waiting_for_another_block(wait):
    """A block sets a flag that another one waits for."""

    @T.prim_func
    def main(flag: T.Tensor((1,), "int32"), B: T.Tensor((64,), "int32")):
        with T.Kernel(2, threads=128) as bx:
            if bx == 1:
                T.atomic_store(flag[0], 1)
            wait(flag)
            for i in T.serial(32):
                B[bx * 32 + i] = i

    return main


@refused(
    "T.atomic_load in a loop that ends when it reads something: blocks do not wait", "split the kernel in two", RISCV
)
def waiting_in_a_condition():
    @T.macro
    def wait(flag):
        while T.atomic_load(flag[0]) == 0:  # <--
            T.evaluate(0)

    return waiting_for_another_block(wait)


@refused(
    "T.atomic_load in a loop that ends when it reads something: blocks do not wait", "split the kernel in two", RISCV
)
def waiting_with_a_break():
    @T.macro
    def wait(flag):
        for _ in T.serial(1000):
            seen = T.atomic_load(flag[0])  # <--
            if seen == 1:
                T.loop_break()

    return waiting_for_another_block(wait)


@refused("the old value of an atomic operation is a part of a choice", "give it a name first", RISCV)
def old_value_in_a_choice():
    @T.prim_func
    def main(count: T.Tensor((1,), "int32"), B: T.Tensor((64,), "int32")):
        with T.Kernel(2, threads=128) as bx:
            for i in T.serial(32):
                old = T.if_then_else(i > bx, T.atomic_add(count[0], 1, return_prev=True), 0)  # <--
                B[bx * 32 + i] = old

    return main


@refused("an atomic operation between blocks of `x` and `B` that differ in shape", "use blocks of one shape", RISCV)
def atomic_between_shapes():
    @T.prim_func
    def main(B: T.Tensor((64, 64), "float32")):
        with T.Kernel(2, threads=128) as bx:
            x = T.alloc_shared((32, 32), "float32")
            T.clear(x)
            T.atomic_add(B[bx * 32 : bx * 32 + 32, 0:64], x)  # <--

    return main


@refused("T.sync_grid in a loop or an `if`", "call it between the kernel's statements", RISCV)
def barrier_of_all_blocks_in_a_loop():
    @T.prim_func
    def main(A: T.Tensor((64, 64), "float32"), B: T.Tensor((64, 64), "float32")):
        with T.Kernel(2, threads=128) as bx:
            for _ in T.serial(2):
                T.copy(A[bx * 32, 0], B[bx * 32, 0])
                T.sync_grid()  # <--

    return main


@refused("`s` keeps its value across T.sync_grid", "keep it in a tensor, or fill it again", RISCV)
def buffer_across_a_barrier_of_all_blocks():
    @T.prim_func
    def main(A: T.Tensor((64, 64), "float32"), B: T.Tensor((64, 64), "float32")):
        with T.Kernel(2, threads=128) as bx:
            s = T.alloc_shared((32, 64), "float32")  # <--
            T.copy(A[bx * 32, 0], s)
            T.sync_grid()
            T.copy(s, B[bx * 32, 0])

    return main


@refused("`x` has its value from before T.sync_grid", "read it anew behind T.sync_grid", RISCV)
def value_from_before_a_barrier_of_all_blocks():
    @T.prim_func
    def main(A: T.Tensor((64,), "int32"), B: T.Tensor((64,), "int32")):
        with T.Kernel(2, threads=1) as bx:
            x = A[bx]
            T.sync_grid()
            A[1 - bx] = 7
            B[bx] = x

    return main


@refused("T.im2col of anything but a whole image of shape (N, H, W, C)", "pass the image tensor itself", RISCV)
def im2col_of_part_of_an_image():
    @T.prim_func
    def main(A: T.Tensor((9, 9, 32), "float32"), B: T.Tensor((32, 32), "float32")):
        with T.Kernel(1, threads=128) as bx:
            s = T.alloc_shared((32, 32), "float32")
            T.im2col(A, s, bx, 0, 3, 1, 1, 0)  # <--
            T.copy(s, B)

    return main


@refused("T.im2col into a buffer that has not two axes", "give it the shape (rows, columns)", RISCV)
def im2col_into_rows():
    @T.prim_func
    def main(A: T.Tensor((1, 9, 9, 32), "float32"), B: T.Tensor((1, 32, 32), "float32")):
        with T.Kernel(1, threads=128) as bx:
            s = T.alloc_shared((1, 32, 32), "float32")
            T.im2col(A, s, bx, 0, 3, 1, 1, 0)  # <--
            T.copy(s, B)

    return main


@refused("an assertion does not hold: many blocks", "give it other sizes", RISCV)
def assertion_of_other_sizes():
    @T.prim_func
    def main(A: T.Tensor((64, 64), "float32"), B: T.Tensor((64, 64), "float32")):
        with T.Kernel(2, threads=128) as bx:
            assert bx > 5, "many blocks"
            T.copy(A[bx * 32 : bx * 32 + 32, 0:64], B[bx * 32 : bx * 32 + 32, 0:64])

    return main


@refused("an assertion about what only the chip knows: no mark", "use T.device_assert", RISCV)
def assertion_of_data():
    @T.prim_func
    def main(A: T.Tensor((64, 64), "int32"), B: T.Tensor((64, 64), "int32")):
        with T.Kernel(2, threads=128) as bx:
            assert A[bx, 0] > 0, "no mark"
            T.copy(A[bx * 32 : bx * 32 + 32, 0:64], B[bx * 32 : bx * 32 + 32, 0:64])

    return main


@refused("element 63 of axis 0 of `part`, which has 32", "make the buffer larger, or end the loop at its extent", RISCV)
def load_beyond_a_buffers_extent():
    @T.prim_func
    def main(A: T.Tensor((64,), "float32"), B: T.Tensor((64,), "float32")):
        with T.Kernel(1, threads=128) as _:
            part = T.alloc_fragment((32,), "float32")
            T.copy(A[0:32], part)
            for i in T.Parallel(64):
                B[i] = part[i]  # <--

    return main


@refused("T.reducer_update on reducer `acc` before T.reducer_init", "keep to one epoch of the reducer", RISCV)
def update_of_a_reducer_that_nothing_started():
    @T.prim_func
    def main(A: T.Tensor((64,), "float32"), B: T.Tensor((1,), "float32")):
        with T.Kernel(1, threads=128) as _:
            acc = T.alloc_reducer((1,), "float32", op="sum")
            result = T.alloc_fragment((1,), "float32")
            for i in T.Parallel(64):
                T.reducer_update(acc[0], A[i])  # <--
            T.finalize_reducer(acc, result)
            B[0] = result[0]

    return main


@refused("illegal read of reducer `acc`", "keep to one epoch of the reducer", RISCV)
def read_of_a_reducer():
    @T.prim_func
    def main(A: T.Tensor((64,), "float32"), B: T.Tensor((1,), "float32")):
        with T.Kernel(1, threads=128) as _:
            acc = T.alloc_reducer((1,), "float32", op="sum")
            result = T.alloc_fragment((1,), "float32")
            T.reducer_init(acc)
            for i in T.Parallel(64):
                T.reducer_update(acc[0], A[i])
            B[0] = acc[0]  # <--
            T.finalize_reducer(acc, result)

    return main


@refused("is not in the scope of its T.reducer_init", "keep to one epoch of the reducer", RISCV)
def sums_of_a_reducer_in_each_step():
    @T.prim_func
    def main(A: T.Tensor((64,), "float32"), B: T.Tensor((1,), "float32")):
        with T.Kernel(1, threads=128) as _:
            acc = T.alloc_reducer((1,), "float32", op="sum")
            result = T.alloc_fragment((1,), "float32")
            T.reducer_init(acc)
            for _ in T.serial(4):
                for i in T.Parallel(64):
                    T.reducer_update(acc[0], A[i])
                T.finalize_reducer(acc, result)  # <--
            B[0] = result[0]

    return main


@refused("a lane of a vector whose number is not constant", "keep the lanes in an array")
def lane_by_index():
    @T.prim_func
    def main(A: T.Tensor((64,), "float32"), B: T.Tensor((64,), "float32")):
        with T.Kernel(1, threads=32) as _:
            for i in T.serial(32):
                B[i] = T.Shuffle([A[2 * i], A[2 * i + 1]], [i % 2])  # <--

    return main


@refused("a variable of several lanes taken as a block", "make it an array: T.alloc_local")
def vector_variable_as_a_block():
    @T.prim_func
    def main(B: T.Tensor((2,), "float32")):
        with T.Kernel(1, threads=32) as _:
            pair = T.alloc_var("float32x2")
            T.clear(pair)  # <--
            B[0] = T.extract_lane(pair, 0)

    return main


@refused("bits of float16x4 taken as float32x2", "take them as one number first")
def bits_between_vectors():
    @T.prim_func
    def main(A: T.Tensor((4,), "float16"), B: T.Tensor((2,), "float32")):
        with T.Kernel(1, threads=32) as _:
            B[0:2] = T.reinterpret(A[0:4], "float32x2")  # <--

    return main


@refused("`tirx.call_extern` of a value of float32x2", "call it for each lane")
def function_of_two_lanes():
    @T.prim_func
    def main(B: T.Tensor((2,), "float32")):
        with T.Kernel(1, threads=32) as _:
            B[0:2] = T.call_extern("float32x2", "my_pair")  # <--

    return main
