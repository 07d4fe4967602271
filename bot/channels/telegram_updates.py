"""
Reading Telegram updates: what one person did in a private chat, and the courtesies Telegram wants.

Groups and channels are left, and nothing of them is read. File ids, captions, names and places are
left behind here.
"""

from __future__ import annotations

import hmac
import logging
import re
from collections.abc import Callable, Iterator, Mapping
from dataclasses import replace
from datetime import datetime, timedelta
from typing import Final

from bot.channels.taps import decode_tap
from bot.channels.wire import find_id, find_text, find_whole, get_object, parse_json, read_moment
from bot.core.code import read_code
from bot.core.inputs import Edited, Input, Left, MediaKind, SentMedia, Started, Typed
from bot.log import log_incident
from bot.ports import Address, Errand, Inbound, Received

_log = logging.getLogger(__name__)
CHANNEL: Final = "telegram"
#: Source: Telegram Bot API, setWebhook, `secret_token`.
SECRET_HEADER: Final = "x-telegram-bot-api-secret-token"  # noqa: S105  # the header's name

#: Every kind of update and what becomes of it. Source: Telegram Bot API 10.1, Update.
KINDS: Final[Mapping[str, str]] = {
    "message": "private: typed, a command, or only the kind of media; elsewhere: we leave",
    "edited_message": "private and young: what it says now; elsewhere or older: nothing",
    "callback_query": "a button: its spinner is always stopped; private: tapped",
    "my_chat_member": "private: blocking is leaving; elsewhere: if we are in, we leave",
    "channel_post": "we leave the channel",
    "edited_channel_post": "nothing: the post itself makes us leave",
    "business_connection": "nothing: we act for nobody's account",
    "business_message": "nothing: it is not to us",
    "edited_business_message": "nothing: it is not to us",
    "deleted_business_messages": "nothing: it is not to us",
    "guest_message": "nothing: it is written where others read along",
    "message_reaction": "nothing: not an answer",
    "message_reaction_count": "nothing: not an answer",
    "inline_query": "nothing: typed in another chat",
    "chosen_inline_result": "nothing: typed in another chat",
    "shipping_query": "nothing: nothing is sold",
    "pre_checkout_query": "nothing: nothing is sold",
    "purchased_paid_media": "nothing: nothing is sold",
    "poll": "nothing: we send no polls",
    "poll_answer": "nothing: we send no polls",
    "chat_member": "nothing: about others in a group",
    "chat_join_request": "nothing: about others in a group",
    "chat_boost": "nothing: about a group",
    "removed_chat_boost": "nothing: about a group",
    "managed_bot": "nothing: we manage no bots",
}
#: In this order: an animation also carries a document, a venue also a location. What is not here is
#: a service message (a timer was set, a member came, a gift was given): nothing was said.
_MEDIA: Final[Mapping[str, MediaKind]] = {
    "photo": "image",
    "live_photo": "image",
    "animation": "video",
    "video": "video",
    "video_note": "video",
    "voice": "audio",
    "audio": "audio",
    "document": "file",
    "sticker": "sticker",
    "location": "location",
    "venue": "location",
    "contact": "other",
    "poll": "other",
    "dice": "other",
    "game": "other",
    "story": "other",
    "paid_media": "other",
    "checklist": "other",
    "rich_message": "other",
    "giveaway": "other",
    "giveaway_winners": "other",
    "invoice": "other",
}
#: Source: Telegram Bot API, BotCommand, `command`; in a private chat a name of a bot may follow.
_COMMAND = re.compile(r"/([A-Za-z0-9_]{1,32})(?:@[A-Za-z0-9_]+)?(?=\s|\Z)", re.ASCII)
#: Commands that words cannot be made of by rule.
_COMMAND_WORDS: Final[Mapping[str, str]] = {"lookup": "look up"}
#: Later the conversation has gone on, and what was understood then is asked about otherwise.
EDIT_WINDOW: Final = timedelta(minutes=30)
_SHARED_PLACES = frozenset({"group", "supergroup", "channel"})
_INSIDE = frozenset({"creator", "administrator", "member", "restricted"})

_Reader = Callable[[dict[str, object], str, datetime], Inbound | None]


def verify(given: str | None, secret: str) -> bool:
    """Compare the secret header in constant time. Never raises; without a secret nothing passes."""
    if not given or not secret:
        return False
    return hmac.compare_digest(given.encode("utf-8", "replace"), secret.encode())


def decode(raw: bytes, now: datetime) -> Received:
    """
    Read one update. Never raises: what is malformed, unknown or not private holds no input.

    Telegram puts at most one kind into an update; should there be several, each is an event of its
    own. Source: Telegram Bot API, Update.
    """
    update = parse_json(raw)
    if not isinstance(update, dict):
        return Received()
    return Received(tuple(_read_inputs(update, now)), tuple(_find_errands(update)))


def _read_inputs(update: Mapping[str, object], now: datetime) -> Iterator[Inbound]:
    number = find_whole(update, "update_id")
    if number is None:
        return
    for kind, (name, read) in _READERS.items():
        inbound = _read_or_salvage(read, get_object(update, kind), f"{number}:{name}", now)
        if inbound is not None:
            yield inbound


def _read_or_salvage(
    read: _Reader, part: dict[str, object], delivery_id: str, now: datetime
) -> Inbound | None:
    """A fault of ours must not leave its person without a word: the update comes with its fault."""
    try:
        return read(part, delivery_id, now)
    except Exception as fault:  # noqa: BLE001 - the edge of one event
        return _salvage(part, delivery_id, fault)


def _salvage(part: dict[str, object], delivery_id: str, fault: Exception) -> Inbound:
    """Find whom to tell. Where not even that can be read, Telegram is asked for the update again."""
    try:
        chat = get_object(get_object(part, "message") or part, "chat")
        whose = {"chat": chat, "from": part.get("from")}
        salvaged = _read_private(whose, delivery_id, Started(), sent_at=None)
    except Exception as second:  # noqa: BLE001 - as above
        log_incident(_log, "event_unreadable", second, channel=CHANNEL)
        salvaged = None
    return replace(salvaged or Inbound(CHANNEL, "", delivery_id, Started()), fault=fault)


def _read_message(message: dict[str, object], delivery_id: str, now: datetime) -> Inbound | None:
    what = _read_content(message)
    if what is None:
        return None
    number = _find_number(message)
    sent_at = read_moment(find_whole(message, "date"), now=now)
    return _read_private(message, delivery_id, what, sent_at=sent_at, number=number, order=number)


def _read_content(message: Mapping[str, object]) -> Input | None:
    text = find_text(message, "text")
    if text is not None:
        return _read_text(text)
    kind = next((kind for key, kind in _MEDIA.items() if key in message), None)
    return SentMedia(kind) if kind else None


def _read_text(text: str) -> Started | Typed:
    """A command becomes words that the conversation hears, with whatever was written behind it."""
    words = text.strip()
    command = _COMMAND.match(words)
    if command is None:
        return Typed(text)
    name, rest = command[1].lower(), words[command.end() :].strip()
    if name == "start":
        code = read_code(rest)  # any other payload may say who sent the link
        return Typed(code) if code else Started()
    said = _COMMAND_WORDS.get(name) or name.replace("_", " ").strip()
    return Typed(f"{said} {rest}".strip())


def _read_edit(message: dict[str, object], delivery_id: str, now: datetime) -> Inbound | None:
    """The edit counts by the age of the message, and has the time at which it was made."""
    first_sent_at = read_moment(find_whole(message, "date"), now=now)
    text = find_text(message, "text")
    if text is None or first_sent_at is None or now - first_sent_at >= EDIT_WINDOW:
        return None
    said = _read_text(text)
    if isinstance(said, Started):
        return None
    edited_at = read_moment(find_whole(message, "edit_date"), now=now)
    what, number = Edited(said.text), _find_number(message)
    return _read_private(message, delivery_id, what, sent_at=edited_at, number=number)


def _read_callback(callback: dict[str, object], delivery_id: str, _now: datetime) -> Inbound | None:
    """The tap has no time of its own, and the message it sits under may be days old."""
    if find_id(callback, "id") is None:
        return None
    message = get_object(callback, "message")
    # Data that no button of ours carries may be forged or of an older edition: ask again.
    what = decode_tap(callback.get("data")) or Started()
    tapped = {"chat": message.get("chat"), "from": callback.get("from")}
    # A message that we cannot reach has the date 0. Source: Telegram Bot API, InaccessibleMessage.
    number = _find_number(message) if find_whole(message, "date") else None
    return _read_private(tapped, delivery_id, what, sent_at=None, number=number)


def _read_membership(change: dict[str, object], delivery_id: str, now: datetime) -> Inbound | None:
    """In a private chat this only says that they blocked or unblocked the bot."""
    if get_object(change, "new_chat_member").get("status") != "kicked":
        return None
    return _read_private(
        change, delivery_id, Left(), sent_at=read_moment(find_whole(change, "date"), now=now)
    )


#: The kinds that can hold an input: their name in the delivery's id, and who reads them.
_READERS: Final[Mapping[str, tuple[str, _Reader]]] = {
    "message": ("message", _read_message),
    "edited_message": ("edit", _read_edit),
    "callback_query": ("callback", _read_callback),
    "my_chat_member": ("member", _read_membership),
}


def _find_number(message: Mapping[str, object]) -> int | None:
    """Find a message's place in its chat; 0 stands for one that is not sent yet."""
    number = find_whole(message, "message_id")
    return number if number and number > 0 else None


def _read_private(
    message: Mapping[str, object],
    delivery_id: str,
    what: Input,
    *,
    sent_at: datetime | None,
    number: int | None = None,
    order: int | None = None,
) -> Inbound | None:
    chat, sender = get_object(message, "chat"), get_object(message, "from")
    chat_id, user_id = find_whole(chat, "id"), find_whole(sender, "id")
    # A private chat has the number of its person: another's would bring the reply to somebody else.
    if chat.get("type") != "private" or chat_id is None or chat_id != user_id:
        return None
    return Inbound(
        channel=CHANNEL,
        user_id=str(user_id),
        delivery_id=delivery_id,
        what=what,
        sent_at=sent_at,
        locale=find_id(sender, "language_code", max_chars=35) or "",
        reply_to=None if isinstance(what, Left) else Address(to=str(chat_id)),
        message_id="" if number is None else str(number),
        order=order,
    )


def _find_errands(update: Mapping[str, object]) -> Iterator[Errand]:
    """A button shows a spinner until its tap is answered, whatever the tap was and wherever."""
    callback_id = find_id(get_object(update, "callback_query"), "id")
    if callback_id is not None:
        yield Errand("answer_tap", to=callback_id)
    place = _find_place(update)
    if place is not None:
        yield Errand("leave_place", to=str(place), detail="group")


def _find_place(update: Mapping[str, object]) -> int | None:
    """Find a group or channel that we are in, where others could read what somebody tells us."""
    change = get_object(update, "my_chat_member")
    signs = [get_object(update, "message"), get_object(update, "channel_post")]
    if _is_inside(get_object(change, "new_chat_member")):
        signs.append(change)
    chats = (get_object(sign, "chat") for sign in signs)
    places = (find_whole(chat, "id") for chat in chats if find_id(chat, "type") in _SHARED_PLACES)
    # Groups and channels are numbered below zero, people above.
    return next((place for place in places if place is not None and place < 0), None)


def _is_inside(member: Mapping[str, object]) -> bool:
    status = find_id(member, "status")
    return status in _INSIDE and (status != "restricted" or member.get("is_member") is not False)
