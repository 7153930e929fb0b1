"""The wheel installs without a compiler and works outside of the source tree; the sdist has what a build needs."""

import os
import shutil
import subprocess
import sys
import sysconfig
import tarfile
import zipfile
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
BUILD = ROOT / "build"


def run(command, check=True, **options):
    done = subprocess.run(list(map(str, command)), capture_output=True, text=True, timeout=900, **options)
    assert not check or done.returncode == 0, f"{command}\n{done.stdout}\n{done.stderr}"
    return done


@pytest.fixture(scope="module")
def wheel(tmp_path_factory):
    """Made from the objects of the build folder, as CI does."""
    folder = tmp_path_factory.mktemp("dist")
    command = [sys.executable, "-m", "pip", "wheel", ROOT, "--no-deps", "--no-build-isolation", "-w", folder]
    run([*command, "-q"], env={**os.environ, "TLTT_BUILD_DIR": str(BUILD)})
    (made,) = folder.glob("*.whl")
    return made


@pytest.fixture(scope="module")
def clean(wheel, tmp_path_factory):
    """A fresh environment with the wheel in it, installed with no compiler on PATH; dependencies as they are here."""
    folder = tmp_path_factory.mktemp("clean")
    run([sys.executable, "-m", "venv", folder / "venv"])
    python = folder / "venv/bin/python"
    bare = {"PATH": str(folder / "venv/bin"), "HOME": str(folder)}
    run([python, "-m", "pip", "install", "-q", "--no-deps", "--no-index", wheel], env=bare)
    site = Path(run([python, "-c", "import site; print(site.getsitepackages()[0])"]).stdout.strip())
    (site / "dependencies.pth").write_text(sysconfig.get_paths()["purelib"] + "\n")
    return python, folder


KERNEL = """
import tilelang, tilelang.language as T, torch, tilelang_tenstorrent as tt
assert "site-packages" in tt.__file__, tt.__file__
@tilelang.jit(target="tenstorrent", out_idx=[-1])
def add(M, N, block=32):
    @T.prim_func
    def main(A: T.Tensor((M, N), "float32"), C: T.Tensor((M, N), "float32")):
        with T.Kernel(T.ceildiv(N, block), T.ceildiv(M, block), threads=128) as (bx, by):
            a = T.alloc_shared((block, block), "float32")
            T.copy(A[by * block, bx * block], a)
            for i, j in T.Parallel(block, block):
                a[i, j] = a[i, j] + 1.0
            T.copy(a, C[by * block, bx * block])
    return main
a = torch.randn(50, 70)
torch.testing.assert_close(add(50, 70)(a), a + 1)
print("works")
"""


def test_contents(wheel):
    assert wheel.name.endswith("-py3-none-linux_x86_64.whl")
    names = zipfile.ZipFile(wheel).namelist()
    for part in ("lib/libtltt_emulator.so", "lib/libtltt_hostapi.so", "device/tltt_device.h", "py.typed"):
        assert f"tilelang_tenstorrent/{part}" in names, part
    assert "tltt.py" in names
    assert "tilelang_tenstorrent/hostapi/include/tt-metalium/host_api.hpp" in names
    assert any(name.endswith("licenses/NOTICE") for name in names)
    # The system's libraries that ours need come along.
    for library in ("libboost_context.so", "libfmt.so", "libhwy.so"):
        assert any(library in name for name in names), library
    metadata = zipfile.ZipFile(wheel).read(next(n for n in names if n.endswith("METADATA"))).decode()
    assert "Provides-Extra: ttnn" in metadata
    assert "License-Expression: Apache-2.0" in metadata


def test_works_in_a_clean_environment(clean):
    python, folder = clean
    script = folder / "kernel.py"
    script.write_text(KERNEL)
    environment = {"PATH": f"{python.parent}:/usr/bin:/bin", "HOME": str(folder)}
    assert "works" in run([python, script], env=environment, cwd=folder).stdout
    ready = run([python.parent / "tltt", "doctor", "--mode", "emulator"], env=environment, cwd=folder)
    assert "emulator: ready" in ready.stdout


def test_a_missing_compiler_is_told_at_the_first_call(clean):
    python, folder = clean
    script = folder / "kernel.py"
    script.write_text(KERNEL)
    environment = {"PATH": str(python.parent), "HOME": str(folder), "XDG_CACHE_HOME": str(folder / "empty")}
    done = run([python, script], check=False, env=environment, cwd=folder)
    assert done.returncode != 0
    assert "no C++ compiler is found" in done.stderr
    assert "apt-get install g++" in done.stderr


def test_another_tilelang_is_refused_at_import(clean):
    python, folder = clean
    fake = folder / "other"
    (fake / "tilelang-0.1.14.dist-info").mkdir(parents=True)
    (fake / "tilelang-0.1.14.dist-info/METADATA").write_text("Metadata-Version: 2.1\nName: tilelang\nVersion: 0.1.14\n")
    environment = {"PATH": os.environ["PATH"], "HOME": str(folder), "PYTHONPATH": str(fake)}
    done = run([python, "-c", "import tilelang_tenstorrent"], check=False, env=environment, cwd=folder)
    assert done.returncode != 0
    assert "was built against tilelang 0.1.15, but 0.1.14 is installed" in done.stderr
    shutil.rmtree(fake)


def test_sdist(tmp_path):
    script = f"import setuptools.build_meta as b; print(b.build_sdist({str(tmp_path)!r}))"
    run([sys.executable, "-c", script], cwd=ROOT)
    (archive,) = tmp_path.glob("*.tar.gz")
    with tarfile.open(archive) as content:
        names = {name.partition("/")[2] for name in content.getnames()}
    tracked = run(
        ["git", "ls-files", "program", "emulator", "hostapi", "compiler", "runtime", "cmake", "python"], cwd=ROOT
    )
    absent = [name for name in tracked.stdout.split() if name not in names]
    assert not absent
    assert {"CMakeLists.txt", "setup.py", "NOTICE", "CHANGELOG.md"} <= names
    assert not any(name.endswith(".so") for name in names)
