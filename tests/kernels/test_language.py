"""Numbers of kernels of open sizes, of several launches, with updates by many blocks, and steered by data."""

import language_kernels as kernels
import pytest
import tilelang
import torch
from test_kernels import assert_close, compiled, matmul_bound, rand
from test_riscv import ints

import tilelang_tenstorrent as tt


def test_one_kernel_for_all_sizes():
    kernel = compiled(kernels.open_gemm())
    for M, N, K, scale in [(100, 70, 50, 1.5), (32, 64, 32, -2.0), (1, 130, 33, 0.25), (100, 70, 50, 1.5)]:
        a, b, c = rand(M, K), rand(K, N), torch.zeros(M, N)
        kernel(a, b, scale, c)
        assert_close(c, scale * (a.double() @ b.double()), "float32", magnitude=matmul_bound(a, b), accum=1e-5)
    assert tt.program_info(kernel)["open"] == ["m", "k", "n", "scale"]
    assert tt.last_report(kernel)["cycles"] > 0
    assert '"shape":[100,50]' in tt.files(kernel)["tt.plan.json"].replace(" ", "").replace("\n", "")
    assert tt.files(tt.at_sizes(kernel, m=32, n=32, k=32, scale=1.0)).keys() == tt.files(kernel).keys()


def test_sizes_that_disagree():
    kernel = compiled(kernels.open_gemm(bn=32))  # one of its own: TileLang hands out compiled kernels again
    with pytest.raises(ValueError, match="its sizes are open until it is called"):
        tt.files(kernel)
    with pytest.raises(
        ValueError, match=r"argument 2 `B`: size of axis 0 is `k`, which is 5 by the size of axis 1 of `A`"
    ):
        kernel(rand(4, 5), rand(6, 7), 1.0, torch.zeros(4, 7))
    with pytest.raises(ValueError, match=r"argument 1 `A`: expected 2 axes, got 1"):
        kernel(rand(5), rand(5, 7), 1.0, torch.zeros(5, 7))
    with pytest.raises(ValueError, match=r"argument 3 `scale`: expected float32"):
        kernel(rand(5, 5), rand(5, 7), "one", torch.zeros(5, 7))
    with pytest.raises(ValueError, match=r"`A`: expected bfloat16\(5, 5\), got float32\(5, 5\)"):
        kernel(torch.zeros(5, 5), rand(5, 7), 1.0, torch.zeros(5, 7))
    with pytest.raises(ValueError, match="has no open size `rows`"):
        tt.at_sizes(kernel, rows=3)


def test_open_stride():
    kernel = compiled(kernels.open_strides())
    for n, stride in [(40, 3), (64, 1)]:
        x, y = ints(n * stride)[::stride], torch.zeros(n, dtype=torch.int32)
        kernel(x, y)
        assert torch.equal(y, x + stride)


@pytest.mark.parametrize("backwards", [False, True])
def test_launches_in_order(backwards, tmp_path):
    kernel = compiled(kernels.two_launches(96, backwards=backwards))
    a, c = rand(96, 64, dtype="float32"), torch.zeros(96, 64)
    kernel(a, c)
    assert torch.equal(c, 2 * (a.flip(0) if backwards else a) + 1)
    report = tt.last_report(kernel)
    assert report["cycles"] == sum(launch["cycles"] for launch in report["launches"])
    assert {"1/reader.cpp", "2/main.cpp", "tt.launches.json"} <= tt.files(kernel).keys()
    assert [(t["name"], t["access"]) for t in tt.program_info(kernel)["tensors"]] == [("A", "in"), ("C", "out")]
    assert kernel.predicted_time().cycles > 0
    tt.save(kernel, tmp_path)
    assert (tmp_path / "2" / "tt.plan.json").exists()


@pytest.mark.parametrize("mode", ["emulator", "check", "check:3"])
def test_several_launches_under_several_schedules(mode):
    """Each schedule starts from the caller's values; views with strides keep what lies between their elements."""
    around = torch.randn(40, 64)
    a, c = around.clone(), torch.randn(40, 32)
    want = c + 2 * around[:, ::2]
    tilelang.compile(kernels.updates_in_place(40), target={"kind": "tenstorrent", "mode": mode})(a[:, ::2], c)
    torch.testing.assert_close(c, want)
    torch.testing.assert_close(a[:, ::2], 2 * around[:, ::2])
    assert torch.equal(a[:, 1::2], around[:, 1::2])


def test_schedules_start_from_what_lay_on_the_chip():
    kernel = tilelang.compile(kernels.updates_in_place(40), target={"kind": "tenstorrent", "mode": "check"})
    a, c = torch.randn(40, 32), torch.randn(40, 32)
    on_chip = [tt.device_tensor(kernel, name, values) for name, values in (("A", a), ("C", c))]
    tt.run(kernel, *on_chip)
    torch.testing.assert_close(on_chip[0].to_host(), 2 * a)
    torch.testing.assert_close(on_chip[1].to_host(), c + 2 * a)


def test_order_dependence_of_what_stays_on_the_chip():
    kernel = tilelang.compile(kernels.last_block_stays(), target={"kind": "tenstorrent", "mode": "check"})
    on_chip = tt.device_tensor(kernel, "C")
    with pytest.raises(tt.EmulatorError, match="tensor `C` comes out differently") as caught:
        tt.run(kernel, torch.randn(128, 32), on_chip)
    assert caught.value.category == "order_dependence"


def test_launches_find_zeros_beyond_the_edge():
    """The first launch leaves 1 / 0 there, which the second one's product must not meet."""
    a, b, c = rand(40, 40, dtype="float32").abs() + 0.5, rand(40, 40), torch.full((40, 40), float("nan"))
    compiled(kernels.product_of_inverses(40))(a, b, c)
    inverse = (1 / a).bfloat16()
    assert_close(c, inverse.double() @ b.double(), "float32", magnitude=matmul_bound(inverse, b), accum=1e-4)


def test_folder_of_several_launches(tmp_path):
    import numpy as np

    from tilelang_tenstorrent.executing import execute_folder

    tt.save(compiled(kernels.two_launches(64)), tmp_path)
    a = rand(64, 64, dtype="float32")
    np.save(tmp_path / "a.npy", a.numpy())
    execute_folder(tmp_path, [tmp_path / "a.npy"], [tmp_path / "c.npy"], "fast")
    assert np.array_equal(np.load(tmp_path / "c.npy"), (2 * a + 1).numpy())


@pytest.mark.parametrize("target", ["tenstorrent", "tenstorrent -core_grid=3x1"])
@pytest.mark.parametrize("dtype,tile", [("float32", False), ("bfloat16", True)])
def test_split_k(dtype, tile, target):
    M, N, K, split = 70, 96, 256, 4
    kernel = compiled(kernels.split_k(M, N, K, 32, 64, 32, split, dtype, tile), target)
    a, b = rand(M, K), rand(K, N)
    results = []
    for _ in range(2):
        c = torch.ones(M, N, dtype=getattr(torch, dtype))
        kernel(a, b, c)
        results.append(c)
    assert torch.equal(*results)  # the order of the sum is the same in every run
    want = 1 + a.double() @ b.double()
    bound = {"float32": 1e-5, "bfloat16": split * 2**-8}[dtype]
    assert_close(results[0], want, dtype, magnitude=1 + matmul_bound(a, b), accum=bound)


@pytest.mark.parametrize(
    "lanes,dtype,step", [(2, "float32", 1), (4, "float32", 1), (2, "float16", 3), (4, "bfloat16", 1), (2, "int32", 1)]
)
def test_old_values_of_vectors(lanes, dtype, step):
    n, blocks = 20, 7
    a = torch.randint(-4, 5, (blocks, n)).to(getattr(torch, dtype))
    start = torch.arange(n).to(a.dtype)
    total, found = start.clone(), torch.zeros(blocks, n * step, dtype=a.dtype)
    compiled(kernels.vector_updates(n, blocks, lanes, dtype, step), "tenstorrent -core_grid=2x1")(a, total, found)
    assert torch.equal(total, start + a.sum(0).to(a.dtype))
    # In some order each block finds what those before it have left.
    for column in range(n):
        values = sorted((found[:, column * step]).tolist())
        assert values.count(start[column].item()) >= 1
        left = found[:, column * step] + a[:, column]
        assert sorted([*left.tolist(), start[column].item()]) == sorted([*values, total[column].item()])


@pytest.mark.parametrize("M,N,blocks,rounds", [(12, 64, 6, 3), (70, 96, 7, 2)])
def test_barriers_of_all_blocks(M, N, blocks, rounds):
    a, parts = rand(M, N, dtype="float32"), torch.zeros(rounds, M, N)
    compiled(kernels.shifted_sums(M, N, blocks, rounds))(a, parts)
    want = a
    for i in range(rounds):
        assert torch.equal(parts[i], want)
        want = want + want.roll(1, 0)


def test_old_values_in_expressions():
    n, block = 96, 8
    counts, numbers = torch.tensor([0, 5], dtype=torch.int32), torch.zeros(n, dtype=torch.int32)
    arrived, second = (torch.zeros(n // block // 2, dtype=torch.int32) for _ in range(2))
    compiled(kernels.tickets(n, block), "tenstorrent -core_grid=2x2")(counts, numbers, arrived, second)
    assert counts.tolist() == [n, 5 + 3 * n] and (arrived == 2).all()
    assert numbers.sort().values.tolist() == [5 * i + 12 for i in range(n)]
    assert all(block in (2 * i, 2 * i + 1) for i, block in enumerate(second.tolist()))


def test_atomic_loads_and_stores():
    n, block = 160, 16
    a, b = rand(n, dtype="float32"), torch.zeros(n)
    count, seen = torch.zeros(1, dtype=torch.int32), torch.zeros(n // block, dtype=torch.int32)
    compiled(kernels.loads_and_stores(n, block), "tenstorrent -core_grid=2x2")(a, b, count, seen)
    assert torch.equal(b, 2 * a + 1)
    assert sorted(seen.tolist()) == [3 * (i + 1) for i in range(n // block)] and count.item() == 3 * n // block


def test_histogram():
    n, bins = 150, 7
    kernel = compiled(kernels.histogram(n, bins), "tenstorrent -core_grid=2x1")
    x = ints(n, high=bins)
    counts, places = torch.zeros(bins, dtype=torch.int32), torch.zeros(n, dtype=torch.int32)
    largest, smallest = torch.full((1,), -5.0), torch.full((1,), 99, dtype=torch.int32)
    kernel(x, counts, places, largest, smallest)
    assert torch.equal(counts, torch.bincount(x, minlength=bins).int())
    for value in range(bins):
        assert sorted(places[x == value].tolist()) == list(range(int(counts[value])))
    assert largest.item() == x.max() and smallest.item() == x.min()


def test_block_table_on_the_tile_path():
    sequences, pages, length = 5, 12, 4
    kernel = compiled(kernels.paged_sum(sequences, pages, length))
    assert tt.remarks(kernel) == []  # nothing runs element by element
    k, table = rand(pages * 32, 64), ints(sequences, length, low=-1, high=pages)
    lengths = torch.tensor([0, 128, 33, 70, 31], dtype=torch.int32)
    want = torch.zeros(sequences * 32, 64, dtype=torch.float64)
    for b in range(sequences):
        for j in range((int(lengths[b]) + 31) // 32):
            page, valid = int(table[b, j]), min(32, int(lengths[b]) - 32 * j)
            if page >= 0:
                want[b * 32 : b * 32 + valid] += k[page * 32 : page * 32 + valid].double()
    o = torch.zeros(sequences * 32, 64)
    kernel(k, table, lengths, o)
    assert_close(o, want, "float32", magnitude=8.0, accum=1e-6)


@pytest.mark.parametrize("M,N,K,bm,bn,bk", [(128, 128, 128, 64, 64, 32), (256, 256, 128, 128, 128, 32)])
def test_block_sparse_gemm(M, N, K, bm, bn, bk):
    kernel = compiled(kernels.block_sparse_gemm(M, N, K, bm, bn, bk))
    assert tt.remarks(kernel) == []
    a, b = rand(M, K), rand(K, N)
    mask = ints(M // bm, N // bn, K // bk, high=2).bool()
    mask[0, 0], mask[0, 1, 0], mask[1, 1] = False, False, True
    dense = mask.repeat_interleave(bm, 0).repeat_interleave(bn, 1)
    want = torch.zeros(M, N, dtype=torch.float64)
    for k in range(K // bk):
        part = a[:, k * bk : (k + 1) * bk].double() @ b[k * bk : (k + 1) * bk].double()
        want += torch.where(dense[:, :, k], part, torch.zeros_like(part))
    c = torch.zeros(M, N, dtype=torch.bfloat16)
    kernel(a, b, mask, c)
    assert_close(c, want, "bfloat16", magnitude=matmul_bound(a, b), accum=1e-5)


def test_sizes_that_follow_from_sums():
    kernel = compiled(kernels.sizes_in_sums())
    for n, m in [(7, 20), (21, 43)]:
        x, y = rand(3 * n + 1, m + n, dtype="float32"), torch.zeros(3 * n + 1, m + n)
        kernel(x, y)
        assert torch.equal(y, x * 2)
    with pytest.raises(ValueError, match="the tensor has 12, which no whole `n` gives"):
        kernel(rand(12, 64, dtype="float32"), torch.zeros(12, 64))


def test_parts_of_buffers_by_name():
    a, b, c = rand(70, 90), rand(90, 100), torch.zeros(70, 100, dtype=torch.bfloat16)
    compiled(kernels.named_parts(70, 100, 90))(a, b, c)
    assert_close(c, a.double() @ b.double(), "bfloat16", magnitude=matmul_bound(a, b), accum=1e-5)


def test_assertions_about_sizes():
    kernel = compiled(kernels.asserted_sizes())
    x, y = rand(50, 64, dtype="float32"), torch.zeros(50, 64)
    kernel(x, y)
    assert torch.equal(x, y)
    with pytest.raises(ValueError, match="an assertion does not hold: as many rows in as out"):
        kernel(x, torch.zeros(51, 64))
