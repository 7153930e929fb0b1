// Times of transfers over both NoCs: routes on the physical grid, links, endpoints, DRAM banks.
//
// NoC 0 goes right, then down; NoC 1 goes up, then left; both wrap around (tt-isa-documentation, NoC/README.md). A
// packet occupies every link on its way for its flits, and its two endpoints for as long as they take.
#pragma once

#include <cstdint>
#include <vector>

#include "bandwidth.h"
#include "tltt/chip.h"
#include "tltt/emulator.h"

namespace tltt::emu {

class NocModel {
 public:
  // `record`: keeps how long every part was at work.
  NocModel(const Chip& chip, bool record);

  struct Place {
    uint32_t x = 0, y = 0;  // of the physical grid
  };
  struct Times {
    Tick injected = 0;  // the source's bytes are on their way; its command buffer is free
    Tick arrived = 0;   // the last byte is at its destination
    Tick acked = 0;     // the source knows
  };

  void SetNow(Tick now) { servers_.SetNow(now); }
  // A read that `core` issues at `start`; `node` as in trace.h.
  Tick Read(uint32_t core, uint32_t noc, uint32_t node, uint32_t bytes, Tick start);
  Times Write(uint32_t core, uint32_t noc, uint32_t node, uint32_t bytes, Tick start);
  // To all cores of a rectangle of logical cores; `linked`: the path of the multicast before is kept.
  Times Multicast(uint32_t core, uint32_t noc, uint32_t rect, uint32_t bytes, bool linked, bool include_source,
                  Tick start);

  uint32_t Hops(uint32_t noc, Place from, Place to) const;
  void ReportLoads(Timeline* timeline) const;
  Place PlaceOf(uint32_t node, uint32_t noc) const;

 private:
  Tick DramService(uint32_t bytes) const;  // of a bank, for one request
  size_t Link(uint32_t noc, Place at, uint32_t axis) const {
    return ((size_t{noc} * rows_ + at.y) * columns_ + at.x) * 2 + axis;
  }
  size_t Egress(uint32_t noc, uint32_t core) const { return links_ + size_t{noc} * cores_ + core; }
  size_t Ingress(uint32_t noc, uint32_t core) const { return links_ + (2 + size_t{noc}) * cores_ + core; }
  size_t Bank(uint32_t bank) const { return links_ + 4 * size_t{cores_} + bank; }
  Tick Take(size_t server, Tick start, Tick amount) {
    if (!served_.empty()) served_[server] += amount;
    return servers_.Take(server, start, amount);
  }
  Place Step(uint32_t noc, Place at, uint32_t axis) const;
  // Occupies all links from `from` to `to` for `duration`, with the head leaving at `head`. Returns when the head is
  // there.
  Tick Travel(uint32_t noc, Place from, Place to, Tick head, Tick duration);
  Tick Flits(uint32_t bytes) const;
  uint64_t Packets(uint32_t bytes) const { return (bytes + chip_.noc_max_packet - 1) / chip_.noc_max_packet; }

  const Chip& chip_;
  uint32_t columns_, rows_, cores_;
  size_t links_;
  std::vector<Place> workers_;       // by logical x and y: separate axes
  std::vector<Tick> injector_free_;  // by NoC and core
  BandwidthTable servers_;
  std::vector<Tick> served_;  // by server; empty unless recorded
};

}  // namespace tltt::emu
