// Tile operations that are loops over elements in disguise. LegalizeFrontend writes them as the T.Parallel that a user
// would have written, so that the passes behind it decide alone which engine runs it.
#pragma once

#include "analysis/access.h"

namespace tltt::compiler {

// T.copy(src, dst). Refuses: blocks that differ in shape, other than by axes of extent 1.
Stmt CopyLoop(const Region& src, const Region& dst, const Span& span);

// T.transpose(src, dst): a T.Parallel that stores each element at its turned place. `span`: the user's statement.
// Refuses: a buffer onto itself, blocks whose shapes are not each other's transpose.
Stmt TransposeLoop(const CallNode* call, const Span& span);

// T.im2col(img, col, row_block, col_block, K, S, D, P): row m of the matrix is the place (n, oh, ow) of the result of a
// K x K convolution over an image of shape (N, H, W, C), column k is (kh, kw, c); what lies in the padding or beyond
// the last image is zero. `col`, of shape (rows, cols), gets the block (row_block, col_block) of that matrix.
// Refuses: an image that is not of four axes, a part of an image, a matrix that is not of two.
Stmt Im2ColLoop(const CallNode* call, const Span& span);

}  // namespace tltt::compiler
