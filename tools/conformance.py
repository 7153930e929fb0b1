#!/usr/bin/env python3
"""Runs the scripts of a TileLang checkout on the emulated chip and tells what became of each.

    tools/conformance.py CHECKOUT [--only examples/norm] [--jobs 2] [--seconds 120] [--output table.md] [--json FILE]

Each script runs unmodified in a process of its own, as ``tltt run SCRIPT``. Its fate:

    right      it ended without an error: examples and tests of TileLang check their own results
    refused    the compiler refused a kernel, with line, reason and way out
    wrong      it ran and its own check failed
    crashed    anything else
    slow       it did not end in the time that it was given
    skipped    it is about one GPU's instructions, needs a package that is absent, or has nothing to run

The exit code is 1 when a script is wrong or crashed.
"""

from __future__ import annotations

import argparse
import json
import os
import re
import signal
import subprocess
import sys
import tempfile
from collections import Counter
from concurrent.futures import ThreadPoolExecutor
from dataclasses import asdict, dataclass
from pathlib import Path

from tqdm import tqdm

FOLDERS = ("examples", "testing/python/language")
FATES = ("right", "refused", "wrong", "crashed", "slow", "skipped")

# What only one maker has: instructions, memories, schedules of warps, texts of CUDA or HIP sources. A script
# that has them and is not right is not held against the compiler; a wrong result always is.
GPU_ONLY = re.compile(
    r"T\.tcgen05|T\.wgmma|T\.mma|mbarrier|T\.tma|alloc_tmem|ldmatrix|stmatrix|T\.ptx|cutedsl|T\.ws\(|T\.WarpSpecialize"
    r"|alloc_barrier|barrier_arrive|barrier_wait|get_warp|warp_reduce|warp_vote|T\.shfl|sync_warp|call_extern|import_source"
    r"|IntrinEmitter|MatrixCore|nvf4|sm_?100|sm_?120|gemm_sp|T\.__ldg|T\.ldg|make_mma|\"hip\"|rocm|\"metal\"|T\.cluster"
    r"|programmatic_dependent|T\.pdl|get_lane|cooperative_groups|cp_async|requires_cuda_compute_version|kernel_source",
    re.IGNORECASE,
)
REFUSAL = re.compile(r"^(?:tltt: )?(?:Error: |(?:\w+\.)*ValueError: )(.*)$", re.MULTILINE)
MISMATCH = re.compile(r"AssertionError|Tensor-likes are not|Mismatched elements|not equal to tolerance", re.IGNORECASE)
MISSING = re.compile(r"ModuleNotFoundError: No module named '([^']+)'")
LAST_ERROR = re.compile(r"^(?:E +)?((?:\w+\.)*\w*(?:Error|Exception|Interrupt)\b.*)$", re.MULTILINE)


@dataclass
class Outcome:
    script: str
    fate: str
    reason: str


def classify(code: int, output: str) -> tuple[str, str]:
    """The fate of a script that ended with ``code``, and a line that says why."""
    if code == 0:
        if re.search(r"^(=+ )?\d+ skipped in", output, re.MULTILINE) or "no tests ran" in output:
            return "skipped", "its own tests ask for a GPU that this is not"
        return "right", ""
    if missing := MISSING.search(output):
        return "skipped", f"needs package {missing[1]}"
    errors = [error.strip() for error in LAST_ERROR.findall(output)]
    last = errors[-1] if errors else f"exit code {code}"
    # A refusal ends in the line of the user's kernel and carries a way out.
    refusals = [r for r in REFUSAL.findall(output.replace("\nE   ", "\n")) if r]
    if refusals and "-->" in output and not MISMATCH.search(last):
        return "refused", refusals[-1][:200]
    return ("wrong" if MISMATCH.search(last) else "crashed"), last[:200]


def run(script: Path, checkout: Path, seconds: float) -> Outcome:
    name = str(script.relative_to(checkout))
    text = script.read_text(errors="replace")
    if "tilelang" not in text or ("__main__" not in text and not script.name.startswith("test_")):
        return Outcome(name, "skipped", "nothing to run")
    with tempfile.TemporaryFile("w+") as log:
        process = subprocess.Popen(
            [sys.executable, "-m", "tilelang_tenstorrent.cli", "run", str(script)],
            cwd=script.parent,
            stdin=subprocess.DEVNULL,
            stdout=log,
            stderr=subprocess.STDOUT,
            start_new_session=True,
            env={**os.environ, "TQDM_DISABLE": "1"},
        )
        try:
            code = process.wait(timeout=seconds)
        except subprocess.TimeoutExpired:
            os.killpg(process.pid, signal.SIGKILL)
            process.wait()
            return Outcome(name, "slow", f"not done in {seconds:g} s")
        log.seek(0)
        fate, reason = classify(code, log.read())
    if fate in ("refused", "crashed") and (found := GPU_ONLY.search(text)):
        return Outcome(name, "skipped", f"is about a GPU's own: {found[0]} ({reason})")
    return Outcome(name, fate, reason)


def table(outcomes: list[Outcome]) -> str:
    counts = Counter(outcome.fate for outcome in outcomes)
    lines = ["| fate | scripts |", "|---|---|", *(f"| {fate} | {counts[fate]} |" for fate in FATES), ""]
    lines += ["| script | fate | reason |", "|---|---|---|"]
    for outcome in sorted(outcomes, key=lambda o: (FATES.index(o.fate), o.script)):
        reason = outcome.reason.replace("|", "\\|")
        lines.append(f"| `{outcome.script}` | {outcome.fate} | {reason} |")
    return "\n".join(lines) + "\n"


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("checkout", type=Path, help="folder of a TileLang checkout")
    parser.add_argument("--only", default="", help="only scripts whose path contains this")
    parser.add_argument("--jobs", type=int, default=os.cpu_count())
    parser.add_argument("--seconds", type=float, default=120, help="time limit of one script")
    parser.add_argument("--output", type=Path, help="where to write the table (Markdown)")
    parser.add_argument("--json", type=Path, help="where to write the outcomes as JSON")
    options = parser.parse_args()
    checkout = options.checkout.resolve()
    scripts = sorted(s for folder in FOLDERS for s in (checkout / folder).rglob("*.py") if options.only in str(s))
    if not scripts:
        parser.error(f"no scripts of TileLang in {checkout}" + (f" match {options.only}" if options.only else ""))
    with ThreadPoolExecutor(options.jobs) as pool:
        outcomes = list(tqdm(pool.map(lambda s: run(s, checkout, options.seconds), scripts), total=len(scripts)))
    text = table(outcomes)
    print(text)
    if options.output:
        options.output.write_text(text)
    if options.json:
        options.json.write_text(json.dumps([asdict(outcome) for outcome in outcomes], indent=1) + "\n")
    return int(any(outcome.fate in ("wrong", "crashed") for outcome in outcomes))


if __name__ == "__main__":
    sys.exit(main())
