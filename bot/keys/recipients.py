"""
To whom handoffs are sealed: age X25519 keys, one to a file, each in one of three states.

`NAME.pub` is active, `NAME.pending` waits until its holder has shown that the key opens, `NAME.revoked` is never sealed to
again. They come from files alone, never from the database, a page or the network. Source: SECURITY §5.
"""

from __future__ import annotations

import time
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Literal

from pyrage import RecipientError, x25519  # type: ignore[attr-defined]  # compiled, without stubs

from bot.core.envelope import fingerprint
from bot.keys.keyfile import KeyFile, Kind, mark_folder, read_folder, refuse_twins
from bot.keys.places import RECIPIENTS

State = Literal["active", "pending", "revoked"]
SUFFIX: dict[State, str] = {"active": ".pub", "pending": ".pending", "revoked": ".revoked"}


@dataclass(frozen=True, slots=True)
class Recipient:
    """
    Somebody to whom handoffs are sealed: an age X25519 key. `demo`: it was made by the demo.

    `since`: since when it has been in this state, where the file tells. `kept`: its file says that the private half is kept on
    paper or in a file.
    """

    name: str
    public_key: str
    fingerprint: str
    demo: bool
    state: State = "active"
    since: datetime | None = None
    kept: bool = False


def is_x25519(key: str) -> bool:
    """Whether this is an age X25519 recipient: no plugin, no ssh, no post-quantum one. Source: SECURITY T29."""
    try:
        # Compared, so that a key has one spelling only and its fingerprint is the key's.
        return str(x25519.Recipient.from_str(key)) == key
    except RecipientError:
        return False


KIND = Kind(
    folder=RECIPIENTS,
    is_key=is_x25519,
    wants="one age1… key",
    refusal="must hold exactly one age X25519 key (age1…), no plugin and no ssh key",
)


def read_recipients(data_dir: Path) -> tuple[Recipient, ...]:
    """
    Read the active recipients, by name. None there gives an empty tuple: the caller decides how many
    are enough. A key that is revoked is not active, even when an old file of it comes back.

    ConfigError names the file: not exactly one age X25519 key (plugin and ssh keys are refused), a
    key that is there twice, or a file or folder that others may change. Source of the rule: SECURITY T10, T29.
    """
    revoked = {one.key for one in read_folder(data_dir, KIND, SUFFIX["revoked"])}
    found = read_folder(data_dir, KIND, SUFFIX["active"])
    refuse_twins(found, RECIPIENTS, "recipient")
    return tuple(as_recipient(one, "active") for one in found if one.key not in revoked)


def list_recipients(data_dir: Path) -> tuple[Recipient, ...]:
    """Read all of them, whatever their state: active, then pending, then revoked. ConfigError as above."""
    others: tuple[State, ...] = ("pending", "revoked")
    rest = (
        as_recipient(one, state) for state in others for one in read_folder(data_dir, KIND, SUFFIX[state])
    )
    return (*read_recipients(data_dir), *rest)


def mark_recipients(data_dir: Path) -> object | None:
    """Return what changes whenever the recipients may have. None: read them again."""
    return mark_folder(data_dir / RECIPIENTS, time.time_ns())


def as_recipient(found: KeyFile, state: State) -> Recipient:
    """Tell a key file as a recipient."""
    kept = state == "active" and "kept" in found.notes
    return Recipient(found.name, found.key, fingerprint(found.key), found.demo, state, found.since, kept)
