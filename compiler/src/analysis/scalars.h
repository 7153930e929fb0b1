// What is known of scalar variables: loop variables, block indices and bound expressions, as ranges. Bound variables
// keep their names in simplified expressions, so that emitted code computes a block index once.
#pragma once

#include <algorithm>
#include <set>

#include "ir/attrs.h"
#include "ir/ops.h"
#include "ir/tvm.h"

namespace tltt::compiler {

// Refuses numbers that no RISC-V core of the kernel computes as written: what depends on elements of tensors and
// on-chip buffers, quotients of whole numbers whose divisor may be 0, casts to narrow types.
void RequireScalar(const PrimExpr& expr, const Span& span, arith::Analyzer* analyzer);

class ScalarRanges {
 public:
  ScalarRanges() = default;

  void Enter(const ForNode* loop) {
    if (auto it = loop->annotations.find(attr::kPersistentLoop); it != loop->annotations.end()) {
      for (const Any& item : (*it).second.cast<Array<Any>>()) {
        const auto scalar = item.cast<Array<Any>>();
        const Var var = scalar[0].cast<Var>();
        const IntImm extent(var.dtype(), scalar[1].cast<Integer>()->value);
        analyzer.Bind(var, Range::FromMinExtent(IntImm(var.dtype(), 0), extent), true);
        known_.insert(var.get());
      }
    }
    if (loop->extent.as<IntImmNode>()) {
      analyzer.Bind(loop->loop_var, Range::FromMinExtent(loop->min, loop->extent), true);
    } else {
      // As many times as at most, where that is known: the loop of causal attention ends with its block's row.
      const arith::ConstIntBound first = analyzer.const_int_bound(loop->min),
                                 last = analyzer.const_int_bound(loop->min + loop->extent - 1);
      analyzer.const_int_bound.Update(loop->loop_var, arith::ConstIntBound(first->min_value, last->max_value), true);
    }
  }

  void Enter(const BindNode* bind) {
    if (known_.count(bind->var.get())) return;
    arith::ConstIntBound bound = analyzer.const_int_bound(bind->value);
    if (AsTt(bind->value)) return AtLeastZero(bind->var);
    analyzer.const_int_bound.Update(bind->var, bound, true);
  }

  arith::Analyzer analyzer;

 private:
  // Runtime arguments and what is made of them alone: sizes and positions.
  void AtLeastZero(const Var& var) {
    analyzer.const_int_bound.Update(var, arith::ConstIntBound(0, arith::ConstIntBound::kPosInf), true);
  }

  std::set<const VarNode*> known_;  // block numbers and indices, whose ranges the grid gives
};

}  // namespace tltt::compiler
