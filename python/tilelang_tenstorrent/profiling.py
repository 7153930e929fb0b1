"""``kernel.get_profiler().do_bench()`` for this target: the chip's predicted time.

TileLang's profiler times GPU events. An emulated kernel has no GPU, and the host's time for emulating it says nothing
about the kernel, so the profiler (and with it the autotuner) gets the clock's prediction, which takes no data and is
the same in every run. ``backend="wall"`` still measures the host. ``kernel.predicted_time()`` gives it in full.
"""

from __future__ import annotations

import functools
from collections.abc import Sequence
from typing import Any

from tilelang.jit.kernel import JITKernel
from tilelang.profiler import Profiler

from .computed_outputs import sizes_at, with_results_open
from .kernel import at_sizes
from .profile import profile_kernel
from .target import KIND
from .timing import predicted_time


def _is_ours(profiler: Profiler) -> bool:
    kind = getattr(getattr(profiler.adapter, "target", None), "kind", None)
    return getattr(kind, "name", None) == KIND


def _open_sizes(profiler: Profiler, tensors: Sequence[Any] | None, given: dict[str, int] | None) -> dict[str, int]:
    """What a kernel with open sizes is timed at: the sizes that the caller names, else those of its tensors."""
    if given or tensors is None:
        return dict(given or {})
    adapter = profiler.adapter
    values = sizes_at(adapter, with_results_open(adapter, tensors))
    return {
        var.name: value for var, value in zip(adapter.dynamic_symbolic_map, values, strict=True) if value is not None
    }


def install() -> None:
    """Wraps ``Profiler.do_bench`` once; kernels of other targets take the original path.

    Adds ``predicted_time`` and ``profile`` to compiled kernels.
    """
    original = Profiler.do_bench
    if getattr(original, "_tltt", False):
        return

    @functools.wraps(original)
    def do_bench(self: Profiler, func: Any = None, *args: Any, **kwargs: Any) -> Any:
        if func is not None or not _is_ours(self) or kwargs.get("backend") == "wall":
            return original(self, func, *args, **kwargs)
        if str(self.adapter.target.attrs["mode"]) == "ttnn":
            raise ValueError(
                'mode=ttnn does not measure a kernel\'s time on the device; use backend="wall" or the emulator'
            )
        sizes = _open_sizes(self, kwargs.get("input_tensors"), kwargs.get("dynamic_symbolic_constraints"))
        kernel = at_sizes(self.adapter, **sizes) if sizes else self.adapter
        milliseconds = predicted_time(kernel).milliseconds
        quantiles = kwargs.get("quantiles")
        return [milliseconds] * len(quantiles) if quantiles else milliseconds

    do_bench._tltt = True  # type: ignore[attr-defined]
    Profiler.do_bench = do_bench
    JITKernel.predicted_time = predicted_time
    JITKernel.profile = profile_kernel
