// The way from the device API headers into the emulator's engine: functions of the library that kernels link against.
// Thin on purpose; every one acts on the role that runs on this thread. `line` is the kernel's source line, taken by the
// API headers with a defaulted parameter `uint32_t line = __builtin_LINE()`.
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
const uint32_t* Args(uint32_t index, uint32_t line);        // pointer to argument `index`, checked
const uint32_t* CommonArgs(uint32_t index, uint32_t line);
uint32_t LogicalX();
uint32_t LogicalY();

}  // namespace tltt::emu::device
