#!/usr/bin/env bash
# The whole way from a source tree to tested, step by step. What fails ends the script.
set -euo pipefail
cd "$(dirname "$0")/.."

usage() {
  cat <<'TEXT'
usage: tools/local_build_and_test.sh [options]
  --skip-deps       no Debian packages, no Python packages
  --skip-build      take the libraries that are built
  --skip-tests      only build
  --clean           remove build and .venv first
  --jobs N          compile N files at once (default: 2)
  --with-metalium   also check the TT-Metalium SDK at TT_METAL_HOME
  --help            this text
TEXT
}

deps=1 build=1 tests=1 clean=0 jobs=2 metalium=0
while (($#)); do
  case $1 in
    --skip-deps) deps=0 ;;
    --skip-build) build=0 ;;
    --skip-tests) tests=0 ;;
    --clean) clean=1 ;;
    --jobs)
      [[ "${2:-}" =~ ^[1-9][0-9]*$ ]] || { echo "--jobs needs a number" >&2; exit 1; }
      jobs=$2
      shift
      ;;
    --with-metalium) metalium=1 ;;
    --help) usage; exit 0 ;;
    *) echo "unknown option $1" >&2; usage >&2; exit 1 ;;
  esac
  shift
done

step() { echo "== $*"; }
export CMAKE_BUILD_PARALLEL_LEVEL=$jobs
if ((metalium)); then
  step "SDK"
  tools/verify_metalium_sdk.sh
fi
if ((clean)); then
  step "clean"
  make clean
fi
if ((deps)); then
  step "packages"
  make .venv/.stamp
fi
python=.venv/bin/python
[[ -x $python ]] || { echo "no $python: run without --skip-deps" >&2; exit 1; }
if ((build)); then
  step "build"
  make build
fi
if ((tests)); then
  step "registration with TileLang"
  "$python" -m pytest -q tests/python/test_target.py tests/python/test_backend.py
  step "all tests"
  make test
  step "examples"
  "$python" examples/first_kernel.py
fi
step "done"
