"""
One contract over every channel, through the whole program: what somebody does, and what they then see.

A new channel adds a person (people/), not a test. What only some channels can is asked of those alone.
"""

from __future__ import annotations

import asyncio
import re
from collections.abc import AsyncIterator
from datetime import datetime, timedelta
from pathlib import Path

import pytest

from bot.core.taipei import TAIPEI
from tests.end_to_end.people import LinePerson, Person, TelegramPerson, WebPerson, World, open_world
from tests.end_to_end.people.words import find_button, label, note, say

EVERY = ("line", "telegram", "web")
MESSENGERS = ("line", "telegram")
FIRST, SECOND, THIRD = "方便說話", "這次是為了誰", "滿 18 歲"
SAFE, SELF = "方便，可以說", "我自己"
#: Nothing that a bystander may not read. The page itself names no subject either.
TELLING = re.compile("性影像|私密|裸|威脅|受害|勒索|報案|外流")
CODE = re.compile(r"\b[2-9A-Z]{5}-[2-9A-Z]{5}\b")

on_every_channel = pytest.mark.parametrize("channel", EVERY)
on_messengers = pytest.mark.parametrize("channel", MESSENGERS)


@pytest.fixture(autouse=True)
def _no_proxy(monkeypatch: pytest.MonkeyPatch) -> None:
    """Both SDKs honour proxy variables; the fakes are on this machine."""
    monkeypatch.setenv("NO_PROXY", "127.0.0.1")
    monkeypatch.setenv("no_proxy", "127.0.0.1")


@pytest.fixture
async def world(tmp_path: Path, sqlite_url: str) -> AsyncIterator[World]:
    async with open_world(tmp_path, sqlite_url) as world:
        yield world


async def begin(world: World, channel: str, *labels: str, language: str = "") -> Person:
    """Let somebody come and press these; what they heard meanwhile is heard."""
    person = await world.meet(channel, language=language)
    await person.arrive()
    await person.hear()
    await person.go(*labels)
    return person


# What everybody does


@on_every_channel
async def test_the_first_words_are_neutral_and_lead_on(world: World, channel: str) -> None:
    """Who opens the chat reads who answers, nothing that tells on them, and one question with buttons."""
    person = await world.meet(channel)
    await person.arrive()
    heard = await person.hear()
    assert heard.count(FIRST) == 1
    assert "機器人" in heard
    assert not TELLING.search(heard[:40])
    assert SAFE in person.buttons()
    assert SECOND in await person.go(SAFE)


@on_every_channel
async def test_a_number_typed_is_the_button_pressed(world: World, channel: str) -> None:
    """For whoever sees no buttons."""
    person = await begin(world, channel)
    await person.write("1")
    assert SECOND in await person.hear()
    await person.write("１")  # full width, as a phone may write it
    assert THIRD in await person.hear()


@on_every_channel
async def test_an_old_button_is_explained_and_changes_nothing(world: World, channel: str) -> None:
    """The question that is open is asked again."""
    person = await begin(world, channel)
    old = person.list_buttons()[person.buttons()[1]]
    await person.go(SAFE)
    await person.press(old)
    heard = await person.hear()
    assert note("old_button") in heard
    assert SECOND in heard
    assert THIRD in await person.go(SELF)


@on_every_channel
async def test_two_taps_are_one_answer(world: World, channel: str) -> None:
    """And the conversation has moved once."""
    person = await begin(world, channel)
    assert isinstance(person, LinePerson | TelegramPerson | WebPerson)
    await person.press_twice(SAFE)
    heard = await person.hear()
    assert heard.count(SECOND) == (2 if channel == "web" else 1)  # a page that is sent twice is drawn twice
    assert THIRD in await person.go(SELF)


@on_every_channel
async def test_a_human_is_one_step_away_from_anywhere(world: World, channel: str) -> None:
    """By word and by button, and the way back leads where they were."""
    person = await begin(world, channel)
    for answer in (SAFE, SELF):
        await person.write("真人")
        assert "113" in await person.hear()
        await person.go("回到剛才", answer)
    assert "113" in await person.go("找真人")
    assert THIRD in await person.go("回到剛才")


@on_every_channel
async def test_erasing_takes_two_steps_and_leaves_nothing(world: World, channel: str) -> None:
    """From anywhere."""
    person = await begin(world, channel, SAFE, SELF)
    assert await world.is_known(person)
    await person.go("刪除")
    assert say("erased") in await person.go(find_button(person, "erase_confirm", "erase"))
    assert not await world.is_known(person)


@on_every_channel
async def test_leaving_by_word_shows_a_cover_and_no_buttons(world: World, channel: str) -> None:
    """Whoever comes back after that is greeted as anybody would be."""
    person = await begin(world, channel, SAFE)
    await person.write("離開")
    assert await person.hear() == say("left")
    assert person.buttons() == []
    await person.write("嗨")
    heard = await person.hear()
    assert SECOND not in heard
    assert say("welcome_back") in heard


@on_every_channel
async def test_whoever_is_gone_is_forgotten_and_starts_anew(world: World, channel: str) -> None:
    """Blocking the bot, or the exit of the page: no word, no session; coming back begins at the first question."""
    person = await begin(world, channel, SAFE, SELF)
    await person.leave()
    assert await person.hear() == ""
    await world.forgets(person)
    await person.arrive()
    assert FIRST in await person.hear()


@on_every_channel
async def test_the_language_changes_at_once_and_stays(world: World, channel: str) -> None:
    """By the word for it in that language."""
    person = await begin(world, channel)
    await person.write("English")
    await person.hear()
    heard = await person.go("English")
    assert "OK for you to chat" in heard
    assert FIRST not in heard
    await person.write("human")
    told = await person.hear()
    assert "113 Protection Hotline" in told
    assert "Return to the chat" in person.buttons()


@on_every_channel
async def test_the_language_of_the_phone_is_the_first_language(world: World, channel: str) -> None:
    """LINE is asked, Telegram and browsers tell it."""
    person = await begin(world, channel, language="en")
    assert "Yes, I can chat" in person.buttons()
    assert FIRST not in "".join(person.list_said())


@on_every_channel
async def test_a_day_is_understood_however_it_is_given(world: World, channel: str) -> None:
    """From a picker where there is one, else typed."""
    person = await begin(world, channel)
    assert "什麼時候知道" in await person.go("查資料", "法律和期限", "期限和賠償", "幫我算是哪天")
    day = datetime.now(TAIPEI).date() - timedelta(days=30)
    await person.pick_day(day.isoformat())
    assert f"你說的是 {day.year}年{day.month}月{day.day}日" in await person.hear()


@on_every_channel
async def test_what_is_told_is_never_echoed(world: World, channel: str) -> None:
    """Nobody reads in the chat what somebody typed into it."""
    person = await begin(world, channel)
    await person.write("他叫王小明，他拿我的照片逼我")
    assert "王小明" not in await person.hear()


# What messengers add


@on_messengers
async def test_three_messages_in_one_breath_are_answered_once(world: World, channel: str) -> None:
    """And with what the last of them means."""
    person = await world.meet(channel)
    for text in ("嗨", "有人嗎", "拜託"):
        await person.write(text, at_once=True)
    assert (await person.hear()).count(FIRST) == 1
    for text in ("那個", "我", "我那個"):
        await person.write(text, at_once=text != "那個")
    assert (await person.hear()).count(FIRST) == 1


@on_messengers
async def test_a_picture_is_refused_at_once_with_the_way_to_take_it_back(world: World, channel: str) -> None:
    """In the words of that channel; the fakes fail the test when anything is fetched."""
    person = await begin(world, channel)
    await person.send_picture()
    heard = await person.hear()
    assert note("no_pictures", channel) in heard
    assert ("收回" if channel == "line" else "刪除") in heard
    assert "未滿 18 歲" in heard
    assert FIRST in heard


@on_messengers
async def test_a_picture_as_the_first_word_is_refused_as_well(world: World, channel: str) -> None:
    """Somebody in panic sends before reading anything."""
    person = await world.meet(channel)
    await person.send_picture()
    heard = await person.hear()
    assert note("no_pictures", channel) in heard
    assert FIRST in heard


@on_messengers
async def test_a_sticker_is_met_kindly(world: World, channel: str) -> None:
    """The question stands."""
    person = await begin(world, channel, SAFE)
    await person.send_sticker()
    heard = await person.hear()
    assert note("sticker") in heard
    assert SECOND in heard


@on_messengers
async def test_replies_are_silent_once_asked_for(world: World, channel: str) -> None:
    """And sound again when that is taken back."""
    person = await begin(world, channel)
    await person.go("更多", label("more", "hush"))
    await person.go(SAFE)
    assert was_quiet(world, person)
    await person.go("更多", label("more", "unhush"))
    await person.go(SELF)
    assert not was_quiet(world, person)


def was_quiet(world: World, person: Person) -> bool:
    if person.channel == "line":
        return [sent for sent in world.line.sent if sent.user_id == person.user_id][-1].quietly
    mine = [sent for sent in world.telegram.sent if str(sent.chat_id) == person.user_id]
    return mine[-1].parameters.get("disable_notification") in {"true", "True"}


@on_messengers
async def test_a_group_is_left_without_a_word(world: World, channel: str) -> None:
    """Nobody's words there are read, and nothing is stored."""
    if channel == "line":
        world.line.places = {"C1"}
        source = {"type": "group", "groupId": "C1", "userId": "U" + "9" * 32}
        event = world.line.make_event(
            "U" + "9" * 32, "message", message={"id": "1", "type": "text", "text": "嗨"}
        )
        await world.line.send_raw([{**event, "source": source}])
    else:
        await world.post_update(world.telegram.make_group_update(-77, 9, text="嗨"))
    async with asyncio.timeout(30):
        while world.line.places or world.telegram.chats.groups:  # noqa: ASYNC110  # the fakes tell nobody
            await asyncio.sleep(0.02)
    assert (world.line.sent, world.telegram.sent) == ([], [])
    assert await world.list_known() == set()


# What one of them adds


async def test_on_line_a_message_that_is_taken_back_is_forgotten(world: World) -> None:
    """The answer it gave is gone, and its question is asked with the next message; nothing is pushed."""
    person = await begin(world, "line")
    assert isinstance(person, LinePerson)
    await person.write("1")
    assert SECOND in await person.hear()
    await person.unsend(person.last_message)
    assert await person.hear() == ""
    await person.write("嗯")
    assert FIRST in await person.hear()


async def test_on_line_a_button_in_the_bubble_works_where_quick_replies_are_gone(world: World) -> None:
    """A computer shows none, and on a phone the next message takes them away."""
    person = await begin(world, "line")
    assert isinstance(person, LinePerson)
    drawn = person.list_drawn()
    assert list(drawn) == [label for label in person.buttons() if label in drawn]
    await person.press(drawn[SAFE])
    assert SECOND in await person.hear()


async def test_on_telegram_an_edited_answer_is_pointed_out(world: World) -> None:
    """It stays what it was, and how to change it is said."""
    person = await begin(world, "telegram")
    assert isinstance(person, TelegramPerson)
    await person.write("1")
    await person.hear()
    await person.edit(person.find_newest(), "2")
    heard = await person.hear()
    assert note("edited") in heard
    assert SECOND in heard


async def test_on_telegram_a_tap_and_a_message_may_arrive_swapped(world: World) -> None:
    """What was typed before the tap's answer could be read answers nothing; the tap counts once."""
    person = await begin(world, "telegram")
    assert isinstance(person, TelegramPerson)
    typed = person.make_text("1")
    await person.press(person.find(SAFE))
    assert SECOND in await person.hear()
    await person.post(typed)
    heard = await person.hear()
    assert SECOND in heard
    assert THIRD not in heard


async def test_on_telegram_both_sides_are_wiped_and_the_farewell_stays(world: World) -> None:
    """Nothing of the conversation is left in the chat or with us."""
    person = await begin(world, "telegram", SAFE)
    assert isinstance(person, TelegramPerson)
    await person.write("他拿我的照片逼我")
    await person.hear()
    await person.go("刪除")
    heard = await person.go(find_button(person, "erase_confirm", "wipe"))
    assert heard == say("wiped")
    assert person.list_standing() == heard.split("\n")
    assert not await world.is_known(person)


# Going on elsewhere


async def take_code(person: Person) -> str:
    heard = await person.go("更多", label("more", "to_move"))
    found = CODE.search(heard)
    assert found
    return found[0]


@on_messengers
async def test_a_conversation_moves_to_the_web_once(world: World, channel: str) -> None:
    """Where it was left; here it has ended, and the address leads nowhere any more."""
    person = await begin(world, channel, SAFE, SELF)
    code = await take_code(person)
    elsewhere, late = await world.meet("web"), await world.meet("web")
    assert isinstance(elsewhere, WebPerson)
    assert isinstance(late, WebPerson)
    for one, status in ((elsewhere, 200), (late, 410)):
        await one.open(f"/p/{code}")
        await one.hear()
        assert await one.submit(f"/p/{code}") == status
    assert THIRD in await elsewhere.hear()
    assert not await world.is_known(person)
    await person.write("嗨")
    assert FIRST in await person.hear()


@on_messengers
async def test_a_conversation_moves_from_the_web_by_its_code(world: World, channel: str) -> None:
    """It is typed into the chat, once; whoever types it later is told so kindly."""
    page = await begin(world, "web", SAFE, SELF)
    code = await take_code(page)
    person, late = await world.meet(channel), await world.meet(channel)
    await person.write(code.lower())
    heard = await person.hear()
    assert note("arrived") in heard
    assert THIRD in heard
    assert not await world.is_known(page)
    await late.arrive()
    await late.hear()
    await late.write(code)
    assert note("code_gone") in await late.hear()
