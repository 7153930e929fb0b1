#!/usr/bin/env bash
# The genuine runtime on a simulator: sets it up where it is not, prints the environment in which mode=ttnn runs there.
# usage: eval "$(tools/ttnn_lane.sh [wormhole_b0|blackhole])"
set -euo pipefail
cd "$(dirname "$0")/.."
python=.venv/bin/python
[[ -x "$python" ]] || python=python
exec "$python" -m tilelang_tenstorrent.genuine.lane "$@"
