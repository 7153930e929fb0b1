"""A 3x3 convolution whose image stays in the cores' L1, against its twin that goes through DRAM.

Images are laid out as (row, column, image, channel): a pixel of 32 images is a tile row by tile columns of channels, so
that a shift by a pixel is a shift by whole tiles. Every core holds 2 x 2 pixels, does their results, and fetches the
pixels that the filter reaches beyond them (the halo) from its neighbours' L1. The filters lie over the L1 of all cores.
The results lie in a tensor as large as the padded image, so that both are cut alike.
"""

import tilelang
import tilelang.language as T
import torch

import tilelang_tenstorrent as tltt
from tilelang_tenstorrent import annotate_tt_layout

H, W, IMAGES, C, F = 14, 14, 32, 64, 96
CORES = 8  # along both axes: the padded image, 16 x 16, in shards of 2 x 2 pixels


def convolution(sharded: bool):
    @T.prim_func
    def main(
        X: T.Tensor((H + 2, W + 2, IMAGES, C), "bfloat16"),
        K: T.Tensor((3, 3, C, F), "bfloat16"),
        Y: T.Tensor((H + 2, W + 2, IMAGES, F), "bfloat16"),
    ):
        with T.Kernel(W, H, threads=128) as (bx, by):
            if sharded:
                pixels = {"axes": ["H", "W", "M", "N"], "grid": [CORES, CORES, 1, 1]}
                annotate_tt_layout(X, memory="L1", nd_shard=pixels, halo={"H": [0, 2], "W": [0, 2]})
                annotate_tt_layout(Y, memory="L1", nd_shard=pixels)
                annotate_tt_layout(K, memory="L1")
            x = T.alloc_shared((IMAGES, C), "bfloat16")
            k = T.alloc_shared((C, F), "bfloat16")
            y = T.alloc_fragment((IMAGES, F), "float32")
            T.clear(y)
            for tap in T.Pipelined(9, num_stages=2):
                T.copy(X[by + tap // 3, bx + tap % 3, 0, 0], x)
                T.copy(K[tap // 3, tap % 3, 0, 0], k)
                T.gemm(x, k, y)
            T.copy(y, Y[by, bx, 0, 0])

    return main


def run(sharded: bool) -> dict:
    kernel = tilelang.compile(convolution(sharded), target="tenstorrent")
    image, filters = torch.randn(IMAGES, C, H, W).bfloat16(), torch.randn(F, C, 3, 3).bfloat16()
    padded = torch.nn.functional.pad(image, (1, 1, 1, 1)).permute(2, 3, 0, 1).contiguous()
    result = torch.empty(H + 2, W + 2, IMAGES, F, dtype=torch.bfloat16)
    kernel(padded, filters.permute(2, 3, 1, 0).contiguous(), result)
    want = torch.nn.functional.conv2d(image.float(), filters.float(), padding=1)
    torch.testing.assert_close(result[:H, :W].permute(2, 3, 0, 1).float(), want, rtol=2e-2, atol=2e-1)
    report = tltt.last_report(kernel)
    read, written = report["dram_read_bytes"], report["dram_write_bytes"]
    where = "L1" if sharded else "DRAM"
    print(f"image in {where}: {read} bytes read from DRAM, {written} written, {report['microseconds']:.1f} us")
    return report


if __name__ == "__main__":
    interleaved, sharded = run(False), run(True)
    assert sharded["dram_read_bytes"] < interleaved["dram_read_bytes"] and sharded["dram_write_bytes"] == 0
    assert sharded["microseconds"] < interleaved["microseconds"]
    saved = 1 - sharded["dram_read_bytes"] / interleaved["dram_read_bytes"]
    print(f"ok: right, and {saved:.0%} fewer bytes read from DRAM")
