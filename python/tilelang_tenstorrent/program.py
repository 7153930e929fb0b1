"""Hand-written TT-Metalium programs on the emulator: descriptors in the shape of ttnn's ``ProgramDescriptor``.

    program = Program(kernels=[KernelDescriptor(...), ...], cbs=[CBDescriptor(...)], semaphores=[])
    report = run(program, [a, b, c])

Kernels get the device address of tensor ``i`` where a runtime argument is ``TensorAddress(i)``;
``TensorAccessorArgs(tensor).get_compile_time_args()`` is what ``TensorAccessorArgs<N>`` reads on the device.
"""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from enum import Enum
from itertools import zip_longest
from pathlib import Path
from typing import Any

from ._native import function
from .target import chip as chip_description
from .target import default_chip, default_mode


@dataclass(frozen=True, order=True)
class CoreCoord:
    """A worker core: x counts columns, y rows."""

    x: int
    y: int


@dataclass(frozen=True)
class CoreRange:
    """A rectangle of cores, both corners included, as in TT-Metalium."""

    start: CoreCoord
    end: CoreCoord


@dataclass(frozen=True)
class CoreRangeSet:
    ranges: tuple[CoreRange, ...]

    def __init__(self, ranges: Sequence[CoreRange]):
        object.__setattr__(self, "ranges", tuple(ranges))


Cores = CoreCoord | CoreRange | CoreRangeSet


@dataclass(frozen=True)
class TensorAddress:
    """A runtime argument: the device address of the tensor at ``index`` in the list given to ``run``."""

    index: int


@dataclass(frozen=True)
class ShardSpec:
    """A tensor's pages as an array of ``tensor_pages``, cut into shards of ``shard_pages`` that go round ``banks``:
    worker cores, or with ``memory="DRAM"`` banks ``CoreCoord(bank, 0)``."""

    tensor_pages: Sequence[int]
    shard_pages: Sequence[int]
    banks: Sequence[CoreCoord]
    memory: str = "L1"


# Bits of the first compile-time argument of a tensor accessor, as the device's TensorAccessorArgs reads them.
_SHARDED, _IS_DRAM = 1, 2
_DRAM_ALIGNMENT = 32


@dataclass(frozen=True)
class TensorAccessorArgs:
    """How kernels reach a tensor: interleaved over the DRAM banks, or in the shards of ``Program.shards``; ``layout``
    as in ``Program.layouts``."""

    tensor: Any
    layout: str = "tile"
    shards: ShardSpec | None = None

    def page_size(self) -> int:
        """Bytes of a page: a 32x32 tile, or a row padded to the DRAM's alignment."""
        item = int(self.tensor.element_size())
        if self.layout == "tile":
            return 32 * 32 * item
        row = (self.tensor.shape[-1] if self.tensor.dim() else 1) * item
        return -(-row // _DRAM_ALIGNMENT) * _DRAM_ALIGNMENT

    def get_compile_time_args(self) -> list[int]:
        if self.shards is None:
            return [_IS_DRAM, self.page_size()]
        spec = self.shards
        coordinates = [core.x << 8 | core.y for core in spec.banks]
        packed = [low | high << 16 for low, high in zip_longest(coordinates[::2], coordinates[1::2], fillvalue=0)]
        config = _SHARDED | (_IS_DRAM if spec.memory == "DRAM" else 0)
        head = [config, self.page_size(), len(spec.tensor_pages), len(coordinates)]
        return [*head, *spec.tensor_pages, *spec.shard_pages, *packed]


@dataclass
class ReaderConfigDescriptor:
    """NCRISC (RISCV_1) on NoC 0."""


@dataclass
class WriterConfigDescriptor:
    """BRISC (RISCV_0) on NoC 1."""


@dataclass
class ComputeConfigDescriptor:
    """The three TRISCs."""

    math_fidelity: str = "HiFi4"
    fp32_dest_acc_en: bool = False
    dst_full_sync_en: bool = False
    math_approx_mode: bool = False
    unpack_to_dest_fp32: Sequence[int] = ()


class SourceType(Enum):
    FILE_PATH = 0
    INLINE = 1


RuntimeArgs = Sequence["int | TensorAddress"]


@dataclass
class KernelDescriptor:
    kernel_source: str
    core_ranges: Cores
    config: ReaderConfigDescriptor | WriterConfigDescriptor | ComputeConfigDescriptor
    source_type: SourceType = SourceType.FILE_PATH
    compile_time_args: Sequence[int] = ()
    named_compile_time_args: Mapping[str, int] = field(default_factory=dict)
    defines: Mapping[str, str] = field(default_factory=dict)
    runtime_args: Sequence[tuple[CoreCoord, RuntimeArgs]] = ()
    common_runtime_args: Sequence[int] = ()


@dataclass
class CBFormatDescriptor:
    buffer_index: int
    data_format: str
    page_size: int


@dataclass
class CBDescriptor:
    total_size: int
    core_ranges: Cores
    format_descriptors: Sequence[CBFormatDescriptor]


@dataclass
class SemaphoreDescriptor:
    id: int
    core_ranges: Cores
    initial_value: int = 0


@dataclass
class Program:
    """``layouts[i]`` is ``"tile"`` (default) or ``"row_major"``; ``outputs`` are the tensors that kernels write;
    ``shards`` says where those tensors lie that are not interleaved over DRAM."""

    kernels: Sequence[KernelDescriptor]
    cbs: Sequence[CBDescriptor] = ()
    semaphores: Sequence[SemaphoreDescriptor] = ()
    outputs: Sequence[int] = (-1,)
    layouts: Sequence[str] = ()
    shards: Mapping[int, ShardSpec] = field(default_factory=dict)
    arch: str = "wormhole_b0"
    chip: str = ""  # "p100"; empty: the architecture's default
    name: str = "program"


_ROLES = {ReaderConfigDescriptor: "reader", WriterConfigDescriptor: "writer", ComputeConfigDescriptor: "compute"}


def _ranges(cores: Cores) -> list[dict[str, int]]:
    if isinstance(cores, CoreCoord):
        cores = CoreRange(cores, cores)
    rectangles = cores.ranges if isinstance(cores, CoreRangeSet) else (cores,)
    return [
        {"x": r.start.x, "y": r.start.y, "width": r.end.x - r.start.x + 1, "height": r.end.y - r.start.y + 1}
        for r in rectangles
    ]


def _kernel(kernel: KernelDescriptor, position: int) -> dict[str, Any]:
    role = _ROLES[type(kernel.config)]
    inline = kernel.source_type is SourceType.INLINE
    per_core = [
        {
            "x": core.x,
            "y": core.y,
            "args": [{"tensor": arg.index} if isinstance(arg, TensorAddress) else int(arg) for arg in args],
        }
        for core, args in kernel.runtime_args
    ]
    config = kernel.config
    return {
        "name": f"{role}_{position}",
        "role": role,
        "path": f"{role}_{position}.cpp" if inline else kernel.kernel_source,
        "source": kernel.kernel_source if inline else Path(kernel.kernel_source).read_text(),
        "cores": _ranges(kernel.core_ranges),
        "compile_time_args": [int(arg) for arg in kernel.compile_time_args],
        "named_compile_time_args": dict(kernel.named_compile_time_args),
        "defines": dict(kernel.defines),
        "runtime_args": per_core,
        "common_runtime_args": [int(arg) for arg in kernel.common_runtime_args],
        "compute": {
            "math_fidelity": config.math_fidelity,
            "fp32_dest_acc_en": config.fp32_dest_acc_en,
            "dst_full_sync_en": config.dst_full_sync_en,
            "math_approx_mode": config.math_approx_mode,
            "unpack_to_dest_fp32": list(config.unpack_to_dest_fp32),
        }
        if isinstance(config, ComputeConfigDescriptor)
        else {},
    }


def _shards(spec: ShardSpec) -> dict[str, Any]:
    banks = [[core.x, core.y] for core in spec.banks]
    shards = {"tensor_pages": list(spec.tensor_pages), "shard_pages": list(spec.shard_pages), "banks": banks}
    return {"memory": spec.memory, "shards": shards}


def describe(program: Program, tensors: Sequence[Any]) -> str:
    """The program as the JSON text that the runtime reads."""
    chip = chip_description(program.chip) if program.chip else default_chip(program.arch)
    outputs = {index % len(tensors) for index in program.outputs} if tensors else set()
    return json.dumps(
        {
            "name": program.name,
            "arch": program.arch,
            "chip": chip["name"],
            "grid": chip["grid"],
            "kernels": [_kernel(kernel, i) for i, kernel in enumerate(program.kernels)],
            "cbs": [
                {
                    "total_size": cb.total_size,
                    "cores": _ranges(cb.core_ranges),
                    "formats": [
                        {"index": f.buffer_index, "format": f.data_format, "page_size": f.page_size}
                        for f in cb.format_descriptors
                    ],
                }
                for cb in program.cbs
            ],
            "semaphores": [
                {"id": s.id, "cores": _ranges(s.core_ranges), "initial_value": s.initial_value}
                for s in program.semaphores
            ],
            "tensors": [
                {
                    "name": f"tensor{i}",
                    "dtype": str(tensor.dtype).removeprefix("torch."),
                    "shape": list(tensor.shape),
                    "layout": program.layouts[i] if i < len(program.layouts) else "tile",
                    "access": "inout" if i in outputs else "in",
                }
                | (_shards(program.shards[i]) if i in program.shards else {})
                for i, tensor in enumerate(tensors)
            ],
        }
    )


def run(program: Program, tensors: Sequence[Any], numerics: str = "fast", mode: str | None = None) -> dict[str, Any]:
    """Runs ``program`` with torch CPU tensors, on the emulated chip, with ``mode="check"`` under all of its checks, or
    with ``mode="ttnn"`` on the device that ttnn opens; outputs are written in place. ``mode``: see the target.

    Returns the report (``cycles``, ``microseconds``, ...). Raises ``EmulatorError`` where a kernel breaks a rule of the
    chip, ``ValueError`` where the program or a tensor does not fit.
    """
    return json.loads(
        str(function("runtime.run_description")(describe(program, tensors), mode or default_mode(), numerics, *tensors))
    )
