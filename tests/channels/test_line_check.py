"""`frontdoor line check` against a strict LINE: what is well, what is not, and what nobody can read."""

from __future__ import annotations

from typing import Any

import pytest

from bot.channels.line_check import Finding, check
from bot.channels.line_setup import Wanted
from bot.errors import ChannelError
from tests.channels.line_set_up import WEBHOOK, make_menu, open_console, run_set_up, want
from tests.fakes.line_server import FakeLineServer


async def examine(
    line: FakeLineServer, wanted: Wanted | None = None, *, test: bool = False
) -> tuple[Finding, ...]:
    """Check once; whatever is found, nothing is changed."""
    before = len(line.writes)
    async with open_console(line) as console:
        findings = await check(console, wanted or want(), tries_webhook=test)
    assert len(line.writes) == before
    return findings


def not_well(findings: tuple[Finding, ...]) -> list[str]:
    return [f"{one.level} {one.line}" for one in findings if not one.is_well]


async def test_a_channel_that_is_set_up_is_well(line: FakeLineServer):
    """Each part has its line."""
    await run_set_up(line, want())

    *findings, _ = await examine(line)

    assert [f"{one.level} {one.line}" for one in findings] == [
        f"ok webhook: {WEBHOOK}",
        "ok menus: zh_TW, en",
        "ok account: @frontdoor, chat off, mark as read auto",
    ]


async def test_what_cannot_be_read_is_said_every_time(line: FakeLineServer):
    """Greeting and auto-response are on in a new account, and only a human can see it."""
    await run_set_up(line, want())

    *_, last = await examine(line)

    assert last.level == "NOTE"
    for word in ("Greeting message", "Auto-response", "Response settings", "locked phone"):
        assert word in last.line


async def test_a_new_channel_is_told_what_set_up_would_do(line: FakeLineServer):
    """Every missing step, and the command that takes it."""
    found = not_well(await examine(line))

    assert len(found) == 8
    assert all(one.startswith("MEND run `frontdoor line setup`: it would ") for one in found)
    assert f"set the webhook address to {WEBHOOK} (before: none)" in found[0]


async def test_old_menus_are_found(line: FakeLineServer):
    await run_set_up(line, want())

    found = not_well(await examine(line, want(says="another picture")))

    assert any("make the menu en" in one for one in found)
    assert any("remove the old menu" in one for one in found)


async def test_a_webhook_that_is_switched_off_is_found(line: FakeLineServer):
    """Nothing would arrive; only the console can switch it on."""
    await run_set_up(line, want())
    line.console.active = False

    (found,) = not_well(await examine(line))

    assert found.startswith("MEND webhook: switched off")
    assert "Use webhook" in found


async def test_open_chat_is_warned_of(line: FakeLineServer):
    """People with access to the account could read what is written."""
    await run_set_up(line, want())
    line.console.chat_mode = "chat"

    (found,) = not_well(await examine(line))

    assert found.startswith("WARN account: @frontdoor, chat is chat, mark as read manual")
    assert "can read what people write" in found
    assert "switch Chat off" in found


async def test_line_calls_us_only_when_asked_to(line: FakeLineServer):
    """It allows that 60 times an hour."""
    await run_set_up(line, want())
    line.console.trial = {"success": True, "statusCode": 200, "reason": "OK", "detail": "200"}

    await examine(line)
    assert not [one for one in line.requests if one.path.endswith("/test")]
    findings = await examine(line, test=True)

    assert Finding("ok", "webhook call by LINE: 200") in findings


@pytest.mark.parametrize(
    ("trial", "says"),
    [
        ({"success": False, "statusCode": 0, "reason": "COULD_NOT_CONNECT"}, "is `frontdoor serve` up"),
        ({"success": False, "statusCode": 0, "reason": "REQUEST_TIMEOUT"}, "two seconds"),
        ({"success": False, "statusCode": 403, "reason": "ERROR_STATUS_CODE"}, "LINE_CHANNEL_SECRET"),
        ({"success": False, "statusCode": -1, "reason": "UNCLASSIFIED"}, "webhook errors"),
        ({"statusCode": "odd"}, "failed (0)"),
    ],
)
async def test_a_call_that_fails_says_what_to_look_at(line: FakeLineServer, trial: dict[str, Any], says: str):
    """By LINE's own reason, of which a new one may come at any time."""
    await run_set_up(line, want())
    line.console.trial = trial

    (found,) = not_well(await examine(line, test=True))

    assert found.startswith("MEND webhook call by LINE: ")
    assert says in found


async def test_a_call_before_there_is_an_address_is_told(line: FakeLineServer):
    found = not_well(await examine(line, test=True))

    assert found[-1] == "MEND webhook call by LINE: NOT_SET (0); run `frontdoor line setup`"


async def test_the_fake_line_calls_the_webhook_for_real():
    """Nobody listens there: that is a failure too."""
    async with FakeLineServer(webhook_url="http://127.0.0.1:9/line/webhook") as line:
        await run_set_up(line, want())

        found = not_well(await examine(line, test=True))

    assert "ERROR_STATUS_CODE (0)" in found[0]


async def test_a_fault_while_checking_is_one_line(line: FakeLineServer):
    async with open_console(line, token="wrong") as console:
        with pytest.raises(ChannelError, match="LINE_CHANNEL_ACCESS_TOKEN"):
            await check(console, Wanted(WEBHOOK, (make_menu("zh_TW"),)), tries_webhook=False)
