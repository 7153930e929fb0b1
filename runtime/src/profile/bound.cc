// The verdict: a unit or a resource that is at work nearly all the time bounds the kernel. Where there is none, the
// question goes from unit to unit: whom does it wait for most?
#include <fmt/format.h>

#include <algorithm>
#include <set>

#include "analysis.h"

namespace tltt::profile {
namespace {

using emu::Cause;
using emu::Unit;

constexpr double kSaturated = 0.75;  // of the time at work: nothing else needs to be asked
constexpr double kMostly = 0.5;
constexpr double kUneven = 0.75;  // balance below which cores wait for the slowest one

std::string Percent(double share) { return fmt::format("{:.0f} %", 100 * share); }

const char* KindOf(Unit unit) {
  switch (unit) {
    case Unit::kMath:
      return "math";
    case Unit::kUnpack:
      return "unpack";
    case Unit::kPack:
      return "pack";
    default:
      return "issue";
  }
}

const char* WorkOf(Unit unit) {
  switch (unit) {
    case Unit::kMath:
      return "the math unit computes";
    case Unit::kUnpack:
      return "the unpackers bring operands into the source registers";
    case Unit::kPack:
      return "the packer writes results to L1";
    case Unit::kReader:
      return "the reader's RISC-V core issues commands";
    case Unit::kWriter:
      return "the writer's RISC-V core issues commands";
  }
  return "";
}

Bound Saturated(const std::string& kind, double share, const std::string& what) {
  return {kind, share, fmt::format("{} {} of the time", what, Percent(share)), {}};
}

// The fed or feeding side of the buffer on which `unit` waits most.
Unit Partner(const Analysis& a, Unit unit, Cause cause, Unit otherwise) {
  const BufferUse* found = nullptr;
  const auto weight = [&](const BufferUse& b) { return cause == Cause::kCbPages ? b.empty : b.full; };
  for (const BufferUse& buffer : a.buffers) {
    if ((cause == Cause::kCbPages ? buffer.consumer : buffer.producer) != unit) continue;
    if (!found || weight(buffer) > weight(*found)) found = &buffer;
  }
  if (!found) return otherwise;
  return cause == Cause::kCbPages ? found->producer : found->consumer;
}

struct Memory {
  const char* kind;
  double share;
  std::string text;
};

// What a wait for transfers is a wait for.
Memory Transfers(const Analysis& a) {
  if (a.dram_mean >= kMostly && a.dram_mean >= 0.8 * a.noc_max)
    return {"dram", a.dram_mean, fmt::format("DRAM banks are at work {} of the time", Percent(a.dram_mean))};
  if (a.dram_max >= kSaturated)
    return {"dram", a.dram_max, fmt::format("one DRAM bank is at work {} of the time", Percent(a.dram_max))};
  if (a.noc_max >= kMostly)
    return {"noc", a.noc_max, fmt::format("the busiest part of the NoC is at work {} of the time", Percent(a.noc_max))};
  return {
      "waiting", std::max(a.dram_mean, a.noc_max),
      fmt::format("each transfer is awaited before the next block is asked for: neither DRAM ({} at work) nor the NoC "
                  "({} at most) is full",
                  Percent(a.dram_mean), Percent(a.noc_max))};
}

}  // namespace

Bound FindBound(const Analysis& a) {
  if (a.balance < kUneven) {
    return {
        "imbalance",
        1 - a.balance,
        fmt::format("cores end after {} of the time on average: the others wait for the slowest", Percent(a.balance)),
        {}};
  }
  Unit busiest = Unit::kMath;
  for (size_t u = 0; u < emu::kUnits; ++u) {
    if (a.Busy(static_cast<Unit>(u)) > a.Busy(busiest)) busiest = static_cast<Unit>(u);
  }
  if (a.Busy(busiest) >= kSaturated && a.Busy(busiest) >= a.dram_mean)
    return Saturated(KindOf(busiest), a.Busy(busiest), WorkOf(busiest));
  if (a.dram_mean >= kSaturated) return Saturated("dram", a.dram_mean, "DRAM banks are at work");

  // From unit to unit.
  Bound bound;
  Unit unit = a.present[static_cast<size_t>(Unit::kMath)] && a.mean[static_cast<size_t>(Unit::kMath)][0] > 0
                  ? Unit::kMath
                  : Unit::kReader;
  std::set<Unit> seen;
  for (;;) {
    const Shares& shares = a.of_critical[static_cast<size_t>(unit)];
    const auto wait = std::max_element(shares.begin() + 1, shares.end());
    const auto cause = static_cast<Cause>(wait - shares.begin());
    const std::string head = fmt::format("{} is at work {} of the time", emu::UnitName(unit), Percent(shares[0]));
    if (shares[0] >= kMostly || *wait < 0.1 || shares[0] > *wait) {
      bound.chain.push_back(head);
      bound.kind = KindOf(unit), bound.share = shares[0];
      bound.text =
          fmt::format("{} {} of the time, longer than it waits for anything", WorkOf(unit), Percent(shares[0]));
      return bound;
    }
    bound.chain.push_back(fmt::format("{} and waits {} for {}", head, Percent(*wait), emu::CauseName(cause)));
    if (!seen.insert(unit).second) {
      bound.kind = "waiting", bound.share = *wait;
      bound.text = "units take turns: each waits for the other's result instead of working beside it";
      return bound;
    }
    switch (cause) {
      case Cause::kOperands:
        unit = Unit::kUnpack;
        break;
      case Cause::kDst:
        unit = unit == Unit::kMath ? Unit::kPack : Unit::kMath;
        break;
      case Cause::kCbPages:
        unit = Partner(a, unit, cause, unit == Unit::kWriter ? Unit::kPack : Unit::kReader);
        break;
      case Cause::kCbSpace:
        unit = Partner(a, unit, cause, unit == Unit::kPack ? Unit::kWriter : Unit::kUnpack);
        break;
      case Cause::kSemaphore:
        bound.kind = "waiting", bound.share = *wait;
        bound.text = fmt::format("{} waits {} of the time for a signal of another core: the hand-shake of a multicast",
                                 emu::UnitName(unit), Percent(*wait));
        return bound;
      default: {
        const Memory memory = Transfers(a);
        bound.kind = memory.kind, bound.share = memory.share, bound.text = memory.text;
        return bound;
      }
    }
  }
}

}  // namespace tltt::profile
