#include "noc_model.h"

#include <algorithm>
#include <cmath>

#include "trace.h"

namespace tltt::emu {
namespace {

Tick Ticks(double cycles) { return static_cast<Tick>(std::llround(cycles * static_cast<double>(kTick))); }

}  // namespace

NocModel::NocModel(const Chip& chip, bool record)
    : chip_(chip),
      columns_(chip.noc_grid.at(0)),
      rows_(chip.noc_grid.at(1)),
      cores_(uint32_t{chip.grid.x} * chip.grid.y),
      links_(size_t{2} * columns_ * rows_ * 2),
      injector_free_(size_t{2} * cores_),
      servers_(links_ + 4 * size_t{cores_} + chip.dram_banks),
      served_(record ? links_ + 4 * size_t{cores_} + chip.dram_banks : 0) {}

NocModel::Place NocModel::PlaceOf(uint32_t node, uint32_t noc) const {
  if (node & kBankNode) {
    const auto& endpoint = chip_.dram_endpoints[noc].at(node & ~kBankNode);
    return {endpoint.x, endpoint.y};
  }
  return {chip_.worker_columns.at(node % chip_.grid.x), chip_.worker_rows.at(node / chip_.grid.x)};
}

NocModel::Place NocModel::Step(uint32_t noc, Place at, uint32_t axis) const {
  uint32_t& coordinate = axis == 0 ? at.x : at.y;
  const uint32_t size = axis == 0 ? columns_ : rows_;
  coordinate = noc == 0 ? (coordinate + 1 == size ? 0 : coordinate + 1) : (coordinate == 0 ? size - 1 : coordinate - 1);
  return at;
}

uint32_t NocModel::Hops(uint32_t noc, Place from, Place to) const {
  if (noc == 1) std::swap(from, to);
  return (to.x + columns_ - from.x) % columns_ + (to.y + rows_ - from.y) % rows_;
}

Tick NocModel::Flits(uint32_t bytes) const {
  return Ticks(bytes / chip_.noc_bytes_per_cycle) + Packets(bytes) * kTick;  // one header flit a packet
}

Tick NocModel::Travel(uint32_t noc, Place from, Place to, Tick head, Tick duration) {
  const Tick hop = chip_.noc_hop * kTick;
  for (uint32_t leg = 0; leg < 2; ++leg) {
    const uint32_t axis = noc == 0 ? leg : 1 - leg;  // NoC 0: x first
    while (axis == 0 ? from.x != to.x : from.y != to.y) {
      const Tick end = Take(Link(noc, from, axis), head, duration);
      head = std::max(head, end - duration) + hop;
      from = Step(noc, from, axis);
    }
  }
  return head;
}

Tick NocModel::DramService(uint32_t bytes) const {
  return Ticks(std::max(bytes / chip_.dram_bytes_per_cycle + chip_.dram_row, chip_.dram_request));
}

Tick NocModel::Read(uint32_t core, uint32_t noc, uint32_t node, uint32_t bytes, Tick start) {
  const Place me = PlaceOf(core, noc), other = PlaceOf(node, noc);
  const Tick half = Ticks(chip_.noc_base_latency / 2);
  const Tick request = start + half + Hops(noc, me, other) * chip_.noc_hop * kTick;
  const Tick packets = Packets(bytes) * kTick;
  Tick head, stream;
  if (node & kBankNode) {
    stream = Ticks(bytes / chip_.noc_dram_read_bytes_per_cycle);
    const Tick service = DramService(bytes);
    head = Take(Bank(node & ~kBankNode), request, service) - service + Ticks(chip_.dram_latency);
  } else {
    stream = Ticks(bytes / chip_.noc_l1_read_bytes_per_cycle) + packets;
    head = node == core ? request : Take(Egress(noc, node), request, stream) - stream;
  }
  head = Travel(noc, other, me, head, Flits(bytes));
  return Take(Ingress(noc, core), head, stream) + half;
}

NocModel::Times NocModel::Write(uint32_t core, uint32_t noc, uint32_t node, uint32_t bytes, Tick start) {
  const Place me = PlaceOf(core, noc), other = PlaceOf(node, noc);
  const Tick half = Ticks(chip_.noc_base_latency / 2);
  const bool dram = node & kBankNode;
  Tick stream = Flits(bytes);
  if (dram) {
    stream = std::max(stream, Ticks(bytes / chip_.noc_dram_write_bytes_per_cycle));
    if (bytes < chip_.dram_min_write) stream = std::max(stream, Ticks(chip_.dram_small_write));
  }
  Tick& free = injector_free_[size_t{noc} * cores_ + core];
  Times times;
  Tick head = std::max(start, free);
  free = times.injected = head + stream;
  head = Travel(noc, me, other, head, Flits(bytes));
  if (dram) {
    const Tick service = DramService(bytes);
    times.arrived =
        std::max(head + stream, Take(Bank(node & ~kBankNode), head, service)) + half + Ticks(chip_.dram_latency);
  } else {
    times.arrived = std::max(head + stream, Take(Ingress(noc, node), head, stream)) + half;
  }
  times.acked = times.arrived + Hops(noc, other, me) * chip_.noc_hop * kTick + half;
  return times;
}

NocModel::Times NocModel::Multicast(uint32_t core, uint32_t noc, uint32_t rect, uint32_t bytes, bool linked,
                                    bool include_source, Tick start) {
  const uint32_t x0 = rect & 255, y0 = rect >> 8 & 255, x1 = rect >> 16 & 255, y1 = rect >> 24;
  const Place me = PlaceOf(core, noc);
  const Tick half = Ticks(chip_.noc_base_latency / 2), hop = chip_.noc_hop * kTick;
  const Tick flits = Flits(bytes);
  Tick stream = Ticks(chip_.noc_multicast_flit * static_cast<double>(flits) / kTick +
                      chip_.noc_multicast_packet * static_cast<double>(Packets(bytes)));
  if (!linked) stream += Ticks(chip_.noc_multicast_reserve);
  Tick& free = injector_free_[size_t{noc} * cores_ + core];
  Times times;
  const Tick head = std::max(start, free);
  free = times.injected = head + stream;

  // How far the packet goes along the first axis, and along the second one in each line that it branches into.
  const auto distance = [&](uint32_t axis, uint32_t from, uint32_t to) {
    const uint32_t size = axis == 0 ? columns_ : rows_;
    return noc == 0 ? (to + size - from) % size : (from + size - to) % size;
  };
  const uint32_t first = noc == 0 ? 0 : 1, second = 1 - first;
  const auto coordinate = [](const Place& p, uint32_t axis) { return axis == 0 ? p.x : p.y; };
  uint32_t reach[2] = {0, 0};
  std::vector<bool> branch(std::max(columns_, rows_), false);
  for (uint32_t y = y0; y <= y1; ++y) {
    for (uint32_t x = x0; x <= x1; ++x) {
      const uint32_t node = y * chip_.grid.x + x;
      if (node == core && !include_source) continue;
      const Place to = PlaceOf(node, noc);
      for (uint32_t axis : {0u, 1u}) {
        reach[axis] = std::max(reach[axis], distance(axis, coordinate(me, axis), coordinate(to, axis)));
      }
      branch[coordinate(to, first)] = true;
    }
  }
  Tick at_branch = head, last = head;
  Place p = me;
  for (uint32_t i = 0;; ++i) {
    if (branch[coordinate(p, first)]) {
      Tick at = at_branch;
      Place q = p;
      for (uint32_t j = 0; j < reach[second]; ++j) {
        at = std::max(at, Take(Link(noc, q, second), at, flits) - flits) + hop;
        q = Step(noc, q, second);
      }
      last = std::max(last, at);
    }
    if (i == reach[first]) break;
    at_branch = std::max(at_branch, Take(Link(noc, p, first), at_branch, flits) - flits) + hop;
    p = Step(noc, p, first);
  }
  uint32_t destinations = 0;
  Tick end = last + stream;
  for (uint32_t y = y0; y <= y1; ++y) {
    for (uint32_t x = x0; x <= x1; ++x) {
      const uint32_t node = y * chip_.grid.x + x;
      if (node == core && !include_source) continue;
      ++destinations;
      end = std::max(end, Take(Ingress(noc, node), last, flits));
    }
  }
  times.arrived = end + half;
  times.acked = times.arrived + half + hop * (columns_ + rows_) / 2 + Ticks(chip_.noc_multicast_ack * destinations);
  return times;
}

void NocModel::ReportLoads(Timeline* timeline) const {
  if (served_.empty()) return;
  const auto add = [&](uint32_t noc, NocLoad::Part part, uint32_t x, uint32_t y, size_t server) {
    if (served_[server] == 0) return;
    timeline->noc.push_back(
        {noc, part, {static_cast<uint16_t>(x), static_cast<uint16_t>(y)}, (served_[server] + kTick - 1) / kTick});
  };
  for (uint32_t noc : {0u, 1u}) {
    for (uint32_t y = 0; y < rows_; ++y) {
      for (uint32_t x = 0; x < columns_; ++x) {
        add(noc, NocLoad::Part::kLinkX, x, y, Link(noc, {x, y}, 0));
        add(noc, NocLoad::Part::kLinkY, x, y, Link(noc, {x, y}, 1));
      }
    }
    for (uint32_t core = 0; core < cores_; ++core) {
      add(noc, NocLoad::Part::kOut, core % chip_.grid.x, core / chip_.grid.x, Egress(noc, core));
      add(noc, NocLoad::Part::kIn, core % chip_.grid.x, core / chip_.grid.x, Ingress(noc, core));
    }
  }
  for (uint32_t bank = 0; bank < chip_.dram_banks; ++bank) {
    timeline->dram_busy.push_back((served_[Bank(bank)] + kTick - 1) / kTick);
  }
}

}  // namespace tltt::emu
