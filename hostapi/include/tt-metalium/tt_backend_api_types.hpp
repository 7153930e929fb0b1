// Data formats and chip architectures.
#pragma once

#include <cstdint>
#include <ostream>
#include <string>

#include "hostdevcommon/data_format.h"

namespace tt {

enum class ARCH : uint8_t { GRAYSKULL = 1, WORMHOLE_B0 = 2, BLACKHOLE = 3, QUASAR = 4, Invalid = 0xff };

std::string get_string(ARCH arch);            // "WORMHOLE_B0"
std::string get_string_lowercase(ARCH arch);  // "wormhole_b0"
std::string arch_to_str(ARCH arch);           // "wormhole_b0"
std::ostream& operator<<(std::ostream& out, DataFormat format);

uint32_t tile_size(DataFormat format);  // bytes of a 32x32 tile: 2048 for 16 bits, 1088 for Bfp8
uint32_t datum_size(
    DataFormat format);  // bytes of an element; block formats have no size of their own: std::invalid_argument
bool is_block_float(DataFormat format);

}  // namespace tt
