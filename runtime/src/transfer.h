// Tensors between host memory and the device's pages.
#pragma once

#include "tltt/emulator.h"
#include "tltt/program.h"
#include "tltt/runtime.h"

namespace tltt {

// Pages that `tensor` takes on the device.
uint64_t PageCount(const Tensor& tensor);

// Fills every page of `buffer` from `host`; what lies beyond the tensor's edge reads as zero. Throws
// std::invalid_argument where the device holds the tensor in a format that is not its dtype's.
void WriteToDevice(const Tensor& tensor, const HostTensor& host, const emu::Buffer& buffer, emu::Device& device);

// Copies the pages that the program has written back; elements of the others keep the caller's values.
void ReadFromDevice(const Tensor& tensor, const emu::Buffer& buffer, emu::Device& device, const HostTensor& host);

}  // namespace tltt
