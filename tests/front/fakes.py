"""A small conversation, its words and its channel, for tests of the public program."""

from __future__ import annotations

import asyncio
import itertools
import tomllib
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path

import pytest
from starlette.applications import Starlette

from bot.channels.web import Web
from bot.core.inputs import Left, Picked, Tapped, Typed
from bot.core.model import NOT_YET, VisitId
from bot.core.reply import Button, Reply
from bot.errors import BadSignature, StoreDown
from bot.front.app import create_app
from bot.front.live import Live
from bot.ports import Address, Errand, Inbound, Received, Webhook

NOW = datetime(2026, 11, 20, 12, 0, tzinfo=UTC)
ROOT = Path(__file__).parents[2]
SOURCE_WORDS: Mapping[str, str] = tomllib.loads((ROOT / "flows/interface.toml").read_text("utf-8"))["words"]
#: A code that leads on, once.
CODE = "ABCDE-FGHJK"

#: The path of the fake conversation from its first question to its end, by button labels.
PATH_TO_END = ("現在可以", "是，有人威脅我", "先不用")

WAYS = {
    "human": "找真人",
    "back": "回上一步",
    "again": "重新開始",
    "erase": "清除全部",
    "language": "English",
    "leave": "離開",
}
STATES: Mapping[str, tuple[tuple[str, ...], Mapping[str, str]]] = {
    "start": (
        (
            "你好，這裡是自動回覆的小幫手，不是真人。你說的話會加密，24 小時後自動刪除。",
            "你現在方便說話嗎？旁邊有沒有讓你不放心的人？",
        ),
        {"what": "現在可以", "later": "不太方便"},
    ),
    "what": (
        ("謝謝你願意說，這不是你的錯。", "有人拿你的性影像威脅你，或已經散布出去了嗎？"),
        {"police": "是，有人威脅我", "rest": "我還不確定"},
    ),
    "police": (
        ("你可以報警，也可以不報，兩種都有人陪你。", "要不要先看看報警時可以帶什麼？"),
        {"list": "好，給我看清單", "rest": "先不用"},
    ),
    "later": (("沒關係，先顧好安全。有危險請打 110。",), {}),
    "list": (("先截圖，留下網址、帳號和時間。",), {}),
    "rest": (
        (
            "這些電話可以留著：\n110（有危險）\n113 保護專線（24 小時）\n性影像處理中心 02-6605-7373",
            "中心的網站：https://siarc.mohw.gov.tw/\n想找臺北市的社工：02-2361-5295 分機 226",
        ),
        {},
    ),
    "day": (("你是哪一天知道的？",), {"what": "不確定"}),
    "human": (("真人在這裡：113，24 小時都有人接。",), {"back": "回到剛才"}),
}
#: States in which a day can be picked, and where that leads.
DAY_LABELS = {"day": "那一天"}
AFTER_DAY = "list"
LOOKS = {"list": "list", "rest": "card"}
ENGLISH_WORDS = {
    **SOURCE_WORDS,
    "lang": "en",
    "title": "Notes",
    "title_waiting": "• Notes",
    "send": "Send",
    "exit": "Leave now",
}


@dataclass
class FakeInterface:
    """Chinese, and a little English when asked for it."""

    def words(self, locale: str) -> Mapping[str, str]:
        return ENGLISH_WORDS if locale.startswith("en") else SOURCE_WORDS


@dataclass
class FakeConversation:
    """
    Remembers people in a dict; `is_down` and `fault` break it; `says` replaces the next bubbles.

    `codes` lead to a state, once. `looks` counts how often somebody looked. A turn takes `is_slow_s` before it
    begins, and `waiting` counts those that have not.
    """

    is_down: bool = False
    fault: Exception | None = None
    failing: frozenset[str] = frozenset()
    says: tuple[str, ...] = ()
    silent: bool = False
    apologises: bool = False
    received: list[Inbound] = field(default_factory=list)
    where: dict[str, tuple[str, int, str]] = field(default_factory=dict)
    handled: set[str] = field(default_factory=set)
    codes: dict[str, str] = field(default_factory=dict)
    looks: int = 0
    visit: str = "visit-1"
    is_slow_s: float = 0.0
    waiting: int = 0

    async def receive(self, inbound: Inbound) -> Reply | None:
        if self.is_down or inbound.delivery_id in self.failing:
            raise StoreDown
        if self.fault:
            raise self.fault
        if not isinstance(inbound.what, Left):
            self.waiting += 1
            await asyncio.sleep(self.is_slow_s)
            self.waiting -= 1
        if inbound.delivery_id in self.handled:
            return await self.look(inbound.channel, inbound.user_id, locale=inbound.locale)
        self.handled.add(inbound.delivery_id)
        self.received.append(inbound)
        if isinstance(inbound.what, Left):
            self.where.pop(inbound.user_id, None)
            return None
        if self.apologises:
            return Reply(("出了點錯，請打 113。",), (), visit=NOT_YET, turn=0, locale="zh_TW")
        return None if self.silent else self._take(inbound)

    async def take_over(self, channel: str, user_id: str, code: str) -> Reply | None:
        if self.is_down:
            raise StoreDown
        if self.fault:
            raise self.fault
        state = self.codes.pop(code, None)
        if state is None:
            return None
        self.where[user_id] = (state, 7, "zh_TW")
        return await self.look(channel, user_id, locale="")

    async def look(self, channel: str, user_id: str, *, locale: str) -> Reply:
        self.looks += 1
        if self.is_down:
            raise StoreDown
        if self.fault:
            raise self.fault
        state, turn, spoken = self.where.get(user_id, ("start", 0, locale))
        return self._say(state, turn, self.visit if user_id in self.where else NOT_YET, spoken)

    def _take(self, inbound: Inbound) -> Reply:
        state, turn, spoken = self.where.get(inbound.user_id, ("start", 0, inbound.locale))
        if isinstance(inbound.what, Tapped) and inbound.what.id == "erase":
            self.where.pop(inbound.user_id, None)
            return Reply(("都清掉了。",), (), visit=VisitId(self.visit), turn=turn + 1, locale="zh_TW")
        if isinstance(inbound.what, Tapped) and inbound.what.id == "leave":
            return self._say("list", turn, self.visit, spoken, first="明天多雲，早晚偏涼。", leaving=True)
        if isinstance(inbound.what, Tapped) and inbound.what.id == "language":
            spoken = "en"
        elif isinstance(inbound.what, Tapped) and inbound.what.id in STATES and inbound.what.turn == turn:
            state, turn = inbound.what.id, turn + 1
        elif isinstance(inbound.what, Picked) and state in DAY_LABELS and inbound.what.turn == turn:
            state, turn = AFTER_DAY, turn + 1
        self.where[inbound.user_id] = (state, turn, spoken)
        first = "我還不懂這句話，先看看這些選項好嗎？" if isinstance(inbound.what, Typed) else ""
        return self._say(state, turn, self.visit, spoken, first=first)

    def _say(
        self, state: str, turn: int, visit: str, spoken: str, *, first: str = "", leaving: bool = False
    ) -> Reply:
        said, choices = STATES[state]
        bubbles = self.says or ((first,) if leaving else (*((first,) if first else ()), *said))
        buttons = [Button(id=key, label=label, kind="choice") for key, label in choices.items()]
        buttons += [Button(id=key, label=label, kind="way_out") for key, label in WAYS.items()]
        return Reply(
            bubbles=bubbles,
            buttons=() if leaving else tuple(buttons),
            visit=VisitId(visit),
            turn=turn,
            locale="en" if spoken.startswith("en") else "zh_TW",
            leaving=leaving,
            look=LOOKS.get(state, "plain"),
            day_label=DAY_LABELS.get(state, ""),
        )


@dataclass
class FakeWebhook:
    """Hands out what the test put in; a body of b"forged" is not from the channel."""

    inbounds: list[Inbound] = field(default_factory=list)
    errands: list[Errand] = field(default_factory=list)
    bodies: list[bytes] = field(default_factory=list)
    errands_run: list[Errand] = field(default_factory=list)
    waits_shown: list[Address] = field(default_factory=list)

    def read(self, raw: bytes, headers: Mapping[str, str]) -> Received:
        if raw == b"forged":
            raise BadSignature("signature")
        self.bodies.append(raw)
        return Received(tuple(self.inbounds), tuple(self.errands))

    async def run_errand(self, errand: Errand) -> None:
        self.errands_run.append(errand)

    async def show_waiting(self, address: Address) -> None:
        self.waits_shown.append(address)


def make_tokens() -> Callable[[], str]:
    """Tokens of the right shape, told apart by a number."""
    numbers = itertools.count(1)
    return lambda: f"token-{next(numbers):037d}"


async def be_ready() -> bool:
    return True


def make_app(
    conversation: FakeConversation,
    *,
    webhooks: Mapping[str, Webhook] | None = None,
    is_ready=be_ready,
    origin: str = "http://127.0.0.1:8080",
    demo: bool = False,
    interface: FakeInterface | None = None,
    live: Live | None = None,
    **others: object,
) -> Starlette:
    """Build the public program around a fake conversation; `others` as `create_app` has them."""
    return create_app(
        conversation=conversation,
        interface=interface or FakeInterface(),
        codec=Web(),
        webhooks=webhooks or {},
        is_ready=is_ready,
        origin=origin,
        demo=demo,
        new_token=make_tokens(),
        live=live,
        **others,
    )


def list_records(caplog: pytest.LogCaptureFixture) -> str:
    """Everything that was logged, with every field of every record: what an operator could read."""
    return "\n".join(str(vars(record)) for record in caplog.records)
