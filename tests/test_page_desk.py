"""The one-time page: one use, a quarter of an hour, and nothing of it stored before it is sent."""

from __future__ import annotations

from dataclasses import replace

import pytest

from bot.core.model import StateId
from bot.errors import StaleSession, StoreDown
from bot.form.review import hash_lines
from bot.handing import PAGE_LIVES
from bot.ports import NotSent, Sent
from tests.fakes.desk_world import FILLED, DeskWorld, Visitor
from tests.fakes.memory_store import MemoryTx

YES = {"contact": True, "special": True}
SEAT = "her seat"


@pytest.fixture
def world() -> DeskWorld:
    return DeskWorld()


@pytest.fixture
async def her(world: DeskWorld) -> Visitor:
    """Somebody who was given a link."""
    visitor = await Visitor(world).stand_at("handoff_way", draft=dict.fromkeys(FILLED, ""))
    await visitor.tap("page")
    return visitor


def get_link(world: DeskWorld) -> str:
    (link,) = world.store.rows.links
    return link


async def seated(world: DeskWorld) -> None:
    assert await world.desk.open_page(get_link(world), SEAT) is not None


async def submit(world: DeskWorld, seat: str = SEAT, **changes: str) -> Sent | NotSent:
    draft = {key: value for key, value in {**FILLED, **changes}.items() if value}
    shown = hash_lines(world.submitting.list_lines(draft, "zh_TW", masked=False))
    return await world.desk.submit(seat, draft, YES, shown=shown, locale="zh-TW")


# ─── Opening ──────────────────────────────────────────────────────────────────


async def test_a_link_is_used_up_by_the_first_who_opens_it(world, her):
    """Forwarded or opened again it leads nowhere."""
    link = get_link(world)
    opened = await world.desk.open_page(link, SEAT)
    assert (opened.draft, opened.locale) == ({}, "zh_TW")
    assert await world.desk.open_page(link, "another") is None
    assert await world.desk.open_page("never given", "another") is None
    assert await world.desk.check_page("another") == "gone"


async def test_a_page_knows_what_buttons_told_and_nothing_that_was_typed(world, her):
    """T1: the link may have been opened by somebody else."""
    stored = world.store.rows.sessions[her.person]
    session = replace(stored.session, answers={"threat": "yes"}, draft=FILLED, locale="en")
    world.store.rows.sessions[her.person] = replace(stored, session=session)
    opened = await world.desk.open_page(get_link(world), SEAT)
    assert (dict(opened.draft), opened.locale) == ({"types": "t6"}, "en")


async def test_a_link_outlives_neither_its_time_nor_an_erasure(world, her):
    """15 minutes, or until everything is erased."""
    link = get_link(world)
    world.clock.pass_by(seconds=PAGE_LIVES.total_seconds() + 1)
    assert await world.desk.open_page(link, SEAT) is None
    await her.stand_at("handoff_way")
    await her.tap("page")
    newer = get_link(world)
    await her.type("刪除")
    await her.tap("erase_yes")
    assert await world.desk.open_page(newer, SEAT) is None


async def test_a_page_without_a_conversation_begins_empty(world, her):
    """The session may have ended meanwhile; the page can still be filled in."""
    del world.store.rows.sessions[her.person]
    opened = await world.desk.open_page(get_link(world), SEAT)
    assert (dict(opened.draft), opened.locale) == ({}, "zh_TW")
    assert isinstance(await submit(world), Sent)
    assert her.person not in world.store.rows.sessions
    assert world.read_sealed()[0]["from_conversation"] == []


# ─── Time ─────────────────────────────────────────────────────────────────────


async def test_a_page_that_is_used_goes_on_and_a_late_one_can_be_renewed(world, her):
    """Nobody loses what they are typing because it took long."""
    await seated(world)
    for _ in range(3):
        world.clock.pass_by(minutes=14)
        assert await world.desk.check_page(SEAT) == "open"
    world.clock.pass_by(seconds=PAGE_LIVES.total_seconds())
    assert await world.desk.check_page(SEAT) == "late"
    assert await submit(world) == NotSent("late")
    assert await world.desk.check_page(SEAT, renew=True) == "open"
    assert isinstance(await submit(world), Sent)


async def test_a_page_that_was_given_up_is_gone(world, her):
    """Nothing is left of it, nor can it be renewed."""
    await seated(world)
    await world.desk.give_up(SEAT)
    await world.desk.give_up(SEAT)
    assert await world.desk.check_page(SEAT, renew=True) == "gone"
    assert await submit(world) == NotSent("gone")
    assert world.store.rows.handoffs == []


# ─── Sending ──────────────────────────────────────────────────────────────────


async def test_a_seat_that_no_page_has_costs_no_transaction_when_it_is_left(world, her):
    """T14: and a page that is there is ended."""
    await seated(world)

    async def has_page(seat):
        return seat == SEAT

    desk = replace(world.desk, has_page=has_page)
    begun = world.store.begun
    await desk.give_up("made up")
    assert world.store.begun == begun
    await desk.give_up(SEAT)
    assert world.store.begun == begun + 1
    assert await world.desk.check_page(SEAT) == "gone"


async def test_what_the_page_showed_is_sealed_and_the_conversation_emptied(world, her):
    """In one transaction; the chat says that it is there, and never tells the receipt."""
    await seated(world)
    sent = await submit(world)
    assert isinstance(sent, Sent)
    assert world.read_sealed()[0]["fields"] == FILLED
    assert (her.state, dict(her.session.draft), dict(her.session.pocket)) == ("handoff_sent", {}, {})
    assert world.store.rows.erased == [her.person]
    assert world.store.rows.sessions[her.person].version == 1
    looked = await world.runner.look(her.channel, her.user_id, locale="")
    assert sent.receipt not in "".join(looked.bubbles)


async def test_sent_twice_it_is_there_once(world, her):
    """The second press finds the page gone."""
    await seated(world)
    assert isinstance(await submit(world), Sent)
    assert await submit(world) == NotSent("gone")
    assert len(world.store.rows.handoffs) == 1


async def test_erased_meanwhile_nothing_is_sent(world, her):
    """They said erase in the chat while the page was open."""
    await seated(world)
    await her.type("刪除")
    await her.tap("erase_yes")
    assert await world.desk.check_page(SEAT) == "gone"
    assert await submit(world) == NotSent("gone")
    assert world.store.rows.handoffs == []


@pytest.mark.parametrize(
    ("changes", "why"),
    [({"name": ""}, "unfit"), ({"birth": "12"}, "minor"), ({"phone_mobile": "1"}, "unfit")],
)
async def test_what_is_not_sent_leaves_the_page_open(world, her, changes, why):
    """They mend it and send again; the conversation is where it was."""
    await seated(world)
    before = her.session
    assert (await submit(world, **changes)).why == why
    assert her.session == before
    assert await world.desk.check_page(SEAT) == "open"
    assert isinstance(await submit(world), Sent)


@pytest.mark.parametrize(
    ("told", "why"), [({"age_now": "minor"}, "minor"), ({"age_now": "adult", "about": "friend"}, "gone")]
)
async def test_what_the_conversation_was_told_meanwhile_counts(world, her, told, why):
    """Somebody said in the chat that they are under 18, or that it is about somebody else: nothing is sent for them."""
    await seated(world)
    stored = world.store.rows.sessions[her.person]
    world.store.rows.sessions[her.person] = replace(stored, session=replace(stored.session, answers=told))
    assert await submit(world) == NotSent(why)
    assert world.store.rows.handoffs == []


async def test_lines_that_are_not_what_was_shown_are_refused(world, her):
    """T11: somebody changed a hidden field on the way."""
    await seated(world)
    refused = await world.desk.submit(SEAT, FILLED, YES, shown="0" * 64, locale="zh_TW")
    assert refused == NotSent("changed")


async def test_a_closed_desk_leaves_the_page_open(world, her):
    """It may open again within the quarter of an hour."""
    await seated(world)
    world.sealer.open = False
    assert await submit(world) == NotSent("closed")
    world.sealer.open = True
    assert isinstance(await submit(world), Sent)


async def test_three_a_day_in_chat_and_page_together(world):
    """T5: a page is no second way round the limit."""
    her = Visitor(world)
    for _ in range(3):
        await her.hand_over()
    await her.stand_at("handoff_way")
    await her.tap("page")
    await seated(world)
    assert await submit(world) == NotSent("often")


# ─── Two at once ──────────────────────────────────────────────────────────────


async def test_when_somebody_saved_first_it_is_tried_again_whole(world, her):
    """One handoff, counted once."""
    await seated(world)
    world.store.stale = 3
    assert isinstance(await submit(world), Sent)
    assert len(world.store.rows.handoffs) == 1
    assert len(world.store.rows.uses["handoff", her.person]) == 1


async def test_when_it_stays_busy_nothing_is_sent(world, her):
    """The page says: try again; and nothing is left of what was tried."""
    await seated(world)
    world.store.stale = 99
    with pytest.raises(StoreDown):
        await submit(world)
    assert world.store.rows.handoffs == []
    assert world.store.rows.uses == {}
    assert await world.desk.check_page(SEAT) == "open"


async def test_a_page_that_another_ended_meanwhile_sends_nothing(world, her, monkeypatch):
    """Of two at once one takes the page; the other starts again and finds it gone."""
    await seated(world)
    closes = MemoryTx.close_page

    async def lose(tx, seat):
        world.store.rows.seats.pop(seat)
        monkeypatch.setattr(MemoryTx, "close_page", closes)
        monkeypatch.setattr(MemoryTx, "find_page", nothing)
        return False

    async def nothing(tx, seat):
        return None

    monkeypatch.setattr(MemoryTx, "close_page", lose)
    assert await submit(world) == NotSent("gone")
    assert world.store.rows.handoffs == []


async def test_a_store_that_is_down_is_said(world, her):
    """Nothing was stored: try again."""
    await seated(world)
    with world.store.out(), pytest.raises(StoreDown):
        await submit(world)
    assert isinstance(await submit(world), Sent)


async def test_a_conversation_that_the_flow_no_longer_knows_does_not_keep_it_from_being_sent(world, her):
    """It is erased instead of emptied: what was agreed to is sent all the same."""
    await seated(world)
    stored = world.store.rows.sessions[her.person]
    world.store.rows.sessions[her.person] = replace(
        stored, session=replace(stored.session, state=StateId("gone"))
    )
    assert isinstance(await submit(world), Sent)
    assert her.person not in world.store.rows.sessions
    assert len(world.store.rows.handoffs) == 1


async def test_a_fault_is_not_swallowed(world, her):
    """What is no lost race is for the page to say."""
    await seated(world)
    world.store.handoff_faults = [RuntimeError("disk"), StaleSession()]
    with pytest.raises(RuntimeError):
        await submit(world)
    assert isinstance(await submit(world), Sent)
