"""TileLang's own entry points with target="tenstorrent"."""

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest
import tilelang
import tilelang.language as T
import torch

import tilelang_tenstorrent as tt

sys.path.insert(0, str(Path(__file__).parent))
from kernels_for_tests import add_factory, eager_gemm, gemm

FILES = {"reader.cpp", "compute.cpp", "writer.cpp", "main.cpp", "CMakeLists.txt", "tt.plan.json"}


def matrices(m, k, n):
    torch.manual_seed(0)
    a, b = torch.randn(m, k, dtype=torch.bfloat16), torch.randn(k, n, dtype=torch.bfloat16)
    return a, b, a.float() @ b.float()


def close(c, expected):
    torch.testing.assert_close(c.float(), expected, rtol=1e-2, atol=5e-2)


def test_smallest_gemm():
    a, b, expected = matrices(32, 32, 32)
    kernel = gemm(32, 32, 32)
    close(kernel(a, b), expected)
    assert set(tt.files(kernel)) == FILES


def test_out_idx_allocates_and_plain_call_writes_in_place():
    a, b = torch.randn(64, 96), torch.randn(64, 96)
    returned = tilelang.compile(add_factory(64, 96), out_idx=[2], target="tenstorrent")(a, b)
    torch.testing.assert_close(returned, a + b)
    c = torch.full((64, 96), 7.0)
    tilelang.compile(add_factory(64, 96), target="tenstorrent")(a, b, c)
    torch.testing.assert_close(c, a + b)


def test_eager_kernel_with_const_and_empty():
    a, b, expected = matrices(64, 96, 128)
    close(eager_gemm(a, b), expected)


def test_par_compile():
    sizes = [(32, 32, 32), (64, 32, 96)]
    kernels = gemm.par_compile([{"M": m, "N": n, "K": k} for m, k, n in sizes], num_workers=2)
    for kernel, (m, k, n) in zip(kernels, sizes, strict=True):
        a, b, expected = matrices(m, k, n)
        close(kernel(a, b), expected)


def test_blackhole():
    a, b, expected = matrices(64, 64, 64)
    kernel = tilelang.compile(gemm.get_tir(64, 64, 64), out_idx=[-1], target="tenstorrent -arch=blackhole")
    close(kernel(a, b), expected)
    assert tt.program_info(kernel)["arch"] == "blackhole"


def test_kernel_source_shows_all_six_files():
    text = gemm(32, 32, 32).get_kernel_source()
    for name in FILES:
        assert f"===== {name} =====" in text
    assert "matmul" in text


def test_non_contiguous_inputs_and_outputs():
    a, b, expected = matrices(64, 96, 128)
    kernel = gemm(64, 128, 96)
    close(kernel(a.T.contiguous().T, b[:, torch.arange(128)]), expected)
    wide = torch.zeros(64, 192, dtype=torch.bfloat16)
    wide[:, ::2] = a
    close(kernel(wide[:, ::2], b), expected)
    close(kernel(a, b[:1].expand(96, 128)), a.float() @ b[:1].float().expand(96, 128))
    out = torch.zeros(64, 192)
    x = torch.randn(64, 96)
    tilelang.compile(add_factory(64, 96), target="tenstorrent")(x, x, out[:, ::2])
    torch.testing.assert_close(out[:, ::2], 2 * x)
    assert not out[:, 1::2].any()


@pytest.mark.parametrize(
    ("args", "message"),
    [
        (lambda a: (a, a[:32]), r"argument 2 `B`: expected float32\(64, 96\), got float32\(32, 96\)"),
        (lambda a: (a, a.half()), r"argument 2 `B`: expected float32\(64, 96\), got float16\(64, 96\)"),
        (lambda a: (a, 3), r"argument 2 `B`: expected a tensor, got int; an address .*: pass the tensor"),
        (lambda a: (a, "b"), r"argument 2 `B`: expected a tensor, got [^;]+$"),
        (lambda a: (a,), r"expected 2 inputs"),
    ],
)
def test_argument_errors_name_the_parameter(args, message):
    kernel = tilelang.compile(add_factory(64, 96), out_idx=[2], target="tenstorrent")
    with pytest.raises(ValueError, match=message):
        kernel(*args(torch.randn(64, 96)))


def test_outputs_must_not_overlap_themselves():
    kernel = tilelang.compile(add_factory(64, 96), target="tenstorrent")
    x = torch.randn(64, 96)
    with pytest.raises(ValueError, match="`C`: is written by the kernel, but its elements share memory"):
        kernel(x, x, torch.zeros(1, 96).expand(64, 96))


def test_profiler_gives_the_predicted_time_of_the_chip():
    kernel = gemm(64, 64, 64)
    first, second = (kernel.get_profiler().do_bench() for _ in range(2))
    assert first == second > 0
    assert first == kernel.predicted_time().milliseconds
    wall = kernel.get_profiler().do_bench(backend="wall", n_warmup=1, n_repeat=1)
    assert wall > 0


def test_report_of_a_kernel_that_did_not_run():
    kernel = tilelang.compile(add_factory(96, 32), target="tenstorrent")
    with pytest.raises(ValueError, match="was not run yet"):
        tt.last_report(kernel)


_CACHED = """
import json, sys
sys.path.insert(0, sys.argv[1])
import torch, tilelang
import tilelang_tenstorrent as tt
from kernels_for_tests import gemm
compiled = []
from tilelang_tenstorrent import backend
inner = backend._module
backend._module = lambda *args: compiled.append(1) or inner(*args)
kernel = gemm(64, 64, 64)
a = torch.randn(64, 64, dtype=torch.bfloat16)
ok = torch.allclose(kernel(a, a).float(), a.float() @ a.float(), rtol=1e-2, atol=5e-2)
print(json.dumps([len(compiled), ok, sorted(tt.files(kernel)), len(kernel.get_kernel_source())]))
"""


def test_disk_cache_serves_a_second_process(tmp_path):
    environment = {**os.environ, "TILELANG_CACHE_DIR": str(tmp_path), "TILELANG_DISABLE_CACHE": "0"}
    results = []
    for _ in range(2):
        done = subprocess.run(
            [sys.executable, "-c", _CACHED, str(Path(__file__).parent)],
            env=environment, capture_output=True, text=True, check=True,
        )  # fmt: skip
        results.append(json.loads(done.stdout.splitlines()[-1]))
    (first, ok_first, *_), (second, ok_second, files, source) = results
    assert (first, second) == (1, 0), "the second process compiled again"
    assert ok_first and ok_second
    assert set(files) == FILES
    assert source > 1000


def lazily_negated(x):
    return torch.complex(x, x).conj().imag


def test_views_that_torch_negates_lazily_keep_their_sign():
    a, b = torch.randn(64, 96), lazily_negated(torch.randn(64, 96))
    assert b.is_neg()
    torch.testing.assert_close(tilelang.compile(add_factory(64, 96), out_idx=[2], target="tenstorrent")(a, b), a + b)


@pytest.mark.parametrize(
    ("given", "said"),
    [
        (lambda c: c.to_sparse(), "argument 3 `C`: has layout torch.sparse_coo"),
        (lambda c: c.to("meta"), "argument 3 `C`: is on device meta"),
        (lazily_negated, "argument 3 `C`: is written by the kernel, but torch negates"),
    ],
)
def test_tensors_without_plain_memory_are_refused(given, said):
    a, b, c = torch.randn(64, 96), torch.randn(64, 96), torch.randn(64, 96)
    with pytest.raises(ValueError, match=said):
        tilelang.compile(add_factory(64, 96), target="tenstorrent")(a, b, given(c))


def test_results_of_computed_extents():
    @tilelang.jit(target="tenstorrent")
    def kernel(A):
        m = T.dynamic("m")
        A: T.Tensor[[m], T.float32]
        B = T.empty([m * 2 + 1], T.float32)
        C = T.empty([m + 1, 4], T.int4)
        with T.Kernel(1, threads=1):
            for i in T.serial(m * 2 + 1):
                B[i] = A[i % m] + 1.0
            for i in T.serial(m + 1):
                for j in T.serial(4):
                    C[i, j] = T.cast(i, T.int4)
        return B, C

    for m in (7, 19):
        a = torch.randn(m)
        b, c = kernel(a)
        assert torch.equal(b, a.repeat(3)[: 2 * m + 1] + 1)
        assert c.dtype == torch.int8 and torch.equal(
            c.view(torch.uint8) & 15, (torch.arange(m + 1) % 16).byte()[:, None].expand(-1, 2)
        )


def test_a_result_of_an_extent_that_a_number_gives():
    @tilelang.jit(target="tenstorrent")
    def kernel(m: T.int32):
        B = T.empty([m + 1], T.float32)
        with T.Kernel(1, threads=1):
            for i in T.serial(m + 1):
                B[i] = T.cast(i, T.float32)
        return B

    assert torch.equal(kernel(23), torch.arange(24.0))


def test_an_assumption_about_sizes():
    @tilelang.jit(target="tenstorrent")
    def kernel(A):
        n = T.dynamic("n")
        A: T.Tensor[[n], T.float32]
        with T.Kernel(1, threads=32):
            T.assume(n % 4 == 0)
            for i in T.serial(n):
                T.assume(i < n)
                A[i] = 1.0

    a = torch.zeros(8)
    kernel(a)
    assert torch.equal(a, torch.ones(8))
    with pytest.raises(RuntimeError, match="kernel: Assume: n % 4 == 0 does not hold for n = 6"):
        kernel(torch.zeros(6))
