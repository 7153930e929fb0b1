#!/usr/bin/env bash
# Formatters and linters over everything, changing nothing. usage: lint.sh BUILD_DIR
set -euo pipefail
build=$1
cd "$(dirname "$0")/.."
status=0
step() { echo "lint: $1"; shift; "$@" || status=1; }

need() {
  command -v "$1" >/dev/null && return
  echo "lint: $1 is not installed; apt-get install $1" >&2
  return 1
}

mapfile -t sources < <(git ls-files '*.cc' '*.h' ':!tests/genuine' ':!python/tilelang_tenstorrent/genuine')
mapfile -t units < <(git ls-files 'program/*.cc' 'emulator/src/*.cc' 'runtime/*.cc' ':!*bench*')
need clang-format-19 && step clang-format clang-format-19 --dry-run -Werror "${sources[@]}" || status=1
# The compiler's files are left out: with TVM's headers clang-tidy needs half a minute for each.
if need clang-tidy-19; then
  step clang-tidy bash -c 'printf "%s\n" "$@" | xargs -P "$(nproc)" -n 4 clang-tidy-19 --quiet -p "$0"' "$build" "${units[@]}"
else
  status=1
fi
step ruff-check ruff check .
step ruff-format ruff format --check .
step mypy mypy
((status == 0)) && echo "lint: ok"
exit $status
