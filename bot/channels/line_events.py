"""
Reading LINE webhooks: is it from LINE, and what did people do.

Our own decoding, event by event, because the SDK's parser drops the reply token of any event that
LINE has extended and loses a whole body over one malformed neighbour. File names, addresses of
content, stickers and coordinates are left behind here; of a message its id is kept, so that the
message can be taken back. What becomes of each kind of event stands in EVENTS.
"""

from __future__ import annotations

import base64
import hashlib
import hmac
import json
import logging
import re
from collections.abc import Callable, Mapping
from datetime import date, datetime, timedelta
from functools import lru_cache
from types import MappingProxyType
from typing import Final

from bot.channels.taps import PICK, decode_tap
from bot.channels.wire import find_id, find_text, find_whole, get_object, parse_json, read_moment
from bot.core.inputs import Edited, Input, Left, MediaKind, Picked, SentMedia, Started, Typed, Unsent
from bot.log import log_incident
from bot.ports import Address, Errand, Inbound, Received

_log = logging.getLogger(__name__)
Event = Mapping[str, object]

CHANNEL: Final = "line"
SIGNATURE_HEADER: Final = "x-line-signature"
#: LINE gives about a minute and reserves the right to change it; we stop earlier.
#: Source: LINE Messaging API reference, Reply token.
TOKEN_LIFE = timedelta(seconds=50)
#: What was written longer ago is not answered any more: by then the phone may be in other hands.
_LATEST = timedelta(minutes=10)
#: The console's old verification sends these; answering them is refused.
#: Source: line-bot-sdk-python, discussions of the verify button.
_DUMMY_TOKENS = frozenset({"0" * 32, "f" * 32})
_MEDIA: dict[str, MediaKind] = {
    "image": "image",
    "video": "video",
    "audio": "audio",
    "file": "file",
    "location": "location",
    "sticker": "sticker",
}
_DAY = re.compile(r"\d{4}-\d{2}-\d{2}", re.ASCII)
#: Whoever left need not be asked to leave: the bot, or a member whom it does not know.
_DEPARTURES = frozenset({"leave", "memberLeft"})
_PLACES = {"group": "groupId", "room": "roomId"}


def verify(raw: bytes, signature: str | None, secret: str) -> bool:
    """
    Tell whether LINE signed exactly these bytes. Never raises, in constant time.

    Source: LINE Messaging API reference, Signature validation.
    """
    if not signature or not secret:
        return False
    mac = _key_mac(secret).copy()
    mac.update(raw)
    return hmac.compare_digest(base64.b64encode(mac.digest()), signature.encode("utf-8", "replace"))


@lru_cache(maxsize=4)
def _key_mac(secret: str) -> hmac.HMAC:
    """Begin a hash that is only ever copied: keying one costs more than hashing a body."""
    return hmac.new(secret.encode(), digestmod="sha256")


def decode(raw: bytes, now: datetime, *, own_id: str = "") -> Received:
    """
    Read what people did in private chats, in the order they happened, and where to leave.

    Never raises: a body that is no JSON, or meant for another bot than `own_id`, holds nothing; an event
    that is malformed, unknown or handled by another module (`standby`) is left out; one that our code fails on
    comes with its fault. LINE names no most events of a body, so all of them are read: the body's size bounds them,
    and what is not taken in time LINE sends again.
    """
    body = parse_json(raw)
    if not isinstance(body, dict) or _is_of_another_bot(body, own_id):
        return Received()
    found = body.get("events")
    listed = found if isinstance(found, list) else []
    events = [event for event in listed if isinstance(event, dict) and event.get("mode") != "standby"]
    inbounds = [inbound for event in events if (inbound := _read_or_salvage(event, now))]
    errands = [errand for event in events if (errand := _find_errand_safely(event))]
    return Received(
        inbounds=tuple(sorted(inbounds, key=lambda inbound: inbound.sent_at or now)),
        errands=tuple(dict.fromkeys(errands)),
    )


def _is_of_another_bot(body: Event, own_id: str) -> bool:
    """Tell by `destination`; an older body without one is ours, because our secret signed it."""
    destination = find_id(body, "destination")
    if not own_id or not destination or destination == own_id:
        return False
    _log.warning("line_other_destination", extra={"channel": CHANNEL})
    return True


def _find_errand_safely(event: Event) -> Errand | None:
    try:
        return _find_errand(event)
    except Exception as fault:  # noqa: BLE001 - a courtesy may cost nothing
        log_incident(_log, "event_unreadable", fault, channel=CHANNEL)
        return None


def _find_errand(event: Event) -> Errand | None:
    """In a group or a room everybody could read along: nothing is read there, and we leave it."""
    kind, source = event.get("type"), get_object(event, "source")
    place = source.get("type")
    if not isinstance(kind, str) or kind in _DEPARTURES or not isinstance(place, str) or place not in _PLACES:
        return None
    place_id = find_id(source, _PLACES[place])
    return Errand("leave_place", to=place_id, detail=place) if place_id else None


def _read_or_salvage(event: Event, now: datetime) -> Inbound | None:
    """A fault of ours must not cost an event's neighbours, nor leave its person without a word."""
    try:
        return _read_event(event, now)
    except Exception as fault:  # noqa: BLE001 - the edge of one event
        return _salvage(event, now, fault)


def _salvage(event: Event, now: datetime, fault: Exception) -> Inbound:
    """Find whom to tell. Where not even that can be read, LINE is asked for the event again."""
    delivery_id = hashlib.sha256(repr(event).encode("utf-8", "replace")).hexdigest()
    try:
        user_id = find_id(get_object(event, "source"), "userId") or ""
        reply_to = _read_address(event, user_id, now) if user_id else None
        return Inbound(CHANNEL, user_id, delivery_id, Started(), reply_to=reply_to, fault=fault)
    except Exception as second:  # noqa: BLE001 - as above
        log_incident(_log, "event_unreadable", second, channel=CHANNEL)
        return Inbound(CHANNEL, "", delivery_id, Started(), fault=fault)


def _read_event(event: Event, now: datetime) -> Inbound | None:
    kind, source = event.get("type"), get_object(event, "source")
    user_id = find_id(source, "userId")
    if source.get("type") != "user" or user_id is None or not isinstance(kind, str):
        return None
    what = EVENTS.get(kind, _say_nothing)(event)
    if what is None:
        return None
    sent_at = read_moment(_unix_s(event), now=now)
    is_answerable = not isinstance(what, Left | Unsent)
    return Inbound(
        channel=CHANNEL,
        user_id=user_id,
        delivery_id=find_id(event, "webhookEventId") or _derive_id(event),
        what=what,
        sent_at=sent_at,
        reply_to=_read_address(event, user_id, _count_from(event, sent_at, now)) if is_answerable else None,
        message_id=_find_message_id(event) if isinstance(what, _OF_A_MESSAGE) else "",
    )


def _unix_s(event: Event) -> float | None:
    milliseconds = find_whole(event, "timestamp")
    return None if milliseconds is None else milliseconds / 1000


# What each kind of event is


def _read_message(event: Event) -> Input | None:
    message = get_object(event, "message")
    kind = message.get("type")
    if not isinstance(kind, str):
        return None
    if kind == "text":
        text = find_text(message, "text")
        return None if text is None else Typed(text)
    return SentMedia(_MEDIA.get(kind, "other"))


def _read_edit(event: Event) -> Input | None:
    message = get_object(event, "message")
    text = find_text(message, "text") if message.get("type") == "text" else None
    return None if text is None else Edited(text)


def _read_unsend(event: Event) -> Input | None:
    return Unsent() if _find_message_id(event) else None


def _read_postback(event: Event) -> Input | None:
    """
    Read a button; one of an older edition or of somebody else's menu asks the question again.

    Source: LINE Messaging API reference, Postback event, `postback.params`.
    """
    postback = get_object(event, "postback")
    params = get_object(postback, "params")
    if "status" in params:
        return None  # a menu was changed for another, and nothing was said
    tapped = decode_tap(postback.get("data"))
    if tapped is None or tapped.id != PICK or "date" not in params:
        return tapped or Started()
    day = _find_day(params)
    return Picked(day, tapped.visit, tapped.turn) if day else Started()


def _find_day(params: Event) -> date | None:
    written = find_text(params, "date") or ""
    try:
        return date.fromisoformat(written) if _DAY.fullmatch(written) else None
    except ValueError:
        return None


def _start(_: Event) -> Input:
    return Started()


def _leave(_: Event) -> Input:
    return Left()


def _say_nothing(_: Event) -> None:
    return None


#: What becomes of each kind of event in a private chat; one that is not named is silence too, because its
#: meaning would be guessed. In groups and rooms no event is read (see `_find_errand`).
#: Source: LINE webhook.yml, Event.discriminator.mapping; Messaging API reference, Webhook event objects.
EVENTS: Final[Mapping[str, Callable[[Event], Input | None]]] = MappingProxyType(
    {
        "message": _read_message,  # what they wrote; of anything else only its kind
        "messageEdited": _read_edit,  # what it says now
        "unsend": _read_unsend,  # which message is to be forgotten; there is no way to answer
        "follow": _start,  # they came, or came back after blocking us
        "unfollow": _leave,  # they blocked us: nothing may be sent any more
        "postback": _read_postback,  # a button, or a day from the picker
        "join": _say_nothing,  # happens in groups and rooms only
        "leave": _say_nothing,  # the same: we were removed
        "memberJoined": _say_nothing,  # the same
        "memberLeft": _say_nothing,  # the same
        "videoPlayComplete": _say_nothing,  # we send no videos
        "beacon": _say_nothing,  # where somebody is is none of our business
        "accountLink": _say_nothing,  # we link no accounts: nobody's name is wanted
        "membership": _say_nothing,  # we sell nothing
        "module": _say_nothing,  # about the account, not of a person: another program was attached
        "activated": _say_nothing,  # the same: this program has the chat
        "deactivated": _say_nothing,  # the same: another one has it
        "botSuspended": _say_nothing,  # the same: the operator sees it in LINE's console
        "botResumed": _say_nothing,  # the same
        "delivery": _say_nothing,  # answers notifications to telephone numbers, which we never send
    }
)
#: The inputs that are a message or about one; the others have no id.
_OF_A_MESSAGE = (Typed, SentMedia, Edited, Unsent)


# Names and the way back


def _find_message_id(event: Event) -> str:
    unsent = find_id(get_object(event, "unsend"), "messageId")
    return unsent or find_id(get_object(event, "message"), "id") or ""


def _count_from(event: Event, sent_at: datetime | None, now: datetime) -> datetime:
    """
    Say since when its token lives: LINE counts from the receipt, also of what it delivers again, for twenty minutes.

    So nobody is left without an answer because we were away for a minute, or because our clock is ahead. What comes
    again too late has a token that is over. Source: LINE Messaging API reference, Reply token.
    """
    is_first = get_object(event, "deliveryContext").get("isRedelivery") is False
    is_over = not is_first and sent_at is not None and now - sent_at > _LATEST
    return sent_at if is_over and sent_at else now


def _read_address(event: Event, user_id: str, since: datetime) -> Address | None:
    token = find_id(event, "replyToken")
    if token is None or token in _DUMMY_TOKENS:
        return None
    return Address(to=user_id, token=token, until=since + TOKEN_LIFE)


def _derive_id(event: Event) -> str:
    """Name an event of an older shape by what stays the same when LINE sends it again."""
    postback = get_object(event, "postback")
    same = {
        "type": find_text(event, "type"),
        "timestamp": find_whole(event, "timestamp"),
        "userId": find_text(get_object(event, "source"), "userId"),
        "replyToken": find_text(event, "replyToken"),
        "messageId": _find_message_id(event),
        "postback": find_text(postback, "data"),
        "date": find_text(get_object(postback, "params"), "date"),
    }
    canonical = json.dumps(same, sort_keys=True, separators=(",", ":"))
    return hashlib.sha256(canonical.encode()).hexdigest()
