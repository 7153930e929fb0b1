"""Stands in for the vendor's compiler, riscv-tt-elf-g++: its arguments, given to Debian's RISC-V GCC.

TT-Metalium's kernel JIT starts it under that name from runtime/sfpi/compiler/bin. ``lane.json`` beside the launcher
says where the parts are, relative to itself: ``cxx`` and ``common`` (standard C++ headers), ``include`` and ``ttinsn``
(our stand-ins for ``sfpi.h`` and for the assembler's directive).

Runs on any Python from 3.8 on, without packages.
"""

import json
import os
import sys
from pathlib import Path

PICOLIBC = "/usr/lib/picolibc/riscv64-unknown-elf"
# The base instruction sets; Tensix instructions come through the assembler's macro.
MARCH = {"wh": "rv32im", "bh": "rv32ima_zicsr_zba_zbb"}
# What only the vendor's GCC knows, or what a newer GCC than the vendor's warns about.
DROPPED = ("-ftt-", "-mtt-", "-mno-tt-", "-flto", "-Werror", "-Wno-error", "--param=min-pagesize", "-Wl,--gc-sections")
NOT_LINKING = ("-c", "-E", "-S", "-fsyntax-only", "c++-header")


def in_folder(parts, folder):
    """The parts of a lane.json that lies in ``folder``."""
    return {name: str(folder / path) for name, path in parts.items()}


def translate(arguments, parts):
    """The vendor's arguments as those of riscv64-unknown-elf-g++."""
    linking = not any(argument in NOT_LINKING for argument in arguments)
    translated = []
    for argument in arguments:
        if argument.startswith(DROPPED):
            continue
        if argument.startswith("-mcpu=tt-"):
            chip = argument[len("-mcpu=tt-") :][:2]
            translated += [f"-march={MARCH[chip]}", "-mabi=ilp32"]
            if argument.endswith("tensix"):
                translated += [f"-D__riscv_xtttensix{chip}=1", "-D__riscv_xtttensix=1"]
        elif argument == "-std=c++17":
            translated.append("-std=gnu++20")  # the vendor's GCC has C++20 words in its C++17
        else:
            translated.append(argument)
    # Link-time optimisation is needed: without it the firmware is larger than its place.
    translated += ["-w", "-flto=1", "-Wa," + parts["ttinsn"]]
    if linking:
        return [
            *translated,
            "-flto-partition=one",
            "-nodefaultlibs",
            f"-L{PICOLIBC}/lib/rv32im/ilp32",
            "-lgcc",
            "-lc",
            "-lgcc",
        ]
    headers = [parts["include"], parts["cxx"], parts["common"], PICOLIBC + "/include"]
    translated += ["-ffunction-sections", "-nostdinc++"]
    for folder in headers:
        translated += ["-isystem", folder]
    return translated


def main():
    here = Path(sys.argv[0]).resolve().parent
    parts = in_folder(json.loads((here / "lane.json").read_text()), here)
    compiler = "riscv64-unknown-elf-g++"
    arguments = sys.argv[1:]
    if "--version" not in arguments:
        arguments = translate(arguments, parts)
    os.execvp(compiler, [compiler, *arguments])


if __name__ == "__main__":
    main()
