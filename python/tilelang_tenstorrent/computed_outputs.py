"""Results that a kernel's caller does not pass and whose extents are computed, as ``T.empty((m + 1,))``.

TileLang's adapter allocates results of constant or given extents; others it leaves to host code of other targets.
"""

from __future__ import annotations

import functools
from collections.abc import Callable, Sequence
from typing import Any

import torch
from tvm import tirx
from tvm.arith import Analyzer


def shapes_of(adapter: Any) -> dict[int, list[Any]]:
    """The shapes of results, by parameter, if any has an extent that is computed, as `m + 1`."""
    function = adapter.prim_func
    shapes: dict[int, list[Any]] = {}
    for index in adapter.result_idx:
        buffer = function.buffer_map[function.params[index]]
        shapes[index] = list(buffer.shape)
        if (packed := 8 // buffer.dtype.bits) > 1 and shapes[index]:
            shapes[index][-1] = tirx.floordiv(shapes[index][-1], packed)
    plain = (tirx.IntImm, tirx.Var)
    return shapes if any(not isinstance(extent, plain) for shape in shapes.values() for extent in shape) else {}


def sizes_at(adapter: Any, arguments: list[Any]) -> tuple[int | None, ...]:
    """The open sizes and strides of a kernel, in the order of ``adapter.dynamic_symbolic_map``, as they follow from its
    arguments; None for one of an argument that is not given (None)."""

    def value_of(place: tuple[int, int, int, int]) -> int | None:
        kind, parameter, axis, scale = place
        argument = arguments[parameter]
        if kind == 2:
            return argument if isinstance(argument, int) else None
        if not isinstance(argument, torch.Tensor):
            return None
        return argument.shape[axis] if kind == 0 else argument.stride(axis) * scale

    return tuple(value_of(place) for place in adapter.dynamic_symbolic_map.values())


def with_results_open(adapter: Any, inputs: Sequence[Any]) -> list[Any]:
    """All arguments of a kernel, None for each result. ValueError where the inputs are not as many as it takes."""
    count = len(adapter.params) - len(adapter.result_idx)
    if len(inputs) != count:
        raise ValueError(f"Kernel expected {count} inputs, but {len(inputs)} are provided.")
    rest = iter(inputs)
    return [None if index in adapter.result_idx else next(rest) for index in range(len(adapter.params))]


def allocating(adapter: Any, shapes: dict[int, list[Any]]) -> Callable[..., Any]:
    """The kernel as a function of its other arguments, which allocates its results."""
    dtypes = {index: adapter.params[index].torch_dtype() for index in shapes}

    @functools.cache
    def shapes_at(values: tuple[int, ...]) -> dict[int, list[int]]:
        known = {
            var: tirx.IntImm(var.dtype, value)
            for var, value in zip(adapter.dynamic_symbolic_map, values, strict=True)
            if value is not None
        }
        analyzer = Analyzer()
        return {
            index: [int(analyzer.simplify(tirx.stmt_functor.substitute(extent, known))) for extent in shape]
            for index, shape in shapes.items()
        }

    def call(*inputs: Any) -> Any:
        arguments = with_results_open(adapter, inputs)
        for index, shape in shapes_at(sizes_at(adapter, arguments)).items():
            arguments[index] = torch.empty(shape, dtype=dtypes[index])
        adapter._get_executable()(*arguments)
        results = [arguments[index] for index in adapter.result_idx]
        return results[0] if len(results) == 1 else results

    return call
