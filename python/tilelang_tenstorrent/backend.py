"""The manifest that registers target ``tenstorrent`` with TileLang.

The pipeline runs the whole compiler on the tile-level IR and leaves, in place of the kernel, a function that carries
the finished runtime module; "device codegen" hands that module out, and "host codegen" wraps it into a host module that
forwards ``main``. No C compiler is needed on this path: kernels are built when they are first run.
"""

from __future__ import annotations

import tilelang.cuda.debug
import tvm_ffi
from tilelang import tvm
from tilelang.backend.device_codegen import DeviceCodegen
from tilelang.backend.execution_backend import ExecutionBackendSpec
from tilelang.backend.host_codegen import HostCodegen
from tilelang.backend.module import BackendModule, register_backend
from tilelang.backend.pass_pipeline import PassPipeline
from tilelang.backend.target import register_target_normalizer
from tilelang.language.eager.builder import Builder
from tvm import IRModule, tirx
from tvm.ir import CallingConv
from tvm.target import Target

from ._native import function
from .errors import EmulatorError
from .target import KIND, normalize_target

MODULE_ATTR = "tltt.module"

_module = function("compiler.module")
_host = function("runtime.host")


def _lower(mod: IRModule, target: Target) -> IRModule:
    mod = tirx.transform.BindTarget(target)(mod)  # TileLang's device passes ask the stub below for it
    module = _module(mod, target)
    launch = int(CallingConv.DEVICE_KERNEL_LAUNCH)
    return tvm.IRModule(
        {
            var: func.with_body(tirx.Evaluate(0)).with_attr("calling_conv", launch).with_attr(MODULE_ATTR, module)
            for var, func in mod.functions_items()
        }
    )


def _device_codegen(mod: IRModule, target: Target):
    functions = [func for _, func in mod.functions_items()]
    if len(functions) != 1:
        raise ValueError(f"target {KIND} compiles one kernel at a time, got {len(functions)}")
    return functions[0].attrs[MODULE_ATTR]


def _host_codegen(mod: IRModule, target_host: Target):
    return _host()


# T.device_assert leaves no trace where TileLang sees no CUDA device at import; this target has one of its own.
tilelang.cuda.debug._IS_CUDA_AVAILABLE = True


def _keep_users_lines() -> None:
    """Statements of TileLang's own macros (T.reduce, T.cumsum ...) get the line that calls them.

    TileLang gives them the macro's, which tells a user nothing and is the same for every call.
    """
    place = Builder.set_fileline

    def set_fileline(self: Builder, filename: str, lineno: int, name: str) -> None:
        if self.macro_fileline_stack and _OWN_LANGUAGE in filename:
            filename, lineno, name = self.macro_fileline_stack[-1]
        place(self, filename, lineno, name)

    Builder.set_fileline = set_fileline


_OWN_LANGUAGE = "/tilelang/language/"
_keep_users_lines()

register_target_normalizer(KIND, normalize_target)
tvm_ffi.register_error("EmulatorError", EmulatorError)

BACKEND = register_backend(
    BackendModule(
        name=KIND,
        target_kinds=(KIND,),
        pipelines={KIND: PassPipeline(KIND, _lower)},
        device_codegens={KIND: DeviceCodegen(KIND, build=_device_codegen, build_without_compile=_device_codegen)},
        host_codegens={name: HostCodegen(name, _host_codegen) for name in ("c", "llvm")},
        execution_backends=(ExecutionBackendSpec("tvm_ffi", enable_host_codegen=True, enable_device_compile=True),),
    )
)
