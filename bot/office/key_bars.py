"""What must be said of the desk's keys on every page of whoever can do something about it."""

from __future__ import annotations

from dataclasses import dataclass

from bot.office.visit import Visit


@dataclass(frozen=True, slots=True)
class KeyBars:
    """`differs`: the public host seals to other keys than this one lists. `unheld`: recipients whose key is in no vault."""

    differs: bool
    unheld: tuple[str, ...]


def find_key_bars(visit: Visit, *, is_of_keys: bool = True) -> KeyBars:
    """Say what is wrong with the keys, as far as anybody has read. `is_of_keys`: on pages of keys, where every vault is looked at."""
    parts = visit.office.parts
    unheld = parts.vaults.find_unheld() if is_of_keys else ()
    return KeyBars(parts.digests.sealings.differ(parts.keys.look()), unheld)
