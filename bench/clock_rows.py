"""The clock's accuracy against published times, as rows of the benchmark.

usage: clock_rows.py [--kind gemm|transfers|attention] [--chip n150|p150]   (prints every case)

The figures were fitted on FITTED cases; the others are held out, and the rows report those alone.
"""

from __future__ import annotations

import argparse
import json
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cache
from pathlib import Path

from clock_programs import Attention, Gemm, transfer

from tilelang_tenstorrent.timing import PredictedTime, predict

FIGURES = Path(__file__).parent / "figures.json"


@dataclass(frozen=True)
class Case:
    """One published time and the prediction of it; in cycles."""

    name: str
    measured: float
    predicted: float
    fitted: bool

    @property
    def error(self) -> float:
        return self.predicted / self.measured - 1


@cache
def figures() -> dict:
    return json.loads(FIGURES.read_text())


# --- transfers: TT-Metalium's tests/tt_metal/tt_metal/data_movement ---

TRANSFERS = {
    "wh_one_to_one_write_cycles": ("ONE_TO_ONE_WRITE", "wormhole_b0", (1, 1)),
    "wh_one_from_one_read_cycles": ("ONE_FROM_ONE_READ", "wormhole_b0", (1, 1)),
    "bh_one_to_one_write_cycles": ("ONE_TO_ONE_WRITE", "blackhole", (1, 1)),
    "wh_dram_interleaved_read_cycles": ("DRAM_READ", "wormhole_b0", (0, 0)),
    "wh_dram_interleaved_write_cycles": ("DRAM_WRITE", "wormhole_b0", (0, 0)),
    "wh_mcast_linked_5x5_cycles": ("MULTICAST", "wormhole_b0", (4, 4)),
}
# Two of the five counts of transactions were fitted.
FITTED_COUNTS = (1, 64)


def zone_cycles(time: PredictedTime) -> int:
    """What those tests time: a zone inside of the kernel, without the launch."""
    core = next(c for c in time.report["cores"] if (c["x"], c["y"]) == (0, 0))
    return sum(cycles for cause, cycles in core["reader"].items() if cause != "end")


def transfers() -> Iterator[Case]:
    for table, (kind, arch, other) in TRANSFERS.items():
        for size, *cycles in figures()["data_movement_measured"][table]["rows"]:
            for count, measured in zip((1, 4, 16, 64, 256), cycles, strict=True):
                program, tensors = transfer(kind, arch, count, size, other)
                predicted = zone_cycles(predict(program, tensors))
                yield Case(f"{table[:-7]} {size} B x {count}", measured, predicted, count in FITTED_COUNTS)


# --- GEMM: tech_reports/GEMM_FLOPS; blocks from the benchmark that made it ---

# (M, K, N) of a 1x1 grid -> inner blocks of a core's share, rounds along M and N; where not listed: 1, 1, 1
_BLOCKS = {
    "bfloat16": {
        (256, 384, 384): (2, 1, 1),
        (384, 384, 384): (4, 1, 1),
        (384, 384, 512): (2, 1, 1),
        (384, 512, 512): (2, 1, 1),
        (512, 512, 512): (1, 2, 2),
        (1024, 1024, 1024): (2, 4, 4),
        (2048, 2048, 2048): (4, 8, 8),
    },
    "Bfp8_b": {
        (384, 384, 384): (2, 1, 1),
        (384, 384, 512): (2, 1, 1),
        (512, 512, 512): (1, 2, 2),
        (1024, 1024, 1024): (2, 4, 4),
        (2048, 2048, 2048): (4, 8, 8),
    },
    "Bfp4_b": {
        (384, 512, 512): (2, 1, 1),
        (512, 512, 512): (2, 1, 1),
        (1024, 1024, 1024): (2, 2, 2),
        (2048, 2048, 2048): (4, 4, 4),
    },
}
_FORMATS = {"BF16": "bfloat16", "BFP8": "Bfp8_b", "BFP4": "Bfp4_b"}
# Shapes (of a core) whose rows were fitted, on both chips and in all formats.
FITTED_SHAPES = {(64, 64, 64), (256, 256, 256), (384, 384, 384), (1024, 1024, 1024)}


def gemms() -> Iterator[tuple[Gemm, float, bool]]:
    """Every row: the GEMM, its measured cycles (mean duration of the math RISC-V's kernel), whether it was fitted."""
    for table, arch, grid in (
        ("N150_8x8_manual", "wormhole_b0", (8, 8)),
        ("P150_13x10_manual", "blackhole", (13, 10)),
    ):
        for key, rows in figures()["gemm"][table].items():
            form, fidelity = key.split("_")
            for row in rows:
                base = (row["M"] // grid[1], row["K"] // grid[0], row["N"] // grid[0])
                blocks = _BLOCKS[_FORMATS[form]].get(base, (1, 1, 1))
                sharded = row["mem"] == "S"
                gemm = Gemm(arch, grid, row["M"], row["K"], row["N"], _FORMATS[form], fidelity, sharded, *blocks)
                yield gemm, gemm.ideal_cycles / row["device_util_pct"] * 100, base in FITTED_SHAPES


def math_cycles(time: PredictedTime) -> float:
    """What the published utilisation divides by: when the math unit's kernel ends, on average over the cores."""
    ends = [core["math"]["end"] for core in time.report["cores"]]
    return sum(ends) / len(ends)


def gemm_cases(chip: str = "", largest: int = 1 << 62) -> Iterator[Case]:
    for gemm, measured, fitted in gemms():
        if chip and (chip == "n150") != (gemm.arch == "wormhole_b0"):
            continue
        if gemm.m * gemm.k * gemm.n > largest:
            continue
        program, tensors = gemm.program()
        predicted = math_cycles(predict(program, tensors))
        chip_name = "n150" if gemm.arch == "wormhole_b0" else "p150"
        memory = "L1" if gemm.sharded else "DRAM"
        name = f"{chip_name} {gemm.m}x{gemm.k}x{gemm.n} {gemm.tile_format} {gemm.fidelity} {memory}"
        yield Case(name, measured, predicted, fitted)


# --- attention: tt-metal issues 55756, 55758, 56692, 56694 and 56897, p100a, 32 and 8 heads of 128, bfp8, HiFi2 ---


def attention() -> Iterator[Case]:
    """The rate of DRAM's requests was fitted to one, whose step is published by tile formats (dram_row)."""

    def case(name: str, measured: float, sequence: int, q: int, k: int, causal: bool, reads: bool = True) -> Case:
        attention = Attention("p100", (11, 10), sequence, 32, 8, 128, q, k, causal, reads=reads)
        program, tensors = attention.program()
        fitted = name == "causal_q128k128"
        return Case(f"p100 attention {name}", measured, predict(program, tensors).cycles, fitted)

    for row in figures()["sdpa"]:
        for name, microseconds in row.get("wall_us", {}).items():
            kind, chunks = name.split("_")
            q, k = map(int, chunks[1:].split("k"))
            yield case(name, microseconds * 1350, 4096, q, k, kind == "causal")
        reads = "left out" not in row.get("cfg", "")
        for sequence, cycles in row.get("wall_cycles", {}).items():
            name = f"causal_q128k128 S {sequence}" + ("" if reads else " without reads")
            yield case(name, cycles, int(sequence), 128, 128, True, reads)
        for grid, cycles in row.get("cycles", {}).items():  # a model's prefill: HiFi4, sums in fp32
            columns, rows = map(int, grid.split("x"))
            prefill = Attention("p100", (columns, rows), 4096, 32, 8, 128, 256, 256, True, fidelity="HiFi4", fp32=True)
            predicted = predict(*prefill.program()).cycles
            yield Case(f"p100 attention prefill q256k256 HiFi4 {grid} cores", cycles, predicted, False)


def summary(cases: list[Case]) -> str:
    lines = []
    for label, chosen in (
        ("fitted", [c for c in cases if c.fitted]),
        ("held out", [c for c in cases if not c.fitted]),
    ):
        if chosen:
            errors = [abs(c.error) for c in chosen]
            lines.append(f"{label}: {len(errors)} cases, mean {sum(errors) / len(errors):.1%}, worst {max(errors):.1%}")
    return "\n".join(lines)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--kind", choices=("gemm", "transfers", "attention"), default="gemm")
    parser.add_argument("--chip", default="")
    parser.add_argument("--largest", type=float, default=1e18, help="of the GEMMs: products M*K*N")
    options = parser.parse_args()
    cases = []
    sources = {
        "transfers": transfers,
        "attention": attention,
        "gemm": lambda: gemm_cases(options.chip, int(options.largest)),
    }
    for case in sources[options.kind]():
        cases.append(case)
        mark = "fitted" if case.fitted else ""
        print(f"{case.name:50} {case.measured:12.0f} {case.predicted:12.0f} {case.error:+7.1%} {mark}", flush=True)
    print(summary(cases))


if __name__ == "__main__":
    main()
