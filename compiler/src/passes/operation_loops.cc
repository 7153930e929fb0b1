#include "passes/operation_loops.h"

#include <utility>
#include <vector>

#include "analysis/access.h"
#include "ir/diagnostics.h"
#include "ir/ops.h"
#include "op/copy.h"
#include "op/transpose.h"

namespace tltt::compiler {

namespace {

// for vars[0] in parallel(extents[0]): ...: dst[to] = value
Stmt ParallelStore(const std::vector<Var>& vars, const std::vector<int64_t>& extents, const Buffer& dst, PrimExpr value,
                   const Array<PrimExpr>& to, const Span& span) {
  if (value->dtype != dst->dtype) value = cast(dst->dtype, value);
  Stmt body = BufferStore(dst, value, to, std::nullopt, span);
  for (size_t d = vars.size(); d-- > 0;)
    body = For(vars[d], Int(0), Int(extents[d]), ForKind::kParallel, body, std::nullopt, {}, std::nullopt, span);
  return body;
}

}  // namespace

Stmt CopyLoop(const Region& src, const Region& dst, const Span& span) {
  std::vector<Var> vars;
  std::vector<int64_t> extents;
  for (int axis : WideAxes(dst.extents)) {
    vars.emplace_back("c" + std::to_string(vars.size()), DataType::Int(32));
    extents.push_back(dst.extents[axis]);
  }
  auto at = [&](const Region& region) {
    Array<PrimExpr> indices;
    size_t next = 0;
    for (size_t d = 0; d < region.extents.size(); ++d)
      indices.push_back(region.extents[d] == 1 ? region.mins[d] : region.mins[d] + vars.at(next++));
    return indices;
  };
  std::vector<int64_t> given;
  for (int axis : WideAxes(src.extents)) given.push_back(src.extents[axis]);
  if (given != extents)
    Refuse(span,
           "T.copy from `" + std::string(src.buffer->name) + "` to `" + std::string(dst.buffer->name) +
               "`: the blocks differ in shape",
           "copy blocks of one shape");
  return ParallelStore(vars, extents, dst.buffer, BufferLoad(src.buffer, at(src)), at(dst), span);
}

Stmt TransposeLoop(const CallNode* call, const Span& span) {
  const tl::TileOperator op = tl::ParseOperator(GetRef<Call>(call));
  const auto* transpose = op.as<tl::TransposeNode>();
  const Region src = ToRegion(transpose->src, transpose->src_range, span, "T.transpose"),
               dst = ToRegion(transpose->dst, transpose->dst_range, span, "T.transpose");
  if (src.buffer.same_as(dst.buffer))
    Refuse(span, "T.transpose of a buffer onto itself is not supported", "write it to another buffer");
  std::vector<int64_t> turned = src.extents;
  std::swap(turned[turned.size() - 1], turned[turned.size() - 2]);
  if (turned != dst.extents)
    Refuse(span, "T.transpose between blocks whose shapes are not each other's transpose",
           "give the result's block the turned shape");
  Array<PrimExpr> from, to;
  std::vector<Var> vars;
  for (size_t d = 0; d < src.extents.size(); ++d) {
    vars.emplace_back("t" + std::to_string(d), DataType::Int(32));
    from.push_back(src.mins[d] + vars[d]);
  }
  std::vector<Var> swapped = vars;
  std::swap(swapped[swapped.size() - 1], swapped[swapped.size() - 2]);
  for (size_t d = 0; d < swapped.size(); ++d) to.push_back(dst.mins[d] + swapped[d]);
  return ParallelStore(vars, src.extents, dst.buffer, BufferLoad(src.buffer, from), to, span);
}

Stmt Im2ColLoop(const CallNode* call, const Span& span) {
  const tl::TileOperator op = tl::ParseOperator(GetRef<Call>(call));
  const auto* im2col = op.as<tl::Im2ColOpNode>();
  const Buffer image = im2col->src_;
  const Region col = ToRegion(im2col->dst_, im2col->dstRegion_->region, span, "T.im2col");
  const Region whole = ToRegion(image, im2col->srcRegion_->region, span, "T.im2col");
  bool starts_at_0 = true;
  for (const PrimExpr& min : whole.mins) starts_at_0 = starts_at_0 && is_zero(min);
  if (image->shape.size() != 4 || !starts_at_0)
    Refuse(span, "T.im2col of anything but a whole image of shape (N, H, W, C) is not supported",
           "pass the image tensor itself");
  if (col.extents.size() != 2)
    Refuse(span, "T.im2col into a buffer that has not two axes is not supported", "give it the shape (rows, columns)");

  const PrimExpr images = image->shape[0], height = image->shape[1], width = image->shape[2],
                 channels = image->shape[3];
  const int kernel = im2col->kernel_, stride = im2col->stride_, dilation = im2col->dilation_, pad = im2col->padding_;
  auto places = [&](const PrimExpr& length) {
    return floordiv(length + (2 * pad - dilation * (kernel - 1) - 1), stride) + 1;
  };
  const PrimExpr out_height = places(height), out_width = places(width);
  const std::vector<Var> vars = {Var("row", DataType::Int(32)), Var("column", DataType::Int(32))};
  const PrimExpr m = im2col->nhw_step_ * Int(col.extents[0]) + vars[0],
                 k = im2col->c_step_ * Int(col.extents[1]) + vars[1];
  const PrimExpr n = floordiv(m, out_height * out_width),
                 y = floormod(floordiv(m, out_width), out_height) * stride + floordiv(k, channels * kernel) * dilation -
                     pad,
                 x = floormod(m, out_width) * stride + floormod(floordiv(k, channels), kernel) * dilation - pad,
                 c = floormod(k, channels);
  // Columns behind the last one have a kernel row `kernel`, which may lie inside the image.
  const PrimExpr inside = n < images && k < channels * (kernel * kernel) && y >= 0 && y < height && x >= 0 && x < width;
  const PrimExpr value = if_then_else(inside, BufferLoad(image, {n, y, x, c}), make_zero(image->dtype));
  return ParallelStore(vars, col.extents, col.buffer, value, {col.mins[0] + vars[0], col.mins[1] + vars[1]}, span);
}

}  // namespace tltt::compiler
