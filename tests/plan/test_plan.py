"""The plan's Python side: dataclasses, files, and what the validator says through the C++ library."""

from __future__ import annotations

import json
from pathlib import Path

import jsonschema
import pytest

from tilelang_tenstorrent.plan import (
    CoreRange,
    WorkItem,
    emit_tt_plan,
    extract_runtime_plan,
    load_tt_plan,
    plan_dict,
    validate_plan,
)

SCHEMA = json.loads((Path(__file__).parents[2] / "program/tt.plan.schema.json").read_text())
LAYOUTS = {name: {"shard": "DRAM", "interleave": True} for name in "ABC"}

# A 4x4 grid of blocks on 2x2 cores, 4 blocks each, as the original's documents list them.
ORDERS = {
    "row_major": {"(0,0)": [(0, 0), (0, 1), (0, 2), (0, 3)], "(1,0)": [(1, 0), (1, 1), (1, 2), (1, 3)],
                  "(0,1)": [(2, 0), (2, 1), (2, 2), (2, 3)], "(1,1)": [(3, 0), (3, 1), (3, 2), (3, 3)]},
    "match_shard": {"(0,0)": [(0, 0), (0, 1), (1, 0), (1, 1)], "(1,0)": [(0, 2), (0, 3), (1, 2), (1, 3)],
                    "(0,1)": [(2, 0), (2, 1), (3, 0), (3, 1)], "(1,1)": [(2, 2), (2, 3), (3, 2), (3, 3)]},
}  # fmt: skip


def plan_of(order: str) -> dict:
    work = {
        core: [WorkItem(m, n, len_k=4, tile_order=order) for m, n in blocks] for core, blocks in ORDERS[order].items()
    }
    return plan_dict((2, 2), [CoreRange((0, 0), (2, 2))], work, LAYOUTS)


@pytest.fixture(params=sorted(ORDERS))
def plan(request) -> dict:
    return plan_of(request.param)


def test_documented_examples_are_valid_and_fit_the_schema(plan, tmp_path):
    path = tmp_path / "tt.plan.json"
    written = emit_tt_plan(plan, path)
    assert written["schema_version"] == 1
    assert load_tt_plan(path) == load_tt_plan(tmp_path) == written
    assert validate_plan(written) == validate_plan(path.read_text()) == []
    jsonschema.Draft202012Validator(SCHEMA).validate(written)


def test_schema_is_a_schema():
    jsonschema.Draft202012Validator.check_schema(SCHEMA)


def test_full_plan_fits_the_schema_and_the_schema_is_strict():
    from tilelang_tenstorrent import _native  # noqa: F401  (the sample below was written by the library under test)

    sample = json.loads((Path(__file__).parent / "sample.plan.json").read_text())
    validator = jsonschema.Draft202012Validator(SCHEMA)
    validator.validate(sample)
    assert validate_plan(sample) == []
    for damage in (
        lambda p: p.pop("layouts"),
        lambda p: p["program"].update(extra=1),
        lambda p: p["program"]["kernels"][0].update(path="../reader.cpp"),
        lambda p: p["program"]["circular_buffers"][0]["formats"][0].update(index=32),
        lambda p: p["work_partition"].update({"0,0": []}),
    ):
        damaged = json.loads(json.dumps(sample))
        damage(damaged)
        assert not validator.is_valid(damaged)
        assert validate_plan(damaged)


def test_work_item_round_trip():
    assert WorkItem(1, 2).to_json() == {"io": 1, "jo": 2}
    full = WorkItem(1, 2, len_k=4, tile_order="z_order", count=7)
    assert full.to_json() == {"io": 1, "jo": 2, "count": 7, "len_k": 4, "tile_order": "z_order"}
    assert WorkItem.from_json(full.to_json()) == full
    with pytest.raises(ValueError, match="unknown key 'k'"):
        WorkItem.from_json({"io": 0, "jo": 0, "k": 1})
    with pytest.raises(ValueError, match="missing key 'jo'"):
        WorkItem.from_json({"io": 0})
    with pytest.raises(AttributeError):
        full.io = 3


def test_core_range_round_trip():
    assert CoreRange([0, 1], (2, 3)).to_json() == {"start": [0, 1], "extent": [2, 3]}
    assert CoreRange.from_json({"start": [0, 1], "extent": [2, 3]}) == CoreRange((0, 1), (2, 3))
    with pytest.raises(ValueError, match="extent must be two integers"):
        CoreRange((0, 0), (1,))
    with pytest.raises(ValueError, match="missing key 'extent'"):
        CoreRange.from_json({"start": [0, 0]})


class Function:
    """What extract_runtime_plan needs of a PrimFunc."""

    def __init__(self, **attrs):
        self.attrs = {"tt." + name: value for name, value in attrs.items()}


def test_plan_from_attributes():
    assert extract_runtime_plan(Function()) == plan_dict((1, 1), [CoreRange((0, 0), (1, 1))], {}, {})
    single = extract_runtime_plan(Function(core_grid=[4, 4], core_range=CoreRange((1, 1), (2, 2))))
    assert single["core_ranges"] == [{"start": [1, 1], "extent": [2, 2]}]
    several = extract_runtime_plan(
        Function(core_grid=[4, 4], core_ranges=[CoreRange((0, 0), (1, 4)), {"start": [2, 0], "extent": [1, 4]}])
    )
    assert [r["start"] for r in several["core_ranges"]] == [[0, 0], [2, 0]]


def test_an_invalid_plan_is_not_written(tmp_path):
    broken = plan_of("row_major")
    broken["core_ranges"].append({"start": [1, 1], "extent": [1, 1]})
    with pytest.raises(ValueError, match=r"core_ranges\[1\] overlaps core_ranges\[0\]"):
        emit_tt_plan(broken, tmp_path / "plan.json")
    assert not (tmp_path / "plan.json").exists()


@pytest.mark.parametrize(
    "plan", [None, [], 7, "", "{", {"core_grid": {1, 2}}, {"core_grid": [float("nan"), 1]}, {"a": [[[]] * 3] * 3}]
)
def test_anything_else_is_a_list_of_problems(plan):
    assert validate_plan(plan)


def test_messages():
    plan = {"schema_version": "1", "core_grid": [2], "core_ranges": [{}], "work_partition": {"x": []}}
    assert validate_plan(plan) == [
        "Missing required field: layouts",
        "schema_version must be an integer",
        "core_grid must be a list of 2 integers",
        "core_ranges[0] missing start or extent",
        "Invalid work_partition key format: x",
    ]
