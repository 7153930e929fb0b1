"""Wrong kernels, made from right ones: every protocol call of an emitted source deleted, doubled, moved, or given a
wrong operand.

All mutants of a kernel stand in one source, each behind its number, and a common runtime argument chooses one: so one
build serves them all. Line numbers stay those of the emitted source.
"""

from __future__ import annotations

import re
from dataclasses import dataclass

MUTANT = "tltt_mutant"

_STATEMENT = re.compile(r"(\s*)([A-Za-z_]\w*)(<[^;()]*>)?\((.*)\);$")
_DECLARATION = re.compile(
    r"\s*const \w+ (\w+) = (get_arg_val<uint32_t>|get_semaphore|get_write_ptr|get_read_ptr)\((\w+)\);$"
)
_PROTOCOL = re.compile(
    r"cb_(reserve_back|push_back|wait_front|pop_front)|noc_\w+|tile_regs_\w+|pack_\w+|\w*_init\w*|\w+_uninit"
    r"|\w*reconfig\w*|compute_kernel_hw_startup"
)
_NEXT = {
    "tile_regs_acquire": "tile_regs_commit",
    "tile_regs_commit": "tile_regs_wait",
    "tile_regs_wait": "tile_regs_release",
    "tile_regs_release": "tile_regs_acquire",
    "noc_async_read_barrier": "noc_async_write_barrier",
    "noc_async_write_barrier": "noc_async_read_barrier",
    "noc_async_writes_flushed": "noc_async_read_barrier",
    "noc_async_atomic_barrier": "noc_async_read_barrier",
}


@dataclass(frozen=True)
class Mutant:
    number: int
    role: str
    line: int
    change: str  # "deleted", "doubled", "moved down", "moved up", or the wrong call
    call: str

    def __str__(self) -> str:
        return f"{self.role}.cpp:{self.line}: {self.call} {self.change}"


def _split(arguments: str) -> list[str]:
    """Arguments at the outermost level."""
    out, depth, start = [], 0, 0
    for i, c in enumerate(arguments):
        depth += (c in "(<[{") - (c in ")>]}")
        if c == "," and depth == 0:
            out.append(arguments[start:i].strip())
            start = i + 1
    last = arguments[start:].strip()
    return [*out, last] if last else out


def _other(name: str, names: list[str]) -> str | None:
    return next((n for n in names[names.index(name) + 1 :] + names if n != name), None) if name in names else None


def _wrong_operands(name: str, template: str, args: list[str], cbs: list[str], semaphores: list[str]) -> list[str]:
    """Calls with one wrong operand."""

    def call(position: int, value: str) -> str:
        return f"{name}{template}({', '.join([*args[:position], value, *args[position + 1 :]])});"

    out = []
    if name in _NEXT:
        out.append(f"{_NEXT[name]}();")
    for i, arg in enumerate(args):
        if (other := _other(arg, cbs)) is not None:
            out.append(call(i, other))
            break
    if name.startswith("cb_"):
        out.append(call(1, f"{args[1]} + 1"))
        if args[1] != "1":
            out.append(call(1, f"{args[1]} - 1"))
    elif name in ("noc_async_read_page", "noc_async_write_page"):
        out += [call(0, f"({args[0]}) + 1"), call(2, f"{args[2]} + 32")]
    elif name == "noc_async_write_multicast":
        out += [call(0, f"{args[0]} + 32"), call(2, f"{args[2]} / 2"), call(3, f"{args[3]} + 1")]
    elif name in ("noc_semaphore_wait", "noc_semaphore_set", "noc_semaphore_inc"):
        out.append(call(1, f"{args[1]} + 1"))
        if (other := _other(args[0], semaphores)) is not None:
            out.append(call(0, other))
    elif name == "noc_semaphore_set_multicast":
        out.append(call(2, f"{args[2]} + 1"))
    elif name == "pack_tile":
        out += [call(0, f"({args[0]}) + 1"), call(2, f"({args[2]}) + 1")]
    elif name == "pack_reconfig_l1_acc":
        out.append(call(0, f"!({args[0]})"))
    return out


def _simple(line: str) -> bool:
    return line.endswith(";") and not line.lstrip().startswith(("return", "break", "continue"))


def _block_end(lines: list[str], at: int) -> int | None:
    """The line that closes the block which line `at` opens."""
    indent = lines[at][: len(lines[at]) - len(lines[at].lstrip())]
    return next((i for i in range(at + 1, len(lines)) if lines[i] == indent + "}"), None)


def mutate(source: str, role: str, first: int) -> tuple[str, list[Mutant]]:
    """The source with all of its mutants, numbered from ``first``."""
    lines = source.splitlines()
    head = lines.index("void kernel_main() {")
    cbs = re.findall(r"constexpr uint32_t (cb_\w+) =", source)
    semaphores = re.findall(r"const (\w+_(?:ready|valid)_ptr) =", source)
    mutants: list[Mutant] = []
    before: dict[int, str] = {}  # text to put in front of, and behind, a line
    behind: dict[int, str] = {}
    replaced: dict[int, str] = {}

    def add(line: int, change: str, call: str) -> int:
        mutants.append(Mutant(first + len(mutants), role, line + 1, change, call))
        return mutants[-1].number

    for i in range(head + 1, len(lines)):
        line = lines[i]
        if declared := _DECLARATION.match(line):
            _, function, argument = declared.groups()
            if function.startswith("get_arg"):
                wrong = str(int(argument) + 1)
            elif function == "get_semaphore":
                wrong = str(int(argument) ^ 1)
            else:
                wrong = _other(argument, cbs)
            if wrong is not None:
                number = add(i, f"-> {function}({wrong})", f"{function}({argument})")
                call = f"{function}({argument})"
                choice = f"({MUTANT} == {number} ? {function}({wrong}) : {call})"
                replaced[i] = line.replace(call, choice)
            continue
        match = _STATEMENT.match(line)
        if not match or not _PROTOCOL.fullmatch(match[2]):
            continue
        indent, name, template, arguments = match[1], match[2], match[3] or "", match[4]
        call = line.strip()
        own = {"deleted": add(i, "deleted", call)}
        doubled = add(i, "doubled", call)
        wrong = [
            (add(i, f"-> {w}", call), w) for w in _wrong_operands(name, template, _split(arguments), cbs, semaphores)
        ]

        # One statement further, or behind the whole loop or branch that follows.
        after = lines[i + 1]
        target = i + 1 if _simple(after) else _block_end(lines, i + 1) if after.rstrip().endswith("{") else None
        if target is not None and after.startswith(indent) and not after.startswith(indent + " "):
            own["moved"] = add(i, "moved down", call)
            behind[target] = behind.get(target, "") + f" if ({MUTANT} == {own['moved']}) {{ {call} }}"
        previous = lines[i - 1]
        names = set(re.findall(r"\w+", call))
        defined = re.search(r"const .*?(\w+) =", previous)
        beside = previous.startswith(indent) and not previous.startswith(indent + " ")
        if i - 1 > head and _simple(previous) and beside and not (defined and defined[1] in names):
            own["up"] = add(i, "moved up", call)
            before[i - 1] = before.get(i - 1, "") + f"if ({MUTANT} == {own['up']}) {{ {call} }} "
        text = f"if ({MUTANT} == {doubled}) {{ {call} {call} }} "
        for number, w in wrong:
            text += f"else if ({MUTANT} == {number}) {{ {w} }} "
        gone = " && ".join(f"{MUTANT} != {number}" for number in own.values())
        replaced[i] = f"{indent}{text}else if ({gone}) {{ {call} }}"

    out = [before.get(i, "") + replaced.get(i, line) + behind.get(i, "") for i, line in enumerate(lines)]
    out[head] += f" const uint32_t {MUTANT} = get_common_arg_val<uint32_t>(0);"
    return "\n".join(out) + "\n", mutants
