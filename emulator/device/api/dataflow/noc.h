// The data-movement API as objects: Noc moves bytes between what has endpoints (tensor accessors, circular buffers).
#pragma once

#include <cstdint>

#include "api/dataflow/dataflow_api.h"

// What a transfer can begin or end at. A specialisation has the types of the arguments that name a place in it,
// src_args_type and dst_args_type, and the places' addresses: Source(...) and Destination(...), NoC addresses or
// addresses in this core's L1.
template <typename T>
struct noc_traits_t {
  static_assert(sizeof(T) == 0, "NoC transfers of this type are not emulated");
};

enum class NocOptions : std::uint32_t {
  DEFAULT = 0,
  TXN_ID = 1u << 0,
  POSTED = 1u << 1,
  CUSTOM_VC = 1u << 2,
  MCAST_INCL_SRC = 1u << 3,
  INLINE_L1 = 1u << 4,
  INLINE_REG = 1u << 5,
};
constexpr NocOptions operator|(NocOptions a, NocOptions b) {
  return static_cast<NocOptions>(static_cast<std::uint32_t>(a) | static_cast<std::uint32_t>(b));
}
constexpr bool has_flag(NocOptions options, NocOptions flag) {
  return (static_cast<std::uint32_t>(options) & static_cast<std::uint32_t>(flag)) != 0;
}

// Virtual channels do not differ here; a barrier with a transaction id waits for all transfers.
struct NocOptVals {
  std::uint32_t vc = NOC_UNICAST_WRITE_VC;
  std::uint32_t trid = 0;
};

class Noc {
 public:
  enum class AddressType { NOC, LOCAL_L1 };

  Noc() = default;
  explicit Noc(std::uint8_t id) : id_(id) {}
  std::uint8_t get_noc_id() const { return id_; }
  bool is_local_bank(std::uint32_t x, std::uint32_t y) const { return x == my_x[id_] && y == my_y[id_]; }

  template <NocOptions options = NocOptions::DEFAULT, std::uint32_t max_page_size = NOC_MAX_BURST_SIZE + 1,
            bool enable_noc_tracing = true, typename Src, typename Dst>
  void async_read(const Src& src, const Dst& dst, std::uint32_t bytes,
                  const typename noc_traits_t<Src>::src_args_type& src_args,
                  const typename noc_traits_t<Dst>::dst_args_type& dst_args, const NocOptVals& = {},
                  std::uint32_t line = __builtin_LINE()) const {
    tltt_dev::NocRead(noc_traits_t<Src>::Source(src, src_args), noc_traits_t<Dst>::Destination(dst, dst_args), bytes,
                      line);
  }

  template <NocOptions options = NocOptions::DEFAULT, std::uint32_t max_page_size = NOC_MAX_BURST_SIZE + 1,
            bool enable_noc_tracing = true, typename Src, typename Dst>
  void async_write(const Src& src, const Dst& dst, std::uint32_t bytes,
                   const typename noc_traits_t<Src>::src_args_type& src_args,
                   const typename noc_traits_t<Dst>::dst_args_type& dst_args, const NocOptVals& = {},
                   std::uint32_t line = __builtin_LINE()) const {
    tltt_dev::NocWrite(noc_traits_t<Src>::Source(src, src_args), noc_traits_t<Dst>::Destination(dst, dst_args), bytes,
                       line);
  }

  template <NocOptions options = NocOptions::DEFAULT, std::uint32_t max_page_size = NOC_MAX_BURST_SIZE + 1,
            typename Src, typename Dst>
  void async_write_multicast(const Src& src, const Dst& dst, std::uint32_t bytes, std::uint32_t num_dests,
                             const typename noc_traits_t<Src>::src_args_type& src_args,
                             const typename noc_traits_t<Dst>::dst_args_mcast_type& dst_args, bool /*linked*/ = false,
                             const NocOptVals& = {}, std::uint32_t line = __builtin_LINE()) const {
    tltt_dev::NocMulticast(noc_traits_t<Src>::Source(src, src_args), noc_traits_t<Dst>::Multicast(dst, dst_args), bytes,
                           num_dests, has_flag(options, NocOptions::MCAST_INCL_SRC), line);
  }

  template <NocOptions options = NocOptions::DEFAULT>
  void async_read_barrier(const NocOptVals& = {}, std::uint32_t line = __builtin_LINE()) const {
    tltt_dev::NocReadBarrier(line);
  }
  template <NocOptions options = NocOptions::DEFAULT>
  void async_write_barrier(const NocOptVals& = {}, std::uint32_t line = __builtin_LINE()) const {
    tltt_dev::NocWriteBarrier(line);
  }
  template <NocOptions options = NocOptions::DEFAULT>
  void async_writes_flushed(const NocOptVals& = {}, std::uint32_t line = __builtin_LINE()) const {
    tltt_dev::NocWritesFlushed(line);
  }
  void async_atomic_barrier(std::uint32_t line = __builtin_LINE()) const { tltt_dev::NocAtomicBarrier(line); }
  void async_full_barrier(std::uint32_t line = __builtin_LINE()) const { noc_async_full_barrier(id_, line); }

 private:
  std::uint8_t id_ = noc_index;
};
