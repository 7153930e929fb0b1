#include "ir/reduction.h"

#include "ir/diagnostics.h"
#include "ir/records.h"

namespace tltt::compiler {

PrimExpr Combine(const std::string& kind, const PrimExpr& a, const PrimExpr& b) {
  if (kind == "sum") return a->dtype.is_bool() ? a || b : a + b;
  if (kind == "max") return max(a, b);
  if (kind == "min") return min(a, b);
  if (kind == "bitand") return a & b;
  if (kind == "bitor") return a | b;
  if (kind == "bitxor") return a ^ b;
  BrokenContract("frontend", "reduction " + kind);
}

PrimExpr IdentityOf(const std::string& kind, DataType dtype) {
  if (kind == "max") return IsFloat(dtype) ? -infinity(dtype) : min_value(dtype);
  if (kind == "min") return IsFloat(dtype) ? infinity(dtype) : max_value(dtype);
  if (kind == "bitand") return dtype.is_bool() ? Bool(true) : ~make_zero(dtype);
  return make_zero(dtype);
}

}  // namespace tltt::compiler
