// Where a walk over statements is: the place in the user's kernel of the nearest statement around that has one.
#pragma once

#include "ir/tvm.h"

namespace tltt::compiler {

// For VisitStmt of visitors and mutators: `current` is the statement's place, if it has one, until the scope ends.
class SpanScope {
 public:
  SpanScope(Span* current, const Stmt& stmt) : current_(current), outer_(*current) {
    if (stmt->span.defined()) *current = stmt->span;
  }
  ~SpanScope() { *current_ = outer_; }
  SpanScope(const SpanScope&) = delete;
  SpanScope& operator=(const SpanScope&) = delete;

 private:
  Span* current_;
  Span outer_;
};

// What `stmt` became, at its place unless it has one of its own.
inline Stmt AtPlaceOf(const Stmt& stmt, Stmt became) {
  if (!became->span.defined() && stmt->span.defined()) became->span = stmt->span;
  return became;
}

}  // namespace tltt::compiler
