"""The runner process of ``mode="ttnn"`` around a ttnn that misbehaves: what callers are told, and nothing is left."""

from __future__ import annotations

import os
import subprocess
import sys
import time

import pytest

from tilelang_tenstorrent import ttnn_runner, ttnn_session
from tilelang_tenstorrent.genuine import lane
from tilelang_tenstorrent.ttnn_runner import Runner, TtnnError

# A device that only knows its grid; `opening` is what open_device does first.
STUB = """
import os, subprocess, sys, time

class Grid:
    x, y = 8, 8

class Device:
    def compute_with_storage_grid_size(self):
        return Grid
    def arch(self):
        return "Arch.WORMHOLE_B0"

def open_device(device_id):
    {opening}
    return Device()

def close_device(device):
    pass
"""


@pytest.fixture
def runner(tmp_path):
    """make(statements of open_device) -> a Runner whose ttnn is the stub."""
    made = []

    def make(opening: str = "pass") -> Runner:
        (tmp_path / "ttnn.py").write_text(STUB.format(opening=opening))
        made.append(Runner(sys.executable, {**os.environ, "PYTHONPATH": str(tmp_path)}))
        return made[-1]

    yield make
    for runner in made:
        runner.close()


def _is_running(pid: int) -> bool:
    try:
        with open(f"/proc/{pid}/stat") as stat:
            return stat.read().rpartition(")")[2].split()[0] != "Z"
    except FileNotFoundError:
        return False


def test_describes_the_device(runner, monkeypatch):
    monkeypatch.delenv("TT_METAL_SIMULATOR", raising=False)
    assert runner().describe() == {"arch": "wormhole_b0", "grid": [8, 8], "simulator": ""}


def test_a_program_for_another_chip_is_refused(runner):
    with pytest.raises(ValueError, match="the program is for blackhole, the device is a wormhole_b0"):
        runner().run({"arch": "blackhole"}, {}, [])


def test_an_exception_of_ttnn_comes_back_without_its_backtrace(runner):
    opening = "raise RuntimeError('TT_FATAL: no such device\\nbacktrace:\\n --- main')"
    with pytest.raises(TtnnError, match="no such device") as error:
        runner(opening).describe()
    assert "backtrace" not in str(error.value)


def test_vector_code_that_does_not_link_is_explained(runner):
    opening = "raise RuntimeError('trisc1.o: undefined reference to `sfpi::dst_reg\\'')"
    with pytest.raises(TtnnError, match=r"uses the vector unit \(SFPU\)(.|\n)*trisc1\.o: undefined"):
        runner(opening).describe()


def test_a_process_that_dies_is_reported_with_its_log(runner):
    with pytest.raises(TtnnError, match=r"ended with code 3(.|\n)*the driver went away"):
        runner("print('the driver went away', flush=True); os._exit(3)").describe()


def test_a_killed_user_leaves_nothing_running(tmp_path):
    """The device hangs, a child of it is a session of its own, and their user dies without a chance to clean up."""
    pids = tmp_path / "pids"
    opening = (
        "child = subprocess.Popen(['sleep', '600'], start_new_session=True); "
        f"open({str(pids)!r}, 'w').write(f'{{os.getpid()}} {{child.pid}} '); time.sleep(600)"
    )
    (tmp_path / "ttnn.py").write_text(STUB.format(opening=opening))
    program = (
        "import os, sys; from tilelang_tenstorrent.ttnn_runner import Runner; "
        f"Runner(sys.executable, {{**os.environ, 'PYTHONPATH': {str(tmp_path)!r}}}).describe()"
    )
    user = subprocess.Popen([sys.executable, "-c", program])
    deadline = time.monotonic() + 60
    while not (pids.exists() and len(pids.read_text().split()) == 2):
        assert time.monotonic() < deadline and user.poll() is None
        time.sleep(0.05)
    user.kill()
    user.wait()
    started = [int(pid) for pid in pids.read_text().split()]
    while any(map(_is_running, started)):
        assert time.monotonic() < deadline, started
        time.sleep(0.05)


def test_a_launch_that_hangs_is_ended_with_its_detached_children(runner, monkeypatch, tmp_path):
    monkeypatch.setenv("TLTT_TTNN_TIMEOUT", "1.5")
    pid_file = tmp_path / "pid"
    detached = (
        "child = subprocess.Popen(['sleep', '600'], start_new_session=True); "
        f"open({str(pid_file)!r}, 'w').write(str(child.pid))"
    )
    hanging = runner(f"{detached}; time.sleep(600)")
    began = time.monotonic()
    with pytest.raises(TtnnError, match=r"longer than 1\.5 s"):
        hanging.describe()
    assert time.monotonic() - began < 20
    assert not hanging.alive
    while _is_running(int(pid_file.read_text())):  # it was told to end; that takes its time on a busy machine
        assert time.monotonic() - began < 20
        time.sleep(0.05)


def test_closing_ends_the_process(runner):
    ended = runner()
    ended.describe()
    ended.close()
    assert not ended.alive


def test_without_a_python_that_has_ttnn(monkeypatch, tmp_path):
    monkeypatch.setenv("PATH", str(tmp_path))
    ttnn_runner.find_python.cache_clear()
    with pytest.raises(TtnnError, match=r"none is on PATH; make one: .*pip install ttnn"):
        ttnn_runner.find_python(None)
    with pytest.raises(TtnnError, match="does not import ttnn; make one that does"):
        ttnn_runner.find_python(sys.executable)


@pytest.mark.parametrize("text", ["soon", "0", "-3"])
def test_a_time_limit_that_is_none(monkeypatch, text):
    monkeypatch.setenv("TLTT_TTNN_TIMEOUT", text)
    with pytest.raises(ValueError, match="expected a number of seconds"):
        ttnn_runner.time_limit()


def test_runtime_arguments_of_every_kind():
    """Addresses, constants, columns of the core's row, and the NoC coordinates of a core named in two columns of it."""
    kinds = ["tensor_address", "common", "per_core", "noc_x", "noc_y"]
    kernel = {
        "cores": [{"start": [0, 0], "extent": [1, 2]}],
        "args": [{"name": kind, "kind": kind, "value": 1} for kind in kinds],
        "core_args": 0,
    }
    program = {"core_args": [{"(0,0)": [9, 3, 4], "(0,1)": [9, 5, 6]}]}
    rows = ttnn_session._runtime_rows(program, kernel, [100, 200], lambda x, y: (x + 18, y + 36))
    assert rows == {(0, 0): [200, 1, 3, 21, 40], (0, 1): [200, 1, 5, 23, 42]}
    kernel["args"][0]["kind"] = "unheard_of"
    with pytest.raises(ValueError, match="tensor_address is of the unknown kind unheard_of"):
        ttnn_session._runtime_rows(program, kernel, [], lambda x, y: (x, y))


def test_old_lanes_are_removed(tmp_path):
    """The four that were used last stay, and those that a runner may be using."""
    hours = {
        "root-a": 1,
        "root-b": 2,
        "root-c": 30,
        "root-d": 40,
        "root-e": 3,
        "root-f": 50,
        "root-g": 60,
        "venv-h": 90,
    }
    for name, age in hours.items():
        (tmp_path / name / "jit").mkdir(parents=True)
        os.utime(tmp_path / name, (time.time() - age * 3600,) * 2)
    lane._remove_old(tmp_path)
    assert {path.name for path in tmp_path.iterdir()} == {"root-a", "root-b", "root-c", "root-e", "venv-h"}
    os.utime(tmp_path / "root-c")
    (tmp_path / "root-i").mkdir()
    (tmp_path / "root-j").mkdir()
    lane._remove_old(tmp_path)
    assert {path.name for path in tmp_path.glob("root-*")} == {f"root-{c}" for c in "abceij"}
