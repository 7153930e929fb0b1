// How the LLK calls vector code of a kernel's own: once for each face that the mode names, dst_reg[0] being the face's
// first vector. For one tile the function finds that tile there; for two or three their numbers are its first
// arguments.
#pragma once

#include <cstdint>
#include <type_traits>
#include <utility>

#include "internal/compute_runtime.h"
#include "sfpi.h"

namespace tltt::emu::device {

inline constexpr uint32_t kFaceVectors = 8, kTileVectors = 4 * kFaceVectors;

template <typename Body>
void ForFacesOfVectors(uint32_t first, VectorMode mode, uint32_t line, Body body) {
  VectorState& state = Vectors();
  VectorCodeBegins(line);
  const auto face = [&](uint32_t index) {
    state.base = first + index * kFaceVectors;
    body();
  };
  switch (mode) {
    case VectorMode::RC:
      for (uint32_t index = 0; index < 4; ++index) face(index);
      break;
    case VectorMode::R:
      face(0);
      face(1);
      break;
    case VectorMode::C:
      face(0);
      face(2);
      break;
    default:
      face(0);
  }
  state.base = 0;
}

inline VectorMode ModeOf(int mode) { return static_cast<VectorMode>(mode); }
inline VectorMode ModeOf(VectorMode mode) { return mode; }

}  // namespace tltt::emu::device

namespace ckernel {

template <bool approximate = false, typename Function, typename Mode = VectorMode, typename... Args>
void _llk_math_eltwise_unary_sfpu_params_(Function&& function, std::uint32_t dst, Mode mode = VectorMode::RC,
                                          Args&&... args) {
  tltt::emu::device::ForFacesOfVectors(dst * tltt::emu::device::kTileVectors, tltt::emu::device::ModeOf(mode), 0,
                                       [&] { function(args...); });
}
template <bool approximate = false, typename Function, typename Mode = VectorMode, typename... Args>
void _llk_math_eltwise_binary_sfpu_params_(Function&& function, std::uint32_t in0, std::uint32_t in1, std::uint32_t out,
                                           Mode mode = VectorMode::RC, Args&&... args) {
  tltt::emu::device::ForFacesOfVectors(0, tltt::emu::device::ModeOf(mode), 0,
                                       [&] { function(in0, in1, out, args...); });
}
template <bool approximate = false, typename Function, typename Mode = VectorMode, typename... Args>
void _llk_math_eltwise_ternary_sfpu_params_(Function&& function, std::uint32_t in0, std::uint32_t in1,
                                            std::uint32_t in2, std::uint32_t out, Mode mode = VectorMode::RC,
                                            Args&&... args) {
  tltt::emu::device::ForFacesOfVectors(0, tltt::emu::device::ModeOf(mode), 0,
                                       [&] { function(in0, in1, in2, out, args...); });
}

}  // namespace ckernel

#define TLTT_EXPAND(...) __VA_ARGS__
#define SFPU_UNARY_CALL(SYNC, ACCUM, FN, TEMPLATES, DST, MODE, ...) \
  ::ckernel::_llk_math_eltwise_unary_sfpu_params_(::ckernel::sfpu::FN<TLTT_EXPAND TEMPLATES>, DST, MODE, ##__VA_ARGS__)
#define SFPU_UNARY_CALL_NO_TEMPLATE_ARGS(SYNC, ACCUM, FN, DST, MODE, ...) \
  ::ckernel::_llk_math_eltwise_unary_sfpu_params_(::ckernel::sfpu::FN, DST, MODE, ##__VA_ARGS__)
#define SFPU_BINARY_CALL(SYNC, ACCUM, FN, TEMPLATES, IN0, IN1, OUT, MODE, ...)                                      \
  ::ckernel::_llk_math_eltwise_binary_sfpu_params_(::ckernel::sfpu::FN<TLTT_EXPAND TEMPLATES>, IN0, IN1, OUT, MODE, \
                                                   ##__VA_ARGS__)
#define SFPU_BINARY_CALL_NO_TEMPLATE_ARGS(SYNC, ACCUM, FN, IN0, IN1, OUT, MODE, ...) \
  ::ckernel::_llk_math_eltwise_binary_sfpu_params_(::ckernel::sfpu::FN, IN0, IN1, OUT, MODE, ##__VA_ARGS__)
#define SFPU_TERNARY_CALL_NO_TEMPLATE_ARGS(SYNC, ACCUM, FN, IN0, IN1, IN2, OUT, MODE, ...) \
  ::ckernel::_llk_math_eltwise_ternary_sfpu_params_(::ckernel::sfpu::FN, IN0, IN1, IN2, OUT, MODE, ##__VA_ARGS__)

// Kernels name the vectors without their namespace.
using sfpi::dst_reg;
using sfpi::vFloat;
using sfpi::vInt;
using sfpi::vUInt;
