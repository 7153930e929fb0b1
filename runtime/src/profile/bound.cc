// The verdict. What bounds a kernel is what would make it faster: the part of the chip that saves most of the time if
// it worked twice as fast. Where no part does, units wait for one another's results, and the question goes from unit to
// unit: whom does it wait for most?
#include <fmt/format.h>

#include <algorithm>
#include <set>

#include "analysis.h"

namespace tltt::profile {
namespace {

using emu::Cause;
using emu::Unit;

constexpr double kMatters = 0.1;  // of the time, saved by a part of twice the speed
constexpr double kUneven = 0.75;  // balance below which cores wait for the slowest one

std::string Percent(double share) { return fmt::format("{:.0f} %", 100 * share); }

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

// Who waits for whom on the core that ends last, from the math unit on.
std::vector<std::string> Chain(const Analysis& a) {
  std::vector<std::string> chain;
  std::set<Unit> seen;
  const auto math = static_cast<size_t>(Unit::kMath);
  Unit unit = a.present[math] && a.mean[math][0] > 0 ? Unit::kMath : Unit::kReader;
  while (seen.insert(unit).second) {
    const Shares& shares = a.of_critical[static_cast<size_t>(unit)];
    const auto wait = std::max_element(shares.begin() + 1, shares.end());
    const auto cause = static_cast<Cause>(wait - shares.begin());
    std::string step = fmt::format("{} is at work {} of the time", emu::UnitName(unit), Percent(shares[0]));
    if (*wait < 0.02) {
      chain.push_back(std::move(step));
      break;
    }
    chain.push_back(fmt::format("{} and waits {} for {}", step, Percent(*wait), emu::CauseName(cause)));
    if (shares[0] > *wait) break;
    if (cause == Cause::kOperands) {
      unit = Unit::kUnpack;
    } else if (cause == Cause::kDst) {
      unit = unit == Unit::kMath ? Unit::kPack : Unit::kMath;
    } else if (cause == Cause::kCbPages) {
      unit = Partner(a, unit, cause, unit == Unit::kWriter ? Unit::kPack : Unit::kReader);
    } else if (cause == Cause::kCbSpace) {
      unit = Partner(a, unit, cause, unit == Unit::kPack ? Unit::kWriter : Unit::kUnpack);
    } else {
      break;  // transfers and signals: the next line says how busy what they use is
    }
  }
  chain.push_back(fmt::format("DRAM banks are at work {}, the busiest part of the NoC {} of the time",
                              Percent(a.dram_mean), Percent(a.noc_max)));
  return chain;
}

const char* PartName(const std::string& part) {
  if (part == "math") return "the math unit";
  if (part == "unpack") return "unpacking";
  if (part == "pack") return "packing";
  if (part == "issue") return "issuing commands (the RISC-V cores)";
  if (part == "noc") return "the NoC";
  if (part == "latency") return "the latency of transfers and signals";
  return "DRAM";
}

}  // namespace

Bound FindBound(const Analysis& a) {
  Bound bound;
  bound.chain = Chain(a);
  for (const auto& [part, cycles] : a.what_if) {
    if (a.Gain(part) >= kMatters) bound.parts.push_back(part);
  }
  std::sort(bound.parts.begin(), bound.parts.end(),
            [&](const std::string& p, const std::string& q) { return a.Gain(p) > a.Gain(q); });
  std::string others;
  for (size_t i = 1; i < bound.parts.size(); ++i)
    others +=
        fmt::format("{} {} ({})", i == 1 ? "; next" : ",", PartName(bound.parts[i]), Percent(a.Gain(bound.parts[i])));
  const std::string first = bound.parts.empty()
                                ? std::string()
                                : fmt::format("{} of twice the speed would save {} of the time{}",
                                              PartName(bound.parts[0]), Percent(a.Gain(bound.parts[0])), others);
  if (a.balance < kUneven) {
    bound.kind = "imbalance", bound.share = 1 - a.balance;
    bound.text = fmt::format("cores end after {} of the time on average, the others wait for the slowest{}",
                             Percent(a.balance), first.empty() ? "" : "; of that one, " + first);
  } else if (!bound.parts.empty()) {
    bound.kind = bound.parts[0] == "latency" ? "waiting" : bound.parts[0];
    bound.share = a.Gain(bound.parts[0]);
    bound.text = first;
  } else {
    bound.kind = "waiting";
    bound.text = fmt::format("no part of the chip would save {} of the time if it were twice as fast: units take turns",
                             Percent(kMatters));
  }
  return bound;
}

}  // namespace tltt::profile
