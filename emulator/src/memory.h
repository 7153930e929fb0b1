// Device memory: the L1 images of all cores and the DRAM banks, with the buffers allocated in them.
#pragma once

#include <atomic>
#include <cstddef>
#include <cstdint>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "tltt/chip.h"
#include "tltt/emulator.h"

namespace tltt::emu {

// Lazily committed memory of the process; with `low`, below 2 GiB, so that 32-bit device addresses are host addresses.
class Mapping {
 public:
  Mapping(size_t bytes, bool low);
  ~Mapping();
  Mapping(const Mapping&) = delete;
  std::byte* data() const { return data_; }
  size_t bytes() const { return bytes_; }
  void Drop(size_t offset, size_t bytes);  // gives whole pages back to the system

 private:
  std::byte* data_;
  size_t bytes_;
};

// A buffer and which of its 32-byte granules were ever written. Pages may be marked by several cores at once.
class BufferState {
 public:
  static constexpr uint32_t kGranule = 32;

  // `sharded_banks`: numbers of the banks of buffer.shards.
  BufferState(const Buffer& buffer, uint32_t stride, uint32_t banks, std::vector<uint32_t> sharded_banks);
  const Buffer& buffer() const { return buffer_; }
  // Memory of the buffer is cells of one page, numbered slot * banks + bank. Interleaved pages fill them in order;
  // sharded ones lie where their shard does, and some cells hold none.
  uint64_t cells() const { return cells_; }
  uint64_t Cell(uint64_t page) const;
  std::string DescribeCell(uint64_t cell) const;  // "page 3 of ..." for messages
  uint32_t stride() const { return stride_; }     // bytes from page to page within a bank
  uint64_t extent() const { return extent_; }     // bytes in each bank
  void MarkAll() { all_.store(true, std::memory_order_relaxed); }
  // Byte range within one cell.
  void Mark(uint64_t cell, uint32_t offset, uint32_t bytes);
  bool Written(uint64_t cell, uint32_t offset, uint32_t bytes) const;
  // All marks, a word for 64 granules; none where everything is marked.
  std::vector<uint64_t> Marks() const;
  void SetMarks(const std::vector<uint64_t>& marks);

 private:
  Buffer buffer_;
  uint32_t stride_, banks_, words_per_page_;
  std::vector<uint32_t> sharded_banks_;
  uint64_t cells_, extent_;
  std::atomic<bool> all_{false};
  std::unique_ptr<std::atomic<uint64_t>[]> written_;
};

// First-fit allocation of address ranges that are the same in every bank.
class RangeAllocator {
 public:
  RangeAllocator(uint64_t begin, uint64_t end, bool from_top);
  uint64_t Allocate(uint64_t bytes, uint64_t alignment);  // UINT64_MAX when nothing fits
  void Free(uint64_t begin, uint64_t bytes);
  uint64_t lowest() const;  // lowest allocated address, or end

 private:
  std::map<uint64_t, uint64_t> free_;  // begin -> end
  uint64_t begin_;
  bool from_top_;
};

class DeviceMemory {
 public:
  // L1 below this offset belongs to the engine: see l1_layout.h.
  // `guard`: a page of DRAM stays free behind each buffer, so that a page number beyond it is no page of the next one.
  DeviceMemory(const Chip& chip, uint32_t first_free_l1, bool guard = false);

  uint32_t cores() const { return cores_; }
  std::byte* L1(uint32_t core) const { return l1_.data() + core * l1_stride_; }
  // Which core's image holds `address`, or -1.
  int CoreOfAddress(uint32_t address) const;
  uint64_t l1_stride() const { return l1_stride_; }
  std::byte* l1_base() const { return l1_.data(); }

  Buffer Allocate(uint64_t pages, uint32_t page_size, Memory memory, const std::optional<ShardSpec>& shards);
  void Free(const Buffer& buffer);
  BufferState& State(const Buffer& buffer) const;  // throws kBadProgram for a buffer that is not allocated
  std::byte* Page(const Buffer& buffer, uint64_t page) const;
  std::byte* CellData(const BufferState& state, uint64_t cell) const;

  // The buffer that holds [address, address + bytes) in each bank of `memory`, or null.
  BufferState* Find(Memory memory, uint64_t address, uint64_t bytes) const;
  // "buffer at 0x1000 (64 pages of 2048 bytes)", the one nearest to `address`; for messages.
  std::string DescribeNearest(Memory memory, uint64_t address) const;
  std::byte* Dram(uint32_t bank, uint64_t address) const { return banks_[bank]->data() + address; }
  uint32_t banks(Memory memory) const {
    return memory == Memory::kDram ? static_cast<uint32_t>(banks_.size()) : cores_;
  }
  uint64_t bank_bytes() const { return dram_bank_bytes_; }
  const std::map<uint64_t, std::unique_ptr<BufferState>>& l1_buffers() const { return buffers_[1]; }
  uint64_t lowest_l1_buffer() const { return l1_ranges_.lowest(); }

 private:
  // Bytes that a buffer takes in each bank.
  uint64_t Footprint(uint64_t extent, uint32_t stride, Memory memory) const;

  uint32_t cores_, columns_;
  bool guard_;
  uint64_t l1_stride_, dram_bank_bytes_;
  uint32_t alignment_[2];
  Mapping l1_;
  std::vector<std::unique_ptr<Mapping>> banks_;
  RangeAllocator dram_ranges_, l1_ranges_;
  std::map<uint64_t, std::unique_ptr<BufferState>> buffers_[2];  // by address; [0] DRAM, [1] L1
};

}  // namespace tltt::emu
