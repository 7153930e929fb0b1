"""The tool that runs a TileLang checkout's scripts: what it calls each, and at which sizes it runs them."""

import argparse
import importlib.util
import sys
from pathlib import Path

import pytest

TOOL = Path(__file__).parents[2] / "tools" / "conformance.py"


@pytest.fixture(scope="module")
def tool():
    spec = importlib.util.spec_from_file_location("conformance", TOOL)
    module = importlib.util.module_from_spec(spec)
    sys.modules[spec.name] = module  # where dataclasses look their module up
    spec.loader.exec_module(module)
    yield module
    del sys.modules[spec.name]


@pytest.mark.parametrize(
    "output,fate",
    [
        ("tltt: ValueError: no such thing\n  --> a.py:3:4", "refused"),
        ("tltt: AssertionError: Tensor-likes are not close!", "wrong"),
        ("AssertionError: libcuda.so cannot found!", "skipped"),
        ("ModuleNotFoundError: No module named 'fla'", "skipped"),
        ("tltt: AssertionError: needs compute capability >= 9.0", "skipped"),
        ("tltt: InternalError: pass D3: no tensor x", "crashed"),
    ],
)
def test_what_a_script_is_called(tool, output, fate):
    assert tool.classify(1, output)[0] == fate
    assert tool.classify(0, output)[0] == "right"


def test_sizes(tool, tmp_path, monkeypatch, capsys):
    texts = {
        "arguments.py": "import sys, tilelang\nif __name__ == '__main__':\n    assert sys.argv[1:] == ['--n', '4']\n",
        "call.py": "import tilelang\ndef main(n=9):\n    assert n == 4\nif __name__ == '__main__':\n    main()\n",
        "other.py": "import tilelang\nif __name__ == '__main__':\n    assert False\n",
    }
    folder = tmp_path / "examples"
    folder.mkdir()
    for name, text in texts.items():
        (folder / name).write_text(text)
    monkeypatch.setattr(tool, "SIZES", {"examples/arguments.py": "--n 4", "examples/call.py": "main(n=4)"})
    options = argparse.Namespace(jobs=2, seconds=60.0, json=None, resume=False)
    with capsys.disabled():  # the forks write to logs of their own
        outcomes = {o.script: o for o in tool.sweep(sorted(folder.iterdir()), tmp_path, tmp_path, options)}
    assert [o.fate for _, o in sorted(outcomes.items())] == ["right", "right", "wrong"]
    assert "main(n=4)" in tool.page(list(outcomes.values()), tmp_path, options)
