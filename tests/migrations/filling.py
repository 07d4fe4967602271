"""
Fills a database as a release does: with the release's own code and tests, which are the ones on the path.

    cd TREE_OF_THE_RELEASE && PYTHONPATH=. python …/tests/migrations/filling.py sqlite+aiosqlite:////tmp/new.sqlite3

It asks what that release has, so one page serves all of them. `freeze` runs it for the release at hand.
"""

from __future__ import annotations

import asyncio
import importlib
import sys
import tempfile
from datetime import timedelta
from importlib.util import find_spec
from inspect import signature
from pathlib import Path
from typing import Any

from bot.store.database import Database
from bot.store.engine import make_engine
from bot.store.migrate import upgrade
from bot.store.sql import SqlStore, open_store
from bot.store.staff import SqlStaff
from tests.store.cast import NOON, PARENT, SURVIVOR, VAULT, FakeClock, begin, post

MINUTE = timedelta(minutes=1)
#: What becomes of the letters of people who have nothing else; one person for each end.
ENDS = ("sent", "uncertain", "expired", "dead", "postponed", "sending")


async def fill(url: str) -> None:
    """Leave a row in every table, in every state that the release knows."""
    store = open_store(url, VAULT, clock=FakeClock())
    await _fill_talks(store)
    if find_spec("bot.store.chats"):
        await _fill_chats(store)
    if find_spec("bot.store.handoffs"):
        await _fill_handoffs(store)
    if find_spec("bot.store.quarantine"):
        await _fill_quarantine(store)
    if find_spec("bot.store.sealing_tests"):
        await _fill_sealing_tests(store)
    await store.close()
    if find_spec("bot.store.audit"):
        await _fill_office(url)
    else:
        await _fill_staff(url)


async def _fill_talks(store: SqlStore) -> None:
    for number, end in enumerate(ENDS):
        person = VAULT.person_key("telegram" if number % 2 else "line", f"U-{end}")
        await begin(store, person, turn=number + 1)
        await post(store, f"給{end}的人", person, until=NOON + MINUTE)
        (letter,) = await store.claim_due(NOON, 9)
        await _end(store, letter, end)
    await begin(store)
    await begin(store, PARENT, answers={"age": "minor", "who": "parent"}, turn=7)
    for text in ("A", "B"):  # two in a row, and nobody has tried them
        await post(store, text, until=NOON + MINUTE)
    await begin(store, VAULT.person_key("web", "U-gone"))
    async with store.transaction() as tx:
        await tx.erase(VAULT.person_key("web", "U-gone"))
    for number in range(5):
        async with store.transaction() as tx:
            assert await tx.claim("line", f"event-{number}", NOON + number * timedelta(hours=1))


async def _end(store: SqlStore, letter: Any, end: str) -> None:
    if end == "sent":
        await store.mark_sent(letter)
    elif end == "postponed":
        await store.postpone(letter, NOON + MINUTE, reached=True)
    elif end != "sending":
        await store.mark_lost(letter, end)


async def _fill_chats(store: SqlStore) -> None:
    await post(store, "再見。", PARENT, final=True)
    async with store.transaction() as tx:
        await tx.load_session(SURVIVOR)
        for number in range(3):
            await tx.remember_message(SURVIVOR, f"message-{number}", NOON)
        await tx.add_code(SURVIVOR, "ABCDE-FGH23", NOON + MINUTE)


async def _fill_handoffs(store: SqlStore) -> None:
    cast = importlib.import_module("tests.store.handoff_cast")
    sent = [await cast.send(store, f"K7MD-2QXW-9PT{letter}") for letter in "ABC"]
    await cast.take_seat(store)
    async with store.transaction() as tx:
        await tx.load_session(PARENT)
        await tx.add_page(PARENT, "a link that nobody opened", NOON + MINUTE)
        for kind in ("withdraw", "correct"):
            assert await tx.add_request(cast.a_request(sent[0].id, kind))
        for _ in range(2):
            assert await tx.count("handoff", "somebody", NOON, hours=24, limit=3)


async def _fill_quarantine(store: Any) -> None:
    ports = importlib.import_module("bot.ports")
    await store.quarantine.keep(ports.Poison("line", "typed", "KeyError", "engine.py:120", "xx_0000"), NOON)


async def _fill_sealing_tests(store: Any) -> None:
    ports = importlib.import_module("bot.ports")
    for number, signer in (
        (0, "1111 2222 3333 4444"),
        (1, "1111 2222 3333 4444"),
        (1, "5555 6666 7777 8888"),
    ):
        sealed = ports.Sealed(b"\x01age-encryption.org/v1\n", b"a signature", signer)
        to = ("aaaa bbbb cccc dddd", "eeee ffff 0000 1111")
        assert await store.sealing_tests.add(
            ports.SealingTest(NOON + number * timedelta(hours=1), to, sealed)
        )


async def _fill_staff(url: str) -> None:
    db = Database(make_engine(url))
    staff = SqlStaff(db)
    for name in ("王小明", "lin", "left"):
        assert await staff.add_account(name, f"hash of {name}", NOON)
    account: Any = await staff.find_account("lin")
    await staff.add_session("hash of a token", account.id, NOON)
    for _ in range(5):
        await staff.claim_attempt(account.id, NOON, limit=5, lock_for=15 * MINUTE)
    await staff.disable_account("left", NOON)
    await db.close()


async def _fill_office(url: str) -> None:
    """Leave what the back office keeps: ways in, work on handoffs, exports, the audit log, counts."""
    await _fill_staff(url)
    office = importlib.import_module("bot.store.office").OfficeStore(url, lambda: NOON)
    lin, wang = [await office.staff.find_account(name) for name in ("lin", "王小明")]
    await office.staff.set_rights(lin.id, frozenset({"accounts", "list"}))
    ports = importlib.import_module("bot.ports")
    await office.ways.add_passkey(_passkey(ports, lin.id))
    invitation = ports.Invitation("chen", frozenset({"list"}), lin.id, NOON + 60 * MINUTE)
    await office.staff.add_invitation("hash of a link", invitation, NOON)
    kept = await office.handoffs.list_handoffs()
    ids = [each.id for each in kept]
    await office.handoffs.mark_opened(ids[0], NOON)
    await office.casework.assign(ids[0], lin.id, instead_of=None)
    await office.casework.note_called(ids[0], NOON)
    papers = importlib.import_module("tests.store.test_papers")
    for kind in ("note", "acknowledgement"):
        await office.casework.add_paper(papers.a_paper(ids[0], kind=kind, author=lin.id))
    exports = importlib.import_module("tests.store.test_exports_store")
    await office.exports.add_export(exports.request_of(wang.id))
    audit = importlib.import_module("tests.desk.audit_cast")
    anchors = importlib.import_module("bot.desk.audit_anchor")
    writer = importlib.import_module("bot.desk.audit").AuditLog
    with tempfile.TemporaryDirectory() as folder:  # the anchor lies outside the database
        known = {"signers": lambda: audit.SIGNERS} if "signers" in signature(writer).parameters else {}
        log = writer(office.audit, audit.KEY, lambda: NOON, anchors.Anchor(Path(folder) / "anchor"), **known)
        for handoff_id in (*ids, ids[0]):
            await log.write("opened", actor=lin.id, subject=handoff_id)
    for day in (NOON.date(), NOON.date() - timedelta(days=1)):
        await office.tally.add(day, {("type", "threat"): 2, ("channel", "web"): 1})
    await office.close()


def _passkey(ports: Any, account_id: str) -> Any:
    return ports.Passkey(
        id="cGFzc2tleQ", account_id=account_id, credential=b"\x00\x01credential", sign_count=3, label="桌上",
        created_at=NOON,
    )  # fmt: skip


if __name__ == "__main__":
    upgrade(sys.argv[1])
    asyncio.run(fill(sys.argv[1]))
