#include "ir/reduction.h"

#include "ir/diagnostics.h"
#include "ir/records.h"

namespace tltt::compiler {

PrimExpr Combine(const std::string& kind, const PrimExpr& a, const PrimExpr& b) {
  if (kind == "sum") return a->dtype.is_bool() ? a || b : a + b;
  if (kind == "max") return max(a, b);
  if (kind == "min") return min(a, b);
  if (kind == "max_nan" || kind == "min_nan") return Call(a->dtype, Op::Get("tl." + kind), {a, b});
  if (kind == "bitand") return a & b;
  if (kind == "bitor") return a | b;
  if (kind == "bitxor") return a ^ b;
  BrokenContract("frontend", "reduction " + kind);
}

namespace {

// TVM has infinities of IEEE's types alone; fp8 without one rounds it to its largest number.
PrimExpr Infinity(DataType dtype, bool negative) {
  const DataType wide = dtype.is_float() ? dtype : DataType::Float(32);
  const PrimExpr value = negative ? -infinity(wide) : infinity(wide);
  return wide == dtype ? value : PrimExpr(Cast(dtype, value));
}

}  // namespace

PrimExpr IdentityOf(const std::string& kind, DataType dtype) {
  if (kind == "max" || kind == "max_nan") return IsFloat(dtype) ? Infinity(dtype, true) : min_value(dtype);
  if (kind == "min" || kind == "min_nan") return IsFloat(dtype) ? Infinity(dtype, false) : max_value(dtype);
  if (kind == "bitand") return dtype.is_bool() ? Bool(true) : ~make_zero(dtype);
  return make_zero(dtype);
}

}  // namespace tltt::compiler
