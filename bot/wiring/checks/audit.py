"""The audit log of the desk: whether a line could be written now, and whether those that are there are as they were."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from typing import Any, Final

from sqlalchemy import Connection, text

from bot.desk.audit import is_cut
from bot.desk.audit_anchor import Anchor
from bot.desk.ledger import Ledger, LedgerBroken
from bot.errors import AuditDown, BotError, StoreDown
from bot.keys import read_sign_key
from bot.ports import AuditEntry
from bot.settings import Settings
from bot.store.looking import look
from bot.store.office import OfficeStore
from bot.wiring.auditing import ANCHOR, open_audit_check
from bot.wiring.checks.finding import Finding, refuse, well
from bot.wiring.checks.keys import is_public_alone
from bot.wiring.common import utc_now
from bot.wiring.desk import LEDGER

_MEND: Final = "look with `frontdoor audit verify`; after a restore `frontdoor audit accept`"


def check_audit(settings: Settings) -> Iterator[Finding]:
    """Whether a line can be written: key, anchor, room beside it, rights. No line is written. Each start of the office does it."""
    try:
        read_sign_key(settings.data_dir, "desk")
        Anchor(settings.data_dir / ANCHOR).make_room().drop()
        known = Anchor(settings.data_dir / ANCHOR).read()
        last = _run(settings, _find_last)
        if is_cut(last, known):  # perhaps another program has just begun it: look once more
            known = Anchor(settings.data_dir / ANCHOR).read()
            last = _run(settings, _find_last)
        if is_cut(last, known):
            yield refuse("audit", "the audit log is not what it was", _MEND)
        elif not _may_add(settings):
            yield refuse(
                "audit",
                "this role may not add to the audit log",
                "run `frontdoor migrate` with both roles as the owner",
            )
        else:
            yield well("audit", f"can be written, {last.number if last else 0} lines")
    except (AuditDown, StoreDown) as fault:
        yield refuse(
            "audit", str(fault), "make room in `desk/` of the data directory, and look at the database"
        )
    except BotError as fault:
        says, _, mend = str(fault).partition("; ")
        yield refuse("audit", says, mend or "run `frontdoor keys create signer desk`")


def check_chain(settings: Settings) -> Iterator[Finding]:
    """Look at every line, and at the erasure ledger. On a public host of its own there is neither."""
    if is_public_alone(settings.data_dir):
        yield well("audit", "not here, as on a public host of its own")
        return
    yield from check_audit(settings)
    yield from _verify(settings)
    if (settings.data_dir / LEDGER).is_file():
        yield _check_ledger(settings)


def _verify(settings: Settings) -> Iterator[Finding]:
    try:
        verdict = _run(settings, lambda store: open_audit_check(settings.data_dir, store.audit).run())
    except BotError:
        return  # what keeps it from being read was told above
    if verdict.is_sound:
        yield well("audit", f"every line is as it was written ({verdict.lines})")
    else:
        yield refuse("audit", f"number {verdict.number} is not as it was written", _MEND)


def _check_ledger(settings: Settings) -> Finding:
    try:
        return well("audit", f"erasure ledger: {len(Ledger(settings.data_dir / LEDGER).list_ids())} ids")
    except (LedgerBroken, StoreDown) as fault:
        says, _, mend = str(fault).partition("; ")
        return refuse(
            "audit", says, mend or "make room in `desk/` of the data directory, and look at the database"
        )


async def _find_last(store: OfficeStore) -> AuditEntry | None:
    return next(iter(await store.audit.read_last(limit=1)), None)


def _may_add(settings: Settings) -> bool:
    if settings.sqlite_path:
        return True  # whoever could not write has failed to migrate

    def ask(connection: Connection) -> bool:
        return bool(connection.execute(text("SELECT has_table_privilege('audit_entry', 'INSERT')")).scalar())

    return look(settings.database, ask)


def _run(settings: Settings, work: Callable[[OfficeStore], Awaitable[Any]]) -> Any:
    """In a loop of its own: a start already runs in one. StoreDown: there is no database yet."""
    if settings.sqlite_path and not settings.sqlite_path.is_file():
        raise StoreDown("the database is not there yet")  # opening it would make it

    async def go() -> Any:
        store = OfficeStore(settings.database, utc_now)
        try:
            return await work(store)
        finally:
            await store.close()

    with ThreadPoolExecutor(1) as pool:
        return pool.submit(asyncio.run, go()).result()
