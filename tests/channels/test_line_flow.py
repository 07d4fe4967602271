"""The real conversation on LINE: every state in every language, as each person may see it."""

from __future__ import annotations

import json
from collections.abc import Iterable
from dataclasses import replace
from datetime import date
from functools import cache

import httpx
import pytest

from bot.channels.line_messages import encode
from bot.core.issues.answers import find_settable
from bot.core.issues.replies import _tell_apart
from bot.core.model import Look
from bot.core.reply import Reply
from bot.pack import load_pack
from bot.wiring.checking import _render
from tests.channels.line_drawing import Json, judge, said_in
from tests.counting_lines import unmeasured
from tests.fakes.line_rules import find_complaints
from tests.fakes.line_server import FakeLineServer

#: Inside the life of every fact: what is overdue is another test's.
DAY = date(2026, 11, 20)
LOOKS: tuple[Look, ...] = ("plain", "card", "list", "preview")


@cache
@unmeasured()
def replies() -> tuple[Reply, ...]:
    """Every reply that differs from the others in what it says, with any answers that change it."""
    pack = load_pack()
    render, settable = _render(pack, DAY), find_settable(pack.flow)
    said = (
        render(state.id, {**answers, "channel": "line"}, locale)
        for state in pack.flow.states.values()
        for answers in _tell_apart(state, pack.flow, settable)
        for locale in pack.catalogs.locales
    )
    return tuple({(one.bubbles, one.buttons, one.look): one for one in said}.values())


def largest(count: int) -> list[Reply]:
    return sorted(replies(), key=lambda reply: len(json.dumps(encode(reply))), reverse=True)[:count]


def squeeze(texts: Iterable[str]) -> str:
    return "".join("".join(texts).split())


def is_within(wanted: str, said: str) -> bool:
    """Whether every character stands there, in order."""
    rest = iter(said)
    return all(one in rest for one in wanted)


def test_there_is_something_to_say() -> None:
    """In more than one language."""
    assert len({reply.locale for reply in replies()}) > 1


@pytest.mark.parametrize("look", LOOKS)
def test_every_state_fits_and_loses_nothing_however_it_looks(look: Look) -> None:
    """Within five messages and all of LINE's limits, with every word and every number to type."""
    for one in replies():
        reply = replace(one, look=look)
        messages = encode(reply)

        assert find_complaints(messages) == []
        said = squeeze(words for message in messages for words in said_in(message))
        assert is_within(squeeze(reply.bubbles), said)
        labels = [f"{number} {button.label}" for number, button in enumerate(reply.choices, start=1)]
        assert all(squeeze([label]) in said for label in labels)


def test_no_choice_is_said_as_text_for_want_of_room() -> None:
    """The drawing of a question holds every question that there is."""
    assert {encode(reply)[-1]["type"] for reply in replies() if reply.choices} == {"flex"}


def test_a_lock_screen_shows_no_label_and_no_bubble() -> None:
    """Whatever is drawn, in each language one and the same sentence stands there."""
    alts: dict[str, set[str]] = {}
    for reply in replies():
        shown = {message["altText"] for message in encode(reply) if message["type"] == "flex"}
        told = {*reply.bubbles, *(button.label for button in reply.buttons)}
        assert not told & shown
        alts.setdefault(reply.locale, set()).update(shown)
    assert {len(shown) for shown in alts.values()} == {1}


async def test_the_largest_are_taken_by_line_and_its_sdk(line: FakeLineServer) -> None:
    """Each in its worst look, by LINE's own way of asking whether a reply would do."""
    shown: list[list[Json]] = [encode(replace(reply, look=look)) for reply in largest(5) for look in LOOKS]
    headers = {"authorization": f"Bearer {line.access_token}"}
    async with httpx.AsyncClient(base_url=line.base_url, headers=headers, trust_env=False) as api:
        for messages in shown:
            judge(messages)
            answer = await api.post("/v2/bot/message/validate/reply", json={"messages": messages})
            assert (answer.status_code, answer.json()) == (200, {})
