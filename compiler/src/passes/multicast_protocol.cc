#include "passes/multicast_protocol.h"

#include "analysis/sharing.h"
#include "ir/multicast_args.h"
#include "ir/records.h"

namespace tltt::compiler {

namespace {
constexpr int64_t kInvalid = 0, kValid = 1;
}  // namespace

Stmt Multicast::Request(const Span& span) const {
  return SeqStmt::Flatten(TtStmt("tt.noc_semaphore_set", {valid_pointer, Int(kInvalid)}, span),
                          TtStmt("tt.noc_semaphore_inc", {ready_at_sender, Int(1)}, span));
}

Stmt Multicast::Await(const Span& span) const {
  return TtStmt("tt.noc_semaphore_wait", {valid_pointer, Int(kValid)}, span);
}

Stmt Multicast::Send(const Var& ptr, int64_t bytes, const Span& span) const {
  auto everywhere = [&](const PrimExpr& local) {
    Array<PrimExpr> args = corners;
    args.push_back(local);
    return TtCall("tt.get_noc_multicast_addr", args, DataType::UInt(64));
  };
  return SeqStmt::Flatten(
      TtStmt("tt.noc_semaphore_wait", {ready_pointer, Int(receivers)}, span),
      TtStmt("tt.noc_semaphore_set", {ready_pointer, Int(0)}, span),
      TtStmt("tt.noc_async_write_multicast", {ptr, everywhere(ptr), Int(bytes), Int(receivers)}, span),
      TtStmt("tt.noc_semaphore_set", {valid_pointer, Int(kValid)}, span),
      TtStmt("tt.noc_semaphore_set_multicast", {valid, everywhere(valid), Int(receivers)}, span));
}

MulticastTable::MulticastTable(const PrimFunc& func) {
  if (auto shared = func->GetAttr<Map<String, Any>>(attr::kMulticast)) {
    shared_ = shared.value();
    cores_ = BlockMapOf(func)->cores;
  }
}

const Multicast& MulticastTable::Of(const std::string& cb, const std::string& axis) {
  auto [it, fresh] = multicasts_.try_emplace(cb);
  Multicast& m = it->second;
  if (!fresh) return m;
  const MulticastArgs names(axis);
  std::map<std::string, Var>& args = args_[axis];
  if (args.empty()) {
    for (const std::string& name : names.All()) {
      Var arg(name, DataType::Int(32));
      prologue_.push_back(Bind(arg, TtCall("tt.get_arg_val", {Str(name)}, DataType::Int(32))));
      arg_names_.push_back(name);
      args.emplace(name, arg);
    }
  }
  const auto record = shared_.at(cb).cast<Array<Any>>();
  auto semaphore = [&](const char* what, int index, Var* address, Var* pointer) {
    *address = Var(cb + "_" + what, DataType::UInt(32));
    *pointer = Var(cb + "_" + what + "_ptr", DataType::Handle());
    prologue_.push_back(
        Bind(*address, TtCall("tt.get_semaphore", {record[index].cast<Integer>()}, DataType::UInt(32))));
    prologue_.push_back(Bind(*pointer, TtCall("tt.semaphore_pointer", {*address}, DataType::Handle())));
  };
  semaphore("ready", 1, &m.ready, &m.ready_pointer);
  semaphore("valid", 2, &m.valid, &m.valid_pointer);
  m.ready_at_sender = Var(cb + "_sender_ready", DataType::UInt(64));
  prologue_.push_back(
      Bind(m.ready_at_sender,
           TtCall("tt.get_noc_addr", {args.at(names.sender_x), args.at(names.sender_y), m.ready}, DataType::UInt(64))));
  m.sends = args.at(names.sends) != Int(0);
  m.receives = args.at(names.sends) == Int(0);
  m.corners = {args.at(names.start_x), args.at(names.start_y), args.at(names.end_x), args.at(names.end_y)};
  m.receivers = (axis == "row" ? cores_[0] : cores_[1]) - 1;
  return m;
}

}  // namespace tltt::compiler
