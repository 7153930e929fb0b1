"""Loads the C++ libraries and checks that they fit the TileLang and tvm-ffi beside them."""

from __future__ import annotations

import ctypes
import functools
import hashlib
from importlib import metadata
from pathlib import Path

from .versions import BUILT_AGAINST, LIBRARIES, VERSION

LIBRARY_DIR = Path(__file__).with_name("lib")
DEVICE_DIR = Path(__file__).with_name("device")


def _check_versions() -> None:
    for package, expected in BUILT_AGAINST.items():
        try:
            found = metadata.version(package).partition("+")[0]
        except metadata.PackageNotFoundError:
            raise ImportError(
                f"tilelang_tenstorrent {VERSION} needs {package} {expected}; pip install {package}=={expected}"
            ) from None
        if found != expected:
            raise ImportError(
                f"tilelang_tenstorrent {VERSION} was built against {package} {expected}, but {found} is installed; "
                f"pip install {package}=={expected}"
            )


class BackendMissing(ImportError, ValueError):
    """The C++ part that target ``tenstorrent`` consists of is not there."""


def _load() -> None:
    for name in LIBRARIES:
        path = LIBRARY_DIR / f"lib{name}.so"
        if not path.exists():
            raise BackendMissing(
                "Tenstorrent backend requires TileLang to be built with TL_TT_BACKEND enabled, as the C++ part of "
                f"tilelang_tenstorrent: {path} is missing; run `make build` in the source tree, or install the wheel"
            )
        ctypes.CDLL(str(path))


@functools.cache
def build_id() -> str:
    """Identifies the compiler that is loaded: TileLang's disk cache is keyed by it, beside TileLang's own version."""
    digest = hashlib.sha256(VERSION.encode())
    for name in ("tltt_program", "tltt_compiler", "tltt_runtime"):
        digest.update((LIBRARY_DIR / f"lib{name}.so").read_bytes())
    return f"{VERSION}-{digest.hexdigest()[:12]}"


_check_versions()
import tilelang  # noqa: E402, F401  (first: it loads TVM's libraries, which ours link against)

_load()

import tvm_ffi  # noqa: E402


def function(name: str):
    """The registered C++ function ``tltt.<name>``."""
    return tvm_ffi.get_global_func("tltt." + name)


if (abi := str(function("runtime.version")())) != VERSION:
    raise ImportError(f"the C++ libraries are of version {abi}, the Python package of {VERSION}; run `make build`")
