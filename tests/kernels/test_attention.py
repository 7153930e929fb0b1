"""Flash attention forward as TileLang's examples write it, against attention in float64."""

import pytest
import tilelang.language as T
import torch
from test_kernels import compiled, rand

from tilelang_tenstorrent import files


def attention(
    batch, heads, groups, seq_q, seq_kv, dim, bm, bn, *, causal=False, layout="bhsd", stages=1, dtype="float16"
):
    """Online softmax over blocks of keys; `groups` heads of keys serve `heads` of queries."""
    scale = (1.0 / dim) ** 0.5 * 1.44269504
    past = seq_kv - seq_q

    def shape(h, s):
        return (batch, h, s, dim) if layout == "bhsd" else (batch, s, h, dim)

    def block(tensor, b, h, start, size):
        rows = slice(start, start + size)
        return tensor[b, h, rows, :] if layout == "bhsd" else tensor[b, rows, h, :]

    @T.prim_func
    def main(
        Q: T.Tensor(shape(heads, seq_q), dtype),
        K: T.Tensor(shape(groups, seq_kv), dtype),
        V: T.Tensor(shape(groups, seq_kv), dtype),
        O: T.Tensor(shape(heads, seq_q), dtype),
    ):
        with T.Kernel(T.ceildiv(seq_q, bm), heads, batch, threads=128) as (bx, by, bz):
            q = T.alloc_shared([bm, dim], dtype)
            k_s = T.alloc_shared([bn, dim], dtype)
            v_s = T.alloc_shared([bn, dim], dtype)
            o_s = T.alloc_shared([bm, dim], dtype)
            acc_s = T.alloc_fragment([bm, bn], "float32")
            acc_s_cast = T.alloc_fragment([bm, bn], dtype)
            acc_o = T.alloc_fragment([bm, dim], "float32")
            scores_max = T.alloc_fragment([bm], "float32")
            scores_max_prev = T.alloc_fragment([bm], "float32")
            scores_scale = T.alloc_fragment([bm], "float32")
            scores_sum = T.alloc_fragment([bm], "float32")
            logsum = T.alloc_fragment([bm], "float32")

            T.copy(block(Q, bz, by, bx * bm, bm), q)
            T.fill(acc_o, 0)
            T.fill(logsum, 0)
            T.fill(scores_max, -T.infinity("float32"))
            steps = (
                T.min(T.ceildiv(seq_kv, bn), T.ceildiv((bx + 1) * bm + past, bn)) if causal else T.ceildiv(seq_kv, bn)
            )
            for k in T.Pipelined(steps, num_stages=stages):
                T.copy(block(K, bz, by // (heads // groups), k * bn, bn), k_s)
                if causal:
                    for i, j in T.Parallel(bm, bn):
                        acc_s[i, j] = T.if_then_else(bx * bm + i + past >= k * bn + j, 0, -T.infinity("float32"))
                else:
                    for i, j in T.Parallel(bm, bn):
                        acc_s[i, j] = T.if_then_else(k * bn + j >= seq_kv, -T.infinity("float32"), 0)
                T.gemm(q, k_s, acc_s, transpose_B=True, policy=T.GemmWarpPolicy.FullRow)
                T.copy(scores_max, scores_max_prev)
                T.fill(scores_max, -T.infinity("float32"))
                T.reduce_max(acc_s, scores_max, dim=1, clear=False)
                for i in T.Parallel(bm):
                    scores_max[i] = T.max(scores_max[i], scores_max_prev[i])
                for i in T.Parallel(bm):
                    scores_scale[i] = T.exp2(scores_max_prev[i] * scale - scores_max[i] * scale)
                for i, j in T.Parallel(bm, bn):
                    acc_s[i, j] = T.exp2(acc_s[i, j] * scale - scores_max[i] * scale)
                T.reduce_sum(acc_s, scores_sum, dim=1)
                for i in T.Parallel(bm):
                    logsum[i] = logsum[i] * scores_scale[i] + scores_sum[i]
                T.copy(acc_s, acc_s_cast)
                for i, j in T.Parallel(bm, dim):
                    acc_o[i, j] *= scores_scale[i]
                T.copy(block(V, bz, by // (heads // groups), k * bn, bn), v_s)
                T.gemm(acc_s_cast, v_s, acc_o, policy=T.GemmWarpPolicy.FullRow)
            for i, j in T.Parallel(bm, dim):
                acc_o[i, j] /= logsum[i]
            T.copy(acc_o, o_s)
            T.copy(o_s, block(O, bz, by, bx * bm, bm))

    return main


def reference(q, k, v, *, causal, layout):
    """float64; query i of the last seq_q positions sees keys up to its own."""
    q, k, v = (x.double() if layout == "bhsd" else x.double().transpose(1, 2) for x in (q, k, v))
    k, v = (x.repeat_interleave(q.shape[1] // k.shape[1], dim=1) for x in (k, v))
    scores = q @ k.transpose(-1, -2) / q.shape[-1] ** 0.5
    if causal:
        seq_q, seq_kv = scores.shape[-2:]
        scores = scores.masked_fill(
            ~torch.tril(torch.ones(seq_q, seq_kv, dtype=torch.bool), seq_kv - seq_q), -torch.inf
        )
    out = scores.softmax(-1) @ v
    return out if layout == "bhsd" else out.transpose(1, 2)


def check(
    batch,
    heads,
    groups,
    seq_q,
    seq_kv,
    dim,
    bm,
    bn,
    *,
    causal=False,
    layout="bhsd",
    dtype="float16",
    approx=False,
    **kw,
):
    kernel = compiled(
        attention(batch, heads, groups, seq_q, seq_kv, dim, bm, bn, causal=causal, layout=layout, dtype=dtype, **kw),
        {"kind": "tenstorrent", "math_approx": approx},
    )

    def tensor(h, s, seed):
        return rand(*((batch, h, s, dim) if layout == "bhsd" else (batch, s, h, dim)), dtype=dtype, seed=seed)

    q, k, v = tensor(heads, seq_q, 0), tensor(groups, seq_kv, 1), tensor(groups, seq_kv, 2)
    o = torch.full_like(q, float("nan"))
    kernel(q, k, v, o)
    want = reference(q, k, v, causal=causal, layout=layout)
    # The weights are rounded to the dtype before the second product; they sum to 1.
    bound = {"float16": 2**-10, "bfloat16": 2**-7}[dtype] * (v.double().abs().max() / 2 + want.abs())
    if approx:
        bound = 2 * 0.032 * v.double().abs().max()  # each weight, and their sum
    error = (o.double() - want).abs()
    assert not torch.isnan(o.double()).any()
    assert (error <= bound).all(), f"error is {(error / bound).max().item():.3g} times the bound"
    return kernel


@pytest.mark.parametrize("causal", [False, True])
@pytest.mark.parametrize("layout", ["bhsd", "bshd"])
def test_mha(causal, layout):
    check(2, 2, 2, 128, 128, 64, 64, 64, causal=causal, layout=layout)


def test_approximate_exponentials():
    kernel = check(1, 1, 1, 64, 100, 64, 32, 64, causal=False, approx=True)
    compute = files(kernel)["compute.cpp"]
    assert "exp_tile<true>(" in compute and "exp_tile(" not in compute and "exp2_tile(" not in compute


@pytest.mark.parametrize("groups", [1, 2])
def test_gqa(groups):
    check(1, 4, groups, 64, 128, 32, 32, 64, causal=True, layout="bshd", stages=2)


@pytest.mark.parametrize("dim,bm,bn", [(32, 128, 32), (96, 32, 64), (128, 64, 128), (256, 32, 32)])
def test_head_and_block_sizes(dim, bm, bn):
    check(1, 1, 1, 128, 256, dim, bm, bn, causal=True, stages=2)


@pytest.mark.parametrize("seq_q,seq_kv,causal", [(100, 200, False), (70, 150, True)])
def test_sequences_that_do_not_divide(seq_q, seq_kv, causal):
    check(1, 2, 2, seq_q, seq_kv, 64, 64, 64, causal=causal, dtype="bfloat16")
