"""A GEMM whose A and C stay in the cores' L1, against its twin that goes through DRAM.

Every core holds a block of A and of C and does the blocks of C that it holds. The cores of a row read their band of A
out of one another's L1, those of a column their part of B from DRAM, each once for all; results stay where they are
made.
"""

import tilelang
import tilelang.language as T
import torch

import tilelang_tenstorrent as tltt
from tilelang_tenstorrent import annotate_tt_layout, block_sharded

M, N, K, BLOCK = 1024, 512, 512, 64


def matmul(sharded: bool):
    @T.prim_func
    def main(A: T.Tensor((M, K), "bfloat16"), B: T.Tensor((K, N), "bfloat16"), C: T.Tensor((M, N), "bfloat16")):
        with T.Kernel(T.ceildiv(N, BLOCK), T.ceildiv(M, BLOCK), threads=128) as (bx, by):
            if sharded:
                annotate_tt_layout(A, memory="L1", nd_shard=block_sharded(8, 8))
                annotate_tt_layout(C, memory="L1", nd_shard=block_sharded(8, 8))
            a = T.alloc_shared((BLOCK, BLOCK), "bfloat16")
            b = T.alloc_shared((BLOCK, BLOCK), "bfloat16")
            c = T.alloc_fragment((BLOCK, BLOCK), "float32")
            T.clear(c)
            for k in T.Pipelined(T.ceildiv(K, BLOCK), num_stages=2):
                T.copy(A[by * BLOCK, k * BLOCK], a)
                T.copy(B[k * BLOCK, bx * BLOCK], b)
                T.gemm(a, b, c)
            T.copy(c, C[by * BLOCK, bx * BLOCK])

    return main


def run(sharded: bool) -> dict:
    kernel = tilelang.compile(matmul(sharded), target="tenstorrent")
    a, b = torch.randn(M, K).bfloat16(), torch.randn(K, N).bfloat16()
    c = torch.empty(M, N, dtype=torch.bfloat16)
    kernel(a, b, c)
    torch.testing.assert_close(c.float(), a.float() @ b.float(), rtol=2e-2, atol=2e-1)
    report = tltt.last_report(kernel)
    read, written = report["dram_read_bytes"], report["dram_write_bytes"]
    where = "L1" if sharded else "DRAM"
    print(f"A and C in {where}: {read} bytes read from DRAM, {written} written, {report['microseconds']:.1f} us")
    return report


if __name__ == "__main__":
    interleaved, sharded = run(False), run(True)
    assert sharded["dram_read_bytes"] < interleaved["dram_read_bytes"] and sharded["dram_write_bytes"] == 0
    assert sharded["microseconds"] < interleaved["microseconds"]
    saved = 1 - sharded["dram_read_bytes"] / interleaved["dram_read_bytes"]
    print(f"ok: right, and {saved:.0%} fewer bytes read from DRAM")
