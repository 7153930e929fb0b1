// A semaphore as an object, for data-movement kernels: its word in this core's L1 and the one of another core.
#pragma once

#include <cstdint>

#include "api/dataflow/noc.h"

#ifdef COMPILE_FOR_TRISC
#error "compute kernels have no semaphores here: signal from the data-movement kernels of the core"
#endif

template <ProgrammableCoreType core_type = ProgrammableCoreType::TENSIX>
class Semaphore {
 public:
  explicit Semaphore(std::uint32_t id, std::uint32_t line = __builtin_LINE())
      : address_(get_semaphore<core_type>(id, line)) {}

  void set(std::uint32_t value, std::uint32_t line = __builtin_LINE()) { noc_semaphore_set(word(), value, line); }
  std::uint32_t value() const { return *word(); }
  void wait(std::uint32_t value, std::uint32_t line = __builtin_LINE()) const {
    noc_semaphore_wait(word(), value, line);
  }
  void wait_min(std::uint32_t value, std::uint32_t line = __builtin_LINE()) const {
    noc_semaphore_wait_min(word(), value, line);
  }
  // Of the word here: reads, adds and writes it, so nobody else may change it meanwhile.
  void up(std::uint32_t value, std::uint32_t line = __builtin_LINE()) { set(*word() + value, line); }
  void down(std::uint32_t value, std::uint32_t line = __builtin_LINE()) {
    wait_min(value, line);
    set(*word() - value, line);
  }
  // Of the same semaphore of another core; not complete before async_atomic_barrier.
  void up(const Noc& noc, std::uint32_t x, std::uint32_t y, std::uint32_t value, std::uint8_t vc = NOC_UNICAST_WRITE_VC,
          std::uint32_t line = __builtin_LINE()) {
    noc_semaphore_inc(get_noc_addr(x, y, address_, noc.get_noc_id()), value, noc.get_noc_id(), vc, line);
  }
  // This core's value becomes that of the other cores' semaphores.
  template <NocOptions options = NocOptions::DEFAULT>
  void set_multicast(const Noc& noc, std::uint32_t x_start, std::uint32_t y_start, std::uint32_t x_end,
                     std::uint32_t y_end, std::uint32_t num_dests, bool linked = false,
                     std::uint32_t line = __builtin_LINE()) {
    relay_multicast<options>(noc, *this, x_start, y_start, x_end, y_end, num_dests, linked, line);
  }
  template <ProgrammableCoreType other = core_type>
  void relay_unicast(const Noc& noc, const Semaphore<other>& to, std::uint32_t x, std::uint32_t y,
                     std::uint32_t line = __builtin_LINE()) {
    noc_semaphore_set_remote(address_, get_noc_addr(x, y, to.address(), noc.get_noc_id()), noc.get_noc_id(), line);
  }
  template <NocOptions options = NocOptions::DEFAULT, ProgrammableCoreType other = core_type>
  void relay_multicast(const Noc& noc, const Semaphore<other>& to, std::uint32_t x_start, std::uint32_t y_start,
                       std::uint32_t x_end, std::uint32_t y_end, std::uint32_t num_dests, bool = false,
                       std::uint32_t line = __builtin_LINE()) {
    tltt_dev::SemaphoreSetMulticast(address_, Rectangle(noc, to, x_start, y_start, x_end, y_end), num_dests,
                                    has_flag(options, NocOptions::MCAST_INCL_SRC), line);
  }
  void inc_multicast(const Noc& noc, std::uint32_t x_start, std::uint32_t y_start, std::uint32_t x_end,
                     std::uint32_t y_end, std::uint32_t value, std::uint32_t num_dests,
                     std::uint32_t line = __builtin_LINE()) {
    tltt_dev::SemaphoreIncrement(Rectangle(noc, *this, x_start, y_start, x_end, y_end), value, num_dests, line);
  }

  std::uint32_t address() const { return address_; }

 private:
  volatile tt_l1_ptr std::uint32_t* word() const {
    return reinterpret_cast<volatile tt_l1_ptr std::uint32_t*>(address_);
  }
  template <ProgrammableCoreType other>
  static std::uint64_t Rectangle(const Noc& noc, const Semaphore<other>& semaphore, std::uint32_t x_start,
                                 std::uint32_t y_start, std::uint32_t x_end, std::uint32_t y_end) {
    return get_noc_multicast_addr(x_start, y_start, x_end, y_end, semaphore.address(), noc.get_noc_id());
  }

  std::uint32_t address_;
};
