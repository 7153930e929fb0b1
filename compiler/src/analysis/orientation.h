// Along which axis of tiles each vector on chip lies: a row of tiles (as a tensor of one axis is stored) or a column
// (as a reduction of rows leaves it, and as the broadcast along columns wants it).
#pragma once

#include <functional>
#include <unordered_map>
#include <unordered_set>

#include "analysis/access.h"

namespace tltt::compiler {

struct Orientation {
  std::unordered_set<const BufferNode*> columns;
  std::unordered_set<const BufferNode*> mixed;  // loaded from rows here and from columns there: needs a stage in front
};

// Vectors that are copied to one another or computed element by element lie alike; each such group goes the way that
// most of its reductions, broadcasts and transfers ask for. A vector that goes the other way somewhere is turned there.
// `column_region`: whether a region of a tensor is a column of tiles.
Orientation InferOrientation(const Stmt& body, const std::function<bool(const Region&)>& column_region);

// Extents without the unit axes.
std::vector<int64_t> Squeeze(const std::vector<int64_t>& extents);
std::vector<int64_t> ConstShape(const Buffer& buffer);
// (n, 1) is a column of tiles by its own shape.
bool IsColumnShape(const std::vector<int64_t>& shape);

}  // namespace tltt::compiler
