// How statements touch buffers: regions of tile ops, and the affine accesses of T.Parallel nests.
#pragma once

#include <string>
#include <vector>

#include "ir/tvm.h"

namespace tltt::compiler {

// A rectangle of a buffer: mins may depend on loop variables and block indices, extents are constant.
struct Region {
  Buffer buffer;
  std::vector<PrimExpr> mins;
  std::vector<int64_t> extents;
};

// Constant extents or a refusal; `what` names the statement for the message.
Region ToRegion(const Buffer& buffer, const Array<Range>& ranges, const Span& span, const std::string& what);
bool IsWhole(const Region& region);  // of its on-chip buffer
// Refuses a region that is a part of its on-chip buffer; `what` says what touches it: "T.gemm uses".
void RequireWhole(const Region& region, const Span& span, const std::string& what);
PrimExpr RegionExpr(const Region& region);    // tl.region(...)
Region RegionFromExpr(const PrimExpr& expr);  // inverse of RegionExpr
// Axes with extent > 1, in order.
std::vector<int> WideAxes(const std::vector<int64_t>& extents);

bool IsGlobal(const Buffer& buffer);  // a tensor parameter, not an on-chip block

bool IsScalarVariable(const Buffer& buffer);  // T.alloc_var

// What an atomic operation works on, tl.access_ptr(element, ...); a refusal where `pointer` is something else.
const BufferLoadNode* AtomicElement(const PrimExpr& pointer, const Span& span);

// A nest of T.Parallel loops and the stores in its body, in order.
struct ParallelNest {
  std::vector<Var> vars;
  std::vector<int64_t> extents;
  std::vector<BufferStore> stores;
  std::vector<Buffer> variables;  // scalar variables that the body uses as names for an element's values
  Span span;
};
bool IsElementLoop(const ForNode* loop);  // T.Parallel or T.vectorized
// Refuses what is no plain nest: other statements, extents that are not constant. A store under a condition becomes the
// store of a choice between the new value and the old; conditions that only keep a tensor's indices inside its shape
// are dropped, because reads beyond the edge give 0 and writes do nothing.
ParallelNest ParseParallel(const ForNode* loop);

// One index list against a nest's variables: index[d] = base[d] + vars[var[d]], or base[d] alone where var[d] is -1.
struct IndexMatch {
  std::vector<PrimExpr> base;
  std::vector<int> var;
};
IndexMatch MatchIndices(const Array<PrimExpr>& indices, const ParallelNest& nest, const Buffer& buffer,
                        const Span& span);
// The rectangle of the buffer that the nest touches through it.
Region RegionOf(const IndexMatch& match, const ParallelNest& nest, const Buffer& buffer);

struct TensorAccess {
  Region region;
  bool write = false;
  Span span;
};
// All accesses of tile operations to global buffers of a function's body, in program order.
std::vector<TensorAccess> CollectTensorAccesses(const Stmt& body);
// Those of statements that run element by element: regions of one element, at indices of the statements' own loops.
std::vector<TensorAccess> CollectElementAccesses(const Stmt& body);

}  // namespace tltt::compiler
