"""Words and messages that are taken back, changed or come swapped, on both databases."""

from __future__ import annotations

import asyncio
from dataclasses import replace
from datetime import timedelta

import pytest

from bot.core.inputs import Left
from tests.fakes.chat_world import Chatter, ChatWorld

pytest_plugins = ["tests.fakes.chat_fixtures"]


@pytest.fixture
def world(chat_world: ChatWorld) -> ChatWorld:
    return chat_world


@pytest.fixture
def her(world: ChatWorld) -> Chatter:
    return Chatter(world)


@pytest.fixture
def telegram(world: ChatWorld) -> Chatter:
    """The same person where messages are counted, and can be taken back."""
    return Chatter(world, channel="telegram", locale="zh-hant")


# ─── Taken back ───────────────────────────────────────────────────────────────


async def test_what_was_unsent_before_it_came_is_never_read(her, chat_sql):
    """No turn, no letter, nobody begun."""
    await her.unsend("m1")
    await her.type("我想死", message_id="m1")
    assert await her.listen() == []
    assert await her.find_session() is None
    assert await chat_sql("SELECT person FROM person_session") == []


async def test_an_answer_that_is_unsent_is_forgotten_and_asked_for_again(world, her):
    """Nothing is said to it, there is no token; the next word is answered with the question."""
    await her.start()
    await her.type("yes", message_id="m1")
    await her.listen()
    assert await her.unsend("m1") is None
    assert await her.listen() == []
    stored = await world.store.look(her.person)
    assert (stored.session.state, dict(stored.session.answers), stored.reply_lost) == ("start", {}, True)
    await her.type("1")
    assert await her.listen() == ["start"]
    await her.type("1")
    assert await her.listen() == ["loop"]


async def test_unsending_takes_the_reply_back_as_well(world, her, chat_sql):
    """A reply would tell a bystander what the message was."""
    await her.start()
    await her.type("yes", message_id="m1")
    await her.unsend("m1")
    assert await chat_sql("SELECT id FROM erasable_key WHERE id LIKE 'outbox:%'") == []
    assert await her.listen() == []


async def test_a_page_for_help_stays_when_an_answer_is_unsent_below_it(world, her):
    """And what says it is still sent; the question comes when they go back."""
    await her.start()
    await her.type("yes", message_id="m1")
    await her.listen()
    await her.type("我想死")
    await her.unsend("m1")
    assert await her.listen() == ["crisis"]
    stored = await world.store.look(her.person)
    assert (dict(stored.session.answers), stored.reply_lost) == ({}, False)
    await her.tap("return")
    assert await her.listen() == ["start"]


async def test_unsending_while_the_reply_leaves_forgets_the_answer_too(world, her):
    """The reply arrives; the next word asks again."""
    await her.start()
    await her.type("yes", message_id="m1")
    (letter,) = await world.take_in_hand()
    await her.unsend("m1")
    await world.store.mark_sent(letter)
    await her.type("1")
    assert await her.listen() == ["start"]
    assert dict((await her.get_session()).answers) == {}


async def test_what_is_unsent_twice_is_forgotten_once(world, her):
    """The second time there is nothing left to change."""
    await her.start()
    await her.type("yes", message_id="m1")
    await her.unsend("m1")
    before = await world.store.look(her.person)
    await her.unsend("m1")
    assert await world.store.look(her.person) == before


async def test_unsending_what_told_nothing_changes_nothing(world, her):
    """And its reply, which tells nothing either, still comes."""
    await her.start()
    await her.type("嗯", message_id="m1")
    before = await world.store.look(her.person)
    await her.unsend("m1")
    assert await world.store.look(her.person) == before
    assert await her.listen() == ["not_understood start"]


async def test_a_message_and_its_unsending_at_once_leave_no_answer(world, her):
    """Whichever the database takes first."""
    await her.start()
    await asyncio.gather(her.type("yes", message_id="m1"), her.unsend("m1"))
    assert dict((await her.get_session()).answers) == {}


async def test_the_same_number_in_another_chat_is_another_message(world, telegram):
    """Some channels count the messages of each chat from one."""
    friend = Chatter(world, user_id="U-friend", channel="telegram", locale="zh-hant")
    for each in (telegram, friend):
        await each.type("你好", message_id="7", order=7)
        assert await each.listen() == ["start"]
    await telegram.type("yes", message_id="9", order=1_000)
    await friend.type("yes", message_id="9", order=1_000)
    await telegram.unsend("9")
    assert dict((await friend.get_session()).answers) == {"age_now": "adult"}


async def test_a_session_whose_state_is_gone_is_begun_anew_by_an_unsending(world, her):
    """There is nothing of it to keep; the next word is answered with the opening."""
    await her.start()
    stored = await world.store.look(her.person)
    async with world.store.transaction() as tx:
        await tx.load_session(her.person)
        gone = replace(stored.session, state="no such place")
        await tx.save_session(her.person, gone, expected_version=stored.version)
    await her.unsend("m1")
    await her.type("1")
    assert await her.listen() == ["start"]


# ─── Edited ───────────────────────────────────────────────────────────────────


async def test_an_edited_answer_stays_and_that_is_said(her):
    """It is changed on purpose or not at all."""
    await her.start()
    await her.type("yes", message_id="m1")
    await her.listen()
    await her.edit("m1", "沒有")
    assert await her.listen() == ["edited loop"]
    assert dict((await her.get_session()).answers) == {"age_now": "adult"}


async def test_an_edit_that_changes_nothing_is_not_answered(her):
    """A channel also tells of changes that nobody sees; and of earlier messages, which are past."""
    await her.start()
    await her.type("yse", message_id="m1")
    await her.listen()
    await her.edit("m1", "yse")
    await her.edit("m0", "yes")
    assert await her.listen() == []
    assert (await her.get_session()).state == "start"


async def test_an_edit_on_a_channel_that_counts_is_of_the_same_message(telegram):
    """The edit has no place of its own in the chat, and still is known as one of that message."""
    await telegram.start()
    await telegram.type("yse", message_id="7", order=1_000)
    await telegram.listen()
    await telegram.edit("7", "yes")
    assert await telegram.listen() == ["loop"]


async def test_an_edit_of_what_was_not_understood_is_heard_anew(her):
    """They mended a slip of the finger."""
    await her.start()
    await her.type("yse", message_id="m1")
    await her.listen()
    await her.edit("m1", "yes")
    assert await her.listen() == ["loop"]


# ─── Places in the chat ───────────────────────────────────────────────────────


async def _be_asked_again(telegram: Chatter) -> int:
    """Tap to the next question, which has a place in the chat; returns one before it."""
    await telegram.start()
    early = telegram.world.number()
    await telegram.tap("adult")
    await telegram.listen()
    return early


async def test_what_was_written_before_our_last_message_is_no_answer_to_it(telegram):
    """However late it comes."""
    early = await _be_asked_again(telegram)
    await telegram.type("1", order=early, message_id=str(early), sent_at=None)
    assert await telegram.listen() == ["loop"]
    assert "again" not in (await telegram.get_session()).answers
    await telegram.type("1", sent_at=None)
    await telegram.listen()
    assert (await telegram.get_session()).answers["again"] == "yes"


@pytest.mark.parametrize(("said", "page"), [("help", "human"), ("我想死", "crisis"), ("他拿刀", "danger")])
async def test_help_is_heard_however_early_it_was_written(telegram, said, page):
    """Alarms and ways out are no answers to a question."""
    early = await _be_asked_again(telegram)
    await telegram.type(said, order=early, sent_at=None)
    assert await telegram.listen() == [page]


async def test_a_tap_and_a_text_that_come_swapped_are_one_answer(world, telegram):
    """The text was for the question that the tap has answered since."""
    await telegram.start()
    early = world.number()
    button = await telegram.draw("minor")
    await telegram.send(button, sent_at=None)
    await telegram.type("1", order=early, sent_at=None)
    assert await telegram.listen() == ["minor"]
    assert dict((await telegram.get_session()).answers) == {"age_now": "minor"}


# ─── The chat's messages ──────────────────────────────────────────────────────


async def _ask_to_wipe(telegram: Chatter) -> None:
    await telegram.type("more")
    await telegram.listen()
    await telegram.tap("wipe")


async def test_a_wipe_names_the_messages_of_both_sides_oldest_first(world, telegram, chat_sql):
    """And what is said when some stay; the list itself goes with the person."""
    await telegram.start()
    await telegram.show()
    await telegram.listen()
    await _ask_to_wipe(telegram)
    assert await chat_sql("SELECT seq FROM chat_message") == []
    assert await telegram.find_session() is None
    assert await telegram.listen() == ["wiped"]
    letter = world.delivered[-1]
    assert letter.wipe.message_ids == ("1", "2", "3", "4", "5", "6")
    assert letter.wipe.partly.bubbles == ("wiped_partly",)


async def test_nothing_is_noted_of_a_farewell(world, telegram, chat_sql):
    """Of an erased person no row and no key is left, not even of the last words."""
    await telegram.start()
    await _ask_to_wipe(telegram)
    await telegram.listen()
    for table in ("person_session", "chat_message", "move_code", "erasable_key"):
        assert await chat_sql(f"SELECT * FROM {table}") == []  # noqa: S608 - our own table names


async def test_the_message_that_carried_the_button_is_taken_back_too(world, telegram):
    """Whoever taps at once is faster than our note of it."""
    await telegram.start()
    await telegram.type("more")
    (letter,) = await world.take_in_hand()
    shown = str(world.number())
    await telegram.tap("wipe", message_id=shown)
    await world.store.mark_sent(letter, (shown,))
    await telegram.listen()
    assert world.delivered[-1].wipe.message_ids == ("1", "2", "3", shown)


async def test_last_words_are_not_taken_back(world, telegram):
    """What is to be wiped is wiped, and they hear it, however fast they write again."""
    await telegram.start()
    await _ask_to_wipe(telegram)
    await telegram.type("你好")
    await telegram.type("在嗎")
    assert await telegram.listen() == ["wiped", "start"]


async def test_a_second_erasure_does_not_forget_what_the_first_has_to_wipe(world, telegram):
    """The first one waits because Telegram is busy; both are carried out."""
    await telegram.start()
    await _ask_to_wipe(telegram)
    (letter,) = await world.take_in_hand()
    await world.store.postpone(letter, world.clock() + timedelta(seconds=30), reached=False)
    await telegram.type("more")
    await telegram.type("more")
    await telegram.tap("forget")
    world.clock.pass_by(seconds=30)
    assert await telegram.listen() == ["wiped", "erased"]
    assert world.delivered[-2].wipe == letter.wipe


async def test_who_blocks_us_leaves_no_last_words_either(telegram, chat_sql):
    """Nothing can be said or taken back there any more."""
    await telegram.start()
    await _ask_to_wipe(telegram)
    await telegram.send(Left(), reply_to=None)
    assert await chat_sql("SELECT id FROM outbox") == []
    assert await chat_sql("SELECT id FROM erasable_key") == []


async def test_last_words_wait_for_nothing(world, her):
    """Whoever types that everything is to go has said everything."""
    await her.start()
    await her.type("more")
    await her.listen()
    await her.type("忘了我")
    assert [letter.reply.bubbles for letter in await world.deliver()] == [("erased",)]


async def test_where_nothing_is_counted_nothing_is_noted(her, chat_sql):
    """LINE lets nobody take messages back, so no list of them is kept."""
    await her.start()
    await her.type("yes")
    await her.listen()
    assert await chat_sql("SELECT seq FROM chat_message") == []
