"""Finds the kernel that a user means in a Python file.

The file is executed up to the first use of a kernel at module level (a script that goes on to make GPU tensors and to
run is not run); that use also tells the arguments, where the caller gives none.
"""

from __future__ import annotations

import contextlib
import inspect
import sys
from collections.abc import Iterator
from pathlib import Path
from types import ModuleType
from typing import Any

import click


class _FirstUse(BaseException):
    """Ends the execution of a file at the first use of a kernel. No `except Exception` of the script catches it."""

    def __init__(self, kernel: Any, args: tuple = (), kwargs: dict[str, Any] | None = None):
        super().__init__("first use of a kernel")
        self.kernel, self.args_given, self.kwargs_given = kernel, args, kwargs or {}


@contextlib.contextmanager
def _stop_at_first_use() -> Iterator[None]:
    import tilelang
    from tilelang.jit import JITImpl

    def use(self: Any, *args: Any, **kwargs: Any) -> None:
        raise _FirstUse(self, args, kwargs)

    def compile_primfunc(func: Any, *_: Any, **__: Any) -> None:
        raise _FirstUse(func)

    old = JITImpl.compile, JITImpl.__call__, tilelang.compile
    JITImpl.compile, JITImpl.__call__, tilelang.compile = use, use, compile_primfunc
    try:
        yield
    finally:
        JITImpl.compile, JITImpl.__call__, tilelang.compile = old


def _execute(path: Path) -> tuple[dict[str, Any], _FirstUse | None]:
    module = ModuleType(path.stem)
    module.__file__ = str(path.resolve())
    code = compile(path.read_text(), module.__file__, "exec")
    sys.modules.setdefault(path.stem, module)
    sys.path.insert(0, str(path.resolve().parent))
    use = None
    try:
        with _stop_at_first_use():
            exec(code, module.__dict__)
    except _FirstUse as reached:
        use = reached
    finally:
        sys.path.pop(0)
    return module.__dict__, use


def _candidates(namespace: dict[str, Any]) -> dict[str, Any]:
    from tilelang.autotuner.tuner import AutoTuneImpl
    from tilelang.jit import JITImpl
    from tilelang.language.eager import PrimFunc

    return {
        name: value
        for name, value in namespace.items()
        if isinstance(value, (JITImpl, AutoTuneImpl, PrimFunc)) and not name.startswith("_")
    }


def _signature(name: str, value: Any) -> str:
    value = getattr(value, "jit_impl", value)
    signature = getattr(value, "signature", None)
    if signature is None and callable(value):
        with contextlib.suppress(ValueError, TypeError):
            signature = inspect.signature(value)
    return f"{name}{signature or ''}"


def kernel_names(path: Path) -> list[str]:
    """The kernels that stand in a file under names of their own, in its order."""
    namespace, _ = _execute(path)
    return list(_candidates(namespace))


class KernelSource:
    """Kernel ``name`` of a file (the only one of the file when None), which is executed once.

    Raises click.UsageError that lists the candidates where the file has none or several.
    """

    def __init__(self, path: Path, name: str | None):
        namespace, self._use = _execute(path)
        candidates = _candidates(namespace)
        listing = "\n".join(f"  {path}:{_signature(key, value)}" for key, value in candidates.items())
        if name is not None:
            if name not in namespace or not (name in candidates or callable(namespace[name])):
                raise click.UsageError(f"{path} has no kernel {name}" + (f"; it has\n{listing}" if listing else ""))
            kernel = namespace[name]
        elif len(candidates) == 1:
            name, kernel = next(iter(candidates.items()))
        elif not candidates and self._use is not None:
            name, kernel = "kernel", self._use.kernel
        elif not candidates:
            raise click.UsageError(
                f"{path} has no @tilelang.jit function and no T.prim_func; name a factory: {path}:NAME"
            )
        else:
            raise click.UsageError(f"{path} has several kernels; name one:\n{listing}")
        self._path, self._name, self._kernel = path, name, kernel

    def configs(self, arguments: dict[str, Any]) -> list[dict[str, Any]] | None:
        """What ``@tilelang.autotune`` of the kernel lists, if it has that; its keys are arguments of the kernel."""
        from tilelang.autotuner.tuner import AutoTuneImpl

        if not isinstance(self._kernel, AutoTuneImpl):
            return None
        configs = self._kernel.configs
        return list(configs(**arguments) if callable(configs) else configs)

    def build(self, arguments: dict[str, Any]) -> Any:
        """The PrimFunc built with ``arguments``; click.UsageError with its signature where they do not fit."""
        from tilelang.autotuner.tuner import AutoTuneImpl
        from tilelang.jit import JITImpl
        from tilelang.language.eager import PrimFunc

        kernel = self._kernel.jit_impl if isinstance(self._kernel, AutoTuneImpl) else self._kernel
        if isinstance(kernel, PrimFunc):
            return kernel
        args: tuple = ()
        if self._use is not None and self._use.kernel is kernel:
            # The script's own arguments; what the caller sets takes their place.
            args, arguments = _merge(kernel, self._use, arguments)
        try:
            if isinstance(kernel, JITImpl):
                return kernel.get_tir(*args, **arguments)
            result = kernel(*args, **arguments)
        except TypeError as error:
            hint = "give its arguments with --set NAME=VALUE"
            raise click.UsageError(f"{_signature(str(self._name), kernel)}: {error}; {hint}") from None
        if isinstance(result, JITImpl):
            return result.get_tir()
        if not isinstance(result, PrimFunc):
            raise click.UsageError(f"{self._path}:{self._name} returned {type(result).__name__}, not a T.prim_func")
        return result


def find_kernel(path: Path, name: str | None, arguments: dict[str, Any]) -> Any:
    """The PrimFunc of kernel ``name`` of a file, built with ``arguments``; raises as ``KernelSource`` does."""
    return KernelSource(path, name).build(arguments)


def _merge(kernel: Any, use: _FirstUse, arguments: dict[str, Any]) -> tuple[tuple, dict[str, Any]]:
    positional = dict(zip(kernel.signature.parameters, use.args_given, strict=False))
    if set(arguments) & set(positional):
        return (), {**positional, **use.kwargs_given, **arguments}
    return use.args_given, {**use.kwargs_given, **arguments}
