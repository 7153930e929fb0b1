// The runtime modules behind a compiled kernel, as TVM's FFI sees them: "tltt_kernel" holds the six files and runs
// them, "tltt_host" is the host half that TileLang expects and forwards to it. Both survive TileLang's disk cache.
#include <dlpack/dlpack.h>
#include <tvm/ffi/cast.h>
#include <tvm/ffi/container/map.h>
#include <tvm/ffi/container/tensor.h>
#include <tvm/ffi/extra/module.h>
#include <tvm/ffi/reflection/registry.h>

#include <memory>
#include <mutex>
#include <nlohmann/json.hpp>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "description.h"
#include "sequence.h"
#include "tltt/chip.h"
#include "tltt/device_tensor.h"
#include "tltt/plan.h"
#include "tltt/profile.h"
#include "tltt/runtime.h"

namespace tltt {
namespace {

namespace ffi = tvm::ffi;
using Files = ffi::Map<ffi::String, ffi::String>;

std::string DtypeName(DLDataType type) {
  const std::string bits = std::to_string(type.bits);
  switch (type.code) {
    case kDLFloat:
      return "float" + bits;
    case kDLBfloat:
      return "bfloat" + bits;
    case kDLInt:
      return "int" + bits;
    case kDLUInt:
      return "uint" + bits;
    case kDLBool:
      return "bool";
    default:
      return ffi::DLDataTypeToString(type);
  }
}

HostTensor View(const DLTensor& tensor) {
  HostTensor view;
  view.dtype = DtypeName(tensor.dtype);
  view.shape.assign(tensor.shape, tensor.shape + tensor.ndim);
  if (tensor.strides != nullptr) {
    view.strides.assign(tensor.strides, tensor.strides + tensor.ndim);
  } else {
    view.strides.assign(tensor.ndim, 1);
    for (int d = tensor.ndim - 2; d >= 0; --d) view.strides[d] = view.strides[d + 1] * view.shape[d + 1];
  }
  if (tensor.device.device_type != kDLCPU) {
    view.device = tensor.device.device_type == kDLCUDA ? "cuda" : "type " + std::to_string(tensor.device.device_type);
  }
  view.data = static_cast<std::byte*>(tensor.data) + tensor.byte_offset;
  return view;
}

// A DeviceTensor as a module, which Python can hold and hand back as an argument.
class TensorModule final : public ffi::ModuleObj {
 public:
  explicit TensorModule(std::unique_ptr<DeviceTensor> tensor) : tensor_(std::move(tensor)) {}
  static constexpr const char* kKind = "tltt_tensor";
  const char* kind() const final { return kKind; }
  const DeviceTensor& tensor() const { return *tensor_; }

  ffi::Optional<ffi::Function> GetFunction(const ffi::String& name) final;

 private:
  std::unique_ptr<DeviceTensor> tensor_;
};

// The resident tensor that an argument is, if it is one.
const DeviceTensor* ResidentOf(const ffi::AnyView& argument) {
  auto module = argument.try_cast<ffi::Module>();
  if (!module || std::string((*module)->kind()) != TensorModule::kKind) return nullptr;
  return &static_cast<const TensorModule*>(module->get())->tensor();
}

std::vector<HostTensor> Views(const Program& program, ffi::PackedArgs args) {
  std::vector<HostTensor> views;
  for (int i = 0; i < args.size(); ++i) {
    if (const DeviceTensor* resident = ResidentOf(args[i])) {
      views.emplace_back().resident = resident;
      continue;
    }
    std::optional<DLTensor*> tensor = args[i].try_cast<DLTensor*>();
    if (!tensor) {
      const auto index = static_cast<size_t>(i);
      const std::string name = index < program.tensors.size() ? " `" + program.tensors[index].name + "`" : "";
      const std::string got = args[i].GetTypeKey();
      throw ArgumentError(program.name + ": argument " + std::to_string(i + 1) + name + ": expected a tensor, got " +
                          got + (got == "int" ? "; an address does not say what lies there: pass the tensor" : ""));
    }
    views.push_back(View(**tensor));
  }
  return views;
}

// Every message begins with its category: Python reads it from there.
std::string WithCategory(const emu::Error& error) {
  const std::string category = emu::ErrorCategoryName(error.category), text = error.what();
  return text.rfind(category + ":", 0) == 0 ? text : category + ": " + text;
}

// The boundary between C++ exceptions and Python ones.
template <typename Body>
auto Guard(Body body) {
  try {
    return body();
  } catch (const emu::Error& error) {
    throw ffi::Error("EmulatorError", WithCategory(error), "");
  } catch (const ArgumentError& error) {
    throw ffi::Error("ValueError", error.what(), "");
  } catch (const PlanError& error) {
    throw ffi::Error("ValueError", error.what(), "");
  } catch (const std::invalid_argument& error) {
    throw ffi::Error("ValueError", error.what(), "");
  }
}

ffi::Optional<ffi::Function> TensorModule::GetFunction(const ffi::String& name) {
  ffi::Module self = ffi::GetRef<ffi::Module>(this);
  const auto transfer = [&](void (DeviceTensor::*move)(const HostTensor&)) {
    return ffi::Function::FromTyped([self, this, move](DLTensor* tensor) {
      Guard([&] {
        const HostTensor host = View(*tensor);
        const Tensor& layout = tensor_->layout();
        if (host.dtype != layout.dtype || host.shape != layout.shape || host.device != "cpu")
          throw ArgumentError("tensor `" + layout.name + "` on the chip is " + DescribeLayout(layout) +
                              "; the other one is " + host.dtype + " of another shape or device");
        ((*tensor_).*move)(host);
      });
    });
  };
  if (name == "write") return transfer(&DeviceTensor::Write);
  if (name == "read") return transfer(&DeviceTensor::Read);
  if (name == "info") {
    return ffi::Function::FromTyped([self, this]() {
      const Tensor& layout = tensor_->layout();
      return ffi::String(nlohmann::json{{"name", layout.name},
                                        {"dtype", layout.dtype},
                                        {"shape", layout.shape},
                                        {"chip", tensor_->chip()},
                                        {"layout", DescribeLayout(layout)}}
                             .dump());
    });
  }
  return std::nullopt;
}

FileMap ToFileMap(const Files& files) {
  FileMap map;
  for (const auto& [name, text] : files) map.emplace(name, text);
  return map;
}

// How programs are run: target options `mode` and `numerics`.
struct Execution {
  std::string mode, numerics;

  // Returns the report as JSON text.
  std::string Run(const Sequence& sequence, const std::vector<HostTensor>& tensors) const {
    if (mode == "ttnn") {
      for (const HostTensor& tensor : tensors)
        if (tensor.resident) throw ArgumentError(sequence.whole.name + ": mode=ttnn takes host tensors");
      return LaunchSequenceOnTtnn(sequence, tensors);
    }
    return LaunchSequence(sequence, numerics, tensors, SchedulesOf(mode));
  }

  // "emulator", "check", and either with the seed of one schedule behind a colon: "check:7".
  static Schedules SchedulesOf(const std::string& mode) {
    const size_t colon = mode.find(':');
    const std::string name = mode.substr(0, colon);
    Schedules schedules;
    schedules.check = name == "check";
    if (!schedules.check && name != "emulator")
      throw std::invalid_argument("mode " + mode + " is unknown; known are emulator, check and ttnn");
    if (schedules.check) schedules.seeds = {0, 1, 2};
    if (colon != std::string::npos) schedules.seeds = {std::stoull(mode.substr(colon + 1))};
    return schedules;
  }
};

ffi::String Predict(const Sequence& sequence, bool timeline) {
  return Guard([&] { return ffi::String(PredictSequence(sequence, timeline)); });
}

// The profile of a kernel's files and, with `max_events` > 0, the trace of the same run.
ffi::Map<ffi::String, ffi::String> Profile(const Files& files, int64_t max_events) {
  return Guard([&] {
    const Program program = ReadProgram(ToFileMap(files));
    const emu::RunReport report = PredictTime(program, /*timeline=*/true);
    ffi::Map<ffi::String, ffi::String> result{{"profile", ProfileJson(program, report, AskWhatIf(program))}};
    if (max_events > 0) result.Set("trace", PerfettoTrace(program, report, static_cast<size_t>(max_events)));
    return result;
  });
}

class KernelModule final : public ffi::ModuleObj {
 public:
  KernelModule(FileMap files, Execution execution)
      : files_(std::move(files)), execution_(std::move(execution)), sequence_(Sequence::Read(files_)) {}

  const char* kind() const final { return "tltt_kernel"; }
  int GetPropertyMask() const final { return ffi::Module::kBinarySerializable | ffi::Module::kRunnable; }

  ffi::Optional<ffi::Function> GetFunction(const ffi::String& name) final {
    // Functions keep the module alive: TileLang may drop it before its last call.
    ffi::Module self = ffi::GetRef<ffi::Module>(this);
    if (name == "main" || name == sequence_.whole.name) {
      return ffi::Function::FromPacked([self, this](ffi::PackedArgs args, ffi::Any*) { Run(args); });
    }
    if (name == "device_tensor") {
      return ffi::Function::FromTyped([self, this](const ffi::String& tensor) { return MakeTensor(tensor); });
    }
    if (name == "last_report") {
      return ffi::Function::FromTyped([self, this]() { return LastReport(); });
    }
    if (name == "predict") {
      return ffi::Function::FromTyped([self, this](bool timeline) { return Predict(sequence_, timeline); });
    }
    if (name == "program_info") {
      return ffi::Function::FromTyped([self, this]() { return ffi::String(ProgramInfo(sequence_.whole)); });
    }
    if (name == "files") {
      return ffi::Function::FromTyped([self, this]() {
        Files files;
        for (const auto& [file, text] : files_) files.Set(file, text);
        return files;
      });
    }
    return std::nullopt;
  }

  // All six files, each under a line with its name: what kernel.get_kernel_source() shows.
  ffi::String InspectSource(const ffi::String& format) const final {
    if (auto file = files_.find(format); file != files_.end()) return file->second;
    std::string text;
    for (size_t launch = 1; launch <= sequence_.parts.size(); ++launch) {
      const std::string folder = sequence_.parts[0].files.size() == files_.size() ? "" : std::to_string(launch) + "/";
      for (const char* name :
           {"reader.cpp", "compute.cpp", "writer.cpp", "main.cpp", "CMakeLists.txt", "tt.plan.json"}) {
        auto file = files_.find(folder + name);
        if (file != files_.end()) text += "// ===== " + file->first + " =====\n" + file->second + "\n";
      }
    }
    return text;
  }

  ffi::Bytes SaveToBytes() const final {
    return ffi::Bytes(
        nlohmann::json{{"mode", execution_.mode}, {"numerics", execution_.numerics}, {"files", files_}}.dump());
  }

  static ffi::Module Load(const ffi::Bytes& bytes) {
    const auto json = nlohmann::json::parse(bytes.data(), bytes.data() + bytes.size());
    return Make(json.at("files").get<FileMap>(),
                {json.at("mode").get<std::string>(), json.at("numerics").get<std::string>()});
  }

  static ffi::Module Make(FileMap files, Execution execution) {
    return Guard([&] { return ffi::Module(ffi::make_object<KernelModule>(std::move(files), std::move(execution))); });
  }

 private:
  ffi::Module MakeTensor(const std::string& name) const {
    return Guard([&] {
      if (execution_.mode == "ttnn")
        throw ArgumentError(sequence_.whole.name + ": tensors stay on the emulated chip alone, not with mode=ttnn");
      const DeviceUse use = Execution::SchedulesOf(execution_.mode).check ? DeviceUse::kCheck : DeviceUse::kRun;
      for (const Sequence::Part& part : sequence_.parts) {
        for (const Tensor& tensor : part.program.tensors) {
          if (tensor.name != name) continue;
          return ffi::Module(ffi::make_object<TensorModule>(
              std::make_unique<DeviceTensor>(tensor, part.program.chip, execution_.numerics, use)));
        }
      }
      throw ArgumentError(sequence_.whole.name + " has no tensor `" + name + "`");
    });
  }

  void Run(ffi::PackedArgs args) {
    std::string report = Guard([&] { return execution_.Run(sequence_, Views(sequence_.whole, args)); });
    std::lock_guard lock(mutex_);
    report_ = std::move(report);
  }

  ffi::String LastReport() {
    std::lock_guard lock(mutex_);
    if (!report_) throw ffi::Error("ValueError", sequence_.whole.name + ": was not run yet, there is no report", "");
    return *report_;
  }

  FileMap files_;
  Execution execution_;
  Sequence sequence_;
  std::mutex mutex_;
  std::optional<std::string> report_;  // JSON text
};

// Forwards every function to the kernel module that TileLang imports into it.
class HostModule final : public ffi::ModuleObj {
 public:
  const char* kind() const final { return "tltt_host"; }
  int GetPropertyMask() const final { return ffi::Module::kBinarySerializable | ffi::Module::kRunnable; }
  ffi::Optional<ffi::Function> GetFunction(const ffi::String& name) final {
    if (imports_.empty()) return std::nullopt;
    return imports_[0].cast<ffi::Module>()->GetFunction(name);
  }
  ffi::String InspectSource(const ffi::String&) const final {
    if (imports_.empty()) return ffi::String();
    return imports_[0].cast<ffi::Module>()->InspectSource("main.cpp");
  }
  ffi::Bytes SaveToBytes() const final { return ffi::Bytes(std::string("host")); }
  static ffi::Module Make() { return ffi::Module(ffi::make_object<HostModule>()); }
  static ffi::Module Load(const ffi::Bytes&) { return Make(); }
};

// run_program(files, mode, numerics, tensor...) -> report
void RunProgram(ffi::PackedArgs args, ffi::Any* result) {
  const FileMap files = ToFileMap(args[0].cast<Files>());
  const Execution execution{args[1].cast<ffi::String>(), args[2].cast<ffi::String>()};
  *result = Guard([&] {
    const Sequence sequence = Sequence::Read(files);
    return ffi::String(execution.Run(sequence, Views(sequence.whole, args.Slice(3))));
  });
}

// run_description(json, mode, numerics, tensor...) -> report; for programs that were written by hand
void RunDescription(ffi::PackedArgs args, ffi::Any* result) {
  const std::string text = args[0].cast<ffi::String>();
  const Execution execution{args[1].cast<ffi::String>(), args[2].cast<ffi::String>()};
  *result = Guard([&] {
    Sequence sequence = Sequence::Of(ParseDescription(text));
    // Only the genuine runtime wants the program as files.
    if (execution.mode == "ttnn") sequence.parts[0].files = WriteArtifacts(sequence.whole);
    return ffi::String(execution.Run(sequence, Views(sequence.whole, args.Slice(3))));
  });
}

ffi::String ChipJson(const Chip& chip) {
  return nlohmann::json{
      {"name", chip.name},
      {"arch", chip.arch},
      {"grid", {chip.grid.x, chip.grid.y}},
      {"clock_mhz", chip.clock_mhz},
      {"l1_bytes", chip.l1_bytes},
      {"dram_banks", chip.dram_banks},
      {"dram_bank_bytes", chip.dram_bank_bytes},
  }
      .dump();
}

TVM_FFI_STATIC_INIT_BLOCK() {
  tvm::ffi::reflection::GlobalDef()
      .def("tltt.runtime.version", []() { return ffi::String(TLTT_VERSION); })
      .def("tltt.runtime.module",
           [](const Files& files, const ffi::String& mode, const ffi::String& numerics) {
             return KernelModule::Make(ToFileMap(files), {mode, numerics});
           })
      .def("tltt.runtime.host", HostModule::Make)
      .def_packed("tltt.runtime.run_program", RunProgram)
      .def_packed("tltt.runtime.run_description", RunDescription)
      .def("tltt.runtime.predict_program",
           [](const Files& files, bool timeline) {
             return Predict(Guard([&] { return Sequence::Read(ToFileMap(files)); }), timeline);
           })
      .def("tltt.runtime.profile", Profile)
      .def("tltt.runtime.predict_description",
           [](const ffi::String& description, bool timeline) {
             return Predict(Guard([&] { return Sequence::Of(ParseDescription(description)); }), timeline);
           })
      .def("tltt.runtime.program_info",
           [](const Files& files) {
             return Guard([&] { return ffi::String(ProgramInfo(Sequence::Read(ToFileMap(files)).whole)); });
           })
      .def("tltt.runtime.chip",
           [](const ffi::String& name) { return Guard([&] { return ChipJson(ChipByName(name)); }); })
      .def("tltt.runtime.default_chip",
           [](const ffi::String& arch) { return Guard([&] { return ChipJson(DefaultChip(arch)); }); })
      .def("ffi.Module.load_from_bytes.tltt_kernel", KernelModule::Load)
      .def("ffi.Module.load_from_bytes.tltt_host", HostModule::Load);
}

}  // namespace
}  // namespace tltt
