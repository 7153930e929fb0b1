"""Writes docs/diagnostics.md from the list of diagnostics."""

from pathlib import Path

from tilelang_tenstorrent.diagnostics import markdown

if __name__ == "__main__":
    (Path(__file__).parents[1] / "docs/diagnostics.md").write_text(markdown())
