// T.rng_init, T.rng_rand and T.rng_rand_float: Philox4x32-10, counted per thread.
//
//   T.rng_init(seed, bx, tx * 4)           rng_state[0] = seed; rng_state[1] = bx; rng_state[2] = tx * 4
//   A[tx] = T.rng_rand()                   A[tx] = tt.philox(rng_state[0], rng_state[1], rng_state[2]); rng_state[2] +=
//   1
//
// Number n of a sequence is word n % 4 of the Philox block with key `seed` and counter (n / 4, sequence), so that a
// state is where the next number stands. Integers and uniform floats of the Philox generator are cuRAND's; the other
// generators' names give the same numbers. A normal float takes two words, of 64 bits four.
//
// A thread has a state of its own. A T.Parallel, which names no threads, draws from the block's, which starts as that
// of the first thread and goes through the elements in order.
#pragma once

#include "ir/tvm.h"

namespace tltt::compiler {

// Leaves none of these calls behind. Refuses: numbers that are drawn and no T.rng_init, numbers in the bounds and
// conditions of loops, in branches of expressions and in tile operations.
PrimFunc WithRandomNumbers(PrimFunc func);

}  // namespace tltt::compiler
