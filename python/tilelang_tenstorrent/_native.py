"""Loads the C++ libraries and checks that they fit the TileLang and tvm-ffi beside them."""

from __future__ import annotations

import ctypes
import functools
import hashlib
from importlib import metadata
from pathlib import Path

VERSION = "0.1.0"
LIBRARY_DIR = Path(__file__).with_name("lib")
DEVICE_DIR = Path(__file__).with_name("device")

# The C++ headers of these packages were compiled in: another version may differ in layout and crash.
_BUILT_AGAINST = {"tilelang": "0.1.15", "apache-tvm-ffi": "0.1.11"}
_LIBRARIES = ("tltt_program", "tltt_emulator", "tltt_compiler", "tltt_runtime")


def _check_versions() -> None:
    for package, expected in _BUILT_AGAINST.items():
        found = metadata.version(package).partition("+")[0]
        if found != expected:
            raise ImportError(
                f"tilelang_tenstorrent {VERSION} was built against {package} {expected}, but {found} is installed; "
                f"pip install {package}=={expected}"
            )


def _load() -> None:
    for name in _LIBRARIES:
        path = LIBRARY_DIR / f"lib{name}.so"
        if not path.exists():
            raise ImportError(f"{path} is missing: the C++ part is not built; run `make build` in the source tree")
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
