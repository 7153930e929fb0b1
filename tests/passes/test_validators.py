"""The gates let nothing through: modules broken by hand, one way each, and the text that names what is broken."""

import pytest
from ir_tools import after, attrs, functions, roles, run_pass, without
from tvm import IRModule, tirx


def change(mod, role, edit):
    """The module with the function of one role edited."""
    out = {}
    for var, func in mod.functions.items():
        out[var] = edit(func) if attrs(func).get("tt.kernel_role") == role else func
    return IRModule(out)


def drop(op, cb=None):
    def match(call):
        return call.op.name == op and (cb is None or call.args[0].value == cb)

    return lambda func: without(func, match)


def append(stmt):
    return lambda func: func.with_body(tirx.SeqStmt([func.body, stmt]))


# ---- D1.5 ValidateSplitKernels --------------------------------------------------------------------------------------

SPLIT = [
    ("reader", drop("tt.cb_push_back", "cb_in1"), "[reader] tt.cb_reserve_back of cb_in1 without tt.cb_push_back"),
    ("reader", drop("tt.cb_reserve_back", "cb_in1"), "[reader] tt.cb_push_back of cb_in1 without tt.cb_reserve_back"),
    ("compute", drop("tt.cb_pop_front", "cb_in0"), "[protocol] cb_in0 is filled and never emptied"),
    ("compute", drop("tt.cb_wait_front", "cb_in1"), "[compute] tt.cb_pop_front of cb_in1 without tt.cb_wait_front"),
    ("compute", drop("tt.cb_push_back", "cb_out0"), "[protocol] cb_out0 is emptied and never filled"),
    ("writer", drop("tt.cb_pop_front"), "[writer] tt.cb_wait_front of cb_out0 without tt.cb_pop_front"),
    ("writer", lambda f: f.without_attr("tt.kernel_role"), "[monolithic] function main_writer was not split"),
    ("writer", lambda f: f.without_attr("tt.kernel_role"), "[writer] missing"),
]


@pytest.mark.parametrize("role,edit,message", SPLIT, ids=[m for *_, m in SPLIT])
def test_split_gate(role, edit, message):
    with pytest.raises(ValueError) as error:
        run_pass("ValidateSplitKernels", change(after("gemm", "InsertComputeInit"), role, edit))
    assert "Split kernel validation failed - IR is incomplete:" in str(error.value)
    assert message in str(error.value)


def test_split_gate_misses_a_whole_role():
    mod = after("gemm", "InsertComputeInit")
    two = IRModule({v: f for v, f in mod.functions.items() if attrs(f)["tt.kernel_role"] != "compute"})
    with pytest.raises(ValueError, match=r"\[compute\] missing"):
        run_pass("ValidateSplitKernels", two)


def test_split_gate_before_the_split():
    with pytest.raises(ValueError, match=r"\[monolithic\] function main was not split"):
        run_pass("ValidateSplitKernels", after("gemm", "BuildTileDFG"))


# ---- D6 ValidateLoweredIR -------------------------------------------------------------------------------------------

LOWERED = "IR validation failed - unlowered constructs detected:"


@pytest.mark.parametrize(
    "stage,message",
    [
        ("initial", "[block] a block is left"),
        ("LegalizeFrontend", "[loop] loop over bx is parallel or bound to threads"),
        ("LegalizeFrontend", "[buffer] allocation of a"),
        ("LegalizeFrontend", "[store] scalar store to c"),
        ("LegalizeFrontend", "[operation] tl.tileop.gemm has no line of C++"),
        ("LowerTTTileIntrinsics", "[operation] tt.read_to_cb has no line of C++"),
        ("LowerTTTileIntrinsics", "[operation] tt.mm.mma has no line of C++"),
        ("LowerTTTileIntrinsics", "[operation] tt.tile.store has no line of C++"),
        ("SplitDeviceKernel", "[operation] tt.read_to_cb has no line of C++"),
        ("LowerCBIntrinsics", "[operation] tt.cb_arrive has no line of C++"),
    ],
)
def test_lowered_gate_stops_what_earlier_stages_leave(stage, message):
    with pytest.raises(ValueError) as error:
        run_pass("ValidateLoweredIR", after("gemm", stage))
    assert LOWERED in str(error.value) and message in str(error.value)


def _parallel():
    i = tirx.Var("i", "int32")
    return tirx.For(i, 0, 4, tirx.ForKind.PARALLEL, tirx.Evaluate(0))


def _undefined():
    return tirx.Evaluate(tirx.Call("void", tirx.op.Op.get("tt.noc_async_read_barrier"), [tirx.Var("nobody", "int32")]))


@pytest.mark.parametrize(
    "stmt,message",
    [
        (_parallel, "[loop] loop over i is parallel or bound to threads"),
        (_undefined, "[variable] undefined variable nobody"),
        (lambda: tirx.AttrStmt(0, "left_over", 0, tirx.Evaluate(0)), "[attribute] left_over"),
    ],
)
def test_lowered_gate_stops_statements_without_a_line_of_code(stmt, message):
    with pytest.raises(ValueError) as error:
        run_pass("ValidateLoweredIR", change(after("gemm", "InsertComputeInit"), "reader", append(stmt())))
    assert LOWERED in str(error.value) and message in str(error.value)


# ---- E1 FinalizePersistentSignature ---------------------------------------------------------------------------------


def _accessor(**changes):
    def edit(func):
        key = "tt.tensor_accessor.B"
        return func.with_attr(key, {**dict(func.attrs[key].items()), **changes})

    return edit


SIGNATURE = [
    ("reader", lambda f: f.without_attr("tt.buffer.B"), "Buffer 'B' missing tt.buffer.B metadata"),
    ("reader", lambda f: f.without_attr("tt.tensor_accessor.B"), "Buffer 'B' has default-constructed TensorAccessor"),
    ("reader", _accessor(type="abstract"), "Buffer 'B' has default-constructed TensorAccessor"),
    (
        "compute",
        lambda f: f.with_attr("tt.cb_indices", {"cb_a": 0, "cb_b": 0}),
        "Duplicate CB ID 0 for buffers 'cb_a' and 'cb_b'",
    ),
    ("compute", lambda f: f.with_attr("tt.cb_indices", {"cb_a": 32}), "CB index 32 exceeds maximum of 32"),
    ("writer", lambda f: f.without_attr("tt.partition_mode"), "Kernel writer is missing tt.partition_mode"),
    ("writer", lambda f: f.without_attr("tt.grid_tiles"), "Kernel writer is missing tt.grid_tiles"),
    ("writer", lambda f: f.without_attr("tt.core_ranges"), "Kernel writer is missing tt.core_ranges"),
    ("writer", lambda f: f.without_attr("tt.runtime_args"), "Kernel writer is missing tt.runtime_args"),
    (
        "writer",
        lambda f: f.with_attr("tt.runtime_args", ["C_addr", "stranger"]),
        "Kernel writer reads runtime argument stranger, which has no slot",
    ),
]


@pytest.mark.parametrize("role,edit,message", SIGNATURE, ids=[m for *_, m in SIGNATURE])
def test_signature_checks(role, edit, message):
    with pytest.raises(ValueError) as error:
        run_pass("FinalizePersistentSignature", change(after("gemm", "ValidateLoweredIR"), role, edit))
    assert message in str(error.value)


# ---- F VerifyTTIR ---------------------------------------------------------------------------------------------------


def _cb(**changes):
    def edit(func):
        name, record = func.attrs["tt.conceptual_cbs"][0]
        rest = list(func.attrs["tt.conceptual_cbs"])[1:]
        return func.with_attr("tt.conceptual_cbs", [[name, {**dict(record.items()), **changes}], *rest])

    return edit


VERIFY = [
    *[
        (role, key, f"Attributes: Missing required attributes for {role}: [{key}]")
        for role, keys in {
            "reader": ["tt.runtime_args", "tt.runtime_args_finalized", "tt.cb_indices", "tt.cb_protocol_inserted"],
            "writer": ["tt.runtime_args", "tt.runtime_args_finalized", "tt.cb_indices", "tt.cb_protocol_inserted"],
            "compute": ["tt.runtime_args_finalized", "tt.compute_init_inserted", "tt.dst_management_inserted"],
        }.items()
        for key in keys
    ],
    ("compute", "tt.kernel_role", "Structure: Found monolithic kernels: main_compute"),
    ("compute", "target", "Attributes: main_compute has no target"),
    ("compute", _cb(index=40), "CB: CB index 40 exceeds maximum of 32 (cb_in0)"),
    ("compute", _cb(index=-1), "CB: CB index -1 exceeds maximum of 32 (cb_in0)"),
    ("compute", _cb(depth=0), "CB: cb_in0 holds no page"),
    ("compute", _cb(depth=4096), "exceeds capacity"),
]


@pytest.mark.parametrize("role,edit,message", VERIFY, ids=[m for *_, m in VERIFY])
def test_verify(role, edit, message):
    key = edit
    if isinstance(key, str):

        def edit(func):
            return func.without_attr(key)

    with pytest.raises(ValueError) as error:
        run_pass("VerifyTTIR", change(after("gemm", "VerifyTTIR"), role, edit))
    assert "TT IR validation failed:" in str(error.value) and message in str(error.value)


def test_verify_reports_everything_at_once():
    mod = after("gemm", "VerifyTTIR")
    for role in ("reader", "writer"):
        mod = change(mod, role, lambda f: f.without_attr("tt.cb_protocol_inserted"))
    with pytest.raises(ValueError) as error:
        run_pass("VerifyTTIR", mod)
    assert "for reader" in str(error.value) and "for writer" in str(error.value)


def test_good_modules_pass_the_gates():
    for name in ("ValidateSplitKernels", "ValidateLoweredIR", "VerifyTTIR"):
        mod = after("gemm", "VerifyTTIR")
        assert set(functions(run_pass(name, mod))) == set(functions(mod)) and set(roles(mod)) == {
            "reader",
            "compute",
            "writer",
        }
