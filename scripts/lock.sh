#!/usr/bin/env bash
# Writes the hash-locked requirement files anew. Hashes only: no index, no download address.
set -euo pipefail
cd "$(dirname "$0")/.."
uv=${UV:-.venv/bin/uv}
common=(--universal --python-version 3.11 --generate-hashes --no-emit-index-url --no-emit-find-links --no-annotate --no-header --quiet)
"$uv" pip compile pyproject.toml --extra draw --group build "${common[@]}" -o requirements/run.txt "$@"
"$uv" pip compile pyproject.toml --extra draw --group build --group test -c requirements/run.txt "${common[@]}" -o requirements/test.txt "$@"
