#include "passes/give_to_riscv.h"

#include <algorithm>
#include <set>
#include <unordered_set>
#include <utility>
#include <vector>

#include "analysis/access.h"
#include "analysis/element_loops.h"
#include "analysis/riscv_cost.h"
#include "analysis/touches.h"
#include "ir/attrs.h"
#include "ir/diagnostics.h"
#include "ir/ops.h"
#include "ir/records.h"
#include "ir/remarks.h"
#include "ir/riscv.h"
#include "ir/sharing.h"
#include "ir/turns.h"

namespace tltt::compiler {
namespace {

// Which core runs each chosen statement: statements that share an on-chip buffer run on one. The writer has those that
// touch a tensor which the kernel writes; the others prepare operands, and the reader has them.
class Roles {
 public:
  Roles(const Stmt& body, const Choices& chosen) {
    PostOrderVisit(body, [&](const ffi::ObjectRef& ref) {
      if (!chosen.count(ref.get())) return;
      for (const auto& [buffer, touch] : Touches::Of(GetRef<Stmt>(static_cast<const StmtNode*>(ref.get()))).list())
        if (touch.written) written_[buffer].written = true;
    });
    Touches all = Touches::Of(body);
    PostOrderVisit(body, [&](const ffi::ObjectRef& ref) {
      if (!chosen.count(ref.get())) return;
      const auto id = static_cast<int>(parent_.size());
      parent_.push_back(id);
      of_[ref.get()] = id;
      bool writes = false;
      for (const auto& [buffer, touch] : Touches::Of(GetRef<Stmt>(static_cast<const StmtNode*>(ref.get()))).list()) {
        if (IsScalarVariable(buffer) && !Writes(buffer)) continue;  // every core has it
        if (IsGlobal(buffer)) {
          writes = writes || all.Of(buffer).written;
        } else if (auto [it, fresh] = owner_.emplace(buffer.get(), id); !fresh) {
          parent_[Find(id)] = Find(it->second);
        }
      }
      writes_.push_back(writes);
    });
    for (size_t i = 0; i < parent_.size(); ++i)
      if (writes_[i]) writes_[Find(static_cast<int>(i))] = true;
  }

  std::string Of(const Stmt& stmt) { return Name(of_.at(stmt.get())); }
  bool Writes(const Buffer& buffer) const { return written_.Of(buffer).written; }
  // Empty where no chosen statement touches the buffer.
  std::string OfBuffer(const Buffer& buffer) {
    auto it = owner_.find(buffer.get());
    return it == owner_.end() ? "" : Name(it->second);
  }

 private:
  std::string Name(int id) { return writes_[Find(id)] ? "writer" : "reader"; }
  int Find(int id) { return parent_[id] == id ? id : parent_[id] = Find(parent_[id]); }

  Touches written_;  // by chosen statements
  std::vector<int> parent_;
  std::vector<bool> writes_;
  std::unordered_map<const ffi::Object*, int> of_;
  std::unordered_map<const BufferNode*, int> owner_;
};

// What replaces an on-chip buffer that a chosen statement touches.
struct Halves {
  Buffer rows;
  Optional<Buffer> out, in;  // tiles on their way to the rows, and back; none where only one side knows the buffer
};

class ReplaceBuffers : public Sharing<StmtExprMutator> {
 public:
  explicit ReplaceBuffers(const std::unordered_map<const BufferNode*, Halves>& splits) : splits_(splits) {}

 private:
  PrimExpr VisitExpr_(const BufferLoadNode* node) final {
    PrimExpr expr = Sharing::VisitExpr_(node);
    const auto* load = expr.as<BufferLoadNode>();
    auto it = splits_.find(load->buffer.get());
    return it == splits_.end() ? expr : BufferLoad(it->second.rows, load->indices, load->predicate);
  }
  Stmt VisitStmt_(const BufferStoreNode* node) final {
    Stmt stmt = Sharing::VisitStmt_(node);
    const auto* store = stmt.as<BufferStoreNode>();
    auto it = splits_.find(store->buffer.get());
    if (it == splits_.end()) return stmt;
    return BufferStore(it->second.rows, store->value, store->indices, store->predicate, node->span);
  }
  const std::unordered_map<const BufferNode*, Halves>& splits_;
};

using BufferSet = std::unordered_set<const BufferNode*>;

class Rewriter : public StmtMutator {
 public:
  Rewriter(const PrimFunc& func, const Choices& chosen) : chosen_(chosen), roles_(func->body, chosen) {
    for (const auto& [var, buffer] : func->buffer_map) names_.insert(buffer->name);
    PostOrderVisit(func->body, [&](const ffi::ObjectRef& ref) {
      if (const auto* alloc = ref.as<AllocBufferNode>()) names_.insert(alloc->buffer->name);
    });
    CollectTiles(func->body);
  }

  std::vector<Remark> remarks;
  bool turns = false;  // some statement waits for the core's turn

  Stmt Run(const Stmt& body) {
    Stmt out = VisitStmt(body);
    return cleared_.empty() && cleared_rows_.empty() ? out : ClearFirst(out);
  }

 private:
  // What the statements that stay with tiles do to buffers.
  void CollectTiles(const Stmt& stmt) {
    if (chosen_.count(stmt.get()) || IsNothing(stmt)) return;
    if (const auto* seq = stmt.as<SeqStmtNode>()) {
      for (const Stmt& s : seq->seq) CollectTiles(s);
    } else if (const auto* loop = stmt.as<ForNode>(); loop && !IsElementLoop(loop)) {
      CollectTiles(loop->body);
    } else if (const auto* branch = stmt.as<IfThenElseNode>()) {
      CollectTiles(branch->then_case);
      if (branch->else_case) CollectTiles(branch->else_case.value());
    } else {
      for (const auto& [buffer, touch] : Touches::Of(stmt).list()) {
        tiles_[buffer].read |= touch.read;
        tiles_[buffer].written |= touch.written;
      }
    }
  }

  Stmt VisitStmt_(const AllocBufferNode* node) final {
    const Buffer& buffer = node->buffer;
    const std::string role = roles_.OfBuffer(buffer);
    if (role.empty()) return GetRef<Stmt>(node);
    for (const PrimExpr& dim : buffer->shape) {
      if (!dim.as<IntImmNode>())
        Refuse(node->span, "on-chip buffer `" + std::string(buffer->name) + "` has no constant shape", "use constants");
    }
    const Touch tiles = tiles_.Of(buffer);
    const bool shared = tiles.read || tiles.written;
    Halves split;
    auto beside = [&](const std::string& suffix, const std::string& scope) {
      return decl_buffer(buffer->shape, buffer->dtype, Fresh(std::string(buffer->name) + suffix), scope);
    };
    split.rows = shared ? beside("_rows", kRowsScope + role)
                        : decl_buffer(buffer->shape, buffer->dtype, buffer->name, kRowsScope + role);
    Array<Stmt> allocs{AllocBuffer(split.rows, {}, node->span)};
    if (shared) allocs.push_back(GetRef<Stmt>(node));
    if (tiles.written) {
      split.out = beside("_out", "shared.dyn");
      allocs.push_back(AllocBuffer(split.out.value(), {}, node->span));
    }
    // Where tile operations write the buffer the tiles hold its newest value, else the rows do: what chosen statements
    // write goes back to the tiles even if only chosen statements read it, since they take it from there.
    if (tiles.read || (tiles.written && roles_.Writes(buffer))) {
      // Where tile operations write the buffer too, what comes from the rows needs a place of its own.
      split.in = tiles.written ? beside("_in", "shared.dyn") : buffer;
      if (tiles.written) allocs.push_back(AllocBuffer(split.in.value(), {}, node->span));
    }
    splits_.emplace(buffer.get(), split);
    return SeqStmt::Flatten(allocs);
  }

  Stmt VisitStmt(const Stmt& stmt) final {
    if (!stmt.as<SeqStmtNode>())
      if (const std::string role = PureRole(stmt); !role.empty()) return Emit({stmt}, role);
    if (IsLeaf(stmt) && !stmt.as<AllocBufferNode>()) {
      NoteTileWrites(stmt);
      return stmt;
    }
    return StmtMutator::VisitStmt(stmt);
  }

  struct Written {
    BufferSet tiles, rows;
  };
  // What is written only in some turns or under a condition may not have been behind it.
  Stmt VisitStmt_(const IfThenElseNode* node) final {
    const Written before = written_;
    const Stmt then_case = VisitStmt(node->then_case);
    const Written then_written = std::exchange(written_, before);
    Optional<Stmt> else_case;
    if (node->else_case) else_case = VisitStmt(node->else_case.value());
    written_ = {Common(then_written.tiles, written_.tiles), Common(then_written.rows, written_.rows)};
    return IfThenElse(node->condition, then_case, else_case, node->span);
  }
  Stmt VisitStmt_(const ForNode* node) final {
    const Written before = written_;
    Stmt out = StmtMutator::VisitStmt_(node);
    const auto* extent = node->extent.as<IntImmNode>();
    if (!(extent && extent->value > 0)) written_ = before;
    return out;
  }
  Stmt VisitStmt_(const WhileNode* node) final {
    const Written before = written_;
    Stmt out = StmtMutator::VisitStmt_(node);
    written_ = before;
    return out;
  }
  static BufferSet Common(const BufferSet& a, const BufferSet& b) {
    BufferSet both;
    for (const BufferNode* buffer : a)
      if (b.count(buffer)) both.insert(buffer);
    return both;
  }

  Stmt VisitStmt_(const SeqStmtNode* node) final {
    Array<Stmt> out;
    for (size_t i = 0; i < node->seq.size();) {
      const std::string role = PureRole(node->seq[i]);
      std::vector<Stmt> run;
      while (!role.empty() && i < node->seq.size() && PureRole(node->seq[i]) == role) run.push_back(node->seq[i++]);
      out.push_back(run.empty() ? VisitStmt(node->seq[i++]) : Emit(run, role));
    }
    return SeqStmt::Flatten(out);
  }

  // The role of a statement that runs on one RISC-V core as a whole; else empty.
  std::string PureRole(const Stmt& stmt) {
    if (chosen_.count(stmt.get())) return roles_.Of(stmt);
    std::string role;
    auto join = [&](const Stmt& part) {
      if (IsNothing(part)) return true;
      const std::string other = PureRole(part);
      if (other.empty() || (!role.empty() && role != other)) return false;
      role = other;
      return true;
    };
    bool pure = false;
    if (const auto* seq = stmt.as<SeqStmtNode>()) {
      pure = std::all_of(seq->seq.begin(), seq->seq.end(),
                         [&](const Stmt& s) { return !s.as<AllocBufferNode>() && join(s); });
    } else if (const auto* loop = stmt.as<ForNode>(); loop && !IsLeaf(stmt) && loop->kind != ForKind::kThreadBinding) {
      pure = join(loop->body);
    } else if (const auto* branch = stmt.as<IfThenElseNode>()) {
      pure = join(branch->then_case) && (!branch->else_case || join(branch->else_case.value()));
    }
    return pure ? role : "";
  }

  // A run of statements on one core, with the copies between tiles and rows around it.
  Stmt Emit(const std::vector<Stmt>& run, const std::string& role) {
    Array<Stmt> before, body, after;
    const Span span = run.front()->span;
    Touches touches = Touches::Of(run);
    for (const auto& [buffer, touch] : touches.list()) {
      auto it = splits_.find(buffer.get());
      if (it == splits_.end()) continue;
      const Halves& split = it->second;
      const bool overwritten =
          !touch.read && std::any_of(run.begin(), run.end(), [&](const Stmt& s) { return Overwrites(s, buffer); });
      if (split.out && !overwritten) {
        if (written_.tiles.insert(buffer.get()).second && clears_.insert(buffer.get()).second)
          cleared_.push_back(buffer);
        before.push_back(Copy(buffer, split.out.value(), span));
        before.push_back(Copy(split.out.value(), split.rows, span));
      }
      if (touch.written && written_.rows.insert(buffer.get()).second && !split.out && !overwritten &&
          clears_.insert(buffer.get()).second) {
        cleared_rows_.emplace_back(split.rows, role);
      }
      if (split.in && touch.written) {
        after.push_back(Copy(split.rows, split.in.value(), span));
        if (!split.in.value().same_as(buffer)) after.push_back(Copy(split.in.value(), buffer, span));
        written_.tiles.insert(buffer.get());
      }
    }
    for (const Stmt& stmt : run) {
      if (UpdatesTensors(stmt)) {
        body.push_back(TtStmt("tt.take_turn", {}, stmt->span));
        turns = true;
      }
      Stmt loops = ReplaceBuffers(splits_)(ToElementLoops(stmt));
      Explain(stmt, loops, role);
      body.push_back(loops);
    }
    return SeqStmt::Flatten(before, MakeRiscv(role, SeqStmt::Flatten(body), span), after);
  }

  void Explain(const Stmt& stmt, const Stmt& loops, const std::string& role) {
    if (auto it = chosen_.find(stmt.get()); it != chosen_.end()) {
      remarks.push_back({it->second.reason + ": runs element by element on the " + role + " core, " + CostText(loops),
                         it->second.span});
      return;
    }
    PostOrderVisit(stmt, [&](const ffi::ObjectRef& ref) {
      auto it = chosen_.find(ref.get());
      if (it == chosen_.end()) return;
      Stmt inner = ToElementLoops(GetRef<Stmt>(static_cast<const StmtNode*>(ref.get())));
      remarks.push_back({it->second.reason + ": runs element by element on the " + role + " core, " + CostText(inner),
                         it->second.span});
    });
  }

  void NoteTileWrites(const Stmt& stmt) {
    for (const auto& [buffer, touch] : Touches::Of(stmt).list())
      if (touch.written) written_.tiles.insert(buffer.get());
  }

  static Stmt Zeros(const Buffer& buffer) {
    return Evaluate(
        Call(DataType::Handle(), Op::Get("tl.tileop.fill"), {RegionExpr(WholeOf(buffer)), make_zero(buffer->dtype)}));
  }

  // Buffers whose first statement works on a part of them, from the rows: the tiles, or rows that no tiles come to,
  // start as zeros.
  Stmt ClearFirst(const Stmt& body) {
    if (const auto* loop = body.as<ForNode>(); loop && loop->kind == ForKind::kThreadBinding) {
      auto copy = ffi::make_object<ForNode>(*loop);
      copy->body = ClearFirst(loop->body);
      return Stmt(copy);
    }
    const auto* seq = body.as<SeqStmtNode>();
    Array<Stmt> out, rest;
    for (const Stmt& stmt : seq ? seq->seq : Array<Stmt>{body})
      (stmt.as<AllocBufferNode>() ? out : rest).push_back(stmt);
    for (const Buffer& buffer : cleared_) out.push_back(Zeros(buffer));
    for (const auto& [rows, role] : cleared_rows_) out.push_back(MakeRiscv(role, ToElementLoops(Zeros(rows)), Span()));
    return SeqStmt::Flatten(out, rest);
  }

  static Region WholeOf(const Buffer& buffer) {
    Region region{buffer, {}, {}};
    for (const PrimExpr& dim : buffer->shape) {
      region.mins.push_back(Int(0));
      region.extents.push_back(dim.as<IntImmNode>()->value);
    }
    return region;
  }
  static Stmt Copy(const Buffer& from, const Buffer& to, const Span& span) {
    return Evaluate(
        Call(DataType::Handle(), Op::Get("tl.tileop.copy"), {RegionExpr(WholeOf(from)), RegionExpr(WholeOf(to))}),
        span);
  }

  std::string Fresh(std::string name) {
    while (!names_.insert(name).second) name += "_";
    return name;
  }

  const Choices& chosen_;
  Roles roles_;
  std::set<std::string> names_;
  Touches tiles_;
  std::unordered_map<const BufferNode*, Halves> splits_;
  Written written_;   // surely, so far in program order
  BufferSet clears_;  // the buffers of both of these
  std::vector<Buffer> cleared_;
  std::vector<std::pair<Buffer, std::string>> cleared_rows_;  // and the core whose they are
};

}  // namespace

bool IsNothing(const Stmt& stmt) {
  const auto* eval = stmt.as<EvaluateNode>();
  return stmt.as<AllocBufferNode>() || (eval && eval->value.as<IntImmNode>());
}

bool IsLeaf(const Stmt& stmt) {
  if (const auto* loop = stmt.as<ForNode>()) return IsElementLoop(loop);
  return !stmt.as<SeqStmtNode>() && !stmt.as<IfThenElseNode>() && !stmt.as<WhileNode>();
}

PrimFunc GiveToRiscv(PrimFunc func, const Choices& chosen) {
  Rewriter rewriter(func, chosen);
  Stmt body = rewriter.Run(func->body);
  func.CopyOnWrite()->body = body;
  if (rewriter.turns) func = WithAttr(std::move(func), attr::kTurns, Integer(0));
  return WithRemarks(std::move(func), rewriter.remarks);
}

}  // namespace tltt::compiler
