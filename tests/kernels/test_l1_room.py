"""What does not fit L1 is refused with a map of a core, and the way out that is named makes it fit."""

import re

import pytest
import tilelang.language as T
from test_kernels import compiled

from tilelang_tenstorrent import annotate_tt_layout


def copies(M, N, block, layouts):
    @T.prim_func
    def main(A: T.Tensor((M, N), "float32"), B: T.Tensor((M, N), "float32")):
        with T.Kernel(T.ceildiv(N, block), T.ceildiv(M, block), threads=128) as (bx, by):
            s = T.alloc_shared((block, block), "float32")
            t = T.alloc_shared((block, block), "float32")
            T.copy(A[by * block, bx * block], s)
            for i, j in T.Parallel(block, block):
                t[i, j] = s[i, j] + s[j, i]
            T.copy(t, B[by * block, bx * block])

    return annotate_tt_layout(main, layouts) if layouts else main


def refusal(*args):
    with pytest.raises(ValueError, match=r"L1 usage \d+ bytes exceeds capacity \d+ of a core") as caught:
        compiled(copies(*args))
    text = str(caught.value)
    needed, capacity = map(int, re.search(r"L1 usage (\d+) bytes exceeds capacity (\d+)", text).groups())
    # The lines of the map add up to what is needed; what the capacity leaves out is the rest of the chip's L1.
    lines = [int(n) for n in re.findall(r"= (\d+)$", text.split("Way out")[0], re.MULTILINE)]
    assert needed > capacity and abs(sum(lines) - needed) < 64 * len(lines)
    assert f"kernels, their arguments and semaphores: {1499136 - capacity} bytes" in text
    return text


def shard(rows):
    return {"memory": "L1", "nd_shard": {"axes": ["M", "N"], "grid": [rows, 1]}}


def test_a_smaller_depth_fits():
    text = refusal(512, 512, 128, {"A": {"cb_depth": 30}})
    assert "leave `cb_depth` out" in text and "depth 30" in text
    compiled(copies(512, 512, 128, {}))


def test_more_shards_fit():
    text = refusal(640, 1024, 160, {"A": shard(2)})
    assert "keep the tensors in DRAM, or cut them into more shards" in text and "tensor `A`" in text
    compiled(copies(640, 1024, 160, {}))
    compiled(copies(640, 1024, 160, {"A": shard(8)}))


def test_smaller_blocks_fit():
    text = refusal(1024, 1024, 1024, {})
    parts = int(re.search(r"of 1/(\d+) of the elements all of it fits", text).group(1))
    block = 1024
    while (1024 // block) ** 2 < parts:
        block //= 2
    compiled(copies(1024, 1024, block, {}))
