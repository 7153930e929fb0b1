// Frontend: chooses the statements that no tile operation covers and gives them to a data-movement core.
//
// Before:                                        After:
//   T.copy(A[by * 32, 0], x)                       T.copy(A[by * 32, 0], x)
//   for i, j in T.Parallel(32, 64):                T.copy(x, x_out); T.copy(x_out, x_rows)
//     y[i, j] = x[i, j ^ 1]                        with attr("tt.riscv", "reader"):
//   T.gemm(y, w, c)                                  for i: for j: y_rows[i, j] = x_rows[i, j ^ 1]
//                                                  T.copy(y_rows, y)
//                                                  T.gemm(y, w, c)
//
// A statement runs on a RISC-V core when a tile pass refused it (the driver of the pipeline hands its place and the
// reason over in tt.riscv_sites), when it touches a dtype that has no tile arithmetic, or when control flow in it
// depends on data, or when it prints or asserts. Operands of T.gemm in fp8 are widened here and stay with the matrix
// engine. Buffers that such statements share are rows in the L1 of one core; buffers that tile operations
// touch as well are copied between rows and tiles through circular buffers of their own. A tensor that such a statement
// writes is touched by such statements alone, so that one core sees its own writes in order.
//
// Establishes: every statement outside of tt.riscv is one that the tile passes are asked to cover.
#include <algorithm>
#include <map>
#include <numeric>
#include <set>
#include <unordered_map>
#include <unordered_set>

#include "analysis/access.h"
#include "analysis/data_scalars.h"
#include "analysis/element_loops.h"
#include "analysis/riscv_cost.h"
#include "analysis/touches.h"
#include "ir/diagnostics.h"
#include "ir/ops.h"
#include "ir/records.h"
#include "ir/remarks.h"
#include "ir/riscv.h"
#include "ir/sharing.h"
#include "ir/turns.h"
#include "passes/passes.h"
#include "passes/widen_operands.h"

namespace tltt::compiler {
namespace {

bool IsNothing(const Stmt& stmt) {
  const auto* eval = stmt.as<EvaluateNode>();
  return stmt.as<AllocBufferNode>() || (eval && eval->value.as<IntImmNode>());
}

// Statements that are decided as one: everything but sequences and the control flow around tile operations.
bool IsLeaf(const Stmt& stmt) {
  if (const auto* loop = stmt.as<ForNode>()) return IsElementLoop(loop);
  return !stmt.as<SeqStmtNode>() && !stmt.as<IfThenElseNode>() && !stmt.as<WhileNode>();
}

// "T.print" or "T.device_assert", if the statement is one.
std::string DebugCall(const Stmt& stmt) {
  const auto* eval = stmt.as<EvaluateNode>();
  const auto* call = eval ? eval->value.as<CallNode>() : nullptr;
  const std::string name = call ? OpName(call) : "";
  if (name.rfind("tl.device_assert", 0) == 0) return "T.device_assert";
  if (name == "tirx.call_extern" && StrArg(call, 0).rfind("debug_print_", 0) == 0) return "T.print";
  return "";
}

struct Choice {
  std::string reason;
  Span span;
};

// The statement without numbers that every core reads out of tensors for itself.
Stmt WithoutData(const DataScalars& data, const Stmt& stmt) {
  std::function<PrimExpr(const PrimExpr&)> place;
  ReplaceData replace(
      &data, [](const BufferLoad& load) { return make_zero(load->dtype); },
      [&](const PrimExpr& index) { return place(index); });
  place = [&](const PrimExpr& index) { return data.Known(index) ? make_zero(index->dtype) : replace(index); };
  return replace(stmt);
}

class Chooser {
 public:
  Chooser(std::vector<Refusal> sites, const DataScalars* data)
      : sites_(std::move(sites)), used_(sites_.size()), data_(data) {}

  // Statements for a RISC-V core, with the reason of each.
  std::unordered_map<const ffi::Object*, Choice> Run(const Stmt& body) {
    for (bool leaves : {true, false}) {
      leaves_ = leaves;
      Visit(body);
    }
    for (size_t before = 0; before != chosen_.size();) {
      before = chosen_.size();
      FollowVariables(body);
      FollowTensors(body);
      FollowControl(body);
    }
    return std::move(chosen_);
  }

 private:
  void Visit(const Stmt& stmt) {
    if (chosen_.count(stmt.get()) || IsNothing(stmt)) return;
    const Span span = stmt->span;
    if (const auto* seq = stmt.as<SeqStmtNode>()) {
      for (const Stmt& s : seq->seq) Visit(s);
      return;
    }
    if (const auto* loop = stmt.as<ForNode>(); loop && loop->kind == ForKind::kThreadBinding) return Visit(loop->body);
    if (const auto* loop = stmt.as<ForNode>(); loop && !IsElementLoop(loop)) {
      if (!data_->Known(loop->min) || !data_->Known(loop->extent)) return Choose(stmt, "a loop bound depends on data");
      if (LeavesLoop(loop->body)) return Choose(stmt, "a loop is left early");
      Visit(loop->body);
      if (!leaves_) MatchSites(stmt, false);
      return;
    }
    if (const auto* branch = stmt.as<IfThenElseNode>()) {
      if (!data_->Known(branch->condition)) return Choose(stmt, "the condition of an `if` depends on data");
      Visit(branch->then_case);
      if (branch->else_case) Visit(branch->else_case.value());
      if (!leaves_) MatchSites(stmt, false);
      return;
    }
    if (stmt.as<WhileNode>()) return Choose(stmt, "a `while` loop has no tile form");
    if (!leaves_) return;
    if (const std::string call = DebugCall(stmt); !call.empty()) return Choose(stmt, call + " has no tile form");
    if (HasAtomics(stmt))
      return Choose(stmt, UpdatesTensors(stmt) ? "blocks update a tensor together, one core at a time"
                                               : "an atomic operation has no tile form");
    for (const auto& [buffer, touch] : Touches::Of(WithoutData(*data_, stmt)).list()) {
      const std::string dtype = ffi::DLDataTypeToString(buffer->dtype);
      if (!IsScalarVariable(buffer) && !HasTileArithmetic(dtype) && !IsWord(dtype))
        return Choose(stmt, "dtype " + dtype + " of `" + std::string(buffer->name) + "` has no tile arithmetic");
    }
    MatchSites(stmt, true);
  }

  // Sites name a statement by its place or by that of a statement inside. Control flow is meant where no leaf is.
  void MatchSites(const Stmt& stmt, bool inside) {
    for (size_t i = 0; i < sites_.size(); ++i) {
      if (!inside && used_[i]) continue;
      bool match = SamePlace(stmt->span, sites_[i].span);
      if (inside)
        PostOrderVisit(stmt, [&](const ffi::ObjectRef& ref) {
          const auto* inner = ref.as<StmtNode>();
          match = match || (inner && SamePlace(inner->span, sites_[i].span));
        });
      if (!match) continue;
      used_[i] = true;
      Choose(stmt, sites_[i].what);
      return;
    }
  }

  void Choose(const Stmt& stmt, const std::string& reason) { chosen_.emplace(stmt.get(), Choice{reason, stmt->span}); }

  // A scalar variable is one core's, or a number that every core computes for itself, which a chosen statement may only
  // read: else all of the statements that touch it are chosen.
  void FollowVariables(const Stmt& body) {
    Touches here;
    ForEachChosen(body, [&](const Stmt& stmt) {
      for (const auto& [buffer, touch] : Touches::Of(stmt).list())
        if (IsScalarVariable(buffer) && (touch.written || !data_->IsCommon(buffer))) here[buffer].read = true;
    });
    ForEachOther(body, [&](const Stmt& stmt) {
      for (const auto& [buffer, touch] : Touches::Of(stmt).list()) {
        if (!IsScalarVariable(buffer) || !here.Of(buffer).read) continue;
        return Choose(stmt, "variable `" + std::string(buffer->name) + "` is computed element by element");
      }
    });
  }

  // Control flow that depends on a variable which a chosen statement writes.
  void FollowControl(const Stmt& body) {
    Touches here;
    ForEachChosen(body, [&](const Stmt& stmt) {
      for (const auto& [buffer, touch] : Touches::Of(stmt).list())
        if (IsScalarVariable(buffer) && touch.written) here[buffer].written = true;
    });
    auto depends = [&](const PrimExpr& expr) {
      bool found = false;
      PostOrderVisit(expr, [&](const ffi::ObjectRef& ref) {
        const auto* load = ref.as<BufferLoadNode>();
        found = found || (load && here.Of(load->buffer).written);
      });
      return found;
    };
    PostOrderVisit(body, [&](const ffi::ObjectRef& ref) {
      const auto* loop = ref.as<ForNode>();
      const auto* branch = ref.as<IfThenElseNode>();
      if (loop && (depends(loop->min) || depends(loop->extent)))
        Choose(GetRef<Stmt>(loop), "a loop bound is computed element by element");
      if (branch && depends(branch->condition))
        Choose(GetRef<Stmt>(branch), "the condition of an `if` is computed element by element");
    });
  }

  // Tensors that a chosen statement writes, and others touch: those are chosen as well.
  void FollowTensors(const Stmt& body) {
    for (bool changed = true; changed;) {
      changed = false;
      Touches here;
      ForEachChosen(body, [&](const Stmt& stmt) {
        for (const auto& [buffer, touch] : Touches::Of(stmt).list()) {
          if (!IsGlobal(buffer)) continue;
          here[buffer].written |= touch.written;
          here[buffer].read |= touch.read;
        }
      });
      ForEachOther(body, [&](const Stmt& stmt) {
        for (const auto& [buffer, touch] : Touches::Of(stmt).list()) {
          const Touch chosen = here.Of(buffer);
          if (!IsGlobal(buffer) || !chosen.written || !(touch.read || chosen.read)) continue;
          Choose(stmt, "tensor `" + std::string(buffer->name) + "` is also written element by element");
          changed = true;
          return;
        }
      });
    }
  }

  template <typename Body>
  void ForEachChosen(const Stmt& stmt, Body body) {
    Walk(stmt, body, [](const Stmt&) {});
  }
  template <typename Body>
  void ForEachOther(const Stmt& stmt, Body body) {
    Walk(stmt, [](const Stmt&) {}, body);
  }
  template <typename Chosen, typename Other>
  void Walk(const Stmt& stmt, Chosen chosen, Other other) {
    if (chosen_.count(stmt.get())) return chosen(stmt);
    if (IsNothing(stmt)) return;
    if (const auto* seq = stmt.as<SeqStmtNode>()) {
      for (const Stmt& s : seq->seq) Walk(s, chosen, other);
    } else if (const auto* loop = stmt.as<ForNode>(); loop && !IsElementLoop(loop)) {
      Walk(loop->body, chosen, other);
    } else if (const auto* branch = stmt.as<IfThenElseNode>()) {
      Walk(branch->then_case, chosen, other);
      if (branch->else_case) Walk(branch->else_case.value(), chosen, other);
    } else {
      other(stmt);
    }
  }

  std::vector<Refusal> sites_;
  std::vector<bool> used_;
  const DataScalars* data_;
  bool leaves_ = true;
  std::unordered_map<const ffi::Object*, Choice> chosen_;
};

// Which core runs each chosen statement: statements that share an on-chip buffer run on one. The writer has those that
// touch a tensor which the kernel writes; the others prepare operands, and the reader has them.
class Roles {
 public:
  Roles(const Stmt& body, const std::unordered_map<const ffi::Object*, Choice>& chosen) {
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
  Rewriter(const PrimFunc& func, const std::unordered_map<const ffi::Object*, Choice>& chosen)
      : chosen_(chosen), roles_(func->body, chosen) {
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

  const std::unordered_map<const ffi::Object*, Choice>& chosen_;
  Roles roles_;
  std::set<std::string> names_;
  Touches tiles_;
  std::unordered_map<const BufferNode*, Halves> splits_;
  Written written_;   // surely, so far in program order
  BufferSet clears_;  // the buffers of both of these
  std::vector<Buffer> cleared_;
  std::vector<std::pair<Buffer, std::string>> cleared_rows_;  // and the core whose they are
};

PrimFunc ChoosePath(PrimFunc func) {
  std::vector<Refusal> sites;
  if (auto given = func->GetAttr<Array<Map<String, Any>>>(attr::kRiscvSites))
    for (const Map<String, Any>& site : given.value())
      sites.push_back({site.at("what").cast<String>(), site.at("span").cast<Span>()});
  Target target = func->GetAttr<Target>(tvm::attr::kTarget).value();
  if (target->GetAttr<int64_t>("riscv").value_or(1) == 0) return func;
  func = WidenGemmOperands(std::move(func));
  const DataScalars data(func->body);
  auto chosen = Chooser(std::move(sites), &data).Run(func->body);
  if (chosen.empty()) return func;
  Rewriter rewriter(func, chosen);
  Stmt body = rewriter.Run(func->body);
  func.CopyOnWrite()->body = body;
  func = WithoutAttr(std::move(func), attr::kRiscvSites);
  if (rewriter.turns) func = WithAttr(std::move(func), attr::kTurns, Integer(0));
  return WithRemarks(std::move(func), rewriter.remarks);
}

}  // namespace

Pass SelectRiscvPath() {
  auto run = [](PrimFunc func, IRModule, tvm::transform::PassContext) { return ChoosePath(std::move(func)); };
  return tirx::transform::CreatePrimFuncPass(run, 0, "tltt.SelectRiscvPath", {});
}

}  // namespace tltt::compiler
