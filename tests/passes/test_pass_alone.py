"""Every pass can be called alone, makes what it makes in the pipeline, and leaves the module it was given as it was."""

import itertools

import pytest
import tvm
from ir_tools import TARGET, after, compile_files, ffi, functions, module, pass_names, render, run_pass
from pass_kernels import KERNELS, gemm
from tvm import IRModule, tirx
from tvm.target import Target

STAGES = ["initial", *pass_names()]
PASSES = list(itertools.pairwise(STAGES))


@pytest.mark.parametrize("kernel", KERNELS)
@pytest.mark.parametrize("before,name", PASSES, ids=[name for _, name in PASSES])
def test_pass_alone(kernel, before, name):
    given = after(kernel, before)
    text = render(given)
    made = run_pass(name, given)
    assert render(given) == text, f"{name} changed the module that it was given"
    assert tvm.ir.structural_equal(made, after(kernel, name)), f"{name} alone makes something else than in the pipeline"


def test_compiling_leaves_the_kernel_alone():
    func = gemm()
    text = func.script()
    compile_files(func)
    assert func.script() == text


@pytest.mark.parametrize("name", [n for n in pass_names() if n not in ("ValidateSplitKernels", "VerifyTTIR")])
def test_other_functions_pass_through(name):
    """A function that is no PrimFunc stays as it is."""
    extern = tvm.relax.ExternFunc("somebody_else")
    given = IRModule({**dict(after("gemm", STAGES[STAGES.index(name) - 1]).functions.items()), "extern": extern})
    made = run_pass(name, given)
    assert functions(made)["extern"].same_as(functions(given)["extern"])


@pytest.mark.parametrize(
    "name", ["SplitDeviceKernel", "ConfigureTensorAccessor", "InsertDSTManagement", "InsertComputeInit"]
)
def test_finished_functions_pass_through(name):
    """What a pass has nothing to do for, it returns unchanged: split functions, functions without a role."""
    given = after("gemm", "SplitDeviceKernel" if name == "SplitDeviceKernel" else "BuildTileDFG")
    assert tvm.ir.structural_equal(run_pass(name, given), given)


def test_pass_that_lacks_its_forerunner_says_so():
    target = ffi("tirx.transform.BindTarget")(Target(TARGET))
    fresh = target(module(gemm()))
    with pytest.raises(Exception, match="B1: A1 has not run"):
        run_pass("LayoutAwareWorkPartition", fresh)
    with pytest.raises(Exception, match="No TT metadata found: there is no work partition, B1 has not run"):
        run_pass("GridToCoreGrid", fresh)
    with pytest.raises(Exception, match="C2: C1 has not run"):
        run_pass("LowerTTTileIntrinsics", fresh)
    bare = dict(after("gemm", "SplitDeviceKernel").functions.items())
    bare = {v: f.without_attr("tt.tensor_accessor.A") for v, f in bare.items()}
    with pytest.raises(Exception, match="D2: tensor A has no accessor: A3 has not run"):
        run_pass("ConfigureTensorAccessor", IRModule(bare))


def test_partition_needs_the_target():
    func = gemm().with_attr("global_symbol", "main")
    with pytest.raises(ValueError, match=r"Tenstorrent lowering called with invalid target: none\. Expected"):
        run_pass("LayoutAwareWorkPartition", IRModule({"main": func}))
    other = tirx.transform.BindTarget(Target("c"))(IRModule({"main": func}))
    with pytest.raises(ValueError, match=r"Tenstorrent lowering called with invalid target: c\. Expected"):
        run_pass("LayoutAwareWorkPartition", other)
