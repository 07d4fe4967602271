"""Replies reach Telegram whole or in part, and each failure is told apart."""

from __future__ import annotations

import json
import logging

import pytest

from bot.channels.taps import decode_tap
from bot.channels.telegram import TelegramChannel, decode
from bot.core.reply import Reply
from bot.errors import ChannelError
from bot.ports import Address
from tests.channels.material import NOW, QUESTION, WEBHOOK_SECRET, make_reply
from tests.fakes.serving import Fault
from tests.fakes.telegram_server import FakeTelegramServer

SOMEBODY = 42
HOME = Address(to="42")
THREE = make_reply("一", "二", "三", choices=["好"])


@pytest.fixture(autouse=True)
def _somebody_wrote(telegram: FakeTelegramServer) -> None:
    telegram.make_text_update(SOMEBODY, "嗨")


async def fail(
    channel: TelegramChannel, address: Address = HOME, reply: Reply = QUESTION, *, done: int = 0
) -> ChannelError:
    with pytest.raises(ChannelError) as caught:
        await channel.deliver(address, reply, done=done)
    return caught.value


def refuse(code: int, description: str, **parameters: object) -> Fault:
    answer = {"ok": False, "error_code": code, "description": description, "parameters": parameters}
    return Fault(code, body=json.dumps(answer).encode())


def texts(telegram: FakeTelegramServer) -> list[str]:
    return [sent.text for sent in telegram.sent]


async def test_each_bubble_is_a_message_and_the_last_has_the_buttons(
    telegram: FakeTelegramServer, telegram_channel: TelegramChannel
) -> None:
    """One numbered choice per row, ways out in pairs; nothing can be forwarded or saved, no link is previewed."""
    await telegram_channel.deliver(HOME, QUESTION)

    first, last = telegram.sent
    assert [first.text, last.text] == ["我相信你。", "你現在安全嗎？"]
    assert first.keys == []
    assert [key["text"] for key in last.keys] == ["1 安全", "2 不安全", "找真人", "離開"]
    assert decode_tap(last.keys[0]["callback_data"]).id == "c0"  # type: ignore[union-attr]
    for sent in telegram.sent:
        assert sent.parameters["protect_content"] == "true"
        assert '"is_disabled": true' in sent.parameters["link_preview_options"]
        assert sent.parameters["disable_notification"] == "false"


async def test_the_messages_that_were_sent_are_named(
    telegram: FakeTelegramServer, telegram_channel: TelegramChannel
) -> None:
    """So that they can be taken back; they count on from what the person wrote."""
    assert await telegram_channel.deliver(HOME, QUESTION) == ("2", "3")
    assert [sent.message_id for sent in telegram.sent] == [2, 3]


async def test_messages_and_replies_count_on_from_each_other(
    telegram: FakeTelegramServer, telegram_channel: TelegramChannel
) -> None:
    """What overtook our question on the way is known by its place; a tap is known by what it carries."""
    early, tap = telegram.make_text_update(SOMEBODY, "嗨"), telegram.make_tap_update(SOMEBODY, "x")
    shown = [int(number) for number in await telegram_channel.deliver(HOME, QUESTION)]
    late = telegram.make_text_update(SOMEBODY, "1")

    orders = [decode(json.dumps(update).encode(), NOW).inbounds[0].order for update in (late, tap, early)]

    assert orders[1] is None
    assert orders[2] is not None
    assert orders[0] is not None
    assert orders[2] < min(shown) < max(shown) < orders[0]


async def test_a_hushed_reply_makes_no_sound(
    telegram: FakeTelegramServer, telegram_channel: TelegramChannel
) -> None:
    """None of its messages."""
    await telegram_channel.deliver(HOME, make_reply("一", "二", hushed=True))

    assert [sent.parameters["disable_notification"] for sent in telegram.sent] == ["true", "true"]


async def test_a_tap_is_no_business_of_the_reply(
    telegram: FakeTelegramServer, telegram_channel: TelegramChannel
) -> None:
    """Its spinner is stopped by an errand, long before."""
    await telegram_channel.deliver(Address(to="42", token="4000"), QUESTION)

    assert telegram.answered == []
    assert [request.path.rsplit("/", 1)[-1] for request in telegram.requests] == ["sendMessage"] * 2


@pytest.mark.parametrize(("done", "rest"), [(0, ["一", "二", "三"]), (1, ["二", "三"]), (2, ["三"]), (3, [])])
async def test_what_arrived_before_is_not_said_again(
    telegram: FakeTelegramServer, telegram_channel: TelegramChannel, done: int, rest: list[str]
) -> None:
    """The rest is said as it would have been, the buttons under the last."""
    ids = await telegram_channel.deliver(HOME, THREE, done=done)

    assert texts(telegram) == rest
    assert len(ids) == len(rest)
    assert all(bool(sent.keys) == (sent.text == "三") for sent in telegram.sent)


@pytest.mark.parametrize(
    ("fault", "reached"),
    [
        (Fault(400), False),
        (Fault(403), False),
        (refuse(429, "Too Many Requests: retry after 9", retry_after=9), False),
        (Fault(500), True),
        (Fault(drop="before"), True),
        (Fault(drop="after"), True),
    ],
    ids=str,
)
@pytest.mark.parametrize(("before", "arrived"), [(0, 0), (0, 1), (0, 2), (1, 0), (1, 1), (2, 0)])
async def test_a_reply_that_arrives_in_part_says_which_part(
    telegram: FakeTelegramServer,
    telegram_channel: TelegramChannel,
    fault: Fault,
    reached: bool,
    before: int,
    arrived: int,
) -> None:
    """How many in all, which messages now; unclear is only whether the one that failed arrived too."""
    telegram.fail_next(*[Fault()] * arrived, fault)

    found = await fail(telegram_channel, reply=THREE, done=before)

    assert (found.done, found.reached) == (before + arrived, reached)
    assert list(found.message_ids) == [str(2 + n) for n in range(arrived)]
    surely = ["一", "二", "三"][before : before + arrived]
    assert texts(telegram)[: len(surely)] == surely


async def test_a_reply_goes_on_where_it_broke_off(
    telegram: FakeTelegramServer, telegram_channel: TelegramChannel
) -> None:
    """Each bubble once, in order."""
    telegram.fail_next(Fault(), Fault(429))
    found = await fail(telegram_channel, reply=THREE)

    ids = await telegram_channel.deliver(HOME, THREE, done=found.done)

    assert texts(telegram) == ["一", "二", "三"]
    assert (*found.message_ids, *ids) == ("2", "3", "4")


async def test_an_unreadable_success_is_a_delivery_whose_name_is_unknown(
    telegram: FakeTelegramServer, telegram_channel: TelegramChannel
) -> None:
    """It counts as arrived all the same."""
    telegram.fail_next(Fault(body=b"?"), Fault(), Fault(400))

    found = await fail(telegram_channel, reply=THREE)

    assert (found.done, found.message_ids) == (2, ("3",))


@pytest.mark.parametrize(
    "body", [b"", b"?", b"{}", b"[]", b'{"ok":true,"result":{}}', b'{"ok":true,"result":5}']
)
async def test_an_unreadable_success_is_a_delivery(
    telegram: FakeTelegramServer, telegram_channel: TelegramChannel, body: bytes
) -> None:
    """Telegram sends first and answers then."""
    telegram.fail_next(Fault(body=body))

    assert await telegram_channel.deliver(HOME, QUESTION) == ("3",)
    assert len(telegram.sent) == 2


@pytest.mark.parametrize(
    ("code", "description"),
    [
        (403, "Forbidden: bot was blocked by the user"),
        (403, "Forbidden: user is deactivated"),
        (403, "Forbidden: bot can't initiate conversation with a user"),
        (400, "Bad Request: chat not found"),
    ],
)
async def test_someone_who_is_gone_is_known_by_telegrams_words(
    telegram: FakeTelegramServer, telegram_channel: TelegramChannel, code: int, description: str
) -> None:
    """Nobody reads there any more."""
    telegram.fail_next(refuse(code, description))

    found = await fail(telegram_channel)

    assert (found.permanent, found.gone, found.halts, found.reached) == (True, True, False, False)


@pytest.mark.parametrize(
    "fault",
    [
        Fault(403, body=b"<html>Access denied</html>"),
        Fault(403, body=b'{"ok":false,"description":5}'),
        Fault(403, body=b"[" * 100_000),
        refuse(403, "Forbidden: PEER_ID_INVALID"),
        refuse(400, "Bad Request: message is too long"),
    ],
    ids=["proxy", "number", "deep", "other", "long"],
)
async def test_a_refusal_that_names_no_reason_of_theirs_forgets_nobody(
    telegram: FakeTelegramServer, telegram_channel: TelegramChannel, fault: Fault
) -> None:
    """A proxy between us and Telegram says 403 too."""
    telegram.fail_next(fault)

    found = await fail(telegram_channel)

    assert (found.permanent, found.gone, found.halts) == (True, False, False)


async def test_the_fake_refuses_who_is_gone(
    telegram: FakeTelegramServer, telegram_channel: TelegramChannel
) -> None:
    """Blocked, deactivated, never seen."""
    telegram.make_block_update(SOMEBODY)
    assert (await fail(telegram_channel)).gone
    telegram.make_block_update(SOMEBODY, "member")
    telegram.chats.deactivated.add(SOMEBODY)
    assert (await fail(telegram_channel)).gone
    assert (await fail(telegram_channel, Address(to="43"))).gone
    assert telegram.sent == []


@pytest.mark.parametrize("status", [401, 404])
async def test_a_token_that_is_refused_halts_everything(
    telegram: FakeTelegramServer, telegram_channel: TelegramChannel, status: int
) -> None:
    """Nothing else will pass either, and it is nobody's fault who waits."""
    telegram.fail_next(Fault(status))

    found = await fail(telegram_channel)

    assert (found.permanent, found.halts, found.gone, found.reached) == (True, True, False, False)


@pytest.mark.parametrize("wait", [0, 1, 12, 86_400])
async def test_the_wait_that_telegram_asks_for_is_passed_on(
    telegram: FakeTelegramServer, telegram_channel: TelegramChannel, wait: int
) -> None:
    """To the second: nothing is sent before it is over."""
    telegram.fail_next(refuse(429, f"Too Many Requests: retry after {wait}", retry_after=wait))

    found = await fail(telegram_channel)

    assert (found.permanent, found.reached, found.retry_after_s) == (False, False, float(wait))


@pytest.mark.parametrize("wait", [None, "12", -1, [12], 10**30, float("inf")])
async def test_a_wait_that_cannot_be_read_is_none(
    telegram: FakeTelegramServer, telegram_channel: TelegramChannel, wait: object
) -> None:
    """The message has still not arrived."""
    telegram.fail_next(refuse(429, "Too Many Requests", retry_after=wait))

    found = await fail(telegram_channel)

    assert (found.permanent, found.reached, found.retry_after_s) == (False, False, None)


async def test_a_busy_telegram_may_have_sent_it_and_asks_for_a_wait(
    telegram: FakeTelegramServer, telegram_channel: TelegramChannel
) -> None:
    """A fault of theirs stays unclear whatever else it says."""
    telegram.fail_next(refuse(500, "Internal Server Error: restart", retry_after=5))

    found = await fail(telegram_channel)

    assert (found.permanent, found.reached, found.retry_after_s) == (False, True, 5.0)


async def test_waiting_as_long_as_asked_is_never_early(
    telegram: FakeTelegramServer, telegram_channel: TelegramChannel
) -> None:
    """Less is; the fake keeps the count. A slow machine's own seconds count too."""
    telegram.slow_down(SOMEBODY, 120)
    wait_s = (await fail(telegram_channel)).retry_after_s
    assert wait_s is not None
    assert wait_s > 60

    telegram.chats.pass_time(seconds=60)
    left_s = (await fail(telegram_channel)).retry_after_s
    assert left_s is not None
    assert 0 < left_s <= 60
    assert telegram.early == [SOMEBODY]
    telegram.chats.pass_time(seconds=60)
    await telegram_channel.deliver(HOME, QUESTION)

    assert texts(telegram) == ["我相信你。", "你現在安全嗎？"]
    assert telegram.early == [SOMEBODY]


@pytest.mark.parametrize(
    ("fault", "permanent", "reached"),
    [
        (Fault(301), False, False),
        (Fault(400), True, False),
        (Fault(401), True, False),
        (Fault(403), True, False),
        (Fault(404), True, False),
        (Fault(409), True, False),
        (Fault(413), True, False),
        (Fault(429), False, False),
        (refuse(400, "Bad Request: group chat was upgraded", migrate_to_chat_id=-7), True, False),
        (Fault(500), False, True),
        (Fault(502, body=b"<html>"), False, True),
        (Fault(504), False, True),
        (Fault(drop="before"), False, True),
        (Fault(drop="after"), False, True),
        (Fault(delay_s=30), False, True),
    ],
    ids=str,
)
async def test_each_failure_is_told_apart(
    telegram: FakeTelegramServer,
    telegram_channel: TelegramChannel,
    fault: Fault,
    permanent: bool,
    reached: bool,
) -> None:
    """What the delivering worker decides on. Tried once: there is no key by which Telegram knows a repeat."""
    telegram_channel._timeout_s = 0.3 if fault.delay_s else 5.0
    telegram.fail_next(fault)

    found = await fail(telegram_channel)

    assert (permanent, False, reached) == (found.permanent, found.token_gone, found.reached)
    assert len(telegram.requests) <= 1


@pytest.mark.parametrize("to", ["", "somebody", "４２", "４２x", "--", "--42", "4 2", "4" * 20, "42\n"])
async def test_an_address_that_is_no_chat_is_refused_here(
    telegram: FakeTelegramServer, telegram_channel: TelegramChannel, to: str
) -> None:
    """Telegram would take a name for a public channel."""
    assert (await fail(telegram_channel, Address(to=to))).permanent
    assert telegram.requests == []


async def test_a_reply_that_says_nothing_is_refused_here(
    telegram: FakeTelegramServer, telegram_channel: TelegramChannel
) -> None:
    """Telegram would refuse it."""
    assert (await fail(telegram_channel, reply=make_reply(""))).permanent
    assert telegram.requests == []


async def test_a_refused_connection_never_reached_telegram() -> None:
    """Trying again cannot say it twice."""
    async with FakeTelegramServer() as gone:
        base = gone.base_url
    channel = TelegramChannel(
        bot_token="1:a", webhook_secret=WEBHOOK_SECRET, api_base=base, clock=lambda: NOW
    )

    found = await fail(channel)
    await channel.close()

    assert (found.permanent, found.reached, found.halts) == (False, False, False)


async def test_nothing_of_a_reply_or_the_token_is_logged_or_raised(
    telegram: FakeTelegramServer, telegram_channel: TelegramChannel, caplog: pytest.LogCaptureFixture
) -> None:
    """The token is part of every address, and the library prints answers it cannot read."""
    caplog.set_level(logging.DEBUG)
    await telegram_channel.deliver(HOME, QUESTION)
    echo = f"我相信你 {telegram.token}"
    for fault in (
        Fault(500, body=echo.encode()),
        refuse(400, echo),
        Fault(drop="before"),
        refuse(429, echo, retry_after=1),
    ):
        telegram.fail_next(fault)
        found = await fail(telegram_channel)
        assert found.__cause__ is None
        assert found.__suppress_context__
        for secret in ("我相信你", telegram.token):
            assert secret not in str(found)
    telegram.fail_next(Fault(body=echo.encode()))
    await telegram_channel.deliver(HOME, QUESTION)

    for secret in ("我相信你", telegram.token):
        assert secret not in caplog.text
