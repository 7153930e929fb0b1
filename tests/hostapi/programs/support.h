// What the programs of this folder share: random numbers of both signs, and comparisons that end the program with 1.
#pragma once

#include <cmath>
#include <cstdint>
#include <cstdlib>
#include <iostream>
#include <random>
#include <string>
#include <vector>

#include <tt-metalium/bfloat16.hpp>

inline std::vector<bfloat16> Random(size_t count, int seed) {
  std::mt19937 engine(static_cast<unsigned>(seed));
  std::normal_distribution<float> normal;
  std::vector<bfloat16> values(count);
  for (bfloat16& value : values) value = normal(engine);
  return values;
}

inline void Require(bool condition, const std::string& what) {
  if (condition) return;
  std::cerr << "FAILED: " << what << "\n";
  std::exit(1);
}

// Every element within `tolerance` of the largest magnitude.
inline void RequireClose(const std::vector<bfloat16>& got, const std::vector<float>& want, float tolerance) {
  Require(got.size() == want.size(), "sizes " + std::to_string(got.size()) + " and " + std::to_string(want.size()));
  float largest = 0;
  for (const float w : want) largest = std::max(largest, std::fabs(w));
  Require(largest > 0, "the expected result is all zero");
  for (size_t i = 0; i < got.size(); ++i) {
    Require(std::fabs(static_cast<float>(got[i]) - want[i]) <= tolerance * largest,
            "element " + std::to_string(i) + " is " + std::to_string(static_cast<float>(got[i])) + ", not " +
                std::to_string(want[i]));
  }
}

inline std::vector<float> Matmul(const std::vector<bfloat16>& a, const std::vector<bfloat16>& b, uint32_t M, uint32_t N,
                                 uint32_t K) {
  std::vector<float> c(size_t{M} * N);
  for (uint32_t i = 0; i < M; ++i) {
    for (uint32_t k = 0; k < K; ++k) {
      for (uint32_t j = 0; j < N; ++j)
        c[i * N + j] += static_cast<float>(a[i * K + k]) * static_cast<float>(b[k * N + j]);
    }
  }
  return c;
}

// Kernels lie beside the programs.
inline std::string KernelPath(const std::string& name) { return std::string(TEST_KERNELS) + "/" + name; }
