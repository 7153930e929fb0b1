// What g++ calls for every load and store of a kernel that is built with -fsanitize=thread: check mode sees accesses
// through plain pointers by it. (ThreadSanitizer's own library is not involved.)
#include <cstdint>

#include "check/checker.h"
#include "core.h"
#include "current_role.h"

namespace {

void Report(const void* address, uint64_t bytes, bool write) {
  using namespace tltt::emu;
  RoleContext* role = CurrentRoleOrNull();
  if (!role || !role->checker()) return;
  role->checker()->OnPointer(*role, reinterpret_cast<uint64_t>(address), static_cast<uint32_t>(bytes), write);
}

}  // namespace

#define TLTT_EXPORT extern "C" __attribute__((visibility("default"))) void

// NOLINTBEGIN(bugprone-reserved-identifier): the names are g++'s
#define TLTT_ACCESS(bytes)                                                                            \
  TLTT_EXPORT __tsan_read##bytes(void* address) { Report(address, bytes, false); }                    \
  TLTT_EXPORT __tsan_write##bytes(void* address) { Report(address, bytes, true); }                    \
  TLTT_EXPORT __tsan_volatile_read##bytes(void* address) { Report(address, bytes, false); }           \
  TLTT_EXPORT __tsan_volatile_write##bytes(void* address) { Report(address, bytes, true); }           \
  TLTT_EXPORT __tsan_unaligned_read##bytes(void* address) { Report(address, bytes, false); }          \
  TLTT_EXPORT __tsan_unaligned_write##bytes(void* address) { Report(address, bytes, true); }          \
  TLTT_EXPORT __tsan_unaligned_volatile_read##bytes(void* address) { Report(address, bytes, false); } \
  TLTT_EXPORT __tsan_unaligned_volatile_write##bytes(void* address) { Report(address, bytes, true); }

TLTT_ACCESS(1)
TLTT_ACCESS(2)
TLTT_ACCESS(4)
TLTT_ACCESS(8)
TLTT_ACCESS(16)
#undef TLTT_ACCESS

TLTT_EXPORT __tsan_read_range(void* address, unsigned long bytes) { Report(address, bytes, false); }
TLTT_EXPORT __tsan_write_range(void* address, unsigned long bytes) { Report(address, bytes, true); }
TLTT_EXPORT __tsan_vptr_update(void**, void*) {}
TLTT_EXPORT __tsan_vptr_read(void**) {}
TLTT_EXPORT __tsan_func_entry(void*) {}
TLTT_EXPORT __tsan_func_exit(void*) {}
TLTT_EXPORT __tsan_init() {}
// NOLINTEND(bugprone-reserved-identifier)
#undef TLTT_EXPORT
