"""Hand-written programs on the genuine runtime: reductions, and cores that multicast to one another."""

from __future__ import annotations

import pytest
import torch
from test_bit_for_bit import assert_same_bits, values

from tilelang_tenstorrent.program import (
    CBDescriptor,
    CBFormatDescriptor,
    ComputeConfigDescriptor,
    CoreCoord,
    CoreRange,
    KernelDescriptor,
    Program,
    ReaderConfigDescriptor,
    SemaphoreDescriptor,
    SourceType,
    TensorAccessorArgs,
    TensorAddress,
    WriterConfigDescriptor,
    run,
)

READ_TWO = """
#include <cstdint>
#include "api/dataflow/dataflow_api.h"

void kernel_main() {
  constexpr auto x_args = TensorAccessorArgs<0>();
  constexpr auto scale_args = TensorAccessorArgs<x_args.next_compile_time_args_offset()>();
  const auto x = TensorAccessor(x_args, get_arg_val<uint32_t>(0));
  const auto scale = TensorAccessor(scale_args, get_arg_val<uint32_t>(1));
  cb_reserve_back(1, 1);
  noc_async_read_page(0, scale, get_write_ptr(1));
  noc_async_read_barrier();
  cb_push_back(1, 1);
  for (uint32_t t = 0; t < get_arg_val<uint32_t>(2); ++t) {
    cb_reserve_back(0, 1);
    noc_async_read_page(t, x, get_write_ptr(0));
    noc_async_read_barrier();
    cb_push_back(0, 1);
  }
}
"""

REDUCE = """
#include <cstdint>
#include "api/compute/cb_api.h"
#include "api/compute/common.h"
#include "api/compute/compute_kernel_hw_startup.h"
#include "api/compute/pack.h"
#include "api/compute/reduce.h"
#include "api/compute/reg_api.h"

void kernel_main() {
  const uint32_t tiles = get_arg_val<uint32_t>(0);
  compute_kernel_hw_startup(0, 1, 16);
  reduce_init<PoolType::SUM, ReduceDim::DIM>(0, 1, 16);
  cb_wait_front(1, 1);
  tile_regs_acquire();
  for (uint32_t t = 0; t < tiles; ++t) {
    cb_wait_front(0, 1);
    reduce_tile<PoolType::SUM, ReduceDim::DIM>(0, 1, 0, 0, 0);
    cb_pop_front(0, 1);
  }
  tile_regs_commit();
  cb_reserve_back(16, 1);
  tile_regs_wait();
  pack_tile(0, 16);
  tile_regs_release();
  cb_push_back(16, 1);
  reduce_uninit();
  cb_pop_front(1, 1);
}
"""

WRITE_FROM = """
#include <cstdint>
#include "api/dataflow/dataflow_api.h"

void kernel_main() {
  constexpr auto args = TensorAccessorArgs<0>();
  const auto c = TensorAccessor(args, get_arg_val<uint32_t>(0));
  const uint32_t first = get_arg_val<uint32_t>(1), tiles = get_arg_val<uint32_t>(2);
  for (uint32_t t = first; t < first + tiles; ++t) {
    cb_wait_front(FROM_CB, 1);
    noc_async_write_page(t, c, get_read_ptr(FROM_CB));
    noc_async_write_barrier();
    cb_pop_front(FROM_CB, 1);
  }
}
"""

# The sender asks nobody where the other core lies: it is its neighbour on the NoC.
MULTICAST = """
#include <cstdint>
#include "api/dataflow/dataflow_api.h"

void kernel_main() {
  constexpr auto args = TensorAccessorArgs<0>();
  const auto a = TensorAccessor(args, get_arg_val<uint32_t>(0));
  const uint32_t tiles = get_arg_val<uint32_t>(1);
  const bool sends = get_arg_val<uint32_t>(2) != 0;
  const uint32_t x = my_x[noc_index], y = my_y[noc_index];
  const uint32_t ready_address = get_semaphore(0), valid_address = get_semaphore(1);
  auto* ready = reinterpret_cast<volatile tt_l1_ptr uint32_t*>(ready_address);
  auto* valid = reinterpret_cast<volatile tt_l1_ptr uint32_t*>(valid_address);
  for (uint32_t t = 0; t < tiles; ++t) {
    cb_reserve_back(0, 1);
    const uint32_t page = get_write_ptr(0);
    if (sends) {
      noc_async_read_page(t, a, page);
      noc_async_read_barrier();
      noc_semaphore_wait(ready, 1);
      noc_semaphore_set(ready, 0);
      noc_async_write_multicast(page, get_noc_multicast_addr(x + 1, y, x + 1, y, page), get_tile_size(0), 1);
      noc_semaphore_set(valid, 1);
      noc_semaphore_set_multicast(valid_address, get_noc_multicast_addr(x + 1, y, x + 1, y, valid_address), 1);
      noc_async_write_barrier();
    } else {
      noc_semaphore_set(valid, 0);
      noc_semaphore_inc(get_noc_addr(x - 1, y, ready_address), 1);
      noc_semaphore_wait(valid, 1);
    }
    cb_push_back(0, 1);
  }
}
"""

ONE_CORE = CoreCoord(0, 0)


def kernel(source: str, config, cores, compile_time_args=(), runtime_args=(), **defines: str) -> KernelDescriptor:
    return KernelDescriptor(
        kernel_source=source,
        source_type=SourceType.INLINE,
        core_ranges=cores,
        config=config,
        compile_time_args=list(compile_time_args),
        runtime_args=list(runtime_args),
        defines=defines,
    )


def circular_buffer(index: int, cores, data_format: str = "Float16_b", page_size: int = 2048) -> CBDescriptor:
    return CBDescriptor(2 * page_size, cores, [CBFormatDescriptor(index, data_format, page_size)])


def both(program: Program, tensors: list[torch.Tensor]):
    """The last tensor as the genuine runtime and as the emulator leave it."""
    results = []
    for mode in ("ttnn", "emulator"):
        copies = [tensor.clone() for tensor in tensors]
        run(program, copies, numerics="faithful", mode=mode)
        results.append(copies[-1])
    return results


@pytest.mark.parametrize("dim", ["REDUCE_ROW", "REDUCE_COL", "REDUCE_SCALAR"])
def test_sums(arch, dim):
    tiles = 2
    x = values(32, 32 * tiles, seed=8)
    scale = torch.zeros(32, 32, dtype=torch.bfloat16)
    scale[0] = scale[16] = 1.0
    c = torch.zeros(32, 32, dtype=torch.bfloat16)
    reads = [*TensorAccessorArgs(x).get_compile_time_args(), *TensorAccessorArgs(scale).get_compile_time_args()]
    program = Program(
        kernels=[
            kernel(READ_TWO, ReaderConfigDescriptor(), ONE_CORE, reads,
                   [(ONE_CORE, [TensorAddress(0), TensorAddress(1), tiles])]),
            kernel(REDUCE, ComputeConfigDescriptor(), ONE_CORE, (), [(ONE_CORE, [tiles])], DIM=dim),
            kernel(WRITE_FROM, WriterConfigDescriptor(), ONE_CORE, TensorAccessorArgs(c).get_compile_time_args(),
                   [(ONE_CORE, [TensorAddress(2), 0, 1])], FROM_CB="16"),
        ],
        cbs=[circular_buffer(index, ONE_CORE) for index in (0, 1, 16)],
        arch=arch,
    )  # fmt: skip
    genuine, emulated = both(program, [x, scale, c])
    assert_same_bits(genuine, emulated)
    both_tiles = x[:, :32].double() + x[:, 32:].double()
    exact = {"REDUCE_ROW": both_tiles.sum(1), "REDUCE_COL": both_tiles.sum(0), "REDUCE_SCALAR": both_tiles.sum()}[dim]
    found = {"REDUCE_ROW": genuine[:, 0], "REDUCE_COL": genuine[0], "REDUCE_SCALAR": genuine[0, 0]}[dim]
    assert (found.double() - exact).abs().max() < 0.02 * x.double().abs().sum() / 32


def test_multicast_between_two_cores(arch):
    tiles, cores = 2, CoreRange(CoreCoord(0, 0), CoreCoord(1, 0))
    a = values(32 * tiles, 32, seed=9)
    c = torch.zeros(2 * 32 * tiles, 32, dtype=torch.bfloat16)
    program = Program(
        kernels=[
            kernel(MULTICAST, ReaderConfigDescriptor(), cores, TensorAccessorArgs(a).get_compile_time_args(),
                   [(CoreCoord(x, 0), [TensorAddress(0), tiles, int(x == 0)]) for x in (0, 1)]),
            kernel(WRITE_FROM, WriterConfigDescriptor(), cores, TensorAccessorArgs(c).get_compile_time_args(),
                   [(CoreCoord(x, 0), [TensorAddress(1), x * tiles, tiles]) for x in (0, 1)], FROM_CB="0"),
        ],
        cbs=[circular_buffer(0, cores)],
        semaphores=[SemaphoreDescriptor(0, cores), SemaphoreDescriptor(1, cores)],
        arch=arch,
    )  # fmt: skip
    genuine, emulated = both(program, [a, c])
    assert_same_bits(genuine, emulated)
    assert torch.equal(genuine, torch.cat([a, a]))
