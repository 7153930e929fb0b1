// Elements of one format into those of another, at the edge between the caller's tensors and the device's pages.
#pragma once

#include <cstddef>
#include <cstdint>

#include "tltt/program.h"

namespace tltt {

// Formats whose elements stand alone: fp32, fp16, bf16.
bool IsConvertible(DataFormat format);

// Rounds to nearest even; both have to be convertible, the ranges must not overlap.
void Convert(DataFormat from, const std::byte* source, DataFormat to, std::byte* target, int64_t count);

}  // namespace tltt
