"""Plans drawn, expanded into blocks, and read from the spellings of earlier tools."""

import json
import xml.etree.ElementTree as ET
from pathlib import Path

import pytest

from tilelang_tenstorrent.plan import blocks_of, load_tt_plan, plan_dict, validate_plan
from tilelang_tenstorrent.plan_legacy import canonical_plan
from tilelang_tenstorrent.plan_view import PlanView, plan_svg, plan_text

SAMPLE = json.loads((Path(__file__).parent / "sample.plan.json").read_text())
SHARDS = {"tensor_pages": [4, 2], "shard_pages": [2, 2], "banks": [[0, 0], [1, 0]]}


def sharded():
    plan = json.loads(json.dumps(SAMPLE))
    plan["program"]["tensors"][2] |= {"memory": "L1", "shards": SHARDS}
    return plan


def test_text_shows_cores_blocks_tensors_and_l1():
    text = plan_text(sharded())
    assert "gemm on n150: 4 x 3 blocks on 4 cores (global, contiguous, row_major)" in text
    assert "C: float32 128 x 96, out, L1, 2 x 1 shards of 2 x 2 tiles on 2 cores" in text
    assert "0,0 0,0 0,0" in text and "1,1 1,1 1,1" in text
    assert "L1 of 2 cores from (0, 0) on: 32784 bytes" in text and "tensor C" in text and "semaphores" in text
    assert "L1 of 2 cores from (0, 1) on: 16400 bytes" in text  # of those that hold no shard


def test_buffers_that_lie_on_a_shard_are_drawn_on_it():
    plan = sharded()
    out = plan["program"]["circular_buffers"][-1]
    out["tensor"] = 2
    name = f"{out['name']} ({out['formats'][0]['format']})"
    parts = PlanView(plan).l1((0, 0))
    assert [part.holds for part in parts if part.name == "tensor C"] == [(name,)]
    assert name not in [part.name for part in parts]
    assert f"tensor C, with {name} on it" in plan_text(plan)
    titles = [title.text for title in ET.fromstring(plan_svg(plan)).iter("{http://www.w3.org/2000/svg}title")]
    assert f"{name} lies on tensor C" in titles


def test_picture_is_a_picture():
    root = ET.fromstring(plan_svg(sharded()))
    assert root.tag.endswith("svg")
    titles = [title.text for title in root.iter("{http://www.w3.org/2000/svg}title")]
    assert "core (0, 0): 3 blocks" in titles and "core (7, 7): not launched" in titles
    assert sum(title.startswith("block ") for title in titles) == 12


def test_blocks_of_every_kind_of_run():
    items = {
        "(0,0)": [{"io": 0, "jo": 0, "count": 4, "chunk": 1, "stride": 2}],
        "(1,0)": [{"io": 0, "jo": 1, "count": 2, "chunk": 1, "stride": 2}, {"io": 2, "jo": 1, "count": 1}],
        "(2,0)": [{"io": 1, "jo": 2, "tile_order": "hilbert"}, {"io": 2, "jo": 2}],
    }
    plan = plan_dict((3, 1), [{"start": [0, 0], "extent": [3, 1]}], items, {})
    plan |= {"schema_version": 1, "grid": {"x": 3, "y": 3, "total_tiles": 9}}
    assert blocks_of(plan) == {"(0,0)": [0, 2, 4, 6], "(1,0)": [1, 3, 7], "(2,0)": [5, 8]}
    assert validate_plan(plan) == []
    assert PlanView(plan).counts == {(0, 0): 4, (1, 0): 3, (2, 0): 2}


LEGACY = {
    "ranges of corners": {
        "core_grid": [2, 2],
        "core_ranges": [[0, 0, 1, 0], [0, 1, 0, 1]],
        "work_partition": {"core_0_1": [[0, 0], [0, 1]], "core_1_0": [[1, 0], [1, 1]]},
    },
    "single cores": {
        "core_grid": [2, 2],
        "core_ranges": [[0, 1], [1, 0]],
        "work_partition": {"core_0_1": [[0, 0], [0, 1]], "core_1_0": [[1, 0], [1, 1]]},
    },
    "ranges with runs": {"core_grid": [2, 2], "core_ranges": [[1, 0, 1, 0, 0, 2], [0, 1, 0, 1, 2, 2]]},
    "assignments alone": {
        "version": "5.0",
        "cores": {
            "num_cores": 2,
            "topology": "2x2_grid",
            "assignments": [
                {"core_id": 1, "start_tile": 0, "count": 2},
                {"core_id": 2, "start_tile": 2, "count": 2},
                {"core_id": 3, "start_tile": 4, "count": 0},
            ],
        },
    },
}


@pytest.mark.parametrize("case", list(LEGACY))
def test_legacy_spellings(case, tmp_path):
    plan = {"schema_version": 1, "layouts": {}, "grid": {"x": 2, "y": 2, "total_tiles": 4}, **LEGACY[case]}
    assert validate_plan(plan) != []
    (tmp_path / "tt.plan.json").write_text(json.dumps(plan))
    read = load_tt_plan(tmp_path)
    assert validate_plan(read) == []
    assert blocks_of(read) == {"(1,0)": [0, 1], "(0,1)": [2, 3]}


def test_canonical_plans_stay():
    assert canonical_plan(SAMPLE) == SAMPLE
