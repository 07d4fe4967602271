"""What must be said of the desk's keys on every page of whoever can do something about it."""

from __future__ import annotations

from dataclasses import dataclass

from bot.desk.sealing_tests import Verdict
from bot.office.visit import Visit


@dataclass(frozen=True, slots=True)
class KeyBars:
    """
    `differs`: the public host seals to other keys than this one lists. `unheld`: recipients whose key is in no vault.

    `test`: what else is wrong with the newest test handoffs.
    """

    differs: bool
    unheld: tuple[str, ...]
    test: Verdict


def find_key_bars(visit: Visit, *, is_of_keys: bool = True) -> KeyBars:
    """Say what is wrong with the keys, as far as anybody has read. `is_of_keys`: on pages of keys, where every vault is looked at."""
    parts = visit.office.parts
    unheld = parts.vaults.find_unheld() if is_of_keys else ()
    _prove(visit)
    ring, tests = parts.keys.look(), parts.sealing_tests
    verdict = tests.judge(ring)
    # A handoff is outdone by a test only once every host has sent a newer one: the test of one host excuses no other.
    oldest = sorted(tests.sealing, key=lambda one: one.created_at)[:1]
    differs = "others" in verdict.faults or parts.digests.sealings.differ(ring, *oldest)
    return KeyBars(differs, unheld, verdict)


def _prove(visit: Visit) -> None:
    """Try the newest test handoffs with the keys of who is here, if their vault is open; it is no use of the vault."""
    parts, account_id = visit.office.parts, visit.member.account_id
    parts.sealing_tests.prove(account_id, parts.vaults.openers(account_id, visit.member.seat))
