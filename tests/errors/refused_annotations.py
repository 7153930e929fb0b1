"""Refusals of annotate_tt_layout and annotate_tt_schedule, in the way of refused.py."""

import tilelang.language as T
from refused import CASES, refused
from refused_language import RISCV

from tilelang_tenstorrent import annotate_tt_layout, annotate_tt_schedule


@refused("annotate_tt_layout of `A` has no key `memroy`; did you mean `memory`?", "its keys are memory, layout")
def layout_key():
    @T.prim_func
    def main(A: T.Tensor((64, 64), "float32"), B: T.Tensor((64, 64), "float32")):
        with T.Kernel(2, 2, threads=128) as (bx, by):
            annotate_tt_layout(A, memroy="L1")  # <--
            s = T.alloc_shared((32, 32), "float32")
            T.copy(A[by * 32, bx * 32], s)
            T.copy(s, B[by * 32, bx * 32])

    return main


@refused("L1 sharded buffer B requires nd_shard specification", "add nd_shard=")
def layout_without_shards():
    @T.prim_func
    def main(A: T.Tensor((64, 64), "float32"), B: T.Tensor((64, 64), "float32")):
        with T.Kernel(2, 2, threads=128) as (bx, by):
            s = T.alloc_shared((32, 32), "float32")
            annotate_tt_layout(B, memory="L1", layout="sharded")  # <--
            T.copy(A[by * 32, bx * 32], s)
            T.copy(s, B[by * 32, bx * 32])

    return main


@refused("annotate_tt_schedule: unknown order `row_mayor`; did you mean `row_major`?", "use row_major, column_major")
def schedule_order():
    @T.prim_func
    def main(A: T.Tensor((64, 64), "float32"), B: T.Tensor((64, 64), "float32")):
        with T.Kernel(2, 2, threads=128) as (bx, by):
            s = T.alloc_shared((32, 32), "float32")
            annotate_tt_schedule(order="row_mayor")  # <--
            T.copy(A[by * 32, bx * 32], s)
            T.copy(s, B[by * 32, bx * 32])

    return main


@refused('annotation "tt.user_wish" is not known', "use annotate_tt_layout and annotate_tt_schedule")
def unknown_annotation():
    @T.prim_func
    def main(A: T.Tensor((64, 64), "float32"), B: T.Tensor((64, 64), "float32")):
        with T.Kernel(2, 2, threads=128) as (bx, by):
            T.sblock_attr({"tt.user_wish": 1})
            s = T.alloc_shared((32, 32), "float32")
            T.copy(A[by * 32, bx * 32], s)
            T.copy(s, B[by * 32, bx * 32])

    return main


@refused("takes blocks of tensors in different data formats, Float32 and Bfp8_b", "use a buffer for each")
def buffer_of_two_formats():
    @T.prim_func
    def main(A: T.Tensor((64, 64), "float32"), B: T.Tensor((64, 64), "float32"), C: T.Tensor((64, 64), "float32")):
        with T.Kernel(2, 2, threads=128) as (bx, by):
            annotate_tt_layout(B, data_format="bfp8")
            s = T.alloc_shared((32, 32), "float32")
            c = T.alloc_fragment((32, 32), "float32")
            T.copy(A[by * 32, bx * 32], s)
            for i, j in T.Parallel(32, 32):
                c[i, j] = s[i, j]
            T.copy(B[by * 32, bx * 32], s)  # <--
            for i, j in T.Parallel(32, 32):
                c[i, j] = c[i, j] + s[i, j]
            T.copy(c, C[by * 32, bx * 32])

    return main


@refused(
    "a block of `X` reaches 1 elements behind its core's shard along axis 0, but the halo is 0",
    "widen `halo`, or leave it out",
)
def halo_too_narrow():
    @T.prim_func
    def main(X: T.Tensor((9, 32, 32), "float32"), Y: T.Tensor((8, 32, 32), "float32")):
        with T.Kernel(8, threads=128) as by:
            rows = {"axes": ["H", "M", "N"], "grid": [3, 1, 1]}
            annotate_tt_layout(X, memory="L1", nd_shard=rows, halo={"H": [2, 0]})
            annotate_tt_layout(Y, memory="L1", nd_shard=rows)
            a = T.alloc_shared((32, 32), "float32")
            b = T.alloc_shared((32, 32), "float32")
            T.copy(X[by, 0, 0], a)
            T.copy(X[by + 1, 0, 0], b)  # <--
            for i, j in T.Parallel(32, 32):
                a[i, j] = a[i, j] + b[i, j]
            T.copy(a, Y[by, 0, 0])

    return main


@refused(
    "halo of `X`: core (0, 3) does blocks, but the shard that it would hold of the tensor is empty", "leave `halo` out"
)
def halo_of_an_empty_shard():
    @T.prim_func
    def main(X: T.Tensor((5, 32, 32), "float32"), Y: T.Tensor((8, 32, 32), "float32")):
        with T.Kernel(8, threads=128) as by:
            rows = {"axes": ["H", "M", "N"], "grid": [4, 1, 1]}
            annotate_tt_layout(X, memory="L1", nd_shard=rows, halo={"H": [8, 0]})  # <--
            annotate_tt_layout(Y, memory="L1", nd_shard=rows)
            a = T.alloc_shared((32, 32), "float32")
            T.copy(X[by // 2, 0, 0], a)
            T.copy(a, Y[by, 0, 0])

    return main


def annotated(message, way_out, name, layouts=None, schedule=None, shape=(64, 64), block=32):
    """A copy kernel with annotations from outside, which have no line of their own."""

    def factory():
        @T.prim_func
        def main(A: T.Tensor(shape, "float32"), B: T.Tensor(shape, "float32")):
            with T.Kernel(shape[1] // block, shape[0] // block, threads=128) as (bx, by):
                s = T.alloc_shared((block, block), "float32")
                T.copy(A[by * block, bx * block], s)
                T.copy(s, B[by * block, bx * block])

        func = annotate_tt_layout(main, layouts) if layouts else main
        return annotate_tt_schedule(func, schedule) if schedule else func

    CASES[name] = (factory, message, way_out, None)


MN = ["M", "N"]


def sharded(grid=(2, 2), **keys):
    return {"memory": "L1", "nd_shard": {"axes": MN, "grid": list(grid), **keys}}


annotated("the kernel has no tensor `AA`; did you mean `A`?", "its tensors are A, B", "layout_tensor", {"AA": {}})
annotated("`memory` is not a string", "give `memory` a string", "layout_type", {"A": {"memory": 3}})
annotated("annotate_tt_layout of `A` is not a dictionary", "give it keys", "layout_not_a_dict", {"A": "L1"})
annotated(
    "Invalid memory type for A: L2; did you mean `L1`?", "use DRAM or L1", "layout_memory", {"A": {"memory": "L2"}}
)
annotated(
    "Invalid layout type for A: shared; did you mean `sharded`?",
    "use interleaved or sharded",
    "layout_layout",
    {"A": {"layout": "shared"}},
)
annotated("Tile shape must be 2D for A: [32]", "use [32, 32]", "layout_tile_rank", {"A": {"tile_shape": [32]}})
annotated("Non-standard tile shape [16, 16]", "use [32, 32]", "layout_tile_shape", {"A": {"tile_shape": [16, 16]}})
annotated("Halo metadata not supported for A: its", "shard it in L1", "layout_halo", {"A": {"halo": {"M": [1, 1]}}})
annotated(
    "Halo metadata not supported for A with partition_mode global",
    "leave `halo` out",
    "halo_global",
    {"A": {**sharded(), "halo": {"M": [1, 1]}}},
    {"partition_mode": "global"},
)
annotated(
    "halo of `A`: nd_shard names no axis `H`",
    "name every axis of the tensor",
    "halo_axis",
    {"A": {**sharded(), "halo": {"H": [1, 1]}}},
)
annotated(
    "data format `bfp9` of a float32 tensor is not supported; did you mean `bfp",
    "use Float32",
    "layout_format",
    {"A": {"dtype": "bfp9"}},
)
annotated(
    "ND shard missing required field: grid", "write nd_shard=", "shard_grid_missing", {"A": {"nd_shard": {"axes": MN}}}
)
annotated(
    "DRAM sharded buffer A requires nd_shard", "add nd_shard", "dram_without_shards", {"A": {"layout": "sharded"}}
)
annotated(
    "is interleaved, but has nd_shard",
    'use layout="sharded"',
    "interleaved_with_shards",
    {"A": {"layout": "interleaved", **sharded()}},
)
annotated("must include axes 'M' and 'N'", "name the axes", "shard_axes", {"A": sharded(axes=["M", "K"])})
annotated(
    "has 3 axes, but the tensor has 2",
    "name every axis",
    "shard_rank",
    {"A": {"nd_shard": {"axes": ["B", "M", "N"], "grid": [1, 1, 1]}}},
)
annotated("differ in length", "give one number", "shard_lengths", {"A": sharded(grid=(2, 2, 2))})
annotated("'M' and 'N' are axes 1 and 0", "call the axes", "shard_axes_swapped", {"A": sharded(axes=["N", "M"])})
annotated(
    "L1 sharded buffer A must be tile-aligned",
    "leave align_tiles out",
    "shard_align",
    {"A": sharded(align_tiles=False)},
)
annotated(
    "L1 sharded buffer A must be tile-aligned, but its shard has 48 elements along axis M",
    "use multiples of 32, e.g. 64",
    "shard_tiles",
    {"A": sharded(shard_shape_elems=[48, 64])},
)
annotated(
    "2 shards of 32 elements cover 64 of 128 along axis N",
    "use more or larger shards",
    "shard_cover",
    {"A": sharded(shard_shape_elems=[64, 32])},
    shape=(128, 128),
)
annotated("nd_shard of `A`: unknown order `zorder`", "use row_major", "shard_order", {"A": sharded(order="zorder")})
annotated(
    "L1 shard exceeds capacity: 2097152 bytes required",
    "use more, smaller shards, or DRAM",
    "shard_too_large",
    {"A": sharded(grid=(1, 2))},
    shape=(1024, 1024),
)
annotated(
    "a shard grid of 9 x 2 (rows x columns) does not fit the 64 cores",
    "use fewer, larger shards",
    "shard_grid_too_large",
    {"A": sharded(grid=(9, 2))},
    shape=(288, 64),
)
annotated(
    "L1 sharded buffers `B` (2 x 1) and `A` (1 x 2) differ in their shard grids",
    'partition_mode="global"',
    "shard_grids_differ",
    {"A": sharded(grid=(1, 2)), "B": sharded(grid=(2, 1))},
)
annotated(
    "gives both `grid` and `core_ranges`",
    "give one of them",
    "schedule_grid_and_ranges",
    schedule={"grid": [2, 2], "core_ranges": [{"start": [0, 0], "extent": [1, 1]}]},
)
annotated("`grid` of 9x1 cores is larger than the 8x8", "use at most", "schedule_grid", schedule={"grid": [9, 1]})
annotated(
    "core range at (7, 7) reaches beyond the 8x8 cores",
    "use cores (0, 0) to (7, 7)",
    "schedule_range",
    schedule={"core_ranges": [{"start": [7, 7], "extent": [2, 1]}]},
)
annotated(
    "the `core_ranges` overlap",
    "let every core stand in one range",
    "schedule_overlap",
    schedule={"core_ranges": [{"start": [0, 0], "extent": [2, 2]}, {"start": [1, 1], "extent": [1, 1]}]},
)
annotated(
    "unknown partition_mode `local`; did you mean", "use global", "schedule_mode", schedule={"partition_mode": "local"}
)
annotated("unknown policy `cyclic`", "use contiguous or block_cyclic", "schedule_policy", schedule={"policy": "cyclic"})
annotated(
    "layout-aware partitioning requires sharded buffer metadata",
    "annotate_tt_layout a tensor",
    "schedule_local_without_shards",
    schedule={"partition_mode": "local_shard"},
)
annotated(
    "1 x 1 shards of 1 x 2 blocks do not cover the grid of 2 x 2 blocks",
    "use larger shards",
    "schedule_shards_cover",
    schedule={"partition_mode": "local_shard", "shard_grid": [1, 1], "local_shape_tiles": [1, 2]},
)
annotated(
    "policy `block_cyclic` with local_shard",
    "leave the policy out",
    "schedule_local_policy",
    {"A": sharded()},
    {"partition_mode": "local_shard", "policy": "block_cyclic"},
)
annotated(
    "partition_mode local_shard for more than 2^20 blocks",
    "use larger blocks",
    "schedule_local_many",
    schedule={"partition_mode": "local_shard", "shard_grid": [1, 1], "local_shape_tiles": [1025, 1024]},
    shape=(1025 * 32, 1024 * 32),
)
annotated(
    "order `match_shard` without shards to match",
    "write match_shard(rows,columns)",
    "schedule_match",
    schedule={"order": "match_shard"},
)
annotated(
    "gives `chunk`, which the policy `contiguous` has not",
    'add policy="block_cyclic"',
    "schedule_chunk",
    schedule={"order": "z_order", "chunk": 2},
)
annotated(
    "gives `shard_grid`, but cores do not work on shards",
    'add partition_mode="local_shard"',
    "schedule_idle_shards",
    schedule={"shard_grid": [1, 2]},
)
annotated(
    "gives `local_shape_tiles`, but no `shard_grid`",
    "give both",
    "schedule_shape_without_grid",
    {"A": sharded()},
    {"partition_mode": "local_shard", "local_shape_tiles": [1, 2]},
)
annotated(
    "gives `local_shape_tiles`, but an order that does not match shards",
    'add order="match_shard"',
    "schedule_idle_shape",
    schedule={"order": "hilbert", "local_shape_tiles": [1, 2]},
)
annotated(
    "`grid_tiles` is [3, 2], but the kernel launches 2 x 2 blocks",
    "leave `grid_tiles` out",
    "schedule_grid_tiles",
    schedule={"grid_tiles": [3, 2]},
)
annotated(
    "order hilbert gives a core 4096 blocks",
    "use larger blocks, or block_linear(k)",
    "schedule_table",
    schedule={"order": "hilbert", "grid": [1, 1]},
    shape=(2048, 2048),
)


def custom(items, name, message, way_out, shape=(64, 64), **more):
    annotated(message, way_out, name, schedule={"work_partition": items, **more}, shape=shape)


custom({"(0,0)": [{"io": 0, "jo": 0, "count": 3}]}, "custom_gap", "leaves block (io 1, jo 1) to no core", "once")
custom({"(9,0)": [{"io": 0, "jo": 0}]}, "custom_core", "names core (9, 0), which is not to be used", "name cores")
custom({"(0,0)": [{"io": 2, "jo": 0}]}, "custom_outside", "lies outside the grid of 2 x 2 blocks", "count blocks")
custom(
    {"(0,0)": [{"io": 1, "jo": 0, "count": 3}]}, "custom_run", "leaves the grid of 2 x 2 blocks", "shorten its count"
)
custom(
    {"(0,0)": [{"io": 0, "jo": 0, "count": 4}], "(1,0)": [{"io": 1, "jo": 1}]},
    "custom_twice",
    "gives block (io 1, jo 1) to two cores",
    "let every block stand there once",
)
custom(
    {"(0,0)": [{"io": 0, "jo": 0}]},
    "custom_and_order",
    "gives `work_partition` beside an order, a mode or a policy",
    "give `work_partition` alone",
    order="z_order",
)
custom(
    {"(0,0)": [{"io": 0, "jo": 0}]},
    "custom_many",
    "`work_partition` for more than 2^20 blocks",
    "use an order and a policy",
    shape=(1025 * 32, 1024 * 32),
)
custom(
    {"0,0": [{"io": 0, "jo": 0}]}, "custom_key", "`work_partition` is not a dictionary from", "give `work_partition`"
)
annotated(
    "tensor `A` (Float32, its shard): 320 tiles x 4096 bytes = 1310720",
    "keep the tensors in DRAM, or cut them into more shards: the circular buffers alone fit",
    "shards_and_buffers",
    {"A": sharded(grid=(2, 1))},
    shape=(640, 1024),
    block=160,
)
annotated(
    "bytes exceeds capacity",
    "leave `cb_depth` out: with a depth of 1 all of it fits",
    "depth_too_large",
    {"A": {"cb_depth": 30}},
    shape=(512, 512),
    block=128,
)


@refused("how far `X` is reached along axis 0 depends on data", "leave `halo` out to allow any reach", RISCV)
def halo_of_unknown_reach():
    @T.prim_func
    def main(X: T.Tensor((8, 32, 32), "float32"), at: T.Tensor((8,), "int32"), Y: T.Tensor((8, 32, 32), "float32")):
        with T.Kernel(8, threads=128) as by:
            rows = {"axes": ["H", "M", "N"], "grid": [2, 1, 1]}
            annotate_tt_layout(X, memory="L1", nd_shard=rows, halo={"H": [2, 2]})
            annotate_tt_layout(Y, memory="L1", nd_shard=rows)
            a = T.alloc_shared((32, 32), "float32")
            T.copy(X[at[by], 0, 0], a)  # <--
            T.copy(a, Y[by, 0, 0])

    return main


@refused("annotate_tt_layout of `A`: no tile holds elements of float64", "leave the annotation out", RISCV)
def layout_of_elements_without_tiles():
    @T.prim_func
    def main(A: T.Tensor((64, 64), "float64"), B: T.Tensor((64, 64), "float64")):
        with T.Kernel(2, 2, threads=128) as (bx, by):
            annotate_tt_layout(A, memory="L1")
            for i, j in T.Parallel(32, 32):
                B[by * 32 + i, bx * 32 + j] = A[by * 32 + i, bx * 32 + j]

    return main
