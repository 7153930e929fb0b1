"""Numbers of compiled kernels on the emulated chip against torch in float64, in sizes that do and do not divide."""

import kernels
import pytest
import tilelang
import torch

import tilelang_tenstorrent  # noqa: F401  (registers the target)

DTYPES = {"bfloat16": torch.bfloat16, "float16": torch.float16, "float32": torch.float32}
EPS = {"bfloat16": 2**-8, "float16": 2**-11, "float32": 2**-23}
TINY = {"bfloat16": 1e-38, "float16": 2**-24, "float32": 1e-38}  # spacing of the smallest numbers


def compiled(func, target="tenstorrent"):
    return tilelang.compile(func, target=target)


def rand(*shape, dtype="bfloat16", seed=0):
    generator = torch.Generator().manual_seed(seed + sum(shape))
    return torch.randn(*shape, generator=generator).to(DTYPES[dtype])


def assert_close(got, want, dtype, *, magnitude=None, ulps=2.0, accum=0.0):
    """|got - want| <= ulps * eps(dtype) * |want| + accum * magnitude, elementwise; want in float64."""
    bound = ulps * EPS[dtype] * want.abs() + accum * (magnitude if magnitude is not None else 1.0) + TINY[dtype]
    error = (got.double() - want).abs()
    assert not torch.isnan(got.double()).any(), "NaN in the result"
    worst = (error / bound).max().item()
    assert worst <= 1, f"error is {worst:.3g} times the bound; largest {error.max().item():.3g}"


def matmul_bound(a, b):
    return a.double().abs() @ b.double().abs()


def check_gemm(
    M,
    N,
    K,
    bm,
    bn,
    bk,
    dtype="bfloat16",
    accum="float32",
    out=None,
    trans_a=False,
    trans_b=False,
    target="tenstorrent",
    **kw,
):
    out = out or dtype
    kernel = compiled(kernels.gemm(M, N, K, bm, bn, bk, dtype, accum, out, trans_a, trans_b, **kw), target)
    a, b = rand(M, K, dtype=dtype), rand(K, N, dtype=dtype, seed=1)
    c = torch.full((M, N), float("nan"), dtype=DTYPES[out])
    kernel(a.T.contiguous() if trans_a else a, b.T.contiguous() if trans_b else b, c)
    steps = -(-K // 32)
    accum_eps = EPS["float32"] * 64 if accum == "float32" else EPS[accum] * min(steps, 8)
    assert_close(c, a.double() @ b.double(), out, magnitude=matmul_bound(a, b), accum=accum_eps)


@pytest.mark.parametrize("dtype", ["bfloat16", "float16", "float32"])
@pytest.mark.parametrize("trans_a,trans_b", [(False, False), (True, False), (False, True), (True, True)])
def test_gemm_transposes(dtype, trans_a, trans_b):
    check_gemm(192, 160, 96, 64, 96, 32, dtype, trans_a=trans_a, trans_b=trans_b)


@pytest.mark.parametrize("M,N,K", [(32, 32, 32), (100, 70, 50), (257, 129, 65), (64, 1, 40), (1, 33, 96), (31, 31, 31)])
@pytest.mark.parametrize("bm,bn,bk", [(32, 32, 32), (64, 96, 64), (128, 128, 32)])
def test_gemm_tails(M, N, K, bm, bn, bk):
    check_gemm(M, N, K, bm, bn, bk)


@pytest.mark.parametrize("accum,out", [("float32", "float32"), ("bfloat16", "bfloat16"), ("float32", "bfloat16")])
@pytest.mark.parametrize("block", [(32, 32, 32), (64, 64, 64), (160, 96, 32)])
def test_gemm_accumulators(accum, out, block):
    check_gemm(200, 190, 180, *block, accum=accum, out=out)


@pytest.mark.parametrize("accum,out", [("float32", "bfloat16"), ("float32", "float32"), ("bfloat16", "bfloat16")])
def test_gemm_blocks_as_large_as_l1(accum, out):
    """The sum takes 1 MiB of L1 as fp32: the output has to leave without a second block."""
    check_gemm(500, 512, 64, 512, 512, 32, accum=accum, out=out)


def test_gemm_fp16_accumulator():
    check_gemm(96, 96, 96, 64, 64, 32, dtype="float16", accum="float16")


@pytest.mark.parametrize("stages", [0, 1, 2, 3, 4])
def test_gemm_pipeline_depths(stages):
    check_gemm(128, 128, 160, 64, 64, 32, stages=stages)
    check_gemm(128, 128, 160, 64, 64, 32, pipelined=False)


@pytest.mark.parametrize(
    "target",
    [
        {"kind": "tenstorrent", "arch": "blackhole"},
        {"kind": "tenstorrent", "grid_x": 3, "grid_y": 2},
        {"kind": "tenstorrent", "dst_full_sync": True},
        {"kind": "tenstorrent", "math_fidelity": "LoFi"},
    ],
)
def test_gemm_targets(target):
    check_gemm(224, 160, 96, 32, 64, 32, target=target)


def test_gemm_more_blocks_than_cores():
    check_gemm(512, 416, 64, 32, 32, 32)


@pytest.mark.parametrize("shape", [(96, 64, 96, 64, 64, 32), (70, 50, 33, 32, 32, 32)])
def test_gemm_clear_accum(shape):
    M, N, K, *block = shape
    a, b, c = rand(M, K), rand(K, N, seed=1), torch.empty(M, N, dtype=torch.bfloat16)
    compiled(kernels.gemm_clear_accum(M, N, K, *block))(a, b, c)
    assert_close(c, a.double() @ b.double(), "bfloat16", magnitude=matmul_bound(a, b), accum=1e-5)


@pytest.mark.parametrize("shape", [(64, 64, 64), (32, 128, 96), (160, 96, 32)])
def test_gemm_single(shape):
    M, N, K = shape
    a, b, c = rand(M, K), rand(K, N, seed=1), torch.empty(M, N, dtype=torch.bfloat16)
    compiled(kernels.gemm_single(M, N, K))(a, b, c)
    assert_close(c, a.double() @ b.double(), "bfloat16", magnitude=matmul_bound(a, b), accum=1e-5)


@pytest.mark.parametrize(
    "shape", [(3, 64, 64, 64, 32, 32, 32), (2, 70, 100, 40, 64, 64, 32), (5, 33, 31, 96, 32, 32, 32)]
)
def test_batched_gemm(shape):
    Z, M, N, K, *block = shape
    a, b, c = rand(Z, M, K), rand(Z, K, N, seed=1), torch.empty(Z, M, N, dtype=torch.bfloat16)
    compiled(kernels.batched_gemm(Z, M, N, K, *block))(a, b, c)
    assert_close(c, a.double() @ b.double(), "bfloat16", magnitude=a.double().abs() @ b.double().abs(), accum=1e-5)


@pytest.mark.parametrize(
    "dtype,out", [("bfloat16", "bfloat16"), ("bfloat16", "float32"), ("float16", "float16"), ("float32", "float32")]
)
@pytest.mark.parametrize("block", [(32, 32, 32), (64, 128, 32), (128, 96, 64)])
@pytest.mark.parametrize("relu", [True, False])
def test_gemm_epilogue(dtype, out, block, relu):
    M, N, K = 150, 130, 70
    a, b, bias, r = (
        rand(M, K, dtype=dtype),
        rand(K, N, dtype=dtype, seed=1),
        rand(N, dtype=dtype),
        rand(M, N, dtype=dtype, seed=3),
    )
    c = torch.empty(M, N, dtype=DTYPES[out])
    compiled(kernels.gemm_epilogue(M, N, K, *block, dtype=dtype, out=out, relu=relu))(a, b, bias, r, c)
    want = 0.5 * (a.double() @ b.double()) + bias.double() + r.double()
    assert_close(c, want.relu() if relu else want, out, magnitude=matmul_bound(a, b) + 4, accum=1e-5)


def test_two_gemms_two_outputs():
    M, N, K, L = 128, 64, 96, 32
    a, b, c = rand(M, K), rand(K, N, seed=1), rand(N, L, seed=2)
    h, d = torch.empty(M, N, dtype=torch.bfloat16), torch.empty(M, L, dtype=torch.bfloat16)
    compiled(kernels.two_gemms(M, N, K, L, 32))(a, b, c, h, d)
    want = (a.double() @ b.double()).relu()
    assert_close(h, want, "bfloat16", magnitude=matmul_bound(a, b), accum=1e-5)
    assert_close(d, h.double() @ c.double(), "bfloat16", magnitude=matmul_bound(h, c), accum=1e-5)


@pytest.mark.parametrize("op", ["add", "sub", "mul", "div", "max", "min"])
@pytest.mark.parametrize("dtype", ["bfloat16", "float16", "float32"])
@pytest.mark.parametrize("through_fragments", [False, True])
def test_binary(op, dtype, through_fragments):
    M, N = 100, 150
    a, b = rand(M, N, dtype=dtype), rand(M, N, dtype=dtype, seed=1)
    if op == "div":
        b = b + torch.sign(b)
    c = torch.full((M, N), float("nan"), dtype=DTYPES[dtype])
    compiled(kernels.binary(M, N, 32, 64, op, dtype, through_fragments))(a, b, c)
    x, y = a.double(), b.double()
    want = {
        "add": x + y,
        "sub": x - y,
        "mul": x * y,
        "div": x / y,
        "max": torch.maximum(x, y),
        "min": torch.minimum(x, y),
    }[op]
    assert_close(c, want, dtype, ulps=2.0 if dtype != "float32" else 4.0)


@pytest.mark.parametrize("dtype", ["bfloat16", "float32"])
@pytest.mark.parametrize("n,block", [(32, 32), (1000, 256), (4096, 1024), (77, 64)])
def test_vector(n, block, dtype):
    a, b, c = rand(n, dtype=dtype), rand(n, dtype=dtype, seed=1), torch.empty(n, dtype=DTYPES[dtype])
    compiled(kernels.vector_add(n, block, dtype))(a, b, c)
    assert_close(c, a.double() * 2 - b.double(), dtype, magnitude=6.0, accum=2 * EPS[dtype])


@pytest.mark.parametrize("dtype", ["bfloat16", "float16", "float32"])
@pytest.mark.parametrize("block", [(32, 32), (64, 96), (96, 160)])
def test_broadcast(dtype, block):
    M, N = 130, 170
    a, row, col = rand(M, N, dtype=dtype), rand(N, dtype=dtype, seed=1), rand(M, dtype=dtype, seed=2)
    c, d = torch.empty(M, N, dtype=DTYPES[dtype]), torch.empty(M, N, dtype=DTYPES[dtype])
    compiled(kernels.broadcast(M, N, *block, dtype=dtype))(a, row, col, c, d)
    x, r, k = a.double(), row.double()[None, :], col.double()[:, None]
    assert_close(c, (x - r) * k + 1.5, dtype, magnitude=(x - r).abs() * k.abs() + 4, accum=4 * EPS[dtype])
    assert_close(d, 2 - k / (torch.maximum(x, r) + 8), dtype, magnitude=4.0, accum=4 * EPS[dtype])


@pytest.mark.parametrize(
    "dtype,out",
    [
        ("bfloat16", "bfloat16"),
        ("float32", "float32"),
        ("float16", "float16"),
        ("float32", "bfloat16"),
        ("bfloat16", "float32"),
        ("float16", "float32"),
        ("bfloat16", "float16"),
    ],
)
def test_copy(dtype, out):
    a = rand(70, 90, dtype=dtype)
    b = torch.empty(70, 90, dtype=DTYPES[out])
    compiled(kernels.copy(70, 90, 32, 64, dtype, out))(a, b)
    assert torch.equal(b, a.to(DTYPES[out]))


@pytest.mark.parametrize("dtype", ["bfloat16", "float32"])
def test_transpose(dtype):
    a, b = rand(100, 70, dtype=dtype), torch.empty(70, 100, dtype=DTYPES[dtype])
    compiled(kernels.transpose(100, 70, 64, 32, dtype))(a, b)
    assert torch.equal(b, a.T)


def test_in_place():
    x, y = rand(100, 70, dtype="float32"), rand(100, 70, dtype="float32", seed=1)
    want = x + y
    compiled(kernels.in_place(100, 70, 32, 32))(x, y)
    assert torch.equal(x, want)


@pytest.mark.parametrize("steps", [1, 2, 5])
def test_repeated_update(steps):
    a, b = rand(steps, 64, 96, dtype="float32"), torch.empty(64, 96)
    compiled(kernels.repeated_update(64, 96, steps))(a, b)
    want = torch.ones(64, 96, dtype=torch.float64)
    for k in range(steps):
        want = want * 0.5 + a[k].double()
    assert_close(b, want, "float32", magnitude=8.0, accum=4 * EPS["float32"])


@pytest.mark.parametrize("shape", [(64, 64, 96, 32), (32, 32, 64, 64), (96, 128, 160, 32)])
def test_rescaled_accumulator(shape):
    M, N, K, bk = shape
    a, b, c = rand(M, K), rand(K, N, seed=1), torch.empty(M, N)
    compiled(kernels.rescaled_accumulator(*shape))(a, b, c)
    want = torch.zeros(M, N, dtype=torch.float64)
    for k in range(0, K, bk):
        want = want * 0.75 + a[:, k : k + bk].double() @ b[k : k + bk].double()
    assert_close(c, want, "float32", magnitude=matmul_bound(a, b), accum=1e-5)


@pytest.mark.parametrize("by_flag", [True, False])
def test_cleared_every_iteration(by_flag):
    a, b, c = rand(32, 96), rand(96, 32, seed=1), torch.empty(32, 32)
    compiled(kernels.cleared_every_iteration(96, by_flag))(a, b, c)
    assert_close(c, a[:, 64:].double() @ b[64:].double(), "float32", magnitude=32.0, accum=1e-5)


@pytest.mark.parametrize("dtype", ["bfloat16", "float16", "float32"])
def test_reused_operands(dtype):
    a, b = rand(70, 50, dtype=dtype), rand(70, 50, dtype=dtype, seed=1)
    c = torch.empty(70, 50, dtype=DTYPES[dtype])
    compiled(kernels.reused_operands(70, 50, dtype))(a, b, c)
    x, y = a.double(), b.double()
    magnitude = (x.abs() + y.abs()) ** 2
    assert_close(c, (x + y) * (x - y) - x * y + x * x, dtype, magnitude=magnitude, accum=6 * EPS[dtype])


@pytest.mark.parametrize("mode", ["emulator", "check"])
def test_filled_in_branches(mode, monkeypatch):
    """Which block is used depends on the branch; the other one is loaded and left out, and that is no finding."""
    monkeypatch.setenv("TLTT_MODE", mode)
    a, b = rand(128, 32, dtype="float32"), torch.empty(128, 32)
    compiled(kernels.filled_in_branches())(a, b)
    x = a.double().reshape(4, 32, 32)
    want = torch.stack([x[0] * 3 * 2, x[1] * 3 * (2 - 5), 2 + x[2], 2 + x[3]]).reshape(128, 32)
    assert_close(b, want, "float32", magnitude=8.0, accum=1e-6)


@pytest.mark.parametrize("gemm", [False, True])
def test_loaded_now_and_then(gemm):
    steps = 5
    a, b = rand(steps * 32, 32, dtype="float32"), torch.empty(32, 32)
    compiled(kernels.loaded_now_and_then(steps, gemm))(a, b)
    loaded = [a.double().reshape(steps, 32, 32)[k - k % 2] for k in range(steps)]
    want = sum(w @ w.T if gemm else w * (k + 1) for k, w in enumerate(loaded))
    assert_close(b, want, "float32", magnitude=64.0, accum=1e-3 if gemm else 1e-6)


@pytest.mark.parametrize("steps", [1, 2, 4])
def test_last_of_loop(steps):
    a, b = rand(steps * 32, 32, dtype="float32"), torch.empty(64, 32)
    compiled(kernels.last_of_loop(steps))(a, b)
    x = a.double().reshape(steps, 32, 32)
    d = x[1] ** 2 if steps > 1 else torch.full((32, 32), 7.0, dtype=torch.float64)
    assert_close(b, torch.cat([x[-1] + 1, d]), "float32", magnitude=16.0, accum=1e-6)
