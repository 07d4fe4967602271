"""
What `frontdoor keys vault` does: fills the first vault of an office from an identity file on the desk's host.

The member's words are not asked for and the identity is never printed.
"""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from pathlib import Path
from typing import Final

import typer

from bot.desk.acts import COMMAND
from bot.desk.identity import Identity, load_identities
from bot.desk.vaults import Refusal
from bot.errors import ConfigError
from bot.settings import Settings, load_settings
from bot.wiring.common import prepare
from bot.wiring.office_parts import open_parts

_WHY: Final[dict[str, str]] = {
    "none": "they must set up their words on the Unlock page first",
    "unsound": "their vault is damaged or others may read it",
    "wrong_fingerprint": "the check code does not fit; ask them to read it from their own page again",
    "stranger": "no recipient has this key; add its public half and activate it first, with `frontdoor keys add`",
    "full": "their vault holds too many keys; have them remove it and set it up anew",
    "unwritable": "the vault cannot be written; run this as the user of the office",
}


def fill_vault(account: str, identity: Sequence[Path] | None) -> None:
    """Put identities into a member's vault. ConfigError: it was not done."""
    settings = load_settings()
    if settings.is_demo:
        typer.echo("DEMO: every vault of the demo is open without words anyway.")
    prepare(settings, needs_root=False)
    identities = load_identities(list(identity or ()) or settings.data_dir, _ask)
    if not settings.is_demo and any(one.demo for one in identities):
        raise ConfigError("keys vault: this identity was made by the demo and protects nobody")
    typer.echo(f"On their own Unlock page {account} sees a check code, after typing their words.")
    code = str(typer.prompt("the check code that they read to you"))
    refusal = asyncio.run(_grant(settings, account, identities, code))
    if refusal:
        raise ConfigError(f"keys vault: nothing was granted; {_WHY.get(refusal, refusal)}")
    typer.echo(f"granted: {len(identities)} keys to {account}")
    typer.echo(
        "next: they grant to their colleagues on the Unlock page; then this file is not needed here any more."
    )
    typer.echo("Keep it where it is safe, off this host.")


async def _grant(
    settings: Settings, account: str, identities: Sequence[Identity], code: str
) -> Refusal | None:
    async with open_parts(settings) as parts:
        member = await parts.staff.find_account(account)
        if member is None or "open" not in member.rights:
            raise ConfigError("keys vault: no account of this name may open handoffs")
        return await parts.vaults.grant_these(identities, member.id, fingerprint=code, by=COMMAND)


def _ask(path: Path) -> str:
    return str(typer.prompt(f"passphrase of {path.name}", hide_input=True))
