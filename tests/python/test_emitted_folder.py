"""An emitted folder is a project of its own: CMake builds its main.cpp, unmodified, and it runs on the emulator."""

import os
import shutil
import subprocess
from pathlib import Path

import numpy as np
import pytest
import tilelang
import tilelang.language as T
import torch

import tilelang_tenstorrent as tt

PACKAGE = Path(tt.__file__).parent


@tilelang.jit(target="tenstorrent -core_grid=2x2", out_idx=[-1])
def gemm(M, N, K, block=64):
    @T.prim_func
    def main(A: T.Tensor((M, K), "bfloat16"), B: T.Tensor((K, N), "bfloat16"), C: T.Tensor((M, N), "float32")):
        with T.Kernel(T.ceildiv(N, block), T.ceildiv(M, block), threads=128) as (bx, by):
            a = T.alloc_shared((block, 32), "bfloat16")
            b = T.alloc_shared((32, block), "bfloat16")
            c = T.alloc_fragment((block, block), "float32")
            T.clear(c)
            for k in T.Pipelined(T.ceildiv(K, 32), num_stages=2):
                T.copy(A[by * block, k * 32], a)
                T.copy(B[k * 32, bx * block], b)
                T.gemm(a, b, c)
            T.copy(c, C[by * block, bx * block])

    return main


@tilelang.jit(target="tenstorrent")
def twice_and_add(M, N, block=32):
    """Two launches, with a tensor of the chip between them."""

    @T.prim_func
    def main(A: T.Tensor((M, N), "bfloat16"), B: T.Tensor((M, N), "bfloat16"), C: T.Tensor((M, N), "bfloat16")):
        D = T.alloc_global((M, N), "bfloat16")
        with T.Kernel(T.ceildiv(M, block), threads=128) as by:
            a = T.alloc_shared((block, N), "bfloat16")
            T.copy(A[by * block, 0], a)
            for i, j in T.Parallel(block, N):
                a[i, j] = a[i, j] * 2.0
            T.copy(a, D[by * block, 0])
        with T.Kernel(T.ceildiv(M, block), threads=128) as by:
            b = T.alloc_shared((block, N), "bfloat16")
            d = T.alloc_shared((block, N), "bfloat16")
            T.copy(B[by * block, 0], b)
            T.copy(D[by * block, 0], d)
            for i, j in T.Parallel(block, N):
                d[i, j] = d[i, j] + b[i, j]
            T.copy(d, C[by * block, 0])

    return main


def run(command, folder, **environment):
    env = {**os.environ, "TLTT_HOME": str(PACKAGE), **environment}
    return subprocess.run(command, cwd=folder, env=env, capture_output=True, text=True, timeout=300)


@pytest.fixture(scope="module")
def project(tmp_path_factory):
    folder = tmp_path_factory.mktemp("gemm")
    kernel = gemm(100, 130, 96)
    tt.save(kernel, folder)
    configured = run(["cmake", "-B", "build"], folder)
    assert configured.returncode == 0, configured.stdout + configured.stderr
    assert "Building with MOCK TT-Metalium APIs" in configured.stdout
    built = run(["cmake", "--build", "build"], folder)
    assert built.returncode == 0, built.stdout + built.stderr
    return folder, kernel


def test_runs_and_agrees_with_the_kernel_that_was_called(project):
    folder, kernel = project
    a, b = torch.randn(100, 96).bfloat16(), torch.randn(96, 130).bfloat16()
    np.save(folder / "a.npy", a.float().numpy())
    np.save(folder / "b.npy", b.float().numpy())
    np.save(folder / "want.npy", (a.double() @ b.double()).float().numpy())
    ran = run(["./build/main", "A=a.npy", "B=b.npy", "C=c.npy", "--expect", "C=want.npy"], folder, TLTT_REPORT="1")
    assert ran.returncode == 0, ran.stdout + ran.stderr
    assert "C: as expected" in ran.stdout
    np.testing.assert_array_equal(np.load(folder / "c.npy"), kernel(a, b).numpy())
    # The per-core table: a head of three lines, then one line for each core.
    table = [line.split()[0] for line in ran.stdout.splitlines() if line.strip().startswith("(")]
    assert table == ["(0,0)", "(1,0)", "(0,1)", "(1,1)"]
    assert f"{tt.last_report(kernel)['cycles']} cycles" in ran.stdout


def test_a_wrong_expectation_is_told(project):
    folder, _ = project
    np.save(folder / "zeros.npy", np.zeros((100, 130), np.float32))
    ran = run(["./build/main", "--expect", "C=zeros.npy"], folder)
    assert ran.returncode == 1
    assert "C: NOT as expected" in ran.stdout


def test_stored_data_are_found(project):
    folder, _ = project
    data = folder / "data"
    data.mkdir()
    try:
        ones = np.ones((100, 96), np.float32)
        np.save(data / "A.npy", ones)
        np.save(data / "B.npy", np.full((96, 130), 0.5, np.float32))
        np.save(data / "C.expected.npy", np.full((100, 130), 48, np.float32))
        tested = run(["ctest", "--test-dir", "build", "--output-on-failure"], folder)
        assert tested.returncode == 0, tested.stdout
    finally:
        shutil.rmtree(data)


def test_real_mode_says_what_is_missing(project, tmp_path):
    folder, _ = project
    command = ["cmake", "-B", str(tmp_path / "build"), "-S", str(folder), "-DUSE_REAL_METALIUM=ON"]
    without = run(command, folder, TT_METAL_HOME="")
    assert without.returncode != 0
    assert "TT_METAL_HOME environment variable not set" in " ".join(without.stderr.split())
    empty = run(command, folder, TT_METAL_HOME=str(tmp_path))
    assert empty.returncode != 0
    assert "no tt-metalium/host_api.hpp" in " ".join(empty.stderr.split())


def test_real_mode_builds_against_an_sdk_tree(project, tmp_path):
    """A tree of the SDK's shape, whose CMake package is the emulator's."""
    folder, _ = project
    sdk = tmp_path / "sdk"
    (sdk / "tt_metal/api").mkdir(parents=True)
    (sdk / "tt_metal/api/tt-metalium").symlink_to(PACKAGE / "hostapi/include/tt-metalium")
    config = sdk / "build/lib/cmake/tt-metalium"
    command = ["cmake", "-B", str(tmp_path / "build"), "-S", str(folder), "-DUSE_REAL_METALIUM=ON"]
    unbuilt = run(command, folder, TT_METAL_HOME=str(sdk))
    assert unbuilt.returncode != 0
    assert "build the SDK first" in " ".join(unbuilt.stderr.split())
    config.mkdir(parents=True)
    (config / "tt-metalium-config.cmake").write_text(f'include("{PACKAGE}/hostapi/cmake/TT-MetaliumConfig.cmake")\n')
    shutil.rmtree(tmp_path / "build")
    configured = run(command, folder, TT_METAL_HOME=str(sdk))
    assert configured.returncode == 0, configured.stderr
    assert "Building with REAL TT-Metalium APIs" in configured.stdout


def test_the_emulator_is_asked_for_by_name(project, tmp_path):
    folder, _ = project
    command = ["cmake", "-B", str(tmp_path / "build"), "-S", str(folder), f"-DTLTT_HOME={tmp_path}"]
    ran = run(command, folder)
    assert ran.returncode != 0
    assert "pip install tilelang-tenstorrent" in " ".join(ran.stderr.split())


def test_several_launches_are_one_program(tmp_path):
    kernel = twice_and_add(40, 70)
    tt.save(kernel, tmp_path)
    data = tmp_path / "data"
    data.mkdir()
    a, b = torch.randn(40, 70).bfloat16(), torch.randn(40, 70).bfloat16()
    c = torch.zeros_like(a)
    kernel(a, b, c)
    for name, tensor in {"A": a, "B": b, "C.expected": c}.items():
        np.save(data / f"{name}.npy", tensor.float().numpy())
    configured = run(["cmake", "-B", "build"], tmp_path)
    assert configured.returncode == 0, configured.stdout + configured.stderr
    built = run(["cmake", "--build", "build"], tmp_path)
    assert built.returncode == 0, built.stdout + built.stderr
    ran = run(["./build/main", "--tolerance", "0"], tmp_path, TLTT_REPORT="1")
    assert ran.returncode == 0, ran.stdout + ran.stderr
    assert "main: 2 launches" in ran.stdout
    assert "C: as expected" in ran.stdout
    assert ran.stdout.count("cycles = ") == 2
    np.save(data / "C.expected.npy", a.float().numpy())
    assert run(["./build/main"], tmp_path).returncode == 1
