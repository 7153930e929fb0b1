"""Stencils and convolutions on images that lie in shards over the cores' L1: the pixels beyond a core's own shard come
from its neighbours' L1. Shifts by whole tiles stay on the tile engine; others run element by element."""

import pytest
import tilelang
import tilelang.language as T
import torch
from test_kernels import compiled

import tilelang_tenstorrent as tltt
from tilelang_tenstorrent import annotate_tt_layout, block_sharded, height_sharded


def five_points(H, W, grid, halo):
    """Y = the sum of a pixel and its four neighbours, zeros beyond the image."""
    rows, columns = grid

    @T.prim_func
    def main(X: T.Tensor((H, W), "float32"), Y: T.Tensor((H, W), "float32")):
        with T.Kernel(T.ceildiv(W, 32), T.ceildiv(H, 32), threads=128) as (bx, by):
            annotate_tt_layout(X, memory="L1", nd_shard=block_sharded(rows, columns), halo=halo)
            annotate_tt_layout(Y, memory="L1", nd_shard=block_sharded(rows, columns))
            for i, j in T.Parallel(32, 32):
                y, x = by * 32 + i, bx * 32 + j
                Y[y, x] = (
                    X[y, x]
                    + T.if_then_else(y > 0, X[y - 1, x], 0.0)
                    + T.if_then_else(y < H - 1, X[y + 1, x], 0.0)
                    + T.if_then_else(x > 0, X[y, x - 1], 0.0)
                    + T.if_then_else(x < W - 1, X[y, x + 1], 0.0)
                )

    return main


@pytest.mark.parametrize(("shape", "grid"), [((96, 64), (3, 1)), ((70, 90), (2, 2)), ((64, 100), (1, 3))])
def test_five_point_stencil(shape, grid):
    kernel = compiled(five_points(*shape, grid, {"M": [1, 1], "N": [1, 1]}))
    x = torch.randn(*shape, generator=torch.Generator().manual_seed(2)) * 10 - 3
    y = torch.full_like(x, float("nan"))
    kernel(x, y)
    cross = torch.tensor([[0.0, 1.0, 0.0], [1.0, 1.0, 1.0], [0.0, 1.0, 0.0]])
    want = torch.nn.functional.conv2d(x.double()[None, None], cross.double()[None, None], padding=1)[0, 0]
    torch.testing.assert_close(y.double(), want, rtol=1e-6, atol=1e-5)
    report = tltt.last_report(kernel)
    assert report["dram_read_bytes"] == report["dram_write_bytes"] == 0
    assert any("element by element" in remark for remark in tltt.remarks(kernel))


def test_a_stencil_beyond_its_halo_is_refused():
    with pytest.raises(ValueError, match="reaches 1 elements before its core's shard along axis 0, but the halo is 0"):
        compiled(five_points(96, 64, (3, 1), {"M": [0, 1], "N": [1, 1]}))


def test_a_reach_that_depends_on_data_is_refused():
    @T.prim_func
    def main(X: T.Tensor((96, 64), "float32"), at: T.Tensor((96,), "int32"), Y: T.Tensor((96, 64), "float32")):
        with T.Kernel(2, 3, threads=128) as (bx, by):
            annotate_tt_layout(X, memory="L1", nd_shard=height_sharded(3), halo={"M": [32, 32]})
            annotate_tt_layout(Y, memory="L1", nd_shard=height_sharded(3))
            for i, j in T.Parallel(32, 32):
                Y[by * 32 + i, bx * 32 + j] = X[at[by * 32 + i], bx * 32 + j]

    with pytest.raises(ValueError, match="how far `X` is reached along axis 0 depends on data"):
        compiled(main)


def along_rows(L, C, F, taps, cores):
    """Y[t] = sum over taps of X[t + tap] @ K[tap]: a convolution in time, whose shifts are no whole tiles."""
    rows = 64

    @T.prim_func
    def main(
        X: T.Tensor((L + taps - 1, C), "bfloat16"),
        K: T.Tensor((taps, C, F), "bfloat16"),
        Y: T.Tensor((L, F), "bfloat16"),
    ):
        with T.Kernel(T.ceildiv(L, rows), threads=128) as by:
            annotate_tt_layout(
                X,
                memory="L1",
                nd_shard={"axes": ["M", "N"], "grid": [cores, 1], "shard_shape_elems": [L // cores + 32, C]},
                halo={"M": [64, taps]},
            )
            annotate_tt_layout(Y, memory="L1", nd_shard=height_sharded(cores))
            annotate_tt_layout(K, memory="L1")
            x = T.alloc_shared((rows, C), "bfloat16")
            k = T.alloc_shared((C, F), "bfloat16")
            y = T.alloc_fragment((rows, F), "float32")
            T.clear(y)
            for tap in T.serial(taps):
                T.copy(X[by * rows + tap, 0], x)
                T.copy(K[tap, 0, 0], k)
                T.gemm(x, k, y)
            T.copy(y, Y[by * rows, 0])

    return main


def test_convolution_whose_shifts_are_no_whole_tiles():
    L, C, F, taps, cores = 192, 32, 64, 3, 3
    kernel = tilelang.compile(along_rows(L, C, F, taps, cores), target="tenstorrent")
    generator = torch.Generator().manual_seed(5)
    x = torch.randn(L + taps - 1, C, generator=generator).bfloat16()
    k = torch.randn(taps, C, F, generator=generator).bfloat16()
    y = torch.full((L, F), float("nan"), dtype=torch.bfloat16)
    kernel(x, k, y)
    want = torch.nn.functional.conv1d(x.double().T[None], k.double().permute(2, 1, 0))[0].T
    torch.testing.assert_close(y.double(), want, rtol=1e-2, atol=1e-3)
    report = tltt.last_report(kernel)
    assert report["dram_read_bytes"] == report["dram_write_bytes"] == 0
