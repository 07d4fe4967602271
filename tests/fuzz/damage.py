"""What is done to the bytes of a body on its way: each takes them and the dice, and gives others."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from random import Random
from typing import Any, Final


def choose(dice: Random, among: Sequence[Any]) -> Any:
    """Choose one, in a tenth of the time that `dice.choice` takes."""
    return among[int(dice.random() * len(among))]


def _cut(raw: bytes, dice: Random) -> bytes:
    return raw[: dice.randrange(len(raw) + 1)]


def _flip(raw: bytes, dice: Random) -> bytes:
    if not raw:
        return raw
    at = dice.randrange(len(raw))
    return raw[:at] + bytes([raw[at] ^ 1 << dice.randrange(8)]) + raw[at + 1 :]


def _put(raw: bytes, dice: Random) -> bytes:
    at = dice.randrange(len(raw) + 1)
    return raw[:at] + choose(dice, _TOKENS) * dice.choice((1, 1, 1, 2, 50)) + raw[at:]


def _take(raw: bytes, dice: Random) -> bytes:
    at = dice.randrange(len(raw) + 1)
    return raw[:at] + raw[at + dice.randint(1, 20) :]


def _double(raw: bytes, dice: Random) -> bytes:
    first, last = sorted((dice.randrange(len(raw) + 1), dice.randrange(len(raw) + 1)))
    return raw[:last] + raw[first:last] * dice.choice((1, 1, 3)) + raw[last:]


def _swap(raw: bytes, dice: Random) -> bytes:
    return raw.replace(choose(dice, _TOKENS), choose(dice, _TOKENS), dice.choice((1, 2, -1)))


def _wrap(raw: bytes, dice: Random) -> bytes:
    before, after = choose(
        dice,
        (
            (b"[", b"]"),
            (b"\xef\xbb\xbf", b""),
            (b"", b"\n"),
            (b'{"events":', b"}"),
            (b" " * 9, b"\0"),
            (b"", b"x"),
        ),
    )
    return bytes(before + raw + after)


def _recode(raw: bytes, dice: Random) -> bytes:
    return raw.decode("utf-8", "replace").encode(
        dice.choice(("utf-16", "utf-16-le", "utf-32", "big5", "cp037", "utf-7")), "replace"
    )


def _dig(raw: bytes, dice: Random) -> bytes:
    """Nest something deeper than Python follows."""
    depth = dice.choice((50, 500, 1_100, 5_000))
    return (
        raw.replace(b'"text"', b"[" * depth + b"]" * depth, 1)
        if dice.random() < 0.5
        else b"[" * depth + raw + b"]" * depth
    )


def _swell(raw: bytes, dice: Random) -> bytes:
    """Come near the cap, or over it."""
    pad = (
        max(256 * 1024 - len(raw) - dice.choice((-1, 0, 1, 50)), 0)
        if dice.random() < 0.05
        else dice.randrange(2_000)
    )
    return raw + b" " * pad


DAMAGES: Final[tuple[Callable[[bytes, Random], bytes], ...]] = (
    _cut,
    _flip,
    _flip,
    _put,
    _put,
    _take,
    _double,
    _swap,
    _swap,
    _wrap,
    _recode,
    _dig,
    _swell,
)
_TOKENS = (
    b'"', b"{", b"}", b"[", b"]", b",", b":", b"\\", b"\\u", b"\\ud800", b"null", b"true", b"\0", b"\xff", b"\xed\xa0\x80", b"\xf4\x90\x80\x80", b"1e400",
    b"NaN", b"-", b"0", b"9" * 30, b'"type"', b'"events"', b'"source"', b'"userId"', b'"replyToken"', b'"message"', b'"text"', b'"from"', b'"chat"', b'"id"',
    b'"update_id"', b'"user"', b'"private"', b'"mode"', b'"active"', b'"standby"', b"\r\n", b"/*", b"\xe2\x80\xae", b'"":"",',
)  # fmt: skip
