"""A hand-written TT-Metalium program on the emulated chip: C = A + B, tile by tile, on one core.

The three kernels are the text that would be built for the chip. The last line begins with "ok", or with "FAILED" and a
non-zero exit code.
"""

import sys

import torch

from tilelang_tenstorrent.program import (
    CBDescriptor,
    CBFormatDescriptor,
    ComputeConfigDescriptor,
    CoreCoord,
    KernelDescriptor,
    Program,
    ReaderConfigDescriptor,
    SourceType,
    TensorAccessorArgs,
    TensorAddress,
    WriterConfigDescriptor,
    run,
)

READER = """
#include <cstdint>
#include "api/dataflow/dataflow_api.h"

void kernel_main() {
  const uint32_t tiles = get_arg_val<uint32_t>(2);
  constexpr auto a_args = TensorAccessorArgs<0>();
  constexpr auto b_args = TensorAccessorArgs<a_args.next_compile_time_args_offset()>();
  const auto a = TensorAccessor(a_args, get_arg_val<uint32_t>(0), get_tile_size(0));
  const auto b = TensorAccessor(b_args, get_arg_val<uint32_t>(1), get_tile_size(1));
  for (uint32_t t = 0; t < tiles; ++t) {
    cb_reserve_back(0, 1);
    cb_reserve_back(1, 1);
    noc_async_read_page(t, a, get_write_ptr(0));
    noc_async_read_page(t, b, get_write_ptr(1));
    noc_async_read_barrier();
    cb_push_back(0, 1);
    cb_push_back(1, 1);
  }
}
"""

COMPUTE = """
#include <cstdint>
#include "api/compute/cb_api.h"
#include "api/compute/common.h"
#include "api/compute/compute_kernel_hw_startup.h"
#include "api/compute/eltwise_binary.h"
#include "api/compute/pack.h"
#include "api/compute/reg_api.h"

void kernel_main() {
  const uint32_t tiles = get_arg_val<uint32_t>(0);
  compute_kernel_hw_startup(0, 1, 16);
  add_init(0, 1);
  for (uint32_t t = 0; t < tiles; ++t) {
    cb_wait_front(0, 1);
    cb_wait_front(1, 1);
    tile_regs_acquire();
    add_tiles(0, 1, 0, 0, 0);
    tile_regs_commit();
    cb_pop_front(0, 1);
    cb_pop_front(1, 1);
    cb_reserve_back(16, 1);
    tile_regs_wait();
    pack_tile(0, 16);
    tile_regs_release();
    cb_push_back(16, 1);
  }
}
"""

WRITER = """
#include <cstdint>
#include "api/dataflow/dataflow_api.h"

void kernel_main() {
  const uint32_t tiles = get_arg_val<uint32_t>(1);
  constexpr auto args = TensorAccessorArgs<0>();
  const auto out = TensorAccessor(args, get_arg_val<uint32_t>(0), get_tile_size(16));
  for (uint32_t t = 0; t < tiles; ++t) {
    cb_wait_front(16, 1);
    noc_async_write_page(t, out, get_read_ptr(16));
    noc_async_write_barrier();
    cb_pop_front(16, 1);
  }
}
"""


def add(a, b, c, reader=READER, compute=COMPUTE, writer=WRITER):
    """The program for bfloat16 matrices of one shape; c is written."""
    core = CoreCoord(0, 0)
    tiles = -(-a.shape[0] // 32) * -(-a.shape[1] // 32)
    accessors = [TensorAccessorArgs(t).get_compile_time_args() for t in (a, b, c)]
    kernels = [
        KernelDescriptor(
            reader,
            core,
            ReaderConfigDescriptor(),
            SourceType.INLINE,
            compile_time_args=accessors[0] + accessors[1],
            runtime_args=[(core, [TensorAddress(0), TensorAddress(1), tiles])],
        ),
        KernelDescriptor(compute, core, ComputeConfigDescriptor(), SourceType.INLINE, runtime_args=[(core, [tiles])]),
        KernelDescriptor(
            writer,
            core,
            WriterConfigDescriptor(),
            SourceType.INLINE,
            compile_time_args=accessors[2],
            runtime_args=[(core, [TensorAddress(2), tiles])],
        ),
    ]
    page = TensorAccessorArgs(a).page_size()
    # Two pages each: the reader fills one while the other is worked on.
    cbs = [CBDescriptor(2 * page, core, [CBFormatDescriptor(index, "bfloat16", page)]) for index in (0, 1, 16)]
    return Program(kernels, cbs, outputs=[2], name="add")


def main() -> int:
    torch.manual_seed(0)
    a, b = torch.randn(64, 96, dtype=torch.bfloat16), torch.randn(64, 96, dtype=torch.bfloat16)
    c = torch.zeros_like(a)
    report = run(add(a, b, c), [a, b, c])
    error = (c.float() - (a.float() + b.float())).abs().max().item()
    good = error < 0.05
    print(f"{report['cycles']} cycles, {report['microseconds']:.1f} us on the chip (estimate)")
    print(f"{'ok' if good else 'FAILED'}: largest error {error:.3g}")
    return 0 if good else 1


if __name__ == "__main__":
    sys.exit(main())
