"""Tensors in L1 and in shards: the numbers of their interleaved twins, and the traffic that the layout promises."""

import json

import dtype_kernels
import kernels
import numpy as np
import pytest
import tilelang
import tilelang.language as T
import torch
from hypothesis import given, settings
from hypothesis import strategies as st
from test_kernels import DTYPES, assert_close, compiled, matmul_bound, rand

import tilelang_tenstorrent as tltt
from tilelang_tenstorrent import annotate_tt_layout, block_sharded, height_sharded, width_sharded
from tilelang_tenstorrent.executing import execute_folder, to_numpy, to_torch
from tilelang_tenstorrent.plan import validate_plan

L1 = {"memory": "L1"}


def plan_of(kernel):
    plan = json.loads(tltt.files(kernel)["tt.plan.json"])
    assert validate_plan(plan) == []
    return plan


def gemm(M, N, K, block, layouts, schedule=None, dtype="bfloat16", target="tenstorrent", accum=1e-5):
    func = annotate_tt_layout(kernels.gemm(M, N, K, *block, dtype=dtype), layouts)
    if schedule:
        func = tltt.annotate_tt_schedule(func, schedule)
    kernel = compiled(func, target)
    a, b = rand(M, K, dtype=dtype), rand(K, N, dtype=dtype, seed=1)
    c = torch.full((M, N), float("nan"), dtype=DTYPES[dtype])
    kernel(a, b, c)
    assert_close(c, a.double() @ b.double(), dtype, magnitude=matmul_bound(a, b), accum=accum)
    return kernel, tltt.last_report(kernel)


SHARDED = {
    "height": ({"A": height_sharded(8), "C": height_sharded(8)}, "local_shard"),
    "width": ({"B": width_sharded(6), "C": width_sharded(6)}, "local_shard"),
    "block": ({"A": block_sharded(4, 2), "B": block_sharded(4, 2), "C": block_sharded(4, 2)}, "local_shard"),
    "height of many": ({"A": height_sharded(16)}, "local_shard"),
    "one input": ({"B": block_sharded(2, 2)}, "local_shard"),
}


@pytest.mark.parametrize("case", list(SHARDED))
def test_l1_sharded_gemm(case):
    shards, mode = SHARDED[case]
    size, block = (512, 384, 256), (64, 64, 64)
    layouts = {name: {**L1, "nd_shard": shard} for name, shard in shards.items()}
    unshared = {"kind": "tenstorrent", "multicast": False}  # what the layout alone saves
    kernel, report = gemm(*size, block, layouts, target=unshared)
    plan = plan_of(kernel)
    assert plan["partition_mode"] == mode
    for name in shards:
        assert plan["layouts"][name]["layout"] == "sharded" and plan["layouts"][name]["memory"] == "L1"
    _, twin = gemm(*size, block, {}, target=unshared)
    assert report["dram_read_bytes"] < twin["dram_read_bytes"] or "C" in shards
    assert report["dram_read_bytes"] + report["dram_write_bytes"] < twin["dram_read_bytes"] + twin["dram_write_bytes"]
    if "C" in shards:
        assert report["dram_write_bytes"] == 0


@pytest.mark.parametrize("N,K", [(256, 160), (160, 256)])
def test_places_for_shards_that_stay_empty(N, K):
    """Of four columns of shards three cover A, or C: both are cut alike all the same."""
    placed = {**L1, "nd_shard": block_sharded(2, 4)}
    kernel, report = gemm(128, N, K, (64, 32, 32), {"A": placed, "C": placed})
    plan = plan_of(kernel)
    assert plan["partition_mode"] == "local_shard" and report["dram_write_bytes"] == 0
    tensors = {tensor["name"]: tensor for tensor in plan["program"]["tensors"]}
    assert {len(tensors[name]["shards"]["banks"]) for name in "AC"} == {6, 8}


def scaled_sum(M, N, dtype):
    @T.prim_func
    def main(A: T.Tensor((M, N), dtype), B: T.Tensor((M, N), dtype), C: T.Tensor((M, N), dtype)):
        with T.Kernel(T.ceildiv(N, 32), T.ceildiv(M, 32), threads=128) as (bx, by):
            for i, j in T.Parallel(32, 32):
                C[by * 32 + i, bx * 32 + j] = (
                    A[by * 32 + i, bx * 32 + j] * T.cast(3, dtype) + B[by * 32 + i, bx * 32 + j]
                )

    return main


@pytest.mark.parametrize("memory", ["L1", "DRAM"])
@pytest.mark.parametrize("dtype", ["int8", "uint8", "int16", "uint16", "int32", "uint32"])
def test_integer_tensors_in_shards(dtype, memory):
    """All values, so that sums and products wrap."""
    M, N = 70, 90
    placed = {"memory": memory, "nd_shard": block_sharded(2, 3)}
    kernel = compiled(annotate_tt_layout(scaled_sum(M, N, dtype), {"A": placed, "C": placed}))
    info, rng = np.iinfo(dtype), np.random.default_rng(0)
    a, b = (rng.integers(info.min, info.max, (M, N), dtype, endpoint=True) for _ in range(2))
    a[0, :2] = b[-1, -2:] = info.min, info.max
    c = np.zeros_like(a)
    kernel(*(torch.from_numpy(x) for x in (a, b, c)))
    np.testing.assert_array_equal(c, a * np.array(3, dtype) + b)
    assert (tltt.last_report(kernel)["dram_write_bytes"] == 0) == (memory == "L1")


@pytest.mark.parametrize("dtype", ["int8", "uint8"])
def test_integer_gemm_in_shards(dtype):
    M, N, K = 70, 50, 100
    placed = {**L1, "nd_shard": height_sharded(3)}
    func = annotate_tt_layout(dtype_kernels.integer_gemm(M, N, K, 32, 32, 32, dtype), {"A": placed, "C": placed})
    kernel = compiled(func)
    info, rng = np.iinfo(dtype), np.random.default_rng(0)
    a, b = (rng.integers(info.min, info.max, (rows, K), dtype, endpoint=True) for rows in (M, N))
    c = np.zeros((M, N), np.int32)
    kernel(*(torch.from_numpy(x) for x in (a, b, c)))
    np.testing.assert_array_equal(c, a.astype(np.int32) @ b.astype(np.int32).T)
    assert tltt.last_report(kernel)["dram_write_bytes"] == 0


def test_everything_in_l1_moves_nothing_through_dram():
    layouts = {name: {**L1, "nd_shard": block_sharded(2, 2)} for name in "ABC"}
    _, report = gemm(256, 256, 256, (64, 64, 64), layouts)
    assert report["dram_read_bytes"] == report["dram_write_bytes"] == 0


def test_plan_and_kernels_alone_launch_shards(tmp_path):
    """Nothing but the plan and the three kernels: shards, blocks and shared operands are as in the kernel called."""
    M, N, K = 100, 130, 70
    layouts = {"A": {**L1, "nd_shard": block_sharded(2, 3)}, "B": {"memory": "DRAM", "nd_shard": width_sharded(3)}}
    func = annotate_tt_layout(kernels.gemm(M, N, K, 32, 32, 32), {**layouts, "C": layouts["A"]})
    kernel = compiled(func)
    a, b, c = rand(M, K), rand(K, N, seed=1), torch.zeros(M, N, dtype=torch.bfloat16)
    kernel(a, b, c)
    for name in ("tt.plan.json", "reader.cpp", "compute.cpp", "writer.cpp"):
        (tmp_path / name).write_text(tltt.files(kernel)[name])
    for name, tensor in (("a", a), ("b", b)):
        np.save(tmp_path / f"{name}.npy", to_numpy(tensor))
    report = execute_folder(tmp_path, [tmp_path / "a.npy", tmp_path / "b.npy"], [tmp_path / "c.npy"], "fast")
    assert torch.equal(to_torch(np.load(tmp_path / "c.npy"), "bfloat16"), c) and not c.isnan().any()
    assert_close(c, a.double() @ b.double(), "bfloat16", magnitude=matmul_bound(a, b))
    assert report["dram_write_bytes"] == 0 and report["cycles"] == tltt.last_report(kernel)["cycles"]


def test_own_shard_is_read_from_the_own_core():
    """Height-sharded A and C: a core that does the blocks of its shard asks no other core for A."""
    func = annotate_tt_layout(
        kernels.gemm(512, 64, 64, 64, 64, 64), {n: {**L1, "nd_shard": height_sharded(8)} for n in "AC"}
    )
    plan = plan_of(compiled(func))
    shards = {t["name"]: t["shards"] for t in plan["program"]["tensors"] if "shards" in t}
    for bank, (x, y) in enumerate(shards["A"]["banks"]):
        assert plan["work_partition"][f"({x},{y})"] == [{"io": bank, "jo": 0, "tile_order": plan["schedule"]["order"]}]
    assert shards["A"]["banks"] == shards["C"]["banks"]


@pytest.mark.parametrize("memory", ["L1", "DRAM"])
@pytest.mark.parametrize("schedule", [None, {"partition_mode": "global", "order": "hilbert", "grid": [3, 2]}])
def test_sharded_anywhere_with_any_schedule(memory, schedule):
    layouts = {n: {"memory": memory, "nd_shard": block_sharded(3, 2)} for n in "AC"} | {"B": {"memory": "L1"}}
    kernel, _ = gemm(200, 136, 100, (32, 64, 32), layouts, schedule)
    plan = plan_of(kernel)
    assert plan["partition_mode"] == ("local_shard" if memory == "L1" and not schedule else "global")
    assert plan["layouts"]["B"] == {**plan["layouts"]["B"], "memory": "L1", "layout": "interleaved"}


def test_global_partition_on_fewer_cores_than_shards():
    """Cores that run nothing hold shards that others read and write."""
    layouts = {n: {**L1, "nd_shard": height_sharded(8)} for n in "AC"}
    gemm(
        256,
        64,
        64,
        (32, 64, 64),
        layouts,
        {"partition_mode": "global", "core_ranges": [{"start": [0, 0], "extent": [8, 8]}]},
    )
    gemm(256, 64, 64, (128, 64, 64), layouts, {"partition_mode": "global"})


def test_nd_shards_of_a_batch():
    Z, M, N = 3, 90, 70

    @T.prim_func
    def main(A: T.Tensor((Z, M, N), "float32"), C: T.Tensor((Z, M, N), "float32")):
        with T.Kernel(T.ceildiv(N, 32), T.ceildiv(M, 32), Z, threads=128) as (bx, by, bz):
            annotate_tt_layout(
                A, memory="L1", nd_shard={"axes": ["B", "M", "N"], "grid": [3, 2, 2], "shard_shape_elems": [1, 64, 64]}
            )
            annotate_tt_layout(C, memory="L1", nd_shard={"axes": ["M", "N"], "grid": [5, 2]})
            tltt.annotate_tt_schedule(partition_mode="global")
            a = T.alloc_shared((32, 32), "float32")
            T.copy(A[bz, by * 32, bx * 32], a)
            for i, j in T.Parallel(32, 32):
                a[i, j] = a[i, j] * 2.0 + 1.0
            T.copy(a, C[bz, by * 32, bx * 32])

    kernel = compiled(main)
    a = rand(Z, M, N, dtype="float32")
    c = torch.full_like(a, float("nan"))
    kernel(a, c)
    assert_close(c, a.double() * 2 + 1, "float32")
    plan = plan_of(kernel)
    tensors = {t["name"]: t["shards"] for t in plan["program"]["tensors"]}
    assert tensors["A"]["tensor_pages"] == [3, 3, 3] and tensors["A"]["shard_pages"] == [1, 2, 2]
    assert tensors["C"]["tensor_pages"] == [9, 3] and tensors["C"]["shard_pages"] == [2, 2]
    assert tltt.last_report(kernel)["dram_read_bytes"] == tltt.last_report(kernel)["dram_write_bytes"] == 0


def test_vector_operand_in_l1():
    M, N = 96, 160

    @T.prim_func
    def main(A: T.Tensor((M, N), "bfloat16"), b: T.Tensor((N,), "bfloat16"), C: T.Tensor((M, N), "bfloat16")):
        with T.Kernel(T.ceildiv(N, 64), T.ceildiv(M, 32), threads=128) as (bx, by):
            annotate_tt_layout(b, memory="L1", nd_shard={"axes": ["M", "N"], "grid": [1, 3]})
            tltt.annotate_tt_schedule(partition_mode="global")
            for i, j in T.Parallel(32, 64):
                C[by * 32 + i, bx * 64 + j] = A[by * 32 + i, bx * 64 + j] + b[bx * 64 + j]

    kernel = compiled(main)
    a, bias, c = rand(M, N), rand(N, seed=2), torch.zeros(M, N, dtype=torch.bfloat16)
    kernel(a, bias, c)
    assert_close(c, a.double() + bias.double(), "bfloat16")


def test_depth_of_circular_buffers():
    kernel, _ = gemm(128, 64, 256, (32, 32, 32), {"A": {"cb_depth": 5}, "C": {"cb_depth": 1}})
    sizes = {b["name"]: b["total_size"] for b in plan_of(kernel)["program"]["circular_buffers"]}
    assert sizes["cb_in0"] == 5 * 2048 and sizes["cb_out0"] == 2048


@pytest.mark.parametrize("fmt,eps", [("bfp8", 2**-7), ("bfp4", 2**-3)])
@pytest.mark.parametrize("dtype", ["bfloat16", "float32"])
def test_block_float_gemm(fmt, eps, dtype):
    kernel, report = gemm(
        130, 96, 64, (64, 32, 32), {"A": {"data_format": fmt}, "B": {"data_format": fmt}}, dtype=dtype, accum=3 * eps
    )
    formats = {t["name"]: t["format"] for t in plan_of(kernel)["program"]["tensors"]}
    assert formats["A"] == formats["B"] == {"bfp8": "Bfp8_b", "bfp4": "Bfp4_b"}[fmt]
    tile = {"bfp8": 1088, "bfp4": 576}[fmt]
    assert report["dram_read_bytes"] % tile == 0


def test_block_float_elementwise_is_exact_where_the_format_is():
    """Small integers of one magnitude per 16 fit a block float exactly."""
    func = annotate_tt_layout(
        kernels.scheduled_add_3d(1, 64, 96, 32, 32), {"A": {"data_format": "bfp8"}, "C": {"dtype": "Bfp8_b"}}
    )
    a = torch.randint(-8, 8, (1, 64, 96)).float()
    c = torch.full_like(a, float("nan"))
    compiled(func)(a, c)
    assert torch.equal(c, a * 2 + 1)


def test_narrower_format_of_a_float32_tensor():
    func = annotate_tt_layout(kernels.scheduled_add_3d(1, 70, 50, 32, 32), {"A": {"data_format": "bfloat16"}})
    a = rand(1, 70, 50, dtype="float32")
    c = torch.full_like(a, float("nan"))
    compiled(func)(a, c)
    assert_close(c, a.bfloat16().double() * 2 + 1, "float32")


@settings(max_examples=10, deadline=None)
@given(
    m=st.integers(1, 200),
    n=st.integers(1, 200),
    rows=st.integers(1, 5),
    columns=st.integers(1, 5),
    memory=st.sampled_from(["L1", "DRAM"]),
    out=st.booleans(),
    chip=st.sampled_from(["n150", "p150"]),
)
def test_any_shard_grid(m, n, rows, columns, memory, out, chip):
    shard = {"memory": memory, "nd_shard": block_sharded(rows, columns)}
    func = annotate_tt_layout(
        kernels.scheduled_add_3d(1, m, n, 32, 64),
        {"C" if out else "A": {**shard, "nd_shard": {"axes": ["B", "M", "N"], "grid": [1, rows, columns]}}},
    )
    a = rand(1, m, n, dtype="float32")
    c = torch.full_like(a, float("nan"))
    kernel = tilelang.compile(func, target={"kind": "tenstorrent", "chip": chip})
    kernel(a, c)
    assert_close(c, a.double() * 2 + 1, "float32")
    assert validate_plan(plan_of(kernel)) == []


def chained(shards):
    """Two GEMMs: the first leaves C in L1, the second takes it from there."""
    first = annotate_tt_layout(kernels.gemm(256, 128, 96, 64, 64, 32), {"C": {**L1, "nd_shard": shards[0]}})
    second = annotate_tt_layout(kernels.gemm(256, 64, 128, 64, 64, 64), {"A": {**L1, "nd_shard": shards[1]}})
    return compiled(first), compiled(second)


def test_a_tensor_stays_on_the_chip_between_two_kernels():
    first, second = chained((height_sharded(4), height_sharded(4)))
    a, b, w = rand(256, 96), rand(96, 128, seed=1), rand(128, 64, seed=2)
    out = torch.full((256, 64), float("nan"), dtype=torch.bfloat16)
    hidden = tltt.device_tensor(first, "C")
    tltt.run(first, a, b, hidden)
    tltt.run(second, hidden, w, out)
    middle = hidden.to_host()
    assert_close(middle, a.double() @ b.double(), "bfloat16", magnitude=matmul_bound(a, b), accum=1e-5)
    assert_close(out, middle.double() @ w.double(), "bfloat16", magnitude=matmul_bound(middle, w), accum=1e-5)
    assert tltt.last_report(first)["dram_write_bytes"] == 0
    assert "L1, 4 x 1 shards" in repr(hidden)
    filled = tltt.device_tensor(second, "A", middle)
    assert torch.equal(filled.to_host(), middle)


def test_a_tensor_in_another_layout_is_refused():
    first, second = chained((height_sharded(4), height_sharded(8)))
    hidden = tltt.device_tensor(first, "C", torch.zeros(256, 128, dtype=torch.bfloat16))
    with pytest.raises(ValueError, match=r"lies on the chip as .*, but the kernel takes .*; annotate both"):
        tltt.run(second, hidden, rand(128, 64), torch.zeros(256, 64, dtype=torch.bfloat16))
    with pytest.raises(ValueError, match="has no tensor `D`"):
        tltt.device_tensor(first, "D")
    with pytest.raises(ValueError, match="of another shape"):
        hidden.from_host(torch.zeros(3, 3, dtype=torch.bfloat16))


def test_tensors_that_stay_on_the_chip_end_in_zeros():
    """A kernel computes whole tiles: 1 / 0 beyond the edge, which the product of the next kernel must not meet."""
    n = 40

    @T.prim_func
    def first(A: T.Tensor((n, n), "float32"), C: T.Tensor((n, n), "bfloat16")):
        with T.Kernel(1, threads=128) as bx:
            a = T.alloc_fragment((64, 64), "float32")
            T.copy(A[0:64, 0:64], a)
            for i, j in T.Parallel(64, 64):
                a[i, j] = 1.0 / a[i, j]
            T.copy(a, C[0:64, 0:64])

    @T.prim_func
    def second(A: T.Tensor((n, n), "bfloat16"), B: T.Tensor((n, n), "bfloat16"), C: T.Tensor((n, n), "float32")):
        with T.Kernel(1, threads=128) as bx:
            a = T.alloc_shared((64, 64), "bfloat16")
            b = T.alloc_shared((64, 64), "bfloat16")
            c = T.alloc_fragment((64, 64), "float32")
            T.copy(A[0:64, 0:64], a)
            T.copy(B[0:64, 0:64], b)
            T.gemm(a, b, c, clear_accum=True)
            T.copy(c, C[0:64, 0:64])

    one, two = compiled(first), compiled(second)
    a, b, c = rand(n, n, dtype="float32").abs() + 0.5, rand(n, n), torch.full((n, n), float("nan"))
    between = tltt.device_tensor(one, "C")
    tltt.run(one, a, between)
    tltt.run(two, between, b, c)
    h = (1 / a).bfloat16()
    assert_close(c, h.double() @ b.double(), "float32", magnitude=matmul_bound(h, b), accum=1e-4)


@pytest.mark.parametrize(("M", "cores"), [(256, 4), (96, 3)])
def test_buffers_lie_on_the_shards(M, cores):
    """Blocks that are a core's shard, one behind the other: nothing is copied, into the core or within it."""
    N = 128
    layouts = {name: {**L1, "nd_shard": height_sharded(cores)} for name in "XY"}
    kernel = compiled(annotate_tt_layout(kernels.row_softmax(M, N, 32), layouts))
    plan = plan_of(kernel)["program"]
    tensors = [t["name"] for t in plan["tensors"]]
    on_shards = {tensors[cb["tensor"]]: cb for cb in plan["circular_buffers"] if "tensor" in cb}
    assert sorted(on_shards) == ["X", "Y"]
    assert {cb["total_size"] for cb in on_shards.values()} == {M // cores * N * 4}
    files = tltt.files(kernel)
    assert "noc_async" not in files["reader.cpp"] + files["writer.cpp"]
    assert "set_globally_allocated_address" in files["main.cpp"]
    x = rand(M, N, dtype="float32") * 3
    y = torch.full_like(x, float("nan"))
    kernel(x, y)
    assert_close(y, torch.softmax(x.double(), 1), "float32", ulps=64)
    report = tltt.last_report(kernel)
    assert report["dram_read_bytes"] == report["dram_write_bytes"] == 0
    # The same again: what lay on the shards does not matter.
    kernel(x + 1, y)
    assert_close(y, torch.softmax(x.double() + 1, 1), "float32", ulps=64)


@pytest.mark.parametrize(
    ("M", "N", "rows", "shards", "in_place"),
    [
        (224, 128, 32, height_sharded(4), 2),  # the last shard is not whole
        (250, 100, 32, height_sharded(4), 2),  # tiles at the edges are not whole, but all there
        (256, 128, 32, block_sharded(4, 2), 0),  # a block lies in two shards
        (256, 128, 64, height_sharded(8), 0),  # and here as well
    ],
)
def test_blocks_that_are_no_runs_of_a_shard_are_copied(M, N, rows, shards, in_place):
    layouts = {"X": {**L1, "nd_shard": shards}, "Y": {**L1, "nd_shard": shards}}
    kernel = compiled(annotate_tt_layout(kernels.row_softmax(M, N, rows), layouts))
    x = rand(M, N, dtype="float32") * 3
    y = torch.full_like(x, float("nan"))
    kernel(x, y)
    assert_close(y, torch.softmax(x.double(), 1), "float32", ulps=64)
    assert sum("tensor" in cb for cb in plan_of(kernel)["program"]["circular_buffers"]) == in_place


def test_what_lies_on_shards_stays_between_kernels():
    layouts = {name: {**L1, "nd_shard": height_sharded(4)} for name in "XY"}
    kernel = compiled(annotate_tt_layout(kernels.row_softmax(128, 96, 32), layouts))
    x, y = rand(128, 96, dtype="float32"), torch.zeros(128, 96)
    between = tltt.device_tensor(kernel, "Y")
    tltt.run(kernel, x, between)
    tltt.run(kernel, between, y)
    once = between.to_host()
    assert_close(once, torch.softmax(x.double(), 1), "float32", ulps=64)
    assert_close(y, torch.softmax(once.double(), 1), "float32", ulps=64)
