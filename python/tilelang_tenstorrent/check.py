"""``tltt check``: compile a folder's kernels against the genuine device headers of TT-Metalium.

The headers come from the ``ttnn`` wheel, the compiler is Debian's RISC-V GCC; neither hardware nor the vendor's
compiler is needed. Formats, compile-time arguments, defines and the compute configuration come from tt.plan.json.
Where a device header can't be built this way the kernel is reported as ``unsupported``, not as right.
"""

from __future__ import annotations

import argparse
import functools
import hashlib
import json
import os
import re
import shutil
import subprocess
import sys
import tempfile
import zipfile
from collections.abc import Iterable, Mapping
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from .findings import Finding
from .genuine.build import ARCHITECTURES, Arch, Job, command_of, jobs_of

TTNN_VERSION = "0.81.1"
TTNN_PYTHONS = ("python3.12", "python3.10")  # what it has wheels for
COMPILER = "riscv64-unknown-elf-g++"
_PICOLIBC = Path("/usr/lib/picolibc/riscv64-unknown-elf/include")


class MissingPartError(RuntimeError):
    """Something to check with is not installed; the text says what to install and how."""


@dataclass(frozen=True)
class Result:
    """One build of one kernel. ``status`` is ok, error or unsupported; ``messages`` name file, line and column."""

    kernel: str
    arch: str
    processor: str
    status: str
    messages: tuple[str, ...] = ()

    @property
    def ok(self) -> bool:
        return self.status == "ok"

    def __str__(self) -> str:
        head = f"{self.status:<11} {self.arch:<11} {self.processor:<7} {self.kernel}"
        return "\n".join([head, *(f"    {message}" for message in self.messages)])


def cache_folder() -> Path:
    root = os.environ.get("TLTT_CACHE_DIR")
    if root:
        return Path(root) / "genuine"
    return Path(os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache") / "tilelang_tenstorrent" / "genuine"


def find_ttnn(option: str | Path | None = None) -> Path:
    """The folder ``ttnn`` of a wheel: the option, TLTT_TTNN_DIR, or what ``install`` unpacked."""
    named = option or os.environ.get("TLTT_TTNN_DIR")
    folder = Path(named) if named else cache_folder() / f"ttnn-{TTNN_VERSION}" / "ttnn"
    if not (folder / "tt_metal/hw/inc/api/dataflow/dataflow_api.h").is_file():
        where = (
            f"{folder} has no device headers of ttnn {TTNN_VERSION}"
            if named
            else f"ttnn {TTNN_VERSION} is not unpacked"
        )
        raise MissingPartError(
            f"{where}; run `tltt check --install`, "
            "or name the folder `ttnn` of an installed wheel with --ttnn or TLTT_TTNN_DIR"
        )
    return folder.resolve()


def install() -> Path:
    """Downloads the ttnn wheel (100 MB) and unpacks its headers and firmware sources into the cache folder."""
    target = cache_folder() / f"ttnn-{TTNN_VERSION}"
    if (target / "ttnn/tt_metal/hw/inc").is_dir():
        return target / "ttnn"
    target.parent.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory(dir=target.parent) as scratch:
        # CPython 3.12's wheel: the project's own Python has none, and nothing of it is executed.
        download = [sys.executable, "-m", "pip", "download", "--quiet", "--no-deps", "--python-version", "3.12"]
        download += ["--only-binary=:all:", "--dest", scratch, f"ttnn=={TTNN_VERSION}"]
        ran = subprocess.run(download, capture_output=True, text=True)
        wheels = list(Path(scratch).glob("*.whl"))
        if ran.returncode or not wheels:
            raise MissingPartError(f"ttnn {TTNN_VERSION} could not be downloaded:\n{ran.stderr.strip()}")
        unpacked = Path(scratch) / "unpacked"
        with zipfile.ZipFile(wheels[0]) as wheel:
            suffixes = (".h", ".hpp", ".inl", ".cc", ".cpp", ".c", ".S", ".ld")
            wheel.extractall(
                unpacked, [n for n in wheel.namelist() if n.startswith("ttnn/tt_metal/") and n.endswith(suffixes)]
            )
        unpacked.rename(target)
    return target / "ttnn"


def need_compiler() -> None:
    missing = []
    if not shutil.which(COMPILER):
        missing.append("gcc-riscv64-unknown-elf")
    if not _PICOLIBC.is_dir():
        missing.append("picolibc-riscv64-unknown-elf")
    if not shutil.which("g++"):
        missing.append("g++")
    if missing:
        raise MissingPartError(f"not installed: {', '.join(missing)}; run `apt-get install {' '.join(missing)}`")


@functools.cache
def standard_headers() -> tuple[Path, Path]:
    """The host GCC's C++ headers, and a copy of their ``bits`` without what a bare-metal RISC-V lacks."""

    def ask(option: str) -> str:
        return subprocess.run(["g++", option], capture_output=True, text=True, check=True).stdout.strip()

    version, triple = ask("-dumpversion"), ask("-dumpmachine")
    common = Path("/usr/include/c++") / version
    folder = cache_folder() / f"cxx-{version}"
    if folder.is_dir():
        return common, folder
    found = [base / "c++" / version / "bits" for base in (Path("/usr/include") / triple, common / triple)]
    bits = next((path for path in found if path.is_dir()), None)
    if bits is None:
        raise MissingPartError(f"the C++ headers of g++ {version} are not in {found[0].parent}; apt-get install g++")
    folder.parent.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory(dir=folder.parent) as scratch:
        copy = Path(scratch) / "cxx"
        shutil.copytree(bits, copy / "bits")
        absent = (
            "HAS_GTHREADS",
            "USE_FLOAT128",
            "HAVE_FLOAT128_MATH",
            "HAVE_LINUX_FUTEX",
            "HAVE_TLS",
            "HAVE_POSIX_SEMAPHORE",
        )
        with (copy / "bits/c++config.h").open("a") as config:
            config.writelines(f"#undef _GLIBCXX_{feature}\n" for feature in absent)
        shutil.copy(copy / "bits/gthr-single.h", copy / "bits/gthr-default.h")
        (copy / "bits/os_defines.h").write_text("#pragma once\n#include <sys/cdefs.h>\n#define __NO_CTYPE 1\n")
        try:
            copy.rename(folder)
        except OSError:  # another process was first
            if not folder.is_dir():
                raise
    return common, folder


# What GCC 12 rejects and the vendor's GCC accepts, in a template: an assertion that fails in a branch that is not taken
# (since C++23 everyone accepts it), and a count of unrolled iterations that is the template's parameter.
_VENDOR_WORDS = re.compile(r"static_assert\(false[^;]*;|^[ \t]*#pragma GCC unroll [A-Za-z_][^\n]*", re.M)


@functools.cache
def header_overlay(ttnn: Path) -> Path:
    """Copies of the device headers that say what only the vendor's GCC accepts, without it."""
    key = f"{ttnn} {TTNN_VERSION} {_VENDOR_WORDS.pattern}"
    folder = cache_folder() / f"overlay-{hashlib.sha256(key.encode()).hexdigest()[:12]}"
    if folder.is_dir():
        return folder
    folder.parent.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory(dir=folder.parent) as scratch:
        copies = Path(scratch) / "overlay"
        copies.mkdir()
        for part in ("tt-llk", "hw/ckernels"):
            for header in (ttnn / "tt_metal" / part).rglob("*.h"):
                text = header.read_text(errors="surrogateescape")
                if _VENDOR_WORDS.search(text):
                    copy = copies / "tt_metal" / header.relative_to(ttnn / "tt_metal")
                    copy.parent.mkdir(parents=True, exist_ok=True)
                    without = _VENDOR_WORDS.sub(lambda found: ";" if found[0].startswith("static") else "", text)
                    copy.write_text(without, errors="surrogateescape")
        try:
            copies.rename(folder)
        except OSError:  # another process was first
            if not folder.is_dir():
                raise
    return folder


def _messages(stderr: str, kernel: Path) -> tuple[str, ...]:
    """The compiler's errors, those in the kernel itself first, and the kernel's lines that headers were used from."""
    lines = stderr.replace(f"{kernel.parent}{os.sep}", "").splitlines()
    errors = [line for line in lines if re.search(r"(fatal )?error: ", line)]
    own = [line for line in errors if line.startswith(kernel.name)]
    via = [line.strip() for line in lines if kernel.name in line and line not in errors and "required from" in line]
    if any("_main' declared as function" in line.replace("\u2018", "'").replace("\u2019", "'") for line in own):
        own.insert(0, f"{kernel.name}: the entry point is `void kernel_main()`; MAIN is a macro of older versions")
    return tuple(dict.fromkeys((own or errors)[:8] + via[:2])) or tuple(lines[-4:])


@functools.cache
def _toolchain() -> str:
    """What a result depends on besides the kernel: the compiler, our stand-ins and the way that a kernel is built."""
    digest = hashlib.sha256(subprocess.run([COMPILER, "--version"], capture_output=True, check=True).stdout)
    for file in sorted(Path(__file__).parent.joinpath("genuine").rglob("*")):
        if file.is_file() and file.suffix in (".py", ".h", ".s"):
            digest.update(file.read_bytes())
    digest.update(Path(__file__).read_bytes())
    return digest.hexdigest()


def _cached(job: Job, ttnn: Path, arch: Arch) -> Result:
    """``_run``, once for each content: a build takes half a second and more, and most kernels have been seen before."""
    digest = hashlib.sha256(
        f"{_toolchain()} {ttnn} {arch.name} {job.processor} {job.compile_args} {job.named_args}".encode()
    )
    for text in job.files.values():
        digest.update(text.replace(str(job.kernel), job.kernel.name).encode())
    for file in [job.kernel, *sorted(job.kernel.parent.glob("*.h")), *sorted(job.kernel.parent.glob("*.hpp"))]:
        digest.update(f"{file.name}\n".encode() + file.read_bytes())
    entry = cache_folder() / "results" / f"{digest.hexdigest()}.json"
    try:
        known = json.loads(entry.read_text())
        return Result(job.kernel.name, arch.name, job.processor, known["status"], tuple(known["messages"]))
    except (OSError, ValueError, KeyError):
        result = _run(job, ttnn, arch)
    entry.parent.mkdir(parents=True, exist_ok=True)
    with tempfile.NamedTemporaryFile("w", dir=entry.parent, delete=False) as scratch:
        json.dump({"status": result.status, "messages": result.messages}, scratch)
    os.replace(scratch.name, entry)
    return result


def _run(job: Job, ttnn: Path, arch: Arch) -> Result:
    common, cxx = standard_headers()
    with tempfile.TemporaryDirectory(prefix="tltt-check-") as folder:
        work = Path(folder)
        for name, text in job.files.items():
            (work / name).write_text(text)
        command = [
            COMPILER,
            *command_of(job, ttnn, arch, work, [cxx, common, _PICOLIBC], header_overlay(ttnn)),
            "-c",
            "-o",
            str(work / "kernel.o"),
        ]
        built = subprocess.run(command, capture_output=True, text=True, cwd=work)
        describe = functools.partial(Result, job.kernel.name, arch.name, job.processor)
        if built.returncode:
            messages = _messages(built.stderr, job.kernel)
            # A mistake of the kernel shows in the kernel, or in a header that its line is named for.
            if not re.search(
                rf"^{re.escape(job.kernel.name)}|{re.escape(job.kernel.name)}:\d+:\d+:", "\n".join(messages), re.M
            ):
                why = (
                    "vector code (sfpi)"
                    if "/sfpu/" in built.stderr or "sfpi" in built.stderr
                    else "language of a newer GCC"
                )
                return describe(
                    "unsupported", (f"device headers of it are written for the vendor's compiler: {why}", *messages[:1])
                )
            return describe("error", messages)
        symbols = subprocess.run(
            [COMPILER.replace("g++", "nm"), str(work / "kernel.o")], capture_output=True, text=True, check=True
        ).stdout
        undefined = {line.split()[-1] for line in symbols.splitlines() if line.split()[-2:-1] == ["U"]}
        if "_Z11kernel_mainv" in undefined:
            return describe("error", (f"{job.kernel.name}: void kernel_main() is not defined",))
        if any("__builtin_rvtt" in symbol for symbol in undefined):
            return describe("unsupported", ("it uses vector builtins that only the vendor's compiler has",))
        return describe("ok")


def _load(folder: Path) -> Mapping[str, Any]:
    plan = folder / "tt.plan.json"
    if not plan.is_file():
        raise ValueError(f"{folder} has no tt.plan.json; make the folder with `tltt compile FILE -o DIR`")
    program = json.loads(plan.read_text()).get("program")
    if not isinstance(program, dict):
        raise ValueError(f"{plan} has no `program` block")
    return program


def check_directory(
    path: str | Path, archs: str | Iterable[str] | None = None, ttnn: str | Path | None = None
) -> list[Result]:
    """Builds every kernel of a folder for each of ``archs`` (wormhole_b0, blackhole; None: the plan's), in parallel.

    A compute kernel is three builds: unpack, math, pack. Raises MissingPartError when a part to check with is absent,
    and ValueError for a folder without a usable plan.
    """
    folder = Path(path).resolve()
    program = _load(folder)
    if archs is None:
        archs = [program["arch"]]
    elif isinstance(archs, str):
        archs = list(ARCHITECTURES) if archs == "both" else [archs]
    names = list(archs)
    unknown = [name for name in names if name not in ARCHITECTURES]
    if unknown:
        raise ValueError(f"unknown architecture {', '.join(unknown)}; known: {', '.join(ARCHITECTURES)}, both")
    need_compiler()
    headers = find_ttnn(ttnn)
    standard_headers()
    header_overlay(headers)
    _toolchain()
    work = [(job, ARCHITECTURES[name]) for name in names for job in jobs_of(program, folder)]
    with ThreadPoolExecutor(max_workers=os.cpu_count()) as pool:
        return list(pool.map(lambda item: _cached(item[0], headers, item[1]), work))


def check_folder(folder: str | Path, arch: str | None = None) -> list[str]:
    """What is wrong with a folder's kernels, or keeps them from being checked; empty when all of them compile."""
    try:
        return [str(result) for result in check_directory(folder, arch) if not result.ok]
    except (MissingPartError, ValueError) as error:
        return [str(error)]


def folder_findings(folder: str | Path, arch: str | None = None, ttnn: str | Path | None = None) -> list[Finding]:
    """``check_directory`` as findings: errors of kernels, notes of what cannot be checked."""
    findings = []
    for result in check_directory(folder, arch, ttnn):
        if result.ok:
            continue
        code, level = ("TT4001", "error") if result.status == "error" else ("TT4002", "note")
        for message in result.messages or (f"{result.kernel} for {result.arch} {result.processor}",):
            place = re.match(r"([\w.]+):(\d+):(\d+): (?:fatal )?(?:error: )?(.*)", message)
            path = str(Path(folder) / result.kernel)
            if place and place.group(1) == result.kernel:
                findings.append(Finding(code, level, place.group(4), path, int(place.group(2)), int(place.group(3))))
            else:
                findings.append(Finding(code, level, message, path))
    return list(dict.fromkeys(findings))


def add_arguments(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("folder", metavar="DIR", nargs="?", help="folder with tt.plan.json and the kernels")
    parser.add_argument("--arch", choices=[*ARCHITECTURES, "both"], help="default: the plan's")
    parser.add_argument("--ttnn", metavar="DIR", help="folder ttnn of an installed or unpacked wheel")
    parser.add_argument(
        "--install", action="store_true", help="download the ttnn wheel's headers into the cache folder first"
    )


def run(args: argparse.Namespace) -> int:
    """Exit code 0: all compile. 1: some do not. 2: a part to check with is absent, or the folder can't be used."""
    try:
        if args.install:
            print(f"device headers: {install()}")
        if not args.folder:
            return 0 if args.install else _usage()
        results = check_directory(args.folder, args.arch, args.ttnn)
    except (MissingPartError, ValueError) as error:
        print(f"error: {error}", file=sys.stderr)
        return 2
    for result in results:
        print(result)
    return 0 if all(result.ok for result in results) else 1


def _usage() -> int:
    print("error: name a folder to check, or --install", file=sys.stderr)
    return 2
