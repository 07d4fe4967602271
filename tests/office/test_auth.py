"""Signing in and out: guesses are counted before they are looked at, and sessions end."""

from __future__ import annotations

import asyncio
import itertools
from datetime import timedelta

import pytest

from bot.errors import ConfigError
from bot.office.auth import DEMO_NAME, Desk, Guess, Limits, ensure_demo_account, hash_token, read_name
from bot.office.passwords import Passwords
from tests.office.fakes import CHEAP, PROMPT, FakeClock, FakeStaff, Tokens

QUARTER = timedelta(minutes=15)


class CountedPasswords(Passwords):
    """Counts the guesses that were compared with a real account's password."""

    def __init__(self) -> None:
        super().__init__(CHEAP, demo=True)
        self.looked_at = 0
        self.work = 0

    async def is_right(self, password: str, stored: str | None) -> bool:
        self.work += 1
        self.looked_at += stored is not None
        await asyncio.sleep(0)
        return stored == f"hash of {password}"


class Entrance:
    """A desk with one account, `lin`, whose password is `right`."""

    def __init__(self, *, demo: bool = True, limits: Limits = PROMPT) -> None:
        self.staff, self.clock, self.passwords = FakeStaff(), FakeClock(), CountedPasswords()
        self._sources = itertools.count()
        self.desk = Desk(
            self.staff, self.passwords, clock=self.clock, new_token=Tokens(), limits=limits, demo=demo
        )

    async def add(self, name: str = "lin") -> Entrance:
        await self.staff.add_account(name, "hash of right", self.clock())
        return self

    async def guess(self, typed: str = "right", name: str = "lin", source: str = "") -> str | None:
        source = source or f"source {next(self._sources)}"
        return await self.desk.sign_in(Guess(name, typed, source))


@pytest.fixture
async def entrance() -> Entrance:
    return await Entrance().add()


async def test_the_right_password_opens_a_session_of_which_only_the_hash_is_kept(entrance: Entrance) -> None:
    """The database could not be used to sign in."""
    token = await entrance.guess()
    assert token
    assert [hash_token(token)] == list(entrance.staff.sessions)
    assert token not in repr(entrance.staff)


async def test_every_sign_in_gets_a_token_of_its_own(entrance: Entrance) -> None:
    """A token known from before is worth nothing."""
    assert await entrance.guess() != await entrance.guess()


@pytest.mark.parametrize("name", ["nobody", "", "LIN", "lin\0", "x" * 65, "a\u202eb"])
async def test_an_unknown_name_costs_the_same_work_and_is_refused(entrance: Entrance, name: str) -> None:
    """Also names that could never be one."""
    assert await entrance.guess(name=name) is None
    assert (entrance.passwords.work, entrance.passwords.looked_at) == (1, 0)


async def test_five_wrong_tries_lock_the_account_even_for_the_right_password(entrance: Entrance) -> None:
    """From any source; the lock ends after a quarter of an hour."""
    for _ in range(5):
        assert await entrance.guess("wrong") is None
    assert await entrance.guess() is None
    assert (entrance.passwords.work, entrance.passwords.looked_at) == (6, 5)
    entrance.clock.pass_by(QUARTER)
    assert await entrance.guess()


async def test_a_right_try_forgets_the_wrong_ones_before_it(entrance: Entrance) -> None:
    """Four slips a day lock nobody out."""
    for _ in range(3):
        for _ in range(4):
            await entrance.guess("wrong")
        assert await entrance.guess()


async def test_a_burst_of_guesses_at_once_gets_no_more_than_five(entrance: Entrance) -> None:
    """They are counted before any of them has failed."""
    await asyncio.gather(*(entrance.guess(f"wrong {number}") for number in range(200)))
    assert entrance.passwords.looked_at == 5


async def test_five_wrong_tries_lock_the_source_for_every_name(entrance: Entrance) -> None:
    """The right password from there is refused without any work; from elsewhere it is right."""
    for number in range(5):
        await entrance.guess("wrong", name=f"name {number}", source="192.0.2.9")
    work = entrance.passwords.work
    assert await entrance.guess(source="192.0.2.9") is None
    assert work == entrance.passwords.work
    assert await entrance.guess(source="192.0.2.10")


async def test_an_office_behind_one_address_is_not_locked_by_its_own_sign_ins(entrance: Entrance) -> None:
    """Right tries do not count."""
    for _ in range(12):
        assert await entrance.guess(source="192.0.2.9")


async def test_a_day_of_guessing_from_everywhere_gets_480_looks_at_most(entrance: Entrance) -> None:
    """100,000 tries in 24 hours, each from another source: none is right."""
    for number in range(100_000):
        assert await entrance.guess(f"guess {number}") is None
        entrance.clock.pass_by(timedelta(days=1) / 100_000)
    assert 400 < entrance.passwords.looked_at <= 480


async def test_no_refusal_comes_before_its_time() -> None:
    """Whatever the reason, an answer takes as long as any other."""
    entrance = await Entrance(limits=Limits(answer_after=timedelta(milliseconds=30))).add()
    loop = asyncio.get_running_loop()
    for name, source in (("lin", ""), ("nobody", ""), ("", ""), *[("nobody", "one")] * 6):
        start = loop.time()
        assert await entrance.guess("wrong", name=name, source=source) is None
        assert loop.time() - start >= 0.029


async def test_a_session_lives_while_it_is_used_and_at_most_eight_hours(entrance: Entrance) -> None:
    """Being busy keeps it open, but not for ever."""
    token = await entrance.guess() or ""
    for _ in range(34):
        entrance.clock.pass_by(timedelta(minutes=14))
        assert await entrance.desk.find_session(token)
    entrance.clock.pass_by(timedelta(minutes=4))
    assert await entrance.desk.find_session(token) is None


async def test_a_session_ends_after_a_quarter_of_an_hour_of_silence(entrance: Entrance) -> None:
    """Fifteen minutes are too many; a look one minute earlier would have kept it."""
    token = await entrance.guess() or ""
    entrance.clock.pass_by(QUARTER)
    assert await entrance.desk.find_session(token) is None


async def test_looking_around_writes_once_a_minute(entrance: Entrance) -> None:
    """A click does not cost a write, the first one after a minute does."""
    token = await entrance.guess() or ""
    before = entrance.staff.writes
    for _ in range(6):
        await entrance.desk.find_session(token)
        entrance.clock.pass_by(timedelta(seconds=15))
    assert before + 1 == entrance.staff.writes


async def test_disabling_an_account_ends_its_sessions_and_its_way_in(entrance: Entrance) -> None:
    """At once, not at the next sign-in."""
    token = await entrance.guess() or ""
    await entrance.staff.disable_account("lin", entrance.clock())
    assert await entrance.desk.find_session(token) is None
    assert await entrance.guess() is None


async def test_an_account_disabled_while_its_password_is_checked_gets_no_session(entrance: Entrance) -> None:
    """The token handed out opens nothing."""
    token, _ = await asyncio.gather(entrance.guess(), entrance.staff.disable_account("lin", entrance.clock()))
    assert not token or await entrance.desk.find_session(token) is None


async def test_signing_in_sweeps_sessions_that_are_past_their_time(entrance: Entrance) -> None:
    """They do not pile up."""
    await entrance.guess()
    entrance.clock.pass_by(timedelta(hours=8, seconds=1))
    await entrance.guess()
    assert len(entrance.staff.sessions) == 1


@pytest.mark.parametrize("token", ["", "made up"])
async def test_an_unknown_token_is_nobody(entrance: Entrance, token: str) -> None:
    """And signing it out is no error."""
    assert await entrance.desk.find_session(token) is None
    await entrance.desk.sign_out(token)


async def test_the_demo_login_works_and_stays_the_printed_one() -> None:
    """Started twice with one password it is left alone; a newer printed password replaces the old."""
    staff, clock, passwords = FakeStaff(), FakeClock(), Passwords(CHEAP, demo=True)
    for password in ("printed", "printed", "printed anew"):
        await ensure_demo_account(staff, password, clock=clock, demo=True, passwords=passwords)
    assert staff.writes == 2
    account = await staff.find_account(DEMO_NAME)
    assert account
    assert await passwords.is_right("printed anew", account.password_hash)


async def test_the_demo_account_is_refused_outside_the_demo_environment() -> None:
    """Nothing is added."""
    staff = FakeStaff()
    with pytest.raises(ConfigError, match="demo environment only"):
        await ensure_demo_account(staff, "printed", clock=FakeClock(), demo=False)
    assert staff.writes == 0


async def test_production_does_not_let_a_left_over_demo_account_in() -> None:
    """Neither by its printed password nor by a session opened before."""
    entrance = await Entrance(demo=False).add(DEMO_NAME)
    assert await entrance.guess(name=DEMO_NAME) is None
    await entrance.staff.add_session(hash_token("left over"), "account-0", entrance.clock())
    assert await entrance.desk.find_session("left over") is None


def test_a_typed_name_is_brought_into_one_form() -> None:
    """Spaces around it and composed letters do not matter."""
    assert read_name(" Jose\u0301 ") == "Jos\u00e9"
