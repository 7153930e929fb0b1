"""A measured figure beside the figure that it is held against."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass
class Row:
    """``ratio`` is value over anchor; ``goal`` is the largest ratio that meets it."""

    name: str
    value: float
    unit: str
    anchor: float
    ratio: float
    goal: float
    met: bool


def row(name: str, value: float, unit: str, anchor: float, goal: float) -> Row:
    ratio = value / anchor
    return Row(name, round(value, 6), unit, round(anchor, 6), round(ratio, 4), round(goal, 4), ratio <= goal)
