"""docs/numerics.md: how far the emulated vector unit is from the real functions, over the whole range of numbers.

python tools/numerics.py            measures and writes the table
python tools/numerics.py --check    measures, and says whether the errors stay within the stated bounds
"""

from __future__ import annotations

import argparse
import sys
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

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
    """One call of the vector unit on DST tile 0, and the real function that it stands for."""

    call: str  # with {0} for the tile
    init: str
    reference: Callable[[torch.Tensor], torch.Tensor]  # float64 to float64
    bound: float  # stated: units in the last place of the result, fp32
    silicon: tuple[str, str, str] | None = None  # measured: ULP in fp32, in bfloat16, accurate up to this |x|


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

READER = """
#include <cstdint>
#include "api/dataflow/dataflow_api.h"

void kernel_main() {
  const auto in = TensorAccessor(TensorAccessorArgs<0>(), get_arg_val<uint32_t>(0), get_tile_size(0));
  for (uint32_t op = 0; op < get_arg_val<uint32_t>(2); ++op) {
    for (uint32_t t = 0; t < get_arg_val<uint32_t>(1); ++t) {
      cb_reserve_back(0, 1);
      noc_async_read_page(t, in, get_write_ptr(0));
      noc_async_read_barrier();
      cb_push_back(0, 1);
    }
  }
}
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
    "cb_api",
    "common",
    "compute_kernel_api",
    "compute_kernel_hw_startup",
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
]

LOOP = """
  for (uint32_t t = 0; t < tiles; ++t) {{
    cb_wait_front(0, 1);
    tile_regs_acquire();
    copy_tile(0, 0, 0);
    {init};
    {call};
    tile_regs_commit();
    cb_pop_front(0, 1);
    cb_reserve_back(16, 1);
    tile_regs_wait();
    pack_tile(0, 16);
    tile_regs_release();
    cb_push_back(16, 1);
  }}
"""


def compute_kernel() -> str:
    includes = "\n".join(f'#include "api/compute/{name}.h"' for name in INCLUDES)
    loops = "".join(LOOP.format(init=op.init, call=op.call.format(0)) for op in OPERATIONS)
    return (
        f"#include <cstdint>\n{includes}\n\nvoid kernel_main() {{\n  const uint32_t tiles = get_arg_val<uint32_t>(0);\n"
        f"  compute_kernel_hw_startup(0, 0, 16);\n  copy_init(0);\n{loops}}}\n"
    )


def results(x: torch.Tensor, numerics: str) -> torch.Tensor:
    """Every operation on every element of x, whose rows are tiles' rows: (operations, *x.shape)."""
    core, tiles = CoreCoord(0, 0), x.numel() // 1024
    out = torch.zeros(len(OPERATIONS) * x.shape[0], x.shape[1], dtype=x.dtype)
    wide = x.dtype == torch.float32
    sizes = [tiles, len(OPERATIONS)]
    kernels = [
        KernelDescriptor(READER, core, ReaderConfigDescriptor(), SourceType.INLINE,
                         compile_time_args=TensorAccessorArgs(x).get_compile_time_args(),
                         runtime_args=[(core, [TensorAddress(0), *sizes])]),
        KernelDescriptor(compute_kernel(), core,
                         ComputeConfigDescriptor(fp32_dest_acc_en=wide, unpack_to_dest_fp32=[0] if wide else []),
                         SourceType.INLINE, runtime_args=[(core, [tiles])]),
        KernelDescriptor(WRITER, core, WriterConfigDescriptor(), SourceType.INLINE,
                         compile_time_args=TensorAccessorArgs(out).get_compile_time_args(),
                         runtime_args=[(core, [TensorAddress(1), *sizes])]),
    ]  # fmt: skip
    page = TensorAccessorArgs(x).page_size()
    dtype = "float32" if wide else "bfloat16"
    cbs = [CBDescriptor(2 * page, core, [CBFormatDescriptor(index, dtype, page)]) for index in (0, 16)]
    run(Program(kernels, cbs, outputs=[1], name="numerics"), [x, out], numerics)
    return out.reshape(len(OPERATIONS), *x.shape)


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


def measure(op: Operation, x: torch.Tensor, got: torch.Tensor) -> Measured:
    want = op.reference(x.double())
    rounded = want.to(x.dtype).double()
    regular = torch.isfinite(rounded)
    error = (got.double() - want).abs() / spacing(want, x.dtype)
    same = (got.double() == rounded) | (torch.isnan(got) & torch.isnan(rounded))
    wrong = ~regular & ~same
    error = torch.where(regular, error.nan_to_num(nan=float("inf")), 0)
    differ = [f"{a:.3g} gives {b:.3g}, not {c:.3g}" for a, b, c in zip(x[wrong], got[wrong], want[wrong], strict=True)]
    return Measured(error.max().item(), differ[:3])


def measurements(numerics: str) -> list[tuple[Operation, Measured, Measured]]:
    wide, narrow = numbers(torch.float32), numbers(torch.bfloat16)
    in_wide, in_narrow = results(wide, numerics), results(narrow, numerics)
    return [
        (op, measure(op, wide, a), measure(op, narrow, b))
        for op, a, b in zip(OPERATIONS, in_wide, in_narrow, strict=True)
    ]


def problems(measured: list[tuple[Operation, Measured, Measured]]) -> list[str]:
    found = []
    for op, wide, narrow in measured:
        # A result of fp32 is rounded once more where DST holds 16 bits.
        for dtype, m, bound in (("fp32", wide, op.bound), ("bfloat16", narrow, 0.5 + op.bound / 2**16)):
            if m.ulp > bound * 1.0001:
                found.append(f"{op.call} in {dtype}: {m.ulp:.4g} units in the last place, stated are {bound:.4g}")
            found += [f"{op.call} in {dtype}: {text}" for text in m.differ]
    return found


# The chip stores these truncated, not rounded, to a 16-bit DST.
TRUNCATED = ("add_unary_tile", "sub_unary_tile", "mul_unary_tile")

INTRODUCTION = """# Numerics of the vector unit

`tools/numerics.py` writes this table. It runs every function on an emulated core, for all 65536 bfloat16 numbers in a
16-bit DST and for as many fp32 numbers (each with random low bits) in a 32-bit DST, and compares with float64.
Infinities, NaN and denormal numbers are among them and must come out as float64 has them. Errors are in units in the
last place (ULP) of the result's format; `tests/kernels/test_numerics.py` fails where one exceeds the stated bound. The
table is of `fast`. `faithful` gives the same, except that sums, differences and products with a number are truncated
to a 16-bit DST, as the chip stores them: their errors there stay below 1 ULP.

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


def document(measured: list[tuple[Operation, Measured, Measured]]) -> str:
    text = INTRODUCTION
    for op, wide, narrow in measured:
        silicon = op.silicon or ("", "", "")
        text += (
            f"| `{op.call.format('i')}` | {op.bound:g} | {wide.ulp:.2g} | {narrow.ulp:.2g} | {' | '.join(silicon)} |\n"
        )
    return text


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument(
        "--check", action="store_true", help="compare with the stated bounds instead of writing the document"
    )
    check = parser.parse_args().check
    measured = measurements("fast")
    found = problems(measured)
    print("\n".join(found) or f"{len(OPERATIONS)} functions within their bounds")
    if not check:
        DOCUMENT.write_text(document(measured))
    return 1 if found else 0


if __name__ == "__main__":
    sys.exit(main())
