"""``tltt check`` accepts right kernels, names the mistakes of wrong ones and says what is missing."""

from __future__ import annotations

import argparse

import pytest

from tilelang_tenstorrent import check


def failures(results: list[check.Result]) -> str:
    return "\n".join(str(result) for result in results if not result.ok)


@pytest.mark.parametrize(
    "kernel", ["gemm", "add", "mul_bcast_rows", "copy", "transpose", "relu", "exp", "fill", "max", "mul_scalar"]
)
def test_right_kernels_compile_for_both_chips(program_folder, ttnn, kernel):
    results = check.check_directory(program_folder(kernel), "both", ttnn)
    assert not failures(results), failures(results)
    assert [(r.arch, r.processor) for r in results[:5]] == [
        ("wormhole_b0", p) for p in ("NCRISC", "UNPACK", "MATH", "PACK", "BRISC")
    ]
    assert len(results) == 10


@pytest.mark.parametrize(
    ("data_format", "config"),
    [("Float32", {"fp32_dest_acc_en": True, "unpack_to_dest_fp32": [0]}), ("Bfp8_b", {"math_fidelity": "LoFi"}),
     ("Float16", {"dst_full_sync_en": True, "math_approx_mode": True})],
)  # fmt: skip
def test_formats_and_configuration_come_from_the_plan(program_folder, ttnn, data_format, config):
    results = check.check_directory(program_folder("copy", data_format, **config), None, ttnn)
    assert not failures(results), failures(results)
    assert {result.arch for result in results} == {"wormhole_b0"}


@pytest.mark.parametrize(
    ("file", "old", "new", "message"),
    [
        (
            "compute.cpp",
            "matmul_init(cb_in0, cb_in1);",
            "mm_init(cb_in0, cb_in1, cb_out0);",
            "'mm_init' was not declared",
        ),
        (
            "compute.cpp",
            "matmul_tiles(cb_in0, cb_in1, 0, 0, 0)",
            "matmul_tiles(cb_in0, cb_in1, 0, 0)",
            "too few arguments",
        ),
        ("compute.cpp", "void kernel_main()", "void MAIN()", "the entry point is `void kernel_main()`"),
        ("writer.cpp", "void kernel_main()", "void writer_main()", "kernel_main() is not defined"),
        ("compute.cpp", '("Kt")', '("Lt")', "error"),
        ("reader.cpp", "cb_reserve_back(cb_in0, 1)", "cb_reserve_back(cb_in0)", "too few arguments"),
        ("reader.cpp", "noc_async_read_page", "noc_async_read_pages", "'noc_async_read_pages' was not declared"),
        ("reader.cpp", "TensorAccessorArgs<0>", "TensorAccessorArgs<4>", "Index out of range"),
        ("writer.cpp", "api/dataflow/dataflow_api.h", "dataflow_api_of_old.h", "No such file"),
        ("writer.cpp", "cb_pop_front(cb_out0, 1);", "cb_pop_front(cb_out0, 1)", "expected ';'"),
    ],
)
def test_mistakes_are_named_where_they_are(program_folder, ttnn, file, old, new, message):
    results = check.check_directory(program_folder("gemm", replace={file: (old, new)}), None, ttnn)
    wrong = [result for result in results if not result.ok]
    assert wrong, "nothing was found"
    assert {result.kernel for result in wrong} == {file}
    text = "\n".join(str(result) for result in wrong).replace("\u2018", "'").replace("\u2019", "'")
    assert message in text, text
    assert file in text
    # Lines of the genuine headers may be shown, wherever they are unpacked; our own build files may not.
    own = [line for line in text.splitlines() if "/tt_metal/" not in line]
    assert str(check.cache_folder()) not in "\n".join(own)


def test_command_line(program_folder, ttnn, capsys):
    parser = argparse.ArgumentParser()
    check.add_arguments(parser)
    folder = program_folder("copy")
    assert check.run(parser.parse_args([str(folder), "--ttnn", str(ttnn)])) == 0
    assert "ok" in capsys.readouterr().out
    (folder / "writer.cpp").write_text("void kernel_main() { oops(); }\n")
    assert check.run(parser.parse_args([str(folder), "--ttnn", str(ttnn)])) == 1
    assert "oops" in capsys.readouterr().out
    assert check.run(parser.parse_args([str(folder), "--ttnn", str(folder)])) == 2
    assert "tltt check --install" in capsys.readouterr().err


def test_missing_compiler_is_named(program_folder, monkeypatch):
    monkeypatch.setattr(check, "COMPILER", "riscv64-absent-g++")
    with pytest.raises(check.MissingPartError, match="apt-get install gcc-riscv64-unknown-elf"):
        check.check_directory(program_folder("copy"))


def test_folders_that_cannot_be_checked(program_folder, tmp_path):
    with pytest.raises(ValueError, match=r"has no tt\.plan\.json"):
        check.check_directory(tmp_path / "absent")
    folder = program_folder("copy")
    with pytest.raises(ValueError, match="unknown architecture grayskull"):
        check.check_directory(folder, ["grayskull"])
