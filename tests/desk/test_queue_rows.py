"""The list: which rows, in which order, under which tab, and who a handoff is given to."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import timedelta
from typing import Any

import pytest

from bot.desk.assigning import Assigned, Assigning, list_colleagues
from bot.desk.contact_window import is_weekday
from bot.desk.digests import Digest, Mark
from bot.desk.queue import ME, NOBODY, Row, Wanted, build_rows, choose_rows, count_tabs, sum_up
from bot.ports import StaffAccount, StoredHandoff, Work
from tests.desk.export_cast import HOUR, NOW, ask, make_id, make_stored

Staff = Sequence[StaffAccount]


def row(number: int, **changes: Any) -> Row:
    """A row of somebody who is in no hurry, an hour younger than the one before."""
    plain = Row(
        make_id(number),
        "new",
        NOW - timedelta(hours=9 - number),
        timedelta(hours=9 - number),
        "later",
        Digest("no_hurry", "臺北市", ("zh",)),
    )
    return replace(plain, **changes)


def numbers(rows: Sequence[Row]) -> list[int]:
    places = {make_id(number): number for number in range(10)}
    return [places[one.id] for one in rows]


def choose(rows: Sequence[Row], **wanted: Any) -> list[int]:
    return numbers(choose_rows(rows, Wanted(**{"tab": "all"} | wanted), me="lin"))


# ─── Rows ─────────────────────────────────────────────────────────────────────


def test_a_row_lays_together_what_is_known():
    """What lies in the clear, the digest, the work on it."""
    one = replace(make_stored(1), status="in_progress", opened_at=HOUR, alerts=2)
    one = replace(one, requests=(ask(one.id), ask(one.id, kind="withdraw")))
    digest = Digest("today", "臺北市", ("nan",), None, says_when=False)
    (built,) = build_rows(
        [one], {one.id: digest}, {one.id: Work(one.id, "lin")}, now=NOW, is_workday=is_weekday
    )
    assert built == Row(one.id, "in_progress", HOUR, NOW - HOUR, "unsaid", digest, 0, "lin", 1, 1, 2)
    assert built.hours == 15
    assert built.is_asked


def test_one_that_nobody_opened_carries_its_level():
    """R29: what was noted, or what its age leaves no doubt about."""
    fresh = replace(make_stored(1), created_at=NOW - timedelta(minutes=30))
    rows = build_rows(
        [fresh, replace(fresh, alerts=1), replace(fresh, created_at=NOW - timedelta(hours=26)), replace(fresh, created_at=NOW + timedelta(hours=1))],
        {}, {}, now=NOW, is_workday=is_weekday,
    )  # fmt: skip
    assert [one.level for one in rows] == [0, 1, 3, 0]
    assert rows[3].age == timedelta(0)


def test_one_that_was_opened_and_whose_person_nobody_called_is_pointed_at():
    """R29: opening it silences its alarm. A day later the list says so, until a first call is noted."""
    fresh = replace(make_stored(1), status="in_progress", opened_at=NOW - timedelta(hours=23))
    old = replace(fresh, opened_at=NOW - timedelta(hours=24))
    done, unseen = replace(old, status="done"), replace(old, opened_at=None)
    for one, work, expected in (
        (fresh, None, False),
        (old, None, True),
        (old, Work(old.id, "lin"), True),
        (old, Work(old.id, "lin", NOW), False),
        (done, None, False),
        (unseen, None, False),
    ):
        works = {one.id: work} if work else {}
        (built,) = build_rows([one], {}, works, now=NOW, is_workday=is_weekday)
        assert built.is_uncalled is expected


def test_a_request_is_unread_until_somebody_read_it():
    """R29."""
    read = replace(ask(make_id(1)), seen_at=NOW)
    one = replace(make_stored(1), requests=(read, ask(make_id(1))))
    (built,) = build_rows([one], {}, {}, now=NOW, is_workday=is_weekday)
    assert (built.correct + built.withdraw, built.unread) == (2, 1)


def test_a_status_nobody_knows_is_shown_among_the_new():
    """Rather twice looked at than never."""
    (built,) = build_rows([replace(make_stored(1), status="odd")], {}, {}, now=NOW, is_workday=is_weekday)  # type: ignore[arg-type]
    assert built.status == "new"


def test_tabs_hold_a_status_and_requests_stand_in_theirs_too():
    """A withdrawal is seen whatever the status."""
    rows = [row(1), row(2, status="done", withdraw=1), row(3, status="called"), row(4, correct=2)]
    assert choose(rows, tab="asked") == [2, 4]
    assert choose(rows, tab="done") == [2]
    assert count_tabs(rows) == {"new": 2, "in_progress": 0, "called": 1, "done": 1, "asked": 2, "all": 4}


def test_the_usual_order_is_urgency_and_then_waiting():
    """One that cannot be read may be the most urgent; one that says nothing is not therefore in no hurry."""
    rows = [
        row(1),
        row(2, digest=Digest("days")),
        row(3, digest=Digest("today")),
        row(4, digest=Digest("unsaid")),
        row(5, digest=Digest(marks=(Mark("handoff", "unreadable"),))),
        row(0, digest=Digest("today")),
    ]
    assert choose(rows) == [0, 3, 5, 2, 4, 1]
    assert choose(rows, sort="age") == [0, 1, 2, 3, 4, 5]


def test_by_window_those_who_can_be_called_now_come_first():
    """What must be read comes before what can wait."""
    windows = ("later", "unsaid", "read", "soon", "now")
    rows = [row(number, window=window) for number, window in enumerate(windows)]
    assert choose(rows, sort="window") == [4, 3, 2, 1, 0]


def test_rows_that_are_alike_keep_one_order():
    """Ids decide, so that pages do not overlap."""
    alike = [row(number, created_at=NOW) for number in range(6)]
    assert choose(alike) == choose(alike[::-1])


@pytest.mark.parametrize(
    ("wanted", "expected"),
    [
        ({"urgency": "today"}, [2]),
        ({"county": "屏東縣"}, [3]),
        ({"language": "vi"}, [4]),
        ({"window": "now"}, [5]),
        ({"holder": ME}, [6]),
        ({"holder": "chen"}, [7]),
        ({"holder": NOBODY, "language": "zh", "county": "臺北市", "window": "later", "urgency": "no_hurry"}, [1]),
        ({"holder": ME, "language": "vi"}, []),
        ({"found": ()}, []),
        ({"found": (("handoff", make_id(1)[:8]), ("county", "屏東縣"))}, [1, 3]),
        ({"found": (("language", "vi"), ("holder", "chen"), ("odd", "x"))}, [4, 7]),
    ],
)  # fmt: skip
def test_each_filter_keeps_what_fits_all_of_them(wanted: dict[str, Any], expected: list[int]):
    """A search shows what fits one of its hits."""
    zh = Digest("no_hurry", "臺北市", ("zh",))
    rows = [
        row(1),
        row(2, digest=replace(zh, urgency="today"), assigned_to="wang"),
        row(3, digest=replace(zh, county="屏東縣"), assigned_to="wang"),
        row(4, digest=replace(zh, languages=("zh", "vi")), assigned_to="wang"),
        row(5, window="now", assigned_to="wang"),
        row(6, assigned_to="lin"),
        row(7, assigned_to="chen"),
    ]
    assert choose(rows, **wanted) == expected


def test_a_locked_list_says_how_many_and_how_old():
    """And nothing that stands in a record."""
    stored = [make_stored(1), replace(make_stored(2), status="done", requests=(ask(make_id(2)),))]
    summary = sum_up(stored, HOUR + timedelta(hours=3))
    assert summary.counts == {"new": 1, "in_progress": 0, "called": 0, "done": 1, "asked": 1, "all": 2}
    assert set(summary.oldest) == {"new", "done", "asked", "all"}
    assert set(summary.oldest.values()) == {timedelta(hours=3)}


# ─── Giving ───────────────────────────────────────────────────────────────────


@dataclass
class FakeDesk:
    """Handoffs, staff, work and the log, as far as giving one needs them."""

    work: dict[str, str | None] = field(default_factory=dict)
    events: list[Any] = field(default_factory=list)
    somebody_is_faster: str | None = None
    accounts: Staff = (
        StaffAccount("lin", "林", "", frozenset({"open", "list"})),
        StaffAccount("chen", "陳", "", frozenset({"open"})),
        StaffAccount("gone", "高", "", frozenset({"open"}), disabled_at=NOW),
        StaffAccount("boss", "王", "", frozenset({"accounts"})),
    )

    async def find_handoff(self, handoff_id: str) -> StoredHandoff | None:
        return make_stored(1) if handoff_id == make_id(1) else None

    async def list_accounts(self) -> Staff:
        return self.accounts

    async def list_work(self) -> Mapping[str, Work]:
        return {id_: Work(id_, holder) for id_, holder in self.work.items()}

    async def assign(self, handoff_id: str, account_id: str | None, *, instead_of: str | None) -> bool:
        if self.somebody_is_faster:
            self.work[handoff_id] = self.somebody_is_faster
        if self.work.get(handoff_id) != instead_of:
            return False
        self.events.append("changed")
        self.work[handoff_id] = account_id
        return True

    async def write(self, act: str, *, actor: str, subject: str = "", detail: Any = None) -> None:
        self.events.append((act, actor, subject, detail))

    async def give(self, to: str | None, *, instead_of: str | None = None, number: int = 1) -> Assigned:
        giving = Assigning(self, self, self, self)  # type: ignore[arg-type]  # the methods that are used
        return await giving.give(make_id(number), to, instead_of=instead_of, by="lin")


async def test_a_handoff_is_taken_given_on_and_given_back():
    """Each noted first, with the accounts and nothing else."""
    desk, id_ = FakeDesk(), make_id(1)
    assert await desk.give("lin") == Assigned(None, "lin")
    assert await desk.give("chen", instead_of="lin") == Assigned(None, "chen")
    assert await desk.give(None, instead_of="chen") == Assigned(None, None)
    assert desk.events == [
        ("assigned", "lin", id_, {"to": "lin", "instead_of": ""}),
        "changed",
        ("assigned", "lin", id_, {"to": "chen", "instead_of": "lin"}),
        "changed",
        ("assigned", "lin", id_, {"to": "", "instead_of": "chen"}),
        "changed",
    ]


@pytest.mark.parametrize("to", ["gone", "boss", "nobody we know", ""])
async def test_it_goes_to_nobody_who_may_not_open_it(to: str):
    """T6: and nothing changed."""
    desk = FakeDesk(work={make_id(1): "chen"})
    assert await desk.give(to, instead_of="chen") == Assigned("unfit", "chen")
    assert desk.events == []
    assert [one.id for one in await list_colleagues(desk)] == ["lin", "chen"]  # type: ignore[arg-type]  # as above


async def test_who_comes_second_is_told_who_has_it():
    """Nothing is noted for what can no longer be done."""
    desk = FakeDesk(work={make_id(1): "chen"})
    assert await desk.give("lin") == Assigned("moved", "chen")
    assert await FakeDesk().give("lin", instead_of="chen") == Assigned("moved", None)
    assert desk.events == []


async def test_who_comes_second_by_a_hair_is_told_too():
    """The database decides."""
    desk = FakeDesk(somebody_is_faster="chen")
    assert await desk.give("lin") == Assigned("moved", "chen")
    assert "changed" not in desk.events


@pytest.mark.parametrize("handoff_id", [make_id(2), "", "\x00", "x" * 10_000])
async def test_one_that_is_not_there_is_given_to_nobody(handoff_id: str):
    """T16: whatever was posted."""
    desk = FakeDesk()
    giving = Assigning(desk, desk, desk, desk)  # type: ignore[arg-type]  # as above
    assert await giving.give(handoff_id, "lin", instead_of=None, by="lin") == Assigned("gone")
    assert desk.events == []
