"""Random numbers of kernels: against Philox4x32-10 written out here and its published values, and as a statistic."""

import math

import pytest
import random_kernels as kernels
import torch
from test_kernels import compiled, rand


def philox(seed, sequence, place):
    """Number `place` of a sequence, as an int."""
    word = 2**32 - 1
    c = [place >> 2 & word, place >> 34, sequence & word, sequence >> 32]
    k = [seed & word, seed >> 32 & word]
    for _ in range(10):
        a, b = 0xD2511F53 * c[0], 0xCD9E8D57 * c[2]
        c = [(b >> 32) ^ c[1] ^ k[0], b & word, (a >> 32) ^ c[3] ^ k[1], a & word]
        k = [(k[0] + 0x9E3779B9) & word, (k[1] + 0xBB67AE85) & word]
    return c[place & 3]


def test_published_values():
    assert [philox(0, 0, i) for i in range(4)] == [0x6627E8D5, 0xE169C58D, 0xBC57AC4C, 0x9B00DBD8]
    a = torch.zeros(1, 4, dtype=torch.uint32)
    compiled(kernels.words(1, 1, 4, 0, False))(a)
    assert a[0].tolist() == [0x6627E8D5, 0xE169C58D, 0xBC57AC4C, 0x9B00DBD8]


@pytest.mark.parametrize("seed", [42, 2**40 + 7])
@pytest.mark.parametrize("sequences", [True, False])
def test_words(seed, sequences):
    blocks, threads, each = 5, 6, 7
    a = torch.zeros(blocks * threads, each, dtype=torch.uint32)
    compiled(kernels.words(blocks, threads, each, seed, sequences))(a)
    want = [
        [philox(seed, t, i) if sequences else philox(seed, 0, t * each + i) for i in range(each)] for t in range(30)
    ]
    assert a.tolist() == want


@pytest.mark.parametrize("dist", ["uniform", "normal"])
@pytest.mark.parametrize("bit", [32, 64])
def test_floats(dist, bit):
    n, threads = 512, 32
    a, b = torch.zeros(n, dtype=getattr(torch, f"float{bit}")), torch.zeros(n, dtype=torch.uint32)
    compiled(kernels.floats(n, threads, 11, bit, dist))(a, b)
    each = bit // 32
    used = each * (2 if dist == "normal" else 1)
    assert b.tolist() == [philox(11, t, used) for t in range(n)]  # by default a sequence for each thread

    def uniform(thread, first):
        w = [philox(11, thread, first + i) for i in range(each)]
        return (w[0] + 0.5) / 2**32 if bit == 32 else ((w[0] ^ w[1] << 21) + 0.5) / 2**53

    want = [uniform(t, 0) for t in range(n)]
    if dist == "normal":
        want = [math.sqrt(-2 * math.log(u)) * math.sin(2 * math.pi * uniform(t, each)) for t, u in enumerate(want)]
        assert abs(a.mean()) < 0.15 and abs(a.std() - 1) < 0.1
    else:
        assert abs(a.mean() - 0.5) < 0.05 and a.min() > 0 and a.max() <= 1
    torch.testing.assert_close(a.double(), torch.tensor(want).double(), rtol=2e-5, atol=1e-6)


@pytest.mark.parametrize("M,N,bm,bn,dtype", [(70, 90, 32, 32, "bfloat16"), (128, 96, 64, 32, "float32")])
@pytest.mark.parametrize("p", [0.25, 0.7])
def test_dropout(M, N, bm, bn, dtype, p):
    a, c, again, other = (
        rand(M, N, dtype=dtype) + 3 if i == 0 else torch.zeros(M, N, dtype=getattr(torch, dtype)) for i in range(4)
    )
    kernel = compiled(kernels.dropout(M, N, bm, bn, p, dtype))
    kernel(3, a, c)
    kernel(3, torch.ones_like(a), again)
    kernel(4, a, other)
    kept = c != 0
    assert abs(kept.float().mean() - (1 - p)) < 0.03
    assert torch.equal(kept, again != 0) and not torch.equal(kept, other != 0)
    torch.testing.assert_close(c[kept].double(), (a[kept].double() / (1 - p)), rtol=1e-2, atol=0)
    blocks = -(-N // bn)
    want = torch.zeros(M, N, dtype=torch.bool)
    for i in range(M):
        for j in range(N):
            place = (i % bm) * bn + j % bn
            want[i, j] = (philox(3, i // bm * blocks + j // bn, place) + 0.5) / 2**32 > p
    assert torch.equal(kept, want)


def test_numbers_of_threads_and_of_blocks_differ():
    a, b = torch.zeros(96, dtype=torch.uint32), torch.zeros(96, dtype=torch.uint32)
    compiled(kernels.both_ways(96, 32, 5))(a, b)
    assert a.tolist() == [philox(5, 0, 2 * t) for t in range(96)]
    assert len(set(a.tolist() + b.tolist())) == 192


def test_conditions_and_names():
    a, b = torch.zeros(64, 2, dtype=torch.uint32), torch.zeros(64, dtype=torch.int32)
    compiled(kernels.coins(64, 16, 9))(a, b)
    assert b.tolist() == [sum(philox(9, t, i) < 2**31 for i in range(8)) for t in range(64)]
    assert a.tolist() == [[philox(9, t, 8)] * 2 for t in range(64)]
