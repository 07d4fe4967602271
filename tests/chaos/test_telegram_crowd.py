"""Whoever judges people on Telegram finds each kind of harm that is done on purpose."""

from __future__ import annotations

import random
from collections import Counter
from collections.abc import Callable, Iterator
from types import SimpleNamespace
from typing import Any

import pytest

from bot.channels.telegram_updates import CHANNEL
from bot.crypto import RootVault
from tests.chaos import telegram as module
from tests.chaos.telegram import Telegram, TelegramCrowd, Texter

VAULT = RootVault(b"c" * 32)
BUTTONS = ["v=a&t=1&c=next"]


class OneLedger:
    """Says of everybody that they stand at one version, and which updates are stored."""

    def __init__(self, version: int, taken: set[str]) -> None:
        self.vault, self._version, self._taken = VAULT, version, taken

    async def look(self, user_id: str, channel: str) -> Any:
        return SimpleNamespace(version=self._version) if self._version else None

    async def list_taken(self) -> set[str]:
        return {VAULT.event_key(CHANNEL, one) for one in self._taken}


class SilentPost:
    """Acknowledges everything; nobody answers unless the test does."""

    def __init__(self) -> None:
        self.taken_ids: list[str] = []
        self.answers_with: list[Texter] = []

    async def deliver(self, event: dict[str, Any]) -> bool:
        self.taken_ids.append(event["webhookEventId"])
        for one in self.answers_with:
            one.hear(BUTTONS)
        return True

    async def settle(self) -> None:
        """Nothing is on its way."""


Opening = Callable[..., tuple[TelegramCrowd, Texter, SilentPost]]


@pytest.fixture
def open_crowd(monkeypatch: pytest.MonkeyPatch) -> Iterator[Opening]:
    """Open a crowd of one, whose conversation stands at a version, and of whom these updates are stored."""
    monkeypatch.setattr(module, "_PATIENCE_S", 0.01)
    telegram = Telegram()
    yield lambda version, *taken: _make_crowd(telegram, version, taken)
    telegram.console.close()
    telegram._socket.close()


def _make_crowd(
    telegram: Telegram, version: int, taken: tuple[str, ...]
) -> tuple[TelegramCrowd, Texter, SilentPost]:
    scene = SimpleNamespace(strays=[], seen=Counter())
    stage: Any = SimpleNamespace(ledger=OneLedger(version, set(taken)), scene=scene)
    post: Any = SilentPost()
    crowd = TelegramCrowd(telegram, stage, post)
    one = Texter(1_000, crowd, random.Random(1))
    crowd.telegram.people[1_000] = one
    return crowd, one, post


async def test_a_person_who_is_answered_each_time_is_no_case(open_crowd: Opening) -> None:
    crowd, one, post = open_crowd(1, "1:message")
    post.answers_with = [one]
    await one.act()
    await crowd.judge()
    assert crowd.stage.scene.strays == []


async def test_two_replies_to_one_update_are_a_double(open_crowd: Opening) -> None:
    """R2: they wait for each answer, so the second one is one too many."""
    crowd, one, post = open_crowd(1, "1:message")
    post.answers_with = [one, one]
    await one.act()
    assert [stray.partition(":")[0] for stray in crowd.stage.scene.strays] == ["doubled"]


async def test_silence_twice_is_a_person_left_alone(open_crowd: Opening) -> None:
    """R1: once may be a reply that a dying program had in hand, which must not be said twice."""
    crowd, one, _ = open_crowd(2)
    await one.act()
    assert crowd.stage.scene.strays == []
    await one.act()
    assert [stray.partition(":")[0] for stray in crowd.stage.scene.strays] == ["unanswered"]


@pytest.mark.parametrize(("version", "kind"), [(0, "lost"), (2, "doubled")])
async def test_each_update_moves_the_conversation_once(open_crowd: Opening, version: int, kind: str) -> None:
    """R1, R2: neither not at all nor twice."""
    crowd, one, post = open_crowd(version, "1:message")
    post.answers_with = [one]
    await one.act()
    await crowd.judge()
    assert [stray.partition(":")[0] for stray in crowd.stage.scene.strays] == [kind]


async def test_an_update_that_was_acknowledged_and_is_not_stored_is_lost(open_crowd: Opening) -> None:
    crowd, one, post = open_crowd(1)
    post.answers_with = [one]
    await one.act()
    await crowd.judge()
    assert [stray.partition(":")[0] for stray in crowd.stage.scene.strays] == ["lost"]
