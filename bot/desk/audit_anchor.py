"""
The anchor: where the audit log had come to, in a file outside the database. With it lines that are missing at the end are found.

A line is committed before its anchor is written, so the anchor may be behind the log and is never ahead of it. A
restored backup of the database looks like a cut, because it is one: somebody at the host has to say that they know.
"""

from __future__ import annotations

import fcntl
import os
import secrets
from collections.abc import Iterator, Sequence
from contextlib import contextmanager, suppress
from pathlib import Path

from bot.desk.audit_chain import Head, read_head, write_head
from bot.errors import AuditDown

_OWNER_ONLY = 0o600
#: Longer than any head: what stands there already is written over without needing more room.
_ROOM_BYTES = 1024


class Anchor:
    """The anchor in one file. Several programs may write it at the same time: the highest number stays."""

    def __init__(self, path: Path) -> None:
        self._path = path

    def read(self) -> Head | None:
        """Return where the log had come to. None: nothing was ever written. AuditDown: the file cannot be read."""
        try:
            found = read_heads(self._path.read_text("ascii"))
        except FileNotFoundError:
            return None
        except (OSError, ValueError) as fault:
            raise AuditDown(f"the anchor of the audit log cannot be read ({type(fault).__name__})") from None
        if found is None or len(found) != 1:
            raise AuditDown("the anchor of the audit log is none")
        return found[0]

    def make_room(self) -> Draft:
        """Make room for a new anchor before its line is written; `drop` it. AuditDown: there is none, so write no line."""
        part = self._path.with_name(f".{self._path.name}.{secrets.token_hex(8)}.part")
        try:
            self._path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
            file = os.open(part, os.O_WRONLY | os.O_CREAT | os.O_EXCL, _OWNER_ONLY)
        except OSError as fault:
            raise _down(fault) from None
        draft = Draft(self, self._path, part, file)
        try:
            _write(file, b" " * _ROOM_BYTES)
            give_to_owner(file, self._path.parent)
        except OSError as fault:
            draft.drop()
            raise _down(fault) from None
        return draft


class Draft:
    """Room for one anchor."""

    def __init__(self, anchor: Anchor, path: Path, part: Path, file: int) -> None:
        self._anchor = anchor
        self._path = path
        self._part = part
        self._file = file

    def put(self, head: Head, *, even_back: bool = False) -> None:
        """
        Put the anchor in its place; when it returns it is on the disk. AuditDown: it is not.

        `even_back`: also in place of one with a higher number.
        """
        try:
            _write(self._file, write_head(head).encode("ascii") + b"\n")
            os.fsync(self._file)
            with _alone(self._path.parent) as folder:
                known = None if even_back else self._anchor.read()
                if (
                    known is None or known.number < head.number
                ):  # a colleague's later line may have been faster
                    self._part.replace(self._path)
                    os.fsync(folder)
        except OSError as fault:
            raise _down(fault) from None

    def drop(self) -> None:
        """Give back what was not needed."""
        os.close(self._file)
        with suppress(OSError):  # it took its place; or it stays, and hurts nobody
            self._part.unlink()


def read_heads(text: str) -> Sequence[Head] | None:
    """Read heads, one a line. None: one of the lines is none."""
    found = [read_head(line.strip()) for line in text.splitlines() if line.strip()]
    return None if None in found else tuple(head for head in found if head)


def give_to_owner(file: int | Path, folder: Path) -> None:
    """Have a file belong to whom its folder does: a command that root runs must not lock the office out."""
    found = folder.stat()
    with suppress(PermissionError):  # nobody but root can give a file away, nor needs to
        os.chown(file, found.st_uid, found.st_gid)


def _write(file: int, content: bytes) -> None:
    """Write this over what is there, and nothing else."""
    done = 0
    while done < len(content):
        done += os.pwrite(file, content[done:], done)
    os.ftruncate(file, len(content))


@contextmanager
def _alone(folder: Path) -> Iterator[int]:
    """Work in a folder while nobody else writes an anchor there."""
    descriptor = os.open(folder, os.O_RDONLY | os.O_DIRECTORY)
    try:
        fcntl.flock(descriptor, fcntl.LOCK_EX)
        yield descriptor
    finally:
        os.close(descriptor)


def _down(fault: OSError) -> AuditDown:
    return AuditDown(
        f"the anchor of the audit log cannot be written ({fault.strerror or type(fault).__name__})"
    )
