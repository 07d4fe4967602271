#!/usr/bin/env bash
# Takes the pictures of the README anew: the web chat on a phone and on a computer, and two pages of the back office.
# Starts a front door of its own on a free port with an empty data folder, and takes both away again.
set -euo pipefail
cd "$(dirname "$0")/.."
bin=${BIN:-.venv/bin}

data=$(mktemp -d)
read -r port office < <("$bin/python" -c '
import socket
held = [socket.socket() for _ in range(2)]
for one in held:
    one.bind(("127.0.0.1", 0))
print(*(one.getsockname()[1] for one in held))')

env -u FRONTDOOR_DATABASE_URL -u FRONTDOOR_PUBLIC_URL -u LINE_CHANNEL_SECRET -u LINE_CHANNEL_ACCESS_TOKEN \
  -u TELEGRAM_BOT_TOKEN -u TELEGRAM_WEBHOOK_SECRET FRONTDOOR_ENV=demo FRONTDOOR_DATA_DIR="$data" FRONTDOOR_HOST=127.0.0.1 \
  FRONTDOOR_PORT="$port" FRONTDOOR_OFFICE_PORT="$office" "$bin/frontdoor" serve >"$data/log" 2>&1 &
serving=$!
trap 'kill "$serving" 2>/dev/null || true; wait "$serving" 2>/dev/null || true; rm -rf "$data"' EXIT

url="http://127.0.0.1:$port"
"$bin/python" - "$url/readyz" <<'PY' || { cat "$data/log" >&2; exit 1; }
import sys, time, urllib.request
for _ in range(300):
    try:
        with urllib.request.urlopen(sys.argv[1], timeout=2) as answer:
            sys.exit(answer.status != 200)
    except OSError:
        time.sleep(0.1)
sys.exit("the front door did not start")
PY

mkdir -p docs/images
# From the first word to the first steps after a threat; the labels stand in flows/tracks/.
walk=("方便，可以說" "我自己" "滿 18 歲了" "那時滿 18 歲" "有人說要傳出去")
"$bin/python" scripts/screenshot.py "$url/chat" docs/images/chat-phone.png "${walk[@]}"
"$bin/python" scripts/screenshot.py "$url/chat" docs/images/chat-desktop.png --wide
"$bin/python" -m scripts.office_looks docs/images --readme
echo docs/images/chat-phone.png docs/images/chat-desktop.png docs/images/office-queue.png docs/images/office-handoff.png
