"""What the page says about the end of a handoff is what the database does."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from itertools import product

from sqlalchemy import insert

from bot.desk.keeping import SOON, count_due, find_due, list_due
from bot.ports.desk import StoredHandoff
from bot.ports.handoff import Status
from bot.store.database import Conn, Database
from bot.store.engine import make_engine
from bot.store.handoffs_desk import DeskHandoffs
from bot.store.schema import handoff, handoff_case, handoff_request
from tests.desk.export_cast import ask, make_id, make_stored

NOW = datetime(2026, 11, 21, 3, tzinfo=UTC)
AGES = (timedelta(0), timedelta(days=29), timedelta(days=30), timedelta(days=30, hours=1), timedelta(days=89))
#: When requests were read, by how often was warned.
READ: tuple[Sequence[timedelta | None], ...] = (
    (),
    (None,),
    (timedelta(days=1),),
    (timedelta(0), timedelta(days=20)),
)
SPANS = (timedelta(days=1), timedelta(days=30, hours=1), timedelta(days=60), timedelta(days=90))


def make(
    status: Status,
    *,
    age: timedelta,
    since: timedelta,
    is_seen: bool,
    alerts: int = 0,
    number: int = 1,
    read: Sequence[timedelta | None] = (),
) -> StoredHandoff:
    """`read`: for each request how long ago somebody read it; None: nobody has."""
    requests = tuple(
        replace(
            ask(make_id(number)),
            id=f"{place} {make_id(number)}"[:36],
            seen_at=None if each is None else NOW - each,
        )
        for place, each in enumerate(read)
    )
    return replace(
        make_stored(number),
        requests=requests,
        created_at=NOW - age,
        status=status,
        status_at=NOW - since,
        opened_at=NOW - since if is_seen else None,
        alerts=alerts,
    )


def test_what_is_done_goes_thirty_days_later() -> None:
    """And says so."""
    due = find_due(make("done", age=timedelta(days=3), since=timedelta(days=1), is_seen=True))
    assert (due.why, due.erase_at) == ("done", NOW - timedelta(days=1) + timedelta(days=30, hours=1))
    assert due.days_left(NOW) == 29


def test_what_is_never_done_goes_after_ninety_days() -> None:
    """Also when it was finished so late that thirty more days would be longer."""
    for status in ("in_progress", "called", "done"):
        due = find_due(make(status, age=timedelta(days=80), since=timedelta(days=1), is_seen=True))
        assert (due.why, due.erase_at) == ("old", NOW + timedelta(days=10))


def test_each_is_counted_once_by_how_soon_it_ends() -> None:
    """To the second: what ends in seven days is within them."""
    seen = [
        make("in_progress", age=age, since=age, is_seen=True) for age in (timedelta(days=83), timedelta(0))
    ]
    unseen = make("new", age=timedelta(days=300), since=timedelta(days=300), is_seen=False)
    due = list_due([*seen, unseen])
    assert count_due(due, NOW) == {"unseen": 1, "week": 1, "month": 0, "later": 1}
    late = NOW - timedelta(seconds=1)
    assert count_due(due, late) == {"unseen": 1, "week": 0, "month": 1, "later": 1}
    assert count_due(due, NOW + timedelta(days=60)) == {"unseen": 1, "week": 1, "month": 1, "later": 0}
    assert timedelta(days=7) == SOON


def test_what_nobody_saw_waits_and_stands_first() -> None:
    """R29: nothing expires unseen, however often was warned."""
    unseen = make("new", age=timedelta(days=300), since=timedelta(days=300), is_seen=False, alerts=3)
    seen = make("in_progress", age=timedelta(days=300), since=timedelta(days=300), is_seen=True)
    assert find_due(unseen).erase_at is None
    assert find_due(unseen).days_left(NOW) == 0
    assert find_due(seen).erase_at == NOW - timedelta(days=210)
    assert [due.why for due in list_due([seen, unseen])] == ["unseen", "old"]


def test_what_is_first_seen_late_stays_a_week_more() -> None:
    """Or it would go in the hour in which somebody reads it."""
    late = make("in_progress", age=timedelta(days=100), since=timedelta(days=1), is_seen=True)
    assert find_due(late).erase_at == NOW + timedelta(days=6)


def test_one_whose_person_asked_for_something_waits_until_it_was_read_and_a_week_more() -> None:
    """R29: that the number is not safe any more must not be erased unread."""
    long_ago = timedelta(days=60)
    for read, end in (
        ([None], None),
        ([timedelta(days=50), None], None),
        ([timedelta(days=50), timedelta(days=1)], NOW + timedelta(days=6)),
        ([timedelta(days=50)], NOW - timedelta(days=30) + timedelta(hours=1)),
    ):
        due = find_due(make("done", age=long_ago, since=long_ago, is_seen=True, read=read))
        assert (due.why, due.erase_at) == ("asked" if end is None else "done", end)
    assert count_due([find_due(make("done", age=long_ago, since=long_ago, is_seen=True, read=[None]))], NOW)[
        "unseen"
    ]


async def test_the_database_erases_exactly_what_the_page_announced(sqlite_url: str) -> None:
    """Whatever the status, seen or not, warned of or not, on both sides of every limit."""
    statuses: tuple[Status, ...] = ("new", "in_progress", "called", "done")
    spans = [(age, since) for age in AGES for since in AGES if since <= age]
    cases = product(statuses, range(4), (True, False), spans)
    every = [
        make(status, number=number, age=age, since=since, is_seen=is_seen, alerts=alerts, read=READ[alerts])
        for number, (status, alerts, is_seen, (age, since)) in enumerate(cases)
    ]
    database = Database(make_engine(sqlite_url))
    await database.write(lambda conn: _put_all(conn, every))
    store = DeskHandoffs(database, lambda _ids: None)
    left = {one.id: find_due(one).erase_at for one in every}
    for span in SPANS:
        expected = {id_ for id_, end in left.items() if end and end <= NOW + span}
        assert expected
        due = {one.id: one.rule for one in await store.list_due(NOW + span)}
        old = {one.id for one in every if one.id in expected and find_due(one).why == "old"}
        # What is over by both rules at once was announced by the earlier one, and is noted as done.
        assert {id_ for id_, rule in due.items() if rule == "old"} <= old
        assert all(one.status == "done" for one in every if due.get(one.id) == "done")
        assert set(await store.erase_due(NOW + span, only=list(due))) == expected
        left = {id_: end for id_, end in left.items() if id_ not in expected}
    assert left
    assert all(end is None for end in left.values())
    await store.close()


async def _put_all(conn: Conn, every: Sequence[StoredHandoff]) -> None:
    for one in every:
        seal = {"blob": b"0", "signature": b"0", "signer": "x"}
        await conn.run(insert(handoff).values(id=one.id, created_at=one.created_at, **seal))
        case = {name: getattr(one, name) for name in ("status", "status_at", "opened_at", "alerts")}
        await conn.run(insert(handoff_case).values(handoff_id=one.id, receipt=one.id, **case))
        for place, each in enumerate(one.requests, start=1):
            row = {"id": each.id, "handoff_id": one.id, "kind": "correct", "number": place}
            await conn.run(
                insert(handoff_request).values(created_at=NOW, seen_at=each.seen_at, **row, **seal)
            )
