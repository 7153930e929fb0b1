"""What checks find, in a form for editors and CI: text, JSON, SARIF 2.1.0."""

from __future__ import annotations

import json
import re
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

from .diagnostics import DIAGNOSTICS, PAGE
from .errors import EmulatorError
from .versions import VERSION


@dataclass(frozen=True)
class Finding:
    """``level``: error, warning or note. ``file`` and 1-based ``line``, ``column`` where they are known."""

    code: str
    level: str
    message: str
    file: str | None = None
    line: int | None = None
    column: int | None = None
    hint: str = ""

    def __str__(self) -> str:
        place = ":".join(str(part) for part in (self.file, self.line, self.column) if part is not None)
        name = DIAGNOSTICS[self.code].name
        head = f"{place + ': ' if place else ''}{self.level}: {self.message} [{self.code} {name}]"
        return head + (f"\n    way out: {self.hint}" if self.hint else "")


_PLACE = re.compile(r"^\s*--> (?P<file>.+?):(?P<line>\d+)(?::(?P<column>\d+))?\s*$", re.M)
_CODE = re.compile(r"^\s*Code: (TT\d{4})\s*$", re.M)
_WAY_OUT = re.compile(r"^\s*Way out: (.*)$", re.M)
_REMARK = re.compile(r"^(?P<file>.+?):(?P<line>\d+):(?P<column>\d+): (?P<text>.*)$")


def of_refusal(error: Exception) -> Finding:
    """The finding behind an exception of the compiler; its text carries code, line and way out."""
    text = str(error)
    code, place, hint = _CODE.search(text), _PLACE.search(text), _WAY_OUT.search(text)
    if code is None and "InternalError" in type(error).__name__:
        diagnostic = "TT1900"
    else:
        diagnostic = code.group(1) if code else "TT1001"
    return Finding(
        diagnostic,
        "error",
        text.strip().splitlines()[0] if text.strip() else type(error).__name__,
        place["file"] if place else None,
        int(place["line"]) if place else None,
        int(place["column"]) if place and place["column"] else None,
        hint.group(1) if hint else "",
    )


def of_remark(remark: str) -> Finding:
    """The finding behind a line of remarks.txt."""
    place = _REMARK.match(remark)
    text = place["text"] if place else remark
    code = "TT1005" if text.startswith("L1 usage") else "TT1101"  # the two kinds of remarks
    if place is None:
        return Finding(code, "warning", text)
    return Finding(code, "warning", text, place["file"], int(place["line"]), int(place["column"]))


# The user's line of a compiled kernel, else the line of the kernel's C++.
_RAN = (
    re.compile(r"\(of (?P<file>.+?):(?P<line>\d+)\)"),
    re.compile(r", (?P<file>[\w./-]+\.\w+):(?P<line>\d+)$", re.M),
)


def of_emulator(error: EmulatorError) -> Finding:
    """The finding behind what a run broke; what stands behind "to fix:" is its way out."""
    text, _, hint = str(error).partition("to fix: ")
    place = next((match for match in (pattern.search(text) for pattern in _RAN) if match), None)
    return Finding(
        error.code,
        "error",
        text.rstrip(),
        place["file"] if place else None,
        int(place["line"]) if place else None,
        None,
        " ".join(hint.split()),
    )


def as_json(findings: Sequence[Finding]) -> str:
    return json.dumps(
        {"version": VERSION, "findings": [{**asdict(f), "name": DIAGNOSTICS[f.code].name} for f in findings]}, indent=1
    )


def as_sarif(findings: Sequence[Finding]) -> str:
    """One run with a rule for every code that occurs."""
    codes = sorted({finding.code for finding in findings})
    rules = []
    for code in codes:
        entry = DIAGNOSTICS[code]
        rules.append(
            {
                "id": code,
                "name": entry.name,
                "shortDescription": {"text": entry.title},
                "fullDescription": {"text": entry.meaning},
                "help": {"text": f"{entry.remedy} ({PAGE}#{entry.anchor})"},
            }
        )
    results = []
    for finding in findings:
        result: dict[str, Any] = {
            "ruleId": finding.code,
            "ruleIndex": codes.index(finding.code),
            "level": finding.level,
            "message": {"text": finding.message + (f" Way out: {finding.hint}" if finding.hint else "")},
        }
        if finding.file is not None:
            path = Path(finding.file)
            physical: dict[str, Any] = {
                "artifactLocation": {"uri": path.as_uri() if path.is_absolute() else path.as_posix()}
            }
            if finding.line is not None:
                physical["region"] = {"startLine": finding.line}
                if finding.column is not None:
                    physical["region"]["startColumn"] = finding.column
            result["locations"] = [{"physicalLocation": physical}]
        results.append(result)
    log = {
        "$schema": "https://json.schemastore.org/sarif-2.1.0.json",
        "version": "2.1.0",
        "runs": [
            {
                "tool": {"driver": {"name": "tltt", "version": VERSION, "rules": rules}},
                "columnKind": "unicodeCodePoints",
                "results": results,
            }
        ],
    }
    return json.dumps(log, indent=1)
