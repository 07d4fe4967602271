"""
Reading what comes over the wire without ever failing: JSON, text, numbers, headers, tokens.

The bodies are signed, yet they carry what strangers typed, and platforms add to them unannounced.
"""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from datetime import UTC, datetime, timedelta

#: Longer integers are refused by Python itself and stand for nothing a channel would send.
_MAX_DIGITS = 19
_SURROGATE = re.compile("[\ud800-\udfff]")
#: No messaging channel of ours is older. An earlier time is a broken clock or a test of somebody's.
_EARLIEST = datetime(2011, 1, 1, tzinfo=UTC)
_LATEST_AHEAD = timedelta(hours=1)


def parse_json(raw: bytes) -> object:
    """
    Parse a body; None when it is no JSON.

    Whatever no channel sends becomes None in its place, so that the neighbours live: an object that
    names a key twice, NaN, Infinity, an integer beyond 19 digits. Bytes that are not UTF-8 become
    U+FFFD. Nesting beyond what Python can follow makes the whole body None.
    """
    try:
        return json.loads(
            raw.decode("utf-8-sig", "replace"),
            object_pairs_hook=_object_without_repeats,
            parse_constant=lambda _: None,
            parse_int=_bounded_int,
        )
    except (ValueError, RecursionError):
        return None


def _object_without_repeats(pairs: list[tuple[str, object]]) -> dict[str, object] | None:
    found = dict(pairs)
    return found if len(found) == len(pairs) else None


def _bounded_int(digits: str) -> int | None:
    return int(digits) if len(digits) <= _MAX_DIGITS else None


def get_object(value: object, key: str) -> dict[str, object]:
    """Return the object under a key; an empty one when there is none."""
    inner = value.get(key) if isinstance(value, dict) else None
    return inner if isinstance(inner, dict) else {}


def find_text(value: Mapping[str, object], key: str) -> str | None:
    """Return the cleaned text under a key; None when there is no text."""
    text = value.get(key)
    return clean_text(text) if isinstance(text, str) else None


def find_id(value: Mapping[str, object], key: str, *, max_chars: int = 256) -> str | None:
    """Return an identifier under a key; None when it is missing, empty or absurdly long."""
    text = find_text(value, key)
    return text if text and len(text) <= max_chars else None


def find_whole(value: Mapping[str, object], key: str) -> int | None:
    """Return the whole number under a key; None for anything else, `true` included."""
    number = value.get(key)
    return number if isinstance(number, int) and not isinstance(number, bool) else None


def clean_text(text: str) -> str:
    """Drop NUL, which PostgreSQL refuses, and replace lone surrogates, which no encoding carries."""
    return _SURROGATE.sub("\ufffd", text.replace("\x00", ""))


def read_moment(unix_s: float | None, *, now: datetime) -> datetime | None:
    """Return a channel's time as aware UTC; None when it is missing or absurd."""
    if unix_s is None:
        return None
    try:
        moment = datetime.fromtimestamp(unix_s, UTC)
    except (ValueError, OverflowError, OSError):
        return None
    return moment if _EARLIEST <= moment <= now + _LATEST_AHEAD else None


def find_header(headers: Mapping[str, str], name: str) -> str | None:
    """
    Return a header by its lower-case name, in whatever case it came.

    None when it is missing, and also when it came more than once: then nobody knows which counts.
    """
    found = [value for key, value in headers.items() if key.lower() == name]
    return found[0] if len(found) == 1 else None


def is_sendable(secret: str) -> bool:
    """Whether a token can stand in a header or an address: no space or line end came along with it."""
    return bool(secret) and secret.isascii() and secret.isprintable() and " " not in secret
