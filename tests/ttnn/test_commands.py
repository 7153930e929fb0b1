"""The commands of docs/real_mode.md: from a shell to the simulator and back."""

from __future__ import annotations

import os
import re
import subprocess
import sys
from pathlib import Path

import numpy as np
import tilelang

import tilelang_tenstorrent as tt

sys.path.insert(0, str(Path(__file__).parents[1] / "kernels"))
import kernels

ROOT = Path(__file__).resolve().parents[2]


def test_a_folder_runs_in_the_lane(lane, tmp_path):
    target = {"kind": "tenstorrent", "arch": "wormhole_b0", "core_grid": "1x1"}
    tt.save(tilelang.compile(kernels.binary(50, 70, 32, 32, "add", "float32"), target=target), tmp_path / "DIR")
    a, b = (np.arange(3500, dtype=np.float32).reshape(50, 70) % n for n in (11, 7))
    np.save(tmp_path / "A.npy", a)
    np.save(tmp_path / "B.npy", b)
    (commands,) = re.findall(r"```sh\n(.*?)```", (ROOT / "docs/real_mode.md").read_text(), flags=re.DOTALL)
    commands = commands.replace("tools/", f"{ROOT}/tools/")
    script = f'set -eu\npython() {{ "{sys.executable}" "$@"; }}\nexport -f python\n'
    script += f'tltt() {{ "{sys.executable}" -m tilelang_tenstorrent.cli "$@"; }}\n{commands}'
    path = f"{Path(sys.executable).parent}:{os.environ['PATH']}"
    ran = subprocess.run(
        ["bash", "-c", script],
        cwd=tmp_path,
        env={**os.environ, "PATH": path},
        capture_output=True,
        text=True,
        timeout=600,
    )
    assert ran.returncode == 0, f"{script}\n{ran.stdout}\n{ran.stderr}"
    assert "(simulator)" in ran.stdout and "wormhole_b0" in ran.stdout
    np.testing.assert_array_equal(np.load(tmp_path / "C.npy"), a + b)
