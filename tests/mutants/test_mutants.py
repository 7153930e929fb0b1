"""Wrong kernels are found, right ones are not reported (docs/emulator.md, "Check mode")."""

from collections import Counter
from concurrent.futures import ProcessPoolExecutor
from multiprocessing import get_context

import pytest
from corpus import Subject, corpus, examine
from mutate import mutate

NAMES = tuple(corpus())

SOURCE = """\
void kernel_main() {
    constexpr uint32_t cb_in0 = tt::CBIndex::c_0;
    constexpr uint32_t cb_in1 = tt::CBIndex::c_1;
    const uint32_t count = get_arg_val<uint32_t>(0);
    for (uint32_t k = 0; k < count; ++k) {
        cb_reserve_back(cb_in0, 2);
        const uint32_t cb_in0_ptr = get_write_ptr(cb_in0);
        noc_async_read_barrier();
        cb_push_back(cb_in0, 2);
    }
}
"""


def test_mutants_of_a_source():
    text, mutants = mutate(SOURCE, "reader", 10)
    assert [m.number for m in mutants] == list(range(10, 10 + len(mutants)))
    assert len(text.splitlines()) == len(SOURCE.splitlines())  # messages name the emitted lines
    changes = {(m.line, m.change) for m in mutants}
    assert {
        (4, "-> get_arg_val<uint32_t>(1)"),
        (6, "deleted"),
        (6, "doubled"),
        (6, "-> cb_reserve_back(cb_in1, 2);"),
        (6, "-> cb_reserve_back(cb_in0, 2 + 1);"),
        (6, "-> cb_reserve_back(cb_in0, 2 - 1);"),
        (6, "moved down"),
        (7, "-> get_write_ptr(cb_in1)"),
        (8, "-> noc_async_write_barrier();"),
        (9, "moved up"),
    } <= changes
    assert (9, "moved down") not in changes  # nothing follows it in its loop


@pytest.mark.parametrize("name", NAMES)
def test_right_kernels_are_not_reported(name):
    subject = Subject.of(name, corpus()[name])
    assert subject.same(subject.run(0, "check"))


def test_wrong_kernels_are_found():
    # Every fourth one; `make bench ONLY=check` runs them all.
    with ProcessPoolExecutor(2, mp_context=get_context("spawn")) as pool:
        jobs = [pool.submit(examine, name, part, 8) for name in NAMES for part in (0, 4)]
        results = [result for job in jobs for result in job.result()]
    verdicts = Counter(verdict for _, verdict, _ in results)
    missed = [f"{mutant}: {why}" for mutant, verdict, why in results if verdict == "missed"]
    assert len(results) >= 300
    assert verdicts["found"] >= 0.98 * (verdicts["found"] + verdicts["missed"]), "\n".join(missed)
