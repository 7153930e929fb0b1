"""The index of diagnostics: for every kind of mistake the words with which it is told.

The rows are those of docs/errors.md. A trigger makes the mistake and returns what is said: the text of
the exception, of the remark, or of the list of problems.
"""

import importlib
import json
import re
from pathlib import Path

import pytest
import refused
import tilelang.language as T
from ir_tools import after, attrs, compile_files, ffi, run_pass
from pass_kernels import gemm
from tilelang.backend.target import determine_target
from tvm import IRModule, tirx
from tvm.target import Target

import tilelang_tenstorrent as tltt
from tilelang_tenstorrent import _native
from tilelang_tenstorrent.findings import of_remark
from tilelang_tenstorrent.plan import validate_plan

for module in sorted(Path(__file__).parent.glob("refused_*.py")):
    importlib.import_module(module.stem)

INDEX = (Path(__file__).parents[2] / "docs" / "errors.md").read_text()


def said(action):
    with pytest.raises(Exception) as error:
        action()
    return str(error.value)


def case(name):
    """A kernel of refused_*.py; that its refusal names line and way out is what test_refused.py checks."""
    factory, _, _, target = refused.CASES[name]
    return lambda: said(lambda: compile_files(factory(), target or {"kind": "tenstorrent", "riscv": 0}))


def edited(run, stage, role, edit):
    """What a pass (or "print", which makes the sources) says of a GEMM after `stage`, one function of it edited."""

    def change():
        functions = after("gemm", stage).functions.items()
        mod = IRModule({v: edit(f) if attrs(f).get("tt.kernel_role") == role else f for v, f in functions})
        if run == "print":
            ffi("tltt.compiler.prove_protocol")(mod)
        else:
            run_pass(run, mod)

    return lambda: said(change)


def without(key):
    return lambda func: func.without_attr(key)


def having(key, value):
    return lambda func: func.with_attr(key, value)


def of_dtype(buffer, dtype):
    key = f"tt.buffer.{buffer}"
    return lambda func: func.with_attr(key, {**func.attrs[key], "dtype": dtype})


def empty(func):
    return func.with_body(tirx.Evaluate(0))


def calling(op, *args):
    """The function with one more call at its end."""
    call = tirx.Evaluate(tirx.Call("void", tirx.op.Op.get(op), list(args)))
    return lambda func: func.with_body(tirx.SeqStmt([func.body, call]))


def launching_inside(func):
    axis = tirx.IterVar(None, tirx.Var("z", "int32"), 1, "blockIdx.z")
    inner = tirx.For(tirx.Var("bz", "int32"), 0, 2, tirx.ForKind.THREAD_BINDING, tirx.Evaluate(0), axis)
    return func.with_body(tirx.SeqStmt([func.body, inner]))


def moving_pages_alone(func):
    cb = tirx.StringImm("cb_out0")
    return calling("tt.cb_push_back", cb, 1)(calling("tt.cb_reserve_back", cb, 1)(empty(func)))


def nearly_full_l1():
    @T.prim_func
    def main(A: T.Tensor((512, 320), "float32"), B: T.Tensor((512, 320), "float32")):
        with T.Kernel(4, threads=128) as bx:
            for _ in T.serial(2):
                s = T.alloc_shared((512, 320), "float32")
                T.copy(A, s)
                T.copy(s, B)

    remark = compile_files(main, {"kind": "tenstorrent"})["remarks.txt"].strip()
    assert of_remark(remark).code == "TT1005"
    return remark


def module_without_functions():
    return said(lambda: ffi("tltt.compiler.compile")(IRModule({}), Target("tenstorrent")))


def module_of_an_unheard_dtype():
    buffer = tirx.decl_buffer((32, 32), "float8_e4m3fnuz", "A")
    handle = tirx.Var("A", "handle")
    func = tirx.PrimFunc([handle], tirx.Evaluate(0), buffer_map={handle: buffer})
    assert tltt.validate_module_for_tt(IRModule({"main": gemm()})) == []
    return "\n".join(tltt.validate_module_for_tt(IRModule({"main": func})))


def other_target():
    mod = tirx.transform.BindTarget(Target("c"))(IRModule({"main": gemm()}))
    return said(lambda: run_pass("LayoutAwareWorkPartition", mod))


E1 = ("FinalizePersistentSignature", "ValidateLoweredIR", "reader")
F = ("VerifyTTIR", "VerifyTTIR")

ROWS = [
    (2, "Target grayscale is not supported", lambda: said(lambda: determine_target("grayscale"))),
    (3, "Tenstorrent lowering called with invalid target: c. Expected: tenstorrent", other_target),
    (4, "annotate_tt_layout expects a tvm.tir.PrimFunc", lambda: said(lambda: tltt.annotate_tt_layout(3, {}))),
    (4, "annotate_tt_schedule expects a tvm.tir.PrimFunc", lambda: said(lambda: tltt.annotate_tt_schedule(3, {}))),
    (5, "Invalid memory type for A", case("layout_memory")),
    (6, "Invalid layout type for A", case("layout_layout")),
    (7, "L1 sharded buffer B requires nd_shard specification", case("layout_without_shards")),
    (8, "L1 sharded buffer A must be tile-aligned", case("shard_align")),
    (9, "ND shard missing required field: grid", case("shard_grid_missing")),
    (10, "L1 shard exceeds capacity: 2097152 bytes required", case("shard_too_large")),
    (11, "Halo metadata not supported for A", case("layout_halo")),
    (12, "Tile shape must be 2D for A", case("layout_tile_rank")),
    (13, "Non-standard tile shape", case("layout_tile_shape")),
    (14, "Unsupported dtype float8_e4m3fnuz of tensor `A`", case("scale_tensor")),
    (15, "layout-aware partitioning requires sharded buffer metadata", case("schedule_local_without_shards")),
    (16, "differ in their shard grids", case("shard_grids_differ")),
    (16, "a shard grid of 9 x 2 (rows x columns) does not fit the 64 cores", case("shard_grid_too_large")),
    (16, "unknown order `zorder`", case("shard_order")),
    (17, "No TT metadata found", lambda: said(lambda: run_pass("GridToCoreGrid", after("gemm", "LegalizeFrontend")))),
    (
        18,
        "Output still contains T.Kernel blocks:",
        edited("GridToCoreGrid", "LayoutAwareWorkPartition", None, launching_inside),
    ),
    (
        19,
        "Output contains protocol operations: [tt.cb_push_back]",
        edited("SplitDeviceKernel", "BalanceNocs", None, calling("tt.cb_push_back", tirx.StringImm("cb_in0"), 1)),
    ),
    (
        20,
        'Output uses heuristics: ["cb0"]',
        edited("SplitDeviceKernel", "BalanceNocs", None, calling("tt.tile.store", tirx.StringImm("cb0"), 0)),
    ),
    (21, "could not be assigned (all 32 indices exhausted)", case("too_many_buffers")),
    (
        22,
        "Split kernel validation failed - IR is incomplete:\n[monolithic]",
        edited("ValidateSplitKernels", "InsertComputeInit", "reader", without("tt.kernel_role")),
    ),
    (
        23,
        "No runtime args found for compute kernel",
        edited("ConfigureTensorAccessor", "SplitDeviceKernel", "compute", empty),
    ),
    (
        24,
        "No compute operations found in compute kernel",
        edited("ValidateSplitKernels", "InsertComputeInit", "compute", moving_pages_alone),
    ),
    (
        25,
        "IR validation failed - unlowered constructs detected:",
        edited("ValidateLoweredIR", "SplitDeviceKernel", "reader", lambda func: func),
    ),
    (26, "Buffer 'B' missing tt.buffer.B metadata", edited(*E1, without("tt.buffer.B"))),
    (26, "Buffer 'B' has default-constructed TensorAccessor", edited(*E1, without("tt.tensor_accessor.B"))),
    (26, "Duplicate CB ID 0 for buffers 'a' and 'b'", edited(*E1, having("tt.cb_indices", {"a": 0, "b": 0}))),
    (26, "Local shard mode but missing tt.shard_grid", edited(*E1, having("tt.partition_mode", "local_shard"))),
    (27, "TT IR validation failed:\nAttributes: ", edited(*F, "reader", without("tt.runtime_args"))),
    (28, "bytes exceeds capacity", case("too_large_for_l1")),
    (28, "bytes is >80% of capacity", nearly_full_l1),
    (29, "CB index 40 exceeds maximum of 32", edited(*E1, having("tt.cb_indices", {"a": 40}))),
    (
        30,
        "Missing required attributes for reader: [tt.runtime_args]",
        edited(*F, "reader", without("tt.runtime_args")),
    ),
    (31, "Unsupported dtype float64 of tensor `A`", case("tensor_dtype")),
    (31, "Unsupported dtype float8_e4m3fnuz for buffer B", edited(*F, "writer", of_dtype("B", "float8_e4m3fnuz"))),
    (32, "Compute engine init not inserted", edited(*F, "compute", without("tt.compute_init_inserted"))),
    (32, "DST management not inserted", edited(*F, "compute", without("tt.dst_management_inserted"))),
    (32, "CB protocol may not be inserted for writer", edited(*F, "writer", without("tt.cb_protocol_inserted"))),
    (33, "Found monolithic kernels: main_writer", edited(*F, "writer", without("tt.kernel_role"))),
    (33, "No kernel role specified", edited(*F, "writer", without("tt.kernel_role"))),
    (33, "Unbalanced kernel split detected", edited(*F, "writer", without("tt.kernel_role"))),
    (34, "Reader kernel has empty or incomplete IR body", edited("print", "VerifyTTIR", "reader", empty)),
    (34, "Writer kernel has empty or incomplete IR body", edited("print", "VerifyTTIR", "writer", empty)),
    (
        35,
        "Unknown intrinsic: tt.tile.load",
        edited("print", "VerifyTTIR", "compute", calling("tt.tile.load", tirx.StringImm("cb_in0"))),
    ),
    (
        36,
        "Kernel reader reads runtime argument tt_shard_coord_y, which has no slot",
        edited(*E1, having("tt.runtime_args", ["tt_shard_coord_y"])),
    ),
    (38, "Missing required field: core_grid", lambda: "\n".join(validate_plan("{}"))),
    (38, "schema_version must be >= 1", lambda: "\n".join(validate_plan(json.dumps({"schema_version": 0})))),
    (39, "Module contains no functions", module_without_functions),
    (39, "Buffer A has unsupported dtype float8_e4m3fnuz", module_of_an_unheard_dtype),
    (40, "TT_METAL_HOME environment variable not set", lambda: compile_files(gemm())["CMakeLists.txt"]),
]
ELSEWHERE = {1, 37}  # below, and tests/python/test_sharded_accessor.py


@pytest.mark.parametrize("row,text,trigger", ROWS, ids=[f"{row}-{text}" for row, text, _ in ROWS])
def test_row(row, text, trigger):
    assert text in trigger()
    assert re.search(rf"^\| {row} \|.*$", INDEX, re.M), "the row is missing in docs/errors.md"


def test_row_1_a_backend_that_is_not_built(monkeypatch, tmp_path):
    monkeypatch.setattr(_native, "LIBRARY_DIR", tmp_path)
    with pytest.raises(ValueError, match="Tenstorrent backend requires TileLang to be built with TL_TT_BACKEND"):
        _native._load()


def test_the_index_is_whole():
    rows = {int(number) for number in re.findall(r"^\| (\d+) \|", INDEX, re.M)}
    assert rows == set(range(1, 41)) == {row for row, *_ in ROWS} | ELSEWHERE
    # What the table says is what the tests have seen.
    for row, text, _ in ROWS:
        line = re.search(rf"^\| {row} \|.*$", INDEX, re.M)[0]
        assert any(part in text or text in part for part in re.findall(r"`([^`]+)`", line)), (row, text)
