// C5: which operands the writer's core loads. The reader works on NoC 0 and the writer on NoC 1; the operands of a sum
// come in at the same rate, so that each NoC carries one of them.
//
// Before: for k: tt.read_to_cb("cb_in0", A[...]); tt.read_to_cb("cb_in1", B[...]); tt.mm.mma(...)
// After:  attrs += { tt.writer_loads: ["cb_in1"] }
//
// A writer that loads cannot fetch the next block's operands before it has stored this block's result. So it does not
// where a core has several blocks, unless one NoC could not keep up with the arithmetic.
#include <algorithm>
#include <deque>
#include <map>
#include <string>

#include "analysis/costs.h"
#include "analysis/liveness.h"
#include "ir/ops.h"
#include "ir/records.h"
#include "ir/work.h"
#include "passes/passes.h"

namespace tltt::compiler {
namespace {

struct LoopTraffic {
  const ForNode* loop = nullptr;
  std::map<std::string, double> loads;  // bytes of each CB that is filled once per iteration
  double matmul_tiles = 0;
};

class TrafficSurvey : public StmtVisitor {
 public:
  explicit TrafficSurvey(const CbTable* cbs) : cbs_(cbs) {}
  std::deque<LoopTraffic> loops;  // the innermost ones around loads and products, in order
  std::map<std::string, int> fills;

 private:
  LoopTraffic& Current() {
    for (LoopTraffic& traffic : loops)
      if (traffic.loop == loop_) return traffic;
    loops.emplace_back();
    loops.back().loop = loop_;
    return loops.back();
  }
  void VisitStmt_(const ForNode* node) final {
    const ForNode* outer = loop_;
    loop_ = node->annotations.count(attr::kPersistentLoop) ? nullptr : node;
    StmtVisitor::VisitStmt_(node);
    loop_ = outer;
  }
  void VisitStmt_(const EvaluateNode* node) final {
    const CallNode* call = AsTt(GetRef<Stmt>(node));
    if (!call) return;
    if (OpName(call) == "tt.read_to_cb") {
      const CbRecord& cb = cbs_->at(StrArg(call, 0));
      ++fills[cb.name];
      if (loop_) Current().loads[cb.name] = static_cast<double>(cb.Tiles() * cb.PageBytes());
    } else if (OpName(call) == "tt.mm.mma" && loop_) {
      Current().matmul_tiles += static_cast<double>(IntArg(call, 5) * IntArg(call, 6) * IntArg(call, 7));
    }
  }
  const CbTable* cbs_;
  const ForNode* loop_ = nullptr;
};

// Steps of the loop whose blocks are loaded at once.
int64_t StepsLoaded(const ForNode* loop) {
  if (!loop) return 1;
  auto grouped = loop->annotations.find(attr::kStepsAtOnce);
  return grouped == loop->annotations.end() ? 1 : (*grouped).second.cast<Array<Integer>>()[0]->value;
}

PrimFunc Balance(PrimFunc func) {
  const Target target = TargetOf(func);
  if (!OptionOf(target, "both_nocs")) return func;
  const CbTable cbs = CbTable::FromFunc(func);
  TrafficSurvey survey(&cbs);
  survey(func->body);
  CbSet stored;  // buffers that go from reader to writer past compute
  PostOrderVisit(func->body, [&](const ffi::ObjectRef& ref) {
    const auto* call = ref.as<CallNode>();
    if (call && call->op.as<OpNode>() && OpName(call) == "tt.write_from_cb") stored.insert(StrArg(call, 0));
  });
  const Chip& chip = ChipOf(target);
  const std::string fidelity = ComputeOf(func).math_fidelity;
  const auto multicast = func->GetAttr<Map<String, Any>>(attr::kMulticast);
  Array<String> writer_loads;
  for (const LoopTraffic& traffic : survey.loops) {
    std::vector<std::pair<double, std::string>> loads;
    double received = 0, read = 0, sent = 0, tile_bytes = 0;
    for (const auto& [cb, bytes] : traffic.loads) {
      // A core reads and sends one shared block at most, one after the other.
      const bool shared = multicast && multicast.value().count(cb);
      received += bytes;
      read = shared ? std::max(read, bytes) : read + bytes;
      if (shared) sent = std::max(sent, bytes);
      tile_bytes = std::max(tile_bytes, static_cast<double>(cbs.at(cb).PageBytes()));
      if (survey.fills[cb] == 1 && !stored.count(cb)) loads.emplace_back(bytes, cb);
    }
    if (traffic.matmul_tiles == 0 || loads.size() < 2) continue;
    constexpr double kExchange = 1200;  // cycles of DRAM's latency and of the semaphores' exchange
    const double own = read / chip.noc_dram_read_bytes_per_cycle + sent / chip.noc_bytes_per_cycle +
                       kExchange / static_cast<double>(StepsLoaded(traffic.loop));
    const double noc_cycles = std::max(received / chip.noc_bytes_per_cycle, own);
    const double compute_cycles = traffic.matmul_tiles * ProductCycles(chip, fidelity, tile_bytes);
    if (BlocksOfBusiestCore(func) > 1 && noc_cycles <= compute_cycles) continue;
    // The largest first; among equals in the order of their buffers.
    std::stable_sort(loads.begin(), loads.end(), [](const auto& a, const auto& b) { return a.first > b.first; });
    double reader = 0, writer = 0;
    for (const auto& [bytes, cb] : loads) {
      if (writer < reader) {
        writer += bytes;
        writer_loads.push_back(cb);
      } else {
        reader += bytes;
      }
    }
  }
  if (writer_loads.empty()) return func;
  return WithAttr(std::move(func), attr::kWriterLoads, writer_loads);
}

}  // namespace

Pass BalanceNocs() {
  auto run = [](PrimFunc func, IRModule, tvm::transform::PassContext) { return Balance(std::move(func)); };
  return tirx::transform::CreatePrimFuncPass(run, 0, "tltt.BalanceNocs", {});
}

}  // namespace tltt::compiler
