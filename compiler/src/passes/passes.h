// The compiler's passes, in the order of the pipeline (pipeline.cc). Each is a free function in a file of its own,
// whose head shows a kernel before and after; each leaves functions alone that do not carry the tenstorrent target's
// marks.
#pragma once

#include "ir/tvm.h"

namespace tltt::compiler {

using tvm::transform::Pass;

Pass LegalizeFrontend();             // frontend: one flat body, unique names, no thread indices
Pass FoldVectors();                  // frontend: blocks of one row fill whole tiles
Pass SelectRiscvPath();              // frontend: what no tile operation covers
Pass ReadDataScalars();              // frontend: numbers out of tensors that decide about tile operations
Pass InferTTLayout();                // A1
Pass PropagateTTLayout();            // A2
Pass AttachTensorAccessor();         // A3
Pass LayoutAwareWorkPartition();     // B1
Pass GridToCoreGrid();               // B2
Pass LowerSharedToCB();              // C1
Pass PlaceRiscvBuffers();            // C1, second half: L1 of the RISC-V cores
Pass LowerTTTileIntrinsics();        // C2
Pass LowerToSFPU();                  // C2, second half: fusion, DST slots
Pass BuildTileDFG();                 // C3
Pass MulticastOperands();            // C4
Pass BalanceNocs();                  // C5
Pass SplitDeviceKernel();            // D1
Pass ConfigureTensorAccessor();      // D2
Pass LowerCBIntrinsics();            // D3
Pass InsertDSTManagement();          // D5
Pass InsertComputeInit();            // D4
Pass ValidateSplitKernels();         // D1.5, after D5
Pass ValidateLoweredIR();            // D6
Pass FinalizePersistentSignature();  // E1
Pass VerifyTTIR();                   // F

}  // namespace tltt::compiler
