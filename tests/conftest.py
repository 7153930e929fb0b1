"""Caches of a test run, and the folder of helpers that the compiler's tests share.

TileLang's is new in every run, so that every kernel really is compiled. Built emulator kernels are kept by content in
build/, which makes a second run quick.
"""

from __future__ import annotations

import os
import sys
from pathlib import Path

import pytest

sys.path.insert(0, str(Path(__file__).parent / "passes"))


def pytest_addoption(parser):
    parser.addoption(
        "--update-expected",
        action="store_true",
        help="rewrite the expected IR and sources with what the compiler makes now",
    )


@pytest.fixture(scope="session", autouse=True)
def _own_caches(tmp_path_factory):
    os.environ["TILELANG_CACHE_DIR"] = str(tmp_path_factory.mktemp("tilelang"))
    os.environ["TLTT_CACHE_DIR"] = str(Path(__file__).parents[1] / "build" / "kernel-cache")


@pytest.fixture
def expect_text(request):
    """Compares a text with the file that holds the expected one; --update-expected rewrites the file."""

    def check(text: str, path: Path) -> None:
        if request.config.getoption("--update-expected"):
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_text(text)
            return
        assert path.exists(), f"{path} is missing: run pytest tests --update-expected and look at what it writes"
        assert text == path.read_text(), f"differs from {path}; pytest tests --update-expected rewrites it"

    return check
