"""The command ``tltt``. Its help, and ``tltt doctor``, do without TileLang, whose import takes seconds or may fail."""

from __future__ import annotations

import sys
import types
from importlib.machinery import PathFinder

_PACKAGE = "tilelang_tenstorrent"
_HELP = {"-h", "--help"}


def _needs_tilelang(args: list[str]) -> bool:
    """Whether ``tltt ARGS`` may come to a kernel. What follows a script's name is the script's."""
    return bool(args) and args[0] not in {*_HELP, "doctor"} and not (len(args) == 2 and args[1] in _HELP)


def main() -> None:
    if not _needs_tilelang(sys.argv[1:]):
        spec = PathFinder.find_spec(_PACKAGE, sys.path)
        if spec is not None and spec.submodule_search_locations is not None:
            # The package's folder without its __init__, which imports TileLang and registers the target.
            package = types.ModuleType(_PACKAGE)
            package.__path__ = list(spec.submodule_search_locations)
            sys.modules[_PACKAGE] = package
    from tilelang_tenstorrent.cli import main as cli

    cli()


if __name__ == "__main__":
    main()
