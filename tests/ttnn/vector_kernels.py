"""The vector kernels that run in the lane, and which of the device's functions each of them calls.

docs/real_mode.md says which functions are verified on genuine code: tests/ttnn/test_verified.py holds it to this table.
"""

from __future__ import annotations

import re

import tilelang.language as T


def elementwise(function, rows: int = 40, dtype: str = "bfloat16"):
    @T.prim_func
    def kernel(A: T.Tensor((rows, 32), dtype), B: T.Tensor((rows, 32), dtype)):
        with T.Kernel(T.ceildiv(rows, 32), threads=128) as by:
            a = T.alloc_shared((32, 32), dtype)
            T.copy(A[by * 32, 0], a)
            for i, j in T.Parallel(32, 32):
                a[i, j] = function(a[i, j])
            T.copy(a, B[by * 32, 0])

    return kernel


# name -> (kernel, options of its target)
EXACT = {
    "choices": (lambda: elementwise(lambda x: T.max(x, 0.0) - T.abs(x)), {}),
    "numbers": (lambda: elementwise(lambda x: x * 0.3 + 1.5), {}),
    "reciprocals": (lambda: elementwise(lambda x: 1.0 / x), {}),
    "exp_approx": (lambda: elementwise(T.exp, dtype="float32"), {"math_approx": True}),
    "exp2_approx": (lambda: elementwise(T.exp2, dtype="float32"), {"math_approx": True}),
}
MANY_VECTORS = ("sqrt", "rsqrt", "log", "tanh", "sigmoid")
CLOSE = {
    "exp": (lambda: elementwise(T.exp), {}),
    **{name: (lambda name=name: elementwise(getattr(T, name), rows=30), {}) for name in MANY_VECTORS},
}


def functions_of(compute: str) -> set[str]:
    """The vector unit's functions that a compute.cpp calls, with the template arguments that choose another one."""
    code = re.sub(r"//.*", "", compute)
    calls = re.findall(r"\b(\w+_tile(?:<true>)?)\(", code)
    return {call for call in calls if call not in ("copy_tile", "pack_tile<true>", "pack_tile")}
