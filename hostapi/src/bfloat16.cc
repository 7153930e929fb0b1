#include <tt-metalium/bfloat16.hpp>

#include <algorithm>
#include <cmath>
#include <cstring>
#include <iostream>
#include <random>

std::ostream& operator<<(std::ostream& out, const bfloat16& value) { return out << static_cast<float>(value); }

uint32_t pack_two_bfloat16_into_uint32(std::pair<bfloat16, bfloat16> two) {
  return two.first.to_packed() | static_cast<uint32_t>(two.second.to_packed()) << 16;
}

std::pair<bfloat16, bfloat16> unpack_two_bfloat16_from_uint32(uint32_t packed) {
  return {bfloat16::FromBits(static_cast<uint16_t>(packed)), bfloat16::FromBits(static_cast<uint16_t>(packed >> 16))};
}

std::vector<uint32_t> pack_bfloat16_vec_into_uint32_vec(const std::vector<bfloat16>& values) {
  TT_FATAL(values.size() % 2 == 0, "an odd number of values does not fill 32-bit words: {}", values.size());
  std::vector<uint32_t> packed(values.size() / 2);
  std::memcpy(packed.data(), values.data(), packed.size() * sizeof(uint32_t));
  return packed;
}

bfloat16 bfloat16_identity_transform(const bfloat16& value) { return value; }

std::vector<bfloat16> unpack_uint32_vec_into_bfloat16_vec(const std::vector<uint32_t>& packed,
                                                          const std::function<bfloat16(const bfloat16&)>& transform) {
  std::vector<bfloat16> values(packed.size() * 2);
  std::memcpy(static_cast<void*>(values.data()), packed.data(), packed.size() * sizeof(uint32_t));
  std::transform(values.begin(), values.end(), values.begin(), transform);
  return values;
}

std::vector<uint16_t> u16_from_u32_vector(const std::vector<uint32_t>& packed) {
  std::vector<uint16_t> values(packed.size() * 2);
  std::memcpy(values.data(), packed.data(), packed.size() * sizeof(uint32_t));
  return values;
}

std::vector<uint32_t> u32_from_u16_vector(const std::vector<uint16_t>& values) {
  TT_FATAL(values.size() % 2 == 0, "an odd number of values does not fill 32-bit words: {}", values.size());
  std::vector<uint32_t> packed(values.size() / 2);
  std::memcpy(packed.data(), values.data(), packed.size() * sizeof(uint32_t));
  return packed;
}

std::vector<bfloat16> create_random_vector_of_bfloat16_native(size_t bytes, float max, int seed, float offset) {
  std::mt19937 engine(static_cast<std::mt19937::result_type>(seed));
  std::uniform_real_distribution<float> uniform(0.0f, max);
  std::vector<bfloat16> values(bytes / sizeof(bfloat16));
  for (bfloat16& value : values) value = uniform(engine) + offset;
  return values;
}

std::vector<uint32_t> create_random_vector_of_bfloat16(size_t bytes, int max, int seed, float offset) {
  return pack_bfloat16_vec_into_uint32_vec(
      create_random_vector_of_bfloat16_native(bytes / 4 * 4, static_cast<float>(max), seed, offset));
}
std::vector<uint32_t> create_random_vector_of_bfloat16_1_1(size_t bytes, int seed) {
  return create_random_vector_of_bfloat16(bytes, 2, seed, -1.0f);
}
std::vector<uint32_t> create_random_vector_of_bfloat16_0_2(size_t bytes, int seed) {
  return create_random_vector_of_bfloat16(bytes, 2, seed);
}

std::vector<uint32_t> create_constant_vector_of_bfloat16(size_t bytes, float value) {
  // One word or less is one value: the other half stays zero.
  if (bytes / sizeof(uint32_t) <= 1) return {pack_two_bfloat16_into_uint32({value, 0.0f})};
  return std::vector<uint32_t>(bytes / sizeof(uint32_t), pack_two_bfloat16_into_uint32({value, value}));
}

std::vector<uint32_t> create_arange_vector_of_bfloat16(size_t bytes, bool print) {
  std::vector<bfloat16> values(bytes / sizeof(uint32_t) * 2);
  for (size_t i = 0; i < values.size(); ++i) {
    values[i] = static_cast<float>(i);
    if (print) std::cout << i << ": " << values[i] << "\n";
  }
  return pack_bfloat16_vec_into_uint32_vec(values);
}

std::vector<bfloat16> create_identity_matrix(int rows, int columns, int ones) {
  std::vector<bfloat16> matrix(static_cast<size_t>(rows) * static_cast<size_t>(columns));
  for (int i = 0; i < ones; ++i) matrix.at(static_cast<size_t>(i) * columns + i) = 1.0f;
  return matrix;
}

bool equal_within_n_sig_figs(float a, float b, int digits) {
  if (a == b) return true;
  const float larger = std::max(std::fabs(a), std::fabs(b));
  const bool equal = std::fabs(a - b) < larger * std::pow(10.0f, static_cast<float>(1 - digits));
  if (!equal) std::cout << "not equal in " << digits << " digits: " << a << ", " << b << "\n";
  return equal;
}

bool equal_within_absolute_tolerance(float a, float b, float tolerance) { return std::fabs(a - b) < tolerance; }

bool is_close(float a, float b, float rtol, float atol) {
  const float difference = std::fabs(a - b);
  const bool close = difference <= atol || difference <= rtol * std::max(std::fabs(a), std::fabs(b));
  if (!close) std::cout << "not close: " << a << ", " << b << ", difference " << difference << "\n";
  return close;
}

bool packed_uint32_t_vector_comparison(const std::vector<uint32_t>& a, const std::vector<uint32_t>& b,
                                       const std::function<bool(float, float)>& equal, int* argfail) {
  if (a.size() != b.size()) {
    std::cout << "sizes differ: " << a.size() << ", " << b.size() << "\n";
    return false;
  }
  for (size_t i = 0; i < a.size(); ++i) {
    const auto [a0, a1] = unpack_two_bfloat16_from_uint32(a[i]);
    const auto [b0, b1] = unpack_two_bfloat16_from_uint32(b[i]);
    if (equal(a0, b0) && equal(a1, b1)) continue;
    if (argfail) *argfail = static_cast<int>(i);
    std::cout << "word " << i << ": " << a0 << ", " << a1 << " is not " << b0 << ", " << b1 << "\n";
    return false;
  }
  return true;
}

namespace {

template <typename At>
void PrintTiles(int tiles, const std::string& name, int first_tile, const At& at) {
  for (int tile = 0; tile < tiles; ++tile) {
    std::cout << name << " tile " << tile + first_tile << "\n";
    for (int row = 0; row < 32; ++row) {
      for (int column = 0; column < 32; ++column) {
        std::cout << at((static_cast<size_t>(tile) * 32 + row) * 32 + column) << ", ";
      }
      std::cout << "\n";
    }
    std::cout << "\n";
  }
}

}  // namespace

void print_vec_of_uint32_as_packed_bfloat16(const std::vector<uint32_t>& values, int tiles, const std::string& name,
                                            int first_tile) {
  print_vec_of_bfloat16(unpack_uint32_vec_into_bfloat16_vec(values), tiles, name, first_tile);
}
void print_vec_of_bfloat16(const std::vector<bfloat16>& values, int tiles, const std::string& name, int first_tile) {
  PrintTiles(tiles, name, first_tile, [&](size_t i) { return values.at(i).to_float(); });
}
void print_vec(const std::vector<uint32_t>& values, int tiles, const std::string& name, int first_tile) {
  PrintTiles(tiles, name, first_tile, [&](size_t i) { return values.at(i); });
}
void print_golden_metalium_vectors(const std::vector<bfloat16>& golden, const std::vector<bfloat16>& result) {
  std::cout << "-- index -- golden -- metalium --\n";
  for (size_t i = 0; i < result.size(); i += 128) {
    std::cout << "-- " << i << " -- " << golden.at(i) << " <--> " << result[i] << "\n";
  }
}
