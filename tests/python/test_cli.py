"""The command line: what it prints, writes and returns."""

import contextlib
import io
import json
import subprocess
import sys
from pathlib import Path

import ml_dtypes
import numpy as np
import pytest

from tilelang_tenstorrent.cli import run

KERNELS = Path(__file__).parent / "kernels_for_tests.py"
FILES = {"reader.cpp", "compute.cpp", "writer.cpp", "main.cpp", "CMakeLists.txt", "tt.plan.json"}


def tltt(*args, code=0):
    """Runs `tltt ARGS` in this process; what it printed."""
    printed = io.StringIO()
    with contextlib.redirect_stdout(printed), contextlib.redirect_stderr(printed):
        returned = run([str(arg) for arg in args])
    assert returned == code, printed.getvalue()
    return printed.getvalue()


def tltt_process(*args, code=0):
    """The same in a process of its own."""
    done = subprocess.run(
        [sys.executable, "-m", "tilelang_tenstorrent.cli", *map(str, args)], capture_output=True, text=True, check=False
    )
    assert done.returncode == code, done.stdout + done.stderr
    assert "Traceback" not in done.stderr
    return done.stdout + done.stderr


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    path = tmp_path_factory.mktemp("gemm")
    tltt("compile", f"{KERNELS}:gemm", "-o", path, "--set", "M=64", "--set", "N=96", "--set", "K=32")
    return path


def test_compile_writes_six_files(folder):
    assert {path.name for path in folder.iterdir()} == FILES
    assert all(path.read_text().strip() for path in folder.iterdir())


def test_compile_is_deterministic(folder, tmp_path):
    tltt("compile", f"{KERNELS}:gemm", "-o", tmp_path, "--set", "M=64", "--set", "N=96", "--set", "K=32")
    for path in folder.iterdir():
        assert path.read_text() == (tmp_path / path.name).read_text(), path.name


def test_compile_a_factory_for_blackhole(tmp_path):
    tltt("compile", f"{KERNELS}:add_factory", "-o", tmp_path, "--set", "M=32", "--set", "N=64", "--arch", "blackhole")
    assert "blackhole" in (tmp_path / "tt.plan.json").read_text()


def test_dump_ir_and_diff(tmp_path):
    out = tltt("compile", f"{KERNELS}:add_factory", "--dump-ir", tmp_path, "--diff", "--set", "M=32", "--set", "N=64")
    passes = [line.split()[2] for line in tltt("passes").splitlines()]
    dumps = sorted(path.stem for path in tmp_path.glob("*.tir"))
    assert dumps == ["00_initial", *(f"{i + 1:02d}_{name}" for i, name in enumerate(passes))]
    assert "=== 01_" in out and "\n+" in out


@pytest.mark.parametrize(
    ("args", "message"),
    [
        (["compile", KERNELS, "-o", "x"], "several kernels; name one"),
        (["compile", f"{KERNELS}:nothing", "-o", "x"], "no kernel nothing"),
        (["compile", f"{KERNELS}:gemm", "-o", "x"], "--set NAME=VALUE"),
        (["compile", f"{KERNELS}:gemm", "-o", "x", "--set", "M"], "write NAME=VALUE"),
        (["compile", f"{KERNELS}:gemm", "-o", "x", "--arch", "grayskull"], "has dropped Grayskull"),
        (["compile", f"{KERNELS}:gemm", "-o", "x", "--arch", "greyhole"], "wormhole_b0, blackhole"),
        (["compile", f"{KERNELS}:gemm", "-o", "x", "--mode", "card"], "expected one of emulator, check, ttnn"),
        (["compile", "absent.py", "-o", "x"], "no such file"),
        (["run", "absent.py"], "absent.py"),
        (["fly"], "No such command"),
    ],
)
def test_bad_usage_is_exit_code_2(args, message):
    assert message in tltt(*args, code=2)


def test_exec_runs_the_files_alone(folder, tmp_path):
    rng = np.random.default_rng(0)
    a, b = (rng.standard_normal(shape).astype(ml_dtypes.bfloat16) for shape in ((64, 32), (32, 96)))
    np.save(tmp_path / "a.npy", a)
    np.save(tmp_path / "b.npy", b)
    args = ["exec", folder, "--input", tmp_path / "a.npy", "--input", tmp_path / "b.npy"]
    assert "cycles" in tltt(*args, "--output", tmp_path / "c.npy")
    c = np.load(tmp_path / "c.npy").view(ml_dtypes.bfloat16).astype(np.float32)
    np.testing.assert_allclose(c, a.astype(np.float32) @ b.astype(np.float32), rtol=1e-2, atol=5e-2)
    checked = tmp_path / "checked.npy"
    assert "cycles" in tltt(*args, "--output", checked, "--check", "--seed", 3)
    assert np.load(checked).tobytes() == np.load(tmp_path / "c.npy").tobytes()
    assert "--seed goes with --check" in tltt(*args, "--output", checked, "--seed", 3, code=2)
    assert "writes 1 tensors" in tltt(*args, code=1)
    assert "reads 2 tensors" in tltt(*args[:4], "--output", tmp_path / "c.npy", code=1)


def test_exec_of_a_wrong_shape_names_the_argument(folder, tmp_path):
    np.save(tmp_path / "a.npy", np.zeros((64, 32), ml_dtypes.bfloat16))
    file = tmp_path / "a.npy"
    out = tltt("exec", folder, "--input", file, "--input", file, "--output", tmp_path / "c.npy", code=1)
    assert "argument 2 `B`: expected bfloat16(32, 96), got bfloat16(64, 32)" in out


def test_plan_validate_and_show(folder, tmp_path):
    assert "valid" in tltt("plan", "validate", folder / "tt.plan.json")
    assert "blocks per core" in tltt("plan", "show", folder / "tt.plan.json")
    plan = json.loads((folder / "tt.plan.json").read_text())
    del plan["program"]["kernels"]
    (tmp_path / "tt.plan.json").write_text(json.dumps(plan))
    assert "problem" in tltt("plan", "validate", tmp_path / "tt.plan.json", code=1)


CUDA_SCRIPT = """
import sys
import torch, tilelang
from tilelang.profiler import do_bench
import tilelang.language as T

@tilelang.jit(out_idx=[-1], target="cuda", execution_backend="cython")
def scale(N, dtype="float32"):
    @T.prim_func
    def main(A: T.Tensor((N, N), dtype), B: T.Tensor((N, N), dtype)):
        with T.Kernel(T.ceildiv(N, 32), T.ceildiv(N, 32), threads=128) as (bx, by):
            a = T.alloc_shared((32, 32), dtype)
            b = T.alloc_fragment((32, 32), dtype)
            T.copy(A[by * 32, bx * 32], a)
            for i, j in T.Parallel(32, 32):
                b[i, j] = a[i, j] * 2.0
            T.copy(b, B[by * 32, bx * 32])
    return main

assert torch.cuda.is_available() and torch.cuda.get_device_capability()[0] >= 8
assert torch.device(0).type == "cuda"
a = torch.randn(64, 64, device="cuda")
start, end = torch.cuda.Event(enable_timing=True), torch.cuda.Event(enable_timing=True)
start.record()
kernel = scale(64)
b = kernel(a)
end.record()
torch.cuda.synchronize()
assert start.elapsed_time(end) > 0
torch.testing.assert_close(b, 2 * torch.as_tensor(a).cuda().to("cuda:0"))
kernel.get_profiler().assert_allclose(lambda x: 2 * x)
runs = []
assert do_bench(lambda: runs.append(kernel(a)), warmup=5, quantiles=[0.5]) > 0 and len(runs) == 1
print("latency", kernel.get_profiler().do_bench() > 0, "args", sys.argv[1:])
"""


def test_run_takes_a_cuda_script(tmp_path):
    script = tmp_path / "script.py"
    script.write_text(CUDA_SCRIPT)
    assert "latency True args ['--size', '3']" in tltt_process("run", script, "--size", "3")


def test_run_hands_on_the_exit_code(tmp_path):
    script = tmp_path / "script.py"
    script.write_text("import sys\nsys.exit(3)\n")
    tltt_process("run", script, code=3)
    script.write_text("raise ValueError('no good')\n")
    assert "ValueError: no good" in tltt_process("run", script, code=1)


def test_help_and_doctor_do_without_tilelang():
    """TileLang's import takes seconds, and where its version does not fit doctor is what says so."""
    without = "import sys, tltt; sys.modules.update(tilelang=None, torch=None, tvm_ffi=None); tltt.main()"
    for args, code, said in (
        ([], 2, "Commands:"),
        (["--help"], 0, "doctor"),
        (["compile", "--help"], 0, "--arch"),
        (["doctor", "--mode", "folder"], 0, "folder: ready"),
        (["time", "x.py"], 1, "tilelang"),
    ):
        done = subprocess.run([sys.executable, "-c", without, *args], capture_output=True, text=True)
        assert done.returncode == code and said in done.stdout + done.stderr, done
