"""
The files of the staff's vaults: one to an account, readable by the program of the office alone.

It knows nothing of what stands in them.
"""

from __future__ import annotations

import os
import re
import stat
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from datetime import date, datetime
from pathlib import Path

from bot.errors import Unreadable
from bot.keys.files import SECRET_MODE, alone, make_folder, remove, replace, sync_folder
from bot.ports.shelving import Aside

_SUFFIX = ".vault"
_MOST_BYTES = 65_536
_FOLDER_MODE = 0o700
_OTHERS = stat.S_IRWXG | stat.S_IRWXO
#: What an account's id looks like. Nothing else becomes a file's name.
_ID = re.compile(r"[A-Za-z0-9-]{1,64}")
#: How a vault is called that was set aside: the account, the day, and which of that day.
_ASIDE = re.compile(r"([A-Za-z0-9-]{1,64})\.removed-([0-9]{8})(?:\.[0-9]+)?")


class VaultFiles:
    """The vaults in one folder; see `bot.desk.vaults.shelf`."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder

    def read(self, account_id: str) -> bytes | None:
        """Return what a vault holds. None: there is none. Unreadable: others could have read or swapped it."""
        path = self._path(account_id)
        if path is None:
            return None
        return self._read(path)

    def _read(self, path: Path) -> bytes | None:
        try:
            self._refuse_open_folder()
            return _read(path)
        except FileNotFoundError:
            return None
        except OSError:
            raise Unreadable("a vault cannot be read") from None

    def mark(self, account_id: str) -> object | None:
        """Return what changes whenever the file does. None: there is none."""
        path = self._path(account_id)
        try:
            found = path.lstat() if path else None
        except OSError:
            return None
        return found and (found.st_ino, found.st_mtime_ns, found.st_ctime_ns, found.st_size, found.st_mode)

    def write(self, account_id: str, content: bytes) -> None:
        """Put a vault in place of what is there. Call it within `alone`. OSError: it could not be written."""
        path = self._path(account_id)
        if path is None:
            raise FileNotFoundError("no account is called so")
        replace(path, content, SECRET_MODE)

    def remove(self, account_id: str) -> None:
        """Remove a vault."""
        path = self._path(account_id)
        if path is not None and self._folder.is_dir():
            remove(path)

    def set_aside(self, account_id: str, day: date) -> None:
        """Give a vault the name of one that was set aside; nobody else may read it. Call it within `alone`."""
        path = self._path(account_id)
        try:
            found = path.lstat() if path else None
        except FileNotFoundError:
            return
        if path is None or found is None:
            return
        if stat.S_ISREG(found.st_mode):
            path.chmod(SECRET_MODE)
        path.rename(self._find_free(f"{account_id}.removed-{day:%Y%m%d}"))
        sync_folder(self._folder)

    def list_aside(self) -> Sequence[Aside]:
        """Return what was set aside, by name."""
        found = (_ASIDE.fullmatch(path.name) for path in sorted(self._folder.glob("*.removed-*")))
        return [Aside(one[1], _read_day(one[2]), one[0]) for one in found if one]

    def read_aside(self, aside: Aside) -> bytes | None:
        """Return what it holds, as `read` does."""
        return self._read(self._folder / aside.name)

    def drop_aside(self, aside: Aside) -> None:
        """Destroy it."""
        remove(self._folder / aside.name)

    def _find_free(self, name: str) -> Path:
        path, number = self._folder / name, 2
        while os.path.lexists(path):
            path, number = self._folder / f"{name}.{number}", number + 1
        return path

    def list_ids(self) -> Sequence[str]:
        """Return the accounts that have a vault."""
        found = (path.name.removesuffix(_SUFFIX) for path in self._folder.glob(f"*{_SUFFIX}"))
        return sorted(name for name in found if _ID.fullmatch(name))

    @contextmanager
    def alone(self) -> Iterator[None]:
        """Keep every other program from changing vaults meanwhile; the lock ends with the program."""
        make_folder(self._folder, _FOLDER_MODE)
        with alone(self._folder):
            yield

    def _path(self, account_id: str) -> Path | None:
        return self._folder / f"{account_id}{_SUFFIX}" if _ID.fullmatch(account_id) else None

    def _refuse_open_folder(self) -> None:
        found = self._folder.lstat()
        if not stat.S_ISDIR(found.st_mode) or found.st_mode & _OTHERS or not _is_ours(found):
            raise Unreadable("others may look into the folder of the vaults")


def _read(path: Path) -> bytes:
    """Read without following a link and without waiting for whoever may write to a pipe."""
    descriptor = os.open(path, os.O_RDONLY | os.O_NOFOLLOW | os.O_NONBLOCK)
    try:
        found, raw = os.fstat(descriptor), os.read(descriptor, _MOST_BYTES + 1)
    finally:
        os.close(descriptor)
    if not stat.S_ISREG(found.st_mode) or found.st_mode & _OTHERS or not _is_ours(found):
        raise Unreadable("others may read a vault, or it is no file")
    if len(raw) > _MOST_BYTES:
        raise Unreadable("a vault is too long to be one")
    return raw


def _read_day(told: str) -> date:
    """A day that is none was not written by us: it is kept for ever."""
    try:
        return datetime.strptime(told, "%Y%m%d").date()  # noqa: DTZ007 - a day has no zone
    except ValueError:
        return date.max


def _is_ours(found: os.stat_result) -> bool:
    return found.st_uid in {0, os.geteuid()}
