// Integer expressions of a protocol (protocol_run.h), for one state and for all rounds of a steady state.
#pragma once

#include <cstddef>
#include <cstdint>
#include <vector>

namespace tltt::compiler {

inline constexpr size_t kProtocolStack = 64;    // steps of an expression at most
inline constexpr int64_t kUnknown = INT64_MIN;  // a value that depends on data

// An integer expression over slots, in postfix order. Values that depend on data are unknown.
struct ProtocolExpr {
  enum class Op : uint8_t {
    kConst,
    kSlot,
    kElement,
    kUnknown,
    kAdd,
    kSub,
    kMul,
    kDiv,
    kMod,
    kMin,
    kMax,
    kEq,
    kNe,
    kLt,
    kLe,
    kAnd,
    kOr,
    kNot,
    kSelect
  };
  struct Step {
    Op op = Op::kConst;
    int64_t value = 0;  // kConst: the value; kSlot: its number; kElement: the number of the first one
    int64_t count = 0;  // kElement, which takes an index: of so many slots
  };
  std::vector<Step> steps;
};

int64_t EvaluateProtocol(const ProtocolExpr& expr, const std::vector<int64_t>& slots);

// What a slot holds in round j: first + step * j. Unknown where that is not so in every round.
struct Progression {
  int64_t first = 0, step = 0;
  bool known() const { return first != kUnknown; }
  bool constant() const { return known() && step == 0; }
  int64_t At(int64_t round) const { return first + step * round; }
  bool operator==(const Progression&) const = default;
};

// Of `rounds` rounds, 0 and on.
Progression EvaluateProtocol(const ProtocolExpr& expr, const std::vector<Progression>& slots, int64_t rounds);

}  // namespace tltt::compiler
