"""Exporting from the back office: what one person may, what is noted first, what is marked afterwards."""

from __future__ import annotations

import io
import zipfile
from collections.abc import AsyncIterator
from dataclasses import replace
from datetime import timedelta

import pytest

from bot.desk.export import FORMATS, Format, export
from bot.desk.exporting import MOST, Person
from bot.desk.watermark import Watermark
from bot.errors import AuditDown
from tests.desk.export_cast import FORM, NOW, FakeOpener, ask, forge, make_id, make_stored
from tests.desk.exporting_cast import (
    Desk,
    make_desk,
    name_export,
    print_at_once,
)
from tests.desk.hostile_text import HOSTILE
from tests.desk.test_export import read_csv

TICK = timedelta(microseconds=1)


@pytest.fixture
async def desk() -> AsyncIterator[Desk]:
    made = make_desk(30)
    yield made
    await made.exporting.close()


@pytest.fixture
def lin(desk: Desk) -> Person:
    return desk.hire("林社工", "list", "export")


@pytest.fixture
def chen(desk: Desk) -> Person:
    return desk.hire("陳督導", "list", "export")


@pytest.mark.parametrize("fmt", FORMATS)
async def test_the_file_is_what_an_export_of_these_is(desk: Desk, lin: Person, fmt: Format) -> None:
    """Byte by byte, with the watermark of whoever exported; several PDFs in one archive, under the same names."""
    packed = await desk.export(lin, desk.want(2, fmt=fmt))

    mark = Watermark("林社工", NOW, name_export(1))
    expected = export(
        desk.handoffs.stored[:2],
        form=FORM,
        opener=FakeOpener(),
        fmt=fmt,
        now=NOW,
        mark=mark,
        printer=print_at_once,
    )
    if fmt == "pdf":
        with zipfile.ZipFile(io.BytesIO(packed.content)) as archive:
            assert {name: archive.read(name) for name in archive.namelist()} == expected.files
    else:
        assert [packed.content] == list(expected.files.values())
    assert packed.handoffs == expected.handoffs


@pytest.mark.parametrize(
    ("fmt", "count", "name", "media_type"),
    [
        ("pdf", 1, f"handoff-{make_id(0)[:8]}.pdf", "application/pdf"),
        ("pdf", 2, "handoffs-2026-11-22.zip", "application/zip"),
        ("csv", 2, "handoffs-2026-11-22.csv", "text/csv; charset=utf-8"),
        ("json", 1, "handoffs-2026-11-22.json", "application/json"),
    ],
)
async def test_names_tell_nothing(
    desk: Desk, lin: Person, fmt: Format, count: int, name: str, media_type: str
) -> None:
    """The day in Taipei, or the beginning of a random id; in the archive too, with no time."""
    packed = await desk.export(lin, desk.want(count, fmt=fmt))
    assert (packed.name, packed.media_type) == (name, media_type)
    if name.endswith("zip"):
        with zipfile.ZipFile(io.BytesIO(packed.content)) as archive:
            assert archive.namelist() == [f"handoff-{make_id(number)[:8]}.pdf" for number in range(2)]
            assert {one.date_time for one in archive.infolist()} == {(1980, 1, 1, 0, 0, 0)}


async def test_each_handoff_is_noted_before_anything_is_opened(desk: Desk, lin: Person) -> None:
    """T6: one line for each, and one for the file."""
    await desk.export(lin, desk.want(2, fmt="xlsx", reason="handover"))

    same = {"format": "xlsx", "reason": "handover", "approved": 0}
    assert desk.audit.list_acts() == [
        ("exported", make_id(0), {**same, "export": name_export(1)}),
        ("exported", make_id(1), {**same, "export": name_export(1)}),
        ("exported", name_export(1), {**same, "count": 2}),
    ]
    assert {one.actor for one in desk.audit.entries} == {lin.account_id}


@pytest.mark.parametrize("room", [0, 1, 2])
async def test_what_cannot_be_noted_is_not_exported(desk: Desk, lin: Person, room: int) -> None:
    """T32, rule 9: not even when only the last line fails. No file, nothing opened, nothing marked; later it works."""
    desk.audit.room = room
    with pytest.raises(AuditDown):
        await desk.exporting.start(lin, desk.want(2))

    assert desk.exporting.find(lin) is None
    assert await desk.exporting.take(lin) is None
    assert desk.handoffs.opened == []
    desk.audit.room = 10
    assert (await desk.export(lin, desk.want(2))).handoffs == (make_id(0), make_id(1))


async def test_only_what_was_handed_over_counts_as_opened(desk: Desk, lin: Person) -> None:
    """Who is marked as opened may be erased some day, so it is marked last."""
    desk.handoffs.stored[1] = forge(desk.handoffs.stored[1])
    assert await desk.exporting.start(lin, desk.want(3, reason="handover")) == "started"
    assert desk.handoffs.opened == []
    taken = await desk.exporting.take(lin)
    assert taken is not None
    assert desk.handoffs.opened == []
    await desk.exporting.deliver(taken[0])
    assert desk.handoffs.opened == [make_id(0), make_id(2)]


@pytest.mark.parametrize("reason", ["supervision", "duty", "other"])
async def test_what_is_taken_out_for_another_reason_than_care_rings_on(
    desk: Desk, lin: Person, reason: str
) -> None:
    """R29: a file for a supervisor calls nobody."""
    await desk.export(lin, desk.want(2, reason=reason))
    assert desk.handoffs.opened == []


async def test_requests_that_are_in_the_file_count_as_read(desk: Desk, lin: Person) -> None:
    """R29: what it only names, because it could not be read, waits on."""
    one = desk.handoffs.stored[0]
    good = ask(one.id)
    bad = replace(good, id=make_id(77), created_at=good.created_at + timedelta(hours=1))
    desk.handoffs.stored[0] = replace(one, requests=(good, bad))
    await desk.export(lin, desk.want(2, reason="handover"))
    assert desk.handoffs.opened == [make_id(0), make_id(1)]
    assert desk.handoffs.read == [good.id]


async def test_a_bad_record_is_named_and_the_others_are_there(desk: Desk, lin: Person) -> None:
    """T19, R21: the row is in the file, and the page can say how many failed."""
    desk.handoffs.stored[1] = forge(desk.handoffs.stored[1])
    packed = await desk.export(lin, desk.want(3))

    assert packed.handoffs == (make_id(0), make_id(2))
    assert [(one.id, one.what) for one in packed.failures] == [(make_id(1), "forged")]
    assert [row["無法讀取"] for row in read_csv(packed.content)][2] == "forged：簽章不符，內容不採用"
    making = desk.exporting.find(lin)
    assert making is not None
    assert (making.written, making.failures) == (packed.handoffs, packed.failures)


async def test_what_is_not_there_any_more_is_counted(desk: Desk, lin: Person) -> None:
    """Erased since the page was drawn, or never an id of ours; with none left, nothing is noted."""
    wanted = desk.want(2)
    some = replace(wanted, handoff_ids=(*wanted.handoff_ids, make_id(999), "=1+1"))
    assert (await desk.export(lin, some)).handoffs == wanted.handoff_ids
    making = desk.exporting.find(lin)
    assert making is not None
    assert making.missing == 2
    noted = len(desk.audit.entries)
    assert await desk.exporting.start(lin, replace(wanted, handoff_ids=(make_id(999),))) == "gone"
    assert len(desk.audit.entries) == noted


@pytest.mark.parametrize("fmt", ["csv", "xlsx"])
async def test_hostile_words_stay_words(desk: Desk, fmt: Format) -> None:
    """T18: through this way as by command, also in the name of who exports."""
    texts = list(HOSTILE.values())[:20]
    desk.handoffs.stored = [make_stored(number, {"story": text}) for number, text in enumerate(texts)]
    mallory = desk.hire('=HYPERLINK("http://x")', "export")
    packed = await desk.export(mallory, desk.want(20, fmt=fmt))

    if fmt == "csv":
        rows = read_csv(packed.content)
        assert len(rows) == 20
        assert all(row["匯出紀錄"].startswith("匯出：=HYPERLINK") for row in rows)
        return
    with zipfile.ZipFile(io.BytesIO(packed.content)) as book:
        sheet = book.read("xl/worksheets/sheet1.xml").decode()
    assert "<f>" not in sheet
    assert "hyperlink " not in sheet.lower()


async def test_nothing_is_opened_with_a_locked_vault(desk: Desk, lin: Person) -> None:
    """Neither exported nor asked for, and nothing is noted."""
    desk.vaults.lock(lin.account_id)
    assert await desk.exporting.start(lin, desk.want(1)) == "locked"
    assert await desk.exporting.ask(lin, desk.want(25)) == "locked"
    assert await desk.exporting.fetch(lin, name_export(1)) == "locked"
    assert desk.audit.entries == []


async def test_more_than_fit_are_refused(desk: Desk, lin: Person) -> None:
    desk.handoffs.stored = [make_stored(number) for number in range(MOST + 1)]
    assert await desk.exporting.start(lin, desk.want(MOST + 1)) == "many"
    assert await desk.exporting.ask(lin, desk.want(MOST + 1)) == "many"
    assert await desk.exporting.ask(lin, desk.want(0)) == "gone"
    assert await desk.exporting.ask(lin, desk.want(MOST)) == "asked"


def test_a_choice_is_kept_for_its_account_and_given_back_once() -> None:
    desk = make_desk()
    lin, chen = desk.hire("林社工"), desk.hire("陳督導")
    desk.exporting.remember(lin, desk.want(2))
    assert desk.exporting.recall(chen) is None
    assert desk.exporting.recall(lin) == desk.want(2)
    assert desk.exporting.recall(lin) is None
