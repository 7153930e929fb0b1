"""TensorAccessor on sharded tensors, from hand-written kernels: addresses, locality, and what wrong uses are told."""

import pytest
import torch

from tilelang_tenstorrent import EmulatorError
from tilelang_tenstorrent.program import (
    CBDescriptor,
    CBFormatDescriptor,
    CoreCoord,
    KernelDescriptor,
    Program,
    ReaderConfigDescriptor,
    ShardSpec,
    SourceType,
    TensorAccessorArgs,
    TensorAddress,
    run,
)

CORE = CoreCoord(1, 0)
TILE = 2048
# 4 x 3 tiles in 2 x 2 shards of 2 x 2 tiles: the right ones are half empty.
BANKS = [CoreCoord(1, 0), CoreCoord(3, 2), CoreCoord(0, 1)]
SPEC = ShardSpec((4, 3), (2, 2), BANKS)

# Copies every page of a into c, and leaves in c's last tile what it knows of the shards.
COPY = """
#include "api/dataflow/dataflow_api.h"
void kernel_main() {
    constexpr auto a_args = TensorAccessorArgs<0>();
    const auto a = TensorAccessor(a_args, get_arg_val<uint32_t>(0));
    constexpr auto c_args = TensorAccessorArgs<a_args.next_compile_time_args_offset()>();
    const auto c = TensorAccessor(c_args, get_arg_val<uint32_t>(1));
    const uint32_t l1 = get_write_ptr(0);
    for (uint32_t page = 0; page < 12; ++page) {
        noc_async_read_page(page, a, l1);
        noc_async_read_barrier();
        noc_async_write_page(page, c, l1);
        noc_async_write_barrier();
    }
    auto* out = reinterpret_cast<volatile uint16_t*>(l1);
    for (uint32_t shard = 0; shard < 4; ++shard) out[shard] = a.is_local_shard(shard);
    out[4] = a.is_local_page(0);
    out[5] = a.is_local_page(2);
    out[6] = a.dspec().num_shards();
    const uint32_t coordinates[2] = {2, 1};
    out[7] = a.get_noc_addr(coordinates) == a.get_noc_addr(7);
    out[8] = a.get_shard_noc_addr(3) == a.get_noc_addr(8);
    noc_async_write(l1, c.get_noc_addr(12), 2048);
    noc_async_write_barrier();
}
"""


def program(a, c, spec, source=COPY):
    kernel = KernelDescriptor(
        source,
        CORE,
        ReaderConfigDescriptor(),
        SourceType.INLINE,
        compile_time_args=[
            *TensorAccessorArgs(a, shards=spec).get_compile_time_args(),
            *TensorAccessorArgs(c).get_compile_time_args(),
        ],
        runtime_args=[(CORE, [TensorAddress(0), TensorAddress(1)])],
    )
    buffer = CBDescriptor(TILE, CORE, [CBFormatDescriptor(0, "Float16_b", TILE)])
    return Program([kernel], [buffer], shards={0: spec})


def tensors():
    return torch.randn(128, 96).bfloat16(), torch.zeros(13 * 32, 32).bfloat16()


@pytest.mark.parametrize("memory", ["L1", "DRAM"])
def test_pages_lie_where_the_accessor_looks(memory):
    a, c = tensors()
    banks = BANKS if memory == "L1" else [CoreCoord(bank, 0) for bank in (5, 0, 11)]
    report = run(program(a, c, ShardSpec((4, 3), (2, 2), banks, memory)), [a, c])
    tiles = a.reshape(4, 32, 3, 32).permute(0, 2, 1, 3).reshape(12, 32, 32)
    assert torch.equal(c[: 12 * 32].reshape(12, 32, 32), tiles)
    known = c[12 * 32].view(torch.int16)[:9].tolist()
    local = [1, 0, 0, 1, 1, 0] if memory == "L1" else [0] * 6
    assert known == [*local, 4, 1, 1]
    assert report["dram_read_bytes"] == (0 if memory == "L1" else 12 * TILE)


WRONG = [
    ("out_of_range", [("(a_args, get_arg_val", "(a_args, 64 + 0 * get_arg_val")], "a read of 2048 bytes"),
    (
        "out_of_range",
        [("(a_args, get_arg_val", "(a_args, 2048 * 8 + get_arg_val")],
        "lies in none of its allocations",
    ),
    ("assertion", [("page < 12", "page < 13")], "page_id < distribution_.tensor_volume()"),
    (
        "kernel_compile_error",
        [("TensorAccessor(a_args, get_arg_val<uint32_t>(0))", "TensorAccessor()")],
        "reader_0.cpp",
    ),
    ("kernel_compile_error", [("TensorAccessorArgs<0>", "TensorAccessorArgs<99>")], "fewer compile-time arguments"),
]


@pytest.mark.parametrize(("category", "changes", "text"), WRONG, ids=["default", "dangling", "page", "unbuilt", "args"])
def test_wrong_accessors_are_explained(category, changes, text):
    source = COPY
    for old, new in changes:
        assert old in source
        source = source.replace(old, new)
    a, c = tensors()
    with pytest.raises(EmulatorError) as caught:
        run(program(a, c, SPEC, source), [a, c])
    assert caught.value.category == category
    assert text in str(caught.value)


def test_shards_that_do_not_fit_the_tensor_or_the_chip():
    a, c = tensors()
    with pytest.raises(EmulatorError, match="12 pages whose shape has 8 pages"):
        run(program(a, c, ShardSpec((4, 2), (2, 2), BANKS)), [a, c])
    with pytest.raises(EmulatorError, match=r"a shard lies in core \(9, 0\), which the chip does not have"):
        run(program(a, c, ShardSpec((4, 3), (2, 2), [CoreCoord(9, 0)])), [a, c])


@pytest.mark.parametrize("used", ["a", "c"])
def test_a_placeholder_keeps_its_place_and_is_of_no_use(used):
    """An accessor of no buffer takes its words among the arguments; a kernel that uses it is stopped."""
    a, c = tensors()
    source = (
        COPY.split("auto* out")[0].replace("noc_async_read_page(page, a", f"noc_async_read_page(page, {used}") + "}"
    )
    launch = program(a, c, SPEC, source)
    launch.kernels[0].compile_time_args = [0, 0, *TensorAccessorArgs(c).get_compile_time_args()]
    if used == "c":
        run(launch, [a, c])
        return
    with pytest.raises(EmulatorError, match="TensorAccessorArgs must be created via TensorAccessorArgs::Create"):
        run(launch, [a, c])
