// Processors of a Tensix core, its NoCs, and the element types of tensors.
#pragma once

#include <cstdint>

namespace tt::tt_metal {

enum class DataMovementProcessor { RISCV_0 = 0, RISCV_1 = 1 };  // BRISC, NCRISC
enum NOC : uint8_t { RISCV_0_default = 0, RISCV_1_default = 1, NOC_0 = 0, NOC_1 = 1 };
enum NOC_MODE : uint8_t { DM_DEDICATED_NOC = 0, DM_DYNAMIC_NOC = 1, DM_INVALID_NOC = 2 };
enum class DataType {
  BFLOAT16 = 0,
  FLOAT32 = 1,
  UINT32 = 2,
  BFLOAT8_B = 3,
  BFLOAT4_B = 4,
  UINT8 = 5,
  UINT16 = 6,
  INT32 = 7
};
enum class CoreType { ARC, DRAM, ETH, PCIE, WORKER, TENSIX, INVALID };

// Which NoC the SDK takes for reads from and writes to DRAM.
namespace detail {
inline NOC preferred_noc_for_dram_read() { return NOC::NOC_0; }
inline NOC preferred_noc_for_dram_write() { return NOC::NOC_1; }
}  // namespace detail
template <typename Arch>
NOC preferred_noc_for_dram_read(Arch) {
  return detail::preferred_noc_for_dram_read();
}
template <typename Arch>
NOC preferred_noc_for_dram_write(Arch) {
  return detail::preferred_noc_for_dram_write();
}

}  // namespace tt::tt_metal

using tt::tt_metal::CoreType;
