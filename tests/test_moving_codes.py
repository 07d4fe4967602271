"""The one-time code under which people go on elsewhere, on both databases: how it is kept, read, and refused."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

import pytest

from bot.core.code import CODE_LIVES
from bot.core.inputs import Tapped
from bot.core.model import ChoiceId, VisitId
from bot.errors import StoreDown
from tests.fakes.chat_world import Chatter, ChatWorld
from tests.fakes.memory_store import MemoryStore

pytest_plugins = ["tests.fakes.chat_fixtures"]
NEVER_MADE = "22222-33333"
MOVED = "arrived loop"


@pytest.fixture
def world(chat_world: ChatWorld) -> ChatWorld:
    return chat_world


@pytest.fixture
async def line(world: ChatWorld) -> Chatter:
    """Somebody who has answered a question on LINE."""
    her = Chatter(world)
    await her.start()
    await her.tap("adult")
    await her.listen()
    return her


@pytest.fixture
def telegram(world: ChatWorld) -> Chatter:
    return Chatter(world, user_id="7", channel="telegram", locale="zh-hant")


@pytest.fixture
def web(world: ChatWorld) -> Chatter:
    return Chatter(world, user_id="seat", channel="web")


# ─── The code ─────────────────────────────────────────────────────────────────


async def test_a_code_is_kept_as_a_keyed_hash_only(line, chat_sql):
    """Neither the code nor its letters are in the table; it ends after a quarter of an hour."""
    asked_at = line.world.clock() + timedelta(seconds=12)
    code = await line.get_code()
    (row,) = await chat_sql("SELECT * FROM move_code")
    assert (len(row.code), row.person) == (64, line.person)
    assert code.replace("-", "").lower() not in row.code.lower()
    assert row.until == int((asked_at + CODE_LIVES).timestamp() * 1_000_000)
    assert timedelta(minutes=15) == CODE_LIVES


async def test_a_person_has_one_code_at_a_time(line, web, chat_sql):
    """The newest; the one before is used no more."""
    first = await line.get_code()
    await line.tap("return")
    second = await line.get_code()
    assert len(await chat_sql("SELECT code FROM move_code")) == 1
    assert await web.take_over(first) is None
    assert await web.take_over(second) is not None


async def test_a_code_works_once(line, web, telegram):
    """Who finds it on the screen later gets nothing."""
    code = await line.get_code()
    assert await web.take_over(code) is not None
    assert await telegram.take_over(code) is None
    assert await web.find_session() is not None


@pytest.mark.parametrize(("minutes", "works"), [(14, True), (15, False)])
async def test_a_code_works_for_a_quarter_of_an_hour(line, web, minutes, works):
    code = await line.get_code()
    line.world.clock.pass_by(minutes=minutes)
    assert (await web.take_over(code) is not None) is works


@pytest.mark.parametrize("typed", ["{}", " {} ", "{small}", "{bare}", "{wide}"])
async def test_a_code_is_understood_however_it_is_typed(line, telegram, typed):
    """On whatever keyboard."""
    code = await line.get_code()
    wide = "".join(chr(ord(each) + 0xFEE0) for each in code)
    await telegram.type(typed.format(code, small=code.lower(), bare=code.replace("-", ""), wide=wide))
    assert await telegram.listen() == [MOVED]


# ─── No such code ─────────────────────────────────────────────────────────────


async def test_a_code_that_is_none_is_explained(line):
    """Where they are stays on the screen."""
    await line.type(NEVER_MADE)
    assert await line.listen() == ["code_gone loop"]
    await line.type("22222-33333")
    await line.show()
    assert await line.listen() == ["no_pictures loop"]


async def test_somebody_new_with_a_dead_code_hears_that_too(telegram):
    """It is the first thing they say here: with the greeting, not instead of it."""
    await telegram.type(NEVER_MADE)
    assert await telegram.listen() == ["code_gone start"]


async def test_not_to_send_pictures_matters_more_than_a_dead_code(line):
    """One note to a reply: the one that protects them."""
    await line.show()
    await line.type(NEVER_MADE)
    assert await line.listen() == ["no_pictures loop"]


async def test_the_explanation_is_not_lost_with_a_reply(telegram):
    """What comes in the same breath gets it too."""
    await telegram.type(NEVER_MADE)
    await telegram.type("嗯")
    assert await telegram.listen() == ["code_gone start"]


@pytest.mark.parametrize("word", ["harassment", "Attachment", "22222"])
async def test_words_that_look_like_codes_are_words(line, word):
    """They are heard as any other, and nobody is told about codes."""
    await line.type(word)
    assert await line.listen() == ["not_understood loop"]


async def test_a_dead_code_typed_at_a_page_for_help_leaves_it_there(line):
    """Nothing takes the numbers away."""
    await line.type("我想死")
    await line.listen()
    await line.type(NEVER_MADE)
    assert await line.listen() == ["code_gone crisis"]


@pytest.mark.parametrize("code", ["", "nonsense", NEVER_MADE])
async def test_the_page_is_told_that_a_code_is_none(web, code, chat_sql):
    """And nothing is stored."""
    assert await web.take_over(code) is None
    assert await chat_sql("SELECT person FROM person_session") == []


async def test_a_code_for_a_conversation_that_ended_is_none(line, web, chat_sql):
    """They erased it meanwhile: the code went with it."""
    code = await line.get_code()
    await line.type("more")
    await line.listen()
    await line.tap("forget")
    assert await chat_sql("SELECT code FROM move_code") == []
    assert await web.take_over(code) is None


async def test_a_code_for_a_state_that_is_gone_is_none(line, web):
    """The flow changed under it; the code is not used up, and what was here stays."""
    code = await line.get_code()
    await _change_session(line, state="no such place", interrupted=None)
    assert await web.take_over(code) is None
    await _change_session(line, state="loop")
    assert await web.take_over(code) is not None


async def _change_session(chatter: Chatter, **changes: object) -> None:
    async with chatter.world.store.transaction() as tx:
        stored = await tx.load_session(chatter.person)
        changed = replace(stored.session, **changes)
        await tx.save_session(chatter.person, changed, expected_version=stored.version)


async def test_a_database_that_is_away_is_told_to_the_page(chat_clock):
    """Nothing is known: try again."""
    store = MemoryStore()
    web = Chatter(ChatWorld(store, chat_clock), user_id="seat", channel="web")
    with store.out(), pytest.raises(StoreDown):
        await web.take_over(NEVER_MADE)


async def test_the_code_is_told_once(line):
    """Who looks again is told to take a new one."""
    code = await line.get_code()
    seen = await line.world.runner.look("line", line.user_id, locale="")
    assert seen.bubbles == ("moving",)
    assert code not in repr(seen)


async def test_a_tap_on_a_page_that_was_never_here_is_no_way_in(telegram):
    """Buttons carry no conversation with them."""
    await telegram.send(Tapped(ChoiceId("moving"), VisitId("visit-1"), 3))
    assert await telegram.listen() == ["old_button start"]
