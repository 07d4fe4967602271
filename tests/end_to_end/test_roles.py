"""Both programs over PostgreSQL, each under its own role: what the walls give is enough for all of the work, from the tap to the paper."""

from __future__ import annotations

import re
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest

from bot.office.joining import build_members
from bot.store.grants import grant
from tests.end_to_end.handoff_people import NOTICES, SHORT_WAY, arrive_at, fill_page, take_page, tell
from tests.end_to_end.handoff_world import BRIEFLY, agree, in_a_hurry
from tests.end_to_end.people import open_world
from tests.end_to_end.test_tap_to_desk import print_form, quick_start, sign_in, work_on_it
from tests.office import world as offices
from tests.store.conftest import FRONT_ROLE, OFFICE_ROLE, as_role, make_role

__all__ = ["in_a_hurry", "quick_start"]  # fixtures

pytestmark = [pytest.mark.usefixtures("in_a_hurry"), pytest.mark.postgres]
GOOD = "渡船頭五點半有魚可以買回家煮"


@pytest.fixture
def walled_url(postgres_server: Any, postgres_url: str) -> str:
    """A migrated database whose two roles have the rights that `grant` gives, and no others."""
    for role in (FRONT_ROLE, OFFICE_ROLE):
        make_role(postgres_server, role)
    grant(postgres_url, front_role=FRONT_ROLE, office_role=OFFICE_ROLE)
    return postgres_url


async def test_from_the_tap_to_the_paper_each_side_has_its_own_role(tmp_path: Path, walled_url: str) -> None:
    """T10: sent under the one, opened, noted and printed under the other; then every page of a member's menu."""
    async with open_world(tmp_path, as_role(walled_url, FRONT_ROLE)) as world:
        person = await arrive_at(world, "web", SHORT_WAY, NOTICES)
        visitor = await take_page(world, person)
        await fill_page(visitor, BRIEFLY)
        receipt = await agree(visitor)
        office_url = as_role(walled_url, OFFICE_ROLE)
        settings = world.service.settings.model_copy(update={"database_url": office_url})
        assert settings.database == office_url
        async with sign_in(settings) as member:
            await work_on_it(member)
            assert "林小雨" in await print_form(member)
            for path in ("/", "/queue", "/exports", "/figures", "/keeping", "/vault", "/me"):
                await member.go(path)
        assert await tell(person, receipt)


async def test_the_office_manages_its_people_under_its_own_role(tmp_path: Path, walled_url: str) -> None:
    """T10: inviting, joining, rights, disabling, the log, and closing what nobody uses."""
    async with offices.open_world(tmp_path, database_url=as_role(walled_url, OFFICE_ROLE)) as world:
        await world.hire("甲", "accounts")
        await world.hire("丙", "list", "audit")
        chief, auditor = await world.sign_in("甲"), await world.sign_in("丙")
        page = (await chief.post("/accounts/invite", {"name": "乙", "right": ["list", "open"]})).text
        [link] = set(re.findall(r"/join/[\w-]{30,60}", page))
        async with world.visit() as newcomer:
            await newcomer.get(link)
            form = {"way": "password", "password": GOOD, "again": GOOD}
            answer = await offices.Browser(newcomer, newcomer.cookies["office-form"]).post(link, form)
            assert (answer.status_code, answer.headers["location"]) == (303, "/me")
        joined = await world.parts.staff.find_account("乙")
        assert joined
        for step, fields in (("rights", {"right": ["list"]}), ("disable", {})):
            answer = await chief.post(f"/accounts/{joined.id}/{step}", fields)
            assert answer.status_code == 303, step
        for path in ("/accounts", f"/accounts/{joined.id}", "/keys", "/me", "/me/totp", "/me/passkeys"):
            assert (await chief.get(path)).status_code == 200, path
        for path in ("/audit", "/queue", "/keeping", "/figures", "/figures.csv"):
            assert (await auditor.get(path)).status_code == 200, path
        assert (await auditor.post("/audit/check")).status_code == 200
        world.clock.pass_by(timedelta(days=200))
        assert await build_members(world.parts).disable_idle(world.clock()) == 1
