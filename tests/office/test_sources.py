"""Where guesses come from, counted in memory."""

from __future__ import annotations

from datetime import timedelta

from bot.office.sources import Sources
from tests.office.fakes import NOON

QUARTER = timedelta(minutes=15)


def exhausted(sources: Sources, address: str) -> Sources:
    for _ in range(5):
        assert sources.claim(address, NOON)
    return sources


def test_five_tries_lock_a_source_for_a_quarter_of_an_hour() -> None:
    """The sixth is refused until the lock ends, and then five more are allowed."""
    sources = exhausted(Sources(5, QUARTER), "192.0.2.1")
    assert not sources.claim("192.0.2.1", NOON + QUARTER - timedelta(seconds=1))
    assert sources.claim("192.0.2.1", NOON + QUARTER)


def test_another_source_is_not_locked_with_it() -> None:
    """One address guessing does not keep the others out."""
    assert exhausted(Sources(5, QUARTER), "192.0.2.1").claim("192.0.2.2", NOON)


def test_old_tries_are_forgotten() -> None:
    """Four mistakes in the morning do not count in the afternoon."""
    sources = Sources(5, QUARTER)
    for _ in range(4):
        sources.claim("192.0.2.1", NOON)
    for _ in range(5):
        assert sources.claim("192.0.2.1", NOON + QUARTER)


def test_a_right_try_takes_back_only_itself() -> None:
    """Signing in with one's own account does not buy more guesses at others'."""
    sources = Sources(5, QUARTER)
    for _ in range(4):
        sources.claim("192.0.2.1", NOON)
    sources.claim("192.0.2.1", NOON)
    sources.forgive("192.0.2.1")
    assert sources.claim("192.0.2.1", NOON)
    assert not sources.claim("192.0.2.1", NOON)


def test_forgiving_an_unknown_source_changes_nothing() -> None:
    """It may have been forgotten meanwhile."""
    Sources(5, QUARTER).forgive("192.0.2.1")


def test_a_network_of_ipv6_is_one_source() -> None:
    """A household has 2^64 addresses; the next household is another source."""
    sources = exhausted(Sources(5, QUARTER), "2001:db8:0:1::1")
    assert not sources.claim("2001:db8:0:1:ffff::2", NOON)
    assert sources.claim("2001:db8:0:2::1", NOON)


def test_an_ipv4_address_is_one_source_in_either_writing() -> None:
    """A listener on both protocols sees IPv4 inside IPv6."""
    assert not exhausted(Sources(5, QUARTER), "192.0.2.1").claim("::ffff:192.0.2.1", NOON)


def test_a_name_that_is_no_address_is_a_source_too() -> None:
    """A Unix socket has no address; all of it is one source."""
    assert not exhausted(Sources(5, QUARTER), "").claim("", NOON)


def test_the_memory_is_bounded() -> None:
    """However many sources try, only the latest are remembered."""
    sources = Sources(5, QUARTER, max_sources=3)
    for number in range(100):
        sources.claim(f"192.0.2.{number}", NOON)
    assert list(sources._tries) == ["192.0.2.97", "192.0.2.98", "192.0.2.99"]
