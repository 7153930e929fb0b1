// Types of fewer than 8 bits: int4, uint4 and float4_e2m1fn.
//
// A tensor of such a type is bytes to its caller, 8 / bits elements in each along the last axis, the first one in the
// lowest bits. So it is to the kernel: a tensor of uint8, out of whose bytes elements are taken and put back.
//
//   A: (64, 128) int4                      A: (64, 64) uint8
//   T.copy(A[by * 32, k * 64], A_shared)   for i, j: A_shared[i, j] = int4 (A[by * 32 + i, (k * 64 + j) // 2], j % 2)
//
// On chip, where memory of the kernel's own is no tensor, each element has a byte: integers are int8 or uint8 whose
// results are cut to the type's bits, float4_e2m1fn is a type of the RISC-V cores.
#pragma once

#include "ir/tvm.h"

namespace tltt::compiler {

// How many elements of the type a byte of a tensor holds; 1 for types of 8 bits and more.
int PackedInByte(DataType dtype);

// Whether a tensor of the type is one of bytes: of packed elements, or of pairs of them (float4_e2m1fnx2).
bool IsPacked(DataType dtype);

// Leaves no integers of fewer than 8 bits, and no tensor of such a type; tt.packed of the function tells the types that
// its tensors of bytes had. Refuses: last axes that fill no whole bytes, stores by which two blocks may write parts of
// one byte, operations that take a packed element's address, other views of unpacked memory.
PrimFunc UnpackTypes(PrimFunc func);

}  // namespace tltt::compiler
