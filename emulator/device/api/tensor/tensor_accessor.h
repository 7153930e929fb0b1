// TensorAccessor: NoC addresses of the pages of a tensor, interleaved over DRAM or L1, or sharded over banks.
#pragma once

#include <cstdint>
#include <type_traits>

#include "api/debug/assert.h"
#include "api/tensor/page.h"
#include "api/tensor/tensor_accessor_args.h"
#include "internal/addrgen.h"

namespace tensor_accessor {
// What TensorAccessor is a template over; interleaved tensors differ in their memory alone.
template <bool Dram>
struct InterleavedSpec {
  static constexpr bool is_dram = Dram;
  static constexpr bool is_interleaved = true;
};
template <typename Args>
struct ShardedSpec {
  static constexpr bool is_dram = Args::is_dram;
  static constexpr bool is_interleaved = false;
};
template <typename Args>
using SpecOf = std::conditional_t<Args::is_sharded, ShardedSpec<Args>, InterleavedSpec<Args::is_dram>>;

// Tensor and shards in pages, and their banks.
class Distribution {
 public:
  template <typename Args>
  explicit Distribution(const Args& args)
      : rank_(args.get_rank()), num_banks_(args.get_num_banks()), contiguous_(args.resolve_shard_contiguous()) {
    ASSERT(rank_ > 0 && rank_ <= MAX_RANK && num_banks_ > 0 && num_banks_ <= kMaxBanks);
    for (std::uint32_t i = rank_; i-- > 0;) {
      tensor_shape_[i] = args.tensor_extent(i);
      shard_shape_[i] = args.shard_extent(i);
      ASSERT(tensor_shape_[i] > 0 && shard_shape_[i] > 0);
      shard_grid_[i] = (tensor_shape_[i] - 1) / shard_shape_[i] + 1;
      shard_strides_[i] = shard_volume_;
      shard_grid_strides_[i] = num_shards_;
      tensor_volume_ *= tensor_shape_[i];
      shard_volume_ *= shard_shape_[i];
      num_shards_ *= shard_grid_[i];
    }
    for (std::uint32_t i = 0; i < num_banks_; ++i) packed_xy_coords_[i] = args.bank_coordinates(i);
  }

  std::uint32_t rank() const { return rank_; }
  std::uint32_t num_banks() const { return num_banks_; }
  bool resolve_shard_contiguous() const { return contiguous_; }
  const std::uint32_t* tensor_shape() const { return tensor_shape_; }
  const std::uint32_t* shard_shape() const { return shard_shape_; }
  const std::uint32_t* shard_grid() const { return shard_grid_; }
  const std::uint32_t* shard_grid_strides() const { return shard_grid_strides_; }
  const std::uint32_t* shard_strides() const { return shard_strides_; }
  std::uint32_t tensor_volume() const { return tensor_volume_; }
  std::uint32_t shard_volume() const { return shard_volume_; }
  std::uint32_t num_shards() const { return num_shards_; }
  const std::uint16_t* packed_xy_coords() const { return packed_xy_coords_; }
  // The page at a place in a shard; false beyond the tensor's edge.
  bool PageOf(std::uint32_t shard, std::uint32_t inside, std::uint32_t& page) const {
    page = 0;
    for (std::uint32_t i = 0; i < rank_; ++i) {
      const std::uint32_t at = shard / shard_grid_strides_[i] % shard_grid_[i] * shard_shape_[i] +
                               inside / shard_strides_[i] % shard_shape_[i];
      if (at >= tensor_shape_[i]) return false;
      page = page * tensor_shape_[i] + at;
    }
    return true;
  }

 private:
  static constexpr std::uint32_t kMaxBanks = 256;
  std::uint32_t rank_, num_banks_;
  bool contiguous_;
  std::uint32_t tensor_volume_ = 1, shard_volume_ = 1, num_shards_ = 1;
  std::uint32_t tensor_shape_[MAX_RANK], shard_shape_[MAX_RANK], shard_grid_[MAX_RANK];
  std::uint32_t shard_grid_strides_[MAX_RANK], shard_strides_[MAX_RANK];
  std::uint16_t packed_xy_coords_[kMaxBanks];
};
}  // namespace tensor_accessor

// Interleaved.
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
  // The accessor does not know how many pages there are.
  tensor_accessor::Pages<TensorAccessor> pages(std::uint32_t first, std::uint32_t end, std::uint8_t = noc_index) const {
    return {*this, first, end};
  }
  std::uint32_t get_aligned_page_size() const { return page_size; }
  std::uint32_t get_bank_base_address() const { return bank_base_address; }

  std::uint32_t bank_base_address;
  std::uint32_t page_size;  // bytes
};

template <typename Args>
struct TensorAccessor<tensor_accessor::ShardedSpec<Args>> {
  using DSpec = tensor_accessor::ShardedSpec<Args>;
  static constexpr bool is_dram = DSpec::is_dram;

  TensorAccessor(const Args& args, std::uint32_t bank_base_address_in)
      : TensorAccessor(args, bank_base_address_in, args.get_aligned_page_size()) {}
  TensorAccessor(const Args& args, std::uint32_t bank_base_address_in, std::uint32_t page_size_in)
      : distribution_(args), bank_base_address_(bank_base_address_in), aligned_page_size_(page_size_in) {}

  struct PageMapping {
    std::size_t bank_id;
    std::size_t bank_page_offset;
  };

  const tensor_accessor::Distribution& dspec() const { return distribution_; }
  std::uint32_t get_aligned_page_size() const { return aligned_page_size_; }
  std::uint32_t get_bank_base_address() const { return bank_base_address_; }

  std::uint64_t get_noc_addr(std::uint32_t page_id, std::uint32_t offset = 0, std::uint8_t = noc_index) const {
    return Address(get_bank_and_offset(page_id), offset);
  }
  template <typename ArrType>
    requires requires(const ArrType& a) { a[0]; }
  std::uint64_t get_noc_addr(const ArrType& page_coord, std::uint32_t offset = 0, std::uint8_t = noc_index) const {
    return Address(get_bank_and_offset(page_coord), offset);
  }
  std::uint64_t get_shard_noc_addr(std::uint32_t shard_id, std::uint32_t offset = 0, std::uint8_t = noc_index) const {
    return Address(OfShard(shard_id, 0), offset);
  }

  // All of the tensor, all of a shard, or from `first` to before `end`.
  tensor_accessor::Pages<TensorAccessor> pages(std::uint32_t first = 0, std::uint32_t end = 0,
                                               std::uint8_t = noc_index) const {
    return {*this, first, end == 0 ? distribution_.tensor_volume() : end};
  }
  tensor_accessor::ShardPages<TensorAccessor> shard_pages(std::uint32_t shard_id, std::uint32_t first = 0,
                                                          std::uint32_t end = 0, std::uint8_t = noc_index) const {
    return {*this, shard_id, first, end == 0 ? distribution_.shard_volume() : end};
  }

  PageMapping get_bank_and_offset(std::uint32_t page_id) const {
    ASSERT(page_id < distribution_.tensor_volume());
    std::uint32_t page_coord[tensor_accessor::MAX_RANK];
    for (std::uint32_t i = distribution_.rank(); i-- > 0;) {
      page_coord[i] = page_id % distribution_.tensor_shape()[i];
      page_id /= distribution_.tensor_shape()[i];
    }
    return get_bank_and_offset(page_coord);
  }
  template <typename ArrType>
    requires requires(const ArrType& a) { a[0]; }
  PageMapping get_bank_and_offset(const ArrType& page_coord) const {
    std::size_t shard = 0, inside = 0;
    for (std::uint32_t i = 0; i < distribution_.rank(); ++i) {
      ASSERT(page_coord[i] < distribution_.tensor_shape()[i]);
      shard += page_coord[i] / distribution_.shard_shape()[i] * distribution_.shard_grid_strides()[i];
      inside += page_coord[i] % distribution_.shard_shape()[i] * distribution_.shard_strides()[i];
    }
    return OfShard(shard, inside);
  }

  bool is_local_page(std::uint32_t page_id, std::uint8_t = noc_index) const {
    return IsLocal(get_bank_and_offset(page_id).bank_id);
  }
  bool is_local_shard(std::uint32_t shard_id, std::uint8_t = noc_index) const {
    return IsLocal(OfShard(shard_id, 0).bank_id);
  }

 private:
  PageMapping OfShard(std::size_t shard, std::size_t inside) const {
    const std::size_t banks = distribution_.num_banks(), volume = distribution_.shard_volume();
    if (distribution_.resolve_shard_contiguous()) {
      const std::size_t per_bank = distribution_.num_shards() / banks;
      return {shard / per_bank, shard % per_bank * volume + inside};
    }
    return {shard % banks, shard / banks * volume + inside};
  }
  std::uint32_t BankX(std::size_t bank) const { return distribution_.packed_xy_coords()[bank] >> 8; }
  std::uint32_t BankY(std::size_t bank) const { return distribution_.packed_xy_coords()[bank] & 0xff; }
  bool IsLocal(std::size_t bank) const {
    return !is_dram && BankX(bank) == get_absolute_logical_x() && BankY(bank) == get_absolute_logical_y();
  }
  std::uint64_t Address(const PageMapping& at, std::uint32_t offset) const {
    const auto local =
        static_cast<std::uint32_t>(bank_base_address_ + at.bank_page_offset * aligned_page_size_ + offset);
    return is_dram ? tltt::emu::device::BankAddress(true, BankX(at.bank_id), local)
                   : tltt::emu::device::WorkerAddress(BankX(at.bank_id), BankY(at.bank_id), local);
  }

  tensor_accessor::Distribution distribution_;
  std::uint32_t bank_base_address_, aligned_page_size_;
};

template <std::size_t CTA_OFFSET, std::size_t CRTA_OFFSET>
TensorAccessor(const TensorAccessorArgs<CTA_OFFSET, CRTA_OFFSET>&, std::uint32_t)
    -> TensorAccessor<tensor_accessor::SpecOf<TensorAccessorArgs<CTA_OFFSET, CRTA_OFFSET>>>;
template <std::size_t CTA_OFFSET, std::size_t CRTA_OFFSET>
TensorAccessor(const TensorAccessorArgs<CTA_OFFSET, CRTA_OFFSET>&, std::uint32_t, std::uint32_t)
    -> TensorAccessor<tensor_accessor::SpecOf<TensorAccessorArgs<CTA_OFFSET, CRTA_OFFSET>>>;
