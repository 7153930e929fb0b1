"""Programs on blocks of two or three axes: statements as data, a TileLang kernel of them, and what they give in torch.

All values are whole numbers of at most 8 when a statement ends, so that every type holds them exactly and results are
compared bit for bit.
"""

from dataclasses import dataclass
from pathlib import Path

import torch
from hypothesis import strategies as st
from programs import _main_of, indented

LIMIT = 8
RELATIONS = {"<": torch.lt, "<=": torch.le, ">": torch.gt, ">=": torch.ge, "==": torch.eq, "!=": torch.ne}
INFIX = {"+": torch.add, "-": torch.sub, "*": torch.mul}


@dataclass(frozen=True)
class Blocks:
    """Blocks P, Q, S of ``shape``, the next to last axis along the tensors' ``rows``; r{d} has all axes but d."""

    shape: tuple[int, ...]
    rows: int
    dtypes: tuple[str, str, str]

    @property
    def wide(self):
        """Operands are cast to float32: blocks differ in type."""
        return len(set(self.dtypes)) > 1

    @property
    def axes(self):
        return "zij"[-len(self.shape) :]

    @property
    def count(self):
        return -(-self.rows // self.shape[-2])

    def axes_of(self, name):
        return self.axes if name in "PQS" else self.axes.replace(self.axes[int(name[1])], "")

    def shape_of(self, name):
        return tuple(self.shape[self.axes.index(a)] for a in self.axes_of(name))

    def dtype_of(self, name):
        return self.dtypes["PQS".index(name)] if name in "PQS" else "float32" if self.wide else self.dtypes[0]

    @property
    def vectors(self):
        return [f"r{d}" for d in range(len(self.shape))]


def blocks():
    types = st.sampled_from(["bfloat16", "float16", "float32"])
    one = types.map(lambda t: (t, t, t))
    sizes = st.sampled_from([32, 64])
    widths = st.sampled_from([32, 64, 40, 96])
    shapes = st.tuples(sizes, widths) | st.tuples(st.integers(1, 3), sizes, widths)
    return st.builds(Blocks, shapes, st.integers(1, 100), one | st.tuples(types, types, types))


# --- expressions: ("at", name, index of each axis: its letter or a number), numbers, (op, ..) ---


def expressions(b, target):
    """What may be stored to the block `target`; its own old values at the same element alone."""
    axes = b.axes_of(target)
    leaves = [("at", n, tuple(b.axes_of(n))) for n in ["P", "Q", "S", *b.vectors] if set(b.axes_of(n)) <= set(axes)]
    others = [n for n in "PQS" if n != target]
    if axes == "ij" and len(b.shape) == 2 and b.shape[0] == b.shape[1]:
        leaves += [("at", n, ("j", "i")) for n in others]
    for name in others:  # a line or an element
        for fixed in b.axes:
            index = tuple(min(3, b.shape[d] - 1) if a == fixed or a not in axes else a for d, a in enumerate(b.axes))
            leaves.append(("at", name, index))
    leaf = st.sampled_from(leaves) | st.integers(-3, 3).map(float)
    infix = st.sampled_from([*INFIX, "max", "min"])
    pairs = leaf | st.tuples(infix, leaf, leaf)
    masks = st.tuples(st.just("place"), st.sampled_from([">=", "<", "=="]), st.sampled_from(axes), st.integers(0, 40))
    conditions = st.tuples(st.sampled_from(sorted(RELATIONS)), leaf, leaf) | masks
    return (
        pairs
        | st.tuples(infix, pairs, leaf)
        | st.tuples(st.just("where"), conditions, pairs, pairs)
        | st.tuples(st.sampled_from(["abs", "neg"]), pairs)
    )


def in_tilelang(b, tree):
    if isinstance(tree, float):
        return f"T.float32({tree})" if b.wide else f'T.cast(T.float32({tree}), "{b.dtypes[0]}")'
    op = tree[0]
    if op == "at":
        text = f"{tree[1]}[{', '.join(map(str, tree[2]))}]"
        return f'T.cast({text}, "float32")' if b.wide and b.dtype_of(tree[1]) != "float32" else text
    if op == "where":
        kind, x, y = tree[1][0], *tree[1][-2:]
        condition = f"{x} {tree[1][1]} {y}" if kind == "place" else f"{in_tilelang(b, x)} {kind} {in_tilelang(b, y)}"
        return f"T.if_then_else({condition}, {in_tilelang(b, tree[2])}, {in_tilelang(b, tree[3])})"
    sides = [in_tilelang(b, side) for side in tree[1:]]
    if op in INFIX:
        return f"({sides[0]} {op} {sides[1]})"
    return f"(-{sides[0]})" if op == "neg" else f"T.{op}({', '.join(sides)})"


def in_torch(b, tree, space, axes):
    if isinstance(tree, float):
        return torch.tensor(tree, dtype=torch.float64)
    op = tree[0]
    if op == "at":
        value, names = space[tree[1]], [a for a in tree[2] if isinstance(a, str)]
        value = value[tuple(slice(None) if isinstance(a, str) else a for a in tree[2])]
        value = value.permute([names.index(a) for a in axes if a in names])
        for d, a in enumerate(axes):
            value = value if a in names else value.unsqueeze(d)
        return value
    if op == "where":
        if tree[1][0] == "place":
            _, relation, axis, bound = tree[1]
            d = axes.index(axis)
            place = torch.arange(b.shape[b.axes.index(axis)]).reshape([-1 if a == axis else 1 for a in axes])
            assert place.dim() > d
            condition = RELATIONS[relation](place, torch.tensor(bound))
        else:
            condition = RELATIONS[tree[1][0]](*(in_torch(b, side, space, axes) for side in tree[1][1:]))
        return torch.where(condition, in_torch(b, tree[2], space, axes), in_torch(b, tree[3], space, axes))
    sides = [in_torch(b, side, space, axes) for side in tree[1:]]
    if op in INFIX:
        return INFIX[op](*sides)
    return {"max": torch.maximum, "min": torch.minimum, "abs": torch.abs, "neg": torch.neg}[op](*sides)


# --- statements ---


@st.composite
def statements(draw, b, depth=0):
    kind = draw(
        st.sampled_from(["store"] * 4 + ["reduce"] * 3 + ["copy", "fill"] + (["if", "for"] if depth == 0 else []))
    )
    if kind == "store":
        target = draw(st.sampled_from(["P", "Q", "S", *b.vectors]))
        return ("store", target, draw(expressions(b, target)))
    if kind == "reduce":
        sums = ["sum", "abssum"] if b.dtype_of("r0") == "float32" else []
        how = draw(st.sampled_from(["max", "min", "absmax", *sums]))
        return (
            "reduce",
            how,
            draw(st.sampled_from("PQS")),
            draw(st.integers(0, len(b.shape) - 1)),
            how == "abssum" or draw(st.booleans()),  # whether it clears
        )
    if kind == "copy":
        return ("copy", *draw(st.permutations("PQS"))[:2])
    if kind == "fill":
        return ("fill", draw(st.sampled_from(["P", "Q", "S", *b.vectors])), draw(st.integers(-3, 3)))
    return (kind, draw(st.lists(statements(b, depth + 1), min_size=1, max_size=3)))


def programs():
    return blocks().flatmap(lambda b: st.tuples(st.just(b), st.lists(statements(b), min_size=1, max_size=5)))


def clamped(text, dtype):
    limit = [f'T.cast(T.float32({n}), "{dtype}")' for n in (LIMIT, -LIMIT)]
    return f"T.max(T.min({text}, {limit[0]}), {limit[1]})"


def store_text(b, target, value):
    axes, shape = b.axes_of(target), b.shape_of(target)
    wide = "float32" if b.wide else b.dtypes[0]
    value = clamped(value, wide)
    if wide != b.dtype_of(target):
        value = f'T.cast({value}, "{b.dtype_of(target)}")'
    head = f"for {', '.join(axes)} in T.Parallel({', '.join(map(str, shape))}):"
    return [head, f"    {target}[{', '.join(axes)}] = {value}"]


def lines_of(b, statement):
    kind = statement[0]
    if kind == "store":
        return store_text(b, statement[1], in_tilelang(b, statement[2]))
    if kind == "reduce":
        _, how, source, dim, clear = statement
        option = "" if how == "abssum" else f", clear={clear}"
        call = f"T.reduce_{how}({source}, r{dim}, dim={dim}{option})"
        return [call, *store_text(b, f"r{dim}", in_tilelang(b, ("at", f"r{dim}", tuple(b.axes_of(f"r{dim}")))))]
    if kind == "copy":
        return [f"T.copy({statement[1]}, {statement[2]})"]
    if kind == "fill":
        return [f"T.fill({statement[1]}, {statement[2]})"]
    head = "if bx % 2 == 1:" if kind == "if" else "for _ in T.serial(2):"
    return [head, *indented([line for s in statement[1] for line in lines_of(b, s)])]


def run(b, statement, space, block):
    kind = statement[0]
    if kind == "store":
        axes = b.axes_of(statement[1])
        value = in_torch(b, statement[2], space, axes).expand(b.shape_of(statement[1]))
        space[statement[1]] = value.clamp(-LIMIT, LIMIT).clone()
    elif kind == "reduce":
        _, how, source, dim, clear = statement
        x = space[source].abs() if how.startswith("abs") else space[source]
        value = {"max": x.amax, "min": x.amin, "sum": x.sum}[how.removeprefix("abs")](dim)
        join = {"max": torch.maximum, "min": torch.minimum, "sum": torch.add}[how.removeprefix("abs")]
        value = value if clear else join(value, space[f"r{dim}"])
        space[f"r{dim}"] = value.clamp(-LIMIT, LIMIT)
    elif kind == "copy":
        space[statement[2]] = space[statement[1]].clone()
    elif kind == "fill":
        space[statement[1]] = torch.full(b.shape_of(statement[1]), float(statement[2]), dtype=torch.float64)
    elif kind == "for" or block % 2 == 1:
        for _ in range(2 if kind == "for" else 1):
            for s in statement[1]:
                run(b, s, space, block)


# --- kernels ---


def tensor_shape(b, name):
    """A block's tensor: the blocks lie along its axis of rows, or along one in front where it has none."""
    axes = b.axes_of(name)
    shape = tuple(b.rows if a == "i" else b.shape[b.axes.index(a)] for a in axes)
    return shape if "i" in axes else (b.count, *shape)


def place(b, name):
    axes = b.axes_of(name)
    starts = [f"bx * {b.shape[-2]}" if a == "i" else "0" for a in axes]
    return ", ".join(starts if "i" in axes else ["bx", *starts])


def kernel(b, body, folder: Path):
    outs = ["P", "Q", "S", *b.vectors]
    tensors = [("A", "P"), ("B", "Q"), *((f"O{n}", n) for n in outs)]
    parameters = [f'{t}: T.Tensor({tensor_shape(b, n)}, "{b.dtype_of(n)}")' for t, n in tensors]
    lines = [f'{n} = T.alloc_fragment({b.shape_of(n)}, "{b.dtype_of(n)}")' for n in outs]
    lines += [f"T.copy(A[{place(b, 'P')}], P)", f"T.copy(B[{place(b, 'Q')}], Q)"]
    lines += [f"T.fill({n}, 1)" for n in outs[2:]]
    lines += [line for s in body for line in lines_of(b, s)]
    lines += [f"T.copy({n}, O{n}[{place(b, n)}])" for n in outs]
    text = [
        "import tilelang.language as T",
        "",
        "",
        "@T.prim_func",
        "def main(",
        *indented([p + "," for p in parameters]),
    ]
    text += ["):", f"    with T.Kernel({b.count}, threads=128) as bx:", *indented(indented(lines)), ""]
    return _main_of("\n".join(text), folder)


def expected(b, body, a, second):
    """The tensors that the kernel writes, by name. What lies beyond the tensors' edge is zero in a block."""
    outs = ["P", "Q", "S", *b.vectors]
    result = {n: torch.zeros(tensor_shape(b, n), dtype=torch.float64) for n in outs}
    height, last = b.shape[-2], len(b.shape) - 2
    for block in range(b.count):
        begin, end = block * height, min(b.rows, (block + 1) * height)
        space = {}
        for name, tensor in (("P", a), ("Q", second)):
            space[name] = torch.zeros(b.shape, dtype=torch.float64)
            space[name].narrow(last, 0, end - begin).copy_(tensor.double().narrow(last, begin, end - begin))
        for name in outs[2:]:
            space[name] = torch.ones(b.shape_of(name), dtype=torch.float64)
        for s in body:
            run(b, s, space, block)
        for name in outs:
            axes = b.axes_of(name)
            if "i" in axes:
                d = axes.index("i")
                result[name].narrow(d, begin, end - begin).copy_(space[name].narrow(d, 0, end - begin))
            else:
                result[name][block] = space[name]
    return result
