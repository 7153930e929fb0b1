"""The compiler as a function: a TileLang PrimFunc to six files, with the IR after each pass on request; and a lower
bound of its time.
"""

from __future__ import annotations

from typing import Any

from tvm.target import Target

from ._native import function


def compile_function(
    func: Any,
    target: Target,
    dumps: list[tuple[str, str]] | None = None,
    pass_configs: dict[str, Any] | None = None,
    sizes: dict[str, Any] | None = None,
) -> dict[str, str]:
    """``func`` compiled for ``target``: file name -> text. ``dumps`` receives
    ("NN_pass", IR text) of the input, which is "00_initial", and of every pass. ``sizes`` are values of sizes and
    scalar parameters that ``func`` leaves open.

    Raises ValueError with the line of the kernel where it cannot be compiled.
    """
    from tilelang import tvm
    from tilelang.engine.semantic_check import PreLowerSemanticCheck
    from tilelang.errors import enrich_error

    if sizes:
        func = function("compiler.bind_sizes")(func, sizes)
    mod = tvm.IRModule({func.attrs["global_symbol"]: func})
    try:
        with tvm.transform.PassContext(opt_level=3, config=pass_configs or {}), target:
            PreLowerSemanticCheck(mod)
            if dumps is None:
                files = function("compiler.compile")(mod, target)
            else:

                def on_pass(index: int, name: str, after: Any) -> None:
                    dumps.append((f"{int(index):02d}_{name}", after.script()))

                files = function("compiler.compile_with_dumps")(mod, target, on_pass)
    except Exception as error:
        enrich_error(error)
        raise
    return {str(name): str(text) for name, text in files.items()}


def validate_module_for_tt(mod: Any) -> list[str]:
    """What of an IRModule cannot be compiled at all: no functions, tensors whose dtype no chip has. Empty when nothing
    stands against it; what a kernel does with its tensors is checked when it is compiled."""
    return [str(problem) for problem in function("compiler.validate_module")(mod)]


def lower_bound(func: Any, target: Target) -> float:
    """Cycles that ``func`` takes at least, without compiling all of it; ValueError as of ``compile_function``."""
    from tilelang import tvm

    mod = tvm.IRModule({func.attrs["global_symbol"]: func})
    with tvm.transform.PassContext(opt_level=3), target:
        return float(function("compiler.lower_bound")(mod, target))
