"""Exports that are being made, and files that wait: how far, for whom, how long, and what ends them."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from dataclasses import replace
from datetime import timedelta

import pytest

from bot.desk import packing
from bot.desk.as_xlsx import SheetFull
from bot.desk.export import Format
from bot.desk.exporting import Person
from bot.desk.making import KEPT, MOST_MAKING
from bot.desk.paper import Sheet
from tests.desk.export_cast import NOW, make_id
from tests.desk.exporting_cast import (
    QUICK_S,
    Desk,
    Press,
    deliver,
    make_desk,
    until,
)

TICK = timedelta(microseconds=1)


@pytest.fixture
async def desk() -> AsyncIterator[Desk]:
    made = make_desk(30)
    yield made
    await made.exporting.close()


@pytest.fixture
async def press() -> Press:
    return Press()


@pytest.fixture
async def slow(press: Press) -> AsyncIterator[Desk]:
    """A desk whose printer stands still."""
    made = make_desk(3, printer=press, moment_s=0)
    yield made
    press.go.set()
    await made.exporting.close()


@pytest.fixture
def lin(desk: Desk) -> Person:
    return desk.hire("林社工", "list", "export")


@pytest.fixture
def chen(desk: Desk) -> Person:
    return desk.hire("陳督導", "list", "export")


async def test_it_says_how_far_it_is(slow: Desk, press: Press) -> None:
    lin = slow.hire("林社工", "export")
    assert await slow.exporting.start(lin, slow.want(3, fmt="pdf")) == "started"
    making = slow.exporting.find(lin)
    assert making is not None
    assert (making.state, making.progress.done, making.progress.total) == ("working", 0, 3)
    assert await slow.exporting.take(lin) is None
    press.go.set()
    await until(lambda: making.state == "ready")
    assert (making.progress.done, making.until) == (3, NOW + KEPT)


async def test_one_at_a_time_for_each_account(slow: Desk, press: Press) -> None:
    """Also while a file waits, so that nobody loses one by a second click; refused ones are not noted."""
    lin = slow.hire("林社工", "export")
    await slow.exporting.start(lin, slow.want(1, fmt="pdf"))
    noted = len(slow.audit.entries)
    assert await slow.exporting.start(lin, slow.want(1, fmt="pdf")) == "busy"
    press.go.set()
    await until(lambda: slow.exporting.find(lin).state == "ready")  # type: ignore[union-attr]
    assert await slow.exporting.start(lin, slow.want(1, fmt="pdf")) == "busy"
    assert len(slow.audit.entries) == noted
    slow.exporting.cancel(lin)
    assert await slow.exporting.start(lin, slow.want(1, fmt="pdf")) == "started"


async def test_two_clicks_at_once_make_one_file(desk: Desk, lin: Person) -> None:
    """T6: nor can they take out twice twenty."""
    answers = await asyncio.gather(
        desk.exporting.start(lin, desk.want(20)), desk.exporting.start(lin, desk.want(10, start=20))
    )
    assert sorted(answers) == ["busy", "started"]
    assert len(desk.audit.entries) == 21


async def test_so_many_at_once_and_no_more(slow: Desk, press: Press) -> None:
    """A bound on memory. What was cancelled counts until it has really stopped."""
    people = [slow.hire(f"員{number}", "export") for number in range(MOST_MAKING + 1)]
    for person in people[:-1]:
        assert await slow.exporting.start(person, slow.want(1, fmt="pdf")) == "started"
    assert await slow.exporting.start(people[-1], slow.want(1, fmt="pdf")) == "full"
    slow.exporting.cancel(people[0])
    assert await slow.exporting.start(people[-1], slow.want(1, fmt="pdf")) == "full"
    press.go.set()
    await until(lambda: len(slow.exporting._board._runs) == MOST_MAKING - 1)
    assert await slow.exporting.start(people[-1], slow.want(1, fmt="pdf")) == "started"


async def test_a_cancelled_export_stops_before_the_next_form(slow: Desk, press: Press) -> None:
    """The one that is being printed is the last; nothing is left of it, and nothing is marked."""
    lin = slow.hire("林社工", "export")
    await slow.exporting.start(lin, slow.want(3, fmt="pdf"))
    making = slow.exporting.find(lin)
    assert making is not None
    slow.exporting.cancel(lin)
    assert slow.exporting.find(lin) is None
    press.go.set()
    await until(lambda: not slow.exporting._board._runs)
    assert len(press.printed) <= 1
    assert making.packed is None
    assert slow.handoffs.opened == []
    slow.exporting.cancel(lin)  # there is nothing any more, which is no fault


async def test_a_file_waits_for_one_fetch(desk: Desk, lin: Person) -> None:
    await desk.exporting.start(lin, desk.want(1))
    both = await asyncio.gather(desk.exporting.take(lin), desk.exporting.take(lin))
    [taken] = [one for one in both if one]
    desk.exporting.cancel(lin)  # not while it is being sent
    assert taken[0].state == "taken"
    await desk.exporting.deliver(taken[0])
    assert await desk.exporting.take(lin) is None
    assert taken[0].packed is None
    assert taken[0].state == "fetched"


async def test_what_did_not_arrive_may_be_fetched_again(desk: Desk, lin: Person) -> None:
    """A line that broke is no reason to ask a second person once more."""
    await desk.exporting.start(lin, desk.want(1))
    taken = await desk.exporting.take(lin)
    assert taken is not None
    desk.exporting.give_back(taken[0])
    assert desk.handoffs.opened == []
    await deliver(desk, lin)
    desk.exporting.give_back(taken[0])  # too late: it arrived
    assert await desk.exporting.take(lin) is None


async def test_another_sign_in_cannot_fetch_it(desk: Desk, lin: Person, chen: Person) -> None:
    """T23: neither of another member nor of the same; it may only be let go there."""
    await desk.exporting.start(lin, desk.want(1))
    assert await desk.exporting.take(chen) is None
    elsewhere = replace(lin, session="session-elsewhere")
    desk.staff.sessions.add(elsewhere.session)
    assert await desk.exporting.take(elsewhere) is None
    assert await desk.exporting.take(lin) is not None


async def test_a_file_waits_for_minutes(desk: Desk, lin: Person) -> None:
    """To the microsecond; then it is let go, whether anybody looks or not."""
    await desk.exporting.start(lin, desk.want(1))
    desk.clock.pass_by(KEPT - TICK)
    making = desk.exporting.find(lin)
    assert making is not None
    assert making.state == "ready"
    desk.clock.pass_by(TICK)
    assert await desk.exporting.take(lin) is None
    assert (making.state, making.packed) == ("dropped", None)
    await until(lambda: not desk.exporting._board._runs)


async def test_a_file_that_nobody_asks_after_is_let_go(desk: Desk, lin: Person) -> None:
    await desk.exporting.start(lin, desk.want(1))
    [making] = desk.exporting._board._runs.values()
    desk.clock.pass_by(KEPT)
    await until(lambda: making.packed is None)
    assert making.state == "dropped"


@pytest.mark.parametrize("how", ["vault", "session"])
async def test_a_file_goes_with_the_vault_and_with_the_sign_in(desk: Desk, lin: Person, how: str) -> None:
    """T7: whether it is asked for or not; a new one may be made afterwards."""
    await desk.exporting.start(lin, desk.want(1))
    [making] = desk.exporting._board._runs.values()
    end(desk, lin, how)
    assert await desk.exporting.take(lin) is None
    await until(lambda: making.packed is None)
    desk.hire("林社工", "export")
    assert await desk.exporting.start(lin, desk.want(1)) == "started"


def end(desk: Desk, person: Person, how: str) -> None:
    if how == "vault":
        desk.vaults.lock(person.account_id)
    else:
        desk.staff.sessions.discard(person.session)


@pytest.mark.parametrize("how", ["vault", "session"])
async def test_work_stops_with_the_vault_and_with_the_sign_in(slow: Desk, press: Press, how: str) -> None:
    """Nothing that comes of it afterwards is kept."""
    lin = slow.hire("林社工", "export")
    await slow.exporting.start(lin, slow.want(3, fmt="pdf"))
    [making] = slow.exporting._board._runs.values()
    end(slow, lin, how)
    await until(making.progress.stop.is_set)
    press.go.set()
    await until(lambda: not slow.exporting._board._runs)
    assert (making.state, making.packed) == ("dropped", None)
    assert len(press.printed) <= 1


async def test_what_is_finished_just_as_the_vault_closes_is_not_kept(slow: Desk, press: Press) -> None:
    """Looked at again after the last form."""
    slow.exporting._board._look_every_s = 60.0
    lin = slow.hire("林社工", "export")
    await slow.exporting.start(lin, slow.want(1, fmt="pdf"))
    [making] = slow.exporting._board._runs.values()
    slow.vaults.lock(lin.account_id)
    press.go.set()
    await until(making.over.is_set)
    assert (making.state, making.packed) == ("dropped", None)


async def test_a_database_that_is_away_for_a_moment_ends_nothing(desk: Desk, lin: Person) -> None:
    """Minutes do, and the vault."""
    await desk.exporting.start(lin, desk.want(1))
    desk.staff.is_down = True
    await asyncio.sleep(5 * QUICK_S)
    assert await desk.exporting.take(lin) is not None


async def test_a_file_that_hangs_on_its_way_frees_its_place(desk: Desk, lin: Person) -> None:
    """Whoever reads slowly for ever holds nothing back; what arrives after all still counts as opened."""
    await desk.exporting.start(lin, desk.want(1, reason="first_call"))
    taken = await desk.exporting.take(lin)
    assert taken is not None
    desk.clock.pass_by(KEPT)
    await until(lambda: not desk.exporting._board._runs)
    assert await desk.exporting.start(lin, desk.want(1, reason="first_call")) == "started"
    await desk.exporting.deliver(taken[0])
    assert desk.handoffs.opened == [make_id(0)]


async def test_handoffs_that_cannot_be_marked_are_told_to_the_log(
    desk: Desk, lin: Person, caplog: pytest.LogCaptureFixture
) -> None:
    """The file is in their hands by then."""
    await desk.exporting.start(lin, desk.want(1, reason="first_call"))
    desk.handoffs.is_down = True
    await deliver(desk, lin)
    assert "export_not_marked" in caplog.text
    assert "away" not in caplog.text


@pytest.mark.parametrize("fault", [SheetFull("full"), packing.TooLarge("large")])
async def test_what_is_too_large_is_said_and_left(fault: Exception) -> None:
    def break_down(sheet: Sheet, *, demo: bool) -> bytes:
        raise fault

    desk = make_desk(1, printer=break_down)
    lin = desk.hire("林社工", "export")
    assert await desk.exporting.start(lin, desk.want(1, fmt="pdf")) == "started"
    making = desk.exporting.find(lin)
    assert making is not None
    assert making.state == "too_large"
    assert await desk.exporting.start(lin, desk.want(1, fmt="csv")) == "started"
    await desk.exporting.close()


@pytest.mark.parametrize("fmt", ["pdf", "csv"])
async def test_no_file_is_larger_than_memory_allows(
    desk: Desk, lin: Person, monkeypatch: pytest.MonkeyPatch, fmt: Format
) -> None:
    """Counted on the way for forms, and at the end."""
    monkeypatch.setattr(packing, "MOST_BYTES", 100)
    await desk.exporting.start(lin, desk.want(3, fmt=fmt))
    making = desk.exporting.find(lin)
    assert making is not None
    assert (making.state, making.packed) == ("too_large", None)


async def test_a_fault_is_logged_by_its_id_and_says_nothing(caplog: pytest.LogCaptureFixture) -> None:
    """T30."""

    def break_down(sheet: Sheet, *, demo: bool) -> bytes:
        raise RuntimeError("林小雨")

    desk = make_desk(1, printer=break_down)
    lin = desk.hire("林社工", "export")
    await desk.exporting.start(lin, desk.want(1, fmt="pdf"))
    making = desk.exporting.find(lin)
    assert making is not None
    assert making.state == "failed"
    assert making.incident
    assert making.incident in {getattr(one, "incident", "") for one in caplog.records}
    assert "林小雨" not in caplog.text
    await desk.exporting.close()


async def test_closing_lets_go_of_everything(slow: Desk, press: Press) -> None:
    """What is at work stops; what waits is gone."""
    lin, chen = slow.hire("林社工", "export"), slow.hire("陳督導", "export")
    await slow.exporting.start(lin, slow.want(1, fmt="pdf"))
    await slow.exporting.start(chen, slow.want(1, fmt="csv"))
    makings = list(slow.exporting._board._runs.values())
    await until(lambda: makings[1].state == "ready")
    press.go.set()
    await slow.exporting.close()
    assert {(one.state, one.packed) for one in makings} == {("dropped", None)}
    assert slow.exporting.find(lin) is None


async def test_a_program_that_is_stopped_in_the_middle_lets_go_too(slow: Desk, press: Press) -> None:
    lin = slow.hire("林社工", "export")
    await slow.exporting.start(lin, slow.want(1, fmt="pdf"))
    [(run, making)] = slow.exporting._board._runs.items()
    run.cancel()
    await until(run.done)
    press.go.set()
    assert (making.state, making.packed) == ("dropped", None)


async def test_nothing_shows_when_it_is_printed_by_mistake(desk: Desk, lin: Person) -> None:
    """T30: neither words, nor keys, nor sessions."""
    await desk.exporting.start(lin, desk.want(1))
    taken = await desk.exporting.take(lin)
    shown = repr((lin, taken))
    assert "session-" not in shown
    assert "林小雨" not in shown
    assert "content" not in shown
