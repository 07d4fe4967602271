"""The audit log, for auditors: its lines in plain words, whether they are what was written, and a copy as CSV."""

from __future__ import annotations

from collections.abc import AsyncIterator, Mapping, Sequence
from typing import Final
from urllib.parse import urlencode

from starlette.responses import Response, StreamingResponse

from bot.desk.acts import ACTS
from bot.desk.audit_reading import AuditReading, Lines, Sought
from bot.desk.revealed import MOST_ALONE, read_day
from bot.errors import AuditDown
from bot.office.audit_showing import Names, show_entry, write_rows
from bot.office.doors import Door
from bot.office.visit import Visit
from bot.office.words import BY_TONGUE
from bot.ports import AuditEntry

PATH: Final = "/audit"
_UNAVAILABLE = 503
_MOST_DIGITS = 18


async def show(visit: Visit) -> Response:
    """Show a page of the log. Where that cannot be noted, only the check is left."""
    parts, now = visit.office.parts, visit.office.clock()
    sought = _read_sought(visit.request.query_params)
    reading = AuditReading(parts.log, parts.audit)
    try:
        await reading.note(visit.member.account_id, now)
    except AuditDown:
        return visit.render("audit_down.html", status=_UNAVAILABLE)
    lines = await reading.list_lines(
        sought, before=_read_number(visit.request.query_params.get("before", ""))
    )
    names = await _name_all(visit)
    many = (await read_day(parts.log, now)).many
    return visit.render(
        "audit_page.html",
        rows=[show_entry(entry, names) for entry in lines.entries],
        sought=sought,
        acts=ACTS,
        people=names.people,
        busy=[names.name(account) for account in many],
        most=MOST_ALONE,
        older=_link(sought, lines),
        is_first="before" not in visit.request.query_params,
        newest=_link(sought),
        looked_at=now,
    )


async def check(visit: Visit) -> Response:
    """Check the whole log now. It shows no line, so nothing is noted."""
    verdict = await visit.office.parts.log_check.run()
    return visit.render("audit_check.html", verdict=verdict, looked_at=visit.office.clock())


async def copy(visit: Visit) -> Response:
    """Give what is sought as CSV, page by page. It is noted first."""
    parts = visit.office.parts
    pages = await AuditReading(parts.log, parts.audit).copy(_read_sought(visit.form), visit.member.account_id)
    names = await _name_all(visit)
    name = f"audit-{visit.office.clock():%Y%m%d-%H%M}.csv"
    return StreamingResponse(
        _write(pages, names, BY_TONGUE[visit.tongue]),
        media_type="text/csv; charset=utf-8",
        headers={"content-disposition": f'attachment; filename="{name}"'},
    )


async def _write(
    pages: AsyncIterator[Sequence[AuditEntry]], names: Names, words: Mapping[str, str]
) -> AsyncIterator[bytes]:
    count = 0
    yield write_rows(words, (), names, is_first=True)
    async for entries in pages:
        count += len(entries)
        yield write_rows(words, entries, names)
    # A copy that broke off half way has no such row.
    yield write_rows(words, (), names, end=count)


async def _name_all(visit: Visit) -> Names:
    words = BY_TONGUE[visit.tongue]
    accounts = await visit.office.parts.staff.list_accounts()
    return Names({each.id: each.name for each in accounts}, words)


def _read_sought(given: Mapping[str, str]) -> Sought:
    return Sought(*(given.get(name, "") for name in ("act", "who", "about", "day")))


def _read_number(text: str) -> int | None:
    is_number = text.isascii() and text.isdigit() and len(text) <= _MOST_DIGITS
    return int(text) if is_number else None


def _link(sought: Sought, lines: Lines | None = None) -> str:
    """Return the way to the older lines of the same kind, or without `lines` to the newest; empty: there are none."""
    if lines is not None and lines.older is None:
        return ""
    asked = {"act": sought.act, "who": sought.actor, "about": sought.about, "day": sought.day}
    given = {name: value for name, value in asked.items() if value}
    if lines is not None:
        given["before"] = str(lines.older)
    return f"{PATH}?{urlencode(given)}" if given else PATH


DOORS: tuple[Door, ...] = (
    Door(PATH, "GET", show, right="audit"),
    Door(f"{PATH}/check", "POST", check, right="audit"),
    Door(f"{PATH}/csv", "POST", copy, right="audit"),
)
