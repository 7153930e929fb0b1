"""The search for the fastest variant: what it finds, leaves out, keeps and survives."""

import concurrent.futures
import json
import os
import signal
import sys
from pathlib import Path

import pytest

from tilelang_tenstorrent import tuning
from tilelang_tenstorrent.cli import run
from tilelang_tenstorrent.tuning import Candidate, Result, Space, Store, Subject, search

sys.path.insert(0, str(Path(__file__).parent))
from matmul_text import MATMUL

AUTOTUNED = MATMUL.replace(
    "@tilelang.jit",
    "@tilelang.autotune(configs=[{'block_M': m, 'block_N': 64, 'block_K': 32} for m in (32, 64)])\n@tilelang.jit",
).replace("block_M, block_N, block_K):", "block_M=32, block_N=32, block_K=32):", 1)


class Here(concurrent.futures.Executor):
    """Runs everything at once, in this thread."""

    def submit(self, call, *args, **kwargs):
        future = concurrent.futures.Future()
        try:
            future.set_result(call(*args, **kwargs))
        except Exception as error:
            future.set_exception(error)
        return future


@pytest.fixture
def subject(tmp_path):
    path = tmp_path / "kernel.py"
    path.write_text(MATMUL)
    sizes = (("M", 256), ("N", 256), ("K", 128))
    return Subject(str(path), "matmul", sizes, (("core_grid", "2x2"), ("math_fidelity", "HiFi2")))


@pytest.fixture
def store(subject, tmp_path):
    return Store(subject, tmp_path / "store")


SPACE = Space({"block_M": (32, 128, 4096), "block_N": (128,), "block_K": (32, 33)})


def test_the_best_is_the_shortest_of_all_that_compile(subject, store):
    outcome = search(subject, SPACE, executor=Here(), store=store)
    assert outcome.candidates == 6 and not outcome.left
    everything = [tuning.evaluate(subject, Result(c)) for c in SPACE.candidates()]
    assert outcome.best.cycles == min(r.cycles for r in everything if r.cycles)
    assert all(r.bound <= r.cycles for r in outcome.timed)
    assert all(r.bound >= outcome.best.cycles for r in outcome.pruned)


def test_what_does_not_compile_is_no_candidate(subject, store):
    """Blocks of 33 columns cross tiles, which element by element alone would do."""
    crossing = Space({"block_M": (32,), "block_N": (32,), "block_K": (33,)}, {"riscv": (False,)})
    outcome = search(subject, crossing, executor=Here(), store=store)
    assert outcome.best is None and store.best() is None
    assert len(outcome.failed) == 1 and outcome.failed[0].error


def test_bounds_are_never_above_the_predicted_time(subject):
    space = Space(
        {"block_M": (32, 96, 256), "block_N": (64, 256), "block_K": (32, 128)},
        {"multicast": (True, False), "math_fidelity": ("LoFi", "HiFi4")},
    )
    chosen = list(space.candidates())[::5]
    for result in tuning.bounds(subject, chosen):
        assert result.error is None and 0 < result.bound <= tuning.evaluate(subject, result).cycles


def test_a_search_goes_on_where_it_was(subject, store):
    assert len(search(subject, SPACE, executor=Here(), store=store, seconds=1e-9).left) == 6
    first = search(subject, list(SPACE.candidates())[:2], executor=Here(), store=store)
    assert first.timed
    with store.path.open("ab") as file:  # a run that was killed while it wrote
        file.write(b'{"arguments": {"block')
    second = search(subject, SPACE, executor=Here(), store=store)
    assert second.known == len(first.timed) and not second.left
    third = search(subject, SPACE, executor=Here(), store=store)
    assert third.known >= second.known and third.best == second.best == store.best()


def test_another_text_is_another_kernel(subject, store):
    search(subject, Space({"block_M": (64,), "block_N": (64,), "block_K": (32,)}), executor=Here(), store=store)
    assert store.best() is not None
    Path(subject.path).write_text(MATMUL.replace("num_stages=2", "num_stages=3"))
    assert Store(subject, store.path.parent).best() is None


def dies_once(path, x):
    """Kills its process the first time."""
    marker = Path(path)
    if x == 1 and not marker.exists():
        marker.touch()
        os.kill(os.getpid(), signal.SIGKILL)
    return x


def dies(path, x):
    if x == 1:
        os.kill(os.getpid(), signal.SIGKILL)
    return x


def test_lost_workers_lose_no_result(tmp_path):
    pool = tuning._Pool(None, 2)
    try:
        calls = [(dies_once, str(tmp_path / "died"), x) for x in range(5)]
        assert sorted(result for _, result in pool.run(calls, lambda _: True)) == [0, 1, 2, 3, 4]
    finally:
        pool.close()


def test_what_kills_every_worker_is_an_error_of_its_own(tmp_path):
    pool = tuning._Pool(None, 1)
    try:
        results = {call[2]: result for call, result in pool.run([(dies, "", x) for x in range(3)], lambda _: True)}
    finally:
        pool.close()
    assert results[0] == 0 and results[2] == 2
    assert isinstance(results[1], concurrent.futures.BrokenExecutor)


def test_a_cluster_of_dask_is_an_executor(subject, store):
    from dask.distributed import Client, LocalCluster

    space = Space({"block_M": (32, 128), "block_N": (128,), "block_K": (32,)})
    with (
        LocalCluster(n_workers=1, threads_per_worker=1, dashboard_address=None) as cluster,
        Client(cluster) as client,
        client.get_executor() as executor,
    ):
        outcome = search(subject, space, executor=executor, store=store)
    assert outcome.candidates == 2 and not outcome.left and not outcome.failed
    assert store.best() == outcome.best


def test_the_command_tunes_and_later_compiles_use_it(subject, tmp_path, capsys, monkeypatch):
    monkeypatch.setenv("TLTT_CACHE_DIR", os.environ["TLTT_CACHE_DIR"])
    monkeypatch.setattr(tuning, "cache_folder", lambda: tmp_path / "tuning")
    same = [f"{subject.path}:matmul", "--set", "M=256", "--set", "N=256", "--set", "K=64", "--core-grid", "2x2"]
    assert run(["time", *same, "--tuned"]) == 2
    assert "run `tltt tune` first" in capsys.readouterr().err
    vary = ["--vary", "block_M=32,128", "--vary", "block_N=128", "--vary", "block_K=32", "--vary", "multicast=1,0"]
    assert run(["tune", *same, *vary, "--jobs", "1", "--json"]) == 0
    best = json.loads(capsys.readouterr().out)["best"]
    assert best["arguments"]["block_N"] == 128 and best["cycles"] > 0
    assert run(["time", *same, "--tuned", "--json"]) == 0
    assert json.loads(capsys.readouterr().out)["cycles"] == best["cycles"]


def test_configurations_of_autotune_are_a_space(tmp_path, subject):
    from tilelang_tenstorrent.cli.tune import _space

    Path(subject.path).write_text(AUTOTUNED)
    candidates = _space(subject.path, "matmul", {"M": 256, "N": 256, "K": 64}, {}, ())
    assert candidates == [Candidate((("block_M", m), ("block_N", 64), ("block_K", 32))) for m in (32, 64)]
    results = search(subject, candidates, executor=Here(), store=Store(subject, tmp_path / "s"))
    assert len(results.timed) + len(results.pruned) == 2


def test_nothing_to_vary_is_said(subject, capsys):
    assert run(["tune", f"{subject.path}:matmul"]) == 2
    assert "nothing to vary" in capsys.readouterr().err


def test_tilelangs_autotuner_takes_the_predicted_time(tmp_path, monkeypatch):
    import runpy

    monkeypatch.chdir(tmp_path)  # it writes a log there
    path = tmp_path / "autotuned.py"
    path.write_text(AUTOTUNED)
    kernel = runpy.run_path(str(path))["matmul"](256, 256, 64)
    assert kernel.config in (
        {"block_M": 32, "block_N": 64, "block_K": 32},
        {"block_M": 64, "block_N": 64, "block_K": 32},
    )
    assert kernel.latency == pytest.approx(kernel.predicted_time().milliseconds)
