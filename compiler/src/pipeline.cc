#include "pipeline.h"

#include <chrono>

#include "analysis/bound.h"
#include "analysis/protocol_proof.h"
#include "codegen/program_builder.h"
#include "ir/attrs.h"
#include "ir/diagnostics.h"
#include "ir/launches.h"
#include "ir/records.h"
#include "ir/remarks.h"
#include "passes/packed_types.h"
#include "passes/passes.h"

namespace tltt::compiler {

const std::vector<PassEntry>& Pipeline() {
  static const std::vector<PassEntry> passes = {
      {"frontend", "LegalizeFrontend", LegalizeFrontend},
      {"frontend", "FoldVectors", FoldVectors},
      {"frontend", "SelectRiscvPath", SelectRiscvPath},
      {"frontend", "ReadDataScalars", ReadDataScalars},
      // A: metadata.
      {"A1", "InferTTLayout", InferTTLayout},
      {"A2", "PropagateTTLayout", PropagateTTLayout},
      {"A3", "AttachTensorAccessor", AttachTensorAccessor},
      // B: partition.
      {"B1", "LayoutAwareWorkPartition", LayoutAwareWorkPartition},
      {"B2", "GridToCoreGrid", GridToCoreGrid},
      // C: protocol-free tile operations.
      {"C1", "LowerSharedToCB", LowerSharedToCB},
      {"C1", "PlaceRiscvBuffers", PlaceRiscvBuffers},
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

namespace {

IRModule RunPasses(IRModule mod, const PassObserver& observer) {
  int index = 0;
  if (observer) observer(index++, "initial", mod);
  for (const PassEntry& entry : Pipeline()) {
    mod = entry.make()(std::move(mod));
    if (observer) observer(index++, entry.name, mod);
  }
  return mod;
}

IRModule WithSites(IRModule mod, const std::vector<Refusal>& sites) {
  if (sites.empty()) return mod;
  Array<Map<String, Any>> list;
  for (const Refusal& site : sites) list.push_back(Map<String, Any>{{"what", String(site.what)}, {"span", site.span}});
  Map<GlobalVar, BaseFunc> functions;
  for (const auto& [var, base] : mod->functions) {
    const auto* func = base.as<PrimFuncNode>();
    functions.Set(var, func ? WithAttr(GetRef<PrimFunc>(func), attr::kRiscvSites, list) : base);
  }
  return IRModule(functions, {}, mod->attrs);
}

// What the passes remarked, a line each: "kernel.py:12:9: the condition of an `if` depends on data: runs ...".
std::string RemarkLines(const IRModule& mod) {
  std::vector<Remark> remarks;
  for (const auto& [var, base] : mod->functions) {
    const auto* func = base.as<PrimFuncNode>();
    if (!func) continue;
    remarks = RemarksOf(GetRef<PrimFunc>(func));  // the three roles carry the same ones
    break;
  }
  std::string text;
  for (const Remark& remark : remarks) {
    const std::string place = tl::FormatSpan(remark.span);
    text += (place.empty() ? "" : place + ": ") + remark.text + "\n";
  }
  return text;
}

}  // namespace

// A statement that a pass refuses is tried once more, element by element on a RISC-V core. One that is refused there as
// well is refused for good.
IRModule RunPipeline(IRModule mod, const Target& target, const PassObserver& observer) {
  auto bind = ffi::Function::GetGlobalRequired("tirx.transform.BindTarget");
  mod = bind(target).cast<tvm::transform::Pass>()(std::move(mod));
  const bool riscv = target->GetAttr<int64_t>("riscv").value_or(1) != 0;
  std::vector<Refusal> sites;
  for (;;) {
    try {
      return RunPasses(WithSites(mod, sites), observer);
    } catch (const ffi::Error& error) {
      std::optional<Refusal> refusal = RefusalOf(error);
      if (!riscv || !refusal || !refusal->span.defined()) throw;
      for (const Refusal& site : sites)
        if (SamePlace(site.span, refusal->span)) throw;
      sites.push_back(*refusal);
    }
  }
}

namespace {

// Before launches are split: what one leaves for the next is bytes too.
IRModule WithoutPackedTypes(const IRModule& mod) {
  Map<GlobalVar, BaseFunc> functions;
  for (const auto& [var, base] : mod->functions) {
    const auto* func = base.as<PrimFuncNode>();
    functions.Set(var, func ? UnpackTypes(GetRef<PrimFunc>(func)) : base);
  }
  return IRModule(functions, {}, mod->attrs);
}

FileMap CompileLaunch(const IRModule& mod, const Target& target, const PassObserver& observer,
                      std::vector<Program>* programs = nullptr) {
  const IRModule lowered = RunPipeline(mod, target, observer);
  const Program program = BuildProgram(lowered);
  RequireProtocol(lowered, program);
  FileMap files = WriteArtifacts(program);
  if (programs) programs->push_back(program);
  if (std::string remarks = RemarkLines(lowered); !remarks.empty()) files.emplace("remarks.txt", std::move(remarks));
  return files;
}

}  // namespace

FileMap Compile(const IRModule& given, const Target& target, const PassObserver& observer) {
  if (given->functions.empty()) TVM_FFI_THROW(ValueError) << "Module contains no functions";
  const IRModule mod = WithoutPackedTypes(given);
  const auto* only = mod->functions.size() == 1 ? (*mod->functions.begin()).second.as<PrimFuncNode>() : nullptr;
  if (!only) return CompileLaunch(mod, target, observer);
  const GlobalVar name = (*mod->functions.begin()).first;
  const Launches launches = SplitLaunches(GetRef<PrimFunc>(only));
  if (launches.Plain()) return CompileLaunch(mod, target, observer);
  FileMap files{{kLaunchesFile, LaunchesJson(name->name_hint, launches)}};
  std::string remarks;
  std::vector<Program> programs;
  for (size_t i = 0; i < launches.functions.size(); ++i) {
    const std::string number = std::to_string(i + 1);
    PassObserver of_launch;
    if (observer)
      of_launch = [&](int index, const std::string& pass, const IRModule& after) {
        observer(index, "launch" + number + "_" + pass, after);
      };
    for (auto& [file, text] : CompileLaunch(IRModule({{name, launches.functions[i]}}), target, of_launch, &programs)) {
      if (file == "remarks.txt") {
        remarks += text;
      } else {
        files.emplace(number + "/" + file, text);
      }
    }
  }
  if (!remarks.empty()) files.emplace("remarks.txt", std::move(remarks));
  std::vector<std::string> arguments;
  for (const Buffer& buffer : launches.arguments) arguments.emplace_back(buffer->name);
  files.merge(WriteSequenceHost(name->name_hint, arguments, programs));
  return files;
}

namespace {

double BoundOf(IRModule mod, const Target& target) {
  mod = WithoutPackedTypes(mod);
  auto bind = ffi::Function::GetGlobalRequired("tirx.transform.BindTarget");
  mod = bind(target).cast<tvm::transform::Pass>()(std::move(mod));
  for (const PassEntry& entry : Pipeline()) {
    mod = entry.make()(std::move(mod));
    if (std::string(entry.stage) == "B1") break;
  }
  for (const auto& [var, base] : mod->functions)
    if (const auto* func = base.as<PrimFuncNode>()) return LowerBound(GetRef<PrimFunc>(func));
  return 0;
}

Map<String, String> ToFfi(const FileMap& files) {
  Map<String, String> out;
  for (const auto& [name, text] : files) out.Set(name, text);
  return out;
}

}  // namespace

ffi::Module CompileToModule(const IRModule& mod, const Target& target) {
  const auto make = ffi::Function::GetGlobalRequired("tltt.runtime.module");
  auto option = [&](const char* name) { return target->GetAttr<String>(name).value(); };
  return make(ToFfi(Compile(mod, target)), option("mode"), option("numerics")).cast<ffi::Module>();
}

TVM_FFI_STATIC_INIT_BLOCK() {
  auto def = tvm::ffi::reflection::GlobalDef();
  def.def("tltt.compiler.compile", [](IRModule mod, Target target) { return ToFfi(Compile(mod, target)); });
  def.def("tltt.compiler.lower_bound", [](IRModule mod, Target target) { return BoundOf(mod, target); });
  def.def("tltt.compiler.compile_with_dumps", [](IRModule mod, Target target, ffi::Function on_pass) {
    return ToFfi(
        Compile(mod, target, [&](int index, const std::string& name, const IRModule& m) { on_pass(index, name, m); }));
  });
  // Of the module that the last pass leaves: {problem, complete, events, rounds, milliseconds}.
  def.def("tltt.compiler.prove_protocol", [](IRModule mod) {
    const Program program = BuildProgram(mod);
    const auto start = std::chrono::steady_clock::now();
    const ProtocolResult result = ProveProtocol(mod, program);
    const std::chrono::duration<double, std::milli> time = std::chrono::steady_clock::now() - start;
    return Map<String, Any>{{"problem", String(result.problem)},
                            {"complete", result.complete},
                            {"events", static_cast<int64_t>(result.events)},
                            {"rounds", static_cast<int64_t>(result.rounds)},
                            {"milliseconds", time.count()}};
  });
  // What of a module cannot be compiled at all, a line each; empty where nothing stands against it.
  def.def("tltt.compiler.validate_module", [](const IRModule& mod) {
    Array<String> problems;
    if (mod->functions.empty()) problems.push_back("Module contains no functions");
    for (const auto& [var, base] : mod->functions) {
      const auto* func = base.as<PrimFuncNode>();
      if (!func) continue;
      for (const Var& param : func->params) {
        auto buffer = func->buffer_map.find(param);
        if (buffer == func->buffer_map.end()) continue;
        const std::string dtype = ffi::DLDataTypeToString((*buffer).second->dtype);
        if (!DataFormatOfDtype(dtype) && !IsPacked((*buffer).second->dtype))
          problems.push_back("Buffer " + std::string((*buffer).second->name) + " has unsupported dtype " + dtype);
      }
    }
    return problems;
  });
  def.def("tltt.compiler.passes", [] {
    Array<Array<String>> out;
    for (const PassEntry& entry : Pipeline()) out.push_back({entry.stage, entry.name});
    return out;
  });
  for (const PassEntry& entry : Pipeline()) def.def((std::string("tltt.transform.") + entry.name).c_str(), entry.make);
}

}  // namespace tltt::compiler
