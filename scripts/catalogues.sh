#!/usr/bin/env bash
# Collects every sentence of flows/ into locales/frontdoor.pot and brings each language's .po up to date.
# A reworded sentence loses its translation (git diff shows the old pair beside it); nothing is guessed.
#   scripts/catalogues.sh           write
#   scripts/catalogues.sh --check   write nothing, fail when a catalogue is stale
set -euo pipefail
cd "$(dirname "$0")/.."
python=${PYTHON:-.venv/bin/python}
babel=("$python" -m babel.messages.frontend --quiet)
case ${1:-} in
  "" | --check) ;;
  *) echo "usage: scripts/catalogues.sh [--check]" >&2; exit 2 ;;
esac

new=$(mktemp -d)
trap 'rm -rf "$new"' EXIT

# The template. Its header is ours: Babel's carries the time of the run.
read -r -a spoken <<<"$("$python" -c 'from bot.pack import find_data, list_spoken; print(*(f"flows/{name}" for name in list_spoken(find_data("flows"))))')"
"${babel[@]}" extract --mapping=locales/babel.cfg --no-wrap --add-location=file --omit-header \
  --output-file="$new/body" "${spoken[@]}"
{
  cat <<'HEADER'
# Every sentence a person may read. Written by scripts/catalogues.sh: do not edit.
msgid ""
msgstr ""
"Project-Id-Version: frontdoor\n"
"MIME-Version: 1.0\n"
"Content-Type: text/plain; charset=UTF-8\n"
"Content-Transfer-Encoding: 8bit\n"

HEADER
  cat "$new/body"
} >"$new/frontdoor.pot"

# The languages. Their headers stay as they are, because Babel would drop the review status.
made=(frontdoor.pot)
for po in locales/*/LC_MESSAGES/frontdoor.po; do
  [ -e "$po" ] || continue
  locale=$(basename "$(dirname "$(dirname "$po")")")
  cp "$po" "$new/body"
  "${babel[@]}" update --input-file="$new/frontdoor.pot" --output-file="$new/body" --locale="$locale" \
    --no-wrap --no-fuzzy-matching --ignore-obsolete --omit-header
  mkdir -p "$new/$locale/LC_MESSAGES"
  { sed '/^$/,$d' "$po"; echo; cat "$new/body"; } >"$new/$locale/LC_MESSAGES/frontdoor.po"
  made+=("$locale/LC_MESSAGES/frontdoor.po")
done

if [ -z "${1:-}" ]; then
  for name in "${made[@]}"; do cp "$new/$name" "locales/$name"; done
  exit
fi
stale=0
for name in "${made[@]}"; do
  if ! cmp -s "$new/$name" "locales/$name"; then
    echo "locales/$name is stale: run scripts/catalogues.sh, then translate what became empty" >&2
    stale=1
  fi
done
exit "$stale"
