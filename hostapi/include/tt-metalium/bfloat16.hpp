// bfloat16 on the host, and vectors of it. Names of newer and older SDKs stand side by side.
#pragma once

#include <bit>
#include <compare>
#include <cstddef>
#include <cstdint>
#include <functional>
#include <ostream>
#include <string>
#include <type_traits>
#include <utility>
#include <vector>

#include <tt_stl/assert.hpp>

class bfloat16 {
 public:
  static constexpr std::size_t SIZEOF = 2;
  constexpr bfloat16() = default;
  // The nearest bfloat16 to a number, ties to even.
  template <typename T>
    requires std::is_arithmetic_v<T>
  constexpr bfloat16(T value) noexcept : bits_(Round(static_cast<float>(value))) {}
  static constexpr bfloat16 truncate(float value) {
    return FromBits(static_cast<uint16_t>(std::bit_cast<uint32_t>(value) >> 16));
  }
  static constexpr bfloat16 FromBits(uint16_t bits) {
    bfloat16 result;
    result.bits_ = bits;
    return result;
  }

  constexpr operator float() const { return std::bit_cast<float>(static_cast<uint32_t>(bits_) << 16); }
  constexpr float to_float() const { return *this; }
  constexpr uint16_t to_packed() const { return bits_; }
  constexpr uint16_t to_uint16() const { return bits_; }

  constexpr bool operator==(bfloat16 other) const { return to_float() == other.to_float(); }
  constexpr std::partial_ordering operator<=>(bfloat16 other) const { return to_float() <=> other.to_float(); }
  constexpr bfloat16 operator+(bfloat16 other) const { return to_float() + other.to_float(); }
  constexpr bfloat16 operator-(bfloat16 other) const { return to_float() - other.to_float(); }
  constexpr bfloat16 operator*(bfloat16 other) const { return to_float() * other.to_float(); }
  constexpr bfloat16 operator/(bfloat16 other) const { return to_float() / other.to_float(); }
  constexpr bfloat16& operator+=(bfloat16 other) { return *this = *this + other; }
  constexpr bfloat16& operator-=(bfloat16 other) { return *this = *this - other; }
  constexpr bfloat16& operator*=(bfloat16 other) { return *this = *this * other; }
  constexpr bfloat16& operator/=(bfloat16 other) { return *this = *this / other; }

 private:
  static constexpr uint16_t Round(float value) {
    if (value != value) return 0x7fc0;
    const auto bits = std::bit_cast<uint32_t>(value);
    return static_cast<uint16_t>((bits + 0x7fff + (bits >> 16 & 1)) >> 16);
  }
  uint16_t bits_ = 0;
};
static_assert(sizeof(bfloat16) == 2);

namespace tt::tt_metal {
using ::bfloat16;
}

std::ostream& operator<<(std::ostream& out, const bfloat16& value);

// The first one is in the low half.
uint32_t pack_two_bfloat16_into_uint32(std::pair<bfloat16, bfloat16> two);
std::pair<bfloat16, bfloat16> unpack_two_bfloat16_from_uint32(uint32_t packed);
std::vector<uint32_t> pack_bfloat16_vec_into_uint32_vec(const std::vector<bfloat16>& values);
bfloat16 bfloat16_identity_transform(const bfloat16& value);
std::vector<bfloat16> unpack_uint32_vec_into_bfloat16_vec(
    const std::vector<uint32_t>& packed,
    const std::function<bfloat16(const bfloat16&)>& transform = bfloat16_identity_transform);
std::vector<uint16_t> u16_from_u32_vector(const std::vector<uint32_t>& packed);
std::vector<uint32_t> u32_from_u16_vector(const std::vector<uint16_t>& values);

// Uniform in [offset, offset + max), from a Mersenne twister with this seed.
std::vector<bfloat16> create_random_vector_of_bfloat16_native(std::size_t bytes, float max, int seed,
                                                              float offset = 0.0f);
std::vector<uint32_t> create_random_vector_of_bfloat16(std::size_t bytes, int max, int seed, float offset = 0.0f);
std::vector<uint32_t> create_random_vector_of_bfloat16_1_1(std::size_t bytes, int seed);  // [-1, 1)
std::vector<uint32_t> create_random_vector_of_bfloat16_0_2(std::size_t bytes, int seed);  // [0, 2)
std::vector<uint32_t> create_constant_vector_of_bfloat16(std::size_t bytes, float value);
std::vector<uint32_t> create_arange_vector_of_bfloat16(std::size_t bytes, bool print = true);
std::vector<bfloat16> create_identity_matrix(int rows, int columns, int ones);

// Comparisons of results, which print where they fail.
bool equal_within_n_sig_figs(float a, float b, int digits);
bool equal_within_absolute_tolerance(float a, float b, float tolerance);
bool is_close(float a, float b, float rtol = 0.01f, float atol = 0.001f);
bool packed_uint32_t_vector_comparison(const std::vector<uint32_t>& a, const std::vector<uint32_t>& b,
                                       const std::function<bool(float, float)>& equal, int* argfail = nullptr);
void print_vec_of_uint32_as_packed_bfloat16(const std::vector<uint32_t>& values, int tiles,
                                            const std::string& name = "", int first_tile = 0);
void print_vec_of_bfloat16(const std::vector<bfloat16>& values, int tiles, const std::string& name = "",
                           int first_tile = 0);
void print_vec(const std::vector<uint32_t>& values, int tiles, const std::string& name = "", int first_tile = 0);
void print_golden_metalium_vectors(const std::vector<bfloat16>& golden, const std::vector<bfloat16>& result);
