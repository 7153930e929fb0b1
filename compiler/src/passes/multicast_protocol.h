// One core reads a block for all cores of its row or column: the statements of both sides. Used by D3.
//
// The receivers say that they have reserved room (`ready`, counted at the sender); the sender multicasts the block to
// the same place in their circular buffers, which all stand at the same page, and then the flag `valid`, which
// overtakes nothing on its way.
#pragma once

#include <map>
#include <string>
#include <vector>

#include "ir/ops.h"

namespace tltt::compiler {

struct Multicast {
  PrimExpr sends, receives;  // which of the two this core does

  Stmt Request(const Span& span) const;
  Stmt Await(const Span& span) const;
  // `ptr`: the block in the circular buffer, `bytes` long. Leaves the transfer under way.
  Stmt Send(const Var& ptr, int64_t bytes, const Span& span) const;

  Var ready, ready_pointer, valid, valid_pointer;  // addresses of the semaphores in this core's L1, and C++ pointers
  Var ready_at_sender;                             // NoC address
  Array<PrimExpr> corners;                         // start x, y, end x, y
  int64_t receivers = 0;
};

class MulticastTable {
 public:
  explicit MulticastTable(const PrimFunc& func);

  // The multicast of a circular buffer along `axis`; made when it is first asked for.
  const Multicast& Of(const std::string& cb, const std::string& axis);
  bool empty() const { return multicasts_.empty(); }
  // Bindings of the arguments and addresses that the multicasts use, for the head of the kernel.
  Array<Stmt> Prologue() const { return prologue_; }
  std::vector<std::string> ArgNames() const { return arg_names_; }

 private:
  Map<String, Any> shared_;  // tt.multicast
  std::vector<int64_t> cores_;
  std::map<std::string, Multicast> multicasts_;             // by CB
  std::map<std::string, std::map<std::string, Var>> args_;  // by axis, by name
  std::vector<std::string> arg_names_;
  Array<Stmt> prologue_;
};

}  // namespace tltt::compiler
