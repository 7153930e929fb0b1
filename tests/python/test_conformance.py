"""The tool that runs a TileLang checkout's scripts: what it calls each, and at which sizes it runs them."""

import importlib.util
import subprocess
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
        ("    assert kernel.adapter.dynamic_symbolic_map is None\nE   assert {} is None", "skipped"),
        ("E   Failed: DID NOT RAISE <class 'Exception'>", "crashed"),
    ],
)
def test_what_a_script_is_called(tool, output, fate):
    assert tool.classify(1, output)[0] == fate
    assert tool.classify(0, output)[0] == "right"


@pytest.mark.parametrize(
    "source,fate",
    [
        ('raises(Exception, match="logical_width.*positive power of two")', "skipped"),
        ("T.finalize_reducer(sums, batch=3)", "skipped"),
        ("T.finalize_reducer(sums)", "crashed"),
    ],
)
def test_errors_of_gpus_threads_that_do_not_come(tool, source, fate):
    found = tool.classify(1, "E   Failed: DID NOT RAISE <class 'Exception'>")
    assert tool.unless_of_gpus(*found, source)[0] == fate


@pytest.mark.parametrize(
    "text,fate",
    [
        ("`tl.shfl_sync` cannot be computed element by element", "skipped"),
        ('block annotation "barrier_init" has no meaning on Tenstorrent', "skipped"),
        ("T.import_source brings the text of CUDA sources", "skipped"),
        ('block annotation "my_own" has no meaning on Tenstorrent', "refused"),
    ],
)
def test_what_is_about_a_gpu(tool, text, fate):
    assert tool.unless_of_gpus("refused", text, text)[0] == fate
    assert tool.unless_of_gpus("wrong", text, text)[0] == "wrong"


SWEEP = """
import argparse, importlib.util, sys
from pathlib import Path

spec = importlib.util.spec_from_file_location("conformance", sys.argv[1])
tool = sys.modules["conformance"] = importlib.util.module_from_spec(spec)
spec.loader.exec_module(tool)
tool.SIZES = {"examples/arguments.py": "--n 4", "examples/call.py": "main(n=4)"}
root = Path(sys.argv[2])
options = argparse.Namespace(jobs=2, seconds=60.0, json=None, resume=False)
outcomes = {o.script: o for o in tool.sweep(sorted((root / "examples").iterdir()), root, root, options)}
print(*(o.fate for _, o in sorted(outcomes.items())))
print(tool.page(list(outcomes.values()), root, options).replace("\\n", " "))
"""


def test_sizes(tmp_path):
    texts = {
        "arguments.py": "import sys, tilelang\nif __name__ == '__main__':\n    assert sys.argv[1:] == ['--n', '4']\n",
        "call.py": "import tilelang\ndef main(n=9):\n    assert n == 4\nif __name__ == '__main__':\n    main()\n",
        "defines.py": "import tilelang\n\ndef f():\n    assert False\n",
        "ends.py": "import tilelang\n\ndef f():\n    assert False\n\nf()\n",
        "other.py": "import tilelang\nif __name__ == '__main__':\n    assert False\n",
    }
    folder = tmp_path / "examples"
    folder.mkdir()
    for name, text in texts.items():
        (folder / name).write_text(text)
    # In a process of its own: the tool forks, which a process with threads of other tests does not survive.
    ran = subprocess.run([sys.executable, "-c", SWEEP, str(TOOL), str(tmp_path)], capture_output=True, text=True)
    assert ran.returncode == 0, ran.stderr
    fates, page = ran.stdout.strip().splitlines()[-2:]
    assert fates.split() == ["right", "right", "skipped", "wrong", "wrong"], ran.stdout
    assert "main(n=4)" in page
