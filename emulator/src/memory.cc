#include "memory.h"

#include <fmt/format.h>
#include <sys/mman.h>

#include <algorithm>
#include <cstring>

#include "tltt/shards.h"

namespace tltt::emu {

namespace {

constexpr uint64_t kLowBegin = 0x10000000, kLowEnd = 0x7ff00000, kLowStep = 0x01000000;
constexpr uint64_t kDramBase = 0x400;  // address 0 stays a mistake that can be told

uint64_t RoundUp(uint64_t n, uint64_t multiple) { return (n + multiple - 1) / multiple * multiple; }

std::byte* Map(size_t bytes, bool low) {
  constexpr int kFlags = MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE;
  if (!low) {
    void* p = mmap(nullptr, bytes, PROT_READ | PROT_WRITE, kFlags, -1, 0);
    if (p == MAP_FAILED) throw std::bad_alloc();
    return static_cast<std::byte*>(p);
  }
  for (uint64_t at = kLowBegin; at + bytes < kLowEnd; at += kLowStep) {
    void* wanted = reinterpret_cast<void*>(at);
    void* p = mmap(wanted, bytes, PROT_READ | PROT_WRITE, kFlags | MAP_FIXED_NOREPLACE, -1, 0);
    if (p == wanted) return static_cast<std::byte*>(p);
    if (p != MAP_FAILED) munmap(p, bytes);  // kernels before 4.17 take the address for a hint
  }
  throw Error(ErrorCategory::kUnsupported,
              fmt::format("no {} MB of address space below 2 GiB are free for the cores' L1 images; "
                          "close other emulated devices of this process",
                          bytes >> 20));
}

}  // namespace

Mapping::Mapping(size_t bytes, bool low) : data_(Map(bytes, low)), bytes_(bytes) {}
Mapping::~Mapping() { munmap(data_, bytes_); }

void Mapping::Drop(size_t offset, size_t bytes) {
  size_t begin = RoundUp(offset, 4096), end = (offset + bytes) / 4096 * 4096;
  if (end > begin) madvise(data_ + begin, end - begin, MADV_DONTNEED);
}

BufferState::BufferState(const Buffer& buffer, uint32_t stride, uint32_t banks, std::vector<uint32_t> sharded_banks)
    : buffer_(buffer),
      stride_(stride),
      banks_(banks),
      words_per_page_((stride / kGranule + 64) / 64),
      sharded_banks_(std::move(sharded_banks)),
      cells_(buffer.shards ? SlotsPerBank(*buffer.shards) * banks : buffer.pages),
      extent_((cells_ + banks - 1) / banks * stride),
      written_(new std::atomic<uint64_t>[cells_ * words_per_page_]()) {}

uint64_t BufferState::Cell(uint64_t page) const {
  if (!buffer_.shards) return page;
  const PagePlace place = PlaceOfPage(*buffer_.shards, page);
  return place.slot * banks_ + sharded_banks_[place.bank];
}

std::string BufferState::DescribeCell(uint64_t cell) const {
  if (!buffer_.shards) return fmt::format("page {}", cell);
  for (uint64_t page = 0; page < buffer_.pages; ++page) {
    if (Cell(page) == cell) return fmt::format("page {} (in shard {})", page, ShardOfPage(*buffer_.shards, page));
  }
  return fmt::format("page {} of bank {}, which holds no page of the tensor,", cell / banks_, cell % banks_);
}

void BufferState::Mark(uint64_t page, uint32_t offset, uint32_t bytes) {
  if (all_.load(std::memory_order_relaxed)) return;
  std::atomic<uint64_t>* words = &written_[page * words_per_page_];
  for (uint32_t g = offset / kGranule, end = (offset + bytes + kGranule - 1) / kGranule; g < end;) {
    uint32_t in_word = std::min(64 - g % 64, end - g);
    uint64_t mask = (in_word == 64 ? ~uint64_t{0} : ((uint64_t{1} << in_word) - 1)) << (g % 64);
    words[g / 64].fetch_or(mask, std::memory_order_relaxed);
    g += in_word;
  }
}

bool BufferState::Written(uint64_t page, uint32_t offset, uint32_t bytes) const {
  if (all_.load(std::memory_order_relaxed)) return true;
  const std::atomic<uint64_t>* words = &written_[page * words_per_page_];
  for (uint32_t g = offset / kGranule, end = (offset + bytes + kGranule - 1) / kGranule; g < end;) {
    uint32_t in_word = std::min(64 - g % 64, end - g);
    uint64_t mask = (in_word == 64 ? ~uint64_t{0} : ((uint64_t{1} << in_word) - 1)) << (g % 64);
    if ((words[g / 64].load(std::memory_order_relaxed) & mask) != mask) return false;
    g += in_word;
  }
  return true;
}

std::vector<uint64_t> BufferState::Marks() const {
  if (all_.load(std::memory_order_relaxed)) return {};
  return {written_.get(), written_.get() + cells_ * words_per_page_};
}

void BufferState::SetMarks(const std::vector<uint64_t>& marks) {
  all_.store(marks.empty(), std::memory_order_relaxed);
  for (size_t i = 0; i < marks.size(); ++i) written_[i].store(marks[i], std::memory_order_relaxed);
}

RangeAllocator::RangeAllocator(uint64_t begin, uint64_t end, bool from_top)
    : free_{{begin, end}}, begin_(begin), from_top_(from_top) {}

uint64_t RangeAllocator::Allocate(uint64_t bytes, uint64_t alignment) {
  auto take = [&](std::map<uint64_t, uint64_t>::iterator it, uint64_t at) {
    auto [begin, end] = *it;
    free_.erase(it);
    if (at > begin) free_.emplace(begin, at);
    if (at + bytes < end) free_.emplace(at + bytes, end);
    return at;
  };
  if (from_top_) {
    for (auto it = free_.end(); it != free_.begin();) {
      --it;
      if (it->second - it->first < bytes) continue;
      uint64_t at = (it->second - bytes) / alignment * alignment;
      if (at >= it->first) return take(it, at);
    }
  } else {
    for (auto it = free_.begin(); it != free_.end(); ++it) {
      uint64_t at = RoundUp(it->first, alignment);
      if (at + bytes <= it->second) return take(it, at);
    }
  }
  return UINT64_MAX;
}

void RangeAllocator::Free(uint64_t begin, uint64_t bytes) {
  auto it = free_.emplace(begin, begin + bytes).first;
  if (auto next = std::next(it); next != free_.end() && next->first == it->second) {
    it->second = next->second;
    free_.erase(next);
  }
  if (it != free_.begin()) {
    auto previous = std::prev(it);
    if (previous->second == it->first) {
      previous->second = it->second;
      free_.erase(it);
    }
  }
}

uint64_t RangeAllocator::lowest() const {
  // Allocations are what lies between the free ranges.
  uint64_t at = begin_;
  for (const auto& [begin, end] : free_) {
    if (begin > at) return at;
    at = end;
  }
  return at;
}

DeviceMemory::DeviceMemory(const Chip& chip, uint32_t first_free_l1, bool guard)
    : cores_(uint32_t{chip.grid.x} * chip.grid.y),
      columns_(chip.grid.x),
      guard_(guard),
      l1_stride_(RoundUp(chip.l1_bytes, 4096)),
      dram_bank_bytes_(std::min<uint64_t>(chip.dram_bank_bytes, uint64_t{1} << 32)),
      alignment_{chip.noc_alignment_dram, chip.noc_alignment_l1},
      l1_(cores_ * l1_stride_, true),
      dram_ranges_(kDramBase, dram_bank_bytes_, false),
      l1_ranges_(first_free_l1, chip.l1_bytes, true) {
  for (uint32_t i = 0; i < chip.dram_banks; ++i) banks_.push_back(std::make_unique<Mapping>(dram_bank_bytes_, false));
}

uint64_t DeviceMemory::Footprint(uint64_t extent, uint32_t stride, Memory memory) const {
  const bool dram = memory == Memory::kDram;
  return RoundUp(extent + (guard_ && dram ? stride : 0), std::max<uint32_t>(64, alignment_[!dram]));
}

int DeviceMemory::CoreOfAddress(uint32_t address) const {
  uint64_t base = reinterpret_cast<uint64_t>(l1_.data());
  if (address < base || address >= base + l1_.bytes()) return -1;
  return static_cast<int>((address - base) / l1_stride_);
}

Buffer DeviceMemory::Allocate(uint64_t pages, uint32_t page_size, Memory memory,
                              const std::optional<ShardSpec>& shards) {
  if (pages == 0 || page_size == 0) {
    throw Error(ErrorCategory::kBadProgram, "a buffer needs at least one page of at least one byte");
  }
  int which = memory == Memory::kL1;
  // 64 bytes suit every chip's DRAM alignment and keep host vector code on whole lines.
  uint32_t stride = static_cast<uint32_t>(RoundUp(page_size, alignment_[which]));
  std::vector<uint32_t> sharded_banks;
  if (shards) {
    uint64_t volume = 1;
    for (uint32_t extent : shards->tensor_pages) volume *= extent;
    if (shards->banks.empty() || shards->shard_pages.size() != shards->tensor_pages.size() || volume != pages) {
      throw Error(ErrorCategory::kBadProgram,
                  fmt::format("a sharded buffer of {} pages whose shape has {} pages, {} axes and {} banks", pages,
                              volume, shards->shard_pages.size(), shards->banks.size()));
    }
    for (const Core& bank : shards->banks) {
      const uint64_t number = which ? uint64_t{bank.y} * columns_ + bank.x : bank.x;
      if (number >= banks(memory) || (which && bank.x >= columns_) || (!which && bank.y != 0)) {
        throw Error(ErrorCategory::kBadProgram, fmt::format("a shard lies in {} ({}, {}), which the chip does not have",
                                                            which ? "core" : "DRAM bank", bank.x, bank.y));
      }
      sharded_banks.push_back(static_cast<uint32_t>(number));
    }
  }
  uint64_t slots = shards ? SlotsPerBank(*shards) : (pages + banks(memory) - 1) / banks(memory);
  uint64_t alignment = std::max<uint32_t>(64, alignment_[which]);
  uint64_t bytes = Footprint(slots * stride, stride, memory);
  uint64_t address = (which ? l1_ranges_ : dram_ranges_).Allocate(bytes, alignment);
  if (address == UINT64_MAX) {
    throw Error(
        ErrorCategory::kOutOfRange,
        fmt::format("no room in {} for {} pages of {} bytes: {} bytes are needed in each of {} banks of {} bytes",
                    which ? "L1" : "DRAM", pages, page_size, bytes, banks(memory),
                    which ? l1_stride_ : dram_bank_bytes_));
  }
  Buffer buffer{static_cast<uint32_t>(address), page_size, pages, memory, shards};
  buffers_[which].emplace(address,
                          std::make_unique<BufferState>(buffer, stride, banks(memory), std::move(sharded_banks)));
  return buffer;
}

void DeviceMemory::Free(const Buffer& buffer) {
  BufferState& state = State(buffer);
  int which = buffer.memory == Memory::kL1;
  uint64_t bytes = Footprint(state.extent(), state.stride(), buffer.memory);
  if (!which) {
    for (auto& bank : banks_) bank->Drop(buffer.address, state.extent());
  }
  (which ? l1_ranges_ : dram_ranges_).Free(buffer.address, bytes);
  buffers_[which].erase(buffer.address);
}

BufferState& DeviceMemory::State(const Buffer& buffer) const {
  const auto& buffers = buffers_[buffer.memory == Memory::kL1];
  auto it = buffers.find(buffer.address);
  if (it == buffers.end() || it->second->buffer().pages != buffer.pages ||
      it->second->buffer().page_size != buffer.page_size) {
    throw Error(ErrorCategory::kBadProgram,
                fmt::format("no such buffer: {} pages of {} bytes at {:#x} are not allocated on this device",
                            buffer.pages, buffer.page_size, buffer.address));
  }
  return *it->second;
}

std::byte* DeviceMemory::Page(const Buffer& buffer, uint64_t page) const {
  const BufferState& state = State(buffer);
  if (page >= buffer.pages) {
    throw Error(ErrorCategory::kOutOfRange, fmt::format("page {} of a buffer of {} pages", page, buffer.pages));
  }
  return CellData(state, state.Cell(page));
}

std::byte* DeviceMemory::CellData(const BufferState& state, uint64_t cell) const {
  const Memory memory = state.buffer().memory;
  const auto bank = static_cast<uint32_t>(cell % banks(memory));
  const uint64_t at = state.buffer().address + cell / banks(memory) * state.stride();
  return memory == Memory::kDram ? Dram(bank, at) : L1(bank) + at;
}

BufferState* DeviceMemory::Find(Memory memory, uint64_t address, uint64_t bytes) const {
  const auto& buffers = buffers_[memory == Memory::kL1];
  auto it = buffers.upper_bound(address);
  if (it == buffers.begin()) return nullptr;
  --it;
  return address + bytes <= it->first + it->second->extent() ? it->second.get() : nullptr;
}

std::string DeviceMemory::DescribeNearest(Memory memory, uint64_t address) const {
  const BufferState* best = nullptr;
  uint64_t best_distance = UINT64_MAX;
  for (const auto& [begin, state] : buffers_[memory == Memory::kL1]) {
    uint64_t end = begin + state->extent();
    uint64_t distance = address < begin ? begin - address : address < end ? 0 : address - end + 1;
    if (distance < best_distance) best_distance = distance, best = state.get();
  }
  if (!best) return "no buffer is allocated";
  const Buffer& b = best->buffer();
  return fmt::format("the nearest buffer has {} pages of {} bytes at {:#x} up to {:#x} of each of {} banks", b.pages,
                     b.page_size, b.address, b.address + best->extent(), banks(memory));
}

}  // namespace tltt::emu
