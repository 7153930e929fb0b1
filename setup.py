"""Builds the C++ libraries into the package before setuptools collects it.

A wheel is for Linux on x86-64 and any CPython that requires-python allows: nothing in it uses CPython's C API.
TLTT_BUILD_DIR names a build folder to use, e.g. that of ``make build``; otherwise build/wheel is made.
"""

from __future__ import annotations

import importlib.util
import os
import subprocess
import sys
import tomllib
from pathlib import Path

from setuptools import Distribution, setup
from setuptools.command.bdist_wheel import bdist_wheel
from setuptools.command.build_py import build_py

ROOT = Path(__file__).resolve().parent
BUILD = Path(os.environ.get("TLTT_BUILD_DIR", ROOT / "build" / "wheel")).resolve()


def headers_of(package: str, distribution: str) -> Path:
    """The folder of a package whose headers and libraries are built against: installed, or fetched for the build."""
    spec = importlib.util.find_spec(package)
    if spec is not None and spec.origin is not None:
        return Path(spec.origin).parent
    target = BUILD / "headers"
    if not (target / package).is_dir():
        project = tomllib.loads((ROOT / "pyproject.toml").read_text())["project"]
        pin = next(d for d in project["dependencies"] if d.startswith(f"{distribution}=="))
        pip = [sys.executable, "-m", "pip", "install", "--quiet", "--no-deps", "--target", str(target), pin]
        subprocess.run(pip, check=True)
    return target / package


class BuildWithCMake(build_py):
    """``make build``'s steps; an editable installation leaves them to it."""

    def run(self) -> None:
        if not self.editable_mode:
            self.build_libraries()
        super().run()

    def build_libraries(self) -> None:
        if not (BUILD / "CMakeCache.txt").exists():
            configure = ["cmake", "-S", str(ROOT), "-B", str(BUILD), "-G", "Ninja", "-DCMAKE_BUILD_TYPE=Release"]
            configure += ["-DTLTT_BUILD_TESTS=OFF", f"-DPython3_EXECUTABLE={sys.executable}"]
            configure += [f"-Dtilelang_DIR={headers_of('tilelang', 'tilelang')}"]
            configure += [f"-Dtvm_ffi_DIR={headers_of('tvm_ffi', 'apache-tvm-ffi')}"]
            subprocess.run(configure, check=True)
        subprocess.run(["cmake", "--build", str(BUILD)], check=True)
        install = ["cmake", "--install", str(BUILD), "--component", "python"]
        subprocess.run(install, check=True, stdout=subprocess.DEVNULL)


class PlatformWheel(bdist_wheel):
    def get_tag(self) -> tuple[str, str, str]:
        return "py3", "none", super().get_tag()[2]


class PlatformDistribution(Distribution):
    def has_ext_modules(self) -> bool:
        return True


setup(distclass=PlatformDistribution, cmdclass={"build_py": BuildWithCMake, "bdist_wheel": PlatformWheel})
