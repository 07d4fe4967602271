"""The pages of the audit log: plain words, newest first, noted readings, the check, the copy."""

from __future__ import annotations

import csv
import io
import re
import sqlite3
from collections.abc import AsyncIterator
from datetime import timedelta
from pathlib import Path

import pytest
from sqlalchemy import make_url

from bot.desk.acts import ACTS
from bot.desk.audit_reading import Sought, read_detail
from bot.desk.revealed import MOST_ALONE
from bot.office.words import BY_TONGUE
from bot.ports import AuditWanted
from bot.wiring.auditing import ANCHOR
from tests.office.world import Browser, World, open_world, read_text

HANDOFF = "0b8a3f1e-77aa-4c5e-8d1f-5a2b9c3d4e6f"


@pytest.fixture
async def world(tmp_path: Path) -> AsyncIterator[World]:
    async with open_world(tmp_path) as opened:
        yield opened


@pytest.fixture
async def auditor(world: World) -> Browser:
    await world.hire("許稽核", "audit")
    return await world.sign_in("許稽核")


async def open_one(world: World, name: str, handoff_id: str = HANDOFF, reason: str = "first_call") -> None:
    await world.parts.audit.write(
        "opened", actor=world.accounts[name], subject=handoff_id, detail={"reason": reason}
    )


async def list_acts(world: World) -> list[str]:
    return [each.act for each in await world.parts.log.read()]


def read_csv(raw: bytes) -> list[list[str]]:
    assert raw.startswith(b"\xef\xbb\xbf")
    return list(csv.reader(io.StringIO(raw.decode("utf-8-sig"), newline="")))


def change(world: World, statement: str) -> None:
    """Change the database behind the office's back."""
    connection = sqlite3.connect(str(make_url(world.settings.database).database))
    for verb in ("update", "delete"):
        connection.execute(f"DROP TRIGGER IF EXISTS audit_entry_no_{verb}")
    connection.execute(statement)
    connection.commit()
    connection.close()


async def test_lines_are_shown_in_plain_words_with_the_newest_first(world: World, auditor: Browser) -> None:
    """Who by name, when in Taiwan, what it was about by the beginning of its id."""
    await world.hire("林社工", "open")
    await open_one(world, "林社工")
    world.clock.pass_by(timedelta(minutes=5))
    await world.parts.audit.write(
        "account_disabled", actor="office", subject=world.accounts["林社工"], detail={"idle": 1}
    )
    await world.parts.audit.write("export_asked", actor="command", detail={"format": "xlsx", "odd": 3})
    page = (await auditor.get("/audit?lang=zh_TW")).text
    told = read_text(page)
    assert re.search(r"2026-11-20 12:00 林社工 打開轉介 0b8a3f1e 理由：第一次聯絡 1 ", told)
    assert re.search(r"2026-11-20 12:05 系統 停用帳號 林社工 太久沒有登入：是 2 ", told)
    assert re.search(r"主機上的指令 申請匯出 格式：xlsx odd：3 3 ", told)
    assert page.index("停用帳號</td>") < page.index("打開轉介</td>")
    assert HANDOFF in page


async def test_an_id_in_a_detail_is_a_name_or_its_beginning(world: World, auditor: Browser) -> None:
    """Nobody compares 36 letters; what is empty is not shown."""
    await world.hire("林社工", "open")
    mine = world.accounts["林社工"]
    await world.parts.audit.write(
        "assigned", actor=mine, subject=HANDOFF, detail={"to": mine, "instead_of": ""}
    )
    await world.parts.audit.write("account_made", actor=mine, subject=mine, detail={"invited_by": "command"})
    await world.parts.audit.write("exported", actor=mine, subject=HANDOFF, detail={"export": HANDOFF})
    told = read_text((await auditor.get("/audit?lang=en")).text)
    assert "Changed who is assigned 0b8a3f1e to: 林社工 1 " in told
    assert "Made an account invited by: A command on the host 2 " in told
    assert "Exported 0b8a3f1e export: 0b8a3f1e 3 " in told


async def test_every_act_and_every_page_has_words(world: World, auditor: Browser) -> None:
    """No auditor should have to know a code."""
    for words in BY_TONGUE.values():
        assert not {act for act in ACTS if f"audit_act_{act}" not in words}
    for tongue in ("zh_TW", "en"):
        assert (await auditor.get(f"/audit?lang={tongue}")).status_code == 200
        assert (await auditor.post("/audit/check")).status_code == 200


async def test_reading_is_noted_once_an_hour(world: World, auditor: Browser) -> None:
    """Looking through its pages is one reading; another auditor's is another."""
    await auditor.get("/audit")
    await auditor.get("/audit?act=opened")
    assert await list_acts(world) == ["audit_read"]
    await world.hire("另一位稽核", "audit")
    await (await world.sign_in("另一位稽核")).get("/audit")
    assert await list_acts(world) == ["audit_read"] * 2
    for _ in range(5):  # an idle session would end
        world.clock.pass_by(timedelta(minutes=12, seconds=1))
        await auditor.get("/")
    await auditor.get("/audit")
    assert await list_acts(world) == ["audit_read"] * 3


async def test_lines_are_filtered(world: World, auditor: Browser) -> None:
    """By act, account, the beginning of an id, day in Taiwan; the fields keep what was chosen."""
    await world.hire("林社工", "open")
    await world.hire("陳社工", "open")
    await auditor.get("/audit")
    await open_one(world, "林社工")
    await open_one(world, "陳社工", "5a2b9c3d-77aa-4c5e-8d1f-0b8a3f1e4e6f")
    world.clock.pass_by(timedelta(hours=13))

    async def find(query: str) -> list[str]:
        browser = await world.sign_in("許稽核")
        page = (await browser.get(f"/audit?{query}")).text
        return re.findall(r'<td class="audit-number">(\d+)</td>', page)

    assert await find("act=opened") == ["3", "2"]
    assert await find(f"who={world.accounts['陳社工']}") == ["3"]
    assert await find("about=0b8a3f1e") == ["2"]
    assert await find("about=%205A2B9C3D%20") == ["3"]
    assert await find("day=2026-11-21") == ["4"]
    assert await find("day=2026-11-20") == ["3", "2", "1"]
    assert await find(f"act=opened&who={world.accounts['林社工']}&about=5a2b") == []
    page = (await (await world.sign_in("許稽核")).get("/audit?act=opened&day=2026-11-20")).text
    assert '<option value="opened" selected>' in page
    assert 'name="day" value="2026-11-20"' in page


@pytest.mark.parametrize(
    "query",
    [
        "act=eaten",
        "act=%00",
        "who=%00",
        "who=" + "x" * 99,
        "about=%25",
        "about=%00",
        "about=" + "a" * 37,
        "about=%F0%9F%98%80",
        "day=yesterday",
        "day=0001-01-01",
        "day=9999-12-31",
        "day=2026-11-20%00",
        "about=%3Cscript%3Ealert(1)%3C/script%3E",
    ],
)
async def test_what_can_be_no_line_finds_none(world: World, auditor: Browser, query: str) -> None:
    """T20: it is not searched for, and comes back as text."""
    answer = await auditor.get(f"/audit?{query}")
    assert answer.status_code == 200
    assert "There is no such line." in answer.text
    assert "<script>alert" not in answer.text
    copied = read_csv((await auditor.post("/audit/csv", {"about": "%", "act": "eaten"})).content)
    assert [row[0] for row in copied] == ["No.", "End: 0 lines"]


@pytest.mark.parametrize("before", ["x", "-1", "1.5", "٣", "9" * 30, ""])
async def test_an_odd_page_number_is_the_first_page(world: World, auditor: Browser, before: str) -> None:
    """Whatever is typed into the address."""
    answer = await auditor.get("/audit", params={"before": before})
    assert answer.status_code == 200
    assert "Read the audit log" in answer.text


async def test_a_hundred_lines_make_a_page(world: World, auditor: Browser) -> None:
    """The way to the older ones keeps what was sought."""
    await world.hire("林社工", "open")
    for _ in range(101):
        await open_one(world, "林社工")
    page = (await auditor.get("/audit?act=opened")).text
    assert len(re.findall('<td class="audit-number">', page)) == 100
    assert 'href="/audit?act=opened&amp;before=2"' in page
    older = (await auditor.get("/audit?act=opened&before=2")).text
    assert re.findall(r'<td class="audit-number">(\d+)</td>', older) == ["1"]
    assert 'href="/audit?act=opened"' in older
    assert "before=" not in older.partition("<main")[2]


async def test_names_are_text(world: World, auditor: Browser) -> None:
    """T20: an account's name is shown as it is written, and runs nowhere."""
    await world.hire("<img src=x onerror=alert(1)>", "open")
    await open_one(world, "<img src=x onerror=alert(1)>")
    page = (await auditor.get("/audit")).text
    assert "<img" not in page
    assert "&lt;img src=x" in page


async def test_a_line_that_was_altered_is_shown_as_it_lies_there(world: World, auditor: Browser) -> None:
    """T20: without doing anything, and without keeping the others from being read."""
    await world.hire("林社工", "open")
    for _ in range(4):
        await open_one(world, "林社工")
    for column in ("act", "subject", "actor"):
        change(world, f"UPDATE audit_entry SET {column} = '<script>alert(1)</script>' WHERE number = 1")  # noqa: S608 - ours
    change(world, 'UPDATE audit_entry SET detail=\'{"<b>":"<i>", "x":[[]], "y":null}\', at=-1 WHERE number=2')
    change(world, f"UPDATE audit_entry SET detail='{'[' * 5000}' WHERE number=3")  # noqa: S608 - on purpose
    answer = await auditor.get("/audit")
    assert answer.status_code == 200
    assert "&lt;script&gt;" in answer.text
    assert "<script>alert" not in answer.text
    assert "<b>" not in answer.text


@pytest.mark.parametrize("text", ["", "x", "[]", "3", "[" * 100_000])
def test_a_detail_that_is_none_says_nothing(text: str) -> None:
    """As above."""
    assert read_detail(text) == {}


# ─── The check ────────────────────────────────────────────────────────────────


async def test_a_sound_log_is_called_sound(world: World, auditor: Browser) -> None:
    """With how many lines it has; a check is not noted, because it shows none."""
    assert "There are no lines yet" in (await auditor.post("/audit/check")).text
    await world.hire("林社工", "open")
    await open_one(world, "林社工")
    told = read_text((await auditor.post("/audit/check")).text)
    assert "The log is whole" in told
    assert "1 lines were looked at, up to number 1" in told
    assert await list_acts(world) == ["opened"]


async def test_tampering_is_told_with_its_place_and_what_to_do(world: World, auditor: Browser) -> None:
    """T32: the auditor needs no command line."""
    await world.hire("林社工", "open")
    for _ in range(3):
        await open_one(world, "林社工")
    change(world, "UPDATE audit_entry SET subject = '' WHERE number = 2")
    told = read_text((await auditor.post("/audit/check")).text)
    assert "Something is wrong with the log, from number 2 on" in told
    assert "What this line says was changed." in told
    assert "Do not restart or change anything." in told


async def test_a_cut_log_is_not_read_and_can_be_checked(world: World, auditor: Browser) -> None:
    """T32: nothing can be noted over a cut, so no line is shown, and the page leads to the check."""
    await world.hire("林社工", "open")
    for _ in range(3):
        await open_one(world, "林社工")
    change(world, "DELETE FROM audit_entry WHERE number = 3")
    answer = await auditor.get("/audit")
    assert answer.status_code == 503
    assert "The audit log cannot be read now" in answer.text
    assert "林社工" not in answer.text
    assert (await auditor.post("/audit/csv")).status_code == 503
    assert "Lines at the end are missing" in (await auditor.post("/audit/check")).text


async def test_a_spoilt_anchor_is_told(world: World, auditor: Browser) -> None:
    """T32: it has no line to point at."""
    await world.parts.audit.write("listed", actor="office")
    (world.parts.data_dir / ANCHOR).write_text("spoilt")
    told = read_text((await auditor.post("/audit/check")).text)
    assert "Something is wrong with the anchor of the log" in told
    assert "number 0" not in told


# ─── The copy ─────────────────────────────────────────────────────────────────


async def test_a_copy_is_noted_and_whole(world: World, auditor: Browser) -> None:
    """Its last row says how many lines there are, so that one that broke off is noticed."""
    await world.hire("林社工", "open")
    await open_one(world, "林社工", reason="duty")
    answer = await auditor.post("/audit/csv")
    assert answer.headers["content-disposition"] == 'attachment; filename="audit-20261120-0400.csv"'
    rows = read_csv(answer.content)
    assert [row[0] for row in rows] == ["No.", "2", "1", "End: 2 lines"]
    assert rows[1][5] == "Took a copy of the audit log"
    assert rows[2][2:9] == [
        "2026-11-20T04:00:00Z",
        "林社工",
        world.accounts["林社工"],
        "Opened a handoff",
        "opened",
        HANDOFF,
        '{"reason":"duty"}',
    ]
    assert await list_acts(world) == ["opened", "audit_exported"]


async def test_a_copy_holds_what_is_sought(world: World, auditor: Browser) -> None:
    """As the page does."""
    await world.hire("林社工", "open")
    await open_one(world, "林社工")
    rows = read_csv((await auditor.post("/audit/csv", {"act": "opened"})).content)
    assert [row[0] for row in rows] == ["No.", "1", "End: 1 lines"]


@pytest.mark.parametrize("name", ["=1+1", "+886", "@SUM(A1)", "\t=1"])
async def test_no_cell_of_a_copy_is_calculated(world: World, auditor: Browser, name: str) -> None:
    """T18: somebody may be called anything."""
    await world.hire(name, "open")
    await open_one(world, name)
    await open_one(world, name)
    change(
        world,
        "UPDATE audit_entry SET act = '=2+2', subject = '-3', detail = '@x', hash = '+1' WHERE number = 1",
    )
    rows = read_csv((await auditor.post("/audit/csv")).content)
    for row in rows[1:-1]:
        assert not [cell for cell in row if cell.strip()[:1] in set("=+-@")]


async def test_a_long_log_is_copied_page_by_page(
    world: World, auditor: Browser, monkeypatch: pytest.MonkeyPatch
) -> None:
    """None twice, none left out."""
    monkeypatch.setattr("bot.desk.audit_reading._BATCH", 3)
    for _ in range(7):
        await world.parts.audit.write("listed", actor="office")
    rows = read_csv((await auditor.post("/audit/csv")).content)
    assert [row[0] for row in rows[1:-1]] == ["8", "7", "6", "5", "4", "3", "2", "1"]


# ─── Who sees much ────────────────────────────────────────────────────────────


async def test_somebody_who_sees_much_is_named_at_the_top(world: World, auditor: Browser) -> None:
    """T6: more than 20 handoffs within a day."""
    await world.hire("林社工", "open")
    for number in range(MOST_ALONE):
        await open_one(world, "林社工", f"0b8a3f1e-77aa-4c5e-8d1f-{number:012d}")
    assert "Somebody saw more than 20" not in (await auditor.get("/audit")).text
    await open_one(world, "林社工")
    told = read_text((await auditor.get("/audit")).text)
    assert "Somebody saw more than 20 handoffs in 24 hours 林社工" in told
    world.clock.pass_by(timedelta(hours=25))
    later = await world.sign_in("許稽核")
    assert "Somebody saw more than 20" not in (await later.get("/audit")).text


async def test_only_auditors_come_in(world: World) -> None:
    """T6: whoever opens handoffs or manages accounts does not read the log, and nothing is noted."""
    await world.hire("林社工", "list", "open", "export")
    await world.hire("王管理", "accounts")
    for name in ("林社工", "王管理"):
        browser = await world.sign_in(name)
        assert (await browser.get("/audit")).status_code == 403
        assert (await browser.post("/audit/csv")).status_code == 403
        assert (await browser.post("/audit/check")).status_code == 403
    assert not await list_acts(world)


def test_what_is_sought_is_read() -> None:
    """A day begins at midnight in Taiwan."""
    wanted = Sought(act="opened", actor="office", about=" 0B8A ", day="2026-11-21").read()
    assert isinstance(wanted, AuditWanted)
    assert wanted.since is not None
    assert wanted.until is not None
    assert (wanted.act, wanted.actor, wanted.subject) == ("opened", "office", "0b8a")
    assert wanted.since.isoformat() == "2026-11-20T16:00:00+00:00"
    assert wanted.until - wanted.since == timedelta(days=1)
