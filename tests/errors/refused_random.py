"""Refusals, in the way of refused.py: random numbers where none can be drawn."""

import tilelang.language as T
from refused import refused


@refused("random numbers are drawn and no T.rng_init says from where", "call T.rng_init first")
def numbers_from_nowhere():
    @T.prim_func
    def main(A: T.Tensor((32,), "uint32")):
        with T.Kernel(1, threads=32) as _:
            for i in T.serial(32):
                A[i] = T.rng_rand()

    return main


@refused("a random number is drawn in the bounds of a loop", "give it a name first")
def loop_of_random_length():
    @T.prim_func
    def main(A: T.Tensor((32,), "int32")):
        with T.Kernel(1, threads=32) as _:
            T.rng_init(1, 0)
            for i in T.serial(T.cast(T.rng_rand(), "int32") % 32):  # <--
                A[i] = 1

    return main


@refused("a random number is drawn in the condition of a loop", "give it a name first")
def loop_of_random_turns():
    @T.prim_func
    def main(A: T.Tensor((1,), "int32")):
        with T.Kernel(1, threads=32) as _:
            T.rng_init(1, 0)
            while T.rng_rand_float() < 0.5:  # <--
                A[0] = A[0] + 1

    return main


@refused("a random number is drawn in a branch of an expression", "give it a name first")
def number_in_a_branch():
    @T.prim_func
    def main(A: T.Tensor((32,), "float32")):
        with T.Kernel(1, threads=32) as _:
            T.rng_init(1, 0)
            for i in T.serial(32):
                A[i] = T.if_then_else(A[i] > 0, T.rng_rand_float(), 0.0)  # <--

    return main


@refused("a random number is drawn in `tl.tileop.fill`, once for all elements", "draw in a T.Parallel")
def fill_with_a_number():
    @T.prim_func
    def main(A: T.Tensor((32, 32), "float32")):
        with T.Kernel(1, threads=32) as _:
            a = T.alloc_fragment((32, 32), "float32")
            T.rng_init(1, 0)
            T.fill(a, T.rng_rand_float())  # <--
            T.copy(a, A)

    return main
