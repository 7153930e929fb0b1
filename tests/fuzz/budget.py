"""How many examples a property test runs: a few, the same in every run, or those that TLTT_FUZZ_EXAMPLES asks for."""

import os

from hypothesis import settings


def examples(count):
    return settings(max_examples=int(os.environ.get("TLTT_FUZZ_EXAMPLES") or count))
