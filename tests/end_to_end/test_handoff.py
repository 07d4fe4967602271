"""
From "yes, a social worker" to the desk, through the whole program: what was shown is what is sent, and nothing more.

By the page and by the chat, on every channel; and what somebody hears later who asks with the receipt.
"""

from __future__ import annotations

import json
import re
from pathlib import Path
from typing import Any

import pytest

from tests.end_to_end.handoff_people import (
    CONSENT,
    LONG_WAY,
    NOTICES,
    SHORT_WAY,
    Desk,
    arrive_at,
    choose,
    count_handoffs,
    fill_in_chat,
    fill_page,
    find_session,
    list_expected,
    read_chat_lines,
    read_page_lines,
    read_receipt,
    say_when,
    squeeze,
    take_page,
    tell,
)
from tests.end_to_end.handoff_world import BRIEFLY, STORY, agree, in_a_hurry, shared_world, world
from tests.end_to_end.people import Person, World, open_world
from tests.end_to_end.service import load_pack_once

__all__ = ["in_a_hurry", "shared_world", "world"]  # fixtures

pytestmark = [pytest.mark.asyncio(loop_scope="module"), pytest.mark.usefixtures("in_a_hurry")]

EVERY = ("line", "telegram", "web")
on_every_channel = pytest.mark.parametrize("channel", EVERY)

#: What is written on the page, step by step, as people write it.
WRITTEN: dict[str, dict[str, str | list[str]]] = {
    "who": {
        "name": "Nguyễn Thị Lan",
        "birth": "79/5/20",
        "phone_mobile": "0912345678",
        "contact_time": "平日中午",
        "phone_work": "(02)2345-6789轉12",
        "may_say": "說是讀書會的朋友",
        "if_other": ["wrong_number"],
        "may_text": ["no"],
        "urgency": ["today"],
        "speak": "越南語",
    },
    "more": {
        "gender": ["female"],
        "id_number": "a123456789",
        "county": "臺北市",
        "safe_name": "陳小美",
        "safe_phone_mobile": "0922-333-444",
        "safe_relation": "同事",
    },
    "what": {"types": ["t6"], "needs": ["legal", "therapy"], "story": STORY},
}
#: What the desk must read. `id_number` was struck; t4 came from the conversation.
SENT = {
    "name": "Nguyễn Thị Lan",
    "gender": "female",
    "birth": "1990-05-20",
    "county": "臺北市",
    "phone_work": "02-2345-6789#12",
    "phone_mobile": "0912-345-678",
    "contact_time": "平日中午",
    "safe_name": "陳小美",
    "safe_phone_mobile": "0922-333-444",
    "safe_relation": "同事",
    "may_say": "說是讀書會的朋友",
    "if_other": "wrong_number",
    "may_text": "no",
    "urgency": "today",
    "speak": "越南語",
    "story": STORY,
    "needs": "legal,therapy",
    "types": "t4,t6",
}
#: What the desk must read of what was told in the chat. `urgency` was taken out.
SAID = {
    "name": "林小雨",
    "birth": "1990-05-20",
    "phone_mobile": "0912-345-678",
    "contact_time": "平日晚上",
    "contact_way": "直接打電話",
    "may_say": "只說要找本人，不說單位、不說什麼事",
    "if_other": "hang_up",
    "may_text": "no",
    "county": "臺北市",
    "types": "t6",
    "needs": "legal",
    "story": "有人要傳我的照片。",
}


def desk_of(world: World, tmp_path: Path) -> Desk:
    return Desk(world.service.settings, tmp_path / "out")


# ─── What is shown is what is sent ────────────────────────────────────────────


@pytest.mark.parametrize(
    ("channel", "database"),
    [
        ("line", "sqlite_url"),
        ("telegram", "sqlite_url"),
        ("web", "sqlite_url"),
        pytest.param("telegram", "postgres_url", marks=pytest.mark.postgres),
    ],
)
async def test_the_desk_reads_exactly_what_the_page_showed(
    tmp_path: Path, request: pytest.FixtureRequest, channel: str, database: str
) -> None:
    """Filled in on the page, looked over, one line struck, agreed to, sent: JSON and paper hold that and no more."""
    async with open_world(tmp_path, request.getfixturevalue(database)) as world:
        person = await arrive_at(world, channel, LONG_WAY, NOTICES)
        require_notices("\n".join(person.list_said()))
        visitor = await take_page(world, person)
        require_notices(visitor.paper.said)
        await fill_page(visitor, WRITTEN)
        assert visitor.step == "review"
        await visitor.press("strike:id_number")
        shown = read_page_lines(visitor)
        receipt = await agree(visitor, "refer")

        desk = desk_of(world, tmp_path)
        (raw,) = await desk.export("json")
        [one] = json.loads(raw)["handoffs"]
        fields = one["record"]["fields"]
        assert fields == SENT
        assert shown == list_expected(fields, masked=False)
        assert "A123456789" not in raw.decode()
        assert one["record"]["consent"]["uses"] == {
            "contact": True, "special": True, "refer": True, "safe_person": False,
        }  # fmt: skip
        assert one["record"]["from_conversation"] == []
        if database == "sqlite_url":
            await require_on_paper(desk, fields, without=("A123456789",))
        await require_nothing_left(world, person)
        assert say_when("receipt_status", "receipt=working") in (await tell(person, receipt))


def require_notices(said: str) -> None:
    """All six are said, whole. Source: 個人資料保護法 8."""
    for notice in load_pack_once().form.notices.notices.values():
        assert all(squeeze(part) in squeeze(said) for part in re.split(r"\{[a-z]+\}", notice))


async def require_on_paper(desk: Desk, fields: dict[str, str], *, without: tuple[str, ...]) -> None:
    paper = await desk.print()
    form = load_pack_once().form
    for key, value in fields.items():
        if not form.fields[key].options and key != "birth":
            assert squeeze(value) in paper, key
    assert not [struck for struck in without if struck in paper]


async def require_nothing_left(world: World, person: Person) -> None:
    """The conversation holds nothing of what was sent, and its page has ended."""
    session = await find_session(world, person)
    assert session is not None
    assert session.draft == {}
    key = world.vault.person_key(person.channel, person.user_id)
    assert await world.count("SELECT count(*) FROM page_seat WHERE person = ?", key) == 0


@on_every_channel
async def test_the_desk_reads_exactly_what_the_chat_was_told(
    world: World, tmp_path: Path, channel: str, capsys: pytest.CaptureFixture[str]
) -> None:
    """One question at a time, one line taken out; then status, correction and withdrawal with the receipt."""
    person = await arrive_at(world, channel, SHORT_WAY, NOTICES)
    heard = await fill_in_chat(
        person, name="林小雨", birth="79/5/20", phone="0912345678", story=SAID["story"]
    )
    assert ("多急", "這幾天") in read_chat_lines(heard)
    reviewed = await choose(
        person,
        ("form_review", "edit"),
        ("form_change", "what"),
        ("form_change_what", "urgency"),
        ("form_urgency", "remove"),
    )
    shown = await choose(person, ("form_review", "fine"), *CONSENT)
    assert read_chat_lines(shown) == read_chat_lines(reviewed)
    heard = await choose(person, ("handoff_send", "send"))
    receipt = read_receipt(heard)
    assert "110" in heard
    await require_nothing_left(world, person)

    await require_status(person, receipt, "received")
    await choose(person, ("receipt_status", "correct"))
    assert "113" in await tell(person, "電話改成 0987-654-321")
    await choose(
        person,
        ("receipt_asked", "status"),
        ("receipt_status", "withdraw"),
        ("receipt_withdraw", "withdraw_yes"),
    )
    desk = desk_of(world, tmp_path)
    one = await desk.read_only()
    assert one["record"]["fields"] == SAID
    assert read_chat_lines(shown) == list_expected(SAID, masked=True)
    assert {(r["kind"], r["words"]) for r in one["requests"]} == {
        ("correct", "電話改成 0987-654-321"),
        ("withdraw", ""),
    }
    await desk.show_requests()
    assert "    | 電話改成 0987-654-321\n" in capsys.readouterr().out
    assert await count_handoffs(world) == 1  # T4: asking to take it back takes nothing away

    await desk.set_status(one["record"]["handoff_id"], "called")
    await require_status(person, receipt, "working")
    await desk.set_status(one["record"]["handoff_id"], "done")
    await require_status(person, receipt, "closed")
    if channel == "web":
        await require_on_paper(desk, SAID, without=("A123456789",))


async def require_status(person: Person, receipt: str, status: str) -> None:
    heard = await tell(person, receipt)
    assert say_when("receipt_status", f"receipt={status}") in heard
    assert "113" in heard


async def test_whoever_else_asks_with_the_receipt_hears_the_same(world: World) -> None:
    """T3: the code is all that counts; a wrong one is answered as kindly, and neither says whose it is."""
    person = await arrive_at(world, "web", SHORT_WAY, NOTICES)
    visitor = await take_page(world, person)
    await fill_page(visitor, BRIEFLY)
    receipt = await agree(visitor)
    other = await world.meet("telegram")
    await require_status(other, receipt, "received")
    wrong = receipt[:-1] + ("2" if receipt[-1] != "2" else "3")
    await require_status(other, wrong, "unknown")


# ─── What the record says of itself ───────────────────────────────────────────


async def test_the_record_names_the_text_that_was_agreed_to(world: World, tmp_path: Path) -> None:
    """Its hash is that of the text that is kept word for word; times tell the hour; nothing names the channel."""
    person = await arrive_at(world, "line", LONG_WAY, NOTICES)
    visitor = await take_page(world, person)
    await fill_page(visitor, BRIEFLY)
    await agree(visitor)
    one: dict[str, Any] = await desk_of(world, tmp_path).read_only()
    record = one["record"]
    kept = await world._ask("SELECT sha256, text FROM consent_text")
    assert [(record["consent"]["text_sha256"])] == [sha for sha, _ in kept]
    assert all(use.text in kept[0][1] for use in load_pack_once().form.notices.uses)
    assert record["created_at"].endswith(":00:00Z")
    assert record["channel"] == ""
    assert record["from_conversation"] == ["types"]
