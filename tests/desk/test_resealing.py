"""Sealing anew: everything that opens is sealed to the recipients of now; what does not is named and left."""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from datetime import UTC, datetime

import pytest
from pyrage import x25519

from bot.desk.opening import Opener
from bot.desk.resealing import Left, Resealed, reseal
from bot.errors import DeskClosed
from bot.ports.desk import StoredConsent, StoredHandoff, StoredRequest
from bot.ports.handoff import Sealed
from tests.desk.test_opening import DESK, DESK_AND_RECOVERY, FRONT, STRANGER, identity, sealer, signer

AT = datetime(2026, 11, 20, 4, 0, tzinfo=UTC)
NEW = [x25519.Identity.generate() for _ in range(2)]
Seals = dict[tuple[str, str], Sealed]


@dataclass
class FakeDesk:
    """A store that knows its seals; `busy` ones were changed by somebody else meanwhile."""

    handoffs: list[StoredHandoff]
    seals: Seals = field(default_factory=dict)
    busy: set[str] = field(default_factory=set)

    async def list_handoffs(self, status=None):
        return self.handoffs

    async def replace_seal(self, handoff_id, kind, old, new) -> bool:
        if kind in self.busy:
            return False
        self.seals[handoff_id, kind] = new
        return True


def stored(handoff_id: str, key: bytes = FRONT) -> StoredHandoff:
    seal = sealer(key).seal
    consent = seal(b"agreed", purpose="consent", name=f"c-{handoff_id}", at=AT)
    request = seal(b"please call later", purpose="request", name=f"r-{handoff_id}", at=AT)
    return StoredHandoff(
        id=handoff_id,
        created_at=AT,
        status="new",
        status_at=AT,
        opened_at=None,
        alerts=0,
        sealed=seal(b"a story", purpose="handoff", name=handoff_id, at=AT),
        consent=StoredConsent(f"c-{handoff_id}", AT, "text", "hash", consent),
        requests=(StoredRequest(f"r-{handoff_id}", "correct", AT, request),),
    )


@pytest.fixture
def opener() -> Opener:
    return Opener(map(identity, DESK_AND_RECOVERY), [signer(FRONT), signer(DESK)])


async def test_everything_is_sealed_to_the_recipients_of_now(opener: Opener):
    """The new keys open it, the old ones no longer; the desk signed for the same place and time."""
    desk = FakeDesk([stored("h-1"), stored("h-2")])
    done = await reseal(desk, opener, sealer(DESK, NEW))
    assert done == Resealed(handoffs=2, seals=6, left=())
    now = Opener([identity(NEW[1])], [signer(DESK)])
    for one in ("h-1", "h-2"):
        opened = [
            now.open(desk.seals[one, "handoff"], purpose="handoff", name=one, at=AT),
            now.open(desk.seals[one, "consent"], purpose="consent", name=f"c-{one}", at=AT),
            now.open(desk.seals[one, f"r-{one}"], purpose="request", name=f"r-{one}", at=AT),
        ]
        assert opened == [b"a story", b"agreed", b"please call later"]


async def test_what_does_not_open_is_left_as_it_lies_and_the_rest_is_done(opener: Opener):
    """T11, R21: a forged one is not given a good signature; a bad one keeps no other back."""
    forged = stored("h-1", STRANGER)
    strange = replace(
        stored("h-2"), sealed=sealer(FRONT, NEW).seal(b"x", purpose="handoff", name="h-2", at=AT)
    )
    desk = FakeDesk([forged, strange, stored("h-3")])
    done = await reseal(desk, opener, sealer(DESK, NEW))
    assert done.left == (
        Left("handoff", "h-1", "forged"),
        Left("consent", "c-h-1", "forged"),
        Left("request", "r-h-1", "forged"),
        Left("handoff", "h-2", "unreadable"),
    )
    assert (done.handoffs, done.seals) == (3, 5)
    assert {"h-1"}.isdisjoint(one for one, _ in desk.seals)


async def test_what_somebody_changed_meanwhile_is_named(opener: Opener):
    desk = FakeDesk([stored("h-1")], busy={"consent"})
    done = await reseal(desk, opener, sealer(DESK, NEW))
    assert (done.seals, done.left) == (2, (Left("consent", "c-h-1", "changed"),))


async def test_with_too_few_recipients_nothing_is_changed(opener: Opener):
    desk = FakeDesk([stored("h-1")])
    with pytest.raises(DeskClosed):
        await reseal(desk, opener, sealer(DESK, NEW[:1]))
    assert desk.seals == {}


def test_nothing_of_a_seal_is_shown():
    """What is printed about a failure names it and no more."""
    assert repr(Left("handoff", "h-1", "forged")) == "Left(purpose='handoff', id='h-1', why='forged')"
