#!/usr/bin/env bash
# Everything that the build needs: system packages (installed when root, else named) and the virtual environment.
set -euo pipefail
venv=$1
cd "$(dirname "$0")/.."

missing=()
while read -r package need; do
  [[ -z "$package" || "$package" == \#* ]] && continue
  dpkg-query -W -f='${Status}' "$package" 2>/dev/null | grep -q 'ok installed' && continue
  [[ "$need" == optional ]] && optional=1 || optional=0
  missing+=("$package:$optional")
done < tools/system-packages.txt

if ((${#missing[@]})); then
  names=("${missing[@]%:*}")
  if [[ $(id -u) == 0 ]] && command -v apt-get >/dev/null; then
    echo "installing ${names[*]}"
    export DEBIAN_FRONTEND=noninteractive
    apt-get update -qq
    for entry in "${missing[@]}"; do
      if ! apt-get install -y -qq --no-install-recommends "${entry%:*}" >/dev/null; then
        [[ "${entry#*:}" == 1 ]] || { echo "could not install ${entry%:*}" >&2; exit 1; }
        echo "went on without ${entry%:*} (optional)"
      fi
    done
  else
    echo "missing system packages; install them with:" >&2
    echo "  sudo apt-get install ${names[*]}" >&2
    for entry in "${missing[@]}"; do
      [[ "${entry#*:}" == 1 ]] || exit 1
    done
  fi
fi

command -v "$PYTHON" >/dev/null || { echo "$PYTHON not found; install Python 3.11 or set PYTHON=" >&2; exit 1; }
[[ -x "$venv/bin/python" ]] || "$PYTHON" -m venv "$venv"
"$venv/bin/python" -m pip install --quiet --disable-pip-version-check -r requirements.txt
"$venv/bin/python" -m pip install --quiet --disable-pip-version-check --no-deps --no-build-isolation -e .
