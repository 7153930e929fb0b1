#include "passes/dst_blocks.h"

#include <algorithm>
#include <functional>
#include <limits>
#include <set>

#include "analysis/costs.h"
#include "analysis/liveness.h"
#include "ir/diagnostics.h"

namespace tltt::compiler {

namespace {

constexpr double kTurnCycles = 4;  // of acquiring and handing over DST, for each product of a step of the inner loop

int64_t LargestDivisor(int64_t n, int64_t limit) {
  for (int64_t d = std::min(n, limit); d > 1; --d)
    if (n % d == 0) return d;
  return 1;
}

// A serial loop, or its body with the variable replaced by 0 where it runs once.
Stmt Loop(const char* name, int64_t extent, const std::function<Stmt(PrimExpr)>& body, const Span& span) {
  if (extent == 1) return body(Int(0));
  Var v(name, DataType::Int(32));
  return For(v, Int(0), Int(extent), ForKind::kSerial, body(v), std::nullopt, {}, std::nullopt, span);
}

PrimExpr Simple(const PrimExpr& expr) { return arith::Analyzer().Simplify(expr); }

struct ParsedChain {
  Var r, c;
  int64_t rows, cols, slots;
  Array<Stmt> ops;  // without the final pack
  PrimExpr packed_slot, packed_tile;
  std::string out;
};

ParsedChain Parse(const ForNode* chain) {
  ParsedChain p;
  p.slots = chain->annotations.at(attr::kTileChain).cast<Integer>()->value;
  const auto* inner = chain->body.as<ForNode>();
  if (!inner) BrokenContract("D5", "a tile chain has two loops");
  p.r = chain->loop_var, p.c = inner->loop_var;
  p.rows = chain->extent.as<IntImmNode>()->value, p.cols = inner->extent.as<IntImmNode>()->value;
  Array<Stmt> all;
  if (const auto* seq = inner->body.as<SeqStmtNode>()) {
    all = seq->seq;
  } else {
    all.push_back(inner->body);
  }
  const CallNode* pack = AsTt(all.back(), "tt.pack_tile");
  if (!pack) BrokenContract("D5", "a tile chain ends in a pack");
  p.packed_slot = pack->args[0], p.out = StrArg(pack, 1), p.packed_tile = pack->args[2];
  all.pop_back();
  p.ops = all;
  return p;
}

// Positions of DST slots among an operation's arguments.
std::vector<size_t> SlotArgs(const CallNode* call) {
  const std::string name = OpName(call);
  const DeviceOp* op = FindDeviceOp(name);
  if (!op) BrokenContract("D5", "no device operation " + name);
  if (op->engine == 'F') return {call->args.size() - 1};
  std::vector<size_t> slots;
  for (char digit : op->slots) slots.push_back(static_cast<size_t>(digit - '0'));
  return slots;
}

Stmt WithSlots(const Stmt& stmt, const std::function<PrimExpr(int64_t)>& slot, const Map<Var, PrimExpr>& vars) {
  const CallNode* call = AsTt(stmt);
  Array<PrimExpr> args;
  for (const PrimExpr& arg : call->args) args.push_back(Simple(Substitute(arg, vars)));
  for (size_t i : SlotArgs(call)) args.Set(static_cast<int64_t>(i), Simple(slot(IntArg(call, i))));
  return TtStmt(OpName(call), args, stmt->span);
}

}  // namespace

DstBlocks::DstBlocks(const CbTable* cbs, const PrimFunc& func)
    : cbs_(cbs),
      chip_(ChipOf(TargetOf(func))),
      fidelity_(ComputeOf(func).math_fidelity),
      dst_tiles_(ComputeOf(func).DstTiles()),
      largest_(OptionOf(TargetOf(func), "dst_blocks") ? dst_tiles_ : 1) {}

// Tiles of a transposed operand that the reader did not reorder lie `inner` apart along a row.
bool DstBlocks::IsStrided(const CallNode* mma) const {
  return is_one(mma->args[3]) && !cbs_->at(StrArg(mma, 2)).tiles_transposed;
}

DstBlocks::SubBlock DstBlocks::MatmulSubBlock(const CallNode* mma) const {
  const bool one_column = IsStrided(mma);
  const int64_t rows = IntArg(mma, 5), cols = IntArg(mma, 6);
  const auto in0 = static_cast<double>(cbs_->at(StrArg(mma, 1)).PageBytes());
  const auto in1 = static_cast<double>(cbs_->at(StrArg(mma, 2)).PageBytes());
  SubBlock best{1, 1};
  double best_cycles = std::numeric_limits<double>::infinity();
  for (int64_t r = 1; r <= std::min(rows, largest_); ++r) {
    if (rows % r) continue;
    const int64_t c = one_column ? 1 : LargestDivisor(cols, largest_ / r);
    const auto tiles = static_cast<double>(r * c);
    // Of one product; and what each turn with DST costs beside them.
    const double cycles =
        std::max(MathCycles(chip_, fidelity_), UnpackCycles(chip_, r, c, in0, in1) / tiles) + kTurnCycles / tiles;
    if (cycles < best_cycles) best = {r, c}, best_cycles = cycles;
  }
  return best;
}

Stmt DstBlocks::Matmul(const CallNode* mma, const std::optional<std::string>& reload, const Span& span,
                       int64_t steps) const {
  const std::string c = StrArg(mma, 0), a = StrArg(mma, 1), b = StrArg(mma, 2);
  const bool transposed = is_one(mma->args[3]);
  const int64_t rows = IntArg(mma, 5), cols = IntArg(mma, 6), inner = IntArg(mma, 7);
  const bool strided = IsStrided(mma);
  const SubBlock sub = MatmulSubBlock(mma);
  auto tile = [&](PrimExpr sr, PrimExpr sc, PrimExpr r, PrimExpr col) {
    return Simple((sr * Int(sub.rows) + r) * Int(cols) + sc * Int(sub.cols) + col);
  };
  auto per_tile = [&](PrimExpr sr, PrimExpr sc, const std::function<Stmt(PrimExpr, PrimExpr)>& body) {
    return Loop(
        "r", sub.rows,
        [&](PrimExpr r) {
          return Loop(
              "c", sub.cols, [&](PrimExpr col) { return body(Simple(r * Int(sub.cols) + col), tile(sr, sc, r, col)); },
              span);
        },
        span);
  };
  auto block = [&](PrimExpr sr, PrimExpr sc) {
    Array<Stmt> seq{TtStmt("tt.tile_regs_acquire", {}, span)};
    if (reload) {
      seq.push_back(per_tile(
          sr, sc, [&](PrimExpr slot, PrimExpr t) { return TtStmt("tt.copy_tile", {Str(*reload), t, slot}, span); }));
    }
    seq.push_back(Loop(
        "step", steps,
        [&](PrimExpr step) {
          return Loop(
              "kt", inner,
              [&](PrimExpr k) {
                PrimExpr in0 = step * Int(rows * inner) + sr * Int(sub.rows * inner) + k;
                PrimExpr in1 =
                    step * Int(inner * cols) + (strided ? sc * Int(inner) + k : k * Int(cols) + sc * Int(sub.cols));
                return TtStmt("tt.matmul_block",
                              {Str(a), Str(b), Simple(in0), Simple(in1), Int(0), Int(transposed), Int(sub.cols),
                               Int(sub.rows), Int(inner)},
                              span);
              },
              span);
        },
        span));
    seq.push_back(TtStmt("tt.tile_regs_commit", {}, span));
    seq.push_back(TtStmt("tt.tile_regs_wait", {}, span));
    seq.push_back(
        per_tile(sr, sc, [&](PrimExpr slot, PrimExpr t) { return TtStmt("tt.pack_tile", {slot, Str(c), t}, span); }));
    seq.push_back(TtStmt("tt.tile_regs_release", {}, span));
    return SeqStmt::Flatten(seq);
  };
  return Loop(
      "sr", rows / sub.rows,
      [&](PrimExpr sr) { return Loop("sc", cols / sub.cols, [&](PrimExpr sc) { return block(sr, sc); }, span); }, span);
}

Stmt DstBlocks::MatmulIntoDst(const CallNode* mma, const Span& span) const {
  const std::string a = StrArg(mma, 1), b = StrArg(mma, 2);
  const bool transposed = is_one(mma->args[3]);
  const int64_t rows = IntArg(mma, 5), cols = IntArg(mma, 6), inner = IntArg(mma, 7);
  const bool strided = IsStrided(mma);
  return Loop(
      "kt", inner,
      [&](PrimExpr k) -> Stmt {
        if (!strided) {
          return TtStmt(
              "tt.matmul_block",
              {Str(a), Str(b), k, Simple(k * Int(cols)), Int(0), Int(transposed), Int(cols), Int(rows), Int(inner)},
              span);
        }
        // One product at a time: neither operand's tiles nor the results of a column are neighbours.
        return Loop(
            "r", rows,
            [&](PrimExpr r) {
              return Loop(
                  "c", cols,
                  [&](PrimExpr c) {
                    return TtStmt("tt.matmul_block",
                                  {Str(a), Str(b), Simple(r * Int(inner) + k), Simple(c * Int(inner) + k),
                                   Simple(r * Int(cols) + c), Int(transposed), Int(1), Int(1), Int(inner)},
                                  span);
                  },
                  span);
            },
            span);
      },
      span);
}

namespace {

// Every result of a reduction chain takes DST for itself.
Stmt ReductionChain(const ForNode* chain) {
  const Span& span = chain->span;
  Array<Stmt> ops = chain->body.as<SeqStmtNode>()->seq;
  const Stmt pack = ops.back();
  ops.pop_back();
  Stmt body = SeqStmt::Flatten(TtStmt("tt.tile_regs_acquire", {}, span), ops, TtStmt("tt.tile_regs_commit", {}, span),
                               TtStmt("tt.tile_regs_wait", {}, span), pack, TtStmt("tt.tile_regs_release", {}, span));
  if (is_one(chain->extent)) return Substitute(body, Map<Var, PrimExpr>{{chain->loop_var, Int(0)}});
  return For(chain->loop_var, chain->min, chain->extent, ForKind::kSerial, body, std::nullopt, {}, std::nullopt, span);
}

}  // namespace

DstBlocks::SubBlock DstBlocks::ChainSubBlock(const ForNode* chain) const {
  const ParsedChain p = Parse(chain);
  const CbRecord& out = cbs_->at(p.out);
  const int64_t at_once = std::min(dst_tiles_ / p.slots, largest_);
  const int64_t cols = LargestDivisor(out.Cols(), at_once);
  return {cols == out.Cols() ? LargestDivisor(out.MatrixRows(), at_once / cols) : 1, cols};
}

Stmt DstBlocks::Chain(const ForNode* chain) const {
  if (IsReductionChain(GetRef<Stmt>(chain))) return ReductionChain(chain);
  const ParsedChain p = Parse(chain);
  const Span& span = chain->span;
  auto [rows, cols] = ChainSubBlock(chain);
  if (p.rows == 1) {  // the loops may run over the buffer's tiles in one row
    cols = cbs_->at(p.out).InChunks() ? rows * cols : LargestDivisor(p.cols, std::min(dst_tiles_ / p.slots, largest_));
    rows = 1;
  }
  const bool in_chunks = cbs_->at(p.out).InChunks();
  auto block = [&](PrimExpr r0, PrimExpr c0) {
    auto per_tile =
        [&](const std::function<Stmt(const std::function<PrimExpr(PrimExpr)>&, const Map<Var, PrimExpr>&)>& body) {
          return Loop(
              "r", rows,
              [&](PrimExpr r) {
                return Loop(
                    "c", cols,
                    [&](PrimExpr c) {
                      auto slot = [&, r, c](PrimExpr s) { return Simple((r * Int(cols) + c) * Int(p.slots) + s); };
                      return body(slot, {{p.r, Simple(r0 * Int(rows) + r)}, {p.c, Simple(c0 * Int(cols) + c)}});
                    },
                    span);
              },
              span);
        };
    Array<Stmt> seq{TtStmt("tt.tile_regs_acquire", {}, span)};
    for (const Stmt& op : p.ops) {
      seq.push_back(per_tile([&](const auto& slot, const Map<Var, PrimExpr>& vars) {
        return WithSlots(op, [&](int64_t s) { return slot(Int(s)); }, vars);
      }));
    }
    seq.push_back(TtStmt("tt.tile_regs_commit", {}, span));
    const Array<PrimExpr> chunk{Str(p.out), Int(rows * cols)};
    if (in_chunks) seq.push_back(TtStmt("tt.cb_reserve_back", chunk, span));
    seq.push_back(TtStmt("tt.tile_regs_wait", {}, span));
    seq.push_back(per_tile([&](const auto& slot, const Map<Var, PrimExpr>& vars) {
      PrimExpr tile = Substitute(p.packed_tile, vars);
      if (in_chunks) tile = tile - (r0 * Int(rows * p.cols) + c0 * Int(cols));
      return TtStmt("tt.pack_tile", {slot(p.packed_slot), Str(p.out), Simple(tile)}, span);
    }));
    seq.push_back(TtStmt("tt.tile_regs_release", {}, span));
    if (in_chunks) seq.push_back(TtStmt("tt.cb_push_back", chunk, span));
    return SeqStmt::Flatten(seq);
  };
  return Loop(
      "br", p.rows / rows,
      [&](PrimExpr r0) { return Loop("bc", p.cols / cols, [&](PrimExpr c0) { return block(r0, c0); }, span); }, span);
}

bool DstBlocks::CanTakeFromDst(const ForNode* chain, const std::string& cb) const {
  if (IsReductionChain(GetRef<Stmt>(chain))) return false;
  const ParsedChain p = Parse(chain);
  const int64_t tiles = cbs_->at(cb).Tiles();
  if (p.rows * p.cols != tiles || tiles * p.slots > dst_tiles_) return false;
  int copies = 0, others = 0;
  std::set<int64_t> used_before;  // the sum is in its slot from the start: nothing may pass through it first
  for (const Stmt& stmt : p.ops) {
    const CallNode* call = AsTt(stmt);
    const bool copy = OpName(call) == "tt.copy_tile" && StrArg(call, 0) == cb;
    if (copy && used_before.count(IntArg(call, 2))) return false;
    for (size_t i : SlotArgs(call)) used_before.insert(IntArg(call, i));
    for (const PrimExpr& arg : call->args) {
      const auto* s = arg.as<StringImmNode>();
      if (s && s->value == cb) ++(OpName(call) == "tt.copy_tile" ? copies : others);
    }
  }
  return copies == 1 && others == 0;
}

Stmt DstBlocks::DrainSum(const std::string& sum, const std::string& out, const ForNode* epilogue,
                         const Span& span) const {
  const int64_t tiles = cbs_->at(sum).Tiles();
  auto pack = [&](const std::function<PrimExpr(PrimExpr)>& slot) {
    return Array<Stmt>{
        TtStmt("tt.tile_regs_commit", {}, span), TtStmt("tt.cb_reserve_back", {Str(out), Int(tiles)}, span),
        TtStmt("tt.tile_regs_wait", {}, span),
        Loop(
            "t", tiles, [&](PrimExpr t) { return TtStmt("tt.pack_tile", {slot(t), Str(out), t}, span); }, span),
        TtStmt("tt.tile_regs_release", {}, span)};
  };
  if (!epilogue) return SeqStmt::Flatten(pack([](PrimExpr t) { return t; }));
  const ParsedChain p = Parse(epilogue);
  int64_t held = 0;  // the chain's slot that the sum's tile takes the place of
  for (const Stmt& stmt : p.ops) {
    const CallNode* call = AsTt(stmt, "tt.copy_tile");
    if (call && StrArg(call, 0) == sum) held = IntArg(call, 2);
  }
  // Tile t of the sum stays in DST tile t; the chain's other slots of that tile follow behind all of them.
  auto slot_of = [&](PrimExpr t, int64_t s) -> PrimExpr {
    if (s == held) return t;
    return Simple(Int(tiles) + t * Int(p.slots - 1) + Int(s < held ? s : s - 1));
  };
  Array<Stmt> seq;
  for (const Stmt& op : p.ops) {
    const CallNode* call = AsTt(op, "tt.copy_tile");
    if (call && StrArg(call, 0) == sum) continue;
    seq.push_back(Loop(
        "r", p.rows,
        [&](PrimExpr r) {
          return Loop(
              "c", p.cols,
              [&](PrimExpr c) {
                PrimExpr t = Simple(r * Int(p.cols) + c);
                return WithSlots(op, [&](int64_t s) { return slot_of(t, s); }, {{p.r, r}, {p.c, c}});
              },
              span);
        },
        span));
  }
  const int64_t packed = p.packed_slot.as<IntImmNode>()->value;
  return SeqStmt::Flatten(seq, pack([&](PrimExpr t) { return slot_of(t, packed); }));
}

}  // namespace tltt::compiler
