"""
How key files are written and read: whole or not at all, and never where others could change them.

It must never say what stands in a file.
"""

from __future__ import annotations

import errno
import fcntl
import os
import secrets
import stat
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

from bot.errors import ConfigError

SECRET_MODE = 0o600
PUBLIC_MODE = 0o644
#: No key file is longer; what is longer is something else.
_MOST_BYTES = 4096
#: What file systems say that have no second name for a file, as on a stick.
_NO_LINKS = frozenset({errno.EPERM, errno.EOPNOTSUPP, errno.ENOTSUP, errno.ENOSYS})
_OTHERS_WRITE = stat.S_IWGRP | stat.S_IWOTH
_OTHERS = stat.S_IRWXG | stat.S_IRWXO


def make_folder(path: Path, mode: int = 0o700) -> None:
    """Make a folder with its parents, or leave the one that is there."""
    path.mkdir(mode=mode, parents=True, exist_ok=True)


def offer(path: Path, content: bytes, mode: int = SECRET_MODE) -> bool:
    """Create a file whole and synced, or leave the one that is there. True: it is ours."""
    if path.exists():
        return False
    make_folder(path.parent)
    with _written(path, content, mode) as part:
        try:
            _name(part, path, content, mode)
        except FileExistsError:  # another program was faster: its file counts
            return False
    sync_folder(path.parent)
    return True


def replace(path: Path, content: bytes, mode: int) -> None:
    """Put a file in place of another, whole and synced: at every moment there is the old one or the new one."""
    with _written(path, content, mode) as part:
        part.replace(path)
    sync_folder(path.parent)


def remove(path: Path) -> None:
    """Remove a file, and have the disk know it. One that is gone is no error."""
    path.unlink(missing_ok=True)
    sync_folder(path.parent)


def sync_folder(folder: Path) -> None:
    """Have the disk know what the folder holds: without it a new name may be lost with the power."""
    descriptor = os.open(folder, os.O_RDONLY | os.O_DIRECTORY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)


@contextmanager
def alone(folder: Path) -> Iterator[None]:
    """Change a folder while no other command does; the lock ends with the program, however it ends."""
    descriptor = os.open(folder, os.O_RDONLY | os.O_DIRECTORY)
    try:
        fcntl.flock(descriptor, fcntl.LOCK_EX)
        yield
    finally:
        os.close(descriptor)


def refuse_open_folder(folder: Path, shown: str) -> None:
    """ConfigError when others than root, the owner of the data directory and we could swap the files in it."""
    found = folder.lstat()
    if not stat.S_ISDIR(found.st_mode):
        raise ConfigError(f"{shown}: is a link or a file; make it a folder of its own")
    if found.st_mode & _OTHERS_WRITE:
        raise ConfigError(f"{shown}: others may put keys there; run `chmod 755 {folder}`")
    if found.st_uid not in _trusted(folder.parent):
        raise ConfigError(f"{shown}: belongs to somebody else; run `chown root {folder}`")


def read_public(path: Path, shown: str, wants: str) -> str:
    """
    Read a small text file that others may read but not change.

    A link is refused: whoever may change what it leads to could swap the key. ConfigError: `wants` says what belongs there.
    """
    try:
        found, raw = _read(path)
        text = raw.decode("utf-8")
    except (OSError, ValueError):
        raise ConfigError(f"{shown}: cannot be read; put {wants} there, as plain text") from None
    if found.st_mode & _OTHERS_WRITE:
        raise ConfigError(f"{shown}: others may change it; run `chmod 644 {path}`")
    if found.st_uid not in _trusted(path.parent.parent):
        raise ConfigError(f"{shown}: is somebody else's file; run `chown root {path}`")
    return text


def read_secret(path: Path, size: int, missing: str) -> bytes:
    """Read a secret of exactly `size` random bytes. ConfigError: `missing` says what to do when it is not there."""
    try:
        with path.open("rb") as file:
            mode, secret = os.fstat(file.fileno()).st_mode, file.read(size + 1)
    except FileNotFoundError:
        raise ConfigError(f"{path}: missing; {missing}") from None
    except OSError as fault:
        raise ConfigError(f"{path}: cannot be read ({fault.strerror}); make it a file of ours") from None
    if mode & _OTHERS:
        raise ConfigError(f"{path}: others may read it; run `chmod 600 {path}`")
    if len(secret) != size:
        raise ConfigError(f"{path}: wrong length; it must hold exactly {size} random bytes, not text")
    return secret


def _read(path: Path) -> tuple[os.stat_result, bytes]:
    """Read without following a link and without waiting for whoever may write to a pipe."""
    descriptor = os.open(path, os.O_RDONLY | os.O_NOFOLLOW | os.O_NONBLOCK)
    try:
        found, raw = os.fstat(descriptor), os.read(descriptor, _MOST_BYTES + 1)
    finally:
        os.close(descriptor)
    if not stat.S_ISREG(found.st_mode) or len(raw) > _MOST_BYTES:
        raise ValueError("no key file")
    return found, raw


def _trusted(data_dir: Path) -> set[int]:
    """Who may own key files. The owner of the data directory could put another folder in place of it anyway."""
    return {0, os.geteuid(), data_dir.stat().st_uid}


def _name(part: Path, path: Path, content: bytes, mode: int) -> None:
    """
    Give a part its name. FileExistsError: the name is taken.

    Where a file can have one name only, it is written again under its own: then others may see it half for a moment.
    """
    try:
        os.link(part, path)
    except OSError as fault:
        if fault.errno not in _NO_LINKS:
            raise
        _create(path, content, mode)


def _create(path: Path, content: bytes, mode: int) -> None:
    """Create a file, synced; what is half written goes away again. FileExistsError: it is there, and is left alone."""
    descriptor = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, SECRET_MODE)
    try:
        with os.fdopen(descriptor, "wb") as file:
            file.write(content)
            os.fchmod(descriptor, mode)  # the umask of whoever runs the command must not decide
            file.flush()
            os.fsync(descriptor)
    except BaseException:
        path.unlink(missing_ok=True)
        raise


@contextmanager
def _written(path: Path, content: bytes, mode: int) -> Iterator[Path]:
    """Write a part beside the place it is for; what is left of it goes away again."""
    part = path.with_name(f".{path.name}.{secrets.token_hex(8)}.part")
    _create(part, content, mode)
    try:
        yield part
    finally:
        with suppress(FileNotFoundError):  # it took its place
            part.unlink()
