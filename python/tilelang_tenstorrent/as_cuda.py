"""Lets an unmodified script that says ``device="cuda"`` or ``target="cuda"`` run on the emulated chip.

Used by ``tltt run`` alone: ``import tilelang_tenstorrent`` changes nothing here. Everything that is patched stands in
this file, each patch with its reason. Times that CUDA events and the free function do_bench report are the host's; the
chip's predicted time comes from ``kernel.get_profiler().do_bench()``.
"""

from __future__ import annotations

import contextlib
import importlib.util
import os
import threading
import time
import types
from collections.abc import Callable, Iterator
from typing import Any

import torch
from torch.overrides import TorchFunctionMode

from .target import KIND, make_target, normalize_target

_MEMORY = 12 << 30  # bytes of an n150's DRAM


def _is_cuda(device: object) -> bool:
    if isinstance(device, torch.device):
        return device.type == "cuda"
    return isinstance(device, str) and device.split(":")[0] == "cuda"


# What torch calls a true division, and the product that does the same with the divisor's reciprocal.
_PRODUCTS: dict[Any, Callable] = {
    **{getattr(torch, name): torch.mul for name in ("div", "divide", "true_divide")},
    **{getattr(torch.Tensor, name): torch.Tensor.mul for name in ("__truediv__", "div", "divide", "true_divide")},
    **{getattr(torch.Tensor, name): torch.Tensor.mul_ for name in ("__itruediv__", "div_", "divide_", "true_divide_")},
}


def _as_product(func: Callable, args: tuple, kwargs: dict) -> tuple[Callable, tuple]:
    """The function and arguments of a division of a tensor by a Python number as torch's CUDA kernel computes it.

    That kernel (aten's div_true_kernel_cuda) multiplies by the divisor's reciprocal, which it takes in the type that it
    computes with: float for 16 bits, else the tensor's own. torch on the CPU divides, and a reference that is compared
    bit for bit then differs in the last place. torch's product on the CPU keeps the number in the same type.
    """
    product = _PRODUCTS.get(func)
    if product is None or len(args) != 2 or kwargs.get("rounding_mode") is not None:
        return func, args
    tensor, divisor = args
    if not isinstance(tensor, torch.Tensor) or type(divisor) not in (int, float, bool):
        return func, args
    common = torch.result_type(tensor, divisor)
    if not (common.is_floating_point or common.is_complex):
        common = torch.get_default_dtype()
    if common not in (torch.float16, torch.bfloat16, torch.float32, torch.float64):
        return func, args
    kwargs.pop("rounding_mode", None)
    computed = torch.float64 if common == torch.float64 else torch.float32
    reciprocal = torch.tensor(1, dtype=computed) / torch.tensor(divisor, dtype=computed)
    return product, (tensor, reciprocal.item())


class _OnCpu(TorchFunctionMode):
    """Turns every device argument that means CUDA into the CPU: of factories, ``.to``, ``.cuda()``, whatever it is.

    Divisions by numbers are CUDA's (_as_product).
    """

    def __torch_function__(self, func: Callable, types: Any, args: tuple = (), kwargs: dict | None = None) -> Any:
        kwargs = dict(kwargs or {})
        if func is torch.device:  # only a name; what uses it comes here again
            if args and type(args[0]) is int:  # an index alone makes torch look for a GPU
                args = ("cuda", *args)
            return func(*args, **kwargs)
        if func is torch.Tensor.cuda:
            return args[0]
        if func == torch.Tensor.is_cuda.__get__:
            return True
        # An integer device is a CUDA index.
        if _is_cuda(kwargs.get("device")) or type(kwargs.get("device")) is int:
            kwargs["device"] = torch.device("cpu")
        args = tuple(torch.device("cpu") if _is_cuda(arg) else arg for arg in args)
        func, args = _as_product(func, args, kwargs)
        return func(*args, **kwargs)


class _Event:
    """torch.cuda.Event on the host's clock; all work here is synchronous."""

    def __init__(self, enable_timing: bool = False, **_: Any):
        self._time = 0.0

    def record(self, stream: Any = None) -> None:
        self._time = time.perf_counter()

    def synchronize(self) -> None:
        pass

    def wait(self, stream: Any = None) -> None:
        pass

    def query(self) -> bool:
        return True

    def elapsed_time(self, end: _Event) -> float:
        # Never 0: scripts divide by it.
        return max((end._time - self._time) * 1e3, 1e-6)


class _Stream:
    """torch.cuda.Stream: work is in order already."""

    cuda_stream = 0
    device = torch.device("cpu")

    def __init__(self, *_: Any, **__: Any):
        pass

    def synchronize(self) -> None:
        pass

    def wait_stream(self, stream: Any) -> None:
        pass

    def wait_event(self, event: Any) -> None:
        pass

    def record_event(self, event: _Event | None = None) -> _Event:
        event = event or _Event()
        event.record()
        return event


class _Generator(torch.Generator):
    """torch.Generator of any device. A class, because torch's own modules name it in annotations."""

    def __new__(cls, device: Any = "cpu") -> _Generator:
        return super().__new__(cls, torch.device("cpu") if _is_cuda(device) else device)


@contextlib.contextmanager
def _no_context(*_: Any, **__: Any) -> Iterator[None]:
    yield


def _free_memory() -> int:
    """Bytes that a script's tensors may take. They lie in the host's memory, and there once more in the emulated chip's
    DRAM, padded to whole tiles."""
    times = 4
    return min(_MEMORY, os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_AVPHYS_PAGES") // times)


def _cuda_functions(target: Any) -> dict[str, Any]:
    """torch.cuda as a script sees it: one device, sm_80 (a script then takes its plain tile path)."""
    cores = int(target.attrs["grid_x"]) * int(target.attrs["grid_y"])
    name = f"Tenstorrent {target.attrs['chip']} (emulated)"
    properties = types.SimpleNamespace(
        name=name, major=8, minor=0, multi_processor_count=cores, total_memory=_MEMORY, warp_size=32
    )
    functions: dict[str, Any] = {
        "is_available": lambda: True,
        "is_initialized": lambda: True,
        "device_count": lambda: 1,
        "current_device": lambda: 0,
        "get_device_name": lambda device=None: name,
        "get_device_capability": lambda device=None: (8, 0),
        "get_device_properties": lambda device=None: properties,
        "is_bf16_supported": lambda *_, **__: True,
        "current_stream": lambda device=None: _Stream(),
        "default_stream": lambda device=None: _Stream(),
        # Not torch.manual_seed, which seeds CUDA's generators as well and would come here again.
        "manual_seed": lambda seed: torch.default_generator.manual_seed(int(seed)),
        "manual_seed_all": lambda seed: torch.default_generator.manual_seed(int(seed)),
        "mem_get_info": lambda device=None: (_free_memory(), _MEMORY),
        "memory_allocated": lambda device=None: 0,
        "max_memory_allocated": lambda device=None: 0,
        "Event": _Event,
        "Stream": _Stream,
        "stream": _no_context,
        "device": _no_context,
    }
    silent = ("init", "_lazy_init", "synchronize", "empty_cache", "set_device", "reset_peak_memory_stats")
    # A function for each name: torch.compile keeps a table of these functions and lets none stand under two names.
    return functions | {name: lambda *_, **__: None for name in silent}


@contextlib.contextmanager
def _set(owner: Any, values: dict[str, Any]) -> Iterator[None]:
    missing = object()
    old = {name: getattr(owner, name, missing) for name in values}
    for name, value in values.items():
        setattr(owner, name, value)
    try:
        yield
    finally:
        for name, value in old.items():
            if value is missing:
                delattr(owner, name)
            else:
                setattr(owner, name, value)


@contextlib.contextmanager
def _satisfied_marks() -> Iterator[None]:
    """Tests that are marked as requiring a GPU or CUDA run; of compute versions they find the one of above."""
    if not importlib.util.find_spec("pytest"):  # what TileLang's tests are marked with needs it
        yield
        return
    import tilelang.contrib.nvcc
    from tvm.testing import utils

    checks = ("compile_time_check", "run_time_check", "target_kind_enabled", "target_kind_hardware")
    unchecked = dict.fromkeys(checks)
    with (
        _set(utils.requires_gpu, unchecked),
        _set(utils.requires_cuda, unchecked),
        _set(tilelang.contrib.nvcc, {"get_target_compute_version": lambda target=None: "8.0"}),
    ):
        yield


@contextlib.contextmanager
def on_tenstorrent(options: dict[str, object] | None = None) -> Iterator[None]:
    """Within this context scripts written for CUDA compile for target ``tenstorrent`` and run on CPU tensors."""
    import tilelang
    import tilelang.profiler
    import tilelang.profiler.bench
    import tilelang.utils.device
    from tilelang.backend import target as registry
    from tilelang.backend.module import BackendModule
    from tilelang.profiler.wall import bench_with_wall
    from tvm.target import Target

    target = make_target(options or {})

    def ours(given: object) -> Any:
        """What a script may say for its GPU becomes our target; other targets stay."""
        kind = given.kind.name if isinstance(given, Target) else given
        if isinstance(kind, dict):
            kind = kind.get("kind")
        if isinstance(kind, str) and kind.split()[:1] in (["cuda"], ["hip"], ["auto"]):
            return target
        return normalize_target(given)

    # Both hooks exist for backends; CUDA's own are replaced for the time of the script.
    normalizers = dict(registry._TARGET_NORMALIZERS)
    detectors = dict(registry._TARGET_DETECTORS)
    registry._TARGET_NORMALIZERS.clear()
    registry._TARGET_DETECTORS.clear()
    registry.register_target_normalizer(KIND, ours)
    registry.register_target_detector(KIND, lambda: target)

    # A script may ask for "cython" or "nvrtc", which only CUDA has; for us every name means the one that exists.
    resolve = BackendModule.resolve_execution_backend

    def resolve_execution_backend(self: Any, requested: Any, wanted: Any) -> Any:
        return resolve(self, "auto" if self.name == KIND else requested, wanted)

    # These two take a device outside torch's function overrides.
    set_default_device = torch.set_default_device

    def default_device(device: Any) -> None:
        set_default_device("cpu" if _is_cuda(device) else device)

    outside = {"Generator": _Generator, "set_default_device": default_device}

    # TileLang asked torch at import whether there is a GPU; the free function do_bench would use GPU events. It takes
    # the host's time of one run: what it measures is an emulator or torch on the CPU, and it repeats a run some ten
    # times, which scripts that compare kernels with references would spend minutes in.
    def do_bench(fn: Callable, *_: Any, quantiles: list[float] | None = None, **__: Any) -> Any:
        return bench_with_wall(fn, n_repeat=1, quantiles=quantiles)

    # A mode of torch's holds for one thread; TileLang's autotuner makes its tensors in others.
    thread_run = threading.Thread.run

    def run(thread: threading.Thread) -> None:
        with _OnCpu():
            thread_run(thread)

    device = tilelang.utils.device
    try:
        with (
            _set(torch.cuda, _cuda_functions(target)),
            _set(torch, outside),
            _set(threading.Thread, {"run": run}),
            _set(device, {"IS_CUDA": True, "Event": _Event}),
            _set(tilelang.profiler.bench, {"do_bench": do_bench, "Event": _Event, "IS_CUDA": True}),
            _set(tilelang.profiler, {"do_bench": do_bench}),
            _set(BackendModule, {"resolve_execution_backend": resolve_execution_backend}),
            _satisfied_marks(),
            _OnCpu(),
        ):
            yield
    finally:
        for table, old in ((registry._TARGET_NORMALIZERS, normalizers), (registry._TARGET_DETECTORS, detectors)):
            table.clear()
            table.update(old)
