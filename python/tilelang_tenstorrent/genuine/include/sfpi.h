// Stand-in for the vendor's sfpi.h, for kernels whose vector code is written as Tensix instructions: the modifiers that
// those use. Values are SFPLOADI's modes in Tenstorrent's public ISA documentation.
#pragma once

namespace sfpi {

constexpr unsigned SFPLOADI_MOD0_FLOATB = 0;
constexpr unsigned SFPLOADI_MOD0_FLOATA = 1;
constexpr unsigned SFPLOADI_MOD0_USHORT = 2;
constexpr unsigned SFPLOADI_MOD0_SHORT = 4;
constexpr unsigned SFPLOADI_MOD0_UPPER = 8;
constexpr unsigned SFPLOADI_MOD0_LOWER = 10;

}  // namespace sfpi
