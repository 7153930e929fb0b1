"""Caches of a test run.

TileLang's is new in every run, so that every kernel really is compiled. Built emulator kernels are kept by content in
build/, which makes a second run quick.
"""

from __future__ import annotations

import os
from pathlib import Path

import pytest


@pytest.fixture(scope="session", autouse=True)
def _own_caches(tmp_path_factory):
    os.environ["TILELANG_CACHE_DIR"] = str(tmp_path_factory.mktemp("tilelang"))
    os.environ["TLTT_CACHE_DIR"] = str(Path(__file__).parents[1] / "build" / "kernel-cache")
