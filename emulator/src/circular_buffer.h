// A circular buffer of one core: a FIFO of fixed-size pages in L1 between one producing and one consuming role.
//
// Invariants: popped <= pushed <= popped + num_pages; a page may be filled only between reserve and push, and read only
// between wait and pop. Breaking one is an Error of the calling role.
#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "tltt/program.h"

namespace tltt::emu {

class TensixCore;
class RoleContext;

class CircularBuffer {
 public:
  // `region` is the host address of the CB's first byte in the L1 image of `core`.
  void Configure(TensixCore* core, uint32_t index, const tltt::CircularBuffer& spec, const CircularBufferFormat& format,
                 std::byte* region);

  bool configured() const { return core_ != nullptr; }
  uint32_t index() const { return index_; }
  const std::string& name() const { return name_; }  // "cb_in0"; the program's name for it
  DataFormat format() const { return format_; }
  uint32_t page_size() const { return page_size_; }  // bytes
  uint32_t num_pages() const { return num_pages_; }  // capacity
  uint64_t pushed() const { return pushed_; }
  uint64_t popped() const { return popped_; }
  uint32_t available() const { return static_cast<uint32_t>(pushed_ - popped_); }
  uint32_t free_pages() const { return num_pages_ - available(); }
  uint32_t waited() const { return waited_; }      // pages the consumer has waited for, from the front
  uint32_t reserved() const { return reserved_; }  // pages the producer holds reserved, from the back
  std::byte* region() const { return region_; }
  std::optional<Role> consumer() const {  // once it has popped
    return consumer_ < 0 ? std::nullopt : std::optional(static_cast<Role>(consumer_));
  }
  bool on_tensor() const { return on_tensor_; }
  bool read_in_parts() const { return read_in_parts_; }
  uint32_t read_page() const { return read_page_; }
  uint32_t write_page() const { return write_page_; }
  std::byte* ReadPointer() const { return region_ + uint64_t{read_page_} * page_size_; }
  std::byte* WritePointer() const { return region_ + uint64_t{write_page_} * page_size_; }

  // Page i after the read pointer. Fails unless the consumer waited for more than i pages, and unless the page has been
  // written (data mode). The pointer is valid until the pop.
  // Checked as a whole, or for the `bytes` from byte `at` that are read.
  std::byte* FrontPage(uint32_t i) { return FrontPage(i, 0, page_size_); }
  std::byte* FrontPage(uint32_t i, uint64_t at, uint64_t bytes);
  // Page i after the write pointer. Fails unless more than i pages are reserved. The caller reports what it wrote with
  // MarkBackWritten (packing whole pages) or TensixCore::MarkWritten.
  std::byte* BackPage(uint32_t i);
  void MarkBackWritten(uint32_t i);

  // The FIFO protocol. These block the calling role's fiber and record for its clock.
  void ReserveBack(RoleContext& role, uint32_t pages);
  void PushBack(RoleContext& role, uint32_t pages);
  void WaitFront(RoleContext& role, uint32_t pages);
  void PopFront(RoleContext& role, uint32_t pages);
  bool PagesAvailable(RoleContext& role, uint32_t pages);
  bool PagesReservable(RoleContext& role, uint32_t pages);

  std::string Describe() const;  // "CB 0 cb_in0 (Float16_b, 2048 B pages): 2 of 4 pages full, 1 waited, 0 reserved"

 private:
  void CheckGranule(RoleContext& role, const char* call, uint32_t pages) const;
  void ClaimEnd(RoleContext& role, int8_t* owner, const char* verb);

  TensixCore* core_ = nullptr;
  std::string name_;
  uint32_t index_ = 0, page_size_ = 0, num_pages_ = 0;
  DataFormat format_ = DataFormat::kFloat16_b;
  std::byte* region_ = nullptr;
  uint64_t pushed_ = 0, popped_ = 0;
  uint32_t reserved_ = 0, waited_ = 0, read_page_ = 0, write_page_ = 0;
  bool read_in_parts_ = false;            // pages may be popped unread
  bool on_tensor_ = false;                // lies on a tensor's L1 shard, whose pages are there from the start
  int8_t producer_ = -1, consumer_ = -1;  // the roles at the two ends, once known
};

}  // namespace tltt::emu
