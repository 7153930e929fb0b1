"""Hand-written kernels through the Python descriptors: right results, and wrong programs explained."""

from pathlib import Path

import pytest
import torch

from tilelang_tenstorrent import EmulatorError
from tilelang_tenstorrent.program import (
    CBDescriptor,
    CBFormatDescriptor,
    ComputeConfigDescriptor,
    CoreCoord,
    CoreRange,
    KernelDescriptor,
    Program,
    ReaderConfigDescriptor,
    TensorAccessorArgs,
    TensorAddress,
    WriterConfigDescriptor,
    run,
)

KERNELS = Path(__file__).parent / "kernels"


def gemm(a, b, c, cores=1, defines=None, pages=2, reader_count=None):
    """C = A @ B with the output tiles shared out over a row of cores."""
    mt, kt, nt = a.shape[0] // 32, a.shape[1] // 32, b.shape[1] // 32
    each = mt * nt // cores
    assert each * cores == mt * nt
    grid = CoreRange(CoreCoord(0, 0), CoreCoord(cores - 1, 0))
    rows = [(CoreCoord(x, 0), x * each) for x in range(cores)]
    accessors = [TensorAccessorArgs(t).get_compile_time_args() for t in (a, b, c)]
    reader = KernelDescriptor(
        str(KERNELS / "gemm_reader.cpp"),
        grid,
        ReaderConfigDescriptor(),
        compile_time_args=[kt, nt, *accessors[0], *accessors[1]],
        runtime_args=[
            (core, [TensorAddress(0), TensorAddress(1), first, each if reader_count is None else reader_count])
            for core, first in rows
        ],
        defines=defines or {},
    )
    compute = KernelDescriptor(
        str(KERNELS / "gemm_compute.cpp"),
        grid,
        ComputeConfigDescriptor(fp32_dest_acc_en=True),
        compile_time_args=[kt],
        runtime_args=[(core, [each]) for core, _ in rows],
    )
    writer = KernelDescriptor(
        str(KERNELS / "gemm_writer.cpp"),
        grid,
        WriterConfigDescriptor(),
        compile_time_args=accessors[2],
        runtime_args=[(core, [TensorAddress(2), first, each]) for core, first in rows],
    )
    size = TensorAccessorArgs(a).page_size()
    cbs = [
        CBDescriptor(pages * size, grid, [CBFormatDescriptor(index, str(a.dtype).removeprefix("torch."), size)])
        for index in (0, 1, 16)
    ]
    return Program(kernels=[reader, compute, writer], cbs=cbs, outputs=[2], name="gemm")


def tensors(m, k, n, dtype=torch.bfloat16):
    torch.manual_seed(0)
    return torch.randn(m, k, dtype=dtype), torch.randn(k, n, dtype=dtype), torch.zeros(m, n, dtype=dtype)


@pytest.mark.parametrize("dtype", [torch.bfloat16, torch.float16, torch.float32])
@pytest.mark.parametrize(("m", "k", "n", "cores"), [(32, 32, 32, 1), (64, 96, 128, 4)])
def test_gemm_is_right(dtype, m, k, n, cores):
    a, b, c = tensors(m, k, n, dtype)
    report = run(gemm(a, b, c, cores), [a, b, c])
    torch.testing.assert_close(c.float(), a.float() @ b.float(), rtol=1e-2, atol=5e-2)
    assert report["core_count"] == cores
    assert report["cycles"] > 0
    assert report["matmul_tiles"] == m * k * n // 32**3


def test_same_program_same_cycles():
    a, b, c = tensors(64, 64, 64)
    first, second = (run(gemm(a, b, c, 2), [a, b, c]) for _ in range(2))
    assert first["cycles"] == second["cycles"]
    assert first["cores"] == second["cores"]


def test_starved_compute_is_a_deadlock_and_the_process_lives():
    a, b, c = tensors(32, 32, 32)
    with pytest.raises(EmulatorError) as caught:
        run(gemm(a, b, c, reader_count=0), [a, b, c])
    assert caught.value.category == "deadlock"
    run(gemm(a, b, c), [a, b, c])
    torch.testing.assert_close(c.float(), a.float() @ b.float(), rtol=1e-2, atol=5e-2)


def test_missing_barrier_is_found():
    a, b, c = tensors(32, 32, 32)
    with pytest.raises(EmulatorError) as caught:
        run(gemm(a, b, c, defines={"NO_BARRIER": "1"}), [a, b, c])
    assert caught.value.category == "missing_barrier"
    assert "gemm_reader.cpp" in str(caught.value)


def test_description_errors_name_the_entry():
    a, b, c = tensors(32, 32, 32)
    program = gemm(a, b, c)
    program.kernels[1].config.math_fidelity = "HiFi9"
    with pytest.raises(ValueError, match="HiFi9 is unknown"):
        run(program, [a, b, c])
    program = gemm(a, b, c)
    program.kernels[0].runtime_args[0][1][0] = TensorAddress(7)
    with pytest.raises(ValueError, match="names tensor 7 of 3"):
        run(program, [a, b, c])
