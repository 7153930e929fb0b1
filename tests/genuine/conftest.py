"""Folders of hand-written kernels with a plan, as the compiler would leave them."""

from __future__ import annotations

import json
import shutil
from pathlib import Path

import pytest

from tilelang_tenstorrent import check

KERNELS = Path(__file__).parent / "kernels"
_RANGE = [{"start": [0, 0], "extent": [1, 1]}]
_TILE_BYTES = {"Float16_b": 2048, "Float16": 2048, "Float32": 4096, "Bfp8_b": 1088}


def _kernel(name: str, role: str, path: str, **extra) -> dict:
    kernel = {"name": name, "role": role, "path": path, "cores": _RANGE, "compile_time_args": []}
    return kernel | {"named_compile_time_args": {}, "defines": {}, "args": [], "common_args": []} | extra


@pytest.fixture
def program_folder(tmp_path):
    """make(compute file, format, compute configuration, replaced text) -> the folder."""

    def make(
        compute: str, data_format: str = "Float16_b", replace: dict[str, tuple[str, str]] | None = None, **config
    ) -> Path:
        size = _TILE_BYTES[data_format]
        sources = {"reader.cpp": "reader_two.cpp", "compute.cpp": f"{compute}.cpp", "writer.cpp": "writer_one.cpp"}
        for target, source in sources.items():
            shutil.copy(KERNELS / source, tmp_path / target)
        for target, (old, new) in (replace or {}).items():
            text = (tmp_path / target).read_text()
            assert old in text
            (tmp_path / target).write_text(text.replace(old, new))
        compute_config = {"math_fidelity": "HiFi4", "fp32_dest_acc_en": False, "dst_full_sync_en": False}
        compute_config |= {"math_approx_mode": False, "unpack_to_dest_fp32": []} | config
        program = {
            "name": compute,
            "arch": "wormhole_b0",
            "kernels": [
                _kernel("reader", "reader", "reader.cpp", compile_time_args=[2, size, 2, size]),
                _kernel("compute", "compute", "compute.cpp", named_compile_time_args={"Kt": 4}, compute=compute_config),
                _kernel("writer", "writer", "writer.cpp", compile_time_args=[2, size], defines={"UNUSED": "1"}),
            ],
            "circular_buffers": [
                {"formats": [{"index": index, "format": data_format, "page_size": size}]} for index in (0, 1, 16)
            ],
        }
        (tmp_path / "tt.plan.json").write_text(json.dumps({"program": program}))
        return tmp_path

    return make


@pytest.fixture(scope="session")
def ttnn() -> Path:
    """The genuine headers: those at hand, else downloaded; without them the tests fail and say what to install."""
    try:
        check.need_compiler()
        try:
            return check.find_ttnn()
        except check.MissingPartError:
            return check.install()
    except check.MissingPartError as error:
        pytest.fail(str(error))
