"""A first kernel of one's own: a row-wise scaled sum, in sizes that divide neither by 32 nor by the block."""

import tilelang
import tilelang.language as T
import torch

import tilelang_tenstorrent as tt  # adds target "tenstorrent" to TileLang


@tilelang.jit(target="tenstorrent", out_idx=[-1])
def scaled_sum(M, N, block=64):
    @T.prim_func
    def main(
        A: T.Tensor((M, N), "bfloat16"),
        B: T.Tensor((M, N), "bfloat16"),
        scale: T.Tensor((M,), "float32"),
        C: T.Tensor((M, N), "float32"),
    ):
        with T.Kernel(T.ceildiv(N, block), T.ceildiv(M, block), threads=128) as (bx, by):
            for i, j in T.Parallel(block, block):
                y, x = by * block + i, bx * block + j
                C[y, x] = (A[y, x] + B[y, x]) * scale[y]

    return main


kernel = scaled_sum(300, 500)
a, b = torch.randn(300, 500, dtype=torch.bfloat16), torch.randn(300, 500, dtype=torch.bfloat16)
scale = torch.randn(300)
result = kernel(a, b, scale)
torch.testing.assert_close(result, (a.float() + b.float()) * scale[:, None])
report = tt.last_report(kernel)
print(f"ok: right, and {report['microseconds']:.1f} us on the chip by the emulator's estimate")
