"""What the list of handoffs may know of each: codes, in memory, as long as the vault that opened them is open."""

from __future__ import annotations

import asyncio
import dataclasses
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta

import pytest

from bot.desk import digests as digests_module
from bot.desk.contact_window import is_weekday
from bot.desk.digests import Digest, Digests, Mark, Reader, make_digest
from bot.desk.reading import Opens
from bot.desk.vaults import VaultState
from bot.errors import AuditDown
from bot.form.model import County
from bot.ports import Purpose, Sealed, StoredHandoff
from tests.desk.export_cast import (
    FORM,
    NOW,
    PLAIN_FIELDS,
    FakeOpener,
    ask,
    forge,
    lock,
    make_content,
    make_id,
    make_stored,
    seal_consent,
    store,
)
from tests.office.fakes import FakeClock

HERE = replace(FORM, counties=(County("臺北市", ()), County("屏東縣", ())))
TOLD = PLAIN_FIELDS | {
    "birth": "1990-01-02",
    "county": "屏東縣",
    "urgency": "today",
    "speak": "越南語",
    "contact_time": "24小時",
}
HOSTILE = "<script>alert(1)</script>"


@dataclass(frozen=True)
class CountingOpener(FakeOpener):
    """Counts what it opens."""

    opened: list[str] = field(default_factory=list)

    def open(self, sealed: Sealed, *, purpose: Purpose, name: str, at: datetime) -> bytes:
        self.opened.append(name)
        return super().open(sealed, purpose=purpose, name=name, at=at)


@dataclass
class FakeVaults:
    """Vaults that open and close when told to."""

    opener_: CountingOpener = field(default_factory=CountingOpener)
    is_open: bool = True
    closes_while_opening: bool = False
    left: set[str] = field(default_factory=set)

    def state(self, account_id: str, seat: str) -> VaultState:
        return "open" if self.is_open and seat not in self.left else "locked"

    def opener(self, account_id: str, seat: str, *, is_use: bool = True) -> Opens | None:
        if not self.is_open or seat in self.left:
            return None
        self.is_open = not self.closes_while_opening
        return self.opener_

    def generation(self, account_id: str, seat: str) -> int:
        raise NotImplementedError

    def holds_active(self, account_id: str, seat: str = "", *, at: object = None) -> bool:
        return self.is_open

    async def set_aside(self, account_id: str, *, by: str) -> None:
        raise NotImplementedError

    def leave(self, account_id: str, seat: str) -> None:
        self.left.add(seat)

    def leave_others(self, account_id: str, *, keep: str) -> None:
        raise NotImplementedError

    def lock(self, account_id: str) -> None:
        self.is_open = False


@dataclass
class FakeAudit:
    """Remembers lines, unless it cannot be written."""

    lines: list[tuple[str, str, Mapping[str, str | int]]] = field(default_factory=list)
    is_down: bool = False

    async def write(
        self, act: str, *, actor: str, subject: str = "", detail: Mapping[str, str | int] | None = None
    ) -> None:
        if self.is_down:
            raise AuditDown("no")
        self.lines.append((act, actor, detail or {}))


@dataclass
class Place:
    """A member at the desk."""

    vaults: FakeVaults = field(default_factory=FakeVaults)
    audit: FakeAudit = field(default_factory=FakeAudit)
    clock: FakeClock = field(default_factory=lambda: FakeClock(NOW))
    digests: Digests = field(default_factory=Digests)

    async def look(
        self, stored: Sequence[StoredHandoff], account_id: str = "lin", seat: str = "seat"
    ) -> Mapping[str, Digest] | None:
        reader = Reader(account_id, seat, self.vaults, HERE, self.audit, self.clock)
        return await self.digests.look(stored, reader)


@pytest.fixture
def place() -> Place:
    return Place()


def digest_of(stored: StoredHandoff) -> Digest:
    return make_digest(stored, form=HERE, opener=FakeOpener())


# ─── One digest ───────────────────────────────────────────────────────────────


def test_a_digest_holds_codes_and_nothing_that_was_written():
    """T6: no name, no number, no story, not even in its repr."""
    digest = digest_of(make_stored(fields=TOLD))
    assert (digest.urgency, digest.county, digest.languages) == ("today", "屏東縣", ("vi",))
    assert digest.find_window(NOW, is_workday=is_weekday) == "now"
    assert digest.marks == ()
    held = repr(dataclasses.asdict(digest))
    assert not [value for key, value in TOLD.items() if key not in {"county", "urgency"} and value in held]


@pytest.mark.parametrize(
    ("fields", "urgency", "county", "window"),
    [
        ({}, "unsaid", "unsaid", "unsaid"),
        ({"urgency": HOSTILE, "county": HOSTILE, "contact_time": HOSTILE}, "read", "read", "read"),
        ({"urgency": "days", "county": "臺北縣", "contact_time": "週末不要打"}, "days", "read", "read"),
        ({"urgency": "no_hurry", "county": "臺北市", "contact_time": "凌晨"}, "no_hurry", "臺北市", "read"),
    ],
)
def test_what_is_no_code_of_ours_stays_outside(fields, urgency, county, window):
    """T20: hostile text becomes the code that says "read it"."""
    digest = digest_of(make_stored(fields=fields))
    assert (digest.urgency, digest.county) == (urgency, county)
    assert digest.find_window(NOW, is_workday=is_weekday) == window
    assert HOSTILE not in repr(dataclasses.asdict(digest))


def test_what_cannot_be_read_becomes_a_named_mark():
    """R21: the record, its consent and its requests apart, each with one word."""
    content = make_content(fields=TOLD)
    odd = store(content)
    consent = replace(odd.consent, sealed=replace(odd.consent.sealed, signer="other"))
    broken = replace(ask(odd.id), kind="withdraw")
    assert digest_of(forge(odd)).marks == (Mark("handoff", "forged"),)
    assert digest_of(lock(odd)).marks == (Mark("handoff", "unreadable"),)
    assert digest_of(make_stored(form={"id": "another", "version": "1"})).marks == (
        Mark("handoff", "odd form"),
    )
    assert digest_of(forge(odd)).is_lost
    partly = digest_of(replace(odd, consent=consent, requests=(broken,)))
    assert set(partly.marks) == {Mark("consent", "unreadable"), Mark("request", "forged")}
    assert not partly.is_lost
    assert partly.urgency == "today"


# ─── All of a member ──────────────────────────────────────────────────────────


async def test_a_thousand_are_made_in_one_go_and_a_bad_one_among_them_is_named(place: Place):
    """T19: it keeps none of the others back."""
    many = [make_stored(number, TOLD) for number in range(1000)]
    many[500] = forge(many[500])
    found = await place.look(many)
    assert found is not None
    assert len(found) == 1000
    assert [id_ for id_, digest in found.items() if digest.marks] == [many[500].id]
    assert sum(digest.urgency == "today" for digest in found.values()) == 999


async def test_each_is_opened_once_and_again_when_it_changed(place: Place):
    """A new request, or a new seal, is read; the rest is remembered; what was erased is forgotten."""
    one, two = make_stored(1, TOLD), make_stored(2, TOLD)
    await place.look([one, two])
    opened = place.vaults.opener_.opened
    opened.clear()
    await place.look([one, two])
    assert opened == []
    changed = replace(one, requests=(ask(one.id),))
    found = await place.look([changed])
    assert set(opened) >= {one.id, changed.requests[0].id}
    assert two.id not in opened
    assert found is not None
    assert set(found) == {one.id}


async def test_a_status_that_changed_opens_nothing(place: Place):
    """It lies in the clear."""
    one = make_stored(1, TOLD)
    await place.look([one])
    place.vaults.opener_.opened.clear()
    await place.look([replace(one, status="called", opened_at=NOW, alerts=3)])
    assert place.vaults.opener_.opened == []


async def test_opening_the_list_is_noted_once_an_hour_and_after_each_unlocking(place: Place):
    """T6: one line with a count, not one for each look."""
    many = [make_stored(number) for number in range(3)]
    line = ("listed", "lin", {"count": 3})
    await place.look(many)
    place.clock.pass_by(timedelta(minutes=59))
    await place.look(many)
    assert place.audit.lines == [line]
    place.clock.pass_by(timedelta(minutes=1))
    await place.look(many)
    assert place.audit.lines == [line] * 2
    place.vaults.lock("lin")
    assert await place.look(many) is None
    place.vaults.is_open = True
    await place.look(many)
    assert place.audit.lines == [line] * 3


async def test_nothing_is_opened_that_could_not_be_noted(place: Place):
    """SECURITY §1 rule 9."""
    place.audit.is_down = True
    with pytest.raises(AuditDown):
        await place.look([make_stored(1, TOLD)])
    assert place.vaults.opener_.opened == []
    assert place.digests.list_members() == ()


async def test_a_closed_vault_has_no_digests(place: Place):
    """T6: they go with it, and only its own."""
    one = make_stored(1, TOLD)
    await place.look([one], "lin")
    await place.look([one], "chen")
    assert set(place.digests.list_members()) == {"lin", "chen"}
    place.vaults.is_open = False
    assert await place.look([one], "lin") is None
    assert place.digests.list_members() == ("chen",)


async def test_digests_are_made_for_one_seat(place: Place):
    """T6, T24: another sign-in of the same member has its own, notes its own, and keeps them when the first one is left."""
    one = make_stored(1, TOLD)
    await place.look([one], seat="here")
    await place.look([one], seat="there")
    assert len(place.audit.lines) == len(place.vaults.opener_.opened) / 2 == 2
    place.vaults.leave("lin", "here")
    assert await place.look([one], seat="here") is None
    place.digests.drop_locked(place.vaults)
    assert place.digests.list_members() == ("lin",)
    assert await place.look([one], seat="there")


async def test_a_vault_that_closes_while_they_are_made_gets_none(place: Place):
    """What was opened meanwhile is let go."""
    place.vaults.closes_while_opening = True
    assert await place.look([make_stored(1, TOLD)]) is None
    assert place.digests.list_members() == ()


async def test_digests_go_soon_after_the_vault_also_when_nobody_looks(
    place: Place, monkeypatch: pytest.MonkeyPatch
):
    """T6: they are looked after as long as there are any, and not longer."""
    monkeypatch.setattr(digests_module, "_LOOKED_AFTER_EVERY_S", 0.0)
    await place.look([make_stored(1, TOLD)])
    for _ in range(3):
        await asyncio.sleep(0)
    assert place.digests.list_members() == ("lin",)
    place.vaults.is_open = False
    for _ in range(3):
        await asyncio.sleep(0)
    assert place.digests.list_members() == ()


async def test_two_looks_at_once_open_each_handoff_once(place: Place):
    """And are noted once."""
    many = [make_stored(number, TOLD) for number in range(5)]
    both = await asyncio.gather(place.look(many), place.look(many))
    assert both[0] == both[1]
    assert len(place.audit.lines) == 1
    assert sorted(id_ for id_ in place.vaults.opener_.opened if id_ in {one.id for one in many}) == sorted(
        make_id(number) for number in range(5)
    )


def test_the_seal_of_a_consent_is_looked_at_too():
    """The cast's own: a consent sealed for another text does not fit."""
    content = make_content(fields=TOLD)
    one = store(content)
    swapped = replace(one.consent, sealed=seal_consent(content, one.id, uses={"contact": False}))
    assert digest_of(replace(one, consent=swapped)).marks == (Mark("consent", "forged"),)
