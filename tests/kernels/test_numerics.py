"""The compute unit's operations stay within the errors that docs/numerics.md states."""

import importlib.util
import sys
from pathlib import Path

import pytest

TOOLS = Path(__file__).parents[2] / "tools"


@pytest.fixture(scope="module")
def numerics():
    spec = importlib.util.spec_from_file_location("numerics_tool", TOOLS / "numerics.py")
    module = importlib.util.module_from_spec(spec)
    sys.modules[spec.name] = module  # dataclasses look it up
    spec.loader.exec_module(module)
    return module


@pytest.fixture(scope="module")
def measured(numerics):
    return numerics.measurements("fast")


@pytest.fixture(scope="module")
def matrix(numerics):
    return numerics.matrix_measurements()


def test_errors_stay_within_their_bounds(numerics, measured, matrix):
    problems = numerics.problems(measured) + numerics.matrix_problems(matrix)
    assert not problems, "\n".join(problems)


def test_each_fidelity_phase_brings_products_closer(numerics, matrix):
    for call in ("mul_tiles", "matmul_tiles"):
        errors = [row.errors["faithful"] for row in matrix if row.op.call == call and row.wide]
        assert errors[0] > errors[1] + 1 > errors[2] + 1, (call, errors)


def test_faithful_numerics_change_only_what_the_vector_unit_truncates(numerics, measured):
    truncated = set()
    for (op, *fast), (_, *faithful) in zip(measured, numerics.measurements("faithful"), strict=True):
        if fast == faithful:
            continue
        truncated.add(op.call.partition("(")[0])
        (wide_fast, _), (wide, narrow) = fast, faithful
        assert wide == wide_fast, op.call
        # What rounds to infinity truncates to the largest number.
        assert narrow.ulp < 1 or all("e+38 gives" in text for text in narrow.differ), op.call
    assert truncated == set(numerics.TRUNCATED)


def test_the_document_is_current(numerics, measured, matrix):
    assert numerics.DOCUMENT.read_text() == numerics.document(measured, matrix), "run python tools/numerics.py"
