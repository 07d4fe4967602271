"""A whole back office on a real socket with plausible handoffs, for walks and for pictures."""

from __future__ import annotations

import re
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path

from playwright.async_api import Browser, BrowserContext

from bot.office.app import create_office
from bot.office.auth import ensure_demo_account
from bot.office.passwords import Passwords
from tests.office.fakes import CHEAP, PROMPT
from tests.office.world import World, open_world
from tests.serving import serve_beside

PASSWORD = "four words of the demo"
#: The demo's members, by their rights.
MEMBERS = ("demo", "demo-admin", "demo-auditor")
SIZES: Mapping[str, int] = {"wide": 1280, "phone": 390}
_RECORD = {
    "name": "林小雨", "gender": "female", "birth": "1990-05-20", "phone_mobile": "0912-345-678",
    "phone_work": "02-2345-6789#12", "contact_time": "平日晚上7點後", "contact_way": "直接打電話", "safe_name": "陳小美",
    "safe_phone_mobile": "0922-333-444", "safe_relation": "同事", "call_number": "mobile", "may_say": "說是讀書會的朋友",
    "if_other": "wrong_number", "may_text": "no", "speak": "中文", "needs": "legal,therapy", "types": "t4,t6",
    "story": "有人把我的照片放到群組，\n我還沒有跟家裡說。",
}  # fmt: skip
#: County, urgency, hours ago.
_SENT = (
    ("臺北市", "today", 0), ("新北市", "days", 2), ("高雄市", "no_hurry", 30), ("花蓮縣", "days", 5), ("", "", 50),
)  # fmt: skip


@dataclass
class Place:
    """A running office. `handoffs`: ids, the first one with a correction asked, the second one to be taken back."""

    url: str
    world: World
    handoffs: tuple[str, ...]

    async def sign_in(
        self, browser: Browser, name: str, size: str = "wide", tongue: str = "zh-TW"
    ) -> BrowserContext:
        """Sign in through the page, as a member does."""
        viewport = {"width": SIZES[size], "height": 900}
        context = await browser.new_context(locale=tongue, viewport=viewport, base_url=self.url)  # type: ignore[arg-type]
        page = await context.new_page()
        await page.goto("/login")
        await page.fill("#name", name)
        await page.fill("#password", PASSWORD)
        await page.locator('form[action="/login"] button[type=submit]').click()
        await page.wait_for_url(re.compile(f"{re.escape(self.url)}/(queue)?$"))
        return context


@asynccontextmanager
async def serve_office(folder: Path) -> AsyncIterator[Place]:
    """Serve an office with the demo's members and a handful of handoffs."""
    async with open_world(folder) as world:
        parts = world.parts
        passwords = Passwords(CHEAP, demo=True)
        await ensure_demo_account(parts.staff, PASSWORD, clock=world.clock, demo=True, passwords=passwords)
        handoffs = tuple([await _send(world, *one) for one in _SENT])
        await world.ask(handoffs[0], "correct", "請改打公司電話")
        await world.ask(handoffs[1], "withdraw")
        async with serve_beside(
            lambda url: create_office(parts, demo=True, origin=url, limits=PROMPT, cost=CHEAP)
        ) as url:
            yield Place(url, world, handoffs)


async def _send(world: World, county: str, urgency: str, hours: int) -> str:
    world.clock.pass_by(-timedelta(hours=hours))
    more = {key: value for key, value in (("county", county), ("urgency", urgency)) if value}
    sent = await world.send({**_RECORD, **more, "phone_mobile": f"0912-000-{len(world.accounts) + hours:03}"})
    world.clock.pass_by(timedelta(hours=hours))
    return sent
