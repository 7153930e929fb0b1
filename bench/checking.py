"""Rows on the checks: how many wrong kernels they find, whether they report right ones, what the static proof costs."""

from __future__ import annotations

import sys
from collections import Counter
from collections.abc import Callable
from pathlib import Path

from rows import Row, row

TESTS = Path(__file__).resolve().parent.parent / "tests"


def mutants() -> list[Row]:
    """Mutants that are found, over those that end wrong; right kernels that are reported."""
    sys.path[:0] = [str(TESTS / folder) for folder in ("mutants", "passes", "kernels")]
    from corpus import Subject, corpus, examine

    from tilelang_tenstorrent import EmulatorError

    verdicts: Counter[str] = Counter()
    false_alarms = 0
    for name, func in corpus().items():
        verdicts.update(verdict for _, verdict, _ in examine(name))
        try:
            Subject.of(name, func).run(0, "check")
        except EmulatorError:
            false_alarms += 1
    found, wrong = verdicts["found"], verdicts["found"] + verdicts["missed"]
    return [
        Row("check/mutants_found", found, "", wrong, round(found / wrong, 4), 0.98, found >= 0.98 * wrong),
        Row("check/false_alarms", false_alarms, "", len(corpus()), false_alarms, 0, false_alarms == 0),
    ]


def static_proof(kernels: dict[str, object]) -> list[Row]:
    """The proof of the slowest of these kernels, in milliseconds."""
    from tvm import IRModule
    from tvm.target import Target

    from tilelang_tenstorrent._native import function

    times = []
    for func in kernels.values():
        last = []
        function("compiler.compile_with_dumps")(
            IRModule({"main": func.with_attr("global_symbol", "main")}),
            Target({"kind": "tenstorrent"}),
            lambda _, __, mod, last=last: last.append(mod),
        )
        prove = function("compiler.prove_protocol")
        results = [prove(last[-1]) for _ in range(5)]
        assert results[0]["problem"] == "" and results[0]["complete"]
        times.append(min(float(r["milliseconds"]) for r in results))
    return [row("check/static_proof_ms", max(times), "ms", 20.0, 1.0)]


ROWS: dict[str, Callable[[], list[Row]]] = {"check/mutants": mutants}
