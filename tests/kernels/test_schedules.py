"""Every way of dealing blocks out to cores gives the same numbers, and the plan says what was done."""

import json

import kernels
import pytest
import tilelang
import torch
from hypothesis import given, settings
from hypothesis import strategies as st
from test_kernels import assert_close, compiled, matmul_bound, rand

import tilelang_tenstorrent as tltt
from tilelang_tenstorrent.plan import CoreRange, WorkItem, blocks_of, validate_plan

ORDERS = ["row_major", "column_major", "block_linear(2)", "block_linear(3)", "match_shard(2,3)", "z_order", "hilbert"]


def plan_of(kernel):
    return json.loads(tltt.files(kernel)["tt.plan.json"])


def check_gemm(M=224, N=300, K=64, block=(32, 64, 32), **schedule):
    kernel = compiled(kernels.scheduled_gemm(M, N, K, *block, **schedule))
    a, b = rand(M, K), rand(K, N, seed=1)
    c = torch.full((M, N), float("nan"), dtype=torch.bfloat16)
    kernel(a, b, c)
    assert_close(c, a.double() @ b.double(), "bfloat16", magnitude=matmul_bound(a, b), accum=1e-5)
    plan = plan_of(kernel)
    assert validate_plan(plan) == []
    return plan


@pytest.mark.parametrize("order", ORDERS)
@pytest.mark.parametrize("policy", [{}, {"policy": "block_cyclic"}, {"policy": "block_cyclic", "chunk": 3}])
def test_orders_and_policies(order, policy):
    plan = check_gemm(order=order, **policy, grid=(3, 2))
    assert plan["schedule"] == {"policy": policy.get("policy", "contiguous"), "order": order}
    assert plan["core_ranges"] == [{"start": [0, 0], "extent": [3, 2]}]


@pytest.mark.parametrize("order", ["row_major", "column_major", "block_linear(2)", "hilbert"])
def test_three_grid_axes(order):
    kernel = compiled(kernels.scheduled_add_3d(3, 90, 70, 32, 32, order=order, policy="block_cyclic", grid=(2, 2)))
    a = rand(3, 90, 70, dtype="float32")
    c = torch.full_like(a, float("nan"))
    kernel(a, c)
    assert_close(c, a.double() * 2 + 1, "float32")


def test_disjoint_core_ranges():
    ranges = [CoreRange((0, 0), (2, 1)), CoreRange((4, 3), (2, 2))]
    plan = check_gemm(core_ranges=ranges, order="column_major")
    assert plan["core_ranges"] == [r.to_json() for r in ranges]
    assert set(plan["work_partition"]) == {"(0,0)", "(1,0)", "(4,3)", "(5,3)", "(4,4)", "(5,4)"}


def test_custom_partition():
    # 7 x 5 blocks: core (5, 5) does one column from below, (0, 0) and (1, 0) the rest.
    work = {
        (5, 5): [WorkItem(row, 4) for row in reversed(range(7))],
        (0, 0): [WorkItem(row, 0, count=4) for row in range(4)],
        (1, 0): [WorkItem(row, 0, count=4) for row in range(4, 7)],
    }
    plan = check_gemm(work_partition=work)
    assert plan["schedule"]["policy"] == "custom"
    assert [item["io"] for item in plan["work_partition"]["(5,5)"]] == [6, 5, 4, 3, 2, 1, 0]


def test_local_shards_without_sharded_tensors():
    plan = check_gemm(partition_mode="local_shard", shard_grid=[4, 2], local_shape_tiles=[2, 3])
    assert plan["partition_mode"] == "local_shard"
    assert plan["work_partition"]["(1,3)"] == [{"io": 6, "jo": 3, "count": 2, "tile_order": "match_shard(2,3)"}]
    plan = check_gemm(partition_mode="local_shard", shard_grid=[4, 2], local_shape_tiles=[2, 3], order="column_major")
    assert [item["io"] for item in plan["work_partition"]["(0,0)"]] == [0, 1, 0, 1, 0, 1]
    # On cores that do not begin at the corner: shard (3, 1) lies on the last of them.
    cores = [CoreRange((3, 2), (2, 4))]
    plan = check_gemm(partition_mode="local_shard", shard_grid=[4, 2], local_shape_tiles=[2, 3], core_ranges=cores)
    assert plan["work_partition"]["(4,5)"] == [{"io": 6, "jo": 3, "count": 2, "tile_order": "match_shard(2,3)"}]


def test_annotation_of_a_prim_func():
    func = kernels.gemm(128, 96, 64, 32, 32, 32)
    kernel = compiled(tltt.annotate_tt_schedule(func, {"order": "z_order", "grid": [2, 2]}))
    a, b, c = rand(128, 64), rand(64, 96, seed=1), torch.zeros(128, 96, dtype=torch.bfloat16)
    kernel(a, b, c)
    assert_close(c, a.double() @ b.double(), "bfloat16", magnitude=matmul_bound(a, b), accum=1e-5)
    assert plan_of(kernel)["schedule"]["order"] == "z_order"
    with pytest.raises(TypeError, match=r"annotate_tt_schedule expects a tvm.tir.PrimFunc"):
        tltt.annotate_tt_schedule("no function", {"order": "z_order"})
    with pytest.raises(TypeError, match=r"annotate_tt_layout expects a tvm.tir.PrimFunc"):
        tltt.annotate_tt_layout(3, {"A": {}})


CHIPS = ["n150", "n300", "p100", "p150"]
# Whole chips, and grids of which columns or rows are lost: harvested, or taken for dispatch.
GRIDS = {"n150": (8, 7), "n300": (8, 6), "p100": (10, 10), "p150": (12, 10)}


@st.composite
def schedules(draw):
    """A grid of blocks, a chip with its whole or a harvested grid of cores, and any way of dealing the blocks out."""
    rows, columns = draw(st.integers(1, 9)), draw(st.integers(1, 9))
    chip = draw(st.sampled_from(CHIPS))
    harvested = draw(st.booleans())
    target = {"kind": "tenstorrent", "chip": chip} | ({"core_grid": GRIDS[chip]} if harvested else {})
    schedule = {}
    kind = draw(st.sampled_from(["global", "cyclic", "ranges", "local_shard", "custom"]))
    if kind != "custom":
        schedule["order"] = draw(st.sampled_from(ORDERS))
    if kind == "cyclic":
        schedule |= {"policy": "block_cyclic", "chunk": draw(st.integers(1, 4))}
    if kind in ("global", "cyclic"):
        schedule["grid"] = (draw(st.integers(1, 8)), draw(st.integers(1, 6)))
    if kind == "ranges":
        schedule["core_ranges"] = [CoreRange((0, 1), (draw(st.integers(1, 3)), 2)), CoreRange((4, 0), (2, 3))]
    if kind == "local_shard":
        grid = [draw(st.integers(1, 6)), draw(st.integers(1, 7))]
        schedule |= {"partition_mode": "local_shard", "shard_grid": grid}
        if draw(st.booleans()):  # cores that do not begin at (0, 0)
            schedule["core_ranges"] = [CoreRange((1, 0), (grid[1], grid[0]))]
        schedule["local_shape_tiles"] = [-(-rows // grid[0]), -(-columns // grid[1])]
    if kind == "custom":
        blocks = draw(st.permutations(range(rows * columns)))
        cut = draw(st.integers(0, len(blocks)))
        work = {(2, 1): blocks[:cut], (0, 0): blocks[cut:]}
        schedule["work_partition"] = {
            core: [WorkItem(b // columns, b % columns) for b in mine] for core, mine in work.items() if mine
        }
    # The last blocks may be cut off, and A may lie in shards of either memory.
    tails = draw(st.integers(0, 31)), draw(st.integers(0, 31))
    memory = draw(st.sampled_from(["DRAM", "L1", None]))
    shards = {"memory": memory, "nd_shard": tltt.block_sharded(draw(st.integers(1, 5)), draw(st.integers(1, 5)))}
    if memory is None or kind == "local_shard":
        shards = None
    elif kind != "custom":
        schedule["partition_mode"] = "global"
    return rows, columns, tails, target, schedule, shards


@settings(max_examples=24, deadline=None)
@given(schedules())
def test_every_block_is_done_once(case):
    """C starts as NaN, every element is right, and no more is written than C has."""
    rows, columns, tails, target, schedule, shards = case
    M, N = rows * 32 - tails[0], columns * 32 - tails[1]
    func = kernels.scheduled_add_3d(1, M, N, 32, 32, **schedule)
    if shards:
        func = tltt.annotate_tt_layout(func, {"A": shards})
    kernel = tilelang.compile(func, target=target)
    a = torch.arange(M * N, dtype=torch.float32).reshape(1, M, N)
    c = torch.full_like(a, float("nan"))
    kernel(a, c)
    assert torch.equal(c, a * 2 + 1)
    plan = plan_of(kernel)
    assert validate_plan(plan) == []
    done = [block for blocks in blocks_of(plan).values() for block in blocks]
    assert sorted(done) == list(range(rows * columns))
    assert tltt.last_report(kernel)["dram_write_bytes"] == rows * columns * 32 * 32 * 4


@pytest.mark.parametrize("chip", CHIPS)
def test_grids_beyond_a_harvested_chip(chip):
    columns, rows = GRIDS[chip]
    target = {"kind": "tenstorrent", "chip": chip, "core_grid": GRIDS[chip]}
    for schedule in ({"grid": (columns, rows + 1)}, {"core_ranges": [CoreRange((columns, 0), (1, 1))]}):
        with pytest.raises(ValueError, match=f"the {columns}x{rows} cores of the target"):
            tilelang.compile(kernels.scheduled_add_3d(1, 64, 64, 32, 32, **schedule), target=target)
