"""The validation matrix of layouts, row by row, through one kernel: it runs where a row is accepted, and is refused by
the tensor's name, with a way out, where it is not."""

import json

import pytest
import tilelang.language as T
import torch
from test_kernels import compiled

import tilelang_tenstorrent as tltt
from tilelang_tenstorrent import annotate_tt_layout, annotate_tt_schedule
from tilelang_tenstorrent.plan import validate_plan

M, N, BLOCK = 128, 96, 32


def kernel_of(layouts, schedule, shape=(M, N), dtype="float32"):
    @T.prim_func
    def main(A: T.Tensor(shape, dtype), B: T.Tensor(shape, dtype)):
        with T.Kernel(shape[1] // BLOCK, shape[0] // BLOCK, threads=128) as (bx, by):
            s = T.alloc_shared((BLOCK, BLOCK), dtype)
            T.copy(A[by * BLOCK, bx * BLOCK], s)
            for i, j in T.Parallel(BLOCK, BLOCK):
                s[i, j] = s[i, j] * 2
            T.copy(s, B[by * BLOCK, bx * BLOCK])

    func = annotate_tt_layout(main, layouts) if layouts else main
    return annotate_tt_schedule(func, schedule) if schedule else func


def shards(rows=4, columns=3, memory="L1", **keys):
    nd = {"axes": ["M", "N"], "grid": [rows, columns], **keys}
    return {"memory": memory, "layout": "sharded", "nd_shard": {k: v for k, v in nd.items() if v is not None}}


ACCEPTED = {
    "DRAM interleaved, float32": ({}, "global", "float32"),
    "DRAM interleaved, bfloat16": ({}, "global", "bfloat16"),
    "DRAM interleaved, int32": ({}, "global", "int32"),
    "DRAM interleaved, int8": ({}, "global", "int8"),
    "DRAM sharded with nd_shard": ({"A": shards(memory="DRAM"), "B": shards(memory="DRAM")}, "global", "float32"),
    "L1 interleaved": ({"A": {"memory": "L1"}, "B": {"memory": "L1"}}, "global", "float32"),
    "L1 sharded": ({"A": shards(), "B": shards()}, "local_shard", "float32"),
    "L1 sharded, int16": ({"A": shards(), "B": shards()}, "local_shard", "int16"),
    "mixed DRAM and one L1 shard": ({"B": shards()}, "local_shard", "float32"),
    "order block_linear(2)": ({"A": shards(order="block_linear(2)")}, "local_shard", "float32"),
}


@pytest.mark.parametrize("row", list(ACCEPTED))
def test_accepted(row):
    layouts, mode, dtype = ACCEPTED[row]
    kernel = compiled(kernel_of(layouts, None, dtype=dtype))
    a = (torch.randn(M, N, generator=torch.Generator().manual_seed(1)) * 60).to(getattr(torch, dtype))
    b = torch.zeros_like(a)
    kernel(a, b)
    assert torch.equal(b, a * 2)
    plan = json.loads(tltt.files(kernel)["tt.plan.json"])
    assert validate_plan(plan) == [] and plan["partition_mode"] == mode
    if "sharded" in row and mode == "local_shard":  # the cores are those of the shard grid
        assert plan["core_ranges"] == [{"start": [0, 0], "extent": [3, 4]}]
    report = tltt.last_report(kernel)
    in_dram = M * N * a.element_size()
    where = {name: layouts.get(name, {}).get("memory", "DRAM") for name in "AB"}
    assert (report["dram_read_bytes"] >= in_dram) == (where["A"] == "DRAM")
    assert (report["dram_write_bytes"] >= in_dram) == (where["B"] == "DRAM")


LARGE = (2048, 1024)
REFUSED = {
    "DRAM sharded without nd_shard": ({"A": shards(memory="DRAM") | {"nd_shard": None}}, "requires nd_shard"),
    "L1 sharded without nd_shard": ({"A": shards() | {"nd_shard": None}}, "L1 sharded buffer A requires nd_shard"),
    "align_tiles=False": ({"A": shards(align_tiles=False)}, "L1 sharded buffer A must be tile-aligned"),
    "shards of 48": ({"A": shards(3, 3, shard_shape_elems=[48, 32])}, "L1 sharded buffer A must be tile-aligned"),
    "a shard larger than L1": ({"A": shards(1, 1)}, "L1 shard exceeds capacity: 8388608 bytes required, 1393312"),
    "no axes": ({"A": shards(axes=None)}, "ND shard missing required field: axes"),
    "no grid": ({"A": {"memory": "L1", "nd_shard": {"axes": ["M", "N"]}}}, "ND shard missing required field: grid"),
    "axes without N": ({"A": shards(axes=["M", "K"])}, "nd_shard of `A` must include axes 'M' and 'N'"),
    "halo of a tensor in DRAM": ({"A": {"halo": {"M": [1, 1]}}}, "Halo metadata not supported for A"),
    "unknown memory": ({"A": {"memory": "L3"}}, "Invalid memory type for A: L3"),
    "unknown layout": ({"A": {"layout": "striped"}}, "Invalid layout type for A: striped"),
    "tile_shape not 2-D": ({"A": {"tile_shape": [32]}}, "Tile shape must be 2D for A"),
    "tile_shape not 32x32": ({"A": {"tile_shape": [16, 32]}}, "Non-standard tile shape [16, 32] of A"),
    "shards of two geometries": ({"A": shards(4, 3), "B": shards(4, 1)}, "`B` (4 x 1) and `A` (4 x 3) differ"),
    "a shard grid larger than the device": ({"A": shards(4, 9)}, "tensor `A`: a shard grid of 4 x 9"),
    "unknown order": ({"A": shards(order="spiral")}, "nd_shard of `A`: unknown order `spiral`"),
}
SHAPES = {"a shard larger than L1": LARGE, "a shard grid larger than the device": (128, 288)}


@pytest.mark.parametrize("row", list(REFUSED))
def test_refused(row):
    layouts, message = REFUSED[row]
    layouts = {name: {k: v for k, v in layout.items() if v is not None} for name, layout in layouts.items()}
    with pytest.raises(ValueError) as caught:
        compiled(kernel_of(layouts, None, SHAPES.get(row, (M, N))))
    text = str(caught.value)
    assert message in text and "Way out: " in text and "test_layout_matrix.py" in text


@pytest.mark.parametrize("order", ["spiral", "block_linear(0)", "block_linear"])
def test_unknown_orders_of_schedules(order):
    with pytest.raises(ValueError, match="unknown order") as caught:
        compiled(kernel_of({}, {"order": order}))
    assert f"`{order}`" in str(caught.value) and "use row_major" in str(caught.value)
