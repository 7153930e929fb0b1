"""The documents' links lead somewhere, and the commands of the guides run."""

import re
import subprocess
import sys
from pathlib import Path

import click
import pytest

from tilelang_tenstorrent import cli

ROOT = Path(__file__).resolve().parents[2]
DOCUMENTS = [ROOT / "README.md", ROOT / "CHANGELOG.md", *sorted((ROOT / "docs").glob("*.md"))]
GUIDES = ["setup_mock.md", "setup_real.md", "tir_basics.md", "kernel_authoring.md"]
# Commands of the guides that do not run here: who runs them instead, or what they take.
ELSEWHERE = {
    "make run": "the set-up itself; make test does the same first",
    "pip wheel . --no-deps --no-build-isolation -w dist": "tests/packaging",
    "python3.12 -m venv ttnn": "tests/ttnn: the lane's environment",
    "ttnn/bin/pip install ttnn==0.81.1": "tests/ttnn: the lane's environment",
    "export TLTT_TTNN_PYTHON=$PWD/ttnn/bin/python": "tests/ttnn: the lane's environment",
    "git clone --recursive https://github.com/tenstorrent/tt-metal": "the SDK's sources, some gigabytes",
    "cd tt-metal && ./install_dependencies.sh && ./build_metal.sh": "the SDK's build, hours",
    "export TT_METAL_HOME=$PWD": "goes with the SDK's build",
    "tools/verify_metalium_sdk.sh $TT_METAL_HOME": "tests/python/test_doctor.py, on trees of the SDK's shape",
}


def prose(path):
    return re.sub(r"```.*?```", "", path.read_text(), flags=re.DOTALL)


def anchors(path):
    heads = re.findall(r"^#+ (.*)$", prose(path), flags=re.MULTILINE)
    return {re.sub(r"[^\w -]", "", head.lower()).strip().replace(" ", "-") for head in heads}


@pytest.mark.parametrize("path", DOCUMENTS, ids=lambda path: path.name)
def test_links(path):
    for target in re.findall(r"\]\(([^)\s]+)\)", prose(path)):
        if target.startswith(("http://", "https://")):
            assert re.fullmatch(r"https://[\w.-]+\.\w+(/\S*)?", target), target
            continue
        name, _, anchor = target.partition("#")
        linked = (path.parent / name).resolve() if name else path
        assert linked.exists(), f"{path.name}: {target}"
        if anchor:
            assert anchor in anchors(linked), f"{path.name}: {target}"


@pytest.mark.parametrize("path", DOCUMENTS, ids=lambda path: path.name)
def test_named_files_exist(path):
    """Paths in code marks that look like this tree's own."""
    for name in re.findall(r"`((?:tools|docs|examples|hostapi|tests)/[\w./-]+)`", prose(path)):
        assert (ROOT / name).exists(), f"{path.name}: {name}"


def test_every_document_is_linked_from_the_readme():
    readme = (ROOT / "README.md").read_text()
    for path in sorted((ROOT / "docs").glob("*.md")):
        assert f"docs/{path.name}" in readme, path.name


def test_no_exception_is_stale():
    shown = [command for guide in GUIDES for command in commands(guide)]
    assert set(ELSEWHERE) <= set(shown)


def spoken_commands(path):
    """`tltt ...` and `make ...` in code marks and in blocks, as lists of words."""
    text = path.read_text()
    marks = re.findall(r"`((?:tltt|make) [^`\n]+)`", prose(path))
    blocks = re.findall(r"```sh\n(.*?)```", text, flags=re.DOTALL)
    lines = [line.partition("#")[0].strip() for block in blocks for line in block.replace("\\\n", " ").splitlines()]
    for command in (*marks, *(line for line in lines if line.startswith(("tltt ", "make ")))):
        yield re.sub(r"[\[\]]", " ", command).split()


@pytest.mark.parametrize("path", DOCUMENTS, ids=lambda path: path.name)
def test_spoken_commands_exist(path):
    """Subcommands and options of `tltt`, targets of `make`."""
    cli._add_commands()
    targets = re.search(r"^\.PHONY: (.*)$", (ROOT / "Makefile").read_text(), flags=re.MULTILINE).group(1).split()
    for tool, *words in spoken_commands(path):
        if tool == "make":
            assert words[0] in targets, f"{path.name}: make {words}"
            continue
        command = cli.cli
        while words and isinstance(command, click.Group) and not words[0].startswith("-"):
            assert words[0] in command.commands, f"{path.name}: tltt {words}"
            command = command.commands[words.pop(0)]
        known = {option for parameter in command.params for option in parameter.opts} | {"-h", "--help"}
        for word in words:
            if re.fullmatch(r"--?[a-z][\w-]*", word):
                assert word in known, f"{path.name}: tltt {command.name} {word}"


def commands(guide):
    for block in re.findall(r"```sh\n(.*?)```", (ROOT / "docs" / guide).read_text(), flags=re.DOTALL):
        yield from (line.strip() for line in block.splitlines() if line.strip())


@pytest.mark.parametrize("guide", GUIDES)
def test_commands(guide):
    tested = [command for command in commands(guide) if command not in ELSEWHERE]
    assert tested, guide
    bin_folder = Path(sys.executable).parent
    # One shell, so that later commands see what earlier ones made. `tltt` is this interpreter's.
    script = f'set -eu\nexport PATH="{bin_folder}:$PATH"\n'
    script += f'tltt() {{ "{sys.executable}" -m tilelang_tenstorrent.cli "$@"; }}\n'
    script += "\n".join(tested)
    ran = subprocess.run(["bash", "-c", script], cwd=ROOT, capture_output=True, text=True, timeout=600)
    assert ran.returncode == 0, f"{script}\n{ran.stdout}\n{ran.stderr}"
