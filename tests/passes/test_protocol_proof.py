"""The proof that runs before anything else: right kernels are proved, a broken protocol comes with a counterexample."""

import pytest
import tilelang.language as T
from ir_tools import after, ffi, stages
from pass_kernels import KERNELS, gemm
from test_validators import change, drop
from tvm import IRModule, tirx

LAST = "VerifyTTIR"


def prove(mod):
    return {str(k): v for k, v in ffi("tltt.compiler.prove_protocol")(mod).items()}


@pytest.mark.parametrize("kernel", KERNELS)
def test_right_kernels_are_proved(kernel):
    result = prove(after(kernel, LAST))
    assert result["problem"] == ""
    assert result["complete"]
    assert result["events"] > 0


def counts(op, cb, pages):
    """Another number of pages in every such call."""

    def edit(func):
        def replace(stmt):
            call = stmt.value
            if isinstance(call, tirx.Call) and call.op.name == op and call.args[0].value == cb:
                return tirx.Evaluate(tirx.Call(call.dtype, call.op, [call.args[0], tirx.IntImm("int32", pages)]))
            return None

        return func.with_body(tirx.stmt_functor.ir_transform(func.body, None, replace, ["tirx.Evaluate"]))

    return edit


BROKEN = [
    ("reader", drop("tt.cb_push_back", "cb_in1"), ["no role can go on", "cb_wait_front(cb_in1, 2)", "<- here"]),
    ("reader", drop("tt.cb_reserve_back", "cb_in1"), ["cb_in1: pages are pushed that were not reserved"]),
    ("compute", drop("tt.cb_wait_front", "cb_in0"), ["cb_in0: pages are popped that were not waited for"]),
    ("compute", drop("tt.cb_pop_front", "cb_in1"), ["cb_in1: pages are left that nobody waits for"]),
    ("writer", drop("tt.cb_wait_front", "cb_out0"), ["cb_out0: pages are popped that were not waited for"]),
    ("writer", drop("tt.cb_reserve_back", "cb_in0"), ["cb_in0: pages are pushed that were not reserved"]),
    ("compute", counts("tt.cb_reserve_back", "cb_out0", 3), ["cb_out0: 3 pages of a buffer that holds 2"]),
    ("compute", counts("tt.cb_wait_front", "cb_in1", 4), ["no role can go on"]),
    ("reader", counts("tt.cb_push_back", "cb_in1", 1), ["no role can go on"]),
    ("reader", drop("tt.noc_semaphore_inc"), ["no role can go on", "noc_semaphore_wait(semaphore"]),
    ("reader", drop("tt.noc_semaphore_set_multicast"), ["no role can go on"]),
]


@pytest.mark.parametrize("role,edit,parts", BROKEN)
def test_broken_protocol(role, edit, parts):
    mod = change(after("gemm", LAST), role, lambda f: edit(f) if callable(edit) else f)
    assert isinstance(mod, IRModule)
    problem = prove(mod)["problem"]
    for part in (*parts, "core (", "pass_kernels.py:"):
        assert part in problem


def large(K=8192):
    """A GEMM whose steps are many and stay what the kernel says."""
    options = {"kind": "tenstorrent", "grid_x": 2, "grid_y": 2, "group_steps": False}
    return dict(stages(gemm(M=512, N=512, K=K, bm=64), options))[LAST]


def test_what_is_too_long_to_run_is_proved_by_rounds():
    short, long = prove(large(K=1024)), prove(large(K=65536))
    for result in (short, long):
        assert result["problem"] == "" and result["complete"]
    assert long["rounds"] > 10_000
    assert long["events"] < 1.2 * short["events"]


def without_pushes(func, is_left_out):
    """Puts each push under a condition: `is_left_out(call, loops around it)` says when it does not run; None: never."""
    loops = []

    def enter(node):
        if isinstance(node, tirx.For):
            loops.append(node)

    def leave(node):
        if isinstance(node, tirx.For):
            loops.pop()
            return None
        call = node.value
        if isinstance(call, tirx.Call) and call.op.name == "tt.cb_push_back":
            when = is_left_out(call, loops)
            return None if when is None else tirx.IfThenElse(tirx.Not(when), node, None)
        return None

    return func.with_body(tirx.stmt_functor.ir_transform(func.body, enter, leave, ["tirx.For", "tirx.Evaluate"]))


@pytest.mark.parametrize("left_out", ["first", "middle", "last"])
def test_a_call_that_is_missing_in_one_of_many_rounds_is_found(left_out):
    """Whoever loads B's blocks does not push the one of one step."""

    def is_left_out(call, loops):
        if call.args[0].value != "cb_in1":
            return None
        loop = loops[-1]
        return loop.loop_var == loop.min + {"first": 0, "middle": loop.extent // 2, "last": loop.extent - 1}[left_out]

    def edit(func):
        return without_pushes(func, is_left_out)

    problem = prove(change(change(large(), "reader", edit), "writer", edit))["problem"]
    assert "no role can go on" in problem or "cb_in1" in problem
    assert "core (" in problem


@pytest.fixture(scope="module")
def causal():
    """Blocks of 1 to 16 steps on 64 cores, each of which has a table of its blocks, so that all have the same work."""
    mod = dict(stages(attention(heads=16, sequence=1024, block=64)))[LAST]
    assert '"block_0", i' in mod.script()
    return mod


def attention(heads, sequence, block, dim=64):
    @T.prim_func
    def main(
        K: T.Tensor((heads, sequence, dim), "bfloat16"),
        O: T.Tensor((heads, sequence, dim), "bfloat16"),
    ):
        with T.Kernel(sequence // block, heads, threads=128) as (bx, by):
            k_s = T.alloc_shared((block, dim), "bfloat16")
            o = T.alloc_fragment((block, dim), "float32")
            T.clear(o)
            for k in T.Pipelined(bx + 1, num_stages=2):
                T.copy(K[by, k * block, 0], k_s)
                for i, j in T.Parallel(block, dim):
                    o[i, j] = T.max(o[i, j] * 0.5, k_s[i, j])
            T.copy(o, O[by, bx * block, 0])

    return main


def test_blocks_that_differ_in_their_steps_are_proved_once_each(causal):
    result = prove(causal)
    assert result["problem"] == "" and result["complete"]
    assert result["rounds"] > 200  # of 256 blocks, 16 are different


@pytest.mark.parametrize("block", [0, 7, 15])
def test_a_call_that_is_missing_in_the_last_step_of_one_kind_of_block_is_found(causal, block):
    """No push of K's last block in blocks of the grid's column `block`."""

    def is_left_out(_, loops):
        if len(loops) < 2:
            return None
        loop = loops[1]  # within the loop over blocks
        return tirx.And(loop.extent == block + 1, loop.loop_var == block)

    problem = prove(change(causal, "reader", lambda func: without_pushes(func, is_left_out)))["problem"]
    assert "no role can go on" in problem and "core (" in problem
