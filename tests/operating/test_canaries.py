"""
Ten thousand markers, planted in everything that a person gives us, and then looked for in every byte that we leave anywhere.

Source: SECURITY T8, R24. The markers begin alike, so one search in each spelling finds any of them.
"""

from __future__ import annotations

import asyncio
import base64
import re
import time
from collections.abc import AsyncIterator, Iterable
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path

import pytest

from bot.core.model import Heard, StateId, Step
from bot.crypto import RootVault
from bot.desk.backups import list_backups, open_backup, read_backup, write_content
from bot.desk.identity import load_identities
from bot.keys import read_root
from bot.ports import Address, Mail, Wipe
from bot.store.sql import SqlStore, open_store
from bot.store.tx import SqlTx
from tests.operating.conftest import Host
from tests.store.cast import NOON, VAULT, FakeClock, a_reply, a_session
from tests.store.handoff_cast import a_handoff

BEGINNING = "KANARIENVOGEL"
PEOPLE, EACH = 250, 40
GONE, AT_ONCE = 1_000, 50


def marker(number: int) -> str:
    return f"{BEGINNING}{number:06d}娜娜"


def spell(word: str) -> list[bytes]:
    """Every way in which it could lie in a file: as text, as wide text, escaped, in hex, in base64 at each place."""
    raw = word.encode()
    shifted = [base64.b64encode(bytes(shift) + raw)[4 if shift else 0 : -4] for shift in range(3)]
    return [
        raw,
        word.encode("utf-16-le"),
        word.encode("utf-16-be"),
        raw.hex().encode(),
        raw.hex().upper().encode(),
        *shifted,
        word.lower().encode(),
    ]


SPELLED = spell(BEGINNING)


def find(files: Iterable[Path]) -> list[str]:
    """Name the files in which any marker lies."""
    found = []
    for path in files:
        try:
            raw = path.read_bytes()
        except FileNotFoundError:  # a journal that went meanwhile
            continue
        found += [path.name for one in SPELLED if one in raw]
    return found


def everything(folder: Path) -> list[Path]:
    return [path for path in folder.rglob("*") if path.is_file()]


async def plant(
    store: SqlStore, numbers: Iterable[int], *, each: int = EACH, look: Path | None = None
) -> None:
    """Let people write many of them: as answers, words, ids, tokens, a draft, a code, a letter, a page, a receipt."""
    async with store.transaction() as tx:
        for number in numbers:
            await write(tx, number, each)
        if look is not None:  # before the commit: the journal is there now
            assert find(everything(look)) == []


async def write(tx: SqlTx, person_number: int, each: int) -> None:
    words = [marker(person_number * each + number) for number in range(each)]
    person = VAULT.person_key("line", words[0])
    some = dict(enumerate(words))
    session = replace(
        a_session(
            answers={f"a{number}": word for number, word in some.items() if number % 4 == 0},
            trail=tuple(
                Step(StateId("start"), {"who": word}) for number, word in some.items() if number % 4 == 1
            ),
            heard=tuple(
                Heard(word, StateId("start"), (word,)) for number, word in some.items() if number % 4 == 2
            ),
            tapped=words[3],
        ),
        draft={f"f{number}": word for number, word in some.items() if number % 4 == 3},
        pocket={"receipt": words[-1]},
    )
    mail = Mail(
        "line",
        Address(words[1], words[2], NOON),
        a_reply(words[4]),
        wipe=Wipe((words[5],), a_reply(words[6])),
    )
    await tx.claim("line", words[7], NOON)
    await tx.load_session(person)
    await tx.remember_message(person, words[8], NOON)
    await tx.save_session(person, session, expected_version=None)
    await tx.add_code(person, words[9], NOON)
    await tx.add_page(person, words[10], NOON)
    await tx.count(words[11], words[12], NOON, hours=1, limit=1)
    await tx.queue(person, mail, NOON)
    await tx.add_handoff(a_handoff(words[13]))


@pytest.fixture(params=["DELETE", "WAL"])
async def store(request: pytest.FixtureRequest, sqlite_url: str) -> AsyncIterator[SqlStore]:
    opened = open_store(sqlite_url, VAULT, clock=FakeClock(), journal=request.param)
    yield opened
    await opened.close()


async def test_of_ten_thousand_markers_no_file_holds_one(
    store: SqlStore, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """T8: database, journal or write-ahead log, temporary files; while it writes, when it has written, and after it closed."""
    (tmp_path / "tmp").mkdir()
    for name in ("TMPDIR", "SQLITE_TMPDIR"):
        monkeypatch.setenv(name, str(tmp_path / "tmp"))
    for start in range(0, PEOPLE, 25):
        await plant(store, range(start, start + 25), look=tmp_path if start % 100 == 0 else None)
    assert find(everything(tmp_path)) == []
    await store.close()
    assert find(everything(tmp_path)) == []


def test_the_search_finds_every_spelling(tmp_path: Path) -> None:
    """Else the tests here could not fail."""
    word, raw = marker(7), marker(7).encode()
    shapes = [raw, word.encode("utf-16-le"), word.encode("utf-16-be"), raw.hex().encode()]
    shapes += [base64.b64encode(b"x" * shift + raw) for shift in range(3)]
    for number, shape in enumerate(shapes):
        (tmp_path / str(number)).write_bytes(b"\0" * 100 + shape + b"\0" * 100)
        assert find([tmp_path / str(number)]), number


def test_no_back_up_holds_a_marker(host: Host, tmp_path: Path) -> None:
    """T8, T9: on either database, neither locked nor opened with its own key; the letters and words are not in it at all."""
    settings = host.open_sending().settings
    vault = RootVault(read_root(settings.env, settings.data_dir))

    async def fill() -> None:
        opened = open_store(settings.database, vault, clock=FakeClock(datetime.now(UTC)))
        await plant(opened, range(20))
        await opened.close()

    asyncio.run(fill())
    assert host.run("backup", "--out", str(tmp_path / "out"))[0] == 0
    [(_, path)] = list_backups(tmp_path / "out")
    sealed = read_backup(path.read_bytes())
    content = open_backup(sealed, load_identities([host.data_dir / "backup.identity"]), [sealed.signer])
    assert content.count()["handoff"] == 20
    (tmp_path / "opened").write_bytes(_unpack(write_content(content)))
    assert find([path, tmp_path / "opened"]) == []


def _unpack(raw: bytes) -> bytes:
    import zlib

    return zlib.decompress(raw)


async def test_of_a_thousand_erased_people_nothing_is_left(
    store: SqlStore, sqlite_url: str, capsys: pytest.CaptureFixture[str]
) -> None:
    """R24: neither a marker nor a byte of a key or a locked field; at once, and not only after a while."""
    for start in range(0, GONE, AT_ONCE):
        await plant(store, range(start, start + AT_ONCE), each=14)
    secrets = await _read_secrets(sqlite_url)
    assert len(secrets) == 5 * GONE
    began = time.perf_counter()
    for start in range(0, GONE, AT_ONCE):
        async with store.transaction() as tx:
            for number in range(start, start + AT_ONCE):
                await tx.erase(VAULT.person_key("line", marker(number * 14)))
    spent = time.perf_counter() - began
    with capsys.disabled():
        print(f"\nR24: {GONE} people erased in {spent:.1f} s")
    files = sorted(Path(sqlite_url.removeprefix("sqlite+aiosqlite:///")).parent.glob("frontdoor.sqlite3*"))
    # What was wiped is zeros; without them there is little left to search five thousand times.
    everything_left = re.sub(rb"\0{16,}", b"\0", b"\0".join(path.read_bytes() for path in files))
    assert not [one for one in secrets if one in everything_left]
    assert find(files) == []


async def _read_secrets(url: str) -> list[bytes]:
    """Read 24 bytes from the middle of every wrapped key and locked field of a person."""
    import aiosqlite

    async with aiosqlite.connect(url.removeprefix("sqlite+aiosqlite:///")) as raw:
        queries = (
            "SELECT wrapped FROM erasable_key",
            "SELECT blob FROM person_session",
            "SELECT body FROM outbox",
        )
        found = [row[0] for query in queries for row in await raw.execute_fetchall(query)]
    return [bytes(one[8:32]) for one in found]
