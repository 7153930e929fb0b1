"""What torch knows of a tensor and a DLPack view does not say: checked before a kernel sees the memory.

The runtime module checks count, dtype, shape, strides and device of what reaches it. A tensor whose sign torch applies
lazily reaches it as plain memory, and one without memory does not reach it at all, so TileLang's adapter is wrapped:
kernels of other targets are left as they are.
"""

from __future__ import annotations

import functools
from collections.abc import Callable
from typing import Any

import torch
from tilelang.jit.adapter import TVMFFIKernelAdapter

from .computed_outputs import allocating, shapes_of
from .kernel import program_info
from .target import KIND


def _with_plain_memory(value: Any, where: str, name: str, access: str) -> Any:
    """``value`` as memory that holds its elements; ValueError where there is none, or where a result could not be
    stored in it."""
    if not isinstance(value, torch.Tensor):
        return value
    if value.layout != torch.strided:
        raise ValueError(f"{where}has layout {value.layout}; the kernel takes dense tensors, pass `{name}.to_dense()`")
    if value.is_meta:
        raise ValueError(f"{where}is on device meta and has no data; pass a tensor with data")
    if value.is_neg() or value.is_conj():
        if access != "in":
            raise ValueError(
                f"{where}is written by the kernel, but torch negates or conjugates it lazily; "
                f"pass `{name}.resolve_neg().resolve_conj()`"
            )
        return value.resolve_neg().resolve_conj()
    return value


def _is_special(value: Any) -> bool:
    if not isinstance(value, torch.Tensor):
        return False
    return value.layout != torch.strided or value.is_meta or value.is_neg() or value.is_conj()


def _checked(adapter: Any, func: Callable[..., Any]) -> Callable[..., Any]:
    @functools.wraps(func)
    def call(*args: Any) -> Any:
        if any(map(_is_special, args)):
            info = program_info(adapter)
            access = {tensor["name"]: tensor["access"] for tensor in info["tensors"]}
            function = adapter.prim_func
            names = [
                str(function.buffer_map[param].name if param in function.buffer_map else param.name)
                for i, param in enumerate(function.params)
                if i not in adapter.result_idx
            ]
            plain = [
                _with_plain_memory(arg, f"{info['name']}: argument {i + 1} `{name}`: ", name, access.get(name, "in"))
                for i, (arg, name) in enumerate(zip(args, names, strict=False))
            ]
            args = (*plain, *args[len(plain) :])
        return func(*args)

    return call


def install() -> None:
    """Wraps ``TVMFFIKernelAdapter._convert_torch_func`` once."""
    original = TVMFFIKernelAdapter._convert_torch_func
    if getattr(original, "_tltt", False):
        return

    @functools.wraps(original)
    def convert(self: Any) -> Callable[..., Any]:
        if self.target.kind.name != KIND:
            return original(self)
        shapes = shapes_of(self)
        return _checked(self, allocating(self, shapes) if shapes else original(self))

    convert._tltt = True  # type: ignore[attr-defined]
    TVMFFIKernelAdapter._convert_torch_func = convert
