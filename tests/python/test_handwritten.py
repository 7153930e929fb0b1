"""The hand-written example runs, and every category of error is found in a small mutation of it (docs/emulator.md)."""

import importlib.util
import subprocess
import sys
from pathlib import Path

import pytest
import torch

from tilelang_tenstorrent import EmulatorError
from tilelang_tenstorrent.program import run

EXAMPLE = Path(__file__).parents[2] / "examples" / "handwritten_kernel.py"


@pytest.fixture(scope="module")
def example():
    spec = importlib.util.spec_from_file_location("handwritten_kernel", EXAMPLE)
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


def test_example_runs():
    done = subprocess.run([sys.executable, EXAMPLE], capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stdout + done.stderr
    assert done.stdout.splitlines()[-1].startswith("ok")


WORD = "reinterpret_cast<volatile tt_l1_ptr uint32_t*>(get_write_ptr(1))"
# Category, what is changed in which kernel, and a part of the message.
WRONG = [
    ("deadlock", {"reader": [("t < tiles", "t + 1 < tiles")]}, "waits for 1 pages in CB 0"),
    (
        "deadlock",  # in the chip's time alone: the word changes without a call that the clock sees
        {
            "reader": [("kernel_main() {", f"kernel_main() {{ noc_semaphore_wait({WORD}, 7);")],
            "writer": [("kernel_main() {", f"kernel_main() {{ *{WORD} = 7;")],
        },
        "set words that another role of the core waits for with noc_semaphore_set",
    ),
    ("circular_buffer_overflow", {"reader": [("cb_reserve_back(1, 1);", "")]}, "call cb_reserve_back(1, 1)"),
    ("circular_buffer_underflow", {"compute": [("cb_wait_front(1, 1);", "")]}, "call cb_wait_front(1, 1)"),
    ("missing_barrier", {"reader": [("noc_async_read_barrier();", "")]}, "call noc_async_read_barrier()"),
    ("missing_init", {"compute": [("add_init(0, 1);", "")]}, "Insert add_init"),
    (
        "read_of_unwritten_data",
        {"reader": [("noc_async_read_page(t, b, get_write_ptr(1));", "")]},
        "CB 1 cb1 was pushed",
    ),
    ("out_of_range", {"reader": [("(t, a,", "(t + 1, a,")]}, "page 2 of a buffer that has 2 pages"),
    ("alignment", {"reader": [("get_write_ptr(1)", "get_write_ptr(1) + 4")]}, "congruent modulo 32"),
    ("dst_misuse", {"compute": [("tile_regs_wait();", "")]}, "call tile_regs_wait() first"),
    (
        "unbalanced",
        {"compute": [("get_arg_val<uint32_t>(0)", "1")], "writer": [("get_arg_val<uint32_t>(1)", "1")]},
        "2 were pushed, 1 popped",
    ),
    ("budget_exceeded", {"writer": [("void kernel_main() {", "void kernel_main() { while (true) {}")]}, "does not end"),
    (
        "bad_program",
        {"compute": [("get_arg_val<uint32_t>(0)", "get_arg_val<uint32_t>(1)")]},
        "runtime argument 1 is read",
    ),
    ("kernel_compile_error", {"writer": [("cb_pop_front(", "cb_pop(")]}, "writer_2.cpp:13"),
    (
        "unsupported",
        {
            "reader": [
                ("kernel_main() {", "kernel_main() { noc_inline_dw_write(get_noc_addr_from_bank_id<true>(0, 0), 1);")
            ]
        },
        "noc_inline_dw_write",
    ),
    (
        "assertion",
        {
            "reader": [
                ('#include "api/data', '#include "api/debug/assert.h"\n#include "api/data'),
                ("  for", "  ASSERT(tiles == 1); for"),
            ]
        },
        "ASSERT(tiles == 1) does not hold",
    ),
]


@pytest.mark.parametrize(("category", "changes", "text"), WRONG, ids=[case[0] for case in WRONG])
def test_wrong_kernel_is_explained(example, category, changes, text):
    sources = {}
    for role, pairs in changes.items():
        source = getattr(example, role.upper())
        for old, new in pairs:
            assert old in source
            source = source.replace(old, new)
        sources[role] = source
    a = torch.ones(32, 64, dtype=torch.bfloat16)
    c = torch.zeros_like(a)
    with pytest.raises(EmulatorError) as caught:
        run(example.add(a, a, c, **sources), [a, a, c])
    assert caught.value.category == category
    assert text in str(caught.value)
    assert not c.any()  # a failed run leaves the caller's tensors alone
