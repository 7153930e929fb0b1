"""docs/operations.md: what becomes of every operation that TileLang offers, found by compiling one kernel for each.

python tools/operations.py            writes the table
python tools/operations.py --check    says whether it is current
"""

from __future__ import annotations

import argparse
import re
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import tilelang.language as T
from tvm.target import Target

import tilelang_tenstorrent  # noqa: F401  (registers the target)
from tilelang_tenstorrent.compiling import compile_function

DOCUMENT = Path(__file__).parents[1] / "docs" / "operations.md"


def elementwise(value: Callable[..., Any], dtype: str = "float32") -> Any:
    """A kernel that stores value(a, b, i, j, bx) for every element of a block."""

    @T.prim_func
    def main(A: T.Tensor((128, 64), dtype), B: T.Tensor((128, 64), dtype), C: T.Tensor((128, 64), dtype)):
        with T.Kernel(4, threads=128) as bx:
            a = T.alloc_fragment((32, 64), dtype)
            b = T.alloc_fragment((32, 64), dtype)
            T.copy(A[bx * 32, 0], a)
            T.copy(B[bx * 32, 0], b)
            for i, j in T.Parallel(32, 64):
                a[i, j] = value(a[i, j], b[i, j], i, j, bx)
            T.copy(a, C[bx * 32, 0])

    return main


def on_blocks(body: Callable[..., Any], dtype: str = "float32") -> Any:
    """A kernel around one tile operation: body(A, B, a, b, c, row, column)."""

    @T.prim_func
    def main(A: T.Tensor((64, 64), dtype), B: T.Tensor((64, 64), dtype), C: T.Tensor((64, 64), "float32")):
        with T.Kernel(1, threads=128) as _:
            a = T.alloc_shared((64, 64), dtype)
            b = T.alloc_shared((64, 64), dtype)
            c = T.alloc_fragment((64, 64), "float32")
            row = T.alloc_fragment((64,), "float32")
            T.copy(A, a)
            T.copy(B, b)
            T.clear(c)
            T.clear(row)
            body(A, B, a, b, c, row)
            for i, j in T.Parallel(64, 64):
                c[i, j] = c[i, j] + row[i]
            T.copy(c, C)

    return main


ARITHMETIC: dict[str, Callable[..., Any]] = {
    "a + b, a - b, a * b": lambda a, b, *_: (a + b) * (a - b),
    "a / b": lambda a, b, *_: a / b,
    "a / 4 (a power of two)": lambda a, *_: a / 4.0,
    "T.pow(a, 3) (a whole number)": lambda a, *_: T.pow(a, 3),
    "a + 2, a * 2, 2 - a": lambda a, *_: 2.0 - (a + 2.0) * 3.0,
    "-a": lambda a, *_: -a,
    "a // b": lambda a, b, *_: a // b,
    "a % b": lambda a, b, *_: a % b,
    "T.max, T.min": lambda a, b, *_: T.max(a, T.min(b, a * b)),
    "T.clamp": lambda a, *_: T.clamp(a, -1.0, 1.0),
    "a < b, <=, >, >=, ==, !=": lambda a, b, *_: T.cast(a < b, "float32"),
    "a < 2": lambda a, *_: T.cast(a < 2.0, "float32"),
    "T.if_then_else, T.Select": lambda a, b, *_: T.if_then_else(a < b, a, b),
    "T.And, T.Or, T.Not, &, |, ~": lambda a, b, *_: T.cast(T.And(a < b, T.Or(a > 0, T.Not(b > 0))), "float32"),
    "T.cast to bfloat16, float16": lambda a, *_: T.cast(T.cast(a, "bfloat16"), "float32") + 1.0,
    "T.cast to int32 and back": lambda a, *_: T.cast(T.cast(a, "int32"), "float32"),
    "T.cast to int8": lambda a, *_: T.cast(T.cast(a, "int8"), "float32"),
    "mask: i >= j + 32 * bx": lambda a, b, i, j, bx: T.if_then_else(i >= j + 32 * bx, a, 0),
    "number: T.cast(i + 64 * bx)": lambda a, b, i, j, bx: a + T.cast(i + 64 * bx, "float32"),
    "number: i // 3, i % 3": lambda a, b, i, j, bx: a + T.cast(i // 3 + j % 3, "float32"),
    "T.exp2(a * 1.5), T.exp2(a * 1.5 - b * 1.5)": lambda a, b, *_: T.exp2(a * 1.5 - b * 1.5),
    "number: block index": lambda a, b, i, j, bx: a * T.cast(bx, "float32"),
    "T.reinterpret": lambda a, *_: T.reinterpret(T.reinterpret(a, "int32"), "float32"),
    "shifts, bits of integers": lambda a, b, i, j, bx: a + T.cast(i << 1, "float32"),
}

# Of int32 and of uint32.
OF_INTEGERS: dict[str, Callable[..., Any]] = {
    "a + b, a - b, a * b": lambda a, b, *_: (a + b) * (a - b),
    "a + 2, a * 2, 2 - a": lambda a, *_: 2 - (a + 2) * 3,
    "-a": lambda a, *_: -a,
    "a // b": lambda a, b, *_: a // b,
    "a // 4, a % 4 (a power of two)": lambda a, *_: a // 4 + a % 4,
    "a % b": lambda a, b, *_: a % b,
    "T.max, T.min": lambda a, b, *_: T.max(a, T.min(b, a + b)),
    "a < b, <=, >, >=, ==, !=": lambda a, b, *_: T.cast(a < b, a.dtype),
    "T.if_then_else, T.Select": lambda a, b, *_: T.if_then_else(a < b, a, b),
    "T.And, T.Or, T.Not": lambda a, b, *_: T.cast(T.And(a < b, T.Or(a > 3, T.Not(b > 3))), a.dtype),
    "a & b, a | b, a ^ b, ~a": lambda a, b, *_: (a & b) | (a ^ ~b),
    "a << 2, a >> 2": lambda a, *_: (a << 2) ^ (a >> 2),
    "a << b, a >> b": lambda a, b, *_: (a << b) ^ (a >> b),
    "T.abs": lambda a, *_: T.abs(a),
    "T.cast to float32 and back": lambda a, *_: T.cast(T.cast(a, "float32") * 0.5, a.dtype),
    "T.cast to int8 and back": lambda a, *_: T.cast(T.cast(a, "int8"), a.dtype),
    "T.popcount": lambda a, *_: T.popcount(a),
    "T.clz": lambda a, *_: T.cast(T.clz(a), a.dtype),
    "number: i + 64 * bx": lambda a, b, i, j, bx: a + T.cast(i + 64 * bx, a.dtype),
}

FUNCTIONS_OF_ONE = [
    "abs",
    "exp",
    "exp2",
    "exp10",
    "log",
    "log2",
    "log10",
    "log1p",
    "sqrt",
    "rsqrt",
    "tanh",
    "sigmoid",
    "erf",
    "sin",
    "cos",
    "tan",
    "asin",
    "acos",
    "atan",
    "sinh",
    "cosh",
    "asinh",
    "acosh",
    "atanh",
    "floor",
    "ceil",
    "trunc",
    "round",
    "nearbyint",
    "isnan",
    "isinf",
    "isfinite",
    "__exp",
    "__exp10",
    "__log",
    "__log2",
    "__log10",
    "__sin",
    "__cos",
    "__tan",
    "fast_rcp",
    "ieee_frcp",
    "ieee_fsqrt",
    "ieee_frsqrt",
    "popcount",
    "clz",
]
FUNCTIONS_OF_TWO = [
    "pow",
    "fmod",
    "atan2",
    "copysign",
    "ldexp",
    "hypot",
    "nextafter",
    "ieee_add",
    "ieee_sub",
    "ieee_mul",
    "ieee_fdiv",
    "fmul",
    "truncdiv",
    "truncmod",
]
FUNCTIONS_OF_THREE = ["fma", "ieee_fmaf"]


def as_number(value: Any) -> Any:
    return T.cast(value, "float32") if value.dtype == "bool" else value


def tile_operations() -> dict[str, Callable[[], Any]]:
    def reduction(name: str) -> Callable[[], Any]:
        return lambda: on_blocks(lambda A, B, a, b, c, row: getattr(T, name)(c, row, dim=1))

    operations: dict[str, Callable[[], Any]] = {
        "T.copy": lambda: on_blocks(lambda A, B, a, b, c, row: T.copy(a, c)),
        "T.fill, T.clear": lambda: on_blocks(lambda A, B, a, b, c, row: T.fill(c, 1.5)),
        "T.gemm": lambda: on_blocks(lambda A, B, a, b, c, row: T.gemm(a, b, c), "bfloat16"),
        "T.gemm with transposes": lambda: on_blocks(
            lambda A, B, a, b, c, row: T.gemm(a, b, c, transpose_A=True, transpose_B=True), "bfloat16"
        ),
        "T.transpose": lambda: on_blocks(lambda A, B, a, b, c, row: T.transpose(a, b)),
        "T.cumsum": lambda: on_blocks(lambda A, B, a, b, c, row: T.cumsum(a, b, dim=1)),
        "T.cummax": lambda: on_blocks(lambda A, B, a, b, c, row: T.cummax(a, b, dim=1)),
        "T.atomic_add": lambda: on_blocks(lambda A, B, a, b, c, row: T.atomic_add(B[0:64, 0:64], a)),
        "T.print": lambda: on_blocks(lambda A, B, a, b, c, row: T.print(c)),
    }
    for name in ["sum", "max", "min", "abssum", "absmax"]:
        operations[f"T.reduce_{name}"] = reduction(f"reduce_{name}")
    for name in ["sum", "max", "bitand", "bitor", "bitxor"]:
        operations[f"T.reduce_{name} of int32"] = lambda name=f"reduce_{name}": of_integers(getattr(T, name))
    return operations


def of_integers(reduce: Callable[..., Any]) -> Any:
    @T.prim_func
    def main(A: T.Tensor((64, 64), "int32"), B: T.Tensor((64,), "int32")):
        with T.Kernel(1, threads=128) as _:
            a = T.alloc_fragment((64, 64), "int32")
            row = T.alloc_fragment((64,), "int32")
            T.copy(A, a)
            reduce(a, row, dim=1)
            T.copy(row, B)

    return main


# Calls that every kernel makes: protocol and configuration.
COMMON = re.compile(
    r"^(cb_|tile_regs_|get_|pack_reconfig|reconfig_|compute_kernel_hw_startup|kernel_main|if|for|noc_)|_init$"
)


def device_calls(source: str) -> list[str]:
    calls: list[str] = []
    body = source[source.index("void kernel_main()") :]
    # Comments quote the user's statements.
    for name in re.findall(r"\b([a-z]\w*)(?:<[^;\n]*?>)?\(", re.sub(r"//.*", "", body)):
        if not COMMON.search(name) and name not in calls:
            calls.append(name)
    return calls


PLAIN = {"copy_tile", "pack_tile", "static_cast", "float_bits"}


def outcome(make: Callable[[], Any]) -> tuple[str, str]:
    """(how, detail): the device's operations, or why there are none."""
    try:
        kernel = make()
    except Exception as error:
        return "not for these operands", str(error).splitlines()[0][:90]
    try:
        files = compile_function(kernel, Target({"kind": "tenstorrent", "riscv": 0}))
    except ValueError as refusal:
        reason = str(refusal).splitlines()[0]
        try:
            compile_function(kernel, Target("tenstorrent"))
        except ValueError as error:
            return "refused", str(error).splitlines()[0]
        return "RISC-V core", reason
    calls = [call for call in device_calls(files["compute.cpp"]) if call not in PLAIN]
    return "tile operations", ", ".join(f"`{call}`" for call in calls) or "`copy_tile`"


def rows() -> list[tuple[str, str, str, str]]:
    table: list[tuple[str, str, str, str]] = []

    def add(group: str, name: str, make: Callable[[], Any]) -> None:
        table.append((group, name, *outcome(make)))

    for name, make in tile_operations().items():
        add("Tile operations", name, make)
    for name, value in ARITHMETIC.items():
        add("Expressions of T.Parallel", name, lambda value=value: elementwise(value))
    for dtype in ("int32", "uint32"):
        for name, value in OF_INTEGERS.items():
            make = lambda value=value, dtype=dtype: elementwise(value, dtype)  # noqa: E731
            add(f"Expressions of T.Parallel in {dtype}", name, make)
    for name in FUNCTIONS_OF_ONE:
        function = getattr(T, name)
        add("Functions", f"T.{name}", lambda f=function: elementwise(lambda a, *_: as_number(f(a))))
    for name in FUNCTIONS_OF_TWO:
        function = getattr(T, name)
        add("Functions", f"T.{name}", lambda f=function: elementwise(lambda a, b, *_: f(a, b)))
    for name in FUNCTIONS_OF_THREE:
        function = getattr(T, name)
        add("Functions", f"T.{name}", lambda f=function: elementwise(lambda a, b, *_: f(a, b, a)))
    return table


def document() -> str:
    lines = [
        "# Operations",
        "",
        "What becomes of TileLang's operations. `tools/operations.py` writes this table: it compiles a small",
        "kernel for each, of fp32 where nothing else is said, and lists what the compute kernel calls besides",
        "copies. What has no tile operation runs element by element on a RISC-V core, which is slow; then, and",
        "where it is refused, the reason is given.",
    ]
    group = ""
    for section, name, how, detail in rows():
        if section != group:
            lines += ["", f"## {section}", "", "| TileLang | becomes | how |", "|---|---|---|"]
            group = section
        lines.append("| " + " | ".join(text.replace("|", "\\|") for text in (name, how, detail)) + " |")
    return "\n".join(lines) + "\n"


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--check", action="store_true", help="compare with docs/operations.md instead of writing it")
    text = document()
    if parser.parse_args().check:
        current = DOCUMENT.exists() and DOCUMENT.read_text() == text
        print("docs/operations.md is " + ("current" if current else "stale: run python tools/operations.py"))
        return 0 if current else 1
    DOCUMENT.write_text(text)
    return 0


if __name__ == "__main__":
    sys.exit(main())
