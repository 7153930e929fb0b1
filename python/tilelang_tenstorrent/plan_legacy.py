"""Plans in the spellings that earlier tools wrote, brought into the one that this project writes.

Core ranges were also ``[x0, y0, x1, y1]`` (both corners included), ``[x0, y0, x1, y1, start, count]`` and single cores
``[y, x]``; cores were called ``core_<y>_<x>`` and their blocks were pairs ``[m, n]``; and a plan could consist of the
blocks ``grid`` and ``cores`` alone, with linear block numbers.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any

_WIDTH = 8  # columns of the core grid where an old plan does not say


def canonical_plan(plan: Mapping[str, Any]) -> dict[str, Any]:
    """The same plan in canonical keys; what is canonical already, or no known spelling, stays as it is."""
    out = dict(plan)
    if "core_range" in out and "core_ranges" not in out:
        out["core_ranges"] = [out.pop("core_range")]
    if "core_grid" not in out and isinstance(out.get("cores"), Mapping) and "assignments" in out["cores"]:
        out = _from_assignments(out)
    ranges = out.get("core_ranges")
    if isinstance(ranges, list):
        out["core_ranges"] = [_core_range(entry) for entry in ranges]
        runs = {_core(r[0], r[1]): r[4:] for r in ranges if _are_ints(r, 6)}
        if runs and not out.get("work_partition") and isinstance(out.get("grid"), Mapping):
            columns = out["grid"]["x"]
            out["work_partition"] = {core: [_run(run[0], run[1], columns)] for core, run in runs.items() if run[1] > 0}
    work = out.get("work_partition")
    if isinstance(work, Mapping):
        out["work_partition"] = {
            _core_key(key): [_item(item) for item in items] if isinstance(items, list) else items
            for key, items in work.items()
        }
    return out


def _are_ints(value: Any, count: int) -> bool:
    return isinstance(value, list) and len(value) == count and all(type(item) is int for item in value)


def _core(x: int, y: int) -> str:
    return f"({x},{y})"


def _run(start: int, count: int, columns: int) -> dict[str, int]:
    run = {"io": start // columns, "jo": start % columns}
    return run if count == 1 else {**run, "count": count}


def _core_range(entry: Any) -> Any:
    if _are_ints(entry, 2):
        return {"start": [entry[1], entry[0]], "extent": [1, 1]}
    if _are_ints(entry, 4) or _are_ints(entry, 6):
        x0, y0, x1, y1 = entry[:4]
        return {"start": [x0, y0], "extent": [x1 - x0 + 1, y1 - y0 + 1]}
    return entry


def _core_key(key: str) -> str:
    match = re.fullmatch(r"core_(\d+)_(\d+)", key)
    return _core(int(match[2]), int(match[1])) if match else key


def _item(item: Any) -> Any:
    return {"io": item[0], "jo": item[1]} if _are_ints(item, 2) else item


def _from_assignments(plan: dict[str, Any]) -> dict[str, Any]:
    cores, columns = plan["cores"], plan["grid"]["x"]
    topology = re.match(r"(\d+)x(\d+)", str(cores.get("topology", "")))
    width = int(topology[1]) if topology else _WIDTH
    work = [(a["core_id"] % width, a["core_id"] // width, a["start_tile"], a["count"]) for a in cores["assignments"]]
    work = [entry for entry in work if entry[3] > 0]
    height = int(topology[2]) if topology else max((y for _, y, _, _ in work), default=0) + 1
    return {
        "schema_version": 1,
        "layouts": {},
        **plan,
        "core_grid": [width, height],
        "core_ranges": [{"start": [x, y], "extent": [1, 1]} for x, y, _, _ in work],
        "work_partition": {_core(x, y): [_run(start, count, columns)] for x, y, start, count in work},
    }
