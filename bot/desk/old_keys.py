"""
How long an old identity of the desk is still needed: until the last handoff that was sealed to it has ended.

age does not tell to whom something was sealed, so it is told from times: what came before a key was revoked may be sealed
to it, unless everything was sealed anew since. That the public host knows of it is told by a handoff from after that which was
read and was not sealed to it; before that everything here may be.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from bot.desk.keeping import find_due
from bot.desk.sealings import Sealings
from bot.desk.vaults import DeskKey
from bot.ports import StoredHandoff
from bot.ports.keyring import RecipientKey, Ring


@dataclass(frozen=True, slots=True)
class KeyUse:
    """
    A key of a vault and what it is good for. `recipient` is None when nothing was ever sealed to it.

    Of one that is revoked: `kept` handoffs from before that are still here, the last of which ends at `until` (None: with
    `unseen` above 0 it is not known, else there are none). `is_certain`: a handoff from after that was read and was not sealed to
    it; otherwise the public host may still seal to it, and all handoffs count.
    """

    key: DeskKey
    recipient: RecipientKey | None
    kept: int = 0
    unseen: int = 0
    until: datetime | None = None
    is_certain: bool = False

    @property
    def is_old(self) -> bool:
        """Whether nothing new is sealed to it."""
        return self.recipient is not None and self.recipient.state == "revoked"


def needs_handoffs(keys: Sequence[DeskKey], ring: Ring) -> bool:
    """Whether one of these keys is old, so that somebody must look which handoffs are still here."""
    return any(describe_key(key, ring, ()).is_old for key in keys)


def describe_key(
    key: DeskKey, ring: Ring, handoffs: Sequence[StoredHandoff], sealings: Sealings | None = None
) -> KeyUse:
    """Say what a key is good for. `sealings`: what was read of the handoffs, if anything was."""
    recipient = next((one for one in ring.recipients if one.fingerprint == key.fingerprint), None)
    if recipient is None or recipient.state != "revoked":
        return KeyUse(key, recipient)
    since = recipient.since
    is_certain = sealings is not None and sealings.lack(key.fingerprint, since)
    due = [find_due(one) for one in handoffs if not is_certain or since is None or one.created_at <= since]
    ends = [one.erase_at for one in due if one.erase_at]
    unseen = len(due) - len(ends)
    until = None if unseen or not ends else max(ends)
    return KeyUse(key, recipient, len(due), unseen, until, is_certain)
