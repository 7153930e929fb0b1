"""A GEMM with multicast operands as one writes it by hand, in the style of the SDK's matmul_multicore_reuse_mcast."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from tilelang_tenstorrent import program as tt

HERE = Path(__file__).parent
TILE = 32


def run(
    a: Any,
    b: Any,
    c: Any,
    *,
    grid: tuple[int, int],
    block_k: int,
    sub_block: tuple[int, int],
    fidelity: str,
    fp32: bool,
    arch: str = "wormhole_b0",
) -> dict[str, Any]:
    """c = a @ b, one block of c for each core of ``grid`` (columns, rows); returns the emulator's report.

    ``block_k``: tiles of K in one step; ``sub_block``: tiles (rows, columns) in DST at once; ``fp32``: of the sums.
    """
    (m, k), n = a.shape, b.shape[1]
    columns, rows = grid
    block_m, block_n = m // TILE // rows, n // TILE // columns
    k_tiles, n_tiles = k // TILE, n // TILE
    assert (block_m * rows * TILE, block_n * columns * TILE) == (m, n), "the grid has to divide the matrix"
    assert k_tiles % block_k == 0 and block_m % sub_block[0] == 0 and block_n % sub_block[1] == 0
    cores = tt.CoreRange(tt.CoreCoord(0, 0), tt.CoreCoord(columns - 1, rows - 1))
    every = [tt.CoreCoord(x, y) for y in range(rows) for x in range(columns)]
    accessor = tt.TensorAccessorArgs
    sums = ("Float32", 4096) if fp32 else ("Float16_b", 2048)

    def cb(index: int, tiles: int, data_format: str = "Float16_b", tile_bytes: int = 2048) -> Any:
        return tt.CBDescriptor(tiles * tile_bytes, cores, [tt.CBFormatDescriptor(index, data_format, tile_bytes)])

    steps, last_x, last_y = k_tiles // block_k, columns - 1, rows - 1
    reader = tt.KernelDescriptor(
        str(HERE / "data_movement.cpp"),
        cores,
        tt.ReaderConfigDescriptor(),
        compile_time_args=[
            *(0, block_m, block_k, k_tiles, block_k, steps, 0),
            *accessor(a).get_compile_time_args(),
        ],
        runtime_args=[
            (
                core,
                [
                    *(tt.TensorAddress(0), int(core.x == 0), last_x, 0, core.y, 0, core.y, last_x, core.y),
                    core.y * block_m * k_tiles,
                ],
            )
            for core in every
        ],
    )
    writer = tt.KernelDescriptor(
        str(HERE / "data_movement.cpp"),
        cores,
        tt.WriterConfigDescriptor(),
        defines={"WRITES_OUTPUT": "1"},
        compile_time_args=[
            *(1, block_k, block_n, n_tiles, block_k * n_tiles, steps, 2),
            *accessor(b).get_compile_time_args(),
            *(block_m, block_n, n_tiles, *sub_block),
            *accessor(c).get_compile_time_args(),
        ],
        runtime_args=[
            (
                core,
                [
                    *(tt.TensorAddress(1), int(core.y == 0), last_y, core.x, 0, core.x, last_y, core.x, 0),
                    core.x * block_n,
                    *(tt.TensorAddress(2), core.y * block_m, core.x * block_n),
                ],
            )
            for core in every
        ],
    )
    compute = tt.KernelDescriptor(
        str(HERE / "compute.cpp"),
        cores,
        tt.ComputeConfigDescriptor(math_fidelity=fidelity, fp32_dest_acc_en=fp32),
        compile_time_args=[block_m, block_n, block_k, steps, *sub_block],
    )
    return tt.run(
        tt.Program(
            kernels=[reader, writer, compute],
            cbs=[
                cb(0, 2 * block_m * block_k),
                cb(1, 2 * block_n * block_k),
                cb(16, 2 * sub_block[0] * sub_block[1]),
                cb(24, block_m * block_n, *sums),
            ],
            semaphores=[tt.SemaphoreDescriptor(i, cores) for i in range(4)],
            outputs=[2],
            arch=arch,
            name="handwritten_gemm",
        ),
        [a, b, c],
    )
