"""
What no channel would send: the same wrong values at every place of a good event, and bodies that are none.

Everything is JSON text, because half of it cannot be said in Python: numbers without end, a name twice,
half a character.
"""

from __future__ import annotations

import gzip
import json
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any

from bot.channels.wire import clean_text

Path = tuple[str | int, ...]

#: In turn: each place of each kind meets the next few, so that a place that all kinds have meets all of them.
WRONG = {
    "null": "null",
    "a number": "7",
    "a list": "[]",
    "an object": "{}",
    "true": "true",
    "a text": '"zzz"',
    "an empty text": '""',
    "a long text": json.dumps("長" * 5_001),
    "NUL": r'"\u0000"',
    "half a character": r'"\ud800"',
    "text that turns around": r'"\u202e\u2066abc\u2069"',
    "digits of another script": '"１２３４٣"',
    "a number without end": "9" * 5_000,
    "a negative number": "-1",
    "a fraction": "1.5",
    "beyond any number": "1e999",
    "NaN": "NaN",
    "a list of lists": "[[[]]]",
    "a name twice": '{"a": 1, "a": 2}',
    "deep nesting": "[" * 200 + "]" * 200,
}
_PER_PLACE = 2
_HERE = "@here@"
_ABSENT = object()


@dataclass(frozen=True, slots=True)
class Shape:
    """
    One hostile event or, `whole`, one hostile body.

    `sender` is whom it names, or would if it were good; `may_begin`: it still says enough to be answered.
    """

    name: str
    text: bytes = field(repr=False)
    sender: str
    may_begin: bool = False
    whole: bool = False


def list_places(value: Any, at: Path = ()) -> Iterator[Path]:
    """Yield where something stands in an event, outermost first."""
    inner = value.items() if isinstance(value, dict) else enumerate(value) if isinstance(value, list) else ()
    for key, part in inner:
        yield (*at, key)
        yield from list_places(part, (*at, key))


def spoil(event: Any, at: Path, raw: str | None) -> str:
    """Write the event with `raw` JSON at one place, or without the place."""
    spoilt = json.dumps(_put(event, at, _ABSENT if raw is None else _HERE), ensure_ascii=False)
    return spoilt if raw is None else spoilt.replace(f'"{_HERE}"', raw)


def _put(value: Any, at: Path, new: Any) -> Any:
    if not at:
        return new
    copy = list(value) if isinstance(value, list) else dict(value)
    if new is _ABSENT and len(at) == 1:
        del copy[at[0]]
        return copy
    copy[at[0]] = _put(value[at[0]], at[1:], new)
    return copy


def list_wrongs(turn: int) -> dict[str, str | None]:
    """Return what the `turn`-th place meets: that it is missing, and the next few wrong values."""
    names = list(WRONG)
    chosen = [names[(turn * _PER_PLACE + step) % len(names)] for step in range(_PER_PLACE)]
    return {"missing": None, **{name: WRONG[name] for name in chosen}}


def name_place(at: Path) -> str:
    return ".".join(map(str, at))


def is_text(raw: str | None) -> bool:
    """Whether a wrong value is a text that says something: in many places it is as good as another."""
    return raw is not None and raw.startswith('"') and raw not in {'""', WRONG["NUL"]}


def find_named(raw: str | None) -> str | None:
    """Return the name that a wrong value is, where any text names somebody: what is stored of it."""
    return clean_text(json.loads(str(raw))) if is_text(raw) else None


def list_bodies(good: str) -> dict[str, bytes]:
    """Return bodies that are none, made from the text of a good one."""
    raw = good.encode()
    cut = {f"the first {part} of 25 parts": raw[: len(raw) * part // 25] for part in range(1, 25)}
    return {
        **cut,
        "nothing": b"",
        "a space": b" ",
        "a line end": b"\r\n",
        "no JSON": b"{",
        "null": b"null",
        "true": b"true",
        "a number": b"1",
        "NaN": b"NaN",
        "Infinity": b"-Infinity",
        "a text": b'"events"',
        "an empty list": b"[]",
        "an empty object": b"{}",
        "a list around it": b"[" + raw + b"]",
        "twice": raw + raw,
        "one per line": raw + b"\n" + raw + b"\n",
        "something behind it": raw + b"x",
        "something before it": b"x" + raw,
        "a guard against scripts": b")]}',\n" + raw,
        "a call around it": b"callback(" + raw + b")",
        "comments": b"/* */" + raw,
        "single quotes": good.replace('"', "'").encode(),
        "a comma too many": raw[:-1] + b",}",
        "UTF-16": good.encode("utf-16"),
        "UTF-16 without a mark": good.encode("utf-16-le"),
        "UTF-32": good.encode("utf-32"),
        "EBCDIC": good.encode("cp037", "replace"),
        "compressed": gzip.compress(raw, mtime=0),
        "base64": b"eyJldmVudHMiOltdfQ==",
        "a form": b"events=1&destination=U1&update_id=1&message=%7B%7D",
        "parts": b'--x\r\nContent-Disposition: form-data; name="events"\r\n\r\n[]\r\n--x--\r\n',
        "XML": b'<?xml version="1.0"?><!DOCTYPE a [<!ENTITY b SYSTEM "file:///etc/passwd">]><a>&b;</a>',
        "all bytes": bytes(range(256)),
        "no UTF-8": b"\xff\xfe\xfd" * 100,
        "zeros": b"\0" * 1_000,
        "zeros behind it": raw + b"\0" * 10,
        "lists without end": b"[" * 100_000,
        "lists that Python cannot follow": b"[" * 100_000 + b"]" * 100_000,
        "objects that Python cannot follow": b'{"a":' * 40_000 + b"1" + b"}" * 40_000,
        "a number that Python cannot read": b"9" * 100_000,
        "a text without end": b'"' + b"a" * 100_000,
        "a name without end": b'{"' + b"a" * 100_000 + b'": 1}',
        "as many names as fit": b"{" + b",".join(b'"a%d":1' % n for n in range(10_000)) + b"}",
        "too large": b'{"x": "' + b"a" * 300_000 + b'"}',
    }
