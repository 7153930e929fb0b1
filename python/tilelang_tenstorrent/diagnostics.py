"""Diagnostics with stable codes: what each means and what to do. docs/diagnostics.md is made of this list.

Codes are never reused. TT1.. come from the compiler, TT2.. from the emulator, TT3.. from the runtime and the plan's
reader, TT4.. from the check against the genuine headers.
"""

from __future__ import annotations

import re
from dataclasses import dataclass


@dataclass(frozen=True)
class Diagnostic:
    """``title`` names the problem, ``meaning`` explains it, ``remedy`` is the usual way out."""

    code: str
    name: str  # a word for configuration files and the emulator's ``category``
    title: str
    meaning: str
    remedy: str

    @property
    def anchor(self) -> str:
        """Of its heading in docs/diagnostics.md."""
        return re.sub(r"[^\w -]", "", f"{self.code} {self.name}".lower()).replace(" ", "-")


_LIST = [
    # --- compiler: the enumeration Code of compiler/src/ir/diagnostics.h ---
    Diagnostic(
        "TT1001",
        "unsupported_construct",
        "A statement or operation has no counterpart on the chip",
        "Neither the tile engine nor a data-movement core has a way to do what the line asks for.",
        "The message names what to write instead; docs/architecture.md lists what kernels may contain.",
    ),
    Diagnostic(
        "TT1002",
        "unsupported_dtype",
        "A data type is not supported here",
        "The dtype has no data format on the chip, or the operation is not defined for it.",
        "Use bfloat16, float16, float32, int32 or uint32 for what is computed on tiles; other integers and bool run "
        "element by element.",
    ),
    Diagnostic(
        "TT1003",
        "block_shape",
        "A block does not have the shape that an operation needs",
        "Blocks are moved and computed as whole tiles of 32 by 32 elements, and both sides of a copy have one shape.",
        "Use block sizes that are multiples of 32 and that agree between the operands.",
    ),
    Diagnostic(
        "TT1004",
        "block_position",
        "A block does not start at a tile, or reaches before its tensor",
        "Tiles of a tensor lie at multiples of 32 along both axes; a block that begins between them would cut tiles.",
        "Let blocks start at multiples of 32, or copy element by element.",
    ),
    Diagnostic(
        "TT1005",
        "no_room",
        "The kernel does not fit the memories of a core",
        "Circular buffers and tensors of a core share 1.4 MB of L1 and 32 buffer indices; DST holds a few tiles. As a "
        "warning: the kernel fits, but takes more than 80 % of L1.",
        "Use smaller blocks, fewer pipeline stages or fewer buffers.",
    ),
    Diagnostic(
        "TT1006",
        "launch_grid",
        "The launch grid cannot be laid out on the cores",
        "The grid is empty, too large, or not known when the kernel is compiled.",
        "Give T.Kernel constant extents of at least one block.",
    ),
    Diagnostic(
        "TT1007",
        "layout_annotation",
        "annotate_tt_layout asks for something that does not fit the tensor",
        "An annotation names a memory, a data format or shards that the tensor or the chip does not allow.",
        "docs/layouts.md has every key with an example.",
    ),
    Diagnostic(
        "TT1008",
        "schedule_annotation",
        "annotate_tt_schedule asks for something that does not fit the grid",
        "An annotation names cores, an order or a partition that does not cover the kernel's grid once.",
        "docs/layouts.md has every key with an example.",
    ),
    Diagnostic(
        "TT1009",
        "unwritten_value",
        "A value is read before it was written, or after it was changed",
        "The statement depends on a value that no statement before it has produced in this form.",
        "T.clear or T.copy into the buffer first; read values before they are overwritten.",
    ),
    Diagnostic(
        "TT1010",
        "read_and_written",
        "A tensor is read and written by different parts of the kernel",
        "Reader and writer of a core run at the same time and do not wait for one another through DRAM.",
        "Write to another tensor, or split the kernel in two.",
    ),
    Diagnostic(
        "TT1011",
        "unknown_size",
        "A size has to be known when the kernel is compiled",
        "Buffers, blocks and loops over them are laid out by the compiler.",
        "Give the kernel constant sizes; the factory's arguments are constants.",
    ),
    Diagnostic(
        "TT1012",
        "core_cannot_compute",
        "A number cannot be computed by the cores that control the kernel",
        "Indices and conditions are computed by RISC-V cores from loop variables, block indices and T.alloc_var.",
        "Use + - * // % max min and comparisons of these.",
    ),
    Diagnostic(
        "TT1101",
        "runs_element_by_element",
        "A statement runs element by element on a data-movement core",
        "No tile operation covers the statement. It runs, and is right, but hundreds of times slower than on tiles.",
        "The remark names what keeps it from the tile engine. The target option riscv=false refuses such statements.",
    ),
    Diagnostic(
        "TT1900",
        "compiler_defect",
        "A defect of the compiler",
        "A contract between two passes does not hold. The kernel may be right.",
        "Report it with the kernel; `tltt compile --diff` shows what each pass did.",
    ),
    # --- emulator: ErrorCategory of emulator.h ---
    Diagnostic(
        "TT2001",
        "deadlock",
        "No role can go on",
        "Every role of some core waits for pages or a signal that nobody will send.",
        "For every page or signal waited for, find who should push, pop or set it, and compare the counts.",
    ),
    Diagnostic(
        "TT2002",
        "circular_buffer_overflow",
        "More pages are pushed than were reserved",
        "cb_push_back beyond what cb_reserve_back gave overwrites pages that the consumer has not read.",
        "Reserve as many pages as are pushed.",
    ),
    Diagnostic(
        "TT2003",
        "circular_buffer_underflow",
        "More pages are popped or read than are there",
        "cb_pop_front or a read beyond what cb_wait_front waited for sees pages that are not filled yet.",
        "Wait for as many pages as are read and popped.",
    ),
    Diagnostic(
        "TT2004",
        "missing_barrier",
        "A transfer is used before it is over",
        "Transfers are asynchronous: their bytes are there, or their source is free, only after a barrier or a flush.",
        "Call the barrier that the message names before the pages are pushed, popped or read.",
    ),
    Diagnostic(
        "TT2005",
        "missing_init",
        "A compute operation runs without its init call",
        "Unpackers, math unit and packer are configured for one kind of operation and one pair of formats at a time.",
        "Call the init or reconfig function that the message names.",
    ),
    Diagnostic(
        "TT2006",
        "read_of_unwritten_data",
        "Memory is read that nobody wrote",
        "L1 and DRAM hold what earlier programs left there.",
        "Write the bytes first, or correct the address.",
    ),
    Diagnostic(
        "TT2007",
        "out_of_range",
        "An address lies outside of what is allocated",
        "The address belongs to no buffer, or a transfer reaches beyond the end of one.",
        "The message names the address and its neighbours; check page numbers, offsets and sizes.",
    ),
    Diagnostic(
        "TT2008",
        "alignment",
        "An address or a size is not aligned as the NoC needs it",
        "L1 addresses are multiples of 16 bytes, DRAM addresses of 32 or 64, and source and destination agree in it.",
        "Align offsets and page sizes.",
    ),
    Diagnostic(
        "TT2009",
        "dst_misuse",
        "DST is used outside of its protocol",
        "Math owns DST between tile_regs_acquire and commit, the packer between wait and release; it has few tiles.",
        "Put the call between the pair that owns it, and keep the index below DST's size.",
    ),
    Diagnostic(
        "TT2010",
        "unbalanced",
        "Pages are left over at the end",
        "All kernels have returned, but pages were pushed that nobody waited for.",
        "Consume as many pages as are produced.",
    ),
    Diagnostic(
        "TT2011",
        "budget_exceeded",
        "A role runs without end in sight",
        "A RISC-V core has executed more than any kernel should, without waiting for anything.",
        "Look for a loop whose condition never changes.",
    ),
    Diagnostic(
        "TT2012",
        "bad_program",
        "The program does not fit the chip",
        "A buffer, a core range or an argument names something that the chip or the program does not have.",
        "The message names the part; `tltt plan validate` checks a plan.",
    ),
    Diagnostic(
        "TT2013",
        "kernel_compile_error",
        "A kernel's C++ does not compile",
        "The host's compiler refuses the source against the device API's headers.",
        "The compiler's message follows; of an emitted kernel it is a defect of ours.",
    ),
    Diagnostic(
        "TT2014",
        "unsupported",
        "The emulator does not have this device call",
        "The call exists on the chip, but is not emulated in this form.",
        "Use a form that the message names.",
    ),
    Diagnostic(
        "TT2015",
        "assertion",
        "An assertion of the kernel failed",
        "ASSERT, a division by zero, or code that must not be reached.",
        "The message names the line.",
    ),
    Diagnostic(
        "TT2016",
        "data_race",
        "Two roles or cores use the same bytes and nothing orders them",
        "What is read depends on which of them happens to be faster.",
        "Order them: through a circular buffer, a semaphore, or a barrier before the signal.",
    ),
    Diagnostic(
        "TT2017",
        "stale_read",
        "A value is read that has been given back or replaced since",
        "A page was popped, or DST released, before its last use.",
        "Pop or release after the last read.",
    ),
    Diagnostic(
        "TT2018",
        "unused_data",
        "Data is produced that nobody consumes",
        "Pages or results are written and never read: most often a missing wait or a wrong index.",
        "Consume them, or do not produce them.",
    ),
    Diagnostic(
        "TT2019",
        "unseen_signal",
        "A semaphore is left at a value that nobody waits for",
        "The next program starts from a value that this one did not expect.",
        "Reset the semaphore, or wait for the signal.",
    ),
    Diagnostic(
        "TT2020",
        "order_dependence",
        "The result depends on the order in which roles and cores run",
        "Two schedules that the chip allows give different results.",
        "Replay the seed that the message names and order the accesses that it shows.",
    ),
    # --- runtime ---
    Diagnostic(
        "TT3001",
        "bad_argument",
        "A tensor does not fit the kernel",
        "Number, dtype, shape, strides or device of an argument differ from what the kernel was compiled for.",
        "Both sides are named; give a CPU tensor of that dtype and shape.",
    ),
    Diagnostic(
        "TT3002",
        "bad_plan",
        "A tt.plan.json cannot be used",
        "Text, schema or contents of the plan are wrong, or one of its files is missing.",
        "`tltt plan validate` lists every problem.",
    ),
    # --- check ---
    Diagnostic(
        "TT4001",
        "genuine_headers",
        "A kernel does not compile against TT-Metalium's genuine headers",
        "A call or an argument does not exist in this version of the device API.",
        "The compiler's message names the call; of an emitted kernel it is a defect of ours.",
    ),
    Diagnostic(
        "TT4002",
        "not_checkable",
        "A kernel cannot be checked against the genuine headers here",
        "A header that it uses is written for the vendor's compiler alone.",
        "Nothing; it is not known to be wrong.",
    ),
    Diagnostic(
        "TT4003",
        "not_compiled",
        "A kernel of the file was not checked",
        "It needs arguments that the file does not give, or could not be built.",
        "Name it and give its arguments: `tltt check FILE:KERNEL --set NAME=VALUE`.",
    ),
]

DIAGNOSTICS = {entry.code: entry for entry in _LIST}
BY_NAME = {entry.name: entry for entry in _LIST}
PAGE = "docs/diagnostics.md"


def markdown() -> str:
    """The text of docs/diagnostics.md."""
    groups = {
        "TT1": "Compiler",
        "TT2": "Emulator",
        "TT3": "Runtime and plan",
        "TT4": "Check",
    }
    lines = [
        "# Diagnostics",
        "",
        "<!-- Made by tools/diagnostics.py from python/tilelang_tenstorrent/diagnostics.py. -->",
        "",
        "Every diagnostic has a code that stays the same from version to version. `tltt explain CODE` prints its",
        "entry, `tltt check --json` and `--sarif FILE` report by code.",
    ]
    group = ""
    for entry in _LIST:
        if entry.code[:3] != group:
            group = entry.code[:3]
            lines += ["", f"## {groups[group]}"]
        lines += ["", f"### {entry.code} {entry.name}", "", f"{entry.title}. {entry.meaning}", "", entry.remedy]
    return "\n".join(lines) + "\n"


def explain(word: str) -> str:
    """The entry of a code or a name; KeyError for an unknown one."""
    entry = DIAGNOSTICS.get(word.upper()) or BY_NAME[word.lower()]
    return f"{entry.code} {entry.name}: {entry.title}\n  {entry.meaning}\n  {entry.remedy}"
