"""
The web page as a channel: fields become an input, a reply becomes a view.

Pure. It adds no words and writes no markup: links are pieces that the page builds nodes from.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from hashlib import sha256
from typing import Any

from bot.channels.taps import decode_tap, encode_tap
from bot.core.inputs import Input, Typed
from bot.core.model import VisitId
from bot.core.reply import Button, Reply
from bot.core.text import clean
from bot.ports import Inbound

CHANNEL = "web"

_MAX_VISIT_CHARS = 64
_TURN = re.compile(r"[0-9]{1,6}", re.ASCII)
_DELIVERY = re.compile(r"[A-Za-z0-9_-]{16,128}", re.ASCII)
#: The national short numbers of the directory. Source: flows/directory, FACTS N01-N15.
_SHORT = r"110|113|119|165|1925|1955|1957|1980|1990|1995"
#: 113年, 第110條, 165件 and 113-08-15 are no telephone numbers.
_COUNTED = r"[年條項款號元歲件天日月時分秒人次位名筆個章頁倍萬億%％]"
#: Our own pages in the demo are the only ones without https.
_FOUND = re.compile(
    rf"""
    (?P<url> (?:https://[A-Za-z0-9.-]+|http://127\.0\.0\.1)(?::\d+)?(?:[/?\#][A-Za-z0-9\-._~%!$&'*+,;=:@/?\#]*)? )
  | (?<![\d.\-+]) (?P<number>
        0\d{{1,3}}-\d{{3,4}}-\d{{3,4}} | 0\d{{1,3}}-\d{{6,8}} | \d{{3}}-\d{{4}} ) (?![\d\-])
    (?: [ ]? (?:分機?|轉|\#|[ ]ext\.?) [ ]? (?P<ext>\d{{1,5}}) )?
  | (?<![\dA-Za-z.\-:第$]) (?<![A-Za-z]/) (?<!民國) (?<!民國[ ]) (?P<short>{_SHORT})
    (?! [\dA-Za-z] | [.\-:/]\d{{1,2}}(?!\d) | [.\-:]\d | [ ]?{_COUNTED} )
    """,
    re.VERBOSE | re.ASCII,
)


class Web:
    """Reads what the page sends and draws what the bot says."""

    def decode(self, fields: Mapping[str, object], *, user_id: str, locale: str) -> Inbound | None:
        """Read `delivery` with `tap`, or with `text` and its `visit`. None: nothing was said, or not by our page."""
        what = _read_input(fields)
        delivery = fields.get("delivery")
        if what is None or not isinstance(delivery, str) or not _DELIVERY.fullmatch(delivery):
            return None
        return Inbound(
            channel=CHANNEL,
            user_id=user_id,
            delivery_id=_name_delivery(user_id, delivery, what),
            what=what,
            locale=locale,
        )

    def encode(self, reply: Reply) -> Mapping[str, Any]:
        """Draw a reply. `tap` is what a button sends back."""
        return {
            "bubbles": [find_links(bubble) for bubble in reply.bubbles],
            "choices": [_draw(button, reply) for button in reply.choices],
            "ways": [_draw(button, reply) for button in reply.ways_out],
            "visit": reply.visit,
            "turn": reply.turn,
            "leaving": reply.leaving,
        }


def find_links(text: str) -> list[dict[str, str]]:
    """Split a text of ours into pieces: `text`, and `href` where one can call or read on."""
    return list(_split(text))


def _split(text: str) -> Iterator[dict[str, str]]:
    end = 0
    for found in _FOUND.finditer(text):
        shown = found[0].rstrip(".,;:!?'") if found["url"] else found[0]
        if found.start() > end:
            yield {"text": text[end : found.start()]}
        yield {"text": shown, "href": _make_href(found, shown)}
        end = found.start() + len(shown)
    if end < len(text):
        yield {"text": text[end:]}


def _make_href(found: re.Match[str], shown: str) -> str:
    if found["url"]:
        return shown
    if found["short"]:
        return f"tel:{shown}"
    # A comma is a pause before the extension: telephones know it, unlike the `;ext=` of RFC 3966.
    return f"tel:{found['number'].replace('-', '')}" + (f",{found['ext']}" if found["ext"] else "")


def _read_input(fields: Mapping[str, object]) -> Input | None:
    tap, text = fields.get("tap"), fields.get("text")
    if tap is not None:
        return decode_tap(tap)
    if not isinstance(text, str) or not clean(text).strip():
        return None
    return Typed(clean(text), _read_visit(fields.get("visit")), _read_turn(fields.get("turn")))


def _read_turn(turn: object) -> int | None:
    """Read at which turn it was: a number from the script, digits from the form."""
    written = str(turn) if isinstance(turn, int | str) and not isinstance(turn, bool) else ""
    return int(written) if _TURN.fullmatch(written) else None


def _read_visit(visit: object) -> VisitId | None:
    """Read which question the page showed when they wrote; None: it could not show any."""
    is_sound = isinstance(visit, str) and 0 < len(visit) <= _MAX_VISIT_CHARS and visit.isprintable()
    return VisitId(str(visit)) if is_sound else None


def _name_delivery(user_id: str, delivery: str, what: Input) -> str:
    # Bound to the person: a first act whose answer was lost comes again without the cookie, so it
    # is a new person's and must count. Bound to the kind: a page's two forms share one nonce.
    told = f"{user_id}\n{type(what).__name__}\n{delivery}"
    return sha256(told.encode()).hexdigest()


def _draw(button: Button, reply: Reply) -> dict[str, str]:
    return {"tap": encode_tap(button.id, visit=reply.visit, turn=reply.turn), "label": button.label}
