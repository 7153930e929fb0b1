"""Vector code (SFPU) on genuine LLK code, with the lane's own ``sfpi.h`` in place of the vendor's compiler."""

from __future__ import annotations

import pytest
import torch
from test_bit_for_bit import assert_same_bits, both, values
from vector_kernels import CLOSE, EXACT, MANY_VECTORS


def run(kernel, a: torch.Tensor, arch: str):
    make, options = kernel
    return both(make(), [a, torch.zeros_like(a)], arch, **options)


def test_choices_and_signs(arch):
    """Conditions, moves and negations: relu, a magnitude, a comparison with a number."""
    a = values(40, 32, seed=21)
    genuine, emulated = run(EXACT["choices"], a, arch)
    assert_same_bits(genuine, emulated)
    assert torch.equal(genuine, a.clamp(min=0) - a.abs())


def test_products_and_sums_with_numbers(arch):
    """A 16-bit DST takes them truncated, which shows in the last bit."""
    a = values(40, 32, seed=22)
    genuine, emulated = run(EXACT["numbers"], a, arch)
    assert_same_bits(genuine, emulated)
    exact = a.double() * 0.3 + 1.5
    assert (genuine.double() - exact).abs().max() < 2**-6 * exact.abs().max()
    assert not torch.equal(genuine, exact.bfloat16())


def test_reciprocals(arch):
    a = values(40, 32, seed=23)
    genuine, emulated = run(EXACT["reciprocals"], a, arch)
    assert_same_bits(genuine, emulated)
    torch.testing.assert_close(genuine.double(), 1 / a.double(), rtol=2**-8, atol=0)


def test_exponentials_are_close(arch):
    """The chip has a polynomial, the emulator the function itself: they differ by a unit in the last place at most."""
    a = values(40, 32, seed=24).clamp(-8, 8)
    genuine, emulated = run(CLOSE["exp"], a, arch)
    torch.testing.assert_close(genuine.double(), emulated.double(), rtol=2**-7, atol=0)


@pytest.mark.parametrize("name", ["exp", "exp2"])
def test_approximate_exponentials(arch, name):
    """A linear function of the argument, made the bits of the result: the emulator does the same steps."""
    a = values(40, 32, seed=26)
    a[0, :5] = torch.tensor([-float("inf"), -1000.0, 0.0, 88.0, 200.0])
    genuine, emulated = run(EXACT[f"{name}_approx"], a.float(), arch)
    assert_same_bits(genuine, emulated)
    inside = a[1:].double().abs() < 80
    exact = getattr(torch, name)(a[1:].double())
    assert ((genuine[1:].double() - exact).abs() <= 0.035 * exact)[inside].all()


@pytest.mark.parametrize("name", MANY_VECTORS)
def test_functions_of_many_vectors_are_close(arch, name):
    """They name more vectors than the unit has registers; fewer are in use at once."""
    a = values(30, 32, seed=25)
    a = a.abs() + 2**-10 if name in ("sqrt", "rsqrt", "log") else a.clamp(-6, 6)
    genuine, emulated = run(CLOSE[name], a, arch)
    torch.testing.assert_close(genuine.double(), emulated.double(), rtol=2**-7, atol=2**-9)
