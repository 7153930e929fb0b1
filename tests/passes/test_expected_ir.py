"""IR after every pass against expected/<kernel>/<NN>_<pass>.tir; `pytest tests --update-expected` rewrites the texts.

A text shows the attributes that the pass added (+), changed (~) or removed (-) and the whole body, so it reads as the
difference to the text before it and still leaves nothing out.
"""

from pathlib import Path

import pytest
from ir_tools import after, pass_names, render
from pass_kernels import KERNELS

EXPECTED = Path(__file__).parent / "expected"
STAGES = ["initial", *pass_names()]


@pytest.mark.parametrize("kernel", KERNELS)
@pytest.mark.parametrize("index", range(len(STAGES)), ids=STAGES)
def test_ir(kernel, index, expect_text):
    before = after(kernel, STAGES[index - 1]) if index else None
    expect_text(render(after(kernel, STAGES[index]), before), EXPECTED / kernel / f"{index:02}_{STAGES[index]}.tir")


def test_no_expected_text_is_left_over():
    wanted = {EXPECTED / k / f"{i:02}_{name}.tir" for k in KERNELS for i, name in enumerate(STAGES)}
    assert set(EXPECTED.rglob("*.tir")) == wanted
