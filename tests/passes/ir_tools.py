"""The compiler pass by pass, its IR as text, and its device IR run statement by statement, for tests.

A grid of 2 x 2 cores keeps the expected texts short; nothing else about the kernels depends on it.
"""

from __future__ import annotations

import functools
from dataclasses import dataclass

import tilelang  # noqa: F401  (makes tvm importable)
import tvm_ffi
from pass_kernels import KERNELS
from tvm import IRModule, tirx
from tvm.target import Target

import tilelang_tenstorrent  # noqa: F401  (registers the compiler's functions)

TARGET = {"kind": "tenstorrent", "grid_x": 2, "grid_y": 2}


def ffi(name):
    return tvm_ffi.get_global_func(name)


def module(func, name="main"):
    return IRModule({name: func.with_attr("global_symbol", name)})


def pass_names():
    return [str(name) for _, name in ffi("tltt.compiler.passes")()]


def compile_files(func, target=TARGET):
    return {str(k): str(v) for k, v in ffi("tltt.compiler.compile")(module(func), Target(target)).items()}


def stages(func, target=TARGET):
    """[("initial", module), (pass, module after it), ...] of one compilation."""
    out = []
    ffi("tltt.compiler.compile_with_dumps")(
        module(func), Target(target), lambda i, name, mod: out.append((str(name), mod))
    )
    return out


@functools.cache
def _kernel_stages(kernel):
    return dict(stages(KERNELS[kernel]()))


def after(kernel, pass_name):
    """Module of a kernel of pass_kernels.py after a pass; "initial" is what the first pass sees."""
    return _kernel_stages(kernel)[pass_name]


def run_pass(name, mod):
    return ffi("tltt.transform." + name)()(mod)


def plain(value):
    """An attribute's value in Python's own types."""
    if isinstance(value, Target):
        return f"target {value.kind.name}"
    if isinstance(value, tirx.IntImm):
        return int(value.value)
    if isinstance(value, str):
        return str(value)
    if isinstance(value, (int, float, bool)):
        return value
    if hasattr(value, "items"):
        return {str(k): plain(v) for k, v in value.items()}
    if hasattr(value, "__len__"):
        return [plain(v) for v in value]
    return str(value)


def attrs(func):
    return {str(k): plain(v) for k, v in func.attrs.items()} if func.attrs else {}


def functions(mod):
    return {var.name_hint: func for var, func in sorted(mod.functions.items(), key=lambda item: item[0].name_hint)}


def roles(mod):
    return {attrs(f)["tt.kernel_role"]: f for f in functions(mod).values()}


def render(mod, before=None):
    """Text of a module: of each function the attributes that are new or changed since `before`, and the whole body."""
    out = []
    old = functions(before) if before else {}
    for name, func in functions(mod).items():
        known = attrs(old[name]) if name in old else attrs(next(iter(old.values()))) if old else {}
        mine = attrs(func)
        out.append(f"func {name}")
        out += [f"  - {key}" for key in sorted(known) if key not in mine]
        out += [
            f"  {'~' if key in known else '+'} {key} = {mine[key]}"
            for key in sorted(mine)
            if known.get(key) != mine[key]
        ]
        bare = tirx.PrimFunc(func.params, func.body, func.ret_type, func.buffer_map)
        text = bare.script(show_meta=False).split("\ndef ", 1)[1]
        out += [line.rstrip() for line in ("def " + text).rstrip().splitlines()]
        out.append("")
    return "\n".join(out)


# ---- Device IR, run -------------------------------------------------------------------------------------------------


@dataclass
class Event:
    op: str  # without "tt."
    args: tuple

    def __repr__(self):
        return f"{self.op}{self.args}"


_BINARY = {
    "Add": lambda a, b: a + b,
    "Sub": lambda a, b: a - b,
    "Mul": lambda a, b: a * b,
    "FloorDiv": lambda a, b: a // b,
    "FloorMod": lambda a, b: a % b,
    "Min": min,
    "Max": max,
    "LT": lambda a, b: a < b,
    "LE": lambda a, b: a <= b,
    "GT": lambda a, b: a > b,
    "GE": lambda a, b: a >= b,
    "EQ": lambda a, b: a == b,
    "NE": lambda a, b: a != b,
    "And": lambda a, b: a and b,
    "Or": lambda a, b: a or b,
}


class _Machine:
    def __init__(self, start_id, count, sends):
        self.args = {"start_id": start_id, "count": count, "row_sends": int(sends), "column_sends": int(sends)}
        self.env = {}
        self.events = []

    def value(self, expr):
        kind = type(expr).__name__
        if kind in ("IntImm", "FloatImm", "StringImm"):
            return expr.value
        if kind == "Var":
            return self.env[expr]
        if kind == "Cast":
            return self.value(expr.value)
        if kind == "Not":
            return not self.value(expr.a)
        if kind in _BINARY:
            return _BINARY[kind](self.value(expr.a), self.value(expr.b))
        if kind == "Call":
            name = expr.op.name
            if name == "tt.get_arg_val":
                return self.args.get(expr.args[0].value, 0)
            if name in ("tt.get_semaphore", "tt.semaphore_pointer", "tt.get_noc_addr", "tt.get_noc_multicast_addr"):
                return 0
            if name in ("tt.get_write_ptr", "tt.get_read_ptr"):
                self.emit(expr)
                return 0
            if name in ("tt.f32_bits", "tt.f32_of_int"):
                return float(self.value(expr.args[0]))
        raise AssertionError(f"no value for {kind}: {expr}")

    def emit(self, call):
        self.events.append(Event(call.op.name.removeprefix("tt."), tuple(self.value(arg) for arg in call.args)))

    def run(self, stmt):
        kind = type(stmt).__name__
        if kind == "SeqStmt":
            for child in stmt.seq:
                self.run(child)
        elif kind == "For":
            low = self.value(stmt.min)
            for i in range(low, low + self.value(stmt.extent)):
                self.env[stmt.loop_var] = i
                self.run(stmt.body)
        elif kind == "IfThenElse":
            branch = stmt.then_case if self.value(stmt.condition) else stmt.else_case
            if branch is not None:
                self.run(branch)
        elif kind == "Bind":
            self.env[stmt.var] = self.value(stmt.value)
        elif kind == "Evaluate":
            if type(stmt.value).__name__ == "Call":
                self.emit(stmt.value)
        else:
            raise AssertionError(f"device IR holds a {kind}")


def trace(func, start_id=0, count=1, sends=True):
    """Device calls of a role's function in the order in which a core with these arguments makes them; pointers and
    addresses: 0. ``sends``: whether it is the core that reads what its row or column shares."""
    machine = _Machine(start_id, count, sends)
    machine.run(func.body)
    return machine.events


def ops_in(func):
    """Names of the operations that a function calls, "tt.copy_tile", "tl.tileop.gemm", ..."""
    names = set()

    def visit(node):
        if isinstance(node, tirx.Call) and hasattr(node.op, "name"):
            names.add(node.op.name)

    tirx.stmt_functor.post_order_visit(func.body, visit)
    return names


def without(func, predicate):
    """The function with every Evaluate statement dropped whose call satisfies the predicate."""

    def drop(stmt):
        if isinstance(stmt.value, tirx.Call) and predicate(stmt.value):
            return tirx.Evaluate(0)
        return None

    return func.with_body(tirx.stmt_functor.ir_transform(func.body, None, drop, ["tirx.Evaluate"]))
