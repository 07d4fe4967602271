"""
The key files of this host behind the port of the pages: the same rules as `frontdoor keys`, told in codes.

A refusal is looked up before the rules are asked, so that the pages can say it in the reader's language; the rules in
`bot.keys.changing` decide.
"""

from __future__ import annotations

from collections.abc import Callable, Collection
from pathlib import Path
from typing import TypeVar

from bot.errors import ConfigError
from bot.keys.challenge import read_answer
from bot.keys.changing import (
    BY,
    activate,
    add,
    challenge,
    keep,
    read_waiting,
    revoke,
    rotate,
    try_phrase,
)
from bot.keys.changing import Pending as Waiting
from bot.keys.keyfile import is_name
from bot.keys.recipients import Recipient, is_x25519, list_recipients, mark_recipients
from bot.keys.signers import read_signers
from bot.ports import FEWEST_RECIPIENTS, Clock
from bot.ports.keyring import (
    Asked,
    KeyRefusal,
    KeyStep,
    Phrase,
    RecipientKey,
    RecipientState,
    Ring,
    SignerKey,
)

_SECRET = "AGE-SECRET-KEY"  # noqa: S105 - how a private key begins, not one
_Done = TypeVar("_Done")


class FileKeyRing:
    """The keys in one data directory."""

    def __init__(self, data_dir: Path, clock: Clock) -> None:
        self._data_dir = data_dir
        self._clock = clock
        self._seen: tuple[object, Ring] | None = None

    def glance(self) -> Ring:
        """Tell the recipients from memory while none of their files changed. Signers may be those of before."""
        mark = mark_recipients(self._data_dir)
        if mark is None or self._seen is None or self._seen[0] != mark:
            ring = self.look()
            self._seen = None if mark is None else (mark, ring)
            return ring
        return self._seen[1]

    def look(self) -> Ring:
        """Read all keys anew."""
        try:
            recipients = tuple(self._see(one) for one in list_recipients(self._data_dir))
            signers = read_signers(self._data_dir)
        except ConfigError:
            return Ring(is_sound=False)
        return Ring(
            recipients,
            tuple(SignerKey(one.name, one.fingerprint, one.demo, one.since) for one in signers),
        )

    def why_not(self, step: KeyStep, name: str, *, key: str = "", by: str = "") -> KeyRefusal | None:
        """Say what would keep a step from being done."""
        if not is_name(name):
            return "name"
        try:
            known = list_recipients(self._data_dir)
        except ConfigError:
            return "unsound"
        states = {one.state for one in known if one.name == name}
        if step in {"add", "rotate"}:
            return _judge_key(key, known) or _judge_new(step, states)
        if step in {"revoke", "keep"}:
            return _judge_standing(step, known, states)
        if "pending" not in states:
            return "missing"
        return self._judge_activating(name, by) if step == "activate" else None

    def add(self, name: str, key: str, *, by: str) -> Asked | KeyRefusal:
        """Let a new recipient wait."""
        return self._ask(lambda: add(self._data_dir, name, key, self._clock(), by=by))

    def rotate(self, name: str, key: str, *, by: str) -> Asked | KeyRefusal:
        """Let a new key of an active recipient wait."""
        return self._ask(lambda: rotate(self._data_dir, name, key, self._clock(), by=by))

    def challenge(self, name: str) -> Asked | KeyRefusal:
        """Make a new challenge for one who waits."""
        return self._ask(lambda: challenge(self._data_dir, name, self._clock()))

    def try_phrase(self, name: str, phrase: str, *, by: str) -> KeyRefusal | None:
        """Count a try and say whether the phrase is right."""
        refusal = self.why_not("activate", name, by=by)
        return refusal or self._settle(name, lambda: try_phrase(self._data_dir, name, phrase, by=by))

    def activate(self, name: str, phrase: str, *, by: str) -> KeyRefusal | None:
        """Activate one who waits, after `try_phrase`."""
        now = self._clock()
        return self._settle(name, lambda: activate(self._data_dir, name, phrase, now, by=by, is_tried=True))

    def _settle(self, name: str, change: Callable[[], object]) -> KeyRefusal | None:
        try:
            done = _try(change)
        except ConfigError:
            return "wrong_phrase" if self._still_waits(name) else "unsound"
        return "unwritable" if done is None else None

    def revoke(self, name: str) -> KeyRefusal | None:
        """Never seal to this name again."""
        try:
            done = _try(lambda: revoke(self._data_dir, name, self._clock()))
        except ConfigError:
            return self.why_not("revoke", name) or "unsound"
        return "unwritable" if done is None else None

    def keep(self, name: str) -> KeyRefusal | None:
        """Write down that a key is kept outside the vaults."""
        try:
            done = _try(lambda: keep(self._data_dir, name))
        except ConfigError:
            return self.why_not("keep", name) or "unsound"
        return "unwritable" if done is None else None

    def read_phrase(self, opened: bytes, fingerprints: Collection[str]) -> Phrase | None:
        """Read an opened challenge."""
        found = read_answer(opened, fingerprints)
        return Phrase(found.name, found.fingerprint, found.phrase) if found else None

    def _ask(self, change: Callable[[], Waiting]) -> Asked | KeyRefusal:
        try:
            made = _try(change)
        except ConfigError:
            return "unsound"
        if made is None:
            return "unwritable"
        return Asked(made.recipient.name, made.recipient.fingerprint, made.challenge)

    def _see(self, one: Recipient) -> RecipientKey:
        by = read_waiting(self._data_dir, one.name).notes.get(BY, "") if one.state == "pending" else ""
        return RecipientKey(one.name, one.fingerprint, one.state, one.demo, one.since, by, one.kept)

    def _judge_activating(self, name: str, by: str) -> KeyRefusal | None:
        try:
            notes = read_waiting(self._data_dir, name).notes
        except ConfigError:
            return "missing"
        if by and notes.get(BY) == by:
            return "same_person"
        return "no_tries" if notes.get("tries", "0") == "0" else None

    def _still_waits(self, name: str) -> bool:
        return self.why_not("challenge", name) is None


def _judge_key(key: str, known: tuple[Recipient, ...]) -> KeyRefusal | None:
    if _SECRET in key.upper():
        return "private"
    if not is_x25519(key):
        return "key"
    return "known" if any(one.public_key == key for one in known) else None


def _judge_new(step: KeyStep, states: set[RecipientState]) -> KeyRefusal | None:
    if "pending" in states:
        return "waits"
    if step == "add":
        return "active" if "active" in states else None
    return None if "active" in states else "missing"


def _judge_standing(
    step: KeyStep, known: tuple[Recipient, ...], states: set[RecipientState]
) -> KeyRefusal | None:
    if step == "keep":
        return None if "active" in states else "missing"
    return _judge_revoking(known, states)


def _judge_revoking(known: tuple[Recipient, ...], states: set[RecipientState]) -> KeyRefusal | None:
    if "active" not in states:
        return None if "pending" in states else "missing"
    left = sum(one.state == "active" for one in known) - 1
    return "too_few" if left < FEWEST_RECIPIENTS else None


def _try(change: Callable[[], _Done]) -> _Done | None:
    """Do it. None: the files or their folder cannot be written by this program."""
    try:
        return change()
    except OSError:
        return None
