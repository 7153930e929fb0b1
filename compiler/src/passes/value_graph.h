// The distinct values of an expression over tiles: what a DST chain computes, each once.
#pragma once

#include <map>
#include <string>
#include <unordered_map>
#include <utility>
#include <vector>

#include "ir/ops.h"
#include "ir/records.h"
#include "ir/tvm.h"

namespace tltt::compiler {

struct Value {
  // kLoad: a tile of a buffer; kIndex: the tile of whole numbers of `cb`, plus the scalar; kFill: the scalar
  // everywhere; kOp: a device operation on other values, and on the scalar where it takes one; kCast: rounding to `op`,
  // a dtype; kReduce: `inner` over rows x cols tiles, joined by `op` along `pattern`: "row", "col", "batch", or "all"
  // of one column of tiles.
  enum Kind { kLoad, kIndex, kFill, kOp, kCast, kReduce } kind = kLoad;
  std::string op;           // device operation; dtype of casts; kind of reductions
  std::string cb, pattern;  // of loads; of reductions the dim as pattern
  PrimExpr inner;           // what a reduction reduces
  PrimExpr row, col;        // of loads from a part of a block: its first tile; undefined: the whole block
  bool nearest = false;     // tiles beside the part are its nearest one
  int64_t rows = 0, cols = 0;
  int64_t valid = 0;      // of a reduction: elements of its last tile that count, the others are padding; 0: all
  PrimExpr scalar;        // FloatImm, or an integer expression that the core computes; undefined: none
  std::vector<int> args;  // values, operands before users
  bool word = false;      // integers of 32 bits
  int uses = 0;
};

// Buffers for tiles of whole numbers i * row + j * column, made when a chain first needs them.
class IndexTiles {
 public:
  explicit IndexTiles(CbTable* cbs) : cbs_(cbs) {}
  std::string Get(int64_t i, int64_t j);
  // tt.index_tile statements that fill them, for the kernel's head.
  Array<Stmt> Fills() const;

 private:
  CbTable* cbs_;
  std::map<std::pair<int64_t, int64_t>, std::string> made_;
};

class ValueGraph {
 public:
  // `row`, `col`: the tile of the block that the chain computes.
  ValueGraph(const CbTable* cbs, IndexTiles* index_tiles, const ComputeRecord& compute, PrimExpr row, PrimExpr col)
      : cbs_(cbs),
        index_tiles_(index_tiles),
        fp32_dest_(compute.fp32_dest_acc),
        approximate_(compute.math_approx),
        row_(std::move(row)),
        col_(std::move(col)) {}

  int Build(const PrimExpr& expr);
  std::vector<Value> values;

 private:
  int Make(const PrimExpr& expr);
  int Intern(const Value& v);
  int Fill(const PrimExpr& scalar);
  int Fill(double constant) { return Fill(FloatImm(DataType::Float(32), constant)); }
  int Op(const std::string& op, std::vector<int> args, PrimExpr scalar = PrimExpr(), bool word = false);
  int Unary(const std::string& name, int a);
  int Power(int a, int b);
  int Index(const CallNode* call);
  int Cast(int a, const std::string& dtype);
  int Binary(const std::string& op, int a, int b);
  int Compare(const std::string& relation, int a, int b);
  bool IsFill(int v) const { return values[v].kind == Value::kFill; }
  const double* Constant(int v) const;  // null where the value is no constant

  const CbTable* cbs_;
  IndexTiles* index_tiles_;
  bool fp32_dest_;
  bool approximate_;  // functions that have such a form
  PrimExpr row_, col_;
  std::unordered_map<PrimExpr, int, ffi::ObjectPtrHash, ffi::ObjectPtrEqual> built_;  // shared parts once
};

// Arguments of a call that are expressions over tiles.
std::vector<PrimExpr> TileOperands(const CallNode* call);

}  // namespace tltt::compiler
