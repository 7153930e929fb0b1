// TensorAccessorArgs<N>: where in the compile-time arguments a tensor is described. Interleaved tensors take two: a
// configuration word (bit 1: in DRAM) and the aligned page size in bytes. Sharded ones (bit 0) go on with rank, number
// of banks (top bit: consecutive shards share a bank), tensor shape and shard shape in pages, and the banks'
// coordinates, two to a word, each x << 8 | y. Every one of these may be a common runtime argument instead, as the
// configuration says.
#pragma once

#include <cstddef>
#include <cstdint>

#include "api/compile_time_args.h"
#include "internal/kernel_args.h"

namespace tensor_accessor {
inline constexpr std::size_t UNKNOWN = static_cast<std::size_t>(-1);
inline constexpr std::uint32_t MAX_RANK = 8;
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
inline constexpr std::uint32_t ShardContiguousBit = 1u << 31;
}  // namespace tensor_accessor

template <std::size_t CTA_OFFSET, std::size_t CRTA_OFFSET = tensor_accessor::UNKNOWN>
struct TensorAccessorArgs {
  static constexpr std::uint32_t config = get_compile_time_arg_val(CTA_OFFSET);
  static constexpr bool Has(tensor_accessor::ArgConfig bit) { return config & static_cast<std::uint32_t>(bit); }
  static constexpr bool is_sharded = Has(tensor_accessor::ArgConfig::Sharded);
  static constexpr bool is_dram = Has(tensor_accessor::ArgConfig::IsDram);
  static constexpr bool rank_is_crta = is_sharded && Has(tensor_accessor::ArgConfig::RuntimeRank);
  static constexpr bool num_banks_is_crta = is_sharded && Has(tensor_accessor::ArgConfig::RuntimeNumBanks);
  static constexpr bool tensor_shape_is_crta = is_sharded && Has(tensor_accessor::ArgConfig::RuntimeTensorShape);
  static constexpr bool shard_shape_is_crta = is_sharded && Has(tensor_accessor::ArgConfig::RuntimeShardShape);
  static constexpr bool bank_coords_is_crta = is_sharded && Has(tensor_accessor::ArgConfig::RuntimeBankCoords);
  static constexpr bool page_size_is_crta = Has(tensor_accessor::ArgConfig::RuntimePageSize);
  static_assert(!rank_is_crta || (tensor_shape_is_crta && shard_shape_is_crta),
                "If rank is runtime, tensor_shape and shard_shape must also be runtime");
  static_assert(!num_banks_is_crta || bank_coords_is_crta, "If num_banks is runtime, bank_coords must also be runtime");
  static_assert(!is_sharded || !page_size_is_crta, "RuntimePageSize is not supported on sharded tensors");

  static constexpr std::uint32_t AlignedPageSize = [] {
    if constexpr (page_size_is_crta) {
      return 0u;
    } else {
      return get_compile_time_arg_val(CTA_OFFSET + 1);
    }
  }();

  static constexpr std::uint32_t RankCTAOffset = CTA_OFFSET + 2;
  static constexpr std::uint32_t NumBanksCTAOffset = RankCTAOffset + (rank_is_crta ? 0 : 1);
  static constexpr std::uint32_t RankCT = [] {
    if constexpr (is_sharded && !rank_is_crta) {
      return get_compile_time_arg_val(RankCTAOffset);
    } else {
      return 0u;
    }
  }();
  static constexpr std::uint32_t NumBanksRawCT = [] {
    if constexpr (is_sharded && !num_banks_is_crta) {
      return get_compile_time_arg_val(NumBanksCTAOffset);
    } else {
      return 0u;
    }
  }();
  static constexpr std::uint32_t NumBanksCT = NumBanksRawCT & ~tensor_accessor::ShardContiguousBit;
  static_assert(!is_sharded || rank_is_crta || RankCT > 0, "Rank must be greater than 0!");
  static_assert(!is_sharded || num_banks_is_crta || NumBanksCT > 0, "Number of banks must be greater than 0!");

  static constexpr std::uint32_t TensorShapeCTAOffset = NumBanksCTAOffset + (num_banks_is_crta ? 0 : 1);
  static constexpr std::uint32_t ShardShapeCTAOffset = TensorShapeCTAOffset + (tensor_shape_is_crta ? 0 : RankCT);
  static constexpr std::uint32_t BankCoordsCTAOffset = ShardShapeCTAOffset + (shard_shape_is_crta ? 0 : RankCT);
  static constexpr std::uint32_t NumArgsCT =
      is_sharded ? BankCoordsCTAOffset + (bank_coords_is_crta ? 0 : (NumBanksCT + 1) / 2) - CTA_OFFSET
                 : (page_size_is_crta ? 1 : 2);

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
  constexpr std::uint32_t get_rank() const {
    if constexpr (rank_is_crta) {
      return get_common_arg_val<std::uint32_t>(crta_offset());
    } else {
      return RankCT;
    }
  }
  constexpr std::uint32_t num_banks_crta_offset() const { return crta_offset() + rank_is_crta; }
  constexpr std::uint32_t num_banks_word() const {
    if constexpr (num_banks_is_crta) {
      return get_common_arg_val<std::uint32_t>(num_banks_crta_offset());
    } else {
      return NumBanksRawCT;
    }
  }
  constexpr std::uint32_t get_num_banks() const { return num_banks_word() & ~tensor_accessor::ShardContiguousBit; }
  constexpr bool resolve_shard_contiguous() const { return num_banks_word() & tensor_accessor::ShardContiguousBit; }
  constexpr std::uint32_t get_physical_num_banks() const { return (get_num_banks() + 1) / 2; }
  constexpr std::uint32_t tensor_shape_crta_offset() const { return num_banks_crta_offset() + num_banks_is_crta; }
  constexpr std::uint32_t shard_shape_crta_offset() const {
    return tensor_shape_crta_offset() + (tensor_shape_is_crta ? get_rank() : 0);
  }
  constexpr std::uint32_t bank_coords_crta_offset() const {
    return shard_shape_crta_offset() + (shard_shape_is_crta ? get_rank() : 0);
  }

  // Element `axis` of the shapes, and coordinates x << 8 | y of a bank.
  std::uint32_t tensor_extent(std::uint32_t axis) const {
    return tensor_shape_is_crta ? get_common_arg_val<std::uint32_t>(tensor_shape_crta_offset() + axis)
                                : kernel_compile_time_args[TensorShapeCTAOffset + axis];
  }
  std::uint32_t shard_extent(std::uint32_t axis) const {
    return shard_shape_is_crta ? get_common_arg_val<std::uint32_t>(shard_shape_crta_offset() + axis)
                               : kernel_compile_time_args[ShardShapeCTAOffset + axis];
  }
  std::uint16_t bank_coordinates(std::uint32_t bank) const {
    const std::uint32_t word = bank_coords_is_crta
                                   ? get_common_arg_val<std::uint32_t>(bank_coords_crta_offset() + bank / 2)
                                   : kernel_compile_time_args[BankCoordsCTAOffset + bank / 2];
    return static_cast<std::uint16_t>(bank % 2 ? word >> 16 : word);
  }

  static constexpr std::uint32_t num_compile_time_args() { return NumArgsCT; }
  static constexpr std::uint32_t next_compile_time_args_offset() { return CTA_OFFSET + num_compile_time_args(); }
  constexpr std::uint32_t num_common_runtime_args() const {
    if constexpr (!is_sharded) {
      return page_size_is_crta ? 1 : 0;
    } else {
      return bank_coords_crta_offset() + (bank_coords_is_crta ? get_physical_num_banks() : 0) - crta_offset();
    }
  }
  constexpr std::uint32_t next_common_runtime_args_offset() const { return crta_offset() + num_common_runtime_args(); }

 private:
  std::uint32_t crta_offset_ = 0;
};
