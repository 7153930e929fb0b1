"""Every refusal of the compiler: what it says, the way out, and the line of the user's kernel."""

import importlib
import inspect
import re
from pathlib import Path

import pytest
import refused
from ir_tools import compile_files
from pass_kernels import gemm

for module in sorted(Path(__file__).parent.glob("refused_*.py")):
    importlib.import_module(module.stem)  # adds its cases

SRC = Path(__file__).parents[2] / "compiler" / "src"


def marked_line(factory):
    lines, first = inspect.getsourcelines(factory)
    marked = [first + i for i, line in enumerate(lines) if "# <--" in line]
    assert len(marked) <= 1
    return marked[0] if marked else None


def refusal(case):
    factory, _, _, target = refused.CASES[case]
    kernel = factory()
    # Tile operations alone: what they do not cover would else run on the RISC-V cores.
    with pytest.raises(ValueError) as error:
        compile_files(kernel, target or {"kind": "tenstorrent", "riscv": 0})
    return str(error.value)


@pytest.mark.parametrize("case", list(refused.CASES))
def test_refusal(case):
    factory, message, way_out, _ = refused.CASES[case]
    text = refusal(case)
    assert message in text
    assert "\n  Way out: " in text and way_out in text.split("Way out: ")[1]
    line = marked_line(factory)
    where = re.search(r"\n  --> (.*):(\d+):(\d+)$", text)
    if line is None:
        return
    assert where, f"no line of the kernel in: {text}"
    assert (where[1], int(where[2])) == (inspect.getsourcefile(factory), line)


@pytest.mark.parametrize(
    "option,message",
    [
        ({"grid_x": 99}, "target option grid_x=99: the chip has 1 to 8 cores along this axis"),
        ({"grid_y": -1}, "target option grid_y=-1: the chip has 1 to 8 cores along this axis"),
        ({"math_fidelity": "HiFi9"}, "target option math_fidelity=HiFi9: choose LoFi, HiFi2, HiFi3 or HiFi4"),
        ({"chip": "n150", "arch": "blackhole"}, "target option chip=n150 is a wormhole_b0 chip, but arch=blackhole"),
        ({"chip": "n9000"}, "n9000"),
        ({"arch": "itanium"}, "itanium"),
    ],
)
def test_target_options(option, message):
    with pytest.raises(ValueError) as error:
        compile_files(gemm(), {"kind": "tenstorrent", **option})
    assert message in str(error.value)


def refusals_in_the_compiler():
    """(file:line, longest literal of the message) of every Refuse(...) call."""
    found = []
    for path in sorted(SRC.rglob("*.cc")):
        text = path.read_text()
        for match in re.finditer(r"\bRefuse\((?!const Span&)", text):
            body = text[match.end() : text.index(";", match.end())]
            literals = [re.sub(r"\\(.)", r"\1", s) for s in re.findall(r'"((?:[^"\\]|\\.)*)"', body)]
            message = max(literals[: max(1, len(literals) - 1)], key=len) if literals else ""
            found.append((f"{path.relative_to(SRC)}:{text.count(chr(10), 0, match.start()) + 1}", message))
    return found


# Refusals that no kernel written in TileLang reaches, and why; they guard against modules made by hand.
NOT_FROM_TILELANG = {
    "` is a view of another one": "the frontend resolves views of parameters and of allocations",
    "bitwise reductions are not supported": "their buffers hold integers, which are refused first",
    " that is not computed lane by lane": "the kinds of expressions that TileLang's frontend writes all are",
    "predicated stores are not supported": "TileLang's frontend writes no predicates",
    "blocks with an init part are not supported": "TileLang's frontend writes no init parts",
    "a scan between blocks of different shapes": "T.cumsum compares the shapes first",
    "a loop bound to threads inside a loop over elements": "TileLang binds threads at a kernel's head alone",
    " cannot run element by element": "the kinds of statements that TileLang's frontend writes are all printed",
    "an atomic operation on what is no element of a buffer": "T.atomic_add and its kin take elements alone",
    "this kind of loop is not supported": "its loops are serial, unrolled, parallel, vectorized or bound to threads",
}


def test_every_refusal_is_exercised():
    texts = {case: refusal(case) for case in refused.CASES}
    missing = [
        f"{where}: {message}"
        for where, message in refusals_in_the_compiler()
        if message not in NOT_FROM_TILELANG and not any(message in text for text in texts.values())
    ]
    assert not missing, "add a kernel to a module refused_*.py"
