"""Integers of 32 bits on the vector unit: the numbers of the language, wrapping around, and no element by element."""

import json

import pytest
import tilelang.language as T
import torch
from test_kernels import compiled

import tilelang_tenstorrent as tltt
from tilelang_tenstorrent import annotate_tt_layout, block_sharded, height_sharded

M, N = 70, 100  # not whole tiles
EDGES = [0, 1, -1, 2**31 - 1, -(2**31), 2**30, -(2**30), 40000, -40000]


def integers(dtype, seed=0, low=-(2**31), high=2**31):
    """Numbers of all sizes, and those at which arithmetic of 32 bits wraps around, as int64."""
    generator = torch.Generator().manual_seed(seed)
    values = torch.randint(low, high, (M, N), generator=generator)
    values[: M // 2] >>= torch.randint(0, 31, (M // 2, N), generator=generator)
    edges = [edge for edge in EDGES if low <= edge < high]
    values[0, : len(edges)] = torch.tensor(edges)
    values[1, : len(edges)] = torch.tensor(edges[::-1])
    return values & 0xFFFFFFFF if dtype == "uint32" else values


def wrapped(values, dtype):
    values = values & 0xFFFFFFFF
    return values if dtype == "uint32" else values - (values >> 31 << 32)


def as_tensor(values, dtype):
    return wrapped(values, "int32").to(torch.int32).view(torch.uint32 if dtype == "uint32" else torch.int32)


def elementwise(dtype, combine, out=None, block=(64, 32)):
    bm, bn = block
    out = out or dtype

    @T.prim_func
    def main(A: T.Tensor((M, N), dtype), B: T.Tensor((M, N), dtype), C: T.Tensor((M, N), out)):
        with T.Kernel(T.ceildiv(N, bn), T.ceildiv(M, bm), threads=128) as (bx, by):
            a = T.alloc_shared((bm, bn), dtype)
            b = T.alloc_shared((bm, bn), dtype)
            c = T.alloc_fragment((bm, bn), out)
            T.copy(A[by * bm, bx * bn], a)
            T.copy(B[by * bm, bx * bn], b)
            for i, j in T.Parallel(bm, bn):
                c[i, j] = combine(a[i, j], b[i, j], by * bm + i, bx * bn + j)
            T.copy(c, C[by * bm, bx * bn])

    return main


def on_tiles(func):
    """The kernel, which has nothing to do element by element."""
    kernel = compiled(func)
    assert tltt.remarks(kernel) == []
    return kernel


ROW, COL = torch.arange(M)[:, None].expand(M, N), torch.arange(N).expand(M, N)
BOTH = {
    "sum": (lambda a, b, i, j: a + b, lambda a, b: a + b),
    "difference": (lambda a, b, i, j: a - b, lambda a, b: a - b),
    "product": (lambda a, b, i, j: a * b, lambda a, b: a * b),
    "constants": (
        lambda a, b, i, j: (a * 3 - b) * 2 + 7 + a // 8 - b % 16,
        lambda a, b: (a * 3 - b) * 2 + 7 + a // 8 - b % 16,
    ),
    "larger": (lambda a, b, i, j: T.max(a, b), torch.maximum),
    "smaller": (lambda a, b, i, j: T.min(a, b), torch.minimum),
    "bits": (lambda a, b, i, j: (a & b) ^ (a | b), lambda a, b: (a & b) ^ (a | b)),
    "shifts": (lambda a, b, i, j: (a << 3) + (b >> 5), lambda a, b: (a << 3) + (b >> 5)),
    "choice": (lambda a, b, i, j: T.if_then_else(a < b, a, b - a), lambda a, b: torch.where(a < b, a, b - a)),
    "truth": (lambda a, b, i, j: T.if_then_else(T.And(a >= b, a != b), a, b), torch.maximum),
    "equality": (lambda a, b, i, j: T.if_then_else(a == b, a * 0 + 1, a * 0), lambda a, b: (a == b).long()),
}


SIGNED = ["larger", "smaller", "shifts", "choice", "truth"]  # where unsigned numbers have operations of their own


@pytest.mark.parametrize(("dtype", "case"), [("int32", c) for c in BOTH] + [("uint32", c) for c in SIGNED])
def test_arithmetic(case, dtype):
    device, host = BOTH[case]
    a, b = integers(dtype), integers(dtype, seed=1)
    b[3] = a[3]
    c = as_tensor(torch.zeros(M, N, dtype=torch.int64), dtype)
    on_tiles(elementwise(dtype, device))(as_tensor(a, dtype), as_tensor(b, dtype), c)
    assert torch.equal(wrapped(c.view(torch.int32).long(), dtype), wrapped(host(a, b), dtype))


def test_places_and_complement():
    a, b = integers("int32"), integers("int32", seed=1)
    c = torch.zeros(M, N, dtype=torch.int32)
    on_tiles(elementwise("int32", lambda a, b, i, j: ~a + i * 100 + j - b))(a.int(), b.int(), c)
    assert torch.equal(c, wrapped(~a + ROW * 100 + COL - b, "int32").int())


def test_floats_out_of_integers():
    a, b = integers("int32", low=-(2**24), high=2**24), integers("int32", seed=1, low=1, high=1000)
    c = torch.full((M, N), float("nan"))
    kernel = on_tiles(
        elementwise("int32", lambda a, b, i, j: T.cast(a, "float32") * 0.5 + T.cast(b, "float32"), "float32")
    )
    kernel(a.int(), b.int(), c)
    assert torch.equal(c, a.float() * 0.5 + b.float())


def test_integers_out_of_floats_and_a_copy_that_converts():
    @T.prim_func
    def main(A: T.Tensor((M, N), "float32"), B: T.Tensor((M, N), "int32"), C: T.Tensor((M, N), "float32")):
        with T.Kernel(T.ceildiv(N, 64), T.ceildiv(M, 32), threads=128) as (bx, by):
            b = T.alloc_fragment((32, 64), "int32")
            c = T.alloc_fragment((32, 64), "float32")
            for i, j in T.Parallel(32, 64):
                b[i, j] = T.cast(A[by * 32 + i, bx * 64 + j] * 8.0, "int32") * 3
            T.copy(b, c)
            T.copy(b, B[by * 32, bx * 64])
            T.copy(c, C[by * 32, bx * 64])

    a = torch.randn(M, N, generator=torch.Generator().manual_seed(3)) * 1000
    b, c = torch.zeros(M, N, dtype=torch.int32), torch.zeros(M, N)
    on_tiles(main)(a, b, c)
    want = (a * 8).trunc().int() * 3
    assert torch.equal(b, want) and torch.equal(c, want.float())


def test_vectors_of_integers():
    @T.prim_func
    def main(A: T.Tensor((M, N), "int32"), r: T.Tensor((N,), "int32"), C: T.Tensor((M, N), "int32")):
        with T.Kernel(T.ceildiv(N, 32), T.ceildiv(M, 64), threads=128) as (bx, by):
            c = T.alloc_fragment((64, 32), "int32")
            T.fill(c, -5)
            for i, j in T.Parallel(64, 32):
                c[i, j] = c[i, j] + A[by * 64 + i, bx * 32 + j] * r[bx * 32 + j]
            T.copy(c, C[by * 64, bx * 32])

    a, r = integers("int32"), integers("int32", seed=4)[0]
    c = torch.zeros(M, N, dtype=torch.int32)
    on_tiles(main)(a.int(), r.int(), c)
    assert torch.equal(c, wrapped(a * r - 5, "int32").int())


@pytest.mark.parametrize(
    ("dtype", "memory"),
    [(dtype, "L1") for dtype in ("int8", "uint8", "int16", "uint16", "int32", "uint32", "bool")]
    + [("uint8", "DRAM"), ("int32", "DRAM")],
)
def test_integer_tensors_in_shards(dtype, memory):
    """Tensors of every integer dtype in annotated layouts: in tiles of their own format, cut into shards."""
    combine = (lambda a, b, i, j: T.Or(a, b)) if dtype == "bool" else lambda a, b, i, j: a + b
    layouts = {
        "A": {"memory": memory, "nd_shard": block_sharded(2, 2)},
        "B": {"memory": "L1"},
        "C": {"memory": memory, "nd_shard": block_sharded(2, 2)},
    }
    kernel = compiled(annotate_tt_layout(elementwise(dtype, combine, block=(32, 32)), layouts))
    torch_dtype = getattr(torch, dtype)
    a, b = integers("int32"), integers("int32", seed=1)
    if dtype == "bool":
        a, b = a % 3 == 0, b % 3 == 0
    a, b, c = a.to(torch_dtype), b.to(torch_dtype), torch.zeros(M, N, dtype=torch_dtype)
    kernel(a, b, c)
    want = a | b if dtype == "bool" else (a.long() + b.long()).to(torch_dtype)
    assert torch.equal(c, want)
    plan = json.loads(tltt.files(kernel)["tt.plan.json"])
    formats = {"bool": "UInt8", "int16": "UInt16"}
    assert plan["layouts"]["A"]["data_format"].lower() == formats.get(dtype, dtype).lower()
    assert plan["layouts"]["A"]["padded_shape"] == [96, 128] and plan["layouts"]["A"]["needs_padding"]
    report = tltt.last_report(kernel)
    assert memory == "DRAM" or report["dram_read_bytes"] == report["dram_write_bytes"] == 0


@pytest.mark.parametrize("dtype", ["int8", "uint8"])
def test_integer_gemm_on_shards(dtype):
    """Operands of 8 bits in L1 shards; sums of 32 bits stay in L1 too."""
    from dtype_kernels import integer_gemm

    m, n, k = 96, 64, 128
    layouts = {
        "A": {"memory": "L1", "nd_shard": height_sharded(3)},
        "B": {"memory": "L1"},
        "C": {"memory": "L1", "nd_shard": height_sharded(3)},
    }
    kernel = compiled(annotate_tt_layout(integer_gemm(m, n, k, 32, 32, 64, dtype), layouts))
    low, high = (-128, 128) if dtype == "int8" else (0, 256)
    a = torch.randint(low, high, (m, k)).to(getattr(torch, dtype))
    b = torch.randint(low, high, (n, k)).to(getattr(torch, dtype))
    c = torch.zeros(m, n, dtype=torch.int32)
    kernel(a, b, c)
    assert torch.equal(c, (a.long() @ b.long().T).int())
    assert tltt.last_report(kernel)["dram_read_bytes"] == 0
