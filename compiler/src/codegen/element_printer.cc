#include "codegen/element_printer.h"

#include <fmt/format.h>

#include <cmath>
#include <limits>

#include "ir/diagnostics.h"
#include "ir/ops.h"
#include "ir/records.h"
#include "ir/riscv.h"
#include "tltt/program.h"

namespace tltt::compiler {

namespace {

std::string FloatText(double value, bool wide = false) {
  if (std::isinf(value)) return value < 0 ? "-INFINITY" : "INFINITY";
  if (std::isnan(value)) return "NAN";
  std::string text = wide ? fmt::format("{:.17g}", value) : fmt::format("{:.9g}", static_cast<float>(value));
  if (text.find_first_of(".e") == std::string::npos) text += ".0";
  return wide ? text : text + "f";
}

// The type in which values are computed: floats of fewer than 32 bits as float.
std::string ValueType(DataType dtype) {
  if (IsFloat(dtype)) return dtype.bits() == 64 ? "double" : "float";
  if (dtype.is_bool()) return "bool";
  return fmt::format("{}int{}_t", dtype.is_uint() ? "u" : "", dtype.bits());
}

// A literal of C++ that prints `text` as it stands where a format text is expected.
std::string FormatLiteral(const std::string& text) {
  std::string out = "\"";
  for (const char c : text) {
    if (c == '"' || c == '\\') out += '\\';
    if (c == '{' || c == '}') out += c;
    if (c == '\n') {
      out += "\\n";
    } else {
      out += c;
    }
  }
  return out + "\"";
}

std::string Name(DataType dtype) { return ffi::DLDataTypeToString(dtype); }

// Functions of one to three arguments and the C++ that computes them; {0}, {1} and {2} are the arguments.
const std::map<std::string, const char*>& Functions() {
  static const std::map<std::string, const char*> table = {
      {"tirx.exp", "std::exp({0})"},
      {"tirx.exp2", "std::exp2({0})"},
      {"tirx.exp10", "std::pow(10.0f, {0})"},
      {"tirx.log", "std::log({0})"},
      {"tirx.log2", "std::log2({0})"},
      {"tirx.log10", "std::log10({0})"},
      {"tirx.log1p", "std::log1p({0})"},
      {"tirx.sqrt", "std::sqrt({0})"},
      {"tirx.rsqrt", "(1.0f / std::sqrt({0}))"},
      {"tirx.tanh", "std::tanh({0})"},
      {"tirx.sinh", "std::sinh({0})"},
      {"tirx.cosh", "std::cosh({0})"},
      {"tirx.tan", "std::tan({0})"},
      {"tirx.sin", "std::sin({0})"},
      {"tirx.cos", "std::cos({0})"},
      {"tirx.asin", "std::asin({0})"},
      {"tirx.acos", "std::acos({0})"},
      {"tirx.atan", "std::atan({0})"},
      {"tirx.atan2", "std::atan2({0}, {1})"},
      {"tirx.erf", "std::erf({0})"},
      {"tirx.sigmoid", "(1.0f / (1.0f + std::exp(-({0}))))"},
      {"tirx.floor", "std::floor({0})"},
      {"tirx.ceil", "std::ceil({0})"},
      {"tirx.trunc", "std::trunc({0})"},
      {"tirx.round", "std::round({0})"},
      {"tirx.nearbyint", "std::nearbyint({0})"},
      {"tirx.fabs", "std::fabs({0})"},
      {"tirx.pow", "std::pow({0}, {1})"},
      {"tirx.fmod", "std::fmod({0}, {1})"},
      {"tirx.hypot", "std::hypot({0}, {1})"},
      {"tirx.nextafter", "std::nextafter({0}, {1})"},
      {"tirx.ldexp", "std::ldexp({0}, {1})"},
      {"tirx.copysign", "std::copysign({0}, {1})"},
      {"tirx.asinh", "std::asinh({0})"},
      {"tirx.acosh", "std::acosh({0})"},
      {"tirx.atanh", "std::atanh({0})"},
      {"tl.fma", "std::fma({0}, {1}, {2})"},
      {"tl.fast_rcp", "(1.0f / ({0}))"},
      {"tl.fmul", "(({0}) * ({1}))"},
      {"tl.ieee_add", "(({0}) + ({1}))"},
      {"tl.ieee_sub", "(({0}) - ({1}))"},
      {"tl.ieee_mul", "(({0}) * ({1}))"},
      {"tl.ieee_fmaf", "std::fma({0}, {1}, {2})"},
      {"tl.ieee_fdiv", "(({0}) / ({1}))"},
      {"tl.ieee_frcp", "(1.0f / ({0}))"},
      {"tl.ieee_fsqrt", "std::sqrt({0})"},
      {"tl.ieee_frsqrt", "(1.0f / std::sqrt({0}))"},
      {"tl.max_nan", "(std::isnan({0}) ? {0} : std::isnan({1}) ? {1} : std::fmax({0}, {1}))"},
      {"tl.min_nan", "(std::isnan({0}) ? {0} : std::isnan({1}) ? {1} : std::fmin({0}, {1}))"},
      {"tirx.isnan", "std::isnan({0})"},
      {"tirx.isinf", "std::isinf({0})"},
      {"tirx.isfinite", "std::isfinite({0})"},
      {"tl.__exp", "std::exp({0})"},
      {"tl.__exp10", "std::pow(10.0f, {0})"},
      {"tl.__log", "std::log({0})"},
      {"tl.__log2", "std::log2({0})"},
      {"tl.__log10", "std::log10({0})"},
      {"tl.__sin", "std::sin({0})"},
      {"tl.__cos", "std::cos({0})"},
      {"tl.__tan", "std::tan({0})"},
      {"tl.__pow", "std::pow({0}, {1})"},
  };
  return table;
}

}  // namespace

const std::map<std::string, const char*>& BitOperators() {
  static const std::map<std::string, const char*> table = {
      {"tirx.bitwise_and", "&"}, {"tirx.bitwise_or", "|"},   {"tirx.bitwise_xor", "^"},
      {"tirx.shift_left", "<<"}, {"tirx.shift_right", ">>"},
  };
  return table;
}

std::string StorageType(const std::string& dtype, std::set<std::string>* needs) {
  if (dtype == "float32") return "float";
  if (dtype == "float64") return "double";
  if (dtype == "bool") return "bool";
  static const std::map<std::string, std::string> narrow = {
      {"bfloat16", "bf16"},           {"float16", "fp16"},
      {"float8_e4m3fn", "fp8_e4m3"},  {"float8_e5m2", "fp8_e5m2"},
      {"float8_e8m0fnu", "fp8_e8m0"}, {"float4_e2m1fn", "fp4_e2m1"}};
  if (auto it = narrow.find(dtype); it != narrow.end()) {
    needs->insert(it->second);
    return it->second;
  }
  return dtype + "_t";
}

std::string ElementPrinter::Print(const Stmt& stmt) {
  text_.clear();
  line_spans_.clear();
  span_ = stmt->span;
  VisitStmt(stmt);
  return std::move(text_);
}

void ElementPrinter::Line(const std::string& text) {
  text_ += std::string(static_cast<size_t>(indent_) * 4, ' ') + text + "\n";
  line_spans_.push_back(span_);
}

void ElementPrinter::Nested(const Stmt& stmt) {
  const std::set<std::string> outer = *active_;
  ++indent_;
  VisitStmt(stmt);
  --indent_;
  *active_ = outer;
}

std::string ElementPrinter::Declare(const Var& var) {
  std::string base = var->name_hint, name = base;
  for (int n = 1; !active_->insert(name).second; ++n) name = base + "_" + std::to_string(n);
  names_[var.get()] = name;
  return name;
}

void ElementPrinter::VisitStmt_(const ForNode* node) {
  if (node->span.defined()) span_ = node->span;
  const std::string min = Expr(node->min), end = Expr(is_zero(node->min) ? node->extent : node->min + node->extent);
  const std::set<std::string> outer = *active_;
  if (node->extent.as<IntImmNode>() && node->min.as<IntImmNode>())
    analyzer_->Bind(node->loop_var, Range::FromMinExtent(node->min, node->extent), true);
  const std::string v = Declare(node->loop_var), type = ValueType(node->loop_var.dtype());
  Line(fmt::format("for ({1} {0} = {2}; {0} < {3}; ++{0}) {{", v, type, min, end));
  Nested(node->body);
  *active_ = outer;
  Line("}");
}

void ElementPrinter::VisitStmt_(const WhileNode* node) {
  Line(fmt::format("while ({}) {{", Expr(node->condition)));
  Nested(node->body);
  Line("}");
}

void ElementPrinter::VisitStmt_(const IfThenElseNode* node) {
  Line(fmt::format("if ({}) {{", Expr(node->condition)));
  Nested(node->then_case);
  if (node->else_case) {
    Line("} else {");
    Nested(node->else_case.value());
  }
  Line("}");
}

void ElementPrinter::VisitStmt_(const SeqStmtNode* node) {
  for (const Stmt& stmt : node->seq) VisitStmt(stmt);
}

void ElementPrinter::VisitStmt_(const AttrStmtNode* node) {
  if (!AsRiscv(GetRef<Stmt>(node))) VisitStmtDefault_(node);
  VisitStmt(node->body);
}

void ElementPrinter::VisitStmt_(const BindNode* node) {
  const std::string value = Expr(node->value);
  Line(fmt::format("const {} {} = {};", ValueType(node->var.dtype()), Declare(node->var), value));
}

void ElementPrinter::VisitStmt_(const AllocBufferNode* node) {
  // A variable of one element, made by the expansion of a tile operation.
  std::string base = node->buffer->name, name = base;
  for (int n = 1; !active_->insert(name).second; ++n) name = base + "_" + std::to_string(n);
  locals_[node->buffer.get()] = name;
  Line(fmt::format("{} {} = 0;", ValueType(node->buffer->dtype), name));
}

void ElementPrinter::VisitStmt_(const BufferStoreNode* node) {
  if (node->span.defined()) span_ = node->span;
  const std::string value = Expr(node->value);
  if (auto it = locals_.find(node->buffer.get()); it != locals_.end())
    return Line(fmt::format("{} = {};", it->second, value));
  if (auto it = variables_->find(node->buffer.get()); it != variables_->end())
    return Line(it->second + " = " + (IsFloat(node->buffer->dtype) ? value : "uint32_t(" + value + ")") + ";");
  Line(fmt::format("{} = {};", Index(node->buffer, node->indices), value));
}

void ElementPrinter::VisitStmt_(const EvaluateNode* node) {
  if (node->span.defined()) span_ = node->span;
  const auto* call = node->value.as<CallNode>();
  if (!call) {
    if (!node->value.as<IntImmNode>()) Line(Expr(node->value) + ";");
    return;
  }
  const std::string name = OpName(call);
  if (name == "tt.set_element") {
    return Line(fmt::format("{}_elements.set({}, {}, {});", StrArg(call, 0), Expr(call->args[1]), Expr(call->args[2]),
                            Expr(call->args[3])));
  }
  if (name == "tt.take_turn") return Line("turn.take();");
  if (name == "tt.forget") return Line(fmt::format("{}_elements.forget();", StrArg(call, 0)));
  if (name == "tl.loop_break" || name == "tirx.break_loop") return Line("break;");
  if (name == "tirx.continue_loop") return Line("continue;");
  if (name == "tl.device_assert" || name == "tl.device_assert_with_msg") return AssertText(call);
  if (name == "tirx.call_extern" && StrArg(call, 0).rfind("debug_print_", 0) == 0) return PrintText(call);
  Line(Expr(node->value) + ";");
}

// The device's ASSERT says where, not why: a message is printed in front of it.
void ElementPrinter::AssertText(const CallNode* call) {
  needs.insert("assert");
  const std::string condition = Expr(call->args[0]);
  if (call->args.size() < 2) return Line(fmt::format("ASSERT({});", condition));
  needs.insert("dprint");
  std::string message = call->args[1].as<StringImmNode>()->value;
  while (!message.empty() && message.back() == '\n') message.pop_back();
  Line(fmt::format("if (!({})) {{", condition));
  ++indent_;
  Line(fmt::format("DPRINT({});", FormatLiteral("device_assert failed: " + message + "\n")));
  Line(fmt::format("ASSERT({});", condition));
  --indent_;
  Line("}");
}

// T.print of a text, of a value or of an element of a buffer.
void ElementPrinter::PrintText(const CallNode* call) {
  needs.insert("dprint");
  const std::string kind = StrArg(call, 0);
  std::string text = FormatLiteral(StrArg(call, 1)), values;
  text.pop_back();  // the closing quotation mark
  auto value = [&](const PrimExpr& e) {
    // What the device would print as a letter, it prints as a number.
    const bool narrow = !IsFloat(e->dtype) && e->dtype.bits() < 32;
    values += ", " + (narrow ? fmt::format("int32_t({})", Expr(e)) : Expr(e));
  };
  if (kind == "debug_print_var") {
    text += ": {}";
    value(call->args[2]);
  } else if (kind == "debug_print_buffer_value") {
    text += fmt::format(": buffer={}, index={{}}, value={{}}", StrArg(call, 2));
    value(call->args[3]);
    value(call->args[4]);
  } else if (kind != "debug_print_msg") {
    BrokenContract("codegen", kind);
  }
  Line(fmt::format("DPRINT({}\\n\"{});", text, values));
}

void ElementPrinter::VisitStmtDefault_(const ffi::Object* node) {
  Refuse(span_, "statement " + std::string(node->GetTypeKey()) + " cannot run element by element",
         "write it as loops, loads and stores");
}

std::string ElementPrinter::Index(const Buffer& buffer, const Array<PrimExpr>& indices) {
  PrimExpr linear = Int(0);
  int64_t elements = 1;
  for (size_t d = 0; d < indices.size(); ++d) {
    linear = linear * buffer->shape[d] + indices[d];
    elements *= buffer->shape[d].as<IntImmNode>()->value;
  }
  linear = analyzer_->Simplify(linear);
  const std::string& name = rows_->at(buffer->name);
  if (elements == 1) return name + "[0]";
  return fmt::format("{}[{}]", name, Expr(linear));
}

std::string ElementPrinter::Infix(const PrimExpr& a, const PrimExpr& b, const char* op, int level, int parent,
                                  DataType dtype) {
  const bool mul = level == 6;
  std::string text = Expr(a, mul ? level + (op[0] != '*') : level) + " " + op + " " + Expr(b, level + 1);
  // C++ computes narrow integers as int; TIR wraps them.
  if ((dtype.is_int() || dtype.is_uint()) && !dtype.is_bool() && dtype.bits() < 32)
    return fmt::format("{}({})", ValueType(dtype), text);
  return parent > level ? "(" + text + ")" : text;
}

std::string ElementPrinter::Division(const PrimExpr& a, const PrimExpr& b, bool remainder, int parent) {
  if (analyzer_->CanProve(a >= make_zero(a->dtype)) && analyzer_->CanProve(b > make_zero(b->dtype)))
    return Infix(a, b, remainder ? "%" : "/", 6, parent, a->dtype);
  if (IsFloat(a->dtype)) {
    const std::string q = fmt::format("std::floor({} / {})", Expr(a, 6), Expr(b, 7));
    return remainder ? fmt::format("({} - {} * {})", Expr(a, 5), q, Expr(b, 7)) : q;
  }
  needs.insert("floor_div");
  const std::string type = ValueType(a->dtype);
  return fmt::format("floor_{}<{}>({}, {})", remainder ? "mod" : "div", type, Expr(a), Expr(b));
}

std::string ElementPrinter::CastText(DataType to, const PrimExpr& value) {
  const DataType from = value->dtype;
  const std::string inner = Expr(value);
  if (to.is_bool()) return fmt::format("({} != 0)", Expr(value, 4));
  if (!IsFloat(to)) return from == to ? inner : fmt::format("{}({})", ValueType(to), inner);
  if (from == to) return inner;
  const bool same = IsFloat(from) && ValueType(from) == ValueType(to);
  const std::string wide = same ? inner : fmt::format("{}({})", ValueType(to), inner);
  return to.bits() >= 32 ? wide : Rounded(to, wide);
}

// A float as it is after it was held in the narrow dtype.
std::string ElementPrinter::Rounded(DataType to, const std::string& value) {
  return fmt::format("float({}({}))", StorageType(Name(to), &needs), value);
}

std::string ElementPrinter::Constant(DataType dtype, double value, int parent) {
  std::string text = FloatText(value, dtype.bits() == 64);
  // Whole numbers that every float has need no rounding.
  const bool exact = std::abs(value) <= 8 && value == std::floor(value);
  if (dtype.bits() < 32 && !exact && std::isfinite(value)) return Rounded(dtype, text);
  return text[0] == '-' && parent > 5 ? "(" + text + ")" : text;
}

std::string ElementPrinter::Expr(const PrimExpr& e, int parent) {
  const DataType dtype = e->dtype;
  const bool scalar = dtype.is_handle() || dtype.is_bool() || dtype.is_void() || ElementBytesOfDtype(Name(dtype)) > 0;
  if (dtype.lanes() != 1 || !scalar) {
    Refuse(span_, "a value of dtype " + Name(dtype) + " cannot be computed element by element",
           "compute with scalars: floats of 4 to 64 bits, bool, integers");
  }
  if (const auto* n = e.as<IntImmNode>()) {
    if (dtype.is_bool()) return n->value ? "true" : "false";
    if (IsFloat(dtype)) return Constant(dtype, static_cast<double>(n->value), parent);
    if (dtype.is_int() && n->value == std::numeric_limits<int32_t>::min()) return "(-2147483647 - 1)";
    std::string text = std::to_string(n->value);
    if (dtype.is_uint() && dtype.bits() == 32) text += "u";
    if (dtype.bits() == 64) text += dtype.is_uint() ? "ull" : "ll";
    return n->value < 0 && parent > 5 ? "(" + text + ")" : text;
  }
  if (const auto* n = e.as<FloatImmNode>()) return Constant(dtype, n->value, parent);
  if (const auto* n = e.as<StringImmNode>()) return "\"" + std::string(n->value) + "\"";
  if (const auto* n = e.as<VarNode>()) {
    if (auto it = names_.find(n); it != names_.end()) return it->second;
    return fmt::format("{}({})", ValueType(dtype), outer_(n));  // the kernel's own variables are unsigned
  }
  if (const auto* n = e.as<CastNode>()) return CastText(dtype, n->value);
  if (const auto* n = e.as<BufferLoadNode>()) {
    if (auto it = locals_.find(n->buffer.get()); it != locals_.end()) return it->second;
    if (auto it = variables_->find(n->buffer.get()); it != variables_->end())
      return IsFloat(dtype) ? it->second : fmt::format("{}({})", ValueType(dtype), it->second);
    const std::string place = Index(n->buffer, n->indices);
    return IsFloat(dtype) && dtype.bits() < 32 ? "float(" + place + ")" : place;
  }
  if (const auto* n = e.as<AddNode>()) return Infix(n->a, n->b, "+", 5, parent, dtype);
  if (const auto* n = e.as<SubNode>()) return Infix(n->a, n->b, "-", 5, parent, dtype);
  if (const auto* n = e.as<MulNode>()) return Infix(n->a, n->b, "*", 6, parent, dtype);
  if (const auto* n = e.as<DivNode>()) return Infix(n->a, n->b, "/", 6, parent, dtype);
  if (const auto* n = e.as<ModNode>()) return Infix(n->a, n->b, "%", 6, parent, dtype);
  if (const auto* n = e.as<FloorDivNode>()) return Division(n->a, n->b, false, parent);
  if (const auto* n = e.as<FloorModNode>()) return Division(n->a, n->b, true, parent);
  if (const auto* n = e.as<LTNode>()) return Infix(n->a, n->b, "<", 4, parent, dtype);
  if (const auto* n = e.as<LENode>()) return Infix(n->a, n->b, "<=", 4, parent, dtype);
  if (const auto* n = e.as<GTNode>()) return Infix(n->a, n->b, ">", 4, parent, dtype);
  if (const auto* n = e.as<GENode>()) return Infix(n->a, n->b, ">=", 4, parent, dtype);
  if (const auto* n = e.as<EQNode>()) return Infix(n->a, n->b, "==", 3, parent, dtype);
  if (const auto* n = e.as<NENode>()) return Infix(n->a, n->b, "!=", 3, parent, dtype);
  if (const auto* n = e.as<AndNode>()) return Infix(n->a, n->b, "&&", 2, parent, dtype);
  if (const auto* n = e.as<OrNode>()) return Infix(n->a, n->b, "||", 1, parent, dtype);
  if (const auto* n = e.as<NotNode>()) return "!" + Expr(n->a, 7);
  if (const auto* n = e.as<MinNode>())
    return fmt::format("std::min<{}>({}, {})", ValueType(dtype), Expr(n->a), Expr(n->b));
  if (const auto* n = e.as<MaxNode>())
    return fmt::format("std::max<{}>({}, {})", ValueType(dtype), Expr(n->a), Expr(n->b));
  if (const auto* n = e.as<SelectNode>())
    return fmt::format("({} ? {} : {})", Expr(n->condition, 1), Expr(n->true_value, 1), Expr(n->false_value, 1));
  if (const auto* n = e.as<CallNode>()) return CallText(n, parent);
  Refuse(span_, "expression " + std::string(e->GetTypeKey()) + " cannot be computed element by element",
         "use arithmetic, comparisons and functions of scalars");
}

std::string ElementPrinter::CallText(const CallNode* call, int parent) {
  const std::string name = OpName(call);
  const auto& args = call->args;
  if (name == "tt.element") {
    const std::string text = fmt::format("{}_elements.get({}, {})", StrArg(call, 0), Expr(args[1]), Expr(args[2]));
    return IsFloat(call->dtype) && call->dtype.bits() < 32 ? "float(" + text + ")" : text;
  }
  if (name == "tt.tile_element") {
    needs.insert("tile_element");
    return fmt::format("tile_element({}, {})", Expr(args[0]), Expr(args[1]));
  }
  if (name == "tt.philox") {
    needs.insert("philox");
    return fmt::format("philox({}, {}, {})", Expr(args[0]), Expr(args[1]), Expr(args[2]));
  }
  if (name == "tirx.if_then_else")
    return fmt::format("({} ? {} : {})", Expr(args[0], 1), Expr(args[1], 1), Expr(args[2], 1));
  if (name == "tirx.likely") return Expr(args[0], parent);
  if (name == "tl.infinity") {
    if (!call->dtype.is_float8_e5m2()) return "INFINITY";
    return fmt::format("std::bit_cast<{}>(uint8_t{{0x7c}})",
                       StorageType(Name(call->dtype), &needs));  // no conversion gives it
  }
  if (name == "tirx.bitwise_not") return fmt::format("{}(~{})", ValueType(call->dtype), Expr(args[0], 7));
  if (name == "tirx.reinterpret") {
    if (IsFloat(call->dtype) && call->dtype.bits() < 32)
      return fmt::format("float(std::bit_cast<{}>({}))", StorageType(Name(call->dtype), &needs), Expr(args[0]));
    if (IsFloat(args[0]->dtype) && args[0]->dtype.bits() < 32)
      return fmt::format("std::bit_cast<{}>({}({}))", ValueType(call->dtype), StorageType(Name(args[0]->dtype), &needs),
                         Expr(args[0]));
    return fmt::format("std::bit_cast<{}>({})", ValueType(call->dtype), Expr(args[0]));
  }
  if (name == "tl.clamp" && args.size() == 3) {
    const std::string type = ValueType(call->dtype);
    return fmt::format("std::min<{0}>(std::max<{0}>({1}, {2}), {3})", type, Expr(args[0]), Expr(args[1]),
                       Expr(args[2]));
  }
  if (auto it = BitOperators().find(name); it != BitOperators().end()) {
    const std::string text = fmt::format("{} {} {}", Expr(args[0], 7), it->second, Expr(args[1], 7));
    return call->dtype.is_bool() || call->dtype.bits() >= 32 ? "(" + text + ")"
                                                             : fmt::format("{}({})", ValueType(call->dtype), text);
  }
  if (name == "tirx.popcount" || name == "tirx.clz") {
    const DataType own = args[0]->dtype;
    const char* count = name == "tirx.clz" ? "std::countl_zero" : "std::popcount";
    return fmt::format("{}({}(uint{}_t({})))", ValueType(call->dtype), count, own.bits(), Expr(args[0]));
  }
  if (auto it = Functions().find(name); it != Functions().end()) {
    if (name == "tirx.fabs" && !IsFloat(call->dtype)) return fmt::format("std::abs({})", Expr(args[0]));
    std::vector<std::string> texts;
    for (const PrimExpr& arg : args) {
      const auto* rounding = arg.as<StringImmNode>();
      if (rounding && rounding->value != "rn")
        Refuse(span_, "rounding mode " + std::string(rounding->value), "round to nearest (rn)");
      if (!rounding) texts.push_back(Expr(arg));
    }
    texts.resize(3);
    return fmt::format(fmt::runtime(std::string_view(it->second)), texts[0], texts[1], texts[2]);
  }
  Refuse(span_, "`" + (name.empty() ? std::string("this call") : name) + "` cannot be computed element by element",
         "use arithmetic, comparisons and functions of scalars");
}

}  // namespace tltt::compiler
