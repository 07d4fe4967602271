"""
The page of the desk's keys, for whoever manages accounts: public halves and states, nothing secret.

The rules are those of `frontdoor keys`. Here a key can only be made to wait: who can open handoffs makes it active, on /vault.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass
from typing import Final

from starlette.responses import RedirectResponse, Response

from bot.desk.vaults import VaultSeen
from bot.office.doors import Door
from bot.office.key_bars import find_key_bars
from bot.office.visit import Visit
from bot.ports import FEWEST_RECIPIENTS, StaffAccount
from bot.ports.keyring import Asked, KeyRefusal, Ring

_SEE_OTHER: Final = 303
_REFUSED: Final = 400
_DONE: Final = ("vault_removed",)
_MOST_CHARACTERS: Final = 200
#: Why a vault was not set aside, and the word for it.
_NOT_REMOVED: Final[Mapping[str, str]] = {"unwritable": "vault_unwritable", "only_one": "only_one"}


@dataclass(frozen=True, slots=True)
class VaultLine:
    """
    A member's vault on the page, as its file shows it. `is_open`: at some seat.

    `opens`: the names of the recipients whose key it holds; `others`: other keys.
    """

    account: StaffAccount
    seen: VaultSeen
    is_open: bool
    opens: tuple[str, ...]
    others: int
    may_open: bool
    has_file: bool


async def keys_page(visit: Visit) -> Response:
    """Show who receives handoffs, whose signature counts, and who has a vault."""
    done = visit.request.query_params.get("done", "")
    return await _draw(visit, done=done if done in _DONE else "")


async def add(visit: Visit) -> Response:
    """Let a new recipient wait, and show the challenge for its holder."""
    asked = await visit.office.parts.keys.add(_me(visit), _field(visit, "name"), _field(visit, "key"))
    return await _show(visit, asked)


async def rotate(visit: Visit) -> Response:
    """Let a new key of an active recipient wait, and show the challenge for its holder."""
    asked = await visit.office.parts.keys.rotate(_me(visit), _field(visit, "name"), _field(visit, "key"))
    return await _show(visit, asked)


async def challenge(visit: Visit) -> Response:
    """Make a new challenge for one who waits."""
    return await _show(visit, await visit.office.parts.keys.challenge(_me(visit), _field(visit, "name")))


async def remove_vault(visit: Visit) -> Response:
    """Set aside the vault of somebody who left or lost a device."""
    if visit.form.get("sure") != "yes":
        return await _draw(visit, refusal="not_sure")
    refusal = await visit.office.parts.vaults.remove(visit.form.get("account", ""), by=_me(visit))
    if refusal:
        return await _draw(visit, refusal=_NOT_REMOVED.get(refusal, "missing"))
    return RedirectResponse("/keys?done=vault_removed", _SEE_OTHER)


async def _show(visit: Visit, asked: Asked | KeyRefusal) -> Response:
    """Show a challenge at once: it is kept nowhere, so an address could not lead to it."""
    if isinstance(asked, Asked):
        return await _draw(visit, asked=asked)
    return await _draw(visit, refusal=asked)


async def _draw(visit: Visit, *, done: str = "", refusal: str = "", asked: Asked | None = None) -> Response:
    parts = visit.office.parts
    ring = parts.keys.look()
    accounts = {one.id: one for one in await parts.staff.list_accounts()}
    return visit.render(
        "keys_page.html",
        bars=find_key_bars(visit),
        status=_REFUSED if refusal else 200,
        ring=ring,
        names={account_id: one.name for account_id, one in accounts.items()},
        fewest=FEWEST_RECIPIENTS,
        vaults=_list_vaults(visit, ring, accounts),
        proved=visit.office.desk.is_proved(visit.member),
        progress=parts.resealing.progress,
        done=done,
        refusal=refusal,
        asked=asked,
    )


def _list_vaults(visit: Visit, ring: Ring, accounts: Mapping[str, StaffAccount]) -> tuple[VaultLine, ...]:
    """List who may open handoffs, and who has a vault and may not any more."""
    have_one = {one.account_id for one in visit.office.parts.vaults.list_vaults()}
    lines = []
    for account in accounts.values():
        may_open = account.disabled_at is None and "open" in account.rights
        if may_open or account.id in have_one:
            lines.append(_describe(visit, account, ring, may_open=may_open, has_file=account.id in have_one))
    return tuple(lines)


def _describe(
    visit: Visit, account: StaffAccount, ring: Ring, *, may_open: bool, has_file: bool
) -> VaultLine:
    vaults = visit.office.parts.vaults
    seen, is_open = vaults.look(account.id), account.id in vaults.list_open()
    names = {one.fingerprint: one.name for one in ring.recipients if one.state == "active"}
    opens = tuple(names[key.fingerprint] for key in seen.keys if key.fingerprint in names)
    return VaultLine(account, seen, is_open, opens, len(seen.keys) - len(opens), may_open, has_file)


def _field(visit: Visit, name: str) -> str:
    return visit.form.get(name, "").strip()[:_MOST_CHARACTERS]


def _me(visit: Visit) -> str:
    return visit.member.account_id


def _door(path: str, view: Callable[[Visit], Awaitable[Response]]) -> Door:
    return Door(path, "POST", view, right="accounts", proves=True)


DOORS = (
    Door("/keys", "GET", keys_page, right="accounts"),
    _door("/keys/add", add),
    _door("/keys/rotate", rotate),
    _door("/keys/challenge", challenge),
    _door("/keys/vault/remove", remove_vault),
)
