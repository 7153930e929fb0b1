// Rewrites of sequences of tt.tile.store statements that need to know which buffers are still read.
#pragma once

#include <algorithm>

#include "analysis/liveness.h"
#include "ir/attrs.h"

namespace tltt::compiler {

// Visits every sequence, the innermost first.
class SequenceRewriter {
 public:
  virtual ~SequenceRewriter() = default;

  // `live_out`: buffers that are read behind `stmt`.
  Stmt Run(const Stmt& stmt, const CbSet& live_out) {
    if (const auto* seq = stmt.as<SeqStmtNode>()) {
      const std::vector<CbSet> after = LiveAfterEach(seq->seq, live_out);
      Array<Stmt> out;
      for (size_t i = 0; i < seq->seq.size(); ++i) out.push_back(Run(seq->seq[i], after[i]));
      Rewrite(&out, live_out);
      return SeqStmt::Flatten(out);
    }
    if (const auto* loop = stmt.as<ForNode>()) {
      CbSet at_end;  // values do not survive an iteration of the loop over a core's blocks
      if (!loop->annotations.count(attr::kPersistentLoop)) {
        at_end = live_out;
        for (const CbSet& live : {LiveIn(stmt, live_out), LiveIn(loop->body, live_out)}) {
          at_end.insert(live.begin(), live.end());
        }
      }
      auto copy = ffi::make_object<ForNode>(*loop);
      copy->body = Run(loop->body, at_end);
      return Stmt(copy);
    }
    if (const auto* branch = stmt.as<IfThenElseNode>()) {
      auto copy = ffi::make_object<IfThenElseNode>(*branch);
      copy->then_case = Run(branch->then_case, live_out);
      if (branch->else_case) copy->else_case = Run(branch->else_case.value(), live_out);
      return Stmt(copy);
    }
    return stmt;
  }

 protected:
  virtual void Rewrite(Array<Stmt>* seq, const CbSet& live_out) = 0;
};

}  // namespace tltt::compiler
