"""Invitations and what becomes of accounts: the contract of `StaffStore`, on both databases, within the office's rights."""

from __future__ import annotations

import asyncio
from dataclasses import replace
from datetime import timedelta

import pytest

from bot.ports import BY_COMMAND, Invitation, Newcomer, Passkey, Right, StaffAccount
from bot.store.office import OfficeStore
from bot.store.staff import SqlStaff
from tests.store.cast import NOON, insist

HOUR = timedelta(hours=1)
LINK = "a" * 64


@pytest.fixture
def staff(desk: OfficeStore) -> SqlStaff:
    return desk.staff


async def hire(staff: SqlStaff, name: str, *rights: Right) -> StaffAccount:
    assert await staff.add_account(name, f"hash-of-{name}", NOON)
    account = await staff.find_account(name)
    assert account is not None
    assert await staff.set_rights(account.id, frozenset(rights))
    return replace(account, rights=frozenset(rights))


def invitation(name: str = "new", made_by: str = BY_COMMAND, account_id: str | None = None) -> Invitation:
    return Invitation(name, frozenset({"list", "open"}), made_by, NOON + HOUR, account_id)


def newcomer(number: int = 1, name: str = "new") -> Newcomer:
    return Newcomer(f"id-{number}", name, f"hash-{number}")


async def names(staff: SqlStaff) -> set[str]:
    return {each.name for each in await staff.list_invitations(NOON)}


async def test_an_invitation_is_found_until_its_time_and_by_its_link_only(staff: SqlStaff) -> None:
    """Looking uses nothing up."""
    await staff.add_invitation(LINK, invitation(), NOON)
    expected = replace(invitation(), id=LINK)
    assert await staff.find_invitation(LINK, NOON) == expected
    assert await staff.find_invitation(LINK, NOON + HOUR - timedelta(microseconds=1)) == expected
    assert await staff.find_invitation(LINK, NOON + HOUR) is None
    assert await staff.find_invitation("b" * 64, NOON) is None
    assert await staff.list_invitations(NOON) == [expected]
    assert await staff.list_invitations(NOON + HOUR) == []


async def test_joining_makes_the_account_that_was_invited(staff: SqlStaff) -> None:
    """With the invitation's rights and not a right more; the link is used up."""
    await staff.add_invitation(LINK, invitation(), NOON)
    assert await staff.join(LINK, newcomer(), NOON) == "joined"
    account = await staff.find_member("id-1")
    assert account is not None
    assert (account.name, account.password_hash, account.rights) == ("new", "hash-1", {"list", "open"})
    assert (account.created_at, account.password_at) == (NOON, NOON)
    assert await staff.join(LINK, newcomer(2, "other"), NOON) == "gone"
    assert await staff.find_member("id-2") is None


async def test_a_link_past_its_time_makes_nobody(staff: SqlStaff) -> None:
    await staff.add_invitation(LINK, invitation(), NOON)
    assert await staff.join(LINK, newcomer(), NOON + HOUR) == "gone"
    assert await staff.find_member("id-1") is None


async def test_of_many_who_use_a_link_at_once_exactly_one_joins(staff: SqlStaff) -> None:
    """T6: the others make no account, under no name."""
    await staff.add_invitation(LINK, invitation(name=""), NOON)

    async def use(number: int) -> str:
        return await insist(lambda: staff.join(LINK, newcomer(number, f"name {number}"), NOON))

    answers = await asyncio.gather(*(use(number) for number in range(8)))
    assert sorted(answers) == ["gone"] * 7 + ["joined"]
    assert len(await staff.list_accounts()) == 1


async def test_of_many_who_renew_an_account_at_once_exactly_one_does(staff: SqlStaff) -> None:
    account = await hire(staff, "lin", "list")
    await staff.add_invitation(LINK, invitation("lin", account_id=account.id), NOON)
    answers = await asyncio.gather(
        *(insist(lambda n=n: staff.join(LINK, newcomer(n, "lin"), NOON)) for n in range(8))
    )
    assert sorted(answers) == ["gone"] * 7 + ["joined"]
    found = await staff.find_member(account.id)
    assert found is not None
    assert found.password_hash == f"hash-{answers.index('joined')}"


async def test_a_taken_name_uses_nothing_up(staff: SqlStaff) -> None:
    """Not even where the rest of it was already done."""
    await hire(staff, "lin")
    await staff.add_invitation(LINK, invitation(name=""), NOON)
    assert await staff.join(LINK, newcomer(1, "lin"), NOON) == "taken"
    assert await staff.find_invitation(LINK, NOON)
    assert await staff.join(LINK, newcomer(1, "chen"), NOON) == "joined"


async def test_setting_ways_in_anew_ends_all_the_old_ones(desk: OfficeStore) -> None:
    """Password, codes, passkeys, agency, sessions and lock; the rights are those of now, not of the link."""
    staff = desk.staff
    account = await hire(staff, "lin", "list", "export")
    other = await hire(staff, "chen", "list")
    await desk.ways.set_totp(account.id, b"secret", NOON)
    await desk.ways.set_subject(account.id, "c" * 64)
    for owner in (account, other):
        await desk.ways.add_passkey(Passkey(f"key of {owner.name}", owner.id, b"", 0, "phone", NOON))
        await staff.add_session(f"session of {owner.name}", owner.id, NOON)
    for _ in range(5):
        await staff.claim_attempt(account.id, NOON, limit=5, lock_for=HOUR)
    await staff.add_invitation(LINK, invitation("lin", account_id=account.id), NOON)
    assert await staff.find_session("session of lin")
    who = Newcomer("unused", "unused", "new hash", ("hash-of-lin",))
    assert await staff.join(LINK, who, NOON + timedelta(minutes=1)) == "joined"
    renewed = await staff.find_account("lin")
    assert renewed is not None
    assert (renewed.id, renewed.password_hash, renewed.totp) == (account.id, "new hash", None)
    assert renewed.rights == {"list", "export"}
    assert renewed.old_passwords == ("hash-of-lin",)
    assert renewed.password_at == NOON + timedelta(minutes=1)
    assert await desk.ways.list_ways(account.id) == {"password"}
    assert await staff.find_session("session of lin") is None
    assert await staff.claim_attempt(account.id, NOON, limit=5, lock_for=HOUR)
    assert await staff.find_session("session of chen")
    assert await desk.ways.list_passkeys(other.id)


async def test_a_disabled_account_opens_again_only_by_a_link_made_after_it(staff: SqlStaff) -> None:
    """T7: what was on its way when somebody left lets nobody back in."""
    account = await hire(staff, "lin", "list")
    await staff.add_invitation(LINK, invitation("lin", account_id=account.id), NOON)
    await staff.disable_account("lin", NOON)
    assert await staff.join(LINK, newcomer(), NOON) == "gone"
    assert await staff.find_account("lin") is None
    await staff.add_invitation("b" * 64, invitation("lin", account_id=account.id), NOON)
    assert await staff.join("b" * 64, newcomer(), NOON) == "joined"
    assert await staff.find_account("lin")


async def test_only_the_newest_link_of_its_kind_works(staff: SqlStaff) -> None:
    """One for each account, one for a first administrator; those for others stay."""
    account = await hire(staff, "lin", "list")
    kinds = [invitation("lin", account_id=account.id), invitation(""), invitation("chen")]
    for number, each in enumerate([*kinds, *kinds]):
        await staff.add_invitation(f"{number}" * 64, each, NOON)
    assert {each.id[0] for each in await staff.list_invitations(NOON)} == {"3", "4", "5"}


async def test_old_invitations_go_when_a_new_one_comes(staff: SqlStaff, sql) -> None:
    await staff.add_invitation(LINK, invitation("old"), NOON)
    await staff.add_invitation("b" * 64, replace(invitation("new"), until=NOON + 3 * HOUR), NOON + 2 * HOUR)
    assert [row.name for row in await sql("SELECT name FROM staff_invitation")] == ["new"]


async def test_a_link_that_was_taken_back_is_gone(staff: SqlStaff) -> None:
    await staff.add_invitation(LINK, invitation(), NOON)
    assert await staff.withdraw_invitation(LINK)
    assert not await staff.withdraw_invitation(LINK)
    assert await staff.join(LINK, newcomer(), NOON) == "gone"


async def test_links_end_with_the_right_to_make_them(staff: SqlStaff) -> None:
    """T7: also one that was slipped in afterwards; those of others and of the host stay."""
    first, second, third = [await hire(staff, name, "accounts") for name in ("lin", "chen", "wang")]
    for number, maker in enumerate([first.id, second.id, third.id, BY_COMMAND]):
        await staff.add_invitation(f"{number}" * 64, invitation(f"by {number}", maker), NOON)
    await staff.disable_account("lin", NOON)
    assert await staff.set_rights(second.id, frozenset({"audit"}))
    await staff.add_invitation("4" * 64, invitation("late", second.id), NOON)
    await staff.add_invitation("5" * 64, invitation("later", first.id), NOON)
    assert await names(staff) == {"by 2", "by 3"}
    assert await staff.find_invitation("0" * 64, NOON) is None
    assert await staff.join("4" * 64, newcomer(), NOON) == "gone"


async def test_the_last_who_manages_accounts_is_neither_closed_nor_demoted(staff: SqlStaff) -> None:
    """Whoever is disabled does not count; the host may all the same."""
    lin, chen = await hire(staff, "lin", "accounts"), await hire(staff, "chen", "accounts", "audit")
    await hire(staff, "wang", "list")
    assert await staff.disable_account("chen", NOON)
    assert not await staff.disable_account("lin", NOON)
    assert not await staff.set_rights(lin.id, frozenset({"list"}))
    assert await staff.set_rights(lin.id, frozenset({"accounts", "list"}))
    assert await staff.set_rights(chen.id, frozenset({"list"}))
    found = await staff.find_account("lin")
    assert found is not None
    assert found.rights == {"accounts", "list"}
    assert await staff.disable_account("lin", NOON, even_last=True)


async def test_two_who_disable_each_other_at_once_are_never_both_gone(staff: SqlStaff) -> None:
    """Nobody would be left who could let anybody in."""
    await hire(staff, "lin", "accounts")
    await hire(staff, "chen", "accounts")
    done = await asyncio.gather(
        *(insist(lambda n=name: staff.disable_account(n, NOON)) for name in ("lin", "chen"))
    )
    assert sorted(done) == [False, True]


async def test_sessions_are_listed_and_ended_one_by_one_or_but_one(staff: SqlStaff) -> None:
    """Only the account's own."""
    lin, chen = await hire(staff, "lin"), await hire(staff, "chen")
    for number in range(3):
        await staff.add_session(f"lin {number}", lin.id, NOON + number * HOUR)
    await staff.add_session("chen", chen.id, NOON)
    newest, middle, oldest = await staff.list_sessions(lin.id)
    assert (newest.created_at, oldest.created_at) == (NOON + 2 * HOUR, NOON)
    assert len({newest.id, middle.id, oldest.id} - {""}) == 3
    assert not await staff.end_one_session(chen.id, middle.id)
    assert await staff.end_one_session(lin.id, middle.id)
    assert await staff.find_session("lin 1") is None
    assert await staff.end_other_sessions(lin.id, keep=newest.id) == 1
    assert [each.id for each in await staff.list_sessions(lin.id)] == [newest.id]
    assert await staff.find_session("chen")
    assert await staff.end_other_sessions(lin.id, keep="") == 1


async def test_a_new_password_keeps_one_session_and_remembers(staff: SqlStaff) -> None:
    lin = await hire(staff, "lin")
    for number in range(2):
        await staff.add_session(f"lin {number}", lin.id, NOON + number * HOUR)
    [kept, _] = await staff.list_sessions(lin.id)
    await staff.set_password(lin.id, "new", now=NOON + HOUR, old=("hash-of-lin", "older"), keep=kept.id)
    found = await staff.find_member(lin.id)
    assert found is not None
    assert (found.password_at, found.old_passwords) == (NOON + HOUR, ("hash-of-lin", "older"))
    assert await staff.list_sessions(lin.id) == [replace(kept, password_at=NOON + HOUR)]


async def test_a_session_says_since_when_there_is_a_password(staff: SqlStaff) -> None:
    """None where there is none."""
    await staff.add_account("keyholder", "", NOON)
    for name in ("lin", "keyholder"):
        account = await staff.find_account(name) or await hire(staff, name)
        await staff.add_session(name, account.id, NOON)
    found = [await staff.find_session(name) for name in ("lin", "keyholder")]
    assert [each.password_at if each else "lost" for each in found] == [NOON, None]


@pytest.mark.parametrize("account_id", ["", "nobody", "' OR 1=1 --"])
async def test_nobody_is_found_by_an_id_that_nobody_has(staff: SqlStaff, account_id: str) -> None:
    await hire(staff, "lin", "accounts")
    assert await staff.find_member(account_id) is None
    assert await staff.list_sessions(account_id) == []
    assert await staff.set_rights(account_id, frozenset())
    assert len(await staff.list_accounts()) == 1
