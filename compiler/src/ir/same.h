// Whether two expressions are one value wherever they stand.
#pragma once

#include "ir/tvm.h"

namespace tltt::compiler {

// TVM's structural equality takes elements of two buffers of one shape for the same; its deep equality takes 0.0 for
// -0.0.
inline bool SameExpr(const PrimExpr& a, const PrimExpr& b) {
  return ffi::StructuralEqual()(a, b) && tirx::ExprDeepEqual()(a, b);
}

inline bool SameExprs(const Array<PrimExpr>& a, const Array<PrimExpr>& b) {
  bool same = a.size() == b.size();
  for (size_t i = 0; same && i < a.size(); ++i) same = SameExpr(a[i], b[i]);
  return same;
}

}  // namespace tltt::compiler
