// Tensors between host memory and the device's pages.
#pragma once

#include <cstddef>
#include <span>

#include "tltt/emulator.h"
#include "tltt/program.h"
#include "tltt/runtime.h"

namespace tltt {

// Pages that `tensor` takes on the device.
uint64_t PageCount(const Tensor& tensor);

// Fills the tensor's pages, wherever they lie, from `host`; what lies beyond the tensor's edge reads as zero. Throws
// std::invalid_argument where the device holds the tensor in a format that is not its dtype's.
void FillPages(const Tensor& tensor, const HostTensor& host, std::span<std::byte* const> pages);

// Copies pages back into `host`; elements of pages that are null keep the caller's values.
void TakePages(const Tensor& tensor, std::span<std::byte* const> pages, const HostTensor& host);

// FillPages for every page of an emulated buffer, which then counts as written.
void WriteToDevice(const Tensor& tensor, const HostTensor& host, const emu::Buffer& buffer, emu::Device& device);

// Zeros beyond the tensor's edge in the pages that a program has written: kernels compute whole pages, and the next one
// counts on the zeros.
void ClearPadding(const Tensor& tensor, const emu::Buffer& buffer, emu::Device& device);

// TakePages of those pages that the program has written.
void ReadFromDevice(const Tensor& tensor, const emu::Buffer& buffer, emu::Device& device, const HostTensor& host);

}  // namespace tltt
