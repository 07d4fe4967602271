"""
Exports: choosing what is wanted, asking for a second person, approving.

The file itself is handed over in `exports_file`. What is exported and who may is decided in `bot.desk.exporting`.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Final

from starlette.responses import RedirectResponse, Response

from bot.desk.acts import REASONS, Reason
from bot.desk.export import FORMATS, SHORT_ID_CHARS, Format
from bot.desk.exporting import MOST, Answer, Wanted
from bot.desk.revealed import MOST_ALONE
from bot.office import exports_file
from bot.office.doors import Door
from bot.office.exports_file import person_of
from bot.office.signing import ask_for_proof
from bot.office.visit import Visit
from bot.ports import Status, StoredHandoff

#: After a post the browser must fetch the next page with GET. Source: RFC 9110 §15.4.4.
_SEE_OTHER = 303
_NOT_DONE = 409
_STATUSES: Final[tuple[Status, ...]] = ("new", "in_progress", "called", "done")
_DAYS_FROM = timedelta(hours=48)


@dataclass(frozen=True, slots=True)
class Row:
    """A handoff to tick: nothing of it but what is in the clear. `age`: a word and its count."""

    id: str
    status: Status
    sent: datetime
    age: tuple[str, int]
    is_picked: bool

    @property
    def short_id(self) -> str:
        """Enough of the id to find it again."""
        return self.id[:SHORT_ID_CHARS]


@dataclass(frozen=True, slots=True)
class Choice:
    """What was chosen so far. `fmt` and `reason` are empty until they are."""

    ids: tuple[str, ...] = ()
    fmt: Format | None = None
    reason: Reason | None = None

    @property
    def wanted(self) -> Wanted | None:
        """What is wanted, once all of it is chosen."""
        if not self.ids or self.fmt is None or self.reason is None:
            return None
        return Wanted(self.ids, self.fmt, self.reason)


async def show(visit: Visit) -> Response:
    """Show what can be exported; `?id=` picks some, `?status=` shows fewer, `?pick=all` ticks all that are shown."""
    named = tuple(visit.request.query_params.getlist("id"))
    draft = visit.office.parts.exporting.recall(person_of(visit))
    if named:
        return await _draw(visit, Choice(named), is_narrow=True)
    return await _draw(visit, Choice(draft.handoff_ids, draft.fmt, draft.reason) if draft else Choice())


async def start(visit: Visit) -> Response:
    """Make the file, or say what else is needed. Who must prove first who they are finds their choice again."""
    choice, exporting = _read_choice(visit), visit.office.parts.exporting
    if choice.wanted is None:
        return await _draw(visit, choice, fault="choose")
    if not visit.office.desk.is_proved(visit.member):
        exporting.remember(person_of(visit), choice.wanted)
        return ask_for_proof(visit)
    answer = await exporting.start(person_of(visit), choice.wanted)
    if answer == "two":
        return visit.render("exports_two.html", wanted=choice.wanted, most=MOST_ALONE)
    return await _answer(visit, answer, choice)


async def ask(visit: Visit) -> Response:
    """Let a large export wait for a second person."""
    choice = _read_choice(visit)
    if choice.wanted is None:
        return await _draw(visit, choice, fault="choose")
    answer = await visit.office.parts.exporting.ask(person_of(visit), choice.wanted)
    return await _answer(visit, answer, choice)


async def fetch(visit: Visit) -> Response:
    """Make the file of a large export that was approved."""
    answer = await visit.office.parts.exporting.fetch(person_of(visit), visit.form.get("id", ""))
    return await _answer(visit, answer, Choice())


async def show_approvals(visit: Visit) -> Response:
    """Show large exports that wait for a second person, and nothing of what stands in them."""
    return await _draw_approvals(visit)


async def approve(visit: Visit) -> Response:
    """Agree to a colleague's export."""
    is_done = await visit.office.parts.exporting.approve(person_of(visit), visit.form.get("id", ""))
    if is_done:
        return RedirectResponse("/exports/approvals", _SEE_OTHER)
    return await _draw_approvals(visit, refused=True)


async def _answer(visit: Visit, answer: Answer, choice: Choice) -> Response:
    match answer:
        case "started" | "busy":
            return RedirectResponse("/exports/progress", _SEE_OTHER)
        case "asked" | "locked":
            return RedirectResponse("/exports", _SEE_OTHER)
    return await _draw(visit, choice, fault=answer)


def _read_choice(visit: Visit) -> Choice:
    """Read a posted choice; what is no code of ours counts as not chosen."""
    form = visit.form
    fmt = next((one for one in FORMATS if one == form.get("format")), None)
    reason = next((one for one in REASONS if one == form.get("reason")), None)
    return Choice(visit.list_values("id"), fmt, reason)


async def _draw(visit: Visit, choice: Choice, *, fault: str = "", is_narrow: bool = False) -> Response:
    parts, person = visit.office.parts, person_of(visit)
    found = await parts.handoffs.list_handoffs()
    params = visit.request.query_params
    status = next((one for one in _STATUSES if one == params.get("status")), None)
    shown = _choose_shown(found, choice.ids if is_narrow else (), status)
    picked = {one.id for one in shown} if params.get("pick") == "all" else set(choice.ids)
    rows = (_describe(one, visit.office.clock(), picked) for one in shown)
    waiting = await parts.exporting.list_waiting()
    making = parts.exporting.find(person)
    return visit.render(
        "exports_page.html",
        status=_NOT_DONE if fault else 200,
        is_locked=parts.vaults.state(person.account_id, person.session) != "open",
        handoffs=sorted(rows, key=lambda row: not row.is_picked),
        count=len(found),
        tab=status or ("picked" if is_narrow else "all"),
        is_narrow=is_narrow,
        statuses=_STATUSES,
        choice=choice,
        formats=("pdf", "xlsx", "csv", "json"),
        reasons=REASONS,
        fault=fault,
        most=MOST,
        most_alone=MOST_ALONE,
        busy=await parts.exporting.count_busy(),
        mine=[one for one in waiting if one.request.asked_by == person.account_id],
        to_approve=sum(
            one.request.asked_by != person.account_id and not one.request.approved_by for one in waiting
        ),
        is_under_way=making is not None and making.state in {"working", "ready", "taken"},
    )


async def _draw_approvals(visit: Visit, *, refused: bool = False) -> Response:
    exporting = visit.office.parts.exporting
    return visit.render(
        "exports_approvals.html",
        status=_NOT_DONE if refused else 200,
        waiting=await exporting.list_waiting(),
        bar=await exporting.find_bar(person_of(visit)),
        own=visit.member.account_id,
        refused=refused,
    )


def _choose_shown(
    found: Sequence[StoredHandoff], ids: Sequence[str], status: Status | None
) -> Sequence[StoredHandoff]:
    wanted = set(ids)
    return [
        one for one in found if (not wanted or one.id in wanted) and (status is None or one.status == status)
    ]


def _describe(stored: StoredHandoff, now: datetime, picked: set[str]) -> Row:
    age = max(now - stored.created_at, timedelta(0))
    hours = int(age / timedelta(hours=1))
    said = ("hours", hours) if age < _DAYS_FROM else ("days", hours // 24)
    return Row(stored.id, stored.status, stored.created_at, said, stored.id in picked)


DOORS = (
    Door("/exports", "GET", show, right="export"),
    Door("/exports", "POST", start, right="export"),
    Door("/exports/ask", "POST", ask, right="export"),
    Door("/exports/fetch", "POST", fetch, right="export", proves=True),
    Door("/exports/approvals", "GET", show_approvals, right="export", proves=True),
    Door("/exports/approvals", "POST", approve, right="export", proves=True),
    *exports_file.DOORS,
)
