#include "pipeline.h"

#include "codegen/program_builder.h"
#include "passes/passes.h"

namespace tltt::compiler {

const std::vector<PassEntry>& Pipeline() {
  static const std::vector<PassEntry> passes = {
      {"frontend", "LegalizeFrontend", LegalizeFrontend},
      // A: metadata.
      {"A1", "InferTTLayout", InferTTLayout},
      {"A2", "PropagateTTLayout", PropagateTTLayout},
      {"A3", "AttachTensorAccessor", AttachTensorAccessor},
      // B: partition.
      {"B1", "LayoutAwareWorkPartition", LayoutAwareWorkPartition},
      {"B2", "GridToCoreGrid", GridToCoreGrid},
      // C: protocol-free tile operations.
      {"C1", "LowerSharedToCB", LowerSharedToCB},
      {"C2", "LowerTTTileIntrinsics", LowerTTTileIntrinsics},
      {"C2", "LowerToSFPU", LowerToSFPU},
      {"C3", "BuildTileDFG", BuildTileDFG},
      {"C4", "MulticastOperands", MulticastOperands},
      {"C5", "BalanceNocs", BalanceNocs},
      // D: three kernels and their protocols. D4 configures for operations in their final order, so it follows D5.
      {"D1", "SplitDeviceKernel", SplitDeviceKernel},
      {"D2", "ConfigureTensorAccessor", ConfigureTensorAccessor},
      {"D3", "LowerCBIntrinsics", LowerCBIntrinsics},
      {"D5", "InsertDSTManagement", InsertDSTManagement},
      {"D4", "InsertComputeInit", InsertComputeInit},
      {"D1.5", "ValidateSplitKernels", ValidateSplitKernels},
      {"D6", "ValidateLoweredIR", ValidateLoweredIR},
      // E: final signatures, last gate.
      {"E1", "FinalizePersistentSignature", FinalizePersistentSignature},
      {"F", "VerifyTTIR", VerifyTTIR},
  };
  return passes;
}

IRModule RunPipeline(IRModule mod, const Target& target, const PassObserver& observer) {
  auto bind = ffi::Function::GetGlobalRequired("tirx.transform.BindTarget");
  mod = bind(target).cast<tvm::transform::Pass>()(std::move(mod));
  int index = 0;
  if (observer) observer(index++, "initial", mod);
  for (const PassEntry& entry : Pipeline()) {
    mod = entry.make()(std::move(mod));
    if (observer) observer(index++, entry.name, mod);
  }
  return mod;
}

FileMap Compile(const IRModule& mod, const Target& target, const PassObserver& observer) {
  return WriteArtifacts(BuildProgram(RunPipeline(mod, target, observer)));
}

namespace {

Map<String, String> ToFfi(const FileMap& files) {
  Map<String, String> out;
  for (const auto& [name, text] : files) out.Set(name, text);
  return out;
}

}  // namespace

TVM_FFI_STATIC_INIT_BLOCK() {
  auto def = tvm::ffi::reflection::GlobalDef();
  def.def("tltt.compiler.compile", [](IRModule mod, Target target) { return ToFfi(Compile(mod, target)); });
  def.def("tltt.compiler.compile_with_dumps", [](IRModule mod, Target target, ffi::Function on_pass) {
    return ToFfi(
        Compile(mod, target, [&](int index, const std::string& name, const IRModule& m) { on_pass(index, name, m); }));
  });
  def.def("tltt.compiler.passes", [] {
    Array<Array<String>> out;
    for (const PassEntry& entry : Pipeline()) out.push_back({entry.stage, entry.name});
    return out;
  });
  for (const PassEntry& entry : Pipeline()) def.def((std::string("tltt.transform.") + entry.name).c_str(), entry.make);
}

}  // namespace tltt::compiler
