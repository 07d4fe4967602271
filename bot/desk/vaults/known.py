"""
Which keys of a vault count: those to which something is, or was, sealed.

Whoever has words can put a key of their own making into their vault. Until it is a recipient it opens nothing, so a vault that
holds nothing else is no filled one, and who sits before it speaks for nobody at the desk. Source: SECURITY T6.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from datetime import datetime

from bot.desk.identity import Identity
from bot.ports.keyring import Ring


class KnownKeys:
    """The recipients as the vaults ask for them. Where the key files are not sound, what they last said still counts."""

    def __init__(self, look: Callable[[], Ring]) -> None:
        self._look = look
        self._last = Ring()

    def look(self) -> Ring:
        """Return the recipients, as they were when they could last be read."""
        found = self._look()
        if found.is_sound:
            self._last = found
        return self._last

    def choose(self, identities: Iterable[Identity]) -> tuple[Identity, ...]:
        """Return those of them to which something is, or was, sealed."""
        known = self.look().known
        return tuple(one for one in identities if one.fingerprint in known)

    def is_active(self, held: Iterable[str], at: datetime | None) -> bool:
        """
        Whether one of these is the key of an active recipient; with `at`: and one of them was a recipient's at that moment.

        That one may be revoked since: whoever replaced their key can still read what came before.
        """
        there = [one for one in self.look().recipients if one.fingerprint in frozenset(held)]
        active = [one.since for one in there if one.state == "active"]
        if not active or at is None:
            return bool(active)
        revoked = (one.since for one in there if one.state == "revoked")
        return any(since is None or since <= at for since in active) or any(
            since is not None and since >= at for since in revoked
        )
