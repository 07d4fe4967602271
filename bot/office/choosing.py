"""Choosing a password in a form: whether it may be taken, and if not, which sentence says why."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from bot.office.visit import Office


async def find_password_fault(
    office: Office, form: Mapping[str, str], *, name: str, old: Sequence[str] = ()
) -> str | None:
    """
    Say why the posted `password` is not taken, as a code of the words `accounts_fault_…`.

    `name`: of the account; `old`: hashes of which it must be none.
    """
    password = form.get("password", "")
    if password != form.get("again", ""):
        return "differ"
    fault = office.rules.find_fault(password, about=(name,))
    if fault:
        return fault
    for stored in old:
        if await office.passwords.is_right(password, stored):
            return "used"
    return None
