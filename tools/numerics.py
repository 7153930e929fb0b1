"""docs/numerics.md: how far the emulated vector unit is from the real functions, over the whole range of numbers, and
the matrix unit from real sums and products.

python tools/numerics.py            measures and writes the table
python tools/numerics.py --check    measures, and says whether the errors stay within the stated bounds
"""

from __future__ import annotations

import argparse
import sys
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import torch

from tilelang_tenstorrent.program import (
    CBDescriptor,
    CBFormatDescriptor,
    ComputeConfigDescriptor,
    CoreCoord,
    KernelDescriptor,
    Program,
    ReaderConfigDescriptor,
    SourceType,
    TensorAccessorArgs,
    TensorAddress,
    WriterConfigDescriptor,
    run,
)

DOCUMENT = Path(__file__).parents[1] / "docs" / "numerics.md"


@dataclass(frozen=True)
class Operation:
    """One call of the vector unit on the first tiles of DST, and the real function that it stands for."""

    call: str  # with {0}, {1}, {2} for the tiles; the result is in {0}
    init: str
    reference: Callable[..., torch.Tensor]  # float64 to float64
    bound: float  # stated: units in the last place of the result, fp32
    silicon: tuple[str, str, str] | None = None  # measured: ULP in fp32, in bfloat16, accurate up to this |x|
    operands: int = 1

    def named(self) -> str:
        return self.call.format(*"ijk")


def bits(value: float) -> str:
    return f"0x{torch.tensor(value, dtype=torch.float32).view(torch.int32).item() & 0xFFFFFFFF:08x}u"


def simple(name: str, reference: Callable[[torch.Tensor], torch.Tensor], bound: float, *silicon: str) -> Operation:
    measured = (silicon[0], silicon[1], silicon[2]) if silicon else None
    return Operation(f"{name}_tile({{0}})", f"{name}_tile_init()", reference, bound, measured)


def with_scalar(name: str, init: str, value: float, reference: Callable[[torch.Tensor], torch.Tensor], bound: float,
                *silicon: str) -> Operation:  # fmt: skip
    measured = (silicon[0], silicon[1], silicon[2]) if silicon else None
    return Operation(f"{name}_tile({{0}}, {bits(value)})", f"{init}_tile_init()", reference, bound, measured)


def truth(relation: Callable[[torch.Tensor], torch.Tensor]) -> Callable[[torch.Tensor], torch.Tensor]:
    return lambda x: relation(x).double()


THIRD = torch.tensor(1.75, dtype=torch.float32).item()
EVERYWHERE = "3.4e+38"

# Silicon: Wormhole, ttnn's operation of the same name with default parameters, whose kernels call these functions;
# tenstorrent/tt-eltwise-accuracy-report, run 20260901T075510, tt-metal 047ec3ccf96.
OPERATIONS = [
    simple("abs", torch.abs, 0, "0", "0", EVERYWHERE),
    simple("negative", torch.neg, 0, "0", "0", EVERYWHERE),
    simple("relu", torch.relu, 0, "0", "0", EVERYWHERE),
    simple("sign", lambda x: torch.where(torch.isnan(x), x, torch.sign(x)), 0, "0", "0", EVERYWHERE),
    simple("signbit", truth(torch.signbit), 0),
    simple("square", torch.square, 0.5, "0", "1", "1.8e+19"),
    simple("sqrt", torch.sqrt, 0.5, "1", "0", EVERYWHERE),
    simple("rsqrt", torch.rsqrt, 0.5, "1", "0", EVERYWHERE),
    simple("recip", torch.reciprocal, 0.5, "1", "1", "8.5e+37"),
    simple("exp", torch.exp, 0.5, "1", "1", EVERYWHERE),
    simple("exp2", torch.exp2, 0.5, "1", "1", EVERYWHERE),
    with_scalar("rpow", "rpow", 10.0, lambda x: 10.0**x, 0.5),
    simple("expm1", torch.expm1, 0.5, "1", "0", EVERYWHERE),
    simple("log", torch.log, 0.5, "1", "1", EVERYWHERE),
    with_scalar("log_with_base", "log_with_base", 1.4426950408889634, torch.log2, 1.0, "2", "1", EVERYWHERE),
    simple("log1p", torch.log1p, 0.5, "1", "1", EVERYWHERE),
    simple("tanh", torch.tanh, 0.5, "3", "1", "0.00049"),
    simple("sigmoid", torch.sigmoid, 0.5, "3", "1", "17"),
    Operation("erf_tile<false>({0})", "erf_tile_init<false>()", torch.erf, 0.5, ("6", "1", "0.00033")),
    simple("sin", torch.sin, 0.5, "3.3e+38", "3.4e+38", "1e+05"),
    simple("cos", torch.cos, 0.5, "3.2e+38", "3e+38", "5.2e+04"),
    simple("tan", torch.tan, 0.5, "3.3e+38", "3.3e+38", "20"),
    simple("asin", torch.asin, 0.5, "2", "0", "1"),
    simple("acos", torch.acos, 0.5, "2", "0", "1"),
    simple("atan", torch.atan, 0.5, "2", "1", EVERYWHERE),
    simple("sinh", torch.sinh, 0.5, "2", "0", "89"),
    simple("cosh", torch.cosh, 0.5, "1", "0", "89"),
    simple("asinh", torch.asinh, 0.5, "2", "1", EVERYWHERE),
    simple("acosh", torch.acosh, 0.5, "3", "1", "nowhere"),
    simple("atanh", torch.atanh, 0.5, "3", "2", "0.00085"),
    Operation("floor_tile({0})", "rounding_op_tile_init()", torch.floor, 0, ("0", "0", EVERYWHERE)),
    Operation("ceil_tile({0})", "rounding_op_tile_init()", torch.ceil, 0, ("0", "0", EVERYWHERE)),
    Operation("trunc_tile({0})", "rounding_op_tile_init()", torch.trunc, 0, ("0", "0", EVERYWHERE)),
    Operation("round_tile({0}, 0)", "rounding_op_tile_init()", torch.round, 0, ("0", "0", EVERYWHERE)),
    with_scalar("power", "power", 1.75, lambda x: x**THIRD, 0.5, "5.9e+03", "4.9e+18", "n/a"),
    with_scalar("add_unary", "binop_with_scalar", 1.75, lambda x: x + 1.75, 0.5, "0", "1", EVERYWHERE),
    with_scalar("sub_unary", "binop_with_scalar", 1.75, lambda x: x - 1.75, 0.5, "0", "1", EVERYWHERE),
    with_scalar("rsub_unary", "binop_with_scalar", 1.75, lambda x: 1.75 - x, 0.5, "0", "1", EVERYWHERE),
    with_scalar("mul_unary", "binop_with_scalar", 1.75, lambda x: x * 1.75, 0.5, "0", "0", EVERYWHERE),
    with_scalar("unary_max", "unary_max", 1.75, lambda x: torch.clamp(x, min=1.75), 0, "0", "0", EVERYWHERE),
    with_scalar("unary_min", "unary_min", 1.75, lambda x: torch.clamp(x, max=1.75), 0, "0", "0", EVERYWHERE),
    with_scalar("unary_lt", "unary_lt", 1.75, truth(lambda x: x < 1.75), 0, "0", "0", EVERYWHERE),
    with_scalar("unary_le", "unary_le", 1.75, truth(lambda x: x <= 1.75), 0, "0", "0", EVERYWHERE),
    with_scalar("unary_gt", "unary_gt", 1.75, truth(lambda x: x > 1.75), 0, "0", "0", EVERYWHERE),
    with_scalar("unary_ge", "unary_ge", 1.75, truth(lambda x: x >= 1.75), 0, "0", "0", EVERYWHERE),
    with_scalar("unary_eq", "unary_eq", 1.75, truth(lambda x: x == 1.75), 0),
    with_scalar("unary_ne", "unary_ne", 1.75, truth(lambda x: x != 1.75), 0),
    simple("eqz", truth(lambda x: x == 0), 0),
    simple("nez", truth(lambda x: x != 0), 0),
    simple("isnan", truth(torch.isnan), 0),
    simple("isinf", truth(torch.isinf), 0),
    simple("isfinite", truth(torch.isfinite), 0),
]


def binary(name: str, reference: Callable[[torch.Tensor, torch.Tensor], torch.Tensor], bound: float) -> Operation:
    return Operation(f"{name}_tile({{0}}, {{1}}, {{0}})", f"{name}_tile_init()", reference, bound, operands=2)


def choice(dtype: str) -> Operation:
    """Where the first tile is not 0 the second, else the third."""
    return Operation(f"where_tile<DataFormat::{dtype}>({{0}}, {{1}}, {{2}}, {{0}})", "where_tile_init()",
                     lambda c, a, b: torch.where(c != 0, a, b), 0, operands=3)  # fmt: skip


def number_of(relation: Callable[[torch.Tensor, torch.Tensor], torch.Tensor]) -> Callable[..., torch.Tensor]:
    return lambda x, y: relation(x, y).double()


OF_SEVERAL = [
    binary("add_binary", torch.add, 0.5),
    binary("sub_binary", torch.sub, 0.5),
    binary("mul_binary", torch.mul, 0.5),
    binary("div_binary", torch.div, 0.5),
    binary("binary_max", torch.maximum, 0),
    binary("binary_min", torch.minimum, 0),
    binary("power_binary", torch.pow, 0.5),
    binary("fmod_binary", torch.fmod, 0.5),
    binary("atan2_binary", torch.atan2, 0.5),
    *(binary(f"{name}_binary", number_of(getattr(torch, name)), 0) for name in ("eq", "ne", "lt", "le", "gt", "ge")),
    choice("Float32"),
]

READ = """
      cb_reserve_back({cb}, 1);
      noc_async_read_page(t, in{cb}, get_write_ptr({cb}));
      noc_async_read_barrier();
      cb_push_back({cb}, 1);"""


def reader_kernel(operands: int) -> str:
    """Every operation takes all tiles of all operands, one of each at a time."""
    accessors, chain = "", "0"
    for cb in range(operands):
        accessors += f"  constexpr auto args{cb} = TensorAccessorArgs<{chain}>();\n"
        accessors += (
            f"  const auto in{cb} = TensorAccessor(args{cb}, get_arg_val<uint32_t>({cb}), get_tile_size({cb}));\n"
        )
        chain = f"args{cb}.next_compile_time_args_offset()"
    reads = "".join(READ.format(cb=cb) for cb in range(operands))
    return f"""
#include <cstdint>
#include "api/dataflow/dataflow_api.h"

void kernel_main() {{
{accessors}  for (uint32_t op = 0; op < get_arg_val<uint32_t>({operands + 1}); ++op) {{
    for (uint32_t t = 0; t < get_arg_val<uint32_t>({operands}); ++t) {{{reads}
    }}
  }}
}}
"""


WRITER = """
#include <cstdint>
#include "api/dataflow/dataflow_api.h"

void kernel_main() {
  const auto out = TensorAccessor(TensorAccessorArgs<0>(), get_arg_val<uint32_t>(0), get_tile_size(16));
  for (uint32_t t = 0; t < get_arg_val<uint32_t>(1) * get_arg_val<uint32_t>(2); ++t) {
    cb_wait_front(16, 1);
    noc_async_write_page(t, out, get_read_ptr(16));
    noc_async_write_barrier();
    cb_pop_front(16, 1);
  }
}
"""

INCLUDES = [
    "atan2",
    "binary_fmod",
    "binary_max_min",
    "cb_api",
    "common",
    "compute_kernel_api",
    "compute_kernel_hw_startup",
    "eltwise_binary",
    "eltwise_binary_sfpu",
    "matmul",
    "pack",
    "reg_api",
    "tile_move_copy",
    "eltwise_unary/binop_with_scalar",
    "eltwise_unary/comp",
    "eltwise_unary/erf_erfc",
    "eltwise_unary/exp",
    "eltwise_unary/isinf_isnan",
    "eltwise_unary/log1p",
    "eltwise_unary/negative",
    "eltwise_unary/recip",
    "eltwise_unary/relu",
    "eltwise_unary/rounding",
    "eltwise_unary/rpow",
    "eltwise_unary/rsqrt",
    "eltwise_unary/sqrt",
    "eltwise_unary/trigonometry",
    "eltwise_unary/where",
]


def on_vector_unit(op: Operation) -> str:
    copies = "".join(f"copy_tile({i}, 0, {i}); " for i in range(op.operands))
    return f"copy_init(0); {copies}{op.init}; {op.call.format(*range(op.operands))};"


def compute_kernel(steps: list[str], operands: int) -> str:
    """Each step computes DST tile 0 from the tiles at the front of the operands' buffers."""
    includes = "\n".join(f'#include "api/compute/{name}.h"' for name in INCLUDES)
    waits = " ".join(f"cb_wait_front({cb}, 1);" for cb in range(operands))
    pops = " ".join(f"cb_pop_front({cb}, 1);" for cb in range(operands))
    loops = "".join(
        f"""
  for (uint32_t t = 0; t < tiles; ++t) {{
    {waits}
    tile_regs_acquire();
    {step}
    tile_regs_commit();
    {pops}
    cb_reserve_back(16, 1);
    tile_regs_wait();
    pack_tile(0, 16);
    tile_regs_release();
    cb_push_back(16, 1);
  }}
"""
        for step in steps
    )
    return (
        f"#include <cstdint>\n{includes}\n\nvoid kernel_main() {{\n  const uint32_t tiles = get_arg_val<uint32_t>(0);\n"
        f"  compute_kernel_hw_startup(0, {min(operands - 1, 1)}, 16);\n{loops}}}\n"
    )


def run_steps(steps: list[str], inputs: list[torch.Tensor], numerics: str, **compute: Any) -> torch.Tensor:
    """Every step on every element of the inputs, whose rows are tiles' rows: (steps, *shape). A result has fp32 where
    DST has 32 bits, else the inputs' type.
    """
    core, tiles, count = CoreCoord(0, 0), inputs[0].numel() // 1024, len(inputs)
    wide = compute["fp32_dest_acc_en"]
    rows, columns = inputs[0].shape
    out = torch.zeros(len(steps) * rows, columns, dtype=torch.float32 if wide else inputs[0].dtype)
    sizes = [tiles, len(steps)]
    accessors = [word for x in inputs for word in TensorAccessorArgs(x).get_compile_time_args()]
    addresses = [TensorAddress(i) for i in range(count)]
    kernels = [
        KernelDescriptor(reader_kernel(count), core, ReaderConfigDescriptor(), SourceType.INLINE,
                         compile_time_args=accessors, runtime_args=[(core, [*addresses, *sizes])]),
        KernelDescriptor(compute_kernel(steps, count), core, ComputeConfigDescriptor(**compute),
                         SourceType.INLINE, runtime_args=[(core, [tiles])]),
        KernelDescriptor(WRITER, core, WriterConfigDescriptor(), SourceType.INLINE,
                         compile_time_args=TensorAccessorArgs(out).get_compile_time_args(),
                         runtime_args=[(core, [TensorAddress(count), *sizes])]),
    ]  # fmt: skip
    cbs = []
    for index, tensor in [*enumerate(inputs), (16, out)]:
        page = TensorAccessorArgs(tensor).page_size()
        dtype = "float32" if tensor.dtype == torch.float32 else "bfloat16"
        cbs.append(CBDescriptor(2 * page, core, [CBFormatDescriptor(index, dtype, page)]))
    run(Program(kernels, cbs, outputs=[count], name="numerics"), [*inputs, out], numerics)
    return out.reshape(len(steps), rows, columns)


def results(operations: list[Operation], inputs: list[torch.Tensor], numerics: str) -> torch.Tensor:
    wide = inputs[0].dtype == torch.float32
    unpack = list(range(len(inputs))) if wide else []
    steps = [on_vector_unit(op) for op in operations]
    return run_steps(steps, inputs, numerics, fp32_dest_acc_en=wide, unpack_to_dest_fp32=unpack)


def numbers(dtype: torch.dtype) -> torch.Tensor:
    """All bfloat16 numbers, in fp32 with random bits behind them; infinities, NaN and denormals are among them."""
    patterns = torch.arange(65536, dtype=torch.int32)
    if dtype == torch.bfloat16:
        return patterns.to(torch.int16).view(torch.bfloat16).reshape(-1, 32)
    low = torch.randint(65536, (65536,), generator=torch.Generator().manual_seed(1), dtype=torch.int32)
    special = (patterns & 0x7F80) == 0x7F80
    return ((patterns << 16) | torch.where(special, 0, low)).view(torch.float32).reshape(-1, 32)


def spacing(value: torch.Tensor, dtype: torch.dtype) -> torch.Tensor:
    """The unit in the last place of real numbers in a format."""
    digits = 8 if dtype == torch.bfloat16 else 24
    _, exponent = torch.frexp(value)
    return torch.ldexp(torch.ones_like(value), exponent.clamp(min=-125).double() - digits)


@dataclass(frozen=True)
class Measured:
    ulp: float  # the largest error where the result is a finite number
    differ: list[str]  # special cases that are not as float64 has them


def measure(op: Operation, inputs: list[torch.Tensor], got: torch.Tensor) -> Measured:
    dtype = inputs[0].dtype
    want = op.reference(*(x.double() for x in inputs))
    rounded = want.to(dtype).double()
    regular = torch.isfinite(rounded)
    error = (got.double() - want).abs() / spacing(want, dtype)
    same = (got.double() == rounded) | (torch.isnan(got) & torch.isnan(rounded))
    wrong = ~regular & ~same
    error = torch.where(regular, error.nan_to_num(nan=float("inf")), 0)
    columns = [*(x[wrong][:3] for x in inputs), got[wrong][:3], want[wrong][:3]]
    differ = [
        f"{', '.join(f'{x:.3g}' for x in given)} gives {b:.3g}, not {c:.3g}"
        for *given, b, c in zip(*columns, strict=True)
    ]
    return Measured(error.max().item(), differ)


Row = tuple[Operation, Measured, Measured]  # in fp32 and in bfloat16


def operands(count: int, dtype: torch.dtype) -> list[torch.Tensor]:
    """All numbers, and beside them the same in other orders."""
    x = numbers(dtype)
    generator = torch.Generator().manual_seed(2)
    shuffled = [x.flatten()[torch.randperm(x.numel(), generator=generator)].reshape(x.shape) for _ in range(count - 1)]
    return [x, *shuffled]


def measurements(numerics: str) -> list[Row]:
    """Of the functions of one operand, then of those of two, then of three."""
    rows: list[Row] = []
    for count in (1, 2, 3):
        operations = [op for op in OPERATIONS + OF_SEVERAL if op.operands == count]
        columns = []
        for dtype in (torch.float32, torch.bfloat16):
            inputs = operands(count, dtype)
            got = results(operations, inputs, numerics)
            columns.append([measure(op, inputs, values) for op, values in zip(operations, got, strict=True)])
        rows += zip(operations, *columns, strict=True)
    return rows


def problems(measured: list[Row]) -> list[str]:
    found = []
    for op, wide, narrow in measured:
        # A result of fp32 is rounded once more where DST holds 16 bits.
        for dtype, m, bound in (("fp32", wide, op.bound), ("bfloat16", narrow, 0.5 + op.bound / 2**16)):
            if m.ulp > bound * 1.0001:
                found.append(f"{op.named()} in {dtype}: {m.ulp:.4g} units in the last place, stated are {bound:.4g}")
            found += [f"{op.named()} in {dtype}: {text}" for text in m.differ]
    return found


# The chip stores these truncated, not rounded, to a 16-bit DST.
TRUNCATED = ("add_unary_tile", "sub_unary_tile", "mul_unary_tile")


@dataclass(frozen=True)
class MatrixOperation:
    """One operation of the matrix unit on two tiles of bfloat16 numbers."""

    call: str
    init: str
    reference: Callable[[torch.Tensor, torch.Tensor], torch.Tensor]  # of tiles (n, 32, 32) in float64
    # By math fidelity: log2 of the stated error over the terms' magnitudes, in a DST of bfloat16 and of fp32.
    bounds: dict[str, tuple[int, int]]

    def terms(self, x: torch.Tensor, y: torch.Tensor) -> torch.Tensor:
        """The sum of the magnitudes of the terms of every result."""
        return self.reference(x.abs(), y.abs() if self.call != "sub_tiles" else -y.abs())


# LoFi takes 5 significant bits of one operand and 7 of the other, HiFi2 all 8 of the first, HiFi3 and HiFi4 of both;
# then the unit of the largest of eight products limits, and DST's own precision, once for each instruction.
MATRIX_OPERATIONS = [
    MatrixOperation("add_tiles", "add_init", torch.add, {"HiFi4": (-7, -10)}),
    MatrixOperation("sub_tiles", "sub_init", torch.sub, {"HiFi4": (-7, -10)}),
    MatrixOperation("mul_tiles", "mul_init", torch.mul,
                    {"LoFi": (-4, -4), "HiFi2": (-6, -6), "HiFi3": (-6, -11), "HiFi4": (-6, -24)}),
    MatrixOperation("matmul_tiles", "matmul_init", torch.matmul,
                    {"LoFi": (-4, -4), "HiFi2": (-6, -6), "HiFi3": (-5, -9), "HiFi4": (-5, -9)}),
]  # fmt: skip


@dataclass(frozen=True)
class MatrixRow:
    op: MatrixOperation
    fidelity: str
    wide: bool  # DST in fp32
    errors: dict[str, float]  # numerics: log2 of the largest error over the terms' magnitudes

    @property
    def bound(self) -> int:
        return self.op.bounds[self.fidelity][self.wide]


def matrix_measurements() -> list[MatrixRow]:
    generator = torch.Generator().manual_seed(3)
    shape = (32 * 16, 32)
    x, y = (torch.randn(shape, generator=generator) * 2.0 ** torch.randint(-6, 7, shape, generator=generator)
            for _ in range(2))  # fmt: skip
    inputs = [x.bfloat16(), y.bfloat16()]
    tiles = [v.double().reshape(-1, 32, 32) for v in inputs]
    rows = []
    for fidelity in ("LoFi", "HiFi2", "HiFi3", "HiFi4"):
        operations = [op for op in MATRIX_OPERATIONS if fidelity in op.bounds]
        steps = [f"{op.init}(0, 1); {op.call}(0, 1, 0, 0, 0);" for op in operations]
        for wide in (False, True):
            errors: list[dict[str, float]] = [{} for _ in operations]
            for numerics in ("fast", "faithful"):
                got = run_steps(steps, inputs, numerics, fp32_dest_acc_en=wide, math_fidelity=fidelity)
                for op, values, into in zip(operations, got, errors, strict=True):
                    error = (values.double().reshape(-1, 32, 32) - op.reference(*tiles)).abs() / op.terms(*tiles)
                    into[numerics] = error.max().clamp(min=2.0**-30).log2().item()
            rows += [MatrixRow(op, fidelity, wide, found) for op, found in zip(operations, errors, strict=True)]
    return sorted(rows, key=lambda row: MATRIX_OPERATIONS.index(row.op))


def matrix_problems(rows: list[MatrixRow]) -> list[str]:
    return [
        f"{row.op.call} with {row.fidelity}, {numerics}: 2^{error:.2f}, stated are 2^{row.bound}"
        for row in rows
        for numerics, error in row.errors.items()
        if error > row.bound
    ]


INTRODUCTION = """# Numerics of the compute unit

`tools/numerics.py` writes these tables; `tests/kernels/test_numerics.py` fails where an error exceeds its stated bound.

## The vector unit

Every function runs on an emulated core, for all 65536 bfloat16 numbers in a 16-bit DST and for as many fp32 numbers
(each with random low bits) in a 32-bit DST, and is compared with float64; further operands are the same numbers in
other orders. Infinities, NaN and denormal numbers are among them and must come out as float64 has them. Errors are in
units in the last place (ULP) of the result's format. The tables are of `fast`. `faithful` gives the same, except that
sums, differences and products with a number are truncated to a 16-bit DST, as the chip stores them: their errors there
stay below 1 ULP.

The emulator computes functions in double precision and rounds once. The last three columns are what Tenstorrent
measured on a Wormhole chip (repository tt-eltwise-accuracy-report, September 2026, ttnn's operation of that name):
the largest error in fp32 and in bfloat16, and the largest |x| up to which the error stays within 2 ULP. Where they
are larger than ours the chip is less accurate than the emulator: far arguments of sin, cos and tan, tiny and large
powers, operands and results below the smallest normal number, which the chip flushes to zero. Comparisons on the
chip subtract, so that those of infinities may differ.

Target option `math_approx` takes the approximations that the device's functions have as template argument.
`exp_tile<true>` takes 71 cycles a tile for 578: the bits of the result are a linear function of the argument, at
most 3.2 % off. Arguments below -88.5 give less than 1e-38, those above 88.7 NaN. Emulator and chip do the same
steps, so that results agree bit for bit (`tests/ttnn`). `tanh_tile<true>`, `sigmoid_tile<VectorMode::RC, true>`
and, in programs of your own, `gelu_tile` (whose default is the approximation) are tables of a few straight lines,
up to 0.021, 0.12 and 0.024 off. A kernel's `math_approx_mode` concerns square roots, reciprocals and others: it
changes what they cost and not, here, what they give.

| function | bound (ULP, fp32) | fp32 | bfloat16 | chip, fp32 | chip, bfloat16 | chip accurate up to |
|---|---|---|---|---|---|---|
"""

SEVERAL = """
Functions of several operands:

| function | bound (ULP, fp32) | fp32 | bfloat16 |
|---|---|---|---|
"""

MATRIX = """
## The matrix unit

Tiles of bfloat16 numbers of many magnitudes, packed as fp32 from a 32-bit DST and as bfloat16 from a 16-bit one. The
error of a result is given as a part of the sum of its terms' magnitudes (of one product, of the 32 products of a
row and a column). `fast` multiplies exactly and rounds as DST does. `faithful` does as the silicon: a multiplier takes
5 bits of one operand and 7 of the other in each fidelity phase, products are rounded to the unit of the largest among
eight, sums are aligned, rounded half up and stored in DST's format after every instruction
(`emulator/src/compute/faithful.h` has the details and their sources). What is small beside a neighbour of the same
instruction loses its last bits, whatever the fidelity and the accumulator.

| operation | fidelity | DST | bound | fast | faithful |
|---|---|---|---|---|---|
"""


def document(measured: list[Row], matrix: list[MatrixRow]) -> str:
    text, several = INTRODUCTION, SEVERAL
    for op, wide, narrow in measured:
        row = f"| `{op.named()}` | {op.bound:g} | {wide.ulp:.2g} | {narrow.ulp:.2g} |"
        if op.operands > 1:
            several += row + "\n"
        else:
            text += f"{row} {' | '.join(op.silicon or ('', '', ''))} |\n"
    text += several + MATRIX
    for result in matrix:
        errors = " | ".join("0" if e <= -30 else f"2^{e:.1f}" for e in result.errors.values())
        width = "fp32" if result.wide else "bfloat16"
        text += f"| `{result.op.call}` | {result.fidelity} | {width} | 2^{result.bound} | {errors} |\n"
    return text


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument(
        "--check", action="store_true", help="compare with the stated bounds instead of writing the document"
    )
    check = parser.parse_args().check
    measured, matrix = measurements("fast"), matrix_measurements()
    found = problems(measured) + matrix_problems(matrix)
    print("\n".join(found) or f"{len(measured) + len(matrix)} operations within their bounds")
    if not check:
        DOCUMENT.write_text(document(measured, matrix))
    return 1 if found else 0


if __name__ == "__main__":
    sys.exit(main())
