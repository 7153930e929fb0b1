"""Target ``tenstorrent``: its options, and how a string, dict or ``Target`` becomes one canonical ``Target``."""

from __future__ import annotations

import json
import os
import re
from collections.abc import Mapping
from typing import Any

from tvm.target import Target

from ._native import build_id, function

KIND = "tenstorrent"
ARCHES = ("wormhole_b0", "blackhole")
MODES = ("emulator", "check", "ttnn")
FIDELITIES = ("LoFi", "HiFi2", "HiFi3", "HiFi4")
NUMERICS = ("fast", "faithful")

# What users write -> what it may be.
OPTIONS = {
    "arch": f"one of {', '.join(ARCHES)}",
    "chip": "a chip description: n150, n300 (one of its chips), p100 or p150; implies arch",
    "core_grid": 'columns x rows, e.g. "8x8" or (8, 8); default: all of the chip',
    "mode": "emulator (default); check: with all of its checks, slower (check:7: the schedule of seed 7 alone); "
    "or ttnn: the device that TT-Metalium finds. TLTT_MODE is the default, where it is set",
    "math_fidelity": f"one of {', '.join(FIDELITIES)} (default HiFi4)",
    "math_approx": "true for the device's approximations of exp, tanh and sigmoid: a fifth of the time or less",
    "dst_full_sync": "true for one DST bank of full size instead of two halves",
    "riscv": "false to refuse what no tile operation covers, instead of running it element by element",
    "numerics": "of the emulator: fast (default) or faithful",
}
# Optimisations that can be switched off one by one, e.g. to measure what each is worth.
OPTIMISATIONS = {
    "multicast": "operands that the cores of a row or column share are read once and multicast",
    "balance": "blocks of unequal length are dealt out so that the cores end together",
    "both_nocs": "the writer's core loads one of two operands, over the other NoC",
    "prefetch": "circular buffers take operands ahead of their use",
    "batch_barriers": "the pages of a block are under way together, with one barrier",
    "output_chunks": "results leave L1 as soon as a part of the block is packed",
    "dst_blocks": "as many tiles share DST as fit, instead of one",
    "group_steps": "a sum takes several steps of its loop at a time, in loading and in adding up in L1",
    "fuse_epilogues": "expressions fuse with one another and with the sum in DST",
    "reciprocals": "a block is multiplied by the reciprocals of a vector instead of divided by it",
    "fold_vectors": "blocks of one row fill whole tiles, instead of one row of each",
    "hoist_init": "units are configured in front of loops where possible",
}
OPTIONS |= {name: f"false to switch off: {meaning}" for name, meaning in OPTIMISATIONS.items()}
# Attributes of a Target that TVM itself adds.
_TVM_OWN = {"kind", "keys", "tag", "host", "device", "version", "libs"}


def _grid(value: object) -> tuple[int, int]:
    if isinstance(value, str) and (match := re.fullmatch(r"(\d+)[x,](\d+)", value)):
        columns, rows = int(match[1]), int(match[2])
    elif isinstance(value, (tuple, list)) and len(value) == 2:
        columns, rows = int(value[0]), int(value[1])
    else:
        raise ValueError(f'core_grid={value!r}: expected columns x rows, e.g. "8x8" or (8, 8)')
    if columns < 1 or rows < 1:
        raise ValueError(f"core_grid={value!r}: both extents must be at least 1")
    return columns, rows


def _flag(name: str, value: object) -> int:
    if isinstance(value, str):
        if value.lower() not in ("0", "1", "true", "false"):
            raise ValueError(f"{name}={value!r}: expected true or false")
        return int(value.lower() in ("1", "true"))
    return int(bool(value))


def _choice(name: str, value: object, allowed: tuple[str, ...]) -> str:
    for candidate in allowed:
        if str(value).lower() == candidate.lower():
            return candidate
    raise ValueError(f"{name}={value!r}: expected one of {', '.join(allowed)}")


def default_mode() -> str:
    return os.environ.get("TLTT_MODE", MODES[0])


def _mode(value: str) -> str:
    name, colon, seed = value.partition(":")
    name = _choice("mode", name, MODES)
    if colon and (name == "ttnn" or not seed.isdecimal()):
        raise ValueError(f"mode={value!r}: a seed is a number behind emulator: or check:, as in check:7")
    return name + colon + seed


def default_optimisation() -> str:
    """What optimisations are that a target does not name: the environment's TLTT_OPTIMISE (0: off), else on."""
    return os.environ.get("TLTT_OPTIMISE", "1")


def chip(name: str) -> dict[str, Any]:
    """A chip description (``name``, ``arch``, ``grid``, ``clock_mhz``, ...); ValueError names the known ones."""
    return json.loads(str(function("runtime.chip")(name)))


def default_chip(arch: str) -> dict[str, Any]:
    return json.loads(str(function("runtime.default_chip")(_choice("arch", arch, ARCHES))))


def make_target(options: Mapping[str, object]) -> Target:
    """The canonical Target of user options; every attribute is spelled out, so equal meanings have equal cache keys."""
    given = {name: value for name, value in options.items() if value not in (None, "")}
    # A Target given back to us carries the grid under the names of its attributes.
    columns, rows = int(str(given.pop("grid_x", 0))), int(str(given.pop("grid_y", 0)))
    if columns and rows:
        given.setdefault("core_grid", (columns, rows))
    if unknown := sorted(set(given) - set(OPTIONS) - _TVM_OWN):
        known = "\n".join(f"  {name}: {meaning}" for name, meaning in OPTIONS.items())
        raise ValueError(f"target tenstorrent has no option {', '.join(unknown)}; its options are\n{known}")

    if str(given.get("arch", "")).lower() == "grayskull":
        function("runtime.default_chip")("grayskull")  # refuses it, with the reason
    arch = _choice("arch", given["arch"], ARCHES) if "arch" in given else None
    if "chip" in given:
        facts = chip(str(given["chip"]))
        if arch is not None and arch != facts["arch"]:
            raise ValueError(f"chip {facts['name']} is a {facts['arch']}, but arch={arch} was asked for")
    else:
        facts = default_chip(arch or ARCHES[0])
    grid = tuple(facts["grid"])
    wanted = _grid(given["core_grid"]) if "core_grid" in given else grid
    if wanted[0] > grid[0] or wanted[1] > grid[1]:
        raise ValueError(f"core_grid {wanted[0]}x{wanted[1]} is larger than the {grid[0]}x{grid[1]} of {facts['name']}")
    mode = _mode(str(given.get("mode", default_mode())))
    return Target(
        {
            "kind": KIND,
            "arch": facts["arch"],
            "chip": facts["name"],
            "grid_x": wanted[0],
            "grid_y": wanted[1],
            "mode": mode,
            "math_fidelity": _choice("math_fidelity", given.get("math_fidelity", "HiFi4"), FIDELITIES),
            "math_approx": _flag("math_approx", given.get("math_approx", 0)),
            "dst_full_sync": _flag("dst_full_sync", given.get("dst_full_sync", 0)),
            **{name: _flag(name, given.get(name, default_optimisation())) for name in OPTIMISATIONS},
            "riscv": _flag("riscv", given.get("riscv", 1)),
            "numerics": _choice("numerics", given.get("numerics", NUMERICS[0]), NUMERICS),
            "version": build_id(),
        }
    )


def _parse_string(text: str) -> dict[str, object]:
    options: dict[str, object] = {}
    for word in text.split()[1:]:
        match = re.fullmatch(r"--?([a-z_]+)=(\S+)", word)
        if match is None:
            raise ValueError(
                f'target "{text}": cannot read {word!r}; write e.g. "{KIND} -arch=blackhole -core_grid=4x4"'
            )
        options[match[1]] = match[2]
    return options


def normalize_target(target: object) -> Target | None:
    """TileLang's hook: the canonical Target when ``target`` means us, else None."""
    if isinstance(target, Target):
        if target.kind.name != KIND:
            return None
        # Canonical already: keep the object, and with it the host that TileLang attached.
        if target.attrs.get("version", "") == build_id():
            return target
        return make_target(dict(target.attrs.items()))
    if isinstance(target, Mapping):
        if target.get("kind") != KIND:
            return None
        return make_target({str(name): value for name, value in target.items() if name != "kind"})
    if isinstance(target, str) and target.split()[:1] == [KIND]:
        return make_target(_parse_string(target))
    if isinstance(target, str) and target.lstrip().startswith("{"):
        try:
            config = json.loads(target)
        except json.JSONDecodeError:
            return None
        return normalize_target(config) if isinstance(config, dict) else None
    return None
