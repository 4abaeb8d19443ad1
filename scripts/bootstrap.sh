#!/bin/sh
# Prints the path of a usable uv, fetching one into .tools/ when the machine has none.
set -eu
cd "$(dirname "$0")/.."
wanted='uv (0\.([89]|[1-9][0-9])|[1-9])'
if command -v uv >/dev/null 2>&1 && uv --version | grep -qE "$wanted"; then command -v uv; exit 0; fi
if [ -x .tools/uv/bin/uv ]; then echo "$PWD/.tools/uv/bin/uv"; exit 0; fi
python=$(command -v python3 || true)
[ -n "$python" ] || { echo "Python 3.11 or newer is needed: install python3, then run this again." >&2; exit 1; }
echo "Fetching uv into .tools/ (once)" >&2
if ! "$python" -m venv .tools/uv >/dev/null 2>&1; then
    rm -rf .tools/uv
    # Debian splits venv off the interpreter
    if [ "$(id -u)" = 0 ]; then sudo=; else sudo="sudo -n"; fi
    if ! { $sudo apt-get update -q && $sudo apt-get install -y -q --no-install-recommends python3-venv; } >&2; then
        echo "Python's venv module is missing: install the package python3-venv, then run this again." >&2
        exit 1
    fi
    "$python" -m venv .tools/uv
fi
.tools/uv/bin/python -m pip install --quiet --disable-pip-version-check "uv>=0.8,<1" >&2
echo "$PWD/.tools/uv/bin/uv"
