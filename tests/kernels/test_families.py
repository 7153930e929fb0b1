"""Numbers of kernels of the families that users bring, against torch in float64."""

import family_kernels as kernels
import pytest
import torch
from test_kernels import assert_close, compiled, matmul_bound, rand


def ints(*shape, low=0, high):
    generator = torch.Generator().manual_seed(1)
    return torch.randint(low, high, shape, generator=generator, dtype=torch.int32)


@pytest.mark.parametrize("mode", ["emulator", "check"])
def test_gemv(mode, monkeypatch):
    """A schedule of check mode delivers signals before their owner has looked at the word."""
    monkeypatch.setenv("TLTT_MODE", mode)
    w, x, y = rand(90, 200), rand(200), torch.zeros(90)
    compiled(kernels.gemv(90, 200, 64, 128))(w, x, y)
    assert_close(y, w.double() @ x.double(), "float32", magnitude=w.double().abs() @ x.double().abs(), accum=1e-5)


def test_stream_k():
    M, N, K, programs = 96, 64, 160, 7
    a, b, c = rand(M, K), rand(K, N), torch.zeros(M, N)
    compiled(kernels.stream_k(M, N, K, 32, 32, 32, programs))(a, b, c)
    assert_close(c, a.double() @ b.double(), "float32", magnitude=matmul_bound(a, b), accum=1e-5)


def test_persistent_gemm():
    M, N, K = 130, 200, 96
    a, b, c = rand(M, K), rand(K, N), torch.zeros(M, N, dtype=torch.bfloat16)
    compiled(kernels.persistent_gemm(M, N, K, 32, 64, 32, 6))(a, b, c)
    assert_close(c, a.double() @ b.double(), "bfloat16", magnitude=matmul_bound(a, b), accum=1e-5)


def test_grouped_gemm():
    groups, K, N, bm = 4, 96, 80, 32
    sizes = torch.tensor([33, 0, 64, 5], dtype=torch.int32)
    blocks = (sizes + bm - 1) // bm
    starts = (torch.cumsum(blocks, 0) - blocks).to(torch.int32) * bm
    group_of_block = torch.cat([torch.repeat_interleave(torch.arange(groups), blocks), torch.tensor([-1])])
    rows = len(group_of_block) * bm
    a, b = rand(rows, K), rand(groups, K, N)
    c = torch.full((rows, N), 7.0, dtype=torch.bfloat16)
    compiled(kernels.grouped_gemm(groups, rows, K, N, bm, 64, 32))(
        a, b, group_of_block.to(torch.int32), sizes, starts, c
    )
    want = torch.zeros(rows, N, dtype=torch.float64)
    bound = torch.full((rows, N), 8.0, dtype=torch.float64)
    want[-bm:] = 7  # a block of no group is left alone
    for g in range(groups):
        span = slice(int(starts[g]), int(starts[g] + sizes[g]))
        want[span] = a[span].double() @ b[g].double()
        bound[span] = matmul_bound(a[span], b[g])
    assert_close(c, want, "bfloat16", magnitude=bound, accum=1e-5)


def test_grouped_gemm_backward():
    groups, rows, M, N = 3, 100, 64, 40
    sizes, starts = torch.tensor([37, 0, 60], dtype=torch.int32), torch.tensor([0, 37, 40], dtype=torch.int32)
    a, b, c = rand(rows, M), rand(rows, N), torch.zeros(groups, M, N)
    compiled(kernels.grouped_gemm_backward(groups, rows, M, N, 32, 32, 32))(a, b, sizes, starts, c)
    for g in range(groups):
        span = slice(int(starts[g]), int(starts[g] + sizes[g]))
        want = a[span].double().T @ b[span].double()
        assert_close(c[g], want, "float32", magnitude=matmul_bound(a[span].T, b[span]) + 1e-30, accum=1e-5)


def attention(q, k, v, allowed):
    scores = (q.double() @ k.double().transpose(-1, -2)) * q.shape[-1] ** -0.5
    return torch.softmax(scores.masked_fill(~allowed, float("-inf")), -1) @ v.double()


def test_block_sparse_attention():
    heads, seq, dim, block = 2, 128, 64, 32
    q, k, v = (rand(heads, seq, dim, seed=s) for s in range(3))
    mask = ints(heads, seq // block, seq // block, high=2).to(torch.int8)
    for n in range(seq // block):
        mask[:, n, n] = 1  # each query sees itself
    o = torch.zeros_like(q)
    compiled(kernels.block_sparse_attention(heads, seq, dim, block))(q, k, v, mask, o)
    allowed = mask.bool().repeat_interleave(block, 1).repeat_interleave(block, 2) & torch.ones(seq, seq).tril().bool()
    torch.testing.assert_close(o.double(), attention(q, k, v, allowed), rtol=2e-2, atol=2e-2)


def test_varlen_attention():
    heads, dim, lengths = 2, 64, [45, 1, 70]
    starts = torch.tensor([0, 45, 46, 116], dtype=torch.int32)
    q, k, v = (rand(116, heads, dim, seed=s) for s in range(3))
    o = torch.zeros_like(q)
    compiled(kernels.varlen_attention(3, 116, heads, dim, 70, 32))(q, k, v, starts, o)
    for b, length in enumerate(lengths):
        span = slice(int(starts[b]), int(starts[b]) + length)
        parts = [x[span].transpose(0, 1) for x in (q, k, v)]
        want = attention(*parts, torch.ones(length, length).bool()).transpose(0, 1)
        torch.testing.assert_close(o[span].double(), want, rtol=2e-2, atol=2e-2)


def test_mla_decode():
    batch, heads, cache, dim, rope = 2, 32, 96, 128, 64
    q, q_rope = rand(batch, heads, dim), rand(batch, heads, rope, seed=1)
    kv, k_rope = rand(batch, cache, dim, seed=2), rand(batch, cache, rope, seed=3)
    o = torch.zeros_like(q)
    compiled(kernels.mla_decode(batch, heads, cache, dim, rope, 32))(q, q_rope, kv, k_rope, o)
    scores = torch.cat([q, q_rope], -1).double() @ torch.cat([kv, k_rope], -1).double().transpose(1, 2)
    want = torch.softmax(scores * (dim + rope) ** -0.5, -1) @ kv.double()
    torch.testing.assert_close(o.double(), want, rtol=2e-2, atol=2e-2)


def test_native_sparse_attention():
    batch, seq, heads, groups, dim, selected, block = 1, 64, 32, 16, 32, 3, 32
    shared = heads // groups
    q, k, v = rand(batch, seq, heads, dim), rand(batch, seq, shared, dim, seed=1), rand(batch, seq, shared, dim, seed=2)
    blocks = ints(batch, seq, shared, selected, low=-1, high=seq // block)
    blocks[..., 0] = 0  # each query sees a block that begins before it
    blocks[..., 1:][blocks[..., 1:] == 0] = -1  # and none twice
    blocks[..., 2][blocks[..., 2] == blocks[..., 1]] = -1
    o = torch.zeros_like(q)
    compiled(kernels.native_sparse_attention(batch, seq, heads, groups, dim, selected, block))(q, k, v, blocks, o)
    at = torch.arange(seq)
    for h in range(heads):
        seen = (blocks[0, :, h // groups, :, None] == at // block).any(1) & (at <= at[:, None])
        want = attention(q[0, :, h], k[0, :, h // groups], v[0, :, h // groups], seen)
        torch.testing.assert_close(o[0, :, h].double(), want, rtol=2e-2, atol=2e-2)


def test_attention_backward():
    heads, seq, dim = 2, 96, 64
    q, k, v, do = (rand(heads, seq, dim, seed=s) for s in range(4))
    leaves = [x.double().requires_grad_() for x in (q, k, v)]
    scores = (leaves[0] @ leaves[1].transpose(1, 2)) * dim**-0.5
    scores = scores.masked_fill(torch.ones(seq, seq).triu(1).bool(), float("-inf"))
    o = torch.softmax(scores, -1) @ leaves[2]
    o.backward(do.double())
    lse = torch.logsumexp(scores, -1).float().detach() * kernels.LOG2E
    delta = (o * do.double()).sum(-1).float().detach()
    dq, dk, dv = (torch.zeros(heads, seq, dim) for _ in range(3))
    compiled(kernels.attention_backward(heads, seq, dim, 32))(q, k, v, do, lse, delta, dq, dk, dv)
    for got, leaf in zip((dq, dk, dv), leaves, strict=True):
        torch.testing.assert_close(got.double(), leaf.grad, rtol=3e-2, atol=3e-2)


def mamba_inputs(batch, seq, heads, dim, state, chunk):
    x, b, c = rand(batch, seq, heads, dim), rand(batch, seq, state, seed=1), rand(batch, seq, state, seed=2)
    dt = rand(batch, heads, seq // chunk, chunk, dtype="float32", seed=3).abs()
    cumulative = torch.cumsum(-0.1 * dt, -1)
    return x, b, c, dt, cumulative


def test_mamba_chunk_state():
    batch, seq, heads, dim, state, chunk = 1, 128, 2, 64, 32, 64
    x, b, _, dt, cumulative = mamba_inputs(batch, seq, heads, dim, state, chunk)
    s = torch.zeros(batch, seq // chunk, heads, dim, state)
    compiled(kernels.chunk_state(batch, seq, heads, dim, state, chunk))(b, x, dt, cumulative, s)
    factor = torch.exp(cumulative[..., -1:] - cumulative) * dt
    chunks = x.double().view(batch, -1, chunk, heads, dim)
    want = torch.einsum("bclhp,bhcl,bcln->bchpn", chunks, factor.double(), b.double().view(batch, -1, chunk, state))
    torch.testing.assert_close(s.double(), want, rtol=2e-2, atol=5e-2)


def test_mamba_chunk_scan():
    batch, seq, heads, dim, state, chunk = 1, 128, 2, 64, 32, 64
    x, b, c, dt, cumulative = mamba_inputs(batch, seq, heads, dim, state, chunk)
    before, d = rand(batch, seq // chunk, heads, dim, state, seed=4), rand(heads, dtype="float32", seed=5)
    o = torch.zeros(batch, seq, heads, dim)
    kernel = compiled(kernels.chunk_scan(batch, seq, heads, dim, state, chunk))
    kernel(c, b, x, dt, cumulative, before, d, o)
    cs, bs = (t.double().view(batch, -1, chunk, state) for t in (c, b))
    xs, sums, steps = x.double().view(batch, -1, chunk, heads, dim), cumulative.double(), dt.double()
    decay = torch.exp((sums[..., :, None] - sums[..., None, :]).clamp(max=0)) * torch.ones(chunk, chunk).tril()
    weights = torch.einsum("bcin,bcjn,bhcij,bhcj->bhcij", cs, bs, decay, steps)
    want = torch.einsum("bhcij,bcjhp->bcihp", weights, xs)
    want += torch.einsum("bcin,bchpn,bhci->bcihp", cs, before.double(), torch.exp(sums))
    want += xs * d.double()[:, None]
    # The weights are rounded to bfloat16 before they are multiplied.
    bound = torch.einsum("bhcij,bcjhp->bcihp", weights.abs(), xs.abs()).reshape(o.shape) + 1
    assert_close(o, want.reshape(o.shape), "bfloat16", magnitude=bound, accum=2**-7)


def test_delta_chunk():
    batch, tokens, heads, dim, chunk = 1, 96, 2, 64, 32
    k, beta = rand(batch, tokens, heads, dim), rand(batch, tokens, heads, seed=1)
    gate = torch.cumsum(-rand(batch, tokens, heads, dtype="float32", seed=2).abs(), 1)
    a = torch.zeros(batch, tokens, heads, chunk)
    compiled(kernels.delta_chunk(batch, tokens, heads, dim, chunk))(k, beta, gate, a)
    for h in range(heads):
        for start in range(0, tokens, chunk):
            span = slice(start, start + chunk)
            scaled = (k[0, span, h] * beta[0, span, h, None]).double()
            g = gate[0, span, h].double()
            want = (scaled @ k[0, span, h].double().T * torch.exp((g[:, None] - g).clamp(max=0))).tril(-1)
            torch.testing.assert_close(a[0, span, h].double(), want, rtol=2e-2, atol=5e-2)


@pytest.mark.parametrize("im2col", [False, True])
@pytest.mark.parametrize("stride,padding,dilation", [(1, 1, 1), (2, 2, 2)])
def test_convolution(stride, padding, dilation, im2col):
    N, C, H, W, F, size = 2, 8, 9, 7, 20, 3
    image, weights = rand(N, H, W, C), rand(size, size, C, F, seed=1)
    want = torch.nn.functional.conv2d(
        image.permute(0, 3, 1, 2).double(),
        weights.permute(3, 2, 0, 1).double(),
        stride=stride,
        padding=padding,
        dilation=dilation,
    ).permute(0, 2, 3, 1)
    out = torch.zeros(want.shape, dtype=torch.bfloat16)
    kernel = compiled(kernels.convolution(N, C, H, W, F, size, stride, padding, dilation, 32, 32, 32, im2col))
    kernel(image, weights, out)
    torch.testing.assert_close(out.double(), want, rtol=1e-2, atol=5e-2)


def test_routed_experts():
    tokens, experts, slots, K, N, bm = 20, 3, 96, 64, 80, 32
    x, w = rand(tokens, K), rand(experts, K, N)
    token, weight = ints(slots, high=tokens), rand(slots, dtype="float32").abs()
    expert = torch.tensor([2, 0, 0], dtype=torch.int32)
    y = torch.zeros(slots, N)
    compiled(kernels.routed_experts(tokens, experts, slots, K, N, bm, 32, 32))(x, w, token, weight, expert, y)
    rows, matrices = x[token.long()].double(), w[expert.long()].double().repeat_interleave(bm, 0)
    want = torch.einsum("sk,skn->sn", rows, matrices) * weight.double()[:, None]
    torch.testing.assert_close(y.double(), want, rtol=1e-3, atol=1e-2)
