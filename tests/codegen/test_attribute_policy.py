"""Attribute keys that passes exchange are written once, in compiler/src/ir/attrs.h."""

import re
from pathlib import Path

SRC = Path(__file__).parents[2] / "compiler" / "src"
REGISTRY = SRC / "ir" / "attrs.h"
KEYS = dict(re.findall(r'constexpr char (\w+)\[\] = "([^"]+)";', REGISTRY.read_text()))


def sources():
    return sorted(p for p in SRC.rglob("*") if p.suffix in (".cc", ".h") and p != REGISTRY)


def literals(path):
    """(line number, text) of the string literals outside of comments."""
    for number, line in enumerate(path.read_text().splitlines(), 1):
        code = re.sub(r"(^|\s)//.*", "", line)
        for text in re.findall(r'"((?:[^"\\]|\\.)*)"', code):
            yield number, text


def test_registry_is_read():
    assert len(KEYS) > 20 and len(set(KEYS.values())) == len(KEYS)


def test_no_key_is_spelled_out_elsewhere():
    keys = {k for k in KEYS.values() if k.startswith("tt.")}
    prefixes = tuple(k for k in keys if k.endswith("."))
    found = [
        f"{path.relative_to(SRC)}:{number}: {text}"
        for path in sources()
        for number, text in literals(path)
        if text in keys or text.startswith(prefixes)
    ]
    assert not found, "use attr::k... of ir/attrs.h"


def test_other_literals_that_start_with_tt_are_operations():
    """What is no key is an operation of ir/ops.cc, or the beginning or a family of operations."""
    ops = {text for _, text in literals(SRC / "ir" / "ops.cc") if text.startswith("tt.")}
    unknown = [
        f"{path.relative_to(SRC)}:{number}: {text}"
        for path in sources()
        for number, text in literals(path)
        if re.fullmatch(r"tt\.[a-z_0-9.]*", text) and not any(op.startswith(text) for op in ops)
    ]
    assert not unknown
