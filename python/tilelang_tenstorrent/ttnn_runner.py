"""``mode="ttnn"``: compiled programs on the device that TT-Metalium finds, through ``ttnn.generic_op``.

Where this Python imports ``ttnn`` the device is opened in this process. Otherwise a runner process with another Python
(``TLTT_TTNN_PYTHON``, or the first python3.12 or python3.10 that has ``ttnn``) opens it at the first launch and keeps
it until this process ends. Every launch has a time limit, ``TLTT_TTNN_TIMEOUT`` seconds (600): a runner that exceeds it
is ended, with everything it started.
"""

from __future__ import annotations

import atexit
import contextlib
import functools
import importlib.util
import json
import os
import re
import shutil
import socket
import subprocess
import sys
import tempfile
import threading
import uuid
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any

from . import ttnn_reaper, ttnn_session
from ._native import tvm_ffi
from .check import TTNN_PYTHONS, TTNN_VERSION


@tvm_ffi.register_error("TtnnError")  # it passes through C++ when a kernel is called
class TtnnError(RuntimeError):
    """The genuine runtime could not run a program: not installed, no device, a kernel that it rejects, a time limit."""


def time_limit() -> float:
    text = os.environ.get("TLTT_TTNN_TIMEOUT", "600")
    try:
        seconds = float(text)
    except ValueError:
        seconds = 0
    if seconds <= 0:
        raise ValueError(f"TLTT_TTNN_TIMEOUT={text}: expected a number of seconds")
    return seconds


def _imports_ttnn(python: str) -> bool:
    probe = "import importlib.util as u, sys; sys.exit(u.find_spec('ttnn') is None)"
    with contextlib.suppress(OSError, subprocess.TimeoutExpired):
        return subprocess.run([python, "-c", probe], capture_output=True, timeout=60).returncode == 0
    return False


@functools.cache
def find_python(named: str | None) -> str:
    """An interpreter that has ttnn: ``named``, or the first on PATH. TtnnError says what to install."""
    how = f"`python3.12 -m venv V && V/bin/pip install ttnn=={TTNN_VERSION}`, then TLTT_TTNN_PYTHON=V/bin/python"
    if named:
        if not _imports_ttnn(named):
            raise TtnnError(f"TLTT_TTNN_PYTHON={named} does not import ttnn; make one that does: {how}")
        return named
    for name in TTNN_PYTHONS:
        path = shutil.which(name)
        if path and _imports_ttnn(path):
            return path
    raise TtnnError(f"mode=ttnn needs a Python with ttnn (CPython 3.12 or 3.10), and none is on PATH; make one: {how}")


class Runner:
    """A process with an open device, until ``close`` or the end of a ``with``. It inherits the environment, or has
    ``environment`` in its place."""

    def __init__(self, python: str, environment: Mapping[str, str] | None = None) -> None:
        self._id = uuid.uuid4().hex
        self._lock = threading.Lock()
        self._folder = tempfile.TemporaryDirectory(prefix="tltt-runner-")  # TT-Metalium writes reports where it runs
        self._log = (Path(self._folder.name) / "log").open("w+", errors="replace")
        self._channel, theirs = socket.socketpair()
        variables = dict(os.environ if environment is None else environment)
        variables[ttnn_reaper.VARIABLE] = self._id  # in the environment of everything that it starts
        # TT-Metalium's own limit, where a launch waits for the device, is the shorter one and names the cores.
        variables.setdefault("TT_METAL_OPERATION_TIMEOUT_SECONDS", str(int(time_limit() * 0.9) or 1))
        with theirs:
            self._process = subprocess.Popen(
                [python, os.path.abspath(ttnn_session.__file__), str(theirs.fileno())],
                env=variables,
                cwd=self._folder.name,
                pass_fds=[theirs.fileno()],
                stdin=subprocess.DEVNULL,
                stdout=self._log,
                stderr=subprocess.STDOUT,
                start_new_session=True,
            )
        reading, self._lifeline = os.pipe()  # the other end is read by who ends the rest when this process is killed
        try:
            self._reaper = subprocess.Popen(
                [sys.executable, "-SE", os.path.abspath(ttnn_reaper.__file__), str(reading), self._id],
                pass_fds=[reading],
                stdin=subprocess.DEVNULL,
                stdout=subprocess.DEVNULL,
                start_new_session=True,
            )
        finally:
            os.close(reading)

    def __enter__(self) -> Runner:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    @property
    def alive(self) -> bool:
        return self._process.poll() is None

    def describe(self) -> dict[str, Any]:
        return self._ask({"command": "describe"}, [])[0]

    def run(self, program: dict, sources: dict[str, str], pages: list[bytes]) -> tuple[dict, list[bytes]]:
        """As ``ttnn_session.Session.run``. TtnnError also where the process ends or exceeds the time limit."""
        return self._ask({"command": "run", "program": program, "sources": sources}, pages)

    def _ask(self, request: dict[str, Any], blobs: list[bytes]) -> tuple[dict, list[bytes]]:
        limit = time_limit()
        with self._lock:
            self._channel.settimeout(limit)
            try:
                ttnn_session.send(self._channel, request, blobs)
                answer, written = ttnn_session.receive(self._channel)
            except TimeoutError:
                self._end()
                what = f"the launch took longer than {limit:g} s (TLTT_TTNN_TIMEOUT) and was ended"
                raise TtnnError(f"{what}; the last of its log:\n{self.log()}") from None
            except (EOFError, OSError):
                with contextlib.suppress(subprocess.TimeoutExpired):
                    self._process.wait(timeout=10)
                self._end()
                raise TtnnError(
                    f"the runner process ended with code {self._process.returncode}; the last of its log:\n{self.log()}"
                ) from None
        if "error" in answer:
            if answer["type"] == "ValueError":
                raise ValueError(answer["error"])
            raise TtnnError(f"{answer['type']}: {readable(answer['error'])}")
        return answer["report"], written

    def log(self, lines: int = 25) -> str:
        """The last lines that the process, TT-Metalium and a simulator have printed."""
        self._log.seek(0)
        return "".join(self._log.readlines()[-lines:])

    def close(self) -> None:
        """Closes the device and waits for the process; one that does not end is ended."""
        self._channel.close()
        with contextlib.suppress(subprocess.TimeoutExpired):
            self._process.wait(timeout=30)
        self._end()
        if self._lifeline >= 0:
            os.close(self._lifeline)
            self._lifeline = -1
            self._reaper.wait()
        self._log.close()
        self._folder.cleanup()

    def _end(self) -> None:
        """Ends the process and whatever it started, a simulator's server too: each by its process id."""
        ttnn_reaper.end(self._id)
        with contextlib.suppress(ProcessLookupError):
            self._process.kill()
        self._process.wait()


def readable(error: str) -> str:
    """TT-Metalium's message without its C++ backtrace."""
    text = error.split("\nbacktrace:")[0].strip()
    if re.search(r"undefined reference to `[^']*sfpi", text):
        text = (
            "the kernel uses the vector unit (SFPU) in a way that only the vendor's compiler sfpi can build; "
            f"run it in mode=emulator, or install sfpi in /opt/tenstorrent/sfpi\n{text}"
        )
    return text


class _InProcess:
    """The device of this process, with the interface of ``Runner``."""

    alive = True

    def __init__(self) -> None:
        self._session = ttnn_session.Session()

    def describe(self) -> dict[str, Any]:
        return self._session.describe()

    def run(self, program: dict, sources: dict[str, str], pages: list[bytes]) -> tuple[dict, list[bytes]]:
        try:
            return self._session.run(program, sources, pages)
        except ValueError:
            raise
        except Exception as error:
            raise TtnnError(readable(str(error))) from error

    def close(self) -> None:
        self._session.close()


class _Shared:
    """The process's runner: opened at the first launch, again after one that ended."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._runner: Runner | _InProcess | None = None

    def get(self) -> Runner | _InProcess:
        with self._lock:
            if self._runner is None or not self._runner.alive:
                named = os.environ.get("TLTT_TTNN_PYTHON")
                if not named and importlib.util.find_spec("ttnn") is not None:
                    os.environ.setdefault("TT_METAL_OPERATION_TIMEOUT_SECONDS", str(int(time_limit())))
                    self._runner = _InProcess()
                else:
                    self._runner = Runner(find_python(named))
            return self._runner

    def replace(self, runner: Runner | _InProcess | None) -> Runner | _InProcess | None:
        with self._lock:
            previous, self._runner = self._runner, runner
        return previous

    def close(self) -> None:
        if (runner := self.replace(None)) is not None:
            runner.close()


_shared = _Shared()
atexit.register(_shared.close)


def close() -> None:
    """Closes the device that launches opened; the next one opens it anew."""
    _shared.close()


@contextlib.contextmanager
def using(runner: Runner) -> Iterator[Runner]:
    """Launches go to ``runner`` while the context lasts."""
    previous = _shared.replace(runner)
    try:
        yield runner
    finally:
        _shared.replace(previous)


@tvm_ffi.register_global_func("tltt.ttnn.launch")
def _launch(files: Mapping[str, str], pages: Sequence[bytes]) -> list[Any]:
    """What compiled kernels call: the program's files and every tensor's pages -> the report, and the pages of those
    that were written."""
    texts = {str(name): str(text) for name, text in files.items()}
    program = json.loads(texts["tt.plan.json"])["program"]
    sources = {name: text for name, text in texts.items() if name.endswith(".cpp")}
    report, written = _shared.get().run(program, sources, [bytes(data) for data in pages])
    return [json.dumps(report), *written]
