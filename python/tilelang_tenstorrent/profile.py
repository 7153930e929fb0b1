"""Where a kernel's predicted time goes: ``kernel.profile()``, ``tltt profile FILE``.

The C++ runtime runs the kernel on the emulator's clock, without data, and aggregates what the clock saw; this module
puts it into words, pages and files. docs/profile.md explains how to read them.
"""

from __future__ import annotations

import csv
import io
import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from ._native import function

UNITS = ("reader", "unpack", "math", "pack", "writer")
TRACE_EVENTS = 1_000_000  # of a trace file; cores that end early are left out beyond that

_BOUNDS = {
    "math": "math",
    "unpack": "unpack",
    "pack": "pack",
    "issue": "issue (RISC-V cores)",
    "dram": "DRAM",
    "noc": "NoC",
    "waiting": "waiting",
    "imbalance": "uneven work",
}


@dataclass(frozen=True)
class Advice:
    """Something to change. ``options`` are target options that do it; where there are none the kernel is to be changed.

    ``cycles``: the predicted time with these options, where it was tried.
    """

    code: str
    text: str
    options: dict[str, str] = field(default_factory=dict)
    cycles: int | None = None


@dataclass(frozen=True)
class Line:
    """A line of the user's kernel: shares of the kernel's time, per core that has the unit, at work and waiting."""

    file: str
    line: int
    text: str
    busy: dict[str, float]
    waiting: dict[str, float]
    stall: str  # the cause of the longest wait, with its unit: "unpack: cb_pages"; "" for none


@dataclass(frozen=True)
class Profile:
    """The profile of a kernel. ``data`` is everything, as the runtime gives it (docs/profile.md)."""

    data: dict[str, Any] = field(repr=False)
    sources: dict[str, list[str]] = field(repr=False)  # lines of the user's files, by name, where they are known
    trace: str = field(default="", repr=False)  # trace events as JSON text, for Perfetto
    advice: tuple[Advice, ...] = ()

    @property
    def cycles(self) -> int:
        return self.data["cycles"]

    @property
    def microseconds(self) -> float:
        return self.data["microseconds"]

    @property
    def bound(self) -> str:
        """What the time is bound by: math, unpack, pack, issue, dram, noc, waiting or imbalance."""
        return self.data["bound"]["kind"]

    def lines(self) -> list[Line]:
        """The user's lines that cost time, in the order of the files."""
        core_count = {unit: sum(unit in core for core in self.data["cores"]) for unit in UNITS}
        result = []
        for entry in self.data["lines"]["user"]:
            file, number = self.data["source_files"][entry["file"]], entry["line"]
            busy, waiting, longest = {}, {}, (0.0, "")
            for unit, cycles in entry["units"].items():
                total = self.cycles * max(core_count[unit], 1)
                busy[unit] = cycles.get("busy", 0) / total
                waiting[unit] = sum(value for cause, value in cycles.items() if cause != "busy") / total
                for cause, value in cycles.items():
                    if cause != "busy":
                        longest = max(longest, (value / total, f"{unit}: {cause}"))
            text = self.sources.get(file, [])
            result.append(
                Line(file, number, text[number - 1] if 0 < number <= len(text) else "", busy, waiting, longest[1])
            )
        return result

    @property
    def gains(self) -> list[tuple[str, float]]:
        """The share of the time that each part of the chip would save if it were twice as fast, the best first."""
        saved = {part: 1 - cycles / self.cycles for part, cycles in self.data["what_if"].items()}
        return sorted(((part, max(share, 0.0)) for part, share in saved.items()), key=lambda gain: -gain[1])

    def summary(self) -> str:
        """The verdict as text: time, use of the units, what bounds the kernel and why, advice."""
        data = self.data
        lines = [
            f"{data['kernel']} on {data['chip']}: {self.microseconds:.1f} us ({self.cycles} cycles) on "
            f"{len(data['cores'])} of {data['grid'][0] * data['grid'][1]} cores; a launch adds "
            f"{data['launch_microseconds']:.1f} us",
            f"bound by {_BOUNDS[self.bound]}: {data['bound']['text']}",
        ]
        lines += [f"    {step}" for step in data["bound"]["chain"]]
        lines.append("")
        lines.append("  unit     at work  waiting  longest wait for")
        for unit in UNITS:
            if (shares := data["units"].get(unit)) is None:
                continue
            waits = {cause: share for cause, share in shares.items() if cause != "busy"}
            cause = max(waits, key=lambda name: waits[name], default="")
            longest = f"{cause} {waits[cause]:.0%}" if cause else ""
            lines.append(f"  {unit:7} {shares.get('busy', 0):8.0%} {sum(waits.values()):8.0%}  {longest}")
        read, written = data["dram_read_bytes"] / 1e6, data["dram_write_bytes"] / 1e6
        lines.append(
            f"  DRAM {data['dram_busy']['mean']:.0%} at work ({read:.1f} MB read, {written:.1f} MB written), "
            f"NoC {data['noc_busy_max']:.0%} where it is busiest"
        )
        lines.append(
            "  if one part were twice as fast: " + ", ".join(f"{part} -{gain:.0%}" for part, gain in self.gains)
        )
        for advice in self.advice:
            lines.append(f"\nadvice [{advice.code}]: {advice.text}")
            if advice.cycles is not None:
                change = (advice.cycles - self.cycles) / self.cycles
                given = " ".join(f"-{name}={value}" for name, value in advice.options.items())
                lines.append(f"    tried {given}: {advice.cycles} cycles ({change:+.0%})")
        return "\n".join(lines)

    def annotated(self, least: float = 0.005) -> str:
        """The user's kernel, each line with the share of the time at work of the five units and its longest wait."""
        by_file: dict[str, list[Line]] = {}
        for line in self.lines():
            by_file.setdefault(line.file, []).append(line)
        out = ["share of the time at work, per core", "reader unpack  math  pack writer  waits"]

        def cell(share: float, width: int) -> str:
            return f"{share:{width}.0%}" if share >= least else " " * width

        for file, lines in by_file.items():
            out.append(f"{'-' * 50} {file}")
            costs = {line.line: line for line in lines}
            text = self.sources.get(file, [])
            first, last = min(costs), max(costs)
            for number in range(first, last + 1):
                code = text[number - 1].rstrip() if number <= len(text) else ""
                if (entry := costs.get(number)) is None:
                    out.append(f"{'':50} {number:4} {code}")
                    continue
                shares = " ".join(cell(entry.busy.get(unit, 0.0), 5) for unit in UNITS)
                wait = max(entry.waiting.values(), default=0.0)
                stall = f"{wait:4.0%} {entry.stall}" if wait >= least else ""
                out.append(f"{shares}  {stall:20} {number:4} {code}"[:160])
        return "\n".join(out)

    def html(self) -> str:
        """A page without references to anything outside it."""
        from .report import render

        return render(self)

    def ops_perf_results(self) -> str:
        """The prediction as a CSV in the columns of Tenstorrent's profiler, for ``tt-perf-report``."""
        return _ops_perf_results(self.data)

    def save(self, folder: str | Path) -> Path:
        """Writes profile.json, profile.html, trace.json (where it was recorded) and ops_perf_results.csv."""
        path = Path(folder)
        path.mkdir(parents=True, exist_ok=True)
        (path / "profile.json").write_text(json.dumps(self.data))
        (path / "profile.html").write_text(self.html())
        (path / "ops_perf_results.csv").write_text(self.ops_perf_results())
        if self.trace:
            (path / "trace.json").write_text(self.trace)
        return path

    def _repr_html_(self) -> str:
        from html import escape

        # In a frame of its own: the page's style and script must not meet the notebook's.
        page = escape(self.html(), quote=True)
        return f'<iframe srcdoc="{page}" style="width:100%;height:900px;border:0" title="kernel profile"></iframe>'


def profile_files(
    files: Mapping[str, str], sources: Mapping[str, list[str]] | None = None, trace: bool = True
) -> Profile:
    """The profile of a kernel's files; ``sources`` are the user's files, name to lines, as far as they are at hand."""
    result = function("runtime.profile")(dict(files), TRACE_EVENTS if trace else 0)
    data = json.loads(str(result["profile"]))
    advice = tuple(Advice(a["code"], a["text"], dict(a["options"])) for a in data["advice"])
    return Profile(data, dict(sources or {}), str(result["trace"]) if trace else "", advice)


def source_lines(func: Any) -> dict[str, list[str]]:
    """The lines of the files that a PrimFunc was written in, by the files' names without their folders."""
    import linecache

    from tilelang.ir import get_stmt_span
    from tvm import tirx

    paths: set[str] = set()

    def visit(node: Any) -> None:
        if isinstance(node, tirx.Stmt) and (span := get_stmt_span(node)) is not None:
            paths.add(str(span.source_name.name))

    tirx.stmt_functor.post_order_visit(func.body, visit)
    return {Path(path).name: lines for path in sorted(paths) if (lines := linecache.getlines(path))}


def profile_function(func: Any, options: Mapping[str, object], trace: bool = True, tries: bool = False) -> Profile:
    """Compiles a PrimFunc for the target of ``options`` and profiles it.

    With ``tries`` every advice that is a matter of target options is compiled and timed as well.
    """
    from dataclasses import replace

    from .compiling import compile_function
    from .target import make_target
    from .timing import predict_files

    profile = profile_files(compile_function(func, make_target(options)), source_lines(func), trace)
    if not tries:
        return profile
    tried = []
    for advice in profile.advice:
        if advice.options:
            target = make_target({**options, **advice.options})
            advice = replace(advice, cycles=predict_files(compile_function(func, target)).cycles)
        tried.append(advice)
    return replace(profile, advice=tuple(tried))


def profile_kernel(kernel: Any, trace: bool = True) -> Profile:
    """``kernel.profile()`` of a compiled TileLang kernel.

    The kernel is compiled anew for it: TileLang's cache keeps kernels whose text has not changed, though it may have
    moved in its file.
    """
    from .kernel import files

    func = getattr(kernel, "prim_func", None)
    target = getattr(kernel, "target", None)
    if func is None or target is None:
        return profile_files(files(kernel), trace=trace)
    from .compiling import compile_function

    return profile_files(compile_function(func, target), source_lines(func), trace)


def _ops_perf_results(data: Mapping[str, Any]) -> str:
    tensors = data["tensors"]
    inputs = [t for t in tensors if t["access"] != "out"]
    outputs = [t for t in tensors if t["access"] != "in"]
    nanoseconds = round(data["microseconds"] * 1000)
    row: dict[str, object] = {
        "OP CODE": "Matmul" if data["matmul_tiles"] else data["kernel"],
        "OP TYPE": "tt_dnn_device",
        "GLOBAL CALL COUNT": 1,
        "DEVICE ID": 0,
        "DEVICE ARCH": data["arch"],
        "ATTRIBUTES": f"{{'kernel': '{data['kernel']}'; 'source': 'predicted by tilelang_tenstorrent'}}",
        "MATH FIDELITY": data["math_fidelity"],
        "CORE COUNT": len(data["cores"]),
        "AVAILABLE WORKER CORE COUNT": data["grid"][0] * data["grid"][1],
        "PARALLELIZATION STRATEGY": "",
        "HOST START TS": 0,
        "HOST END TS": nanoseconds,
        "HOST DURATION [ns]": 0,
        "DEVICE FW START CYCLE": 0,
        "DEVICE FW END CYCLE": data["cycles"],
        "OP TO OP LATENCY [ns]": round(data["launch_microseconds"] * 1000),
        "DEVICE FW DURATION [ns]": nanoseconds,
        "DEVICE KERNEL DURATION [ns]": nanoseconds,
    }
    for name, units in (("BRISC", ("writer",)), ("NCRISC", ("reader",)), ("TRISC", ("unpack", "math", "pack"))):
        end = max((core[u]["end"] for core in data["cores"] for u in units if u in core), default=0)
        row[f"DEVICE {name} KERNEL DURATION [ns]"] = round(end * 1000 / data["clock_mhz"])
    row["DEVICE COMPUTE CB WAIT FRONT [ns]"] = 0
    row["DEVICE COMPUTE CB RESERVE BACK [ns]"] = 0
    for prefix, list_, count in (("INPUT", inputs, 2), ("OUTPUT", outputs, 1)):
        for index in range(count):
            tensor = list_[index] if index < len(list_) else None
            shape = ([1] * 4 + list(tensor["shape"]))[-4:] if tensor else [""] * 4
            if tensor and len(tensor["shape"]) > 4:
                batch = 1
                for extent in tensor["shape"][:-3]:
                    batch *= extent
                shape[0] = batch
            for axis, extent in zip("WZYX", shape, strict=True):
                padded = -(-extent // 32) * 32 if tensor and axis in "YX" and tensor["layout"] == "TILE" else extent
                row[f"{prefix}_{index}_{axis}_PAD[LOGICAL]"] = f"{padded}[{extent}]" if tensor else ""
            row[f"{prefix}_{index}_LAYOUT"] = tensor["layout"] if tensor else ""
            row[f"{prefix}_{index}_DATATYPE"] = _DATATYPES.get(tensor["format"], tensor["format"]) if tensor else ""
            memory = f"DEV_0_{tensor['memory']}_{'SHARDED' if tensor['sharded'] else 'INTERLEAVED'}" if tensor else ""
            row[f"{prefix}_{index}_MEMORY"] = memory
    text = io.StringIO()
    writer = csv.DictWriter(text, row, lineterminator="\n")
    writer.writeheader()
    writer.writerow(row)
    return text.getvalue()


_DATATYPES = {
    "Float16_b": "BFLOAT16",
    "Float32": "FLOAT32",
    "Float16": "FLOAT16",
    "Bfp8_b": "BFLOAT8_B",
    "Bfp4_b": "BFLOAT4_B",
    "Int32": "INT32",
    "UInt32": "UINT32",
    "UInt16": "UINT16",
    "UInt8": "UINT8",
}
