"""The right kernels that mutants are made of, and what becomes of a mutant."""

from __future__ import annotations

import json
from dataclasses import dataclass, field
from typing import Any

import kernels
import pass_kernels
import test_attention
import test_reductions
import torch
from ir_tools import compile_files
from mutate import Mutant, mutate
from tvm import tirx

from tilelang_tenstorrent import EmulatorError
from tilelang_tenstorrent._native import function

ROLES = ("reader", "compute", "writer")
SEEDS = (1, 2, 3)


def corpus() -> dict[str, tirx.PrimFunc]:
    """GEMM, element-wise, reduction, multicast and attention kernels, on a grid of 2 x 2 cores."""
    return {
        "gemm": pass_kernels.gemm(224, 64, 96, 32, 64, 32),
        "multicast": kernels.gemm(256, 128, 96, 64, 64, 32),
        "gemm_in_l1": kernels.gemm(320, 192, 64, 64, 192, 32),
        "elementwise": pass_kernels.elementwise(150, 200),
        "reduction": test_reductions.softmax(300, 96, 32, "float32"),
        "attention": test_attention.attention(1, 6, 2, 64, 96, 32, 32, 32, causal=True, stages=2),
    }


@dataclass
class Subject:
    """A kernel with all of its mutants built in."""

    name: str
    files: dict[str, str]
    mutants: list[Mutant]
    inputs: list[torch.Tensor | None]
    outputs: list[int]
    right: list[torch.Tensor] = field(default_factory=list)

    @classmethod
    def of(cls, name: str, func: tirx.PrimFunc) -> Subject:
        files = compile_files(func)
        tensors = json.loads(str(function("runtime.program_info")(files)))["tensors"]
        torch.manual_seed(0)
        inputs = [
            None if t["access"] == "out" else torch.randn(t["shape"]).to(getattr(torch, t["dtype"])) for t in tensors
        ]
        empty = [torch.zeros(t["shape"], dtype=getattr(torch, t["dtype"])) for t in tensors]
        mutants: list[Mutant] = []
        for role in ROLES:
            files[f"{role}.cpp"], more = mutate(files[f"{role}.cpp"], role, 1 + len(mutants))
            mutants += more
        subject = cls(name, files, mutants, inputs, [i for i, t in enumerate(tensors) if t["access"] != "in"])
        subject.inputs = [e if x is None else x for x, e in zip(inputs, empty, strict=True)]
        subject.right = subject.run(0, "emulator")
        return subject

    def run(self, mutant: int, mode: str) -> list[torch.Tensor]:
        """The outputs of one mutant (0: the right kernel). Raises EmulatorError."""
        plan = json.loads(self.files["tt.plan.json"])
        for kernel in plan["program"]["kernels"]:
            kernel["common_args"] = [mutant]
        files = {**self.files, "tt.plan.json": json.dumps(plan)}
        tensors = [t.clone() for t in self.inputs]
        function("runtime.run_program")(files, mode, "fast", *tensors)
        return [tensors[i] for i in self.outputs]

    def same(self, outputs: list[torch.Tensor]) -> bool:
        return all(torch.equal(a, b) for a, b in zip(outputs, self.right, strict=True))

    def verdict(self, mutant: Mutant) -> tuple[str, Any]:
        """("found", category), ("missed", why) for a mutant that is wrong and not found, or ("harmless", None)."""
        try:
            outputs = self.run(mutant.number, "check")
        except EmulatorError as error:
            return "found", error
        if not self.same(outputs):
            return "missed", "the result is wrong"
        for seed in SEEDS:  # transfers that arrive as late as they may, roles in any order
            try:
                outputs = self.run(mutant.number, f"emulator:{seed}")
            except EmulatorError as error:
                return "missed", f"seed {seed}: {error}"
            if not self.same(outputs):
                return "missed", f"the result is wrong with seed {seed}"
        return "harmless", None


def examine(name: str, part: int = 0, parts: int = 1) -> list[tuple[Mutant, str, str]]:
    """Every ``parts``-th mutant of a kernel with its verdict."""
    subject = Subject.of(name, corpus()[name])
    return [(m, *map(str, subject.verdict(m))) for m in subject.mutants[part::parts]]
