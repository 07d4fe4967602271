"""Whether the public host seals to the keys that this host lists, and when an old key is no longer needed."""

from __future__ import annotations

from datetime import datetime, timedelta

import pytest

from bot.desk.old_keys import describe_key
from bot.desk.sealings import Sealing, Sealings
from bot.desk.vaults import DeskKey
from bot.ports import Sealed, StoredHandoff
from bot.ports.desk import StoredConsent
from bot.ports.keyring import RecipientKey, RecipientState, Ring
from tests.desk.vault_cast import NOON

_HOUR = timedelta(hours=1)
OLD, NEW, RECOVERY = "0000 old", "1111 new", "2222 recovery"
EARLY, LATE = NOON - _HOUR, NOON + _HOUR


def key(fingerprint: str, state: RecipientState, since: datetime | None = None) -> RecipientKey:
    return RecipientKey("x", fingerprint, state, demo=False, since=since)


#: At noon somebody replaced a key here.
RING = Ring((key(NEW, "active", NOON), key(RECOVERY, "active"), key(OLD, "revoked", NOON)))


def read(*told: tuple[datetime, set[str] | None]) -> Sealings:
    """What was read of handoffs, by time."""
    sealings = Sealings()
    found = {
        str(number): Sealing(at, None if to is None else frozenset(to))
        for number, (at, to) in enumerate(told)
    }
    sealings.note(found, there=frozenset(found))
    return sealings


@pytest.mark.parametrize(
    ("told", "differs"),
    [
        ((), False),
        (((EARLY, {OLD, RECOVERY}),), False),
        (((NOON, {OLD, RECOVERY}),), False),
        (((LATE, {OLD, RECOVERY}),), True),
        (((LATE, {NEW}),), True),
        (((LATE, None),), True),
        (((EARLY, None),), False),
        (((LATE, {NEW, RECOVERY}),), False),
        (((LATE, {OLD, RECOVERY}), (LATE + _HOUR, {NEW, RECOVERY})), False),
        (((LATE, {OLD, RECOVERY}), (LATE, {NEW, RECOVERY})), True),
        (((EARLY, {OLD, RECOVERY, "3333 stranger"}), (LATE, {NEW, RECOVERY})), True),
    ],
)
def test_the_newest_handoff_tells_whether_the_list_was_carried(
    told: tuple[tuple[datetime, set[str] | None], ...], *, differs: bool
) -> None:
    """T10: after an hour, by what the handoff says; a key that nobody here knows is said whatever came after."""
    assert read(*told).differ(RING) is differs
    assert not read(*told).differ(Ring(is_sound=False))


def test_what_one_member_read_no_other_unreads() -> None:
    """And what was erased is forgotten."""
    sealings = read((LATE, {NEW, RECOVERY}))
    sealings.note({"0": Sealing(LATE, None)}, there=frozenset({"0"}))
    assert not sealings.differ(RING)
    sealings = read((LATE, None))
    sealings.note({"0": Sealing(LATE, frozenset({NEW, RECOVERY}))}, there=frozenset({"0"}))
    assert not sealings.differ(RING)
    sealings = read((LATE, None))
    sealings.note({}, there=frozenset())
    assert not sealings.differ(RING)


def _handoff(at: datetime) -> StoredHandoff:
    seal = Sealed(b"", b"", "")
    consent = StoredConsent("c", at, "", "", seal)
    return StoredHandoff("h", at, "new", at, None, 0, seal, consent)


def test_a_revoked_key_is_needed_until_the_public_host_is_seen_to_leave_it_out() -> None:
    """T10: nothing from before is left, and yet what came after may be sealed to it."""
    desk_key = DeskKey(OLD)
    for sealings in (None, Sealings(), read((NOON, {NEW})), read((LATE, {OLD, NEW})), read((LATE, None))):
        use = describe_key(desk_key, RING, [_handoff(LATE)], sealings)
        assert (use.is_certain, use.kept) == (False, 1)
    use = describe_key(desk_key, RING, [_handoff(LATE)], read((LATE, {NEW, RECOVERY})))
    assert (use.is_certain, use.kept) == (True, 0)
    undated = Ring((key(OLD, "revoked"),))
    assert not describe_key(desk_key, undated, [], read((LATE, {NEW}))).is_certain
