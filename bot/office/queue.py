"""The list of handoffs: who waits, how urgently, and who has it. It shows codes and counts, and nothing that anybody wrote."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Final

from starlette.responses import RedirectResponse, Response

from bot.desk.assigning import Assigned, Assigning, list_colleagues
from bot.desk.contact_window import WINDOWS
from bot.desk.digests import NO_COUNTY, ODD_COUNTY, URGENCIES, Digest, Reader
from bot.desk.export import SHORT_ID_CHARS
from bot.desk.languages import LANGUAGES
from bot.desk.queue import (
    ME,
    ROWS_A_PAGE,
    SORTS,
    TABS,
    Row,
    Wanted,
    build_rows,
    choose_rows,
    count_tabs,
    sum_up,
)
from bot.desk.waiting import Waiting, count_waiting
from bot.office.doors import Door
from bot.office.key_bars import find_key_bars
from bot.office.queue_codes import Codes, find_hits
from bot.office.visit import Visit
from bot.office.words import BY_TONGUE
from bot.ports import StoredHandoff

_SEE_OTHER: Final = 303
_CONFLICT: Final = 409
#: More than any word that is searched for here.
_MAX_SOUGHT_CHARS: Final = 60


async def show(visit: Visit) -> Response:
    """Show the list; while the member's vault is closed, only how many there are and for how long they wait."""
    parts, now = visit.office.parts, visit.office.clock()
    stored = await parts.handoffs.list_handoffs()
    waiting = await count_waiting(parts.handoffs, now)
    digests = await _open_digests(visit, stored)
    if digests is None:
        page = visit.render(
            "queue_locked.html",
            summary=sum_up(stored, now),
            tabs=TABS,
            waiting=waiting,
            bars=find_key_bars(visit, is_of_keys=False),
        )
        return visit.look_again(page)
    work = await parts.casework.list_work()
    rows = build_rows(stored, digests, work, now=now, is_workday=parts.is_workday)
    return visit.look_again(await _draw(visit, rows, waiting))


async def find(visit: Visit) -> Response:
    """Look for something among what is in the clear, and go on to the list of what was found."""
    parts = visit.office.parts
    if not _may_list(visit):  # a locked desk does not even say which ids there are
        return RedirectResponse("/queue", _SEE_OTHER)
    hits = find_hits(
        visit.form.get("sought", "")[:_MAX_SOUGHT_CHARS],
        ids=[one.id for one in await parts.handoffs.list_handoffs()],
        counties=[county.name for county in parts.form.counties],
        languages={code: [words[_language_key(code)] for words in BY_TONGUE.values()] for code in LANGUAGES},
        colleagues=await _name_everybody(visit),
    )
    return RedirectResponse(Codes.of(parts.form).write(Wanted(tab="all", found=hits)), _SEE_OTHER)


def _may_list(visit: Visit) -> bool:
    state = visit.office.parts.vaults.state(visit.member.account_id, visit.member.seat)
    return "open" in visit.member.rights and state == "open"


async def assign(visit: Visit) -> Response:
    """Take a handoff, give it to a colleague, or give it back. Whoever comes second is told who has it."""
    parts, form = visit.office.parts, visit.form
    to, before = form.get("to", ""), form.get("instead_of", "")
    handoff_id = form.get("handoff", "")
    done = await Assigning(parts.handoffs, parts.casework, parts.staff, parts.audit).give(
        handoff_id,
        (visit.member.account_id if to == ME else to) or None,
        instead_of=before or None,
        by=visit.member.account_id,
    )
    codes = Codes.of(parts.form)
    back = codes.write(codes.read_query(form.get("back", "")))
    if done.refusal is not None:
        return await _refuse(visit, done, back=back)
    is_from_case = form.get("back", "") == "handoff"
    return RedirectResponse(f"/handoffs/{handoff_id}" if is_from_case else back, _SEE_OTHER)


async def _refuse(visit: Visit, done: Assigned, *, back: str) -> Response:
    names = await _name_everybody(visit)
    return visit.render(
        "queue_refused.html",
        status=_CONFLICT,
        refusal=done.refusal,
        holder=names.get(done.holder, "") if done.holder else None,
        is_mine=done.holder == visit.member.account_id,
        back=back,
    )


async def _open_digests(visit: Visit, stored: Sequence[StoredHandoff]) -> Mapping[str, Digest] | None:
    """Open what the list needs. None: the vault is closed, or the member may not open anything anyway."""
    if "open" not in visit.member.rights:
        return None
    parts = visit.office.parts
    reader = Reader(
        visit.member.account_id,
        visit.member.seat,
        parts.vaults,
        parts.form,
        parts.audit,
        parts.clock,
        is_use=not visit.is_quiet,
    )
    return await parts.digests.look(stored, reader)


async def _name_everybody(visit: Visit) -> Mapping[str, str]:
    """Names of all accounts by id, disabled ones too: what they had is still theirs."""
    return {one.id: one.name for one in await visit.office.parts.staff.list_accounts()}


async def _draw(visit: Visit, rows: Sequence[Row], waiting: Waiting) -> Response:
    parts, me = visit.office.parts, visit.member.account_id
    params = visit.request.query_params
    codes = Codes.of(parts.form)
    wanted = codes.read(params)
    chosen = choose_rows(rows, wanted, me=me)
    pages = max(1, -(-len(chosen) // ROWS_A_PAGE))
    page = min(pages, _read_page(params.get("page", "")))

    def link(page: int = 1, **changes: object) -> str:
        return codes.write(replace(wanted, **changes), page=page)  # type: ignore[arg-type]  # templates name our fields

    return visit.render(
        "queue_page.html",
        rows=chosen[(page - 1) * ROWS_A_PAGE : page * ROWS_A_PAGE],
        total=len(chosen),
        page=page,
        pages=pages,
        wanted=wanted,
        link=link,
        back=codes.write(wanted, page=page).partition("?")[2],
        tabs=count_tabs(rows),
        choices=_list_choices(rows, codes),
        county_code=codes.code_county(wanted.county),
        names=await _name_everybody(visit),
        colleagues=[one for one in await list_colleagues(parts.staff) if one.id != me],
        me=me,
        short=SHORT_ID_CHARS,
        waiting=waiting,
        bars=find_key_bars(visit, is_of_keys=False),
        uncalled=sum(row.is_uncalled for row in rows),
    )


@dataclass(frozen=True, slots=True)
class _Choices:
    """What each filter offers: what some row has, so that no choice leads nowhere."""

    urgencies: Sequence[str]
    counties: Sequence[tuple[str, str]]
    languages: Sequence[str]
    windows: Sequence[str]
    holders: Sequence[str]
    sorts: Sequence[str] = SORTS


def _list_choices(rows: Sequence[Row], codes: Codes) -> _Choices:
    counties = {row.digest.county for row in rows}
    languages = {code for row in rows for code in row.digest.languages}
    known = (*codes.counties, NO_COUNTY, ODD_COUNTY)
    return _Choices(
        urgencies=URGENCIES,
        counties=[(codes.code_county(name), name) for name in known if name in counties],
        languages=[code for code in LANGUAGES if code in languages],
        windows=WINDOWS,
        holders=sorted({row.assigned_to for row in rows if row.assigned_to}),
    )


def _read_page(told: str) -> int:
    """Return the number of a page, whatever an address says."""
    return max(1, int(told)) if told.isascii() and told.isdigit() and len(told) < 5 else 1  # noqa: PLR2004 - no list is so long


def _language_key(code: str) -> str:
    return f"queue_language_{code}"


DOORS = (
    Door("/queue", "GET", show, right="list"),
    Door("/queue/find", "POST", find, right="list"),
    Door("/queue/assign", "POST", assign, right="open"),
)
