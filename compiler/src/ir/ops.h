// The tt operations: what passes exchange instead of TileLang's tile ops. Two tiers:
//  - protocol-free block operations (C1, C2): tt.read_to_cb, tt.write_from_cb, tt.mm.mma, tt.tile.*, tt.fpu.*,
//  tt.sfpu.*;
//  - device operations (D3-D5): each is one line of TT-Metalium's device API, found in the table by its name.
// Circular buffers are named by StringImm ("cb_in0"); tiles, pages and DST slots are integer expressions.
#pragma once

#include <initializer_list>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "ir/tvm.h"

namespace tltt::compiler {

// Where a device operation may stand, and how it prints.
struct DeviceOp {
  std::string_view name;    // "tt.copy_tile"
  std::string_view callee;  // "copy_tile"
  std::string_view header;  // to be included by the kernel that uses it
  // What must have been configured before it (compute only): the init call, whose arguments are the op's own at
  // init_args; ops with equal init callee and data formats share one init. Empty: none.
  std::string_view init = {};
  std::string_view init_args = {};          // indices of the op's arguments, one digit each: "01"
  char engine = 0;                          // 'F': FPU and unpacker, 'S': vector unit (SFPU), 'P': packer, 0: none
  std::string_view src_a = {}, src_b = {};  // argument index of the CB that each source register reads
  std::string_view slots = "0";             // 'S': indices of the arguments that are DST slots
};

const DeviceOp* FindDeviceOp(const std::string& name);
const std::vector<DeviceOp>& DeviceOps();

// Op of the registry by its full name; BrokenContract when it is unknown.
const Op& TtOp(const std::string& name);
PrimExpr TtCall(const std::string& name, Array<PrimExpr> args, DataType dtype = DataType::Void());
Stmt TtStmt(const std::string& name, Array<PrimExpr> args, Span span = Span());
// The call if `stmt` is Evaluate(tt.<...>), else null; `name`: only that operation.
const CallNode* AsTt(const Stmt& stmt, std::string_view name = {});
const CallNode* AsTt(const PrimExpr& expr, std::string_view name = {});
std::string OpName(const CallNode* call);  // "tt.copy_tile"; empty when the callee is no Op

// The block that one of TileLang's tile operations takes: tl.region(first element, access, extents...).
bool IsRegion(const CallNode* call);
// launch_thread_idx(axis), or null.
const CallNode* AsThreadIndex(const PrimExpr& expr);

inline PrimExpr Int(int64_t value) { return IntImm(DataType::Int(32), value); }
inline PrimExpr Str(const std::string& s) { return StringImm(s); }
std::string StrArg(const CallNode* call, size_t index);
int64_t IntArg(const CallNode* call, size_t index);

// A vector-unit operation on one DST slot: how TIR spells it and what the device calls it.
struct UnaryOp {
  std::string_view tir;           // "tirx.exp"; empty: users have no function of this name
  std::string_view name;          // "exp": argument of tt.sfpu.unary
  std::string_view device;        // "tt.exp_tile"
  std::optional<double> operand;  // the device operation's scalar: 1 / ln 2 for log2
};
const std::vector<UnaryOp>& UnaryOps();
const UnaryOp* FindUnaryByTir(const std::string& tir_op);
const UnaryOp* FindUnary(const std::string& name);

// Functions of two operands that users call, as block operations: "tirx.pow" is tt.tile.pow.
struct BinaryFunction {
  std::string_view tir, name;
  std::string_view block;  // "tt.tile.pow"
};
const std::vector<BinaryFunction>& BinaryFunctions();

}  // namespace tltt::compiler
