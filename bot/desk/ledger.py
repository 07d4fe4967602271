"""
The erasure ledger: which handoffs were erased, in a file outside the database, so that no restore brings one back.

It holds random ids and nothing else. A line is written, and on the disk, before anything is erased: whoever dies in
between has erased nothing yet, and the next `replay` does it. Each line carries the hash of all before it, and the file
beside it how many there are: a line that was taken out, changed or cut off is noticed. The hashes are not
keyed, so they show accidents and careless hands; against others keep a copy elsewhere. Source: SECURITY §6, T32.
"""

from __future__ import annotations

import fcntl
import hashlib
import json
import os
from collections.abc import Awaitable, Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from bot.errors import BotError, StoreDown

#: What the first line follows.
_START = hashlib.sha256(b"frontdoor/1 erasure ledger").hexdigest()
_OWNER_ONLY = 0o600
#: What a line of other hands may raise.
_UNREADABLE = (KeyError, TypeError, ValueError, RecursionError)


class LedgerBroken(BotError):
    """The ledger is not what was written. The message names the line and the mend."""


@dataclass(frozen=True, slots=True)
class _Found:
    """What a ledger holds: the ids up to the first fault, the hash of the last line, its length in bytes."""

    ids: tuple[str, ...]
    chain: str
    size: int
    fault: str = ""


class Ledger:
    """The ledger in one file. Several programs may write to it at the same time."""

    def __init__(self, path: Path) -> None:
        self._path = path
        self._head = path.with_name(f"{path.name}.head")

    def append(self, handoff_ids: Sequence[str]) -> None:
        """
        Write ids down for ever, those that are not in it yet; when it returns they are on the disk.

        StoreDown: they are not, so erase nothing. LedgerBroken: the same, and somebody must look.
        """
        try:
            with self._locked() as file:
                found = self._read()
                if found.fault:
                    raise LedgerBroken(found.fault)
                self._add(file, found, handoff_ids)
        except OSError as fault:
            raise StoreDown(f"the erasure ledger cannot be written ({fault.strerror})") from None

    def list_ids(self) -> tuple[str, ...]:
        """Return every id, oldest first. LedgerBroken: it is not what was written."""
        found = self._look()
        if found.fault:
            raise LedgerBroken(found.fault)
        return found.ids

    async def replay(self, erase: Callable[[Sequence[str]], Awaitable[Sequence[str]]]) -> Sequence[str]:
        """
        Erase again whatever a restore brought back or a crash left; returns the ids that were there, as `erase` does.

        LedgerBroken: what stands before the fault is erased, what stands after it is believed by nobody.
        StoreDown: the database or the ledger did not answer; do it again.
        """
        found = self._look()
        erased = await erase(found.ids)
        if found.fault:
            raise LedgerBroken(found.fault)
        return erased

    def _look(self) -> _Found:
        try:
            with self._locked():
                return self._read()
        except OSError as fault:
            raise StoreDown(f"the erasure ledger cannot be read ({fault.strerror})") from None

    def _read(self) -> _Found:
        raw = self._path.read_bytes()
        ids: list[str] = []
        chain, size, chains = _START, 0, [_START]
        for number, line in enumerate(raw.splitlines(keepends=True), 1):
            # A last line without its end is of somebody who died while writing it: nothing was erased yet.
            if not line.endswith(b"\n"):
                break
            handoff_id = _read_line(line, chain)
            if handoff_id is None:
                return _Found(
                    tuple(ids), chain, size, self._mend(f"line {number} does not follow those before it")
                )
            ids.append(handoff_id)
            chain, size = _link(chain, handoff_id), size + len(line)
            chains.append(chain)
        return _Found(tuple(ids), chain, size, self._find_cut(chains))

    def _find_cut(self, chains: list[str]) -> str:
        """Say what is wrong when lines are missing that the file beside it counted; empty: nothing."""
        if not self._head.exists():
            return "" if len(chains) == 1 else self._mend(f"{self._head.name} is missing")
        try:
            head = json.loads(self._head.read_bytes())
            count, chain = int(head["lines"]), head["chain"]
        except _UNREADABLE:
            return self._mend(f"{self._head.name} cannot be read")
        if count < len(chains) and chains[count] == chain:
            return ""
        return self._mend(f"it ends after line {len(chains) - 1}, but there were {count}")

    def _mend(self, what: str) -> str:
        return f"{self._path}: {what}; compare it with its newest copy and put that back, then replay it"

    def _add(self, file: int, found: _Found, handoff_ids: Sequence[str]) -> None:
        new = [one for one in dict.fromkeys(handoff_ids) if one not in set(found.ids)]
        if not new:
            return
        chain, lines = found.chain, []
        for handoff_id in new:
            chain = _link(chain, handoff_id)
            lines.append(json.dumps({"id": handoff_id, "chain": chain}) + "\n")
        if not self._head.exists():
            # Else the lines of somebody who dies before the count would look as if it had been taken away.
            self._put_head(self._draft_head(0, _START))
        head = self._draft_head(len(found.ids) + len(new), chain)
        os.ftruncate(file, found.size)  # half a line that somebody left
        try:
            _write_whole(file, "".join(lines).encode(), at=found.size)
        except OSError:
            os.ftruncate(file, found.size)
            raise
        # After the lines: a crash in between leaves it one too few, which is no cut.
        self._put_head(head)

    def _draft_head(self, lines: int, chain: str) -> Path:
        """Write how many lines there will be, beside its place: a full disk is met before the ledger is touched."""
        draft = self._head.with_name(f"{self._head.name}.new")
        file = os.open(draft, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, _OWNER_ONLY)
        try:
            _write_whole(file, json.dumps({"lines": lines, "chain": chain}).encode(), at=0)
        finally:
            os.close(file)
        return draft

    def _put_head(self, draft: Path) -> None:
        draft.replace(self._head)
        _sync_folder(self._path.parent)

    @contextmanager
    def _locked(self) -> Iterator[int]:
        file = os.open(self._path, os.O_RDWR | os.O_CREAT, _OWNER_ONLY)
        try:
            fcntl.flock(file, fcntl.LOCK_EX)
            yield file
        finally:
            os.close(file)


def _link(chain: str, handoff_id: str) -> str:
    return hashlib.sha256(f"{chain}\n{handoff_id}".encode()).hexdigest()


def _read_line(line: bytes, chain: str) -> str | None:
    """Return the id of a line that follows the ones before it; None for any other."""
    try:
        stored = json.loads(line)
        handoff_id, link = stored["id"], stored["chain"]
    except _UNREADABLE:
        return None
    is_next = isinstance(handoff_id, str) and link == _link(chain, handoff_id)
    return handoff_id if is_next else None


def _write_whole(file: int, raw: bytes, *, at: int) -> None:
    """Write all of it and wait until it is on the disk."""
    done = 0
    while done < len(raw):
        done += os.pwrite(file, raw[done:], at + done)
    os.fsync(file)


def _sync_folder(folder: Path) -> None:
    """Wait until the names in it are on the disk."""
    descriptor = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)
