"""The public keys of the desk as its pages need them: who receives handoffs, whose signature counts, and changing it."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass, field
from datetime import datetime
from typing import Literal, Protocol

RecipientState = Literal["active", "pending", "revoked"]
#: Why nothing was changed. `name`, `key`: not of the shape that we take. `private`: a private key was given. `known`: the
#: key has a name already. `same_person`: whoever added a key does not activate it. `no_holder`: who acts holds no active key
#: that is open. `wrong_code`: what was heard is not the fingerprint; `mismatch`: and yet the phrase was right, so somebody may
#: have swapped the key. `young`: the account that added it, or the right of who acts, is new. `unwritable`: the files belong to
#: somebody else than this program. `unsound`: one of them is not sound, or not what it was when it was looked at.
KeyRefusal = Literal[
    "name",
    "key",
    "private",
    "known",
    "waits",
    "active",
    "missing",
    "wrong_phrase",
    "no_tries",
    "same_person",
    "no_holder",
    "wrong_code",
    "mismatch",
    "young",
    "too_few",
    "unwritable",
    "unsound",
]
KeyStep = Literal["add", "rotate", "challenge", "activate", "revoke", "keep"]


@dataclass(frozen=True, slots=True)
class RecipientKey:
    """
    A recipient. `since`: since when it is in this state; `added_by`: the account that let it wait, if the pages did.

    `kept`: somebody at the desk said that its private half is kept on paper or in a file, outside the vaults.
    """

    name: str
    fingerprint: str
    state: RecipientState
    demo: bool
    since: datetime | None
    added_by: str = ""
    kept: bool = False


@dataclass(frozen=True, slots=True)
class SignerKey:
    """Somebody whose signature counts."""

    name: str
    fingerprint: str
    demo: bool
    since: datetime | None


@dataclass(frozen=True, slots=True)
class Ring:
    """All keys at one moment: recipients active first. `is_sound`: false when a file is not, and nothing can be told."""

    recipients: tuple[RecipientKey, ...] = ()
    signers: tuple[SignerKey, ...] = ()
    is_sound: bool = True

    @property
    def active(self) -> int:
        """How many handoffs are sealed to."""
        return sum(one.state == "active" for one in self.recipients)

    @property
    def known(self) -> frozenset[str]:
        """The fingerprints of the keys to which something is, or was, sealed."""
        return frozenset(one.fingerprint for one in self.recipients if one.state != "pending")

    @property
    def in_use(self) -> frozenset[str]:
        """The fingerprints of the keys to which something is sealed now."""
        return frozenset(one.fingerprint for one in self.recipients if one.state == "active")

    @property
    def changed_at(self) -> datetime | None:
        """When a key was last made active or revoked. None: nobody wrote it down."""
        told = (one.since for one in self.recipients if one.state != "pending")
        return max((since for since in told if since is not None), default=None)


@dataclass(frozen=True, slots=True)
class Asked:
    """A key that waits. `challenge` (age, armored) goes to its holder; it is shown once."""

    name: str
    fingerprint: str
    challenge: str = field(repr=False)


@dataclass(frozen=True, slots=True)
class Phrase:
    """What a challenge says to whoever can open it; it is told by telephone."""

    name: str
    fingerprint: str
    phrase: str = field(repr=False)


class KeyRing(Protocol):
    """
    The key files of this host. They are public, and nothing here opens anything.

    `by` is the account of whoever does it. Every change is checked again while it is made.
    """

    def look(self) -> Ring:
        """Read all keys anew."""
        ...

    def why_not(self, step: KeyStep, name: str, *, key: str = "", by: str = "") -> KeyRefusal | None:
        """Say what would keep a step from being done, as far as it can be told without doing it."""
        ...

    def add(self, name: str, key: str, *, by: str) -> Asked | KeyRefusal:
        """Let a new recipient wait."""
        ...

    def rotate(self, name: str, key: str, *, by: str) -> Asked | KeyRefusal:
        """Let a new key of an active recipient wait; the old one stays until it is activated."""
        ...

    def challenge(self, name: str) -> Asked | KeyRefusal:
        """Make a new challenge for one who waits; the one before is void, and so are its tries."""
        ...

    def try_phrase(self, name: str, phrase: str, *, by: str) -> KeyRefusal | None:
        """Count a try and say whether the phrase is right, and somebody else than `by` added the key."""
        ...

    def activate(self, name: str, phrase: str, *, by: str) -> KeyRefusal | None:
        """Activate one who waits, after `try_phrase`; what it looked at is looked at again, and no other try is counted."""
        ...

    def revoke(self, name: str) -> KeyRefusal | None:
        """Never seal to this name again; refused when too few would be left. One who waits under it goes too."""
        ...

    def keep(self, name: str) -> KeyRefusal | None:
        """Write down that the private half of an active key is kept outside the vaults."""
        ...

    def read_phrase(self, opened: bytes, fingerprints: Collection[str]) -> Phrase | None:
        """Read an opened challenge. None: it is none, or not for one of these keys; show nothing of it."""
        ...
