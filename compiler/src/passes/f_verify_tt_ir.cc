// F: the last gate before printing: required marks per role, circular buffer limits, L1 use, dtypes.
// Throws ValueError "TT IR validation failed:" with one "Category: message" line for each problem.
#include <cstring>
#include <map>
#include <sstream>
#include <string>
#include <utility>

#include "ir/diagnostics.h"
#include "ir/records.h"
#include "passes/passes.h"

namespace tltt::compiler {
namespace {

void VerifyRole(const std::string& name, const PrimFunc& func, std::ostringstream* issues) {
  auto role = func->GetAttr<String>(attr::kKernelRole);
  if (!role) {
    *issues << "\nStructure: Found monolithic kernels: " << name << " (No kernel role specified)";
    return;
  }
  std::vector<const char*> required = {attr::kRuntimeArgs, attr::kRuntimeArgsFinalized, attr::kCbIndices};
  if (role.value() == "compute") {
    required.push_back(attr::kComputeInitInserted);
    required.push_back(attr::kDstManagementInserted);
  } else {
    required.push_back(attr::kCbProtocolInserted);
  }
  for (const char* key : required)
    if (!func->attrs->dict.count(key))
      *issues << "\nAttributes: Missing required attributes for " << role.value() << ": [" << key << "]";
  for (const auto& [key, text] : {std::pair{attr::kComputeInitInserted, "Compute engine init not inserted"},
                                  {attr::kDstManagementInserted, "DST management not inserted"}})
    if (role.value() == "compute" && !func->attrs->dict.count(key))
      *issues << "\nProtocol: " << text << " (" << name << ")";
  if (role.value() != "compute" && !func->attrs->dict.count(attr::kCbProtocolInserted))
    *issues << "\nProtocol: CB protocol may not be inserted for " << role.value() << " (" << name << ")";
  const auto require_format = [&](const std::string& dtype, const std::string& buffer) {
    if (!DataFormatOfDtype(dtype))
      *issues << "\nDtype: Unsupported dtype " << dtype << " for buffer " << buffer << " (" << name << ")";
  };
  for (const auto& [key, value] : func->attrs->dict) {
    const std::string text = key;
    if (text.rfind(attr::kBufferPrefix, 0) == 0)
      require_format(GetStr(value.cast<Map<String, Any>>(), "dtype"), text.substr(std::strlen(attr::kBufferPrefix)));
  }
  CbTable cbs = CbTable::FromFunc(func);
  int64_t bytes = 0;
  for (const CbRecord& cb : cbs.records()) {
    require_format(cb.dtype, cb.name);
    if (cb.index < 0 || cb.index >= 32)
      *issues << "\nCB: CB index " << cb.index << " exceeds maximum of 32 (" << cb.name << ")";
    if (cb.depth < 1 || cb.Tiles() < 1) *issues << "\nCB: " << cb.name << " holds no page";
    if (cb.shard.empty()) bytes += cb.Bytes();
  }
  auto target = func->GetAttr<Target>(tvm::attr::kTarget);
  if (!target) {
    *issues << "\nAttributes: " << name << " has no target";
    return;
  }
  const Chip& chip = ChipOf(target.value());
  const int64_t capacity = static_cast<int64_t>(chip.l1_bytes) - chip.l1_base;
  if (bytes > capacity) *issues << "\nL1: L1 usage " << bytes << " bytes exceeds capacity " << capacity;
}

}  // namespace

Pass VerifyTTIR() {
  auto run = [](IRModule mod, tvm::transform::PassContext) {
    std::ostringstream issues;
    std::map<std::string, int> kernels{{"reader", 0}, {"compute", 0}, {"writer", 0}};
    for (const auto& [var, base] : mod->functions) {
      const auto* prim = base.as<PrimFuncNode>();
      if (!prim) continue;
      VerifyRole(var->name_hint, GetRef<PrimFunc>(prim), &issues);
      if (auto role = prim->GetAttr<String>(attr::kKernelRole)) ++kernels[role.value()];
    }
    if (kernels["reader"] != kernels["compute"] || kernels["writer"] != kernels["compute"]) {
      issues << "\nStructure: Unbalanced kernel split detected: " << kernels["reader"] << " readers, "
             << kernels["compute"] << " compute kernels, " << kernels["writer"] << " writers";
    }
    if (!issues.str().empty()) TVM_FFI_THROW(ValueError) << "TT IR validation failed:" << issues.str();
    return mod;
  };
  return tvm::transform::CreateModulePass(run, 0, "tltt.VerifyTTIR", {});
}

}  // namespace tltt::compiler
