"""The chip's predicted time of a kernel, without running it on data.

``kernel.predicted_time()`` of a compiled TileLang kernel, and ``predict(program, tensors)`` of a hand-written program
(``program.py``), return a :class:`PredictedTime`.
"""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any

from ._native import function
from .kernel import _call
from .program import Program, describe

UNITS = ("reader", "unpack", "math", "pack", "writer")
CAUSES = ("busy", "cb_space", "cb_pages", "semaphore", "reads", "writes", "noc_queue", "dst", "operands")


@dataclass(frozen=True)
class UnitTime:
    """A unit's cycles in all its cores, by what it spent them on."""

    unit: str
    cycles: dict[str, int]
    line: int | None = None  # of the unit's kernel; None: the whole kernel
    kernel: int | None = None

    @property
    def waiting(self) -> int:
        return sum(cycles for cause, cycles in self.cycles.items() if cause != "busy")


@dataclass(frozen=True)
class PredictedTime:
    """``cycles`` and ``microseconds`` of the kernel on the chip; a launch from a queue adds ``launch_microseconds``."""

    cycles: int
    microseconds: float
    launch_microseconds: float
    math_busy_share: float
    report: dict[str, Any] = field(repr=False)

    @classmethod
    def of(cls, report: dict[str, Any]) -> PredictedTime:
        return cls(
            report["cycles"],
            report["microseconds"],
            report["launch_microseconds"],
            report["math_busy_share"],
            report,
        )

    @property
    def milliseconds(self) -> float:
        return self.microseconds / 1000

    def units(self) -> list[UnitTime]:
        """Every unit's cycles, summed over the cores."""
        totals: dict[str, dict[str, int]] = {}
        for core in self.report["cores"]:
            for unit in UNITS:
                for cause in CAUSES:
                    cycles = core.get(unit, {}).get(cause, 0)
                    if cycles:
                        times = totals.setdefault(unit, {})
                        times[cause] = times.get(cause, 0) + cycles
        return [UnitTime(unit, totals[unit]) for unit in UNITS if unit in totals]

    def lines(self) -> list[UnitTime]:
        """Cycles by source line, most first."""
        times = [
            UnitTime(entry["unit"], {c: entry[c] for c in CAUSES if c in entry}, entry["line"], entry["kernel"])
            for entry in self.report["lines"]
        ]
        return sorted(times, key=lambda time: -sum(time.cycles.values()))

    def timeline(self) -> list[list[Any]]:
        """[x, y, unit, cause, kernel, line, begin, end] of every stretch; empty unless it was asked for."""
        return self.report.get("timeline", [])


def predicted_time(kernel: Any, timeline: bool = False) -> PredictedTime:
    """The predicted time of a compiled kernel (a TileLang ``JITKernel``)."""
    return PredictedTime.of(json.loads(str(_call(kernel, "predict", timeline))))


def predict_files(files: dict[str, str], timeline: bool = False) -> PredictedTime:
    """The predicted time of a kernel's five files."""
    return PredictedTime.of(json.loads(str(function("runtime.predict_program")(files, timeline))))


def predict(program: Program, tensors: Sequence[Any], timeline: bool = False) -> PredictedTime:
    """The predicted time of a hand-written program; of the tensors only shape and dtype count (``device="meta"``)."""
    report = function("runtime.predict_description")(describe(program, tensors), timeline)
    return PredictedTime.of(json.loads(str(report)))
