"""Signing in and out: guesses are counted before they are looked at, and sessions end."""

from __future__ import annotations

import asyncio
import itertools
from datetime import timedelta

import pytest

from bot.desk.late_lines import LateLines
from bot.desk.members import DEMO_RIGHTS
from bot.errors import AuditDown, ConfigError
from bot.office.auth import DEMO_NAME, Desk, Guess, Limits, ensure_demo_account, hash_token, read_name
from bot.office.passwords import Passwords
from bot.office.ways.safe import Safe
from bot.ports import Method, Shown
from tests.depth import pick
from tests.office.fakes import CHEAP, PROMPT, FakeAudit, FakeClock, FakeStaff, FakeVaults, FakeWays, Tokens

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
        self.ways, self.audit, self.vaults = FakeWays(self.staff), FakeAudit(), FakeVaults()
        self.late = LateLines(self.audit, self.clock)
        self.safe, self.new_token = Safe(b"k" * 32), Tokens()
        self._sources = itertools.count()
        self.desk = Desk(self, self.passwords, limits=limits, demo=demo)

    async def add(self, name: str = "lin") -> Entrance:
        await self.staff.add_account(name, "hash of right", self.clock())
        return self

    async def guess(
        self, typed: str = "right", name: str = "lin", source: str = "", code: str = ""
    ) -> str | None:
        source = source or f"source {next(self._sources)}"
        return await self.desk.sign_in(Guess(name, typed, source, code))

    async def work(self, name: str = "lin", method: Method = "passkey") -> str:
        """Let somebody in who was recognised; returns the token."""
        account = await self.staff.find_account(name)
        assert account
        token = await self.desk.admit(account, method, shown=Shown(at=self.clock()))
        assert token
        return token


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
    """100,000 tries in 24 hours (by night; else 10,000), each from another source: none is right."""
    tries = pick(100_000, 10_000)
    for number in range(tries):
        assert await entrance.guess(f"guess {number}") is None
        entrance.clock.pass_by(timedelta(days=1) / tries)
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
    await entrance.desk.find_session(token)
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


async def test_the_demo_logins_work_and_stay_the_printed_ones() -> None:
    """Started twice with one password they are left alone; a newer printed password replaces the old."""
    staff, clock, passwords = FakeStaff(), FakeClock(), Passwords(CHEAP, demo=True)
    writes = []
    for password in ("printed", "printed", "printed anew"):
        await ensure_demo_account(staff, password, clock=clock, demo=True, passwords=passwords)
        writes.append(staff.writes)
    assert writes[0] == writes[1] < writes[2]
    for name, rights in DEMO_RIGHTS.items():
        account = await staff.find_account(name)
        assert account
        assert account.rights == rights
        assert await passwords.is_right("printed anew", account.password_hash)


async def test_the_demo_account_is_refused_outside_the_demo_environment() -> None:
    """Nothing is added."""
    staff = FakeStaff()
    with pytest.raises(ConfigError, match="demo environment only"):
        await ensure_demo_account(staff, "printed", clock=FakeClock(), demo=False)
    assert staff.writes == 0


@pytest.mark.parametrize("name", [DEMO_NAME, f"{DEMO_NAME}-list"])
async def test_production_does_not_let_a_left_over_demo_account_in(name: str) -> None:
    """Neither by its printed password nor by another way in nor by a session opened before."""
    entrance = await Entrance(demo=False).add(name)
    assert await entrance.guess(name=name) is None
    account = await entrance.staff.find_account(name)
    assert account
    assert not entrance.desk.lets_in(account)
    await entrance.staff.add_session(hash_token("left over"), "account-0", entrance.clock())
    assert await entrance.desk.find_session("left over") is None


def test_a_typed_name_is_brought_into_one_form() -> None:
    """Spaces around it and composed letters do not matter."""
    assert read_name(" Jose\u0301 ") == "Jos\u00e9"


# ─── The log ──────────────────────────────────────────────────────────────────


async def test_coming_in_and_going_stand_in_the_log(entrance: Entrance) -> None:
    """With the way in, and without a name."""
    token = await entrance.guess() or ""
    session = await entrance.desk.find_session(token)
    assert session
    await entrance.desk.prove(token, session, "passkey")
    await entrance.desk.sign_out(token)
    mine = session.account_id
    assert entrance.audit.lines == [
        ("signed_in", mine, mine, {"method": "half"}),
        ("proved", mine, mine, {"method": "passkey"}),
        ("signed_out", mine, mine, {}),
    ]


async def test_nobody_comes_in_whose_coming_cannot_be_noted(entrance: Entrance) -> None:
    """The right password opens no session."""
    entrance.audit.is_down = True
    with pytest.raises(AuditDown):
        await entrance.guess()
    assert not entrance.staff.sessions


async def test_a_proof_counts_while_the_log_is_down_and_is_noted_later(entrance: Entrance) -> None:
    """T7: whoever must put somebody out may have signed in an hour ago; what gives anything is noted by itself."""
    token = await entrance.work()
    entrance.clock.pass_by(timedelta(minutes=10))
    session = await entrance.desk.find_session(token)
    assert session
    entrance.audit.is_down = True
    await entrance.desk.prove(token, session, "password")
    again = await entrance.desk.find_session(token)
    assert again
    assert entrance.desk.is_proved(again)
    entrance.audit.is_down = False
    await entrance.late.write_waiting()
    assert entrance.audit.lines[-1] == ("proved", "account-0", "account-0", {"method": "password"})


async def test_signing_out_works_while_the_log_is_down(entrance: Entrance) -> None:
    """A log that is away must keep nobody signed in."""
    token = await entrance.work()
    entrance.audit.is_down = True
    await entrance.desk.sign_out(token)
    assert await entrance.desk.find_session(token) is None


async def test_the_try_that_locks_is_noted_once(entrance: Entrance) -> None:
    """T24: of the account, by the office; tries on a locked account add nothing, nor do unknown names."""
    for _ in range(9):
        await entrance.guess("wrong")
        await entrance.guess("wrong", name="nobody")
    assert entrance.audit.lines == [("locked_out", "office", "account-0", {"by": "tries"})]


async def test_a_refusal_is_the_same_while_the_log_is_down(entrance: Entrance) -> None:
    """T24: otherwise the fifth wrong try would tell whether the account is there."""
    entrance.audit.is_down = True
    for _ in range(6):
        assert await entrance.guess("wrong") is None


# ─── Proving again ────────────────────────────────────────────────────────────


async def test_a_fresh_sign_in_is_proof_for_ten_minutes(entrance: Entrance) -> None:
    """And so is proving again."""
    token = await entrance.work()
    for _ in range(2):
        session = await entrance.desk.find_session(token)
        assert session
        assert entrance.desk.is_proved(session)
        entrance.clock.pass_by(timedelta(minutes=10))
        session = await entrance.desk.find_session(token)
        assert session
        assert not entrance.desk.is_proved(session)
        await entrance.desk.prove(token, session, "passkey")


# ─── One way in is not enough ─────────────────────────────────────────────────


async def test_a_password_alone_is_half_the_way_in(entrance: Entrance) -> None:
    """Whoever has nothing else may only set up more."""
    session = await entrance.desk.find_session(await entrance.guess() or "")
    assert session
    assert entrance.desk.needs_second(session)


@pytest.mark.parametrize("method", ["passkey", "oidc"])
async def test_other_ways_are_the_whole_way_in(entrance: Entrance, method: Method) -> None:
    """They are more than a password by themselves."""
    session = await entrance.desk.find_session(await entrance.work(method=method))
    assert session
    assert not entrance.desk.needs_second(session)


async def test_a_password_alone_is_refused_once_there_is_another_way(entrance: Entrance) -> None:
    """Whoever learnt a password must not set up codes of their own beside the owner's passkey."""
    await entrance.ways.set_subject("account-0", "theirs")
    assert await entrance.guess() is None


async def test_demo_accounts_need_their_printed_password_only(entrance: Entrance) -> None:
    """Everything can be tried at once, in the demo environment."""
    await entrance.add("demo-list")
    await entrance.ways.set_subject("account-1", "theirs")
    session = await entrance.desk.find_session(await entrance.guess(name="demo-list") or "")
    assert session
    assert not entrance.desk.needs_second(session)


async def test_a_second_way_ends_the_sessions_that_a_password_alone_opened_elsewhere(
    entrance: Entrance,
) -> None:
    """T24: and the one that stored it is whole, in one step."""
    mine, other = await entrance.guess() or "", await entrance.guess() or ""
    session = await entrance.desk.find_session(mine)
    assert session
    assert await entrance.desk.codes.store("account-0", b"s" * 20, by=session.id)
    entrance.desk.close_others(session)
    assert entrance.vaults.left == [("account-0", f"not {hash_token(mine)}")]
    lifted = await entrance.desk.find_session(mine)
    assert lifted
    assert not entrance.desk.needs_second(lifted)
    assert await entrance.desk.find_session(other) is None


async def test_a_second_way_of_the_account_makes_no_other_session_whole(entrance: Entrance) -> None:
    """T24: whoever learnt the password stays half in, however the second way came to be stored."""
    thief = await entrance.guess() or ""
    await entrance.ways.set_totp("account-0", b"locked", entrance.clock())
    session = await entrance.desk.find_session(thief)
    assert session
    assert entrance.desk.needs_second(session)
    assert await entrance.guess() is None


async def test_a_session_that_has_ended_stores_nothing(entrance: Entrance) -> None:
    """T24: of two that store their second way at once, one does."""
    session = await entrance.desk.find_session(await entrance.guess() or "")
    assert session
    await entrance.staff.end_other_sessions("account-0", keep="nobody's")
    assert not await entrance.desk.codes.store("account-0", b"s" * 20, by=session.id)
    account = await entrance.staff.find_account("lin")
    assert account
    assert account.totp is None


async def test_a_sign_in_under_way_does_not_survive_a_new_password(entrance: Entrance) -> None:
    """T24: what was right a moment ago opens nothing any more; the log says that they are out."""
    account = await entrance.desk.recognise(Guess("lin", "right", "source"))
    assert account
    await entrance.staff.set_password("account-0", "hash of another")
    shown = Shown(at=entrance.clock(), password_hash=account.password_hash)
    assert await entrance.desk.admit(account, "password", shown=shown) is None
    assert not entrance.staff.sessions
    assert entrance.audit.acts == ["signed_in", "signed_out"]


async def test_a_sign_in_that_nobody_was_asked_for_begins_unproved(entrance: Entrance) -> None:
    """T6: what matters asks first."""
    account = await entrance.staff.find_account("lin")
    assert account
    token = await entrance.desk.admit(account, "oidc", shown=Shown())
    session = await entrance.desk.find_session(token or "")
    assert session
    assert not entrance.desk.is_proved(session)
    await entrance.desk.prove(token or "", session, "passkey")
    session = await entrance.desk.find_session(token or "")
    assert session
    assert entrance.desk.is_proved(session)


# ─── The vault ────────────────────────────────────────────────────────────────


async def test_signing_out_closes_the_vault(entrance: Entrance) -> None:
    """The desk's key does not stay open behind somebody's back."""
    token = await entrance.work()
    await entrance.desk.sign_out(token)
    assert entrance.vaults.left == [("account-0", hash_token(token))]


async def test_signing_out_closes_the_vault_where_its_member_sat_and_not_elsewhere(
    entrance: Entrance,
) -> None:
    """T24: also while they work at another place, where it stays open."""
    first, second = await entrance.work(), await entrance.work()
    await entrance.desk.sign_out(first)
    assert entrance.vaults.left == [("account-0", hash_token(first))]
    await entrance.desk.sign_out(second)
    assert [seat for _, seat in entrance.vaults.left] == [hash_token(first), hash_token(second)]
    assert entrance.vaults.locked == []


async def test_a_session_is_known_by_the_token_that_was_sent(entrance: Entrance) -> None:
    """T24: its seat is the hash of the cookie, and never what a row of the database says."""
    token = await entrance.work()
    session = await entrance.desk.find_session(token)
    assert session is not None
    assert session.seat == hash_token(token)
    assert session.seat not in repr(session)
    assert {each.seat for each in await entrance.staff.list_sessions("account-0")} == {""}


async def test_a_session_that_dies_closes_the_vault_when_it_is_seen_dead(entrance: Entrance) -> None:
    """And it is gone from the database."""
    token = await entrance.work()
    entrance.clock.pass_by(QUARTER)
    assert await entrance.desk.find_session(token) is None
    assert entrance.vaults.left == [("account-0", hash_token(token))]
    assert not entrance.staff.sessions


async def test_the_vault_of_a_disabled_account_closes_at_the_next_request(entrance: Entrance) -> None:
    """T7: its session is dead, and so is the key in memory."""
    token = await entrance.work()
    await entrance.staff.disable_account("lin", entrance.clock())
    assert await entrance.desk.find_session(token) is None
    assert await entrance.desk.find_session(token) is None
    assert entrance.vaults.left == [("account-0", hash_token(token))]


async def test_what_the_desk_remembers_of_sessions_does_not_grow(entrance: Entrance) -> None:
    """Those older than any session can be are forgotten."""
    for _ in range(3):
        await entrance.work()
    entrance.clock.pass_by(timedelta(hours=8))
    await entrance.work()
    assert len(entrance.desk._seen) == 1
