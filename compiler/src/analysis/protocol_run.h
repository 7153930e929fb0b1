// The three roles' kernels of every core reduced to what they do to circular buffers and semaphores, and a run of all
// of them against one another. Knows no TVM: analysis/protocol_proof.cc makes these programs from the lowered IR.
//
// Circular buffers are bounded queues with one reader and one writer, so the order in which roles take their turns
// changes nothing: if one run ends well, every run does.
//
// Long loops are not run to their end. Where all roles, buffers and semaphores stand as they stood some turns ago, but
// for numbers that have grown, one more such round is followed for all the rounds that are left at once, with numbers
// as functions of the round (Progression). If every decision is the same in all of them and the round ends with the
// numbers with which the next one starts, then by induction all of them end well, and the run goes on behind the last
// one.
//
// Cores that signal no others run block by block. A block does what its own numbers (the trips of its loops, say) and
// the state of the circular buffers at its beginning say, so blocks that agree in these are run once.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <string>
#include <utility>
#include <vector>

#include "analysis/protocol_expr.h"
#include "tltt/program.h"

namespace tltt::compiler {

enum class ProtocolEvent : uint8_t {
  kReserve,
  kPush,
  kWait,
  kPop,
  kSemaphoreWait,
  kSemaphoreSet,
  kSemaphoreAdd,
  kSemaphoreSend
};

// kSet: slot = a. kLoop: slot = a, and on to `target` unless slot < b (kept in slot + 1). kNext: the loop at `target`
// once more. kUnless: on to `target` if a is 0. kJump. kEvent: on circular buffer or semaphore `object`, a: pages or
// value; kSemaphoreAdd at core (corners[0], corners[1]), kSemaphoreSend to the rectangle of `corners` but for the
// sender.
struct ProtocolStep {
  enum class Kind : uint8_t { kSet, kLoop, kNext, kUnless, kJump, kEvent, kEnd };
  Kind kind = Kind::kEnd;
  ProtocolEvent event = ProtocolEvent::kReserve;
  uint32_t object = 0;
  int slot = -1, a = -1, b = -1, target = -1;  // a, b: expressions
  std::array<int, 4> corners = {-1, -1, -1, -1};
  std::string text;  // of an event: "cb_wait_front(cb_in0, 1)", and the user's line
};

struct ProtocolKernel {
  std::vector<ProtocolExpr> exprs;
  std::vector<ProtocolStep> steps;
  std::vector<std::pair<int, std::string>> args;  // slots that hold runtime arguments
  int slots = 0;
};

struct ProtocolResult {
  std::string problem;   // empty: proved. Else what goes wrong, on which core, and the calls that lead there
  bool complete = true;  // false: something depends on data, or the run was longer than the limit
  uint64_t events = 0;   // that were followed
  uint64_t rounds = 0;   // of loops, that were proved without being run
};

// `kernels` by Role. Runs at most `limit` events.
ProtocolResult RunProtocol(const Program& program, const std::array<ProtocolKernel, 3>& kernels, uint64_t limit);

}  // namespace tltt::compiler
