"""Somebody who walks through the conversation, as people do: taps, words, pictures, twice, too soon, and away."""

from __future__ import annotations

import asyncio
import json
import random
import time
from collections import Counter
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Any

from bot.channels.line_events import decode
from bot.channels.taps import decode_tap
from bot.core.inputs import Tapped
from bot.core.model import StateId
from bot.ports import Inbound
from tests.chaos.clean import RECEIPT, Clean, Past, Shown, Stray, look, see
from tests.chaos.post import Line, Post

#: Choices that show something no two runs share, or need another page.
_LEFT_OUT = {"move", "page", "withdraw", "wipe"}
_WORDS = ("嗯", "1", "2", "我不知道", "謝謝", "他說要傳出去", "back", "重來", "好", "hello")
#: Longer than it takes to read a question. Source: core/breath.READING_TIME.
_READS_FOR_MS = 1500
#: A letter that a dead program held is taken up and settled by then. Source: store/sweep.
_AFTERMATH_S = 30.0


def _open_gate() -> asyncio.Event:
    gate = asyncio.Event()
    gate.set()
    return gate


@dataclass(slots=True)
class Scene:
    """
    What all of them share. `troubled_at`: when something last went wrong on purpose; `patience_s`: for an answer.

    `is_rough`: replies may get lost at any time; `may_fail`: a turn may end with an apology; `ahead`: by how much the
    program's clock may be now, in the order in which it may have come to be.
    """

    line: Line
    post: Post
    clean: Clean
    troubled_at: Callable[[], float]
    patience_s: float = 20.0
    is_rough: bool = False
    may_fail: bool = False
    ahead: Sequence[timedelta] = (timedelta(0),)
    strays: list[str] = field(default_factory=list)
    seen: Counter[str] = field(default_factory=Counter)
    #: Nobody begins anything while it is closed.
    gate: asyncio.Event = field(default_factory=_open_gate)


@dataclass
class Walker:
    """One person. `pasts` are what may have become of them so far."""

    user_id: str
    scene: Scene
    dice: random.Random
    pasts: list[Past] = field(default_factory=lambda: [Past()])
    events: int = 0
    replies: int = 0
    screen: list[str] = field(default_factory=list)
    old: list[str] = field(default_factory=list)
    is_gone: bool = False
    history: list[str] = field(default_factory=list)
    receipts: list[str] = field(default_factory=list)
    #: They had more possible pasts than are kept: whatever fits none of these may fit one that was dropped.
    is_cut: bool = False
    _shown: list[str] = field(default_factory=list)
    _arrived: asyncio.Event = field(default_factory=asyncio.Event)
    _sent_at: float = 0.0
    _ahead_ms: int = 0

    async def walk(self, steps: int) -> None:
        """Come, take so many steps, and stop wherever that is."""
        if not self.events and not self.screen:
            await self.do(self.make("follow", follow={"isUnblocked": False}))
        for _ in range(steps):
            if self.is_gone:
                return
            await self._step()

    async def do(self, *events: dict[str, Any], waits: bool = True) -> None:
        """Do something, and wait for what is said to it, but not for ever."""
        while not self.scene.gate.is_set():  # it may be closed again before whoever waits gets through
            await self.scene.gate.wait()
        before = self.pasts
        self.take(events)
        self._arrived.clear()
        is_taken = await self.scene.post.deliver(*events)
        if not is_taken:  # nobody was told that it is stored: it may be, or not
            self.pasts = [*self.pasts, *before]
        if waits:
            await self.listen()

    def take(self, events: Sequence[dict[str, Any]]) -> None:
        """Let a clean run take them, in every possible past."""
        is_troubled = self.scene.is_rough or self.scene.troubled_at() >= self._sent_at - _AFTERMATH_S
        self._sent_at = time.monotonic()
        for event in events:
            self.events += 1
            self.history.append(event["webhookEventId"])
            troubled = is_troubled or len(events) > 1
            before, inbound, cuts = self.pasts, self.read(event), self.scene.clean.cuts
            self.pasts = self.scene.clean.take(
                before, inbound, self.events, troubled=troubled, ahead=self.scene.ahead
            )
            self.is_cut |= self.scene.clean.cuts > cuts
            if self.scene.may_fail:
                self.pasts += self.scene.clean.sorry(before, self.events, inbound)

    def read(self, event: dict[str, Any]) -> Inbound:
        """Read an event as the program reads it."""
        (inbound,) = decode(json.dumps({"events": [event]}).encode(), datetime.now(UTC)).inbounds
        return inbound

    async def listen(self) -> None:
        """Wait for the answer, if there is to be one."""
        patience_s = self.scene.patience_s
        try:
            async with asyncio.timeout(patience_s):
                while not self.is_answered:
                    self._arrived.clear()
                    await self._arrived.wait()
        except TimeoutError:
            self.scene.seen["waited in vain"] += 1

    @property
    def is_answered(self) -> bool:
        """Whether in some possible past nothing more is to come."""
        return any(past.answered for past in self.pasts)

    def hear(self, messages: list[dict[str, Any]]) -> None:
        """See a reply. What no clean run would have said now is a stray."""
        shown = look(messages)
        fitting = [after for past in self.pasts if (after := see(past, shown)) is not None]
        self.replies += 1
        if fitting:
            self.pasts = fitting
        else:
            self._complain(shown)
        self.receipts += _find_receipts(messages)
        self._shown.append(f"{shown.visit} {shown.said}")
        if self.screen:
            self.old = self.screen
        self.screen = [data for data in _list_buttons(messages) if self._may_press(data)]
        self._arrived.set()

    def make(self, kind: str, *, replies: bool = True, **content: Any) -> dict[str, Any]:
        event = self.scene.line.make_event(self.user_id, kind, replies=replies, **content)
        return {**event, "timestamp": event["timestamp"] + self._ahead_ms}

    def press(self, data: str) -> dict[str, Any]:
        return self.make("postback", postback={"data": data})

    def write(self, text: str, *, reads: bool = True) -> dict[str, Any]:
        self._ahead_ms += _READS_FOR_MS if reads else 0
        return self.message(type="text", text=text, quoteToken="q")

    def message(self, **content: Any) -> dict[str, Any]:
        return self.make("message", message={"id": str(self.dice.randrange(10**17)), **content})

    def retire(self) -> None:
        """Leave for good: only what is needed to judge is kept."""
        self.old.clear()
        self._shown = self._shown[-3:]
        self.scene.line.forget(self.user_id)

    async def _step(self) -> None:
        roll = self.dice.random()
        if not self.screen or roll < 0.10:
            await self.do(self.write(self.dice.choice(_WORDS)))
        elif roll < 0.14:
            await self.do(self.message(type="sticker", quoteToken="q", packageId="446", stickerId="1988"))
        elif roll < 0.16:
            await self.do(self.message(type="image", quoteToken="q", contentProvider={"type": "line"}))
        elif roll < 0.20:  # pressed twice, both in one body
            data = self.dice.choice(self.screen)
            await self.do(self.press(data), self.press(data))
        elif roll < 0.23 and self.old:
            await self.do(self.press(self.dice.choice(self.old)))
        elif roll < 0.27:  # does not wait for the answer
            await self.do(self.press(self.dice.choice(self.screen)), waits=False)
        elif roll < 0.28:
            self.is_gone = True
            await self.do(self.make("unfollow", replies=False), waits=False)
        else:
            await self.do(self.press(self.dice.choice(self.screen)))

    def _may_press(self, data: str) -> bool:
        tap = decode_tap(data)
        if not isinstance(tap, Tapped):
            return False
        flow = self.scene.clean.engine.flow
        states = {past.stored.session.state for past in self.pasts if past.stored}
        choices = [
            flow.states[StateId(state)].find_choice(tap.id) for state in states if state in flow.states
        ]
        return not any(choice and choice.kind in _LEFT_OUT for choice in choices)

    def _complain(self, shown: Shown) -> None:
        if self.is_cut:
            return
        is_again = f"{shown.visit} {shown.said}" in self._shown
        kind = "doubled" if is_again else "strayed"
        expected = sorted({one.skeleton for past in self.pasts for one in past.coming})
        self.scene.seen[kind] += 1
        self.scene.strays.append(
            f"{kind}: {self.user_id} after {self.events} events saw [{shown.visit}] {shown.skeleton[:200]} …{shown.said[:160]}"
            f" expected one of {[one[:200] for one in expected]}"
        )


def _list_buttons(messages: list[dict[str, Any]]) -> list[str]:
    items = messages[-1].get("quickReply", {}).get("items", [])
    return [item["action"]["data"] for item in items if item["action"]["type"] == "postback"]


def _find_receipts(messages: list[dict[str, Any]]) -> list[str]:
    """Return the receipts that were told."""
    return sorted(set(RECEIPT.findall(json.dumps(messages, ensure_ascii=False))))


__all__ = ["Scene", "Stray", "Walker"]
