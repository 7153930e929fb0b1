"""Operands that cores share, and every optimisation switched off: the same numbers."""

import json

import kernels
import pytest
import tilelang
import torch
from test_kernels import assert_close, check_gemm, compiled, matmul_bound, rand

import tilelang_tenstorrent as tt
from tilelang_tenstorrent.target import OPTIMISATIONS


def semaphores(func, target):
    """How many semaphores the compiled kernel uses: two for each operand that cores share."""
    files = tt.files(tilelang.compile(func, target=target))
    return len(json.loads(files["tt.plan.json"])["program"]["semaphores"])


N150, P150 = {"kind": "tenstorrent"}, {"kind": "tenstorrent", "arch": "blackhole"}


@pytest.mark.parametrize(
    "M,N,K,bm,bn,bk,target,shared",
    [
        (256, 256, 160, 32, 32, 32, N150, 2),  # a block for each core
        (500, 250, 100, 64, 32, 64, N150, 2),  # that ends within the last block
        (1024, 512, 64, 64, 64, 32, N150, 2),  # two blocks one below the other
        (96, 768, 64, 32, 64, 32, N150, 2),  # twelve columns of blocks on six of cores
        (256, 32, 96, 32, 32, 32, N150, 1),  # one column: only B is shared
        (32, 256, 96, 32, 32, 32, N150, 1),
        (320, 416, 96, 32, 32, 32, P150, 2),
        (192, 128, 64, 32, 32, 32, {"kind": "tenstorrent", "core_grid": "2x3"}, 2),
    ],
)
def test_gemm_shares_operands(M, N, K, bm, bn, bk, target, shared):
    assert semaphores(kernels.gemm(M, N, K, bm, bn, bk), target) == 2 * shared
    check_gemm(M, N, K, bm, bn, bk, target=target)


@pytest.mark.parametrize("stages", [0, 1, 3])
@pytest.mark.parametrize("trans_a,trans_b", [(False, True), (True, False)])
def test_gemm_shares_operands_of_any_depth_and_order(stages, trans_a, trans_b):
    check_gemm(256, 256, 128, 64, 64, 32, stages=stages, trans_a=trans_a, trans_b=trans_b)


def test_gemm_too_large_for_two_blocks_of_operands_shares_them():
    """Circular buffers one block deep: the sender may not read over what it still sends."""
    check_gemm(1024, 1024, 512, 512, 512, 128, target={"kind": "tenstorrent", "core_grid": "2x2"})


@pytest.mark.parametrize("M,N,K", [(256, 256, 128), (250, 200, 100)])
def test_operands_in_shards_of_l1_are_shared(M, N, K):
    """A global partition alone leaves the cores to the compiler, so that they share what lies in others' L1."""
    shards = {"memory": "L1", "nd_shard": tt.block_sharded(4, 4)}
    func = tt.annotate_tt_layout(kernels.gemm(M, N, K, 64, 64, 32), {"A": shards, "C": shards})
    func = tt.annotate_tt_schedule(func, {"partition_mode": "global"})
    target = {"kind": "tenstorrent", "core_grid": "4x4"}
    assert semaphores(func, target) == 4
    a, b = rand(M, K), rand(K, N, seed=1)
    c = torch.full((M, N), float("nan"), dtype=torch.bfloat16)
    compiled(func, target)(a, b, c)
    assert_close(c, a.double() @ b.double(), "bfloat16", magnitude=matmul_bound(a, b), accum=1e-4)


@pytest.mark.parametrize(
    "M,N,K,shards,grid,order,shared",
    [
        (250, 200, 100, (4, 4), "4x4", None, 2),  # blocks that end within the last shard
        (256, 384, 96, (2, 3), "8x8", "column_major", 2),  # two by two blocks for each core
        (500, 130, 70, (8, 1), "4x4", None, 1),  # bands of rows on two rows of cores: all want the same of B
        (130, 500, 70, (1, 8), "8x8", None, 1),  # bands of columns on one row of cores: all want the same of A
        (448, 64, 64, (7, 1), "4x4", None, 0),  # seven cores are no rectangle
        (256, 320, 64, (2, 3), "4x4", None, 0),  # five columns of blocks: the last cores have less to do
    ],
)
def test_cores_share_operands_while_they_work_on_their_own_shards(M, N, K, shards, grid, order, shared):
    placed = {"memory": "L1", "nd_shard": tt.block_sharded(*shards)}
    func = tt.annotate_tt_layout(kernels.gemm(M, N, K, 64, 64, 32), {"C": placed})
    if order:
        func = tt.annotate_tt_schedule(func, {"partition_mode": "local_shard", "order": order})
    target = {"kind": "tenstorrent", "core_grid": grid}
    assert semaphores(func, target) == 2 * shared
    a, b = rand(M, K), rand(K, N, seed=1)
    c = torch.full((M, N), float("nan"), dtype=torch.bfloat16)
    compiled(func, target)(a, b, c)
    assert_close(c, a.double() @ b.double(), "bfloat16", magnitude=matmul_bound(a, b), accum=1e-4)


def test_batches_share_within_themselves():
    func = kernels.batched_gemm(3, 128, 128, 96, 32, 32, 32)
    assert semaphores(func, N150) == 4
    a, b = rand(3, 128, 96), rand(3, 96, 128, seed=1)
    c = torch.full((3, 128, 128), float("nan"), dtype=torch.bfloat16)
    compiled(func)(a, b, c)
    for z in range(3):
        assert_close(c[z], a[z].double() @ b[z].double(), "bfloat16", magnitude=matmul_bound(a[z], b[z]), accum=1e-4)


@pytest.mark.parametrize("M,N", [(352, 224), (330, 200)])
def test_rectangles_may_reach_beyond_the_grid(M, N):
    """11 x 7 blocks on 4 x 4 cores of 3 x 2 blocks: those beyond the edge read zeros and write nothing."""
    func, target = kernels.gemm(M, N, 64, 32, 32, 32), {"kind": "tenstorrent", "core_grid": "4x4"}
    plan = json.loads(tt.files(tilelang.compile(func, target=target))["tt.plan.json"])
    assert plan["grid"] == {"x": 8, "y": 12, "z": 1, "total_tiles": 96}
    assert len(plan["program"]["semaphores"]) == 4
    check_gemm(M, N, 64, 32, 32, 32, target=target)


def test_blocks_beyond_the_grid_that_would_write_are_not_made():
    """Rows of blocks from the last to the first: an eighth one would write in front of the tensor."""
    func = kernels.gemm_upside_down(7, 5, 64)
    target = {"kind": "tenstorrent", "core_grid": "5x4"}
    assert json.loads(tt.files(tilelang.compile(func, target=target))["tt.plan.json"])["grid"]["y"] == 7
    a, b = rand(224, 64), rand(64, 160, seed=1)
    c = torch.full((224, 160), float("nan"), dtype=torch.bfloat16)
    compiled(func, target)(a, b, c)
    assert_close(c, a.double() @ b.double(), "bfloat16", magnitude=matmul_bound(a, b), accum=1e-4)


def test_blocks_of_unequal_length_are_dealt_out_evenly():
    """Row y of blocks sums y + 1 products: the cores end together."""
    func = kernels.triangular_gemm(16, 6)
    target = {"kind": "tenstorrent", "core_grid": "3x3"}
    plan = json.loads(tt.files(tilelang.compile(func, target=target))["tt.plan.json"])
    products = [sum(item["io"] + 1 for item in items) for items in plan["work_partition"].values()]
    assert len(products) == 9 and max(products) <= 1.05 * sum(products) / 9
    a, b = rand(512, 512), rand(512, 192, seed=1)
    c = torch.full((512, 192), float("nan"), dtype=torch.bfloat16)
    kernel = compiled(func, target)
    kernel(a, b, c)
    lower = a.double() * torch.ones(16, 16).tril().repeat_interleave(32, 0).repeat_interleave(32, 1)
    assert_close(c, lower @ b.double(), "bfloat16", magnitude=matmul_bound(a, b), accum=1e-4)
    uneven = tilelang.compile(func, target={**target, "balance": False, "multicast": False})
    assert kernel.predicted_time().cycles < uneven.predicted_time().cycles


@pytest.mark.parametrize("K,bk", [(1024, 32), (832, 32), (1000, 64)])
def test_several_steps_are_loaded_at_once(K, bk):
    """Groups of steps that divide the loop, or none do; the last step may end within its block."""
    func = kernels.gemm(256, 192, K, 64, 64, bk)
    target = {"kind": "tenstorrent", "core_grid": "2x2"}
    if K != 1000:
        assert "k_group" in tt.files(tilelang.compile(func, target=target))["reader.cpp"]
    check_gemm(256, 192, K, 64, 64, bk, target=target)


@pytest.mark.parametrize("name", OPTIMISATIONS)
def test_without(name):
    target = {"kind": "tenstorrent", name: False}
    check_gemm(200, 190, 180, 64, 64, 64, target=target)
    check_gemm(300, 260, 96, 160, 96, 32, accum="bfloat16", target=target)
    M, N, K = 150, 130, 70
    a, b, bias, residual = rand(M, K), rand(K, N, seed=1), rand(N, seed=2), rand(M, N, seed=3)
    c = torch.full((M, N), float("nan"), dtype=torch.bfloat16)
    compiled(kernels.gemm_epilogue(M, N, K, 64, 64, 32), target)(a, b, bias, residual, c)
    want = torch.relu((a.double() @ b.double()) * 0.5 + bias.double() + residual.double())
    assert_close(c, want, "bfloat16", magnitude=matmul_bound(a, b) + 2, accum=1e-3)


def test_all_off():
    """Nothing but the plain translation: the same numbers from a GEMM with epilogue, softmax and attention's parts."""
    target = {"kind": "tenstorrent", **dict.fromkeys(OPTIMISATIONS, False)}
    check_gemm(200, 190, 180, 64, 64, 64, target=target)
    check_gemm(352, 224, 64, 32, 32, 32, target={**target, "core_grid": "4x4"})
    a, b = rand(512, 512), rand(512, 192, seed=1)
    c = torch.full((512, 192), float("nan"), dtype=torch.bfloat16)
    compiled(kernels.triangular_gemm(16, 6), target)(a, b, c)
    lower = a.double() * torch.ones(16, 16).tril().repeat_interleave(32, 0).repeat_interleave(32, 1)
    assert_close(c, lower @ b.double(), "bfloat16", magnitude=matmul_bound(a, b), accum=1e-4)


@pytest.mark.parametrize("columns", [96, 200])
@pytest.mark.parametrize("reciprocals", [True, False])
def test_blocks_are_divided_by_vectors(columns, reciprocals):
    """A division for each element, or a reciprocal for each row; rows of zeros give what the division gives."""
    func = kernels.divide_by_rows(70, columns)
    target = {"kind": "tenstorrent", "reciprocals": reciprocals}
    source = tt.files(tilelang.compile(func, target=target))["compute.cpp"]
    assert ("recip_tile(" in source, "div_binary_tile(" in source) == (reciprocals, not reciprocals)
    x = rand(70, columns) * 100
    x[3] = 0
    y = torch.full((70, columns), 7.0, dtype=torch.bfloat16)
    compiled(func, target)(x, y)
    want = x.double() / x.double().abs().sum(1, keepdim=True)
    torch.testing.assert_close(y.double(), want, rtol=2**-8, atol=0, equal_nan=True)


def test_a_vector_that_others_read_stays_as_it_is():
    func = kernels.divide_by_rows(64, 96, also_sums=True)
    assert "div_binary_tile(" in tt.files(tilelang.compile(func, target=N150))["compute.cpp"]
    x, y = rand(64, 96), torch.empty(64, 96, dtype=torch.bfloat16)
    compiled(func)(x, y)
    total = x.double().abs().sum(1, keepdim=True)
    torch.testing.assert_close(y.double(), x.double() / total + total, rtol=2**-7, atol=0)


def test_a_loaded_block_is_read_where_it_lies():
    """Where a buffer is changed later, what reads its first value reads the loaded block and not a copy of it."""
    func = kernels.divide_by_rows(70, 96, in_place=True)
    compute = tt.files(tilelang.compile(func, target=N150))["compute.cpp"]
    apart = tt.files(tilelang.compile(func, target={**N150, "fuse_epilogues": False}))["compute.cpp"]
    assert "// x:" not in compute and "// x:" in apart
    x, y = rand(70, 96), torch.full((70, 96), 7.0, dtype=torch.bfloat16)
    compiled(func)(x, y)
    want = x.double() / x.double().abs().sum(1, keepdim=True)
    torch.testing.assert_close(y.double(), want, rtol=2**-8, atol=0)


@pytest.mark.parametrize("numerics", ["fast", "faithful"])
@pytest.mark.parametrize("trans_b", [False, True])
def test_a_matmul_reads_what_was_packed_over_its_operand(trans_b, numerics):
    """The operand of every step is the result of the one before, in the same circular buffer."""
    import tilelang.language as T

    size, steps = 64, 3

    @T.prim_func
    def powers(
        A: T.Tensor((size, size), "bfloat16"),
        B: T.Tensor((size, size), "bfloat16"),
        C: T.Tensor((size, size), "bfloat16"),
    ):
        with T.Kernel(1, threads=128) as _:
            x = T.alloc_shared((size, size), "bfloat16")
            b = T.alloc_shared((size, size), "bfloat16")
            c = T.alloc_fragment((size, size), "float32")
            T.copy(A, x)
            T.copy(B, b)
            for _step in T.serial(steps):
                T.clear(c)
                if trans_b:
                    T.gemm(b, x, c, transpose_B=True)
                else:
                    T.gemm(x, b, c)
                T.copy(c, x)
            T.copy(x, C)

    a, b = rand(size, size), rand(size, size)
    out = torch.empty_like(a)
    tilelang.compile(powers, target={"kind": "tenstorrent", "numerics": numerics})(a, b, out)
    expected = a.double()
    for _ in range(steps):
        expected = b.double() @ expected.T if trans_b else expected @ b.double()
    scale = expected.abs().max()
    torch.testing.assert_close(out.double() / scale, expected / scale, rtol=0, atol=1e-2)


def test_maxima_of_16_bits_are_tiles_of_16_bits():
    """A running maximum in fp32 of bfloat16 blocks is one of bfloat16 numbers, which the FPU subtracts; one that starts
    at a number of more bits is not."""
    import tilelang.language as T

    def softmax(rows, columns, block, least, dtype):
        @T.prim_func
        def main(A: T.Tensor((rows, columns), dtype), B: T.Tensor((rows, columns), "float32")):
            with T.Kernel(T.ceildiv(rows, 32), threads=128) as bx:
                x = T.alloc_fragment((32, block), dtype)
                y = T.alloc_fragment((32, columns), "float32")
                largest = T.alloc_fragment((32,), "float32")
                T.fill(largest, least)
                for k in T.serial(T.ceildiv(columns, block)):
                    T.copy(A[bx * 32, k * block], x)
                    T.reduce_max(x, largest, dim=1, clear=False)
                T.copy(A[bx * 32, 0], x)
                for i, j in T.Parallel(32, block):
                    y[i, j] = T.exp(x[i, j] - largest[i])
                T.copy(y[:, 0:block], B[bx * 32, 0])

        return main

    for least, dtype, numerics, narrow in [
        (-float("inf"), "bfloat16", "faithful", True),
        (-1.5, "float16", "fast", True),
        (-1.001, "bfloat16", "fast", False),
    ]:
        func = softmax(70, 128, 64, least, dtype)
        kernel = compiled(func, {"kind": "tenstorrent", "numerics": numerics})
        source = tt.files(kernel)["compute.cpp"]
        assert ("sub_tiles_bcast_cols(" in source, "sub_binary_tile(" in source) == (narrow, not narrow)
        a = rand(70, 128, dtype=dtype) * 4 - 5  # some rows lie below the first maximum
        b = torch.zeros(70, 128)
        kernel(a, b)
        want = torch.exp(a[:, :64].double() - a.double().amax(1, keepdim=True).clamp(min=least))
        # Within the FPU's error of a difference, 2^-10 of its terms.
        rtol = 1e-6 if numerics == "fast" else 2**-10 * 2 * a.abs().max().item()
        torch.testing.assert_close(b[:, :64].double(), want, rtol=rtol, atol=1e-30)
