#!/usr/bin/env bash
# Checks that a folder is a TT-Metalium SDK that emitted folders can be built against (-DUSE_REAL_METALIUM=ON).
# usage: tools/verify_metalium_sdk.sh [FOLDER]   (default: TT_METAL_HOME)
# Exit code 1: a needed part is missing. 2: wrong usage.
set -euo pipefail

if [[ "${1:-}" == -h || "${1:-}" == --help ]]; then
  sed -n '2,4s/^# //p' "$0"
  exit 0
fi
if [[ $# -gt 1 || "${1:-}" == -* ]]; then
  echo "one folder is expected, not: $*" >&2
  sed -n '3s/^# //p' "$0" >&2
  exit 2
fi

sdk=${1:-${TT_METAL_HOME:-}}
if [[ -z "$sdk" ]]; then
  echo "no folder is given and TT_METAL_HOME is not set" >&2
  exit 1
fi
[[ -d "$sdk" && -x "$sdk" ]] && sdk=$(cd "$sdk" && pwd)

failed=0
ok() { echo "ok       $1: $2"; }
missing() {
  echo "MISSING  $1: $2"
  failed=1
}
optional() { echo "optional $1: $2"; }

# 1. the folder
if [[ -d "$sdk" && -r "$sdk" && -x "$sdk" ]]; then
  ok folder "$sdk"
elif [[ -d "$sdk" ]]; then
  missing folder "$sdk can't be read"
elif [[ -e "$sdk" ]]; then
  missing folder "$sdk is no folder"
else
  missing folder "$sdk does not exist"
fi

# 2. host headers, where v0.63 and newer have them, or where an installed SDK has them
headers=""
for candidate in "$sdk/tt_metal/api/tt-metalium" "$sdk/include/tt-metalium"; do
  [[ -z "$headers" && -f "$candidate/host_api.hpp" ]] && headers=$candidate
done
if [[ -n "$headers" ]]; then
  ok headers "$headers"
  for header in distributed.hpp mesh_device.hpp mesh_buffer.hpp tensor_accessor_args.hpp; do
    [[ -f "$headers/$header" ]] || missing headers "$headers/$header (needs v0.63 or newer)"
  done
else
  missing headers "no tt-metalium/host_api.hpp in $sdk"
fi

# 3. the library
library=""
for file in "$sdk"/build*/lib*/libtt_metal.so "$sdk"/lib*/libtt_metal.so "$sdk"/build*/tt_metal/libtt_metal.so; do
  [[ -z "$library" && -f "$file" ]] && library=$file
done
if [[ -n "$library" ]]; then ok library "$library"; else missing library "no libtt_metal.so: run ./build_metal.sh in $sdk"; fi

# 4. the CMake package
package=""
if [[ -d "$sdk" ]]; then
  # `find` also fails for a subfolder that can't be read: what counts is whether it found one elsewhere.
  package=$(find -L "$sdk" -maxdepth 6 \( -iname 'tt-metalium-config.cmake' -o -name 'TT-MetaliumConfig.cmake' \) -print -quit 2>/dev/null || true)
fi
if [[ -n "$package" ]]; then ok "CMake package" "$package"; else missing "CMake package" "no tt-metalium-config.cmake in $sdk"; fi

# 5. the version
version=""
[[ -f "$sdk/VERSION" ]] && version=$(<"$sdk/VERSION")
[[ -z "$version" && -d "$sdk/.git" ]] && version=$(git -C "$sdk" describe --tags --always 2>/dev/null || true)
if [[ -n "$version" ]]; then ok version "$version"; else optional version "unknown: no VERSION file and no git tag"; fi

# 6. CMake finds it
if [[ -n "$package" ]] && command -v cmake >/dev/null; then
  work=$(mktemp -d)
  trap 'rm -rf "$work"' EXIT
  cat >"$work/CMakeLists.txt" <<TEXT
cmake_minimum_required(VERSION 3.22)
project(verify LANGUAGES CXX)
find_package(TT-Metalium CONFIG REQUIRED NO_DEFAULT_PATH PATHS "$(dirname "$package")")
if(NOT TARGET TT::Metalium)
  message(FATAL_ERROR "the package has no target TT::Metalium")
endif()
TEXT
  if cmake -S "$work" -B "$work/build" >"$work/log" 2>&1; then
    ok "CMake discovery" "target TT::Metalium"
  else
    missing "CMake discovery" "$(grep -m 1 -A 3 'CMake Error' "$work/log" | tr '\n' ' ')"
  fi
elif ! command -v cmake >/dev/null; then
  missing "CMake" "apt-get install cmake"
fi

if ((failed)); then
  echo "$sdk can't be built against"
else
  echo "$sdk can be built against: export TT_METAL_HOME=$sdk"
fi
exit $failed
