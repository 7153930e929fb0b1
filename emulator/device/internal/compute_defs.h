// Enumerations of the compute API, shared by the device headers and the emulator (llk_defs.h of TT-Metalium has the
// values).
#pragma once

#include <cstdint>

#include "internal/data_format.h"

namespace ckernel {

// Which faces of a tile an SFPU operation covers: R F0 F1, C F0 F2, RC all, None F0.
enum class VectorMode : std::uint8_t { None = 0, R = 1, C = 2, RC = 4, RC_custom = 6, Invalid = 0xff };
enum class ReduceDim : std::uint8_t { REDUCE_ROW, REDUCE_COL, REDUCE_SCALAR };
enum class PoolType : std::uint8_t { SUM, AVG, MAX, MIN };
enum class DataCopyType : std::uint8_t { A2D, B2D };
enum class EltwiseBinaryType : std::uint8_t { ELWMUL, ELWDIV, ELWADD, ELWSUB, ELWLESS };
enum class EltwiseBinaryReuseDestType { NONE = 0, DEST_TO_SRCA = 1, DEST_TO_SRCB = 2 };
enum class DstSync : std::uint8_t { SyncHalf = 0, SyncFull = 1 };
// What of operand B is repeated: COL its column 0, ROW its row 0, SCALAR its element (0, 0).
enum class BroadcastType : std::uint8_t { NONE = 0, COL = 1, ROW = 2, SCALAR = 3 };
enum class MathFidelity : std::uint8_t { LoFi = 0, HiFi2 = 2, HiFi3 = 3, HiFi4 = 4 };
enum class SrcOrder : std::uint8_t { Regular = 0, Reverse = 1 };
enum class RoundingMode : std::uint8_t { None = 0, Trunc = 1, Floor = 2 };
enum class DstRoundingMode : std::uint8_t { Default = 0, RNE = 1 };

enum class ReluType : std::uint8_t { NO_RELU = 0, ZERO_RELU, MIN_THRESHOLD_RELU, MAX_THRESHOLD_RELU };

// The packer's ReLU: its mode and a threshold in the upper half of an fp32 (bf16 bits).
struct ReluConfig {
  static constexpr ReluConfig none() { return {ReluType::NO_RELU, 0}; }
  static constexpr ReluConfig zero() { return {ReluType::ZERO_RELU, 0}; }
  static constexpr ReluConfig min_threshold(std::uint32_t t) { return {ReluType::MIN_THRESHOLD_RELU, t}; }
  static constexpr ReluConfig max_threshold(std::uint32_t t) { return {ReluType::MAX_THRESHOLD_RELU, t}; }
  static constexpr ReluConfig from_packed(std::uint32_t packed) {
    return {static_cast<ReluType>(packed & 3), (packed >> 16) & 0xffff};
  }
  constexpr ReluType get_mode() const { return mode; }
  constexpr std::uint32_t get_threshold() const { return threshold; }

 private:
  constexpr ReluConfig(ReluType m, std::uint32_t t) : mode(m), threshold(t) {}
  ReluType mode;
  std::uint32_t threshold;
};

}  // namespace ckernel
