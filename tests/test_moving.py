"""Going on elsewhere, on both databases: what comes along, what stays behind, and who gets it."""

from __future__ import annotations

import asyncio
from dataclasses import replace
from datetime import timedelta

import pytest

from bot.errors import StoreDown
from bot.store.sql import SqlStore, open_store
from bot.store.tx import SqlTx
from tests.fakes.chat_world import VAULT, Chatter, ChatWorld

pytest_plugins = ["tests.fakes.chat_fixtures"]
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


# ─── What comes along ─────────────────────────────────────────────────────────


async def test_a_conversation_goes_on_where_it_was(line, telegram):
    """With its answers and the way back; the page that told the code is left behind."""
    code = await line.get_code()
    before = await line.get_session()
    await telegram.type(code)
    assert await telegram.listen() == [MOVED]
    after = await telegram.get_session()
    assert (after.state, dict(after.answers), after.visit) == ("loop", {"age_now": "adult"}, before.visit)
    assert (after.trail, after.interrupted) == (before.trail, None)
    await telegram.tap("again")
    assert await telegram.listen() == ["loop"]


async def test_the_language_comes_along_and_is_not_asked_for_again(world, line):
    """Also the channel's menus follow; what the other channel thinks of their language does not count."""
    other = Chatter(world, user_id="U-second-phone")
    await line.type("more")
    await line.listen()
    await line.tap("speak")
    await line.listen()
    await other.type(await line.get_code())
    await other.listen()
    reply = world.delivered[-1].reply
    assert (reply.bubbles, reply.locale) == ((MOVED,), "en")
    assert (reply.meets, reply.relabels) == (False, True)


async def test_menus_of_a_language_that_was_here_before_are_changed_back(world, line):
    """They follow the conversation that goes on."""
    other = Chatter(world, user_id="U-second-phone", locale="en")
    await other.start()
    await other.type(await line.get_code())
    await other.listen()
    assert (world.delivered[-1].reply.locale, world.delivered[-1].reply.relabels) == ("zh_TW", True)


async def test_whoever_was_silent_for_long_is_greeted_on_the_other_phone_too(line, telegram, chat_clock):
    """A code that lies about shows nothing: the neutral greeting, and the answers stay veiled."""
    code = await line.get_code()
    stored = await line.world.store.look(line.person)
    async with line.world.store.transaction() as tx:
        await tx.load_session(line.person)
        silent = replace(stored.session, seen_at=chat_clock() - timedelta(minutes=31))
        await tx.save_session(line.person, silent, expected_version=stored.version)
    await telegram.type(code)
    assert await telegram.listen() == ["arrived resume"]
    session = await telegram.get_session()
    assert (session.away, session.veiled) == (True, frozenset({"age_now=adult"}))


async def test_what_is_typed_in_the_same_breath_as_the_code_answers_nothing(telegram, line):
    """They have not seen what the code brought back; it is said with its note once."""
    code = await line.get_code()
    await line.type("嗯")
    await line.listen()
    await telegram.type(code)
    await telegram.type("1")
    assert await telegram.listen() == [MOVED]
    assert "again" not in (await telegram.get_session()).answers


async def test_moving_there_and_back(line, telegram):
    """As often as they like, each time with a code of its own."""
    await telegram.type(await line.get_code())
    await telegram.listen()
    await line.type(await telegram.get_code())
    assert await line.listen() == [MOVED]
    assert await telegram.find_session() is None
    assert (await line.get_session()).answers == {"age_now": "adult"}


# ─── What stays behind ────────────────────────────────────────────────────────


async def test_nothing_of_the_conversation_is_left_where_it_was(line, web, chat_sql):
    """Session, key, letters and code are gone; the next word there begins anew."""
    code = await line.get_code()
    await line.type("嗯")
    assert (await web.take_over(code)).bubbles == (MOVED,)
    assert await line.find_session() is None
    assert [row.person for row in await chat_sql("SELECT person FROM person_session")] == [web.person]
    assert [row.id for row in await chat_sql("SELECT id FROM erasable_key")] == [f"session:{web.person}"]
    assert await chat_sql("SELECT code FROM move_code") == []
    assert await line.listen() == []
    await line.type("嗯")
    assert await line.listen() == ["start"]


async def test_the_chat_that_was_left_can_still_be_wiped(world, telegram, web):
    """Its messages stay noted, those that asked for the code too."""
    await telegram.start()
    await web.take_over(await telegram.get_code())
    noted = {"1", "2", "3", "4", "6"}  # the fifth was a tap
    await telegram.type("more")
    await telegram.listen()
    await telegram.tap("wipe")
    await telegram.listen()
    assert noted <= set(world.delivered[-1].wipe.message_ids)


async def test_the_message_with_the_code_can_be_taken_back_too(world, line, telegram):
    """It would show that there is another chat."""
    await telegram.start()
    code = await line.get_code()
    number = str(world.number())
    await telegram.type(code, message_id=number, order=int(number))
    await telegram.listen()
    await telegram.type("more")
    await telegram.listen()
    await telegram.tap("wipe")
    await telegram.listen()
    assert number in world.delivered[-1].wipe.message_ids


async def test_old_buttons_of_the_chat_that_was_left_are_stale(line, web):
    """They begin a new conversation and answer nothing."""
    button = await line.draw("again")
    await web.take_over(await line.get_code())
    await line.send(button)
    assert await line.listen() == ["old_button start"]
    assert dict((await line.get_session()).answers) == {}
    assert dict((await web.get_session()).answers) == {"age_now": "adult"}


async def test_last_words_of_an_earlier_conversation_are_not_lost(world, telegram, web):
    """They erased, began anew and moved, all while Telegram was busy: what was to be wiped is wiped."""
    await telegram.start()
    await telegram.type("more")
    await telegram.listen()
    await telegram.tap("wipe")
    world.clock.pass_by(seconds=1)
    (letter,) = await world.store.claim_due(world.clock(), 9)
    await world.store.postpone(letter, world.clock() + timedelta(minutes=1), reached=False)
    await telegram.type("more")
    await telegram.tap("moving")
    (row,) = [one for one in await _list_waiting(world.store, telegram) if "moving" in one]
    await web.take_over(row.split()[-1])
    world.clock.pass_by(minutes=1)
    assert await telegram.listen() == ["wiped"]


async def _list_waiting(store: SqlStore, chatter: Chatter) -> list[str]:
    """Read what waits to be said, and let it wait."""
    texts: list[str] = []

    async def read() -> None:
        async with store.transaction() as tx:
            await tx.load_session(chatter.person)
            texts.extend(mail.reply.bubbles[0] for mail in await tx.recall(chatter.person))
            raise InterruptedError

    with pytest.raises(InterruptedError):
        await read()
    return texts


# ─── Who takes over ───────────────────────────────────────────────────────────


async def test_a_conversation_that_was_here_makes_room(line, telegram):
    """They decided for the other one; what waited to be said about this one is not said."""
    await telegram.start()
    await telegram.tap("minor")
    await telegram.listen()
    button = await telegram.draw("again")
    code = await line.get_code()
    await telegram.type("嗯")
    await telegram.type(code)
    assert await telegram.listen() == [MOVED]
    assert dict((await telegram.get_session()).answers) == {"age_now": "adult"}
    await telegram.send(button)
    assert await telegram.listen() == ["old_button loop"]


@pytest.mark.parametrize(
    ("first", "said"), [("他拿刀", "danger"), ("我想死", "crisis"), (None, "no_pictures start")]
)
async def test_what_must_be_heard_is_said_beside_the_arrival(line, telegram, first, said):
    """A code in the same breath does not take the numbers, or the warning about pictures, from the screen."""
    await telegram.start()
    code = await line.get_code()
    await (telegram.type(first) if first else telegram.show())
    await telegram.type(code)
    assert await telegram.listen() == [said, MOVED]


async def test_ones_own_code_in_the_same_chat_leads_back(line):
    """It is used up, and nothing is lost."""
    code = await line.get_code()
    await line.type(code)
    assert await line.listen() == [MOVED]
    await line.type(code)
    assert await line.listen() == ["code_gone loop"]
    assert dict((await line.get_session()).answers) == {"age_now": "adult"}


async def test_of_two_who_use_a_code_at_once_one_gets_the_conversation(
    world, second_chat_store, chat_clock, line, telegram, web
):
    """Whatever happens at the same moment, it is in one place."""
    code = await line.get_code()
    elsewhere = replace(telegram, world=ChatWorld(second_chat_store, chat_clock))
    here, there = await asyncio.gather(
        _insist(lambda: web.take_over(code)), _insist(lambda: elsewhere.take_over(code))
    )
    assert sorted([here is None, there is None]) == [False, True]
    assert sorted([await web.find_session() is None, await telegram.find_session() is None]) == [False, True]
    assert await line.find_session() is None


async def test_two_who_swap_codes_at_once_do_not_wait_for_each_other(
    world, second_chat_store, chat_clock, line, telegram
):
    """Both are answered, and no conversation is in two places."""
    await telegram.start()
    codes = await line.get_code(), await telegram.get_code()
    elsewhere = replace(telegram, world=ChatWorld(second_chat_store, chat_clock))
    async with asyncio.timeout(20):
        await asyncio.gather(_insist(lambda: line.type(codes[1])), _insist(lambda: elsewhere.type(codes[0])))
    visits = [
        session.visit for session in (await line.find_session(), await telegram.find_session()) if session
    ]
    assert len(visits) == len(set(visits)) > 0


async def test_two_who_swap_hold_each_other_in_one_order(postgres_url, chat_clock, monkeypatch):
    """However long each takes between the two, neither has to be refused."""
    stores = [open_store(postgres_url, VAULT, clock=chat_clock) for _ in range(2)]
    one = Chatter(ChatWorld(stores[0], chat_clock), user_id="U-one")
    other = Chatter(ChatWorld(stores[1], chat_clock), user_id="U-other", channel="telegram", locale="zh-hant")
    for each in (one, other):
        await each.start()
    codes = await one.get_code(), await other.get_code()
    load = SqlTx.load_session

    async def load_slowly(tx, person):
        stored = await load(tx, person)
        await asyncio.sleep(0.1)
        return stored

    monkeypatch.setattr(SqlTx, "load_session", load_slowly)
    await asyncio.gather(one.type(codes[1]), other.type(codes[0]))
    assert [await one.find_session(), await other.find_session()].count(None) == 1
    for store in stores:
        await store.close()


async def test_a_new_code_while_the_old_one_is_used(second_chat_store, chat_clock, line, web):
    """Either they move with the old one, or the old one is none any more; nobody waits in a circle."""
    code = await line.get_code()
    button = await line.draw("another")
    elsewhere = replace(line, world=ChatWorld(second_chat_store, chat_clock))
    async with asyncio.timeout(20):
        moved, _ = await asyncio.gather(
            _insist(lambda: web.take_over(code)), _insist(lambda: elsewhere.send(button))
        )
    assert (moved is None) is (await web.find_session() is None)


async def _insist(work):
    """Do what a channel does when it is refused: try again."""
    for _ in range(20):
        try:
            return await work()
        except StoreDown:
            continue
    raise AssertionError("refused for ever")
