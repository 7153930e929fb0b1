"""Numbers of kernels on int4, uint4, float4_e2m1fn and float8_e8m0fnu, against torch."""

import operator

import packed_kernels as kernels
import pytest
import tilelang.language as T
import torch
from test_kernels import assert_close, compiled, rand

import tilelang_tenstorrent as tt

FP4 = torch.tensor([0, 0.5, 1, 1.5, 2, 3, 4, 6, -0.0, -0.5, -1, -1.5, -2, -3, -4, -6])


def packed(codes):
    """Codes of 4 bits as bytes, the first one of each byte in its lowest bits."""
    return ((codes[..., ::2] & 15) | (codes[..., 1::2] & 15) << 4).to(torch.uint8)


def codes_of(data):
    data = data.view(torch.uint8).to(torch.int64)
    return torch.stack([data & 15, data >> 4], -1).flatten(-2)


def numbers(codes, dtype):
    if dtype == "float4_e2m1fn":
        return FP4[codes]
    return torch.where(codes >= 8, codes - 16, codes) if dtype == "int4" else codes


def codes(*shape, seed=0):
    return torch.randint(0, 16, shape, generator=torch.Generator().manual_seed(seed + shape[-1]))


@pytest.mark.parametrize(
    "M,N,K,bm,bn,bk", [(70, 90, 96, 32, 64, 32), (128, 64, 256, 64, 64, 64), (33, 40, 100, 32, 32, 64)]
)
@pytest.mark.parametrize("dtype", ["int4", "uint4", "float4_e2m1fn"])
def test_gemm(M, N, K, bm, bn, bk, dtype):
    a, b = codes(M, K), codes(N, K, seed=1)
    floats = dtype == "float4_e2m1fn"
    sums = "float32" if floats else "int32"
    c = torch.full((M, N), -1, dtype=getattr(torch, sums))
    kernel = compiled(kernels.gemm(M, N, K, bm, bn, bk, dtype, sums, sums))
    kernel(packed(a).view(torch.int8), packed(b), c)
    want = numbers(a, dtype).double() @ numbers(b, dtype).double().T
    assert torch.equal(c.double(), want)  # sums of halves and quarters below 2^22


@pytest.mark.parametrize("M,N,K,bm,bn,bk,group", [(70, 90, 128, 32, 64, 64, 32), (40, 33, 96, 32, 32, 32, 16)])
def test_scaled_gemm(M, N, K, bm, bn, bk, group):
    a, b = rand(M, K), codes(N, K)
    scale = torch.randint(120, 134, (N, K // group), dtype=torch.uint8).view(torch.float8_e8m0fnu)
    c = torch.full((M, N), float("nan"))
    compiled(kernels.scaled_gemm(M, N, K, bm, bn, bk, group))(a, packed(b), scale, c)
    weights = FP4[b].double() * scale.double().repeat_interleave(group, 1)
    assert_close(c, a.double() @ weights.T, "float32", magnitude=a.double().abs() @ weights.abs().T, accum=2**-20)


def nearest_fp4(x):
    """The nearest number's code, of two equally near ones the even one."""
    x = x.clamp(-6, 6)
    distance = (x.double().abs()[..., None] - FP4[:8].double()).abs()
    least = distance.amin(-1, keepdim=True)
    even = torch.arange(8) % 2 == 0
    near = distance == least
    best = torch.where((near & even).any(-1), (near & even).int().argmax(-1), near.int().argmax(-1))
    return best + 8 * torch.signbit(x)


@pytest.mark.parametrize("source", ["float32", "bfloat16", "float16"])
def test_conversions_to_fp4(source):
    M, N = 40, 70
    a = (rand(M, N, dtype=source) * 3).contiguous()
    ties = torch.tensor([0.25, 0.75, 1.25, 1.75, 2.5, 3.5, 5, 7, 100, float("inf"), 1e-30, 0])
    a[0, :24] = torch.cat([ties, -ties]).to(a.dtype)
    b = torch.zeros(M, N // 2, dtype=torch.uint8)
    compiled(kernels.convert(M, N, 16, 32, source, "float4_e2m1fn"))(a, b)
    assert torch.equal(codes_of(b), nearest_fp4(a))


@pytest.mark.parametrize("target", ["float32", "bfloat16", "float16", "float8_e4m3fn"])
def test_conversions_from_fp4(target):
    a = torch.arange(16).repeat(3, 5)
    b = torch.zeros(3, 80, dtype=getattr(torch, target))
    compiled(kernels.convert(3, 80, 2, 32, "float4_e2m1fn", target))(packed(a), b)
    assert torch.equal(b.float(), FP4[a]) and torch.equal(torch.signbit(b.float()), a >= 8)


@pytest.mark.parametrize("dtype", ["int4", "uint4"])
def test_conversions_of_narrow_integers(dtype):
    M, N = 5, 72
    wide = torch.randint(-1000, 1000, (M, N), dtype=torch.int32, generator=torch.Generator().manual_seed(3))
    b = torch.zeros(M, N // 2, dtype=torch.int8)
    compiled(kernels.convert(M, N, 2, 32, "int32", dtype))(wide, b)
    wrapped = numbers(wide & (15), dtype)
    assert torch.equal(numbers(codes_of(b), dtype), wrapped)
    back = torch.zeros(M, N, dtype=torch.int32)
    compiled(kernels.convert(M, N, 2, 32, dtype, "int32"))(b, back)
    assert torch.equal(back, wrapped.int())


@pytest.mark.parametrize("dtype", ["int4", "uint4"])
@pytest.mark.parametrize("name", ["+", "-", "*", "&", "^", "max", "<<"])
def test_arithmetic_of_narrow_integers(dtype, name):
    n = 254
    a, b = codes(n), codes(n, seed=1)
    if name == "<<":
        b = b % 4
    x, y = numbers(a, dtype), numbers(b, dtype)
    in_python = {"+": operator.add, "-": operator.sub, "*": operator.mul, "&": operator.and_, "^": operator.xor}
    in_python["<<"] = operator.lshift
    c = torch.zeros(n // 2, dtype=torch.uint8)
    operation = T.max if name == "max" else in_python[name]
    compiled(kernels.combine(n, 24, dtype, operation))(packed(a), packed(b), c)
    want = torch.maximum(x, y) if name == "max" else in_python[name](x, y)
    assert torch.equal(codes_of(c), want & 15)


def test_views_of_bytes_and_launches():
    M, N = 21, 40
    a = codes(M, N)
    b, c = torch.zeros(M, N // 2, dtype=torch.int8), torch.zeros(M, N, dtype=torch.int32)
    compiled(kernels.viewed(M, N, 8))(packed(a), b, c)
    doubled = numbers(2 * numbers(a, "int4") & 15, "int4")
    assert torch.equal(numbers(codes_of(b), "int4"), doubled)
    assert torch.equal(c, 2 * doubled.int())


@pytest.mark.parametrize("m,n", [(7, 9), (20, 33)])
def test_scattered_rows(m, n):
    width = 36
    a = codes(m, width)
    to = torch.randperm(n, generator=torch.Generator().manual_seed(m))[:m].int()
    wide = torch.full((n, width // 2 + 5), 0x5A, dtype=torch.uint8)
    kernel = compiled(kernels.scattered(4, width))
    kernel(packed(a).view(torch.float4_e2m1fn_x2), to, wide[:, : width // 2])
    want = torch.full((n, width // 2 + 5), 0x5A, dtype=torch.uint8)
    want[to, : width // 2] = packed(a)
    assert torch.equal(wide, want)


def test_pairs_in_a_byte():
    a = codes(21, 40)
    given = packed(a).view(torch.float4_e2m1fn_x2)
    b, c = torch.zeros(21, 40), torch.zeros(21, 20, dtype=torch.uint8).view(torch.float4_e2m1fn_x2)
    compiled(kernels.pairs(21, 20, 8))(given, b, c)
    assert torch.equal(b, 2 * FP4[a])
    assert torch.equal(c.view(torch.uint8), packed(a.reshape(21, 20, 2).flip(2).reshape(21, 40)))


def test_halves_of_bytes():
    a = codes(45, 36)
    b = torch.zeros(45, 18, dtype=torch.uint8)
    compiled(kernels.by_twos(45, 36, 8))(numbers(a, "int4").float(), b)
    assert torch.equal(b, packed(a))


def test_powers_of_two():
    every = torch.arange(256, dtype=torch.int16).to(torch.uint8).view(torch.float8_e8m0fnu)[None]
    b = torch.zeros(1, 256)
    compiled(kernels.convert(1, 256, 1, 64, "float8_e8m0fnu", "float32"))(every, b)
    assert torch.equal(b[:, :255].double(), 2.0 ** (torch.arange(255).double()[None] - 127)) and b[0, 255].isnan()
    a = torch.cat(
        [b[0, :255], rand(100, dtype="float32") * 1e4, torch.tensor([0.0, 3e38, 1e-45, 6e-39, float("inf")])]
    )[None]
    c = torch.zeros(a.shape, dtype=torch.float8_e8m0fnu)
    compiled(kernels.convert(1, a.shape[1], 1, 64, "float32", "float8_e8m0fnu"))(a, c)
    exponent = torch.ceil(torch.log2(a.double().abs())).clamp(-127, 127)
    assert torch.equal(c.view(torch.uint8).int(), (exponent + 127).int())


def test_arguments():
    kernel = compiled(kernels.convert(4, 32, 4, 32, "int4", "int32"))
    c = torch.zeros(4, 32, dtype=torch.int32)
    for wrong in (torch.zeros(4, 32, dtype=torch.int8), torch.zeros(4, 16, dtype=torch.int16)):
        with pytest.raises(
            ValueError, match=r"expected uint8\(4, 16\) \(bytes, each of which holds elements of int4\)"
        ):
            kernel(wrong, c)
    assert [t["dtype"] for t in tt.program_info(kernel)["tensors"]] == ["uint8", "int32"]
