"""Where the files of vaults lie, as the desk needs it: whole files by account, changed by one program at a time."""

from __future__ import annotations

from collections.abc import Sequence
from contextlib import AbstractContextManager
from datetime import date
from typing import Protocol

from bot.ports.shelving import Aside


class Shelf(Protocol):
    """
    The vault files of one host. An id that could be no file's name has no vault.

    Unreadable: the file, or the folder, is not one that others cannot read or swap. OSError: it cannot be written.
    """

    def read(self, account_id: str) -> bytes | None:
        """Return what a vault holds. None: there is none."""
        ...

    def mark(self, account_id: str) -> object | None:
        """Return what changes whenever the file does: one look, nothing is opened. None: there is none."""
        ...

    def write(self, account_id: str, content: bytes) -> None:
        """Put a vault in place of what is there: at every moment there is the old one or the new one."""
        ...

    def remove(self, account_id: str) -> None:
        """Remove one. One that is gone is no error."""
        ...

    def set_aside(self, account_id: str, day: date) -> None:
        """Give one another name, so that it is no account's vault any more. One that is gone is no error."""
        ...

    def list_aside(self) -> Sequence[Aside]:
        """Return what was set aside."""
        ...

    def read_aside(self, aside: Aside) -> bytes | None:
        """Return what it holds, as `read` does."""
        ...

    def drop_aside(self, aside: Aside) -> None:
        """Destroy it. One that is gone is no error."""
        ...

    def list_ids(self) -> Sequence[str]:
        """Return the accounts that have one, in order."""
        ...

    def alone(self) -> AbstractContextManager[None]:
        """Keep every other program from changing vaults meanwhile."""
        ...
