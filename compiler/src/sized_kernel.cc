// A kernel with open sizes as a runtime module: "tltt_sized" holds the IR, takes sizes, strides and scalars from the
// arguments of a call, and compiles one program for each set of values that it meets.
#include <dlpack/dlpack.h>
#include <tvm/ffi/container/tensor.h>
#include <tvm/ffi/extra/module.h>

#include <map>
#include <mutex>
#include <nlohmann/json.hpp>
#include <set>
#include <variant>

#include "analysis/touches.h"
#include "ir/bind_sizes.h"
#include "ir/diagnostics.h"
#include "ir/ops.h"
#include "passes/packed_types.h"
#include "pipeline.h"

namespace tltt::compiler {
namespace {

using Value = std::variant<int64_t, double>;

[[noreturn]] void Mismatch(const std::string& what) { throw ffi::Error("ValueError", what, ""); }

std::string Text(const PrimExpr& expr) {
  std::ostringstream text;
  text << expr;
  return text.str();
}

// Shape and strides of an argument; strides are empty for tensors that lie on the chip.
struct Extents {
  std::vector<int64_t> shape, strides;
};

// In elements: bytes of packed ones count as many as they hold.
std::optional<Extents> ExtentsOf(const ffi::AnyView& argument, DataType dtype) {
  Extents extents;
  if (std::optional<DLTensor*> tensor = argument.try_cast<DLTensor*>()) {
    const DLTensor& t = **tensor;
    extents.shape.assign(t.shape, t.shape + t.ndim);
    extents.strides.assign(t.ndim, 1);
    for (int d = t.ndim - 2; d >= 0; --d) extents.strides[d] = extents.strides[d + 1] * t.shape[d + 1];
    if (t.strides) extents.strides.assign(t.strides, t.strides + t.ndim);
    if (const int packed = PackedInByte(dtype); packed > 1 && t.ndim > 0) {
      extents.shape.back() *= packed;
      for (int d = 0; d + 1 < t.ndim; ++d) extents.strides[d] *= packed;
    }
    return extents;
  }
  auto module = argument.try_cast<ffi::Module>();
  if (!module || std::string((*module)->kind()) != "tltt_tensor") return std::nullopt;
  auto info = (*module)->GetFunction("info");
  extents.shape =
      nlohmann::json::parse(std::string(info.value()().cast<ffi::String>())).at("shape").get<std::vector<int64_t>>();
  return extents;
}

class SizedKernel final : public ffi::ModuleObj {
 public:
  SizedKernel(PrimFunc func, Target target) : func_(std::move(func)), target_(std::move(target)) {
    open_ = OpenSizes(func_);
    name_ = func_->GetAttr<String>(tvm::attr::kGlobalSymbol).value_or("main");
  }

  const char* kind() const final { return "tltt_sized"; }
  int GetPropertyMask() const final { return ffi::Module::kBinarySerializable | ffi::Module::kRunnable; }

  ffi::Optional<ffi::Function> GetFunction(const ffi::String& name) final {
    ffi::Module self = ffi::GetRef<ffi::Module>(this);
    if (name == "main" || name == name_)
      return ffi::Function::FromPacked([self, this](ffi::PackedArgs args, ffi::Any*) { Run(args); });
    if (name == "program_info") return ffi::Function::FromTyped([self, this]() { return Info(); });
    if (name == "at_sizes")
      return ffi::Function::FromTyped([self, this](const Map<String, Any>& values) { return AtNames(values); });
    for (const char* known : {"last_report", "files", "predict", "device_tensor"}) {
      if (name != known) continue;
      return ffi::Function::FromPacked([self, this, known](ffi::PackedArgs args, ffi::Any* result) {
        Last()->GetFunction(known).value().CallPacked(args, result);
      });
    }
    return std::nullopt;
  }

  // The sources of the sizes of the last call; before any, the kernel as it was written.
  ffi::String InspectSource(const ffi::String& format) const final {
    std::lock_guard lock(mutex_);
    if (last_) return (*last_)->InspectSource(format);
    std::ostringstream text;
    text << "// Sources exist for the sizes of a call: call the kernel first.\n" << func_;
    return text.str();
  }

  ffi::Bytes SaveToBytes() const final {
    const auto save = ffi::Function::GetGlobalRequired("node.SaveJSON");
    return ffi::Bytes(save(Array<Any>{func_, target_}).cast<ffi::String>());
  }
  static ffi::Module Load(const ffi::Bytes& bytes) {
    const auto load = ffi::Function::GetGlobalRequired("node.LoadJSON");
    const auto parts = load(ffi::String(bytes.data(), bytes.size())).cast<Array<Any>>();
    return Make(parts[0].cast<PrimFunc>(), parts[1].cast<Target>());
  }
  static ffi::Module Make(PrimFunc func, Target target) {
    return ffi::Module(ffi::make_object<SizedKernel>(std::move(func), std::move(target)));
  }

 private:
  using Values = std::map<const VarNode*, Value>;

  void Run(ffi::PackedArgs args) {
    ffi::Module program = At(ValuesOf(args));
    {
      std::lock_guard lock(mutex_);
      last_ = program;
    }
    std::vector<ffi::AnyView> tensors;
    for (int i = 0; i < args.size(); ++i)
      if (func_->buffer_map.count(func_->params[i])) tensors.push_back(args[i]);
    ffi::Any result;
    program->GetFunction("main").value().CallPacked(ffi::PackedArgs(tensors.data(), static_cast<int>(tensors.size())),
                                                    &result);
  }

  Values ValuesOf(ffi::PackedArgs args) const {
    const auto count = static_cast<int>(func_->params.size());
    if (args.size() != count)
      Mismatch(name_ + ": takes " + std::to_string(count) + " arguments, got " + std::to_string(args.size()));
    Values values;
    std::map<const VarNode*, std::string> origins;  // what gave a variable its value
    for (int i = 0; i < count; ++i) {
      const Var& param = func_->params[i];
      if (func_->buffer_map.count(param)) continue;
      values[param.get()] = Scalar(param, args[i], i);
      origins[param.get()] = "argument " + std::to_string(i + 1);
    }
    for (const bool strides : {false, true}) {  // a size is a size wherever it stands as a stride too
      for (int i = 0; i < count; ++i) {
        auto found = func_->buffer_map.Get(func_->params[i]);
        if (!found) continue;
        const Buffer& buffer = found.value();
        const std::string where =
            name_ + ": argument " + std::to_string(i + 1) + " `" + std::string(buffer->name) + "`: ";
        auto extents = ExtentsOf(args[i], buffer->dtype);
        if (!extents) {
          const std::string got = args[i].GetTypeKey();
          Mismatch(where + "expected a tensor, got " + got +
                   (got == "int" ? "; an address does not say what lies there: pass the tensor" : ""));
        }
        if (extents->shape.size() != buffer->shape.size())
          Mismatch(where + "expected " + std::to_string(buffer->shape.size()) + " axes, got " +
                   std::to_string(extents->shape.size()));
        const Array<PrimExpr>& wanted = strides ? buffer->strides : buffer->shape;
        const std::vector<int64_t>& given = strides ? extents->strides : extents->shape;
        for (size_t axis = 0; axis < std::min(wanted.size(), given.size()); ++axis) {
          const auto* var = wanted[axis].as<VarNode>();
          // A stride of an axis with one element is never used, and torch may give it any value.
          if (!var || (strides && extents->shape[axis] <= 1 && values.count(var))) continue;
          const std::string origin = std::string(strides ? "stride" : "size") + " of axis " + std::to_string(axis);
          auto [it, fresh] = values.emplace(var, given[axis]);
          if (fresh) origins[var] = "the " + origin + " of `" + std::string(buffer->name) + "`";
          if (it->second != Value(given[axis]))
            Mismatch(where + origin + " is `" + std::string(var->name_hint) + "`, which is " + Show(it->second) +
                     " by " + origins[var] + ", but the tensor has " + std::to_string(given[axis]));
        }
      }
    }
    while (SolveSize(args, &values)) {
    }
    RequireAll(values);
    return values;
  }

  // A size that stands in a sum or product of a tensor's shape (`n * 4 + 1`), alone once the known sizes are in place.
  bool SolveSize(ffi::PackedArgs args, Values* values) const {
    Map<Var, PrimExpr> known;
    for (const Var& var : open_)
      if (auto it = values->find(var.get()); it != values->end())
        if (const auto* whole = std::get_if<int64_t>(&it->second)) known.Set(var, make_const(var.dtype(), *whole));
    arith::Analyzer analyzer;
    for (int i = 0; i < args.size(); ++i) {
      auto buffer = func_->buffer_map.Get(func_->params[i]);
      if (!buffer) continue;
      const Extents extents = *ExtentsOf(args[i], buffer.value()->dtype);
      for (size_t axis = 0; axis < extents.shape.size(); ++axis) {
        const PrimExpr wanted = analyzer.Simplify(Substitute(buffer.value()->shape[axis], known));
        std::set<const VarNode*> unknown;
        PostOrderVisit(wanted, [&](const ffi::ObjectRef& ref) {
          if (const auto* var = ref.as<VarNode>()) unknown.insert(var);
        });
        if (unknown.size() != 1) continue;
        const Var var = GetRef<Var>(*unknown.begin());
        const Array<PrimExpr> linear = arith::DetectLinearEquation(wanted, {var});  // factor, rest; or nothing
        const auto* factor = linear.empty() ? nullptr : linear[0].as<IntImmNode>();
        const auto* rest = linear.empty() ? nullptr : linear[1].as<IntImmNode>();
        if (!factor || !rest || factor->value == 0) continue;
        const int64_t scaled = extents.shape[axis] - rest->value;
        if (scaled % factor->value != 0)
          Mismatch(name_ + ": argument " + std::to_string(i + 1) + " `" + std::string(buffer.value()->name) +
                   "`: the size of axis " + std::to_string(axis) + " is `" + Text(wanted) + "`, but the tensor has " +
                   std::to_string(extents.shape[axis]) + ", which no whole `" + std::string(var->name_hint) +
                   "` gives");
        (*values)[var.get()] = scaled / factor->value;
        return true;
      }
    }
    return false;
  }

  Value Scalar(const Var& param, const ffi::AnyView& argument, int index) const {
    const std::string where = name_ + ": argument " + std::to_string(index + 1) + " `" + std::string(param->name_hint) +
                              "`: expected " + ffi::DLDataTypeToString(param.dtype()) + ", got ";
    if (param.dtype().is_float() || param.dtype().is_bfloat16()) {
      if (auto value = argument.try_cast<double>()) return *value;
    } else if (auto value = argument.try_cast<int64_t>()) {
      return *value;
    }
    Mismatch(where + argument.GetTypeKey());
  }

  void RequireAll(const Values& values) const {
    for (const Var& var : open_) {
      if (!values.count(var.get()))
        Mismatch(name_ + ": size `" + std::string(var->name_hint) +
                 "` follows from no tensor's shape or strides; give a tensor that shape, or make it a parameter");
    }
  }

  static std::string Show(const Value& value) {
    if (const auto* whole = std::get_if<int64_t>(&value)) return std::to_string(*whole);
    return std::to_string(std::get<double>(value));
  }

  ffi::Module AtNames(const Map<String, Any>& given) {
    Values values;
    for (const auto& [name, value] : given) {
      bool known = false;
      for (const Var& var : open_) {
        if (var->name_hint != name) continue;
        known = true;
        values[var.get()] = Scalar(var, value, 0);
      }
      if (!known) Mismatch(name_ + " has no open size `" + std::string(name) + "`");
    }
    RequireAll(values);
    return At(values);
  }

  ffi::Module At(const Values& values) {
    std::vector<Value> key;
    for (const Var& var : open_) key.push_back(values.at(var.get()));
    std::lock_guard lock(mutex_);
    auto it = programs_.find(key);
    if (it != programs_.end()) return it->second;
    Map<Var, PrimExpr> constants;
    for (size_t i = 0; i < open_.size(); ++i) {
      const DataType dtype = open_[i].dtype();
      if (const auto* whole = std::get_if<int64_t>(&key[i])) {
        constants.Set(open_[i], make_const(dtype, *whole));
      } else {
        constants.Set(open_[i], make_const(dtype, std::get<double>(key[i])));
      }
    }
    RequireAssumptions(constants);
    const IRModule mod({{GlobalVar(name_), BindSizes(func_, constants)}});
    return programs_.emplace(std::move(key), CompileToModule(mod, target_)).first->second;
  }

  // T.assume of sizes alone, as TileLang's host code tells of one that does not hold.
  void RequireAssumptions(const Map<Var, PrimExpr>& sizes) const {
    arith::Analyzer analyzer;
    PostOrderVisit(func_->body, [&](const ffi::ObjectRef& ref) {
      const auto* call = ref.as<CallNode>();
      if (!call || OpName(call) != "tirx.assume") return;
      const PrimExpr& condition = call->args[0];
      if (is_zero(analyzer.Simplify(Substitute(condition, sizes))))
        throw ffi::Error("RuntimeError", name_ + ": Assume: " + Text(condition) + " does not hold" + SizesText(sizes),
                         "");
    });
  }
  std::string SizesText(const Map<Var, PrimExpr>& sizes) const {
    std::string text;
    for (const Var& var : open_)
      if (auto value = sizes.Get(var))
        text += (text.empty() ? " for " : ", ") + std::string(var->name_hint) + " = " + Text(value.value());
    return text;
  }

  ffi::Module Last() const {
    std::lock_guard lock(mutex_);
    if (!last_)
      Mismatch(name_ +
               ": its sizes are open until it is called, so there is no program yet; call it, or give them: "
               "tt.at_sizes(kernel, " +
               std::string(open_.front()->name_hint) + "=...)");
    return *last_;
  }

  ffi::String Info() const {
    nlohmann::ordered_json info{{"name", name_}, {"open", nlohmann::json::array()}};
    for (const Var& var : open_) info["open"].push_back(std::string(var->name_hint));
    const Touches touches = Touches::Of(func_->body);
    for (const Var& param : func_->params) {
      auto buffer = func_->buffer_map.Get(param);
      if (!buffer) continue;
      auto shape = nlohmann::ordered_json::array();
      for (const PrimExpr& dim : buffer.value()->shape) {
        const auto* imm = dim.as<IntImmNode>();
        imm ? shape.push_back(imm->value) : shape.push_back(Text(dim));
      }
      const Touch touch = touches.Of(buffer.value());
      info["tensors"].push_back({{"name", std::string(buffer.value()->name)},
                                 {"dtype", ffi::DLDataTypeToString(buffer.value()->dtype)},
                                 {"shape", shape},
                                 {"access", !touch.written ? "in"
                                            : touch.read   ? "inout"
                                                           : "out"}});
    }
    return info.dump();
  }

  PrimFunc func_;
  Target target_;
  std::string name_;
  std::vector<Var> open_;
  mutable std::mutex mutex_;
  std::map<std::vector<Value>, ffi::Module> programs_;
  std::optional<ffi::Module> last_;  // of the last call
};

// The runtime module of a kernel: its program, or what makes one for the sizes of each call.
ffi::Module ModuleOf(const IRModule& mod, const Target& target) {
  for (const auto& [var, base] : mod->functions) {
    const auto* func = base.as<PrimFuncNode>();
    if (func && mod->functions.size() == 1 && !OpenSizes(GetRef<PrimFunc>(func)).empty())
      return SizedKernel::Make(GetRef<PrimFunc>(func), target);
  }
  return CompileToModule(mod, target);
}

TVM_FFI_STATIC_INIT_BLOCK() {
  tvm::ffi::reflection::GlobalDef()
      .def("tltt.compiler.module", ModuleOf)
      .def("tltt.compiler.bind_sizes",
           [](const PrimFunc& func, const Map<String, Any>& values) {
             Map<Var, PrimExpr> constants;
             for (const Var& var : OpenSizes(func)) {
               auto it = values.find(var->name_hint);
               if (it == values.end()) continue;
               const Any& value = (*it).second;
               if (auto whole = value.try_cast<int64_t>()) {
                 constants.Set(var, make_const(var.dtype(), *whole));
               } else {
                 constants.Set(var, make_const(var.dtype(), value.cast<double>()));
               }
             }
             return constants.empty() ? func : BindSizes(func, constants);
           })
      .def("ffi.Module.load_from_bytes.tltt_sized", SizedKernel::Load);
}

}  // namespace
}  // namespace tltt::compiler
