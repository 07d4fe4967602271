"""T10: a key that a test handoff names must open it, whatever else does; and what takes such an alarm back."""

from __future__ import annotations

from pathlib import Path

import pytest

from bot.desk.opening import Opener
from tests.desk.sealing_cast import HOUR, MINUTE, Blind, Hosts, lie_to, seal_as
from tests.keys.folders import new_key, put


@pytest.fixture
def hosts(tmp_path: Path) -> Hosts:
    return Hosts(tmp_path)


async def test_a_host_that_swaps_a_key_and_names_the_old_one_is_seen_by_who_has_it(
    hosts: Hosts, caplog: pytest.LogCaptureFixture
) -> None:
    """T10: the list it tells is right, and yet the key of Ben opens nothing; that Anna's does excuses nobody."""
    lie_to(hosts, "ben")
    assert not (await hosts.desk_alone_for(MINUTE)).faults
    hosts.prove("anna")
    assert not hosts.tests.judge().faults
    hosts.prove("ben")
    hosts.prove("anna")
    assert hosts.tests.judge().faults == ("unopened",)
    await hosts.tests.look()
    assert [record.channel for record in caplog.records] == ["unopened"]


async def test_it_is_said_until_that_member_opens_a_later_one(hosts: Hosts) -> None:
    """T10: the next test alone proves nothing for their key; two days later nobody knows any more."""
    lie_to(hosts, "ben")
    await hosts.desk_alone_for(MINUTE)
    hosts.prove("ben")
    hosts.carry()
    assert (await hosts.run_for(HOUR)).faults == ("unopened",)
    hosts.prove("ben")
    assert not hosts.tests.judge().faults
    hosts.prove_blindly("ben")
    assert (await hosts.run_for(47 * HOUR)).faults == ("unopened",)
    assert not (await hosts.run_for(2 * HOUR)).faults


async def test_another_text_in_it_is_as_bad_as_none(hosts: Hosts) -> None:
    """T10: it must say what it always says."""
    seal_as(hosts, tuple(sorted(hosts.ring.look().in_use)), b"something else")
    await hosts.desk_alone_for(MINUTE)
    hosts.prove("anna")
    assert hosts.tests.judge().faults == ("unopened",)


async def test_who_holds_no_key_that_it_names_says_nothing(hosts: Hosts) -> None:
    """T10: a closed vault, an old key, before the first test: none of them is an alarm."""
    hosts.prove_blindly("anna")
    await hosts.run_for(MINUTE)
    hosts.tests.prove("carol", {})
    hosts.tests.prove("carol", {"0000 0000 0000 0000": Blind()})
    assert not hosts.tests.judge().faults


async def test_a_vault_that_knows_older_signers_says_nothing(hosts: Hosts) -> None:
    """T10: what it takes for forged is neither an alarm nor the end of one."""
    anna = hosts.identities["anna"]
    forged = {anna.fingerprint: Opener([anna], ())}
    await hosts.run_for(MINUTE)
    hosts.tests.prove("anna", forged)
    assert not hosts.tests.judge().faults
    hosts.prove_blindly("anna")
    await hosts.run_for(HOUR)
    hosts.tests.prove("anna", forged)
    assert hosts.tests.judge().faults == ("unopened",)


async def test_a_host_that_puts_a_stranger_in_anothers_place_is_seen_by_who_holds_both_keys(
    hosts: Hosts,
) -> None:
    """T10: one of their keys opens it, and the other must too."""
    lie_to(hosts, "ben")
    await hosts.desk_alone_for(MINUTE)
    hosts.prove("anna", "ben")
    assert hosts.tests.judge().faults == ("unopened",)


async def test_no_other_key_of_a_member_takes_an_alarm_back(hosts: Hosts) -> None:
    """T10: Ben's key did not open one, and only Ben's key can say that it opens them again."""
    lie_to(hosts, "ben")
    await hosts.desk_alone_for(MINUTE)
    hosts.prove("anna", "ben", by="anna")
    hosts.carry()
    await hosts.run_for(HOUR)
    hosts.prove("anna")
    assert hosts.tests.judge().faults == ("unopened",)
    hosts.prove("ben", by="anna")
    assert not hosts.tests.judge().faults


async def test_the_same_one_takes_no_alarm_back(hosts: Hosts) -> None:
    """T10: what did not open once tells nothing good of the host, whatever becomes of it."""
    await hosts.run_for(MINUTE)
    hosts.prove_blindly("ben")
    hosts.prove("ben")
    assert hosts.tests.judge().faults == ("unopened",)


async def test_a_later_change_of_the_list_takes_no_alarm_back(hosts: Hosts) -> None:
    """T10: it was the host that lied then, whoever changes keys now."""
    await hosts.run_for(HOUR)
    lie_to(hosts, "ben")
    await hosts.desk_alone_for(MINUTE)
    hosts.prove("ben")
    carol, since = new_key(), hosts.clock().strftime("%Y-%m-%dT%H:%M:%SZ")
    put(hosts.desk, "carol.pub", f"# since: {since}\n{carol}\n")
    assert hosts.tests.judge().faults == ("unopened",)
