"""
Checking the audit log where it lies, page by page, against its anchor and those kept elsewhere; and in a copy of it.

It changes nothing.
"""

from __future__ import annotations

import asyncio
import base64
import binascii
import json
from collections.abc import Callable, Iterable, Iterator, Sequence
from datetime import UTC, datetime
from typing import Final

from bot.desk.audit_anchor import Anchor
from bot.desk.audit_chain import Check, Head, Proofs, Signers, Verdict, read_head, write_head
from bot.errors import AuditDown
from bot.ports import AuditEntry, AuditStore

_PAGE: Final = 1000
_BEGINNING: Final = '{"checkpoint":'


class AuditCheck:
    """Checks the log of one database. `signers` and `checkpoints` are read anew each time."""

    def __init__(
        self,
        store: AuditStore,
        anchor: Anchor,
        *,
        signers: Callable[[], Signers],
        checkpoints: Callable[[], Sequence[Head]],
    ) -> None:
        self._store = store
        self._anchor = anchor
        self._signers = signers
        self._checkpoints = checkpoints

    async def run(self, anchors: Sequence[Head] = ()) -> Verdict:
        """Look at the whole log; `anchors` are those kept elsewhere. StoreDown, ConfigError: a signer is not sound."""
        try:
            own = self._anchor.read()  # before the lines: it is never ahead of them
        except AuditDown:
            return Verdict(0, None, "bad_anchor")
        proofs = Proofs(
            self._signers(),
            anchors=(*anchors, *((own,) if own else ())),
            checkpoints=self._checkpoints(),
            anchor_is_gone=own is None,
        )
        return await self._look(Check(proofs))

    async def _look(self, check: Check) -> Verdict:
        after = -1  # a line with an impossible number is one to be found
        while page := await self._store.read(after=after, limit=_PAGE):
            check = await asyncio.to_thread(_take, check, page)
            if not check.verdict.is_sound:
                break
            after = page[-1].number
        return check.finish()


def _take(check: Check, page: Iterable[AuditEntry]) -> Check:
    for entry in page:
        check = check.take(entry)
    return check


def write_beginning(checkpoint: Head) -> str:
    """Write the line that leads a copy of a log whose old lines were taken out."""
    return f"{_BEGINNING}{write_head(checkpoint)}}}"


def read_beginning(line: str) -> Head | None:
    """Read such a line. None: it is another."""
    is_one = line.startswith(_BEGINNING) and line.endswith("}")
    return read_head(line[len(_BEGINNING) : -1]) if is_one else None


def write_copy(entry: AuditEntry) -> str:
    """Write a line of a copy: JSON with all that the check needs, and the detail as it was hashed."""
    said = {
        "number": entry.number,
        "at": entry.at.astimezone(UTC).isoformat(),
        "actor": entry.actor,
        "act": entry.act,
        "subject": entry.subject,
        "detail": entry.detail,
        "previous": entry.previous,
        "hash": entry.hash,
        "signature": base64.b64encode(entry.signature).decode(),
        "signer": entry.signer,
    }
    return json.dumps(said, separators=(",", ":"))


def read_copy(lines: Iterable[str]) -> Iterator[AuditEntry]:
    """Read such lines; what is none becomes a line that no signature fits, so that the check names it."""
    for line in lines:
        if line.strip():
            yield _read_line(line)


def _read_line(line: str) -> AuditEntry:
    try:
        said = json.loads(line)
        number, at = said["number"], datetime.fromisoformat(said["at"])
        texts = [said[name] for name in ("actor", "act", "subject", "detail", "previous", "hash", "signer")]
        signature = base64.b64decode(said["signature"], validate=True)
        is_whole = type(number) is int and at.tzinfo is UTC and all(isinstance(text, str) for text in texts)
        if not is_whole:
            return _UNREADABLE
    except (KeyError, TypeError, ValueError, RecursionError, binascii.Error, OverflowError):
        return _UNREADABLE
    actor, act, subject, detail, previous, line_hash, signer = texts
    return AuditEntry(number, at, actor, act, subject, detail, previous, line_hash, signature, signer)


_UNREADABLE = AuditEntry(0, datetime(1970, 1, 1, tzinfo=UTC), "", "", "", "", "", "", b"", "")
