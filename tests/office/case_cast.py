"""Handoffs for the page of one: with what was agreed to and what came from buttons; and a log that cannot be written."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import replace
from hashlib import sha256
from typing import Any

from bot.desk.casework import Casework
from bot.errors import AuditDown, DeskClosed, StoreDown
from bot.form.record import read_record, write_record
from bot.office.app import create_office
from bot.ports import NewConsent, NewHandoff, StoredHandoff
from bot.wiring.common import new_id, new_receipt
from bot.wiring.talking import build_sealer
from tests.desk.export_cast import make_content, write_content
from tests.desk.sending import Sending
from tests.office.fakes import CHEAP, PROMPT
from tests.office.world import ORIGIN, Browser, World

AGREED = {"contact": True, "special": True, "refer": False, "safe_person": False}
#: Somebody who filled in a little of everything. Nobody real.
MEI = {
    "name": "陳怡君",
    "gender": "female",
    "birth": "1990-05-20",
    "id_number": "A234567893",
    "county": "臺北市",
    "district": "中山區",
    "address": "中山北路二段12巷3弄5號6樓",
    "address_secret": "yes",
    "phone_home": "02-2345-6789",
    "phone_mobile": "0912-345-678",
    "contact_time": "平日晚上七點後",
    "contact_way": "先傳電子郵件 yijun.chen@example.com",
    "call_number": "mobile",
    "may_say": "說是牙醫診所約診",
    "if_other": "other",
    "if_other_words": "說是送貨的，晚點再打",
    "may_text": "no",
    "urgency": "today",
    "speak": "台語",
    "safe_name": "陳怡婷",
    "safe_phone_mobile": "0987-654-321",
    "safe_relation": "姊姊",
    "story": "他說不復合就要傳給我的同事。\n我都存下來了。",
    "needs": "counselling,legal",
    "types": "t4,t6",
}
TOLD = ("types",)


async def send(
    world: World,
    fields: Mapping[str, str] = MEI,
    *,
    uses: Mapping[str, bool] = AGREED,
    told: tuple[str, ...] = (),
    text: str = "",
) -> str:
    """Send one as the public side does; `text`: what was consented to, else what people are shown. Returns its id."""
    at = world.clock().replace(minute=0, second=0, microsecond=0)
    handoff_id, consent_id, moment = new_id(), new_id(), at.strftime("%Y-%m-%dT%H:%M:%SZ")
    text = text or write_notices(world)
    digest = sha256(text.encode()).hexdigest()
    content = make_content(
        fields=fields, handoff_id=handoff_id, created_at=moment, from_conversation=list(told)
    )
    content["consent"] |= {"id": consent_id, "at": moment, "text_sha256": digest, "uses": dict(uses)}
    sealer = build_sealer(world.settings)
    record = write_record(read_record(write_content(content)))
    agreed = {"v": 1, "consent_id": consent_id, "handoff_id": handoff_id, **content["consent"]}
    consent = sealer.seal(write_content(agreed), purpose="consent", name=consent_id, at=at)
    sealed = sealer.seal(record, purpose="handoff", name=handoff_id, at=at)
    new = NewHandoff(handoff_id, new_receipt(), at, sealed, NewConsent(consent_id, text, digest, consent))
    await Sending(world.settings)._within(lambda tx: tx.add_handoff(new))
    return handoff_id


def write_notices(world: World) -> str:
    """What people are shown and agree to, in the shape in which it is kept."""
    notices = world.parts.form.notices
    told = {
        "version": notices.version,
        "locale": "zh_TW",
        "title": notices.title,
        "notices": {key: text.replace("{", "").replace("}", "") for key, text in notices.notices.items()},
        "uses": {use.id: use.text for use in notices.uses},
    }
    return json.dumps(told, ensure_ascii=False, sort_keys=True, separators=(",", ":"))


async def find(world: World, handoff_id: str) -> StoredHandoff:
    """Look at a handoff in the database."""
    stored = await world.parts.handoffs.find_handoff(handoff_id)
    assert stored is not None
    return stored


async def open_it(browser: Browser, handoff_id: str, reason: str = "first_call") -> str:
    """Open a handoff as a member does, and return the page."""
    answer = await browser.post(f"/handoffs/{handoff_id}/open", {"reason": reason})
    assert (answer.status_code, answer.headers["location"]) == (303, f"/handoffs/{handoff_id}")
    page = await browser.get(f"/handoffs/{handoff_id}")
    assert page.status_code == 200
    return page.text


class Down:
    """Something that cannot be done: a log, a sealer or a store, as it is asked."""

    async def write(self, *_: object, **__: object) -> None:
        raise AuditDown("the disk is full")

    def seal(self, *_: object, **__: object) -> Any:
        raise DeskClosed("one recipient")

    async def find_handoff(self, *_: object, **__: object) -> Any:
        raise StoreDown("away")


class Vanishing:
    """A store whose handoff is erased right after the first look."""

    def __init__(self, stored: StoredHandoff) -> None:
        self._left = [stored]

    async def find_handoff(self, handoff_id: str) -> StoredHandoff | None:
        return self._left.pop() if self._left else None

    async def set_status(self, *_: object, **__: object) -> bool:
        return False


def come_back(world: World, browser: Browser) -> Browser:
    """Return the same sign-in at the office as it is built now."""
    client = world.visit()
    client.cookies.set("office", browser.token)
    client.headers["accept-language"] = browser.client.headers["accept-language"]
    return Browser(client, browser.token)


def break_part(world: World, **parts: Any) -> None:
    """Build the office anew, with cases that are done with other parts."""
    cases = Casework(replace(world.parts.cases._parts, **parts))
    cases.openings = world.parts.cases.openings  # what is open stays open
    changed = replace(world.parts, cases=cases)
    world.app = create_office(changed, demo=True, origin=ORIGIN, limits=PROMPT, cost=CHEAP)
