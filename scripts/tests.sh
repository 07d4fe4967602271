#!/usr/bin/env bash
# All tests, and what of the program they run.
#
# In three processes, one after the other: one that has run twenty thousand tests stops for seconds to look for garbage. Whole
# programs and browsers run as people run them; what of the code is run is counted in the others, since counting triples the work.
#
# What fails beside others is run once more, alone, and fails for good only then: beside four others on a machine that stands
# still for half a minute a program rightly says "later". Its name is printed all the same. Never so where RETRY=no (by night).
set -euo pipefail
cd "$(dirname "$0")/.."

python=.venv/bin/python
workers=${WORKERS:?how many tests at once}
count=(--cov=bot --cov-branch --cov-append --cov-report=)
whole=(tests/browser tests/chaos tests/cluster tests/end_to_end)
wide=(tests/channels tests/core tests/desk tests/office)
most_alone=10

# Test databases lie in memory where that is possible: a busy disk would make the programs say "later".
if [ -d /dev/shm ] && [ -w /dev/shm ]; then
  TMPDIR=$(mktemp -d -p /dev/shm frontdoor.XXXXXX)
  export TMPDIR
  trap 'rm -rf "$TMPDIR"' EXIT
fi
# People's own settings must not reach the tests.
for name in $(compgen -e | grep -E '^(FRONTDOOR|LINE|TELEGRAM)_' || true); do unset "$name"; done
rm -rf .coverage .coverage.* .pytest_cache/v/cache/lastfailed

failed=no
run() {
  local code=0
  "$python" -m pytest -n "$workers" --dist loadgroup -q "$@" || code=$?
  [ "$code" -le 1 ] || exit "$code" # not a test that failed
  [ "$code" = 0 ] || failed=yes
}

run "${whole[@]}"
run "${count[@]}" "${wide[@]}"
run "${count[@]}" tests "${whole[@]/#/--ignore=}" "${wide[@]/#/--ignore=}"

if [ "$failed" = yes ]; then
  mapfile -t names < <("$python" -c '
import json, re
print(*(re.sub(r"@[^@\]]*$", "", name) for name in json.load(open(".pytest_cache/v/cache/lastfailed"))), sep="\n")')
  echo "failed beside others:"
  printf '  %s\n' "${names[@]}"
  [ "${RETRY:-yes}" = yes ] && [ "${#names[@]}" -le "$most_alone" ] || exit 1
  "$python" -m pytest -n 0 -q "${count[@]}" "${names[@]}"
  echo "passed alone; the machine was too slow for them, or they depend on others: look at them if they come again"
fi

"$python" -m coverage report --skip-covered
"$python" -m coverage json -q -o .coverage.json
"$python" scripts/check_coverage.py .coverage.json
