"""Exports from the screen: the file that comes, once, to whom it belongs, and to nobody else."""

from __future__ import annotations

import csv
import io
import zipfile
from collections.abc import AsyncIterator, Mapping
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from starlette.requests import ClientDisconnect

from bot.desk.export import FORMATS, Format, export
from bot.desk.watermark import Watermark
from bot.errors import AuditDown
from bot.office.exports_file import _Handed
from bot.office.headers import SAFE_HEADERS
from tests.desk.papers import read_whole
from tests.office.exports_cast import list_opened, make, spoil
from tests.office.world import FIELDS, Browser, World, open_world, read_text


@pytest.fixture
async def world(tmp_path: Path) -> AsyncIterator[World]:
    async with open_world(tmp_path) as opened:
        await opened.hire("林社工", "list", "export")
        await opened.hire("陳督導", "list", "export")
        opened.parts.exporting._moment_s = 60.0  # a busy machine prints slowly
        yield opened


@pytest.fixture
async def lin(world: World) -> Browser:
    return await world.sign_in("林社工")


@pytest.fixture
async def chen(world: World) -> Browser:
    return await world.sign_in("陳督導")


@pytest.mark.parametrize("fmt", FORMATS)
async def test_the_file_is_what_an_export_of_these_is(world: World, lin: Browser, fmt: Format) -> None:
    """Byte by byte the same as `bot.desk.export` writes, with this member's watermark; paper by its text."""
    ids = [await world.send() for _ in range(2)]
    await make(lin, ids, fmt, reason="handover")
    expected = await export_by_hand(world, ids, fmt)
    answer = await lin.post("/exports/file")

    if fmt != "pdf":
        assert [answer.content] == list(expected.values())
        return
    with zipfile.ZipFile(io.BytesIO(answer.content)) as archive:
        told = {name: read_whole(archive.read(name)) for name in archive.namelist()}
    assert told == {name: read_whole(page) for name, page in expected.items()}
    assert all("匯出：林社工2026-11-20" in page for page in told.values())


async def export_by_hand(world: World, ids: list[str], fmt: Format) -> Mapping[str, bytes]:
    """What these handoffs become without any page, under the number of the last export."""
    [*_, last] = await world.parts.log.read()
    opener = world.parts.vaults.opener(world.accounts["林社工"], "any seat")
    assert opener is not None
    return export(
        [one for one in await world.parts.handoffs.list_handoffs() if one.id in ids],
        form=world.parts.form,
        opener=opener,
        fmt=fmt,
        now=world.clock(),
        mark=Watermark("林社工", world.clock(), last.subject),
        referrer=world.parts.referrer,
        demo=True,
    ).files


async def test_it_is_an_attachment_that_no_browser_keeps_or_guesses(world: World, lin: Browser) -> None:
    """T20: with the headers of every answer; the name is neutral."""
    await make(lin, [await world.send()], "json", reason="handover")
    answer = await lin.post("/exports/file")
    assert answer.status_code == 200
    assert SAFE_HEADERS.items() <= dict(answer.headers).items()
    assert answer.headers["cache-control"] == "no-store"
    assert answer.headers["x-content-type-options"] == "nosniff"
    assert answer.headers["content-type"] == "application/json"
    assert answer.headers["content-disposition"] == 'attachment; filename="DEMO-handoffs-2026-11-20.json"'
    assert int(answer.headers["content-length"]) == len(answer.content)


async def test_one_form_comes_as_it_is(world: World, lin: Browser) -> None:
    id_ = await world.send()
    await make(lin, [id_], "pdf", reason="handover")
    answer = await lin.post("/exports/file")
    assert answer.headers["content-disposition"] == f'attachment; filename="DEMO-handoff-{id_[:8]}.pdf"'
    assert "王小明" in read_whole(answer.content)


async def test_it_is_handed_over_once_and_then_counts_as_opened(world: World, lin: Browser) -> None:
    """Those in the file, and no others."""
    ids = [await world.send() for _ in range(3)]
    await make(lin, ids[:2], reason="handover")
    assert await list_opened(world) == set()
    assert (await lin.post("/exports/file")).status_code == 200
    assert await list_opened(world) == set(ids[:2])
    again = await lin.post("/exports/file")
    assert (again.status_code, again.headers["location"]) == (303, "/exports/progress")
    assert again.content == b""
    assert "The file was downloaded" in (await lin.get("/exports/progress")).text


async def test_a_bad_record_is_named_on_the_page_and_in_the_file(world: World, lin: Browser) -> None:
    """T19, R21: the others come, and only they count as opened."""
    ids = [await world.send() for _ in range(3)]
    await spoil(world, ids[1])
    await make(lin, ids, "csv", reason="handover")
    page = read_text((await lin.get("/exports/progress")).text)
    assert "In the file 2" in page
    assert "Could not be read 1" in page
    assert f"{ids[1][:8]} 2026-11-20 12:00 The whole handoff Its signature does not fit" in page

    written = (await lin.post("/exports/file")).content.decode("utf-8-sig")
    rows = list(csv.DictReader(io.StringIO(written, newline="")))
    assert [row["編號"] for row in rows if row["無法讀取"].startswith("forged")] == [ids[1]]
    assert len(rows) == 3
    assert await list_opened(world) == {ids[0], ids[2]}


async def test_hostile_words_stay_words(world: World, lin: Browser) -> None:
    """T18: no cell calculates, through this way as by command."""
    ids = [await world.send({**FIELDS, "story": story}) for story in ("=1+1", "@SUM(A1)", "＝cmd", "\t-2")]
    await make(lin, ids, "csv", reason="handover")
    rows = list(csv.reader(io.StringIO((await lin.post("/exports/file")).text.removeprefix("\ufeff"))))
    stories = {cell for row in rows[1:] for cell in row if cell.lstrip("'\t ")[:1] in set("=@＝-")}
    assert stories
    assert all(cell.startswith("'") for cell in stories)


async def test_when_the_log_cannot_be_written_there_is_no_file(
    world: World, lin: Browser, monkeypatch: pytest.MonkeyPatch
) -> None:
    """T32, rule 9: nothing is opened, nothing marked, and the page says why."""
    id_ = await world.send()

    async def refuse(*_: object, **__: object) -> None:
        raise AuditDown("full")

    monkeypatch.setattr(world.parts.audit, "write", refuse)
    answer = await lin.post("/exports", {"id": id_, "format": "csv", "reason": "duty"})
    assert answer.status_code == 503
    assert "Nothing can be opened or exported now" in answer.text
    assert (await lin.post("/exports/file")).status_code == 303
    assert await list_opened(world) == set()
    assert "No export is being made" in (await lin.get("/exports/progress")).text


async def test_another_sign_in_cannot_fetch_it(world: World, lin: Browser, chen: Browser) -> None:
    """T23: neither a colleague's nor the same member's; there it can only be let go."""
    await make(lin, [await world.send()], reason="handover")
    elsewhere = await world.sign_in("林社工")
    for other in (elsewhere, chen):
        assert (await other.post("/exports/file")).status_code == 303
    assert "another sign-in" in (await elsewhere.get("/exports/progress")).text
    assert "No export is being made" in (await chen.get("/exports/progress")).text
    assert (await lin.post("/exports/file")).status_code == 200


async def test_a_file_is_dropped_at_sign_out(world: World, lin: Browser) -> None:
    """T7: whoever signs in next at that desk finds nothing."""
    await make(lin, [await world.send()], reason="handover")
    await lin.post("/logout")
    assert (await lin.post("/exports/file")).headers["location"] == "/login"
    again = await world.sign_in("林社工")
    assert (await again.post("/exports/file")).status_code == 303
    assert await list_opened(world) == set()


async def test_a_file_that_was_let_go_is_gone(world: World, lin: Browser) -> None:
    await make(lin, [await world.send()], reason="handover")
    assert "Go to that export" in (await lin.get("/exports")).text
    answer = await lin.post("/exports/cancel")
    assert (answer.status_code, answer.headers["location"]) == (303, "/exports")
    assert (await lin.post("/exports/file")).status_code == 303
    assert "Go to that export" not in (await lin.get("/exports")).text


async def test_a_file_waits_five_minutes(world: World, lin: Browser) -> None:
    await make(lin, [await world.send()], reason="handover")
    world.clock.pass_by(timedelta(minutes=5))
    assert (await lin.post("/exports/file")).status_code == 303
    assert "The file was dropped" in (await lin.get("/exports/progress")).text


async def test_what_was_cut_off_may_be_fetched_again(world: World, lin: Browser) -> None:
    """And counts as opened only when all of it was sent."""
    await make(lin, [await world.send()], "xlsx", reason="handover")
    exporting = world.parts.exporting
    [making] = exporting._board._runs.values()
    taken = await exporting._board.take(making.account_id, making.session)
    assert taken is not None

    async def break_off(message: object) -> None:
        raise OSError

    with pytest.raises(ClientDisconnect):
        await _Handed(exporting, *taken)(
            {"type": "http", "asgi": {"spec_version": "2.4"}}, no_more, break_off
        )
    assert await list_opened(world) == set()
    assert (await lin.post("/exports/file")).status_code == 200
    assert len(await list_opened(world)) == 1


async def test_a_slow_download_stops_when_its_member_may_not_have_it_any_more(
    world: World, lin: Browser, monkeypatch: pytest.MonkeyPatch
) -> None:
    """T7: between two pieces; what has not left does not leave, and it does not count as handed over."""
    monkeypatch.setattr("bot.office.exports_file._CHUNK_BYTES", 100)
    await make(lin, [await world.send()], "json", reason="handover")
    exporting = world.parts.exporting
    [making] = exporting._board._runs.values()
    taken = await exporting._board.take(making.account_id, making.session)
    assert taken is not None
    sent: list[dict[str, Any]] = []

    async def read_slowly(message: Any) -> None:
        sent.append(message)
        if len(sent) == 3:  # the head and two pieces
            await world.parts.staff.disable_account("林社工", world.clock())
            await making.over.wait()

    await _Handed(exporting, *taken)({"type": "http", "asgi": {"spec_version": "2.4"}}, no_more, read_slowly)
    assert [len(each["body"]) for each in sent[1:]] == [100, 100]
    assert making.state == "dropped"
    assert await list_opened(world) == set()


async def no_more() -> dict[str, str]:
    return {"type": "http.disconnect"}
