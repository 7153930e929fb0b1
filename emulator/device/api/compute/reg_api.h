// DST hand-over between the math unit and the packer.
#pragma once

#include <cstdint>

#include "api/compute/common_globals.h"

namespace ckernel {

ALWI void tile_regs_acquire(uint32_t line = __builtin_LINE()) { device::Acquire(line); }
template <bool is_fp32_dest_acc_en = false>
ALWI void tile_regs_commit(uint32_t line = __builtin_LINE()) {
  device::Commit(line);
}
ALWI void tile_regs_wait(uint32_t line = __builtin_LINE()) { device::Wait(line); }
template <bool is_fp32_dest_acc_en = false>
ALWI void tile_regs_release(uint32_t line = __builtin_LINE()) {
  device::Release(line);
}

// The older pair: math and packing share one section.
ALWI void acquire_dst(uint32_t line = __builtin_LINE()) { device::AcquireShared(line); }
template <bool is_fp32_dest_acc_en = false>
ALWI void release_dst(uint32_t line = __builtin_LINE()) {
  device::ReleaseShared(line);
}
// Still older: how much of DST there is was the caller's to say, and is the kernel's configuration's.
ALWI void acquire_dst(tt::DstMode, uint32_t line = __builtin_LINE()) { device::AcquireShared(line); }
ALWI void release_dst(tt::DstMode, uint32_t line = __builtin_LINE()) { device::ReleaseShared(line); }

}  // namespace ckernel
