"""What a kernel's author can say about where tensors lie and which core does which blocks.

Inside a kernel, as ``T.annotate_layout`` is called::

    with T.Kernel(...) as (bx, by):
        annotate_tt_layout(A, memory="L1", nd_shard=block_sharded(2, 4))
        annotate_tt_schedule(order="block_linear(2)", policy="block_cyclic")

or on a finished PrimFunc, which returns the annotated function::

    func = annotate_tt_layout(func, {"A": {"memory": "L1", "nd_shard": height_sharded(8)}})
    func = annotate_tt_schedule(func, {"order": "z_order"})

The compiler checks names, keys and values when the kernel is compiled and refuses what it does not know;
docs/layouts.md lists the keys.
"""

from __future__ import annotations

import sys
from collections.abc import Callable, Mapping
from typing import Any

import tilelang.language as T
from tvm import tirx

from .plan import CoreRange, WorkItem

LAYOUT_ATTR = "tt.user_layout"
SCHEDULE_ATTR = "tt.user_schedule"


def height_sharded(shards: int) -> dict[str, Any]:
    """``nd_shard`` of a matrix cut into ``shards`` bands of rows."""
    return block_sharded(shards, 1)


def width_sharded(shards: int) -> dict[str, Any]:
    """``nd_shard`` of a matrix cut into ``shards`` bands of columns."""
    return block_sharded(1, shards)


def block_sharded(rows: int, columns: int) -> dict[str, Any]:
    """``nd_shard`` of a matrix cut into ``rows`` x ``columns`` rectangles."""
    return {"axes": ["M", "N"], "grid": [rows, columns]}


def _data(value: Any) -> Any:
    """Dictionaries, lists, strings and numbers that an attribute can hold."""
    if isinstance(value, (CoreRange, WorkItem)):
        return _data(value.to_json())
    if isinstance(value, Mapping):
        return {key if isinstance(key, str) else _core_key(key): _data(item) for key, item in value.items()}
    if isinstance(value, (list, tuple)):
        return [_data(item) for item in value]
    if isinstance(value, (str, bool, int)):
        return value
    raise TypeError(f"{value!r} can't stand in an annotation: use strings, integers, lists and dictionaries")


def _core_key(key: Any) -> str:
    if isinstance(key, tuple) and len(key) == 2:
        return f"({key[0]},{key[1]})"
    raise TypeError(f"{key!r} is no key of an annotation: write a string, or (x, y) for a core")


def _with_line(keys: Mapping[str, Any]) -> dict[str, Any]:
    """The keys, and the line of the kernel that the caller's caller stands on."""
    frame = sys._getframe(2)
    return {**_data(keys), "line": f"{frame.f_code.co_filename}:{frame.f_lineno}"}


def annotate_tt_layout(target: Any, layout: Mapping[str, Mapping[str, Any]] | None = None, /, **keys: Any) -> Any:
    """Says where tensors lie: ``annotate_tt_layout(A, memory=..., ...)`` inside a kernel, for one of its tensors;
    ``annotate_tt_layout(func, {"A": {...}})`` for a PrimFunc, which is returned with the annotation."""
    if isinstance(target, tirx.PrimFunc):
        if layout is None or keys:
            raise TypeError('annotate_tt_layout of a PrimFunc takes one dictionary: {"A": {"memory": "L1", ...}, ...}')
        known = dict((target.attrs or {}).get(LAYOUT_ATTR, {}))
        return target.with_attr(LAYOUT_ATTR, {**known, **_data(layout)})
    name = getattr(target, "name", None)
    if layout is not None or not isinstance(name, str):
        raise TypeError(
            "annotate_tt_layout expects a tvm.tir.PrimFunc, or inside a kernel one of its tensors and keys; "
            f"got {type(target).__name__}"
        )
    T.sblock_attr({f"{LAYOUT_ATTR}.{name}": _with_line(keys)})
    return None


def annotate_tt_schedule(func: Any = None, schedule: Mapping[str, Any] | None = None, /, **keys: Any) -> Any:
    """Says which core does which blocks: ``annotate_tt_schedule(order=..., ...)`` inside a kernel,
    ``annotate_tt_schedule(func, {...})`` for a PrimFunc, ``@annotate_tt_schedule(order=..., ...)`` above one."""
    if func is not None:
        if not isinstance(func, tirx.PrimFunc) or (schedule is None) == (not keys):
            raise TypeError(
                f"annotate_tt_schedule expects a tvm.tir.PrimFunc and a dictionary, or keys; got {type(func).__name__}"
            )
        return func.with_attr(SCHEDULE_ATTR, _data(schedule if schedule is not None else keys))
    if not _in_kernel():
        decorator: Callable[[Any], Any] = lambda f: annotate_tt_schedule(f, keys)  # noqa: E731
        return decorator
    T.sblock_attr({SCHEDULE_ATTR: _with_line(keys)})
    return None


def _in_kernel() -> bool:
    from tvm.script.ir_builder import IRBuilder

    return IRBuilder.is_in_scope()
