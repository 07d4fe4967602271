"""Fetching from Telegram: what somebody wrote is stored once, whatever dies or fails in between."""

from __future__ import annotations

import asyncio
import json
import logging
from collections import defaultdict
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager, suppress
from dataclasses import dataclass, field
from typing import Any

import pytest

from bot.channels.telegram import decode
from bot.channels.telegram_poll import Poller
from bot.channels.telegram_setup import ALLOWED_UPDATES, BotApi
from bot.core.inputs import Tapped, Typed
from bot.errors import ChannelError, StoreDown
from bot.ports import Errand, Inbound
from tests.channels.material import NOW
from tests.fakes.serving import Fault
from tests.fakes.telegram_server import FakeTelegramServer

SURVIVOR, FRIEND = 42, 77
TOO_MANY = b'{"ok":false,"error_code":429,"description":"Too Many Requests","parameters":{"retry_after":12}}'


@dataclass
class Listener:
    """A conversation that stores what it hears once, and fails when told to."""

    heard: list[tuple[str, str]] = field(default_factory=list)
    seen: set[str] = field(default_factory=set)
    faults: dict[str, list[Exception]] = field(default_factory=lambda: defaultdict(list))
    tries: list[str] = field(default_factory=list)
    gate: asyncio.Event = field(default_factory=asyncio.Event)

    async def receive(self, inbound: Inbound) -> None:
        said = inbound.what.text if isinstance(inbound.what, Typed) else type(inbound.what).__name__
        self.tries.append(said)
        if self.faults[said]:
            raise self.faults[said].pop(0)
        await self.gate.wait()
        if inbound.delivery_id not in self.seen:
            self.seen.add(inbound.delivery_id)
            self.heard.append((inbound.user_id, said))


@dataclass
class Rig:
    """A poller at a fake Telegram, and what it did."""

    telegram: FakeTelegramServer
    listener: Listener
    errands: list[Errand] = field(default_factory=list)
    wakes: list[int] = field(default_factory=list)
    pauses: list[float] = field(default_factory=list)
    pollers: list[Poller] = field(default_factory=list)

    def make(self, api: BotApi, **more: Any) -> Poller:
        async def run_errand(errand: Errand) -> None:
            self.errands.append(errand)

        async def sleep(pause_s: float) -> None:
            self.pauses.append(pause_s)
            await asyncio.sleep(0.001)

        fields = {"read": lambda raw: decode(raw, NOW), "run_errand": run_errand, "hold_s": 5, "sleep": sleep}
        listener: Any = self.listener
        wake = lambda: self.wakes.append(len(self.listener.heard))  # noqa: E731 - one line of a fake
        return Poller(api, conversation=listener, wake=wake, **{**fields, **more})

    @asynccontextmanager
    async def polling(self, *, take_over: bool = False, **more: Any) -> AsyncIterator[asyncio.Task[None]]:
        """Poll until the test is over."""
        async with BotApi(bot_token=self.telegram.token, api_base=self.telegram.base_url) as api:
            poller = self.make(api, **more)
            self.pollers.append(poller)
            task = asyncio.create_task(poller.run(take_over=take_over))
            try:
                yield task
                poller.stop()
                if not task.done():
                    await task
            finally:
                task.cancel()

    def write(self, text: str, user_id: int = SURVIVOR) -> None:
        self.telegram.console.push(self.telegram.make_text_update(user_id, text))

    @property
    def said(self) -> list[str]:
        return [said for _, said in self.listener.heard]

    @property
    def left(self) -> int:
        return len(self.telegram.console.queue)

    def asked(self, method: str) -> list[dict[str, str]]:
        found = [one for one in self.telegram.requests if one.path.endswith(f"/{method}")]
        return [dict(part.split("=", 1) for part in one.raw.decode().split("&") if part) for one in found]


@pytest.fixture
def rig(telegram: FakeTelegramServer) -> Rig:
    listener = Listener()
    listener.gate.set()
    return Rig(telegram, listener)


async def until(happened: Callable[[], bool]) -> None:
    async with asyncio.timeout(10):
        while not happened():  # noqa: ASYNC110  # the fake is looked at from outside
            await asyncio.sleep(0.005)


async def kill(task: asyncio.Task[None]) -> None:
    """End the program in the middle of what it does."""
    task.cancel()
    with suppress(asyncio.CancelledError):
        await task


def events(caplog: pytest.LogCaptureFixture) -> list[str]:
    return [record.getMessage() for record in caplog.records if record.name.startswith("bot.")]


# ─── Fetching ─────────────────────────────────────────────────────────────────


async def test_what_somebody_writes_is_stored_and_then_confirmed(rig: Rig) -> None:
    """The held call comes back at once, the worker is woken, and Telegram forgets it."""
    async with rig.polling():
        await until(lambda: rig.telegram.console.fetches == 1)
        rig.write("嗨")
        await until(lambda: rig.left == 0)
    assert rig.listener.heard == [("42", "嗨")]
    assert rig.wakes == [1]
    assert rig.pauses == []


async def test_only_what_we_understand_is_asked_for(rig: Rig) -> None:
    """The same kinds as over the webhook, however the bot was set before."""
    rig.telegram.console.allowed = {"poll"}
    async with rig.polling():
        await until(lambda: rig.telegram.console.fetches == 1)
    assert rig.telegram.console.allowed == set(ALLOWED_UPDATES)


async def test_more_than_one_call_returns_arrive_in_their_order(rig: Rig) -> None:
    """A hundred come at a time."""
    for number in range(150):
        rig.write(str(number), user_id=SURVIVOR + number % 7)
    async with rig.polling():
        await until(lambda: len(rig.said) == 150)
    assert rig.said == [str(number) for number in range(150)]


async def test_numbers_that_begin_anew_after_a_quiet_week_are_heard(rig: Rig) -> None:
    """With nothing waiting the offset is forgotten: the next number may be lower."""
    async with rig.polling(hold_s=0):
        high, low = (rig.telegram.make_text_update(SURVIVOR, text) for text in ("先", "後"))
        rig.telegram.console.push({**high, "update_id": 900_000})
        await until(lambda: rig.left == 0)
        fetches = rig.telegram.console.fetches
        await until(lambda: rig.telegram.console.fetches > fetches + 2)
        rig.telegram.console.push({**low, "update_id": 5})
        await until(lambda: rig.left == 0)
    assert rig.said == ["先", "後"]


async def test_what_nobody_understands_is_left_behind(rig: Rig) -> None:
    """A service message, a kind of tomorrow, nonsense: none holds up what comes after it."""
    odd = [{"update_id": 1, "message": None}, {"update_id": 2, "message": {"from": []}}, {"update_id": 3}]
    rig.telegram.console.queue = odd
    rig.telegram.console.push({**rig.telegram.make_text_update(SURVIVOR, "嗨"), "update_id": 4})
    async with rig.polling():
        await until(lambda: rig.left == 0)
    assert rig.said == ["嗨"]


async def test_courtesies_follow_what_is_stored(rig: Rig) -> None:
    """The spinner of a button stops, and a group is left."""
    tap = rig.telegram.make_tap_update(SURVIVOR, "?")
    rig.telegram.console.push(tap, rig.telegram.make_place_update(-5, FRIEND))
    async with rig.polling():
        await until(lambda: rig.left == 0)
    assert [(errand.kind, errand.to) for errand in rig.errands] == [
        ("answer_tap", tap["callback_query"]["id"]),
        ("leave_place", "-5"),
    ]
    assert Tapped.__name__ not in rig.said  # forged: the question is asked again


async def test_a_courtesy_that_hangs_holds_up_nobody(rig: Rig) -> None:
    """Not even the end of the program."""

    async def hang(_: Errand) -> None:
        await asyncio.Event().wait()

    rig.telegram.console.push(rig.telegram.make_tap_update(SURVIVOR, "?"))
    async with rig.polling(run_errand=hang, grace_s=0.01):
        await until(lambda: rig.left == 0)
        rig.write("嗨")
        await until(lambda: rig.left == 0)
    assert rig.said[-1] == "嗨"


# ─── What dies ────────────────────────────────────────────────────────────────


async def test_killed_before_it_was_stored_it_is_fetched_again(rig: Rig) -> None:
    """Nothing is confirmed before, so nobody is lost."""
    rig.listener.gate.clear()
    rig.write("嗨")
    async with rig.polling() as task:
        await until(lambda: rig.listener.tries == ["嗨"])
        await kill(task)
    assert (rig.said, rig.left) == ([], 1)
    rig.listener.gate.set()
    async with rig.polling():
        await until(lambda: rig.left == 0)
    assert rig.said == ["嗨"]


async def test_killed_before_it_was_confirmed_it_is_recognised(rig: Rig) -> None:
    """The same update has the same delivery id, so nobody is answered twice."""
    rig.write("嗨")
    kept = list(rig.telegram.console.queue)
    async with rig.polling():
        await until(lambda: rig.left == 0)
    rig.telegram.console.queue = kept
    async with rig.polling():
        await until(lambda: rig.left == 0)
    assert rig.listener.tries == ["嗨", "嗨"]
    assert rig.said == ["嗨"]


async def test_stopping_ends_a_call_that_is_held(rig: Rig) -> None:
    """Nobody waits half a minute for Ctrl-C."""
    async with rig.polling(hold_s=600) as task:
        await until(lambda: rig.telegram.console.fetches == 1)
        rig.pollers[0].stop()
        async with asyncio.timeout(5):
            await task


async def test_stopping_finishes_what_is_in_hand_and_leaves_the_rest(rig: Rig) -> None:
    """The next program gets it."""
    rig.listener.gate.clear()
    rig.write("一")
    rig.write("二")
    async with rig.polling() as task:
        await until(lambda: rig.listener.tries == ["一"])
        rig.pollers[0].stop()
        rig.listener.gate.set()
        await task
    assert rig.said == ["一"]
    async with rig.polling():
        await until(lambda: rig.left == 0)
    assert rig.said == ["一", "二"]


# ─── What fails here ──────────────────────────────────────────────────────────


async def test_a_database_that_is_away_loses_and_reorders_nothing(
    rig: Rig, caplog: pytest.LogCaptureFixture
) -> None:
    """Others are still served; the person's own next message waits behind the first."""
    rig.listener.faults["一"] = [StoreDown("away")] * 3
    rig.write("一")
    rig.write("二")
    rig.write("別人", user_id=FRIEND)
    async with rig.polling():
        await until(lambda: rig.left == 0)
    assert rig.said == ["別人", "一", "二"]
    assert rig.listener.tries == ["一", "別人", "一", "一", "一", "二"]
    assert len(rig.pauses) == 3
    assert rig.pauses[0] < rig.pauses[2]
    assert events(caplog) == ["database_down"] * 3


async def test_an_outage_is_one_line_of_the_log_however_many_wait(
    rig: Rig, caplog: pytest.LogCaptureFixture
) -> None:
    """Everybody's message fails alike."""
    for number in range(5):
        rig.listener.faults[str(number)] = [StoreDown("away")]
        rig.write(str(number), user_id=SURVIVOR + number)
    async with rig.polling():
        await until(lambda: rig.left == 0)
    assert sorted(rig.said) == ["0", "1", "2", "3", "4"]
    assert events(caplog) == ["database_down"]


async def test_the_offset_waits_for_the_first_that_is_not_stored(rig: Rig) -> None:
    """Telegram keeps it until it is."""
    rig.listener.faults["一"] = [StoreDown("away")] * 10_000
    rig.write("一")
    rig.write("別人", user_id=FRIEND)
    async with rig.polling() as task:
        await until(lambda: len(rig.pauses) > 3)
        assert [update["message"]["text"] for update in rig.telegram.console.queue] == ["一", "別人"]
        await kill(task)
    assert rig.said == ["別人"]


async def test_an_update_that_fails_twice_is_left_behind(rig: Rig, caplog: pytest.LogCaptureFixture) -> None:
    """It would silence its chat for good; the incident tells where the bug is, and nothing of the text."""
    rig.listener.faults["毒"] = [KeyError("毒"), KeyError("毒")]
    rig.write("毒")
    rig.write("後來")
    rig.write("別人", user_id=FRIEND)
    async with rig.polling():
        await until(lambda: rig.left == 0)
    assert rig.said == ["別人", "後來"]
    assert events(caplog) == ["event_failed", "update_skipped"]
    assert "毒" not in caplog.text


async def test_a_fault_that_passes_costs_nothing(rig: Rig) -> None:
    """Once is no proof against an update."""
    rig.listener.faults["一"] = [KeyError("x")]
    rig.write("一")
    rig.write("二")
    async with rig.polling():
        await until(lambda: rig.left == 0)
    assert rig.said == ["一", "二"]


async def test_an_update_that_cannot_even_be_read_is_left_behind(
    rig: Rig, caplog: pytest.LogCaptureFixture
) -> None:
    """Reading never raises; if it does, it is a bug, and not everybody's end."""

    def read(raw: bytes) -> Any:
        if json.loads(raw)["message"]["text"] == "毒":
            raise RecursionError
        return decode(raw, NOW)

    rig.write("毒")
    rig.write("嗨")
    async with rig.polling(read=read):
        await until(lambda: rig.left == 0)
    assert rig.said == ["嗨"]
    assert "update_skipped" in events(caplog)


# ─── What fails there ─────────────────────────────────────────────────────────


@pytest.mark.parametrize(
    "fault",
    [
        Fault(drop="before"),
        Fault(drop="after"),
        Fault(502, body=b"<html>Bad Gateway</html>"),
        Fault(500, body=b'{"ok":false,"error_code":500,"description":"Internal Server Error"}'),
        Fault(400, body=b'{"ok":false,"error_code":400,"description":"Bad Request"}'),
        Fault(body=b"<html>a captive portal</html>"),
        Fault(body=b'{"ok":true}'),
        Fault(body=b'{"ok":true,"result":{"update_id":1}}'),
        Fault(body=b'{"ok":true,"result":[{"update_id":"1"},7,{}]}'),
    ],
)
async def test_whatever_telegram_says_is_waited_out(
    rig: Rig, fault: Fault, caplog: pytest.LogCaptureFixture
) -> None:
    """A network that is away, a proxy's page, a body of nonsense: a pause, then the same again."""
    rig.telegram.fail_next(fault, fault)
    rig.write("嗨")
    async with rig.polling():
        await until(lambda: rig.left == 0)
    assert rig.said == ["嗨"]
    assert len(rig.pauses) == 2
    assert rig.telegram.token not in caplog.text


async def test_pauses_grow_to_half_a_minute_and_begin_small_again(rig: Rig) -> None:
    """Not in step with others who lost the same network."""
    rig.telegram.fail_next(*[Fault(502)] * 9)
    async with rig.polling():
        await until(lambda: rig.telegram.console.fetches == 1)
        grown = list(rig.pauses)
        rig.write("嗨")
        await until(lambda: rig.left == 0)
        rig.telegram.fail_next(Fault(502))
        rig.write("再")
        await until(lambda: rig.left == 0)
    for number, pause_s in enumerate(grown):
        longest_s = min(0.5 * 2**number, 30.0)
        assert longest_s / 2 <= pause_s <= longest_s
    assert rig.pauses[-1] <= 0.5


async def test_the_wait_that_telegram_asks_for_is_kept(rig: Rig) -> None:
    """429 says how long."""
    rig.telegram.fail_next(Fault(429, body=TOO_MANY))
    async with rig.polling():
        await until(lambda: rig.telegram.console.fetches == 1)
    assert rig.pauses == [12.0]


@pytest.mark.parametrize("code", [401, 404])
async def test_a_token_that_is_refused_ends_it(rig: Rig, code: int) -> None:
    """With the name of the setting, and never the token."""
    rig.telegram.fail_next(Fault(code, body=b'{"ok":false,"error_code":%d,"description":"x"}' % code))
    async with rig.polling() as task:
        with pytest.raises(ChannelError, match="TELEGRAM_BOT_TOKEN") as refusal:
            await task
    assert (refusal.value.permanent, refusal.value.halts) == (True, True)
    assert rig.telegram.token not in str(refusal.value)


async def test_of_two_who_fetch_the_later_goes_on(rig: Rig) -> None:
    """The other ends and says why, instead of taking turns without end."""
    async with rig.polling() as first:
        await until(lambda: rig.telegram.console.fetches == 1)
        async with rig.polling():
            with pytest.raises(ChannelError, match="another program fetches"):
                await first
            rig.write("嗨")
            await until(lambda: rig.left == 0)
    assert rig.said == ["嗨"]


async def test_a_webhook_is_not_ended_unasked(rig: Rig) -> None:
    """Somebody may be served by it."""
    rig.telegram.console.webhook = {"url": "https://chat.example.org/telegram/webhook"}
    async with rig.polling() as task:
        with pytest.raises(ChannelError, match="--take-over"):
            await task
    assert rig.telegram.console.webhook


async def test_taking_over_ends_the_webhook_and_keeps_what_waits(rig: Rig) -> None:
    """What people wrote to the webhook that did not answer arrives here."""
    rig.telegram.console.webhook = {"url": "https://chat.example.org/telegram/webhook"}
    rig.write("嗨")
    async with rig.polling(take_over=True):
        await until(lambda: rig.left == 0)
    assert rig.said == ["嗨"]
    assert rig.telegram.console.webhook == {}
    assert rig.asked("deleteWebhook") == [{"drop_pending_updates": "false"}]


async def test_taking_over_survives_a_network_that_fails(rig: Rig) -> None:
    """It is tried again."""
    rig.telegram.console.webhook = {"url": "https://chat.example.org/telegram/webhook"}
    rig.telegram.fail_next(Fault(), Fault(drop="before"))
    async with rig.polling(take_over=True):
        await until(lambda: rig.telegram.console.fetches == 1)
    assert len(rig.asked("deleteWebhook")) == 2


async def test_a_webhook_that_is_set_meanwhile_ends_it(rig: Rig) -> None:
    """It was taken over at the start only: whoever sets one later means it."""
    async with rig.polling(take_over=True) as task:
        await until(lambda: rig.telegram.console.fetches == 1)
        rig.telegram.console.webhook = {"url": "https://chat.example.org/telegram/webhook"}
        rig.telegram.console._wake()
        with pytest.raises(ChannelError, match="a webhook is set"):
            await task


async def test_the_token_is_in_no_log(rig: Rig, caplog: pytest.LogCaptureFixture) -> None:
    """Nor what somebody wrote, at any level of ours."""
    caplog.set_level(logging.DEBUG)
    logging.getLogger("httpx").setLevel(logging.WARNING)
    rig.telegram.fail_next(Fault(502), Fault(drop="before"), Fault(429, body=TOO_MANY))
    rig.write("秘密的話")
    async with rig.polling():
        await until(lambda: rig.left == 0)
    told = " ".join(
        str(record.__dict__) for record in caplog.records if record.name.startswith(("bot", "http"))
    )
    assert rig.telegram.token not in told
    assert "秘密" not in told
    assert rig.telegram.token not in repr(rig.pollers[0])
