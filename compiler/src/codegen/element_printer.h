// Statements of the RISC-V path (ir/riscv.h) as C++: typed loops, loads and stores, printed as they stand.
#pragma once

#include <functional>
#include <map>
#include <set>
#include <string>
#include <unordered_map>
#include <vector>

#include "ir/tvm.h"

namespace tltt::compiler {

// C++'s operators for shifts and bit operations, by TIR's name.
const std::map<std::string, const char*>& BitOperators();

class ElementPrinter : public StmtVisitor {
 public:
  // `outer` gives the name of a variable of the kernel around the statement; `active` are the names in scope; `rows`
  // maps buffers to what C++ calls them, `variables` the kernel's own scalar variables, which are unsigned.
  ElementPrinter(std::function<std::string(const VarNode*)> outer, std::set<std::string>* active,
                 arith::Analyzer* analyzer, int indent, const std::map<std::string, std::string>* rows,
                 const std::unordered_map<const BufferNode*, std::string>* variables)
      : outer_(std::move(outer)),
        active_(active),
        analyzer_(analyzer),
        indent_(indent),
        rows_(rows),
        variables_(variables) {}

  std::string Print(const Stmt& stmt);
  // Where in the user's kernel each line of the text comes from.
  const std::vector<Span>& line_spans() const { return line_spans_; }
  // Pieces of element_text.h that the text needs: "bf16", "fp16", "fp8_e4m3", "dprint", "tile_element".
  std::set<std::string> needs;

 private:
  void VisitStmt_(const ForNode* node) final;
  void VisitStmt_(const WhileNode* node) final;
  void VisitStmt_(const IfThenElseNode* node) final;
  void VisitStmt_(const SeqStmtNode* node) final;
  void VisitStmt_(const BufferStoreNode* node) final;
  void VisitStmt_(const AllocBufferNode* node) final;
  void VisitStmt_(const AttrStmtNode* node) final;
  void VisitStmt_(const BindNode* node) final;
  void VisitStmt_(const EvaluateNode* node) final;
  void VisitStmtDefault_(const ffi::Object* node) final;

  void AssertText(const CallNode* call);
  void PrintText(const CallNode* call);
  void Line(const std::string& text);
  void Nested(const Stmt& stmt);
  std::string Expr(const PrimExpr& e, int parent = 0);
  std::string CallText(const CallNode* call, int parent);
  std::string CastText(DataType to, const PrimExpr& value);
  std::string Rounded(DataType to, const std::string& value);
  std::string Constant(DataType dtype, double value, int parent);
  std::string Division(const PrimExpr& a, const PrimExpr& b, bool remainder, int parent);
  std::string Infix(const PrimExpr& a, const PrimExpr& b, const char* op, int level, int parent, DataType dtype);
  std::string Index(const Buffer& buffer, const Array<PrimExpr>& indices);
  std::string Declare(const Var& var);

  std::function<std::string(const VarNode*)> outer_;
  std::set<std::string>* active_;
  arith::Analyzer* analyzer_;
  int indent_;
  const std::map<std::string, std::string>* rows_;
  const std::unordered_map<const BufferNode*, std::string>* variables_;
  std::string text_;
  Span span_;
  std::vector<Span> line_spans_;
  std::map<const VarNode*, std::string> names_;
  std::map<const BufferNode*, std::string> locals_;
};

// How a dtype lies in memory: "bf16", "int32_t". Adds what it needs of element_text.h.
std::string StorageType(const std::string& dtype, std::set<std::string>* needs);

}  // namespace tltt::compiler
