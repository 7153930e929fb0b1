"""Numbers of kernels whose threads do something together, against torch."""

import pytest
import thread_kernels as kernels
import tilelang.language as T
import torch
from test_kernels import assert_close, compiled, rand


@pytest.mark.parametrize("along", [0, 1])
@pytest.mark.parametrize(
    "N,K,threads,dtype", [(37, 70, (4, 8), "float32"), (64, 128, (8, 16), "bfloat16"), (5, 3, (2, 1), "float16")]
)
def test_sums_over_threads(N, K, threads, along, dtype):
    a, x, y = rand(N, K, dtype=dtype), rand(K, dtype=dtype, seed=1), torch.zeros(N, dtype=getattr(torch, dtype))
    compiled(kernels.matvec_by_threads(N, K, threads, along, dtype))(a, x, y)
    wide = a.double(), x.double()
    assert_close(y, wide[0] @ wide[1], dtype, magnitude=wide[0].abs() @ wide[1].abs(), accum=2**-22)


@pytest.mark.parametrize("axes", [(0,), (1,), (2,), (0, 2), (2, 1), (0, 1, 2)])
@pytest.mark.parametrize("in_place", [False, True])
@pytest.mark.parametrize("n", [60, 41])
def test_threads_get_what_others_have(axes, in_place, n):
    a, b = rand(2, 60, dtype="float32"), torch.zeros(2, 60)
    counts = torch.zeros(2, 60, dtype=torch.int32)
    compiled(kernels.shares(n, T.max, -100.0, axes, in_place))(a, b, counts)
    known = torch.where(torch.arange(60) < n, a, -100.0).reshape(2, 5, 3, 4)
    along = [3 - axis for axis in axes]
    assert torch.equal(b.reshape(2, 5, 3, 4), known.amax(along, keepdim=True).expand(2, 5, 3, 4))
    assert (counts == torch.tensor([(4, 3, 5)[axis] for axis in axes]).prod()).all()


def test_pairs_over_threads():
    a = rand(9, 50, dtype="float32")
    a[:, 30] = a[:, 7] = a.amax() + torch.tensor([1.0] * 8 + [-100.0])
    place, value = torch.zeros(9, dtype=torch.int32), torch.zeros(9)
    compiled(kernels.largest_of_rows(9, 50))(a, place, value)
    assert torch.equal(place.long(), a.argmax(1)) and torch.equal(value, a.amax(1))


@pytest.mark.parametrize("M,N", [(5, 64), (70, 96)])
def test_groups_of_threads_with_variables(M, N):
    a, w = rand(M, 4, N, dtype="float32"), rand(4, dtype="float32", seed=1)
    scaled, mixed = torch.zeros(M, N), torch.zeros(M, N)
    compiled(kernels.halves_apart(M, N))(a, w, scaled, mixed)
    wide, sums = a.double(), a.double().abs().sum(2)
    row = wide[:, 0]
    assert_close(scaled, row * row.sum(1, keepdim=True), "float32", magnitude=row.abs() * sums[:, :1], accum=2**-18)
    want = torch.einsum("mkn,k->mn", wide, 2 * w.double())
    magnitude = torch.einsum("mkn,k->mn", wide.abs(), 2 * w.double().abs())
    assert_close(mixed, want, "float32", magnitude=magnitude, accum=2**-18)


def test_other_threads_keep_their_values():
    b = torch.zeros(50, dtype=torch.int32)
    compiled(kernels.kept_by_others(50))(b)
    assert torch.equal(b, torch.where(torch.arange(50) < 16, 5, 1).int())


@pytest.mark.parametrize("threads,bins,bound", [(64, 24, 10**6), (48, 48, 40), (96, 7, 25)])
def test_barriers_of_some_threads(threads, bins, bound):
    rounds = 5
    a = torch.randint(0, 9, (rounds, bins), dtype=torch.int32)
    sums, others = torch.zeros_like(a), torch.zeros(threads, dtype=torch.int32)
    compiled(kernels.suffix_sums(threads, bins, rounds))(a, torch.tensor([bound], dtype=torch.int32), sums, others)
    want = a.flip(1).cumsum(1).flip(1).int()
    above = (want[:, 0] > bound).nonzero()
    done = above[0].item() + 1 if len(above) else rounds
    want[done:] = 0
    assert torch.equal(sums, want)
    number = torch.arange(threads)
    assert torch.equal(others, torch.where(number < bins, 0, done * number).int())
