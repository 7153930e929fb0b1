"""tltt doctor: what is found, what is missing, and the exit code."""

import os
import shutil
import sys
from pathlib import Path

import pytest
from click.testing import CliRunner

from tilelang_tenstorrent import doctor
from tilelang_tenstorrent.cli.doctor import doctor_command
from tilelang_tenstorrent.doctor import MODES, Machine, examine, missing, report


def names(parts):
    return [part.name for part in parts]


def test_the_emulator_and_folders_are_ready_here():
    for mode in ("emulator", "folder"):
        assert missing(examine(mode)) == [], report([mode])[0]


def test_every_missing_part_has_its_mend(tmp_path):
    bare = Machine(environ={"PATH": str(tmp_path), "HOME": str(tmp_path)}, root=tmp_path, package=tmp_path)
    for mode in MODES:
        lacking = missing(examine(mode, bare))
        assert lacking, mode
        assert all(part.mend for part in lacking), mode
    text, good = report(list(MODES), bare)
    assert not good
    assert "emulator: can't run: C++ libraries, device headers, C++ compiler missing" in text
    assert "to fix: apt-get install g++" in text


def test_a_compiler_that_is_too_old_is_told(tmp_path):
    fake = tmp_path / "g++"
    fake.write_text("#!/bin/sh\necho 'error: unrecognized -std=c++20' >&2\nexit 1\n")
    fake.chmod(0o755)
    part = next(
        p for p in examine("emulator", Machine(environ={"PATH": f"{tmp_path}:/bin"})) if p.name == "C++ compiler"
    )
    assert not part.found
    assert "does not build C++20" in part.detail


def test_a_card_is_found(tmp_path):
    node = tmp_path / "dev/tenstorrent/0"
    node.parent.mkdir(parents=True)
    node.touch()
    (tmp_path / "sys/module/tenstorrent").mkdir(parents=True)
    pages = tmp_path / "sys/kernel/mm/hugepages/hugepages-1048576kB/nr_hugepages"
    pages.parent.mkdir(parents=True)
    pages.write_text("4\n")
    machine = Machine(environ={"PATH": os.environ["PATH"]}, root=tmp_path)
    found = {part.name: part for part in examine("sdk", machine)}
    assert found["device node"].found and found["kernel driver"].found and found["huge pages of 1 GiB"].found
    assert not found["TT_METAL_HOME"].found
    pages.write_text("0\n")
    assert "huge pages of 1 GiB" in names(missing(examine("sdk", machine)))


def test_a_simulator_takes_the_place_of_a_card(tmp_path):
    simulator = tmp_path / "sim"
    environ = {"PATH": os.environ["PATH"], "TT_METAL_SIMULATOR": str(simulator)}
    parts = {part.name: part for part in examine("ttnn", Machine(environ=environ))}
    assert not parts["simulator"].found
    assert "kernel driver" not in parts
    simulator.touch()
    assert next(p for p in examine("ttnn", Machine(environ=environ)) if p.name == "simulator").found


def test_ttnn_is_looked_for_in_the_named_python(tmp_path):
    site = tmp_path / "site"
    (site / "ttnn").mkdir(parents=True)
    (site / "ttnn/__init__.py").write_text("raise RuntimeError('imported')\n")  # found without being imported
    environ = {**os.environ, "TLTT_TTNN_PYTHON": sys.executable, "PYTHONPATH": str(site)}
    part = next(p for p in examine("ttnn", Machine(environ=environ)) if p.name == "ttnn")
    assert part.found
    assert str(site / "ttnn") in part.detail


def test_a_python_that_is_none_is_told(tmp_path):
    for named in (tmp_path, tmp_path / "absent", Path(__file__)):
        environ = {**os.environ, "TLTT_TTNN_PYTHON": str(named)}
        part = next(p for p in examine("ttnn", Machine(environ=environ)) if p.name == "ttnn")
        assert not part.found and part.detail == f"TLTT_TTNN_PYTHON={named} is no program"


def test_a_folder_in_cxx_is_passed_over_as_the_emulator_does(tmp_path):
    import subprocess

    environ = {**os.environ, "CXX": str(tmp_path), "TLTT_CACHE_DIR": str(tmp_path / "cache")}
    part = next(p for p in examine("emulator", Machine(environ=environ)) if p.name == "C++ compiler")
    assert part.found and part.detail != str(tmp_path)
    script = VERIFY.parents[1] / "examples/first_kernel.py"
    ran = subprocess.run([sys.executable, str(script)], env=environ, capture_output=True, text=True)
    assert ran.returncode == 0, ran.stdout + ran.stderr


def test_ttnn_is_looked_for_where_the_runner_does(tmp_path):
    other = tmp_path / "python3.10"
    other.write_text("#!/bin/sh\necho /site/ttnn\n")
    other.chmod(0o755)
    part = next(p for p in examine("ttnn", Machine(environ={"PATH": str(tmp_path)})) if p.name == "ttnn")
    assert part.found and part.detail == f"/site/ttnn ({other})"


def test_an_sdk_tree(tmp_path):
    (tmp_path / "tt_metal/api/tt-metalium").mkdir(parents=True)
    (tmp_path / "tt_metal/api/tt-metalium/host_api.hpp").touch()
    machine = Machine(environ={**os.environ, "TT_METAL_HOME": str(tmp_path)})
    parts = {part.name: part for part in examine("sdk", machine)}
    assert parts["host headers"].found
    assert not parts["libtt_metal.so"].found
    (tmp_path / "build/lib").mkdir(parents=True)
    (tmp_path / "build/lib/libtt_metal.so").touch()
    assert next(p for p in examine("sdk", machine) if p.name == "libtt_metal.so").found


def test_exit_codes(monkeypatch, tmp_path):
    assert doctor.main([]) == 0  # the emulator runs here, whatever else is missing
    assert doctor.main(["emulator"]) == 0
    monkeypatch.delenv("TT_METAL_HOME", raising=False)
    assert doctor.main(["sdk"]) == 1
    result = CliRunner().invoke(doctor_command, ["--mode", "nonsense"])
    assert result.exit_code == 2


VERIFY = Path(__file__).resolve().parents[2] / "tools/verify_metalium_sdk.sh"


def verify(folder, **environment):
    import subprocess

    env = {k: v for k, v in os.environ.items() if k != "TT_METAL_HOME"} | environment
    return subprocess.run([str(VERIFY), *([str(folder)] if folder else [])], env=env, capture_output=True, text=True)


def sdk(tmp_path):
    api = tmp_path / "tt_metal/api/tt-metalium"
    api.mkdir(parents=True)
    for name in ("host_api", "distributed", "mesh_device", "mesh_buffer", "tensor_accessor_args"):
        (api / f"{name}.hpp").touch()
    config = tmp_path / "build/lib/cmake/tt-metalium"
    config.mkdir(parents=True)
    (tmp_path / "build/lib/libtt_metal.so").touch()
    (config / "tt-metalium-config.cmake").write_text("add_library(TT::Metalium INTERFACE IMPORTED)\n")
    (tmp_path / "VERSION").write_text("v0.63.0\n")
    return tmp_path


def test_verify_script_on_a_good_tree(tmp_path):
    folder = sdk(tmp_path)
    done = verify(folder)
    assert done.returncode == 0, done.stdout + done.stderr
    assert "ok       version: v0.63.0" in done.stdout
    assert "ok       CMake discovery" in done.stdout
    assert verify(None, TT_METAL_HOME=str(folder)).returncode == 0


def test_verify_script_on_a_path_with_blanks_and_brackets(tmp_path):
    folder = tmp_path / "an sdk [of 2026]"
    folder.mkdir()
    done = verify(sdk(folder))
    assert done.returncode == 0, done.stdout + done.stderr
    assert "ok       library" in done.stdout


@pytest.mark.parametrize(
    ("arguments", "code", "told"),
    [
        (["--help"], 0, "usage: tools/verify_metalium_sdk.sh [FOLDER]"),
        (["--nonsense"], 2, "one folder is expected, not: --nonsense"),
        (["one", "two"], 2, "one folder is expected, not: one two"),
        ([str(Path(__file__))], 1, "is no folder"),
        (["absent folder"], 1, "absent folder does not exist"),
        (["/dev/null"], 1, "/dev/null is no folder"),
    ],
)
def test_verify_script_on_bad_arguments(arguments, code, told):
    import subprocess

    done = subprocess.run([str(VERIFY), *arguments], capture_output=True, text=True)
    assert done.returncode == code, done.stdout + done.stderr
    assert told in done.stdout + done.stderr


@pytest.mark.parametrize(
    ("broken", "told"),
    [
        ("tt_metal/api/tt-metalium/host_api.hpp", "MISSING  headers"),
        ("tt_metal/api/tt-metalium/mesh_buffer.hpp", "mesh_buffer.hpp (needs v0.63 or newer)"),
        ("build/lib/libtt_metal.so", "MISSING  library"),
        ("build/lib/cmake/tt-metalium/tt-metalium-config.cmake", "MISSING  CMake package"),
    ],
)
def test_verify_script_on_bad_trees(tmp_path, broken, told):
    folder = sdk(tmp_path)
    (folder / broken).unlink()
    done = verify(folder)
    assert done.returncode == 1
    assert told in done.stdout


def test_verify_script_on_no_tree(tmp_path):
    assert verify(None).returncode == 1
    assert "MISSING  folder" in verify(tmp_path / "absent").stdout
    folder = sdk(tmp_path)
    (folder / "build/lib/cmake/tt-metalium/tt-metalium-config.cmake").write_text("# no target\n")
    done = verify(folder)
    assert done.returncode == 1
    assert "MISSING  CMake discovery" in done.stdout


def test_build_script_refuses_unknown_options():
    import subprocess

    script = VERIFY.with_name("local_build_and_test.sh")
    assert subprocess.run([str(script), "--nonsense"], capture_output=True).returncode == 1
    assert subprocess.run([str(script), "--jobs", "many"], capture_output=True).returncode == 1
    shown = subprocess.run([str(script), "--help"], capture_output=True, text=True)
    assert shown.returncode == 0 and "--with-metalium" in shown.stdout
    assert shutil.which("bash")
