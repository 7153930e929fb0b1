"""Exceptions that come out of the C++ parts; backend.py registers them with what brings them over."""

from __future__ import annotations

import re

from .diagnostics import BY_NAME

# The runtime begins every message with the category's name.
_CATEGORY = re.compile(r"([A-Za-z -]+):")


class EmulatorError(RuntimeError):
    """A kernel broke a rule of the chip; the text says which core, role, line and buffers.

    ``category`` is its first words joined by ``_``: ``deadlock``, ``missing_barrier``, ...; ``code`` is the stable code
    of docs/diagnostics.md.
    """

    @property
    def category(self) -> str:
        match = _CATEGORY.match(str(self))
        return re.sub("[ -]", "_", match.group(1).lower()) if match else "unknown"

    @property
    def code(self) -> str:
        return BY_NAME[self.category].code
