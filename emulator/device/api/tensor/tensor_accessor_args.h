// TensorAccessorArgs<N>: where in the compile-time arguments a tensor is described. Interleaved tensors take two:
// a configuration word (bit 1: in DRAM) and the aligned page size in bytes.
#pragma once

#include <cstddef>
#include <cstdint>

#include "api/compile_time_args.h"
#include "internal/kernel_args.h"

namespace tensor_accessor {
inline constexpr std::size_t UNKNOWN = static_cast<std::size_t>(-1);
enum class ArgConfig : std::uint8_t {
  None = 0,
  Sharded = 1,
  IsDram = 2,
  RuntimeRank = 4,
  RuntimeNumBanks = 8,
  RuntimeTensorShape = 16,
  RuntimeShardShape = 32,
  RuntimeBankCoords = 64,
  RuntimePageSize = 128,
};
}  // namespace tensor_accessor

template <std::size_t CTA_OFFSET, std::size_t CRTA_OFFSET = tensor_accessor::UNKNOWN>
struct TensorAccessorArgs {
  static constexpr std::uint32_t config = get_compile_time_arg_val(CTA_OFFSET);
  static constexpr bool is_sharded = config & static_cast<std::uint32_t>(tensor_accessor::ArgConfig::Sharded);
  static constexpr bool is_dram = config & static_cast<std::uint32_t>(tensor_accessor::ArgConfig::IsDram);
  static constexpr bool page_size_is_crta =
      config & static_cast<std::uint32_t>(tensor_accessor::ArgConfig::RuntimePageSize);
  static_assert(!is_sharded, "the emulator has interleaved tensors only so far, this one is sharded");

  static constexpr std::uint32_t AlignedPageSize = [] {
    if constexpr (page_size_is_crta) {
      return 0u;
    } else {
      return get_compile_time_arg_val(CTA_OFFSET + 1);
    }
  }();

  constexpr TensorAccessorArgs() = default;
  constexpr explicit TensorAccessorArgs(std::uint32_t crta_offset) : crta_offset_(crta_offset) {
    static_assert(CRTA_OFFSET == tensor_accessor::UNKNOWN,
                  "the common argument's offset is a template argument already");
  }

  constexpr std::uint32_t crta_offset() const {
    if constexpr (CRTA_OFFSET != tensor_accessor::UNKNOWN) {
      return CRTA_OFFSET;
    } else {
      return crta_offset_;
    }
  }
  constexpr std::uint32_t get_aligned_page_size() const {
    if constexpr (page_size_is_crta) {
      return get_common_arg_val<std::uint32_t>(crta_offset());
    } else {
      return AlignedPageSize;
    }
  }
  static constexpr std::uint32_t num_compile_time_args() { return page_size_is_crta ? 1 : 2; }
  static constexpr std::uint32_t next_compile_time_args_offset() { return CTA_OFFSET + num_compile_time_args(); }
  constexpr std::uint32_t num_common_runtime_args() const { return page_size_is_crta ? 1 : 0; }
  constexpr std::uint32_t next_common_runtime_args_offset() const { return crta_offset() + num_common_runtime_args(); }

 private:
  std::uint32_t crta_offset_ = 0;
};
