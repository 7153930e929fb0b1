"""Programs with control flow that depends on data, as text: one text for TileLang and for Python.

Of two kinds: on single numbers, and on whole fragments that tile operations and element statements take turns with.
"""

import importlib.util
import itertools
import re
from pathlib import Path

import torch
from hypothesis import strategies as st

VARIABLES = ("x", "y")
BLOCK = 8  # elements of a block
SHAPE = (32, 64)  # of a fragment

atoms = st.sampled_from([*VARIABLES, "D[at]", "at", "2", "7", "(0 - 3)"])
values = st.recursive(
    atoms,
    lambda inner: (
        st.builds("({} {} {})".format, inner, st.sampled_from(["+", "-", "*", "&", "|", "^"]), inner)
        | st.builds("({} // {})".format, inner, st.integers(1, 5))
        | st.builds("MAX({}, {})".format, inner, inner)
    ),
    max_leaves=4,
)
conditions = st.builds("{} {} {}".format, values, st.sampled_from(["<", "<=", "==", "!="]), values)
# Numbers stay small: what overflows has no defined value.
assignments = st.builds(lambda name, value: [f"{name} = {value} % 97"], st.sampled_from(VARIABLES), values)


def indented(lines):
    return ["    " + line for line in lines]


def nested(inner):
    bodies = st.lists(inner, min_size=1, max_size=2).map(lambda parts: list(itertools.chain(*parts)))
    bounds = st.sampled_from(["3", "(D[at] & 3)", "(x & 3)"])
    return (
        st.builds(lambda c, a: [f"if {c}:", *indented(a)], conditions, bodies)
        | st.builds(lambda c, a, b: [f"if {c}:", *indented(a), "else:", *indented(b)], conditions, bodies, bodies)
        | st.builds(lambda n, a: [f"for _ in RANGE({n}):", *indented(a)], bounds, bodies)
        | st.builds(
            lambda n, a, c, b: [f"for _ in RANGE({n}):", *indented([*a, f"if {c}:", "    BREAK", *b])],
            bounds,
            bodies,
            conditions,
            bodies,
        )
        # Each turn halves z, which nothing else changes.
        | st.builds(lambda n, a: [f"z = {n}", "while z > 0:", "    z = z // 2", *indented(a)], bounds, assignments)
    )


statements = st.lists(st.recursive(assignments, nested, max_leaves=5), min_size=1, max_size=3)


# Fragments F and G. SWAP exchanges neighbouring columns, which no tile operation does.
_moves = (("F", "G"), ("G", "F"))
fragment_assignments = st.one_of(
    st.builds(lambda move: [f"{move[0]} = SWAP({move[1]})"], st.sampled_from(_moves)),
    st.builds(lambda move: [f"{move[0]} = {move[0]} + SWAP({move[1]})"], st.sampled_from(_moves)),
    st.builds(
        lambda move, op: [f"{move[0]} = {move[0]} {op} {move[1]}"], st.sampled_from(_moves), st.sampled_from("+-")
    ),
    st.builds(lambda name, value: [f"{name} = FULL({value})"], st.sampled_from("FG"), st.integers(-3, 3)),
)
_few = st.lists(fragment_assignments, min_size=1, max_size=3).map(lambda parts: list(itertools.chain(*parts)))
fragment_statements = st.lists(
    fragment_assignments
    | st.builds(lambda at, a: [f"if D[{at}] > 0:", *indented(a)], st.integers(0, 2), _few)
    | st.builds(lambda a, b: ["for k in RANGE(3):", *indented([*a, "if D[k] > 0:", *indented(b)])], _few, _few),
    min_size=1,
    max_size=4,
)


def body_of(parts):
    return list(itertools.chain(*parts))


def in_python(body):
    """A function of the numbers D and a place in them: the values of the variables at the end."""
    lines = [line.replace("RANGE", "range").replace("MAX", "max").replace("BREAK", "break") for line in body]
    text = "\n".join(["def program(D, at):", *indented(["x, y, z = D[at], 0, 0", *lines, "return x, y"])])
    space = {}
    exec(text, space)
    return space["program"]


def in_tilelang(body, n, folder: Path):
    """A kernel that stores both variables for every place of n numbers; TileLang reads its text from a file."""
    lines = [
        line.replace("RANGE", "T.serial").replace("MAX", "T.max").replace("BREAK", "T.loop_break()") for line in body
    ]
    text = f"""import tilelang.language as T


@T.prim_func
def main(D: T.Tensor(({n},), "int32"), X: T.Tensor(({n},), "int32"), Y: T.Tensor(({n},), "int32")):
    with T.Kernel(T.ceildiv({n}, {BLOCK}), threads=128) as bx:
        x = T.alloc_var("int32")
        y = T.alloc_var("int32")
        z = T.alloc_var("int32")
        for i in T.serial({BLOCK}):
            at = bx * {BLOCK} + i
            if at < {n}:
                x = D[at]
                y = 0
                z = 0
{chr(10).join("    " * 4 + line for line in lines)}
                X[at] = x
                Y[at] = y
"""
    return _main_of(text, folder)


def fragments_in_torch(body):
    """A function of the tensors A, B and the list D: fragments SWAP(F) and G at the end."""
    lines = [line.replace("RANGE", "range") for line in body]
    text = "\n".join(["def program(A, B, D):", *indented(["F, G = A, B", *lines, "return SWAP(F), G"])])
    space = {
        "SWAP": lambda x: x.unflatten(1, (-1, 2)).flip(2).flatten(1),
        "FULL": lambda value: torch.full(SHAPE, float(value)),
    }
    exec(text, space)
    return space["program"]


def fragments_in_tilelang(body, folder: Path):
    """A kernel that loads both fragments, runs the program and stores them, F element by element."""

    def statement(line):
        at = len(line) - len(line.lstrip())
        target, _, value = line.strip().partition(" = ")
        if not value:
            return [line.replace("RANGE", "T.serial")]
        value = re.sub(r"FULL\((-?\d+)\)", r"T.float32(\1)", re.sub(r"SWAP\((.)\)", r"\1[i, j ^ 1]", value))
        value = re.sub(r"\b([FG])(?!\[)\b", r"\1[i, j]", value)
        return [" " * at + f"for i, j in T.Parallel{SHAPE}:", " " * at + f"    {target}[i, j] = {value}"]

    lines = list(itertools.chain(*map(statement, body)))
    text = f"""import tilelang.language as T


@T.prim_func
def main(
    A: T.Tensor({SHAPE}, "float32"), B: T.Tensor({SHAPE}, "float32"), D: T.Tensor((3,), "int32"),
    X: T.Tensor({SHAPE}, "float32"), Y: T.Tensor({SHAPE}, "float32")
):
    with T.Kernel(1, threads=128) as _:
        F = T.alloc_fragment({SHAPE}, "float32")
        G = T.alloc_fragment({SHAPE}, "float32")
        T.copy(A, F)
        T.copy(B, G)
{chr(10).join("    " * 2 + line for line in lines)}
        for i, j in T.Parallel{SHAPE}:
            X[i, j ^ 1] = F[i, j]
        T.copy(G, Y)
"""
    return _main_of(text, folder)


def _main_of(text, folder: Path):
    """Function `main` of a file of this text."""
    path = folder / "program.py"
    path.write_text(text)
    spec = importlib.util.spec_from_file_location("program", path)
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module.main
