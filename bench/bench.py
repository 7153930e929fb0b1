"""Speed, as ratios against anchors that are measured in the same run. Prints a table and writes build/bench.json.

usage: bench.py [--only PREFIX]
"""

from __future__ import annotations

import argparse
import json
import os
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterable
from dataclasses import asdict
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from clock_rows import Case

import checking
import optimiser
import twins
from rows import Row, row
from tuned_kernels import attention

ROOT = Path(__file__).resolve().parent.parent
OUTPUT = ROOT / "build" / "bench.json"
KERNEL_CACHE = "TLTT_CACHE_DIR"


def seconds(body: Callable[[], object]) -> float:
    start = time.perf_counter()
    body()
    return time.perf_counter() - start


def interleaved(first: Callable[[], object], second: Callable[[], object], rounds: int) -> tuple[float, float]:
    """Medians of both, measured in turns so that both see the same machine."""
    pairs = [(seconds(first), seconds(second)) for _ in range(rounds)]
    return statistics.median(a for a, _ in pairs), statistics.median(b for _, b in pairs)


def gemm(size: int, block_k: int = 32):
    import tilelang.language as T

    block = 128

    @T.prim_func
    def main(
        A: T.Tensor((size, size), "bfloat16"),
        B: T.Tensor((size, size), "bfloat16"),
        C: T.Tensor((size, size), "bfloat16"),
    ):
        with T.Kernel(size // block, size // block, threads=128) as (bx, by):
            a = T.alloc_shared((block, block_k), "bfloat16")
            b = T.alloc_shared((block_k, block), "bfloat16")
            c = T.alloc_fragment((block, block), "float32")
            T.clear(c)
            for k in T.Pipelined(size // block_k, num_stages=3):
                T.copy(A[by * block, k * block_k], a)
                T.copy(B[k * block_k, bx * block], b)
                T.gemm(a, b, c)
            T.copy(c, C[by * block, bx * block])

    return main


def _compile(name: str, func: object, goal: float) -> list[Row]:
    """TileLang IR to six files, against TileLang's own lowering to CUDA source (no GPU and no nvcc is involved)."""
    import tilelang
    from tvm.target import Target

    from tilelang_tenstorrent.compiling import compile_function
    from tilelang_tenstorrent.target import make_target

    target = make_target({})
    cuda = Target({"kind": "cuda", "arch": "sm_80"})

    def lower_to_cuda() -> None:
        with cuda:
            tilelang.lower(func, target=cuda)

    compile_function(func, target)
    lower_to_cuda()
    ours, theirs = interleaved(lambda: compile_function(func, target), lower_to_cuda, rounds=5)
    return [row(name, ours, "s", theirs, goal)]


def compile_families() -> list[Row]:
    """TileLang IR of a transformer's kernels to six files; goal: 50 ms of the processor for each launch."""
    from tilelang_tenstorrent.compiling import compile_function
    from tilelang_tenstorrent.target import make_target

    sys.path.insert(0, str(ROOT / "tests" / "kernels"))
    from transformer_kernels import FAMILIES

    target, rows = make_target({}), []
    for name, make in FAMILIES.items():
        func = make()
        compile_function(func, target)
        times = []
        for _ in range(5):
            start = time.process_time()
            files = compile_function(func, target)
            times.append(time.process_time() - start)
        launches = sum(file.endswith("reader.cpp") for file in files)
        rows.append(row(f"compile/families/{name}", statistics.median(times), "s", 0.05 * launches, 1.0))
    return rows


# Runs in a process of its own, so that nothing is warm but what the row says. Prints: first call, second call, report.
_FIRST_CALL = """
import json, sys, time
import torch
import tilelang
import tilelang_tenstorrent as tt
sys.path.insert(0, {bench!r})
from bench import gemm
kernel = tilelang.compile(gemm(256), out_idx=[-1], target="tenstorrent")
a = torch.randn(256, 256, dtype=torch.bfloat16)
start = time.perf_counter()
kernel(a, a)
first = time.perf_counter() - start
start = time.perf_counter()
kernel(a, a)
print(json.dumps([first, time.perf_counter() - start]))
"""


def _first_call(cache: str) -> tuple[float, float]:
    environment = {**os.environ, KERNEL_CACHE: cache, "TILELANG_DISABLE_CACHE": "1"}
    script = _FIRST_CALL.format(bench=str(Path(__file__).parent))
    done = subprocess.run([sys.executable, "-c", script], env=environment, check=True, capture_output=True, text=True)
    first, second = json.loads(done.stdout.splitlines()[-1])
    return first, second


def first_call_new() -> list[Row]:
    """First call of a kernel that was never built here; goal: 2 s."""
    with tempfile.TemporaryDirectory() as cache:
        first, _ = _first_call(cache)
    return [row("first_call/new", first, "s", 2.0, 1.0)]


def first_call_cached() -> list[Row]:
    """First call in a new process with a filled kernel cache, over a second call's time; goal: 0.1 s."""
    with tempfile.TemporaryDirectory() as cache:
        _first_call(cache)
        overheads = []
        for _ in range(3):
            first, second = _first_call(cache)
            overheads.append(max(first - second, 0.0))
    return [row("first_call/cached", statistics.median(overheads), "s", 0.1, 1.0)]


def _memory(field: str) -> int:
    """Bytes of this process: VmRSS now, VmHWM at its peak."""
    status = Path("/proc/self/status").read_text()
    return int(status.split(f"{field}:")[1].split()[0]) * 1024


def _emulate(size: int, rounds: int, goal: float) -> list[Row]:
    """An emulated bf16 GEMM against torch.matmul in fp32 on the same cores, tensors in and out included; and memory."""
    import tilelang
    import torch

    import tilelang_tenstorrent  # noqa: F401  (registers the target)

    kernel = tilelang.compile(gemm(size), target="tenstorrent")
    a, b = (torch.randn(size, size, dtype=torch.bfloat16) for _ in range(2))
    c = torch.empty(size, size, dtype=torch.bfloat16)
    Path("/proc/self/clear_refs").write_text("5")  # the peak starts again from what is resident now
    before = _memory("VmRSS")
    kernel(a, b, c)
    peak = _memory("VmHWM") - before
    wide_a, wide_b = a.float(), b.float()
    expected = torch.matmul(wide_a, wide_b)
    torch.testing.assert_close(c.float(), expected, rtol=2**-7, atol=1e-3 * size**0.5)
    ours, theirs = interleaved(lambda: kernel(a, b, c), lambda: torch.matmul(wide_a, wide_b), rounds)
    tensors = 3 * size * size * 2
    allowed = (2 * tensors + 500e6) / 1e6
    return [
        row(f"emulate/gemm_{size}", ours, "s", theirs, goal),
        row(f"emulate/gemm_{size}_memory", peak / 1e6, "MB", allowed, 1.0),
    ]


def emulate_flash_attention() -> list[Row]:
    """Emulated causal flash attention against torch's own on the CPU in fp32, tensors in and out included."""
    import tilelang
    import torch

    import tilelang_tenstorrent  # noqa: F401  (registers the target)

    heads, sequence, dim = 8, 1024, 128
    kernel = tilelang.compile(attention(heads, heads, sequence, dim, 64), target="tenstorrent")
    q, k, v = (torch.randn(1, heads, sequence, dim, dtype=torch.bfloat16) for _ in range(3))
    out = torch.empty_like(q)
    wide = [x.float() for x in (q, k, v)]

    def theirs() -> torch.Tensor:
        return torch.nn.functional.scaled_dot_product_attention(*wide, is_causal=True)

    kernel(q, k, v, out)
    torch.testing.assert_close(out.float(), theirs(), rtol=2**-6, atol=2e-2)
    ours, anchor = interleaved(lambda: kernel(q, k, v, out), theirs, rounds=9)
    return [row("emulate/flash_attention", ours, "s", anchor, 1 / 0.3)]


def _accuracy(name: str, cases: Iterable[Case], worst: bool) -> list[Row]:
    """Mean (and worst) error of the clock over the cases that were not fitted."""
    errors = [abs(case.error) for case in cases if not case.fitted]
    rows = [row(f"{name}_mean", statistics.mean(errors), "", 1.0, 0.10)]
    if worst:
        rows.append(row(f"{name}_worst", max(errors), "", 1.0, 0.25))
    return rows


def clock_gemm() -> list[Row]:
    from clock_rows import gemm_cases

    return _accuracy("clock/gemm", gemm_cases(), worst=True)


def clock_transfers() -> list[Row]:
    from clock_rows import transfers

    return _accuracy("clock/transfers", transfers(), worst=False)


def clock_attention() -> list[Row]:
    from clock_rows import attention

    return _accuracy("clock/attention", attention(), worst=False)


def clock_gemm_4096_seconds() -> list[Row]:
    """Host time of predicting a GEMM of 4096 on 64 cores; goal: 2 s."""
    import tilelang

    import tilelang_tenstorrent  # noqa: F401  (registers the target)

    kernel = tilelang.compile(gemm(4096), target="tenstorrent")
    kernel.predicted_time()
    return [
        row(
            "clock/gemm_4096_seconds",
            statistics.median(seconds(kernel.predicted_time) for _ in range(3)),
            "s",
            2.0,
            1.0,
        )
    ]


def clock_overhead() -> list[Row]:
    """Processor time of the clock in a run with data, against that of the rest of the run."""
    import tilelang
    import torch

    import tilelang_tenstorrent

    kernel = tilelang.compile(gemm(1024), target="tenstorrent")
    a, b, c = (torch.ones(1024, 1024, dtype=torch.bfloat16) for _ in range(3))
    kernel(a, b, c)
    clock, rest = [], []
    for _ in range(9):
        start = time.process_time()
        kernel(a, b, c)
        clock.append(tilelang_tenstorrent.last_report(kernel)["clock_seconds"])
        rest.append(time.process_time() - start - clock[-1])
    return [row("clock/overhead", statistics.median(clock), "s", statistics.median(rest), 0.25)]


ROWS: dict[str, Callable[[], list[Row]]] = {
    "compile/gemm": lambda: _compile("compile/gemm", gemm(1024), 1 / 20),
    "compile/flash_attention": lambda: _compile("compile/flash_attention", attention(32, 32, 4096, 128, 64), 1 / 30),
    "compile/families": compile_families,
    "first_call/new": first_call_new,
    "first_call/cached": first_call_cached,
    "clock/gemm": clock_gemm,
    "clock/transfers": clock_transfers,
    "clock/attention": clock_attention,
    "clock/gemm_4096_seconds": clock_gemm_4096_seconds,
    "clock/overhead": clock_overhead,
    "emulate/gemm_1024": lambda: _emulate(1024, rounds=9, goal=3.0),
    "emulate/gemm_4096": lambda: _emulate(4096, rounds=3, goal=1 / 0.6),
    "emulate/flash_attention": emulate_flash_attention,
    "check/static_proof": lambda: checking.static_proof(
        {"gemm": gemm(4096), "flash_attention": attention(32, 32, 4096, 128, 64)}
    ),
    **checking.ROWS,
    **optimiser.ROWS,
    **twins.ROWS,
}


def _in_own_process(name: str) -> list[Row]:
    """Rows do not warm one another, and peak memory is a row's own."""
    with tempfile.NamedTemporaryFile(suffix=".json") as file:
        subprocess.run([sys.executable, __file__, "--row", name, "--json", file.name], check=True)
        return [Row(**entry) for entry in json.loads(Path(file.name).read_text())]


def _table(rows: list[Row]) -> None:
    print(f"{'name':28} {'value':>12} {'anchor':>12} {'ratio':>9} {'goal':>9}  met")
    for r in rows:
        met = "yes" if r.met else "NO"
        print(f"{r.name:28} {r.value:10.4g} {r.unit:2}{r.anchor:11.4g}  {r.ratio:9.4g} {r.goal:9.4g}  {met}")


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--only", default="", metavar="PREFIX", help="run the rows whose names begin so")
    parser.add_argument("--row", choices=ROWS, help=argparse.SUPPRESS)
    parser.add_argument("--json", default=str(OUTPUT), help="where to write the rows")
    options = parser.parse_args()
    if options.row:
        Path(options.json).write_text(json.dumps([asdict(r) for r in ROWS[options.row]()]))
        return 0
    names = [name for name in ROWS if name.startswith(options.only)]
    if not names:
        print(f"no row begins with {options.only!r}; rows: {', '.join(ROWS)}", file=sys.stderr)
        return 2
    os.environ["TILELANG_DISABLE_CACHE"] = "1"
    rows = [r for name in names for r in _in_own_process(name)]
    _table(rows)
    Path(options.json).parent.mkdir(parents=True, exist_ok=True)
    Path(options.json).write_text(json.dumps({"rows": [asdict(r) for r in rows]}, indent=2) + "\n")
    return 0


if __name__ == "__main__":
    sys.exit(main())
