// Exponential function.
#pragma once

#include <cstdint>

#include "api/compute/common_globals.h"

namespace ckernel {

enum class InputClamping : uint8_t { ClampToNegative = 1, None = 0 };

struct p_sfpu {
  static constexpr uint16_t kCONST_1_FP16B = 0x3f80;
};

// `scale`, the bits of an fp32, multiplies the argument of the approximation; exp_tile without `approx` ignores it.
template <bool approx = false, uint32_t scale = 0x3F800000,
          InputClamping input_clamping = InputClamping::ClampToNegative, bool is_fp32_dest_acc_en = false>
ALWI void exp_tile_init(uint32_t line = __builtin_LINE()) {
  device::InitSfpu(approx ? emu::SfpuInit::kExpApproximate : emu::SfpuInit::kExp, scale,
                   input_clamping == InputClamping::ClampToNegative ? 0x3f800000u : 0u, line);
}

// With scale_en: exp(x * scale), scale in bf16 bits. With `approx`: as exp_tile_init<true> set it up.
template <bool approx = false, bool scale_en = false, InputClamping input_clamping = InputClamping::ClampToNegative,
          int iterations = 8, bool is_fp32_dest_acc_en = false>
ALWI void exp_tile(uint32_t idst, VectorMode vector_mode = VectorMode::RC, uint16_t scale = p_sfpu::kCONST_1_FP16B,
                   uint32_t line = __builtin_LINE()) {
  const uint32_t factor = scale_en ? static_cast<uint32_t>(scale) << 16 : 0x3f800000u;
  device::SfpuUnary(approx ? emu::SfpuOp::kExpApproximate : emu::SfpuOp::kExp, idst, vector_mode, factor, 0, 0, line);
}

// The same by the packer's thread, so that it goes on beside the math unit.
template <bool approx = false, uint32_t scale = 0x3F800000,
          InputClamping input_clamping = InputClamping::ClampToNegative, bool is_fp32_dest_acc_en = false>
ALWI void exp_packthread_tile_init(uint32_t line = __builtin_LINE()) {
  exp_tile_init<approx, scale, input_clamping>(line);
}

template <bool approx = false, bool scale_en = false, InputClamping input_clamping = InputClamping::ClampToNegative,
          int iterations = 8, bool is_fp32_dest_acc_en = false>
ALWI void exp_packthread_tile(uint32_t idst, VectorMode vector_mode = VectorMode::RC,
                              uint16_t scale = p_sfpu::kCONST_1_FP16B, uint32_t line = __builtin_LINE()) {
  const uint32_t factor = scale_en ? static_cast<uint32_t>(scale) << 16 : 0x3f800000u;
  device::SfpuUnaryOnPacker(approx ? emu::SfpuOp::kExpApproximate : emu::SfpuOp::kExp, idst, vector_mode, factor, 0, 0,
                            line);
}

}  // namespace ckernel
