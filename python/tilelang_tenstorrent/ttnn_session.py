"""A Tenstorrent device through ``ttnn.generic_op``: programs in the form of tt.plan.json, tensors as device pages.

Runs wherever ``ttnn`` imports (CPython 3.10 or 3.12), needs nothing else of this package, and so is also the script of
the runner process that ``ttnn_runner`` starts with another Python: ``ttnn_session.py FD`` answers requests on FD.

A tensor of any dtype is, here, its pages: they go to the device as rows of a row-major uint32 tensor, interleaved over
the banks, which puts them where kernels' TensorAccessors look for them. Tilizing is the caller's.
"""

from __future__ import annotations

import hashlib
import json
import os
import socket
import struct
import sys
import tempfile
import time
import traceback
from collections.abc import Callable
from pathlib import Path
from typing import Any

# tt::DataFormat as the plan spells it -> the ttnn.DataType with which ttnn's Python makes a circular buffer.
_DATA_TYPES = {
    "Float16_b": "bfloat16",
    "Float32": "float32",
    "Bfp8_b": "bfloat8_b",
    "Bfp4_b": "bfloat4_b",
    "Int32": "int32",
    "UInt32": "uint32",
    "UInt16": "uint16",
    "UInt8": "uint8",
    "Int8": "int8",
}
_CIRCULAR_BUFFERS = 64  # entries of unpack_to_dest_mode: the most that a chip has


class Session:
    """An open device, one at a time in a process: TT-Metalium chooses its backend once."""

    def __init__(self, device_id: int = 0) -> None:
        import ttnn

        self._ttnn = ttnn
        self._device = ttnn.open_device(device_id=device_id)

    def close(self) -> None:
        self._ttnn.close_device(self._device)

    def describe(self) -> dict[str, Any]:
        """``arch`` as plans spell it, ``grid`` of worker cores, ``simulator`` (or "")."""
        grid = self._device.compute_with_storage_grid_size()
        return {
            "arch": str(self._device.arch()).rpartition(".")[2].lower(),
            "grid": [grid.x, grid.y],
            "simulator": os.environ.get("TT_METAL_SIMULATOR", ""),
        }

    def run(self, program: dict[str, Any], sources: dict[str, str], pages: list[bytes]) -> tuple[dict, list[bytes]]:
        """Runs ``program`` (the plan's entry of that name) on tensors given as pages, all of them, outputs too.

        Returns the report and the pages of those that the program writes, in order. ValueError where the program does
        not fit the device; what TT-Metalium raises passes through.
        """
        ttnn = self._ttnn
        self._check(program)
        tensors = [self._upload(tensor, data) for tensor, data in zip(program["tensors"], pages, strict=True)]
        descriptor = ttnn.ProgramDescriptor(
            kernels=[self._kernel(program, kernel, sources, tensors) for kernel in program["kernels"]],
            semaphores=[
                ttnn.SemaphoreDescriptor(
                    id=entry["id"], core_ranges=self._cores(entry["cores"]), initial_value=entry["initial_value"]
                )
                for entry in program["semaphores"]
            ],
            cbs=[self._circular_buffer(entry) for entry in program["circular_buffers"]],
        )
        began = time.monotonic()
        ttnn.generic_op(tensors, descriptor)
        ttnn.synchronize_device(self._device)
        report = {**self.describe(), "run_seconds": time.monotonic() - began}
        written = [
            tensor.cpu().to_numpy().tobytes()
            for entry, tensor in zip(program["tensors"], tensors, strict=True)
            if entry["access"] != "in"
        ]
        for tensor in tensors:
            ttnn.deallocate(tensor)
        return report, written

    def _check(self, program: dict[str, Any]) -> None:
        device = self.describe()
        if program["arch"] != device["arch"]:
            raise ValueError(f"the program is for {program['arch']}, the device is a {device['arch']}")
        for kernel in program["kernels"]:
            for cores in kernel["cores"]:
                end = [start + extent for start, extent in zip(cores["start"], cores["extent"], strict=True)]
                if end[0] > device["grid"][0] or end[1] > device["grid"][1]:
                    raise ValueError(
                        f"kernel {kernel['name']} runs on cores up to ({end[0] - 1}, {end[1] - 1}), the device has "
                        f"{device['grid'][0]}x{device['grid'][1]}; compile with a smaller core_grid"
                    )
        for tensor in program["tensors"]:
            if tensor.get("shards"):
                raise ValueError(f"tensor {tensor['name']} is sharded: mode=ttnn takes interleaved tensors")
        for buffer in program["circular_buffers"]:
            if buffer.get("tensor") is not None:
                raise ValueError(f"circular buffer {buffer['name']} lies on a tensor's shard: not in mode=ttnn")

    def _upload(self, tensor: dict[str, Any], data: bytes) -> Any:
        import numpy

        ttnn = self._ttnn
        words = numpy.frombuffer(bytearray(data), dtype=numpy.uint32).reshape(-1, tensor["page_size"] // 4)
        memory = ttnn.DRAM_MEMORY_CONFIG if tensor["memory"] == "DRAM" else ttnn.L1_MEMORY_CONFIG
        uploaded = ttnn.Tensor(words, ttnn.uint32).to(self._device, memory)
        if uploaded.buffer_page_size() != tensor["page_size"] or uploaded.buffer_num_pages() != len(words):
            raise ValueError(
                f"tensor {tensor['name']}: {len(words)} pages of {tensor['page_size']} bytes became "
                f"{uploaded.buffer_num_pages()} of {uploaded.buffer_page_size()} on the device"
            )
        return uploaded

    def _cores(self, ranges: list[dict[str, Any]]) -> Any:
        ttnn = self._ttnn
        return ttnn.CoreRangeSet(
            [
                ttnn.CoreRange(
                    ttnn.CoreCoord(*entry["start"]),
                    ttnn.CoreCoord(
                        entry["start"][0] + entry["extent"][0] - 1, entry["start"][1] + entry["extent"][1] - 1
                    ),
                )
                for entry in ranges
            ]
        )

    def _circular_buffer(self, entry: dict[str, Any]) -> Any:
        ttnn = self._ttnn
        for slot in entry["formats"]:
            if slot["format"] not in _DATA_TYPES:
                raise ValueError(
                    f"circular buffer {entry['name']} has format {slot['format']}, which ttnn's Python interface can't "
                    "make; use bfloat16 or float32, or build main.cpp against the TT-Metalium SDK"
                )
        return ttnn.CBDescriptor(
            total_size=entry["total_size"],
            core_ranges=self._cores(entry["cores"]),
            format_descriptors=[
                ttnn.CBFormatDescriptor(
                    buffer_index=slot["index"],
                    data_format=getattr(ttnn, _DATA_TYPES[slot["format"]]),
                    page_size=slot["page_size"],
                )
                for slot in entry["formats"]
            ],
        )

    def _kernel(self, program: dict[str, Any], kernel: dict[str, Any], sources: dict[str, str], tensors: list) -> Any:
        ttnn = self._ttnn
        compile_args = list(kernel["compile_time_args"])
        accessors = [
            ttnn.TensorAccessorArgs(tensors[index]).get_compile_time_args() for index in kernel.get("accessors", [])
        ]
        genuine = [int(word) for words in accessors for word in words]
        compile_args[: len(genuine)] = genuine
        rows = _runtime_rows(program, kernel, [tensor.buffer_address() for tensor in tensors], self._on_noc)
        runtime_args = ttnn.RuntimeArgs()
        for (x, y), row in rows.items():
            runtime_args[x][y] = row
        return ttnn.KernelDescriptor(
            kernel_source=str(self._source(kernel["path"], sources[kernel["path"]])),
            core_ranges=self._cores(kernel["cores"]),
            compile_time_args=compile_args,
            named_compile_time_args=list(kernel["named_compile_time_args"].items()),
            defines=list(kernel["defines"].items()),
            runtime_args=runtime_args,
            common_runtime_args=kernel["common_args"],
            config=self._config(kernel),
        )

    def _on_noc(self, x: int, y: int) -> tuple[int, int]:
        """Where the worker core of logical coordinates (x, y) lies on the NoC."""
        core = self._device.worker_core_from_logical_core(self._ttnn.CoreCoord(x, y))
        return core.x, core.y

    def _source(self, name: str, text: str) -> Path:
        """The kernel's file. The JIT's cache goes by the path: the folder is named for the content, and stays."""
        folder = _cache_folder() / hashlib.sha256(text.encode()).hexdigest()[:32]
        file = folder / Path(name).name
        if not file.exists():
            folder.mkdir(parents=True, exist_ok=True)
            with tempfile.NamedTemporaryFile("w", dir=folder, delete=False) as whole:
                whole.write(text)
            os.replace(whole.name, file)
        return file

    def _config(self, kernel: dict[str, Any]) -> Any:
        ttnn = self._ttnn
        if kernel["role"] == "reader":
            return ttnn.ReaderConfigDescriptor()
        if kernel["role"] == "writer":
            return ttnn.WriterConfigDescriptor()
        compute = kernel["compute"]
        config = ttnn.ComputeConfigDescriptor(
            math_fidelity=getattr(ttnn.MathFidelity, compute["math_fidelity"]),
            fp32_dest_acc_en=compute["fp32_dest_acc_en"],
            dst_full_sync_en=compute["dst_full_sync_en"],
            math_approx_mode=compute["math_approx_mode"],
        )
        modes = [ttnn.UnpackToDestMode.Default] * _CIRCULAR_BUFFERS
        for index in compute["unpack_to_dest_fp32"]:
            modes[index] = ttnn.UnpackToDestMode.UnpackToDestFp32
        config.unpack_to_dest_mode = modes
        return config


def _cache_folder() -> Path:
    """Where kernels' sources are kept: beside what the JIT has built of them, where that has a place of its own."""
    if named := os.environ.get("TT_METAL_CACHE"):
        return Path(named) / "tltt-sources"
    return Path(os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache") / "tilelang_tenstorrent" / "ttnn-sources"


def _runtime_rows(program: dict[str, Any], kernel: dict[str, Any], addresses: list[int], on_noc: Callable) -> dict:
    """Core (x, y) -> its runtime arguments, as program.h has it: ``args`` resolved in order, or else the row."""
    table = program["core_args"][kernel["core_args"]] if kernel.get("core_args") is not None else {}
    rows = {}
    for cores in kernel["cores"]:
        (x0, y0), (columns, lines) = cores["start"], cores["extent"]
        for x in range(x0, x0 + columns):
            for y in range(y0, y0 + lines):
                own = table.get(f"({x},{y})", [])
                rows[x, y] = [_resolve(argument, addresses, own, on_noc) for argument in kernel["args"]] or own
    return rows


def _resolve(argument: dict[str, Any], addresses: list[int], row: list[int], on_noc: Callable) -> int:
    kind, value = argument["kind"], argument["value"]
    if kind == "tensor_address":
        return addresses[value]
    if kind == "common":
        return value
    if kind == "per_core":
        return row[value]
    if kind in ("noc_x", "noc_y"):  # of the core whose logical coordinates stand in the row from `value` on
        return on_noc(row[value], row[value + 1])[kind == "noc_y"]
    raise ValueError(f"runtime argument {argument['name']} is of the unknown kind {kind}")


# --- the wire between the runner process and its client: a JSON header, then blobs whose sizes it names ---


def send(channel: socket.socket, message: dict[str, Any], blobs: list[bytes] | tuple = ()) -> None:
    header = json.dumps({**message, "blobs": [len(blob) for blob in blobs]}).encode()
    channel.sendall(struct.pack("<Q", len(header)) + header)
    for blob in blobs:
        channel.sendall(blob)


def receive(channel: socket.socket) -> tuple[dict[str, Any], list[bytes]]:
    """EOFError when the other side is gone; TimeoutError as the socket's time limit says."""

    def exactly(count: int) -> bytes:
        data = bytearray()
        while len(data) < count:
            part = channel.recv(min(count - len(data), 1 << 20))
            if not part:
                raise EOFError
            data += part
        return bytes(data)

    header = json.loads(exactly(struct.unpack("<Q", exactly(8))[0]))
    return header, [exactly(size) for size in header.pop("blobs")]


def _serve(channel: socket.socket) -> None:
    session = None
    while True:
        try:
            request, pages = receive(channel)
        except EOFError:  # the client has ended
            break
        try:
            if session is None:
                session = Session()
            if request["command"] == "run":
                report, written = session.run(request["program"], request["sources"], pages)
                send(channel, {"report": report}, written)
            else:
                send(channel, {"report": session.describe()})
        except Exception as error:
            traceback.print_exc()
            send(channel, {"error": str(error), "type": type(error).__name__})
    if session is not None:
        session.close()


if __name__ == "__main__":
    _serve(socket.socket(fileno=int(sys.argv[1])))
