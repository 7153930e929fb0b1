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
    """Flash attention forward of one sequence on a chip, in chunks of q rows and k columns.

    Work is cut and read as by ttnn's operation (tt-metal issues 55766 and 56691): whole chunks go to the cores in turn;
    causal, pairs of chunks that take as many steps together as any other pair; a few reads are under way at a time. Not
    causal, cores that share a head pass K and V on in a chain (sdpa_chain_utils.hpp).
    """

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
    reads_in_flight: int = 4
    fp32: bool = False  # sums in DST
    reads: bool = True  # of K and V; without them compute alone is timed

    def chunks_of_cores(self) -> list[list[int]]:
        """The chunks of q rows of every core, counted over all heads."""
        cores, chunks = self.grid[0] * self.grid[1], self.sequence // self.q_chunk
        order = [head * chunks + chunk for head in range(self.heads) for chunk in range(chunks)]
        unit = 1
        if self.causal:
            unit = 2
            pairs = [(pair, chunks - 1 - pair) for pair in range(chunks // 2)]
            order = [head * chunks + chunk for head in range(self.heads) for pair in pairs for chunk in pair]
        units = len(order) // unit
        shares, begin = [], 0
        for core in range(cores):
            end = begin + (units // cores + (core < units % cores)) * unit
            shares.append(order[begin:end])
            begin = end
        return shares

    def chain_args(self, shares: list[list[int]]) -> list[list[int]]:
        """Of every core: which of its chunks a chain serves, the core before, the next one's chunks, the next core."""
        columns, chunks = self.grid[0], self.sequence // self.q_chunk
        args = [[0] * 8 for _ in shares]
        taken: set[int] = set()  # a core is in one chain at most
        for head in range(self.heads):
            heads_of = [[index // chunks for index in share] for share in shares]
            cores = [core for core, heads in enumerate(heads_of) if head in heads and core not in taken]
            if len(cores) < 2 or not any(len(set(heads_of[core])) == 1 for core in cores[:-1]):
                continue
            cores.sort(key=lambda core: -heads_of[core].count(head))  # the next core never has more chunks
            taken.update(cores)
            for place, core in enumerate(cores):
                mine = [heads_of[core].index(head), heads_of[core].count(head)]
                before = cores[place - 1] if place > 0 else None
                after = cores[place + 1] if place + 1 < len(cores) else None
                previous = [0, 0, 0] if before is None else [1, before % columns, before // columns]
                following = [0, 0, 0]
                if after is not None:
                    following = [heads_of[after].count(head), after % columns, after // columns]
                args[core] = mine + previous + following
        return args

    def program(self) -> tuple[Program, list[torch.Tensor]]:
        columns, rows = self.grid
        q, k, d = self.q_chunk // 32, self.k_chunk // 32, self.head_dim // 32
        chunks, k_chunks = self.sequence // self.q_chunk, self.sequence // self.k_chunk
        cores = CoreRange(CoreCoord(0, 0), CoreCoord(columns - 1, rows - 1))
        tile = TILE_BYTES[self.tile_format]
        head_pages = self.sequence // 32 * d
        scale = struct.unpack("<I", struct.pack("<f", self.head_dim**-0.5))[0]
        accessor = [IS_DRAM, tile]
        defines = {"CAUSAL": "1"} if self.causal else {}
        reads, works, writes = [], [], []
        shares = self.chunks_of_cores()
        most = max(map(len, shares))
        chains = [[0] * 8] * len(shares) if self.causal else self.chain_args(shares)
        for i, (share, chain) in enumerate(zip(shares, chains, strict=True)):
            core = CoreCoord(i % columns, i // columns)
            work = [len(share), *share, *[0] * (most - len(share))]
            reads.append((core, [TensorAddress(0), TensorAddress(1), TensorAddress(2), *chain, *work]))
            works.append((core, work))
            writes.append((core, [TensorAddress(3), *work]))
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
                defines={
                    **({} if self.reads else {"NO_READS": "1"}),
                    **({} if self.causal else {"FORWARD": "1"}),
                    **defines,
                    "IN_FLIGHT": str(self.reads_in_flight),
                },
                runtime_args=reads,
            ),
            KernelDescriptor(
                str(KERNELS / "attention_compute.cpp"),
                cores,
                ComputeConfigDescriptor(math_fidelity=self.fidelity, math_approx_mode=True, fp32_dest_acc_en=self.fp32),
                compile_time_args=[q, k, d, k_chunks, scale, chunks, 4 if self.fp32 else 8],
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
        cbs += [buffer(3, 2, wide), buffer(4, 1, wide), buffer(24, q * k, wide)]
        height = 2 if k < 8 and q % 2 == 0 else 1
        cbs += [buffer(5, 2 * height * k, wide), buffer(16, 2 * height * d, form)]
        cbs += [buffer(index, q * d, wide) for index in (25, 26)]
        cbs += [buffer(index, q, wide) for index in (27, 28, 29, 30, 31)]
        arch = "wormhole_b0" if self.chip == "n150" else "blackhole"
        tensors = [pages(n * head_pages, tile) for n in (self.heads, self.kv_heads, self.kv_heads, self.heads)]
        semaphores = [SemaphoreDescriptor(i, cores, initial_value=int(i == 2)) for i in range(3)]
        program = Program(
            kernels,
            cbs,
            semaphores,
            outputs=[3],
            layouts=["row_major"] * 4,
            arch=arch,
            chip=self.chip,
            name="attention",
        )
        return program, tensors
