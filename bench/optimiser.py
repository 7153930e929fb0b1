"""Rows on how good the compiled kernels are, by the emulator's clock: every optimisation against itself switched off
(``ablation/...``), and kernels against published figures, hand-written kernels and DRAM bandwidth (``anchor/...``).
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from rows import Row, row

# Device utilisation of the vendor's tuned GEMMs: ideal cycles over measured cycles.
# tt-metal tech_reports/GEMM_FLOPS/GEMM_FLOPS.md, n150 8x8, bf16.
PUBLISHED_UTILISATION = {(2048, "HiFi2"): 0.6487, (2048, "HiFi4"): 0.8959}
# Of the same chip on 4096^3 there is no bf16 row; 3072 x 4096 x 4096 is the nearest.
CYCLES_PER_TILE = {"LoFi": 16, "HiFi2": 32, "HiFi3": 48, "HiFi4": 64}


def gemm(size: int, block: int, block_k: int, accum: str = "float32", stages: int = 2) -> Any:
    import tilelang.language as T

    @T.prim_func
    def main(
        A: T.Tensor((size, size), "bfloat16"),
        B: T.Tensor((size, size), "bfloat16"),
        C: T.Tensor((size, size), "bfloat16"),
    ):
        with T.Kernel(size // block, size // block, threads=128) as (bx, by):
            a = T.alloc_shared((block, block_k), "bfloat16")
            b = T.alloc_shared((block_k, block), "bfloat16")
            c = T.alloc_fragment((block, block), accum)
            T.clear(c)
            for k in T.Pipelined(size // block_k, num_stages=stages):
                T.copy(A[by * block, k * block_k], a)
                T.copy(B[k * block_k, bx * block], b)
                T.gemm(a, b, c)
            T.copy(c, C[by * block, bx * block])

    return main


def elementwise(size: int, block: int) -> Any:
    import tilelang.language as T

    @T.prim_func
    def main(
        A: T.Tensor((size, size), "bfloat16"),
        B: T.Tensor((size, size), "bfloat16"),
        C: T.Tensor((size, size), "bfloat16"),
    ):
        with T.Kernel(size // block, size // block, threads=128) as (bx, by):
            for i, j in T.Parallel(block, block):
                C[by * block + i, bx * block + j] = (
                    A[by * block + i, bx * block + j] + B[by * block + i, bx * block + j]
                )

    return main


def report(func: Any, tensors: list[Any], **options: Any) -> dict[str, Any]:
    """What the emulator reports of one run of the kernel."""
    import tilelang

    import tilelang_tenstorrent as tt

    kernel = tilelang.compile(func, target={"kind": "tenstorrent", **options})
    kernel(*tensors)
    return tt.last_report(kernel)


def _gemm_report(size: int, block: int, block_k: int, accum: str = "float32", **options: Any) -> dict[str, Any]:
    import torch

    a, b = (torch.randn(size, size, dtype=torch.bfloat16) for _ in range(2))
    c = torch.empty(size, size, dtype=torch.bfloat16)
    result = report(gemm(size, block, block_k, accum), [a, b, c], **options)
    expected = a.float() @ b.float()
    torch.testing.assert_close(c.float(), expected, rtol=2**-5, atol=2e-2 * size**0.5)
    return result


def ablation_gemm() -> list[Row]:
    """A GEMM of 2048^3 with each optimisation off: cycles with all of them over cycles without the one."""
    from tilelang_tenstorrent.target import OPTIMISATIONS

    shape = {"size": 2048, "block": 256, "block_k": 64, "math_fidelity": "HiFi2"}
    best = _gemm_report(**shape)["cycles"]
    return [
        row(f"ablation/gemm_2048/no_{name}", best, "cyc", _gemm_report(**shape, **{name: False})["cycles"], 1.0)
        for name in OPTIMISATIONS
    ]


def anchor_gemm(size: int, fidelity: str, block_k: int) -> list[Row]:
    """A plain GEMM against the cycles that the vendor's tuned one takes."""
    block = size // 8
    cycles = _gemm_report(size, block, block_k, math_fidelity=fidelity)["cycles"]
    ideal = (size // 32) ** 3 * CYCLES_PER_TILE[fidelity] / 64
    published = ideal / PUBLISHED_UTILISATION[size, fidelity]
    return [row(f"anchor/gemm_{size}_{fidelity}", cycles, "cyc", published, 1.0)]


def anchor_handwritten(size: int, fidelity: str, block_k: int, accum: str) -> list[Row]:
    """The same GEMM, written by hand with multicast."""
    import handwritten_gemm
    import torch

    block = size // 8
    cycles = _gemm_report(size, block, block_k, accum, math_fidelity=fidelity)["cycles"]
    a, b = (torch.randn(size, size, dtype=torch.bfloat16) for _ in range(2))
    c = torch.empty(size, size, dtype=torch.bfloat16)
    fp32 = accum == "float32"
    by_hand = handwritten_gemm.run(
        a, b, c, grid=(8, 8), block_k=block_k // 32, sub_block=(2, 2) if fp32 else (2, 4), fidelity=fidelity, fp32=fp32
    )
    torch.testing.assert_close(c.float(), a.float() @ b.float(), rtol=2**-5, atol=2e-2 * size**0.5)
    return [row(f"anchor/handwritten_{size}_{fidelity}_{accum}", cycles, "cyc", by_hand["cycles"], 1.0)]


def anchor_elementwise() -> list[Row]:
    """C = A + B of 2048 x 2048 against the cycles in which DRAM could move its bytes."""
    import torch

    from tilelang_tenstorrent.target import default_chip

    size = 2048
    a, b = (torch.randn(size, size, dtype=torch.bfloat16) for _ in range(2))
    c = torch.empty(size, size, dtype=torch.bfloat16)
    cycles = report(elementwise(size, 64), [a, b, c])["cycles"]
    torch.testing.assert_close(c, a + b)
    chip = default_chip("wormhole_b0")
    dram = 3 * size * size * 2 / (chip["dram_bytes_per_cycle"] * chip["dram_banks"])
    return [row("anchor/elementwise_2048", cycles, "cyc", dram, 1 / 0.9)]


ROWS: dict[str, Callable[[], list[Row]]] = {
    "ablation/gemm_2048": ablation_gemm,
    "anchor/gemm_2048_HiFi2": lambda: anchor_gemm(2048, "HiFi2", 64),
    "anchor/gemm_2048_HiFi4": lambda: anchor_gemm(2048, "HiFi4", 64),
    "anchor/handwritten_2048_bf16": lambda: anchor_handwritten(2048, "HiFi2", 64, "bfloat16"),
    "anchor/handwritten_2048_fp32": lambda: anchor_handwritten(2048, "HiFi2", 64, "float32"),
    "anchor/elementwise_2048": anchor_elementwise,
}
