"""How TT-Metalium compiles kernels for the five processors of a core, with a stock RISC-V GCC."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

_HERE = Path(__file__).parent

# tt::DataFormat's numbers, bytes of a 32x32 tile, and whether DST holds it as a float.
_FORMATS = {
    "Float32": (0, 4096, True),
    "Float16": (1, 2048, True),
    "Bfp8": (2, 1088, True),
    "Bfp4": (3, 576, True),
    "Float16_b": (5, 2048, True),
    "Bfp8_b": (6, 1088, True),
    "Bfp4_b": (7, 576, True),
    "Int32": (8, 4096, False),
    "UInt16": (9, 2048, False),
    "Int8": (14, 1024, False),
    "UInt32": (24, 4096, False),
    "UInt8": (30, 1024, False),
}
_TF32, _NONE = 4, 255
_FIDELITY = {"LoFi": 0, "HiFi2": 2, "HiFi3": 3, "HiFi4": 4}


@dataclass(frozen=True)
class Arch:
    name: str
    family: str
    march: str
    tensix: str
    circular_buffers: int
    defines: tuple[str, ...]


ARCHITECTURES = {
    "wormhole_b0": Arch(
        "wormhole_b0", "wormhole", "rv32im", "wh", 32,
        ("ARCH_WORMHOLE", "NUM_DRAM_BANKS=12", "IS_NOT_POW2_NUM_DRAM_BANKS=1",
         "NUM_L1_BANKS=64", "LOG_BASE_2_OF_NUM_L1_BANKS=6"),
    ),
    "blackhole": Arch(
        "blackhole", "blackhole", "rv32ima_zicsr_zba_zbb", "bh", 64,
        ("ARCH_BLACKHOLE", "NUM_DRAM_BANKS=8", "LOG_BASE_2_OF_NUM_DRAM_BANKS=3",
         "NUM_L1_BANKS=130", "IS_NOT_POW2_NUM_L1_BANKS=1"),
    ),
}  # fmt: skip


@dataclass(frozen=True)
class Job:
    """One build: a kernel for one processor. ``files`` are what the JIT would generate beside it."""

    kernel: Path
    role: str
    processor: str  # NCRISC, BRISC, UNPACK, MATH, PACK
    source: str  # of the firmware, which includes the kernel
    defines: tuple[str, ...]
    compile_args: tuple[int, ...]
    named_args: Mapping[str, int]
    circular_buffers: Mapping[int, str] = field(default_factory=dict)
    compute: Mapping[str, Any] = field(default_factory=dict)

    @property
    def files(self) -> dict[str, str]:
        files = {"kernel_defines.h": self._kernel_defines(), "chlkc_descriptors.h": self._descriptors()}
        kernel = f'#include "kernel_defines.h"\nvoid kernel_main();\n#include "{self.kernel}"\n'
        if self.role == "compute":
            files["defines_generated.h"] = "#pragma once\n#define NOC_MODE 0\n"
            lead = f'#define TRISC_{self.processor}\n#include "defines_generated.h"\n'
            files[f"chlkc_{self.processor.lower()}.cpp"] = lead + kernel
        else:
            files["kernel_includes.hpp"] = kernel
        return files

    def _kernel_defines(self) -> str:
        lines = ["#pragma once"]
        for define in self.defines:
            name, _, value = define.partition("=")
            lines.append(f"#define {name} {value}")
        return "\n".join(lines) + "\n"

    def _descriptors(self) -> str:
        """The circular buffers' formats as constexpr arrays: the part of a kernel's configuration that is code."""
        slots = range(max(ARCHITECTURES[name].circular_buffers for name in ARCHITECTURES))
        formats = {index: _FORMATS[name] for index, name in self.circular_buffers.items()}
        wide_dst = bool(self.compute.get("fp32_dest_acc_en"))
        to_dst = set(self.compute.get("unpack_to_dest_fp32", ()))

        def source_register(index: int) -> int:
            number = formats[index][0]
            if number != 0:
                return number
            if index in to_dst:
                return 0
            return _TF32 if wide_dst else 5

        def destination(index: int) -> int:
            number, _, is_float = formats[index]
            if wide_dst and is_float:
                return 0
            return 5 if number == 0 else number

        def array(kind: str, name: str, values: Iterator[int]) -> str:
            return f"constexpr {kind} {name}[{len(slots)}] = {{{', '.join(map(str, values))}}};\n"

        def per_buffer(kind: str, name: str, value: Any, missing: int) -> str:
            return array(kind, name, (value(i) if i in formats else missing for i in slots))

        def shape(prefix: str) -> str:
            constants = {
                "tile_num_faces": 4, "num_faces_r_dim": 2, "num_faces_c_dim": 2, "partial_face": 0,
                "tile_face_r_dim": 16,
                "narrow_tile": 0, "tile_r_dim": 32, "tile_c_dim": 32,
            }  # fmt: skip
            text = "".join(array("uint8_t", f"{prefix}_{name}", (v for _ in slots)) for name, v in constants.items())
            return text + per_buffer("uint16_t", f"{prefix}_tile_size", lambda i: formats[i][1], 0)

        def memory(i: int) -> int:
            return formats[i][0]

        unpack_src = per_buffer("uint8_t", "unpack_src_format", memory, _NONE)
        unpack = unpack_src + per_buffer("uint8_t", "unpack_dst_format", source_register, _NONE) + shape("unpack")
        if self.role != "compute":
            return "#pragma once\n" + unpack
        pack = per_buffer("uint8_t", "pack_src_format", destination, _NONE)
        pack += per_buffer("uint8_t", "pack_dst_format", memory, _NONE) + shape("pack")
        text = '#pragma once\n#include "llk_defs.h"\n'
        if self.processor != "UNPACK":
            fidelity = _FIDELITY[self.compute.get("math_fidelity", "HiFi4")]
            text += f"constexpr ckernel::MathFidelity MATH_FIDELITY = static_cast<ckernel::MathFidelity>({fidelity});\n"
            text += f"constexpr bool APPROX = {_bool(self.compute.get('math_approx_mode'))};\n"
        text += pack + unpack_src if self.processor == "PACK" else unpack
        text += f"constexpr bool DST_ACCUM_MODE = {_bool(wide_dst)};\n"
        sync = "SyncFull" if self.compute.get("dst_full_sync_en") else "SyncHalf"
        return text + f"#define DST_SYNC_MODE DstSync::{sync}\n"


def _bool(value: Any) -> str:
    return "true" if value else "false"


def jobs_of(program: Mapping[str, Any], folder: Path) -> Iterator[Job]:
    """Every build of a plan's program: one for each data-movement kernel, three for each compute kernel."""
    formats = {entry["index"]: entry["format"] for buffer in program["circular_buffers"] for entry in buffer["formats"]}
    for kernel in program["kernels"]:
        path = folder / kernel["path"]
        if not path.is_file():
            raise ValueError(f"{path} is missing, the source of kernel {kernel['name']}")
        common = {
            "kernel": path,
            "role": kernel["role"],
            "defines": tuple(f"{name}={value}" for name, value in kernel["defines"].items()),
            "compile_args": tuple(kernel["compile_time_args"]),
            "named_args": kernel["named_compile_time_args"],
            "circular_buffers": formats,
            "compute": kernel.get("compute", {}),
        }
        if kernel["role"] == "reader":
            yield Job(processor="NCRISC", source="ncrisck.cc", **common)
        elif kernel["role"] == "writer":
            yield Job(processor="BRISC", source="brisck.cc", **common)
        else:
            for processor in ("UNPACK", "MATH", "PACK"):
                yield Job(processor=processor, source="trisck.cc", **common)


_PROCESSOR_DEFINES = {
    "NCRISC": ("COMPILE_FOR_NCRISC", "PROCESSOR_INDEX=1", "NOC_INDEX=0", "NOC_MODE=0"),
    "BRISC": ("COMPILE_FOR_BRISC", "PROCESSOR_INDEX=0", "NOC_INDEX=1", "NOC_MODE=0"),
    "UNPACK": ("UCK_CHLKC_UNPACK", "COMPILE_FOR_TRISC=0", "PROCESSOR_INDEX=2"),
    "MATH": ("UCK_CHLKC_MATH", "COMPILE_FOR_TRISC=1", "PROCESSOR_INDEX=3"),
    "PACK": ("UCK_CHLKC_PACK", "COMPILE_FOR_TRISC=2", "PROCESSOR_INDEX=4"),
}


def command_of(job: Job, ttnn: Path, arch: Arch, work: Path, system: Sequence[Path], overlay: Path) -> list[str]:
    """The compiler's arguments up to the output: ``work`` holds the job's files, ``system`` the standard headers and
    ``overlay`` replacements of device headers at the same relative paths."""
    metal = ttnn / "tt_metal"
    internal = metal / "hw/inc/internal/tt-1xx"
    includes = [work, ttnn, ttnn / "ttnn", ttnn / "ttnn/cpp", metal / "hw/inc", metal / "tt-llk/common"]
    includes += [metal / "tt-llk/tools/include", metal / "hostdevcommon/api", metal / "api", _HERE / "include"]
    includes += [metal / f"hw/ckernels/{arch.name}/metal/{part}" for part in ("common", "llk_io")]
    includes += [internal, internal / arch.family, internal / arch.family / f"{arch.name}_defines"]
    includes += [internal / arch.family / "noc", metal / f"tt-llk/tt_llk_{arch.name}/common/inc"]
    includes += [metal / f"tt-llk/tt_llk_{arch.name}/llk_lib"]
    if job.role == "compute":
        includes += [metal / f"hw/ckernels/{arch.name}/metal/{part}" for part in ("llk_api", "llk_api/llk_sfpu")]
    firmware = metal / "hw/firmware/src/tt-1xx"
    includes += [firmware, job.kernel.parent]

    replaced = [overlay / path.relative_to(ttnn) for path in includes if path.is_relative_to(ttnn)]
    # A replaced header names its neighbours without a folder: theirs is searched last.
    neighbours = sorted(
        {ttnn / file.parent.relative_to(overlay) for file in overlay.rglob("*.h") if arch.name in str(file)}
    )
    includes = [path for path in replaced if path.is_dir()] + includes + neighbours

    defines = [*arch.defines, *_PROCESSOR_DEFINES[job.processor]]
    defines += [
        "PCIE_NOC_X=0",
        "PCIE_NOC_Y=3",
        "TENSIX_FIRMWARE",
        "LOCAL_MEM_EN=0",
        "ROUTING_FW_ENABLED",
        "KERNEL_BUILD",
    ]
    defines += ["PROGRAMMABLE_CORE_TYPE=0", "DISPATCH_MESSAGE_ADDR=4290183304u", 'FULL_KERNEL_NAME="kernel"']
    if job.compile_args:
        defines.append("KERNEL_COMPILE_TIME_ARGS=" + ",".join(map(str, job.compile_args)))
    if job.named_args:
        pairs = ",".join(f'{{"{name}",{value}}}' for name, value in job.named_args.items())
        defines.append(f"KERNEL_COMPILE_TIME_ARG_MAP={pairs}")

    flags = [f"-march={arch.march}", "-mabi=ilp32", "-O3" if job.role == "compute" else "-Os", "-std=gnu++20"]
    flags += ["-fno-exceptions", "-fno-rtti", "-fno-use-cxa-atexit", "-ffast-math", "-fmax-errors=10"]
    flags += ["-Wno-attributes", "-Wno-write-strings", "-Wno-deprecated-declarations", f"-Wa,{_HERE / 'ttinsn.s'}"]
    if job.role == "compute":
        flags.append(f"-D__riscv_xtttensix{arch.tensix}=1")
    flags += [f"-I{path}" for path in includes] + [f"-D{define}" for define in defines] + ["-nostdinc++"]
    for path in system:
        flags += ["-isystem", str(path)]
    return [*flags, str(firmware / job.source)]
