// C3: the producer/consumer graph of tiles, and from it the hardware indices, depths and tile order of circular
// buffers.
//
// Before: tt.conceptual_cbs = [cb_in0 (input, 4 tiles), cb_in1 (input, 4 tiles), cb_intermed0 (16 tiles), cb_out0]
// After:  attrs += { tt.cb_assignment = {cb_in0: 0, cb_in1: 1, cb_intermed0: 24, cb_out0: 16},
//                    tt.cb_summary = {total_cbs: 4, total_l1_bytes: ..., l1_capacity: ..., fits_in_l1: 1},
//                    tt.tile_dfg = {nodes: [...], edges: [...], kernel_roles: {...}} }
//
// Inputs take indices from 0, outputs from 16, intermediates what is free from 24 down to the end of the others. A
// buffer inside a pipelined loop holds as many blocks as the loop has stages (at least two), less where L1 is short;
// the compute kernel's own buffers hold one version, and a second one where a version is made from the one before. An
// output travels to the writer in chunks, the sub-blocks that the compute kernel packs at once: its buffer holds a
// whole block where there is room for it, and two chunks where there is not. What a core moves only once is not
// doubled. Where L1 or the indices are short, buffers of the compute kernel share (share_buffers.h).
#include <algorithm>
#include <map>
#include <set>
#include <sstream>

#include "analysis/access.h"
#include "analysis/costs.h"
#include "analysis/liveness.h"
#include "ir/diagnostic_codes.h"
#include "ir/ops.h"
#include "ir/records.h"
#include "ir/remarks.h"
#include "ir/work.h"
#include "passes/dst_blocks.h"
#include "passes/passes.h"
#include "passes/share_buffers.h"

namespace tltt::compiler {
namespace {

constexpr int64_t kMaxCbs = 32, kFirstOutput = 16, kFirstIntermediate = 24;

struct Facts {
  std::map<std::string, int64_t> stages;  // deepest pipeline around a transfer into or out of the CB
  CbSet updated;                          // new versions are made from old ones
  CbSet used_plain, used_transposed;      // right operands of matmul, by transpose flag; other uses count as plain
  CbSet read_by_writer, read_by_compute;
  std::vector<std::pair<std::string, CbAccess>> statements;  // compute and transfer nodes in order: kind and CBs
  std::map<std::string, Span> spans;
  std::map<std::string, std::set<std::string>> tensors;       // of a CB that is filled from or emptied into a tensor
  std::map<std::string, std::vector<const ForNode*>> chains;  // that fill the CB
  std::map<std::string, int> fills, stores;                   // statements that fill it, and that store it to a tensor
  CbSet once;                                                 // moved by a statement that runs once for each block
};

// What takes L1 of a core beside circular buffers. A tensor takes the same place on every core.
struct Residents {
  int64_t bytes = 0;
  std::string map;  // one line each
};

Residents TensorsInL1(const PrimFunc& func, const Chip& chip) {
  Residents out;
  for (const TensorRecord& t : TensorsOf(func)) {
    if (t.memory != "L1") continue;
    const int64_t cores = int64_t{chip.grid.x} * chip.grid.y;
    int64_t pages = (t.Pages() + cores - 1) / cores;
    if (t.Sharded()) {
      pages = 1;
      for (int64_t extent : t.shard_pages) pages *= extent;
    }
    const int64_t bytes = pages * TileBytes(t.Format());
    out.bytes += (bytes + 63) / 64 * 64;
    out.map += "\n    tensor `" + t.name + "` (" + DataFormatName(t.Format()) + ", " +
               (t.Sharded() ? "its shard" : "interleaved") + "): " + std::to_string(pages) + " tiles x " +
               std::to_string(TileBytes(t.Format())) + " bytes = " + std::to_string(bytes);
  }
  out.map += "\n    kernels, their arguments and semaphores: " + std::to_string(chip.l1_base) +
             " bytes, which the capacity leaves out";
  return out;
}

class FactFinder : public StmtVisitor {
 public:
  Facts facts;

 private:
  void VisitStmt_(const ForNode* node) final {
    CbAccess access;
    if (AccessOf(GetRef<Stmt>(node), &access)) {
      facts.chains[access.writes].push_back(node);
      return Note("sfpu", access, node->span);
    }
    const int64_t outer = stages_;
    loops_.push_back(node);
    if (auto it = node->annotations.find(attr::kNumStages); it != node->annotations.end())
      stages_ = std::max<int64_t>(2, (*it).second.cast<Integer>()->value);
    StmtVisitor::VisitStmt_(node);
    loops_.pop_back();
    stages_ = outer;
  }

  void VisitStmt_(const IfThenElseNode* node) final {
    ++branches_;
    StmtVisitor::VisitStmt_(node);
    --branches_;
  }

  void VisitStmt_(const EvaluateNode* node) final {
    CbAccess access;
    if (!AccessOf(GetRef<Stmt>(node), &access)) return;
    const CallNode* call = AsTt(GetRef<Stmt>(node));
    const std::string name = OpName(call);
    if (name == "tt.mm.mma") {
      Note("matmul", access, node->span);
      (is_one(call->args[3]) ? facts.used_transposed : facts.used_plain).insert(StrArg(call, 2));
      facts.used_plain.insert(StrArg(call, 1));
      // The packer accumulates in place inside a loop of its own; elsewhere the sum is a new version made from the old.
      bool in_place = is_one(call->args[4]);
      for (const ForNode* loop : loops_) in_place = in_place || IsAccumulationLoop(loop, access.writes);
      if (!in_place) facts.updated.insert(access.writes);
      return;
    }
    if (name == "tt.index_tile") return facts.statements.emplace_back("read", access), void();
    if (name == "tt.read_to_cb" || name == "tt.write_from_cb") {
      int64_t& depth = facts.stages[StrArg(call, 0)];
      depth = std::max(depth, stages_);
      facts.tensors[StrArg(call, 0)].insert(RegionFromExpr(call->args[1]).buffer->name);
      if (name == "tt.write_from_cb") facts.read_by_writer.insert(StrArg(call, 0));
      if (name == "tt.write_from_cb") ++facts.stores[StrArg(call, 0)];
      if (name == "tt.read_to_cb") ++facts.fills[StrArg(call, 0)];
      // The loops around it: that over the core's blocks alone.
      if (loops_.size() == 1 && branches_ == 0) facts.once.insert(StrArg(call, 0));
      facts.statements.emplace_back(name == "tt.read_to_cb" ? "read" : "write", access);
      facts.spans[StrArg(call, 0)] = node->span;
    }
  }

  void Note(const std::string& kind, const CbAccess& access, const Span& span) {
    facts.statements.emplace_back(kind, access);
    if (!access.writes.empty()) ++facts.fills[access.writes];
    if (!access.writes.empty() && !facts.spans.count(access.writes)) facts.spans[access.writes] = span;
    for (const auto& cb : access.reads) {
      facts.read_by_compute.insert(cb);
      if (kind == "sfpu") facts.used_plain.insert(cb);
      if (cb == access.writes && kind == "sfpu") facts.updated.insert(cb);
    }
  }

  int64_t stages_ = 2, branches_ = 0;
  std::vector<const ForNode*> loops_;
};

std::string L1Map(const CbTable& cbs) {
  std::ostringstream os;
  for (const CbRecord& cb : cbs.records()) {
    if (!cb.shard.empty()) continue;  // counted as the tensor's
    os << "\n    " << cb.name << " (`" << cb.buffer << "`, " << cb.dtype << "): " << cb.ChunkTiles() << " tiles x "
       << cb.PageBytes() << " bytes x depth " << cb.depth << " = " << cb.Bytes();
  }
  return os.str();
}

int64_t TotalBytes(const CbTable& cbs) {
  int64_t total = 0;
  for (const CbRecord& cb : cbs.records())
    if (cb.shard.empty()) total += cb.Bytes();
  return total;
}

// A change that makes it fit, where there is an obvious one.
std::string Fitting(const CbTable& cbs, const std::map<std::string, int64_t>& fixed, const Residents& residents,
                    int64_t capacity) {
  int64_t shallow = 0, buffers = 0;
  for (const CbRecord& cb : cbs.records()) {
    if (!cb.shard.empty()) continue;
    shallow += fixed.count(cb.name) ? cb.Bytes() / cb.depth : cb.Bytes();
    buffers += cb.Bytes();
  }
  if (!fixed.empty() && shallow <= capacity) return "leave `cb_depth` out: with a depth of 1 all of it fits";
  if (residents.bytes > 0 && buffers <= capacity + residents.bytes)
    return "keep the tensors in DRAM, or cut them into more shards: the circular buffers alone fit";
  for (int64_t parts : {2, 4, 8, 16})
    if (buffers / parts <= capacity)
      return "use smaller blocks (of 1/" + std::to_string(parts) +
             " of the elements all of it fits), or a narrower dtype";
  return "use smaller blocks, or a narrower dtype for the largest buffer";
}

// Depths that the user fixed, by circular buffer.
std::map<std::string, int64_t> FixedDepths(const PrimFunc& func, const Facts& facts) {
  std::map<std::string, int64_t> by_tensor, out;
  for (const TensorRecord& t : TensorsOf(func)) by_tensor[t.name] = t.cb_depth;
  for (const auto& [cb, tensors] : facts.tensors)
    for (const std::string& tensor : tensors)
      if (int64_t depth = by_tensor[tensor]) out[cb] = std::max(out[cb], depth);
  return out;
}

// Buffers whose blocks are, one behind the other, the core's shard of a tensor in L1 lie on that shard.
void PlaceOnShards(CbTable* cbs, const Facts& facts, const std::map<std::string, int64_t>& fixed,
                   const std::vector<TensorRecord>& tensors) {
  for (CbRecord& cb : cbs->records()) {
    const auto moved = facts.tensors.find(cb.name);
    if (moved == facts.tensors.end() || moved->second.size() != 1 || !facts.once.count(cb.name)) continue;
    if (fixed.count(cb.name) || cb.tiles_transposed || facts.fills.at(cb.name) != 1) continue;
    const auto stores = facts.stores.find(cb.name);
    const bool input = cb.kind == "input" && stores == facts.stores.end();
    const bool output = cb.kind == "output" && stores != facts.stores.end() && stores->second == 1;
    if (!input && !output) continue;
    const TensorRecord* t = FindTensor(tensors, *moved->second.begin());
    if (!t || !t->in_place || t->Format() != cb.Format()) continue;  // not all data is a tensor's
    int64_t pages = 1;
    for (int64_t extent : t->shard_pages) pages *= extent;
    if (pages % cb.Tiles() != 0) continue;
    cb.shard = t->name;
    cb.depth = pages / cb.Tiles();
  }
}

// Outputs that one chain fills and one statement stores go to the writer as the chain packs them.
void ChooseChunks(CbTable* cbs, const Facts& facts, const std::map<std::string, int64_t>& fixed,
                  const DstBlocks& blocks) {
  for (CbRecord& cb : cbs->records()) {
    auto chains = facts.chains.find(cb.name);
    if (cb.kind != "output" || chains == facts.chains.end() || fixed.count(cb.name) || !cb.shard.empty()) continue;
    if (facts.fills.at(cb.name) != 1 || !facts.stores.count(cb.name) || facts.stores.at(cb.name) != 1) continue;
    if (IsReductionChain(GetRef<Stmt>(chains->second.front()))) continue;
    const DstBlocks::SubBlock chunk = blocks.ChainSubBlock(chains->second.front());
    cb.chunk_rows = chunk.rows;
    cb.chunk_cols = chunk.cols;
  }
}

// The depths that are wished for. `rounds`: blocks that the busiest core works off. `prefetch`: whether inputs are
// fetched ahead of their use.
void ChooseDepths(CbTable* cbs, const Facts& facts, const std::map<std::string, int64_t>& fixed, int64_t rounds,
                  bool prefetch) {
  for (CbRecord& cb : cbs->records()) {
    const int64_t chunks = cb.Tiles() / cb.ChunkTiles();  // of a block
    if (!cb.shard.empty()) continue;
    if (auto depth = fixed.find(cb.name); depth != fixed.end()) {
      cb.depth = depth->second * chunks;
    } else if (cb.kind == "index") {
      cb.depth = 1;
    } else if (cb.kind == "intermed") {
      cb.depth = facts.updated.count(cb.name) ? 2 : 1;
    } else if (cb.kind == "scalars") {
      cb.depth = 8;
    } else if (cb.kind == "rows") {
      cb.depth = 1;
    } else if (chunks > 1 || (rounds == 1 && facts.once.count(cb.name) && facts.fills.at(cb.name) == 1)) {
      cb.depth = chunks;
    } else {
      auto it = facts.stages.find(cb.name);
      cb.depth = cb.kind == "input" && !prefetch ? 1 : it == facts.stages.end() ? 2 : it->second;
    }
  }
}

// Where that is too much: gives up depth beyond two, then double buffering, the largest buffer first.
void LimitDepths(CbTable* cbs, const std::map<std::string, int64_t>& fixed, const Residents& residents,
                 int64_t l1_bytes, const Span& span) {
  const int64_t capacity = l1_bytes - residents.bytes;
  for (int64_t floor : {2, 1}) {
    while (TotalBytes(*cbs) > capacity) {
      CbRecord* largest = nullptr;
      for (CbRecord& cb : cbs->records())
        if (cb.kind != "intermed" && cb.shard.empty() && cb.depth > floor && !fixed.count(cb.name) &&
            (!largest || cb.Bytes() > largest->Bytes()))
          largest = &cb;
      if (!largest) break;
      --largest->depth;
    }
  }
  if (TotalBytes(*cbs) > capacity) {
    Refuse(span,
           "L1 usage " + std::to_string(TotalBytes(*cbs) + residents.bytes) + " bytes exceeds capacity " +
               std::to_string(l1_bytes) + " of a core:" + L1Map(*cbs) + residents.map,
           Fitting(*cbs, fixed, residents, capacity), Code::kNoRoom);
  }
}

// Loops over the steps of a sum of products: how many of them to take together, where the operands' buffers have room
// for twice as many blocks.
//
// Data movement: between the request for a block and its arrival on all cores lie the latency of DRAM and an exchange
// of semaphores. Blocks that are worked off faster than that are loaded several at a time.
// Compute: each step of a sum that the packer accumulates in L1 costs a read and a write of the whole sum, which hides
// behind the products only if there are enough of them, and a hand-over of DST for every sub-block. Against them stands
// that nothing is computed before the first group is there.
class StepGrouping : public StmtMutator {
 public:
  StepGrouping(CbTable* cbs, const Facts& facts, const std::map<std::string, int64_t>& fixed, const DstBlocks& blocks,
               const Chip& chip, std::string fidelity, int64_t capacity)
      : cbs_(cbs),
        facts_(facts),
        fixed_(fixed),
        blocks_(blocks),
        chip_(chip),
        fidelity_(std::move(fidelity)),
        capacity_(capacity) {}

 private:
  struct Steps {
    int64_t loaded = 1, computed = 1;
  };

  Stmt VisitStmt_(const ForNode* node) final {
    const Steps steps = StepsOf(node);
    if (steps.loaded == 1 && steps.computed == 1) return StmtMutator::VisitStmt_(node);
    auto copy = ffi::make_object<ForNode>(*node);
    copy->annotations.Set(attr::kStepsAtOnce, ToInts({steps.loaded, steps.computed}));
    return Stmt(copy);
  }

  // How many steps of this loop to take together; makes the room for them.
  Steps StepsOf(const ForNode* loop) {
    // Of work that hides the latency of what is loaded at once; and where the loop is long enough that waiting for the
    // first load, which may be an eighth of all, does not matter.
    constexpr double kLoadCycles = 3000, kLongLoadCycles = 6000;
    const auto* extent = loop->extent.as<IntImmNode>();
    if (!extent || !is_zero(loop->min) || IsTileChain(GetRef<Stmt>(loop))) return {};
    const auto* seq = loop->body.as<SeqStmtNode>();
    if (!seq) return {};
    const CallNode* mma = nullptr;
    CbSet loaded;
    for (const Stmt& stmt : seq->seq) {
      if (const CallNode* read = AsTt(stmt, "tt.read_to_cb")) {
        loaded.insert(StrArg(read, 0));
      } else if (AsTt(stmt, "tt.mm.mma") && !mma) {
        mma = AsTt(stmt);
      } else {
        return {};
      }
    }
    if (!mma || !IsSingleSum(loop, StrArg(mma, 0))) return {};
    const CbSet operands{StrArg(mma, 1), StrArg(mma, 2)};
    if (loaded != operands) return {};
    int64_t block_bytes = 0, held = 0, tile_bytes = 0;
    for (const std::string& name : operands) {
      const CbRecord& cb = cbs_->at(name);
      if (cb.kind != "input" || facts_.fills.at(name) != 1 || fixed_.count(name)) return {};
      block_bytes += cb.Tiles() * cb.PageBytes();
      held += cb.Bytes();
      tile_bytes = std::max(tile_bytes, cb.PageBytes());
    }
    // Cycles of one tile's products in a step, and of a step.
    const double products =
        ProductCycles(chip_, fidelity_, static_cast<double>(tile_bytes)) * static_cast<double>(IntArg(mma, 7));
    const double step = products * static_cast<double>(IntArg(mma, 5) * IntArg(mma, 6));
    auto fits = [&](int64_t blocks) { return TotalBytes(*cbs_) - held + blocks * block_bytes <= capacity_; };
    // The fewest steps that take `cycles` in all, or as many as there is room for.
    auto fewest = [&](double cycles, double of_step, int64_t most, int64_t unit) {
      int64_t best = 1;
      for (int64_t n = 2; n <= most && static_cast<double>(best) * of_step < cycles; ++n)
        if (extent->value % n == 0 && (n % unit == 0 || unit % n == 0) && fits(2 * std::max(n, unit))) best = n;
      return best;
    };
    Steps steps;
    if (!blocks_.FitsDst(StrArg(mma, 0))) {
      const auto [rows, cols] = blocks_.MatmulSubBlock(mma);
      const auto tiles = static_cast<double>(rows * cols);
      const double sections = static_cast<double>(IntArg(mma, 5) * IntArg(mma, 6)) / tiles;
      const double pack = tiles * AccumulateCycles(chip_, static_cast<double>(cbs_->at(StrArg(mma, 0)).PageBytes()));
      // Each operand has a RISC-V core that reads it, then sends it on.
      const double fill = static_cast<double>(block_bytes) / chip_.noc_dram_read_bytes_per_cycle;
      auto cycles = [&](int64_t n) {
        const double work =
            std::max(HandOverCycles(chip_, fidelity_) + tiles * products * static_cast<double>(n), pack);
        return static_cast<double>(extent->value / n) * sections * work + static_cast<double>(n) * fill;
      };
      constexpr double kWorthwhile = 0.998;  // longer groups take room
      for (int64_t n = 2; n <= extent->value && fits(2 * n); ++n)
        if (extent->value % n == 0 && cycles(n) < kWorthwhile * cycles(steps.computed)) steps.computed = n;
    }
    steps.loaded = std::max(fewest(kLoadCycles, step, extent->value / 2, steps.computed),
                            fewest(kLongLoadCycles, step, extent->value / 8, steps.computed));
    // One group is read while the one before it is sent on, a third is worked off, and a fourth may lie ready.
    const int64_t unit = std::max(steps.loaded, steps.computed);
    for (int64_t groups = 4; groups >= 2; --groups) {
      const int64_t depth = (std::max(groups * steps.loaded, 2 * steps.computed) + unit - 1) / unit * unit;
      if (!fits(depth) && groups > 2) continue;
      for (const std::string& name : operands) {
        CbRecord& cb = cbs_->at(name);
        if (unit > 1 || (depth > cb.depth && fits(depth))) cb.depth = depth;
      }
      break;
    }
    return steps;
  }

  CbTable* cbs_;
  const Facts& facts_;
  const std::map<std::string, int64_t>& fixed_;
  const DstBlocks& blocks_;
  const Chip& chip_;
  std::string fidelity_;
  int64_t capacity_;
};

void AssignIndices(CbTable* cbs, const Span& span) {
  std::vector<bool> taken(kMaxCbs);
  auto take = [&](CbRecord& cb, int64_t first, int64_t last) {
    for (int64_t i = first; i <= last; ++i) {
      if (taken[i]) continue;
      taken[i] = true;
      cb.index = i;
      return;
    }
    cb.index = -1;
  };
  for (CbRecord& cb : cbs->records()) {
    if (cb.kind == "input" || cb.kind == "index") take(cb, 0, kMaxCbs - 1);
    if (cb.kind == "output") take(cb, kFirstOutput, kMaxCbs - 1);
  }
  for (CbRecord& cb : cbs->records()) {
    if (cb.kind == "intermed") take(cb, kFirstIntermediate, kMaxCbs - 1);
    if (cb.index < 0) take(cb, 0, kMaxCbs - 1);
    if (cb.index < 0) {
      Refuse(span,
             "circular buffer " + cb.name + " (`" + cb.buffer + "`) could not be assigned (all " +
                 std::to_string(kMaxCbs) + " indices exhausted)",
             "use fewer on-chip buffers or operands in one kernel", Code::kNoRoom);
    }
  }
}

Map<String, Any> Graph(const CbTable& cbs, const Facts& facts) {
  Array<Any> nodes, edges;
  Map<String, Any> roles;
  std::map<std::string, Array<Any>> by_role;
  auto edge = [&](const std::string& src, const std::string& dst, const char* type) {
    edges.push_back(Map<String, Any>{{"src", String(src)}, {"dst", String(dst)}, {"type", String(type)}});
  };
  for (const CbRecord& cb : cbs.records())
    nodes.push_back(Map<String, Any>{{"id", String(cb.name)}, {"type", String("cb")}});
  int n = 0;
  for (const auto& [kind, access] : facts.statements) {
    const bool read = kind == "read", write = kind == "write";
    const std::string role = read ? "reader" : write ? "writer" : "compute";
    const std::string id = (read || write ? kind : "compute_" + kind) + "_" + std::to_string(n++);
    nodes.push_back(Map<String, Any>{
        {"id", String(id)}, {"type", String(read || write ? kind : "compute")}, {"kernel_role", String(role)}});
    by_role[role].push_back(String(id));
    for (const auto& cb : access.reads) edge(cb, id, write ? "data_write" : "compute_in");
    if (!access.writes.empty()) edge(id, access.writes, read ? "data_read" : "compute_out");
  }
  for (const auto& [role, ids] : by_role) roles.Set(role, ids);
  return {{"nodes", nodes}, {"edges", edges}, {"kernel_roles", roles}};
}

// `shared`: buffers have been shared already.
PrimFunc BuildGraph(PrimFunc func, bool shared) {
  CbTable cbs = CbTable::FromFunc(func);
  FactFinder finder;
  finder(func->body);
  const Facts& facts = finder.facts;
  for (CbRecord& cb : cbs.records()) {
    if (cb.kind == "input" && facts.read_by_compute.count(cb.name) && facts.read_by_writer.count(cb.name))
      BrokenContract("C3", cb.name + " is consumed by compute and by the writer");
    cb.tiles_transposed =
        cb.kind == "input" && facts.used_transposed.count(cb.name) && !facts.used_plain.count(cb.name);
  }
  const Target target = TargetOf(func);
  const Chip& chip = ChipOf(target);
  const int64_t capacity = static_cast<int64_t>(chip.l1_bytes) - chip.l1_base;
  const Residents residents = TensorsInL1(func, chip);
  const auto fixed = FixedDepths(func, facts);
  const DstBlocks blocks(&cbs, func);
  PlaceOnShards(&cbs, facts, fixed, TensorsOf(func));
  if (OptionOf(target, "output_chunks")) ChooseChunks(&cbs, facts, fixed, blocks);
  ChooseDepths(&cbs, facts, fixed, BlocksOfBusiestCore(func), OptionOf(target, "prefetch"));
  const bool crowded = cbs.records().size() > kMaxCbs || TotalBytes(cbs) > capacity - residents.bytes;
  if (crowded && !shared) {
    if (auto fewer = ShareBuffers(func)) return BuildGraph(std::move(*fewer), true);
  }
  LimitDepths(&cbs, fixed, residents, capacity, func->span);
  if (const int64_t used = TotalBytes(cbs) + residents.bytes; used * 10 > capacity * 8) {
    const Remark remark{
        "L1 usage " + std::to_string(used) + " bytes is >80% of capacity " + std::to_string(capacity) + " of a core",
        func->span};
    func = WithRemarks(std::move(func), {remark});
  }
  if (OptionOf(target, "group_steps") && OptionOf(target, "prefetch")) {
    func.CopyOnWrite()->body = StepGrouping(&cbs, facts, fixed, blocks, chip, ComputeOf(func).math_fidelity,
                                            capacity - residents.bytes)(func->body);
  }
  AssignIndices(&cbs, func->span);
  Map<String, Any> assignment;
  for (const CbRecord& cb : cbs.records()) assignment.Set(cb.name, Integer(cb.index));
  func = WithAttr(std::move(func), attr::kTileDfg, Graph(cbs, facts));
  func = WithAttr(std::move(func), attr::kCbAssignment, assignment);
  func = WithAttr(std::move(func), attr::kCbSummary,
                  Map<String, Any>{{"total_cbs", Integer(static_cast<int64_t>(cbs.records().size()))},
                                   {"total_l1_bytes", Integer(TotalBytes(cbs) + residents.bytes)},
                                   {"l1_capacity", Integer(capacity)},
                                   {"fits_in_l1", Integer(1)}});
  return cbs.AttachTo(std::move(func));
}

}  // namespace

Pass BuildTileDFG() {
  auto run = [](PrimFunc func, IRModule, tvm::transform::PassContext) { return BuildGraph(std::move(func), false); };
  return tirx::transform::CreatePrimFuncPass(run, 0, "tltt.BuildTileDFG", {});
}

}  // namespace tltt::compiler
