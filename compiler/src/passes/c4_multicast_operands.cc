// C4: operands that the cores of a row or of a column have in common are read once and multicast.
//
// Before: tt.block_map = {cores: [8, 8], ...}; tt.read_to_cb("cb_in0", A[by*256 : 256, k*64 : 64])
// After:  tt.read_to_cb("cb_in0", A[...], "row"), attrs += { tt.multicast: {cb_in0: ["row", 0, 1]} }
//
// "row": the region depends on nothing that differs between the cores of a row (blockIdx.x, where each core has a
// rectangle of blocks), so that all want the same; "column": likewise (blockIdx.y).
// The numbers are the semaphores with which receivers say that they have room (ready) and the sender that the block has
// arrived (valid); D3 makes the protocol of it. All cores of the row have to reach the statement equally often and in
// the same order: what decides whether and how often it runs may not differ either. That holds for the loop over a
// core's blocks, because the cores of tt.block_map do equally many.
#include <map>
#include <set>
#include <string>

#include "analysis/access.h"
#include "analysis/sharing.h"
#include "ir/ops.h"
#include "ir/records.h"
#include "passes/passes.h"

namespace tltt::compiler {
namespace {

constexpr int64_t kSemaphores = 16;  // of a core

class OperandSurvey : public StmtVisitor {
 public:
  std::map<std::string, std::set<std::string>> axes;  // CB -> axes along which each of its reads can be shared

  OperandSurvey(const std::vector<int64_t>& grid, const BlockMap& map) : grid_(grid), map_(map) {}

 private:
  void VisitStmt_(const ForNode* node) final {
    if (auto it = node->annotations.find(attr::kPersistentLoop); it != node->annotations.end()) {
      // The last ones are the block's indices, of the axes along which there is more than one: x before y before z.
      const auto scalars = (*it).second.cast<Array<Any>>();
      size_t next = scalars.size();
      for (size_t axis = grid_.size(); axis-- > 0;) {
        if (grid_[axis] == 1) continue;
        const Var index = scalars[--next].cast<Array<Any>>()[0].cast<Var>();
        block_indices_.insert(index.get());
        dependence_.Set(index, map_.follows[axis]);
      }
      return VisitStmt(node->body);
    }
    dependence_.Enter(node);
    const unsigned outer = follows_;
    follows_ |= dependence_.Of(node->extent) | dependence_.Of(node->min);
    VisitStmt(node->body);
    follows_ = outer;
  }
  void VisitStmt_(const IfThenElseNode* node) final {
    const unsigned outer = follows_;
    follows_ |= dependence_.Of(node->condition);
    StmtVisitor::VisitStmt_(node);
    follows_ = outer;
  }
  void VisitStmt_(const BindNode* node) final {
    if (AsTt(node->value, "tt.get_arg_val")) return dependence_.Set(node->var, kFollowsX | kFollowsY);
    if (!block_indices_.count(node->var.get())) dependence_.Enter(node);
  }
  void VisitStmt_(const EvaluateNode* node) final {
    const CallNode* call = AsTt(GetRef<Stmt>(node), "tt.read_to_cb");
    if (!call) return;
    unsigned follows = follows_;
    for (const PrimExpr& min : RegionFromExpr(call->args[1]).mins) follows |= dependence_.Of(min);
    std::set<std::string> possible;
    if (!(follows & kFollowsX) && map_.cores[0] > 1) possible.insert("row");
    if (!(follows & kFollowsY) && map_.cores[1] > 1) possible.insert("column");
    auto [it, fresh] = axes.try_emplace(StrArg(call, 0), possible);
    if (fresh) return;
    std::set<std::string> both;
    for (const auto& axis : it->second)
      if (possible.count(axis)) both.insert(axis);
    it->second = both;
  }

  const std::vector<int64_t>& grid_;
  const BlockMap& map_;
  std::set<const VarNode*> block_indices_;
  BlockDependence dependence_;  // on the core's column and row
  unsigned follows_ = 0;
};

class Marker : public StmtMutator {
 public:
  explicit Marker(const std::map<std::string, std::string>& axis) : axis_(axis) {}

 private:
  Stmt VisitStmt_(const EvaluateNode* node) final {
    const CallNode* call = AsTt(GetRef<Stmt>(node), "tt.read_to_cb");
    if (!call) return GetRef<Stmt>(node);
    auto it = axis_.find(StrArg(call, 0));
    if (it == axis_.end()) return GetRef<Stmt>(node);
    return TtStmt("tt.read_to_cb", {call->args[0], call->args[1], Str(it->second)}, node->span);
  }
  const std::map<std::string, std::string>& axis_;
};

PrimFunc Share(PrimFunc func) {
  const std::optional<BlockMap> map = BlockMapOf(func);
  if (!map) return func;
  std::vector<int64_t> grid;
  for (const Integer& extent : func->GetAttr<Array<Integer>>(attr::kLaunchGrid).value()) grid.push_back(extent->value);
  OperandSurvey survey(grid, *map);
  survey(func->body);
  std::map<std::string, std::string> axis;
  Map<String, Any> shared;
  int64_t semaphore = 0;
  const CbTable cbs = CbTable::FromFunc(func);
  for (const CbRecord& cb : cbs.records()) {
    auto it = survey.axes.find(cb.name);
    if (it == survey.axes.end() || it->second.empty() || semaphore + 2 > kSemaphores) continue;
    // Where both are possible: along the longer side.
    const bool row = it->second.count("row") && (!it->second.count("column") || map->cores[0] >= map->cores[1]);
    axis[cb.name] = row ? "row" : "column";
    shared.Set(cb.name, Array<Any>{String(axis[cb.name]), Integer(semaphore), Integer(semaphore + 1)});
    semaphore += 2;
  }
  if (axis.empty()) return func;
  func.CopyOnWrite()->body = Marker(axis)(func->body);
  return WithAttr(std::move(func), attr::kMulticast, shared);
}

}  // namespace

Pass MulticastOperands() {
  auto run = [](PrimFunc func, IRModule, tvm::transform::PassContext) { return Share(std::move(func)); };
  return tirx::transform::CreatePrimFuncPass(run, 0, "tltt.MulticastOperands", {});
}

}  // namespace tltt::compiler
