"""Budget of the property tests: small and the same in every run, larger and random on demand.

TLTT_FUZZ_EXAMPLES=500 runs that many examples of every property, from a new seed each time.
"""

import os
import sys
from pathlib import Path

from hypothesis import HealthCheck, settings

sys.path.insert(0, str(Path(__file__).parent))

_longer = os.environ.get("TLTT_FUZZ_EXAMPLES")
settings.register_profile(
    "tltt",
    max_examples=int(_longer or 20),
    derandomize=_longer is None,
    deadline=None,  # an example that builds new device kernels takes as long as the host's compiler does
    database=None,
    suppress_health_check=list(HealthCheck),
    print_blob=True,
)
settings.load_profile("tltt")
