// Which buffers a statement reads and writes, as far as that can be told without knowing what will compute it.
#pragma once

#include <map>
#include <vector>

#include "ir/tvm.h"

namespace tltt::compiler {

struct Touch {
  bool read = false, written = false;
};
// By buffer, in order of first appearance.
class Touches {
 public:
  static Touches Of(const Stmt& stmt);
  static Touches Of(const std::vector<Stmt>& stmts);

  const std::vector<std::pair<Buffer, Touch>>& list() const& { return list_; }
  std::vector<std::pair<Buffer, Touch>> list() && { return std::move(list_); }
  Touch Of(const Buffer& buffer) const;
  Touch& operator[](const Buffer& buffer);

 private:
  std::vector<std::pair<Buffer, Touch>> list_;
};

// Whether the call is a pointer to an element that may be written through it: T.access_ptr, unless it says "r".
bool MayWriteThrough(const CallNode* call);
// Whether the expression depends on the contents of some buffer.
bool ReadsMemory(const PrimExpr& expr);
// Whether a break or continue in `body` is one of the loop around it.
bool LeavesLoop(const Stmt& body);
// Whether `stmt` surely writes every element of the buffer, and reads none of it.
bool Overwrites(const Stmt& stmt, const Buffer& buffer);

}  // namespace tltt::compiler
