"""The emitted sources: against expected texts, and against what TT-Metalium's device API asks of a kernel.

Expected texts stand in expected/<kernel>/; `pytest tests --update-expected` rewrites them.
"""

import inspect
import json
import re
from itertools import pairwise
from pathlib import Path

import pass_kernels
import pytest
from ir_tools import after, compile_files
from pass_kernels import KERNELS, gemm

EXPECTED = Path(__file__).parent / "expected"
ROLES = ("reader", "compute", "writer")
COMPILED = {name: compile_files(kernel()) for name, kernel in KERNELS.items()}

every_kernel = pytest.mark.parametrize("kernel", KERNELS)
every_role = pytest.mark.parametrize("role", ROLES)


def source(kernel, role):
    return COMPILED[kernel][role + ".cpp"]


def calls(text, *names):
    """Calls of these functions in the order of the text: [(name, arguments as text)]."""
    pattern = rf"\b({'|'.join(map(re.escape, names))})(?:<[^;()]*>)?\(([^;]*)\);"
    return re.findall(pattern, text)


@every_kernel
def test_six_files(kernel):
    assert set(COMPILED[kernel]) == {
        "reader.cpp",
        "compute.cpp",
        "writer.cpp",
        "main.cpp",
        "CMakeLists.txt",
        "tt.plan.json",
    }


@every_kernel
@every_role
def test_source(kernel, role, expect_text):
    expect_text(source(kernel, role), EXPECTED / kernel / f"{role}.cpp")


@every_kernel
@every_role
def test_head_and_entry_point(kernel, role):
    text = source(kernel, role)
    lines = text.splitlines()
    assert lines[0] == f"// Generated TT {role.capitalize()} Kernel (IR-Driven)"
    if role == "compute":
        assert lines[1:3] == ["// Grid: 2x2", "// Cores: 4"]
        assert '#include "api/compute/common.h"' in lines
    else:
        assert '#include "api/dataflow/dataflow_api.h"' in lines
    assert text.count("void kernel_main() {") == 1
    assert "const uint32_t" in text and "get_arg_val<uint32_t>(0)" in text


@every_kernel
@every_role
def test_arguments_are_numbered_without_gaps_and_match_the_plan(kernel, role):
    args = re.findall(r"const uint32_t (\w+) = get_arg_val<uint32_t>\((\d+)\);", source(kernel, role))
    assert [int(i) for _, i in args] == list(range(len(args)))
    plan = json.loads(COMPILED[kernel]["tt.plan.json"])
    (entry,) = [k for k in plan["program"]["kernels"] if k["name"] == role]
    assert [a["name"] for a in entry["args"]] == [name for name, _ in args]


@every_kernel
@every_role
def test_no_template_text(kernel, role):
    for text in (source(kernel, role), COMPILED[kernel]["main.cpp"]):
        for marker in (
            "TODO",
            "TEMPLATE",
            "FIXME",
            "unsupported",
            "Unknown",
            "// Read input A",
            "// Write output C",
            "// Reader loop with CB/NOC operations",
        ):
            assert marker not in text


@every_kernel
def test_buffers_have_the_indices_that_c3_gave_them(kernel):
    given = {
        str(k): int(v)
        for k, v in next(iter(after(kernel, "BuildTileDFG").functions.values())).attrs["tt.cb_assignment"].items()
    }
    for role in ROLES:
        declared = re.findall(r"constexpr uint32_t (\w+) = tt::CBIndex::c_(\d+);", source(kernel, role))
        for name, index in declared:
            assert given[name] == int(index)
        used = set(re.findall(r"\bcb_(?:in|out|intermed|index)\d+\b", source(kernel, role)))
        assert used == {name for name, _ in declared}, "declared and used buffers differ"


@every_kernel
def test_reader_reserves_reads_waits_and_pushes(kernel):
    found = calls(
        source(kernel, "reader"), "cb_reserve_back", "noc_async_read_page", "noc_async_read_barrier", "cb_push_back"
    )
    open_reads, reserved = False, set()
    for name, args in found:
        cb = args.split(",")[0]
        if name == "cb_reserve_back":
            reserved.add(cb)
        elif name == "noc_async_read_page":
            assert reserved
            open_reads = True
        elif name == "noc_async_read_barrier":
            open_reads = False
        else:
            assert not open_reads and cb in reserved
            reserved.remove(cb)
    assert found and not reserved and not open_reads


@every_kernel
def test_writer_waits_writes_waits_and_pops(kernel):
    text = source(kernel, "writer")
    step = ["cb_wait_front", "noc_async_write_page", "noc_async_writes_flushed", "cb_pop_front"]
    found = [name for name, _ in calls(text, *step, "noc_async_write_barrier")]
    # What leaves from the writer's own multicasts is not the protocol of stores.
    found = found[found.index("cb_wait_front") :]
    assert found.pop() == "noc_async_write_barrier", "all has arrived at the end"
    assert found == step * (len(found) // len(step))


@pytest.mark.parametrize("kernel", [k for k in KERNELS if k != "copy"])
def test_compute_hands_dst_over(kernel):
    text = source(kernel, "compute")
    found = [n for n, _ in calls(text, "tile_regs_acquire", "tile_regs_commit", "tile_regs_wait", "tile_regs_release")]
    assert found and found == ["tile_regs_acquire", "tile_regs_commit", "tile_regs_wait", "tile_regs_release"] * (
        len(found) // 4
    )
    assert text.index("compute_kernel_hw_startup") < text.index("tile_regs_acquire")
    assert "cb_wait_front" in text and "cb_pop_front" in text and "cb_reserve_back" in text and "cb_push_back" in text


def test_compute_of_a_copy_calls_nothing():
    assert not re.search(r"\b(cb_|tile_regs_|compute_kernel)\w*\(", source("copy", "compute"))


def test_gemm():
    text = source("gemm", "compute")
    assert "for (uint32_t k = 0; k < 2; ++k) {" in text
    assert text.index("matmul_block_init(") < text.index("matmul_block(cb_in0, cb_in1")
    assert "relu_tile(" in text and "unary_bcast<BroadcastType::ROW>(cb_in2" in text
    assert "compute_kernel_hw_startup<SrcOrder::Reverse>(cb_in0, cb_in1, cb_out0);" in text


def test_every_function_is_declared_by_an_included_header():
    """The headers of a compute kernel are those of its calls: none is missing and none is there for nothing."""
    header_of = {
        ("matmul_block",): "matmul.h",
        ("copy_tile",): "tile_move_copy.h",
        ("pack_tile",): "pack.h",
        ("relu_tile",): "eltwise_unary/relu.h",
        tuple(f"{op}_binary_tile" for op in ("add", "sub", "mul", "div")): "eltwise_binary_sfpu.h",
        tuple(f"{op}_unary_tile" for op in ("add", "sub", "mul", "rsub")): "eltwise_unary/binop_with_scalar.h",
        ("unary_bcast",): "bcast.h",
        ("cb_wait_front",): "cb_api.h",
        ("tile_regs_acquire",): "reg_api.h",
    }
    for kernel in KERNELS:
        text = source(kernel, "compute")
        included = set(re.findall(r'#include "api/compute/(.*)"', text))
        for names, header in header_of.items():
            called = any(calls(text, name) for name in names)
            assert called == (header in included), f"{kernel}: {names} and {header}"


def test_tile_numbers():
    """A: m*Kt + k, B: k*Nt + n, C: m*Nt + n, as text."""
    files = compile_files(gemm(96, 128, 64, 32, 32, 32))  # Mt 3, Nt 4, Kt 2; one tile a block
    pages = dict(re.findall(r"noc_async_read_page\(([^,]+), (\w+)_acc", files["reader.cpp"] + files["writer.cpp"]))
    assert {v: k for k, v in pages.items()} == {"A": "by * 2 + k", "B": "k * 4 + bx", "bias": "bx"}
    # One tile a block: C's page m*Nt + n is the block's own number, or the sum spelled out.
    (page,) = re.findall(r"noc_async_write_page\(([^,]+), C_acc", files["writer.cpp"])
    assert page in ("by * 4 + bx", "block_id")


@every_kernel
def test_host_program(kernel):
    text = COMPILED[kernel]["main.cpp"]
    for part in (
        "CreateProgram",
        "CreateCircularBuffer",
        "CreateKernel",
        "SetRuntimeArgs",
        "EnqueueMeshWorkload",
        "EnqueueReadMeshBuffer",
        "reader.cpp",
        "compute.cpp",
        "writer.cpp",
        "int main(",
    ):
        assert part in text
    code = re.sub(r'"(?:\\.|[^"\\])*"', "", text)  # braces in strings are none of the program's
    assert code.count("{") == code.count("}")


@every_kernel
def test_every_device_call_has_the_line_of_the_kernel_that_it_was_made_of(kernel):
    """What names the user's tensor or operation stands behind a line that names it too."""
    program = json.loads(COMPILED[kernel]["tt.plan.json"])["program"]
    assert program["source_files"] == ["pass_kernels.py"]
    user = Path(pass_kernels.__file__).read_text().splitlines()
    text, first = inspect.getsourcelines(KERNELS[kernel])
    last = first + len(text)
    seen = 0
    for entry in program["kernels"]:
        lines = COMPILED[kernel][entry["path"]].splitlines()
        origin = {
            line + i: place for line, count, file, place in entry.get("origins", []) for i in range(count) if file == 0
        }
        for number, text in enumerate(lines, start=1):
            page = re.search(r"noc_async_(?:read|write)_page\([^,]+, (\w+)_acc", text)
            product = "matmul_tiles(" in text or "matmul_block(" in text
            if not page and not product and "cb_push_back" not in text:
                continue
            if number not in origin:
                continue  # constants that are filled before the user's first statement
            assert first <= origin[number] < last
            statement = user[origin[number] - 1]
            if page:
                assert re.search(rf"\b{page.group(1)}\b", statement), (text, statement)
            if product:
                assert "T.gemm(" in statement, (text, statement)
            seen += 1
    assert seen >= 3


@every_kernel
@every_role
def test_comments_quote_the_users_statements(kernel, role):
    """Each comment between the statements is a line of the user's file."""
    user = {line.strip() for line in Path(pass_kernels.__file__).read_text().splitlines()}
    body = source(kernel, role).partition("void kernel_main() {")[2].splitlines()
    quotes = [line.strip().removeprefix("// ") for line in body if line.strip().startswith("// ")]
    assert quotes or (role == "compute" and kernel == "copy")
    assert set(quotes) <= user
    assert all(a != b for a, b in pairwise(line.strip() for line in body) if a.startswith("// "))
