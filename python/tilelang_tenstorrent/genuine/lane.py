"""The genuine runtime without a card: ttnn, a simulator of the chip, and Debian's RISC-V GCC as its kernel compiler.

``python -m tilelang_tenstorrent.genuine.lane [ARCH]`` sets it up in a cache folder and prints the environment in which
``mode="ttnn"`` runs on the simulator. What is there already is not made again.

The wheel stays as it was installed. TT_METAL_RUNTIME_ROOT names a folder of links to it in which three things differ:
``runtime/sfpi``, where the JIT looks for its compiler; the objects of ``runtime/hw/lib``, which hold link-time code of
the vendor's GCC and are built again from the wheel's own sources; and device headers that GCC 12 rejects a line of.
The folder has copies of all that is ours, is named for their content, and so serves every tree that has the same.
"""

from __future__ import annotations

import hashlib
import json
import os
import shutil
import stat
import subprocess
import sys
import tempfile
import time
from dataclasses import dataclass
from pathlib import Path

from ..check import TTNN_PYTHONS, MissingPartError, header_overlay, need_compiler, standard_headers
from .build import ARCHITECTURES
from .riscv_tt_elf_gxx import in_folder, translate

_HERE = Path(__file__).parent
REQUIREMENTS = _HERE / "lane-requirements.txt"
_SIMULATORS = {"wormhole_b0": "wormhole", "blackhole": "blackhole"}
# Sources of the objects that are built again, under tt_metal/hw; {family} is wormhole or blackhole.
_OBJECTS = {
    "substitutes.o": "toolchain/substitutes.cpp",
    "noc.o": "firmware/src/tt-1xx/{family}/noc.c",
    "tdma_xmov.o": "firmware/src/tt-1xx/tdma_xmov.c",
}
# A root is used from its set-up to the end of the runner process; tests of a chip take minutes.
_KEPT_ROOTS = 4
_IN_USE_SECONDS = 4 * 3600


@dataclass(frozen=True)
class Lane:
    """What was set up: ``python`` imports ttnn, ``root`` is TT_METAL_RUNTIME_ROOT."""

    python: Path
    packages: Path
    root: Path

    def environment(self, arch: str) -> dict[str, str]:
        """Variables of the runner that simulates ``arch``, to be added to the inherited ones."""
        simulator = self.packages / "framework/sim" / _SIMULATORS[arch]
        return {
            "TLTT_TTNN_PYTHON": str(self.python),
            "TT_METAL_SIMULATOR": str(simulator),
            # Cores have translated coordinates on the NoC, as on cards: one range for both NoCs.
            "TT_METAL_MOCK_CLUSTER_DESC_PATH": str(simulator / "cluster_descriptor.yaml"),
            "WOLFPINE_PYTHON": str(self.python),
            "TT_METAL_RUNTIME_ROOT": str(self.root),
            "TT_METAL_CACHE": str(self.root / "jit"),
            # The simulator has no dispatch cores, and without the vendor's compiler there is no SFPLOADMACRO code.
            "TT_METAL_SLOW_DISPATCH_MODE": "1",
            "TT_METAL_DISABLE_SFPLOADMACRO": "1",
        }


def folder() -> Path:
    """Where lanes are kept: TLTT_LANE_DIR, else beside the other caches. Trees of one version share it (0.5 GB)."""
    if named := os.environ.get("TLTT_LANE_DIR"):
        return Path(named)
    return Path(os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache") / "tilelang_tenstorrent" / "lane"


def _interpreter() -> str:
    """A CPython that ttnn has wheels for."""
    candidates = [os.environ.get("TLTT_LANE_PYTHON"), *map(shutil.which, TTNN_PYTHONS)]
    candidates += map(str, sorted(Path.home().glob(".pyenv/versions/3.1[02].*/bin/python3"), reverse=True))
    probe = "import sys, ensurepip; sys.exit(sys.version_info[:2] not in ((3, 10), (3, 12)))"
    for candidate in filter(None, candidates):
        if subprocess.run([candidate, "-c", probe], capture_output=True).returncode == 0:
            return candidate
    raise MissingPartError(
        "ttnn has wheels for CPython 3.12 and 3.10 alone, and neither is here: install one, or name it in "
        "TLTT_LANE_PYTHON"
    )


def _install(target: Path) -> None:
    """A virtual environment with the pinned packages, put in place when it is whole."""
    target.parent.mkdir(parents=True, exist_ok=True)
    # Scripts of a virtual environment know its path: it is made where it stays, and a stamp says that it is whole.
    shutil.rmtree(target, ignore_errors=True)
    print(f"installing ttnn and a simulator in {target} (0.5 GB)", file=sys.stderr)
    subprocess.run([_interpreter(), "-m", "venv", str(target)], check=True)
    pip = [str(target / "bin/python"), "-m", "pip", "install", "--quiet", "--disable-pip-version-check"]
    ran = subprocess.run([*pip, "-r", str(REQUIREMENTS)], capture_output=True, text=True)
    if ran.returncode:
        raise MissingPartError(f"{REQUIREMENTS.name} could not be installed:\n{ran.stderr.strip()[-2000:]}")
    (target / "complete").touch()


def _install_compiler(python: Path, folder: Path, headers: tuple[Path, Path]) -> dict[str, str]:
    """The stand-in for the vendor's compiler with its parts beside it; returns where the parts are."""
    common, cxx = headers
    folder.mkdir(parents=True)
    launcher = folder / "riscv-tt-elf-g++"
    launcher.write_text(f"#!{python} -SE\n" + (_HERE / "riscv_tt_elf_gxx.py").read_text())
    launcher.chmod(launcher.stat().st_mode | stat.S_IXUSR | stat.S_IXGRP | stat.S_IXOTH)
    shutil.copytree(cxx, folder / "cxx")
    shutil.copytree(_HERE / "include", folder / "include")
    shutil.copy(_HERE / "ttinsn.s", folder)
    parts = {"cxx": "cxx", "common": str(common), "include": "include", "ttinsn": "ttinsn.s"}
    (folder / "lane.json").write_text(json.dumps(parts))
    return in_folder(parts, folder)


def _make_root(python: Path, ttnn: Path, root: Path, headers: tuple[Path, Path]) -> None:
    """A runtime root of links to the wheel, with our compiler and objects."""
    root.mkdir()
    overlay = header_overlay(ttnn)
    for entry in ttnn.iterdir():
        if entry.name != "runtime":
            _link_over(root / entry.name, entry, overlay / entry.name)
    runtime = root / "runtime"
    for entry in (ttnn / "runtime/hw").iterdir():
        if entry.name != "lib":
            _link(runtime / "hw" / entry.name, entry)
    parts = _install_compiler(python, runtime / "sfpi/compiler/bin", headers)
    for arch in ARCHITECTURES.values():
        objects = runtime / "hw/lib" / arch.family
        for entry in (ttnn / "runtime/hw/lib" / arch.family).iterdir():
            if entry.name in _OBJECTS:
                source = ttnn / "tt_metal/hw" / _OBJECTS[entry.name].format(family=arch.family)
                _compile_object(ttnn, arch.name, source, objects / entry.name, parts)
            else:
                _link(objects / entry.name, entry)


def _link_over(at: Path, to: Path, overlay: Path) -> None:
    """A link to what the wheel has, where ``overlay`` has no other file in its place."""
    if overlay.is_file():
        shutil.copy(overlay, at)
    elif overlay.is_dir():
        at.mkdir()
        for entry in to.iterdir():
            _link_over(at / entry.name, entry, overlay / entry.name)
    else:
        at.symlink_to(to)


def _link(at: Path, to: Path) -> None:
    at.parent.mkdir(parents=True, exist_ok=True)
    at.symlink_to(to)


def _compile_object(ttnn: Path, arch_name: str, source: Path, target: Path, parts: dict[str, str]) -> None:
    arch = ARCHITECTURES[arch_name]
    metal = ttnn / "tt_metal"
    internal = metal / "hw/inc/internal/tt-1xx"
    includes = [ttnn, metal, metal / "hw/inc", metal / "hostdevcommon/api", metal / "api", internal]
    includes += [
        internal / arch.family,
        internal / arch.family / f"{arch_name}_defines",
        internal / arch.family / "noc",
    ]
    includes += [metal / f"hw/ckernels/{arch_name}/metal/{part}" for part in ("common", "llk_io")]
    includes += [metal / f"tt-llk/tt_llk_{arch_name}/{part}" for part in ("common/inc", "llk_lib")]
    includes += [metal / "tt-llk/common", metal / "hw/firmware/src/tt-1xx"]
    arguments = ["-Os", "-std=c++17", f"-mcpu=tt-{arch.tensix}", "-fno-exceptions", "-fno-rtti"]
    arguments += ["-fno-tree-loop-distribute-patterns", f"-D{arch.defines[0]}", "-DTENSIX_FIRMWARE", "-DLOCAL_MEM_EN=0"]
    arguments += ["-DCOMPILE_FOR_BRISC", "-DFW_BUILD", *(f"-I{path}" for path in includes)]
    target.parent.mkdir(parents=True, exist_ok=True)
    command = ["riscv64-unknown-elf-g++", *translate([*arguments, "-c"], parts), "-x", "c++", str(source)]
    ran = subprocess.run([*command, "-o", str(target)], capture_output=True, text=True)
    if ran.returncode:
        raise MissingPartError(f"{source} does not compile with Debian's RISC-V GCC:\n{ran.stderr[-2000:]}")


def _remove_old(lanes: Path) -> None:
    """Removes roots of other versions, which grow to 0.4 GB, but the last used and what may be in use now."""
    roots = sorted(lanes.glob("root-*"), key=lambda root: root.stat().st_mtime, reverse=True)
    for root in roots[_KEPT_ROOTS:]:
        if time.time() - root.stat().st_mtime > _IN_USE_SECONDS:
            shutil.rmtree(root, ignore_errors=True)  # another process may be removing it too


def set_up() -> Lane:
    """The lane, made where it is not there yet. MissingPartError names what this machine lacks."""
    need_compiler()
    pins = hashlib.sha256(REQUIREMENTS.read_bytes()).hexdigest()[:8]
    environment = folder() / f"venv-{pins}"
    if not (environment / "complete").exists():
        _install(environment)
    packages = next((environment / "lib").glob("python3.*/site-packages"))
    headers = standard_headers()  # made again where they are gone: they lie in another cache than the root
    compiler = hashlib.sha256(f"{headers} {environment}".encode())
    for file in sorted(path for path in _HERE.rglob("*") if path.is_file() and path.suffix != ".pyc"):
        compiler.update(file.read_bytes())
    root = folder() / f"root-{compiler.hexdigest()[:12]}"
    if not root.is_dir():
        with tempfile.TemporaryDirectory(dir=folder()) as scratch:
            made = Path(scratch) / "root"
            _make_root(environment / "bin/python", packages / "ttnn", made, headers)
            try:
                made.rename(root)
            except OSError:  # another process was first
                if not root.is_dir():
                    raise
        _remove_old(folder())
    os.utime(root)
    return Lane(environment / "bin/python", packages, root)


def main() -> int:
    arch = sys.argv[1] if len(sys.argv) > 1 else "wormhole_b0"
    if arch not in _SIMULATORS:
        print(f"error: {arch}: expected one of {', '.join(_SIMULATORS)}", file=sys.stderr)
        return 2
    try:
        lane = set_up()
    except MissingPartError as error:
        print(f"error: {error}", file=sys.stderr)
        return 1
    for name, value in lane.environment(arch).items():
        print(f"export {name}={value}")
    return 0


if __name__ == "__main__":
    sys.exit(main())
