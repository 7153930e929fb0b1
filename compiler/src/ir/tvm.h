// The TVM and TileLang headers that the compiler uses, precompiled once: they cost seconds per file otherwise.
#pragma once

#include <tvm/target/target.h>  // must stand before target_kind.h

#include <tvm/arith/analyzer.h>
#include <tvm/arith/pattern.h>
#include <tvm/ffi/extra/module.h>
#include <tvm/ffi/reflection/registry.h>
#include <tvm/ir/transform.h>
#include <tvm/target/target_kind.h>
#include <tvm/tirx/analysis.h>
#include <tvm/tirx/builtin.h>
#include <tvm/tirx/function.h>
#include <tvm/tirx/op.h>
#include <tvm/tirx/stmt_functor.h>
#include <tvm/tirx/transform.h>

#include "op/copy.h"
#include "op/fill.h"
#include "op/gemm.h"
#include "op/reduce.h"
#include "op/utils.h"
#include "span_utils.h"

namespace tltt::compiler {
// The compiler's code speaks TVM's vocabulary throughout.
using namespace tvm;        // NOLINT(google-build-using-namespace)
using namespace tvm::tirx;  // NOLINT(google-build-using-namespace)
using tvm::ffi::Any;
using tvm::ffi::Array;
using tvm::ffi::GetRef;
using tvm::ffi::Map;
using tvm::ffi::Optional;
using tvm::ffi::String;
}  // namespace tltt::compiler
