"""
What a stolen copy shows, and what is left after an erasure: nothing. Source: SECURITY T8, R24.

Markers are planted in everything a person gives us, and then looked for in bytes.
"""

from __future__ import annotations

from collections.abc import AsyncIterator, Iterable
from datetime import timedelta
from pathlib import Path

import pytest

from bot.core.model import Heard, StateId, Step
from bot.crypto import RootVault
from bot.ports import Address, Mail, Wipe
from bot.store.schema import metadata
from bot.store.sql import SqlStore, open_store
from tests.store.cast import NOON, SURVIVOR, VAULT, FakeClock, a_reply, a_session, begin, post
from tests.store.conftest import Look

MANY = 60
MINUTE, HOUR = 60_000_000, 3_600_000_000


def marker(number: int) -> str:
    return f"CANARY-{number:06d}-娜娜"


async def plant(store: SqlStore, number: int) -> None:
    """Let one person write, answer and be answered."""
    person = VAULT.person_key("line", f"U{marker(number)}")
    session = a_session(
        answers={"what": marker(number)},
        trail=(Step(StateId("start"), {"who": marker(number)}),),
        heard=(Heard(marker(number), StateId("start"), (marker(number),)),),
        tapped=marker(number),
    )
    address = Address(f"U{marker(number)}", f"token-{marker(number)}", NOON)
    wipe = Wipe((marker(number),), a_reply(marker(number)))
    async with store.transaction() as tx:
        await tx.claim("line", marker(number), NOON)
        await tx.claim("line", f"message:{marker(number)}", NOON)
        await tx.load_session(person)
        await tx.remember_message(person, marker(number), NOON)
        await tx.save_session(person, session, expected_version=None)
        await tx.add_code(person, marker(number), NOON)
        await tx.queue(person, Mail("line", address, a_reply(marker(number)), wipe=wipe), NOON)


async def erase(store: SqlStore, number: int) -> None:
    async with store.transaction() as tx:
        await tx.erase(VAULT.person_key("line", f"U{marker(number)}"))


def files_of(url: str) -> list[Path]:
    path = Path(url.removeprefix("sqlite+aiosqlite:///"))
    return sorted(path.parent.glob(f"{path.name}*"))


def hits(files: Iterable[Path], secrets: Iterable[bytes]) -> int:
    everything = b"\0".join(file.read_bytes() for file in files)
    return sum(secret in everything for secret in secrets)


@pytest.fixture(params=["DELETE", "WAL"])
async def file_store(request: pytest.FixtureRequest, sqlite_url: str) -> AsyncIterator[SqlStore]:
    opened = open_store(sqlite_url, VAULT, clock=FakeClock(), journal=request.param)
    yield opened
    await opened.close()


async def test_a_stolen_file_names_nobody_and_says_nothing(file_store: SqlStore, sqlite_url: str) -> None:
    """Neither the database nor its journals hold a word, a user id, a token or a delivery id."""
    for number in range(MANY):
        await plant(file_store, number)
    assert (
        hits(files_of(sqlite_url), [b"CANARY", "娜娜".encode(), b"\\u5a1c", b"what_happened", b"zh_TW"]) == 0
    )


async def test_a_stolen_dump_names_nobody_and_says_nothing(store: SqlStore, sql: Look) -> None:
    """No column of any table holds a marker, on either database."""
    for number in range(20):
        await plant(store, number)
    for table in metadata.tables:
        dump = repr([tuple(row) for row in await sql(f"SELECT * FROM {table}")])  # noqa: S608 - our own table names
        assert "CANARY" not in dump
        assert "what_happened" not in dump


async def test_the_length_of_a_blob_does_not_tell_the_answer(store: SqlStore, sql: Look) -> None:
    """Short and long answers look alike from outside."""
    await begin(store, VAULT.person_key("line", "1"), answers={"a": "b"})
    await begin(store, VAULT.person_key("line", "2"), answers={"a": "b" * 40})
    assert len(await sql("SELECT DISTINCT length(blob) FROM person_session")) == 1


async def test_moments_in_the_clear_are_rough(store: SqlStore, sql: Look) -> None:
    """A stolen copy tells to the minute, or to the hour, when somebody wrote; not to the second."""
    await plant(store, 1)
    (session,) = await sql("SELECT erase_at FROM person_session")
    event, _ = await sql("SELECT seen_at FROM inbox_event")
    (letter,) = await sql("SELECT created_at FROM outbox")
    (message,) = await sql("SELECT drop_at FROM chat_message")
    assert (session.erase_at % MINUTE, letter.created_at % MINUTE) == (0, 0)
    assert (event.seen_at % HOUR, message.drop_at % HOUR) == (0, 0)


async def test_erasing_leaves_no_key_and_no_blob_in_any_file(file_store: SqlStore, sqlite_url: str) -> None:
    """While the program runs: the keys and locked bytes of erased people are in no file any more."""
    for number in range(MANY):
        await plant(file_store, number)
    secrets = await _secrets_of(sqlite_url)
    assert hits(files_of(sqlite_url), secrets) == len(secrets) == 6 * MANY
    for number in range(MANY):
        await erase(file_store, number)
    assert hits(files_of(sqlite_url), secrets) == 0


async def test_of_an_erased_person_no_row_names_them(store: SqlStore, sql: Look) -> None:
    """On either database: no session, key, letter, code or message; what stays is that deliveries were handled."""
    for number in range(3):
        await plant(store, number)
        await erase(store, number)
    tables = [table for table in metadata.tables if table != "inbox_event"]
    dumps = [await sql(f"SELECT * FROM {table}") for table in tables]  # noqa: S608 - our own table names
    assert dumps == [[]] * len(tables)


async def test_a_code_is_not_found_by_trying_all_of_them(
    store: SqlStore, sql: Look, database_url: str
) -> None:
    """A stolen copy holds keyed hashes: without the root, no list of codes fits them."""
    await plant(store, 1)
    other = open_store(database_url, RootVault(b"\x07" * 32), clock=FakeClock())
    async with other.transaction() as tx:
        assert await tx.find_code(marker(1), NOON - timedelta(minutes=1)) is None
    async with store.transaction() as tx:
        assert await tx.find_code(marker(1), NOON - timedelta(minutes=1)) is not None
    await other.close()


async def test_a_letter_that_was_taken_back_leaves_its_key_in_no_file_after_a_sweep(
    file_store: SqlStore, sqlite_url: str
) -> None:
    """As one that was delivered."""
    await post(file_store, "A")
    secrets = await _secrets_of(sqlite_url)
    async with file_store.transaction() as tx:
        await tx.recall(SURVIVOR)
    await file_store.sweep(NOON)
    assert hits(files_of(sqlite_url), secrets) == 0


async def test_who_goes_on_elsewhere_leaves_nothing_in_any_file(
    file_store: SqlStore, sqlite_url: str
) -> None:
    """Of the session that was moved neither key nor blob is in any file any more."""
    await begin(file_store)
    secrets = await _secrets_of(sqlite_url)
    async with file_store.transaction() as tx:
        await tx.erase(SURVIVOR, keep_messages=True, keep_final=True)
    assert hits(files_of(sqlite_url), secrets) == 0


async def test_erasing_one_leaves_the_others(file_store: SqlStore, sqlite_url: str) -> None:
    for number in range(3):
        await plant(file_store, number)
    await erase(file_store, 1)
    assert await file_store.look(VAULT.person_key("line", f"U{marker(1)}")) is None
    for number in (0, 2):
        assert await file_store.look(VAULT.person_key("line", f"U{marker(number)}")) is not None
    assert len(await file_store.claim_due(NOON.replace(year=2000), 9)) == 0


async def test_a_backup_without_the_key_store_opens_nothing(store: SqlStore, sql: Look) -> None:
    """Restored with the root but without the erased keys, no session and no letter can be read."""
    for number in range(5):
        await plant(store, number)
    await sql("DELETE FROM erasable_key")
    assert [await store.look(VAULT.person_key("line", f"U{marker(number)}")) for number in range(5)] == [
        None
    ] * 5
    assert await store.claim_due(NOON, 9) == []


async def test_delivered_letters_leave_their_keys_in_no_file_after_a_sweep(
    file_store: SqlStore, sqlite_url: str
) -> None:
    """The write-ahead log is emptied by the sweep."""
    await post(file_store, "A")
    secrets = await _secrets_of(sqlite_url)
    (letter,) = await file_store.claim_due(NOON, 1)
    await file_store.mark_sent(letter)
    await file_store.sweep(NOON)
    assert hits(files_of(sqlite_url), secrets) == 0


async def _secrets_of(url: str) -> list[bytes]:
    """Read 24 bytes from the middle of every wrapped key and locked field: enough to be unique."""
    import aiosqlite

    async with aiosqlite.connect(url.removeprefix("sqlite+aiosqlite:///")) as raw:
        queries = (
            "SELECT wrapped FROM erasable_key",
            "SELECT blob FROM person_session",
            "SELECT body FROM outbox",
            "SELECT blob FROM chat_message",
        )
        found = [row[0] for query in queries for row in await raw.execute_fetchall(query)]
    return [bytes(secret[8:32]) for secret in found]
