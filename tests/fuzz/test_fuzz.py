"""Kernels nobody wrote by hand: right against float64, or refused with the user's line; never silently wrong."""

import operator

import generated
import pytest
import tilelang
import tilelang.language as T
import torch
from hypothesis import given
from hypothesis import strategies as st

import tilelang_tenstorrent  # noqa: F401  (registers the target)

DTYPES = {"bfloat16": torch.bfloat16, "float16": torch.float16, "float32": torch.float32}
EPS = {"bfloat16": 2**-8, "float16": 2**-11, "float32": 2**-23}
TINY = {"bfloat16": 1e-37, "float16": 2**-14, "float32": 1e-37}  # around the smallest normal number

dtypes = st.sampled_from(sorted(DTYPES))
sizes = st.integers(1, 200)
blocks = st.sampled_from([32, 64, 96, 128])


def compiled(function):
    return tilelang.compile(function, target="tenstorrent")


def rand(*shape, dtype, seed, scale=1.0):
    generator = torch.Generator().manual_seed(seed)
    return (torch.randn(*shape, generator=generator) * scale).to(DTYPES[dtype])


def assert_within(got, want, bound):
    assert not torch.isnan(got.double()).any(), "NaN in the result, or elements that were never written"
    excess = ((got.double() - want).abs() / bound).max().item()
    assert excess <= 1, f"error is {excess:.3g} times the bound"


@given(
    M=sizes,
    N=sizes,
    K=sizes,
    bm=blocks,
    bn=blocks,
    bk=st.sampled_from([32, 64, 96]),
    dtype=dtypes,
    wide=st.booleans(),
    trans_a=st.booleans(),
    trans_b=st.booleans(),
    stages=st.integers(0, 4),
    start=st.sampled_from([0, 0, 1.5, -3, "flag"]),
    outputs=st.integers(1, 2),
    scale=st.sampled_from([1.0, 1e-2, 8.0]),
)
def test_gemm(M, N, K, bm, bn, bk, dtype, wide, trans_a, trans_b, stages, start, outputs, scale):
    out = "float32" if wide else dtype
    kernel = compiled(generated.gemm(M, N, K, bm, bn, bk, dtype, out, trans_a, trans_b, stages, start, outputs))
    a, b = rand(M, K, dtype=dtype, seed=1, scale=scale), rand(outputs, K, N, dtype=dtype, seed=2)
    c = torch.full((outputs, M, N), float("nan"), dtype=DTYPES[out])
    kernel(a.T.contiguous() if trans_a else a, b.transpose(1, 2).contiguous() if trans_b else b, c)
    first = 0.0 if start == "flag" else start
    want = a.double() @ b.double() + first
    terms = a.double().abs() @ b.double().abs() + abs(first)
    assert_within(c, want, 2 * EPS[out] * want.abs() + 64 * EPS["float32"] * terms + TINY[out])


@given(
    tiles=st.tuples(st.integers(1, 4), st.integers(1, 4)),
    steps=st.integers(1, 4),
    how=st.sampled_from(["clear", "flag"]),
)
def test_cleared_in_every_iteration(tiles, steps, how):
    M, N = tiles[0] * 32, tiles[1] * 32
    a, b = rand(M, steps * 32, dtype="bfloat16", seed=1), rand(steps * 32, N, dtype="bfloat16", seed=2)
    c = torch.full((M, N), float("nan"))
    compiled(generated.clearing_gemm(M, N, steps, how))(a, b, c)
    x, y = a[:, -32:].double(), b[-32:].double()
    assert_within(c, x @ y, 64 * EPS["float32"] * (x.abs() @ y.abs()) + TINY["float32"])


LEAVES = st.sampled_from(["a", "b", "row", "col"]) | st.sampled_from([0.0, 1.0, -1.0, 0.5, 2.0, -3.25, 1e-7])
INFIX = {"+": operator.add, "-": operator.sub, "*": operator.mul}
# Functions that do not magnify an error of their argument.
FUNCTIONS = {
    "abs": (T.abs, torch.abs),
    "neg": (lambda x: -x, torch.neg),
    "tanh": (T.tanh, torch.tanh),
    "sigmoid": (T.sigmoid, torch.sigmoid),
    "atan": (T.atan, torch.atan),
}
RELATIONS = {
    "<": operator.lt,
    "<=": operator.le,
    ">": operator.gt,
    ">=": operator.ge,
    "==": operator.eq,
    "!=": operator.ne,
}
WHOLE = {
    "affine": lambda i, j, p, q, r: p * i + q * j + r,
    "quotient": lambda i, j, p, q, r: (i + abs(r)) // (abs(p) + 1) - j // (abs(q) + 1),
    "rest": lambda i, j, p, q, r: (i + j) % (abs(p) + 1) - j % (abs(q) + 2) + r,
    "product": lambda i, j, p, q, r: i * j - p * i - r,
}  # numbers made of an element's place
relations = st.sampled_from(sorted(RELATIONS))
wholes = st.tuples(st.sampled_from(sorted(WHOLE)), st.integers(-3, 3), st.integers(-3, 3), st.integers(-90, 90))
masks = st.tuples(relations, wholes) | st.tuples(
    st.sampled_from(["and", "or"]), st.tuples(relations, wholes), st.tuples(relations, wholes)
)


def larger(inner):
    return (
        st.tuples(st.sampled_from([*INFIX, "max", "min"]), inner, inner)
        | st.tuples(st.sampled_from(sorted(FUNCTIONS)), inner)
        | st.tuples(st.just("where"), relations, inner, inner, inner, inner)
        | st.tuples(st.just("mask"), masks, inner, inner)
    )


expressions = st.recursive(LEAVES, larger, max_leaves=8)


def operands_of(tree):
    """Names of the tensors that the tree reads."""
    if isinstance(tree, tuple):
        start = {"where": 2, "mask": 2}.get(tree[0], 1)
        return set().union(*(operands_of(side) for side in tree[start:]))
    return {tree} if isinstance(tree, str) else set()


def holds(mask, i, j, both, either):
    """Whether a mask lets (i, j) through: TileLang's expressions or torch's."""
    if mask[0] in ("and", "or"):
        return (both if mask[0] == "and" else either)(*(holds(part, i, j, both, either) for part in mask[1:]))
    relation, (kind, *factors) = mask
    return RELATIONS[relation](WHOLE[kind](i, j, *factors), 0)


def in_tilelang(tree, names):
    if isinstance(tree, str):
        return names[tree]
    if not isinstance(tree, tuple):
        return T.float32(tree) if names["a"].dtype == "float32" else T.cast(T.float32(tree), names["a"].dtype)
    if tree[0] == "mask":
        condition = holds(tree[1], names["i"], names["j"], T.And, T.Or)
        return T.if_then_else(condition, *(in_tilelang(side, names) for side in tree[2:]))
    if tree[0] == "where":
        x, y, left, right = (in_tilelang(side, names) for side in tree[2:])
        return T.if_then_else(RELATIONS[tree[1]](x, y), left, right)
    sides = [in_tilelang(side, names) for side in tree[1:]]
    if tree[0] in FUNCTIONS:
        return FUNCTIONS[tree[0]][0](*sides)
    return (INFIX[tree[0]] if tree[0] in INFIX else T.max if tree[0] == "max" else T.min)(*sides)


def with_bound(tree, values, eps, tiny):
    """Value in float64 and how far a result may be off that rounds each operation to the type of eps."""
    if isinstance(tree, str):
        return values[tree], torch.zeros_like(values[tree])
    if not isinstance(tree, tuple):
        value = torch.tensor(tree, dtype=torch.float64)
        return value, eps * value.abs() + tiny
    if tree[0] == "mask":
        condition = holds(tree[1], values["i"], values["j"], torch.logical_and, torch.logical_or)
        (x, dx), (y, dy) = (with_bound(side, values, eps, tiny) for side in tree[2:])
        return torch.where(condition, x, y), torch.where(condition, dx, dy)
    if tree[0] == "where":
        (x, dx), (y, dy), (left, dl), (right, dr) = (with_bound(side, values, eps, tiny) for side in tree[2:])
        condition = RELATIONS[tree[1]](x, y)
        result, error = torch.where(condition, left, right), torch.where(condition, dl, dr)
        doubtful = ((x - y).abs() <= dx + dy) & (dx + dy > 0)  # either side is right
        return result, torch.where(doubtful, (left - right).abs() + torch.maximum(dl, dr), error)
    if tree[0] in FUNCTIONS:
        x, dx = with_bound(tree[1], values, eps, tiny)
        result = FUNCTIONS[tree[0]][1](x)
        return result, dx + 2 * eps * (result.abs() + dx) + tiny
    (x, dx), (y, dy) = (with_bound(side, values, eps, tiny) for side in tree[1:])
    if tree[0] == "*":
        result, error = x * y, x.abs() * dy + y.abs() * dx + dx * dy
    elif tree[0] in INFIX:
        result, error = INFIX[tree[0]](x, y), dx + dy
    else:
        result, error = (torch.maximum if tree[0] == "max" else torch.minimum)(x, y), torch.maximum(dx, dy)
    return result, error + 2 * eps * (result.abs() + error) + tiny


@given(M=sizes, N=sizes, bm=blocks, bn=blocks, dtype=dtypes, tree=expressions.filter(operands_of), staged=st.booleans())
def test_elementwise(M, N, bm, bn, dtype, tree, staged):
    def expression(a, b, row, col, i, j):
        return in_tilelang(tree, {"a": a, "b": b, "row": row, "col": col, "i": i, "j": j})

    try:
        kernel = compiled(generated.elementwise(M, N, bm, bn, dtype, expression, staged))
    except ValueError as refusal:
        assert "tiles in DST at once" in str(refusal), "only an expression that is too deep may be refused"
        assert "Way out:" in str(refusal) and "generated.py:" in str(refusal)
        return
    a, b = rand(M, N, dtype=dtype, seed=1), rand(M, N, dtype=dtype, seed=2)
    row, col = rand(N, dtype=dtype, seed=3), rand(M, dtype=dtype, seed=4)
    c = torch.full((M, N), float("nan"), dtype=DTYPES[dtype])
    kernel(a, b, row, col, c)
    values = {
        "a": a.double(),
        "b": b.double(),
        "row": row.double()[None, :].expand(M, N),
        "col": col.double()[:, None].expand(M, N),
        "i": torch.arange(M)[:, None].expand(M, N),
        "j": torch.arange(N)[None, :].expand(M, N),
    }
    want, error = with_bound(tree, values, EPS[dtype], TINY[dtype])
    assert_within(c, want, error + EPS[dtype] * want.abs() + TINY[dtype])


@pytest.mark.parametrize(
    "tree",
    [
        ("-", ("*", ("+", "a", "b"), ("-", "a", "b")), ("*", "a", "b")),
        ("*", ("*", ("+", "a", "b"), ("-", "a", "b")), ("+", ("*", "a", "b"), ("+", "a", 1.0))),
        ("-", "a", "a"),
        ("*", "row", "row"),
        ("-", "col", ("*", "row", "col")),
        ("where", "<", "a", "b", ("tanh", "row"), ("neg", ("abs", "col"))),
        ("mask", ("and", (">=", ("affine", 1, -1, 3)), ("!=", ("rest", 2, 1, 0))), "a", 0.0),
        ("mask", ("<", ("quotient", 2, 1, -7)), ("*", "a", "row"), ("mask", (">", ("product", 1, 1, 50)), "b", 1.0)),
    ],
)
@pytest.mark.parametrize("dtype", sorted(DTYPES))
def test_chosen_expressions(tree, dtype):
    test_elementwise.hypothesis.inner_test(70, 50, 64, 32, dtype, tree, True)
