// Statements that run element by element on a data-movement core: AttrStmt(kRiscv, role, body), with plain loops, loads
// and stores as their body. On-chip buffers that they touch are rows in the L1 of the core ("riscv.reader",
// "riscv.writer" as storage scope), not tiles in circular buffers.
#pragma once

#include <string>

#include "ir/attrs.h"
#include "ir/tvm.h"

namespace tltt::compiler {

inline constexpr char kRowsScope[] = "riscv.";
// The role of statements that give a variable of every core its value out of a tensor: reader and writer run them,
// compute gets the value from the reader.
inline constexpr char kEveryRole[] = "all";
inline constexpr char kScalarsCb[] = "cb_scalars";  // takes such values from the reader to compute, one a page

inline bool IsRows(const Buffer& buffer) { return std::string(buffer.scope()).rfind(kRowsScope, 0) == 0; }
inline std::string RoleOfRows(const Buffer& buffer) {
  return std::string(buffer.scope()).substr(sizeof(kRowsScope) - 1);
}

inline Stmt MakeRiscv(const std::string& role, Stmt body, Span span) {
  return AttrStmt(Integer(0), attr::kRiscv, StringImm(role), std::move(body), std::move(span));
}
inline const AttrStmtNode* AsRiscv(const Stmt& stmt) {
  const auto* node = stmt.as<AttrStmtNode>();
  return node && node->attr_key == attr::kRiscv ? node : nullptr;
}
inline std::string RoleOfRiscv(const AttrStmtNode* node) { return node->value.as<StringImmNode>()->value; }

}  // namespace tltt::compiler
