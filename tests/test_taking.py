"""How one input comes and what becomes of it, on both databases: bursts, double taps, the first language."""

from __future__ import annotations

import asyncio
from dataclasses import replace
from datetime import timedelta

import pytest

from bot.core.inputs import Left, Started, Tapped, Typed
from bot.core.model import ChoiceId, VisitId
from bot.handing import Handing
from bot.store.sql import open_store
from bot.taking import GATHER
from tests.fakes.chat_world import TOKEN_LIVES, VAULT, Chatter, ChatWorld
from tests.test_runner import World as RunnerWorld

pytest_plugins = ["tests.fakes.chat_fixtures"]


@pytest.fixture
def world(chat_world: ChatWorld) -> ChatWorld:
    return chat_world


@pytest.fixture
def her(world: ChatWorld) -> Chatter:
    return Chatter(world)


# ─── One breath ───────────────────────────────────────────────────────────────


async def test_what_is_typed_in_one_breath_is_answered_once(world, her, chat_sql):
    """One letter with the newest token; of the other neither row nor key is left."""
    for _ in range(3):
        await her.type("在嗎")
        world.clock.pass_by(seconds=0.3)
    assert len(await chat_sql("SELECT id FROM outbox")) == 1
    assert len(await chat_sql("SELECT id FROM erasable_key WHERE id LIKE 'outbox:%'")) == 1
    assert await her.listen() == ["start"]
    assert world.delivered[0].address.token == "token-3"


async def test_words_and_pictures_wait_a_second_and_buttons_do_not(world, her):
    """The second is for what is still being typed; who taps has said everything."""
    await her.start()
    for send in (lambda: her.type("什麼"), her.show):
        await send()
        world.clock.now += GATHER - timedelta(microseconds=1)
        assert await world.deliver() == []
        world.clock.now += timedelta(microseconds=1)
        assert len(await world.deliver()) == 1
        world.clock.pass_by(seconds=10)
    await her.tap("adult")
    assert len(await world.deliver()) == 1


async def test_a_reply_that_is_taken_back_is_said_by_the_next(world, her):
    """A number typed before the new question was seen is no answer to it; the question comes once."""
    await her.start()
    await her.tap("adult")
    await her.type("1")
    assert await her.listen() == ["loop"]
    assert dict((await her.get_session()).answers) == {"age_now": "adult"}


async def test_a_letter_in_hand_is_not_taken_back(world, her):
    """It may arrive at any moment; the next says where they are, and answers nothing unseen."""
    await her.start()
    await her.tap("adult")
    (letter,) = await world.take_in_hand()
    await her.type("1")
    await world.store.mark_sent(letter)
    assert letter.reply.bubbles == ("loop",)
    assert await her.listen() == ["loop"]
    assert "again" not in (await her.get_session()).answers


async def test_a_letter_that_is_tried_again_is_not_taken_back(world, her):
    """Nobody knows whether it arrived, or how much of it."""
    await her.type("在嗎")
    (letter,) = await world.take_in_hand()
    await world.store.postpone(letter, world.clock(), reached=True)
    await her.type("在嗎")
    assert await her.listen() == ["start", "start"]


@pytest.mark.parametrize(("cry", "page"), [("他拿刀", "danger"), ("我想死", "crisis")])
async def test_a_cry_for_help_stays_on_the_screen(her, cry, page):
    """Whatever word comes in the same breath, the numbers are what is said."""
    await her.start()
    await her.type(cry)
    await her.type("help")
    assert await her.listen() == [page]
    await her.type("help")
    assert await her.listen() == ["human"]


async def test_not_to_send_pictures_is_said_whatever_comes_after(world, her):
    """Three pictures, a word and a button in one breath: one letter, and that stands in it."""
    await her.start()
    for _ in range(3):
        await her.show()
    await her.type("嗯")
    assert await her.listen() == ["no_pictures start"]
    await her.show()
    await her.tap("adult")
    assert await her.listen() == ["no_pictures loop"]


async def test_the_cover_message_says_nothing_else(her):
    """Somebody is looking; what was not said yet is not said now."""
    await her.start()
    await her.show()
    await her.type("離開")
    assert await her.listen() == ["left"]


async def test_a_token_that_lives_longer_is_kept(world, her):
    """What the channel sends again brings an old token; the reply must not die with it."""
    await her.type("在嗎")
    late = world.clock() - timedelta(minutes=1)
    old = replace(her._address(9), until=late + TOKEN_LIVES)
    await her.type("哈囉", reply_to=old, sent_at=late)
    assert await her.listen() == ["start"]
    assert world.delivered[0].address.token == "token-1"


async def test_what_was_read_late_does_not_bring_the_token(world, her):
    """A program that stood still reads what was sent before: its token looks new and is dead."""
    await her.type("在嗎")
    late = world.clock() - timedelta(minutes=1)
    fresh = replace(her._address(9), until=world.clock() + 2 * TOKEN_LIVES)
    await her.type("哈囉", reply_to=fresh, sent_at=late)
    assert await her.listen() == ["start"]
    assert world.delivered[0].address.token == "token-1"


async def test_a_token_from_a_clock_that_was_ahead_is_not_kept(world, her):
    """R18: it would seem to live for hours, and LINE knows it no more; the new one is spent."""
    hours = replace(her._address(9), until=world.clock() + timedelta(hours=6))
    await her.type("在嗎", reply_to=hours)
    await her.type("哈囉")
    assert await her.listen() == ["start"]
    assert world.delivered[0].address.token == "token-2"


async def test_what_the_channel_is_to_do_is_not_lost_with_a_reply(world, her):
    """The first reply asks for their language and a new language changes the menus, also in the next reply's place."""
    await her.type("在嗎")
    await her.type("有人嗎")
    await her.listen()
    await her.tap("english")
    await her.type("hello")
    await her.listen()
    first, second = world.delivered
    assert (first.reply.meets, first.reply.relabels) == (True, False)
    assert (second.reply.meets, second.reply.relabels) == (False, True)


async def test_a_reply_cannot_be_taken_by_a_worker_and_taken_back_at_once(postgres_url, chat_clock):
    """While a turn is decided, what it is going to take back stays in the outbox."""
    store, other = (open_store(postgres_url, VAULT, clock=chat_clock) for _ in range(2))
    her = Chatter(ChatWorld(store, chat_clock))
    await her.type("在嗎")
    chat_clock.pass_by(seconds=2)
    async with store.transaction() as tx:
        await tx.load_session(her.person)
        assert (await tx.find_waiting(her.person)).unsent
        assert list(await other.claim_due(chat_clock(), 9)) == []
        assert len(await tx.recall(her.person)) == 1
    assert list(await other.claim_due(chat_clock(), 9)) == []
    await store.close()
    await other.close()


# ─── Two taps ─────────────────────────────────────────────────────────────────


async def test_two_taps_are_one_answer(world, her):
    """While the answer is on its way, and until it can have been seen."""
    await her.start()
    button = await her.draw("adult")
    await her.send(button)
    await her.send(button)
    assert len(await world.deliver()) == 1
    world.clock.pass_by(seconds=4)
    await her.send(button)
    assert await her.listen() == []
    assert len((await her.get_session()).trail) == 1


async def test_the_same_button_much_later_is_an_old_one(her):
    """They look at it again: where they are is said."""
    await her.start()
    button = await her.draw("adult")
    await her.send(button)
    await her.listen()
    await her.send(button)
    assert await her.listen() == ["old_button loop"]


async def test_two_taps_in_the_same_moment_are_one_answer(world, her):
    """Two deliveries at once: one waits for the other."""
    await her.start()
    button = await her.draw("adult")
    await asyncio.gather(her.send(button), her.send(button))
    assert await her.listen() == ["loop"]


async def test_what_is_not_answered_does_not_forget_a_lost_reply(world, her):
    """Word that they blocked us comes late, after they came back: their next word is still no answer."""
    await her.start()
    await her.type("yes", message_id="m1")
    await her.listen()
    await her.unsend("m1")
    await her.send(Left(), sent_at=world.clock() - timedelta(minutes=1), reply_to=None)
    await her.type("1")
    assert await her.listen() == ["start"]
    assert dict((await her.get_session()).answers) == {}


# ─── The first language ───────────────────────────────────────────────────────


@pytest.mark.parametrize(("locale", "asks"), [("", True), ("en", False)])
async def test_only_a_new_person_is_asked_for_their_language(world, locale, asks):
    """And only where the channel has not told it: once, with the first reply."""
    her = Chatter(world, locale=locale)
    await her.start()
    await her.tap("adult")
    await her.listen()
    assert [letter.reply.meets for letter in world.delivered] == [asks, False]


async def test_a_new_language_changes_the_channels_menus(world):
    """Once, when it changes; also when the channel told another one than ours at the beginning."""
    her = Chatter(world, locale="en")
    await her.start()
    await her.tap("adult")
    await her.listen()
    assert [letter.reply.relabels for letter in world.delivered] == [True, False]


async def test_what_comes_first_may_be_anything(world, her):
    """A button of an earlier conversation begins one, and takes no answer."""
    await her.send(Tapped(ChoiceId("adult"), VisitId("long ago"), 3))
    assert await her.listen() == ["old_button start"]
    assert dict((await her.get_session()).answers) == {}


async def test_a_start_is_answered_at_once(world, her):
    """Who opens the chat has nothing more to say."""
    await her.send(Started())
    assert len(await world.deliver()) == 1
    await her.send(Typed("help"))
    assert await world.deliver() == []


async def test_where_a_page_was_asked_from_reaches_the_desk():
    """T5: what is sent in the web chat counts for its source, like what the form's page sends."""
    world, seen = RunnerWorld(), []

    class Noting(Handing):
        async def do(self, tx, person, turn, what, now, *, source=""):
            seen.append(source)
            return turn

    real = world.runner.handing
    noting = Noting(real.engine, real.submitting, real.reader, real.new_page)
    world.runner = replace(world.runner, handing=noting)
    await world.say(Typed("hi"), channel="web", reply_to=None, source="203.0.113.7")
    await world.say(Typed("hi"))
    assert seen == ["203.0.113.7", ""]
