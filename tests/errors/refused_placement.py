"""Refusals, in the way of refused.py: what the frontend, A1 and B1 refuse: attributes, tensors, grids."""

import tilelang.language as T
from refused import refused

# ---- frontend -------------------------------------------------------------------------------------------------------


@refused("takes a block that may reach beyond its edge", "T.copy the block to an on-chip buffer first")
def safe_value_of_a_turned_block():
    @T.prim_func
    def main(A: T.Tensor((60, 64), "float32"), B: T.Tensor((64, 60), "float32")):
        with T.Kernel(2, 2, threads=128) as (bx, by):
            s = T.alloc_shared((32, 32), "float32")
            T.annotate_safe_value({A: 1.0})
            T.transpose(A[by * 32 : by * 32 + 32, bx * 32 : bx * 32 + 32], s)  # <--
            T.copy(s, B[bx * 32, by * 32])

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


@refused("threads wait for one another where not all of them come", "outside of conditions and loops")
def barrier_for_some_threads():
    @T.prim_func
    def main(A: T.Tensor((128,), "float32"), B: T.Tensor((128,), "float32")):
        with T.Kernel(1, threads=128) as bx:
            tx = T.get_thread_binding()
            if tx < 64:  # <--
                B[tx] = A[tx] + 1.0
                T.sync_threads()

    return main


@refused("a T.Parallel loop, which shares its iterations between threads, uses a thread index", "the loop's variables")
def thread_index_in_parallel():
    @T.prim_func
    def main(A: T.Tensor((128,), "float32"), B: T.Tensor((128,), "float32")):
        with T.Kernel(1, threads=128) as bx:
            tx = T.get_thread_binding()
            for i in T.Parallel(128):  # <--
                B[i] = A[tx]

    return main


def summed_over(axis, whole):
    """A sum of what the threads have along what ``axis`` makes of the block's index and the thread's."""

    @T.prim_func
    def main(A: T.Tensor((128,), "float32"), B: T.Tensor((128,), "float32")):
        with T.Kernel(2, threads=64) as bx:
            tx = T.get_thread_binding()
            sums = T.alloc_local((1,), "float32")
            with T.attr(
                T.comm_reducer(lambda a, b: a + b, [T.float32(0)]),
                "reduce_scope",
                T.reinterpret(T.uint64(0), dtype="handle"),
            ):
                T.evaluate(
                    T.tvm_thread_allreduce(
                        T.uint32(1), A[bx * 64 + tx], True, whole(sums), axis(bx, tx), dtype="handle"
                    )
                )
            B[bx * 64 + tx] = sums[0]

    return main


@refused("T.tvm_thread_allreduce along what is no thread index", "give it a thread's own index")
def sum_over_blocks():
    return summed_over(lambda bx, tx: bx, lambda sums: sums[0])


@refused("the result of T.tvm_thread_allreduce is no element of a buffer", "give it x[0] of an own x")
def sum_into_an_address():
    return summed_over(lambda bx, tx: tx, lambda sums: sums.data)


@refused("T.import_source brings the text of CUDA sources, whose functions the kernel calls", "write them in TileLang")
def functions_of_cuda():
    @T.prim_func
    def main(A: T.Tensor((64,), "float32"), B: T.Tensor((64,), "float32")):
        with T.Kernel(2, threads=32) as bx:
            T.import_source("__device__ float twice(float x) { return 2 * x; }")
            tx = T.get_thread_binding()
            B[bx * 32 + tx] = T.call_extern("float32", "twice", A[bx * 32 + tx])  # <--

    return main


# ---- A1 -------------------------------------------------------------------------------------------------------------


@refused(
    "tensor `A` has a symbolic shape; sizes must be known when the kernel is compiled",
    "call the kernel with tensors, or give the size",
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


@refused("T.Kernel under a loop or an `if` of the host is not supported", "put the loop into the kernel")
def launch_in_a_loop():
    @T.prim_func
    def main(A: T.Tensor((64, 64), "float32"), B: T.Tensor((64, 64), "float32")):
        for _ in T.serial(2):  # <--
            with T.Kernel(2, threads=128) as bx:
                s = T.alloc_shared((32, 64), "float32")
                T.copy(A[bx * 32, 0], s)
                T.copy(s, B[bx * 32, 0])

    return main


@refused("scalar parameter `n` is not supported", "call the kernel with its value, or give it")
def scalar_parameter():
    @T.prim_func
    def main(A: T.Tensor((64,), "float32"), B: T.Tensor((64,), "float32"), n: T.int32):
        with T.Kernel(1, threads=128) as bx:
            for i in T.Parallel(64):
                B[i] = A[i] * T.Cast("float32", n)

    return main


@refused("Unsupported dtype float64 of tensor `A`", "use bfloat16, float16, float32, int32 or uint32")
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


@refused("a grid of 17179869184 blocks", "use larger blocks")
def huge_axis_of_a_grid():
    @T.prim_func
    def main(A: T.Tensor((64, 64), "float32"), B: T.Tensor((64, 64), "float32")):
        with T.Kernel(1 << 34, threads=128) as _bx:
            s = T.alloc_shared((64, 64), "float32")
            T.copy(A, s)
            T.copy(s, B)

    return main
