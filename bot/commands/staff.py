"""
What `frontdoor staff` does, for whoever has the host: letting an administrator in, looking, closing an account.

A link is printed to the terminal and nowhere else. Whoever reads it may come in.
"""

from __future__ import annotations

import asyncio
import sys
from collections.abc import Awaitable, Callable
from typing import TypeVar

import typer

from bot.desk.members import HOST, RIGHTS
from bot.desk.safe_text import strip_controls
from bot.desk.table import say_time
from bot.office.joining import address_of, build_members, offer_setup
from bot.office.visit import Parts
from bot.ports import StaffAccount
from bot.settings import Settings
from bot.wiring.office_parts import open_parts

_T = TypeVar("_T")


def offer_first_link(settings: Settings) -> None:
    """Print the link for the first administrator while there is none; without a terminal only say how to get it."""
    if not sys.stdout.isatty():  # what a service prints is kept in a log
        if asyncio.run(_with_parts(settings, lambda parts: build_members(parts).needs_setup())):
            typer.echo("nobody can manage accounts: run `frontdoor staff invite-admin` in a terminal")
        return
    address = asyncio.run(_with_parts(settings, lambda parts: offer_setup(parts, settings.office_origin)))
    if address is not None:
        typer.echo(_explain(address))


def invite_admin(settings: Settings) -> None:
    """Print a new link for an administrator; one printed before ends."""

    async def work(parts: Parts) -> str:
        return (await build_members(parts).open_setup()).token

    token = asyncio.run(_with_parts(settings, work))
    typer.echo(_explain(address_of(settings.office_origin, token)))


def list_staff(settings: Settings) -> None:
    """Print a line for each account: state, rights, when it was last used, its name."""
    found = asyncio.run(_with_parts(settings, lambda parts: parts.staff.list_accounts()))
    for account in found:
        typer.echo(_describe(account))
    typer.echo(f"{len(found)} accounts")


def disable(settings: Settings, name: str) -> int:
    """Close an account, also the last that manages accounts; returns 1 when there is none of that name."""

    async def work(parts: Parts) -> tuple[bool, int]:
        account = await parts.staff.find_account(name)
        if account is None:
            return False, 0
        return await build_members(parts).disable(HOST, account.id) is None, parts.late.count

    is_closed, unnoted = asyncio.run(_with_parts(settings, work))
    if not is_closed:
        typer.echo("no open account has this name; `frontdoor staff list` shows them", err=True)
        return 1
    typer.echo(
        "disabled: its sessions have ended; a running office closes its vault within 5 seconds "
        "(while the database is away, at its next use or after 15 minutes)"
    )
    if unnoted:  # this program ends, and its memory with it
        typer.echo(
            "the audit log could not be written, so it does not say that this account was disabled: "
            "write down when and why, and run `frontdoor audit verify`",
            err=True,
        )
    return 0


async def _with_parts(settings: Settings, work: Callable[[Parts], Awaitable[_T]]) -> _T:
    async with open_parts(settings) as parts:
        return await work(parts)


def _describe(account: StaffAccount) -> str:
    state = "disabled" if account.disabled_at else "open"
    rights = ",".join(right for right in RIGHTS if right in account.rights) or "-"
    seen = say_time(account.seen_at) if account.seen_at else "never"
    return f"{state:<8}  {rights:<24}  {seen}  {strip_controls(account.name)}"


def _explain(address: str) -> str:
    return f"administrator: open this once within 30 minutes, and show it to nobody\n  {address}"
