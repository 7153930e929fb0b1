"""The genuine runtime on a simulator: one process with one chip at a time, for all tests of that chip."""

from __future__ import annotations

import os
import sys
from pathlib import Path

import pytest

from tilelang_tenstorrent import ttnn_runner
from tilelang_tenstorrent.check import MissingPartError
from tilelang_tenstorrent.genuine import lane as genuine_lane

sys.path.insert(0, str(Path(__file__).parent))

OPT_OUT = "TLTT_SKIP_TTNN"


@pytest.fixture(scope="session")
def lane() -> genuine_lane.Lane:
    """Set up at the first use. A machine that lacks a part fails by its name; TLTT_SKIP_TTNN=1 leaves the tests out."""
    if os.environ.get(OPT_OUT):
        pytest.skip(f"{OPT_OUT} is set: nothing ran on the genuine runtime")
    try:
        return genuine_lane.set_up()
    except MissingPartError as error:
        pytest.fail(f"{error}\n({OPT_OUT}=1 leaves these tests out)")


@pytest.fixture(scope="session", params=["wormhole_b0", "blackhole"])
def arch(request, lane):
    """The simulated chip that ``mode="ttnn"`` runs on in these tests."""
    environment = {**os.environ, **lane.environment(request.param)}
    with ttnn_runner.Runner(str(lane.python), environment) as runner, ttnn_runner.using(runner):
        yield request.param
