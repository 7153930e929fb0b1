// How reductions join two values, by TileLang's names: sum, max, min, bitand, bitor, bitxor; max_nan and min_nan,
// which are NaN where one of the values is.
#pragma once

#include <string>

#include "ir/tvm.h"

namespace tltt::compiler {

PrimExpr Combine(const std::string& kind, const PrimExpr& a, const PrimExpr& b);
PrimExpr IdentityOf(const std::string& kind, DataType dtype);  // changes no value that it is combined with

}  // namespace tltt::compiler
