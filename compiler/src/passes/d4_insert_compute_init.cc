// D4: configuration of unpackers, math and packer: once at the start, and again only where the next operation needs
// another. Runs after D5, when the device operations and their order are final.
//
// Before: for k: ... tt.matmul_block("cb_in0", "cb_in1", ...) ... ; for ...: tt.copy_tile("cb_intermed0", ...);
// tt.relu_tile(..) After:  tt.hw_startup_matmul("cb_in0", "cb_in1", "cb_intermed0")
//         for i in persistent:
//           tt.init("matmul_block_init", "cb_in0", "cb_in1", ...)
//           for k: ...
//           tt.reconfig_srca("cb_intermed0"); tt.init("copy_init", "cb_intermed0"); tt.init("relu_tile_init"); ...
//
// Five things are configured: the FPU's operation, the vector unit's operation, and the data formats of the two source
// registers and of the packer. What a loop needs throughout in one setting is configured in front of it.
#include <map>
#include <optional>
#include <set>

#include "ir/diagnostics.h"
#include "ir/ops.h"
#include "ir/records.h"
#include "passes/passes.h"

namespace tltt::compiler {
namespace {

enum Unit { kFpu, kSfpu, kSrcA, kSrcB, kPacker, kUnits };

// A setting of one unit: `key` tells settings apart, `stmt` makes it.
struct Setting {
  std::string key;
  Stmt stmt;
};
using Needs = std::map<Unit, Setting>;
using State = std::map<Unit, std::string>;  // a unit that is absent is in an unknown setting

class InitInserter {
 public:
  explicit InitInserter(const PrimFunc& func) : cbs_(CbTable::FromFunc(func)) {
    for (const std::string& cb : ComputeOf(func).unpack_to_dest) straight_to_dst_.insert(cb);
    hoist_ = OptionOf(TargetOf(func), "hoist_init");
  }

  Stmt Run(const Stmt& body) {
    Stmt startup = Startup(body);
    Stmt out = Visit(body);
    Array<Stmt> end;
    LeaveBroadcast(&end);
    return SeqStmt::Flatten(startup, out, end);
  }

 private:
  std::string FormatOf(const std::string& cb) const { return DataFormatName(cbs_.at(cb).Format()); }

  Needs NeedsOf(const CallNode* call, const Span& span) const {
    Needs needs;
    const DeviceOp* op = FindDeviceOp(OpName(call));
    if (!op) return needs;
    auto source = [&](std::string_view arg, Unit unit, const char* reconfig) {
      if (arg.empty()) return;
      const std::string cb = StrArg(call, static_cast<size_t>(arg[0] - '0'));
      needs[unit] = {FormatOf(cb), TtStmt(reconfig, {Str(cb)}, span)};
    };
    source(op->src_a, kSrcA, "tt.reconfig_srca");
    // A broadcast reads through SrcB, except of a buffer that is unpacked to DST: that goes the way of SrcA.
    const bool broadcast = op->src_a.empty() && !op->src_b.empty();
    if (broadcast && straight_to_dst_.count(StrArg(call, 0))) {
      source(op->src_b, kSrcA, "tt.reconfig_srca");
    } else {
      source(op->src_b, kSrcB, "tt.reconfig_srcb");
    }
    if (op->engine == 'P') {
      const std::string cb = StrArg(call, 1);
      needs[kPacker] = {FormatOf(cb), TtStmt("tt.pack_reconfig", {Str(cb)}, span)};
    }
    if (!op->init.empty()) {
      std::ostringstream key;
      key << op->init;
      Array<PrimExpr> args{Str(std::string(op->init))};
      for (char digit : op->init_args) {
        const PrimExpr& arg = call->args[digit - '0'];
        args.push_back(arg);
        key << ',';
        if (const auto* cb = arg.as<StringImmNode>()) {
          key << FormatOf(cb->value);
        } else {
          key << arg;
        }
      }
      needs[op->engine == 'S' ? kSfpu : kFpu] = {key.str(), TtStmt("tt.init", args, span)};
    }
    return needs;
  }

  // compute_kernel_hw_startup with the first operands and the first packed buffer.
  Stmt Startup(const Stmt& body) {
    std::string name, in0, in1, out;
    Span span;
    PostOrderVisit(body, [&](const ffi::ObjectRef& ref) {
      const auto* call = ref.as<CallNode>();
      const DeviceOp* op = call && call->op.as<OpNode>() ? FindDeviceOp(OpName(call)) : nullptr;
      if (!op) return;
      if (op->engine == 'F' && name.empty()) {
        name = OpName(call);
        in0 = StrArg(call, 0);
        in1 = call->args[1].as<StringImmNode>() ? StrArg(call, 1) : in0;
      }
      if (op->engine == 'P' && out.empty()) out = StrArg(call, 1);
    });
    if (out.empty()) return Evaluate(0);
    if (in0.empty()) in0 = in1 = out;
    const bool matmul = name == "tt.matmul_block" || name == "tt.matmul_tiles";
    state_[kSrcA] = FormatOf(matmul ? in1 : in0);
    state_[kSrcB] = FormatOf(matmul ? in0 : in1);
    state_[kPacker] = FormatOf(out);
    return TtStmt(matmul ? "tt.hw_startup_matmul" : "tt.hw_startup", {Str(in0), Str(in1), Str(out)});
  }

  // A broadcasting unpack has to be undone before another operation; it never crosses a point where paths join.
  void LeaveBroadcast(Array<Stmt>* out) {
    auto it = state_.find(kFpu);
    if (it == state_.end() || it->second.rfind("unary_bcast_init", 0) != 0) return;
    const std::string name = it->second.substr(0, it->second.find(','));
    out->push_back(TtStmt("tt.init", {Str("unary_bcast_uninit" + name.substr(std::string("unary_bcast_init").size())),
                                      Str(broadcast_cb_)}));
    state_.erase(it);
  }

  void Require(const Needs& needs, Array<Stmt>* out) {
    // Formats first: an init reads them. A change of a source's format invalidates the FPU's setting.
    for (Unit unit : {kSrcA, kSrcB, kPacker, kFpu, kSfpu}) {
      auto it = needs.find(unit);
      if (it == needs.end()) continue;
      auto have = state_.find(unit);
      if (have != state_.end() && have->second == it->second.key) continue;
      if (unit == kFpu) LeaveBroadcast(out);
      out->push_back(it->second.stmt);
      state_[unit] = it->second.key;
      if (unit == kFpu) broadcast_cb_ = BroadcastCb(it->second);
    }
  }

  static std::string BroadcastCb(const Setting& setting) {
    const CallNode* call = AsTt(setting.stmt, "tt.init");
    return call->args.size() > 1 && call->args[1].as<StringImmNode>() ? StrArg(call, 1) : "";
  }

  Stmt LeavingBroadcast(Stmt body) {
    Array<Stmt> end;
    LeaveBroadcast(&end);
    return SeqStmt::Flatten(body, end);
  }

  // What a loop needs of each unit: the setting of its first operation, where the unit is in that setting again at the
  // loop's end (so it can be made in front of the loop); else nothing, and the unit's state is unknown at the loop's
  // head.
  std::map<Unit, std::optional<Setting>> LoopNeeds(const ForNode* loop) const {
    struct Seen {
      Setting first, last;
      bool uniform = true;
    };
    std::map<Unit, Seen> seen;
    bool straight = true;  // every operation runs in every iteration
    PostOrderVisit(loop->body, [&](const ffi::ObjectRef& ref) {
      if (ref.as<IfThenElseNode>()) straight = false;
      if (const auto* inner = ref.as<ForNode>()) straight = straight && inner->extent.as<IntImmNode>();
      const auto* eval = ref.as<EvaluateNode>();
      const CallNode* call = eval ? AsTt(GetRef<Stmt>(eval)) : nullptr;
      if (!call) return;
      for (const auto& [unit, setting] : NeedsOf(call, eval->span)) {
        auto [it, fresh] = seen.try_emplace(unit, Seen{setting, setting, true});
        if (fresh) continue;
        it->second.uniform = it->second.uniform && it->second.first.key == setting.key;
        it->second.last = setting;
      }
    });
    std::map<Unit, std::optional<Setting>> needs;
    for (const auto& [unit, s] : seen) {
      const bool broadcast = unit == kFpu && s.first.key.rfind("unary_bcast_init", 0) == 0;
      const bool returns = straight ? s.first.key == s.last.key : s.uniform && !broadcast;
      needs[unit] = returns && hoist_ ? std::optional<Setting>(s.first) : std::nullopt;
    }
    return needs;
  }

  Stmt Visit(const Stmt& stmt) {
    if (const auto* seq = stmt.as<SeqStmtNode>()) {
      Array<Stmt> out;
      for (const Stmt& s : seq->seq) out.push_back(Visit(s));
      return SeqStmt::Flatten(out);
    }
    if (const auto* loop = stmt.as<ForNode>()) {
      Array<Stmt> out;
      Needs front;
      const auto needs = LoopNeeds(loop);
      for (const auto& [unit, setting] : needs)
        if (setting) front[unit] = *setting;
      Require(front, &out);
      auto forget = [&](Array<Stmt>* where) {
        for (const auto& [unit, setting] : needs) {
          if (setting) continue;
          if (unit == kFpu) LeaveBroadcast(where);
          state_.erase(unit);
        }
      };
      forget(&out);
      Array<Stmt> body{Visit(loop->body)};
      const auto* extent = loop->extent.as<IntImmNode>();
      if (extent && extent->value > 0) {
        if (auto fpu = needs.find(kFpu); fpu != needs.end() && !fpu->second) LeaveBroadcast(&body);
      } else {
        forget(&body);
      }
      auto copy = ffi::make_object<ForNode>(*loop);
      copy->body = SeqStmt::Flatten(body);
      out.push_back(Stmt(copy));
      return SeqStmt::Flatten(out);
    }
    if (const auto* branch = stmt.as<IfThenElseNode>()) {
      Array<Stmt> before;
      LeaveBroadcast(&before);
      const State entry = state_;
      Stmt then_case = LeavingBroadcast(Visit(branch->then_case));
      State after_then = state_;
      state_ = entry;
      Optional<Stmt> else_case;
      if (branch->else_case) else_case = LeavingBroadcast(Visit(branch->else_case.value()));
      for (auto it = state_.begin(); it != state_.end();) {
        auto other = after_then.find(it->first);
        it = other == after_then.end() || other->second != it->second ? state_.erase(it) : std::next(it);
      }
      return SeqStmt::Flatten(before, IfThenElse(branch->condition, then_case, else_case, branch->span));
    }
    const CallNode* call = AsTt(stmt);
    if (!call) return stmt;
    Array<Stmt> out;
    Require(NeedsOf(call, stmt->span), &out);
    out.push_back(stmt);
    return SeqStmt::Flatten(out);
  }

  CbTable cbs_;
  std::set<std::string> straight_to_dst_;
  bool hoist_ = true;  // what a loop needs throughout is configured in front of it
  State state_;
  std::string broadcast_cb_;  // operand of the FPU's present setting, for undoing a broadcast
};

}  // namespace

Pass InsertComputeInit() {
  auto run = [](PrimFunc func, IRModule, tvm::transform::PassContext) {
    auto role = func->GetAttr<String>(attr::kKernelRole);
    if (!role || role.value() != "compute") return func;
    Stmt body = InitInserter(func).Run(func->body);
    func.CopyOnWrite()->body = body;
    return WithAttr(std::move(func), attr::kComputeInitInserted, Integer(1));
  };
  return tirx::transform::CreatePrimFuncPass(run, 0, "tltt.InsertComputeInit", {});
}

}  // namespace tltt::compiler
