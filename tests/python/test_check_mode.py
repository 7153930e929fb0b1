"""Check mode finds what a run happens to survive, and says nothing of right kernels (docs/emulator.md)."""

import importlib.util
from pathlib import Path

import pytest
import tilelang
import tilelang.language as T
import torch

from tilelang_tenstorrent import EmulatorError
from tilelang_tenstorrent.program import (
    CBDescriptor,
    CBFormatDescriptor,
    CoreCoord,
    CoreRange,
    KernelDescriptor,
    Program,
    SemaphoreDescriptor,
    SourceType,
    TensorAccessorArgs,
    TensorAddress,
    WriterConfigDescriptor,
    run,
)

EXAMPLE = Path(__file__).parents[2] / "examples" / "handwritten_kernel.py"


@pytest.fixture(scope="module")
def example():
    spec = importlib.util.spec_from_file_location("handwritten_kernel", EXAMPLE)
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


def changed(example, role, old, new):
    source = getattr(example, role.upper())
    assert old in source
    return {role: source.replace(old, new)}


def tensors(tiles=5):
    torch.manual_seed(0)
    a, b = (torch.randn(32, 32 * tiles, dtype=torch.bfloat16) for _ in range(2))
    return a, b, torch.zeros_like(a)


@pytest.mark.parametrize("mode", ["check", "check:5", "emulator:5", "emulator:6"])
def test_right_kernel(example, mode):
    a, b, c = tensors()
    run(example.add(a, b, c), [a, b, c], mode=mode)
    assert torch.equal(c, a + b)


READ_B = "noc_async_read_page(t, b, get_write_ptr(1));"
# Category, role, what is changed there, and parts of the message: both sides of a race, and the way out.
SURVIVED = [
    (
        "data_race",
        "reader",
        (READ_B, ""),
        ("    cb_reserve_back(0, 1);", f"    {READ_B}\n    cb_reserve_back(0, 1);"),
        (
            "CB cb1",
            "a NoC read of the reader",
            "the unpacker of the compute",
            "reserve the pages",
        ),
    ),
    (
        "data_race",
        "reader",
        (READ_B, f"const uint32_t p = get_write_ptr(1); {READ_B}"),
        ("cb_push_back(1, 1);", "cb_push_back(1, 1); *reinterpret_cast<volatile uint32_t*>(p) = 0;"),
        ("CB cb1", "a store of the reader", "cb_wait_front before they are read"),
    ),
    ("stale_read", "reader", (READ_B, f"if (t < 2) {READ_B}"), ("", ""), ("CB cb1", "before its pages were popped")),
    (
        "unused_data",
        "compute",
        ("add_tiles(0, 1, 0, 0, 0);", "add_tiles(0, 1, 0, 0, 0); add_tiles(0, 1, 0, 0, 1);"),
        ("", ""),
        ("DST tile 1 is released",),
    ),
    (
        "unused_data",
        "compute",
        ("pack_tile(0, 16);", "pack_tile<true>(0, 16, 0); pack_tile<true>(0, 16, 0);"),
        ("", ""),
        ("the packer overwrites a page",),
    ),
]


@pytest.mark.parametrize(("category", "role", "first", "second", "parts"), SURVIVED)
def test_what_a_run_survives_is_found(example, category, role, first, second, parts):
    source = getattr(example, role.upper())
    for old, new in (first, second):
        assert old in source
        source = source.replace(old, new) if old else source
    a, b, c = tensors()
    program = example.add(a, b, c, **{role: source})
    run(program, [a, b, c])  # nothing is seen without the checks
    with pytest.raises(EmulatorError) as caught:
        run(program, [a, b, c], mode="check")
    assert caught.value.category == category
    for part in (*parts, "core (0, 0)", "to fix:"):
        assert part in str(caught.value)


def test_history_and_seed(example):
    """A finding tells what its role did before; one that a drawn schedule brings up tells how to have it again."""
    a, b, c = tensors()
    program = example.add(a, b, c, **changed(example, "reader", READ_B, f"if (t < 2) {READ_B}"))
    with pytest.raises(EmulatorError) as caught:
        run(program, [a, b, c], mode="check:9")
    text = str(caught.value)
    assert "the last calls of this role:" in text
    assert "compute_1.cpp:15: cb_wait_front(0, 1);" in text
    assert "--seed 9 replays it" in text


def test_late_transfers(example):
    """Without its barrier a read may arrive after its use: a drawn schedule shows it, whatever the checks say."""
    a, b, c = tensors(1)
    source = example.READER.replace(
        "noc_async_read_barrier();",
        "volatile uint32_t* p = reinterpret_cast<volatile uint32_t*>(get_write_ptr(1)); p[0] = p[0] + 0;"
        " noc_async_read_barrier(); p[1] = p[0];",
    )
    with pytest.raises(EmulatorError) as caught:
        run(example.add(a, b, c, reader=source), [a, b, c], mode="check")
    assert caught.value.category == "data_race"
    assert "call noc_async_read_barrier() after it" in str(caught.value)


SCRATCH = """
#include "api/dataflow/dataflow_api.h"

void kernel_main() {
  constexpr auto args = TensorAccessorArgs<0>();
  const auto out = TensorAccessor(args, get_arg_val<uint32_t>(0), get_tile_size(0));
  const uint32_t page = get_write_ptr(0);
  volatile tt_l1_ptr uint32_t* words = reinterpret_cast<volatile tt_l1_ptr uint32_t*>(page);
  for (uint32_t i = 0; i < 512; ++i) words[i] = get_absolute_logical_x();
  BODY
  noc_async_write_barrier();
  noc_async_atomic_barrier();
}
"""


def on_four_cores(body, out, **kwargs):
    cores = CoreRange(CoreCoord(0, 0), CoreCoord(3, 0))
    page = TensorAccessorArgs(out).page_size()
    kernel = KernelDescriptor(
        SCRATCH.replace("BODY", body),
        cores,
        WriterConfigDescriptor(),
        SourceType.INLINE,
        compile_time_args=TensorAccessorArgs(out).get_compile_time_args(),
        runtime_args=[(CoreCoord(x, 0), [TensorAddress(0)]) for x in range(4)],
    )
    return Program([kernel], [CBDescriptor(page, cores, [CBFormatDescriptor(0, "bfloat16", page)])], **kwargs)


def test_order_dependence():
    out = torch.zeros(32, 32, dtype=torch.bfloat16)
    program = on_four_cores("noc_async_write_page(0, out, page);", out)
    with pytest.raises(EmulatorError, match="tensor `tensor0` comes out differently") as caught:
        run(program, [out], mode="check")
    assert caught.value.category == "order_dependence"


def test_signal_that_nobody_waits_for():
    out = torch.zeros(32, 32 * 4, dtype=torch.bfloat16)
    write = "noc_async_write_page(get_absolute_logical_x(), out, page); "
    signal = "noc_semaphore_inc(get_noc_addr(0, 0, get_semaphore(1)), 1);"
    wait = " if (get_absolute_logical_x() == 0) noc_semaphore_wait_min(" + (
        "reinterpret_cast<volatile tt_l1_ptr uint32_t*>(get_semaphore(1)), 4);"
    )
    semaphores = [SemaphoreDescriptor(1, CoreRange(CoreCoord(0, 0), CoreCoord(3, 0)))]
    run(on_four_cores(write + signal + wait, out, semaphores=semaphores), [out], mode="check")
    program = on_four_cores(write + signal, out, semaphores=semaphores)
    run(program, [out])
    with pytest.raises(EmulatorError, match="semaphore 1") as caught:
        run(program, [out], mode="check")
    assert caught.value.category == "unseen_signal"


def test_what_a_kernel_leaves_on_purpose_is_no_finding():
    """A part of a block that nobody reads, and products of which only the last is kept."""

    @T.prim_func
    def kernel(A: T.Tensor((64, 64), "bfloat16"), B: T.Tensor((32, 64), "float32"), C: T.Tensor((64, 64), "float32")):
        with T.Kernel(1, threads=128) as _:
            a = T.alloc_shared((64, 32), "bfloat16")
            whole = T.alloc_fragment((64, 64), "float32")
            c = T.alloc_fragment((64, 64), "float32")
            T.copy(A, whole)
            for i, j in T.Parallel(64, 64):
                whole[i, j] += 1.0
            T.copy(whole[32:64, :], B)
            for k in T.serial(2):
                T.copy(A[0, k * 32], a)
                T.gemm(a, a, c, transpose_B=True, clear_accum=True)
            T.copy(c, C)

    a = torch.randn(64, 64, generator=torch.Generator().manual_seed(0)).bfloat16()
    b, c = torch.zeros(32, 64), torch.zeros(64, 64)
    tilelang.compile(kernel, target={"kind": "tenstorrent", "mode": "check"})(a, b, c)
    assert torch.equal(b, a[32:].float() + 1)
    torch.testing.assert_close(c, a[:, 32:].float() @ a[:, 32:].float().T, rtol=1e-5, atol=1e-4)
