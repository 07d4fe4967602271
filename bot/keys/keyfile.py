"""
Key files: one public key to a file, with notes in comment lines, in a folder that others cannot change.

What is no key of the expected kind is refused by name; nothing of what stands there is repeated.
"""

from __future__ import annotations

import os
import re
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path

from bot.errors import ConfigError
from bot.keys.files import read_public, refuse_open_folder

DEMO_LINE = "# DEMO"
DEMO_SAYS = "These keys were made by the demo and lie here unguarded: they protect nobody, and production refuses them."
#: A file changed in the last moments may change again without its times telling: clocks of file systems tick coarsely.
_YOUNG_NS = 2_000_000_000
_NOTE = re.compile(r"# ([a-z]+): ([0-9A-Za-z:. -]+)")
_NAME = re.compile(r"[a-z0-9][a-z0-9-]{0,31}")


@dataclass(frozen=True, slots=True)
class KeyFile:
    """One public key as its file tells it. `name` is the file's without its last part."""

    name: str
    key: str
    demo: bool = False
    notes: dict[str, str] = field(default_factory=dict)

    @property
    def since(self) -> datetime | None:
        """Since when it has been as it is. None: nobody wrote it down."""
        try:
            return datetime.fromisoformat(self.notes.get("since", ""))
        except ValueError:
            return None


@dataclass(frozen=True, slots=True)
class Kind:
    """What a folder of keys holds: what counts as a key, and how a person is told to mend what does not."""

    folder: Path
    is_key: Callable[[str], bool]
    wants: str
    refusal: str


def read_folder(data_dir: Path, kind: Kind, suffix: str) -> tuple[KeyFile, ...]:
    """
    Read every key file that ends so, by name; none when the folder is not there.

    ConfigError: a file or the folder is not sound. A name that begins with a dot is an editor's rest, and is left alone.
    """
    folder = data_dir / kind.folder
    try:
        paths = sorted(folder.iterdir())  # not glob: it takes a folder it may not read for an empty one
    except FileNotFoundError:
        return ()
    except OSError as fault:
        raise ConfigError(
            f"{kind.folder}: cannot be listed ({fault.strerror}); make it a folder of ours"
        ) from None
    refuse_open_folder(folder, str(kind.folder))
    fitting = [path for path in paths if path.name.endswith(suffix) and not path.name.startswith(".")]
    return tuple(read_key_file(path, kind) for path in fitting)


def read_key_file(path: Path, kind: Kind) -> KeyFile:
    """Read one key file. ConfigError names it: others may change it, or it does not hold exactly one key."""
    shown = f"{kind.folder}/{path.name}"
    lines = [line.strip() for line in read_public(path, shown, kind.wants).splitlines() if line.strip()]
    keys = [line for line in lines if not line.startswith("#")]
    if len(keys) != 1 or not kind.is_key(keys[0]):
        raise ConfigError(f"{shown}: {kind.refusal}")
    notes = {found[1]: found[2] for line in lines if (found := _NOTE.fullmatch(line))}
    demo = any(line.startswith(DEMO_LINE) for line in lines)
    return KeyFile(path.name.rpartition(".")[0], keys[0], demo, notes)


def write_key_file(key: str, notes: dict[str, str], *, demo: bool = False) -> bytes:
    """Write a key file: notes above, the key in the last line."""
    head = [f"{DEMO_LINE} {DEMO_SAYS}"] if demo else []
    return "\n".join([*head, *(f"# {name}: {note}" for name, note in notes.items()), key, ""]).encode()


def write_moment(now: datetime) -> str:
    """Write a moment for a note; seconds are enough."""
    return now.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%SZ")


def is_name(name: str) -> bool:
    """Whether a key may be called so."""
    return _NAME.fullmatch(name) is not None


def refuse_name(name: str) -> None:
    """ConfigError when a name cannot become a file's."""
    if not is_name(name):
        raise ConfigError(
            "the name of a key: use 1 to 32 of a-z, 0-9 and -, beginning with a letter or digit"
        )


def refuse_twins(found: tuple[KeyFile, ...], folder: Path, who: str) -> None:
    """ConfigError when two files hold the same key: they would look like two people."""
    seen: dict[str, str] = {}
    for one in found:
        other = seen.setdefault(one.key, one.name)
        if other != one.name:
            raise ConfigError(
                f"{folder}/{one.name}.pub: same key as {other}.pub; every {who} needs a key of its own"
            )


def mark_folder(folder: Path, now_ns: int) -> object | None:
    """
    Return what changes whenever the folder or a file in it does: one look-up each, nothing is opened.

    None: it cannot be told, because something changed within the last two seconds or cannot be looked at. Read it again.
    """
    try:
        with os.scandir(folder) as entries:
            found = [folder.stat(), *(entry.stat(follow_symlinks=False) for entry in entries)]
    except OSError:
        return None
    if max(one.st_ctime_ns for one in found) > now_ns - _YOUNG_NS:
        return None
    return frozenset(
        (one.st_ino, one.st_mtime_ns, one.st_ctime_ns, one.st_size, one.st_mode) for one in found
    )
