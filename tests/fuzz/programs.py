"""Programs with control flow that depends on data, as text: one text for TileLang and for Python."""

import importlib.util
import itertools
from pathlib import Path

from hypothesis import strategies as st

VARIABLES = ("x", "y")
BLOCK = 8  # elements of a block

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
    path = folder / "program.py"
    path.write_text(text)
    spec = importlib.util.spec_from_file_location("program", path)
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module.main
