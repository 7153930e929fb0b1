"""Rows on how good the compiled kernels are, by the emulator's clock: every optimisation against itself switched off
(``ablation/...``), and kernels against published figures, hand-written kernels and DRAM bandwidth (``anchor/...``).
"""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import tuned_kernels
from rows import Row, row

FIGURES = Path(__file__).parent / "figures.json"
CHIP = Path(__file__).parent.parent / "program" / "chips" / "n150.json"
PHASES = {"LoFi": 1, "HiFi2": 2, "HiFi3": 3, "HiFi4": 4}  # of 16 cycles for a product of two tiles


def predicted(func: Any, **options: Any) -> Any:
    """The predicted time of the kernel compiled with these target options."""
    import tilelang

    import tilelang_tenstorrent  # noqa: F401  (registers the target)

    return tilelang.compile(func, target={"kind": "tenstorrent", **options}).predicted_time()


# --- each optimisation switched off ---

ABLATED: dict[str, tuple[Callable[[], Any], dict[str, Any]]] = {
    "gemm_2048": (lambda: tuned_kernels.gemm(2048, 2048, 2048, (256, 256, 64)), {"math_fidelity": "HiFi2"}),
    # Blocks of the size that CUDA kernels use, several for each core, and a grid that no rectangle of cores divides.
    "gemm_small_blocks": (lambda: tuned_kernels.gemm(1408, 1024, 1408, (128, 128, 32)), {"math_fidelity": "HiFi2"}),
    "attention": (lambda: tuned_kernels.attention(8, 2, 2048, 128, 128), {"chip": "p100", "math_fidelity": "HiFi2"}),
    "softmax": (lambda: tuned_kernels.softmax(8192, 1024, 32), {}),
}


def ablation(name: str) -> list[Row]:
    """Cycles with all optimisations over cycles without the one; and over those of the best single change."""
    from tilelang_tenstorrent.target import OPTIMISATIONS

    make, options = ABLATED[name]
    best = predicted(make(), **options).cycles
    without = {o: predicted(make(), **options, **{o: False}).cycles for o in OPTIMISATIONS}
    rows = [row(f"ablation/{name}/no_{o}", best, "cyc", cycles, 1.0) for o, cycles in without.items()]
    none = predicted(make(), **options, **dict.fromkeys(OPTIMISATIONS, False)).cycles
    rows.append(row(f"ablation/{name}/none", best, "cyc", none, 1.0))
    sweep = min(best, none, *without.values(), predicted(make(), **options, dst_full_sync=True).cycles)
    rows.append(row(f"anchor/default_of_sweep/{name}", best, "cyc", sweep, 1.1))
    return rows


# --- (a) the vendor's tuned GEMM: tt-metal tech_reports/GEMM_FLOPS ---

# Table, (M, K, N), block of ours. The tables have no other rows of about 2048^3 and 4096^3.
TUNED = [
    ("N150_8x8_manual", (2048, 2048, 2048), (256, 256, 64)),
    ("N150_8x8_manual", (3072, 4096, 4096), (384, 256, 64)),
    ("N150_8x8_manual", (4096, 4096, 4096), (256, 256, 64)),
    ("P150_13x10_manual", (2560, 3328, 3328), (256, 256, 64)),
    ("P150_13x10_manual", (4160, 4160, 4160), (416, 320, 32)),
]
FORMATS = {"BF16": "bfloat16", "BFP8": "bfp8"}


def anchor_gemm(table: str, shape: tuple[int, int, int], block: tuple[int, int, int]) -> list[Row]:
    """Cycles of the math RISC-V's kernel, mean of the cores, as the published device utilisation counts them."""
    from clock_rows import math_cycles

    published = json.loads(FIGURES.read_text())["gemm"][table]
    chip, columns, lines = ("n150", 8, 8) if table.startswith("N150") else ("p150", 13, 10)
    m, k, n = shape
    rows = []
    for kind, measured in published.items():
        form, fidelity = kind.split("_")
        if form not in FORMATS:
            continue
        for entry in measured:
            if (entry["M"], entry["K"], entry["N"]) != shape:
                continue
            ideal = m * k * n / 32**3 * 16 * PHASES[fidelity] / (columns * lines)
            name = f"anchor/gemm_{chip}_{m}x{k}x{n}_{form}_{fidelity}"
            placements: dict[str, tuple[int, int] | None] = {name: None}
            if entry["mem"] == "S":  # the published one has A and C in L1
                placements[name + "_L1"] = (lines, columns)
            for label, shards in placements.items():
                func = tuned_kernels.gemm(m, k, n, block, data_format=FORMATS[form], shards=shards)
                cycles = math_cycles(predicted(func, chip=chip, math_fidelity=fidelity))
                rows.append(row(label, cycles, "cyc", ideal / entry["device_util_pct"] * 100, 1.0))
    return rows


# --- (b) the same GEMM, written by hand with multicast ---


# Of an element, for each root of the sum's length: bfloat16 rounds every partial sum.
ATOL = {"float32": 2e-2, "bfloat16": 8e-2}


def _gemm_report(size: int, block: int, block_k: int, accum: str, **options: Any) -> dict[str, Any]:
    """What the emulator reports of a run with data."""
    import tilelang
    import torch

    import tilelang_tenstorrent as tt

    func = tuned_kernels.gemm(size, size, size, (block, block, block_k), accum)
    kernel = tilelang.compile(func, target={"kind": "tenstorrent", **options})
    a, b = (torch.randn(size, size, dtype=torch.bfloat16) for _ in range(2))
    c = torch.empty(size, size, dtype=torch.bfloat16)
    kernel(a, b, c)
    torch.testing.assert_close(c.float(), a.float() @ b.float(), rtol=2**-5, atol=ATOL[accum] * size**0.5)
    return tt.last_report(kernel)


def anchor_handwritten(size: int, fidelity: str, block_k: int, accum: str) -> list[Row]:
    import handwritten_gemm
    import torch

    block = size // 8
    cycles = _gemm_report(size, block, block_k, accum, math_fidelity=fidelity)["cycles"]
    a, b = (torch.randn(size, size, dtype=torch.bfloat16) for _ in range(2))
    c = torch.empty(size, size, dtype=torch.bfloat16)
    fp32 = accum == "float32"
    by_hand = handwritten_gemm.run(
        a, b, c, grid=(8, 8), block_k=block_k // 32, sub_block=(4, 1) if fp32 else (8, 1), fidelity=fidelity, fp32=fp32
    )
    torch.testing.assert_close(c.float(), a.float() @ b.float(), rtol=2**-5, atol=ATOL[accum] * size**0.5)
    return [row(f"anchor/handwritten_{size}_{fidelity}_{accum}", cycles, "cyc", by_hand["cycles"], 1.0)]


# --- (c) flash attention: causal, S 4096, 32 and 8 heads of 128, p100 ---


def anchor_attention() -> list[Row]:
    """The share of its time that the math unit idles; goal: 40 %."""
    time = predicted(tuned_kernels.attention(32, 8, 4096, 128, 128), chip="p100", math_fidelity="HiFi2")
    return [row("anchor/attention_p100_math_idle", 1 - time.math_busy_share, "", 0.4, 1.0)]


# --- (d) kernels that DRAM's bandwidth bounds ---

STREAMING: dict[str, tuple[Callable[[], Any], int]] = {  # the kernel, and the tensors of 4 Mi elements that it moves
    "elementwise": (lambda: tuned_kernels.elementwise(2048, 64), 3),
    "softmax": (lambda: tuned_kernels.softmax(4096, 1024, 32), 2),
    "rmsnorm": (lambda: tuned_kernels.rmsnorm(4096, 1024, 32), 2),
}


def anchor_streaming(name: str) -> list[Row]:
    """Against the cycles in which DRAM could move the bytes, by its achievable bandwidth; goal: 90 % of it."""
    make, tensors = STREAMING[name]
    chip = json.loads(CHIP.read_text())["figures"]
    dram = tensors * 2048 * 2048 * 2 / (chip["dram_bytes_per_cycle"]["value"] * chip["dram_banks"]["value"])
    return [row(f"anchor/dram_{name}", predicted(make()).cycles, "cyc", dram, 1 / 0.9)]


# --- the search ---


def tune_rate() -> list[Row]:
    """Candidates of a 1024^3 GEMM that a search decides on in a second, with nothing known before; goal: 50."""
    import tempfile

    from tilelang_tenstorrent.tuning import Space, Store, Subject, search

    sizes = (("m", 1024), ("k", 1024), ("n", 1024))
    blocks = (32, 64, 96, 128, 160, 192, 256, 320, 512)
    space = Space(
        {"block_m": blocks, "block_n": blocks, "block_k": (32, 64, 128)},
        {"core_grid": ("8x8", "8x7", "7x7", "8x4"), "both_nocs": (True, False)},
    )
    subject = Subject(str(Path(__file__).parent / "tuned_kernels.py"), "gemm_of_blocks", sizes)
    with tempfile.TemporaryDirectory() as folder:
        outcome = search(subject, space, jobs=2, store=Store(subject, Path(folder)))
    rate = outcome.candidates / outcome.seconds
    return [Row("tune/candidates_per_second", round(rate, 1), "/s", 50, round(50 / rate, 4), 1.0, rate >= 50)]


ROWS: dict[str, Callable[[], list[Row]]] = {
    **{f"ablation/{name}": lambda name=name: ablation(name) for name in ABLATED},
    **{
        f"anchor/gemm_{table[:4].lower()}_{shape[0]}": lambda table=table, shape=shape, block=block: anchor_gemm(
            table, shape, block
        )
        for table, shape, block in TUNED
    },
    "anchor/handwritten_2048_bf16": lambda: anchor_handwritten(2048, "HiFi2", 64, "bfloat16"),
    "anchor/handwritten_2048_fp32": lambda: anchor_handwritten(2048, "HiFi2", 64, "float32"),
    "anchor/attention": anchor_attention,
    "tune/candidates_per_second": tune_rate,
    **{f"anchor/dram_{name}": lambda name=name: anchor_streaming(name) for name in STREAMING},
}
