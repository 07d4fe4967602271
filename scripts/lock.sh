#!/usr/bin/env bash
# Writes the hash-locked requirement files anew. Hashes only: no index, no download address.
set -euo pipefail
cd "$(dirname "$0")/.."
uv=${UV:-.venv/bin/uv}
common=(--universal --python-version 3.11 --generate-hashes --no-emit-index-url --no-emit-find-links --no-annotate --no-header --quiet)
"$uv" pip compile pyproject.toml --extra draw --group build "${common[@]}" -o requirements/run.txt "$@"
"$uv" pip compile pyproject.toml --extra draw --group build --group test -c requirements/run.txt "${common[@]}" -o requirements/test.txt "$@"
# The alternatives of the benchmarks stand apart: they must not hold back what we run on, nor we them.
"$uv" pip compile --group pyproject.toml:bench "${common[@]}" -o requirements/bench.txt "$@"
# Only learning needs it, seldom: nobody else is to carry it.
"$uv" pip compile --group pyproject.toml:train "${common[@]}" -o requirements/train.txt "$@"
# It takes the process over, and has wheels for Linux only: nobody else is to need it.
"$uv" pip compile --group pyproject.toml:fuzz "${common[@]}" -o requirements/fuzz.txt "$@"
