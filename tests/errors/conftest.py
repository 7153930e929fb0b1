"""Lets the test of this folder import the kernels beside it."""

import sys
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parent))
