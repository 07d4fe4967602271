"""
To whom handoffs were sealed, as their own records tell, and the newest test handoff: whether the public host seals to the keys that this host lists.

Keys that are changed at this host reach the public one only when somebody carries them there. Until then a revoked key goes on
reading everything new, and a new one reads nothing. What is kept are public fingerprints and hours. Source: SECURITY T10.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Final

from bot.ports.keyring import Ring

#: So long after a change here nothing is said: somebody is carrying it to the public host. The hour of a handoff is cut off too.
_CARRIED_WITHIN: Final = timedelta(hours=1)


@dataclass(frozen=True, slots=True)
class Sealing:
    """To which fingerprints a handoff was sealed when it was sent. None: no key of somebody opened it who should have one."""

    created_at: datetime
    recipients: frozenset[str] | None


class Sealings:
    """What was read of the handoffs that are here, by whomever, since the office was started."""

    def __init__(self) -> None:
        self._by_id: dict[str, Sealing] = {}

    def note(self, found: Mapping[str, Sealing], *, there: frozenset[str]) -> None:
        """Remember what was read. `there`: the ids of all handoffs; the others go. What one member read no other unreads."""
        for id_, sealing in found.items():
            if sealing.recipients is not None or id_ not in self._by_id:
                self._by_id[id_] = sealing
        for id_ in self._by_id.keys() - there:
            del self._by_id[id_]

    def differ(self, ring: Ring, *more: Sealing) -> bool:
        """Whether the public host seals to other keys, as far as anybody has read, and as `more` tells: see `differ`."""
        return differ((*self._by_id.values(), *more), ring)

    def lack(self, fingerprint: str, since: datetime | None) -> bool:
        """Whether a handoff from after this moment was read that was not sealed to this key."""
        return since is not None and any(
            one.recipients is not None and one.created_at > since and fingerprint not in one.recipients
            for one in self._by_id.values()
        )


def differ(told: Collection[Sealing], ring: Ring) -> bool:
    """
    Whether something was sealed to other keys than this ring's active ones.

    The newest tells it, once it is newer than the last change here by an hour; and any that was sealed to a key of which
    this ring knows nothing.
    """
    if not ring.is_sound:
        return False
    listed = frozenset(one.fingerprint for one in ring.recipients)
    if any(one.recipients is not None and one.recipients - listed for one in told):
        return True
    late = [one for one in told if is_carried(one.created_at, ring)]
    newest = max((one.created_at for one in late), default=None)
    return any(one.recipients != ring.in_use for one in late if one.created_at == newest)


def is_carried(at: datetime, ring: Ring) -> bool:
    """Whether the last change of this ring must have reached the public host by then."""
    after = ring.changed_at
    return after is None or at >= after + _CARRIED_WITHIN
