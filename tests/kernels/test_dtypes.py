"""Numbers of kernels on integers of all widths, fp8, packed formats, against torch; printing and asserting kernels."""

import operator

import dtype_kernels as kernels
import pytest
import tilelang.language as T
import torch
from test_kernels import assert_close, compiled, rand

import tilelang_tenstorrent as tt

INTEGERS = ["int8", "uint8", "int16", "int32", "int64"]  # those that torch computes with
FP8 = ["float8_e4m3fn", "float8_e5m2"]


def integers(n, dtype, seed=0):
    info = torch.iinfo(getattr(torch, dtype))
    generator = torch.Generator().manual_seed(seed + n)
    values = torch.randint(-(2**62), 2**62, (n,), generator=generator)
    values[:2] = torch.tensor([info.max, info.min])
    return values.to(getattr(torch, dtype))


def all_fp8(dtype):
    """Every number of the format; not its NaNs."""
    values = torch.arange(256, dtype=torch.int16).to(torch.uint8).view(getattr(torch, dtype))
    return values[~values.float().isnan()]


@pytest.mark.parametrize("dtype", INTEGERS)
@pytest.mark.parametrize("name", ["+", "-", "*", "&", "|", "^", "//", "%", "<<", ">>", "max", "min"])
def test_integer_arithmetic(dtype, name):
    n = 70
    a, b = integers(n, dtype), integers(n, dtype, seed=1)
    if name in ("//", "%"):
        b[b == 0] = 3
    if name in ("<<", ">>"):
        b = b.abs() % torch.iinfo(b.dtype).bits
    in_python = {
        **{"+": operator.add, "-": operator.sub, "*": operator.mul, "&": operator.and_, "|": operator.or_},
        **{"^": operator.xor, "//": operator.floordiv, "%": operator.mod, "<<": operator.lshift, ">>": operator.rshift},
    }
    combine = {"max": T.max, "min": T.min} | in_python
    want = {"max": torch.maximum, "min": torch.minimum} | in_python
    c = torch.zeros(n, dtype=a.dtype)
    compiled(kernels.binary(n, 32, dtype, combine[name]))(a, b, c)
    assert torch.equal(c, want[name](a, b))


@pytest.mark.parametrize("source", [*INTEGERS, "bool"])
@pytest.mark.parametrize("target", ["int8", "uint8", "int64", "float32", "float16", "bool"])
def test_casts_of_integers(source, target):
    n = 45
    a = integers(n, "int32") > 0 if source == "bool" else integers(n, source)
    if target == "float16":
        a = a // 2 ** (torch.iinfo(a.dtype).bits - 8) if source != "bool" else a
    b = torch.zeros(n, dtype=getattr(torch, target))
    compiled(kernels.cast(n, 20, source, target))(a, b)
    assert torch.equal(b, a.to(b.dtype))


@pytest.mark.parametrize("dtype", FP8)
def test_every_fp8_number(dtype):
    a = all_fp8(dtype)
    for target in ("float32", "bfloat16"):
        b = torch.zeros(len(a), dtype=getattr(torch, target))
        compiled(kernels.cast(len(a), 64, dtype, target))(a, b)
        assert torch.equal(b, a.to(b.dtype))


@pytest.mark.parametrize("dtype", FP8)
@pytest.mark.parametrize("source", ["float32", "float16"])
def test_rounding_to_fp8(dtype, source):
    """Every number, the halves between neighbours, and values just beside them; too large ones saturate."""
    numbers = all_fp8(dtype).float()
    numbers = numbers[numbers.isfinite()].unique()
    halves = (numbers[1:] + numbers[:-1]) / 2
    a = torch.cat([numbers, halves, halves * 1.001, halves * 0.999]).to(getattr(torch, source))
    b = torch.zeros(len(a), dtype=getattr(torch, dtype))
    compiled(kernels.cast(len(a), 128, source, dtype))(a, b)
    assert torch.equal(b.float(), a.to(b.dtype).float())

    beyond = torch.tensor([1e5, -1e5, float("inf"), float("nan")], dtype=torch.float32)
    b = torch.zeros(4, dtype=getattr(torch, dtype))
    compiled(kernels.cast(4, 4, "float32", dtype))(beyond, b)
    largest = torch.finfo(b.dtype).max
    assert b.float()[:3].tolist() == [largest, -largest, largest] and b.float()[3].isnan()


def test_float64():
    n = 33
    a, b = (rand(n, dtype="float32", seed=s).double() / 3 for s in (0, 1))
    c = torch.zeros(n, dtype=torch.float64)
    compiled(kernels.binary(n, 32, "float64", lambda x, y: x * y + T.exp(x)))(a, b, c)
    torch.testing.assert_close(c, a * b + a.exp(), rtol=1e-14, atol=0)


def test_indices_of_64_bits():
    table, out = rand(40, 300), torch.zeros(50, 300, dtype=torch.bfloat16)
    ids = torch.randint(0, 40, (50,), generator=torch.Generator().manual_seed(0))
    compiled(kernels.gather_by_int64(40, 300, 50, 16))(table, ids, out)
    assert torch.equal(out, table[ids])


@pytest.mark.parametrize(
    "dtype,other",
    [
        ("float8_e4m3fn", None),
        ("float8_e5m2", "float8_e4m3"),
        ("int8", "bfloat16"),
        (T.tfloat32, T.tfloat32),
    ],
)
def test_gemm_of_narrow_operands_stays_on_the_matrix_engine(dtype, other):
    M, N, K = 70, 50, 100
    kernel = compiled(kernels.narrow_gemm(M, N, K, 64, 32, 32, dtype, "float32", other))

    def operand(rows, kind, seed):
        values = rand(rows, K, dtype="float32", seed=seed) * (40 if kind == "int8" else 1)
        return values.to(T.dtype(kind).as_torch())

    a, b, c = operand(M, dtype, 1), operand(N, other or dtype, 2), torch.full((M, N), float("nan"))
    kernel(a, b, c)
    x, y = a.double(), b.double().T
    assert_close(c, x @ y, "float32", magnitude=x.abs() @ y.abs(), accum=2**-17)
    assert "matmul_block" in kernel.get_kernel_source() or "matmul_tiles" in kernel.get_kernel_source()
    assert dtype == T.tfloat32 or any(f"dtype {dtype}" in remark for remark in tt.remarks(kernel))


@pytest.mark.parametrize(
    "K,bk,dtype,clear", [(1100, 64, "int8", False), (100, 32, "uint8", False), (96, 32, "int8", True)]
)
def test_integer_sums_of_the_matrix_engine_are_exact(K, bk, dtype, clear):
    """The largest numbers, so that sums would not fit the 24 bits of one fp32 number."""
    M, N = 40, 50
    kernel = compiled(kernels.integer_gemm(M, N, K, 32, 32, bk, dtype, clear))
    a, b = (integers(rows * K, dtype, seed=rows).reshape(rows, K) for rows in (M, N))
    a[0], b[0] = torch.iinfo(a.dtype).min or 255, torch.iinfo(a.dtype).min or 255
    c = torch.zeros(M, N, dtype=torch.int32)
    kernel(a, b, c)
    first = K - bk if clear else 0
    assert torch.equal(c, a[:, first:].int() @ b[:, first:].int().T)
    assert "matmul" in kernel.get_kernel_source()


@pytest.mark.parametrize("bits,signed", [(4, True), (4, False), (2, True)])
def test_dequantized_gemm(bits, signed):
    M, N, K = 40, 70, 96
    kernel = compiled(kernels.dequantized_gemm(M, N, K, 32, 32, 32, bits, signed))
    a, c = rand(M, K), torch.full((M, N), float("nan"))
    packed = torch.randint(0, 256, (N, K * bits // 8), generator=torch.Generator().manual_seed(0)).to(torch.uint8)
    kernel(a, packed, c)
    shifts = torch.arange(0, 8, bits)
    values = (packed[:, :, None].int() >> shifts & (1 << bits) - 1).reshape(N, K) - (1 << bits - 1 if signed else 0)
    x, y = a.double(), values.double().T
    assert_close(c, x @ y, "float32", magnitude=x.abs() @ y.abs(), accum=2**-17)


def test_fp4_by_bits():
    packed = torch.arange(256, dtype=torch.int16).to(torch.uint8)
    b = torch.zeros(512, dtype=torch.bfloat16)
    compiled(kernels.fp4_to_bfloat16(512, 128))(packed, b)
    numbers = torch.tensor([0, 0.5, 1, 1.5, 2, 3, 4, 6])
    table = torch.cat([numbers, -numbers])
    nibbles = torch.stack([packed & 15, packed >> 4], dim=1).reshape(-1).long()
    assert torch.equal(b.float(), table[nibbles])


@pytest.mark.parametrize("M,N,K,bk", [(32, 32, 64, 64), (40, 70, 192, 64)])
def test_fp4_gemm(M, N, K, bk):
    generator = torch.Generator().manual_seed(K)
    a = torch.randn(M, K, generator=generator).bfloat16()
    packed = torch.randint(0, 256, (N, K // 2), dtype=torch.uint8, generator=generator)
    scale = torch.randint(120, 132, (N, K // 32), dtype=torch.uint8, generator=generator)
    c = torch.zeros(M, N)
    compiled(kernels.fp4_gemm(M, N, K, bk))(a, packed, scale, c)
    sizes = torch.tensor([0, 0.5, 1, 1.5, 2, 3, 4, 6])
    fp4 = torch.cat([sizes, -sizes])
    b = torch.stack([fp4[(packed & 15).long()], fp4[(packed >> 4).long()]], -1).reshape(N, K)
    b = (b * torch.exp2(scale.float() - 127).repeat_interleave(32, 1)).double()
    bound = a.double().abs() @ b.abs().T
    assert ((c - a.double() @ b.T).abs() <= 2**-18 * bound).all()


def test_print(capfd):
    kernel = compiled(kernels.printing(5, 'values {in} "s"'))
    a, b = torch.tensor([0.5, -1.25, 3.0, 1e6, 0.0]), torch.zeros(5)
    kernel(a, b)
    assert torch.equal(a, b)
    printed = capfd.readouterr().err
    for i, value in enumerate(["0.5", "-1.25", "3", "1", "0"]):
        assert f'values {{in}} "s": buffer=s, index={i}, value={value}' in printed
    assert "block: 7" in printed
    assert "DPRINT(" in kernel.get_kernel_source()


def test_device_assert(capfd):
    kernel = compiled(kernels.asserting(20, 100))
    a, b = torch.arange(80, 100, dtype=torch.int32), torch.zeros(20, dtype=torch.int32)
    kernel(a, b)
    assert torch.equal(b, a + 1)
    a[13] = 100
    with pytest.raises(RuntimeError, match="ASSERT"):
        kernel(a, b)
    assert "an element is too large" in capfd.readouterr().err


@pytest.mark.parametrize("first,second", [("bfloat16", "float16"), ("float16", "bfloat16")])
def test_operands_of_two_16_bit_types(first, second):
    """The matrix unit has exponents of one size: such operands meet in DST."""

    @T.prim_func
    def main(
        A: T.Tensor((70, 90), first), B: T.Tensor((70, 90), second), r: T.Tensor((90,), second),
        C: T.Tensor((70, 90), "float32"),
    ):  # fmt: skip
        with T.Kernel(T.ceildiv(70, 32), threads=128) as bx:
            a = T.alloc_shared((32, 96), first)
            b = T.alloc_shared((32, 96), second)
            row = T.alloc_shared((96,), second)
            c = T.alloc_fragment((32, 96), "float32")
            T.copy(A[bx * 32, 0], a)
            T.copy(B[bx * 32, 0], b)
            T.copy(r[0], row)
            for i, j in T.Parallel(32, 96):
                c[i, j] = T.cast(a[i, j], "float32") * b[i, j] + (T.cast(a[i, j], "float32") - row[j])
            T.copy(c, C[bx * 32, 0])

    a, b, r = rand(70, 90, dtype=first), rand(70, 90, dtype=second), rand(90, dtype=second)
    c = torch.full((70, 90), float("nan"))
    compiled(main)(a, b, r, c)
    want = a.double() * b.double() + (a.double() - r.double())
    torch.testing.assert_close(c.double(), want, rtol=1e-5, atol=1e-6)


@pytest.mark.parametrize("dtype", ["float16", "float32", "float64", "float8_e5m2"])
def test_infinity_is_no_conversion_of_a_number(dtype):
    """Conversions to fp8 end at its largest number."""
    a = torch.zeros(32).to(getattr(torch, dtype))
    compiled(kernels.infinities(32, dtype))(a)
    assert torch.all(a == torch.inf)
