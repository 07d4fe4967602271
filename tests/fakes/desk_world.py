"""People who fill in the shipped form and hand it over, with everything around them in memory and the seals of glass."""

from __future__ import annotations

import json
from dataclasses import dataclass, field, replace
from itertools import count
from typing import Any

from bot.core.inputs import Input, Tapped, Typed, Unsent
from bot.core.model import ChoiceId, PersonKey, Session, StateId
from bot.core.reply import Reply
from bot.page_desk import PageDesk
from bot.ports import Inbound
from bot.runner import Runner
from bot.wiring.common import build_engine, build_speaker
from tests.core.cast import agree, paths, shipped, walk_to
from tests.fakes.handing import GlassSealer, make_handing
from tests.fakes.memory_store import MemoryClock, MemoryStore, PlainVault

#: What an adult may write whom everything is asked: nothing in it stands in a sentence of ours.
FILLED = {
    "name": "鸑鷟龘靐",
    "birth": "1987-06-05",
    "phone_mobile": "0971-717-737",
    "story": "饕餮夔龗在鼉鼇街",
}
AGREED = {"use_contact": "yes", "use_special": "yes", "use_refer": "no", "use_safe": "no"}


@dataclass
class DeskWorld:
    """One program: the real conversation and form over a store in memory. The desk is open until it is closed."""

    store: MemoryStore = field(default_factory=MemoryStore)
    clock: MemoryClock = field(default_factory=MemoryClock)
    sealer: GlassSealer = field(default_factory=lambda: GlassSealer(open=True))

    def __post_init__(self) -> None:
        self.engine = build_engine(shipped(), is_desk_open=self.sealer.is_open)
        self.voice = build_speaker(shipped(), is_desk_open=self.sealer.is_open)
        handing = make_handing(self.engine, shipped().form, self.sealer)
        self.submitting = handing.submitting
        visits, codes = count(1), count(2)
        self.runner = Runner(
            engine=self.engine,
            store=self.store,
            vault=PlainVault(),
            voice=self.voice,
            clock=self.clock,
            new_visit=lambda: f"visit-{next(visits)}",
            new_code=lambda: f"ABCDE-FGH2{next(codes)}",
            handing=handing,
        )
        self.desk = PageDesk(self.store, self.engine, self.voice, self.submitting, self.clock)

    def read_sealed(self, purpose: str = "handoff") -> list[dict[str, Any]]:
        """Look through the glass."""
        return [json.loads(plain) for kind, _, plain in self.sealer.sealed if kind == purpose]

    def set_status(self, status: str) -> None:
        """The desk goes on with every handoff."""
        self.store.rows.statuses = dict.fromkeys(self.store.rows.statuses, status)


@dataclass
class Visitor:
    """One person on one channel; replies come back at once, as on the page."""

    world: DeskWorld
    user_id: str = "her"
    channel: str = "web"
    reply: Reply | None = None
    sent: int = 0

    @property
    def person(self) -> PersonKey:
        return PersonKey(f"{self.channel}:{self.user_id}")

    @property
    def session(self) -> Session:
        return self.world.store.rows.sessions[self.person].session

    @property
    def state(self) -> str:
        return self.session.state

    @property
    def text(self) -> str:
        assert self.reply is not None
        return "\n".join(self.reply.bubbles)

    async def send(self, what: Input, **changes: Any) -> str:
        """Send one input two seconds after the last; returns what is said to it."""
        self.sent += 1
        self.world.clock.pass_by(seconds=2)
        inbound = Inbound(
            channel=self.channel,
            user_id=self.user_id,
            delivery_id=f"{self.user_id}-{self.sent}",
            what=what,
            sent_at=self.world.clock(),
            message_id=f"{self.user_id}-m{self.sent}" if isinstance(what, Typed) else "",
        )
        self.reply = await self.world.runner.attempt(replace(inbound, **changes))
        return self.text if self.reply else ""

    async def type(self, text: str, **changes: Any) -> str:
        return await self.send(Typed(text), **changes)

    async def tap(self, *buttons: str) -> str:
        for button in buttons:
            await self.send(self.draw(button))
        return self.text

    async def unsend(self, message_id: str) -> str:
        return await self.send(Unsent(), message_id=message_id)

    def draw(self, button: str) -> Tapped:
        """The button as it hangs under the question that stands now."""
        return Tapped(ChoiceId(button), self.session.visit, self.session.turn)

    async def follow(self, state: str) -> Visitor:
        """Go to a state by what anybody can press and type."""
        await self.type("哈囉")
        for act in paths()[StateId(state)]:
            await (self.type(act[1:]) if act.startswith("~") else self.tap(act))
        assert state == self.state
        return self

    async def stand_at(self, state: str = "handoff_send", **changes: Any) -> Visitor:
        """Stand somewhere with the form filled in and everything needed agreed to; `changes` are the session's."""
        await self.type("哈囉")
        there = walk_to(state).session
        now = self.world.clock()
        draft = {**FILLED, **changes.pop("draft", {})}
        answers = {**there.answers, **AGREED, **changes.pop("answers", {})}
        stored = self.world.store.rows.sessions[self.person]
        session = replace(there, visit=stored.session.visit, seen_at=now, sent_at=now, asked_at=now)
        draft = {key: value for key, value in draft.items() if value}
        session = replace(session, draft=draft, answers=answers, **changes)
        self.world.store.rows.sessions[self.person] = replace(stored, session=agree(session))
        return self

    async def hand_over(self, **draft: str) -> str:
        """Send a form; returns the receipt."""
        await self.stand_at(draft=draft)
        await self.tap("send")
        assert self.state == "handoff_sent"
        return self.world.store.rows.handoffs[-1].receipt
