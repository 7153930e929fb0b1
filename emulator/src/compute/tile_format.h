// Tiles as they lie in L1 against tiles as the math units see them.
//
// In L1 a 32x32 tile is four 16x16 faces, F0 F1 / F2 F3, each row-major. Here, and in DST, a tile is 32 rows of 32
// 32-bit words in row-major order ("rows"). Float formats are widened to fp32; integer formats keep their value as the
// bit pattern of a 32-bit integer in the same word.
//
// Block floats (Bfp8_b, Bfp4_b): the 16 datums of a face row share an exponent byte; 64 exponent bytes come first, then
// sign-and-magnitude datums without a hidden bit (docs of the ISA: FloatBitPatterns, Packers/FormatConversion).
#pragma once

#include <cstddef>
#include <cstdint>

#include "tltt/program.h"

namespace tltt::emu {

inline constexpr uint32_t kTileRows = 32, kTileCols = 32, kTileElements = 1024;

// How a 16-bit DST, or a 16-bit format in L1, rounds an fp32 value. kFp32 keeps it.
enum class Rounding : uint8_t { kFp32, kBf16, kFp16 };

bool IsIntegerFormat(DataFormat format);
bool IsSupportedTileFormat(DataFormat format);

// page: TileBytes(format) bytes, 2-byte aligned. rows: 1024 words, 64-byte aligned is fastest.
// Throws std::invalid_argument when !IsSupportedTileFormat(format).
void UnpackTile(DataFormat format, const std::byte* page, float* rows);
// Rounds to nearest even (block floats: nearest, ties away); NaN stays NaN.
void PackTile(DataFormat format, const float* rows, std::byte* page);
// page += rows, in the page's format (packer L1 accumulation). Float formats only.
void AccumulateTile(DataFormat format, const float* rows, std::byte* page);

// Rounds `count` (a multiple of 16) values in place.
void RoundValues(Rounding rounding, float* values, uint32_t count);

// Drops the bits that a bfloat16 has not; subnormals become zero.
void TruncateToBf16(float* values, uint32_t count);

float RoundToBf16(float value);
float RoundToFp16(float value);
uint16_t Fp16Bits(float value);  // IEEE binary16, nearest even; overflow gives infinity
float Fp16Value(uint16_t bits);

}  // namespace tltt::emu
