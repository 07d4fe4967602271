"""
Writing the audit log. What is not in it is not done: whoever opens, changes or exports something writes first.

A line holds codes, counts and ids, and nothing that anybody said. Source: SECURITY §1 rule 9, T6, T32.
"""

from __future__ import annotations

import asyncio
import base64
import json
import re
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, replace
from datetime import UTC
from typing import Final

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from bot.core.envelope import fingerprint
from bot.desk.acts import ACTS, COMMAND, OFFICE
from bot.desk.audit_anchor import Anchor
from bot.desk.audit_chain import (
    START,
    Head,
    Signers,
    hash_line,
    head_of,
    is_signed,
    write_checkpoint,
    write_statement,
)
from bot.errors import AuditDown, ConfigError, StaleSession, StoreDown
from bot.ports import AuditEntry, AuditStore, Clock
from bot.ports.audit import Makes

_ID = re.compile(r"[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}")
#: How a key is called, without its spaces.
_FINGERPRINT = re.compile(r"[0-9a-f]{16}")
_CODE = re.compile(r"[a-z0-9][a-z0-9_-]{0,39}")
_NAME = re.compile(r"[a-z][a-z0-9_]{0,39}")
_MOST_WORDS = 12
_MOST_NAMES = 12
#: Fewer than a telephone number or the number on a card has, however it is written.
_MOST_DIGITS = 8
_MOST_COUNT: Final = 999_999


@dataclass(frozen=True, slots=True)
class Lost:
    """How far a log goes, and how far its anchor says that it went; 0: the anchor is gone or says nothing."""

    kept: int
    known: int


class AuditLog:
    """
    Writes the log; see `ports.Audit`. One for each program; several may write at the same time.

    `signers`: who may have signed its last line. Read anew each time; ConfigError when one of them is not sound.
    """

    def __init__(
        self,
        store: AuditStore,
        key: Ed25519PrivateKey,
        clock: Clock,
        anchor: Anchor,
        *,
        signers: Callable[[], Signers],
    ) -> None:
        public = base64.b64encode(key.public_key().public_bytes_raw()).decode()
        self._store = store
        self._key = key
        self._signer = fingerprint(public)
        self._clock = clock
        self._anchor = anchor
        self._signers = signers

    async def write(
        self, act: str, *, actor: str, subject: str = "", detail: Mapping[str, str | int] | None = None
    ) -> None:
        """
        Write one line; when it returns it is on the disk, and so is its anchor. AuditDown: do nothing.

        ValueError: it says what no line may say, which is a bug of the caller.
        """
        draft = self._draft(act, actor=actor, subject=subject, detail=detail or {})
        with _or_down():
            known = await self._find_anchor()
            is_kept, signers = await self._is_kept(known), self._signers()

            def make(last: AuditEntry | None) -> AuditEntry:
                if not is_kept or is_cut(last, known) or not is_ours(last, signers):
                    raise AuditDown("the audit log is not what it was; see `frontdoor audit verify`")
                return self._sign(draft, last)

            await self._add(make)

    async def accept_loss(self) -> Lost | None:
        """
        Go on after lines were lost, as after a backup was put back: write a line that says so, and a new anchor.

        Only for somebody at the host who knows why. None: nothing was lost, nothing is written. AuditDown as above.
        """
        with _or_down():
            known, last = self._read_whatever(), await self._find_last()
            is_whole = await self._is_kept(known) and is_ours(last, self._signers())
            if is_whole and not is_cut(last, known):
                return None
            lost = Lost(last.number if last else 0, known.number if known else 0)
            detail = {"kept": lost.kept, "known": lost.known}
            draft = self._draft("audit_lost", actor=COMMAND, subject="", detail=detail)
            await self._add(lambda last: self._sign(draft, last), even_back=True)
            return lost

    def sign_checkpoint(self, entry: AuditEntry) -> Head:
        """Sign that the log may begin after this line."""
        signature = self._key.sign(write_checkpoint(entry.number, entry.hash))
        return Head(entry.number, entry.hash, signature, self._signer)

    async def _find_anchor(self) -> Head | None:
        """
        Return where the log had come to, read before its lines, because it is never ahead of them.

        It is there before the first line is: None means that somebody took it away.
        """
        known = await asyncio.to_thread(self._anchor.read)
        if known:
            return known
        last = await self._find_last()
        known = await asyncio.to_thread(self._anchor.read)  # somebody else may have begun meanwhile
        if known or last:
            return known
        start = Head(0, START, self._key.sign(write_statement(0, START)), self._signer)
        await self._put(start)
        return start

    async def _is_kept(self, known: Head | None) -> bool:
        """Whether the line that was anchored is still there, also when others were written after it."""
        if known is None or known.number == 0:
            return True
        found = next(iter(await self._store.read(after=known.number - 1, limit=1)), None)
        return found is not None and (found.number, found.hash) == (known.number, known.hash)

    async def _find_last(self) -> AuditEntry | None:
        return next(iter(await self._store.read_last(limit=1)), None)

    async def _put(self, head: Head) -> None:
        room = await asyncio.to_thread(self._anchor.make_room)
        try:
            await asyncio.to_thread(room.put, head)
        finally:
            room.drop()

    async def _add(self, make: Makes, *, even_back: bool = False) -> None:
        """Add a line. Room for its anchor is made first, so that no line says what then is not done."""
        room = await asyncio.to_thread(self._anchor.make_room)
        try:
            entry = await self._store.append(make)
            await asyncio.to_thread(room.put, head_of(entry), even_back=even_back)
        finally:
            room.drop()

    def _read_whatever(self) -> Head | None:
        try:
            return self._anchor.read()
        except AuditDown:
            return None

    def _draft(self, act: str, *, actor: str, subject: str, detail: Mapping[str, str | int]) -> AuditEntry:
        if act not in ACTS:
            raise ValueError("the audit log does not know this act")
        if not (actor in {OFFICE, COMMAND} or is_id(actor)):
            raise ValueError("the audit log names who acts by id")
        if subject and not is_id(subject):
            raise ValueError("the audit log names what was acted on by id")
        at = self._clock().astimezone(UTC).replace(microsecond=0)
        return AuditEntry(0, at, actor, act, subject, write_detail(detail), "", "", b"", self._signer)

    def _sign(self, draft: AuditEntry, last: AuditEntry | None) -> AuditEntry:
        number = last.number + 1 if last else 1
        entry = replace(draft, number=number, previous=last.hash if last else START)
        hashed = replace(entry, hash=hash_line(entry))
        return replace(hashed, signature=self._key.sign(write_statement(number, hashed.hash)))


def is_cut(last: AuditEntry | Head | None, known: Head | None) -> bool:
    """Whether lines are missing at the end, the last is not the one that was anchored, or the anchor is gone."""
    number = last.number if last else 0
    if known is None:
        return number > 0
    is_other = last is not None and known.number == number and known.hash != last.hash
    return known.number > number or is_other


def is_ours(last: AuditEntry | None, signers: Signers) -> bool:
    """Whether the last line is one that the desk wrote, so that a row put after a cut does not hide it."""
    return last is None or (hash_line(last) == last.hash and is_signed(head_of(last), signers))


def is_id(text: str) -> bool:
    """Whether this has the form of our ids."""
    return _ID.fullmatch(text) is not None


@contextmanager
def _or_down() -> Iterator[None]:
    try:
        yield
    except (StoreDown, StaleSession, ConfigError, OSError) as fault:
        raise AuditDown(f"the audit log cannot be written ({type(fault).__name__})") from None


def write_detail(detail: Mapping[str, str | int]) -> str:
    """
    Write the detail of a line: names of ours with counts to 999,999, or codes and ids, several with a space between.

    ValueError: anything else. It does not say what, because that could be somebody's.
    """
    is_ours = all(_is_name(name) and _is_value(value) for name, value in detail.items())
    if len(detail) > _MOST_NAMES or not is_ours:
        raise ValueError("the audit log takes codes, ids and counts only")
    return json.dumps(dict(detail), sort_keys=True, separators=(",", ":"))


def _is_name(name: object) -> bool:
    return type(name) is str and _NAME.fullmatch(name) is not None


def _is_value(value: object) -> bool:
    if type(value) is int:  # not a subclass: True is no count
        return 0 <= value <= _MOST_COUNT
    if type(value) is not str:
        return False
    words = value.split(" ") if value else []
    codes = [word for word in words if not (is_id(word) or _FINGERPRINT.fullmatch(word))]
    digits = sum(letter.isdigit() for word in codes for letter in word)
    return len(words) <= _MOST_WORDS and digits <= _MOST_DIGITS and all(map(_CODE.fullmatch, codes))
