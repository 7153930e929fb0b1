"""Every form of `tltt` that a document speaks of, subcommand and option, runs here; guides' blocks run in test_docs."""

from __future__ import annotations

import re
import shlex
import subprocess
import sys
from pathlib import Path

import click
import numpy as np
import pytest

from tilelang_tenstorrent import cli

sys.path.insert(0, str(Path(__file__).parent))
sys.path.insert(0, str(Path(__file__).parents[1] / "python"))
import test_docs
from matmul_text import MATMUL

KERNEL = MATMUL.replace(
    "(M, N, K, block_M, block_N, block_K)", "(M=64, N=96, K=64, block_M=32, block_N=32, block_K=32)"
).replace("bfloat16", "float32")
OPEN = KERNEL.replace("def matmul(M=64, ", "def matmul(").replace(
    "    @T.prim_func\n", '    M = T.dynamic("m")\n\n    @T.prim_func\n'
)
SCRIPT = (
    KERNEL
    + """
import torch

a, b, c = torch.randn(64, 64), torch.randn(64, 96), torch.zeros(64, 96)
matmul()(a, b, c)
torch.testing.assert_close(c, a @ b, rtol=0.02, atol=0.1)
"""
)
# What runs, in this order and one folder, and a part of what it then says.
COMMANDS = {
    "tltt doctor": "emulator: ready",
    "tltt doctor --mode emulator": "emulator: ready",
    "tltt passes": "InferTTLayout",
    "tltt explain TT1001": "TT1001",
    "tltt compile gemm.py:matmul -o gemm --dump-ir ir --diff": "=== 01_",
    "tltt compile open.py:matmul --size m=128 -o open": "",
    "tltt exec gemm --input A.npy --input B.npy --output C.npy": "",
    "tltt exec --check gemm --input A.npy --input B.npy --output C.npy": "",
    "tltt run script.py": "",
    "tltt run --check script.py": "",
    "tltt plan validate gemm/tt.plan.json": "",
    "tltt plan show gemm --svg plan.svg": "",
    "tltt check gemm.py:matmul --set M=96": "",
    "tltt check --json gemm.py:matmul": "",
    "tltt check --install": "device headers: ",
    "tltt check gemm --arch both": "blackhole",
    "tltt time gemm.py:matmul --set M=128 --chip p100 --json": '"microseconds"',
    "tltt time gemm": "us",
    "tltt profile gemm.py:matmul --set M=128 --chip p100 --try -o profile": "",
    "tltt profile gemm --json": "{",
    "tltt tune gemm.py:matmul --set M=128 --vary block_M=32,64 --vary core_grid=1x1,2x2": "",
    "tltt compile gemm.py:matmul --set M=128 --tuned -o tuned": "",
    "tltt --traceback compile gemm.py:matmul -o gemm": "",
}
# tests/ttnn/test_commands.py runs the blocks of docs/real_mode.md.
ELSEWHERE = {("exec", "--mode")}


def forms(line: str) -> set[tuple[str, str]]:
    """("plan show", "--svg") for each option of a command; ("plan show", "") for itself."""
    _, *words = re.sub(r"[\[\]]", " ", line).split()
    command, path, found = cli.cli, [], set()
    while words:
        word = words.pop(0)
        if isinstance(command, click.Group) and word in command.commands:
            path.append(word)
            command = command.commands[word]
            found.add((" ".join(path), ""))
        elif re.fullmatch(r"--?[a-z][\w-]*", word):
            found.add((" ".join(path), word))
    return found


def test_every_spoken_form_runs():
    cli._add_commands()
    ran = {form for line in COMMANDS for form in forms(line)}
    for path in test_docs.DOCUMENTS:
        for words in test_docs.spoken_commands(path):
            if words[0] == "tltt":
                for form in forms(" ".join(words)):
                    assert form in ran or form in ELSEWHERE, f"{path.name}: nothing runs tltt {' '.join(form)}"


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    path = tmp_path_factory.mktemp("spoken")
    for name, text in {"gemm.py": KERNEL, "open.py": OPEN, "script.py": SCRIPT}.items():
        (path / name).write_text(text)
    numbers = np.random.default_rng(5)
    np.save(path / "A.npy", numbers.standard_normal((64, 64)).astype(np.float32))
    np.save(path / "B.npy", numbers.standard_normal((64, 96)).astype(np.float32))
    return path


def test_they_run(folder, monkeypatch, tmp_path):
    """One process each, as a user has it; `tltt tune` keeps what it finds in a cache of this test."""
    monkeypatch.setenv("TLTT_CACHE_DIR", str(tmp_path))
    for line, told in COMMANDS.items():
        command = [sys.executable, "-m", "tilelang_tenstorrent.cli", *shlex.split(line)[1:]]
        ran = subprocess.run(command, cwd=folder, capture_output=True, text=True, timeout=600)
        assert ran.returncode == 0, f"{line}\n{ran.stdout}\n{ran.stderr}"
        assert told in ran.stdout, f"{line}\n{ran.stdout}"
    for made in ("C.npy", "plan.svg", "open/main.cpp", "tuned/tt.plan.json", "profile", "ir"):
        assert (folder / made).exists(), made
