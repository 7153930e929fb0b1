"""Each test run has kernel caches of its own: a stale cache must not make a test pass."""

from __future__ import annotations

import os

import pytest


@pytest.fixture(scope="session", autouse=True)
def _own_caches(tmp_path_factory):
    folder = tmp_path_factory.mktemp("caches")
    os.environ["TILELANG_CACHE_DIR"] = str(folder / "tilelang")
    os.environ["TLTT_CACHE_DIR"] = str(folder / "tltt")
