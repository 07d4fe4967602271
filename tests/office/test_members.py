"""Who may do what with whom: the use cases over a real database, with a log that can be looked at."""

from __future__ import annotations

import json
from collections.abc import AsyncIterator, Awaitable, Callable
from dataclasses import dataclass, field
from datetime import timedelta

import pytest

from bot.desk.late_lines import LateLines
from bot.desk.members import (
    HOST,
    Actor,
    Link,
    Members,
    Refused,
    actor_of,
    hash_link,
    idle_since,
)
from bot.errors import AuditDown
from bot.ports import Newcomer, Right, StaffAccount
from bot.store.database import Database
from bot.store.engine import make_engine
from bot.store.staff import SqlStaff
from tests.office.fakes import FakeAudit, FakeClock, FakeVaults, Tokens

DAY = timedelta(days=1)
RIGHTS: tuple[Right | None, ...] = (None, "list", "open", "export", "audit")


@dataclass
class House:
    """A desk with its members."""

    staff: SqlStaff
    clock: FakeClock = field(default_factory=FakeClock)
    audit: FakeAudit = field(default_factory=FakeAudit)
    vaults: FakeVaults = field(default_factory=FakeVaults)

    def __post_init__(self) -> None:
        ids = iter(range(1, 1000))
        self.late = LateLines(self.audit, self.clock)
        self.members = Members(
            self.staff,
            self.audit,
            self.vaults,  # type: ignore[arg-type]  # all that is asked of them
            late=self.late,
            clock=self.clock,
            new_token=Tokens(),
            new_id=lambda: f"new-{next(ids)}",
        )

    async def hire(self, name: str, *rights: Right) -> StaffAccount:
        await self.staff.add_account(name, "", self.clock())
        account = await self.staff.find_account(name)
        assert account
        await self.staff.set_rights(account.id, frozenset(rights))
        return await self.look(account.id)

    async def look(self, account_id: str) -> StaffAccount:
        account = await self.staff.find_member(account_id)
        assert account
        return account

    async def admin(self, name: str = "admin") -> Actor:
        account = await self.hire(name, "accounts")
        return Actor(account.id, account.rights)

    async def snapshot(self) -> str:
        return repr((await self.staff.list_accounts(), await self.staff.list_invitations(self.clock())))


@pytest.fixture
async def house(sqlite_url: str) -> AsyncIterator[House]:
    database = Database(make_engine(sqlite_url))
    yield House(SqlStaff(database))
    await database.close()


def hurry_after(house: House, looking: str, hurry: Callable[[], Awaitable[object]]) -> None:
    """Let something happen right after the database was looked at."""
    look = getattr(house.staff, looking)

    async def look_then_hurry(*given: object) -> object:
        found = await look(*given)
        await hurry()
        return found

    setattr(house.staff, looking, look_then_hurry)


def token_of(made: Link | Refused) -> str:
    assert isinstance(made, Link)
    return made.token


# ─── Who may ──────────────────────────────────────────────────────────────────

Step = Callable[[Members, Actor, StaffAccount, str], Awaitable[object]]
STEPS: dict[str, Step] = {
    "invite": lambda members, by, _, __: members.invite(by, "somebody", ["list"]),
    "invite back": lambda members, by, whom, _: members.invite_back(by, whom.id),
    "withdraw": lambda members, by, _, link: members.withdraw(by, link),
    "set rights": lambda members, by, whom, _: members.set_rights(by, whom.id, ["audit"]),
    "disable": lambda members, by, whom, _: members.disable(by, whom.id),
    "end a session": lambda members, by, whom, which: members.end_session(by, whom.id, which),
}
GIVING = ("invite", "invite back", "set rights")
TAKING = ("withdraw", "disable", "end a session")


@pytest.mark.parametrize("right", RIGHTS)
@pytest.mark.parametrize("step", STEPS)
async def test_nobody_without_the_right_takes_a_step(house: House, step: str, right: Right | None) -> None:
    """T6: refused by the use case itself, whatever page asked; nothing changed, nothing noted."""
    whom = await house.hire("lin", "list")
    await house.staff.add_session("token", whom.id, house.clock())
    await house.members.invite(await house.admin(), "waiting", ["list"])
    [waiting] = await house.staff.list_invitations(house.clock())
    by = Actor("curious", frozenset({right} if right else ()))
    before, noted = await house.snapshot(), len(house.audit.lines)
    refused = await STEPS[step](house.members, by, whom, waiting.id)
    assert refused == Refused("no_right")
    assert (await house.snapshot(), len(house.audit.lines)) == (before, noted)
    assert await house.staff.find_session("token")


@pytest.mark.parametrize("step", GIVING)
async def test_nothing_is_given_that_cannot_be_noted(house: House, step: str) -> None:
    """SECURITY §1 rule 9: the log comes first."""
    admin, whom = await house.admin(), await house.hire("lin", "list")
    await house.staff.add_session("token", whom.id, house.clock())
    await house.members.invite(admin, "waiting", ["list"])
    [waiting] = await house.staff.list_invitations(house.clock())
    before, house.audit.is_down = await house.snapshot(), True
    with pytest.raises(AuditDown):
        await STEPS[step](house.members, admin, whom, waiting.id)
    assert await house.snapshot() == before
    assert await house.staff.find_session("token")
    assert house.late.count == 0


@pytest.mark.parametrize("step", TAKING)
async def test_whoever_must_go_goes_while_the_log_is_down(
    house: House, step: str, caplog: pytest.LogCaptureFixture
) -> None:
    """T7: it is done, is an incident, and stands in the log as soon as it can be written, before what comes then."""
    admin, whom = await house.admin(), await house.hire("lin", "list", "open")
    await house.staff.add_session("token", whom.id, house.clock())
    await house.members.invite(admin, "waiting", ["list"])
    [waiting] = await house.staff.list_invitations(house.clock())
    [session] = await house.staff.list_sessions(whom.id)
    house.audit.lines.clear()
    house.audit.is_down = True
    which = session.id if step == "end a session" else waiting.id
    assert await STEPS[step](house.members, admin, whom, which) is None
    is_in = await house.staff.find_session("token") is not None
    waits = bool(await house.staff.list_invitations(house.clock()))
    assert (is_in, waits) == (step == "withdraw", step != "withdraw")
    assert house.vaults.locked == ([] if step == "withdraw" else [whom.id])
    assert [record.message for record in caplog.records] == ["the audit log could not be written"]
    assert (house.audit.lines, house.late.count) == ([], 1)
    house.audit.is_down = False
    house.clock.pass_by(timedelta(minutes=7))
    await house.members.invite(admin, "new", ["list"])
    await house.late.write_waiting()
    act = {
        "withdraw": "invitation_withdrawn",
        "disable": "account_disabled",
        "end a session": "session_ended",
    }[step]
    about = "" if step == "withdraw" else whom.id
    assert (act, admin.id, about, {"late": 7}) in house.audit.lines
    assert (len(house.audit.lines), house.late.count) == (2, 0)


async def test_a_right_is_taken_while_the_log_is_down_and_none_is_given(house: House) -> None:
    """T6, T7: a change that takes and gives counts as giving."""
    admin, whom = await house.admin(), await house.hire("lin", "list", "open")
    house.audit.is_down = True
    for given in (["list", "open", "audit"], ["list", "export"]):
        with pytest.raises(AuditDown):
            await house.members.set_rights(admin, whom.id, given)
    assert (await house.look(whom.id)).rights == {"list", "open"}
    assert await house.members.set_rights(admin, whom.id, ["list"]) is None
    assert (await house.look(whom.id)).rights == {"list"}
    assert house.vaults.locked == [whom.id]
    house.audit.is_down = False
    await house.late.write_waiting()
    assert house.audit.lines == [("rights_set", admin.id, whom.id, {"rights": "list"})]


async def test_ones_own_sessions_end_while_the_log_is_down(house: House) -> None:
    """T7: whoever finds a stranger in their account must not have to wait."""
    lin = await house.hire("lin", "list")
    for token in ("mine", "a stranger's"):
        await house.staff.add_session(token, lin.id, house.clock())
    mine = await house.staff.find_session("mine")
    assert mine
    house.audit.is_down = True
    assert await house.members.end_other_sessions(mine) == 1
    assert await house.staff.find_session("a stranger's") is None
    house.audit.is_down = False
    await house.late.write_waiting()
    assert house.audit.lines == [("session_ended", lin.id, lin.id, {"others": 1})]


async def test_joining_waits_for_the_log_and_idle_accounts_do_not(house: House) -> None:
    """A link that could not be noted still works afterwards; what closes is noted then."""
    made = await house.members.invite(await house.admin(), "lin", ["list"])
    house.audit.is_down = True
    house.clock.pass_by(timedelta(hours=1))
    with pytest.raises(AuditDown):
        await house.members.join(token_of(made), name="", password_hash="hash")
    with pytest.raises(AuditDown):
        await house.members.open_setup()
    old = await house.hire("old", "list")
    house.clock.pass_by(timedelta(hours=1))
    assert await house.members.disable_idle(house.clock() + 91 * DAY) == 1
    assert house.vaults.locked == [old.id]
    house.audit.is_down = False
    assert not isinstance(await house.members.join(token_of(made), name="", password_hash="h"), Refused)
    await house.late.write_waiting()
    assert house.audit.lines[-1] == ("account_disabled", "office", old.id, {"idle": 1})


# ─── Rights ───────────────────────────────────────────────────────────────────


@pytest.mark.parametrize(
    ("rights", "why"),
    [
        (["accounts", "open"], "mixed_rights"),
        (["accounts", "export"], "mixed_rights"),
        (["list", "open", "export", "accounts", "audit"], "mixed_rights"),
        ([], "no_rights"),
        (["everything", "", "ACCOUNTS"], "no_rights"),
    ],
)
async def test_rights_that_must_not_meet_are_refused(house: House, rights: list[str], why: str) -> None:
    """T6: who manages accounts opens and exports nothing, neither invited so nor made so later."""
    admin, whom = await house.admin(), await house.hire("lin", "list")
    before = await house.snapshot()
    assert await house.members.invite(admin, "chen", rights) == Refused(why)  # type: ignore[arg-type]
    assert await house.members.set_rights(admin, whom.id, rights) == Refused(why)  # type: ignore[arg-type]
    assert await house.snapshot() == before
    assert house.audit.lines == []


@pytest.mark.parametrize("rights", [["accounts", "list", "audit"], ["list", "open", "export", "audit"]])
async def test_rights_that_may_meet_are_given(house: House, rights: list[str]) -> None:
    """And what is no right of ours is left out."""
    admin, whom = await house.admin(), await house.hire("lin", "list")
    assert await house.members.set_rights(admin, whom.id, [*rights, "root"]) is None
    assert (await house.look(whom.id)).rights == set(rights)
    assert house.audit.lines == [
        ("rights_set", admin.id, whom.id, {"rights": " ".join(sorted(rights))}),
    ]


async def test_whoever_may_no_longer_open_is_locked_out_of_the_vault(house: House) -> None:
    """And whoever still may is not disturbed."""
    admin, whom = await house.admin(), await house.hire("lin", "list", "open")
    await house.members.set_rights(admin, whom.id, ["list", "open", "export"])
    assert house.vaults.locked == []
    await house.members.set_rights(admin, whom.id, ["list"])
    assert house.vaults.locked == [whom.id]


async def test_nobody_changes_their_own_rights_or_makes_their_own_link(house: House) -> None:
    """T6: it takes another one who manages accounts."""
    admin = await house.admin()
    await house.admin("second")
    assert await house.members.set_rights(admin, admin.id, ["accounts", "audit"]) == Refused("own_rights")
    assert await house.members.invite_back(admin, admin.id) == Refused("own_rights")


async def test_the_last_who_manages_accounts_stays(house: House) -> None:
    """Neither disabled by themselves nor demoted by one whose own right was just taken."""
    admin = await house.admin()
    assert await house.members.disable(admin, admin.id) == Refused("last_admin")
    stale = Actor("gone", frozenset({"accounts"}))
    assert await house.members.set_rights(stale, admin.id, ["list"]) == Refused("last_admin")
    assert house.audit.lines == []
    second = await house.admin("second")
    assert await house.members.disable(admin, admin.id) is None
    assert await house.members.disable(second, second.id) == Refused("last_admin")


@pytest.mark.parametrize("step", ["disable", "set rights"])
async def test_a_last_administrator_who_became_so_meanwhile_stays_too(house: House, step: str) -> None:
    """The database has the last word, after the use case has looked."""
    first, second = await house.admin("first"), await house.admin("second")

    hurry_after(house, "list_accounts", lambda: house.staff.disable_account("second", house.clock()))
    whom = await house.look(first.id)
    assert await STEPS[step](house.members, second, whom, "") == Refused("last_admin")
    assert await house.look(first.id) == whom


@pytest.mark.parametrize("step", ["invite back", "set rights", "disable", "end a session"])
async def test_whoever_is_not_there_is_gone(house: House, step: str) -> None:
    """An id that nobody has."""
    nobody = StaffAccount("nobody", "nobody", "")
    assert await STEPS[step](house.members, await house.admin(), nobody, "") == Refused("gone")


# ─── Names ────────────────────────────────────────────────────────────────────


@pytest.mark.parametrize(
    "name",
    [
        "",
        "   ",
        "lin\u202egnp.exe",
        "li\u200bn",
        "lin\x00",
        "lin\nchen",
        "\u2066lin\u2069",
        "l" * 65,
        "lin  chen",
    ],
)
async def test_a_name_that_hides_or_turns_text_is_refused(house: House, name: str) -> None:
    """T17: nor one without anything in it, or longer than fits."""
    assert await house.members.invite(await house.admin(), name, ["list"]) == Refused("bad_name")


@pytest.mark.parametrize(
    "name", ["Lin", "lin", "ＬＩＮ", "l in", " LIN ", "demo", "Demo-Admin", "demo-x", "gone", "Wait"]
)
async def test_a_name_that_looks_like_another_is_taken(house: House, name: str) -> None:
    """Of an account, a disabled one, a pending invitation, or the demo's: nobody shares one, or passes for another."""
    admin = await house.admin()
    await house.hire("Lin", "list")
    await house.hire("gone", "list")
    await house.staff.disable_account("gone", house.clock())
    await house.members.invite(admin, "wait", ["list"])
    assert await house.members.invite(admin, name, ["list"]) == Refused("taken")


@pytest.mark.parametrize(
    "name", ["林社工", "<script>alert(1)</script>", "O'Brien", "Nguyễn Thị Hoa", "l" * 64]
)
async def test_every_other_name_is_a_name(house: House, name: str) -> None:
    """Marks of HTML are text like any other; no name stands in the log."""
    made = await house.members.invite(await house.admin(), f" {name} ", ["list"])
    joined = await house.members.join(token_of(made), name="ignored", password_hash="hash")
    assert isinstance(joined, str)
    assert (await house.look(joined)).name == name
    assert name not in json.dumps(house.audit.lines, ensure_ascii=False)


# ─── Links ────────────────────────────────────────────────────────────────────


async def test_an_invitation_works_once_within_two_days(house: House) -> None:
    """The token itself is in no table."""
    admin = await house.admin()
    made = await house.members.invite(admin, "lin", ["list", "open"])
    token = token_of(made)
    assert token not in repr(made)
    [waiting] = await house.staff.list_invitations(house.clock())
    assert waiting.id == hash_link(token)
    assert token not in await house.snapshot()
    house.clock.pass_by(timedelta(hours=48) - timedelta(seconds=1))
    assert await house.members.find_link(token)
    joined = await house.members.join(token, name="", password_hash="hash")
    assert isinstance(joined, str)
    account = await house.look(joined)
    assert (account.name, account.rights, account.password_hash) == ("lin", {"list", "open"}, "hash")
    assert await house.members.join(token, name="", password_hash="other") == Refused("gone")
    assert house.audit.lines == [
        ("account_invited", admin.id, "", {"rights": "list open"}),
        ("account_made", joined, joined, {"rights": "list open", "invited_by": admin.id}),
    ]


async def test_a_link_past_its_time_does_nothing(house: House) -> None:
    """48 hours for an invitation, half an hour for a first administrator."""
    invited = token_of(await house.members.invite(await house.admin(), "lin", ["list"]))
    setup = (await house.members.open_setup()).token
    noted = len(house.audit.lines)
    house.clock.pass_by(timedelta(minutes=30))
    assert await house.members.find_link(setup) is None
    assert await house.members.find_link(invited)
    house.clock.pass_by(timedelta(hours=48))
    for token in (setup, invited):
        assert await house.members.join(token, name="x", password_hash="hash") == Refused("gone")
    assert len(house.audit.lines) == noted


@pytest.mark.parametrize("token", ["", "x" * 43, "../../etc", "x" * 5000, "\x00" * 43, "token\u202e" * 8])
async def test_a_guessed_link_is_gone(house: House, token: str) -> None:
    """T24: as any other that does not work."""
    await house.members.open_setup()
    assert await house.members.find_link(token) is None
    assert await house.members.join(token, name="x", password_hash="hash") == Refused("gone")


async def test_a_session_is_no_link_and_a_link_no_session(house: House) -> None:
    """Their tokens are hashed apart."""
    token = (await house.members.open_setup()).token
    assert await house.staff.find_session(hash_link(token)) is None
    account = await house.hire("lin", "list")
    await house.staff.add_session(hash_link("s" * 43), account.id, house.clock())
    assert await house.members.find_link("s" * 43) is None


async def test_a_link_can_be_taken_back(house: House) -> None:
    admin = await house.admin()
    token = token_of(await house.members.invite(admin, "lin", ["list"]))
    assert await house.members.withdraw(admin, hash_link(token)) is None
    assert await house.members.withdraw(admin, hash_link(token)) == Refused("gone")
    assert await house.members.find_link(token) is None
    assert house.audit.acts == ["account_invited", "invitation_withdrawn"]


async def test_a_link_that_vanishes_while_it_is_taken_back_is_gone(house: House) -> None:
    admin = await house.admin()
    token = token_of(await house.members.invite(admin, "lin", ["list"]))

    hurry_after(house, "list_invitations", lambda: house.staff.withdraw_invitation(hash_link(token)))
    assert await house.members.withdraw(admin, hash_link(token)) == Refused("gone")
    assert house.audit.acts == ["account_invited"]


async def test_the_first_administrator_chooses_a_name_that_fits(house: House) -> None:
    """A wrong one uses nothing up."""
    assert await house.members.needs_setup()
    token = (await house.members.open_setup()).token
    await house.hire("lin", "list")
    for name, why in (("lin", "taken"), ("", "bad_name"), ("demo-admin", "taken")):
        refused = await house.members.join(token, name=name, password_hash="hash")
        assert refused == Refused(why)  # type: ignore[arg-type]
    joined = await house.members.join(token, name=" chen ", password_hash="hash")
    assert isinstance(joined, str)
    account = await house.look(joined)
    assert (account.name, account.rights) == ("chen", {"accounts"})
    assert not await house.members.needs_setup()
    await house.staff.disable_account("chen", house.clock(), even_last=True)
    assert await house.members.needs_setup()


async def test_a_name_taken_between_two_looks_is_taken(house: House) -> None:
    """The database has the last word."""
    token = (await house.members.open_setup()).token

    hurry_after(house, "list_accounts", lambda: house.hire("chen", "list"))
    assert await house.members.join(token, name="chen", password_hash="h") == Refused("taken")
    assert await house.members.find_link(token)
    assert house.audit.lines[-1] == ("invitation_lost", "new-1", "new-1", {"why": "taken"})


@pytest.mark.parametrize("is_back", [False, True])
async def test_whoever_loses_a_race_for_a_link_leaves_a_line_that_says_so(
    house: House, *, is_back: bool
) -> None:
    """T32: the log must not tell of an account that was never made, nor of ways in that were never set."""
    admin, lin = await house.admin(), await house.hire("lin", "list")
    made = (
        house.members.invite_back(admin, lin.id) if is_back else house.members.invite(admin, "wu", ["list"])
    )
    token = token_of(await made)
    winner = Newcomer(lin.id if is_back else "winner", "wu", "theirs")
    hurry_after(
        house,
        "find_invitation",
        lambda: house.staff.join(hash_link(token), winner, house.clock()),
    )
    assert await house.members.join(token, name="", password_hash="mine") == Refused("gone")
    who = lin.id if is_back else "new-1"
    act = "account_reset" if is_back else "account_made"
    assert [line[:3] for line in house.audit.lines[-2:]] == [(act, who, who), ("invitation_lost", who, who)]
    assert house.audit.lines[-1][3] == {"why": "gone"}
    assert (await house.look(winner.id)).password_hash == "theirs"


async def test_somebody_who_lost_everything_comes_back_without_their_vault(house: House) -> None:
    """T7: the vault closes, what they had ends when the link is used and not before."""
    admin, lin = await house.admin(), await house.hire("lin", "list", "open")
    await house.staff.add_session("token", lin.id, house.clock())
    token = token_of(await house.members.invite_back(admin, lin.id))
    assert await house.staff.find_session("token")
    assert house.vaults.locked == []
    assert await house.members.join(token, name="other", password_hash="new") == lin.id
    assert await house.staff.find_session("token") is None
    assert house.vaults.locked == [lin.id]
    account = await house.look(lin.id)
    assert (account.name, account.rights, account.password_hash) == ("lin", {"list", "open"}, "new")
    assert house.audit.lines == [
        ("account_reset", admin.id, lin.id, {"rights": "list open"}),
        ("account_reset", lin.id, lin.id, {"rights": "list open", "invited_by": admin.id}),
    ]


# ─── Ending ───────────────────────────────────────────────────────────────────


async def test_disabling_ends_sessions_and_closes_the_vault(house: House) -> None:
    """T7: at once; what others have stays."""
    admin, lin = await house.admin(), await house.hire("lin", "list")
    await house.staff.add_session("hers", lin.id, house.clock())
    await house.staff.add_session("mine", admin.id, house.clock())
    assert await house.members.disable(admin, lin.id) is None
    assert await house.staff.find_session("hers") is None
    assert await house.staff.find_session("mine")
    assert house.vaults.locked == [lin.id]
    assert house.audit.lines == [("account_disabled", admin.id, lin.id, {})]


async def test_the_host_may_disable_the_last_administrator(house: House) -> None:
    """It can let another one in."""
    admin = await house.admin()
    assert await house.members.disable(HOST, admin.id) is None
    assert (await house.look(admin.id)).disabled_at
    assert house.audit.lines == [("account_disabled", "command", admin.id, {})]


async def test_one_ends_ones_own_sessions_without_any_right(house: House) -> None:
    """Each one that is theirs, or all but this one; the vault closes with a session that somebody ended."""
    lin, chen = await house.hire("lin", "list"), await house.hire("chen", "list")
    for number in range(3):
        await house.staff.add_session(f"lin {number}", lin.id, house.clock() + timedelta(hours=number))
    await house.staff.add_session("chen", chen.id, house.clock())
    newest, _, oldest = await house.staff.list_sessions(lin.id)
    [other] = await house.staff.list_sessions(chen.id)
    me = actor_of(newest)
    assert await house.members.end_session(me, lin.id, other.id) == Refused("gone")
    assert await house.members.end_session(me, chen.id, other.id) == Refused("no_right")
    assert await house.members.end_session(me, lin.id, oldest.id) is None
    assert house.vaults.locked == [lin.id]
    assert await house.members.end_other_sessions(newest) == 1
    assert await house.staff.list_sessions(lin.id) == [newest]
    assert await house.staff.find_session("chen")
    assert house.audit.acts == ["session_ended", "session_ended"]


async def test_a_session_that_vanishes_while_it_is_ended_is_gone(house: House) -> None:
    admin, lin = await house.admin(), await house.hire("lin", "list")
    await house.staff.add_session("token", lin.id, house.clock())
    [session] = await house.staff.list_sessions(lin.id)

    hurry_after(house, "list_sessions", lambda: house.staff.end_session("token"))
    assert await house.members.end_session(admin, lin.id, session.id) == Refused("gone")
    assert house.audit.lines == []


async def test_accounts_unused_for_ninety_days_are_disabled(house: House) -> None:
    """Not a moment before; whoever signed in, or was let back in, counts from then."""
    admin = await house.admin()
    idle, working, renewed = [await house.hire(name, "list") for name in ("idle", "working", "renewed")]
    house.clock.pass_by(50 * DAY)
    await house.staff.add_session("token", working.id, house.clock())
    await house.staff.add_session("mine", admin.id, house.clock())
    await house.staff.set_password(renewed.id, "hash", now=house.clock())
    house.audit.lines.clear()
    assert await house.members.disable_idle(house.clock() + 40 * DAY - timedelta(seconds=1)) == 0
    assert await house.members.disable_idle(house.clock() + 40 * DAY) == 1
    assert await house.members.disable_idle(house.clock() + 40 * DAY) == 0
    assert (await house.look(idle.id)).disabled_at == house.clock() + 40 * DAY
    assert (await house.look(working.id)).disabled_at is None
    assert idle_since(await house.look(renewed.id)) == house.clock()
    assert house.audit.lines == [("account_disabled", "office", idle.id, {"idle": 1})]
    assert house.vaults.locked == [idle.id]


async def test_of_idle_administrators_the_one_seen_last_stays(house: House) -> None:
    """Never the last one, however long ago."""
    first, second = await house.admin("first"), await house.admin("second")
    house.clock.pass_by(DAY)
    await house.staff.add_session("token", first.id, house.clock())
    assert await house.members.disable_idle(house.clock() + 900 * DAY) == 1
    assert (await house.look(first.id)).disabled_at is None
    assert (await house.look(second.id)).disabled_at
    assert house.audit.acts == ["account_disabled"]


async def test_an_administrator_who_became_the_last_meanwhile_stays(house: House) -> None:
    """The database has the last word here too."""
    first, second = await house.admin("first"), await house.admin("second")
    house.clock.pass_by(DAY)
    await house.staff.add_session("token", second.id, house.clock())

    hurry_after(house, "list_accounts", lambda: house.staff.disable_account("second", house.clock()))
    assert await house.members.disable_idle(house.clock() + 90 * DAY - timedelta(hours=1)) == 0
    assert (await house.look(first.id)).disabled_at is None
    assert house.audit.lines == []


async def test_an_account_of_the_demo_is_no_administrator_outside_it(house: House) -> None:
    """T6, T24: nobody comes in with one, so it does not stand for the last who manages accounts."""
    await house.hire("demo-admin", "accounts")
    assert await house.members.needs_setup()
    admin, lin = await house.admin(), await house.hire("lin", "list")
    assert not await house.members.needs_setup()
    assert await house.members.disable(admin, admin.id) == Refused("last_admin")
    assert await house.staff.disable_account((await house.look(admin.id)).name, house.clock()) is False
    assert await house.staff.set_rights(admin.id, frozenset({"list"})) is False
    house.clock.pass_by(timedelta(days=90))
    assert await house.members.disable_idle(house.clock()) == 2
    assert (await house.look(admin.id)).disabled_at is None
    assert (await house.look(lin.id)).disabled_at
