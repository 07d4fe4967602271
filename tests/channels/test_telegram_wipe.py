"""Taking a chat's messages back on both sides, and saying truly whether all are gone."""

from __future__ import annotations

import json
import logging

import pytest

from bot.channels.telegram import TelegramChannel
from bot.errors import ChannelError
from bot.ports import Address
from tests.channels.material import QUESTION
from tests.fakes.serving import Fault
from tests.fakes.telegram_server import FakeTelegramServer

SOMEBODY = 42
HOME = Address(to="42")


def write(telegram: FakeTelegramServer, *texts: str) -> tuple[str, ...]:
    """Let somebody write; returns the messages' ids."""
    updates = [telegram.make_text_update(SOMEBODY, text) for text in texts]
    return tuple(str(update["message"]["message_id"]) for update in updates)


def methods(telegram: FakeTelegramServer) -> list[str]:
    return [request.path.rsplit("/", 1)[-1] for request in telegram.requests]


async def fail(channel: TelegramChannel, *ids: str) -> ChannelError:
    with pytest.raises(ChannelError) as caught:
        await channel.wipe(HOME, ids)
    return caught.value


async def test_both_sides_are_gone_from_the_screen(
    telegram: FakeTelegramServer, telegram_channel: TelegramChannel
) -> None:
    """What they wrote and what we said; what is not named stays."""
    theirs = write(telegram, "他說要公開", "救我")
    ours = await telegram_channel.deliver(HOME, QUESTION)
    write(telegram, "刪掉")
    assert telegram.screen(SOMEBODY) == ["他說要公開", "救我", "我相信你。", "你現在安全嗎？", "刪掉"]

    assert await telegram_channel.wipe(HOME, theirs + ours)

    assert telegram.screen(SOMEBODY) == ["刪掉"]


async def test_wiping_again_is_done_already(
    telegram: FakeTelegramServer, telegram_channel: TelegramChannel
) -> None:
    """Also where they deleted some themselves."""
    ids = write(telegram, "一", "二")

    assert await telegram_channel.wipe(HOME, ids)
    assert await telegram_channel.wipe(HOME, ids)
    assert await telegram_channel.wipe(HOME, (*ids, "99"))


async def test_nothing_to_wipe_is_done(
    telegram: FakeTelegramServer, telegram_channel: TelegramChannel
) -> None:
    """Without a request."""
    assert await telegram_channel.wipe(HOME, ())
    assert telegram.requests == []


@pytest.mark.parametrize(("count", "calls"), [(1, 1), (100, 1), (101, 2), (250, 3)])
async def test_many_are_wiped_a_hundred_at_a_time(
    telegram: FakeTelegramServer, telegram_channel: TelegramChannel, count: int, calls: int
) -> None:
    """As many as Telegram takes in one call."""
    ids = write(telegram, *["話"] * count)

    assert await telegram_channel.wipe(HOME, ids)

    assert telegram.screen(SOMEBODY) == []
    assert methods(telegram) == ["deleteMessages"] * calls


async def test_what_is_too_old_stays_and_is_told(
    telegram: FakeTelegramServer, telegram_channel: TelegramChannel
) -> None:
    """One old message refuses the whole batch: the others go one by one."""
    old = write(telegram, "前天")
    telegram.chats.pass_time(hours=47)
    young = write(telegram, "昨天", "今天")
    telegram.chats.pass_time(hours=1)

    assert not await telegram_channel.wipe(HOME, old + young)

    assert telegram.screen(SOMEBODY) == ["前天"]
    assert methods(telegram) == ["deleteMessages", *["deleteMessage"] * 3]


async def test_what_is_gone_is_no_trouble_beside_what_is_too_old(
    telegram: FakeTelegramServer, telegram_channel: TelegramChannel
) -> None:
    """Not found is gone; can't be deleted is left."""
    old = write(telegram, "前天")
    telegram.chats.pass_time(hours=49)
    young = write(telegram, "今天")

    assert not await telegram_channel.wipe(HOME, (*old, "98", *young, "99"))
    assert telegram.screen(SOMEBODY) == ["前天"]
    assert await telegram_channel.wipe(HOME, ("98", *young, "99"))


async def test_a_batch_refused_for_nothing_is_still_wiped_whole(
    telegram: FakeTelegramServer, telegram_channel: TelegramChannel
) -> None:
    """What Telegram says to a mixed batch is not documented; what it says to each message is."""
    ids = write(telegram, "一", "二")
    telegram.fail_next(Fault(400, body=b'{"ok":false,"description":"Bad Request: something new"}'))

    assert await telegram_channel.wipe(HOME, (*ids, "99"))
    assert telegram.screen(SOMEBODY) == []


async def test_an_old_batch_keeps_no_other_batch(
    telegram: FakeTelegramServer, telegram_channel: TelegramChannel
) -> None:
    """Every batch is tried."""
    old = write(telegram, *["舊"] * 100)
    telegram.chats.pass_time(hours=49)
    young = write(telegram, *["新"] * 100)

    assert not await telegram_channel.wipe(HOME, old + young)
    assert telegram.screen(SOMEBODY) == ["舊"] * 100


@pytest.mark.parametrize("odd", ["", "x", "-1", "１"])
async def test_an_id_that_is_none_is_left(
    telegram: FakeTelegramServer, telegram_channel: TelegramChannel, odd: str
) -> None:
    """It is never called gone, and harms no other."""
    ids = write(telegram, "一")

    assert not await telegram_channel.wipe(HOME, (odd, *ids))
    assert telegram.screen(SOMEBODY) == []


@pytest.mark.parametrize("body", [b"", b"?", b"{}"])
async def test_an_unreadable_success_is_a_success(
    telegram: FakeTelegramServer, telegram_channel: TelegramChannel, body: bytes
) -> None:
    """As in sending: for a batch and for one."""
    telegram.fail_next(Fault(body=body), Fault(400), Fault(body=body))

    assert await telegram_channel.wipe(HOME, write(telegram, "一"))
    assert await telegram_channel.wipe(HOME, write(telegram, "二"))
    assert telegram.screen(SOMEBODY) == []


WAIT = json.dumps(
    {"ok": False, "description": "Too Many Requests", "parameters": {"retry_after": 7}}
).encode()


@pytest.mark.parametrize("before", [(), (Fault(400),)], ids=["the batch", "one of it"])
@pytest.mark.parametrize(
    ("fault", "permanent", "retry_after_s"),
    [
        (Fault(429, body=WAIT), False, 7.0),
        (Fault(500), False, None),
        (Fault(drop="before"), False, None),
        (Fault(drop="after"), False, None),
        (Fault(401), True, None),
        (Fault(403), True, None),
    ],
    ids=str,
)
async def test_a_failure_is_told_and_wiping_again_ends_it(
    telegram: FakeTelegramServer,
    telegram_channel: TelegramChannel,
    before: tuple[Fault, ...],
    fault: Fault,
    permanent: bool,
    retry_after_s: float | None,
) -> None:
    """Nothing was to be shown, so nothing can have been shown twice."""
    ids = write(telegram, "一", "二")
    telegram.fail_next(*before, fault)

    found = await fail(telegram_channel, *ids)

    assert (found.permanent, found.retry_after_s) == (permanent, retry_after_s)
    assert (found.reached, found.done, found.message_ids) == (False, 0, ())
    assert await telegram_channel.wipe(HOME, ids)
    assert telegram.screen(SOMEBODY) == []


async def test_whoever_is_gone_is_told_apart(
    telegram: FakeTelegramServer, telegram_channel: TelegramChannel
) -> None:
    """A deleted account, an unknown chat: asked once, not for each message."""
    ids = write(telegram, "一", "二")
    telegram.chats.deactivated.add(SOMEBODY)

    assert (await fail(telegram_channel, *ids)).gone
    with pytest.raises(ChannelError) as caught:
        await telegram_channel.wipe(Address(to="43"), ids)

    assert caught.value.gone
    assert methods(telegram) == ["deleteMessages"] * 2


async def test_whoever_blocked_us_may_still_be_freed_of_the_messages(
    telegram: FakeTelegramServer, telegram_channel: TelegramChannel
) -> None:
    """Blocking stops what we say, not what we take back."""
    ids = write(telegram, "一")
    telegram.make_block_update(SOMEBODY)

    assert await telegram_channel.wipe(HOME, ids)


async def test_a_wipe_without_a_chat_is_refused_here(
    telegram: FakeTelegramServer, telegram_channel: TelegramChannel
) -> None:
    """A name would be a public channel's."""
    with pytest.raises(ChannelError):
        await telegram_channel.wipe(Address(to="@somebody"), ("1",))

    assert telegram.requests == []


async def test_another_chat_is_never_touched(
    telegram: FakeTelegramServer, telegram_channel: TelegramChannel
) -> None:
    """Each chat counts for itself."""
    ids = write(telegram, "一")
    telegram.make_text_update(77, "別人")

    assert await telegram_channel.wipe(HOME, ids)

    assert telegram.screen(77) == ["別人"]


async def test_a_wipe_logs_no_token_and_nobody(
    telegram: FakeTelegramServer, telegram_channel: TelegramChannel, caplog: pytest.LogCaptureFixture
) -> None:
    """Done, refused or broken."""
    caplog.set_level(logging.DEBUG)
    telegram.make_text_update(4242424242, "嗨")
    home = Address(to="4242424242")
    await telegram_channel.wipe(home, ("1",))
    for fault in (Fault(500, body=b"secret"), Fault(drop="before"), Fault(429)):
        telegram.fail_next(fault)
        with pytest.raises(ChannelError) as caught:
            await telegram_channel.wipe(home, ("1",))
        assert telegram.token not in str(caught.value)

    for secret in (telegram.token, "4242424242", "secret"):
        assert secret not in caplog.text
