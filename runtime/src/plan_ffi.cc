// The plan's validator and the chips' names for Python.
#include <tvm/ffi/container/array.h>
#include <tvm/ffi/reflection/registry.h>
#include <tvm/ffi/string.h>

#include <string>
#include <vector>

#include "tltt/chip.h"
#include "tltt/plan.h"

namespace tltt {
namespace {

tvm::ffi::Array<tvm::ffi::String> ToArray(const std::vector<std::string>& texts) {
  tvm::ffi::Array<tvm::ffi::String> array;
  for (const std::string& text : texts) array.push_back(text);
  return array;
}

}  // namespace

TVM_FFI_STATIC_INIT_BLOCK() {
  tvm::ffi::reflection::GlobalDef()
      .def("tltt.plan.validate", [](const tvm::ffi::String& json) { return ToArray(ValidatePlan(json)); })
      .def("tltt.plan.chips", [] { return ToArray(ChipNames()); });
}

}  // namespace tltt
