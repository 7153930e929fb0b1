"""TileLang's quickstart GEMM with a relu epilogue, on an emulated Wormhole n150.

Prints the grid, the largest error against torch, compile and run time and the folder with the five files.
The last line begins with "ok", or with "FAILED" and a non-zero exit code.
"""

import sys
import time
from pathlib import Path

import tilelang
import tilelang.language as T
import torch

import tilelang_tenstorrent as tt

OUTPUT = Path(__file__).parent.parent / "build" / "quickstart"


@tilelang.jit(target="tenstorrent")
def matmul(A, B, block_M: int, block_N: int, block_K: int):
    M, N, K = T.const("M, N, K")
    dtype = T.bfloat16
    accum_dtype = T.float32
    A: T.Tensor((M, K), dtype)
    B: T.Tensor((K, N), dtype)
    C = T.empty((M, N), dtype)

    with T.Kernel(T.ceildiv(N, block_N), T.ceildiv(M, block_M), threads=128) as (bx, by):
        A_shared = T.alloc_shared((block_M, block_K), dtype)
        B_shared = T.alloc_shared((block_K, block_N), dtype)
        C_local = T.alloc_fragment((block_M, block_N), accum_dtype)

        T.clear(C_local)
        for ko in T.Pipelined(T.ceildiv(K, block_K), num_stages=3):
            T.copy(A[by * block_M, ko * block_K], A_shared)
            T.copy(B[ko * block_K, bx * block_N], B_shared)
            T.gemm(A_shared, B_shared, C_local)

        for i, j in T.Parallel(block_M, block_N):
            C_local[i, j] = T.max(C_local[i, j], 0)

        T.copy(C_local, C[by * block_M, bx * block_N])

    return C


def main() -> str:
    """Runs the kernel; the text of what is wrong, empty if nothing is."""
    size = 1024
    torch.manual_seed(0)
    a = torch.randn(size, size, dtype=torch.bfloat16)
    b = torch.randn(size, size, dtype=torch.bfloat16)

    start = time.perf_counter()
    kernel = matmul.compile(M=size, N=size, K=size, block_M=128, block_N=128, block_K=32)
    compiled = time.perf_counter()
    c = kernel(a, b)
    finished = time.perf_counter()

    report = tt.last_report(kernel)
    exact = torch.relu(a.float() @ b.float())
    error = (c.float() - exact).abs()
    # bf16 keeps 8 bits: half a unit in the last place of the result, and fp32 accumulation on top.
    allowed = exact.abs() * 2**-8 + 2e-2
    info = tt.program_info(kernel)
    columns, rows = info["grid"]
    print(f"grid          {info['cores']} of {columns}x{rows} cores of {info['chip']}, {info['grid_blocks']} blocks")
    print(f"largest error {error.max().item():.4g} (largest value {exact.max().item():.4g})")
    print(f"compile       {compiled - start:.3f} s")
    built, emulated = report["compile_seconds"], report["run_seconds"]
    print(f"run           {finished - compiled:.3f} s (kernels built in {built:.3f} s, emulated in {emulated:.3f} s)")
    print(f"on the chip   {report['microseconds']:.1f} us predicted")
    print(f"files         {tt.save(kernel, OUTPUT)}")
    if not torch.isfinite(c).all():
        return "the result has values that are not finite"
    wrong = int((error > allowed).sum())
    return f"{wrong} of {c.numel()} values are wrong" if wrong else ""


if __name__ == "__main__":
    try:
        problem = main()
    except Exception as exception:
        problem = f"{type(exception).__name__}: {exception}".replace("\n", " | ")
    if problem:
        print(f"FAILED {problem}")
        sys.exit(1)
    print("ok quickstart GEMM 1024x1024x1024 bf16 with relu")
