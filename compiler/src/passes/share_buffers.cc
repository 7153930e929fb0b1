#include "passes/share_buffers.h"

#include <algorithm>
#include <map>
#include <string>
#include <utility>
#include <vector>

#include "analysis/liveness.h"
#include "ir/attrs.h"
#include "ir/ops.h"
#include "ir/records.h"

namespace tltt::compiler {

namespace {

bool IsComputed(const Stmt& stmt) { return IsTileChain(stmt) || AsTt(stmt, "tt.mm.mma"); }

// Names in statements that are not compute's alone.
class Elsewhere : public StmtExprVisitor {
 public:
  CbSet names;

 private:
  using StmtExprVisitor::VisitExpr_;
  void VisitStmt(const Stmt& stmt) final {
    if (!IsComputed(stmt)) StmtExprVisitor::VisitStmt(stmt);
  }
  void VisitExpr_(const StringImmNode* node) final { names.insert(node->value); }
};

// Which buffers are taken at the same time, as InsertDSTManagement reserves and pops them.
class Conflicts {
 public:
  explicit Conflicts(const CbTable& cbs) : cbs_(cbs) {}

  void Visit(const Stmt& stmt, const CbSet& live_out) {
    CbAccess access;
    if (AccessOf(stmt, &access)) {
      CbSet taken = live_out;
      taken.insert(access.reads.begin(), access.reads.end());
      if (!access.writes.empty()) taken.insert(access.writes);
      return Note(taken);
    }
    if (const auto* seq = stmt.as<SeqStmtNode>()) {
      const std::vector<CbSet> after = LiveAfterEach(seq->seq, live_out);
      for (size_t i = 0; i < seq->seq.size(); ++i) Visit(seq->seq[i], after[i]);
    } else if (const auto* loop = stmt.as<ForNode>()) {
      VisitLoop(loop, live_out);
    } else if (const auto* branch = stmt.as<IfThenElseNode>()) {
      Note(LiveIn(stmt, live_out));
      Visit(branch->then_case, live_out);
      if (branch->else_case) Visit(branch->else_case.value(), live_out);
    }
  }

  bool Between(const std::string& a, const std::string& b) const { return pairs_.count(std::minmax(a, b)) > 0; }

 private:
  void VisitLoop(const ForNode* loop, const CbSet& live_out) {
    if (loop->annotations.count(attr::kPersistentLoop)) return Visit(loop->body, {});
    const CbSet outer = sums_;
    for (const CbRecord& cb : cbs_.records())
      if (IsAccumulationLoop(loop, cb.name)) sums_.insert(cb.name);
    CbSet at_end = live_out;
    for (size_t size = at_end.size() + 1; size != at_end.size();) {
      size = at_end.size();
      const CbSet head = LiveIn(loop->body, at_end);
      at_end.insert(head.begin(), head.end());
    }
    Note(at_end);
    Visit(loop->body, at_end);
    sums_ = outer;
  }

  void Note(CbSet taken) {
    taken.insert(sums_.begin(), sums_.end());
    for (auto a = taken.begin(); a != taken.end(); ++a)
      for (auto b = std::next(a); b != taken.end(); ++b) pairs_.emplace(*a, *b);
  }

  const CbTable& cbs_;
  CbSet sums_;  // of the loops around
  std::set<std::pair<std::string, std::string>> pairs_;
};

class Rename : public StmtExprMutator {
 public:
  explicit Rename(const std::map<std::string, std::string>& names) : names_(names) {}

 private:
  using StmtExprMutator::VisitExpr_;
  PrimExpr VisitExpr_(const StringImmNode* node) final {
    auto it = names_.find(node->value);
    return it == names_.end() ? GetRef<PrimExpr>(node) : Str(it->second);
  }
  const std::map<std::string, std::string>& names_;
};

}  // namespace

std::optional<PrimFunc> ShareBuffers(PrimFunc func) {
  CbTable cbs = CbTable::FromFunc(func);
  ComputeRecord compute = ComputeOf(func);
  Elsewhere elsewhere;
  elsewhere(func->body);
  Conflicts conflicts(cbs);
  conflicts.Visit(func->body, {});
  auto in_full = [&](const CbRecord& cb) {
    return std::count(compute.unpack_to_dest.begin(), compute.unpack_to_dest.end(), cb.name) > 0;
  };
  auto alike = [&](const CbRecord& a, const CbRecord& b) {
    return a.shape == b.shape && a.dtype == b.dtype && a.Format() == b.Format() && a.column == b.column &&
           a.tiles_transposed == b.tiles_transposed && in_full(a) == in_full(b);
  };
  std::vector<std::vector<CbRecord*>> groups;
  for (CbRecord& cb : cbs.records()) {
    if (cb.kind != "intermed" || elsewhere.names.count(cb.name)) continue;
    auto fits = [&](const std::vector<CbRecord*>& group) {
      return alike(*group.front(), cb) && std::none_of(group.begin(), group.end(), [&](const CbRecord* other) {
               return conflicts.Between(other->name, cb.name);
             });
    };
    auto group = std::find_if(groups.begin(), groups.end(), fits);
    if (group == groups.end()) group = groups.insert(groups.end(), std::vector<CbRecord*>{});
    group->push_back(&cb);
  }
  std::map<std::string, std::string> names;
  for (const auto& group : groups) {
    CbRecord& first = *group.front();
    for (size_t i = 1; i < group.size(); ++i) {
      names.emplace(group[i]->name, first.name);
      first.read_in_parts = first.read_in_parts || group[i]->read_in_parts;
    }
    if (group.size() > 1) first.buffer += " and " + std::to_string(group.size() - 1) + " more";
  }
  if (names.empty()) return std::nullopt;
  cbs.Keep([&](const CbRecord& cb) { return names.count(cb.name) == 0; });
  std::erase_if(compute.unpack_to_dest, [&](const std::string& cb) { return names.count(cb) > 0; });
  func.CopyOnWrite()->body = Rename(names)(func->body);
  return cbs.AttachTo(WithCompute(std::move(func), compute));
}

}  // namespace tltt::compiler
