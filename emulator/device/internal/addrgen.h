// Address generators of interleaved buffers, and NoC addresses of cores and banks.
#pragma once

#include <cstdint>

#include "internal/data_format.h"
#include "internal/risc_attribs.h"
#include "tltt_device.h"

FORCE_INLINE std::uint64_t get_noc_addr(std::uint32_t noc_x, std::uint32_t noc_y, std::uint32_t addr,
                                        std::uint8_t = noc_index) {
  return tltt::emu::device::WorkerAddress(noc_x, noc_y, addr);
}
// An address of this core's own L1.
FORCE_INLINE std::uint64_t get_noc_addr(std::uint32_t addr, std::uint8_t = noc_index) {
  return tltt::emu::device::SelfAddress(addr);
}
FORCE_INLINE std::uint64_t get_noc_multicast_addr(std::uint32_t noc_x_start, std::uint32_t noc_y_start,
                                                  std::uint32_t noc_x_end, std::uint32_t noc_y_end, std::uint32_t addr,
                                                  std::uint8_t = noc_index) {
  return tltt::emu::device::MulticastAddress(noc_x_start, noc_y_start, noc_x_end, noc_y_end, addr);
}
FORCE_INLINE std::uint64_t get_dram_noc_addr(const std::uint32_t id, const std::uint32_t page_size,
                                             const std::uint32_t bank_base_address, const std::uint32_t offset = 0,
                                             std::uint8_t = noc_index) {
  return tltt::emu::device::PageAddress(true, id, bank_base_address, page_size, offset);
}
FORCE_INLINE std::uint64_t get_l1_noc_addr(const std::uint32_t id, const std::uint32_t page_size,
                                           const std::uint32_t bank_base_address, const std::uint32_t offset = 0,
                                           std::uint8_t = noc_index) {
  return tltt::emu::device::PageAddress(false, id, bank_base_address, page_size, offset);
}
template <bool DRAM>
FORCE_INLINE std::uint64_t get_noc_addr_from_bank_id(std::uint32_t bank_id, std::uint32_t bank_address_offset,
                                                     std::uint8_t = noc_index) {
  return tltt::emu::device::BankAddress(DRAM, bank_id, bank_address_offset);
}

template <bool DRAM>
struct InterleavedAddrGen {
  static constexpr bool is_dram = DRAM;
  std::uint32_t bank_base_address;  // of the whole buffer
  std::uint32_t page_size;          // bytes

  std::uint64_t get_noc_addr(const std::uint32_t id, const std::uint32_t offset = 0, std::uint8_t = noc_index) const {
    return tltt::emu::device::PageAddress(DRAM, id, bank_base_address, page_size, offset);
  }
};

template <bool DRAM>
struct InterleavedPow2AddrGen {
  static constexpr bool is_dram = DRAM;
  const std::uint32_t bank_base_address;
  const std::uint32_t log_base_2_of_page_size;

  std::uint64_t get_noc_addr(const std::uint32_t id, const std::uint32_t offset = 0, std::uint8_t = noc_index) const {
    return tltt::emu::device::PageAddress(DRAM, id, bank_base_address, 1u << log_base_2_of_page_size, offset);
  }
};

template <bool DRAM>
struct InterleavedPow2AddrGenFast {
  static constexpr bool is_dram = DRAM;
  std::uint32_t bank_base_address;
  const std::uint32_t log_base_2_of_page_size;

  std::uint64_t get_noc_addr(const std::uint32_t id, const std::uint32_t offset = 0, std::uint8_t = noc_index) const {
    return tltt::emu::device::PageAddress(DRAM, id, bank_base_address, 1u << log_base_2_of_page_size, offset);
  }
};

namespace tltt::emu::device {
// Bytes of `count` tiles of tile_hw elements; block-float tiles carry one exponent byte for each 16 elements.
constexpr std::uint32_t TileSpan(DataFormat format, std::uint32_t tile_hw, std::uint32_t count) {
  const std::uint32_t exponents = tile_hw / 16 < 16 ? 16 : tile_hw / 16;
  switch (format) {
    case DataFormat::Float32:
    case DataFormat::Int32:
    case DataFormat::UInt32:
      return count * tile_hw * 4;
    case DataFormat::Float16:
    case DataFormat::Float16_b:
    case DataFormat::UInt16:
      return count * tile_hw * 2;
    case DataFormat::UInt8:
    case DataFormat::Int8:
      return count * tile_hw;
    case DataFormat::Bfp4:
    case DataFormat::Bfp4_b:
      return count * (tile_hw / 2 + exponents);
    case DataFormat::Bfp2:
    case DataFormat::Bfp2_b:
      return count * (tile_hw / 4 + exponents);
    default:
      return count * (tile_hw + exponents);
  }
}
}  // namespace tltt::emu::device

template <bool DRAM, std::uint32_t tile_hw = 1024>
struct InterleavedAddrGenFast {
  static constexpr bool is_dram = DRAM;
  std::uint32_t bank_base_address;
  std::uint32_t page_size;  // bytes
  DataFormat data_format;

  std::uint64_t get_noc_addr(const std::uint32_t id, const std::uint32_t offset = 0, std::uint8_t = noc_index) const {
    const std::uint32_t tile = tltt::emu::device::TileSpan(data_format, tile_hw, 1);
    return tltt::emu::device::PageAddress(DRAM, id, bank_base_address, tile, offset);
  }
};

// Bytes from page to page, whatever kind of generator it is.
template <typename AddrGen>
FORCE_INLINE std::uint32_t tltt_page_bytes(const AddrGen& a) {
  if constexpr (requires { a.get_aligned_page_size(); }) {
    return a.get_aligned_page_size();
  } else if constexpr (requires { a.page_size; }) {
    return a.page_size;
  } else {
    return 1u << a.log_base_2_of_page_size;
  }
}

template <typename AddrGen>
  requires requires(const AddrGen& a) { a.get_noc_addr(0u, 0u); }
FORCE_INLINE std::uint64_t get_noc_addr(const std::uint32_t id, const AddrGen& addrgen, std::uint32_t offset = 0,
                                        std::uint8_t noc = noc_index) {
  return addrgen.get_noc_addr(id, offset, noc);
}

template <bool DRAM, std::uint32_t page_size>
FORCE_INLINE auto get_interleaved_addr_gen(std::uint32_t base_addr) {
  return InterleavedAddrGen<DRAM>{.bank_base_address = base_addr, .page_size = page_size};
}
template <bool DRAM, bool is_size_pow2>
FORCE_INLINE auto get_interleaved_addr_gen(std::uint32_t base_addr, std::uint32_t page_size,
                                           std::uint32_t log2_page_size) {
  if constexpr (is_size_pow2) {
    return InterleavedPow2AddrGen<DRAM>{.bank_base_address = base_addr, .log_base_2_of_page_size = log2_page_size};
  } else {
    return InterleavedAddrGen<DRAM>{.bank_base_address = base_addr, .page_size = page_size};
  }
}
