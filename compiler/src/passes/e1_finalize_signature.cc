// E1: the complete, ordered argument list of each kernel; accessors learn their slots.
//
// Before: tt.runtime_args = ["A_addr", "B_addr", "start_id", "count"] (in order of use)
// After:  attrs += { tt.runtime_args = ["A_addr", "B_addr", "start_id", "count"] (addresses in the user's order, then
//                    what B1 gives each core), tt.runtime_args_info = {A_addr: "uint32", ...},
//                    tt.runtime_args_finalized: 1, tt.tensor_accessor.A.runtime_arg_idx = 0, tt.persistent_config =
//                    {...} }
//
// Checks that every tensor has its records, that circular buffer indices are distinct and in range, and that no
// accessor is left unbound.
#include <algorithm>
#include <map>

#include "ir/diagnostics.h"
#include "ir/multicast_args.h"
#include "ir/records.h"
#include "ir/turns.h"
#include "ir/work.h"
#include "passes/passes.h"

namespace tltt::compiler {
namespace {

PrimFunc Finalize(PrimFunc func) {
  auto role = func->GetAttr<String>(attr::kKernelRole);
  if (!role) return func;
  for (const char* key : {attr::kPartitionMode, attr::kGridTiles, attr::kCoreRanges, attr::kRuntimeArgs}) {
    if (!func->attrs->dict.count(key)) TVM_FFI_THROW(ValueError) << "Kernel " << role.value() << " is missing " << key;
  }
  if (func->GetAttr<String>(attr::kPartitionMode).value() == "local_shard") {
    for (const char* key : {attr::kShardGrid, attr::kLocalShapeTiles})
      if (!func->attrs->dict.count(key)) TVM_FFI_THROW(ValueError) << "Local shard mode but missing " << key;
  }
  std::vector<std::string> args;
  for (const Var& param : func->params) {
    const std::string name = func->buffer_map.at(param)->name;
    if (!func->attrs->dict.count(attr::kBufferPrefix + name))
      TVM_FFI_THROW(ValueError) << "Buffer '" << name << "' missing " << attr::kBufferPrefix << name << " metadata";
    auto accessor = func->GetAttr<Map<String, Any>>(attr::kTensorAccessorPrefix + name);
    if (!accessor || GetStr(accessor.value(), "type") != "bound")
      TVM_FFI_THROW(ValueError) << "Buffer '" << name << "' has default-constructed TensorAccessor";
    args.push_back(name + "_addr");
  }
  std::vector<std::string> used;
  for (const String& arg : func->GetAttr<Array<String>>(attr::kRuntimeArgs).value()) used.push_back(arg);
  // A list of blocks is used as a whole, by the name of its first.
  const bool table = std::find(used.begin(), used.end(), kFirstBlockArg) != used.end();
  for (const std::string& name : WorkArgNames(WorkOf(func)))
    if (std::find(used.begin(), used.end(), name) != used.end() || (table && name.rfind("block_", 0) == 0))
      args.push_back(name);
  for (const std::string& name : TurnArgs())
    if (std::find(used.begin(), used.end(), name) != used.end()) args.push_back(name);
  for (const std::string& axis : MulticastAxes())
    for (const std::string& name : MulticastArgs(axis).All())
      if (std::find(used.begin(), used.end(), name) != used.end()) args.push_back(name);
  for (const std::string& name : used) {
    if (std::find(args.begin(), args.end(), name) == args.end())
      TVM_FFI_THROW(ValueError) << "Kernel " << role.value() << " reads runtime argument " << name
                                << ", which has no slot";
  }
  std::map<int64_t, std::string> owner;
  for (const auto& [cb, index] : func->GetAttr<Map<String, Any>>(attr::kCbIndices).value()) {
    const int64_t id = index.cast<Integer>()->value;
    if (id < 0 || id >= 32) TVM_FFI_THROW(ValueError) << "CB index " << id << " exceeds maximum of 32";
    auto [it, fresh] = owner.try_emplace(id, cb);
    if (!fresh)
      TVM_FFI_THROW(ValueError) << "Duplicate CB ID " << id << " for buffers '" << it->second << "' and '" << cb << "'";
  }
  Array<String> final_args;
  Map<String, Any> info;
  for (const std::string& arg : args) {
    final_args.push_back(arg);
    info.Set(arg, String("uint32"));
  }
  for (const Var& param : func->params) {
    const std::string key = attr::kTensorAccessorPrefix + std::string(func->buffer_map.at(param)->name);
    auto accessor = func->GetAttr<Map<String, Any>>(key).value();
    const auto slot = std::find(args.begin(), args.end(), GetStr(accessor, "runtime_arg")) - args.begin();
    accessor.Set("runtime_arg_idx", Integer(slot));
    func = WithAttr(std::move(func), key, accessor);
  }
  func = WithAttr(std::move(func), attr::kRuntimeArgs, final_args);
  func = WithAttr(std::move(func), attr::kRuntimeArgsInfo, info);
  func = WithAttr(std::move(func), attr::kPersistentConfig,
                  Map<String, Any>{{"loop_var", String("i")},
                                   {"start_expr", String(table ? "0" : "start_id")},
                                   {"count_expr", String("count")}});
  return WithAttr(std::move(func), attr::kRuntimeArgsFinalized, Integer(1));
}

}  // namespace

Pass FinalizePersistentSignature() {
  auto run = [](PrimFunc func, IRModule, tvm::transform::PassContext) { return Finalize(std::move(func)); };
  return tirx::transform::CreatePrimFuncPass(run, 0, "tltt.FinalizePersistentSignature", {});
}

}  // namespace tltt::compiler
