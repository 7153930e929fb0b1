"""A layer norm whose rows stay in the cores' L1, against its twin that goes through DRAM.

Every core normalises the rows that it holds: it reads them from its own L1 and leaves the result there.
"""

import tilelang
import tilelang.language as T
import torch

import tilelang_tenstorrent as tltt
from tilelang_tenstorrent import annotate_tt_layout, height_sharded

M, N, ROWS = 1024, 384, 32
EPS = 1e-5


def layernorm(sharded: bool):
    @T.prim_func
    def main(X: T.Tensor((M, N), "float32"), Y: T.Tensor((M, N), "float32")):
        with T.Kernel(T.ceildiv(M, ROWS), threads=128) as by:
            if sharded:
                annotate_tt_layout(X, memory="L1", nd_shard=height_sharded(32))
                annotate_tt_layout(Y, memory="L1", nd_shard=height_sharded(32))
            x = T.alloc_fragment((ROWS, N), "float32")
            square = T.alloc_fragment((ROWS, N), "float32")
            mean = T.alloc_fragment((ROWS,), "float32")
            variance = T.alloc_fragment((ROWS,), "float32")
            T.copy(X[by * ROWS, 0], x)
            T.reduce_sum(x, mean, dim=1)
            for i, j in T.Parallel(ROWS, N):
                x[i, j] = x[i, j] - mean[i] / N
            for i, j in T.Parallel(ROWS, N):
                square[i, j] = x[i, j] * x[i, j]
            T.reduce_sum(square, variance, dim=1)
            for i, j in T.Parallel(ROWS, N):
                x[i, j] = x[i, j] * T.rsqrt(variance[i] / N + EPS)
            T.copy(x, Y[by * ROWS, 0])

    return main


def run(sharded: bool) -> dict:
    kernel = tilelang.compile(layernorm(sharded), target="tenstorrent")
    x, y = torch.randn(M, N) * 3 + 1, torch.empty(M, N)
    kernel(x, y)
    want = torch.nn.functional.layer_norm(x.double(), (N,), eps=EPS).float()
    torch.testing.assert_close(y, want, rtol=1e-2, atol=1e-2)
    report = tltt.last_report(kernel)
    read, written = report["dram_read_bytes"], report["dram_write_bytes"]
    where = "L1" if sharded else "DRAM"
    print(f"rows in {where}: {read} bytes read from DRAM, {written} written, {report['microseconds']:.1f} us")
    return report


if __name__ == "__main__":
    interleaved, sharded = run(False), run(True)
    assert interleaved["dram_read_bytes"] == interleaved["dram_write_bytes"] == M * N * 4
    assert sharded["dram_read_bytes"] == sharded["dram_write_bytes"] == 0
    print("ok: right, and nothing goes through DRAM")
