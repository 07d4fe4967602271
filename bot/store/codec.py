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

from bot.core.model import Session, StateId, Step, VisitId
from bot.core.reply import Button, Reply
from bot.errors import Unreadable
from bot.ports import Address
from bot.store.moments import from_micros, to_micros

_SESSION_FORM = 1
_LETTER_FORM = 1
_T = TypeVar("_T")


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
        }
    )


def decode_session(raw: bytes) -> Session:
    """Read a session. Unreadable: another form."""
    return _read(raw, _SESSION_FORM, _session_from)


def encode_letter(address: Address, reply: Reply) -> bytes:
    """Write a reply with where it goes."""
    return _write(
        {
            "form": _LETTER_FORM,
            "to": address.to,
            "token": address.token,
            "until": None if address.until is None else to_micros(address.until),
            "bubbles": list(reply.bubbles),
            "buttons": [[button.id, button.label, button.kind] for button in reply.buttons],
            "visit": reply.visit,
            "turn": reply.turn,
            "locale": reply.locale,
            "hint": reply.hint,
            "ways_hint": reply.ways_hint,
            "leaving": reply.leaving,
        }
    )


def decode_letter(raw: bytes) -> tuple[Address, Reply]:
    """Read a reply with where it goes. Unreadable: another form."""
    return _read(raw, _LETTER_FORM, _letter_from)


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
        veiled=frozenset(stored.get("veiled", ())),  # absent in what an older program wrote
    )


def _letter_from(stored: dict[str, Any]) -> tuple[Address, Reply]:
    reply = Reply(
        bubbles=tuple(stored["bubbles"]),
        buttons=tuple(Button(id_, label, kind) for id_, label, kind in stored["buttons"]),
        visit=VisitId(stored["visit"]),
        turn=stored["turn"],
        locale=stored["locale"],
        hint=stored["hint"],
        ways_hint=stored["ways_hint"],
        leaving=stored["leaving"],
    )
    return Address(stored["to"], stored["token"], _until_from(stored["until"])), reply


def _until_from(micros: int | None) -> datetime | None:
    return None if micros is None else from_micros(micros)


def _write(fields: dict[str, Any]) -> bytes:
    # ASCII, because half a surrogate pair from a broken phone must survive the way to the disk.
    return json.dumps(fields, ensure_ascii=True, separators=(",", ":")).encode("ascii")


def _read(raw: bytes, form: int, build: Callable[[dict[str, Any]], _T]) -> _T:
    try:
        stored = json.loads(raw)
        if stored["form"] == form:
            return build(stored)
    except (KeyError, TypeError, ValueError, OverflowError):
        pass
    raise Unreadable("stored in a form that this program does not read")
