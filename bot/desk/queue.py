"""
The list of handoffs as staff see it: rows to filter, sort and search, and what may be said while the desk is locked.

A row is what lies in the clear beside a digest (`bot.desk.digests`). Nothing that a person wrote is here.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any, Final, Literal, get_args

from bot.desk.contact_window import WINDOWS, IsWorkday, Window
from bot.desk.digests import URGENCIES, Digest
from bot.desk.waiting import level_of
from bot.ports import Status, StoredHandoff, Unopened, Work

#: `asked`: somebody asks to withdraw or to correct, whatever the status. `all`: every one.
Tab = Literal["new", "in_progress", "called", "done", "asked", "all"]
TABS: Final[tuple[Tab, ...]] = get_args(Tab)
Sort = Literal["urgency", "age", "window"]
SORTS: Final[tuple[Sort, ...]] = get_args(Sort)
#: In place of an account's id.
ME: Final = "me"
NOBODY: Final = "nobody"
ROWS_A_PAGE: Final = 50
#: From then on the list warns of one that was opened and whose person nobody has called.
UNCALLED_AFTER: Final = timedelta(hours=24)

_STATUSES: Final[tuple[Status, ...]] = get_args(Status)
#: One that cannot be read may be the most urgent of all, and one that said nothing is not therefore in no hurry.
_RANK: Final[Mapping[str, int]] = {"today": 0, "read": 0, "unsaid": 1, "days": 1, "no_hurry": 2}


@dataclass(frozen=True, slots=True)
class Row:
    """
    One line of the list. `age` counts from the full hour in which it came; `level` is that of the alarm.

    `withdraw` and `correct`: how many such requests there are; `unread`: how many of both nobody has read. `is_uncalled`: somebody
    opened it a day ago or earlier, is at it, and has noted no first call.
    """

    id: str
    status: Status
    created_at: datetime
    age: timedelta
    window: Window
    digest: Digest
    level: int = 0
    assigned_to: str | None = None
    withdraw: int = 0
    correct: int = 0
    unread: int = 0
    is_uncalled: bool = False

    @property
    def is_asked(self) -> bool:
        """Whether something was asked for after it was sent."""
        return bool(self.withdraw or self.correct)

    @property
    def hours(self) -> int:
        """Full hours since it came."""
        return self.age // timedelta(hours=1)


@dataclass(frozen=True, slots=True)
class Wanted:
    """
    What of the list is wanted. Empty: whatever it is.

    `holder`: ME, NOBODY or an account's id. `found`: what a search led to, as pairs of a kind (handoff, county, language,
    holder) and a value; a row that has one of them is shown.
    """

    tab: Tab = "new"
    urgency: str = ""
    county: str = ""
    language: str = ""
    window: str = ""
    holder: str = ""
    sort: Sort = "urgency"
    found: tuple[tuple[str, str], ...] | None = None


@dataclass(frozen=True, slots=True)
class Summary:
    """What may be said of a list that is locked: for each tab how many there are, and how old the oldest is."""

    counts: Mapping[Tab, int]
    oldest: Mapping[Tab, timedelta] = field(default_factory=dict)


def build_rows(
    stored: Iterable[StoredHandoff],
    digests: Mapping[str, Digest],
    work: Mapping[str, Work],
    *,
    now: datetime,
    is_workday: IsWorkday,
) -> list[Row]:
    """Lay together what is known of each. One without a digest is shown as one that nobody could read."""
    return [
        _build_row(one, digests.get(one.id, Digest()), work.get(one.id), now=now, is_workday=is_workday)
        for one in stored
    ]


def _build_row(
    one: StoredHandoff, digest: Digest, work: Work | None, *, now: datetime, is_workday: IsWorkday
) -> Row:
    kinds = Counter(request.kind for request in one.requests)
    return Row(
        id=one.id,
        status=one.status if one.status in _STATUSES else "new",
        created_at=one.created_at,
        age=max(timedelta(0), now - one.created_at),
        window=_find_window(digest, now, is_workday, is_asked=bool(kinds)),
        digest=digest,
        level=0 if one.opened_at else level_of(Unopened(one.id, one.created_at, one.alerts), now),
        assigned_to=work.assigned_to if work else None,
        withdraw=kinds["withdraw"],
        correct=kinds["correct"],
        unread=sum(request.seen_at is None for request in one.requests),
        is_uncalled=_is_uncalled(one, work, now),
    )


def _is_uncalled(one: StoredHandoff, work: Work | None, now: datetime) -> bool:
    """Opening it silences its alarm, and calls nobody."""
    is_called = work is not None and work.called_at is not None
    is_at_it = one.status == "in_progress" and one.opened_at is not None and not is_called
    return is_at_it and now - (one.opened_at or now) >= UNCALLED_AFTER


def _find_window(digest: Digest, now: datetime, is_workday: IsWorkday, *, is_asked: bool) -> Window:
    """Say when they may be called, as they wrote it first; whoever wrote again may have said something else."""
    window = digest.find_window(now, is_workday=is_workday)
    return "read" if is_asked and window in {"now", "soon", "later"} else window


def choose_rows(rows: Iterable[Row], wanted: Wanted, *, me: str) -> list[Row]:
    """Return the rows that are wanted, in the order that is wanted. `me`: the account that looks."""
    filters = _list_filters(wanted, me)
    chosen = [row for row in rows if all(fits(row) for fits in filters)]
    return sorted(chosen, key=_ORDERS[wanted.sort])


def _list_filters(wanted: Wanted, me: str) -> list[Callable[[Row], bool]]:
    filters: list[Callable[[Row], bool]] = [lambda row: is_in_tab(row, wanted.tab)]
    if wanted.urgency:
        filters.append(lambda row: row.digest.urgency == wanted.urgency)
    if wanted.county:
        filters.append(lambda row: row.digest.county == wanted.county)
    if wanted.language:
        filters.append(lambda row: wanted.language in row.digest.languages)
    if wanted.window:
        filters.append(lambda row: row.window == wanted.window)
    if wanted.holder:
        holder = {ME: me, NOBODY: None}.get(wanted.holder, wanted.holder)
        filters.append(lambda row: row.assigned_to == holder)
    if wanted.found is not None:
        found = wanted.found
        filters.append(lambda row: any(_is_found(row, kind, value) for kind, value in found))
    return filters


def is_in_tab(row: Row, tab: Tab) -> bool:
    """Say whether a row belongs to a tab."""
    match tab:
        case "all":
            return True
        case "asked":
            return row.is_asked
    return row.status == tab


def count_tabs(rows: Sequence[Row]) -> Mapping[Tab, int]:
    """Return how many rows each tab has."""
    return {tab: sum(is_in_tab(row, tab) for row in rows) for tab in TABS}


def sum_up(stored: Sequence[StoredHandoff], now: datetime) -> Summary:
    """Return what may be said while the desk is locked."""
    rows = build_rows(stored, {}, {}, now=now, is_workday=lambda _day: True)
    tabs = {tab: [row.age for row in rows if is_in_tab(row, tab)] for tab in TABS}
    return Summary(
        {tab: len(ages) for tab, ages in tabs.items()}, {tab: max(ages) for tab, ages in tabs.items() if ages}
    )


def _is_found(row: Row, kind: str, value: str) -> bool:
    match kind:
        case "handoff":
            return row.id.startswith(value)
        case "county":
            return row.digest.county == value
        case "language":
            return value in row.digest.languages
        case "holder":
            return row.assigned_to == value
    return False


def _by_urgency(row: Row) -> tuple[Any, ...]:
    return _RANK[row.digest.urgency], row.created_at, row.id


def _by_age(row: Row) -> tuple[Any, ...]:
    return row.created_at, row.id


def _by_window(row: Row) -> tuple[Any, ...]:
    return WINDOWS.index(row.window), *_by_urgency(row)


_ORDERS: Final[Mapping[Sort, Callable[[Row], tuple[Any, ...]]]] = {
    "urgency": _by_urgency,
    "age": _by_age,
    "window": _by_window,
}

__all__ = ["ME", "NOBODY", "ROWS_A_PAGE", "SORTS", "TABS", "URGENCIES", "Row", "Summary", "Tab", "Wanted"]
