"""The documents' links lead somewhere, and the commands of the guides run."""

import re
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
DOCUMENTS = [ROOT / "README.md", ROOT / "CHANGELOG.md", *sorted((ROOT / "docs").glob("*.md"))]
GUIDES = ["setup_mock.md", "setup_real.md", "tir_basics.md", "kernel_authoring.md"]
# Commands that are whole builds: who runs them.
ELSEWHERE = {
    "make run": "the set-up itself; make test does the same first",
    "pip wheel . --no-deps --no-build-isolation -w dist": "tests/packaging",
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
