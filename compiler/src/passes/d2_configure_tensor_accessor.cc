// D2: each kernel's accessors are bound, by the name of the runtime argument that carries the tensor's address.
//
// Before: func gemm_reader(A, B) {tt.tensor_accessor.A = {type: "abstract", runtime_arg_idx: -1, ...}, ...}
// After:  func gemm_reader(A, B) {tt.tensor_accessor.A = {type: "bound", runtime_arg: "A_addr", kernel_role: "reader",
// ...},
//                                 tt.runtime_args = ["A_addr", "B_addr", "start_id", "count"]}
//
// Accessors of tensors that the kernel does not touch are removed from it. E1 writes the final slot numbers.
#include "ir/diagnostics.h"
#include "ir/ops.h"
#include "ir/records.h"
#include "passes/passes.h"

namespace tltt::compiler {
namespace {

PrimFunc BindAccessors(PrimFunc func) {
  auto role = func->GetAttr<String>(attr::kKernelRole);
  if (!role) return func;
  Array<String> args;
  Map<String, Any> bound;
  for (const auto& [key, value] : func->attrs->dict) {
    const std::string name = key;
    if (name.rfind(attr::kTensorAccessorPrefix, 0) == 0) bound.Set(key, value);
  }
  for (const auto& [key, value] : bound) func = WithoutAttr(std::move(func), std::string(key));
  for (const Var& param : func->params) {
    const std::string name = func->buffer_map.at(param)->name;
    auto it = bound.find(attr::kTensorAccessorPrefix + name);
    if (it == bound.end()) BrokenContract("D2", "tensor " + name + " has no accessor: A3 has not run");
    auto accessor = (*it).second.cast<Map<String, Any>>();
    accessor.Set("type", String("bound"));
    accessor.Set("kernel_role", role.value());
    accessor.Set("runtime_arg", String(name + "_addr"));
    func = WithAttr(std::move(func), attr::kTensorAccessorPrefix + name, accessor);
    args.push_back(name + "_addr");
  }
  PostOrderVisit(func->body, [&](const ffi::ObjectRef& ref) {
    const auto* call = ref.as<CallNode>();
    if (call && call->op.as<OpNode>() && OpName(call) == "tt.get_arg_val") args.push_back(StrArg(call, 0));
  });
  // Even a role without a tensor counts the blocks of its core.
  if (args.empty()) TVM_FFI_THROW(ValueError) << "No runtime args found for " << role.value() << " kernel";
  return WithAttr(std::move(func), attr::kRuntimeArgs, args);
}

}  // namespace

Pass ConfigureTensorAccessor() {
  auto run = [](PrimFunc func, IRModule, tvm::transform::PassContext) { return BindAccessors(std::move(func)); };
  return tirx::transform::CreatePrimFuncPass(run, 0, "tltt.ConfigureTensorAccessor", {});
}

}  // namespace tltt::compiler
