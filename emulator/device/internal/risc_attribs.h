// Attributes and constants of the data-movement cores. NOC_INDEX and ARCH_* come with the precompiled header.
#pragma once

#include <cstdint>

#define tt_l1_ptr
#define tt_reg_ptr
#ifndef FORCE_INLINE
#define FORCE_INLINE inline __attribute__((always_inline))
#endif

using vptr_uint = volatile std::uint32_t*;
using tt_l1_vptr = volatile std::uint32_t*;

constexpr std::uint8_t noc_index = NOC_INDEX;

// L1 that always reads as zero; l1_layout.h of the engine says the same.
inline constexpr std::uint32_t MEM_ZEROS_BASE = 0x1000;
inline constexpr std::uint32_t MEM_ZEROS_SIZE = 512;

#if defined(ARCH_BLACKHOLE)
inline constexpr std::uint32_t NOC_MAX_BURST_SIZE = 16384, L1_ALIGNMENT = 16, DRAM_ALIGNMENT = 64;
#else
inline constexpr std::uint32_t NOC_MAX_BURST_SIZE = 8192, L1_ALIGNMENT = 16, DRAM_ALIGNMENT = 32;
#endif
inline constexpr std::uint32_t NOC_UNICAST_WRITE_VC = 1, NOC_MULTICAST_WRITE_VC = 4;
inline constexpr std::uint32_t INVALID = 0, VALID = 1;
