"""Tensors that stay on the emulated chip between kernels, in the layout that a kernel gives them.

::

    hidden = tltt.device_tensor(first, "C")  # where and how `first` keeps its C
    tltt.run(first, a, b, hidden)
    tltt.run(second, hidden, w, out)  # `second` takes its A in the same layout
    print(hidden.to_host())
"""

from __future__ import annotations

import json
from typing import Any

import torch

from .kernel import runtime_module


class DeviceTensor:
    """A tensor on the chip. Freed with the last reference to it."""

    def __init__(self, module: Any):
        self._module = module
        info = json.loads(str(module.get_function("info")()))
        self.name: str = info["name"]
        self.dtype: torch.dtype = getattr(torch, info["dtype"])
        self.shape = tuple(info["shape"])
        self.layout: str = info["layout"]

    def to_host(self) -> torch.Tensor:
        """Its values; zero where no kernel has written."""
        host = torch.zeros(self.shape, dtype=self.dtype)
        self._module.get_function("read")(host)
        return host

    def from_host(self, values: torch.Tensor) -> DeviceTensor:
        """Fills it; dtype and shape have to agree."""
        self._module.get_function("write")(values)
        return self

    def __repr__(self) -> str:
        return f"DeviceTensor({self.name}: {self.layout})"


def device_tensor(kernel: Any, name: str, values: torch.Tensor | None = None) -> DeviceTensor:
    """A tensor on the chip that fits parameter ``name`` of a compiled kernel, filled with ``values`` if given."""
    tensor = DeviceTensor(runtime_module(kernel).get_function("device_tensor", query_imports=True)(name))
    return tensor if values is None else tensor.from_host(values)


def run(kernel: Any, *arguments: torch.Tensor | DeviceTensor) -> None:
    """Calls a compiled kernel with all of its parameters; each is a CPU tensor or a ``DeviceTensor``."""
    main = runtime_module(kernel).get_function("main", query_imports=True)
    main(*(a._module if isinstance(a, DeviceTensor) else a for a in arguments))
