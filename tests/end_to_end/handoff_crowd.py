"""People who fill in forms by the hundred, over the real runner and the real desk of the page, while things go wrong."""

from __future__ import annotations

import secrets
from collections.abc import AsyncIterator, Awaitable, Callable, Iterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field, replace
from datetime import datetime
from itertools import count
from typing import Any

from bot.core.filling import stamp
from bot.core.inputs import Input, Tapped, Typed
from bot.core.model import Choice, ChoiceId, PersonKey, Session, StateId, VisitId
from bot.core.stated import Stated
from bot.errors import StoreDown
from bot.form.review import hash_lines
from bot.front.form_turn import insist
from bot.isolating import Isolation, Patience
from bot.page_desk import PageDesk
from bot.ports import Address, Inbound, Sealed, Sent
from bot.runner import Runner
from bot.store.sql import SqlStore
from bot.taking import GATHER
from bot.wiring.common import build_engine, new_page, new_token
from bot.wiring.talking import Talking
from bot.wiring.understanding import load_understanding
from tests.end_to_end.handoff_planting import Canaries, Mishaps
from tests.end_to_end.service import load_pack_once

MISHAPS = ("store", "seal", "render", "receipt")
AGREED = {"use_contact": "yes", "use_special": "yes", "use_refer": "no"}
USES = {"contact": True, "special": True, "refer": False, "safe_person": False}
SEND = "handoff_send"


# ─── Things that go wrong ─────────────────────────────────────────────────────


@dataclass
class FailingStore:
    """Fails at the last moment, when everything is written and nothing is committed."""

    store: SqlStore
    mishaps: Mishaps

    @asynccontextmanager
    async def transaction(self) -> AsyncIterator[Any]:
        async with self.store.transaction() as tx:
            yield tx
            if self.mishaps.strikes("store"):
                raise StoreDown("the database went away")

    def __getattr__(self, name: str) -> Any:
        return getattr(self.store, name)


@dataclass
class FailingSealer:
    """Fails as libraries do: with what it was given in its own words."""

    sealer: Any
    mishaps: Mishaps

    def seal(self, plain: bytes, **how: Any) -> Sealed:
        if self.mishaps.strikes("seal"):
            raise ValueError(f"cannot encrypt {plain.decode()}")
        return self.sealer.seal(plain, **how)  # type: ignore[no-any-return]  # the real one

    def __getattr__(self, name: str) -> Any:
        return getattr(self.sealer, name)


@dataclass
class FailingVoice:
    """The same where sentences are filled in."""

    voice: Any
    mishaps: Mishaps

    def render(self, said: Any, session: Session, now: datetime, **how: Any) -> Any:
        if session.draft and self.mishaps.strikes("render"):
            raise KeyError(dict(session.draft))
        return self.voice.render(said, session, now, **how)

    def __getattr__(self, name: str) -> Any:
        return getattr(self.voice, name)


# ─── People ───────────────────────────────────────────────────────────────────


def _read_in_vain(text: str) -> Stated:
    """Read it as the program does, which must leave no trace; but characters by chance are no cry for help."""
    load_understanding()(text)
    return Stated()


@dataclass
class Crowd:
    """People who fill in forms, over one store; `drafts` is what each of them wrote."""

    talking: Talking
    store: SqlStore
    canaries: Canaries
    mishaps: Mishaps
    drafts: list[dict[str, str]] = field(default_factory=list)
    _numbers: Iterator[int] = field(default_factory=lambda: count(1))

    def __post_init__(self) -> None:
        failing = FailingStore(self.store, self.mishaps)
        voice: Any = FailingVoice(self.talking.speaker, self.mishaps)
        real = self.talking.desk.submitting
        receipts = self._make_receipts(real.new_receipt)
        sealer: Any = FailingSealer(real.sealer, self.mishaps)
        submitting = replace(real, sealer=sealer, new_receipt=lambda: next(receipts))
        engine = build_engine(load_pack_once(), understand=_read_in_vain)
        handing = replace(self.talking.runner.handing, engine=engine, submitting=submitting)
        parts: Any = {"engine": engine, "store": failing, "voice": voice, "handing": handing}
        self.runner: Runner = replace(self.talking.runner, **parts)
        self.isolation = Isolation(
            self.runner,
            store=failing,  # type: ignore[arg-type]  # as the real one
            vault=self.runner.vault,
            voice=voice,
            clock=self.runner.clock,
            sorries={"zh_TW": self.talking.speaker.sorry("zh_TW")},
            senders={},
            quarantine=self.store.quarantine,
            patience=Patience(()),
        )
        self.desk: PageDesk = replace(self.talking.desk, store=failing, voice=voice, submitting=submitting)  # type: ignore[arg-type]  # as the real one

    def _make_receipts(self, new_receipt: Callable[[], str]) -> Iterator[str]:
        """Give one a second time now and then: the database itself refuses it."""
        last = new_receipt()
        while True:
            last = last if self.mishaps.strikes("receipt") else new_receipt()
            yield last

    def _find_consent(self) -> Choice:
        """A choice by which somebody agrees to a use."""
        choices = (choice for state in self.runner.engine.flow.states.values() for choice in state.choices)
        return next(choice for choice in choices if any(key.startswith("use_") for key in choice.sets))

    def person(self, user_id: str) -> PersonKey:
        return self.runner.vault.person_key("line", user_id)

    async def plant(self, state: str, draft: dict[str, str]) -> str:
        """Let somebody be at a place of the conversation with this filled in; returns who."""
        user_id = f"U{next(self._numbers):032x}"
        now = self.runner.clock()
        begun = self.runner.engine.begin(VisitId(secrets.token_hex(4)), "zh_TW", now)
        pocket = {"begun": "yes", "reviewing": "yes"} if draft else {}
        answers = {"age_now": "adult", "about": "self", **(AGREED if draft else {})}
        session = replace(
            begun, turn=1, state=StateId(state), answers=answers, draft=draft, pocket=pocket, sent_at=now
        )
        if draft:
            session = stamp(session, self._find_consent(), self.runner.engine._fields)
        async with self.store.transaction() as tx:
            await tx.save_session(self.person(user_id), session, expected_version=None)
        return user_id

    async def do(self, user_id: str, what: Input) -> Any:
        """Deliver what somebody does on LINE; what goes wrong is noted, and it is delivered again."""
        number = next(self._numbers)
        inbound = Inbound(
            "line", user_id, f"event-{number}", what, reply_to=Address(user_id, f"token-{number}"), message_id=str(number)
        )  # fmt: skip
        return await self.insist(lambda: self.isolation.receive(inbound))

    async def insist(self, act: Callable[[], Awaitable[Any]]) -> Any:
        """Try until the store answers."""
        while True:
            try:
                return await act()
            except StoreDown as fault:
                self.mishaps.note(fault)

    async def find(self, user_id: str) -> Session | None:
        stored = await self.store.look(self.person(user_id))
        return stored.session if stored else None

    async def tap(self, user_id: str, *choices: str) -> None:
        for choice in choices:
            session = await self.find(user_id)
            assert session is not None
            await self.do(user_id, Tapped(ChoiceId(choice), session.visit, session.turn))

    async def write(self, user_id: str, text: str) -> None:
        """Read what was said, and write; once more where an apology came instead of the next question."""
        await self._deliver()
        before = await self.find(user_id)
        await self.do(user_id, Typed(text))
        if await self.find(user_id) == before:
            await self._deliver()
            await self.do(user_id, Typed(text))

    async def _deliver(self) -> None:
        for letter in await self.store.claim_due(self.runner.clock() + 2 * GATHER, 1_000):
            await self.store.mark_sent(letter)

    async def send_in_chat(self, user_id: str) -> None:
        """Press until it is sent: an apology is no reason to give up."""
        for _ in range(len(MISHAPS) + 1):
            session = await self.find(user_id)
            assert session is not None
            if session.state == "handoff_sent":
                assert session.draft == {}
                return
            await self.tap(user_id, "send")
        raise AssertionError("never sent")

    async def send_on_page(self, draft: dict[str, str]) -> None:
        """Take a link, open it, send what the page holds."""
        user_id, token, seat = await self.plant("handoff_page", {}), new_page(), new_token()
        now = self.runner.clock()
        async with self.store.transaction() as tx:
            await tx.load_session(self.person(user_id))
            await tx.add_page(self.person(user_id), token, now.replace(year=now.year + 1))
        assert await self.insist(lambda: insist(self.desk.open_page(token, seat)))
        shown = hash_lines(self.desk.submitting.list_lines(draft, "zh_TW", masked=False))

        async def submit() -> Any:
            came = self.desk.submit(seat, draft, USES, shown=shown, locale="zh_TW")
            return await insist(came)

        sent = await self.insist(submit)
        assert isinstance(sent, Sent), sent

    async def type_in_chat(self) -> str:
        """Write it all, message by message, each as the channel delivers it; returns who."""
        user_id = await self.plant("handoff_way", {})
        draft, make = self.canaries.make_draft(), self.canaries.make_words
        await self.tap(user_id, "chat")
        for key in ("name", "birth", "phone_mobile", "contact_time", "contact_way", "may_say"):
            await self.write(user_id, draft[key])
        await self.tap(user_id, "other_way")
        await self.write(user_id, draft["if_other_words"])
        await self.tap(user_id, "text_no", "days", "skip", "done", "next_page", "next_page")
        await self.write(user_id, draft["needs_other"])
        await self.tap(user_id, "done")
        for _ in range(3):
            await self.write(user_id, make(40))
        await self.write(user_id, f"{make(20)}\n{make(20)}")
        await self.tap(user_id, "done", "fine", "yes", "yes", "no")
        session = await self.find(user_id)
        assert session is not None
        assert session.state == SEND
        assert len(session.draft["story"]) > 150
        self.drafts.append(dict(session.draft))
        return user_id
