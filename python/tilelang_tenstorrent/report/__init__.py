"""The profile as one HTML page: template, style and script of this folder with the data in it."""

from __future__ import annotations

import functools
import json
from pathlib import Path
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from jinja2 import Template

    from ..profile import Profile

_FOLDER = Path(__file__).parent


@functools.cache
def _template() -> Template:
    import jinja2

    loader = jinja2.FileSystemLoader(_FOLDER)
    return jinja2.Environment(loader=loader, autoescape=True, undefined=jinja2.StrictUndefined).get_template(
        "page.html"
    )


def render(profile: Profile) -> str:
    data: dict[str, Any] = {**profile.data, "sources": profile.sources}
    # Inside a script element only "<" could end it.
    text = json.dumps(data, separators=(",", ":")).replace("<", "\\u003c")
    return _template().render(
        profile=profile,
        data=text,
        style=(_FOLDER / "page.css").read_text(),
        script=(_FOLDER / "page.js").read_text(),
    )
