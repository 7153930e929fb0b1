"""What is there and what is missing for each way of running kernels, with the command that mends it."""

from __future__ import annotations

import glob
import os
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from importlib import metadata
from pathlib import Path

from .check import TTNN_PYTHONS, TTNN_VERSION, MissingPartError, find_ttnn
from .versions import BUILT_AGAINST
from .versions import LIBRARIES as _LIBRARIES

PACKAGE = Path(__file__).resolve().parent
LIBRARIES = (*_LIBRARIES, "tltt_hostapi")
MODES = {
    "emulator": "kernels called from Python run on the emulator",
    "folder": "an emitted folder builds by itself and runs on the emulator",
    "check": "tltt check compiles kernels against the genuine device headers",
    "ttnn": "mode=ttnn runs kernels on a card or a simulator",
    "sdk": "an emitted folder builds against the TT-Metalium SDK (-DUSE_REAL_METALIUM=ON) and runs on a card",
}


@dataclass(frozen=True)
class Part:
    """One thing that a mode needs: found or not, what was seen, and the command that mends it."""

    name: str
    found: bool
    detail: str
    mend: str = ""
    needed: bool = True  # False: the mode runs without it


@dataclass
class Machine:
    """Where the parts are looked for; tests give other places."""

    environ: Mapping[str, str] = field(default_factory=lambda: os.environ)
    root: Path = Path("/")
    package: Path = PACKAGE

    def which(self, command: str) -> str | None:
        return shutil.which(command, path=self.environ.get("PATH"))

    def path(self, absolute: str) -> Path:
        return self.root / absolute.lstrip("/")


def _output(command: Sequence[str], machine: Machine, timeout: float = 60) -> tuple[bool, str]:
    try:
        done = subprocess.run(
            command, capture_output=True, text=True, timeout=timeout, env=dict(machine.environ), check=False
        )
    except (OSError, subprocess.TimeoutExpired) as error:
        return False, str(error)
    return done.returncode == 0, (done.stdout + done.stderr).strip()


def _command(machine: Machine, name: str, command: str, package: str, needed: bool = True) -> Part:
    found = machine.which(command)
    return Part(name, found is not None, found or f"{command} is not on PATH", f"apt-get install {package}", needed)


def _libraries(machine: Machine) -> Part:
    missing = [name for name in LIBRARIES if not (machine.package / "lib" / f"lib{name}.so").exists()]
    detail = f"missing in {machine.package / 'lib'}: {', '.join(missing)}" if missing else str(machine.package / "lib")
    mend = "in a source tree: make build; else: pip install --force-reinstall tilelang-tenstorrent"
    return Part("C++ libraries", not missing, detail, mend)


def _versions() -> list[Part]:
    parts = []
    for package, wanted in BUILT_AGAINST.items():
        try:
            found = metadata.version(package).partition("+")[0]
        except metadata.PackageNotFoundError:
            found = "not installed"
        mend = f"{sys.executable} -m pip install {package}=={wanted}"
        parts.append(Part(package, found == wanted, found if found == wanted else f"{found}, needed is {wanted}", mend))
    return parts


def _compiler(machine: Machine) -> Part:
    """g++ by the rules of the emulator's kernel compiler: $CXX unless it is clang, then g++, then c++."""
    words = machine.environ.get("CXX", "").split()
    candidates = [*([words[0]] if words and "clang" not in words[-1] else []), "g++", "c++"]
    mend = "apt-get install g++"
    for candidate in candidates:
        path = machine.which(candidate)
        if path is None:
            continue
        with tempfile.TemporaryDirectory() as folder:
            source = Path(folder) / "probe.cc"
            source.write_text("#include <span>\nint main() { return std::span<int>().size(); }\n")
            good, text = _output([path, "-std=c++20", str(source), "-o", str(Path(folder) / "probe")], machine)
        return Part("C++ compiler", good, path if good else f"{path} does not build C++20: {text[:200]}", mend)
    return Part("C++ compiler", False, f"none of {', '.join(candidates)} is on PATH", mend)


def _cache(machine: Machine) -> Part:
    environ = machine.environ
    home = environ.get("XDG_CACHE_HOME") or str(Path(environ.get("HOME", tempfile.gettempdir())) / ".cache")
    folder = Path(environ.get("TLTT_CACHE_DIR") or Path(home) / "tilelang-tenstorrent" / "kernels")
    existing = next((p for p in (folder, *folder.parents) if p.exists()), Path("/"))
    good = existing.is_dir() and os.access(existing, os.W_OK | os.X_OK)
    detail = str(folder) if good else f"{folder} can't be written"
    return Part("kernel cache", good, detail, "export TLTT_CACHE_DIR=<a folder that you may write>")


def _emulator(machine: Machine) -> list[Part]:
    headers = machine.package / "device" / "tltt_device.h"
    mend = "pip install --force-reinstall tilelang-tenstorrent, or make build"
    return [
        _libraries(machine),
        *_versions(),
        Part("device headers", headers.exists(), str(headers.parent), mend),
        _compiler(machine),
        _cache(machine),
    ]


def _folder(machine: Machine) -> list[Part]:
    hostapi = machine.package / "hostapi" / "cmake" / "TT-MetaliumConfig.cmake"
    tools = [machine.which(tool) for tool in ("ninja", "make")]
    tool = next((path for path in tools if path), None)
    return [
        _libraries(machine),
        Part("host API", hostapi.exists(), f"TLTT_HOME={machine.package}", "make build"),
        _command(machine, "CMake", "cmake", "cmake"),
        Part("build tool", tool is not None, tool or "neither ninja nor make", "apt-get install make"),
        _compiler(machine),
        _cache(machine),
    ]


def _ttnn_headers(machine: Machine) -> Part:
    try:
        return Part("genuine device headers", True, str(find_ttnn(machine.environ.get("TLTT_TTNN_DIR"))))
    except MissingPartError as error:
        detail = str(error).partition(";")[0]
        return Part("genuine device headers", False, detail, "tltt check --install, or set TLTT_TTNN_DIR")


def _check(machine: Machine) -> list[Part]:
    return [
        _command(machine, "RISC-V compiler", "riscv64-unknown-elf-g++", "gcc-riscv64-unknown-elf"),
        Part(
            "RISC-V C library",
            machine.path("/usr/lib/picolibc/riscv64-unknown-elf").exists(),
            "picolibc",
            "apt-get install picolibc-riscv64-unknown-elf",
        ),
        _command(machine, "host C++ headers", "g++", "g++"),
        _ttnn_headers(machine),
    ]


def _ttnn_python(machine: Machine) -> tuple[Part, Path | None]:
    """The Python that has ttnn, and ttnn's folder in it."""
    named = machine.environ.get("TLTT_TTNN_PYTHON")
    probe = "import importlib.util as u; s = u.find_spec('ttnn'); print(s.submodule_search_locations[0] if s else '')"
    mend = f"python3.12 -m venv ttnn && ttnn/bin/pip install ttnn=={TTNN_VERSION} && "
    mend += "export TLTT_TTNN_PYTHON=$PWD/ttnn/bin/python"
    others = [path for path in map(machine.which, TTNN_PYTHONS) if path]  # where the runner looks
    for python in [named] if named else [sys.executable, *others]:
        good, text = _output([python, "-c", probe], machine)
        if good and text:
            return Part("ttnn", True, f"{text.splitlines()[-1]} ({python})"), Path(text.splitlines()[-1])
    if named and not machine.which(named):
        return Part("ttnn", False, f"TLTT_TTNN_PYTHON={named} is no program", mend), None
    where = named or f"{', '.join([sys.executable, *others])}, and TLTT_TTNN_PYTHON is not set"
    return Part("ttnn", False, f"not installed in {where}", mend), None


def _device(machine: Machine) -> list[Part]:
    """A simulator, or driver, device node and huge pages of a card."""
    simulator = machine.environ.get("TT_METAL_SIMULATOR")
    if simulator:
        good = Path(simulator).exists()
        return [Part("simulator", good, f"TT_METAL_SIMULATOR={simulator}", "let TT_METAL_SIMULATOR name the simulator")]
    nodes = sorted(glob.glob(str(machine.path("/dev/tenstorrent")) + "/*"))
    usable = [node for node in nodes if os.access(node, os.R_OK | os.W_OK)]
    driver = machine.path("/sys/module/tenstorrent").exists()
    kernel = machine.path("/proc/cmdline")
    iommu = kernel.exists() and "iommu=" in kernel.read_text()
    pages = machine.path("/sys/kernel/mm/hugepages/hugepages-1048576kB/nr_hugepages")
    count = int(pages.read_text()) if pages.exists() else 0
    node_detail = ", ".join(usable) or (
        f"{nodes[0]} can't be opened by this user" if nodes else "no /dev/tenstorrent/*"
    )
    node_mend = (
        "sudo chmod a+rw /dev/tenstorrent/*" if nodes else "put in a card, load the driver; or set TT_METAL_SIMULATOR"
    )
    return [
        Part(
            "kernel driver",
            driver,
            "tenstorrent (tt-kmd) is loaded" if driver else "the module tenstorrent is not loaded",
            "install tt-kmd (https://github.com/tenstorrent/tt-kmd), then: sudo modprobe tenstorrent",
        ),
        Part("device node", bool(usable), node_detail, node_mend),
        Part(
            "huge pages of 1 GiB",
            count > 0,
            f"{count} reserved",
            "tt-system-tools: sudo systemctl enable --now tenstorrent-hugepages.service",
            needed=not iommu,
        ),
    ]


def _vendor_compiler(machine: Machine, root: Path | None) -> Part:
    places = [Path("/opt/tenstorrent/sfpi"), *([root / "runtime/sfpi"] if root else [])]
    found = next((p for place in places for p in machine.path(str(place)).glob("compiler/bin/riscv*-g++")), None)
    found = found or next((p for place in places for p in place.glob("compiler/bin/riscv*-g++")), None)
    mend = "install the package sfpi (https://github.com/tenstorrent/sfpi/releases); for kernels without vector code: "
    mend += "python -m tilelang_tenstorrent.genuine.lane"
    return Part("kernel compiler", found is not None, str(found or "no sfpi in " + ", ".join(map(str, places))), mend)


def _ttnn(machine: Machine) -> list[Part]:
    part, folder = _ttnn_python(machine)
    return [_libraries(machine), *_versions(), part, _vendor_compiler(machine, folder), *_device(machine)]


def _sdk(machine: Machine) -> list[Part]:
    home = machine.environ.get("TT_METAL_HOME")
    mend = "git clone --recursive https://github.com/tenstorrent/tt-metal && cd tt-metal && ./build_metal.sh && "
    mend += "export TT_METAL_HOME=$PWD"
    parts = [Part("TT_METAL_HOME", bool(home) and Path(home or "").is_dir(), home or "not set", mend)]
    if home and Path(home).is_dir():
        root = Path(home)
        header = next(
            (
                p
                for p in (root / "tt_metal/api/tt-metalium", root / "include/tt-metalium")
                if (p / "host_api.hpp").exists()
            ),
            None,
        )
        parts.append(Part("host headers", header is not None, str(header or "no tt-metalium/host_api.hpp"), mend))
        library = next((p for p in (*root.glob("build*/lib*/libtt_metal.so"), *root.glob("lib*/libtt_metal.so"))), None)
        parts.append(
            Part("libtt_metal.so", library is not None, str(library or "not built"), f"cd {root} && ./build_metal.sh")
        )
        config = next(
            iter((*root.glob("build*/**/tt-metalium-config.cmake"), *root.glob("lib*/**/tt-metalium-config.cmake"))),
            None,
        )
        parts.append(
            Part("CMake package", config is not None, str(config or "not installed"), f"cd {root} && ./build_metal.sh")
        )
    parts.append(_command(machine, "CMake", "cmake", "cmake"))
    parts.append(_vendor_compiler(machine, Path(home) if home else None))
    return [*parts, *_device(machine)]


_EXAMINE: dict[str, Callable[[Machine], list[Part]]] = {
    "emulator": _emulator,
    "folder": _folder,
    "check": _check,
    "ttnn": _ttnn,
    "sdk": _sdk,
}


def examine(mode: str, machine: Machine | None = None) -> list[Part]:
    """The parts of one of ``MODES``; KeyError for another word."""
    return _EXAMINE[mode](machine or Machine())


def missing(parts: Sequence[Part]) -> list[Part]:
    return [part for part in parts if part.needed and not part.found]


def report(modes: Sequence[str], machine: Machine | None = None) -> tuple[str, bool]:
    """The report on ``modes`` as text, and whether all of them can run."""
    lines, good = [], True
    for mode in modes:
        parts = examine(mode, machine)
        lacking = missing(parts)
        good = good and not lacking
        state = "ready" if not lacking else f"can't run: {', '.join(part.name for part in lacking)} missing"
        lines.append(f"{mode}: {state}  ({MODES[mode]})")
        for part in parts:
            mark = "ok" if part.found else "MISSING" if part.needed else "optional"
            lines.append(f"  {mark:8} {part.name}: {part.detail}")
            if not part.found:
                lines.append(f"           to fix: {part.mend}")
    return "\n".join(lines), good


def main(modes: Sequence[str]) -> int:
    """Prints the report. Without modes it is on all of them, and the emulator alone decides the exit code."""
    text, good = report(modes or list(MODES))
    print(text)
    return 0 if (good if modes else not missing(examine("emulator"))) else 1
