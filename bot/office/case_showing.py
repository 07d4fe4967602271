"""The page of one handoff: what stands on it, masked and opened."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta

from starlette.responses import Response

from bot.core.events import RequestKind
from bot.core.taipei import TAIPEI
from bot.desk.casework import STATUSES, Shown, is_asked_back, shorten
from bot.desk.papers import MOST_CHARS, Paper
from bot.desk.replying import list_reply_fields
from bot.office.case_drawing import clean, draw_agreed, draw_blocks, draw_calls, draw_told
from bot.office.visit import Visit
from bot.ports import Status, StoredHandoff


@dataclass(frozen=True, slots=True)
class Described:
    """What may be known of a handoff without opening it. `asked`: how many requests of each kind. `hours`: its age."""

    id: str
    short: str
    status: Status
    created_at: datetime
    hours: int
    assigned_to: str
    is_mine: bool
    asked: Mapping[RequestKind, int]


@dataclass(frozen=True, slots=True)
class Written:
    """A note as it is shown."""

    author: str
    at: datetime
    text: str
    is_kept: bool


async def describe(visit: Visit, stored: StoredHandoff) -> Described:
    """Say what is known in clear."""
    parts = visit.office.parts
    work = (await parts.casework.list_work()).get(stored.id)
    assigned = work.assigned_to if work else None
    names = await name_staff(visit) if assigned else {}
    return Described(
        id=stored.id,
        short=shorten(stored.id),
        status=stored.status,
        created_at=stored.created_at,
        hours=count_hours(visit, stored.created_at),
        assigned_to=names.get(assigned, "") if assigned else "",
        is_mine=assigned == visit.member.account_id,
        asked=Counter(request.kind for request in stored.requests),
    )


def count_hours(visit: Visit, moment: datetime) -> int:
    """Return how many full hours have passed since then; none for what lies ahead."""
    return max((visit.office.clock() - moment) // timedelta(hours=1), 0)


async def name_staff(visit: Visit) -> Mapping[str, str]:
    """Return the names of all accounts by id, also of those who left."""
    return {one.id: one.name for one in await visit.office.parts.staff.list_accounts()}


async def show_opened(visit: Visit, shown: Shown) -> Response:
    """Draw what was opened, in the order in which it is needed: first how to call safely, then the number."""
    parts, opened = visit.office.parts, shown.handoff
    names = await name_staff(visit)
    notes = tuple(_write(paper, names) for paper in reversed(shown.notes))
    last = shown.replies[-1] if shown.replies else None
    return visit.render(
        "case_opened.html",
        case=await describe(visit, opened.stored),
        calls=draw_calls(opened.record, parts.form),
        blocks=draw_blocks(opened.record, parts.form),
        told_lines=draw_told(opened.record, parts.form),
        agreed=draw_agreed(opened, parts.form),
        requests=[(one.kind, one.created_at, clean(one.words)) for one in opened.requests],
        faults=shown.failures,
        is_asked_back=is_asked_back(opened),
        alike=[(one.id, shorten(one.id), count_hours(visit, one.created_at)) for one in shown.alike.found],
        is_partial=shown.alike.is_partial,
        statuses=STATUSES,
        said={status: told.get(visit.tongue, "") for status, told in parts.told.items()},
        notes=notes,
        kept=[note for note in notes if note.is_kept],
        most=MOST_CHARS,
        reply_fields=list_reply_fields(parts.form),
        reply=_write(last, names) if last else None,
        reply_fields_now=opened.added,
        seen=len([paper for paper in opened.stored.papers if paper.kind == "acknowledgement"]),
        until=shown.until.astimezone(TAIPEI),
        nonce=parts.new_token(),
    )


def _write(paper: Paper, names: Mapping[str, str]) -> Written:
    return Written(
        names.get(paper.author, shorten(paper.author)),
        paper.hour,
        clean(paper.text),
        paper.about == "withdraw",
    )
