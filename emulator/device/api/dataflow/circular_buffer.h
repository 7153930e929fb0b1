// A circular buffer as an object, for kernels of every role; an endpoint of Noc's transfers in data-movement kernels.
#pragma once

#include <cstdint>

#ifdef COMPILE_FOR_TRISC
#include "api/compute/cb_api.h"
#else
#include "api/dataflow/noc.h"
#endif

class CircularBuffer {
 public:
  enum class AddrSelector { WRITE_PTR, READ_PTR };
  explicit constexpr CircularBuffer(std::uint32_t id) : id_(id) {}
  std::uint32_t get_cb_id() const { return id_; }
  void reserve_back(std::int32_t pages, std::uint32_t line = __builtin_LINE()) { cb_reserve_back(id_, pages, line); }
  void push_back(std::int32_t pages, std::uint32_t line = __builtin_LINE()) { cb_push_back(id_, pages, line); }
  void wait_front(std::int32_t pages, std::uint32_t line = __builtin_LINE()) { cb_wait_front(id_, pages, line); }
  void pop_front(std::int32_t pages, std::uint32_t line = __builtin_LINE()) { cb_pop_front(id_, pages, line); }
#ifndef COMPILE_FOR_TRISC
  std::uint32_t get_write_ptr(std::uint32_t line = __builtin_LINE()) const { return ::get_write_ptr(id_, line); }
  std::uint32_t get_read_ptr(std::uint32_t line = __builtin_LINE()) const { return ::get_read_ptr(id_, line); }
  std::uint32_t get_tile_size(std::uint32_t line = __builtin_LINE()) const { return ::get_tile_size(id_, line); }
  DataFormat get_dataformat(std::uint32_t line = __builtin_LINE()) const { return ::get_dataformat(id_, line); }
  bool pages_reservable_at_back(std::int32_t pages) const { return cb_pages_reservable_at_back(id_, pages); }
  bool pages_available_at_front(std::int32_t pages) const { return cb_pages_available_at_front(id_, pages); }
#endif

 private:
  std::uint32_t id_;
};

#ifndef COMPILE_FOR_TRISC
// Which end of a circular buffer is meant; by itself it is read at its front and written at its back.
template <CircularBuffer::AddrSelector selector>
struct CircularBufferView {
  const CircularBuffer& cb;
};
template <CircularBuffer::AddrSelector selector>
constexpr auto use(const CircularBuffer& cb) {
  return CircularBufferView<selector>{cb};
}

namespace tltt_noc {

struct CbArgs {
  struct src_args_type {
    std::uint32_t offset_bytes{};
  };
  struct dst_args_type {
    std::uint32_t offset_bytes{};
  };
  struct dst_args_mcast_type {
    std::uint32_t noc_x_start{}, noc_y_start{}, noc_x_end{}, noc_y_end{}, offset_bytes{};
  };

 protected:
  static std::uint64_t Range(const dst_args_mcast_type& args, std::uint32_t address) {
    return get_noc_multicast_addr(args.noc_x_start, args.noc_y_start, args.noc_x_end, args.noc_y_end,
                                  address + args.offset_bytes);
  }
};

}  // namespace tltt_noc

template <>
struct noc_traits_t<CircularBuffer> : tltt_noc::CbArgs {
  static std::uint32_t Source(const CircularBuffer& cb, const src_args_type& args) {
    return cb.get_read_ptr() + args.offset_bytes;
  }
  static std::uint32_t Destination(const CircularBuffer& cb, const dst_args_type& args) {
    return cb.get_write_ptr() + args.offset_bytes;
  }
  static std::uint64_t Multicast(const CircularBuffer& cb, const dst_args_mcast_type& args) {
    return Range(args, cb.get_write_ptr());
  }
};

template <CircularBuffer::AddrSelector selector>
struct noc_traits_t<CircularBufferView<selector>> : tltt_noc::CbArgs {
  using View = CircularBufferView<selector>;
  static std::uint32_t Pointer(const View& view) {
    return selector == CircularBuffer::AddrSelector::READ_PTR ? view.cb.get_read_ptr() : view.cb.get_write_ptr();
  }
  static std::uint32_t Source(const View& view, const src_args_type& args) { return Pointer(view) + args.offset_bytes; }
  static std::uint32_t Destination(const View& view, const dst_args_type& args) {
    return Pointer(view) + args.offset_bytes;
  }
  static std::uint64_t Multicast(const View& view, const dst_args_mcast_type& args) {
    return Range(args, Pointer(view));
  }
};
#endif
