// Data formats and chip architectures.
#pragma once

#include <cstdint>
#include <ostream>
#include <string>

namespace tt {

enum class DataFormat : uint8_t {
  Float32 = 0,
  Float16 = 1,
  Bfp8 = 2,
  Bfp4 = 3,
  Tf32 = 4,
  Float16_b = 5,
  Bfp8_b = 6,
  Bfp4_b = 7,
  Int32 = 8,
  UInt16 = 9,
  Lf8 = 10,
  Bfp2 = 11,
  Int8 = 14,
  Bfp2_b = 15,
  UInt32 = 24,
  Fp8_e4m3 = 26,
  UInt8 = 30,
  RawUInt8 = 0xf0,
  RawUInt16 = 0xf1,
  RawUInt32 = 0xf2,
  Invalid = 0xff,
};

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
