"""Kernels nobody wrote by hand on the RISC-V path: integers of all widths, control flow that depends on data."""

import operator
import tempfile
from pathlib import Path

import numpy as np
import programs
import tilelang
import tilelang.language as T
import torch
from budget import examples
from hypothesis import assume, given
from hypothesis import strategies as st

import tilelang_tenstorrent  # noqa: F401  (registers the target)

INTEGERS = ["int8", "uint8", "int16", "int32", "int64"]
INFIX = {
    "+": operator.add,
    "-": operator.sub,
    "*": operator.mul,
    "&": operator.and_,
    "|": operator.or_,
    "^": operator.xor,
    "//": operator.floordiv,
    "%": operator.mod,
}
RELATIONS = {"<": operator.lt, ">=": operator.ge, "==": operator.eq}

trees = st.recursive(
    st.sampled_from(["a", "b", 1, 3, 5]),
    lambda inner: (
        st.tuples(st.sampled_from(["+", "-", "*", "&", "|", "^", "max", "min"]), inner, inner)
        | st.tuples(st.sampled_from(["//", "%"]), inner, st.sampled_from([2, 3, 7, "positive"]))
        | st.tuples(st.sampled_from(["<<", ">>"]), inner, st.integers(0, 3))
        | st.tuples(st.just("where"), st.sampled_from(sorted(RELATIONS)), inner, inner, inner, inner)
        | st.tuples(st.just("cast"), st.sampled_from(INTEGERS), inner)
    ),
    max_leaves=8,
)


def in_tilelang(tree, a, b, dtype):
    if isinstance(tree, int):
        return T.cast(T.int32(tree), dtype)
    if isinstance(tree, str):
        return {"a": a, "b": b, "positive": b * b + T.cast(T.int32(1), dtype)}[tree]
    if tree[0] == "cast":
        return T.cast(T.cast(in_tilelang(tree[2], a, b, dtype), tree[1]), dtype)
    if tree[0] == "where":
        x, y, left, right = (in_tilelang(side, a, b, dtype) for side in tree[2:])
        return T.if_then_else(RELATIONS[tree[1]](x, y), left, right)
    x, y = (in_tilelang(side, a, b, dtype) for side in tree[1:])
    functions = {"max": T.max, "min": T.min, "<<": operator.lshift, ">>": operator.rshift} | INFIX
    return functions[tree[0]](x, y)


def in_numpy(tree, a, b, dtype):
    """Exact values, in int64. What overflows has no defined value: such an example is not one."""

    def fits(value, dtype):
        assume(np.all(value >= np.iinfo(dtype).min) and np.all(value <= np.iinfo(dtype).max))
        return value

    if isinstance(tree, int):
        return np.full_like(a, tree)
    if isinstance(tree, str):
        return fits({"a": a, "b": b, "positive": b * b + 1}[tree], dtype)
    if tree[0] == "cast":
        return fits(fits(in_numpy(tree[2], a, b, dtype), tree[1]), dtype)
    if tree[0] == "where":
        x, y, left, right = (in_numpy(side, a, b, dtype) for side in tree[2:])
        return np.where(RELATIONS[tree[1]](x, y), left, right)
    x, y = (in_numpy(side, a, b, dtype) for side in tree[1:])
    functions = {"max": np.maximum, "min": np.minimum, "<<": np.left_shift, ">>": np.right_shift} | INFIX
    return fits(functions[tree[0]](x, y), dtype)


@examples(12)
@given(n=st.integers(1, 90), block=st.sampled_from([7, 16, 32]), dtype=st.sampled_from(INTEGERS), tree=trees)
def test_integers(n, block, dtype, tree):
    numbers = np.random.default_rng(n)
    low = 0 if dtype == "uint8" else -6
    a, b = numbers.integers(low, 7, n), numbers.integers(low, 7, n)
    want = in_numpy(tree, a, b, dtype)

    @T.prim_func
    def main(A: T.Tensor((n,), dtype), B: T.Tensor((n,), dtype), C: T.Tensor((n,), dtype)):
        with T.Kernel(T.ceildiv(n, block), threads=128) as bx:
            for i in T.Parallel(block):
                C[bx * block + i] = in_tilelang(tree, A[bx * block + i], B[bx * block + i], dtype)

    x, y = (torch.from_numpy(values).to(getattr(torch, dtype)) for values in (a, b))
    c = torch.zeros_like(x)
    tilelang.compile(main, target="tenstorrent")(x, y, c)
    assert c.tolist() == want.tolist()


@examples(8)
@given(n=st.integers(1, 30), parts=programs.statements)
def test_control_flow_on_data(n, parts):
    body = programs.body_of(parts)
    generator = torch.Generator().manual_seed(n)
    numbers = torch.randint(-50, 50, (n,), generator=generator).to(torch.int32)
    with tempfile.TemporaryDirectory() as folder:
        kernel = tilelang.compile(programs.in_tilelang(body, n, Path(folder)), target="tenstorrent")
    x, y = torch.zeros_like(numbers), torch.zeros_like(numbers)
    kernel(numbers, x, y)
    program = programs.in_python(body)
    assert list(zip(x.tolist(), y.tolist(), strict=True)) == [program(numbers.tolist(), at) for at in range(n)]


@examples(8)
@given(parts=programs.fragment_statements, data=st.tuples(*[st.integers(0, 1)] * 3))
def test_fragments_between_tiles_and_rows(parts, data):
    """Which of a fragment's two forms is the newest, whatever order statements and branches come in."""
    body = programs.body_of(parts)
    generator = torch.Generator().manual_seed(len(body))
    a, b = (torch.randint(-9, 10, programs.SHAPE, generator=generator).float() for _ in range(2))
    with tempfile.TemporaryDirectory() as folder:
        kernel = tilelang.compile(programs.fragments_in_tilelang(body, Path(folder)), target="tenstorrent")
    x, y = torch.zeros(programs.SHAPE), torch.zeros(programs.SHAPE)
    kernel(a, b, torch.tensor(data, dtype=torch.int32), x, y)
    want = programs.fragments_in_torch(body)(a, b, data)
    assert torch.equal(x, want[0]) and torch.equal(y, want[1])
