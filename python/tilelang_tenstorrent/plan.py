"""tt.plan.json: which cores run, which blocks of the grid each of them does, and where the tensors lie.

Reading and writing is plain JSON; what a plan has to satisfy is checked by the C++ library that also launches from it.
"""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

SCHEMA_VERSION = 1


@dataclass(frozen=True)
class CoreRange:
    """A rectangle of cores: ``start`` (x, y) of its first core, ``extent`` (columns, rows)."""

    start: tuple[int, int]
    extent: tuple[int, int]

    def __post_init__(self) -> None:
        for name in ("start", "extent"):
            object.__setattr__(self, name, _pair(getattr(self, name), name))

    def to_json(self) -> dict[str, list[int]]:
        return {"start": list(self.start), "extent": list(self.extent)}

    @classmethod
    def from_json(cls, value: Mapping[str, Any]) -> CoreRange:
        return cls(**_only_keys(value, ("start", "extent"), ("start", "extent"), "core range"))


@dataclass(frozen=True)
class WorkItem:
    """A run of ``count`` consecutive blocks of the grid from row ``io``, column ``jo`` on, in ``tile_order``.

    ``len_k`` is the extent of the reduction in tiles of 32. ``tile_order`` is row_major (the default), column_major,
    z_order, hilbert, block_linear(k) or match_shard(rows,columns). With ``chunk`` the run is block-cyclic: the block
    after ``chunk`` consecutive ones is that ``stride`` places after the first of them.
    """

    io: int
    jo: int
    len_k: int | None = None
    tile_order: str | None = None
    count: int = 1
    chunk: int = 0
    stride: int = 0

    def to_json(self) -> dict[str, Any]:
        fields: dict[str, Any] = {"io": self.io, "jo": self.jo}
        if self.count != 1:
            fields["count"] = self.count
        if self.chunk:
            fields |= {"chunk": self.chunk, "stride": self.stride}
        if self.len_k is not None:
            fields["len_k"] = self.len_k
        if self.tile_order:
            fields["tile_order"] = self.tile_order
        return fields

    @classmethod
    def from_json(cls, value: Mapping[str, Any]) -> WorkItem:
        keys = ("io", "jo", "count", "chunk", "stride", "len_k", "tile_order")
        return cls(**_only_keys(value, keys, ("io", "jo"), "work item"))


def _pair(value: Any, name: str) -> tuple[int, int]:
    numbers = tuple(value)
    if len(numbers) != 2 or not all(isinstance(n, int) and not isinstance(n, bool) for n in numbers):
        raise ValueError(f"{name} must be two integers, not {value!r}")
    return numbers


def _only_keys(value: Mapping[str, Any], known: Sequence[str], required: Sequence[str], what: str) -> dict[str, Any]:
    if not isinstance(value, Mapping):
        raise TypeError(f"a {what} is an object, not {value!r}")
    unknown = [key for key in value if key not in known]
    missing = [key for key in required if key not in value]
    if unknown or missing:
        problems = [f"unknown key {key!r}" for key in unknown] + [f"missing key {key!r}" for key in missing]
        raise ValueError(f"{what}: {', '.join(problems)}")
    return dict(value)


def _plain(value: Any) -> Any:
    """JSON data from our dataclasses and from TVM's containers and numbers."""
    if isinstance(value, (CoreRange, WorkItem)):
        return value.to_json()
    if value is None or isinstance(value, (bool, int, float)):
        return value
    if isinstance(value, str):
        return str(value)
    if hasattr(value, "items"):
        return {str(key): _plain(item) for key, item in value.items()}
    if hasattr(value, "__iter__"):
        return [_plain(item) for item in value]
    if hasattr(value, "value"):  # tir.IntImm
        return _plain(value.value)
    raise TypeError(f"{value!r} can't stand in a plan")


def plan_dict(
    core_grid: Sequence[int],
    core_ranges: Sequence[CoreRange | Mapping[str, Any]],
    work_partition: Mapping[str, Sequence[WorkItem | Mapping[str, Any]]],
    layouts: Mapping[str, Mapping[str, Any]],
) -> dict[str, Any]:
    """The four keys that describe a launch, as JSON data; ``emit_tt_plan`` adds the versions."""
    return {
        "core_grid": _plain(core_grid),
        "core_ranges": _plain(core_ranges),
        "work_partition": _plain(work_partition),
        "layouts": _plain(layouts),
    }


def extract_runtime_plan(func: Any) -> dict[str, Any]:
    """The four keys from a PrimFunc's attributes tt.core_grid, tt.core_ranges (or tt.core_range), tt.work_partition and
    tt.layout_desc. Without them: a grid of one core, one range over the whole grid, no work, no layouts."""
    attrs = func.attrs or {}

    def attribute(name: str, default: Any) -> Any:
        return attrs.get(name, default)

    grid = _plain(attribute("tt.core_grid", [1, 1]))
    single = attribute("tt.core_range", None)
    whole = [CoreRange((0, 0), tuple(grid))] if single is None else [single]
    return plan_dict(
        grid,
        attribute("tt.core_ranges", whole),
        attribute("tt.work_partition", {}),
        attribute("tt.layout_desc", {}),
    )


def blocks_of(plan: Mapping[str, Any]) -> dict[str, list[int]]:
    """Per core ``"(x,y)"`` the numbers (row-major) of the grid's blocks that it does, in order. Lists every block."""
    from ._native import function

    grid = plan["grid"]
    rows, columns = grid["y"] * grid.get("z", 1), grid["x"]
    expand = function("plan.blocks")
    out: dict[str, list[int]] = {}
    for core, items in plan["work_partition"].items():
        out[core] = []
        for item in items:
            run = [item["io"], item["jo"], item.get("count", 1), item.get("chunk", 0), item.get("stride", 0)]
            out[core] += [int(block) for block in expand(item.get("tile_order") or "row_major", run, rows, columns)]
    return out


def emit_tt_plan(source: Any, out_path: str | Path = "tt.plan.json") -> dict[str, Any]:
    """Writes the plan of ``source``, a PrimFunc with the attributes above or a ``plan_dict``, and returns it.

    A plan that is not valid is not written: ValueError lists what is wrong with it.
    """
    from ._native import VERSION

    keys = dict(source) if isinstance(source, Mapping) else extract_runtime_plan(source)
    plan = {"schema_version": SCHEMA_VERSION, "backend_version": VERSION, **keys}
    problems = validate_plan(plan)
    if problems:
        raise ValueError("the plan is not valid:\n" + "\n".join(f"  {problem}" for problem in problems))
    Path(out_path).write_text(json.dumps(plan, indent=2) + "\n")
    return plan


def load_tt_plan(path: str | Path = "tt.plan.json") -> dict[str, Any]:
    """The plan in a file, or in a folder's tt.plan.json; ``validate_plan`` says whether it is one. Spellings of earlier
    tools are brought into the one that is written here (see plan_legacy.py)."""
    from .plan_legacy import canonical_plan

    file = Path(path)
    plan = json.loads((file / "tt.plan.json" if file.is_dir() else file).read_text())
    return canonical_plan(plan) if isinstance(plan, dict) else plan


def validate_plan(plan: Mapping[str, Any] | str) -> list[str]:
    """Every problem of a plan, given as data or as JSON text; empty when it is valid. Never throws on its contents."""
    from ._native import function

    if not isinstance(plan, str):
        try:
            plan = json.dumps(plan)
        except (TypeError, ValueError, RecursionError) as error:
            return [f"tt.plan.json: not JSON data: {error}"]
    return [str(problem) for problem in function("plan.validate")(plan)]
