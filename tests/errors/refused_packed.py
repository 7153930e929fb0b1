"""Refusals, in the way of refused.py: types of fewer than 8 bits."""

import tilelang.language as T
from refused import refused


@refused("the last axis of `A` of int4 fills no whole bytes", "use a multiple of 2")
def odd_row_of_int4():
    @T.prim_func
    def main(A: T.Tensor((4, 33), "int4"), B: T.Tensor((4, 33), "int8")):
        with T.Kernel(1, threads=32) as _:
            for i, j in T.Parallel(4, 33):
                B[i, j] = T.cast(A[i, j], "int8")

    return main


@refused("`A` of float4_e2m1fn has no axis", "give it a last axis of whole bytes")
def one_float4():
    @T.prim_func
    def main(A: T.Tensor((), "float4_e2m1fn"), B: T.Tensor((1,), "float32")):
        with T.Kernel(1, threads=32) as _:
            B[0] = T.cast(A[()], "float32")

    return main


@refused("blocks may store elements of one byte of `B`, which holds 2 of int4", "let each block store whole bytes")
def blocks_of_half_bytes():
    @T.prim_func
    def main(A: T.Tensor((30,), "int8"), B: T.Tensor((30,), "int4")):
        with T.Kernel(10, threads=32) as bx:
            for i in T.Parallel(3):
                B[bx * 3 + i] = T.cast(A[bx * 3 + i], "int4")  # <--

    return main


@refused("blocks may store elements of one byte of `B`, which holds 2 of uint4", "let each block store whole bytes")
def loops_from_half_bytes():
    @T.prim_func
    def main(A: T.Tensor((30,), "uint8"), B: T.Tensor((30,), "uint4")):
        with T.Kernel(10, threads=32) as bx:
            for i in T.serial(bx * 3, bx * 3 + 3):
                B[i] = T.cast(A[i], "uint4")  # <--

    return main


@refused("blocks may store elements of one byte of `B`, which holds 2 of int4", "let each block store whole bytes")
def halves_of_bytes_by_two_blocks():
    @T.prim_func
    def main(A: T.Tensor((32,), "int8"), B: T.Tensor((32,), "int4")):
        with T.Kernel(2, threads=32) as bx:
            for j in T.serial(16):
                if bx == 0:
                    B[2 * j] = T.cast(A[2 * j], "int4")
                else:
                    B[2 * j + 1] = T.cast(A[2 * j + 1], "int4")  # <--

    return main


@refused("blocks may store elements of one byte of `B`, which holds 2 of int4", "let each block store whole bytes")
def halves_of_two_bytes():
    @T.prim_func
    def main(A: T.Tensor((32,), "int8"), B: T.Tensor((34,), "int4")):
        with T.Kernel(16, threads=32) as bx:
            B[2 * bx] = T.cast(A[2 * bx], "int4")
            B[2 * bx + 3] = T.cast(A[2 * bx + 1], "int4")  # <--

    return main


@refused("`bytes` is a view of `block`, whose elements have a byte each on this chip", "make the buffer one of bytes")
def bytes_of_a_block_of_int4():
    @T.prim_func
    def main(A: T.Tensor((32, 64), "int4"), B: T.Tensor((32, 32), "uint8")):
        with T.Kernel(1, threads=32) as _:
            block = T.alloc_shared((32, 64), "int4")
            bytes = T.view(block, (32, 32), dtype="uint8")
            T.copy(A, block)
            T.copy(bytes, B)  # <--

    return main


@refused("the address of an element of fewer than 8 bits", "load and store the element by its name")
def atomic_on_int4():
    @T.prim_func
    def main(A: T.Tensor((32,), "int4"), B: T.Tensor((32,), "int4")):
        with T.Kernel(1, threads=32) as _:
            for i in T.serial(32):
                T.atomic_add(B[i], A[i])  # <--

    return main
