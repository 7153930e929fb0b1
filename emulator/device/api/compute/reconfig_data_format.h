// Change of the formats that unpackers and packer are configured for. Overloads with old operands ignore them.
#pragma once

#include <cstdint>

#include "api/compute/common_globals.h"

namespace ckernel {

template <SrcOrder src_order = SrcOrder::Regular>
ALWI void reconfig_data_format(const uint32_t icb0_new_operand, const uint32_t icb1_new_operand,
                               uint32_t line = __builtin_LINE()) {
  constexpr bool reverse = src_order == SrcOrder::Reverse;
  device::ReconfigSrcA(reverse ? icb1_new_operand : icb0_new_operand, line);
  device::ReconfigSrcB(reverse ? icb0_new_operand : icb1_new_operand, line);
}

template <SrcOrder src_order = SrcOrder::Regular>
ALWI void reconfig_data_format(const uint32_t, const uint32_t icb0_new_operand, const uint32_t,
                               const uint32_t icb1_new_operand, uint32_t line = __builtin_LINE()) {
  reconfig_data_format<src_order>(icb0_new_operand, icb1_new_operand, line);
}

ALWI void reconfig_data_format_srca(const uint32_t srca_new_operand) { device::ReconfigSrcA(srca_new_operand, 0); }
ALWI void reconfig_data_format_srca(const uint32_t, const uint32_t srca_new_operand) {
  device::ReconfigSrcA(srca_new_operand, 0);
}

ALWI void reconfig_data_format_srcb(const uint32_t srcb_new_operand) { device::ReconfigSrcB(srcb_new_operand, 0); }
ALWI void reconfig_data_format_srcb(const uint32_t, const uint32_t srcb_new_operand) {
  device::ReconfigSrcB(srcb_new_operand, 0);
}

template <SrcOrder src_order = SrcOrder::Regular>
ALWI void reconfig_full_operand(const uint32_t icb0_new_operand, const uint32_t icb1_new_operand,
                                uint32_t line = __builtin_LINE()) {
  constexpr bool reverse = src_order == SrcOrder::Reverse;
  device::ReconfigSrcA(reverse ? icb1_new_operand : icb0_new_operand, line);
  device::ReconfigSrcB(reverse ? icb0_new_operand : icb1_new_operand, line);
}

template <SrcOrder src_order = SrcOrder::Regular>
ALWI void reconfig_full_operand(const uint32_t, const uint32_t icb0_new_operand, const uint32_t,
                                const uint32_t icb1_new_operand, uint32_t line = __builtin_LINE()) {
  reconfig_full_operand<src_order>(icb0_new_operand, icb1_new_operand, line);
}

ALWI void reconfig_full_operand_srca(const uint32_t srca_new_operand) { device::ReconfigSrcA(srca_new_operand, 0); }
ALWI void reconfig_full_operand_srca(const uint32_t, const uint32_t srca_new_operand) {
  device::ReconfigSrcA(srca_new_operand, 0);
}

ALWI void reconfig_full_operand_srcb(const uint32_t srcb_new_operand) { device::ReconfigSrcB(srcb_new_operand, 0); }
ALWI void reconfig_full_operand_srcb(const uint32_t, const uint32_t srcb_new_operand) {
  device::ReconfigSrcB(srcb_new_operand, 0);
}

template <SrcOrder src_order = SrcOrder::Regular>
ALWI void reconfig_data_format_skip_int8(const uint32_t icb0_new_operand, const uint32_t icb1_new_operand,
                                         uint32_t line = __builtin_LINE()) {
  constexpr bool reverse = src_order == SrcOrder::Reverse;
  device::ReconfigSrcA(reverse ? icb1_new_operand : icb0_new_operand, line);
  device::ReconfigSrcB(reverse ? icb0_new_operand : icb1_new_operand, line);
}

template <SrcOrder src_order = SrcOrder::Regular>
ALWI void reconfig_data_format_skip_int8(const uint32_t, const uint32_t icb0_new_operand, const uint32_t,
                                         const uint32_t icb1_new_operand, uint32_t line = __builtin_LINE()) {
  reconfig_data_format_skip_int8<src_order>(icb0_new_operand, icb1_new_operand, line);
}

ALWI void reconfig_data_format_srca_skip_int8(const uint32_t srca_new_operand) {
  device::ReconfigSrcA(srca_new_operand, 0);
}
ALWI void reconfig_data_format_srca_skip_int8(const uint32_t, const uint32_t srca_new_operand) {
  device::ReconfigSrcA(srca_new_operand, 0);
}

ALWI void reconfig_data_format_srcb_skip_int8(const uint32_t srcb_new_operand) {
  device::ReconfigSrcB(srcb_new_operand, 0);
}
ALWI void reconfig_data_format_srcb_skip_int8(const uint32_t, const uint32_t srcb_new_operand) {
  device::ReconfigSrcB(srcb_new_operand, 0);
}

template <bool is_tile_dim_reconfig_en = false>
ALWI void pack_reconfig_data_format(const uint32_t new_cb_id) {
  device::ReconfigPack(new_cb_id, 0);
}

template <bool is_tile_dim_reconfig_en = false>
ALWI void pack_reconfig_data_format(const uint32_t, const uint32_t new_cb_id) {
  device::ReconfigPack(new_cb_id, 0);
}

// Tiles are always 32x32 here, so that their shape has nothing to change.
template <SrcOrder src_order = SrcOrder::Regular>
ALWI void reconfig_tile_shape(const uint32_t, const uint32_t) {}
template <SrcOrder src_order = SrcOrder::Regular>
ALWI void reconfig_tile_shape(const uint32_t, const uint32_t, const uint32_t, const uint32_t) {}
ALWI void reconfig_tile_shape_srca(const uint32_t) {}
ALWI void reconfig_tile_shape_srca(const uint32_t, const uint32_t) {}
ALWI void reconfig_tile_shape_srcb(const uint32_t) {}
ALWI void reconfig_tile_shape_srcb(const uint32_t, const uint32_t) {}

}  // namespace ckernel
