"""Exceptions that come out of the C++ parts."""

from __future__ import annotations

import re

import tvm_ffi

_TAG = re.compile(r"^\[([a-z -]+)\] ")


@tvm_ffi.register_error("EmulatorError")
class EmulatorError(RuntimeError):
    """A kernel broke a rule of the chip; the text says which core, role, line and buffers.

    ``category`` is one word: ``deadlock``, ``cb_overflow``, ``missing_barrier``, ``out_of_range``, ...
    """

    @property
    def category(self) -> str:
        match = _TAG.match(str(self))
        return re.sub("[ -]", "_", match.group(1)) if match else "unknown"
