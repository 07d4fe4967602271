"""
Sessions and letters as bytes, before they are locked.

Each form leads with its number. What an older or newer program wrote in another form is Unreadable,
and the person is simply asked anew: nobody is ever answered from a guess.
"""

from __future__ import annotations

import json
from collections.abc import Callable
from datetime import datetime
from typing import Any, TypeVar

from bot.core.model import Heard, Session, StateId, Step, Told, VisitId
from bot.core.reply import Button, Reply
from bot.errors import Unreadable
from bot.ports import Address, Mail, Wipe
from bot.store.moments import from_micros, to_micros

_SESSION_FORM = 1
_LETTER_FORM = 1
#: The plain fields of a reply: those of the first release, and those that what it wrote does not have.
_REPLY_ALWAYS = ("visit", "turn", "locale", "hint", "ways_hint", "leaving")
_REPLY_SINCE = ("look", "alt", "day_label", "hushed", "meets", "relabels")
_T = TypeVar("_T")
#: Made once, and without a look for circles: what is written here is built here, and has none.
_ENCODER = json.JSONEncoder(ensure_ascii=True, check_circular=False, separators=(",", ":"))


def encode_session(session: Session) -> bytes:
    """Write a session."""
    return _write(
        {
            "form": _SESSION_FORM,
            "visit": session.visit,
            "turn": session.turn,
            "state": session.state,
            "locale": session.locale,
            "seen_at": to_micros(session.seen_at),
            "sent_at": to_micros(session.sent_at),
            "answers": dict(session.answers),
            "trail": [[step.state, dict(step.answers), step.guarded] for step in session.trail],
            "interrupted": session.interrupted,
            "opened": list(session.opened),
            "misses": session.misses,
            "away": session.away,
            "veiled": sorted(session.veiled),
            "asked_at": to_micros(session.asked_at),
            "fresh": session.fresh,
            "note": session.note,
            "tapped": session.tapped,
            "heard": [[one.message, one.state, list(one.keys)] for one in session.heard],
            "last_words": session.last_words,
            "words_at": session.words_at,
            "hushed": session.hushed,
            "draft": dict(session.draft),
            "pocket": dict(session.pocket),
            "told": [[one.message, list(one.facts), one.agreed] for one in session.told],
            "locale_known": session.locale_known,
        }
    )


def decode_session(raw: bytes) -> Session:
    """Read a session. Unreadable: another form."""
    return _read(raw, _SESSION_FORM, _session_from)


def encode_letter(mail: Mail) -> bytes:
    """Write a reply with where it goes."""
    address, wipe = mail.address, mail.wipe
    return _write(
        {
            "form": _LETTER_FORM,
            "to": address.to,
            "token": address.token,
            "until": None if address.until is None else to_micros(address.until),
            **_fields_of(mail.reply),
            "wipe": wipe and {"ids": list(wipe.message_ids), "partly": _fields_of(wipe.partly)},
        }
    )


def decode_letter(raw: bytes, channel: str) -> Mail:
    """Read a reply with where it goes. Unreadable: another form."""
    return _read(raw, _LETTER_FORM, lambda stored: _mail_from(stored, channel))


def _fields_of(reply: Reply) -> dict[str, Any]:
    return {
        "bubbles": list(reply.bubbles),
        "buttons": [[button.id, button.label, button.kind] for button in reply.buttons],
        **{name: getattr(reply, name) for name in (*_REPLY_ALWAYS, *_REPLY_SINCE)},
    }


def _session_from(stored: dict[str, Any]) -> Session:
    interrupted = stored["interrupted"]
    return Session(
        visit=VisitId(stored["visit"]),
        turn=stored["turn"],
        state=StateId(stored["state"]),
        locale=stored["locale"],
        seen_at=from_micros(stored["seen_at"]),
        sent_at=from_micros(stored["sent_at"]),
        answers=dict(stored["answers"]),
        trail=tuple(
            Step(StateId(state), dict(answers), guarded) for state, answers, guarded in stored["trail"]
        ),
        interrupted=None if interrupted is None else StateId(interrupted),
        misses=stored["misses"],
        away=stored["away"],
        opened=tuple(StateId(state) for state in stored.get("opened", ())),
        # The rest is absent in what an older program wrote.
        veiled=frozenset(stored.get("veiled", ())),
        asked_at=from_micros(stored.get("asked_at", stored["sent_at"])),
        fresh=stored.get("fresh", False),
        note=stored.get("note"),
        tapped=stored.get("tapped", ""),
        heard=tuple(
            Heard(message, StateId(state), tuple(keys)) for message, state, keys in stored.get("heard", ())
        ),
        last_words=stored.get("last_words", ""),
        words_at=stored.get("words_at", 0),
        hushed=stored.get("hushed", False),
        draft=dict(stored.get("draft", {})),
        pocket=dict(stored.get("pocket", {})),
        told=tuple(Told(message, tuple(facts), agreed) for message, facts, agreed in stored.get("told", ())),
        # What an older program began goes on in the language that it spoke.
        locale_known=stored.get("locale_known", True),
    )


def _mail_from(stored: dict[str, Any], channel: str) -> Mail:
    wipe = stored.get("wipe")
    return Mail(
        channel,
        Address(stored["to"], stored["token"], _until_from(stored["until"])),
        _reply_from(stored),
        wipe=Wipe(tuple(wipe["ids"]), _reply_from(wipe["partly"])) if wipe else None,
    )


def _reply_from(stored: dict[str, Any]) -> Reply:
    return Reply(
        bubbles=tuple(stored["bubbles"]),
        buttons=tuple(Button(id_, label, kind) for id_, label, kind in stored["buttons"]),
        **{name: stored[name] for name in _REPLY_ALWAYS},
        **{name: stored[name] for name in _REPLY_SINCE if name in stored},
    )


def _until_from(micros: int | None) -> datetime | None:
    return None if micros is None else from_micros(micros)


def _write(fields: dict[str, Any]) -> bytes:
    # ASCII, because half a surrogate pair from a broken phone must survive the way to the disk.
    return _ENCODER.encode(fields).encode("ascii")


def _read(raw: bytes, form: int, build: Callable[[dict[str, Any]], _T]) -> _T:
    try:
        stored = json.loads(raw)
        if stored["form"] == form:
            return build(stored)
    except (KeyError, TypeError, ValueError, OverflowError, RecursionError):
        pass
    raise Unreadable("stored in a form that this program does not read")
