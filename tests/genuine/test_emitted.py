"""What the compiler emits compiles against the genuine device headers, for both chips."""

from __future__ import annotations

import sys
from pathlib import Path

import pytest
import tilelang

import tilelang_tenstorrent as tt
from tilelang_tenstorrent import check

sys.path.insert(0, str(Path(__file__).parents[1] / "kernels"))
import kernels

EMITTED = {
    "gemm_in_l1": lambda: kernels.gemm(256, 256, 128, 128, 128, 32),
    "gemm_shares_operands": lambda: kernels.gemm(500, 1000, 100, 64, 64, 32),
    "gemm_transposed_tails": lambda: kernels.gemm(100, 70, 50, 64, 64, 32, trans_a=True, trans_b=True),
    "gemm_epilogue_in_dst": lambda: kernels.gemm_epilogue(150, 130, 70, 32, 32, 32),
    "two_gemms": lambda: kernels.two_gemms(128, 64, 96, 32, 32),
    "rescaled_accumulator": lambda: kernels.rescaled_accumulator(64, 64, 96, 32),
    "causal_mask": lambda: kernels.causal_scores(128, 64, 64),
    "buffers_on_shards": lambda: tt.annotate_tt_layout(
        kernels.row_softmax(128, 96, 32), {n: {"memory": "L1", "nd_shard": tt.height_sharded(4)} for n in "XY"}
    ),
    "transpose_fp32": lambda: kernels.transpose(100, 70, 64, 32, "float32"),
}


@pytest.mark.parametrize("arch", ["wormhole_b0", "blackhole"])
@pytest.mark.parametrize("name", EMITTED)
def test_emitted_kernels_compile(name, arch, ttnn, tmp_path):
    kernel = tilelang.compile(EMITTED[name](), target={"kind": "tenstorrent", "arch": arch})
    tt.save(kernel, tmp_path)
    results = check.check_directory(tmp_path, arch, ttnn)
    assert len(results) == 5
    problems = "\n".join(str(result) for result in results if not result.ok)
    assert not problems, problems


OPERATIONS = {
    "functions": lambda: kernels.functions(64, 64),
    "int32": lambda: kernels.words(64, 64, "int32"),
    "uint32": lambda: kernels.words(64, 64, "uint32"),
}


@pytest.mark.parametrize("arch", ["wormhole_b0", "blackhole"])
@pytest.mark.parametrize("name", OPERATIONS)
def test_operations_exist_with_these_arguments(name, arch, ttnn, tmp_path):
    """Blackhole's division of tiles and product of integers call builtins that only the vendor's compiler has."""
    tt.save(tilelang.compile(OPERATIONS[name](), target={"kind": "tenstorrent", "arch": arch}), tmp_path)
    results = check.check_directory(tmp_path, arch, ttnn)
    status = {result.processor: result.status for result in results}
    math = {"wormhole_b0": "ok", "blackhole": "unsupported"}[arch]
    assert status == {"NCRISC": "ok", "UNPACK": "ok", "MATH": math, "PACK": "ok", "BRISC": "ok"}, results
