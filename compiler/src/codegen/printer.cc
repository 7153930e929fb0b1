#include "codegen/printer.h"

#include <fmt/format.h>

#include <algorithm>
#include <cctype>
#include <cmath>
#include <cstring>
#include <map>
#include <set>
#include <unordered_map>
#include <utility>

#include "analysis/scalars.h"
#include "codegen/element_printer.h"
#include "codegen/element_text.h"
#include "codegen/reserved_names.h"
#include "ir/diagnostics.h"
#include "ir/ops.h"
#include "ir/records.h"
#include "ir/riscv.h"
#include "ir/span_scope.h"
#include "ir/work.h"

namespace tltt::compiler {
namespace {

// Pages beyond a tensor's edge read as zero: copied from the device's block of zeros, as the SDK's own kernels do.
constexpr char kZeroPage[] = R"(
// A page beyond the tensor's edge counts as zeros.
inline void zero_page(uint32_t l1_addr, uint32_t bytes) {
    const uint64_t zeros = get_noc_addr(MEM_ZEROS_BASE);
    for (uint32_t done = 0; done < bytes; done += MEM_ZEROS_SIZE) {
        const uint32_t left = bytes - done;
        noc_async_read(zeros, l1_addr + done, left < MEM_ZEROS_SIZE ? left : MEM_ZEROS_SIZE);
    }
}
)";

// Parameters of the vector unit are bits of fp32; the core computes the number.
constexpr char kFloatBits[] = R"(
// A whole number as the bits of an fp32.
inline uint32_t float_bits(int32_t number) { return __builtin_bit_cast(uint32_t, static_cast<float>(number)); }
)";

constexpr char kFloatNumberBits[] = R"(
// The bits of an fp32.
inline uint32_t fp32_bits(float number) { return __builtin_bit_cast(uint32_t, number); }
)";

constexpr char kFillIndexTile[] = R"(
// A tile of small whole numbers, i * row + j * column, in the order of its four faces; T: bfloat16 or fp32 as bits.
template <typename T>
inline void fill_index_tile(uint32_t l1_addr, int32_t i, int32_t j) {
    volatile tt_l1_ptr T* tile = reinterpret_cast<volatile tt_l1_ptr T*>(l1_addr);
    for (uint32_t face = 0; face < 4; ++face) {
        for (uint32_t k = 0; k < 256; ++k) {
            const int32_t row = face / 2 * 16 + k / 16, column = face % 2 * 16 + k % 16;
            const uint32_t bits = __builtin_bit_cast(uint32_t, static_cast<float>(i * row + j * column));
            tile[face * 256 + k] = bits >> (32 - 8 * sizeof(T));
        }
    }
}
)";

using UserLine = std::pair<std::string, int>;  // file and line

UserLine Place(const Span& span) { return {span->source_name->name, span->line}; }

class KernelPrinter : public StmtExprVisitor {
 public:
  std::string body;
  std::vector<Span> line_spans;  // of the user's kernel, for each line of the body
  std::set<std::string> headers;
  bool zero_page = false, float_bits = false, float_number_bits = false,
       fill_index_tile = false;         // helpers that the body calls
  std::set<std::string> element_needs;  // pieces of element_text.h

  // `args` are the kernel's runtime arguments in the order of their slots.
  KernelPrinter(const PrimFunc& func, std::vector<std::string> args, std::set<std::string> reserved,
                SourceText* source_text)
      : func_(func), args_(std::move(args)), active_(std::move(reserved)), source_text_(source_text) {}
  void Print(const Stmt& stmt) { VisitStmt(stmt); }

 private:
  template <typename... Args>
  void Line(fmt::format_string<Args...> format, Args&&... args) {
    Quote();
    body +=
        std::string(static_cast<size_t>(indent_) * 4, ' ') + fmt::format(format, std::forward<Args>(args)...) + "\n";
    line_spans.push_back(span_);
  }

  // Says which of the user's statements the lines that follow were made of.
  void Quote() {
    if (!span_.defined() || Place(span_) == quoted_) return;
    quoted_ = Place(span_);
    if (around_.count(quoted_)) return;
    const std::string text = source_text_->Statement(span_);
    if (text.empty()) return;
    body += std::string(static_cast<size_t>(indent_) * 4, ' ') + "// " + text + "\n";
    line_spans.push_back(span_);
  }

  // Statements that a pass made without a place of their own stand for what is around them.
  void VisitStmt(const Stmt& stmt) final {
    const SpanScope scope(&span_, stmt);
    if (span_.defined() && (stmt->IsInstance<ForNode>() || stmt->IsInstance<IfThenElseNode>())) {
      Quote();
      const bool opened = around_.insert(Place(span_)).second;
      StmtExprVisitor::VisitStmt(stmt);
      if (opened) around_.erase(Place(span_));
    } else {
      StmtExprVisitor::VisitStmt(stmt);
    }
  }

  void VisitStmt_(const ForNode* node) final {
    ranges_.Enter(node);
    const bool negative = !NeverNegative(node->min);
    auto bound = [&](const PrimExpr& e) { return negative || !NeverNegative(e) ? Wrapping(e) : Expr(e); };
    const std::string min = bound(node->min), end = bound(is_zero(node->min) ? node->extent : node->min + node->extent);
    const std::set<std::string> outer = active_;
    const std::string v = Declare(node->loop_var);
    if (!negative && NeverNegative(node->min + node->extent)) {
      Line("for (uint32_t {0} = {1}; {0} < {2}; ++{0}) {{", v, min, end);
    } else {
      Line("for (uint32_t {0} = {1}; static_cast<int32_t>({0}) < static_cast<int32_t>({2}); ++{0}) {{", v, min, end);
    }
    Nested(node->body);
    active_ = outer;
    Line("}}");
  }

  void VisitStmt_(const IfThenElseNode* node) final {
    Line("if ({}) {{", Expr(node->condition));
    Nested(node->then_case);
    if (node->else_case) {
      Line("}} else {{");
      Nested(node->else_case.value());
    }
    Line("}}");
  }

  void VisitStmt_(const BindNode* node) final {
    ranges_.Enter(node);
    if (const CallNode* call = AsTt(node->value, "tt.get_arg_val")) {
      if (call->args.size() == 1) {  // printed with the other arguments
        names_[node->var.get()] = StrArg(call, 0);
        return;
      }
      const auto slot = std::find(args_.begin(), args_.end(), StrArg(call, 0)) - args_.begin();
      const std::string offset = Expr(call->args[1], 5);
      Line("const uint32_t {} = get_arg_val<uint32_t>({} + {});", Declare(node->var), slot, offset);
      return;
    }
    const std::string value = Expr(node->value);
    const DataType type = node->var->dtype;
    const char* spelling = type.is_handle()    ? "volatile tt_l1_ptr uint32_t* const"
                           : type.bits() == 64 ? "const uint64_t"
                                               : "const uint32_t";
    Line("{} {} = {};", spelling, Declare(node->var), value);
  }

  void VisitStmt_(const AllocBufferNode* node) final {
    const DataType dtype = node->buffer->dtype;
    std::string name = node->buffer->name;
    for (int n = 1; !active_.insert(name).second; ++n) name = std::string(node->buffer->name) + "_" + std::to_string(n);
    variables_[node->buffer.get()] = name;
    Line("{} {} = 0;", dtype.is_float() ? "float" : "uint32_t", name);
  }

  void VisitStmt_(const BufferStoreNode* node) final {
    if (const CallNode* receive = AsTt(node->value, "tt.receive_scalar")) {
      const std::string cb = StrArg(receive, 0);
      headers.insert("api/compute/cb_api.h");
      Line("cb_wait_front({}, 1);", cb);
      Line("{} = read_tile_value({}, 0, 0);", variables_.at(node->buffer.get()), cb);
      return Line("cb_pop_front({}, 1);", cb);
    }
    Line("{} = {};", variables_.at(node->buffer.get()), Wrapping(node->value));
  }

  void VisitStmt_(const EvaluateNode* node) final {
    if (node->value.as<IntImmNode>()) return;
    if (const CallNode* memory = AsTt(GetRef<Stmt>(node), "tt.riscv_memory")) return Memory(memory);
    if (const CallNode* send = AsTt(GetRef<Stmt>(node), "tt.send_scalar")) {
      const std::string cb = StrArg(send, 0);
      Line("cb_reserve_back({}, 1);", cb);
      Line("*reinterpret_cast<volatile tt_l1_ptr uint32_t*>(get_write_ptr({})) = {};", cb, Wrapping(send->args[1]));
      return Line("cb_push_back({}, 1);", cb);
    }
    if (const CallNode* turns = AsTt(GetRef<Stmt>(node), "tt.turn_memory")) {
      element_needs.insert("turn");
      const std::string at = fmt::format("get_semaphore({})", IntArg(turns, 0));
      return Line(
          "Turn turn({0}, turn_begins != 0, get_noc_addr(turn_next_x, turn_next_y, {0}), turn_next_blocks, "
          "get_noc_addr(turn_first_x, turn_first_y, {0}), turn_first_blocks);",
          at);
    }
    if (const CallNode* turn = AsTt(GetRef<Stmt>(node), "tt.pass_turn"))
      return Line("turn.pass({});", Expr(turn->args[0]));
    Line("{};", Expr(node->value));
  }

  void VisitStmt_(const AttrStmtNode* node) final {
    if (!AsRiscv(GetRef<Stmt>(node))) VisitStmtDefault_(node);
    ElementPrinter elements([this](const VarNode* var) { return names_.at(var); }, &active_, &ranges_.analyzer,
                            indent_ + 1, &rows_, &variables_);
    Line("{{");
    body += elements.Print(node->body);
    line_spans.insert(line_spans.end(), elements.line_spans().begin(), elements.line_spans().end());
    Line("}}");
    element_needs.insert(elements.needs.begin(), elements.needs.end());
  }

  // The L1 of a RISC-V core: where its rows and its pages of tensors lie.
  void Memory(const CallNode* call) {
    Line("const uint32_t rows_l1 = get_write_ptr({});", StrArg(call, 0));
    for (const Map<String, Any>& item : func_->GetAttr<Array<Map<String, Any>>>(attr::kRiscvBuffers).value()) {
      if (GetStr(item, "role") != StrArg(call, 1)) continue;
      const std::string kind = GetStr(item, "kind"), type = StorageType(GetStr(item, "dtype"), &element_needs);
      std::string name = GetStr(item, "name");
      if (kind != "page") {  // the user may have called it as the kernel's own variables are called
        std::string& unique = rows_[name];
        unique = name;
        for (int n = 1; !active_.insert(unique).second; ++n) unique = name + "_" + std::to_string(n);
        name = unique;
      }
      if (kind == "variable") {
        Line("{} {}[1] = {{}};", type, name);
      } else if (kind == "rows") {
        Line("{0}* const {1} = reinterpret_cast<{0}*>(rows_l1 + {2});", type, name, GetInt(item, "offset"));
      } else {
        element_needs.insert("elements");
        Line("auto {0}_elements = make_elements<{1}>({0}_acc, rows_l1 + {2});", name, type, GetInt(item, "offset"));
      }
    }
  }

  void VisitStmtDefault_(const ffi::Object* node) final {
    TVM_FFI_THROW(ValueError) << "Unknown intrinsic: statement " << node->GetTypeKey();
  }

  void Nested(const Stmt& stmt) {
    const std::set<std::string> outer = active_;
    ++indent_;
    VisitStmt(stmt);
    --indent_;
    active_ = outer;
  }

  std::string Declare(const Var& var) {
    std::string base = var->name_hint, name = base;
    for (int n = 1; !active_.insert(name).second; ++n) name = base + "_" + std::to_string(n);
    names_[var.get()] = name;
    return name;
  }

  std::string Expr(const PrimExpr& e, int parent = 0) {
    if (const auto* n = e.as<IntImmNode>()) {
      if (e->dtype.is_bool()) return n->value ? "true" : "false";
      if (n->value < 0 && !wraps_) BrokenContract("codegen", "a negative constant in unsigned arithmetic");
      return std::to_string(n->value);
    }
    if (const auto* n = e.as<FloatImmNode>()) return Float(n->value);
    if (const auto* n = e.as<StringImmNode>()) return n->value;
    if (const auto* n = e.as<VarNode>()) {
      auto it = names_.find(n);
      if (it == names_.end()) BrokenContract("codegen", "undefined variable " + std::string(n->name_hint));
      return it->second;
    }
    if (const auto* n = e.as<BufferLoadNode>()) return variables_.at(n->buffer.get());
    if (const auto* n = e.as<CastNode>()) return CastText(n, parent);
    if (const auto* n = e.as<SelectNode>()) return Choice(n->condition, n->true_value, n->false_value);
    if (const auto* n = e.as<AddNode>()) {
      const auto* b = n->b.as<IntImmNode>();
      if (b && b->value < 0) return Expr(n->a - IntImm(n->b.dtype(), -b->value), parent);
      return Infix(n, "+", 5, parent);
    }
    if (const auto* n = e.as<SubNode>()) {
      if (!wraps_ && !e->dtype.is_float() && !ranges_.analyzer.CanProve(n->a >= n->b))
        BrokenContract("codegen", "a difference that may be negative: " + Wrapping(e));
      return Infix(n, "-", 5, parent);
    }
    if (const auto* n = e.as<MulNode>()) return Infix(n, "*", 6, parent);
    if (const auto* n = e.as<FloorDivNode>()) return Quotient(n, "/", "floor_div", parent);
    if (const auto* n = e.as<FloorModNode>()) return Quotient(n, "%", "floor_mod", parent);
    if (const auto* n = e.as<DivNode>()) return Quotient(n, "/", "", parent);
    if (const auto* n = e.as<ModNode>()) return Quotient(n, "%", "", parent);
    if (const auto* n = e.as<LTNode>()) return Ordered(n, "<", parent);
    if (const auto* n = e.as<LENode>()) return Ordered(n, "<=", parent);
    if (const auto* n = e.as<GTNode>()) return Ordered(n, ">", parent);
    if (const auto* n = e.as<GENode>()) return Ordered(n, ">=", parent);
    if (const auto* n = e.as<EQNode>()) return Equality(n, "==", parent);
    if (const auto* n = e.as<NENode>()) return Equality(n, "!=", parent);
    if (const auto* n = e.as<AndNode>()) return Infix(n, "&&", 2, parent);
    if (const auto* n = e.as<OrNode>()) return Infix(n, "||", 1, parent);
    if (const auto* n = e.as<NotNode>()) return "!" + Expr(n->a, 7);
    if (const auto* n = e.as<MinNode>()) return Extreme(n, "min");
    if (const auto* n = e.as<MaxNode>()) return Extreme(n, "max");
    if (const auto* n = e.as<CallNode>()) return CallText(n, parent);
    TVM_FFI_THROW(ValueError) << "Unknown intrinsic: expression " << e->GetTypeKey();
    TVM_FFI_UNREACHABLE();
  }

  // Operators that associate print their left operand at their own level; `a - (b - c)` keeps its parentheses, and so
  // does every mixture of /, % and *.
  template <typename Node>
  std::string Infix(const Node* n, const char* op, int level, int parent) {
    const bool mul = level == 6;
    std::string left = Expr(n->a, mul ? level + (op[0] != '*') : level);
    std::string right = Expr(n->b, level + 1);
    std::string text = left + " " + op + " " + right;
    return parent > level ? "(" + text + ")" : text;
  }

  // Whether two numbers are equal does not depend on their signs.
  template <typename Node>
  std::string Equality(const Node* n, const char* op, int parent) {
    const bool outer = std::exchange(wraps_, wraps_ || !NeverNegative(n->a) || !NeverNegative(n->b));
    std::string text = Infix(n, op, 3, parent);
    wraps_ = outer;
    return text;
  }

  bool NeverNegative(const PrimExpr& e) {
    return e->dtype.is_uint() || e->dtype.is_bool() || e->dtype.is_float() || ranges_.analyzer.CanProve(e >= 0);
  }

  std::string Wrapping(const PrimExpr& e) {
    const bool outer = std::exchange(wraps_, true);
    std::string text = Expr(e);
    wraps_ = outer;
    return text;
  }

  std::string Choice(const PrimExpr& condition, const PrimExpr& a, const PrimExpr& b) {
    return "(" + Expr(condition, 1) + " ? " + Expr(a, 1) + " : " + Expr(b, 1) + ")";
  }

  std::string CastText(const CastNode* cast, int parent) {
    const bool to_float = cast->dtype.is_float(), from_float = cast->value->dtype.is_float();
    if (to_float == from_float) return Expr(cast->value, parent);
    if (cast->dtype.is_bool()) return "(" + Expr(cast->value, 4) + " != 0)";
    if (!to_float) return "static_cast<int32_t>(" + Expr(cast->value) + ")";
    return "static_cast<float>(" + (cast->value->dtype.is_bool() ? Expr(cast->value) : Signed(cast->value)) + ")";
  }

  // Arithmetic on uint32_t wraps around and holds negative numbers as int32_t does; only their order and their
  // quotients differ.
  std::string Signed(const PrimExpr& e) {
    if (e.as<IntImmNode>()) return Wrapping(e);
    return "static_cast<int32_t>(" + Wrapping(e) + ")";
  }

  // `function` rounds as the operation does; none where C++'s operator does, which rounds towards 0.
  template <typename Node>
  std::string Quotient(const Node* n, const char* op, const std::string& function, int parent) {
    if (NeverNegative(n->a) && NeverNegative(n->b)) return Infix(n, op, 6, parent);
    const std::string a = Signed(n->a), b = Signed(n->b);
    if (function.empty()) return fmt::format("static_cast<uint32_t>({} {} {})", a, op, b);
    element_needs.insert("floor_div");
    return fmt::format("static_cast<uint32_t>({}<int32_t>({}, {}))", function, a, b);
  }

  // Shifts and bit operations of whole numbers; a shift to the right keeps the sign.
  std::optional<std::string> BitOperation(const CallNode* call, const std::string& name, int parent) {
    auto operand = [this](const PrimExpr& e) {
      const bool outer = std::exchange(wraps_, true);
      std::string text = Expr(e, 7);
      wraps_ = outer;
      return text;
    };
    if (name == "tirx.bitwise_not") return (call->dtype.is_bool() ? "!" : "~") + operand(call->args[0]);
    auto it = BitOperators().find(name);
    if (it == BitOperators().end()) return std::nullopt;
    const bool sign = name == "tirx.shift_right" && !NeverNegative(call->args[0]);
    const std::string left = sign ? Signed(call->args[0]) : operand(call->args[0]);
    std::string text = left + " " + it->second + " " + operand(call->args[1]);
    if (sign) return "static_cast<uint32_t>(" + text + ")";
    return parent > 0 ? "(" + text + ")" : text;
  }

  template <typename Node>
  std::string Ordered(const Node* n, const char* op, int parent) {
    if (NeverNegative(n->a) && NeverNegative(n->b)) return Infix(n, op, 4, parent);
    std::string text = Signed(n->a) + " " + op + " " + Signed(n->b);
    return parent > 4 ? "(" + text + ")" : text;
  }

  template <typename Node>
  std::string Extreme(const Node* n, const char* name) {
    if (NeverNegative(n->a) && NeverNegative(n->b))
      return fmt::format("std::{}<{}>({}, {})", name, n->dtype.is_float() ? "float" : "uint32_t", Expr(n->a),
                         Expr(n->b));
    return fmt::format("std::{}<int32_t>({}, {})", name, Signed(n->a), Signed(n->b));
  }

  static std::string Float(double value) {
    if (std::isinf(value)) return value < 0 ? "-INFINITY" : "INFINITY";
    if (std::isnan(value)) return "NAN";
    std::string text = fmt::format("{:.9g}", static_cast<float>(value));
    if (text.find_first_of(".e") == std::string::npos) text += ".0";
    return text + "f";
  }

  std::string CallText(const CallNode* call, int parent) {
    const std::string name = OpName(call);
    if (name == "tl.infinity") return "INFINITY";
    if (name == "tt.f32_bits") {
      const float value = static_cast<float>(call->args[0].as<FloatImmNode>()->value);
      uint32_t bits = 0;
      std::memcpy(&bits, &value, sizeof bits);
      return fmt::format("0x{:08x}u /* {} */", bits, Float(value));
    }
    if (name == "tt.tiles_to_rows" || name == "tt.rows_to_tiles") {
      element_needs.insert("rows_and_tiles");
      const bool to_rows = name == "tt.tiles_to_rows";
      return fmt::format(fmt::runtime(to_rows ? "tiles_to_rows(get_read_ptr({0}), {1}, {2}, {3}, {4}, {5})"
                                              : "rows_to_tiles({1}, get_write_ptr({0}), {2}, {3}, {4}, {5})"),
                         StrArg(call, 0), rows_.at(StrArg(call, 1)), Expr(call->args[2]), Expr(call->args[3]),
                         Expr(call->args[4]), Expr(call->args[5]));
    }
    if (name == "tirx.if_then_else") return Choice(call->args[0], call->args[1], call->args[2]);
    if (name == "tirx.likely") return Expr(call->args[0], parent);
    if (auto bits = BitOperation(call, name, parent)) return *bits;
    if (name == "tt.as_index") return Wrapping(call->args[0]);
    const bool outer = wraps_;
    std::string callee;
    size_t first = 0;
    if (name == "tt.f32_of_int") {
      callee = call->args[0]->dtype.is_float() ? "fp32_bits" : "float_bits";
      (call->args[0]->dtype.is_float() ? float_number_bits : float_bits) = wraps_ = true;
    } else if (name == "tt.init") {
      callee = StrArg(call, 0);
      first = 1;
    } else {
      const DeviceOp* op = FindDeviceOp(name);
      if (!op) TVM_FFI_THROW(ValueError) << "Unknown intrinsic: " << name;
      callee = std::string(op->callee);
      headers.insert(std::string(op->header));
      zero_page = zero_page || name == "tt.zero_page";
      if (name.rfind("tt.fill_index_tile", 0) == 0) fill_index_tile = wraps_ = true;
      if (name == "tt.fill_tile_int") wraps_ = true;
    }
    const bool page = name == "tt.noc_async_read_page" || name == "tt.noc_async_write_page";
    std::string args;
    for (size_t i = first; i < call->args.size(); ++i) {
      if (i > first) args += ", ";
      args += page && i == 1 ? StrArg(call, 1) + "_acc" : Expr(call->args[i]);
    }
    wraps_ = outer;
    return callee + "(" + args + ")";
  }

  const PrimFunc& func_;
  std::map<std::string, std::string> rows_;  // buffers held as rows -> what C++ calls them
  int indent_ = 1;
  Span span_;                  // of the statement at hand
  UserLine quoted_;            // that the last comment gives
  std::set<UserLine> around_;  // of the loops and choices that are open: said already
  std::vector<std::string> args_;
  bool wraps_ = false;  // negative numbers may occur: what is printed is right modulo 2^32
  std::unordered_map<const VarNode*, std::string> names_;
  std::unordered_map<const BufferNode*, std::string> variables_;  // T.alloc_var
  std::set<std::string> active_;                                  // names in scope
  SourceText* source_text_;
  ScalarRanges ranges_;
};

std::string DescribeDepth(const CbRecord& cb) {
  if (cb.ChunkTiles() < cb.Tiles()) return fmt::format(", room for {}", cb.ChunkTiles() * cb.depth);
  return cb.depth > 1 ? fmt::format(", {} blocks deep", cb.depth) : "";
}

// What loops over elements need in front of the kernel, each piece behind those that it uses.
std::string ElementText(std::set<std::string> needs) {
  if (needs.count("rows_and_tiles")) needs.insert("tile_element");
  std::string text;
  if (needs.count("bf16")) text += element_text::kBf16;
  if (needs.count("fp16")) text += element_text::kFp16;
  if (needs.count("fp8_e4m3") || needs.count("fp8_e5m2")) text += element_text::kFp8;
  if (needs.count("fp8_e8m0")) text += element_text::kFp8E8m0;
  if (needs.count("fp4_e2m1")) text += element_text::kFp4;
  if (needs.count("tile_element")) text += element_text::kTileElement;
  if (needs.count("elements")) text += element_text::kElements;
  if (needs.count("rows_and_tiles")) text += element_text::kRowsAndTiles;
  if (needs.count("turn")) text += element_text::kTurn;
  if (needs.count("floor_div")) text += element_text::kFloorDiv;
  if (needs.count("philox")) text += element_text::kPhilox;
  return text;
}

std::string Title(const std::string& role) {
  return std::string(1, static_cast<char>(std::toupper(role[0]))) + role.substr(1);
}

}  // namespace

PrintedKernel PrintKernel(const PrimFunc& func, SourceText* source_text) {
  const std::string role = func->GetAttr<String>(attr::kKernelRole).value();
  const auto* nothing = func->body.as<EvaluateNode>();
  if (role != "compute" && !func->params.empty() && nothing && nothing->value.as<IntImmNode>()) {
    TVM_FFI_THROW(ValueError) << Title(role) << " kernel has empty or incomplete IR body, but moves "
                              << func->buffer_map.at(func->params[0])->name
                              << ": check that the lowering passes C1-C2 and D1-D5 have run";
  }
  const std::string name = func->GetAttr<String>(attr::kKernelName).value_or("main");
  CbTable cbs = CbTable::FromFunc(func);
  auto indices = func->GetAttr<Map<String, Any>>(attr::kCbIndices).value();
  std::vector<std::string> args;
  for (const String& arg : func->GetAttr<Array<String>>(attr::kRuntimeArgs).value()) args.push_back(arg);

  std::set<std::string> reserved = ReservedNames();
  reserved.insert(args.begin(), args.end());
  for (const auto& [cb, index] : indices) reserved.insert(cb);
  for (const Var& param : func->params) {
    const std::string tensor = func->buffer_map.at(param)->name;
    reserved.insert({tensor + "_acc", tensor + "_args"});
  }
  const bool riscv = indices.count("cb_" + role + "_rows") > 0;
  reserved.insert({"floor_div", "floor_mod"});
  if (riscv) {
    // Names of the text in front.
    reserved.insert({"rows_l1", "bf16", "fp16", "fp8", "fp8_e4m3", "fp8_e5m2", "fp8_e8m0", "fp4_e2m1", "std",
                     "Elements", "tile_element", "Turn", "turn", "philox"});
    for (const Map<String, Any>& item : func->GetAttr<Array<Map<String, Any>>>(attr::kRiscvBuffers).value())
      if (GetStr(item, "kind") == "page") reserved.insert(GetStr(item, "name") + "_elements");
  }
  KernelPrinter printer(func, args, reserved, source_text);
  printer.Print(func->body);

  std::string out = fmt::format("// Generated TT {} Kernel (IR-Driven)\n", Title(role));
  if (role == "compute") {
    auto grid = func->GetAttr<Array<Integer>>(attr::kCoreGrid).value();
    out +=
        fmt::format("// Grid: {}x{}\n// Cores: {}\n", grid[0]->value, grid[1]->value, grid[0]->value * grid[1]->value);
  }
  out += fmt::format("// {} of TileLang kernel `{}`.\n", Title(role), name);
  if (printer.body.find("std::m") != std::string::npos) out += "#include <algorithm>\n";
  out += "#include <cstdint>\n";
  const bool riscv_elements = role != "compute" && riscv;
  if (riscv_elements) out += "#include <algorithm>\n#include <bit>\n";
  if (riscv_elements || printer.body.find("INFINITY") != std::string::npos ||
      printer.body.find("NAN") != std::string::npos)
    out += "#include <cmath>\n";
  out += "\n";
  if (role == "compute") {
    printer.headers.insert("api/compute/common.h");
    for (const auto& header : printer.headers) out += fmt::format("#include \"{}\"\n", header);
  } else {
    out += "#include \"api/dataflow/dataflow_api.h\"\n";
    for (const char* debug : {"assert", "dprint"})
      if (printer.element_needs.count(debug)) out += fmt::format("#include \"api/debug/{}.h\"\n", debug);
  }
  if (printer.zero_page) out += kZeroPage;
  out += ElementText(printer.element_needs);
  if (printer.float_bits) out += kFloatBits;
  if (printer.float_number_bits) out += kFloatNumberBits;
  if (printer.fill_index_tile) out += kFillIndexTile;
  out += "\nvoid kernel_main() {\n";
  size_t blocks = 0;  // arguments that are a list of blocks
  for (size_t i = 0; i < args.size(); ++i) {
    if (args[i] == kFirstBlockArg) {
      out += fmt::format("    // Arguments from {} on: the numbers of this core's blocks.\n", i);
      blocks = WorkArgNames(WorkOf(func)).size() - 1;
    }
    if (blocks > 0) {
      --blocks;
      continue;
    }
    out += fmt::format("    const uint32_t {} = get_arg_val<uint32_t>({});\n", args[i], i);
  }
  for (const CbRecord& cb : cbs.records()) {
    if (!indices.count(cb.name)) continue;
    out += fmt::format("    constexpr uint32_t {} = tt::CBIndex::c_{};  // {}: {} {} tile{}{}\n", cb.name, cb.index,
                       cb.buffer, cb.Tiles(), cb.data_format.empty() ? cb.dtype : cb.data_format,
                       cb.Tiles() == 1 ? "" : "s", DescribeDepth(cb));
  }
  if (role != "compute") {
    std::string previous;
    for (const Var& param : func->params) {
      const std::string tensor = func->buffer_map.at(param)->name;
      out += fmt::format("    constexpr auto {0}_args = TensorAccessorArgs<{1}>();\n", tensor,
                         previous.empty() ? "0" : previous + "_args.next_compile_time_args_offset()");
      out += fmt::format("    const auto {0}_acc = TensorAccessor({0}_args, {0}_addr);\n", tensor);
      previous = tensor;
    }
  }
  out += "\n";
  PrintedKernel printed;
  auto line = static_cast<uint32_t>(std::count(out.begin(), out.end(), '\n'));
  for (const Span& span : printer.line_spans) {
    ++line;
    if (!span.defined()) continue;
    const auto origin = static_cast<uint32_t>(span->line);
    PrintedLines* last = printed.origins.empty() ? nullptr : &printed.origins.back();
    const std::string file = span->source_name->name;
    if (last && last->line + last->count == line && last->origin == origin && last->file == file) {
      ++last->count;
    } else {
      printed.origins.push_back({line, 1, file, origin});
    }
  }
  printed.source = out + printer.body + "}\n";
  return printed;
}

}  // namespace tltt::compiler
