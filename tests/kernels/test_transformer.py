"""Numbers of a transformer's kernels against torch in float64, in sizes that do not divide; what is asked of their
sources."""

import pytest
import torch
import transformer_kernels as kernels
from test_attention import attention as flash_attention
from test_kernels import DTYPES, compiled, rand

import tilelang_tenstorrent as tt

ROUNDING = {"bfloat16": 2**-8, "float16": 2**-10, "float32": 2e-6}


def assert_near(got, want, dtype, rtol=1.0, atol=None):
    """Errors of some roundings to the dtype."""
    eps = ROUNDING[dtype]
    assert not torch.isnan(got).any()
    torch.testing.assert_close(got.double(), want, rtol=rtol * eps, atol=atol if atol is not None else eps * 0.1)


@pytest.mark.parametrize(
    "name,dtype,shape",
    [
        ("gelu", "float32", (45, 70)),
        ("gelu_tanh", "float16", (33, 130)),
        ("silu", "bfloat16", (70, 96)),
        ("swiglu", "float16", (31, 65)),
    ],
)
def test_activations(name, dtype, shape):
    x, z, y = rand(*shape, dtype=dtype) * 3, rand(*shape, dtype=dtype, seed=1), torch.zeros(*shape, dtype=DTYPES[dtype])
    compiled(kernels.activations(*shape, name, dtype))(x, z, y)
    f = torch.nn.functional
    want = {
        "gelu": lambda t: f.gelu(t),
        "gelu_tanh": lambda t: f.gelu(t, approximate="tanh"),
        "silu": f.silu,
        "swiglu": lambda t: f.silu(t) * z.double(),
    }[name](x.double())
    assert_near(y, want, dtype, atol=1e-6 if dtype == "float32" else None)


@pytest.mark.parametrize("dtype,shape", [("float32", (40, 150)), ("bfloat16", (70, 64)), ("float16", (5, 331))])
def test_online_softmax(dtype, shape):
    x, y = rand(*shape, dtype=dtype) * 5 - 3, torch.zeros(*shape, dtype=DTYPES[dtype])
    compiled(kernels.online_softmax(*shape, dtype))(x, y)
    assert_near(y, torch.softmax(x.double(), 1), dtype, rtol=4)


@pytest.mark.parametrize("dtype,shape", [("float32", (40, 96)), ("bfloat16", (70, 200)), ("float16", (33, 65))])
def test_norms(dtype, shape):
    x, w, b = rand(*shape, dtype=dtype) * 2 + 3, rand(shape[1], dtype=dtype), rand(shape[1], dtype=dtype, seed=1)
    y, z = torch.zeros_like(x), torch.zeros_like(x)
    compiled(kernels.layernorm(*shape, dtype))(x, w, b, y)
    want = torch.nn.functional.layer_norm(x.double(), shape[1:], w.double(), b.double())
    assert_near(y, want, dtype, rtol=2, atol=2 * ROUNDING[dtype])
    compiled(kernels.rmsnorm(*shape, dtype))(x, w, z)
    want = x.double() / (x.double().square().mean(1, keepdim=True) + 1e-6).sqrt() * w.double()
    assert_near(z, want, dtype, rtol=3)


@pytest.mark.parametrize("dtype,rows,width,hidden", [("bfloat16", 45, 96, 100), ("float16", 64, 64, 192)])
def test_mlp(dtype, rows, width, hidden):
    x, y = rand(rows, width, dtype=dtype), torch.zeros(rows, width, dtype=DTYPES[dtype])
    g, u = (rand(width, hidden, dtype=dtype, seed=s) / width**0.5 for s in (1, 2))
    d = rand(hidden, width, dtype=dtype, seed=3) / hidden**0.5
    compiled(kernels.mlp(rows, width, hidden, dtype))(x, g, u, d, y)
    h = torch.nn.functional.silu(x.double() @ g.double()) * (x.double() @ u.double())
    assert_near(y, h @ d.double(), dtype, rtol=2, atol=3 * ROUNDING[dtype])


@pytest.mark.parametrize("dtype,rows,classes", [("float32", 40, 150), ("bfloat16", 70, 64)])
def test_cross_entropy(dtype, rows, classes):
    x, loss = rand(rows, classes, dtype=dtype) * 4, torch.zeros(rows)
    labels = torch.randint(0, classes, (rows,), generator=torch.Generator().manual_seed(0), dtype=torch.int32)
    compiled(kernels.cross_entropy(rows, classes, dtype))(x, labels, loss)
    want = torch.nn.functional.cross_entropy(x.double(), labels.long(), reduction="none")
    torch.testing.assert_close(loss.double(), want, rtol=1e-5, atol=1e-4)


@pytest.mark.parametrize(
    "dtype,heads,groups,length,dim,splits", [("bfloat16", 64, 2, 130, 64, 2), ("float16", 32, 1, 75, 128, 3)]
)
def test_flash_decoding(dtype, heads, groups, length, dim, splits):
    q = rand(2, heads, dim, dtype=dtype)
    k, v = (rand(2, length, groups, dim, dtype=dtype, seed=s) for s in (1, 2))
    part, lse, o = torch.zeros(2, heads, splits, dim), torch.zeros(2, heads, splits), torch.zeros_like(q)
    compiled(kernels.decode(2, heads, groups, length, dim, splits, dtype))(q, k, v, part, lse, o)
    k, v = (t.double().repeat_interleave(heads // groups, 2).transpose(1, 2) for t in (k, v))
    want = torch.softmax(q.double().unsqueeze(2) @ k.transpose(-1, -2) * dim**-0.5, -1) @ v
    assert_near(o, want.squeeze(2), dtype, rtol=4, atol=2 * ROUNDING[dtype])


@pytest.mark.parametrize("dtype,length,dim,decay", [("bfloat16", 150, 64, None), ("float16", 100, 32, 0.03)])
def test_linear_attention_and_retention(dtype, length, dim, decay):
    q, k, v = (rand(2, length, dim, dtype=dtype, seed=s) / dim**0.25 for s in range(3))
    o = torch.zeros_like(q)
    compiled(kernels.linear_attention(2, length, dim, dtype, decay))(q, k, v, o)
    apart = torch.arange(length)[:, None] - torch.arange(length)[None, :]
    factor = torch.exp(-(decay or 0.0) * apart.double()).tril()
    s = (q.double() @ k.double().transpose(1, 2)) * factor
    bound = s.abs() @ v.double().abs()
    assert (((o.double() - s @ v.double()).abs()) <= 4 * ROUNDING[dtype] * (bound + 1)).all()


@pytest.mark.parametrize("dtype,rows,width", [("float32", 40, 64), ("bfloat16", 3, 128)])
def test_hadamard(dtype, rows, width):
    x, y = rand(rows, width, dtype=dtype), torch.zeros(rows, width, dtype=DTYPES[dtype])
    compiled(kernels.hadamard(rows, width, dtype))(x, y)
    matrix = torch.ones(1, 1, dtype=torch.float64)
    for _ in range(width.bit_length() - 1):
        matrix = torch.kron(torch.tensor([[1, 1], [1, -1]], dtype=torch.float64), matrix)
    assert_near(y, x.double() @ matrix, dtype, atol=1e-5)


@pytest.mark.parametrize("dtype,rows,columns", [("float32", 40, 70), ("float16", 65, 33)])
def test_transpose(dtype, rows, columns):
    x, y = rand(rows, columns, dtype=dtype), torch.zeros(columns, rows, dtype=DTYPES[dtype])
    compiled(kernels.transposed(rows, columns, dtype))(x, y)
    assert torch.equal(y, x.T)


@pytest.mark.parametrize("family", [*kernels.FAMILIES, "flash_attention"])
def test_sources_are_short(family):
    """What is emitted is text that people read: no file has 600 lines."""
    if family == "flash_attention":
        kernel = compiled(flash_attention(1, 8, 2, 500, 500, 128, 64, 64, causal=True))
    else:
        kernel = compiled(kernels.FAMILIES[family]())
    lengths = {name: len(text.splitlines()) for name, text in tt.files(kernel).items() if name.endswith(".cpp")}
    assert {"reader.cpp", "compute.cpp", "writer.cpp", "main.cpp"} == {name.rpartition("/")[2] for name in lengths}
    assert max(lengths.values()) < 600, lengths
