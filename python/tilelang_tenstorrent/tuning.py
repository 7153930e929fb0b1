"""The search for the fastest variant of a kernel by the chip's predicted time. No data and no device are needed.

``Space`` says what to vary: arguments of the kernel's factory, and options of the target. ``search`` computes a lower
bound of every candidate's time, predicts times in the order of the bounds, and is done when the next bound is no
better than the best time found. Work goes to any ``concurrent.futures`` executor; what is found is appended to a file,
line by line, so that a search that was stopped goes on where it was, and later compiles can ask for the best.
"""

from __future__ import annotations

import concurrent.futures as futures
import functools
import hashlib
import itertools
import json
import multiprocessing
import os
import time
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from ._native import build_id

BOUNDS_AT_ONCE = 16  # candidates whose bounds are one piece of work


@dataclass(frozen=True)
class Candidate:
    """Arguments of the factory and options of the target, beside those that all candidates share."""

    arguments: tuple[tuple[str, Any], ...] = ()
    options: tuple[tuple[str, Any], ...] = ()

    @property
    def key(self) -> str:
        return json.dumps([dict(self.arguments), dict(self.options)], sort_keys=True)

    def __str__(self) -> str:
        return " ".join(f"{name}={value}" for name, value in (*self.arguments, *self.options)) or "as it is"


@dataclass(frozen=True)
class Subject:
    """The kernel that is tuned: ``FILE[:KERNEL]``, the factory's other arguments, the target's other options."""

    path: str
    kernel: str | None = None
    arguments: tuple[tuple[str, Any], ...] = ()
    options: tuple[tuple[str, Any], ...] = ()

    def key(self) -> str:
        """Changes with the file's text, the arguments, the options and the compiler."""
        parts = [Path(self.path).read_text(), self.kernel, dict(self.arguments), dict(self.options), build_id()]
        return hashlib.sha256(json.dumps(parts, sort_keys=True, default=str).encode()).hexdigest()[:20]


@dataclass(frozen=True)
class Space:
    """Values of what is varied, by name."""

    arguments: Mapping[str, Sequence[Any]] = field(default_factory=dict)
    options: Mapping[str, Sequence[Any]] = field(default_factory=dict)

    def candidates(self) -> Iterator[Candidate]:
        names = [*self.arguments, *self.options]
        for values in itertools.product(*self.arguments.values(), *self.options.values()):
            pairs = tuple(zip(names, values, strict=True))
            yield Candidate(pairs[: len(self.arguments)], pairs[len(self.arguments) :])


@dataclass(frozen=True)
class Result:
    """What became of a candidate: ``cycles``, or why it can't be compiled, or the bound that left it out."""

    candidate: Candidate
    bound: float = 0.0  # cycles
    cycles: int | None = None
    microseconds: float | None = None
    error: str | None = None

    def line(self) -> str:
        c = self.candidate
        record = {"arguments": dict(c.arguments), "options": dict(c.options), "bound": self.bound}
        return json.dumps(record | {"cycles": self.cycles, "microseconds": self.microseconds, "error": self.error})

    @classmethod
    def of(cls, line: str) -> Result:
        record = json.loads(line)
        candidate = Candidate(tuple(record.pop("arguments").items()), tuple(record.pop("options").items()))
        return cls(candidate, **record)


class Store:
    """Results of a subject, a line each, in ``folder``."""

    def __init__(self, subject: Subject, folder: Path | None = None):
        self.path = (folder or cache_folder()) / f"{subject.key()}.jsonl"

    def read(self) -> dict[str, Result]:
        """By the candidates' keys. A line that a killed run left half is not one."""
        results: dict[str, Result] = {}
        if not self.path.exists():
            return results
        for line in self.path.read_text().splitlines():
            try:
                result = Result.of(line)
            except (ValueError, TypeError, KeyError, AttributeError):
                continue
            results[result.candidate.key] = result
        return results

    def add(self, result: Result) -> None:
        self.path.parent.mkdir(parents=True, exist_ok=True)
        with self.path.open("ab+") as file:
            if file.tell() > 0:
                file.seek(-1, os.SEEK_END)
                if file.read(1) != b"\n":  # a killed run's half line
                    file.write(b"\n")
            file.write(result.line().encode() + b"\n")

    def best(self) -> Result | None:
        timed = [result for result in self.read().values() if result.cycles is not None]
        return min(timed, key=lambda result: result.cycles or 0, default=None)


def cache_folder() -> Path:
    """Where results are kept: beside the kernel cache."""
    root = os.environ.get("TLTT_CACHE_DIR")
    if root:
        return Path(root) / "tuning"
    home = os.environ.get("XDG_CACHE_HOME") or str(Path.home() / ".cache")
    return Path(home) / "tilelang-tenstorrent" / "tuning"


# --- in the workers ---


@functools.cache
def _source(path: str, kernel: str | None, text: str) -> Any:
    """Executed once in each worker, as long as its text stays the same."""
    from .source_file import KernelSource

    return KernelSource(Path(path), kernel)


@functools.lru_cache(maxsize=16)
def _built(subject: Subject, arguments: tuple, text: str) -> Any:
    """The PrimFunc of a candidate's arguments: the same for all options, which stand side by side in a space."""
    from .as_cuda import on_tenstorrent

    with on_tenstorrent(dict(subject.options)):
        source = _source(subject.path, subject.kernel, text)
        return source.build(dict(subject.arguments) | dict(arguments))


def _prepared(subject: Subject, candidate: Candidate) -> tuple[Any, Any]:
    """The candidate's PrimFunc and target."""
    from .target import make_target

    options = dict(subject.options) | dict(candidate.options)
    text = Path(subject.path).read_text()
    return _built(subject, candidate.arguments, text), make_target(options)


def _reason(error: Exception) -> str:
    return (str(error) or type(error).__name__).strip().splitlines()[0][:300]


def bounds(subject: Subject, candidates: Sequence[Candidate]) -> list[Result]:
    """A lower bound of each candidate's cycles; those that can't be built get their error."""
    from .compiling import lower_bound

    results = []
    for candidate in candidates:
        try:
            func, target = _prepared(subject, candidate)
            results.append(Result(candidate, lower_bound(func, target)))
        except Exception as error:
            results.append(Result(candidate, error=_reason(error)))
    return results


def evaluate(subject: Subject, bounded: Result) -> Result:
    """The predicted time of a candidate."""
    from .compiling import compile_function
    from .timing import predict_files

    candidate = bounded.candidate
    try:
        func, target = _prepared(subject, candidate)
        predicted = predict_files(compile_function(func, target))
    except Exception as error:
        return Result(candidate, bounded.bound, error=_reason(error))
    return Result(candidate, bounded.bound, predicted.cycles, predicted.microseconds)


# --- in the process that asks ---


@dataclass
class Outcome:
    """``best`` is None where no candidate compiles. ``pruned`` candidates have a bound no better than the best time."""

    best: Result | None
    timed: list[Result]
    failed: list[Result]
    pruned: list[Result]
    left: list[Result]  # not looked at, because the search was stopped early
    known: int  # of all these, how many were in the store before
    seconds: float

    @property
    def candidates(self) -> int:
        return len(self.timed) + len(self.failed) + len(self.pruned) + len(self.left)


class LostWorkersError(RuntimeError):
    """Workers of the search's own pool died again and again."""


class _Pool:
    """An executor for the search: the caller's, or processes of its own that are replaced when they die."""

    def __init__(self, executor: futures.Executor | None, jobs: int | None):
        self._given, self._jobs = executor, jobs or os.cpu_count() or 1
        self._executor = executor or self._fresh()
        self.width = getattr(executor, "_max_workers", None) or self._jobs

    def _fresh(self) -> futures.Executor:
        # Forked children would share TVM's threads and the emulator's.
        return futures.ProcessPoolExecutor(self._jobs, mp_context=multiprocessing.get_context("spawn"))

    def submit(self, *call: Any) -> futures.Future:
        return self._executor.submit(*call)

    def replace(self) -> None:
        if self._given is not None:
            raise LostWorkersError("the executor lost its workers; what was found is stored, and another run goes on")
        self._executor.shutdown(wait=False, cancel_futures=True)
        self._executor = self._fresh()

    def close(self) -> None:
        if self._given is None:
            self._executor.shutdown(wait=True, cancel_futures=True)

    def run(self, work: Iterable[tuple], wanted: Callable[[tuple], bool]) -> Iterator[tuple[tuple, Any]]:
        """(call, result) of each call that is still wanted when its turn comes, as they end. Calls whose pool broke run
        again, one by one; the result of one that breaks it alone, twice, is the exception."""
        queue = iter(work)
        running: dict[futures.Future, tuple] = {}
        tries: dict[tuple, int] = {}
        suspects: list[tuple] = []  # one of them broke the pool
        while True:
            while len(running) < (1 if suspects else 2 * self.width):
                call = suspects.pop() if suspects else next(queue, None)
                if call is None:
                    break
                if not wanted(call):
                    continue
                try:
                    running[self.submit(*call)] = call
                except futures.BrokenExecutor:
                    suspects.append(call)
                    self.replace()
                if suspects:
                    break
            if not running:
                if suspects:
                    continue
                return
            done, _ = futures.wait(running, return_when=futures.FIRST_COMPLETED)
            alone = len(running) == 1
            broken = False
            for future in done:
                call = running.pop(future)
                try:
                    result = future.result()
                except futures.BrokenExecutor as error:
                    broken = True
                    tries[call] = tries.get(call, 0) + alone
                    if tries[call] < 2:
                        suspects.append(call)
                        continue
                    result = error
                yield call, result
            if broken:
                # All calls of a broken pool fail; those that were only waiting are as good as new.
                suspects += running.values()
                running.clear()
                self.replace()


def search(
    subject: Subject,
    space: Space | Iterable[Candidate],
    *,
    executor: futures.Executor | None = None,
    jobs: int | None = None,
    store: Store | None = None,
    patience: int | None = None,
    seconds: float | None = None,
    progress: bool = False,
) -> Outcome:
    """The candidate with the shortest predicted time.

    ``patience``: stop after so many predictions without a better one; ``seconds``: stop after that time. ``executor``:
    any of ``concurrent.futures``' kind; None: ``jobs`` processes of this machine (its cores).
    """
    from tqdm import tqdm

    start = time.monotonic()
    store = store or Store(subject)
    candidates = list(dict.fromkeys(space.candidates() if isinstance(space, Space) else space))
    stored = store.read()
    known = {c.key: stored[c.key] for c in candidates if c.key in stored}
    timed = [r for r in known.values() if r.cycles is not None]
    failed = [r for r in known.values() if r.error is not None]
    best = min(timed, key=lambda r: r.cycles or 0, default=None)
    fresh = [c for c in candidates if c.key not in known]
    pool = _Pool(executor, jobs)
    bar = tqdm(total=len(candidates), initial=len(known), disable=not progress, unit="candidate")
    since_better = 0

    def stopped() -> bool:
        late = seconds is not None and time.monotonic() - start > seconds
        return late or (patience is not None and since_better >= patience)

    def note(result: Result) -> None:
        nonlocal best, since_better
        store.add(result)
        bar.update()
        if result.cycles is None:
            failed.append(result)
            return
        timed.append(result)
        since_better += 1
        if best is None or result.cycles < (best.cycles or 0):
            best, since_better = result, 0
            bar.set_postfix_str(f"best {result.cycles} cycles: {result.candidate}")

    try:
        bounded: list[Result] = []
        pieces = [tuple(fresh[i : i + BOUNDS_AT_ONCE]) for i in range(0, len(fresh), BOUNDS_AT_ONCE)]
        for call, results in pool.run(((bounds, subject, piece) for piece in pieces), lambda _: not stopped()):
            if isinstance(results, Exception):
                results = [Result(c, error=f"its worker died: {results}") for c in call[2]]
            for result in results:
                if result.error is None:
                    bounded.append(result)
                else:
                    note(result)
        bounded.sort(key=lambda r: r.bound)

        def promising(call: tuple) -> bool:
            return not stopped() and (best is None or call[2].bound < (best.cycles or 0))

        for call, result in pool.run(((evaluate, subject, r) for r in bounded), promising):
            if isinstance(result, Exception):
                result = Result(call[2].candidate, call[2].bound, error=f"its worker died: {result}")
            note(result)
    finally:
        pool.close()
        bar.close()
    done = {r.candidate.key for r in (*timed, *failed)}
    rest = [r for r in bounded if r.candidate.key not in done]
    pruned = [r for r in rest if best is not None and r.bound >= (best.cycles or 0)]
    seen = {r.candidate.key for r in (*timed, *failed, *pruned)}
    by_key = {r.candidate.key: r for r in rest}
    left = [by_key.get(c.key, Result(c)) for c in candidates if c.key not in seen]
    return Outcome(best, timed, failed, pruned, left, len(known), time.monotonic() - start)
