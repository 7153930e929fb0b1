// D3's part for statements that run element by element: accesses to tensors become accesses to pages.
#pragma once

#include <vector>

#include "analysis/scalars.h"
#include "ir/records.h"
#include "ir/riscv.h"

namespace tltt::compiler {

// A[i, j]          -> tt.element("A", page, place), 0 where the index may lie outside of the tensor and does
// A[i, j] = x      -> if inside: tt.set_element("A", page, place, x)
// at the end       -> tt.forget("A") for tensors that the kernel writes
Stmt LowerRiscv(const AttrStmtNode* node, const std::vector<TensorRecord>& tensors, ScalarRanges* ranges);

}  // namespace tltt::compiler
