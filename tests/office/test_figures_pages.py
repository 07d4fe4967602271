"""The page of figures and its file: who may see them, what they say, and what they never say."""

from __future__ import annotations

import csv
import io
import re
from collections.abc import AsyncIterator
from dataclasses import replace
from datetime import date, timedelta
from pathlib import Path

import pytest

from bot.core.tally import FIXED
from bot.desk.figures import CHANNELS, LANGUAGES
from bot.errors import AuditDown
from bot.office.app import create_office
from bot.office.words.figures import NAMES, TABLES
from bot.ports import Counted
from tests.office.fakes import CHEAP, PROMPT
from tests.office.world import ORIGIN, Browser, World, open_world, read_text

YESTERDAY = date(2026, 11, 19)


@pytest.fixture
async def world(tmp_path: Path) -> AsyncIterator[World]:
    async with open_world(tmp_path) as opened:
        await opened.hire("林社工", "list")
        yield opened


@pytest.fixture
async def her(world: World) -> Browser:
    """A social worker who may list."""
    return await world.sign_in("林社工")


async def put(world: World, days_ago: int = 1, **counts: int) -> None:
    """Count `kind__name` so often."""
    named = {tuple(key.split("__", 1)): count for key, count in counts.items()}
    await world.parts.tally.add(YESTERDAY - timedelta(days=days_ago - 1), named)  # type: ignore[arg-type]  # pairs


async def read_csv(her: Browser, path: str = "/figures.csv") -> dict[str, str]:
    """Return code → count."""
    page = await her.get(path)
    assert page.status_code == 200
    _, *rows = csv.reader(io.StringIO(page.content.decode("utf-8-sig")))
    return {code: count for _, code, _, count in rows}


@pytest.mark.parametrize("path", ["/figures", "/figures.csv"])
async def test_only_who_may_list_sees_them(world: World, path: str) -> None:
    """T6."""
    await world.hire("管理員", "accounts", "audit")
    assert (await (await world.sign_in("管理員")).get(path)).status_code == 403
    assert (await world.visit().get(path)).headers["location"] == "/login"
    assert (await world.visit().post(path)).status_code == 404


@pytest.mark.parametrize("period", ["week", "month", "year", "", "<script>", "week' OR 1=1"])
async def test_a_period_is_chosen_by_its_address(her: Browser, world: World, period: str) -> None:
    """What is none is the month, and is never repeated."""
    await put(world, channel__web=30)
    page = await her.get("/figures", params={"period": period})
    known = period if period in {"week", "month", "year"} else "month"
    assert page.status_code == 200
    assert f'href="/figures?period={known}" aria-current="page"' in page.text
    assert "OR 1=1" not in page.text


async def test_a_page_says_what_was_counted(her: Browser, world: World) -> None:
    """With the names that the file gives, in the language of the reader."""
    await put(world, channel__web=30, channel__line=12, track__self=20, track__friend=9, handoff__page=6)
    await put(world, first_call__1_4h=9)
    english = read_text((await her.get("/figures")).text)
    assert "New conversations 42" in english
    assert "Handoffs sent 6" in english
    assert "half of them waited 1 to 4 hours" in english
    assert "Themselves" in english
    chinese = read_text((await her.get("/figures?lang=zh_TW")).text)
    assert "新的對話 42" in chinese
    assert "認識的人" in chinese


async def test_few_are_not_told(her: Browser, world: World) -> None:
    """T6: on the page and in the file, also when they were many names at one hour."""
    await put(world, channel__web=3, hour__03=3, track__self=3, type__threat=3, alarm__crisis=1)
    page, rows = await her.get("/figures"), await read_csv(her)
    assert "New conversations under 5" in read_text(page.text)
    assert set(re.findall(r'class="count">\s*(\d+)\s*<', page.text)) <= {"0"}
    assert {rows[code] for code in ("contacts", "hour.03", "track.self", "type.threat", "alarm.crisis")} == {
        "—"
    }
    assert {count for count in rows.values() if count != "—"} <= {"0"}


async def test_no_bar_is_longer_than_its_number_tells(her: Browser, world: World) -> None:
    """T6: a hidden number has a bar of no length, on every chart."""
    await put(world, channel__web=40, channel__line=2, channel__telegram=2)
    page = (await her.get("/figures")).text
    table = page[page.index('id="figure-channel"') :].partition("</table>")[0]
    assert re.findall(r'bar-long" x="0" y="0" width="([\d.]+)"', table) == ["0.0", "0.0", "100.0", "0.0"]


async def test_the_page_needs_no_script_and_no_style(her: Browser, world: World) -> None:
    """T20: drawn with marks that the strict policy lets pass, and readable as tables."""
    await put(world, channel__web=40)
    page = await her.get("/figures")
    assert "style-src 'self'" in page.headers["content-security-policy"]
    assert " style=" not in page.text
    assert "<style" not in page.text
    assert page.text.count("<script") == 1
    assert page.text.count('<svg class="bar"') == page.text.count('aria-hidden="true" focusable')


async def test_the_file_is_noted_before_it_is_given(her: Browser, world: World) -> None:
    """Who took which period with them."""
    await put(world, channel__web=40)
    page = await her.get("/figures.csv?period=year")
    (line,) = await world.parts.log.read_last(limit=1)
    assert (line.act, line.actor) == ("figures_exported", world.accounts["林社工"])
    assert '"period":"year"' in line.detail.replace(" ", "")
    assert page.headers["content-disposition"] == 'attachment; filename="figures-year-20261119.csv"'
    assert page.headers["content-type"] == "text/csv; charset=utf-8"


class NoAudit:
    """A log that cannot be written."""

    async def write(self, act: str, **_: object) -> None:
        raise AuditDown("the disk is full")


async def test_what_cannot_be_noted_is_not_given(world: World) -> None:
    """SECURITY §1 rule 9; to look at the page needs no line."""
    app = create_office(
        replace(world.parts, audit=NoAudit()), demo=True, origin=ORIGIN, limits=PROMPT, cost=CHEAP
    )
    her = await replace(world, app=app).sign_in("林社工")
    refused = await her.get("/figures.csv")
    assert refused.status_code == 503
    assert "contacts" not in refused.text
    assert (await her.get("/figures")).status_code == 200


async def test_a_name_in_the_file_cannot_become_a_formula(world: World) -> None:
    """T18, T20: the names come from a file that people edit."""
    (group, *rest) = world.parts.statistics.groups
    evil = replace(group.names[0], label="=1+1<script>", label_en="=1+1<script>")
    odd = replace(group, title="@SUM(A1)", title_en="@SUM(A1)", names=(evil, *group.names[1:]))
    parts = replace(world.parts, statistics=replace(world.parts.statistics, groups=(odd, *rest)))
    app = create_office(parts, demo=True, origin=ORIGIN, limits=PROMPT, cost=CHEAP)
    her = await replace(world, app=app).sign_in("林社工")
    cells = (await her.get("/figures.csv")).content.decode("utf-8-sig")
    assert '"\'@SUM(A1)"' in cells
    assert '"\'=1+1<script>"' in cells
    assert "=1+1&lt;script&gt;" in (await her.get("/figures")).text


async def test_a_name_that_is_on_no_list_is_told_among_the_others(her: Browser, world: World) -> None:
    """A new language, or an option that is no longer in the file."""
    await put(world, language__ja=12, track__old=9)
    page = read_text((await her.get("/figures")).text)
    assert " Other 12 " in page
    assert " Other 9 " in page


async def test_an_option_that_is_called_other_keeps_its_own_row(her: Browser, world: World) -> None:
    """No option is taken for what is on no list, and no row stands there twice."""
    await put(world, track__other=12, track__old=9)
    table = (await her.get("/figures")).text.partition('id="figure-track"')[2].partition("</table>")[0]
    row = read_text(table)
    assert " None of these, a number first 12 " in row
    assert " Other 9 " in row


async def test_the_page_and_the_file_hold_nothing_that_leads_to_anybody(her: Browser, world: World) -> None:
    """T3: a handoff that lies at the desk leaves no trace among the figures."""
    handoff_id = await world.send()
    await put(world, channel__web=40)
    for path in ("/figures", "/figures.csv"):
        page = (await her.get(path)).text
        assert handoff_id not in page
        assert "王小明" not in page


def test_every_row_of_the_service_has_a_name() -> None:
    """In both languages, and no name is left over."""
    listed = {**FIXED, "channel": CHANNELS, "language": LANGUAGES}
    assert set(TABLES) == set(listed)
    assert set(NAMES) == {f"{kind}.{code}" for kind, codes in listed.items() for code in codes}
    assert all(chinese and english for chinese, english in NAMES.values())


async def test_the_office_and_the_public_side_mean_the_same_days(world: World) -> None:
    """What was counted yesterday in Taiwan is there today, and what is counted today is there tomorrow."""
    await put(world, 1, channel__web=10)
    await put(world, 0, channel__web=10)
    her = await world.sign_in("林社工")
    assert (await read_csv(her))["contacts"] == "10"
    world.clock.pass_by(timedelta(hours=12))
    assert world.parts.statistics.groups
    her = await world.sign_in("林社工")
    assert (await read_csv(her))["contacts"] == "20"
    assert await world.parts.tally.read(YESTERDAY, YESTERDAY) == [Counted(YESTERDAY, "channel", "web", 10)]
