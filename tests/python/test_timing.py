"""The predicted time of kernels: ``kernel.predicted_time()``, ``tltt time``, do_bench."""

import json
import runpy
import tempfile
from pathlib import Path

import pytest
import tilelang
import tilelang.language as T
import torch

from tilelang_tenstorrent.cli import run
from tilelang_tenstorrent.kernel import at_sizes
from tilelang_tenstorrent.timing import CAUSES, UNITS, predicted_time

KERNEL = """
import tilelang.language as T


def matmul(M=256, N=256, K=256):
    @T.prim_func
    def main(A: T.Tensor((M, K), "bfloat16"), B: T.Tensor((K, N), "bfloat16"), C: T.Tensor((M, N), "bfloat16")):
        with T.Kernel(N // 64, M // 64, threads=128) as (bx, by):
            a = T.alloc_shared((64, 32), "bfloat16")
            b = T.alloc_shared((32, 64), "bfloat16")
            c = T.alloc_fragment((64, 64), "float32")
            T.clear(c)
            for k in T.Pipelined(K // 32, num_stages=2):
                T.copy(A[by * 64, k * 32], a)
                T.copy(B[k * 32, bx * 64], b)
                T.gemm(a, b, c)
            T.copy(c, C[by * 64, bx * 64])

    return main
"""


def factory(size: int, arch: str = "wormhole_b0"):
    """The same text as `tltt time` gets; a file, because TileLang reads the source of what it compiles."""
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "timed_kernel.py"
        path.write_text(KERNEL)
        matmul = runpy.run_path(str(path))["matmul"]
        return tilelang.compile(matmul(size, size, size), target={"kind": "tenstorrent", "arch": arch})


def elementwise():
    @T.prim_func
    def main(A: T.Tensor((1024, 1024), "bfloat16"), B: T.Tensor((1024, 1024), "bfloat16")):
        with T.Kernel(8, 8, threads=128) as (bx, by):
            a = T.alloc_shared((128, 128), "bfloat16")
            T.copy(A[by * 128, bx * 128], a)
            for i, j in T.Parallel(128, 128):
                a[i, j] = T.exp(a[i, j])
            T.copy(a, B[by * 128, bx * 128])

    return main


def of_open_length():
    rows = T.dynamic("rows")

    @T.prim_func
    def main(A: T.Tensor((rows, 64), "float32"), B: T.Tensor((rows, 64), "float32")):
        with T.Kernel(T.ceildiv(rows, 32), threads=128) as bx:
            a = T.alloc_fragment((32, 64), "float32")
            T.copy(A[bx * 32, 0], a)
            T.copy(a, B[bx * 32, 0])

    return main


def write(tmp_path: Path) -> str:
    path = tmp_path / "kernel.py"
    path.write_text(KERNEL)
    return f"{path}:matmul"


def test_a_prediction_needs_no_data_and_is_the_same_every_time():
    kernel = factory(256)
    first, second = kernel.predicted_time(), kernel.predicted_time()
    assert first.cycles == second.cycles > 1000
    assert first.microseconds == first.cycles / 1000
    assert 0 < first.math_busy_share < 1
    assert kernel.get_profiler().do_bench() == first.milliseconds


def test_do_bench_takes_open_sizes_from_the_tensors_or_by_name():
    kernel = tilelang.compile(of_open_length(), target="tenstorrent", out_idx=[1])
    profiler = kernel.get_profiler()
    at = {rows: at_sizes(kernel, rows=rows) for rows in (96, 3200)}
    for rows, fixed in at.items():
        expected = predicted_time(fixed).milliseconds
        assert profiler.do_bench(input_tensors=[torch.zeros(rows, 64)]) == expected
        assert profiler.do_bench(dynamic_symbolic_constraints={"rows": rows}) == expected
    with pytest.raises(ValueError, match="sizes are open until it is called"):
        profiler.do_bench()


def test_the_run_with_data_takes_the_predicted_time():
    import torch

    from tilelang_tenstorrent import last_report

    kernel = factory(256)
    a, b, c = (torch.randn(256, 256, dtype=torch.bfloat16) for _ in range(3))
    kernel(a, b, c)
    assert last_report(kernel)["cycles"] == kernel.predicted_time().cycles


def test_more_work_takes_longer_and_blackhole_is_faster():
    small, large = factory(256).predicted_time(), factory(1024).predicted_time()
    assert large.cycles > 8 * small.cycles  # on the same cores, 64 times the work
    assert factory(1024, "blackhole").predicted_time().microseconds < large.microseconds


def test_units_and_lines_tell_where_the_time_goes():
    time = tilelang.compile(elementwise(), target="tenstorrent").predicted_time(timeline=True)
    units = {unit.unit: unit for unit in time.units()}
    assert list(units) == list(UNITS)
    assert units["writer"].waiting > 0
    lines = time.lines()
    assert {line.unit for line in lines} == set(UNITS)
    busy = sum(line.cycles.get("busy", 0) for line in lines if line.unit == "math")
    assert abs(busy - units["math"].cycles["busy"]) <= len(lines) + 64
    assert time.timeline()
    for _, _, unit, cause, _, line, begin, end in time.timeline():
        assert unit in UNITS and cause in CAUSES and line >= 0 and begin < end <= time.cycles


def test_the_command_prints_a_line_or_the_whole_report(tmp_path, capsys):
    assert run(["time", write(tmp_path), "--set", "M=128"]) == 0
    text = capsys.readouterr().out
    assert "us (" in text and "math busy" in text and "reader" in text
    assert run(["time", write(tmp_path), "--set", "M=128", "--chip", "p100", "--json"]) == 0
    report = json.loads(capsys.readouterr().out)
    assert report["cycles"] > 0 and report["microseconds"] == report["cycles"] / 1350
    assert {"cores", "lines", "math_busy_share", "launch_microseconds"} <= set(report)


def test_the_command_takes_a_folder_of_five_files(tmp_path, capsys):
    assert run(["compile", write(tmp_path), "-o", str(tmp_path / "out")]) == 0
    assert run(["time", str(tmp_path / "out")]) == 0
    assert "us (" in capsys.readouterr().out


def test_the_command_says_what_is_missing(tmp_path, capsys):
    assert run(["time", str(tmp_path / "none.py")]) == 2
    assert "no such file" in capsys.readouterr().err
