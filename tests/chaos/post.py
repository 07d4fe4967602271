"""
LINE as it delivers when redelivery is on: whatever is not acknowledged comes again, some things come twice.

Source of the rules: LINE Messaging API, receiving messages: no 2xx in time is a failure; the same event comes
again with `isRedelivery`; the same event may come twice without it; one body may hold events of several people.
"""

from __future__ import annotations

import asyncio
import json
import random
import time
from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

import aiohttp
from starlette.requests import Request
from starlette.responses import Response

from tests.fakes.line_platform import Person, sign
from tests.fakes.line_server import FakeLineServer
from tests.fakes.serving import Fault

Event = dict[str, Any]
#: Seconds until a delivery that failed comes again. LINE does not tell its own; quicker is harder on us.
PAUSES_S = (0.05, 0.2, 0.5, 1.0, 1.0, 2.0, 2.0, *[3.0] * 60)
#: How long events are gathered into one body.
_GATHER_S = 0.005
_OK, _LATER = 200, 503
_NOTHING = 0


def _look_away(_user_id: str, _messages: list[dict[str, Any]]) -> None:
    """Nobody looks."""


class Line(FakeLineServer):
    """
    A strict LINE that keeps nothing but what is looked at. `seen`: told of every reply that reaches somebody.

    `faults_share` of the bot's requests go wrong, each in one of `kinds`.
    """

    def __init__(self, dice: random.Random) -> None:
        super().__init__()
        self.seen: Callable[[str, list[dict[str, Any]]], None] = _look_away
        self.faults_share = 0.0
        self.kinds: tuple[Fault, ...] = ()
        self.faults_made = 0
        self._dice = dice

    async def _app(self, scope: Any, receive: Any, send: Any) -> None:
        if self.faults_share and self._dice.random() < self.faults_share:
            self.faults.append(self._dice.choice(self.kinds))
            self.faults_made += 1
        await super()._app(scope, receive, send)

    def _record(self, request: Request, raw: bytes, status: int) -> None:
        """Keep nothing: there are too many."""

    def _accept(
        self, user_id: str, messages: list[dict[str, Any]], by: str, *, quietly: bool = False
    ) -> dict[str, Any]:
        if by != "reply":
            self.violations.append(f"sent by {by}")
        self.seen(user_id, messages)
        return {"sentMessages": [{"id": str(next(self._numbers))} for _ in messages]}

    def show(self, person: Person, messages: list[dict[str, Any]]) -> None:
        """Whoever looks is told by `seen`."""

    async def respond(self, request: Request, raw: bytes) -> Response:
        return await super().respond(request, raw)

    def forget(self, user_id: str) -> None:
        """Keep no more of somebody who is done."""
        self.people.pop(user_id, None)
        for token in [token for token, one in self._tokens.items() if one.user_id == user_id and one.used]:
            del self._tokens[token]


@dataclass
class Slip:
    """What became of one event: when it was first sent, and when it was acknowledged."""

    event: Event
    taken: asyncio.Future[bool]
    sent_at: float = field(default_factory=time.monotonic)


@dataclass
class Post:
    """
    Delivers to whichever program `choose` names.

    `duplicates`: the share of bodies that come once more. `gathered`: the share of events that share a body.
    """

    line: Line
    choose: Callable[[], str]
    http: aiohttp.ClientSession
    dice: random.Random
    duplicates: float = 0.1
    gathered: float = 0.3
    patience_s: float = 2.0
    path: str = "/line/webhook"
    taken: int = 0
    extra: int = 0
    redelivered: int = 0
    given_up: int = 0
    answers: Counter[int] = field(default_factory=Counter)
    later_s: list[float] = field(default_factory=list)
    taken_ids: list[str] = field(default_factory=list)
    pauses_s: tuple[float, ...] = PAUSES_S
    _bag: list[Slip] = field(default_factory=list)
    _tasks: set[asyncio.Task[None]] = field(default_factory=set)

    async def deliver(self, *events: Event) -> bool:
        """Deliver events of one person in one body, alone or with others'. False: never acknowledged."""
        loop = asyncio.get_running_loop()
        slips = [Slip(event, loop.create_future()) for event in events]
        if self.dice.random() < self.gathered:
            self._bag += slips
            if len(self._bag) == len(slips):
                self._spawn(self._empty_bag())
        else:
            self._spawn(self._carry(slips))
        return all([await slip.taken for slip in slips])

    async def settle(self) -> None:
        """Wait until nothing is on its way any more."""
        while self._tasks:
            await asyncio.wait(self._tasks)

    async def _empty_bag(self) -> None:
        await asyncio.sleep(_GATHER_S)
        slips, self._bag = self._bag, []
        await self._carry(slips)

    async def _carry(self, slips: list[Slip]) -> None:
        """Deliver one body until it is acknowledged."""
        events = [slip.event for slip in slips]
        if self.dice.random() < self.duplicates:
            self._spawn(self._carry_once_more(events))
        is_taken = await self._insist(events)
        if is_taken:
            self.taken += len(events)
            self.taken_ids += [event["webhookEventId"] for event in events]
        else:
            self.given_up += len(events)
        for slip in slips:
            if not slip.taken.done():
                slip.taken.set_result(is_taken)

    async def _insist(self, events: list[Event]) -> bool:
        again = False
        for pause_s in self.pauses_s:
            if await self._send(events, again=again) == _OK:
                return True
            await asyncio.sleep(pause_s * self.dice.uniform(0.7, 1.3))
            again = True
            self.redelivered += 1
        return False

    async def _carry_once_more(self, events: list[Event]) -> None:
        """LINE may deliver twice for reasons of its own: sooner, at the same time, or later."""
        await asyncio.sleep(self.dice.choice((0.0, 0.0, 0.01, 0.1, 1.0)))
        self.extra += len(events)
        await self._send(events, again=self.dice.random() < 0.5)

    async def _send(self, events: list[Event], *, again: bool) -> int:
        """Post one body; the status of the answer, 0 for none in time."""
        if again:
            events = [{**event, "deliveryContext": {"isRedelivery": True}} for event in events]
            for event in events:
                if event.get("replyToken") in self.line._tokens:
                    self.line.renew_reply_token(event["replyToken"])
        raw = json.dumps({"destination": self.line.bot_id, "events": events}, ensure_ascii=False).encode()
        headers = {
            "content-type": "application/json; charset=utf-8",
            "x-line-signature": sign(raw, self.line.channel_secret),
        }
        began = time.monotonic()
        status = await self._post(raw, headers)
        self.answers[status] += 1
        if status == _LATER:
            self.later_s.append(time.monotonic() - began)
        return status

    async def _post(self, raw: bytes, headers: dict[str, str]) -> int:
        timeout = aiohttp.ClientTimeout(total=self.patience_s)
        try:
            url = f"{self.choose()}{self.path}"
            async with self.http.post(url, data=raw, headers=headers, timeout=timeout) as answer:
                return answer.status
        except (aiohttp.ClientError, TimeoutError, OSError):
            return _NOTHING

    def _spawn(self, work: Any) -> None:
        task = asyncio.create_task(work)
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)
