// What is known of scalar variables: loop variables, block indices and bound expressions, as ranges. Bound variables
// keep their names in simplified expressions, so that emitted code computes a block index once.
#pragma once

#include <algorithm>

#include "ir/attrs.h"
#include "ir/tvm.h"

namespace tltt::compiler {

class ScalarRanges {
 public:
  explicit ScalarRanges(const PrimFunc& func) {
    if (auto grid = func->GetAttr<Array<Integer>>(attr::kLaunchGrid))
      for (const Integer& extent : grid.value()) blocks_ *= extent->value;
  }

  void Enter(const ForNode* loop) {
    if (auto it = loop->annotations.find(attr::kPersistentLoop); it != loop->annotations.end()) {
      block_ = (*it).second.cast<Var>();
      analyzer.Bind(block_, Range::FromMinExtent(IntImm(block_.dtype(), 0), IntImm(block_.dtype(), blocks_)), true);
    }
    if (loop->extent.as<IntImmNode>())
      analyzer.Bind(loop->loop_var, Range::FromMinExtent(loop->min, loop->extent), true);
    else
      AtLeastZero(loop->loop_var);
  }

  void Enter(const BindNode* bind) {
    if (bind->var.same_as(block_)) return;
    arith::ConstIntBound bound = analyzer.const_int_bound(bind->value);
    if (bind->value.as<CallNode>()) return AtLeastZero(bind->var);
    analyzer.const_int_bound.Update(bind->var, bound, true);
  }

  arith::Analyzer analyzer;

 private:
  // Runtime arguments and what is made of them alone: sizes and positions.
  void AtLeastZero(const Var& var) {
    analyzer.const_int_bound.Update(var, arith::ConstIntBound(0, arith::ConstIntBound::kPosInf), true);
  }

  int64_t blocks_ = 1;
  Var block_;
};

}  // namespace tltt::compiler
