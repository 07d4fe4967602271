"""
Whatever goes another way than to be sent: declined, late, twice, erased, forwarded, closed, down.

Each ends with kind words and a human route, and what was typed is neither lost nor kept against anybody's will.
"""

from __future__ import annotations

import asyncio
import re

import pytest

from tests.end_to_end.handoff_people import (
    CONSENT,
    NOTICES,
    RECEIPT,
    SHORT_WAY,
    Step,
    arrive_at,
    choose,
    count_handoffs,
    fill_briefly,
    fill_page,
    find_link,
    find_session,
    get_status,
    knock,
    let_pages_age,
    open_page,
    read_chat_lines,
    read_page_lines,
    read_receipt,
    squeeze,
    store_is_down,
    take_page,
    tell,
    too_few_recipients,
)
from tests.end_to_end.handoff_world import BRIEFLY, STORY, agree, in_a_hurry, shared_world, word, world
from tests.end_to_end.people import LinePerson, Person, TelegramPerson, WebPerson, World
from tests.end_to_end.people.words import find_button, label, say
from tests.front import filling

__all__ = ["in_a_hurry", "shared_world", "world"]  # fixtures

pytestmark = [pytest.mark.asyncio(loop_scope="module"), pytest.mark.usefixtures("in_a_hurry")]

EVERY = ("line", "telegram", "web")
on_every_channel = pytest.mark.parametrize("channel", EVERY)


# ─── Declined ─────────────────────────────────────────────────────────────────

DECLINED: tuple[tuple[Step, ...], ...] = (
    (("handoff_what", "no"),),
    (("handoff_what", "next"), ("notice_1", "no")),
    (*NOTICES[:2], ("notice_2", "no")),
    (*NOTICES[:3], ("notice_3", "no")),
    (*NOTICES, ("handoff_way", "no")),
    (*NOTICES, ("handoff_way", "page"), ("handoff_page", "no")),
)
DECLINED_LATER: tuple[tuple[Step, ...], ...] = (
    (("form_review", "stop"), ("handoff_pause", "none")),
    (("form_review", "fine"), ("use_contact", "no"), ("handoff_needed", "none")),
    (("form_review", "fine"), ("use_contact", "yes"), ("use_special", "no"), ("handoff_needed", "none")),
    (("form_review", "fine"), *CONSENT, ("handoff_send", "stop"), ("handoff_pause", "none")),
)


async def require_declined(world: World, person: Person, heard: str) -> None:
    """Nothing is sent or kept, everything else is still there, and there is somebody to call."""
    assert say("handoff_no") in heard
    assert "113" in heard
    assert label("handoff_no", "comfort") in person.buttons()
    session = await find_session(world, person)
    assert session is not None
    assert session.draft == {}
    assert not [key for key in session.answers if key.startswith("use_")]
    assert await count_handoffs(world) == await world.count("SELECT count(*) FROM consent_record") == 0


async def test_a_no_is_a_no_wherever_it_is_said(world: World) -> None:
    """Before anything was filled in: at every page that has one, and the link of a page ends with it."""
    for way in DECLINED:
        person = await arrive_at(world, "web", SHORT_WAY)
        await require_declined(world, person, await choose(person, *way))
    for way in DECLINED_LATER:
        person = await arrive_at(world, "web", SHORT_WAY, NOTICES)
        await fill_briefly(person)
        await require_declined(world, person, await choose(person, *way))


async def test_only_what_was_agreed_to_is_sent(world: World) -> None:
    """On the page a needed use that is not ticked keeps everything where it is, and says so."""
    person = await arrive_at(world, "web", SHORT_WAY, NOTICES)
    visitor = await take_page(world, person)
    await fill_page(visitor, BRIEFLY)
    await visitor.press("next")
    visitor.fill(("u", "contact"))
    await visitor.press("send")
    assert get_status(visitor) == 422
    assert word("form_use_missing") in visitor.paper.said
    assert await count_handoffs(world) == 0
    visitor.fill(("u", "special"))
    await visitor.press("send")
    assert read_receipt(visitor.paper.said)


async def test_a_page_is_cleared_at_a_word(world: World) -> None:
    """Nothing of it is sent, and the page has ended."""
    person = await arrive_at(world, "web", SHORT_WAY, NOTICES)
    visitor = await take_page(world, person)
    await fill_page(visitor, BRIEFLY)
    await visitor.press("later")
    await visitor.press("drop")
    assert word("form_dropped") in visitor.paper.said
    assert "113" in visitor.paper.said
    assert STORY not in visitor.paper.said
    assert (await count_handoffs(world), await world.count("SELECT count(*) FROM page_seat")) == (0, 0)


# ─── Late ─────────────────────────────────────────────────────────────────────


async def test_a_page_that_stood_too_long_goes_on_with_everything_in_it(world: World) -> None:
    """It says so first, in case somebody else holds the phone; then one button, and it can be sent."""
    person = await arrive_at(world, "web", SHORT_WAY, NOTICES)
    visitor = await take_page(world, person)
    await fill_page(visitor, BRIEFLY)
    shown = read_page_lines(visitor)
    await visitor.press("next")
    visitor.fill(("u", "contact"), ("u", "special"))
    await let_pages_age(world)
    await visitor.press("send")
    assert word("form_late") in visitor.paper.said
    assert await count_handoffs(world) == 0
    await visitor.press("renew")
    assert visitor.step == "consent"
    await visitor.press("review")
    assert read_page_lines(visitor) == shown
    await agree(visitor)
    assert await count_handoffs(world) == 1


async def test_a_link_that_was_not_opened_in_time_leads_to_a_human(world: World) -> None:
    """And a new one is two buttons away."""
    person = await arrive_at(world, "line", SHORT_WAY, NOTICES)
    path = find_link(await choose(person, ("handoff_way", "page")))
    visitor = await knock(world, path)
    await let_pages_age(world)
    await visitor.open()
    require_over(visitor, "form_used")
    again = find_link(await choose(person, ("handoff_page", "again")))
    assert (await open_page(world, again)).step == "notices"


def require_over(visitor: filling.Person, line: str) -> None:
    """The page has ended: it says why that may be, and whom to call."""
    assert get_status(visitor) == 410
    assert word(line) in visitor.paper.said
    assert "113" in visitor.paper.said
    assert "110" in visitor.paper.said


# ─── Twice ────────────────────────────────────────────────────────────────────


async def test_a_page_that_is_sent_twice_at_once_is_sent_once(world: World) -> None:
    """One answer has the receipt, the other says that it is sent already."""
    person = await arrive_at(world, "web", SHORT_WAY, NOTICES)
    visitor = await take_page(world, person)
    await fill_page(visitor, BRIEFLY)
    await visitor.press("next")
    visitor.fill(("u", "contact"), ("u", "special"))
    sheet = [*visitor.paper.all_values, ("go", "send")]
    answers = await asyncio.gather(*(visitor.post(sheet) for _ in range(4)))
    assert sorted(answer.status_code for answer in answers) == [200, 410, 410, 410]
    assert [bool(RECEIPT.search(answer.text)) for answer in answers].count(True) == 1
    late = next(answer for answer in answers if answer.status_code == 410)
    visitor.see(late)
    require_over(visitor, "form_already")
    assert await count_handoffs(world) == 1


@on_every_channel
async def test_a_button_that_is_pressed_twice_sends_once(world: World, channel: str) -> None:
    """And the receipt is told."""
    person = await arrive_at(world, channel, SHORT_WAY, NOTICES)
    assert isinstance(person, LinePerson | TelegramPerson | WebPerson)
    await fill_briefly(person)
    await choose(person, ("form_review", "fine"), *CONSENT)
    await person.press_twice(label("handoff_send", "send"))
    assert read_receipt(await person.hear())
    assert await count_handoffs(world) == 1


# ─── Erased ───────────────────────────────────────────────────────────────────


@pytest.mark.parametrize("go", ["next", "send"])
async def test_who_erases_in_the_chat_ends_the_page_as_well(world: World, go: str) -> None:
    """Whatever is pressed there after that: nothing is stored, and it says so with a human route."""
    person = await arrive_at(world, "line", SHORT_WAY, NOTICES)
    visitor = await take_page(world, person)
    await fill_page(visitor, BRIEFLY)
    if go == "send":
        await visitor.press("next")
        visitor.fill(("u", "contact"), ("u", "special"))
    await person.go("刪除")
    assert say("erased") in await person.go(find_button(person, "erase_confirm", "erase"))
    await visitor.press(go)
    require_over(visitor, "form_already" if go == "send" else "form_gone")
    assert "林小雨" not in visitor.paper.said
    assert await count_handoffs(world) == 0
    assert not await world.is_known(person)


async def test_who_erases_halfway_through_the_chat_leaves_nothing(world: World) -> None:
    """What was typed is gone with the conversation; a new one begins empty."""
    person = await arrive_at(world, "telegram", SHORT_WAY, NOTICES, [("handoff_way", "chat")])
    await tell(person, "林小雨")
    await person.go("刪除")
    assert say("erased") in await person.go(find_button(person, "erase_confirm", "erase"))
    assert not await world.is_known(person)
    await person.arrive()
    await person.hear()
    session = await find_session(world, person)
    assert session is not None
    assert session.draft == {}


# ─── Links ────────────────────────────────────────────────────────────────────


async def test_a_link_opens_once(world: World) -> None:
    """Whoever looks ahead uses nothing up; the second who opens it is told so kindly, the first goes on."""
    person = await arrive_at(world, "telegram", SHORT_WAY, NOTICES)
    path = find_link(await choose(person, ("handoff_way", "page")))
    preview = await knock(world, path)
    assert get_status(preview) == 200
    assert not re.search("社工|性影像|轉介|表單", preview.paper.said)
    first, second = await open_page(world, path), await open_page(world, path)
    require_over(second, "form_used")
    await fill_page(first, BRIEFLY)
    await agree(first)
    require_over(await open_page(world, path), "form_used")
    assert await count_handoffs(world) == 1


async def test_a_link_that_was_forwarded_shows_nothing_that_was_typed_and_can_be_ended(world: World) -> None:
    """Somebody else opens it first: they see an empty form; a new link ends their page and opens for its owner."""
    person = await arrive_at(world, "line", SHORT_WAY, NOTICES, [("handoff_way", "chat")])
    await tell(person, "林小雨", "34")
    back = await choose(person, ("form_phone", "stop"), ("handoff_pause", "go_on"))
    assert back
    session = await find_session(world, person)
    assert session is not None
    assert session.draft.keys() == {"name", "birth"}
    await person.go("上一步", "上一步")
    path = find_link(await walk_to_page(person))
    stranger = await open_page(world, path)
    await stranger.press("next")
    assert "林小雨" not in (stranger.response.text if stranger.response else "")
    require_over(await open_page(world, path), "form_used")
    again = find_link(await choose(person, ("handoff_page", "again")))
    stranger.fill(f_name="別人")
    await stranger.press("next")
    require_over(stranger, "form_gone")
    owner = await open_page(world, again)
    await fill_page(owner, BRIEFLY)
    await agree(owner)
    assert await count_handoffs(world) == 1


async def walk_to_page(person: Person) -> str:
    """Go back until the page can be chosen."""
    while label("handoff_way", "page") not in person.buttons():
        await person.go("上一步")
    return await choose(person, ("handoff_way", "page"))


async def test_a_second_link_ends_the_first_page(world: World) -> None:
    """One person, one page; what stood in the first one is nowhere."""
    person = await arrive_at(world, "web", SHORT_WAY, NOTICES)
    path = find_link(await choose(person, ("handoff_way", "page")))
    first = await open_page(world, path)
    again = find_link(await choose(person, ("handoff_page", "again")))
    await first.press("next", is_drawn=False)
    require_over(first, "form_gone")
    assert (await open_page(world, again)).step == "notices"
    assert await world.count("SELECT count(*) FROM page_seat") == 1


# ─── Closed, too often, under 18 ──────────────────────────────────────────────


@on_every_channel
async def test_with_too_few_who_could_open_it_nothing_is_taken(world: World, channel: str) -> None:
    """It is said before anything is asked, with whom to call; and tried again it goes on."""
    person = await arrive_at(world, channel, SHORT_WAY[:-2])
    async with too_few_recipients(world.service.settings.data_dir):
        heard = await choose(person, ("worker_ask", "yes"))
        assert say("handoff_closed") in heard
        assert "113" in heard
    assert await choose(person, ("handoff_closed", "again"))
    assert say("handoff_age") in "\n".join(person.list_said()[-3:])


async def test_a_page_that_meets_a_closed_desk_keeps_everything(world: World) -> None:
    """Nothing is sent, the words can be copied, and once the desk is open they can be sent."""
    person = await arrive_at(world, "web", SHORT_WAY, NOTICES)
    visitor = await take_page(world, person)
    await fill_page(visitor, BRIEFLY)
    await visitor.press("next")
    visitor.fill(("u", "contact"), ("u", "special"))
    async with too_few_recipients(world.service.settings.data_dir):
        await visitor.press("send")
        assert get_status(visitor) == 503
        assert word("form_closed") in visitor.paper.said
        assert "113" in visitor.paper.said
        assert squeeze(STORY) in squeeze(visitor.paper.said)
        assert await count_handoffs(world) == 0
    await visitor.press("send")
    assert read_receipt(visitor.paper.said)
    assert await count_handoffs(world) == 1


async def test_a_chat_that_meets_a_closed_desk_keeps_everything(world: World) -> None:
    """The same in the chat: the draft stays, and trying again leads back to the last look."""
    person = await arrive_at(world, "telegram", SHORT_WAY, NOTICES)
    shown = await fill_briefly(person)
    await choose(person, ("form_review", "fine"), *CONSENT)
    async with too_few_recipients(world.service.settings.data_dir):
        heard = await choose(person, ("handoff_send", "send"))
        assert say("handoff_closed") in heard
        assert "113" in heard
    again = await choose(person, ("handoff_closed", "again"))
    assert read_chat_lines(again) == read_chat_lines(shown)
    assert read_receipt(await choose(person, ("handoff_send", "send")))


async def test_the_fourth_of_a_day_is_not_sent_and_the_others_are_untouched(world: World) -> None:
    """T5: on the page and in the chat; what was typed stays."""
    person = await arrive_at(world, "web", SHORT_WAY, NOTICES)
    for _ in range(3):
        visitor = await take_page(world, person)
        await fill_page(visitor, BRIEFLY)
        await agree(visitor)
        await back_to_way(person)
    visitor = await take_page(world, person)
    await fill_page(visitor, BRIEFLY)
    await visitor.press("next")
    visitor.fill(("u", "contact"), ("u", "special"))
    await visitor.press("send")
    assert get_status(visitor) == 429
    assert word("form_often") in visitor.paper.said
    await back_to_way(person)
    await fill_briefly(person)
    heard = await choose(person, ("form_review", "fine"), *CONSENT, ("handoff_send", "send"))
    assert say("handoff_too_often") in heard
    assert "113" in heard
    session = await find_session(world, person)
    assert session is not None
    assert session.draft["name"] == "林小雨"
    assert await count_handoffs(world) == 3


async def back_to_way(person: Person) -> None:
    """Begin anew, and come to where one chooses where to fill it in."""
    await tell(person, "重新開始")
    await choose(person, *SHORT_WAY[: len(SHORT_WAY) - 1])
    if label("handoff_age", "adult") in person.buttons():
        await choose(person, SHORT_WAY[-1])
    await choose(person, *NOTICES)


async def test_somebody_under_18_is_led_to_those_who_are_for_them(world: World) -> None:
    """By what was written as the age, on the page and in the chat; nothing is sent."""
    person = await arrive_at(world, "web", SHORT_WAY, NOTICES)
    visitor = await take_page(world, person)
    await visitor.press("next")
    visitor.fill(f_name="林小雨", f_birth="16", f_phone_mobile="0912345678")
    await visitor.press("next")
    assert word("form_minor") in visitor.paper.said
    assert "113" in visitor.paper.said
    await tell(person, "上一步")
    await choose(person, ("handoff_way", "chat"))
    heard = await tell(person, "林小雨", "16")
    assert say("handoff_minor") in heard
    assert "113" in heard
    assert await count_handoffs(world) == 0


# ─── The store is down ────────────────────────────────────────────────────────


async def test_a_page_that_meets_a_store_that_is_down_keeps_everything(world: World) -> None:
    """At a step and at sending: kind words, a button to try again, and then it is sent once."""
    person = await arrive_at(world, "web", SHORT_WAY, NOTICES)
    visitor = await take_page(world, person)
    await fill_page(visitor, BRIEFLY)
    shown = read_page_lines(visitor)
    async with store_is_down(world):
        await visitor.press("next")
        assert get_status(visitor) == 503
        assert word("form_down") in visitor.paper.said
        assert read_page_lines(visitor) == shown
    await visitor.press("next")
    visitor.fill(("u", "contact"), ("u", "special"))
    async with store_is_down(world):
        await visitor.press("send")
        assert get_status(visitor) == 503
        assert "113" in visitor.paper.said
    await visitor.press("send")
    assert read_receipt(visitor.paper.said)
    assert await count_handoffs(world) == 1


async def test_a_link_that_meets_a_store_that_is_down_is_still_good(world: World) -> None:
    """It was not used up."""
    person = await arrive_at(world, "web", SHORT_WAY, NOTICES)
    visitor = await knock(world, find_link(await choose(person, ("handoff_way", "page"))), person=person)
    async with store_is_down(world):
        await visitor.open()
        assert get_status(visitor) == 503
        assert "113" in visitor.paper.said
    assert (await visitor.open()).get("step") == "notices"


@pytest.mark.parametrize("channel", ["line", "telegram"])
async def test_a_chat_that_meets_a_store_that_is_down_sends_once(world: World, channel: str) -> None:
    """The channel is told "later" and delivers the button again."""
    person = await arrive_at(world, channel, SHORT_WAY, NOTICES)
    await fill_briefly(person)
    await choose(person, ("form_review", "fine"), *CONSENT)
    carried = person.find(label("handoff_send", "send"))
    async with store_is_down(world):
        pressing = asyncio.create_task(person.press(carried))
        await asyncio.sleep(0.9)
        assert not pressing.done()
    await pressing
    assert read_receipt(await person.hear())
    assert await count_handoffs(world) == 1
