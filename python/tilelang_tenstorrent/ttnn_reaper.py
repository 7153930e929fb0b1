"""Ends what a runner of ``mode="ttnn"`` started when the process that uses it is gone, however that ended.

``python ttnn_reaper.py FD MARK``: FD is the reading end of a pipe whose other end that process holds. Processes are
known by ``TLTT_TTNN_RUNNER=MARK`` in their environment: a simulator's server, which is its own session, is among them.
Runs on its own, without packages.
"""

from __future__ import annotations

import contextlib
import os
import signal
import sys
from pathlib import Path

VARIABLE = "TLTT_TTNN_RUNNER"


def marked(identity: str) -> list[int]:
    """Processes that carry the mark, with what they started in turn."""
    mark = f"{VARIABLE}={identity}".encode()
    found = []
    for entry in Path("/proc").glob("[0-9]*"):
        with contextlib.suppress(OSError):
            if mark in (entry / "environ").read_bytes().split(b"\0"):
                found.append(int(entry.name))
    return found


def end(identity: str) -> None:
    """Ends them, each by its process id."""
    for pid in marked(identity):
        with contextlib.suppress(ProcessLookupError, PermissionError):
            os.kill(pid, signal.SIGKILL)


def main() -> int:
    descriptor, identity = int(sys.argv[1]), sys.argv[2]
    while os.read(descriptor, 1):
        pass
    end(identity)
    return 0


if __name__ == "__main__":
    sys.exit(main())
