// Frontend: brings TileLang's IR into the one shape that the other passes read.
//
// Before:                                     After:
//   for bx in thread_binding(8, blockIdx.x):    for bx in thread_binding(8, blockIdx.x):
//     tx = launch_thread_idx(0)                   A_shared = alloc_buffer((128, 32), "shared.dyn")
//     with sblock("tilelang_root"):               T.copy(...)
//       A_shared = sblock_alloc_buffer(...)       ...
//       attr(threadblock_swizzle_pattern)
//       T.copy(...)
//
// Establishes: dtypes are a chip's (dtype_names.h); values have one lane (vector_lanes.h); no blocks; on-chip buffers
// are AllocBuffer statements at the head of the body and have unique names; views are resolved (resolve_views.h);
// scalar bindings are inlined; indices count from the front; T.transpose and T.im2col are a T.Parallel
// (operation_loops.h); thread indices are variables of loops (thread_loops.h); GPU scheduling hints are gone.
#include <algorithm>
#include <limits>
#include <map>
#include <set>
#include <sstream>
#include <unordered_map>
#include <unordered_set>

#include "analysis/access.h"
#include "analysis/extents.h"
#include "analysis/touches.h"
#include "ir/attrs.h"
#include "ir/diagnostics.h"
#include "ir/ops.h"
#include "ir/reduction.h"
#include "ir/remarks.h"
#include "passes/dtype_names.h"
#include "passes/named_functions.h"
#include "passes/operation_loops.h"
#include "passes/passes.h"
#include "passes/random_numbers.h"
#include "passes/reducer_rules.h"
#include "passes/resolve_views.h"
#include "passes/safe_values.h"
#include "passes/thread_allreduce.h"
#include "passes/thread_loops.h"
#include "passes/vector_lanes.h"

namespace tltt::compiler {
namespace {

// Annotations that only tell a GPU how to lay out or schedule: dropping them changes no value.
const std::set<std::string> kSchedulingHints = {"threadblock_swizzle_pattern",
                                                "tl.launch_threads",
                                                "layout_map",
                                                "tl.threadblock_swizzle_pattern",
                                                "pragma_unroll_explicit",
                                                "kernel_launch_params",
                                                "tl.lifetime",
                                                "tl.min_blocks_per_sm",
                                                "coalesced_width",
                                                "tl.layout_map",
                                                "padding_map",
                                                "use_swizzle"};

// Of a T.Kernel that names no number of threads: what TileLang's GPU targets start then.
constexpr int64_t kDefaultThreads = 128;

// Calls that tell a GPU how to divide its registers.
const std::set<std::string> kRegisterHints = {"tl.set_max_nreg", "tl.no_set_max_nreg"};

class Legalizer : public StmtExprMutator {
 public:
  explicit Legalizer(const PrimFunc& func)
      : touches_(Touches::Of(func->body)),
        functions_(NamedFunctions(func->body)),
        shapes_(ShapesBeyondExtents(func->body)) {
    std::unordered_map<const VarNode*, const BufferNode*> memory;
    auto note = [&](const Buffer& buffer) {  // memory with several names is a block as well
      auto [it, fresh] = memory.emplace(buffer->data.get(), buffer.get());
      if (!fresh && it->second != buffer.get()) blocks_.insert({it->second, buffer.get()});
    };
    PostOrderVisit(func->body, [&](const ffi::ObjectRef& ref) {
      if (const auto* var = ref.as<VarNode>()) used_.insert(var);
      if (const auto* load = ref.as<BufferLoadNode>()) note(load->buffer);
      if (const auto* store = ref.as<BufferStoreNode>()) note(store->buffer);
      const auto* call = ref.as<CallNode>();
      if (!call || call->args.empty()) return;
      if (const auto* load = call->args[0].as<BufferLoadNode>()) blocks_.insert(load->buffer.get());
    });
    for (const auto& [var, buffer] : func->buffer_map) names_.insert(buffer->name);
  }
  std::vector<Buffer> allocs;
  std::vector<Remark> remarks;
  // Indices of threads that the body uses, the innermost axis first; none where none is used.
  std::vector<ThreadIndex> threads() const {
    std::vector<ThreadIndex> out;
    if (!threads_used_) return out;
    for (size_t axis = 0; axis < thread_vars_.size(); ++axis)
      if (ThreadExtent(axis) > 1) out.push_back({thread_vars_[axis], ThreadExtent(axis)});
    return out;
  }
  Map<String, Any> layouts;   // of annotate_tt_layout inside the kernel, by tensor
  Map<String, Any> schedule;  // of annotate_tt_schedule inside the kernel

 private:
  bool Annotated(const std::string& key, const Any& value, const Span& span) {
    const std::string layout = std::string(attr::kUserLayout) + ".";
    if (key.rfind(attr::kUserPrefix, 0) != 0) return false;
    if (key.rfind(layout, 0) == 0) {
      layouts.Set(key.substr(layout.size()), value);
    } else if (auto map = value.try_cast<Map<String, Any>>(); map && key == attr::kUserSchedule) {
      schedule = *map;
    } else {
      Refuse(span, "annotation \"" + key + "\" is not known", "use annotate_tt_layout and annotate_tt_schedule");
    }
    return true;
  }

  Stmt VisitStmt_(const SBlockRealizeNode* node) final { return VisitStmt(node->block); }

  Stmt VisitStmt_(const SBlockNode* node) final {
    for (const auto& [key, value] : node->annotations) {
      if (Annotated(key, value, node->span)) continue;
      if (key == "tl.launch_threads") {
        for (const PrimExpr& extent : value.cast<Array<PrimExpr>>()) thread_extents_.push_back(extent);
        continue;
      }
      if (key == "reducer_info" || key == "reducer_info_v2") {
        for (const auto& [data, info] : value.cast<Map<Var, Map<String, String>>>())
          reducers_[data.get()] = info.at("op");
        continue;
      }
      if (key == "pragma_import_c") {
        imports_source_ = true;
        continue;
      }
      if (!kSchedulingHints.count(key)) {
        Refuse(node->span, "block annotation \"" + std::string(key) + "\" has no meaning on Tenstorrent", "remove it");
      }
    }
    for (const Buffer& buffer : node->alloc_buffers) Declare(buffer);
    if (node->init) Refuse(node->span, "blocks with an init part are not supported", "");
    return VisitStmt(node->body);
  }

  Stmt VisitStmt_(const ForNode* node) final {
    if (node->kind == ForKind::kThreadBinding && node->thread_binding) {
      const std::string tag = node->thread_binding.value()->thread_tag;
      if (is_zero(node->min) && NamesThread(tag, node->loop_var, node->extent)) return VisitStmt(node->body);
      if (tag.rfind("blockIdx.", 0) != 0) {
        Refuse(node->span, "a loop bound to `" + tag + "`: a Tensix core has no threads",
               "write the loop over elements with T.Parallel");
      }
      if (node->loop_var.dtype() != DataType::Int(32)) return NarrowBlockIndex(node);
    }
    if (node->extent.as<IntImmNode>() && node->min.as<IntImmNode>())
      analyzer_.Bind(node->loop_var, Range::FromMinExtent(node->min, node->extent), true);
    Stmt stmt = StmtExprMutator::VisitStmt_(node);
    const auto* extent = stmt.as<ForNode>()->extent.as<IntImmNode>();
    const bool empty = extent && extent->value <= 0 && node->kind != ForKind::kThreadBinding;  // B1 refuses empty grids
    return empty ? Evaluate(0) : stmt;
  }

  // Cores count blocks in 32 bits; what the kernel computes with a wider index stays wide.
  Stmt NarrowBlockIndex(const ForNode* node) {
    const auto* extent = node->extent.as<IntImmNode>();
    if (extent && extent->value > std::numeric_limits<int32_t>::max())
      Refuse(node->span, "a grid of " + std::to_string(extent->value) + " blocks", "use larger blocks");
    auto copy = ffi::make_object<ForNode>(*node);
    copy->loop_var = Var(node->loop_var->name_hint, DataType::Int(32));
    inlined_[node->loop_var.get()] = cast(node->loop_var.dtype(), copy->loop_var);
    copy->min = Int(0);
    copy->extent = cast(DataType::Int(32), VisitExpr(node->extent));
    if (extent) analyzer_.Bind(copy->loop_var, Range::FromMinExtent(copy->min, copy->extent), true);
    copy->body = VisitStmt(node->body);
    return Stmt(copy);
  }

  // Python's negative indices count from the end of their axis.
  Array<PrimExpr> FromTheFront(const Array<PrimExpr>& indices, const Buffer& buffer) {
    return indices.Map([&, d = size_t{0}](const PrimExpr& index) mutable {
      const PrimExpr& extent = buffer->shape[d++];
      // Not CanProve, which asks a solver where the answer is no, as it is nearly always.
      return analyzer_.const_int_bound(index)->max_value < 0 ? analyzer_.Simplify(index + extent) : index;
    });
  }

  // `if tx == 0 and ...:` has one thread do what a core does by itself, unless it is about what the thread has of its
  // own. What the others would do is another matter.
  Stmt VisitStmt_(const IfThenElseNode* node) final {
    std::vector<size_t> first;
    PrimExpr rest = Bool(true);
    for (const PrimExpr& term : Conjuncts(node->condition)) {
      const auto* equal = term.as<EQNode>();
      const auto* var = equal && is_zero(equal->b) ? equal->a.as<VarNode>() : nullptr;
      const int axis = var ? ThreadAxis(var) : -1;
      if (axis >= 0) {
        first.push_back(static_cast<size_t>(axis));
      } else {
        rest = is_one(rest) ? term : rest && term;
      }
    }
    Stmt all = StmtExprMutator::VisitStmt_(node);
    const auto* branch = all.as<IfThenElseNode>();
    if (first.empty() || node->else_case || TouchesLocals(branch->then_case)) return all;
    Map<Var, PrimExpr> zero;
    for (size_t axis : first) zero.Set(thread_vars_[axis], Int(0));
    Stmt body = branch->then_case;
    if (!is_one(rest)) body = IfThenElse(VisitExpr(rest), body, std::nullopt, node->span);
    return Substitute(body, zero);
  }

  int ThreadAxis(const VarNode* var) const {
    auto it = inlined_.find(var);
    for (size_t axis = 0; it != inlined_.end() && axis < thread_vars_.size(); ++axis)
      if (it->second.same_as(thread_vars_[axis])) return static_cast<int>(axis);
    return -1;
  }

  static bool TouchesLocals(const Stmt& stmt) {
    for (const auto& [buffer, touch] : Touches::Of(stmt).list())
      if (std::string(buffer.scope()) == "local" || IsScalarVariable(buffer)) return true;
    return false;
  }

  static std::vector<PrimExpr> Conjuncts(const PrimExpr& condition) {
    const auto* both = condition.as<AndNode>();
    if (!both) return {condition};
    std::vector<PrimExpr> terms = Conjuncts(both->a);
    for (const PrimExpr& term : Conjuncts(both->b)) terms.push_back(term);
    return terms;
  }

  Stmt VisitStmt_(const AllocBufferNode* node) final {
    Declare(node->buffer);
    return Evaluate(0);
  }

  // An assertion about sizes, which are known here.
  Stmt VisitStmt_(const AssertStmtNode* node) final {
    const PrimExpr condition = analyzer_.Simplify(VisitExpr(node->condition));
    if (is_one(condition)) return Evaluate(0);
    std::string message;
    for (const StringImm& part : node->message_parts) message += part->value;
    if (is_zero(condition)) Refuse(node->span, "an assertion does not hold: " + message, "give it other sizes");
    Refuse(node->span, "an assertion about what only the chip knows: " + message, "use T.device_assert");
  }

  Stmt VisitStmt_(const BindNode* node) final {
    if (!used_.count(node->var.get())) return Evaluate(0);  // a part of a buffer by its name, which TileLang resolves
    if (const CallNode* index = AsThreadIndex(node->value)) {
      inlined_[node->var.get()] = thread_vars_.at(static_cast<size_t>(index->args[0].as<IntImmNode>()->value));
    } else if (ReadsWritten(node->value)) {
      // The value at this place, whatever is stored to its buffers later.
      Buffer kept = decl_buffer({IntImm(DataType::Int(32), 1)}, node->var.dtype(), node->var->name_hint, "local.var",
                                std::nullopt, node->span);
      Declare(kept);
      kept = allocs.back();
      PrimExpr zero = IntImm(DataType::Int(32), 0);
      PrimExpr value = VisitExpr(node->value);
      inlined_[node->var.get()] = BufferLoad(kept, {zero});
      return BufferStore(kept, value, {zero}, std::nullopt, node->span);
    } else {
      inlined_[node->var.get()] = VisitExpr(node->value);
    }
    return Evaluate(0);
  }

  Stmt VisitStmt_(const EvaluateNode* node) final {
    const auto* call = node->value.as<CallNode>();
    const auto* op = call ? call->op.as<OpNode>() : nullptr;
    if (call && kRegisterHints.count(OpName(call))) return Evaluate(0);
    const Span span = node->span.defined() ? node->span : span_;
    if (call && OpName(call) == "tl.sync_grid")
      Refuse(span, "T.sync_grid in a loop or an `if`: a core does several blocks of a grid one after the other",
             "call it between the kernel's statements, or end the T.Kernel there and begin another one");
    if (call && OpName(call) == "tirx.assume") return Assumption(call->args[0], span);
    Stmt stmt = StmtExprMutator::VisitStmt_(node);
    if (call && OpName(call) == "tl.tileop.transpose") return TransposeLoop(call, span);
    if (call && OpName(call) == "tl.tileop.im2col") return Im2ColLoop(call, span);
    if (call && OpName(call) == "tl.tileop.fill") {  // T.clear of a variable is an assignment
      const auto* fill = stmt.as<EvaluateNode>()->value.as<CallNode>();
      const Buffer variable = tl::NormalizeToBufferRegion(fill->args[0])->buffer;
      if (variable.scope() == "local.var")
        return BufferStore(variable, cast(variable->dtype, fill->args[1]), {Int(0)}, std::nullopt, span);
    }
    return op ? Reducer(stmt) : stmt;
  }

  // What the user promises of data is a hint; what is known here is checked.
  Stmt Assumption(const PrimExpr& condition, const Span& span) {
    if (!is_zero(analyzer_.Simplify(VisitExpr(condition)))) return Evaluate(0);
    std::ostringstream text;
    text << condition;
    Refuse(span, "an assumption does not hold: " + text.str(), "give it other sizes");
  }

  // T.alloc_reducer's buffers are plain ones: a core does all contributions itself.
  Stmt Reducer(const Stmt& stmt) {
    const auto* call = stmt.as<EvaluateNode>()->value.as<CallNode>();
    const std::string name = OpName(call);
    auto operation = [&](const char* op, const Array<PrimExpr>& args) {
      return Evaluate(Call(DataType::Handle(), Op::Get(op), args), stmt->span);
    };
    if (name == "tl.tileop.reducer_init") {
      const Buffer buffer = tl::NormalizeToBufferRegion(call->args[0])->buffer;
      const std::string& kind = reducers_.at(buffer->data.get());
      return operation("tl.tileop.fill",
                       {call->args[0], call->args.size() > 1 ? call->args[1] : IdentityOf(kind, buffer->dtype)});
    }
    if (name == "tl.reducer_update") {
      const auto* target = call->args[0].as<BufferLoadNode>();
      const std::string& kind = reducers_.at(target->buffer->data.get());
      return BufferStore(target->buffer, Combine(kind, call->args[0], call->args[1]), target->indices, std::nullopt,
                         stmt->span);
    }
    if (name == "tl.tileop.finalize_reducer_v2") return operation("tl.tileop.copy", {call->args[0], call->args[1]});
    if (name == "tl.tileop.finalize_reducer") return Evaluate(0);
    return stmt;
  }

  Stmt VisitStmt_(const AttrStmtNode* node) final {
    if (AsAllreduce(GetRef<Stmt>(node)))
      return AttrStmt(node->node, node->attr_key, node->value, VisitStmt(node->body), node->span);
    if (node->attr_key == "thread_extent" && IsThreads(node)) return VisitStmt(node->body);
    if (!kSchedulingHints.count(node->attr_key)) {
      Refuse(node->span, "statement attribute \"" + std::string(node->attr_key) + "\" has no meaning on Tenstorrent",
             "remove it");
    }
    return VisitStmt(node->body);
  }

  // T.launch_thread of as many threads as the kernel has: another name of the thread's index.
  bool IsThreads(const AttrStmtNode* node) {
    const auto axis = node->node.cast<IterVar>();
    return NamesThread(axis->thread_tag, axis->var, node->value);
  }

  bool NamesThread(const std::string& tag, const Var& var, const PrimExpr& extent) {
    if (tag.rfind("threadIdx.", 0) != 0) return false;
    const auto axis = static_cast<size_t>(tag.back() - 'x');
    const auto* count = extent.as<IntImmNode>();
    if (!count || count->value != ThreadExtent(axis)) return false;
    inlined_[var.get()] = thread_vars_.at(axis);
    return true;
  }

  Stmt VisitStmt_(const SeqStmtNode* node) final {
    Array<Stmt> seq;
    for (const Stmt& stmt : node->seq) seq.push_back(VisitStmt(stmt));
    return SeqStmt::Flatten(seq);
  }

  // A statement of one of TileLang's own helpers stands, for the user, where the statement around it stands. Those of
  // one line are told apart by the columns where they end, so that a refusal means one of them.
  Stmt VisitStmt(const Stmt& stmt) final {
    const Span outer = span_;
    const bool own = stmt->span.defined() && !InTileLang(stmt->span);
    if (own) span_ = stmt->span;
    Stmt out = StmtExprMutator::VisitStmt(stmt);
    if (!out.same_as(placed_)) {  // not what a block was dissolved to
      const Span at = !own && outer.defined() ? outer : out->span.defined() ? out->span : span_;
      if (at.defined()) {
        const int statement = ++on_line_[{at->source_name->name, at->line}];
        out = AtPlace(out, Span(at->source_name, at->line, at->end_line, at->column, at->column + statement));
      }
      placed_ = out;
    }
    span_ = outer;
    return out;
  }

  static bool InTileLang(const Span& span) {
    return std::string(span->source_name->name).find("/tilelang/language/") != std::string::npos;
  }

  PrimExpr VisitExpr_(const VarNode* node) final {
    auto it = inlined_.find(node);
    if (it == inlined_.end()) return GetRef<PrimExpr>(node);
    for (size_t axis = 0; axis < thread_vars_.size(); ++axis)
      if (it->second.same_as(thread_vars_[axis])) return ThreadValue(axis);
    return it->second;
  }

  PrimExpr ThreadValue(size_t axis) {
    if (ThreadExtent(axis) == 1) return Int(0);
    threads_used_ = true;
    return thread_vars_[axis];
  }

  int64_t ThreadExtent(size_t axis) const {
    if (thread_extents_.empty()) return axis == 0 ? kDefaultThreads : 1;
    if (axis >= thread_extents_.size()) return 1;
    const auto* extent = thread_extents_[axis].as<IntImmNode>();
    if (!extent) BrokenContract("frontend", "a number of threads that is not constant");
    return extent->value;
  }

  PrimExpr VisitExpr_(const CallNode* node) final {
    if (const CallNode* index = AsThreadIndex(GetRef<PrimExpr>(node)))
      return ThreadValue(static_cast<size_t>(index->args[0].as<IntImmNode>()->value));
    PrimExpr expr = StmtExprMutator::VisitExpr_(node);
    const std::string name = OpName(node);
    if (imports_source_ && name == "tirx.call_extern" && StrArg(node, 0).rfind("debug_print_", 0) != 0)
      Refuse(span_, "T.import_source brings the text of CUDA sources, whose functions the kernel calls",
             "write them in TileLang");
    if (name == "tl.pow_of_int") return WholePower(expr.as<CallNode>());
    return name == "tl.any_of" || name == "tl.all_of" ? AnyOrAll(expr.as<CallNode>(), name == "tl.any_of") : expr;
  }

  // T.pow(x, 5) of a whole number is x * x * x * x * x on a GPU too, so that x may be negative: by squares, x^4 * x.
  static PrimExpr WholePower(const CallNode* call) {
    constexpr int64_t kMost = 64;  // products; behind it the power of a float
    const PrimExpr x = call->args[0];
    const auto* exponent = call->args[1].as<IntImmNode>();
    if (!exponent || exponent->value < 1 || exponent->value > kMost) return pow(x, cast(x->dtype, call->args[1]));
    PrimExpr result, square = x;
    for (int64_t rest = exponent->value;;) {
      if (rest % 2 != 0) result = result.defined() ? result * square : square;
      if ((rest /= 2) == 0) return result;
      square = square * square;
    }
  }

  // T.any_of and T.all_of of a few elements, one after the other, as a condition on each.
  PrimExpr AnyOrAll(const CallNode* call, bool any) {
    constexpr int64_t kMost = 256;
    const auto* pointer = call->args[0].as<CallNode>();
    const auto* first = pointer && !pointer->args.empty() ? pointer->args[0].as<BufferLoadNode>() : nullptr;
    const auto* count = call->args[1].as<IntImmNode>();
    const std::string what = any ? "T.any_of" : "T.all_of";
    if (!first || !count || count->value > kMost)
      Refuse(span_, what + " of a number of elements that is not known, or of more than " + std::to_string(kMost),
             "write it as a loop over elements");
    PrimExpr result = Bool(!any);
    for (int64_t i = 0; i < count->value; ++i) {
      Array<PrimExpr> indices = first->indices;
      int64_t rest = i;
      for (size_t d = indices.size(); rest > 0 && d-- > 0;) {
        const auto* extent = first->buffer->shape[d].as<IntImmNode>();
        const int64_t here = d == 0 || !extent ? rest : rest % extent->value;
        indices.Set(d, indices[d] + make_const(indices[d]->dtype, here));
        rest = d == 0 || !extent ? 0 : rest / extent->value;
      }
      PrimExpr element = BufferLoad(first->buffer, indices);
      if (!element->dtype.is_bool()) element = element != make_zero(element->dtype);
      result = i == 0 ? element : any ? result || element : result && element;
    }
    return result;
  }

  PrimExpr VisitExpr_(const BufferLoadNode* node) final {
    if (auto it = values_.find(node->buffer.get()); it != values_.end()) return it->second;
    auto expr = StmtExprMutator::VisitExpr_(node);
    const auto* load = expr.as<BufferLoadNode>();
    auto it = renamed_.find(load->buffer.get());
    const Array<PrimExpr> indices = FromTheFront(load->indices, load->buffer);
    if (it == renamed_.end() && indices.same_as(load->indices)) return expr;
    return BufferLoad(it == renamed_.end() ? load->buffer : it->second, indices, load->predicate);
  }

  Stmt VisitStmt_(const BufferStoreNode* node) final {
    if (functions_.count(node->buffer.get())) {
      values_[node->buffer.get()] = VisitExpr(node->value);
      return Evaluate(0);
    }
    auto stmt = StmtExprMutator::VisitStmt_(node);
    const auto* store = stmt.as<BufferStoreNode>();
    auto it = renamed_.find(store->buffer.get());
    const Array<PrimExpr> indices = FromTheFront(store->indices, store->buffer);
    if (it == renamed_.end() && indices.same_as(store->indices)) return stmt;
    return BufferStore(it == renamed_.end() ? store->buffer : it->second, store->value, indices, store->predicate,
                       node->span);
  }

  // One element of a core's own memory is a variable, however it was asked for.
  bool IsVariable(const Buffer& buffer) const {
    return buffer.scope() == "local" && buffer->shape.size() == 1 && is_one(buffer->shape[0]) &&
           !blocks_.count(buffer.get());
  }

  void Declare(const Buffer& buffer) {
    if (functions_.count(buffer.get())) return;
    Buffer unique = buffer;
    if (auto it = shapes_.find(buffer.get()); it != shapes_.end()) {
      unique = decl_buffer(it->second, buffer->dtype, buffer->name, buffer.scope());
      renamed_[buffer.get()] = unique;
      remarks.push_back(
          {"`" + std::string(buffer->name) + "` is indexed beyond its extent: it is made larger", buffer->span});
    } else if (std::string(buffer.scope()) == "local.reducer") {
      unique = decl_buffer(buffer->shape, buffer->dtype, buffer->name, "local.fragment");
      reducers_[unique->data.get()] = reducers_.at(buffer->data.get());
      renamed_[buffer.get()] = unique;
    } else if (IsVariable(buffer)) {
      unique = decl_buffer(buffer->shape, buffer->dtype, buffer->name, "local.var");
      renamed_[buffer.get()] = unique;
    }
    if (!names_.insert(buffer->name).second) {
      auto copy = ffi::make_object<BufferNode>(*unique.get());
      int n = 1;
      std::string name;
      do {
        name = std::string(buffer->name) + "_" + std::to_string(n++);
      } while (!names_.insert(name).second);
      copy->name = name;
      unique = Buffer(copy);
      renamed_[buffer.get()] = unique;
    }
    allocs.push_back(unique);
  }

  bool ReadsWritten(const PrimExpr& value) const {
    bool reads = false;
    PostOrderVisit(value, [&](const ffi::ObjectRef& ref) {
      const auto* load = ref.as<BufferLoadNode>();
      reads = reads || (load && touches_.Of(load->buffer).written);
    });
    return reads;
  }

  Touches touches_;  // of the whole kernel
  std::unordered_set<const VarNode*> used_;
  std::unordered_set<const BufferNode*> functions_;                // variables that stand for an expression
  std::unordered_map<const BufferNode*, PrimExpr> values_;         // theirs
  std::unordered_map<const BufferNode*, Array<PrimExpr>> shapes_;  // of buffers that are indexed beyond their extent
  std::set<const BufferNode*> blocks_;  // buffers that operations take as blocks, or by address
  std::set<std::string> names_;
  std::vector<Var> thread_vars_{Var("tx"), Var("ty"), Var("tz")};
  std::vector<PrimExpr> thread_extents_;
  bool threads_used_ = false;
  bool imports_source_ = false;  // functions of other sources
  std::unordered_map<const VarNode*, PrimExpr> inlined_;
  std::unordered_map<const VarNode*, std::string> reducers_;  // how the contributions to a buffer are joined
  std::unordered_map<const BufferNode*, Buffer> renamed_;
  std::map<std::pair<std::string, int>, int> on_line_;  // statements so far, by file and line
  Stmt placed_;                                         // the last one
  arith::Analyzer analyzer_;                            // knows the loops with constant bounds
  Span span_;
};

// Puts the allocations just inside the innermost grid loop.
Stmt PlaceAllocs(const Stmt& body, const std::vector<Buffer>& allocs) {
  if (const auto* loop = body.as<ForNode>(); loop && loop->kind == ForKind::kThreadBinding) {
    auto copy = ffi::make_object<ForNode>(*loop);
    copy->body = PlaceAllocs(loop->body, allocs);
    return Stmt(copy);
  }
  Array<Stmt> seq;
  for (const Buffer& buffer : allocs) seq.push_back(AllocBuffer(buffer, {}, buffer->span));
  seq.push_back(body);
  return SeqStmt::Flatten(seq);
}

}  // namespace

Pass LegalizeFrontend() {
  auto run = [](PrimFunc func, IRModule, tvm::transform::PassContext) {
    Map<String, Any> layouts;
    for (const auto& [key, value] : func->attrs->dict) {
      const std::string name = key;
      if (name.rfind(attr::kUserPrefix, 0) != 0) continue;
      auto map = value.try_cast<Map<String, Any>>();
      if (!map || (name != attr::kUserLayout && name != attr::kUserSchedule))
        Refuse(func->span, "annotation \"" + name + "\" is not known",
               "use annotate_tt_layout and annotate_tt_schedule");
      if (name == attr::kUserLayout) layouts = *map;
    }
    func = WithSafeValues(SplitLanes(OwnDtypes(std::move(func))));
    CheckReducers(func);
    func = AllreducesAsStores(WithRandomNumbers(std::move(func)));
    Legalizer legalizer(func);
    Stmt body = legalizer(func->body);  // first: it finds out which threads are used
    body = LoopOverThreads(std::move(body), legalizer.threads(), &legalizer.allocs);
    func.CopyOnWrite()->body = PlaceAllocs(body, legalizer.allocs);
    func = ResolveViews(std::move(func));
    // What stands in the kernel goes before what was annotated from outside.
    for (const auto& [tensor, layout] : legalizer.layouts) layouts.Set(tensor, layout);
    if (!layouts.empty()) func = WithAttr(std::move(func), attr::kUserLayout, layouts);
    if (!legalizer.schedule.empty()) func = WithAttr(std::move(func), attr::kUserSchedule, legalizer.schedule);
    return WithRemarks(std::move(func), legalizer.remarks);
  };
  return tirx::transform::CreatePrimFuncPass(run, 0, "tltt.LegalizeFrontend", {});
}

}  // namespace tltt::compiler
