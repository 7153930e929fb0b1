#pragma once

#include <cstddef>
#include <span>

namespace ttsl {

template <typename T, std::size_t Extent = std::dynamic_extent>
using Span = std::span<T, Extent>;

template <typename T>
Span<T> MakeSpan(T* data, std::size_t size) {
  return {data, size};
}
template <typename Container>
auto make_span(Container& container) {
  return Span(container.data(), container.size());
}
template <typename Container>
auto make_const_span(const Container& container) {
  return Span<const typename Container::value_type>(container.data(), container.size());
}

}  // namespace ttsl

namespace tt::stl {
using namespace ::ttsl;
}
namespace stl {
using namespace ::ttsl;
}
