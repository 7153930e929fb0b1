// The way from the device API headers into the emulator's engine: functions of the library that kernels link against.
// Thin on purpose; every one acts on the role that runs on this thread. `line` is the kernel's source line, taken by
// the API headers with a defaulted parameter `uint32_t line = __builtin_LINE()`.
#pragma once

#include <cstdint>

namespace tltt::emu::device {

// Circular buffers, for all roles.
void CbReserveBack(uint32_t cb, int32_t pages, uint32_t line);
void CbPushBack(uint32_t cb, int32_t pages, uint32_t line);
void CbWaitFront(uint32_t cb, int32_t pages, uint32_t line);
void CbPopFront(uint32_t cb, int32_t pages, uint32_t line);
bool CbPagesAvailable(uint32_t cb, int32_t pages, uint32_t line);
bool CbPagesReservable(uint32_t cb, int32_t pages, uint32_t line);
uint32_t CbWritePointer(uint32_t cb, uint32_t line);  // 32-bit host address in this core's L1 image
uint32_t CbReadPointer(uint32_t cb, uint32_t line);
uint32_t CbPageSize(uint32_t cb, uint32_t line);
uint32_t CbDataFormat(uint32_t cb, uint32_t line);

// Runtime arguments and identity.
const uint32_t* Args(uint32_t index, uint32_t line);  // pointer to argument `index` in L1, checked
const uint32_t* CommonArgs(uint32_t index, uint32_t line);
uint32_t LogicalX();
uint32_t LogicalY();

// NoC addresses. Page p of an interleaved buffer lies in bank p % banks, at base + (p / banks) * aligned page size.
uint64_t WorkerAddress(uint32_t x, uint32_t y, uint32_t local);
uint64_t MulticastAddress(uint32_t x0, uint32_t y0, uint32_t x1, uint32_t y1, uint32_t local);
uint64_t SelfAddress(uint32_t local);
uint64_t PageAddress(bool dram, uint32_t page, uint32_t base, uint32_t page_size, uint32_t offset);
uint64_t BankAddress(bool dram, uint32_t bank, uint32_t local);

// The _one_packet calls: fails when `bytes` is more than one packet carries.
void CheckPacket(uint32_t bytes, uint32_t max_bytes, uint32_t line);
// Transfers. In the _WithState forms 0 bytes stands for the size given to _SetState.
void NocRead(uint64_t source, uint32_t destination, uint32_t bytes, uint32_t line);
void NocWrite(uint32_t source, uint64_t destination, uint32_t bytes, uint32_t line);
void NocMulticast(uint32_t source, uint64_t destination, uint32_t bytes, uint32_t num_dests, bool loopback, bool linked,
                  uint32_t line);
void NocWriteWord(uint64_t destination, uint32_t value, uint32_t line);
void NocReadSetState(uint64_t source, uint32_t bytes, uint32_t line);
void NocReadWithState(uint32_t source_local, uint32_t destination, uint32_t bytes, uint32_t line);
void NocWriteSetState(uint64_t destination, uint32_t bytes, uint32_t line);
void NocWriteWithState(uint32_t source, uint32_t destination_local, uint32_t bytes, uint32_t line);
void NocReadBarrier(uint32_t line);
void NocWriteBarrier(uint32_t line);
void NocWritesFlushed(uint32_t line);
void NocAtomicBarrier(uint32_t line);

// Semaphores: 32-bit words in L1.
uint32_t SemaphoreAddress(uint32_t id, uint32_t line);
void SemaphoreIncrement(uint64_t address, uint32_t amount, uint32_t num_dests, uint32_t line);  // num_dests 0: one core
void SemaphoreSetMulticast(uint32_t source, uint64_t destination, uint32_t num_dests, bool loopback, uint32_t line);
void SemaphoreSetRemote(uint32_t source, uint64_t destination, uint32_t line);
void SemaphoreWait(const volatile uint32_t* address, uint32_t value, bool at_least, uint32_t line);
void SemaphoreSet(volatile uint32_t* address, uint32_t value, uint32_t line);

// DPRINT: text is gathered in the role until a line ends.
void Print(const char* text);
void PrintUnsigned(uint64_t value);
void PrintSigned(int64_t value);
void PrintFloat(double value);
void PrintBase(int base);  // of the integers to come
struct TilePrint {
  uint32_t cb;
  int32_t tile;    // after the read or the write pointer
  bool at_back;    // the write pointer
  bool untilized;  // rows of the tile; else rows of 32 elements as they lie in L1
  bool line_per_row;
  uint8_t rows[3], columns[3];  // begin, end, step
};
void PrintTile(const TilePrint& print, uint32_t line);

uint64_t Cycles();  // the role's clock
[[noreturn]] void AssertFailed(const char* condition, uint32_t line);

}  // namespace tltt::emu::device
