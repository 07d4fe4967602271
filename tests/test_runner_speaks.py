"""The first reply in the language that the channel tells meanwhile: said in it, or sent as it is."""

from __future__ import annotations

from dataclasses import replace

import pytest

from bot.core.inputs import Left, SentMedia, Typed
from bot.ports import Letter
from tests.test_runner import HER, World


@pytest.fixture
def world() -> World:
    return World()


@pytest.fixture
async def first_letter(world) -> Letter:
    """The first reply to somebody of whom the channel told no language, in a worker's hand."""
    await world.say(Typed("hi"))
    ((person, mail),) = world.store.rows.mail
    assert mail.reply.meets
    return Letter("1", person, mail.channel, mail.address, mail.reply, attempts=1, reached=False)


async def test_the_first_reply_is_said_in_the_language_of_the_profile(world, first_letter):
    """The conversation goes on in it, and so do the channel's menus; the question stays the same one."""
    reply = await world.runner.speak(first_letter, "en-GB")
    assert reply == replace(first_letter.reply, locale="en", meets=False, relabels=True)
    assert world.session.locale == "en"
    await world.say(Typed("1"))
    assert world.letters[-1] == "loop"


async def test_a_note_is_said_in_that_language_too(world):
    """Somebody's first message may be a picture."""
    await world.say(SentMedia("image"))
    ((person, mail),) = world.store.rows.mail
    letter = Letter("1", person, mail.channel, mail.address, mail.reply, attempts=1, reached=False)
    assert (await world.runner.speak(letter, "en")).bubbles == ("no_pictures start",)


@pytest.mark.parametrize("tag", ["zh-TW", "xx", ""])
async def test_a_reply_in_their_language_already_is_sent_as_it_is(world, first_letter, tag):
    """Nothing is loaded or saved for it."""
    begun = world.store.begun
    assert await world.runner.speak(first_letter, tag) is first_letter.reply
    assert world.store.begun == begun


async def test_who_has_gone_on_meanwhile_is_left_where_they_are(world, first_letter):
    """The letter is old; the language that they talk in is not changed under them."""
    await world.tap("adult")
    assert await world.runner.speak(first_letter, "en") is first_letter.reply
    assert world.session.locale == "zh_TW"


async def test_of_who_was_erased_meanwhile_nothing_is_made(world, first_letter):
    """No session comes back through a letter in hand."""
    await world.say(Left())
    assert await world.runner.speak(first_letter, "en") is first_letter.reply
    assert world.store.rows.sessions == {}


async def test_without_a_database_the_first_reply_is_sent_as_it_is(world, first_letter, caplog):
    """Another language is better than no answer."""
    with world.store.out():
        assert await world.runner.speak(first_letter, "en") is first_letter.reply
    assert not caplog.records


async def test_a_sentence_that_cannot_be_said_in_it_leaves_the_reply_as_it_is(world, first_letter, caplog):
    """It is logged without content, and nothing is changed."""
    world.voice.mute = frozenset({"start"})
    assert await world.runner.speak(first_letter, "en") is first_letter.reply
    assert world.session.locale == "zh_TW"
    assert [record.getMessage() for record in caplog.records] == ["delivery_failed"]


async def test_speaking_does_not_forget_that_a_reply_was_lost(world, first_letter):
    """Their next word is still no answer."""
    kept = world.store.rows.sessions[HER]
    world.store.rows.sessions[HER] = replace(kept, reply_lost=True)
    await world.runner.speak(first_letter, "en")
    assert world.store.rows.sessions[HER].reply_lost


async def test_a_race_for_the_language_is_run_again(world, first_letter):
    """Somebody saved first: load again; lost for ever, it is sent as it is."""
    world.store.stale = 4
    assert (await world.runner.speak(first_letter, "en")).locale == "en"
    world.store.rows.sessions[HER] = replace(world.store.rows.sessions[HER], version=1)
    world.store.stale = 5
    assert (await world.runner.speak(first_letter, "en")) is first_letter.reply
