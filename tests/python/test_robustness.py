"""Under load and faults: nothing grows, nothing is lost, and what is wrong is said."""

from __future__ import annotations

import json
import os
import random
import signal
import subprocess
import sys
import textwrap
import time
from pathlib import Path

import pytest
import tilelang.language as T
import torch
import tvm_ffi

from tilelang_tenstorrent import EmulatorError
from tilelang_tenstorrent._native import function
from tilelang_tenstorrent.compiling import compile_function
from tilelang_tenstorrent.target import make_target


def copy(N=64):
    @T.prim_func
    def main(A: T.Tensor((N, 32), "bfloat16"), B: T.Tensor((N, 32), "bfloat16")):
        with T.Kernel(N // 32, threads=128) as bx:
            s = T.alloc_shared((32, 32), "bfloat16")
            T.copy(A[bx * 32, 0], s)
            T.copy(s, B[bx * 32, 0])

    return main


# A process of its own: what it prints at the end is "right" or an error.
SCRIPT = """
import sys, tilelang, torch
import tilelang.language as T
import tilelang_tenstorrent

def double(N=64):
    @T.prim_func
    def main(A: T.Tensor((N, 32), "float32"), B: T.Tensor((N, 32), "float32")):
        with T.Kernel(N // 32, threads=128) as bx:
            s = T.alloc_shared((32, 32), "float32")
            T.copy(A[bx * 32, 0], s)
            for i, j in T.Parallel(32, 32):
                s[i, j] = s[i, j] * 2
            T.copy(s, B[bx * 32, 0])
    return main

kernel = tilelang.compile(double(), target="tenstorrent", out_idx=[-1])
a = torch.randn(64, 32)
{before}
try:
    b = kernel(a)
except tilelang_tenstorrent.EmulatorError as error:
    print(f"said: {{error.category}}: {{error}}")
else:
    print("said: right" if torch.equal(b, a * 2) else "said: WRONG")
"""


@pytest.fixture
def process(tmp_path):
    """Starts the script on a cache of the test's own; ``before`` runs before the kernel does."""
    script_number = iter(range(100))

    def start(before="", **environment):
        script = tmp_path / f"script{next(script_number)}.py"
        script.write_text(SCRIPT.format(before=textwrap.dedent(before)))
        env = {**os.environ, "TLTT_CACHE_DIR": str(tmp_path / "cache"), "TILELANG_DISABLE_CACHE": "1", **environment}
        return subprocess.Popen(
            [sys.executable, str(script)], env=env, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True
        )

    return start


def said(started):
    out, log = started.communicate(timeout=300)
    assert "said: " in out, log
    return out.partition("said: ")[2].strip()  # behind what TileLang logs


def resident_bytes():
    pages = int(Path("/proc/self/statm").read_text().split()[1])
    return pages * os.sysconf("SC_PAGE_SIZE")


def test_a_thousand_compiles_and_runs_do_not_grow():
    func, target = copy(), make_target({})
    a, b = torch.randn(64, 32).bfloat16(), torch.zeros(64, 32).bfloat16()

    def once():
        files = compile_function(func, target)
        function("runtime.run_program")(files, "emulator", "fast", a, b)

    for _ in range(100):
        once()
    before = resident_bytes()
    for _ in range(900):
        once()
    assert torch.equal(a, b)
    assert resident_bytes() - before < 8 << 20


def test_processes_share_a_cache_from_its_first_moment(process, tmp_path):
    assert [said(p) for p in [process() for _ in range(3)]] == ["right"] * 3
    left = [p.name for p in (tmp_path / "cache").iterdir() if p.name.count(".") > 2]
    assert left == [], "files under construction"


def test_a_damaged_cache_is_built_again(process, tmp_path):
    assert said(process()) == "right"
    cache = tmp_path / "cache"
    objects = sorted(cache.glob("*.so"))
    assert len(objects) == 3
    objects[0].write_bytes(objects[0].read_bytes()[: objects[0].stat().st_size // 2])  # cut short
    data = bytearray(objects[1].read_bytes())
    data[len(data) // 3 : len(data) // 3 + 64] = bytes(64)
    objects[1].write_bytes(data)  # some bytes lost
    objects[2].with_suffix(".cc").write_text("#error not what was compiled\n")
    assert said(process()) == "right"
    assert said(process()) == "right"


def test_a_full_disk_is_named_and_leaves_nothing_wrong_behind(process, tmp_path):
    full = said(
        process(
            """
            import resource, signal
            signal.signal(signal.SIGXFSZ, signal.SIG_IGN)  # writes fail instead, as on a full disk
            resource.setrlimit(resource.RLIMIT_FSIZE, (4096, resource.RLIM_INFINITY))
            """
        )
    )
    assert full.startswith("kernel_compile_error: "), full
    assert "can't write" in full and "TLTT_CACHE_DIR" in full, full
    assert said(process()) == "right"


def test_a_missing_compiler_is_named(process):
    text = said(process("import os; os.environ['PATH'] = '/nowhere'; os.environ.pop('CXX', None)"))
    assert "no C++ compiler is found" in text and "apt-get install g++" in text


def test_an_unusable_cache_folder_is_named(process, tmp_path):
    (tmp_path / "file").write_text("")
    text = said(process(TLTT_CACHE_DIR=str(tmp_path / "file" / "cache")))
    assert "can't create the cache folder" in text and str(tmp_path / "file") in text


def test_a_killed_run_loses_nothing(process, tmp_path):
    killed = process()
    cache = tmp_path / "cache"
    until = time.monotonic() + 120
    while not (cache.is_dir() and any(cache.iterdir())):
        assert time.monotonic() < until and killed.poll() is None
        time.sleep(0.02)
    killed.send_signal(signal.SIGKILL)
    killed.communicate()
    assert said(process()) == "right"


# --- plans and artifacts from strangers ---

HARMLESS = (ValueError, EmulatorError, RuntimeError)


def test_artifacts_of_the_disk_cache_are_read_with_suspicion():
    load = tvm_ffi.get_global_func("ffi.Module.load_from_bytes.tltt_kernel")
    files = compile_function(copy(), make_target({}))
    good = json.dumps({"mode": "emulator", "numerics": "fast", "files": files}).encode()
    assert load(good).get_function("main") is not None
    generator = random.Random(5)
    for bad in [
        b"",
        b"{}",
        b"[]",
        b"\xff" * 40,
        good[: len(good) // 2],
        b'{"mode":1,"numerics":"fast","files":{}}',
        json.dumps({"mode": "emulator", "numerics": "fast", "files": {"tt.plan.json": "{}"}}).encode(),
        *(bytes(generator.randrange(256) for _ in range(200)) for _ in range(20)),
    ]:
        with pytest.raises(HARMLESS):
            load(bad)


VALUES = [0, 1, 2, 31, 32, 64, 4096, 65535, 2**31, 2**32 - 1, -1, 2**63]


def numbers_of(node, path=()):
    """(container, key) of every number in a JSON value."""
    items = node.items() if isinstance(node, dict) else enumerate(node) if isinstance(node, list) else ()
    for key, value in items:
        if isinstance(value, (dict, list)):
            yield from numbers_of(value, (*path, key))
        elif isinstance(value, int) and not isinstance(value, bool):
            yield node, key


def test_plans_with_any_number_run_or_say_what_is_wrong():
    """Numbers of a good plan are replaced; each plan is refused, or its kernels fail or run within their memory."""
    files = compile_function(copy(), make_target({}))
    generator = random.Random(11)
    refused = failed = ran = 0
    for _ in range(250):
        plan = json.loads(files["tt.plan.json"])
        spots = list(numbers_of(plan["program"]))
        for container, key in generator.sample(spots, generator.choice([1, 1, 2])):
            container[key] = generator.choice([*VALUES, container[key] + 1])
        hostile = {**files, "tt.plan.json": json.dumps(plan)}
        try:
            function("runtime.predict_program")(hostile, False)
            ran += 1
        except EmulatorError:
            failed += 1
        except ValueError:
            refused += 1
    assert refused > 50 and refused + failed + ran == 250


@pytest.mark.parametrize(
    "change",
    [
        lambda plan: plan["kernels"][0].update(path="/etc/passwd"),
        lambda plan: plan["kernels"][0].update(path="../reader.cpp"),
        lambda plan: plan["kernels"][0]["defines"].update({"X": "1\n#include </etc/passwd>"}),
        lambda plan: plan["kernels"][0]["defines"].update({"X(a) a\n#include": "</etc/passwd>"}),
        lambda plan: plan["kernels"][0]["named_compile_time_args"].update({'a", system("true"), "': 1}),
    ],
)
def test_a_plan_can_name_no_other_file_and_smuggle_no_text(change):
    files = compile_function(copy(), make_target({}))
    plan = json.loads(files["tt.plan.json"])
    change(plan["program"])
    with pytest.raises(ValueError, match=r"must be|has an unusable|is not the name"):
        function("runtime.predict_program")({**files, "tt.plan.json": json.dumps(plan)}, False)


def test_a_plan_is_no_command_line(tmp_path):
    """What stands in a plan reaches the compiler as text of a file, never as an argument or through a shell."""
    files = compile_function(copy(), make_target({}))
    marker = tmp_path / "executed"
    plan = json.loads(files["tt.plan.json"])
    text = f"$(touch {marker}) `touch {marker}`; touch {marker} -wrapper {marker}"
    plan["program"]["kernels"][0]["defines"]["X"] = text
    function("runtime.predict_program")({**files, "tt.plan.json": json.dumps(plan)}, False)
    assert not marker.exists()
