#include "passes/thread_allreduce.h"

#include <algorithm>
#include <string>

#include "ir/diagnostics.h"
#include "ir/ops.h"
#include "ir/span_scope.h"

namespace tltt::compiler {

namespace {

constexpr const char* kScope = "reduce_scope";
constexpr const char* kAllreduce = "tirx.tvm_thread_allreduce";

class AsStores : public StmtMutator {
 private:
  Stmt VisitStmt(const Stmt& stmt) final {
    const SpanScope scope(&span_, stmt);
    return StmtMutator::VisitStmt(stmt);
  }
  Stmt VisitStmt_(const EvaluateNode* node) final {
    const auto* call = node->value.as<CallNode>();
    if (!call || OpName(call) != kAllreduce) return GetRef<Stmt>(node);
    const auto count = static_cast<size_t>(call->args[0].as<IntImmNode>()->value);
    Array<Stmt> stores;
    for (size_t i = 0; i < count; ++i) {
      const auto* result = call->args[count + 2 + i].as<BufferLoadNode>();
      if (!result)
        Refuse(span_, "the result of T.tvm_thread_allreduce is no element of a buffer", "give it x[0] of an own x");
      Array<PrimExpr> args{call->args[1 + i], call->args[count + 1]};
      args.insert(args.end(), call->args.begin() + static_cast<int64_t>(2 * count + 2), call->args.end());
      PrimExpr value = Call(result->dtype, call->op, args, {}, call->span);
      stores.push_back(BufferStore(result->buffer, value, result->indices, std::nullopt, span_));
    }
    return SeqStmt::Flatten(stores);
  }
  Span span_;
};

// The stores of a reduction and the arguments of its call: value, condition, axes.
std::vector<const BufferStoreNode*> Stores(const AttrStmtNode* allreduce) {
  const auto* seq = allreduce->body.as<SeqStmtNode>();
  std::vector<const BufferStoreNode*> stores;
  for (const Stmt& s : seq ? seq->seq : Array<Stmt>{allreduce->body}) {
    const auto* store = s.as<BufferStoreNode>();
    const auto* call = store ? store->value.as<CallNode>() : nullptr;
    if (!call || OpName(call) != kAllreduce) BrokenContract("frontend", "a reduction over threads that is no store");
    stores.push_back(store);
  }
  return stores;
}

const CallNode* CallOf(const BufferStoreNode* store) { return store->value.as<CallNode>(); }

bool Along(const CallNode* call, const ThreadIndex& thread) {
  return std::any_of(call->args.begin() + 2, call->args.end(),
                     [&](const PrimExpr& axis) { return axis.same_as(thread.var); });
}

}  // namespace

PrimFunc AllreducesAsStores(PrimFunc func) {
  func.CopyOnWrite()->body = AsStores()(func->body);
  return func;
}

const AttrStmtNode* AsAllreduce(const Stmt& stmt) {
  const auto* node = stmt.as<AttrStmtNode>();
  return node && node->attr_key == kScope ? node : nullptr;
}

bool GivesAllTheSame(const AttrStmtNode* allreduce, const std::vector<ThreadIndex>& threads) {
  const CallNode* call = CallOf(Stores(allreduce).front());
  return std::all_of(threads.begin(), threads.end(), [&](const ThreadIndex& thread) { return Along(call, thread); });
}

AllreduceSteps StepsOf(const AttrStmtNode* allreduce, const std::vector<ThreadIndex>& threads,
                       std::vector<Buffer>* allocs) {
  const auto stores = Stores(allreduce);
  const CallNode* call = CallOf(stores.front());
  for (size_t i = 2; i < call->args.size(); ++i) {
    const bool index = std::any_of(threads.begin(), threads.end(),
                                   [&](const ThreadIndex& thread) { return call->args[i].same_as(thread.var); });
    if (!index && !is_zero(call->args[i]))  // 0: there is one thread along that axis
      Refuse(allreduce->span, "T.tvm_thread_allreduce along what is no thread index", "give it a thread's own index");
  }
  PrimExpr group = Int(0);  // the threads' number among those that get something of their own
  int64_t groups = 1;
  for (const ThreadIndex& thread : threads) {
    if (Along(call, thread)) continue;
    group = group + thread.var * make_const(thread.var->dtype, groups);
    groups *= thread.extent;
  }
  arith::Analyzer analyzer;
  group = analyzer.Simplify(group);

  const Span& span = allreduce->span;
  const auto reducer = allreduce->node.cast<CommReducer>();
  Array<Stmt> identities, joins, keeps, results;
  Array<PrimExpr> before, values;
  std::vector<Buffer> all;
  for (size_t i = 0; i < stores.size(); ++i) {
    const DataType dtype = stores[i]->buffer->dtype;
    auto own = [&](const std::string& what, int64_t extent) {
      const std::string name = std::string(stores[i]->buffer->name) + "_" + what;
      const auto same = std::count_if(allocs->begin(), allocs->end(), [&](const Buffer& buffer) {
        return std::string(buffer->name).rfind(name, 0) == 0;
      });
      Buffer buffer =
          decl_buffer({Int(extent)}, dtype, same ? name + std::to_string(same) : name, "local", std::nullopt, span);
      allocs->push_back(buffer);
      return buffer;
    };
    all.push_back(own("all", groups));
    const Var g("group", DataType::Int(32));
    identities.push_back(For(g, Int(0), Int(groups), ForKind::kSerial,
                             BufferStore(all[i], reducer->identity_element[i], {g}, std::nullopt, span), std::nullopt,
                             {}, std::nullopt, span));
    before.push_back(BufferLoad(all[i], {group}));
    values.push_back(CallOf(stores[i])->args[0]);
    if (stores.size() > 1) {  // none changes before all are joined
      const Buffer next = own("next", 1);
      keeps.push_back(BufferStore(all[i], BufferLoad(next, {Int(0)}), {group}, std::nullopt, span));
    }
  }
  const Array<PrimExpr> joined = reducer->operator()(before, values);
  for (size_t i = 0; i < stores.size(); ++i) {
    if (keeps.empty()) {
      joins.push_back(BufferStore(all[i], joined[i], {group}, std::nullopt, span));
    } else {
      const auto* kept = keeps[i].as<BufferStoreNode>()->value.as<BufferLoadNode>();
      joins.push_back(BufferStore(kept->buffer, joined[i], kept->indices, std::nullopt, span));
    }
    results.push_back(BufferStore(stores[i]->buffer, before[i], stores[i]->indices, std::nullopt, span));
  }
  for (const Stmt& keep : keeps) joins.push_back(keep);
  Stmt join = SeqStmt::Flatten(joins);
  if (!is_one(call->args[1])) join = IfThenElse(call->args[1], join, std::nullopt, span);
  return {SeqStmt::Flatten(identities), join, SeqStmt::Flatten(results)};
}

}  // namespace tltt::compiler
