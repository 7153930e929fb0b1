// The data-movement API as far as it does not depend on a kernel's compile-time arguments: the precompiled part.
#pragma once

#include <cstdint>

#include "api/debug/assert.h"
#include "internal/addrgen.h"
#include "hostdevcommon/kernel_structs.h"
#include "internal/data_format.h"
#include "internal/kernel_args.h"
#include "internal/risc_attribs.h"
#include "tltt_device.h"

namespace tltt_dev = tltt::emu::device;

// NoC coordinates of this core; the index is the NoC, on which the emulator's logical coordinates do not depend.
struct TlttCoordinateX {
  std::uint8_t operator[](int) const { return static_cast<std::uint8_t>(tltt_dev::LogicalX()); }
};
struct TlttCoordinateY {
  std::uint8_t operator[](int) const { return static_cast<std::uint8_t>(tltt_dev::LogicalY()); }
};
inline constexpr TlttCoordinateX my_x{};
inline constexpr TlttCoordinateY my_y{};

// --- circular buffers
// -------------------------------------------------------------------------------------------------

FORCE_INLINE void cb_reserve_back(std::int32_t operand, std::int32_t num_pages, std::uint32_t line = __builtin_LINE()) {
  tltt_dev::CbReserveBack(operand, num_pages, line);
}
FORCE_INLINE void cb_push_back(const std::int32_t operand, const std::int32_t num_pages,
                               std::uint32_t line = __builtin_LINE()) {
  tltt_dev::CbPushBack(operand, num_pages, line);
}
FORCE_INLINE void cb_wait_front(std::int32_t operand, std::int32_t num_pages, std::uint32_t line = __builtin_LINE()) {
  tltt_dev::CbWaitFront(operand, num_pages, line);
}
FORCE_INLINE void cb_pop_front(std::int32_t operand, std::int32_t num_pages, std::uint32_t line = __builtin_LINE()) {
  tltt_dev::CbPopFront(operand, num_pages, line);
}
FORCE_INLINE bool cb_pages_reservable_at_back(std::int32_t operand, std::int32_t num_pages,
                                              std::uint32_t line = __builtin_LINE()) {
  return tltt_dev::CbPagesReservable(operand, num_pages, line);
}
FORCE_INLINE bool cb_pages_available_at_front(std::int32_t operand, std::int32_t num_pages,
                                              std::uint32_t line = __builtin_LINE()) {
  return tltt_dev::CbPagesAvailable(operand, num_pages, line);
}
FORCE_INLINE std::uint32_t get_write_ptr(std::uint32_t operand, std::uint32_t line = __builtin_LINE()) {
  return tltt_dev::CbWritePointer(operand, line);
}
FORCE_INLINE std::uint32_t get_read_ptr(std::uint32_t operand, std::uint32_t line = __builtin_LINE()) {
  return tltt_dev::CbReadPointer(operand, line);
}
FORCE_INLINE constexpr std::uint32_t get_tile_hw(const std::int32_t) { return 1024; }
FORCE_INLINE constexpr std::uint32_t get_tile_num_faces(const std::int32_t) { return 4; }

// --- reads
// --------------------------------------------------------------------------------------------------------------

template <std::uint32_t max_page_size = NOC_MAX_BURST_SIZE + 1, bool enable_noc_tracing = true>
FORCE_INLINE void noc_async_read(std::uint64_t src_noc_addr, std::uint32_t dst_local_l1_addr, std::uint32_t size,
                                 std::uint8_t = noc_index, std::uint32_t = NOC_UNICAST_WRITE_VC,
                                 std::uint32_t line = __builtin_LINE()) {
  tltt_dev::NocRead(src_noc_addr, dst_local_l1_addr, size, line);
}
template <bool enable_noc_tracing = true>
FORCE_INLINE void noc_async_read_one_packet(std::uint64_t src_noc_addr, std::uint32_t dst_local_l1_addr,
                                            std::uint32_t size, std::uint8_t = noc_index,
                                            std::uint32_t = NOC_UNICAST_WRITE_VC,
                                            std::uint32_t line = __builtin_LINE()) {
  tltt_dev::CheckPacket(size, NOC_MAX_BURST_SIZE, line);
  tltt_dev::NocRead(src_noc_addr, dst_local_l1_addr, size, line);
}
template <bool use_vc = false>
FORCE_INLINE void noc_async_read_one_packet_set_state(std::uint64_t src_noc_addr, std::uint32_t size,
                                                      const std::uint32_t = 0, std::uint8_t = noc_index,
                                                      std::uint32_t line = __builtin_LINE()) {
  tltt_dev::CheckPacket(size, NOC_MAX_BURST_SIZE, line);
  tltt_dev::NocReadSetState(src_noc_addr, size, line);
}
template <bool inc_num_issued = true, bool use_vc = false>
FORCE_INLINE void noc_async_read_one_packet_with_state(std::uint32_t src_local_l1_addr, std::uint32_t dst_local_l1_addr,
                                                       const std::uint32_t = 0, std::uint8_t = noc_index,
                                                       std::uint32_t line = __builtin_LINE()) {
  tltt_dev::NocReadWithState(src_local_l1_addr, dst_local_l1_addr, 0, line);
}
FORCE_INLINE void noc_async_read_set_state(std::uint64_t src_noc_addr, std::uint8_t = noc_index,
                                           std::uint32_t line = __builtin_LINE()) {
  tltt_dev::NocReadSetState(src_noc_addr, 0, line);
}
template <bool inc_num_issued = true, bool skip_cmdbuf_chk = false>
FORCE_INLINE void noc_async_read_with_state(std::uint32_t src_local_l1_addr, std::uint32_t dst_local_l1_addr,
                                            std::uint32_t size, std::uint8_t = noc_index,
                                            std::uint32_t line = __builtin_LINE()) {
  tltt_dev::NocReadWithState(src_local_l1_addr, dst_local_l1_addr, size, line);
}

template <typename AddrGen, bool enable_noc_tracing = true>
FORCE_INLINE void noc_async_read_page(const std::uint32_t id, const AddrGen& addrgen, std::uint32_t dst_local_l1_addr,
                                      std::uint32_t offset = 0, std::uint8_t = noc_index,
                                      std::uint32_t line = __builtin_LINE()) {
  tltt_dev::NocRead(addrgen.get_noc_addr(id, offset), dst_local_l1_addr, tltt_page_bytes(addrgen), line);
}
template <typename AddrGen>
FORCE_INLINE void noc_async_read_tile(const std::uint32_t id, const AddrGen& addrgen, std::uint32_t dst_local_l1_addr,
                                      std::uint32_t offset = 0, std::uint8_t = noc_index,
                                      std::uint32_t line = __builtin_LINE()) {
  tltt_dev::NocRead(addrgen.get_noc_addr(id, offset), dst_local_l1_addr, tltt_page_bytes(addrgen), line);
}

// --- writes
// -------------------------------------------------------------------------------------------------------------

template <std::uint32_t max_page_size = NOC_MAX_BURST_SIZE + 1, bool enable_noc_tracing = true, bool posted = false>
FORCE_INLINE void noc_async_write(std::uint32_t src_local_l1_addr, std::uint64_t dst_noc_addr, std::uint32_t size,
                                  std::uint8_t = noc_index, std::uint32_t = NOC_UNICAST_WRITE_VC,
                                  std::uint32_t line = __builtin_LINE()) {
  tltt_dev::NocWrite(src_local_l1_addr, dst_noc_addr, size, line);
}
template <bool enable_noc_tracing = true, bool posted = false>
FORCE_INLINE void noc_async_write_one_packet(std::uint32_t src_local_l1_addr, std::uint64_t dst_noc_addr,
                                             std::uint32_t size, std::uint8_t = noc_index,
                                             std::uint32_t = NOC_UNICAST_WRITE_VC,
                                             std::uint32_t line = __builtin_LINE()) {
  tltt_dev::CheckPacket(size, NOC_MAX_BURST_SIZE, line);
  tltt_dev::NocWrite(src_local_l1_addr, dst_noc_addr, size, line);
}
template <bool posted = false>
FORCE_INLINE void noc_async_write_one_packet_set_state(std::uint64_t dst_noc_addr, std::uint32_t size,
                                                       std::uint8_t = noc_index, std::uint8_t = NOC_UNICAST_WRITE_VC,
                                                       std::uint32_t line = __builtin_LINE()) {
  tltt_dev::CheckPacket(size, NOC_MAX_BURST_SIZE, line);
  tltt_dev::NocWriteSetState(dst_noc_addr, size, line);
}
template <bool posted = false>
FORCE_INLINE void noc_async_write_one_packet_with_state(std::uint32_t src_local_l1_addr,
                                                        std::uint32_t dst_local_l1_addr, std::uint8_t = noc_index,
                                                        std::uint32_t line = __builtin_LINE()) {
  tltt_dev::NocWriteWithState(src_local_l1_addr, dst_local_l1_addr, 0, line);
}
template <bool posted = false>
FORCE_INLINE void noc_async_write_set_state(std::uint64_t dst_noc_addr, std::uint8_t = noc_index,
                                            std::uint8_t = NOC_UNICAST_WRITE_VC,
                                            std::uint32_t line = __builtin_LINE()) {
  tltt_dev::NocWriteSetState(dst_noc_addr, 0, line);
}
template <bool posted = false, bool update_counter = true, bool skip_cmdbuf_chk = false>
FORCE_INLINE void noc_async_write_with_state(std::uint32_t src_local_l1_addr, std::uint32_t dst_local_l1_addr,
                                             std::uint32_t size, std::uint8_t = noc_index,
                                             std::uint32_t line = __builtin_LINE()) {
  tltt_dev::NocWriteWithState(src_local_l1_addr, dst_local_l1_addr, size, line);
}

// size 0: the whole page.
template <typename AddrGen, bool enable_noc_tracing = true, bool posted = false>
FORCE_INLINE void noc_async_write_page(const std::uint32_t id, const AddrGen& addrgen, std::uint32_t src_local_l1_addr,
                                       std::uint32_t size = 0, std::uint32_t offset = 0, std::uint8_t = noc_index,
                                       std::uint32_t line = __builtin_LINE()) {
  tltt_dev::NocWrite(src_local_l1_addr, addrgen.get_noc_addr(id, offset), size ? size : tltt_page_bytes(addrgen), line);
}
template <typename AddrGen>
FORCE_INLINE void noc_async_write_tile(const std::uint32_t id, const AddrGen& addrgen, std::uint32_t src_local_l1_addr,
                                       std::uint8_t = noc_index, std::uint32_t line = __builtin_LINE()) {
  tltt_dev::NocWrite(src_local_l1_addr, addrgen.get_noc_addr(id, 0), tltt_page_bytes(addrgen), line);
}

// num_dests counts the receivers; the sender only with _loopback_src, where it must lie in the rectangle.
template <std::uint32_t max_page_size = NOC_MAX_BURST_SIZE + 1>
FORCE_INLINE void noc_async_write_multicast(std::uint32_t src_local_l1_addr, std::uint64_t dst_noc_addr_multicast,
                                            std::uint32_t size, std::uint32_t num_dests, bool linked = false,
                                            std::uint8_t = noc_index, std::uint8_t = NOC_MULTICAST_WRITE_VC,
                                            std::uint32_t line = __builtin_LINE()) {
  tltt_dev::NocMulticast(src_local_l1_addr, dst_noc_addr_multicast, size, num_dests, false, linked, line);
}
template <bool enable_noc_tracing = true>
FORCE_INLINE void noc_async_write_multicast_one_packet(std::uint32_t src_local_l1_addr,
                                                       std::uint64_t dst_noc_addr_multicast, std::uint32_t size,
                                                       std::uint32_t num_dests, bool linked = false,
                                                       std::uint8_t = noc_index,
                                                       std::uint32_t line = __builtin_LINE()) {
  tltt_dev::CheckPacket(size, NOC_MAX_BURST_SIZE, line);
  tltt_dev::NocMulticast(src_local_l1_addr, dst_noc_addr_multicast, size, num_dests, false, linked, line);
}
FORCE_INLINE void noc_async_write_multicast_loopback_src(std::uint32_t src_local_l1_addr,
                                                         std::uint64_t dst_noc_addr_multicast, std::uint32_t size,
                                                         std::uint32_t num_dests, bool linked = false,
                                                         std::uint8_t = noc_index,
                                                         std::uint32_t line = __builtin_LINE()) {
  tltt_dev::NocMulticast(src_local_l1_addr, dst_noc_addr_multicast, size, num_dests, true, linked, line);
}

enum class InlineWriteDst : std::uint8_t { DEFAULT, L1, REG };
template <InlineWriteDst dst_type = InlineWriteDst::DEFAULT, bool posted = false, bool flush = true>
FORCE_INLINE void noc_inline_dw_write(std::uint64_t addr, std::uint32_t val, std::uint8_t be = 0xF,
                                      std::uint8_t = noc_index, std::uint8_t = NOC_UNICAST_WRITE_VC, std::uint32_t = 0,
                                      std::uint32_t line = __builtin_LINE()) {
  ASSERT(be == 0xF);
  tltt_dev::NocWriteWord(addr, val, line);
}

// --- barriers
// -----------------------------------------------------------------------------------------------------------

FORCE_INLINE void noc_async_read_barrier(std::uint8_t = noc_index, std::uint32_t line = __builtin_LINE()) {
  tltt_dev::NocReadBarrier(line);
}
FORCE_INLINE void noc_async_write_barrier(std::uint8_t = noc_index, std::uint32_t line = __builtin_LINE()) {
  tltt_dev::NocWriteBarrier(line);
}
FORCE_INLINE void noc_async_writes_flushed(std::uint8_t = noc_index, std::uint32_t line = __builtin_LINE()) {
  tltt_dev::NocWritesFlushed(line);
}
FORCE_INLINE void noc_async_posted_writes_flushed(std::uint8_t = noc_index, std::uint32_t line = __builtin_LINE()) {
  tltt_dev::NocWritesFlushed(line);
}
FORCE_INLINE void noc_async_atomic_barrier(std::uint8_t = noc_index, std::uint32_t line = __builtin_LINE()) {
  tltt_dev::NocAtomicBarrier(line);
}
FORCE_INLINE void noc_async_full_barrier(std::uint8_t = noc_index, std::uint32_t line = __builtin_LINE()) {
  tltt_dev::NocReadBarrier(line);
  tltt_dev::NocWriteBarrier(line);
  tltt_dev::NocAtomicBarrier(line);
}
// --- transaction ids
// ----------------------------------------------------------------------------------------------------
// Transfers with an id are transfers; a barrier with an id waits for all of them, so it never waits for too little.

inline constexpr std::uint32_t NOC_MAX_TRANSACTION_ID = 15, NOC_MAX_TRANSACTION_ID_COUNT = 255;
FORCE_INLINE void noc_async_read_set_trid(std::uint32_t = 0, std::uint8_t = noc_index) {}
FORCE_INLINE void noc_async_read_barrier_with_trid(std::uint32_t, std::uint8_t = noc_index,
                                                   std::uint32_t line = __builtin_LINE()) {
  tltt_dev::NocReadBarrier(line);
}
FORCE_INLINE void noc_async_write_one_packet_with_trid(std::uint32_t src_local_l1_addr, std::uint64_t dst_noc_addr,
                                                       std::uint32_t size, std::uint32_t, std::uint8_t = 0,
                                                       std::uint8_t = noc_index, std::uint8_t = NOC_UNICAST_WRITE_VC,
                                                       std::uint32_t line = __builtin_LINE()) {
  tltt_dev::CheckPacket(size, NOC_MAX_BURST_SIZE, line);
  tltt_dev::NocWrite(src_local_l1_addr, dst_noc_addr, size, line);
}
FORCE_INLINE void noc_async_write_barrier_with_trid(std::uint32_t, std::uint8_t = noc_index,
                                                    std::uint32_t line = __builtin_LINE()) {
  tltt_dev::NocWriteBarrier(line);
}
FORCE_INLINE void noc_async_write_flushed_with_trid(std::uint32_t, std::uint8_t = noc_index,
                                                    std::uint32_t line = __builtin_LINE()) {
  tltt_dev::NocWritesFlushed(line);
}
FORCE_INLINE void noc_async_read_one_packet_with_state_with_trid(std::uint32_t, std::uint32_t src_local_l1_addr,
                                                                 std::uint32_t dst_local_l1_addr, std::uint32_t = 0,
                                                                 std::uint8_t = noc_index,
                                                                 std::uint32_t line = __builtin_LINE()) {
  tltt_dev::NocReadWithState(src_local_l1_addr, dst_local_l1_addr, 0, line);
}
FORCE_INLINE void reset_noc_trid_barrier_counter(std::uint32_t = 0, std::uint32_t = noc_index) {}

// L1 has no cache in front of it here.
FORCE_INLINE void invalidate_l1_cache() {}

// --- semaphores
// ---------------------------------------------------------------------------------------------------------

enum class ProgrammableCoreType : std::uint8_t { TENSIX };
template <ProgrammableCoreType type = ProgrammableCoreType::TENSIX>
FORCE_INLINE std::uint32_t get_semaphore(std::uint32_t semaphore_id, std::uint32_t line = __builtin_LINE()) {
  return tltt_dev::SemaphoreAddress(semaphore_id, line);
}
FORCE_INLINE void noc_semaphore_wait(volatile tt_l1_ptr std::uint32_t* sem_addr, std::uint32_t val,
                                     std::uint32_t line = __builtin_LINE()) {
  tltt_dev::SemaphoreWait(sem_addr, val, false, line);
}
FORCE_INLINE void noc_semaphore_wait_min(volatile tt_l1_ptr std::uint32_t* sem_addr, std::uint32_t val,
                                         std::uint32_t line = __builtin_LINE()) {
  tltt_dev::SemaphoreWait(sem_addr, val, true, line);
}
FORCE_INLINE void noc_semaphore_set(volatile tt_l1_ptr std::uint32_t* sem_addr, std::uint32_t val,
                                    std::uint32_t line = __builtin_LINE()) {
  tltt_dev::SemaphoreSet(sem_addr, val, line);
}
template <bool posted = false>
FORCE_INLINE void noc_semaphore_inc(std::uint64_t addr, std::uint32_t incr, std::uint8_t = noc_index,
                                    std::uint8_t = NOC_UNICAST_WRITE_VC, std::uint32_t line = __builtin_LINE()) {
  tltt_dev::SemaphoreIncrement(addr, incr, 0, line);
}
template <bool posted = false>
FORCE_INLINE void noc_semaphore_inc_multicast(std::uint64_t addr, std::uint32_t incr, std::uint32_t num_dests,
                                              std::uint8_t = noc_index, std::uint8_t = NOC_MULTICAST_WRITE_VC,
                                              std::uint32_t line = __builtin_LINE()) {
  tltt_dev::SemaphoreIncrement(addr, incr, num_dests, line);
}
FORCE_INLINE void noc_semaphore_set_remote(std::uint32_t src_local_l1_addr, std::uint64_t dst_noc_addr,
                                           std::uint8_t = noc_index, std::uint32_t line = __builtin_LINE()) {
  tltt_dev::SemaphoreSetRemote(src_local_l1_addr, dst_noc_addr, line);
}
FORCE_INLINE void noc_semaphore_set_multicast(std::uint32_t src_local_l1_addr, std::uint64_t dst_noc_addr_multicast,
                                              std::uint32_t num_dests, bool = false, std::uint8_t = noc_index,
                                              std::uint8_t = NOC_MULTICAST_WRITE_VC,
                                              std::uint32_t line = __builtin_LINE()) {
  tltt_dev::SemaphoreSetMulticast(src_local_l1_addr, dst_noc_addr_multicast, num_dests, false, line);
}
FORCE_INLINE void noc_semaphore_set_multicast_loopback_src(std::uint32_t src_local_l1_addr,
                                                           std::uint64_t dst_noc_addr_multicast,
                                                           std::uint32_t num_dests, bool = false,
                                                           std::uint8_t = noc_index,
                                                           std::uint32_t line = __builtin_LINE()) {
  tltt_dev::SemaphoreSetMulticast(src_local_l1_addr, dst_noc_addr_multicast, num_dests, true, line);
}
