#!/usr/bin/env python3
"""Runs the scripts of a TileLang checkout on the emulated chip and tells what became of each.

    tools/conformance.py CHECKOUT [--only examples/norm] [--jobs 2] [--seconds 120] [--output table.md] [--json FILE]
                         [--resume] [--logs FOLDER]

Each script runs unmodified in a process of its own, as ``tltt run SCRIPT`` would run it; the tests of a test file run
by pytest. The processes are forks of one that has imported torch and TileLang, which takes longer than most scripts. A
script's fate (that of a test file is its worst test's; tests that are skipped do not count beside others):

    right      it ended without an error: examples and tests of TileLang check their own results
    refused    the compiler refused a kernel, with line, reason and way out
    wrong      it ran and its own check failed
    crashed    anything else
    slow       it did not end in the time that it was given: of the processors, so that other work on the machine
               does not count. A test file has that time for each of its tests
    skipped    it is about one GPU's instructions or the text of CUDA sources, needs a package that is absent, has
               nothing to run, is refused by TileLang's own front end, or fails before a kernel is compiled where the
               installed TileLang is not the checkout's

Examples that choose the sizes of a large GPU run at those of conformance_sizes.json beside this file, which names a
script's own arguments or a call of one of its own functions; the table says so.

The outcomes are written to the JSON file as they come; with ``--resume`` what stands in it is kept and not run again,
so that a long sweep can be made in parts, and --output tells of all.

The exit code is 1 when a script is wrong or crashed.
"""

from __future__ import annotations

import argparse
import ast
import inspect
import json
import os
import re
import runpy
import signal
import subprocess
import sys
import tempfile
import time
import traceback
from collections import Counter
from dataclasses import asdict, dataclass
from importlib.metadata import version
from pathlib import Path

import psutil
import pytest

from tilelang_tenstorrent.as_cuda import on_tenstorrent
from tilelang_tenstorrent.cli import run as tltt

FOLDERS = ("examples", "testing/python/language")
FATES = ("right", "refused", "wrong", "crashed", "slow", "skipped")
SIZES: dict[str, str] = json.loads(Path(__file__).with_name("conformance_sizes.json").read_text())
# What was found out about a script that is not right.
NOTES: dict[str, str] = json.loads(Path(__file__).with_name("conformance_notes.json").read_text())
ABOUT_ANOTHER = f"is about another TileLang than the installed {version('tilelang')}"
WALL = 8  # what waits for this many times its time of the processors hangs
RESTARTS = 3  # of a test file, behind tests that end its process or have to be ended

# What only one maker has: instructions, memories, schedules of warps, texts of CUDA or HIP sources. A script
# that has them and is not right is not held against the compiler; a wrong result always is.
GPU_ONLY = re.compile(
    r"\b(?:T|tl)\.(?:tcgen05|wgmma|mma|tma|ptx|ws\(|WarpSpecialize|shfl|__ldg|ldg|stg\d|sts\d|lds\d|clc_|cluster|pdl"
    r"|CUDASourceCodeKernel)|\"(?:barrier_init|cluster_dims|code_block_source)\"|mbarrier|alloc_tmem|ldmatrix"
    r"|stmatrix|cutedsl|alloc_barrier|barrier_arrive|barrier_wait|get_warp|warp_reduce|warp_vote|sync_warp|call_extern"
    r"|import_source|IntrinEmitter|MatrixCore|nvf4|(?:sm|SM)_?1[02]0|gemm_sp\b|make_mma|\"hip\"|rocm|\"metal\""
    r"|programmatic_dependent|use_tma|tma_atomic|get_lane_idx|cooperative_groups|cp_async"
    r"|e2m1_unpacked"  # memory of tcgen05's operands
    # How threads share the work of a reduction: which of them take part, how many values they exchange at once.
    r"|NamedBarrier|_thread_barrier_|logical_width|finalize_reducer\(\w+, batch="
)
REFUSAL = re.compile(r"^(?:.*tltt: )?(?:Error: |(?:\w+\.)*ValueError: )(.*)$", re.MULTILINE)
MISMATCH = re.compile(r"AssertionError|Tensor-likes are not|Mismatched elements|not equal to tolerance", re.IGNORECASE)
# A test that looks for CUDA's words in the text of a kernel's sources, which are of TT-Metalium here.
SOURCE_TEXT = re.compile(r"^E .*(?:// ===== reader\.cpp =====|// Sources exist for the sizes of a call)", re.MULTILINE)
# A test that looks into TileLang's host code for CUDA, which allocates results by itself.
HOST_CODE = re.compile(
    r"^ +assert .*(?:_callee_allocated_output_abi|dynamic_symbolic_map is None|TVMFFIEnvTensorAlloc)", re.MULTILINE
)
# Examples tell of an absent package that they cannot do without, and fail at the first name out of it.
MISSING = re.compile(
    r"ModuleNotFoundError: No module named '([^']+)'|^(\w+) not found\b.*(?=[\s\S]*NameError)", re.MULTILINE
)
# A benchmark that goes on from our kernel to another package's, which looks for CUDA's driver.
NO_DRIVER = re.compile(r"libcuda\.so cannot|0 active drivers|Found no NVIDIA driver")
# A script that asks for a GPU of some generation at its start; a test of an error that did not come.
ANOTHER_GPU = re.compile(r"^(?:E +|tltt: )?AssertionError: (.*compute capability.*)$", re.MULTILINE)
# What the installed TileLang does not have yet, or no longer.
ANOTHER_VERSION = re.compile(
    r"unexpected keyword argument|has no attribute|cannot import name|outside its defining region"
)
# An error that TileLang's own front end or adapter raises, whatever the target.
TILELANGS_OWN = re.compile(r"AssertionError: (T\.\w+ .*check failed.*)|(empty\(\): argument 'size'.*)")
# An address is not taken for a tensor; the message has a way out, but the kernel's lines have nothing to do with it.
ADDRESS = re.compile(r"expected a tensor, got int; an address does not say what lies there: pass the tensor")
OTHER_WORDS = re.compile(r"AssertionError: Regex pattern did not match")
NO_ERROR = re.compile(r"^E +Failed: DID NOT RAISE", re.MULTILINE)
LAST_ERROR = re.compile(r"^(?:E +|tltt: )?((?:\w+\.)*\w*(?:Error|Exception|Interrupt)\b.*)$", re.MULTILINE)


@dataclass
class Outcome:
    script: str
    fate: str
    reason: str


class Tests:
    """A plugin of pytest's that runs the tests of a file that have no fate yet and notes the fate of each.

    The notes are a JSON file, written after each test: a name and [fate, reason]. The fate of a test that began and
    did not end is "running".
    """

    def __init__(self, path: Path, same_version: bool) -> None:
        self._path, self._same_version = path, same_version
        self._fates: dict[str, tuple[str, str]] = read_fates(path)
        self._source = ""

    def pytest_collection_modifyitems(self, items: list[pytest.Item]) -> None:
        items[:] = [item for item in items if item.nodeid not in self._fates]

    @pytest.hookimpl(tryfirst=True)
    def pytest_runtest_setup(self, item: pytest.Item) -> None:
        self._source = inspect.getsource(item.function) if isinstance(item, pytest.Function) else ""
        self._note(item.nodeid, "running", item.name)

    def pytest_runtest_logreport(self, report: pytest.TestReport) -> None:
        if report.failed:
            self._note(report.nodeid, *self._failure(report))
        elif report.skipped:
            reason = report.longrepr[2] if isinstance(report.longrepr, tuple) else ""
            self._note(report.nodeid, "skipped", reason.removeprefix("Skipped: "))
        elif report.when == "call":
            self._note(report.nodeid, "right", "")

    def _failure(self, report: pytest.TestReport) -> tuple[str, str]:
        text = report.longreprtext
        if not (self._same_version or "begins to compile kernel" in report.caplog or "tilelang_tenstorrent" in text):
            return "skipped", ABOUT_ANOTHER
        return unless_of_gpus(*classify(1, text), self._source + text)

    def _note(self, test: str, fate: str, reason: str) -> None:
        self._fates[test] = (fate, reason)
        write_fates(self._path, self._fates)


def read_fates(path: Path) -> dict[str, tuple[str, str]]:
    return json.loads(path.read_text()) if path.exists() else {}


def write_fates(path: Path, fates: dict[str, tuple[str, str]]) -> None:
    new = path.with_suffix(".new")
    new.write_text(json.dumps(fates))
    new.replace(path)  # another process reads it at any time


def outcome_of_tests(fates: list[tuple[str, str]]) -> tuple[str, str]:
    """The fate of a test file, and what became of how many of its tests."""
    counts = Counter(fate for fate, _ in fates)
    worst = next((fate for fate in ("wrong", "crashed", "refused", "slow", "right") if counts[fate]), "skipped")
    told = ", ".join(f"{counts[fate]} {fate}" for fate in FATES if counts[fate])
    reasons = Counter(reason for fate, reason in fates if reason and fate == worst)
    return worst, told + "".join(f"; {count} x {reason}" for reason, count in reasons.most_common(3))


def unless_of_gpus(fate: str, reason: str, text: str) -> tuple[str, str]:
    """The fate of what is not right, whose sources and errors are ``text``: "skipped" where a GPU's own is in it."""
    found = GPU_ONLY.search(text)
    if fate in ("refused", "crashed") and found:
        return "skipped", f"is about a GPU's own: {found[0]} ({reason})"
    return fate, reason


def classify(code: int, output: str) -> tuple[str, str]:
    """The fate of a script that ended with ``code``, and a line that says why."""
    if code == -signal.SIGKILL:
        return "slow", "the host's memory does not suffice"
    if code == 0:
        return "right", ""
    if code == pytest.ExitCode.NO_TESTS_COLLECTED:
        return "skipped", "its own tests ask for a GPU that this is not"
    if SOURCE_TEXT.search(output):
        return "skipped", "is about the text of CUDA sources"
    if HOST_CODE.search(output):
        return "skipped", "is about TileLang's host code for CUDA"
    if missing := MISSING.search(output):
        return "skipped", f"needs package {missing[1] or missing[2]}"
    if NO_DRIVER.search(output):
        return "skipped", "runs another package's kernels, which need CUDA's driver"
    if another := ANOTHER_GPU.search(output):
        return "skipped", f"is about a GPU's own: {another[1]}"
    if NO_ERROR.search(output):
        return "crashed", "asks for an error that did not come"
    if own := TILELANGS_OWN.search(output):
        return "skipped", f"TileLang refuses it by itself: {own[1] or own[2]}"
    if OTHER_WORDS.search(output):
        return "refused", "asks for an error in other words"
    if address := ADDRESS.search(output):
        return "refused", address[0]
    errors = [error.strip() for error in LAST_ERROR.findall(output)]
    last = errors[-1] if errors else f"exit code {code}"
    # A refusal ends in the line of the user's kernel and carries a way out.
    refusals = [r for r in REFUSAL.findall(output.replace("\nE   ", "\n")) if r]
    if refusals and "-->" in output and not MISMATCH.search(last):
        return "refused", refusals[-1][:200]
    return ("wrong" if MISMATCH.search(last) else "crashed"), last[:200]


def processor_time(process: psutil.Process) -> float:
    """Seconds that a process and what it started have had of the processors; 0 where it ended meanwhile."""
    seconds = 0.0
    try:
        for one in (process, *process.children(recursive=True)):
            seconds += sum(one.cpu_times()[:4])  # user and system, its own and its ended children's
    except psutil.NoSuchProcess:
        pass
    return seconds


class Running:
    """A script in a process of its own, which ends after `seconds` of processor time at the latest."""

    def __init__(self, script: Path, checkout: Path, log: Path, seconds: float, same_version: bool) -> None:
        self.script, self._log, self._seconds, self._same_version = script, log, seconds, same_version
        self._name = str(script.relative_to(checkout))
        self._sizes = SIZES.get(self._name, "")
        self._tests = log.with_suffix(".tests.json")
        self._tests.unlink(missing_ok=True)
        self._restarts = RESTARTS
        self._start()

    def _start(self) -> None:
        self._pid = os.fork()
        if self._pid == 0:
            self._child()
        self._process = psutil.Process(self._pid)
        self._new_limit(0)

    def _new_limit(self, used: float) -> None:
        self._limit, self._end = used + self._seconds, time.monotonic() + WALL * self._seconds
        self._done = len(read_fates(self._tests))

    def _child(self) -> None:
        code = 1
        try:
            os.setsid()
            Path("/proc/self/oom_score_adj").write_text("1000")  # where memory is short it is this script that ends
            os.chdir(self.script.parent)
            out = os.open(self._log, os.O_WRONLY | os.O_CREAT | os.O_TRUNC)
            for target, source in ((0, os.open(os.devnull, os.O_RDONLY)), (1, out), (2, out)):
                os.dup2(source, target)
            os.environ["TQDM_DISABLE"] = "1"
            if self.script.name.startswith("test_"):
                with on_tenstorrent():
                    options = ["-p", "no:cacheprovider", "-q", "--tb=short", str(self.script)]
                    code = pytest.main(options, plugins=[Tests(self._tests, self._same_version)])
            elif self._sizes and not self._sizes.startswith("-"):
                code = call_in(self.script, self._sizes)
            else:
                code = tltt(["run", str(self.script), *self._sizes.split()])
            sys.stdout.flush()
            sys.stderr.flush()
        finally:
            os._exit(code)

    def outcome(self) -> Outcome | None:
        """What became of it; None while it runs."""
        if not (fate := self._fate()):
            return None
        at = [f"at `{self._sizes}`"] if self._sizes and fate[0] != "skipped" else []
        return Outcome(self._name, fate[0], "; ".join([*at, *filter(None, fate[1:])]))

    def _fate(self) -> tuple[str, str] | None:
        pid, status = os.waitpid(self._pid, os.WNOHANG)
        ended = pid != 0
        if not ended:
            used = processor_time(self._process)
            if len(read_fates(self._tests)) != self._done:
                self._new_limit(used)
            if used < self._limit and time.monotonic() < self._end:
                return None
            os.killpg(self._pid, signal.SIGKILL)
            os.waitpid(self._pid, 0)
        late = f"not done in {self._seconds:g} s"
        code = os.waitstatus_to_exitcode(status)
        if fates := read_fates(self._tests):
            last = [name for name, (fate, _) in fates.items() if fate == "running"]
            for test in last:
                fates[test] = classify(code, "") if ended else ("slow", f"{fates[test][1]}: {late}")
            if last and self._restarts:
                self._restarts -= 1
                write_fates(self._tests, fates)
                self._start()  # the tests that are left
                return None
            return outcome_of_tests(list(fates.values()))
        if not ended:
            return "slow", late
        output = self._log.read_text(errors="replace")
        fate, reason = classify(code, output)
        compiled = self._same_version or "begins to compile kernel" in output
        if fate == "crashed" and not compiled and ANOTHER_VERSION.search(reason):
            return "skipped", ABOUT_ANOTHER
        return unless_of_gpus(fate, reason, self.script.read_text(errors="replace") + output)


def call_in(script: Path, call: str) -> int:
    """Runs a script up to its `__main__` and calls one of its functions. The exit code."""
    sys.path.insert(0, str(script.parent))
    try:
        with on_tenstorrent():
            eval(call, runpy.run_path(str(script)))
    except Exception:
        traceback.print_exc()
        return 1
    return 0


def nothing_to_run(script: Path) -> bool:
    text = script.read_text(errors="replace")
    if "tilelang" not in text:
        return True
    if script.name.startswith("test_"):
        return "def test_" not in text
    # A module that others import ends with a definition; a script does something at its end.
    last = ast.parse(text).body[-1]
    return "__main__" not in text and not isinstance(last, ast.Expr | ast.Assert | ast.For)


def sweep(scripts: list[Path], checkout: Path, logs: Path, options: argparse.Namespace) -> list[Outcome]:
    outcomes: list[Outcome] = []
    if options.resume and options.json and options.json.exists():
        outcomes = [Outcome(**item) for item in json.loads(options.json.read_text())]
    known = {outcome.script for outcome in outcomes}
    scripts = [script for script in scripts if str(script.relative_to(checkout)) not in known]
    waiting = [s for s in scripts if not nothing_to_run(s)]
    idle = sorted(set(scripts) - set(waiting))
    outcomes += [Outcome(str(script.relative_to(checkout)), "skipped", "nothing to run") for script in idle]
    running: list[Running] = []
    same_version = version_of(checkout) == version("tilelang")
    while waiting or running:
        while waiting and len(running) < options.jobs:
            script = waiting.pop(0)
            log = logs / (str(script.relative_to(checkout)).replace("/", "+") + ".log")
            running.append(Running(script, checkout, log, options.seconds, same_version))
        for process in list(running):
            if outcome := process.outcome():
                outcomes.append(outcome)
                running.remove(process)
                if options.json:
                    options.json.write_text(json.dumps([asdict(known) for known in outcomes], indent=1) + "\n")
                left = len(waiting) + len(running)
                print(f"{outcome.fate:8} {outcome.script} ({left} left)", file=sys.stderr, flush=True)
        time.sleep(0.2)
    return outcomes


def table(outcomes: list[Outcome]) -> str:
    counts = Counter(outcome.fate for outcome in outcomes)
    lines = ["| fate | scripts |", "|---|---|", *(f"| {fate} | {counts[fate]} |" for fate in FATES), ""]
    lines += ["| script | fate | reason |", "|---|---|---|"]
    for outcome in sorted(outcomes, key=lambda o: (FATES.index(o.fate), o.script)):
        note = NOTES.get(outcome.script, "") if outcome.fate not in ("right", "skipped") else ""
        reason = "; ".join(filter(None, (outcome.reason, note))).replace("|", "\\|")
        lines.append(f"| {outcome.script} | {outcome.fate} | {reason} |")
    return "\n".join(lines) + "\n"


def version_of(checkout: Path) -> str:
    """The version that a checkout names; empty where it names none."""
    file = checkout / "VERSION"
    return file.read_text().strip() if file.exists() else ""


def revision(checkout: Path) -> str:
    """What the checkout is: its commit, or the version that it names."""
    git = subprocess.run(["git", "-C", checkout, "rev-parse", "HEAD"], capture_output=True, text=True, check=False)
    if git.returncode == 0 and Path(checkout / ".git").exists():
        return f"commit {git.stdout.strip()}"
    return f"version {version_of(checkout) or 'unknown'}"


def page(outcomes: list[Outcome], checkout: Path, options: argparse.Namespace) -> str:
    scripts = sum(len(list((checkout / folder).rglob("*.py"))) for folder in FOLDERS)
    part = "" if len(outcomes) == scripts else f"; {len(outcomes)} of its {scripts} scripts"
    counted = [outcome for outcome in outcomes if outcome.fate != "skipped"]
    right = sum(outcome.fate == "right" for outcome in counted)
    return f"""# TileLang's own scripts

Written by `tools/conformance.py CHECKOUT --jobs {options.jobs} --seconds {options.seconds:g} --output FILE`: what
becomes of TileLang's examples and language tests ({revision(checkout)}{part}), run unmodified on the emulated chip with
at most {options.seconds:g} seconds of processor time each; a test file has as much for each of its tests.
Examples whose reason says "at" run at those sizes, by their own arguments or a call of their own function, because
theirs are a large GPU's. {right} of {len(counted)} scripts that are not about one GPU's own instructions are right. A
test file has the fate of its worst test; the reason says what became of its tests.

{table(outcomes)}"""


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("checkout", type=Path, help="folder of a TileLang checkout")
    parser.add_argument("--only", default="", help="only scripts whose path contains this")
    parser.add_argument("--jobs", type=int, default=os.cpu_count())
    parser.add_argument(
        "--seconds", type=float, default=120, help="limit of one script's (or one test's) processor time"
    )
    parser.add_argument("--output", type=Path, help="where to write the table (Markdown)")
    parser.add_argument("--json", type=Path, help="where to write the outcomes as JSON, as they come")
    parser.add_argument("--resume", action="store_true", help="keep the outcomes that stand in the JSON file")
    parser.add_argument("--logs", type=Path, help="folder for what each script prints")
    options = parser.parse_args()
    checkout = options.checkout.resolve()
    scripts = sorted(s for folder in FOLDERS for s in (checkout / folder).rglob("*.py") if options.only in str(s))
    if not scripts:
        parser.error(f"no scripts of TileLang in {checkout}" + (f" match {options.only}" if options.only else ""))
    with tempfile.TemporaryDirectory() as scratch:
        # Kernels that an earlier sweep compiled would come without the messages by which a fate is told.
        os.environ["TILELANG_CACHE_DIR"] = f"{scratch}/cache"
        logs = options.logs or Path(scratch)
        logs.mkdir(parents=True, exist_ok=True)
        outcomes = sweep(scripts, checkout, logs, options)
    text = table(outcomes)
    print(text)
    if options.output:  # a page of docs/
        options.output.write_text(page(outcomes, checkout, options))
    return int(any(outcome.fate in ("wrong", "crashed") for outcome in outcomes))


if __name__ == "__main__":
    sys.exit(main())
