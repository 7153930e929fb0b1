"""A plan to look at: as text for a terminal, and as an SVG picture.

Both show the grid of cores with the number of blocks that each does, the grid of blocks with the core that does each
and when, where every tensor lies, and what takes L1 of a core.
"""

from __future__ import annotations

import colorsys
from collections.abc import Mapping
from dataclasses import dataclass
from html import escape
from math import ceil, prod
from typing import Any

MAX_LISTED = 1 << 16  # blocks that are looked at one by one
MAX_DRAWN = 4096  # blocks that the picture and the terminal's map show
TERMINAL_COLUMNS = 120

Core = tuple[int, int]


@dataclass(frozen=True)
class TensorView:
    """Where a tensor lies: ``shards`` maps cores (L1) or banks (DRAM) to the shards they hold, empty if interleaved."""

    name: str
    text: str
    memory: str
    shards: dict[Core, list[int]]
    l1_bytes: int  # of a core that holds a part of it


@dataclass(frozen=True)
class L1Part:
    """What takes ``size`` bytes of a core's L1. Buffers in ``holds`` lie on it and take nothing of their own."""

    name: str
    size: int
    holds: tuple[str, ...] = ()

    def __str__(self) -> str:
        return self.name + (f", with {', '.join(self.holds)} on it" if self.holds else "")


class PlanView:
    """What text and picture draw from; ``plan`` has to be valid (``validate_plan``)."""

    def __init__(self, plan: Mapping[str, Any]):
        self.plan = plan
        self.program: Mapping[str, Any] = plan.get("program", {})
        self.columns, self.rows = plan["core_grid"]
        grid = plan.get("grid", {})
        self.block_columns = grid.get("x", 0)
        self.block_rows = grid.get("y", 0) * grid.get("z", 1)
        self.work = {_core(key): items for key, items in plan["work_partition"].items()}
        self.counts = {core: sum(item.get("count", 1) for item in items) for core, items in self.work.items()}
        self.launched = {
            (x + dx, y + dy)
            for (x, y), (columns, rows) in ((r["start"], r["extent"]) for r in plan["core_ranges"])
            for dx in range(columns)
            for dy in range(rows)
        }
        self.tensors = [_tensor(tensor, self.columns * self.rows) for tensor in self.program.get("tensors", [])]

    @property
    def blocks(self) -> int:
        return self.block_rows * self.block_columns

    def owners(self) -> dict[int, tuple[Core, int]]:
        """Block number (row-major) -> the core that does it and its turn there; empty beyond MAX_LISTED blocks."""
        from .plan import blocks_of

        if not 0 < self.blocks <= MAX_LISTED:
            return {}
        return {
            block: (_core(core), turn)
            for core, blocks in blocks_of(self.plan).items()
            for turn, block in enumerate(blocks)
        }

    def title(self) -> str:
        name, chip = self.program.get("name", "plan"), self.program.get("chip", "")
        schedule = self.plan.get("schedule", {})
        how = ", ".join(filter(None, (self.plan.get("partition_mode"), schedule.get("policy"), schedule.get("order"))))
        on = f" on {chip}" if chip else ""
        return f"{name}{on}: {self.block_rows} x {self.block_columns} blocks on {len(self.work)} cores ({how})"

    def l1(self, core: Core) -> list[L1Part]:
        """What lies in L1 of a core: circular buffers, tensors and the buffers on their shards, semaphores."""
        buffers = [b for b in self.program.get("circular_buffers", []) if any(_inside(core, r) for r in b["cores"])]
        parts = [L1Part(_buffer(buffer), buffer["total_size"]) for buffer in buffers if "tensor" not in buffer]
        for number, tensor in enumerate(self.tensors):
            if tensor.memory == "L1" and (not tensor.shards or core in tensor.shards):
                holds = tuple(_buffer(buffer) for buffer in buffers if buffer.get("tensor") == number)
                parts.append(L1Part(f"tensor {tensor.name}", tensor.l1_bytes, holds))
        semaphores = sum(any(_inside(core, r) for r in s["cores"]) for s in self.program.get("semaphores", []))
        return parts + ([L1Part("semaphores", 16 * semaphores)] if semaphores else [])

    def l1_maps(self) -> list[tuple[list[Core], list[L1Part]]]:
        """The cores with the same in L1, and what that is; those with most first."""
        alike: dict[tuple[L1Part, ...], list[Core]] = {}
        for core in ((x, y) for y in range(self.rows) for x in range(self.columns)):
            if parts := tuple(self.l1(core)):
                alike.setdefault(parts, []).append(core)
        return sorted(((cores, list(parts)) for parts, cores in alike.items()), key=lambda item: -_bytes(item[1]))


def _bytes(parts: list[L1Part]) -> int:
    return sum(part.size for part in parts)


def _buffer(buffer: Mapping[str, Any]) -> str:
    return f"{buffer['name']} ({buffer['formats'][0]['format']})"


def _l1_title(cores: list[Core], parts: list[L1Part]) -> str:
    where = f"core {cores[0]}" if len(cores) == 1 else f"{len(cores)} cores from {cores[0]} on"
    return f"L1 of {where}: {_bytes(parts)} bytes"


def _core(key: str) -> Core:
    x, y = key.strip("()").split(",")
    return int(x), int(y)


def _inside(core: Core, core_range: Mapping[str, Any]) -> bool:
    (x, y), (columns, rows) = core_range["start"], core_range["extent"]
    return x <= core[0] < x + columns and y <= core[1] < y + rows


def _tensor(tensor: Mapping[str, Any], cores: int) -> TensorView:
    shape = " x ".join(str(extent) for extent in tensor["shape"])
    dtype = tensor["dtype"] + (f" of packed {tensor['packed']}" if "packed" in tensor else "")
    text = f"{tensor['name']}: {dtype} {shape or 'scalar'}, {tensor['access']}, {tensor['memory']}"
    if tensor["format"].lower() not in (tensor["dtype"], "float16_b" if tensor["dtype"] == "bfloat16" else ""):
        text += f", {tensor['format']}"
    shards = tensor.get("shards")
    if not shards:
        pages = prod(ceil(extent / 32) for extent in tensor["shape"][-2:]) * prod(tensor["shape"][:-2])
        if vector := tensor.get("vector"):
            pages = prod(tensor["shape"]) // vector * ceil(vector / 1024)
        per_core = ceil(pages / cores) * tensor["page_size"]
        return TensorView(tensor["name"], text + " interleaved", tensor["memory"], {}, per_core)
    grid = [ceil(t / s) for t, s in zip(shards["tensor_pages"], shards["shard_pages"], strict=True)]
    banks = [(x, y) for x, y in shards["banks"]]
    held: dict[Core, list[int]] = {}
    for shard in range(prod(grid)):
        held.setdefault(banks[shard % len(banks)], []).append(shard)
    extents = " x ".join(map(str, shards["shard_pages"]))
    text += f", {' x '.join(map(str, grid))} shards of {extents} tiles on {len(banks)} "
    text += "cores" if tensor["memory"] == "L1" else "banks"
    per_core = ceil(prod(grid) / len(banks)) * prod(shards["shard_pages"]) * tensor["page_size"]
    return TensorView(tensor["name"], text, tensor["memory"], held, per_core)


def _table(rows: list[list[str]]) -> list[str]:
    width = max(len(cell) for row in rows for cell in row)
    return ["  " + " ".join(cell.rjust(width) for cell in row) for row in rows]


def plan_text(plan: Mapping[str, Any]) -> str:
    """The plan as lines for a terminal."""
    view = PlanView(plan)
    lines = [view.title(), "", "blocks per core (x to the right, y down; . not launched)"]
    rows = [["", *(str(x) for x in range(view.columns))]]
    for y in range(view.rows):
        cells = [str(view.counts.get((x, y), 0)) if (x, y) in view.launched else "." for x in range(view.columns)]
        rows.append([str(y), *cells])
    lines += _table(rows)
    owners = view.owners()
    width = max((len(f"{x},{y}") for (x, y), _ in owners.values()), default=0) + 1
    if owners and view.blocks <= MAX_DRAWN and view.block_columns * width <= TERMINAL_COLUMNS:
        lines += ["", "core x,y of each block (rows of blocks down, columns to the right)"]
        table: list[list[str]] = [[] for _ in range(view.block_rows)]
        for block in range(view.blocks):
            owner = owners.get(block)
            table[block // view.block_columns].append(f"{owner[0][0]},{owner[0][1]}" if owner else "?")
        lines += _table(table)
    lines += ["", "tensors", *(f"  {tensor.text}" for tensor in view.tensors)]
    lines += ["", "kernels", *(f"  {k['name']}: {k['path']}" for k in view.program.get("kernels", []))]
    for cores, parts in view.l1_maps():
        lines += ["", _l1_title(cores, parts), *(f"  {part.size:8} {part}" for part in parts)]
    return "\n".join(lines)


def _color(core: Core, view: PlanView) -> str:
    """A colour for each core: neighbours differ in hue, rows in lightness."""
    hue = (core[0] / max(view.columns, 1) + core[1] * 0.13) % 1
    red, green, blue = colorsys.hls_to_rgb(hue, 0.62 + 0.22 * ((core[0] + core[1]) % 2), 0.6)
    return f"#{int(red * 255):02x}{int(green * 255):02x}{int(blue * 255):02x}"


def plan_svg(plan: Mapping[str, Any]) -> str:
    """The plan as an SVG picture: the grid of cores on the left, the grid of blocks on the right."""
    view = PlanView(plan)
    cell, margin, head = 54, 24, 64
    shapes: list[str] = []

    def text(x: float, y: float, content: str, size: int = 12, anchor: str = "start", fill: str = "#222") -> None:
        shapes.append(
            f'<text x="{x:.1f}" y="{y:.1f}" font-size="{size}" text-anchor="{anchor}" fill="{fill}">'
            f"{escape(content)}</text>"
        )

    def box(x: float, y: float, width: float, height: float, fill: str, hint: str, stroke: str = "#888") -> None:
        shapes.append(
            f'<rect x="{x:.1f}" y="{y:.1f}" width="{width:.1f}" height="{height:.1f}" fill="{fill}" '
            f'stroke="{stroke}"><title>{escape(hint)}</title></rect>'
        )

    text(margin, 26, view.title(), 16)
    text(margin, head - 10, "cores: blocks, shards held", fill="#555")
    for y in range(view.rows):
        for x in range(view.columns):
            core = (x, y)
            left, top = margin + x * cell, head + y * cell
            if core not in view.launched:
                box(left, top, cell, cell, "#f4f4f4", f"core {core}: not launched", "#ccc")
            else:
                count = view.counts.get(core, 0)
                box(left, top, cell, cell, _color(core, view) if count else "#fff", f"core {core}: {count} blocks")
                text(left + cell / 2, top + 22, str(count), 15, "middle")
            held = [t.name for t in view.tensors if t.memory == "L1" and core in t.shards]
            text(left + cell / 2, top + 40, " ".join(held), 10, "middle", "#333")
            text(left + 3, top + 10, f"{x},{y}", 8, fill="#666")
    right = margin * 2 + view.columns * cell
    owners = view.owners() if view.blocks <= MAX_DRAWN else {}
    side = min(cell, max(6.0, 640 / max(view.block_rows, view.block_columns, 1)))
    if owners:
        text(right, head - 10, "blocks: core, and number in its order", fill="#555")
    elif view.blocks:
        text(right, head - 10, f"{view.blocks} blocks: too many to draw", fill="#555")
    for block, (core, turn) in owners.items():
        left, top = right + block % view.block_columns * side, head + block // view.block_columns * side
        box(left, top, side, side, _color(core, view), f"block {block}: core {core}, turn {turn}", "#fff")
        if side >= 36:
            text(left + side / 2, top + side / 2, f"{core[0]},{core[1]}", 11, "middle")
            text(left + side / 2, top + side / 2 + 13, f"#{turn}", 9, "middle", "#555")
        elif side >= 18:
            text(left + side / 2, top + side / 2 + 4, str(turn), 10, "middle")
    bottom = head + max(view.rows * cell, view.block_rows * side if owners else 0) + 28
    for tensor in view.tensors:
        text(margin, bottom, tensor.text)
        bottom += 18
    maps = view.l1_maps()
    scale = 720 / max((_bytes(parts) for _, parts in maps), default=1)
    for cores, parts in maps:
        text(margin, bottom + 8, _l1_title(cores, parts), fill="#555")
        at = float(margin)
        for index, part in enumerate(parts):
            long = part.size * scale
            hint = f"{part}: {part.size} bytes"
            box(at, bottom + 16, long, 22, _color((index, index), view), hint)
            if long > 7 * len(part.name):
                text(at + 4, bottom + 31, part.name, 10)
            for place, name in enumerate(part.holds):  # each along the whole shard
                box(at, bottom + 38 + 16 * place, long, 16, "#fff", f"{name} lies on {part.name}", "#555")
                text(at + 4, bottom + 50 + 16 * place, name, 10)
            at += long
        bottom += 52 + 16 * max((len(part.holds) for part in parts), default=0)
    width = max(right + (view.block_columns * side if owners else 180), 900) + margin
    return (
        f'<svg xmlns="http://www.w3.org/2000/svg" width="{width:.0f}" height="{bottom + margin:.0f}" '
        f'font-family="sans-serif"><rect width="100%" height="100%" fill="#fff"/>' + "".join(shapes) + "</svg>\n"
    )
