"""Replies reach LINE once, and each failure is told apart."""

from __future__ import annotations

import asyncio
import logging
from datetime import timedelta

import pytest

from bot.channels.line import LineChannel
from bot.errors import ChannelError
from bot.ports import Address
from tests.channels.material import NOW, QUESTION, SOMEBODY, make_reply
from tests.fakes import line_schema
from tests.fakes.line_server import FakeLineServer
from tests.fakes.serving import Fault


def address_of(line: FakeLineServer) -> Address:
    return Address(to=SOMEBODY, token=line.issue_reply_token(SOMEBODY), until=NOW + timedelta(seconds=50))


async def fail(channel: LineChannel, address: Address) -> ChannelError:
    with pytest.raises(ChannelError) as caught:
        await channel.deliver(address, QUESTION)
    return caught.value


async def test_a_reply_arrives_with_its_bubbles_and_buttons(
    line: FakeLineServer, line_channel: LineChannel
) -> None:
    """One call, no retry key, and exactly what the API description allows."""
    await line_channel.deliver(address_of(line), QUESTION)

    [request] = line.requests
    assert request.path == "/v2/bot/message/reply"
    assert set(request.json()) == {"replyToken", "messages"}
    assert "x-line-retry-key" not in request.headers
    assert line.people[SOMEBODY].bubbles[0] == "我相信你。"
    assert line.people[SOMEBODY].labels == ["安全", "不安全", "找真人", "離開"]
    if line_schema.is_available():
        assert line_schema.find_faults("ReplyMessageRequest", request.json()) == []


async def test_many_replies_share_one_connection(line: FakeLineServer, line_channel: LineChannel) -> None:
    """Also when the first ones come at once: a client costs a TLS context each."""
    await asyncio.gather(*(line_channel.deliver(address_of(line), QUESTION) for _ in range(8)))

    assert len(line.sent) == 8
    assert line_channel._client is await line_channel._get_client()


async def test_a_token_works_once(line: FakeLineServer, line_channel: LineChannel) -> None:
    """The second use is the token's end, and nothing is sent twice."""
    address = address_of(line)
    await line_channel.deliver(address, QUESTION)

    fault = await fail(line_channel, address)

    assert (fault.permanent, fault.token_gone) == (True, True)
    assert len(line.sent) == 1


@pytest.mark.parametrize(
    "address",
    [
        Address(to=SOMEBODY),
        Address(to=SOMEBODY, token="t", until=NOW),
        Address(to=SOMEBODY, token="t", until=NOW - timedelta(1)),
    ],
)
async def test_without_a_living_token_nothing_is_asked(
    line: FakeLineServer, line_channel: LineChannel, address: Address
) -> None:
    """There is no push to fall back to."""
    fault = await fail(line_channel, address)

    assert (fault.permanent, fault.token_gone) == (True, True)
    assert line.requests == []


@pytest.mark.parametrize(
    ("fault", "permanent", "token_gone", "reached"),
    [
        (Fault(500), False, False, True),
        (Fault(503, body=b"<html>"), False, False, True),
        (Fault(502, body=b"\xff\xfe"), False, False, True),
        (Fault(429), False, False, False),
        (Fault(400), True, False, False),
        (Fault(400, body=b'{"message":"Invalid reply token"}'), True, True, False),
        (Fault(400, body=b'{"message":"The REPLY TOKEN has expired."}'), True, True, False),
        (Fault(400, body=b"reply token"), True, False, False),
        (Fault(400, body=b'["reply token"]'), True, False, False),
        (Fault(400, body=b""), True, False, False),
        (Fault(400, body=b"\xff"), True, False, False),
        (Fault(401), True, False, False),
        (Fault(403), True, False, False),
        (Fault(404), True, False, False),
        (Fault(413), True, False, False),
        (Fault(drop="before"), False, False, True),
        (Fault(drop="after"), False, False, True),
        (Fault(delay_s=30), False, False, True),
    ],
    ids=str,
)  # fmt: skip
async def test_each_failure_is_told_apart(
    line: FakeLineServer,
    line_channel: LineChannel,
    fault: Fault,
    permanent: bool,
    token_gone: bool,
    reached: bool,
) -> None:
    """What the delivering worker decides on."""
    line_channel._timeout_s = 0.3 if fault.delay_s else 5.0
    await line_channel.open()
    line.fail_next(fault)

    found = await fail(line_channel, address_of(line))

    assert (permanent, token_gone, reached) == (found.permanent, found.token_gone, found.reached)


@pytest.mark.parametrize(
    ("status", "halts"), [(401, True), (403, True), (400, False), (404, False), (500, False)]
)
async def test_refused_credentials_stop_everything(
    line: FakeLineServer, line_channel: LineChannel, status: int, halts: bool
) -> None:
    """Nothing else would pass either; a refused message concerns nobody else."""
    line.fail_next(Fault(status))

    assert (await fail(line_channel, address_of(line))).halts is halts


async def test_the_wait_that_line_asks_for_is_passed_on(
    line: FakeLineServer, line_channel: LineChannel
) -> None:
    """When it names one; a wait that is no number of seconds is none."""
    line.fail_next(Fault(429, headers={"Retry-After": "7"}), Fault(429, headers={"Retry-After": "soon"}))

    assert (await fail(line_channel, address_of(line))).retry_after_s == 7.0
    assert (await fail(line_channel, address_of(line))).retry_after_s is None


@pytest.mark.parametrize(
    "body", [b"", b"{}", b"[]", b"null", b"ok", b"\xff", b'{"sentMessages": 5}', b'{"sentMessages": [{}]}']
)
async def test_an_unreadable_success_is_a_delivery(
    line: FakeLineServer, line_channel: LineChannel, body: bytes
) -> None:
    """LINE sends first and answers then; trying again would say it twice."""
    line.fail_next(Fault(body=body))

    await line_channel.deliver(address_of(line), QUESTION)

    assert len(line.sent) == 1


async def test_an_unknown_charset_in_a_success_is_a_delivery(
    line: FakeLineServer, line_channel: LineChannel
) -> None:
    """The SDK looks the charset up."""
    line.fail_next(Fault(body=b"{}", headers={"content-type": "application/json; charset=none"}))

    await line_channel.deliver(address_of(line), QUESTION)


async def test_a_refused_connection_never_reached_line(line: FakeLineServer) -> None:
    """Trying again cannot say it twice."""
    async with FakeLineServer() as gone:
        base = gone.base_url
    channel = LineChannel(channel_secret="s", access_token="t", api_base=base, clock=lambda: NOW)

    found = await fail(channel, address_of(line))
    await channel.close()

    assert (found.permanent, found.reached) == (False, False)


async def test_a_reply_that_says_nothing_is_refused_here(
    line: FakeLineServer, line_channel: LineChannel
) -> None:
    """LINE would refuse it and the token would be wasted."""
    with pytest.raises(ChannelError) as caught:
        await line_channel.deliver(address_of(line), make_reply("", ways_hint=""))

    assert caught.value.permanent
    assert line.requests == []


async def test_nothing_of_a_reply_or_its_token_is_logged_or_raised(
    line: FakeLineServer, line_channel: LineChannel, caplog: pytest.LogCaptureFixture
) -> None:
    """Neither on success nor on failure, even when the program logs everything."""
    caplog.set_level(logging.DEBUG)
    await line_channel.open()
    address = address_of(line)
    await line_channel.deliver(address, QUESTION)
    line.fail_next(Fault(400, body='{"message":"我相信你。"}'.encode()))
    found = await fail(line_channel, address_of(line))

    for secret in ("我相信你", address.token, SOMEBODY, line.access_token):
        assert secret not in caplog.text
        assert secret not in str(found)
    assert found.__cause__ is None
    assert found.__suppress_context__
