// Exponential function.
#pragma once

#include <cstdint>

#include "api/compute/common_globals.h"

namespace ckernel {

enum class InputClamping : uint8_t { ClampToNegative = 1, None = 0 };

struct p_sfpu {
  static constexpr uint16_t kCONST_1_FP16B = 0x3f80;
};

template <bool approx = false, uint32_t scale = 0x3F800000,
          InputClamping input_clamping = InputClamping::ClampToNegative, bool is_fp32_dest_acc_en = false>
ALWI void exp_tile_init(uint32_t line = __builtin_LINE()) {
  device::InitSfpu(emu::SfpuInit::kExp, 0, 0, line);
}

// With scale_en: exp(x * scale), scale in bf16 bits.
template <bool approx = false, bool scale_en = false, InputClamping input_clamping = InputClamping::ClampToNegative,
          int iterations = 8, bool is_fp32_dest_acc_en = false>
ALWI void exp_tile(uint32_t idst, VectorMode vector_mode = VectorMode::RC, uint16_t scale = p_sfpu::kCONST_1_FP16B,
                   uint32_t line = __builtin_LINE()) {
  const uint32_t factor = scale_en ? static_cast<uint32_t>(scale) << 16 : 0x3f800000u;
  device::SfpuUnary(emu::SfpuOp::kExp, idst, vector_mode, factor, approx, 0, line);
}

// The same by the packer's thread, so that it goes on beside the math unit.
template <bool approx = false, uint32_t scale = 0x3F800000,
          InputClamping input_clamping = InputClamping::ClampToNegative, bool is_fp32_dest_acc_en = false>
ALWI void exp_packthread_tile_init(uint32_t line = __builtin_LINE()) {
  device::InitSfpu(emu::SfpuInit::kExp, 0, 0, line);
}

template <bool approx = false, bool scale_en = false, InputClamping input_clamping = InputClamping::ClampToNegative,
          int iterations = 8, bool is_fp32_dest_acc_en = false>
ALWI void exp_packthread_tile(uint32_t idst, VectorMode vector_mode = VectorMode::RC,
                              uint16_t scale = p_sfpu::kCONST_1_FP16B, uint32_t line = __builtin_LINE()) {
  const uint32_t factor = scale_en ? static_cast<uint32_t>(scale) << 16 : 0x3f800000u;
  device::SfpuUnaryOnPacker(emu::SfpuOp::kExp, idst, vector_mode, factor, approx, 0, line);
}

}  // namespace ckernel
