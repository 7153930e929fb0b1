// Spellings that the plan's writer and readers share.
#pragma once

#include <array>
#include <charconv>
#include <optional>
#include <string>
#include <string_view>
#include <utility>

#include "tltt/program.h"

namespace tltt {

inline constexpr int kSchemaVersion = 1;
inline constexpr char kPlanFile[] = "tt.plan.json";
inline constexpr char kHostFile[] = "main.cpp";
inline constexpr char kBuildFile[] = "CMakeLists.txt";

inline constexpr std::array<std::pair<Role, const char*>, 3> kRoles = {
    {{Role::kReader, "reader"}, {Role::kCompute, "compute"}, {Role::kWriter, "writer"}}};
inline constexpr std::array<std::pair<Memory, const char*>, 2> kMemories = {
    {{Memory::kDram, "DRAM"}, {Memory::kL1, "L1"}}};
inline constexpr std::array<std::pair<TensorLayout, const char*>, 2> kTensorLayouts = {
    {{TensorLayout::kTile, "tile"}, {TensorLayout::kRowMajor, "row_major"}}};
inline constexpr std::array<std::pair<Access, const char*>, 3> kAccesses = {
    {{Access::kIn, "in"}, {Access::kOut, "out"}, {Access::kInOut, "inout"}}};
inline constexpr std::array<std::pair<RuntimeArg::Kind, const char*>, 5> kArgKinds = {
    {{RuntimeArg::Kind::kTensorAddress, "tensor_address"},
     {RuntimeArg::Kind::kCommon, "common"},
     {RuntimeArg::Kind::kPerCore, "per_core"},
     {RuntimeArg::Kind::kNocX, "noc_x"},
     {RuntimeArg::Kind::kNocY, "noc_y"}}};
inline constexpr std::array<std::pair<MathFidelity, const char*>, 4> kFidelities = {{{MathFidelity::kLoFi, "LoFi"},
                                                                                     {MathFidelity::kHiFi2, "HiFi2"},
                                                                                     {MathFidelity::kHiFi3, "HiFi3"},
                                                                                     {MathFidelity::kHiFi4, "HiFi4"}}};

template <typename Table, typename Value>
const char* NameIn(const Table& table, Value value) {
  for (const auto& [candidate, name] : table) {
    if (candidate == value) return name;
  }
  return "invalid";
}

// "(x,y)".
inline std::string CoreKey(Core core) { return "(" + std::to_string(core.x) + "," + std::to_string(core.y) + ")"; }

// Accepts a blank after the comma, as Python prints tuples; nullopt for anything else or for numbers beyond 16 bits.
inline std::optional<Core> ParseCoreKey(std::string_view key) {
  if (key.size() < 5 || key.front() != '(' || key.back() != ')') return std::nullopt;
  const char* end = key.data() + key.size() - 1;
  Core core;
  const auto x = std::from_chars(key.data() + 1, end, core.x);
  if (x.ec != std::errc() || x.ptr == end || *x.ptr != ',') return std::nullopt;
  const char* rest = x.ptr + 1;
  if (rest != end && *rest == ' ') ++rest;
  const auto y = std::from_chars(rest, end, core.y);
  if (y.ec != std::errc() || y.ptr != end) return std::nullopt;
  return core;
}

}  // namespace tltt
