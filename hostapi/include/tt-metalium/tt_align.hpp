#pragma once

// The next multiple of `alignment`.
template <typename A, typename B>
constexpr auto align(A value, B alignment) {
  return (value + alignment - 1) / alignment * alignment;
}

namespace tt {
using ::align;
}
