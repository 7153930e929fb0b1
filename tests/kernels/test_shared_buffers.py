"""Kernels with more on-chip buffers than a core has room or circular buffers for, which take turns in a few."""

import json

import pytest
import tilelang.language as T
import torch
from test_kernels import assert_close, compiled, rand

import tilelang_tenstorrent as tltt


def centred(M, N, steps, bm=64, bn=64):
    """Each step makes a block of its own from the one before it, by way of a sum of each row."""
    order = list(range(steps))  # a loop of Python's own over a list: statements one after the other

    @T.prim_func
    def main(A: T.Tensor((M, N), "float32"), B: T.Tensor((M, N), "float32")):
        with T.Kernel(T.ceildiv(N, bn), T.ceildiv(M, bm), threads=128) as (bx, by):
            blocks = [T.alloc_fragment((bm, bn), "float32") for _ in [*order, steps]]
            sums = [T.alloc_fragment((bm,), "float32") for _ in order]
            T.copy(A[by * bm, bx * bn], blocks[0])
            for s in order:
                T.reduce_sum(blocks[s], sums[s], dim=1)
                for i, j in T.Parallel(bm, bn):
                    blocks[s + 1][i, j] = blocks[s][i, j] * 0.75 + sums[s][i] * (0.25 / bn)
            T.copy(blocks[steps], B[by * bm, bx * bn])

    return main


def products_in_turns(M, K, block, sums, rounds):
    """Sums of products of the same operands by turns, each weighed by what came of the one before it; what the first
    one has is kept to the end, and a branch makes a block that others do not."""
    order = list(range(sums))

    @T.prim_func
    def main(
        A: T.Tensor((M, K), "bfloat16"),
        B: T.Tensor((sums, block, K), "bfloat16"),
        C: T.Tensor((rounds, M, block), "float32"),
    ):
        with T.Kernel(T.ceildiv(M, block), threads=128) as bx:
            a = T.alloc_shared((block, 32), "bfloat16")
            b = T.alloc_shared((block, 32), "bfloat16")
            products = [T.alloc_fragment((block, block), "float32") for _ in order]
            weighed = [T.alloc_fragment((block, block), "float32") for _ in order]
            for r in T.serial(rounds):
                for s in order:
                    T.clear(products[s])
                    for k in T.Pipelined(T.ceildiv(K, 32), num_stages=2):
                        T.copy(A[bx * block, k * 32], a)
                        T.copy(B[s, 0, k * 32], b)
                        T.gemm(a, b, products[s], transpose_B=True)
                    if s == 0:
                        for i, j in T.Parallel(block, block):
                            weighed[0][i, j] = T.max(products[0][i, j], 0.0) * (r + 1)
                    else:
                        if r == 1:
                            for i, j in T.Parallel(block, block):
                                weighed[s][i, j] = products[s][i, j] - weighed[s - 1][i, j]
                        else:
                            for i, j in T.Parallel(block, block):
                                weighed[s][i, j] = products[s][i, j] + 0.5 * weighed[s - 1][i, j]
                for i, j in T.Parallel(block, block):
                    weighed[sums - 1][i, j] = weighed[sums - 1][i, j] + weighed[0][i, j]
                T.copy(weighed[sums - 1], C[r, bx * block, 0])

    return main


def buffers(kernel):
    program = json.loads(tltt.files(kernel)["tt.plan.json"])["program"]
    return [cb["name"] for cb in program["circular_buffers"]]


@pytest.mark.parametrize("M,N,steps", [(70, 100, 40), (64, 64, 17)])
def test_more_buffers_than_there_are(M, N, steps):
    a, b = rand(M, N, dtype="float32"), torch.zeros(M, N)
    kernel = compiled(centred(M, N, steps))
    assert len(buffers(kernel)) < 32 < 2 * steps + 1
    kernel(a, b)
    padded = torch.zeros(-(-M // 64) * 64, -(-N // 64) * 64, dtype=torch.float64)
    padded[:M, :N] = a
    blocks = padded.reshape(padded.shape[0], -1, 64)
    for _ in range(steps):
        blocks = blocks * 0.75 + blocks.sum(2, keepdim=True) * (0.25 / 64)
    assert_close(b, blocks.reshape(padded.shape)[:M, :N], "float32", magnitude=a.abs().max().item(), accum=1e-5)


@pytest.mark.parametrize("M,K,block,sums,rounds", [(160, 96, 160, 8, 3), (300, 40, 224, 5, 2)])
def test_more_than_there_is_room_for(M, K, block, sums, rounds):
    a, b = rand(M, K), rand(sums, block, K, seed=1)
    c = torch.zeros(rounds, M, block)
    kernel = compiled(products_in_turns(M, K, block, sums, rounds))
    assert len(buffers(kernel)) < 3 + 2 * sums
    kernel(a, b, c)
    products = torch.einsum("mk,snk->smn", a.double(), b.double())
    magnitude = torch.einsum("mk,snk->mn", a.double().abs(), b.double().abs())
    for r in range(rounds):
        first = weighed = products[0].clamp(min=0) * (r + 1)
        for s in range(1, sums):
            weighed = products[s] - weighed if r == 1 else products[s] + 0.5 * weighed
        assert_close(c[r], weighed + first, "float32", magnitude=magnitude * (2 * r + 2), accum=2**-10)
