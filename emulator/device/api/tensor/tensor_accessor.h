// TensorAccessor: NoC addresses of the pages of a tensor. Interleaved over DRAM or L1.
#pragma once

#include <cstdint>
#include <type_traits>

#include "api/tensor/tensor_accessor_args.h"
#include "internal/addrgen.h"

namespace tensor_accessor {
// What TensorAccessor is a template over; interleaved tensors differ in their memory alone.
template <bool Dram>
struct InterleavedSpec {
  static constexpr bool is_dram = Dram;
};
}  // namespace tensor_accessor

template <typename DSpecT>
struct TensorAccessor {
  using DSpec = DSpecT;
  static constexpr bool is_dram = DSpec::is_dram;

  template <std::size_t CTA_OFFSET, std::size_t CRTA_OFFSET>
  TensorAccessor(const TensorAccessorArgs<CTA_OFFSET, CRTA_OFFSET>& args, std::uint32_t bank_base_address_in)
      : bank_base_address(bank_base_address_in), page_size(args.get_aligned_page_size()) {}
  template <std::size_t CTA_OFFSET, std::size_t CRTA_OFFSET>
  TensorAccessor(const TensorAccessorArgs<CTA_OFFSET, CRTA_OFFSET>&, std::uint32_t bank_base_address_in,
                 std::uint32_t page_size_in)
      : bank_base_address(bank_base_address_in), page_size(page_size_in) {}

  std::uint64_t get_noc_addr(const std::uint32_t page_id, const std::uint32_t offset = 0,
                             std::uint8_t = noc_index) const {
    return tltt::emu::device::PageAddress(is_dram, page_id, bank_base_address, page_size, offset);
  }
  std::uint32_t get_aligned_page_size() const { return page_size; }
  std::uint32_t get_bank_base_address() const { return bank_base_address; }

  std::uint32_t bank_base_address;
  std::uint32_t page_size;  // bytes
};

template <std::size_t CTA_OFFSET, std::size_t CRTA_OFFSET>
TensorAccessor(const TensorAccessorArgs<CTA_OFFSET, CRTA_OFFSET>&, std::uint32_t)
    -> TensorAccessor<tensor_accessor::InterleavedSpec<TensorAccessorArgs<CTA_OFFSET, CRTA_OFFSET>::is_dram>>;
template <std::size_t CTA_OFFSET, std::size_t CRTA_OFFSET>
TensorAccessor(const TensorAccessorArgs<CTA_OFFSET, CRTA_OFFSET>&, std::uint32_t, std::uint32_t)
    -> TensorAccessor<tensor_accessor::InterleavedSpec<TensorAccessorArgs<CTA_OFFSET, CRTA_OFFSET>::is_dram>>;
