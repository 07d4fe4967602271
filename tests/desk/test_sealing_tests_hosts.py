"""T10: of several public hosts each speaks for itself: what one sends hides nothing of another."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest

from tests.desk.sealing_cast import HOUR, MINUTE, Hosts, lie_to, swap


@pytest.fixture
def hosts(tmp_path: Path) -> Hosts:
    return Hosts(tmp_path)


@pytest.mark.parametrize("swapped", [0, 1])
async def test_of_several_hosts_the_one_that_was_swapped_is_noticed_within_an_hour(
    hosts: Hosts, swapped: int
) -> None:
    """T10: whichever of them sends its test first, each speaks for itself."""
    hosts.add_host("second")
    assert not (await hosts.run_for(30 * MINUTE)).faults
    swap(hosts.publics[swapped].folder, "ben")
    assert (await hosts.run_for(30 * MINUTE)).faults == ("others",)
    assert len(hosts.tests.sealing) == 2
    hosts.carry()
    assert not (await hosts.run_for(HOUR)).faults


async def test_a_host_that_is_well_takes_no_alarm_of_another_back(hosts: Hosts) -> None:
    """T10: Ben's key opens the tests of the one, later ones too, and not that of the other."""
    second = hosts.add_host("second")
    await hosts.run_for(MINUTE)
    lie_to(hosts, "ben", host=second)
    await hosts.desk_alone_for(MINUTE)
    hosts.prove("ben")
    hosts.publics = [hosts.front]
    await hosts.run_for(3 * HOUR)
    hosts.prove("ben")
    assert hosts.tests.judge().faults == ("unopened",)


async def test_a_host_that_was_stopped_is_missed_by_nobody_while_another_sends(hosts: Hosts) -> None:
    """T10: replicas come and go; what it said last counts for two hours, and none at all is late as ever."""
    second = hosts.add_host("second")
    swap(second.folder, "ben")
    assert (await hosts.run_for(MINUTE)).faults == ("others",)
    hosts.publics = [hosts.front]
    assert (await hosts.run_for(118 * MINUTE)).faults == ("others",)
    assert not (await hosts.run_for(HOUR)).faults
    assert (await hosts.desk_alone_for(3 * HOUR)).faults == ("late",)


async def test_a_forged_row_beside_sound_ones_is_odd_and_hides_none(hosts: Hosts) -> None:
    """T10: whoever may only put in can be loud, and silences nothing."""
    swap(hosts.public, "ben")
    await hosts.run_for(MINUTE)
    hosts.rows.put(replace(hosts.newest, sealed=replace(hosts.newest.sealed, signer="0000 0000 0000 0000")))
    assert (await hosts.desk_alone_for(MINUTE)).faults == ("others", "odd")
    assert (await hosts.desk_alone_for(3 * HOUR)).faults == ("late", "others")
