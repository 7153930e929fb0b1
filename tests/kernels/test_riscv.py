"""Numbers of kernels that no tile operation covers, against torch; and what is remarked of them."""

import pytest
import riscv_kernels as kernels
import tilelang
import torch
from test_kernels import DTYPES, assert_close, compiled, rand

import tilelang_tenstorrent as tt


def ints(*shape, low=0, high=100, dtype=torch.int32, seed=0):
    generator = torch.Generator().manual_seed(seed + sum(shape))
    return torch.randint(low, high, shape, generator=generator).to(dtype)


def shuffled(n, seed=0):
    return torch.randperm(n, generator=torch.Generator().manual_seed(seed)).to(torch.int32)


@pytest.mark.parametrize("n,block", [(96, 32), (77, 20)])
@pytest.mark.parametrize("dtype", ["float32", "float16", "bfloat16"])
def test_strides_and_reversal(n, block, dtype):
    kernel = compiled(kernels.strided(n, block, dtype))
    a, c, b = rand(2 * n, dtype=dtype), rand(n, dtype=dtype, seed=1), torch.zeros(n, dtype=DTYPES[dtype])
    kernel(a, c, b)
    assert torch.equal(b, (a[1::2].float() + c.flip(0).float()).to(DTYPES[dtype]))


@pytest.mark.parametrize("tokens,width,block", [(64, 64, 32), (45, 70, 16), (3, 1100, 1)])
def test_embedding(tokens, width, block):
    kernel = compiled(kernels.embedding(tokens, 50, width, block))
    table, ids = rand(50, width), ints(tokens, high=50)
    out = torch.zeros(tokens, width, dtype=torch.bfloat16)
    kernel(table, ids, out)
    assert torch.equal(out, table[ids.long()])
    assert any("index `ids[" in remark and "cycles a block" in remark for remark in tt.remarks(kernel))


def test_stencil_reads_zero_beyond_the_ends():
    kernel = compiled(kernels.stencil(75, 25))
    x, y = rand(75, dtype="float32"), torch.zeros(75)
    kernel(x, y)
    padded = torch.cat([torch.zeros(1), x, torch.zeros(1)])
    assert torch.equal(y, (padded[:-2] + padded[1:-1] + padded[2:]) * 0.25)


@pytest.mark.parametrize("dtype", ["bfloat16", "float32"])
def test_unaligned_copy(dtype):
    kernel = compiled(kernels.unaligned_copy(100, 90, 5, 3, 37, 41, dtype))
    a, b = rand(100, 90, dtype=dtype), rand(100, 90, dtype=dtype, seed=5)
    want = b.clone()
    want[3:40, 5:46] = a[5:42, 3:44]
    kernel(a, b)
    assert torch.equal(b, want)
    assert any("no multiple of 32" in remark for remark in tt.remarks(kernel))


@pytest.mark.parametrize("tokens,block", [(64, 32), (90, 64)])
def test_gather_gemm_scatter(tokens, block):
    K, N, rows = 64, 96, 128
    kernel = compiled(kernels.gather_gemm_scatter(rows, K, N, tokens, block))
    x, w = rand(rows, K), rand(K, N, seed=1)
    who, where = ints(tokens, high=rows), shuffled(tokens)
    out = torch.zeros(tokens, N, dtype=torch.bfloat16)
    kernel(x, w, who, where, out)
    gathered = x[who.long()].double()
    want = torch.zeros(tokens, N, dtype=torch.float64)
    want[where.long()] = gathered @ w.double()
    magnitude = torch.zeros_like(want)
    magnitude[where.long()] = gathered.abs() @ w.double().abs()
    assert_close(out, want, "bfloat16", magnitude=magnitude, accum=2**-17)


@pytest.mark.parametrize("M,N,bm,bn", [(64, 64, 32, 32), (70, 100, 64, 64)])
def test_rows_between_tile_operations(M, N, bm, bn):
    kernel = compiled(kernels.swap_pairs(M, N, bm, bn))
    a, b = rand(M, N, dtype="float32"), torch.zeros(M, N)
    kernel(a, b)
    x = a.double().exp()
    assert_close(b, x.reshape(M, N // 2, 2).flip(2).reshape(M, N) * 2 + x, "float32", ulps=16)


@pytest.mark.parametrize("n,block", [(64, 32), (50, 7)])
def test_integers(n, block):
    kernel = compiled(kernels.integers(n, block))
    a, b = ints(n, low=-1000, high=1000), ints(n, low=-1000, high=1000, seed=1)
    c, d = torch.zeros(n, dtype=torch.int32), torch.zeros(n, dtype=torch.bool)
    kernel(a, b, c, d)
    assert torch.equal(c, (a * 3 - b) // 7 + ((a >> 1) ^ (b & 15)) % 5)
    assert torch.equal(d, a > b)


def test_while_and_if_on_data():
    n = 41
    kernel = compiled(kernels.collatz(n, 10))
    start, steps = ints(n, low=1, high=60), torch.zeros(n, dtype=torch.int32)
    kernel(start, steps)

    def collatz(value):
        count = 0
        while value > 1:
            value = value // 2 if value % 2 == 0 else 3 * value + 1
            count += 1
        return count

    assert steps.tolist() == [collatz(v) for v in start.tolist()]


def test_loop_bounds_from_a_tensor():
    kernel = compiled(kernels.segment_sums(5, 12, 40))
    x, lengths, out = rand(5, 12, 40, dtype="float32"), ints(5, high=13), torch.zeros(5, 40)
    kernel(x, lengths, out)
    want = torch.stack([x[b, : lengths[b]].double().sum(0) for b in range(5)])
    assert_close(out, want, "float32", magnitude=x.double().abs().sum(1), accum=2**-22)
    # What is in the loop runs element by element; the loop itself is every core's.
    assert not any("loop bound" in remark for remark in tt.remarks(kernel))


@pytest.mark.parametrize("dtype", ["bfloat16", "float32"])
def test_scatter_into_shared_pages(dtype):
    n = 150
    kernel = compiled(kernels.scatter(n, 16, dtype))
    x, to, y = rand(n, dtype=dtype), shuffled(n), torch.zeros(n, dtype=DTYPES[dtype])
    kernel(x, to, y)
    want = torch.zeros_like(y)
    want[to.long()] = x
    assert torch.equal(y, want)


@pytest.mark.parametrize("reverse", [False, True])
def test_scan(reverse):
    M, N = 40, 70
    kernel = compiled(kernels.row_scan(M, N, 32, reverse))
    a, b = rand(M, N, dtype="float32"), torch.zeros(M, N)
    kernel(a, b)
    want = a.double().flip(1).cumsum(1).flip(1) if reverse else a.double().cumsum(1)
    assert_close(b, want, "float32", magnitude=a.double().abs().cumsum(1).max(1, keepdim=True).values, accum=2**-20)


def test_sums_that_tile_operations_only_start():
    M, N, take = 40, 64, torch.tensor([1, 0, 1, 1], dtype=torch.int32)
    a = ints(4, M, N, low=-9, high=10).float()
    sums, squares = torch.zeros(M, N), torch.zeros(M, N)
    compiled(kernels.running_sums(M, N, 4))(a, take, sums, squares)
    taken = a[take > 0]
    assert torch.equal(sums, taken.sum(0)) and torch.equal(squares, 1 + taken.square().sum(0))


@pytest.mark.parametrize("extent,guarded", [(1, False), (8, False), (40, True)])
def test_fragment_that_is_indexed_beyond_its_extent(extent, guarded):
    M, N = 64, 32
    kernel = compiled(kernels.beyond_extent(M, N, extent, guarded))
    a, r, b = rand(M, N, dtype="float32"), rand(M, dtype="float32", seed=1), torch.zeros(M, N)
    kernel(a, r, b)
    factor = 2 * r
    if guarded:
        factor[extent:] = 1
    assert_close(b, a.double() * factor[:, None].double(), "float32", ulps=2)
    assert any("made larger" in remark for remark in tt.remarks(kernel)) == (not guarded)


def test_int8_gemm():
    M, N, K = 40, 24, 50
    kernel = compiled(kernels.int8_gemm(M, N, K, 16, 16))
    a, b = ints(M, K, low=-128, high=128, dtype=torch.int8), ints(N, K, low=-128, high=128, dtype=torch.int8, seed=1)
    c = torch.zeros(M, N, dtype=torch.int32)
    kernel(a, b, c)
    assert torch.equal(c, a.int() @ b.int().T)


def test_largest_of_each_row():
    M, N, k = 20, 50, 3
    kernel = compiled(kernels.largest(M, N, k, 8))
    a = rand(M, N, dtype="float32")
    values, places = torch.zeros(M, k), torch.zeros(M, k, dtype=torch.int32)
    kernel(a, values, places)
    want = a.topk(k)
    assert torch.equal(values, want.values) and torch.equal(places, want.indices.int())


def test_cross_entropy():
    kernel = compiled(kernels.cross_entropy(40, 100))
    x, y, loss = 5 * rand(40, 100, dtype="float32"), ints(40, low=0, high=100, dtype=torch.int64), torch.zeros(40)
    kernel(x, y, loss)
    want = torch.nn.functional.cross_entropy(x.double(), y, reduction="none")
    torch.testing.assert_close(loss.double(), want, rtol=1e-5, atol=1e-5)
    # A place that is read from memory has a name, and is not tested for what the `if` around it says.
    assert tt.files(kernel)["reader.cpp"].count("Y_elements.get(") == 1


def test_refused_on_request():
    with pytest.raises(ValueError, match=r"no loop variable of T\.Parallel plus an offset"):
        compiled(kernels.strided(96, 32), {"kind": "tenstorrent", "riscv": False})


@pytest.mark.parametrize("how", ["elements", "copy", "loop"])
def test_a_block_that_is_filled_in_a_branch_starts_as_zeros(how):
    a, c, d = rand(3, 32, 64, dtype="float32"), torch.full((3, 32, 64), float("nan")), torch.zeros(3, 32, 64)
    tilelang.compile(kernels.filled_in_one_block(how), target="tenstorrent -grid_x=1 -grid_y=1")(a, c, d)
    want, rows = torch.zeros(3, 32, 64), torch.arange(32)
    want[1] = a[1][:, torch.arange(64) ^ 1] if how == "elements" else a[1]
    want[:, rows, (rows * 3) % 32] = a[:, :, 5] + 2
    assert torch.equal(c, want) and torch.equal(d[1], a[1])
