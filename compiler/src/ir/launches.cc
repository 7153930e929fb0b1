#include "ir/launches.h"

#include <nlohmann/json.hpp>
#include <set>

#include "analysis/access.h"
#include "ir/attrs.h"
#include "ir/diagnostics.h"
#include "ir/grid_syncs.h"

namespace tltt::compiler {
namespace {

bool IsGridLoop(const Stmt& stmt) {
  const auto* loop = stmt.as<ForNode>();
  return loop && loop->kind == ForKind::kThreadBinding && loop->thread_binding &&
         std::string(loop->thread_binding.value()->thread_tag).rfind("blockIdx.", 0) == 0;
}

// The parts of a function's body: launches, bindings of the host in front of them, and allocations.
class HostBody {
 public:
  explicit HostBody(const Stmt& body) { Visit(body); }

  std::vector<Stmt> launches;
  std::vector<Buffer> temporaries;

 private:
  void Visit(const Stmt& stmt) {
    if (const auto* realize = stmt.as<SBlockRealizeNode>()) return VisitBlock(realize->block);
    if (const auto* block = stmt.as<SBlockNode>()) return VisitBlock(GetRef<SBlock>(block));
    if (const auto* seq = stmt.as<SeqStmtNode>()) {
      for (const Stmt& s : seq->seq) Visit(s);
      return;
    }
    if (const auto* alloc = stmt.as<AllocBufferNode>(); alloc && IsGlobal(alloc->buffer))
      return temporaries.push_back(alloc->buffer);
    if (IsGridLoop(stmt)) {
      for (const Stmt& part : PartsBetweenGridSyncs(stmt)) {
        Array<Stmt> seq = bindings_;
        seq.push_back(part);
        launches.push_back(SeqStmt::Flatten(seq));
      }
      return;
    }
    if (stmt.as<BindNode>() || stmt.as<AssertStmtNode>()) return bindings_.push_back(stmt);
    bool launches_inside = false;
    PostOrderVisit(stmt, [&](const ffi::ObjectRef& ref) {
      const auto* inner = ref.as<ForNode>();
      launches_inside = launches_inside || (inner && IsGridLoop(GetRef<Stmt>(inner)));
    });
    if (launches_inside)
      Refuse(stmt->span, "T.Kernel under a loop or an `if` of the host is not supported",
             "launch it from Python, or put the loop into the kernel");
  }
  void VisitBlock(const SBlock& block) {
    for (const Buffer& buffer : block->alloc_buffers)
      if (IsGlobal(buffer)) temporaries.push_back(buffer);
    Visit(block->body);
  }

  Array<Stmt> bindings_;
};

// Tensors by the memory that the statement touches, so that views of them count.
std::set<const VarNode*> TouchedMemory(const Stmt& stmt) {
  std::set<const VarNode*> touched;
  PostOrderVisit(stmt, [&](const ffi::ObjectRef& ref) {
    if (const auto* load = ref.as<BufferLoadNode>()) touched.insert(load->buffer->data.get());
    if (const auto* store = ref.as<BufferStoreNode>()) touched.insert(store->buffer->data.get());
    if (const auto* var = ref.as<VarNode>()) touched.insert(var);
  });
  return touched;
}

}  // namespace

Launches SplitLaunches(const PrimFunc& func) {
  Launches out;
  for (const Var& param : func->params)
    if (auto buffer = func->buffer_map.Get(param)) out.arguments.push_back(buffer.value());
  HostBody host(func->body);
  out.temporaries = host.temporaries;
  if (host.launches.size() <= 1 && out.temporaries.empty()) {
    out.functions.push_back(func);
    return out;
  }
  std::set<std::string> names;
  for (const std::vector<Buffer>* buffers : {&out.arguments, &out.temporaries})
    for (const Buffer& buffer : *buffers)
      if (!names.insert(buffer->name).second)
        Refuse(buffer->span, "two tensors are called `" + std::string(buffer->name) + "`", "give them different names");
  for (const Stmt& launch : host.launches) {
    const std::set<const VarNode*> touched = TouchedMemory(launch);
    Array<Var> params;
    Map<Var, Buffer> buffers;
    Map<String, Any> layouts;
    auto given = func->GetAttr<Map<String, Any>>(attr::kUserLayout);
    auto add = [&](const Var& param, const Buffer& buffer) {
      if (!touched.count(buffer->data.get())) return;
      params.push_back(param);
      buffers.Set(param, buffer);
      if (given && given.value().count(buffer->name)) layouts.Set(buffer->name, given.value().at(buffer->name));
    };
    for (const Var& param : func->params)
      if (auto buffer = func->buffer_map.Get(param)) add(param, buffer.value());
    for (const Buffer& buffer : out.temporaries)
      add(Var(std::string(buffer->name) + "_handle", DataType::Handle()), buffer);
    PrimFunc part(params, launch, func->ret_type, buffers, func->attrs, func->span);
    if (given) part = WithAttr(std::move(part), attr::kUserLayout, layouts);
    out.functions.push_back(std::move(part));
  }
  return out;
}

std::string LaunchesJson(const std::string& name, const Launches& launches) {
  nlohmann::ordered_json json{{"name", name}, {"launches", launches.functions.size()}};
  Map<String, Any> packed;
  if (!launches.functions.empty())
    packed = launches.functions[0]->GetAttr<Map<String, Any>>(attr::kPacked).value_or(packed);
  auto describe = [&](const char* key, const std::vector<Buffer>& buffers) {
    auto& list = json[key] = nlohmann::ordered_json::array();
    for (const Buffer& buffer : buffers) {
      auto shape = nlohmann::ordered_json::array();
      for (const PrimExpr& dim : buffer->shape) {
        const auto* imm = dim.as<IntImmNode>();
        if (!imm) BrokenContract("SplitLaunches", "a tensor without constant shape was compiled");
        shape.push_back(imm->value);
      }
      nlohmann::ordered_json entry{
          {"name", std::string(buffer->name)}, {"dtype", ffi::DLDataTypeToString(buffer->dtype)}, {"shape", shape}};
      if (packed.count(buffer->name)) entry["packed"] = std::string(packed.at(buffer->name).cast<String>());
      list.push_back(std::move(entry));
    }
  };
  describe("arguments", launches.arguments);
  describe("temporaries", launches.temporaries);
  return json.dump(1) + "\n";
}

}  // namespace tltt::compiler
