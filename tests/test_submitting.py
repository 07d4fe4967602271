"""A form is checked once more, sealed and put into the transaction, or it is said why not; the page and the chat alike."""

from __future__ import annotations

import hashlib
from datetime import UTC, datetime, timedelta

import pytest

from bot.core.model import PersonKey
from bot.form.review import hash_lines
from bot.ports import NotSent, Sent
from bot.submitting import MOST_A_DAY, MOST_FROM_A_SOURCE, Package
from tests.core.cast import shipped
from tests.fakes.desk_world import FILLED, DeskWorld
from tests.fakes.memory_store import MemoryTx

HER = "web:her"
NOW = datetime(2026, 11, 20, 15, 59, 30, tzinfo=UTC)
YES = {"contact": True, "special": True}


@pytest.fixture
def world() -> DeskWorld:
    return DeskWorld()


async def send(world: DeskWorld, now: datetime = NOW, **changes: object) -> Sent | NotSent:
    package = Package(**{"draft": FILLED, "uses": YES, "locale": "zh_TW", **changes})
    tx = MemoryTx(world.store.rows, world.store)
    return await world.submitting.send(tx, HER, package, now)


async def test_the_record_holds_what_was_written_and_agreed_to(world):
    """And the time of it to the hour only."""
    assert isinstance(await send(world), Sent)
    (record,) = world.read_sealed()
    assert record["fields"] == FILLED
    assert record["created_at"] == record["consent"]["at"] == "2026-11-20T15:00:00Z"
    assert record["consent"]["uses"] == {
        "contact": True, "special": True, "refer": False, "safe_person": False,
    }  # fmt: skip
    assert record["recipients"] == ["aaaa", "bbbb"]
    (handoff,) = world.store.rows.handoffs
    assert handoff.created_at == NOW.replace(minute=0, second=0)


async def test_the_consent_is_kept_apart_and_names_its_text(world):
    """Which text was shown stands beside it in the clear; what was ticked is sealed."""
    await send(world)
    (handoff,) = world.store.rows.handoffs
    (consent,) = world.read_sealed("consent")
    text = hashlib.sha256(handoff.consent.text.encode()).hexdigest()
    assert handoff.consent.text_sha256 == consent["text_sha256"] == text
    assert consent["handoff_id"] == handoff.id
    assert consent["consent_id"] == handoff.consent.id
    assert {kind for kind, _, _ in world.sealer.sealed} == {"handoff", "consent"}
    assert not any(value in str(consent) for value in FILLED.values())


async def test_what_the_page_showed_must_be_what_came(world):
    """T11: a line that changed on the way is not what was agreed to."""
    lines = world.submitting.list_lines(FILLED, "zh_TW", masked=False)
    assert isinstance(await send(world, shown=hash_lines(lines)), Sent)
    assert world.read_sealed()[0]["consent"]["shown_sha256"] == hash_lines(lines)
    changed = {**FILLED, "story": "別的"}
    assert await send(world, draft=changed, shown=hash_lines(lines)) == NotSent("changed")
    assert await send(world, shown="") == NotSent("changed")


@pytest.mark.parametrize(
    ("changes", "reasons"),
    [
        ({"name": None}, {"name": "name_needed"}),
        ({"birth": None}, {"birth": "birth_needed"}),
        ({"phone_mobile": None}, {"phone_mobile": "way_needed"}),
        ({"birth": "yesterday"}, {"birth": "birth_unclear"}),
        ({"birth": "2030-01-01"}, {"birth": "birth_future"}),
        ({"phone_mobile": "12"}, {"phone_mobile": "phone_unclear"}),
        ({"gender": "none of these"}, {"gender": "choice_unclear"}),
        ({"call_number": "home"}, {"call_number": "call_number_empty"}),
        ({"referrer_name": "假的"}, {"referrer_name": "unclear"}),
        ({"made_up": "x"}, {"made_up": "unclear"}),
        ({"story": "a\x00b"}, {"story": "unclear"}),
    ],
)
async def test_a_draft_that_does_not_fit_is_not_sealed(world, changes, reasons):
    """Whatever a page sends back: each reason stands at its field, and never twice."""
    draft = {key: value for key, value in {**FILLED, **changes}.items() if value is not None}
    refused = await send(world, draft=draft)
    assert isinstance(refused, NotSent)
    assert (refused.why, dict(refused.reasons)) == ("unfit", reasons)
    assert world.sealer.sealed == []


@pytest.mark.parametrize(
    ("uses", "missing"),
    [
        ({}, {"use_contact", "use_special"}),
        ({"contact": True}, {"use_special"}),
        ({"contact": False, "special": True, "refer": True}, {"use_contact"}),
    ],
)
async def test_without_what_is_needed_nothing_is_sent(world, uses, missing):
    """The other uses are free."""
    refused = await send(world, uses=uses)
    assert (refused.why, set(refused.reasons)) == ("unfit", missing)


@pytest.mark.parametrize(
    ("birth", "is_sent"),
    [("18", True), ("17", False), ("2008-11-20", True), ("2008-11-21", True), ("2008-11-22", False)],
)
async def test_only_an_adult_can_send(world, birth, is_sent):
    """By the day or by the age, counted in Taipei, where it is tomorrow already."""
    sent = await send(world, now=NOW + timedelta(minutes=1), draft={**FILLED, "birth": birth})
    assert isinstance(sent, Sent) if is_sent else sent == NotSent("minor")


async def test_somebody_under_18_is_told_so_whatever_else_is_wrong(world):
    """Others take over; a missing name is not the matter."""
    assert await send(world, draft={"birth": "12"}, uses={}) == NotSent("minor")


async def test_a_closed_desk_seals_and_counts_nothing(world):
    """What does not fit is said first, so that nobody learns of it on the next day."""
    world.sealer.open = False
    assert await send(world) == NotSent("closed")
    assert (await send(world, draft={"birth": "34"})).why == "unfit"
    assert world.store.rows.uses == {}


async def test_at_n_and_n_plus_one(world):
    """T5: three a day by one person; what is refused is not counted."""
    for _ in range(MOST_A_DAY):
        await send(world, uses={})
        assert isinstance(await send(world), Sent)
    assert await send(world) == NotSent("often")
    assert len(world.store.rows.handoffs) == MOST_A_DAY
    assert isinstance(await send(world, now=NOW + timedelta(hours=24)), Sent)


async def test_no_two_have_an_id_or_a_receipt_in_common(world):
    """Nor do the parts of one: nothing but the seal joins consent and handoff."""
    first, second = await send(world), await send(world)
    assert first.receipt != second.receipt
    ids = [name for _, name, _ in world.sealer.sealed]
    assert len(set(ids)) == 4


@pytest.mark.parametrize("locale", shipped().catalogs.locales)
async def test_in_every_language_the_text_is_named_by_its_own_hash(world, locale):
    """What is hashed is what was shown, in the language it was shown in."""
    await send(world, locale=locale)
    assert world.read_sealed()[0]["locale"] == locale
    assert world.store.rows.handoffs[0].consent.text == f"notices in {locale}"


def test_a_request_is_sealed_with_its_words(world):
    """Of what kind it is stands outside; what it says does not."""
    made = world.submitting.make_request("some-id", "correct", "換了電話", NOW)
    assert (made.kind, made.handoff_id, made.created_at) == (
        "correct",
        "some-id",
        NOW.replace(minute=0, second=0),
    )
    (told,) = world.read_sealed("request")
    assert (told["words"], told["handoff_id"], told["request_id"]) == ("換了電話", "some-id", made.id)
    assert "換了電話" not in repr(made)


def test_nothing_that_was_written_shows_in_a_repr(world):
    """T30: whatever is logged by mistake."""
    package = Package(FILLED, YES, "zh_TW", FILLED)
    assert not any(value in repr(package) for value in FILLED.values())
    assert "ABCD" not in repr(Sent("ABCD-EFGH-2345"))


async def send_from(world: DeskWorld, person: str, source: str, now: datetime = NOW) -> Sent | NotSent:
    package = Package(draft=FILLED, uses=YES, locale="zh_TW")
    tx = MemoryTx(world.store.rows, world.store)
    return await world.submitting.send(tx, PersonKey(person), package, now, source=source)


async def test_ten_an_hour_are_taken_from_one_source(world):
    """T5: the eleventh is told that it cannot be sent from here now, whom to call, and has used up nothing of its own."""
    for number in range(MOST_FROM_A_SOURCE):
        assert isinstance(await send_from(world, f"web:{number}", "203.0.113.7"), Sent)
    for _ in range(MOST_A_DAY + 1):
        assert await send_from(world, "web:late", "203.0.113.7") == NotSent("closed")
    assert isinstance(await send_from(world, "web:late", "203.0.113.8"), Sent)
    later = NOW + timedelta(hours=1, seconds=1)
    assert isinstance(await send_from(world, "web:late", "203.0.113.7", later), Sent)


async def test_who_has_sent_too_many_takes_no_place_of_others(world):
    """T5: a fourth of one person does not count against their neighbours."""
    for _ in range(MOST_A_DAY + MOST_FROM_A_SOURCE):
        await send_from(world, "web:her", "203.0.113.7")
    for number in range(MOST_FROM_A_SOURCE - MOST_A_DAY):
        assert isinstance(await send_from(world, f"web:{number}", "203.0.113.7"), Sent)
    assert await send_from(world, "web:late", "203.0.113.7") == NotSent("closed")


async def test_where_the_source_cannot_be_told_nobody_is_counted_together(world):
    """T5: behind a proxy that nobody named, ten handoffs of everybody would be all there are."""
    for number in range(MOST_FROM_A_SOURCE + 5):
        assert isinstance(await send_from(world, f"web:{number}", ""), Sent)
