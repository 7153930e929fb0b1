"""The profile of a kernel: its lines, its verdict, its advice, and the files that other tools read."""

from __future__ import annotations

import json
import re
import shutil
import subprocess
import sys
from pathlib import Path

import pytest
import tilelang
import tilelang.language as T

from tilelang_tenstorrent.cli import run
from tilelang_tenstorrent.profile import UNITS, profile_files, profile_function

HERE = Path(__file__).name


def gemm(M=256, N=256, K=256, bm=64, bn=64, bk=32, dtype="bfloat16", stages=2):
    @T.prim_func
    def main(A: T.Tensor((M, K), dtype), B: T.Tensor((K, N), dtype), C: T.Tensor((M, N), dtype)):
        with T.Kernel(T.ceildiv(N, bn), T.ceildiv(M, bm), threads=128) as (bx, by):
            a = T.alloc_shared((bm, bk), dtype)
            b = T.alloc_shared((bk, bn), dtype)
            c = T.alloc_fragment((bm, bn), "float32")
            T.clear(c)
            for k in T.Pipelined(T.ceildiv(K, bk), num_stages=stages):
                T.copy(A[by * bm, k * bk], a)
                T.copy(B[k * bk, bx * bn], b)
                T.gemm(a, b, c)
            T.copy(c, C[by * bm, bx * bn])

    return main


def softmax(M=1024, N=128, bm=64):
    @T.prim_func
    def main(A: T.Tensor((M, N), "bfloat16"), B: T.Tensor((M, N), "bfloat16")):
        with T.Kernel(T.ceildiv(M, bm), threads=128) as bx:
            a = T.alloc_shared((bm, N), "bfloat16")
            x = T.alloc_fragment((bm, N), "float32")
            top = T.alloc_fragment((bm,), "float32")
            total = T.alloc_fragment((bm,), "float32")
            T.copy(A[bx * bm, 0], a)
            T.copy(a, x)
            T.reduce_max(x, top, dim=1)
            for i, j in T.Parallel(bm, N):
                x[i, j] = T.exp(x[i, j] - top[i])
            T.reduce_sum(x, total, dim=1)
            for i, j in T.Parallel(bm, N):
                x[i, j] = x[i, j] / total[i]
            T.copy(x, B[bx * bm, 0])

    return main


@pytest.fixture(scope="module")
def profile():
    return profile_function(gemm(), {})


def line_of(profile, text):
    (line,) = [line for line in profile.lines() if text in line.text]
    return line


def test_every_line_has_the_work_that_it_became(profile):
    assert {line.file for line in profile.lines()} == {HERE}
    assert line_of(profile, "T.gemm(a, b, c)").busy["math"] > 0
    assert line_of(profile, "T.copy(A[").busy["reader"] > 0
    assert line_of(profile, "T.copy(c, C[").busy["writer"] > 0
    # What the lines add up to is what the units did, but for the frame of the kernel, which no line stands for.
    for unit in UNITS:
        of_lines = sum(line.busy.get(unit, 0) for line in profile.lines())
        assert of_lines == pytest.approx(profile.data["units"][unit]["busy"], rel=0.1, abs=0.01), unit


def test_summary_and_annotated_kernel_speak_of_the_kernel(profile):
    text = profile.summary()
    assert f"({profile.cycles} cycles) on 16 of 64 cores" in text
    assert re.search(r"^bound by ", text, re.M)
    assert re.search(r"\d+%.* T\.gemm\(a, b, c\)", profile.annotated())


def test_the_time_is_that_of_the_prediction_and_the_timeline_costs_none():
    kernel = tilelang.compile(gemm(), target="tenstorrent")
    assert kernel.profile().cycles == kernel.predicted_time().cycles
    assert kernel.predicted_time().timeline() == []


def test_shares_of_a_unit_never_exceed_the_time(profile):
    for shares in profile.data["units"].values():
        assert 0 < sum(shares.values()) <= 1.001
    for bins in profile.data["timeline"]["cores"]:
        assert all(len(bins[unit]) == profile.data["timeline"]["bins"] for unit in UNITS)
    for buffer in profile.data["buffers"]:
        assert 0 <= buffer["mean_pages"] <= buffer["pages"]
        assert buffer["empty"] + buffer["full"] <= 1.001
    assert {(b["name"], b["producer"], b["consumer"]) for b in profile.data["buffers"]} >= {
        ("cb_in0", "reader", "unpack"),
        ("cb_out0", "pack", "writer"),
    }
    assert all(load[4] <= profile.cycles for load in profile.data["noc"]["loads"])


def test_the_trace_is_complete(profile):
    events = json.loads(profile.trace)["traceEvents"]
    end = profile.microseconds * 1.001
    stretches = [e for e in events if e["ph"] == "X"]
    assert {e["pid"] for e in stretches} == set(range(1, 5)) | set(range(9, 13)) | set(range(17, 21)) | set(
        range(25, 29)
    )
    assert all(e["ts"] >= 0 and e["ts"] + e["dur"] <= end for e in stretches)
    source = Path(__file__).read_text().splitlines()
    named = [e["args"]["kernel"] for e in stretches if e["args"]["kernel"]]
    assert any("T.gemm" in source[int(name.split(":")[1]) - 1] for name in named)
    begun = {e["id"] for e in events if e["ph"] == "b"}
    assert begun == {e["id"] for e in events if e["ph"] == "e"} and begun
    # Every read that the tensors take is there, with its bytes.
    reads = sum(e["args"]["bytes"] for e in events if e["ph"] == "b" and e["name"].startswith("read DRAM"))
    assert reads == profile.data["dram_read_bytes"]
    levels = [e["args"]["pages"] for e in events if e["ph"] == "C"]
    assert min(levels) == 0 and max(levels) > 0


def test_a_long_trace_leaves_cores_out_and_says_so(monkeypatch):
    from tilelang_tenstorrent import profile as module

    monkeypatch.setattr(module, "TRACE_EVENTS", 2000)
    other = json.loads(profile_function(gemm(), {}).trace)["otherData"]
    assert other["cores"] + other["cores_left_out"] == 16 and 0 < other["cores"] < 16


def test_tt_perf_report_reads_the_prediction(profile, tmp_path):
    profile.save(tmp_path)
    tool = Path(sys.executable).with_name("tt-perf-report")
    ran = subprocess.run(
        [tool, "--no-color", "--no-advice", tmp_path / "ops_perf_results.csv"], capture_output=True, text=True
    )
    assert ran.returncode == 0, ran.stderr
    (row,) = [line for line in ran.stdout.splitlines() if "Matmul" in line and "256" in line]
    assert "16" in row and re.search(rf"\b{round(profile.microseconds)}", row), row


CHROMIUM = shutil.which("chromium")


def test_the_page_stands_alone(profile):
    page = profile.html()
    outside = re.findall(r"""(?:src|href|url)\s*[=(]\s*["']?(?!#)[^"')\s>]*""", page)
    assert not outside, outside
    addresses = set(re.findall(r"https?://[^\"'\s<\\]+", page))
    assert addresses <= {"http://www.w3.org/2000/svg"}
    assert page in profile._repr_html_().replace("&#x27;", "'").replace("&quot;", '"').replace("&lt;", "<").replace(
        "&gt;", ">"
    ).replace("&amp;", "&")


def test_text_of_the_kernel_cannot_become_markup(profile):
    from dataclasses import replace

    hostile = replace(profile, sources={HERE: ["</script><script>alert(1)</script>"] * 400})
    assert "</script><script>alert" not in hostile.html()


# A browser is much to ask of everyone who runs the tests; the set-up of a root installs it (system-packages.txt).
@pytest.mark.skipif(CHROMIUM is None, reason="chromium is not installed")
def test_a_browser_draws_the_page(profile, tmp_path):
    profile.save(tmp_path)
    ran = subprocess.run(
        [
            str(CHROMIUM),
            "--headless",
            "--no-sandbox",
            "--disable-gpu",
            "--virtual-time-budget=5000",
            f"--user-data-dir={tmp_path / 'browser'}",
            "--dump-dom",
            f"file://{tmp_path / 'profile.html'}",
        ],
        capture_output=True,
        text=True,
        timeout=120,
    )
    drawn = ran.stdout
    assert 'data-ready="true"' in drawn, ran.stderr[-2000:]  # the script came to its end
    for part in ("cores", "timeline", "roofline", "l1", "noc"):
        assert re.search(rf'id="{part}">.*?<svg', drawn, re.S), part
    assert drawn.count('class="cell') == 64
    assert "T.gemm(a, b, c)" in drawn


# --- advice: what it says is followed, and has to help ---


def advice_of(profile, code):
    found = [advice for advice in profile.advice if advice.code == code]
    assert found, f"{code} is not among {[a.code for a in profile.advice]}; bound by {profile.bound}"
    return found[0]


def test_a_product_at_full_fidelity_is_bound_by_math_and_lower_fidelity_helps():
    options = {"core_grid": "2x2"}
    profile = profile_function(gemm(256, 256, 512, 128, 128, 128), options, trace=False, tries=True)
    assert profile.bound == "math"
    advice = advice_of(profile, "fidelity")
    assert advice.options == {"math_fidelity": "HiFi2"}
    assert advice.cycles is not None and advice.cycles < 0.9 * profile.cycles


def attention(heads=8, sequence=512, dim=64, block=64, step=64):
    scale = (1.0 / dim) ** 0.5 * 1.44269504

    @T.prim_func
    def main(
        Q: T.Tensor((heads, sequence, dim), "bfloat16"),
        K: T.Tensor((heads, sequence, dim), "bfloat16"),
        V: T.Tensor((heads, sequence, dim), "bfloat16"),
        O: T.Tensor((heads, sequence, dim), "bfloat16"),
    ):
        with T.Kernel(T.ceildiv(sequence, block), heads, threads=128) as (bx, by):
            q = T.alloc_shared([block, dim], "bfloat16")
            k_s = T.alloc_shared([step, dim], "bfloat16")
            v_s = T.alloc_shared([step, dim], "bfloat16")
            s = T.alloc_fragment([block, step], "float32")
            s_cast = T.alloc_fragment([block, step], "bfloat16")
            o = T.alloc_fragment([block, dim], "float32")
            top = T.alloc_fragment([block], "float32")
            before = T.alloc_fragment([block], "float32")
            rescale = T.alloc_fragment([block], "float32")
            step_sum = T.alloc_fragment([block], "float32")
            total = T.alloc_fragment([block], "float32")
            T.copy(Q[by, bx * block, 0], q)
            T.fill(o, 0)
            T.fill(total, 0)
            T.fill(top, -T.infinity("float32"))
            for k in T.Pipelined(T.ceildiv(sequence, step), num_stages=2):
                T.copy(K[by, k * step, 0], k_s)
                T.clear(s)
                T.gemm(q, k_s, s, transpose_B=True)
                T.copy(top, before)
                T.reduce_max(s, top, dim=1, clear=False)
                for i in T.Parallel(block):
                    rescale[i] = T.exp2(before[i] * scale - top[i] * scale)
                for i, j in T.Parallel(block, step):
                    s[i, j] = T.exp2(s[i, j] * scale - top[i] * scale)
                T.reduce_sum(s, step_sum, dim=1)
                for i in T.Parallel(block):
                    total[i] = total[i] * rescale[i] + step_sum[i]
                T.copy(s, s_cast)
                for i, j in T.Parallel(block, dim):
                    o[i, j] *= rescale[i]
                T.copy(V[by, k * step, 0], v_s)
                T.gemm(s_cast, v_s, o)
            for i, j in T.Parallel(block, dim):
                o[i, j] /= total[i]
            T.copy(o, O[by, bx * block, 0])

    return main


def test_flash_attention_is_bound_by_its_softmax_and_the_advice_removes_that():
    profile = profile_function(attention(), {}, trace=False)
    assert profile.bound == "math", profile.summary()
    work = {line.text.strip(): line.busy.get("math", 0) for line in profile.lines()}
    assert max(work, key=work.get).startswith("s[i, j] = T.exp2("), profile.annotated()
    vectors = ("rescale[i] =", "total[i] =", "T.reduce_max(")
    of_vectors = sum(share for text, share in work.items() if text.startswith(vectors))
    products = sum(share for text, share in work.items() if text.startswith("T.gemm("))
    assert of_vectors > 2 * products  # a step's vectors cost more than its products

    advice_of(profile, "larger_steps")
    larger = profile_function(attention(step=256), {}, trace=False)
    assert larger.cycles < 0.7 * profile.cycles
    work = {line.text.strip(): line.busy.get("math", 0) for line in larger.lines()}
    share = sum(share for text, share in work.items() if text.startswith(vectors))
    assert share * larger.cycles < 0.45 * of_vectors * profile.cycles

    assert advice_of(larger, "approximate").options == {"math_approx": "true"}
    approximate = profile_function(attention(step=256), {"math_approx": True}, trace=False)
    assert approximate.cycles < 0.8 * larger.cycles
    assert "approximate" not in [advice.code for advice in approximate.advice]


def elementwise(function):
    @T.prim_func
    def main(A: T.Tensor((256, 256), "bfloat16"), B: T.Tensor((256, 256), "bfloat16")):
        with T.Kernel(4, 4, threads=128) as (bx, by):
            s = T.alloc_fragment((64, 64), "float32")
            T.copy(A[by * 64, bx * 64], s)
            for i, j in T.Parallel(64, 64):
                s[i, j] = function(s[i, j])
            T.copy(s, B[by * 64, bx * 64])

    return main


def test_powers_of_two_are_exponentials_on_advice():
    profile = profile_function(elementwise(lambda x: T.exp2(T.exp2(x))), {"core_grid": "2x2"}, trace=False)
    advice_of(profile, "natural_exponential")
    natural = elementwise(lambda x: T.exp(0.6931472 * T.exp(0.6931472 * x)))
    natural = profile_function(natural, {"core_grid": "2x2"}, trace=False)
    assert natural.cycles < 0.93 * profile.cycles
    assert "natural_exponential" not in [advice.code for advice in natural.advice]


def test_functions_are_approximated_on_advice():
    main = elementwise(lambda x: T.tanh(T.tanh(x)))
    profile = profile_function(main, {"core_grid": "2x2"}, trace=False, tries=True)
    assert profile.bound == "math", profile.summary()
    assert advice_of(profile, "approximate").cycles < 0.9 * profile.cycles


def test_few_blocks_leave_cores_idle_and_smaller_ones_help():
    profile = profile_function(gemm(256, 256, 256, 128, 128), {}, trace=False)
    advice_of(profile, "more_blocks")
    assert profile_function(gemm(256, 256, 256, 64, 64), {}, trace=False).cycles < 0.8 * profile.cycles


def test_small_steps_wait_for_one_another_and_larger_ones_help():
    options = {"group_steps": "false"}  # else the compiler takes several steps at once by itself
    profile = profile_function(gemm(512, 512, 1024, 64, 64, 32), options, trace=False)
    what_if = profile.data["what_if"]
    assert max(what_if["latency"], what_if["noc"]) < 0.9 * profile.cycles, profile.summary()
    assert min(what_if["math"], what_if["unpack"]) > 0.9 * profile.cycles
    assert profile.bound in ("noc", "waiting")
    advice_of(profile, "fewer_k_steps")
    assert profile_function(gemm(512, 512, 1024, 64, 64, 128), options, trace=False).cycles < 0.75 * profile.cycles


# --- the command ---


def test_the_command_writes_what_other_tools_read(tmp_path, capsys):
    path = tmp_path / "soft.py"
    text = Path(__file__).read_text()
    body = text[text.index("def softmax(") : text.index("@pytest.fixture")]
    path.write_text(f"import tilelang.language as T\n\n\n{body}")
    assert run(["profile", f"{path}:softmax", "--set", "M=256", "-o", str(tmp_path / "out")]) == 0
    out = capsys.readouterr().out
    assert "bound by" in out and "T.exp(" in out
    assert sorted(p.name for p in (tmp_path / "out").iterdir()) == [
        "ops_perf_results.csv",
        "profile.html",
        "profile.json",
        "trace.json",
    ]
    assert json.loads((tmp_path / "out/profile.json").read_text())["source_files"] == ["soft.py"]


def test_a_folder_is_profiled_without_its_source(tmp_path):
    from tilelang_tenstorrent.compiling import compile_function
    from tilelang_tenstorrent.target import make_target

    profile = profile_files(compile_function(gemm(64, 64, 64), make_target({})))
    assert profile.sources == {}
    assert [line.line for line in profile.lines()] and profile.annotated()
    assert profile.html()
