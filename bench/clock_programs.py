"""Programs whose times on silicon are published: transfers of one core, and the vendor's kind of multicast GEMM."""

from __future__ import annotations

import struct
from dataclasses import dataclass
from pathlib import Path

import torch

from tilelang_tenstorrent.program import (
    CBDescriptor,
    CBFormatDescriptor,
    ComputeConfigDescriptor,
    CoreCoord,
    CoreRange,
    KernelDescriptor,
    Program,
    ReaderConfigDescriptor,
    SemaphoreDescriptor,
    TensorAddress,
    WriterConfigDescriptor,
)

KERNELS = Path(__file__).parent / "kernels"
IS_DRAM = 2
TILE_BYTES = {"bfloat16": 2048, "Bfp8_b": 1088, "Bfp4_b": 576}


def pages(count: int, page_bytes: int) -> torch.Tensor:
    """A tensor in DRAM of ``count`` pages, without data."""
    return torch.empty(count, page_bytes, dtype=torch.uint8, device="meta")


def transfer(kind: str, arch: str, count: int, size: int, other: tuple[int, int]) -> tuple[Program, list[torch.Tensor]]:
    """``count`` transactions of ``size`` bytes by core (0, 0), with core ``other`` or DRAM."""
    core = CoreCoord(0, 0)
    cores = CoreRange(core, CoreCoord(*other))
    tensor = pages(count if kind.startswith("DRAM") else 1, size)
    kernel = KernelDescriptor(
        str(KERNELS / "transfer.cpp"),
        cores,
        ReaderConfigDescriptor(),
        compile_time_args=[IS_DRAM, size],
        defines={kind: "1"},
        runtime_args=[
            (CoreCoord(x, y), [TensorAddress(0), count if (x, y) == (0, 0) else 0, size, *other])
            for y in range(other[1] + 1)
            for x in range(other[0] + 1)
        ],
    )
    cbs = [CBDescriptor(size, cores, [CBFormatDescriptor(0, "bfloat16", size)])]
    program = Program([kernel], cbs, outputs=[0], layouts=["row_major"], arch=arch, name=kind.lower())
    return program, [tensor]


@dataclass(frozen=True)
class Gemm:
    """A GEMM of M x K x N over a grid of cores, in blocks as TT-Metalium's 2D multicast matmul takes them."""

    arch: str
    grid: tuple[int, int]  # columns, rows
    m: int
    k: int
    n: int
    tile_format: str
    fidelity: str
    sharded: bool  # in0 and the output lie in L1
    k_div: int = 1  # inner blocks that a core's share of the inner axis is cut into
    rounds_m: int = 1
    rounds_n: int = 1

    @property
    def block(self) -> tuple[int, int, int]:
        """Tiles of a block: m, k, n."""
        columns, rows = self.grid
        return (
            self.m // rows // 32 // self.rounds_m,
            self.k // columns // 32 // self.k_div,
            self.n // columns // 32 // self.rounds_n,
        )

    @property
    def sub_block(self) -> tuple[int, int]:
        """The largest that DST holds; an output in L1 wants whole rows or single ones."""
        block_m, _, block_n = self.block
        choices = [(4, 2), (2, 4), (8, 1), (1, 8), (7, 1), (1, 7), (3, 2), (2, 3), (6, 1), (1, 6), (5, 1), (1, 5)]
        choices += [(2, 2), (4, 1), (1, 4), (3, 1), (1, 3), (2, 1), (1, 2), (1, 1)]
        for height, width in choices:
            if block_m % height or block_n % width:
                continue
            if self.sharded and height != 1 and width != block_n:
                continue
            return height, width
        raise ValueError(f"no sub-block fits {self.block}")

    @property
    def ideal_cycles(self) -> float:
        phases = {"LoFi": 1, "HiFi2": 2, "HiFi3": 3, "HiFi4": 4}[self.fidelity]
        return self.m * self.k * self.n / 32**3 * 16 * phases / (self.grid[0] * self.grid[1])

    def program(self) -> tuple[Program, list[torch.Tensor]]:
        columns, rows = self.grid
        block_m, block_k, block_n = self.block
        sub_m, sub_n = self.sub_block
        tile = TILE_BYTES[self.tile_format]
        tiles_m, tiles_k, tiles_n = self.m // 32, self.k // 32, self.n // 32
        blocks_k = tiles_k // block_k
        cores = CoreRange(CoreCoord(0, 0), CoreCoord(columns - 1, rows - 1))
        every = [CoreCoord(x, y) for y in range(rows) for x in range(columns)]
        shard_k = tiles_k // columns
        accessor = [IS_DRAM, tile]
        rounds = [self.rounds_m, self.rounds_n]
        # What reads DRAM most is on NoC 0, whose routes spread over the rows of the DRAM tiles.
        kernels = [
            KernelDescriptor(
                str(KERNELS / "gemm_in0.cpp"),
                cores,
                WriterConfigDescriptor(),
                compile_time_args=[*accessor, block_m, block_k, blocks_k, *rounds, columns, shard_k],
                defines={"SHARDED": "1"} if self.sharded else {},
                runtime_args=[(c, [TensorAddress(0), c.x, c.y]) for c in every],
            ),
            KernelDescriptor(
                str(KERNELS / "gemm_compute.cpp"),
                cores,
                ComputeConfigDescriptor(math_fidelity=self.fidelity, math_approx_mode=True),
                compile_time_args=[block_m, block_n, block_k, blocks_k, sub_m, sub_n, rounds[0] * rounds[1]],
            ),
            KernelDescriptor(
                str(KERNELS / "gemm_in1_out.cpp"),
                cores,
                ReaderConfigDescriptor(),
                compile_time_args=[
                    *accessor, *accessor, block_n, block_k, blocks_k, *rounds, rows, tiles_n, block_m, sub_m, sub_n
                ],
                defines={"OUT_IN_L1": "1"} if self.sharded else {},
                runtime_args=[(c, [TensorAddress(1), TensorAddress(2), c.x, c.y]) for c in every],
            ),
        ]  # fmt: skip
        form = self.tile_format

        def buffer(tiles: int, *indices: int) -> CBDescriptor:
            return CBDescriptor(tiles * tile, cores, [CBFormatDescriptor(i, form, tile) for i in indices])

        cbs = [
            buffer(2 * block_m * block_k, 0),
            buffer(2 * block_n * block_k, 1),
            buffer(block_m * block_n, 16, 24),
        ]
        if self.sharded:
            cbs.append(buffer(block_m * shard_k, 2))
        tensors = [
            pages(1 if self.sharded else tiles_m * tiles_k, tile),
            pages(tiles_k * tiles_n, tile),
            pages(1 if self.sharded else tiles_m * tiles_n, tile),
        ]
        semaphores = [SemaphoreDescriptor(i, cores) for i in range(4)]
        program = Program(
            kernels,
            cbs,
            semaphores,
            outputs=[2],
            layouts=["row_major"] * 3,
            arch=self.arch,
            name="gemm",
        )
        return program, tensors


@dataclass(frozen=True)
class Attention:
    """Flash attention forward of one sequence on a chip: chunks of q rows and k columns, all cores alike."""

    chip: str
    grid: tuple[int, int]
    sequence: int
    heads: int
    kv_heads: int
    head_dim: int
    q_chunk: int
    k_chunk: int
    causal: bool
    tile_format: str = "Bfp8_b"
    fidelity: str = "HiFi2"

    def program(self) -> tuple[Program, list[torch.Tensor]]:
        columns, rows = self.grid
        q, k, d = self.q_chunk // 32, self.k_chunk // 32, self.head_dim // 32
        chunks, k_chunks = self.sequence // self.q_chunk, self.sequence // self.k_chunk
        cores = CoreRange(CoreCoord(0, 0), CoreCoord(columns - 1, rows - 1))
        tile = TILE_BYTES[self.tile_format]
        head_pages = self.sequence // 32 * d
        scale = struct.unpack("<I", struct.pack("<f", self.head_dim**-0.5))[0] >> 16
        accessor = [IS_DRAM, tile]
        defines = {"CAUSAL": "1"} if self.causal else {}
        reads, works, writes = [], [], []
        for i in range(columns * rows):
            core = CoreCoord(i % columns, i // columns)
            begin, end = (chunks * self.heads * at // (columns * rows) for at in (i, i + 1))
            reads.append((core, [TensorAddress(0), TensorAddress(1), TensorAddress(2), begin, end]))
            works.append((core, [begin, end]))
            writes.append((core, [TensorAddress(3), begin, end]))
        kernels = [
            KernelDescriptor(
                str(KERNELS / "attention_reader.cpp"),
                cores,
                ReaderConfigDescriptor(),
                compile_time_args=[
                    *accessor,
                    q,
                    k,
                    d,
                    self.sequence // self.k_chunk,
                    chunks,
                    self.heads // self.kv_heads,
                ],
                defines=defines,
                runtime_args=reads,
            ),
            KernelDescriptor(
                str(KERNELS / "attention_compute.cpp"),
                cores,
                ComputeConfigDescriptor(math_fidelity=self.fidelity, math_approx_mode=True),
                compile_time_args=[q, k, d, k_chunks, scale, chunks],
                defines=defines,
                runtime_args=works,
            ),
            KernelDescriptor(
                str(KERNELS / "attention_writer.cpp"),
                cores,
                WriterConfigDescriptor(),
                compile_time_args=[*accessor, q, d],
                defines=defines,
                runtime_args=writes,
            ),
        ]

        def buffer(index: int, tiles: int, form: str) -> CBDescriptor:
            size = TILE_BYTES[form]
            return CBDescriptor(tiles * size, cores, [CBFormatDescriptor(index, form, size)])

        form, wide = self.tile_format, "bfloat16"
        cbs = [buffer(0, q * d, form), buffer(1, 2 * k * d, form), buffer(2, 2 * k * d, form)]
        cbs += [buffer(3, 3, wide), buffer(4, 1, wide), buffer(16, q * d, form), buffer(24, q * k, wide)]
        cbs += [buffer(index, q * d, wide) for index in (25, 26)]
        cbs += [buffer(index, q, wide) for index in (27, 28, 29, 30, 31)]
        arch = "wormhole_b0" if self.chip == "n150" else "blackhole"
        tensors = [pages(n * head_pages, tile) for n in (self.heads, self.kv_heads, self.kv_heads, self.heads)]
        program = Program(
            kernels, cbs, outputs=[3], layouts=["row_major"] * 4, arch=arch, chip=self.chip, name="attention"
        )
        return program, tensors
