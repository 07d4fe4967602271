"""
Webhook bodies: good ones from the grammar, the same with something wrong in one place, and bytes that were cut, turned and mixed.

The dice decide everything but which buttons a person was shown. What a body means is told by our own reading of it (`judge`), and of
those that nothing was done to also from here: `sure` are people who must be answered.
"""

from __future__ import annotations

import base64
import hmac
import itertools
import json
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from random import Random
from typing import Any, Final

from benchmarks.terms import BOT_USER_ID
from tests.channels.hostile import WRONG, list_places, spoil
from tests.fuzz import seeds
from tests.fuzz.damage import DAMAGES, choose
from tests.fuzz.odd import make_text

SECRET: Final = "channel-secret"
WEBHOOK_SECRET: Final = "w" * 43
BOT_ID: Final = BOT_USER_ID
_HERE = "@here@"
Headers = list[tuple[bytes, bytes]]
_LINE, _TELEGRAM = b"x-line-signature", b"x-telegram-bot-api-secret-token"
#: Beside those that the lists of hostile bodies have.
VALUES: Final = (
    *WRONG.values(), "false", "0", "-0", "0.0", "1e3", "9223372036854775807", "9223372036854775808", "-9223372036854775808", "9" * 19, "9" * 20,
    "Infinity", "-Infinity", '"@who@"', '["@who@"]', '{"type":"user","userId":"@who@"}', '{"id":"@who@"}', '" "', r'"\u0000\uffff\udfff"', '"follow"',
    '"message"', '"text"', '"user"', '"group"', '"private"', "[null]", '{"":""}', '{"__proto__":1}', '"\\u202e"', "[" * 40 + "]" * 40,
)  # fmt: skip
_SAID = (
    "1",
    "2",
    "3",
    "4",
    "5",
    "好",
    "不要",
    "離開",
    "找真人",
    "返回",
    "重來",
    "忘記我",
    "不安全",
    "我想知道怎麼下架",
    "/start",
    "/human",
    "安全",
    "嗨",
    "我怕",
)
_MOVES = (
    "safe",
    "erase",
    "erase_yes",
    "pick",
    "back",
    "human",
    "leave",
    "wipe_yes",
    "page",
    "withdraw",
    "x",
    "",
)


@dataclass(frozen=True, slots=True)
class Body:
    """One delivery. `sure`: by name, whoever must be answered. `is_signed`: by the platform."""

    channel: str
    raw: bytes = field(repr=False)
    headers: Headers = field(repr=False)
    is_signed: bool
    sure: tuple[str, ...] = ()


def sign(raw: bytes, secret: str = SECRET) -> bytes:
    """Sign a body as LINE does."""
    return base64.b64encode(hmac.digest(secret.encode(), raw, "sha256"))


class Grammar:
    """
    Writes bodies by the dice. `shown`: what the buttons carry that somebody has on the screen; the stage fills it.

    `chunk` makes names unique; one in four bodies is of somebody who came before, so that conversations get somewhere.
    """

    def __init__(self, dice: Random, chunk: int) -> None:
        self.dice = dice
        self.shown: dict[str, Sequence[str]] = {}
        self.owners: dict[str, str] = {}
        self._chunk = chunk
        self._numbers = itertools.count(1)
        self._known: dict[str, list[str]] = {"line": [], "telegram": []}
        self._last: list[Body] = []

    def write(self, *, signed: bool = True) -> Body:
        """Write one body."""
        dice = self.dice
        if self._last and dice.random() < 0.03:
            body = self._last[int(dice.random() * len(self._last))]  # it comes again
        else:
            body = self._write_line() if dice.random() < 0.8 else self._write_telegram()
            self._remember(body)
        return body if signed else _spoil_signature(body, dice)

    def _remember(self, body: Body) -> None:
        if len(self._last) < 50:
            self._last.append(body)
        else:
            self._last[int(self.dice.random() * 50)] = body

    # LINE

    def _write_line(self) -> Body:
        dice = self.dice
        written = [
            self._write_event("line", seeds.LINE_PEOPLE, seeds.LINE_OTHERS)
            for _ in range(_count_events(dice))
        ]
        events = ",".join(text for text, _ in written)
        destination = json.dumps(BOT_ID) if dice.random() < 0.98 else self._value()
        text = f'{{"destination":{destination},"events":[{events}]}}'
        raw = self._damage(_encode(text))
        is_whole = raw == _encode(text) and destination == json.dumps(BOT_ID)
        sure = tuple(who for _, who in written if who) if is_whole else ()
        return Body("line", raw, [(_LINE, sign(raw))], is_signed=True, sure=sure)

    # Telegram

    def _write_telegram(self) -> Body:
        text, who = self._write_event("telegram", seeds.TELEGRAM_PEOPLE, seeds.TELEGRAM_OTHERS)
        raw = self._damage(_encode(text))
        sure = (who,) if who and raw == _encode(text) else ()
        return Body("telegram", raw, [(_TELEGRAM, WEBHOOK_SECRET.encode())], is_signed=True, sure=sure)

    # One event

    def _write_event(self, channel: str, people: Sequence[Any], others: Sequence[Any]) -> tuple[str, str]:
        """Write one event as JSON, and who is sure to be answered for it."""
        dice = self.dice
        from_people = dice.random() < 0.7
        event = choose(dice, people if from_people else others)
        who = self._name(channel)
        if dice.random() < 0.45:
            return self._fill(_good(event), channel, who), who if from_people else ""
        at = choose(dice, _places(event))
        value = None if dice.random() < 0.15 else self._value()
        return self._fill(
            _spoilt(event, at, is_missing=value is None).replace(f'"{_HERE}"', value or ""), channel, who
        ), ""

    def _fill(self, text: str, channel: str, who: str) -> str:
        dice = self.dice
        number = self._chunk * 1_000_000 + next(self._numbers)
        is_line = channel == "line"
        token = f"{number:032x}"
        if is_line:
            self.owners[token] = who
        said = json.dumps(self._say(who), ensure_ascii=dice.random() < 0.5)
        return (
            text.replace('"@who@"', f'"{who}"' if is_line else who)
            .replace("@token@", token)
            .replace('"@mark@"', f'"{number:026d}"' if is_line else str(number))
            .replace('"@number@"', f'"{number}"' if is_line else str(number))
            .replace('"@time@"', self._tell_time(1000 if is_line else 1))
            .replace('"@text@"', said)
        )

    def _say(self, who: str) -> str:
        dice = self.dice
        luck = dice.random()
        shown = self.shown.get(who)
        if shown and luck < 0.5:
            return choose(dice, shown)
        if luck < 0.65:
            return choose(dice, _SAID)
        if luck < 0.75:
            return f"v={make_text(dice)[:20]}&t={dice.choice(('0', '1', '-1', '9' * 30, '٣'))}&c={choose(dice, _MOVES)}"
        return make_text(dice)

    def _name(self, channel: str) -> str:
        known = self._known[channel]
        if known and self.dice.random() < 0.4:
            return known[-1 - int(self.dice.random() ** 3 * len(known))]
        number = self._chunk * 1_000_000 + next(self._numbers)
        known.append(f"U{number:032x}" if channel == "line" else str(number))
        return known[-1]

    def _tell_time(self, per_second: int) -> str:
        luck = self.dice.random()
        if luck < 0.94:
            return str(int(time.time() * per_second))
        ago_s = self.dice.choice((-(10**9), -3_600, 2, 45, 60, 86_400, 10**9, 10**12))
        return str(int((time.time() - ago_s) * per_second))

    def _value(self) -> str:
        if self.dice.random() < 0.3:
            return json.dumps(make_text(self.dice), ensure_ascii=self.dice.random() < 0.5)
        return str(choose(self.dice, VALUES))

    def _damage(self, raw: bytes) -> bytes:
        """Leave four in five bodies alone; do one to four things to the bytes of the others."""
        if self.dice.random() < 0.8:
            return raw
        for _ in range(self.dice.randint(1, 4)):
            raw = choose(self.dice, DAMAGES)(raw, self.dice)
        return raw


def _count_events(dice: Random) -> int:
    luck = dice.random()
    if luck < 0.72:
        return 1
    return (
        0
        if luck < 0.75
        else dice.randint(2, 4)
        if luck < 0.96
        else dice.randint(5, 12)
        if luck < 0.9995
        else 60
    )


def _encode(text: str) -> bytes:
    return text.encode(
        "utf-8", "surrogatepass"
    )  # half a character as it stands: no UTF-8, and yet it may come


# Each event is written once for each place that may be wrong in it; then only names are filled in.

_WRITTEN: dict[tuple[int, Any], Any] = {}


def _once(key: tuple[int, Any], make: Callable[[], Any]) -> Any:
    if key not in _WRITTEN:
        _WRITTEN[key] = make()
    return _WRITTEN[key]


def _good(event: Any) -> str:
    return str(_once((id(event), "good"), lambda: json.dumps(event, ensure_ascii=False)))


def _places(event: Any) -> Sequence[Any]:
    return list(_once((id(event), "places"), lambda: list(list_places(event))))


def _spoilt(event: Any, at: Any, *, is_missing: bool) -> str:
    raw = None if is_missing else f'"{_HERE}"'
    return str(_once((id(event), (at, is_missing)), lambda: spoil(event, at, raw)))


# Signatures that are none


def _spoil_signature(body: Body, dice: Random) -> Body:
    wrong = choose(dice, _WRONG_LINE if body.channel == "line" else _WRONG_TELEGRAM)
    headers = wrong(body.raw, dict(body.headers), dice)
    return Body(body.channel, body.raw, headers, is_signed=False)


def _turn_bit(given: bytes, dice: Random) -> bytes:
    """Change one character to another: in base64 the last one before the padding may say the same, so not that."""
    at = dice.randrange(len(given) - 2)
    return given[:at] + (b"A" if given[at : at + 1] != b"A" else b"B") + given[at + 1 :]


_WrongHeaders = Callable[[bytes, Mapping[bytes, bytes], Random], Headers]


def _as_line(make: Callable[[bytes, bytes, Random], bytes]) -> _WrongHeaders:
    return lambda raw, given, dice: [(_LINE, make(raw, given[_LINE], dice))]


_WRONG_LINE: Final[tuple[_WrongHeaders, ...]] = (
    _as_line(lambda raw, _given, _dice: sign(raw, "another-secret")),
    _as_line(lambda raw, _given, _dice: sign(raw, "")),
    _as_line(lambda raw, _given, _dice: sign(raw + b" ")),
    _as_line(lambda raw, _given, _dice: sign(raw + b"\n")),
    _as_line(lambda _raw, given, dice: _turn_bit(given, dice)),
    _as_line(lambda _raw, given, _dice: given.rstrip(b"=")),
    _as_line(lambda _raw, given, dice: given[: dice.randrange(len(given))]),
    _as_line(lambda _raw, given, _dice: given + b"="),
    _as_line(lambda _raw, given, _dice: given.swapcase()),
    _as_line(lambda _raw, given, _dice: b" " + given),
    _as_line(lambda _raw, given, _dice: given + b", " + given),
    _as_line(lambda raw, _given, _dice: hmac.digest(SECRET.encode(), raw, "sha256").hex().encode()),
    _as_line(lambda raw, _given, _dice: base64.b64encode(hmac.digest(SECRET.encode(), raw, "sha1"))),
    _as_line(lambda raw, _given, _dice: base64.b64encode(hmac.digest(SECRET.encode(), raw, "sha512"))),
    _as_line(lambda _raw, _given, dice: dice.randbytes(32)),
    _as_line(lambda _raw, _given, dice: base64.b64encode(dice.randbytes(32))),
    _as_line(lambda _raw, _given, dice: make_text(dice).encode("utf-8", "replace")),
    _as_line(lambda _raw, _given, _dice: b""),
    _as_line(lambda _raw, _given, _dice: b"x" * 5_000),
    lambda _raw, _given, _dice: [],
    lambda _raw, given, _dice: [(_LINE, given[_LINE]), (_LINE, given[_LINE])],
    lambda _raw, given, _dice: [(b"x-line-signature-2", given[_LINE])],
    lambda _raw, _given, _dice: [(_TELEGRAM, WEBHOOK_SECRET.encode())],
)  # fmt: skip
_WRONG_TELEGRAM: Final[tuple[_WrongHeaders, ...]] = (
    lambda _raw, _given, _dice: [],
    lambda _raw, _given, dice: [(_TELEGRAM, _turn_bit(WEBHOOK_SECRET.encode(), dice))],
    lambda _raw, _given, _dice: [(_TELEGRAM, WEBHOOK_SECRET[:-1].encode())],
    lambda _raw, _given, _dice: [(_TELEGRAM, WEBHOOK_SECRET.encode() + b"w")],
    lambda _raw, _given, _dice: [(_TELEGRAM, WEBHOOK_SECRET.upper().encode())],
    lambda _raw, _given, _dice: [(_TELEGRAM, b"")],
    lambda _raw, _given, dice: [(_TELEGRAM, make_text(dice).encode("utf-8", "replace"))],
    lambda _raw, _given, _dice: [(_TELEGRAM, WEBHOOK_SECRET.encode())] * 2,
    lambda raw, _given, _dice: [(_LINE, sign(raw))],
    lambda _raw, _given, _dice: [(_TELEGRAM, "ｗ".encode() * 43)],
)  # fmt: skip


def list_seeds() -> Iterator[tuple[str, bytes]]:
    """Yield each good body once, by channel: for whoever searches from there."""
    grammar = Grammar(Random(0), 1)
    for event in (*seeds.LINE_PEOPLE, *seeds.LINE_OTHERS):
        yield (
            "line",
            _encode(
                f'{{"destination":"{BOT_ID}","events":[{grammar._fill(_good(event), "line", "U" + "1" * 32)}]}}'
            ),
        )
    for event in (*seeds.TELEGRAM_PEOPLE, *seeds.TELEGRAM_OTHERS):
        yield "telegram", _encode(grammar._fill(_good(event), "telegram", "7000001"))
