#pragma once

#include <span>

namespace ttsl {
template <typename T>
using Span = std::span<T>;
}  // namespace ttsl
