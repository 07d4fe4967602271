"""T10: what the newest test handoff tells the desk, with real keys and seals: swapped, late, odd, and well."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from dataclasses import replace
from datetime import timedelta
from pathlib import Path

import pytest
from pyrage import x25519

from bot.desk.clock_mark import ClockMark
from bot.desk.sealing_tests import SETTLED_AFTER, SealingTests, Verdict
from bot.errors import ConfigError
from bot.keys.signers import Signer
from bot.ports import SealingTest
from bot.wiring.sealing_tests import watching_sealing_tests
from tests.desk.sealing_cast import HOUR, MINUTE, Hosts, add, lie_to, seal_as, swap, take_away
from tests.keys.folders import put

WELL = Verdict()


@pytest.fixture
def hosts(tmp_path: Path) -> Hosts:
    return Hosts(tmp_path)


async def test_all_is_well_for_days(hosts: Hosts, caplog: pytest.LogCaptureFixture) -> None:
    """T10: no hour without one, no alarm without a cause; whoever is there opens each."""
    for _ in range(60):
        assert not (await hosts.run_for(HOUR)).faults
        hosts.prove("anna")
        hosts.prove("ben")
    assert not hosts.tests.judge().faults
    assert caplog.messages == []


async def test_after_48_hours_they_are_gone(hosts: Hosts) -> None:
    """T10: what is kept is what docs/what-we-hold.md says."""
    await hosts.run_for(60 * HOUR)
    ages = sorted(hosts.clock() - hour for hour, _ in hosts.rows.rows)
    assert (len(ages), ages[-1] // HOUR) == (48, 47)


# ─── Swapped recipients ───────────────────────────────────────────────────────


@pytest.mark.parametrize("change", [swap, add, take_away])
@pytest.mark.parametrize("after", [MINUTE, 30 * MINUTE, 59 * MINUTE])
async def test_swapped_recipients_are_noticed_within_an_hour(
    hosts: Hosts,
    change: Callable[[Path, str], None],
    after: timedelta,
    caplog: pytest.LogCaptureFixture,
) -> None:
    """T10: from the test alone, though nobody writes and nobody signs in; whenever in the hour it happens."""
    assert not (await hosts.run_for(after)).faults
    change(hosts.public, "ben" if change is not add else "carol")
    swapped_at = hosts.clock()
    while not (await hosts.run_for(MINUTE)).faults:
        assert hosts.clock() - swapped_at <= HOUR
    assert hosts.tests.judge().faults == ("others",)
    assert caplog.messages == ["sealing_test_wrong"]
    assert [record.channel for record in caplog.records] == ["others"]


async def test_it_is_told_once_an_hour_until_it_is_mended(
    hosts: Hosts, caplog: pytest.LogCaptureFixture
) -> None:
    """T10: and then no more, since the newest one tells."""
    swap(hosts.public, "ben")
    await hosts.run_for(3 * HOUR - MINUTE)
    assert caplog.messages == ["sealing_test_wrong"] * 3
    hosts.carry()
    await hosts.run_for(HOUR)
    assert not hosts.tests.judge().faults
    assert caplog.messages == ["sealing_test_wrong"] * 3


async def test_a_change_of_the_desk_has_an_hour_to_be_carried(hosts: Hosts) -> None:
    """T10: nobody is frightened by what they did themselves; forgotten, it is told."""
    await hosts.run_for(HOUR)
    carol = x25519.Identity.generate()
    since = hosts.clock().strftime("%Y-%m-%dT%H:%M:%SZ")
    put(hosts.desk, "carol.pub", f"# since: {since}\n{carol.to_public()}\n")
    assert hosts.ring.look().changed_at == hosts.clock()
    assert not (await hosts.run_for(HOUR - MINUTE)).faults
    assert (await hosts.run_for(HOUR + 2 * MINUTE)).faults == ("others",)
    hosts.carry()
    assert not (await hosts.run_for(HOUR)).faults


async def test_it_counts_for_the_pages_as_the_newest_handoff_does(hosts: Hosts) -> None:
    """T10: one way of comparing."""
    await hosts.run_for(HOUR)
    (sealing,) = hosts.tests.sealing
    assert sealing.recipients == hosts.ring.look().in_use
    assert sealing.created_at == hosts.newest.hour


# ─── Too old ──────────────────────────────────────────────────────────────────


async def test_a_public_program_that_stands_still_is_told(
    hosts: Hosts, caplog: pytest.LogCaptureFixture
) -> None:
    """T10: two hours after the last one's hour began, with how many it is by now."""
    await hosts.run_for(MINUTE)
    assert await hosts.desk_alone_for(2 * HOUR - 2 * MINUTE) == Verdict((), 1)
    assert await hosts.desk_alone_for(2 * MINUTE) == Verdict(("late",), 2)
    assert await hosts.desk_alone_for(70 * HOUR) == Verdict(("late",), 72)
    assert {record.channel for record in caplog.records} == {"late"}
    assert not (await hosts.run_for(MINUTE)).faults


async def test_one_that_never_came_is_told_from_the_start_of_the_office_on(hosts: Hosts) -> None:
    """T10: as after a restore, or where the public program was never started; nobody is told before."""
    assert hosts.tests.judge() == WELL
    assert await hosts.desk_alone_for(MINUTE) == WELL
    assert await hosts.desk_alone_for(2 * HOUR) == Verdict((), 2)
    assert await hosts.desk_alone_for(MINUTE) == Verdict(("late",), 2)


@pytest.mark.parametrize("closed", ["no recipient", "not taken"])
async def test_where_no_handoffs_are_taken_none_is_missed(tmp_path: Path, closed: str) -> None:
    """T10."""
    hosts = Hosts(tmp_path, takes=closed != "not taken")
    if closed == "no recipient":
        for folder in (hosts.desk, hosts.public):
            (folder / "recipients.d" / "ben.pub").unlink()
    await hosts.run_for(5 * HOUR) if closed == "no recipient" else await hosts.desk_alone_for(MINUTE)
    assert not (await hosts.desk_alone_for(5 * HOUR)).faults
    assert hosts.rows.rows == {}


async def test_a_test_from_the_future_hides_nothing(hosts: Hosts) -> None:
    """T10: a clock that was ahead, or somebody who signed one for later: it is not believed, and taken away."""
    await hosts.run_for(MINUTE)
    hosts.clock.pass_by(100 * HOUR)
    await hosts.front.proving.prove()
    hosts.clock.pass_by(-100 * HOUR)
    assert await hosts.desk_alone_for(3 * HOUR) == Verdict(("late",), 3)
    assert len(hosts.rows.rows) == 1


async def test_programs_that_start_together_after_a_rest_are_given_some_minutes(hosts: Hosts) -> None:
    """T10: the newest is of days ago, and the next is about to come; that it does not come is told soon."""
    await hosts.run_for(MINUTE)
    hosts.clock.pass_by(60 * HOUR)
    hosts.start()
    await hosts.tests.look()
    assert not hosts.tests.judge().faults
    assert (await hosts.desk_alone_for(SETTLED_AFTER)).faults == ("late",)
    assert not (await hosts.run_for(MINUTE)).faults


@pytest.mark.parametrize("wrong", [-1000 * HOUR, 1000 * HOUR])
async def test_a_clock_that_was_wrong_at_the_start_leads_nobody_astray(
    hosts: Hosts, wrong: timedelta
) -> None:
    """T10: once it is right, hours count from there: none came for two of them, and that is told, neither at once nor never."""
    hosts.clock.pass_by(wrong)
    await hosts.tests.look()
    hosts.clock.pass_by(-wrong)
    assert not (await hosts.desk_alone_for(2 * HOUR)).faults
    assert await hosts.desk_alone_for(2 * SETTLED_AFTER) == Verdict(("late",), 2)


@pytest.mark.parametrize("wrong", [-50 * HOUR, 50 * HOUR, 1000 * HOUR])
async def test_by_a_clock_in_doubt_nothing_is_taken_away(
    hosts: Hosts, tmp_path: Path, wrong: timedelta
) -> None:
    """T10, R18: neither in the minutes after a jump, nor as long as nobody is to erase by it."""
    hosts.mark = ClockMark(tmp_path / "mark")
    hosts.mark.put(hosts.clock())
    hosts.start()
    await hosts.run_for(3 * HOUR)
    before = dict(hosts.rows.rows)
    hosts.clock.pass_by(wrong)
    await hosts.desk_alone_for(9 * MINUTE)
    if wrong == 1000 * HOUR:
        await hosts.desk_alone_for(3 * HOUR)
    assert before == hosts.rows.rows


async def test_a_mark_of_the_clock_that_cannot_be_read_is_a_doubt(hosts: Hosts, tmp_path: Path) -> None:
    """T10, R18: as for whoever erases handoffs; once it can be read, what is old goes."""
    (tmp_path / "mark").write_text("noise")
    hosts.mark = ClockMark(tmp_path / "mark")
    hosts.start()
    await hosts.run_for(50 * HOUR)
    assert len(hosts.rows.rows) == 51
    hosts.mark.put(hosts.clock())
    await hosts.run_for(MINUTE)
    assert len(hosts.rows.rows) == 48


# ─── Odd ──────────────────────────────────────────────────────────────────────


def lie_of_recipients(test: SealingTest) -> SealingTest:
    return replace(test, recipients=(test.recipients[0], "0000 0000 0000 0000"))


def move(test: SealingTest) -> SealingTest:
    return replace(test, hour=test.hour + HOUR)


def break_seal(test: SealingTest) -> SealingTest:
    *rest, last = test.sealed.blob
    return replace(test, sealed=replace(test.sealed, blob=bytes([*rest, last ^ 1])))


def sign_as_nobody(test: SealingTest) -> SealingTest:
    return replace(test, sealed=replace(test.sealed, signer="0000 0000 0000 0000"))


@pytest.mark.parametrize("change", [lie_of_recipients, move, break_seal, sign_as_nobody])
async def test_what_is_not_signed_as_it_stands_is_odd(
    hosts: Hosts, change: Callable[[SealingTest], SealingTest]
) -> None:
    """T10, T11: and what it says of its recipients is not believed then."""
    await hosts.run_for(MINUTE)
    (test,) = hosts.rows.rows.values()
    changed = change(test)
    hosts.rows.rows.clear()
    hosts.rows.put(changed)
    assert (await hosts.desk_alone_for(MINUTE)).faults == ("odd",)
    assert hosts.tests.sealing == ()
    hosts.prove("anna")
    assert hosts.tests.judge().faults == ("odd",)


async def test_a_host_that_signs_another_list_than_it_seals_to_is_seen_without_a_key(hosts: Hosts) -> None:
    """T10: one key more than it names, so that a stranger could read; the head of an age file says how many there are."""
    add(hosts.public, "stranger")
    told = tuple(sorted(hosts.ring.look().in_use))
    seal_as(hosts, told)
    assert (await hosts.desk_alone_for(MINUTE)).faults == ("odd",)


async def test_signers_that_cannot_be_read_make_it_odd(hosts: Hosts) -> None:
    """T10: nothing is believed then; and the desk goes on."""
    await hosts.run_for(MINUTE)

    def refuse() -> tuple[Signer, ...]:
        raise ConfigError("signers.d is not sound")

    tests = SealingTests(hosts.rows, hosts.clock, look_at_keys=hosts.ring.look, read_signers=refuse)
    await tests.look()
    assert tests.judge().faults == ("odd",)


async def test_who_names_a_key_twice_hides_nobody_behind_it(hosts: Hosts) -> None:
    """T10: as many keys as names, and the names are the list's, and yet a stranger could read."""
    add(hosts.public, "stranger")
    anna, ben = sorted(hosts.ring.look().in_use)
    seal_as(hosts, (anna, ben, ben))
    assert (await hosts.desk_alone_for(MINUTE)).faults == ("odd",)


# ─── The watch ────────────────────────────────────────────────────────────────


async def test_the_office_looks_at_its_start_and_again(
    hosts: Hosts, caplog: pytest.LogCaptureFixture
) -> None:
    """T10: also when nobody is signed in; a database that is away does not end it."""
    swap(hosts.public, "ben")
    await hosts.front.proving.prove()
    hosts.rows.take_down()
    async with asyncio.timeout(30), watching_sealing_tests(hosts.tests, every=timedelta(0)):
        while "sealing_test_not_looked_at" not in caplog.messages:  # noqa: ASYNC110 - nobody tells, as in the office
            await asyncio.sleep(0)
        hosts.rows.fault = None
        while "sealing_test_wrong" not in caplog.messages:  # noqa: ASYNC110 - as above
            await asyncio.sleep(0)


async def test_a_list_that_cannot_be_read_silences_nothing(
    hosts: Hosts, caplog: pytest.LogCaptureFixture
) -> None:
    """T10: nothing is compared with it, and that is told; what needs no list is told as ever."""
    lie_to(hosts, "ben")
    await hosts.desk_alone_for(MINUTE)
    hosts.prove("ben")
    put(hosts.desk, "odd.pub", "no key\n")
    assert (await hosts.desk_alone_for(MINUTE)).faults == ("unsound", "unopened")
    assert (await hosts.desk_alone_for(5 * HOUR)).faults == ("late", "unsound", "unopened")
    assert {record.channel for record in caplog.records} == {"late", "unsound", "unopened"}


async def test_each_fault_is_told_by_itself_once_an_hour(
    hosts: Hosts, caplog: pytest.LogCaptureFixture
) -> None:
    """T10: a host that also sends noise hides nothing behind it."""
    swap(hosts.public, "ben")
    await hosts.run_for(MINUTE)
    hosts.rows.put(replace(hosts.newest, sealed=replace(hosts.newest.sealed, signer="0000 0000 0000 0000")))
    await hosts.desk_alone_for(30 * MINUTE)
    assert [record.channel for record in caplog.records] == ["others", "odd"]
    await hosts.desk_alone_for(HOUR)
    assert [record.channel for record in caplog.records[2:]] == ["odd", "others"]


async def test_rows_that_cannot_be_read_are_taken_away_all_the_same(
    hosts: Hosts, caplog: pytest.LogCaptureFixture
) -> None:
    """T10: whoever put them there stops neither the log nor the broom."""
    await hosts.run_for(MINUTE)
    hosts.rows.put(replace(hosts.newest, hour=hosts.newest.hour + 9 * HOUR))
    hosts.rows.unreadable = OverflowError("an hour that is none")
    for _ in range(13):
        hosts.clock.pass_by(SETTLED_AFTER)
        with pytest.raises(OverflowError):
            await hosts.tests.look()
    assert len(hosts.rows.rows) == 1
    assert [record.channel for record in caplog.records] == ["late"]
