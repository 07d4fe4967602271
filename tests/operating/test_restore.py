"""Back-up and restore as they are typed, from either database to either: nothing is lost, and nothing erased returns."""

from __future__ import annotations

import asyncio
import base64
import re
import shutil
import time
import zlib
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import text

from bot.commands import backups, handoffs, restoring
from bot.crypto import RootVault
from bot.desk.backups import list_backups, name_backup, open_backup, read_backup, write_content
from bot.desk.clock_mark import MARK, ClockDoubtful, ClockMark
from bot.desk.identity import load_identities
from bot.errors import ConfigError
from bot.keys import read_root
from bot.keys.changing import keep
from bot.store.dump import LEFT_OUT, Dump, read_dump
from bot.store.engine import make_engine
from bot.store.migrate import downgrade, upgrade
from bot.store.office import OfficeStore
from bot.store.schema import metadata
from bot.store.sql import open_store
from bot.wiring.common import utc_now
from tests.desk.export_cast import PLAIN_FIELDS
from tests.operating.conftest import Host
from tests.store.cast import begin, insist
from tests.store.conftest import as_role, make_role
from tests.store.handoff_cast import send

NOW = datetime.now(UTC)
MANY = 12


def back_up(host: Host, out: Path) -> Path:
    code, told = host.run("backup", "--out", str(out))
    assert code == 0, told
    assert "verified" in told
    return list_backups(out)[-1][1]


def find_signer(host: Host) -> str:
    found = re.search(r"signer +desk +((?:[0-9a-f]{4} ?){4})", host.run("keys", "list")[1])
    assert found
    return found[1].strip()


def dump(host: Host) -> dict[str, list[Any]]:
    """Read every row of every table."""

    async def read() -> dict[str, list[Any]]:
        engine = make_engine(host.settings.database)
        async with engine.connect() as conn:
            rows = {
                name: list((await conn.execute(text(f"SELECT * FROM {name}"))).all())  # noqa: S608 - our own table names
                for name in metadata.tables
            }
        await engine.dispose()
        return rows

    return asyncio.run(read())


def erase_rows(host: Host) -> None:
    """Leave the tables and nothing in them."""
    downgrade(host.settings.database, "base")
    upgrade(host.settings.database)


def begin_conversation(host: Host) -> None:
    """Let somebody be in the middle of a conversation."""
    settings = host.settings

    async def talk() -> None:
        store = open_store(settings.database, RootVault(read_root(settings.env, settings.data_dir)))
        await begin(store)
        await store.close()

    asyncio.run(talk())


def restore(blank: Host, host: Host, file: Path, *more: str) -> tuple[int, str]:
    identity = str(host.data_dir / "backup.identity")
    signer = find_signer(host)
    return blank.run("restore", str(file), "--identity", identity, "--signer", signer, *more)


def test_a_blank_host_is_back_and_nothing_erased_returns(
    host: Host, blank: Host, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """R20, T9: every handoff opens with the recovery key alone; what was erased since is nowhere; no conversation comes back."""
    sending = host.open_sending()
    ids = [sending.send(PLAIN_FIELDS, NOW - timedelta(days=1)) for _ in range(MANY)]
    sending.ask(ids[0], "withdraw", "", NOW)
    begin_conversation(host)
    file = back_up(host, tmp_path / "out")
    for gone in ids[:2]:
        assert host.run("handoffs", "erase", gone, "--yes")[0] == 0
    ledger = host.data_dir / "desk" / "erased-handoffs"

    began = time.perf_counter()
    code, told = restore(blank, host, file, "--ledger", str(ledger))
    with capsys.disabled():
        print(f"\nR20: {MANY} handoffs restored in {time.perf_counter() - began:.2f} s")

    assert code == 0, told
    assert "left out, because they were erased: 2 handoffs" in told
    assert sorted(one.id for one in blank.list_handoffs()) == sorted(ids[2:])
    assert blank.open_all(host.data_dir / "desk" / "recovery.identity") == MANY - 2
    stored = dump(blank)
    assert not [gone for gone in ids[:2] if gone in str(stored)]
    assert [name for name in LEFT_OUT if stored.get(name)] == []
    assert blank.run("audit", "verify")[0] == 0
    assert "restored" in str(stored["audit_entry"])


def test_a_restored_service_goes_on(
    sqlite_host: Host, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """R20: with the keys of its own it takes handoffs, notes, erases, and is backed up again."""
    host = sqlite_host
    blank = Host(tmp_path / "blank", f"sqlite+aiosqlite:///{tmp_path / 'blank.sqlite3'}", monkeypatch)
    host.open_sending().send(PLAIN_FIELDS, NOW)
    file = back_up(host, tmp_path / "out")
    assert restore(blank, host, file, "--without-ledger")[0] == 0
    new = blank.open_sending().send(PLAIN_FIELDS, NOW)
    assert len(blank.list_handoffs()) == 2
    assert blank.open_all(host.data_dir / "desk" / "desk.identity") == 2
    assert blank.run("handoffs", "erase", new, "--yes")[0] == 0
    assert blank.run("audit", "verify")[0] == 0
    back_up(blank, tmp_path / "again")


LOST = ("keys/root.key", "keys/sign.key", "desk/sign.key", "desk/desk.identity", "desk/recovery.identity")


WEEKS = timedelta(days=60)


def close_long_ago(host: Host, days: int) -> str:
    """Store a handoff that was done so many days ago, and is due for more than 30."""
    id_ = host.open_sending().send(PLAIN_FIELDS, NOW - timedelta(days=days))

    async def close() -> None:
        store = OfficeStore(host.settings.database, utc_now)
        then = NOW - timedelta(days=days)
        await store.handoffs.set_status(id_, "done", then, counts_as_opened=True)
        await store.close()

    asyncio.run(close())
    return id_


def test_what_is_due_is_erased_by_a_clock_that_is_believed(
    sqlite_host: Host, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """R20, R18: the back-up is of today, so no clock has jumped; and the blank host marks that it has looked."""
    blank = Host(tmp_path / "blank", f"sqlite+aiosqlite:///{tmp_path / 'blank.sqlite3'}", monkeypatch)
    close_long_ago(sqlite_host, 40)
    file = back_up(sqlite_host, tmp_path / "out")
    code, told = restore(blank, sqlite_host, file, "--without-ledger")
    assert (code, "their time was over: 1 handoffs" in told) == (0, True)
    assert blank.list_handoffs() == []
    assert ClockMark(blank.data_dir / MARK).find_doubt(datetime.now(UTC)) is None


@pytest.mark.parametrize("has_looked", [True, False])
def test_a_blank_host_with_a_wrong_clock_erases_nothing_by_it(
    sqlite_host: Host, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, has_looked: bool
) -> None:
    """
    R18, R20: a new machine wakes up in any year, and everything would be old at once.

    It has no mark of its own: what the desk last looked, or else when the back-up was made, is held against its clock. What the
    ledger names is left out all the same. With the right clock, or a word that this one is right, it goes on.
    """
    host = sqlite_host
    blank = Host(tmp_path / "blank", f"sqlite+aiosqlite:///{tmp_path / 'blank.sqlite3'}", monkeypatch)
    gone, kept = close_long_ago(host, 1), close_long_ago(host, 1)
    if has_looked:
        assert host.run("handoffs", "erase-due")[0] == 0
    file = back_up(host, tmp_path / "out")
    assert host.run("handoffs", "erase", gone, "--yes")[0] == 0
    monkeypatch.setattr(restoring, "utc_now", lambda: datetime.now(UTC) + WEEKS)
    code, told = restore(
        blank, host, file, "--ledger", str(host.data_dir / "desk/erased-handoffs"), "--even-so"
    )
    assert (code, "nothing was erased: the clock says" in told, "Next:" in told) == (0, True, True)
    assert [one.id for one in blank.list_handoffs()] == [kept]
    assert ClockMark(blank.data_dir / MARK).find_doubt(datetime.now(UTC) + WEEKS)
    monkeypatch.setattr(handoffs, "utc_now", lambda: datetime.now(UTC) + WEEKS)
    with pytest.raises(ClockDoubtful):
        blank.run("handoffs", "erase-due")
    assert len(blank.list_handoffs()) == 1
    assert blank.run("handoffs", "erase-due", "--even-so")[0] == 0
    assert blank.list_handoffs() == []


def test_a_desk_in_doubt_stays_in_doubt_when_it_is_restored(
    sqlite_host: Host, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """R18: its clock had jumped, the back-up bears that wrong time, and the new host gets its time from the same wrong place."""
    host = sqlite_host
    blank = Host(tmp_path / "blank", f"sqlite+aiosqlite:///{tmp_path / 'blank.sqlite3'}", monkeypatch)
    close_long_ago(host, 1)
    assert host.run("handoffs", "erase-due")[0] == 0
    for module in (backups, restoring):
        monkeypatch.setattr(module, "utc_now", lambda: datetime.now(UTC) + WEEKS)
    file = back_up(host, tmp_path / "out")
    code, told = restore(blank, host, file, "--without-ledger")
    assert (code, "nothing was erased: the clock says" in told) == (0, True)
    assert len(blank.list_handoffs()) == 1


def test_the_mark_of_a_host_that_looked_since_stays(sqlite_host: Host, tmp_path: Path) -> None:
    """R18: its database is gone, its data directory is not, and is newer than any back-up."""
    host = sqlite_host
    host.open_sending().send(PLAIN_FIELDS, NOW)
    mark = ClockMark(host.data_dir / MARK)
    mark.put(NOW - timedelta(days=6))
    file = back_up(host, tmp_path / "out")
    mark.put(NOW)
    erase_rows(host)
    code, told = restore(host, host, file, "--without-ledger")
    assert (code, "their time was over: 0 handoffs" in told) == (0, True)


def test_any_one_key_may_be_lost(sqlite_host: Host, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """R22: of every key that can go, the one that is left opens every handoff of a restored database."""
    host = sqlite_host
    sending = host.open_sending()
    ids = {sending.send(PLAIN_FIELDS, NOW) for _ in range(3)}
    file = back_up(host, tmp_path / "out")
    signer = find_signer(host)
    for number, lost in enumerate(LOST):
        away = tmp_path / f"lost{number}"
        shutil.copytree(host.data_dir, away, ignore=shutil.ignore_patterns("frontdoor.sqlite3*"))
        (away / lost).unlink()
        there = Host(away, f"sqlite+aiosqlite:///{away / 'new.sqlite3'}", monkeypatch)
        told = there.run(
            "restore",
            str(file),
            "--identity",
            str(away / "backup.identity"),
            "--signer",
            signer,
            "--without-ledger",
        )
        assert told[0] == 0, (lost, told)
        left = next(away / one for one in reversed(LOST) if one.endswith("identity") and one != lost)
        assert there.open_all(left) == len(ids), lost


def test_no_session_of_a_stolen_back_up_is_readable(host: Host, tmp_path: Path) -> None:
    """T9: whoever has the back-up, its identity and every server secret finds no conversation in it, locked or open."""
    host.open_sending()
    begin_conversation(host)
    file = back_up(host, tmp_path / "out")
    [identity] = load_identities([host.data_dir / "backup.identity"])
    sealed = read_backup(file.read_bytes())
    content = open_backup(sealed, [identity], [sealed.signer])
    assert set(content.tables).isdisjoint(
        {"person_session", "erasable_key", "outbox", "chat_message", "inbox_event"}
    )
    kept = dump(host)
    secrets = [kept["person_session"][0].blob, kept["erasable_key"][0].wrapped]
    secrets += [
        (host.data_dir / name).read_bytes() for name in ("keys/root.key", "keys/sign.key", "desk/sign.key")
    ]
    whole = zlib.decompress(write_content(content))
    assert not [one for one in secrets if bytes(one) in whole or base64.b64encode(bytes(one)) in whole]


def test_no_secret_file_is_ever_in_a_back_up(sqlite_host: Host, tmp_path: Path) -> None:
    """T9: public halves and marks alone, whatever else lies there: vaults, those that were set aside, keys, the office's."""
    host = sqlite_host
    assert host.open_sending().settings.is_demo
    assert host.run("handoffs", "erase-due")[0] == 0
    keep(host.data_dir, "recovery")
    vaults = host.data_dir / "desk/vaults"
    vaults.mkdir(mode=0o700, exist_ok=True)
    for name in ("anna.vault", "anna.removed-20261121", "anna.removed-20261121.2"):
        (vaults / name).write_text("SECRET")
    (host.data_dir / "recipients.d" / "stray.identity").write_text("SECRET")
    file = back_up(host, tmp_path / "out")
    [identity] = load_identities([host.data_dir / "backup.identity"])
    sealed = read_backup(file.read_bytes())
    files = open_backup(sealed, [identity], [sealed.signer]).files
    public = {name for name in files if re.fullmatch(r"(recipients|signers|backup)\.d/[a-z-]+\.pub", name)}
    assert set(files) - public <= {"desk/clock-mark", "desk/audit-anchor", "desk/audit-checkpoints"}
    assert "desk/clock-mark" in files
    assert b"# kept: " in files["recipients.d/recovery.pub"]
    assert not [name for name, raw in files.items() if b"SECRET" in raw]


def test_only_an_empty_place_is_restored_into(host: Host, tmp_path: Path) -> None:
    """What is there stays as it is, file by file and row by row."""
    host.open_sending().send(PLAIN_FIELDS, NOW)
    file = back_up(host, tmp_path / "out")
    before = (dump(host), sorted(path.name for path in host.data_dir.rglob("*")))
    with pytest.raises(ConfigError, match="holds something already"):
        restore(host, host, file, "--without-ledger")
    assert (dump(host), sorted(path.name for path in host.data_dir.rglob("*"))) == before


def test_a_tables_only_database_counts_as_empty(host: Host, tmp_path: Path) -> None:
    """`migrate` may have been run before."""
    host.open_sending().send(PLAIN_FIELDS, NOW)
    file = back_up(host, tmp_path / "out")
    erase_rows(host)
    assert restore(host, host, file, "--without-ledger")[0] == 0
    assert len(host.list_handoffs()) == 1


def test_the_log_says_that_lines_are_missing(sqlite_host: Host, tmp_path: Path) -> None:
    """T32: the database is gone and the data directory is not: its anchor knows more than the back-up."""
    host = sqlite_host
    id_ = host.open_sending().send(PLAIN_FIELDS, NOW)
    file = back_up(host, tmp_path / "out")
    assert host.run("handoffs", "status", id_, "in_progress")[0] == 0
    erase_rows(host)
    code, told = restore(host, host, file, "--without-ledger")
    assert (code, "the anchor knew 1" in told) == (0, True)
    assert [row.act for row in dump(host)["audit_entry"]] == ["audit_lost", "restored"]


def test_what_was_revoked_since_stays_revoked_and_no_file_is_overwritten(
    sqlite_host: Host, tmp_path: Path
) -> None:
    """T10: an older list of recipients does not come back over the newer one."""
    host = sqlite_host
    host.open_sending()
    file = back_up(host, tmp_path / "out")
    assert host.run("keys", "revoke", "recovery", "--even-so")[0] == 0
    erase_rows(host)
    before = {path.name: path.read_bytes() for path in (host.data_dir / "recipients.d").iterdir()}
    code, told = restore(host, host, file, "--without-ledger")
    assert (code, "recipient revoked: recovery" in told) == (0, True)
    assert {path.name: path.read_bytes() for path in (host.data_dir / "recipients.d").iterdir()} == before


def test_each_refusal_changes_nothing(
    sqlite_host: Host, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """No ledger named, an unknown signer, a wrong identity, a cut file, one that is too old, one of another world."""
    host = sqlite_host
    host.open_sending()
    file = back_up(host, tmp_path / "out")
    blank = Host(tmp_path / "blank", f"sqlite+aiosqlite:///{tmp_path / 'blank.sqlite3'}", monkeypatch)
    for says, args in (
        ("--ledger", ()),
        ("no such ledger", ("--ledger", str(tmp_path / "nothing"))),
        ("whom this host does not know", ("--signer", "0000 0000 0000 0000", "--without-ledger")),
        (
            "another identity",
            ("--identity", str(host.data_dir / "desk" / "desk.identity"), "--without-ledger"),
        ),
    ):
        told = ["restore", str(file), "--identity", str(host.data_dir / "backup.identity")]
        told = [*told, "--signer", find_signer(host), *args]
        if "--identity" in args:
            told = [part for part in told if part != str(host.data_dir / "backup.identity")]
            told.remove("--identity")
        with pytest.raises(ConfigError, match=re.escape(says)):
            blank.run(*told)
    cut = tmp_path / "cut.backup"
    cut.write_bytes(file.read_bytes()[:-1])
    with pytest.raises(ConfigError, match="altered, or cut off"):
        restore(blank, host, cut, "--without-ledger")
    monkeypatch.setattr(restoring, "utc_now", lambda: datetime.now(UTC) + timedelta(days=8))
    with pytest.raises(ConfigError, match="older than 7 days"):
        restore(blank, host, file, "--without-ledger")
    monkeypatch.setattr(restoring, "utc_now", lambda: datetime.now(UTC))
    signer = find_signer(host)
    monkeypatch.setenv("FRONTDOOR_ENV", "production")
    monkeypatch.setenv("FRONTDOOR_PUBLIC_URL", "https://chat.example.org")
    with pytest.raises(ConfigError, match="a back-up of a demo stays a demo"):
        blank.run(
            "restore", str(file), "--identity", str(host.data_dir / "backup.identity"), "--signer", signer
        )
    assert not blank.data_dir.exists()
    assert not (tmp_path / "blank.sqlite3").exists()


def test_looking_into_a_back_up_changes_nothing(
    sqlite_host: Host, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """R20: the monthly drill needs no second host."""
    sqlite_host.open_sending().send(PLAIN_FIELDS, NOW)
    file = back_up(sqlite_host, tmp_path / "out")
    blank = Host(tmp_path / "blank", f"sqlite+aiosqlite:///{tmp_path / 'blank.sqlite3'}", monkeypatch)
    code, told = restore(blank, sqlite_host, file, "--check")
    assert (code, "handoff 1" in told) == (0, True)
    assert not blank.data_dir.exists()
    assert not (tmp_path / "blank.sqlite3").exists()


def test_people_go_on_writing_meanwhile(host: Host, tmp_path: Path) -> None:
    """Each back-up is of one moment: a handoff never without its consent."""
    settings = host.open_sending().settings
    vault = RootVault(read_root(settings.env, settings.data_dir))

    async def write() -> list[Dump]:
        store = open_store(settings.database, vault)
        reading = [asyncio.to_thread(read_dump, settings.database) for _ in range(3)]
        sending = [insist(lambda number=number: send(store, f"AAAA-{number:04}")) for number in range(30)]
        done = await asyncio.gather(*reading, *sending)
        await store.close()
        return [one for one in done if isinstance(one, Dump)]

    for found in asyncio.run(write()):
        counts = {one.name: len(one.rows) for one in found.tables}
        assert counts["handoff"] == counts["handoff_case"] == counts["consent_record"]


def test_back_ups_end_by_themselves_also_when_none_can_be_written(sqlite_host: Host, tmp_path: Path) -> None:
    """SECURITY §6: seven days are seven days, where the clock is believed; and nobody can ask for more."""
    host, out = sqlite_host, tmp_path / "out"
    host.open_sending()
    ClockMark(host.data_dir / MARK).put(datetime.now(UTC))
    out.mkdir()
    old, newest = (out / name_backup(NOW - timedelta(days=days)) for days in (8, 1))
    for path in (old, newest):
        path.write_bytes(b"x")
    (host.data_dir / "desk" / "sign.key").chmod(0o644)
    with pytest.raises(ConfigError, match="chmod 600"):
        host.run("backup", "--out", str(out))
    assert (old.exists(), newest.exists()) == (False, True)
    with pytest.raises(ConfigError, match="1 to 7"):
        host.run("backup", "--out", str(out), "--keep-days", "8")


def test_a_file_is_named_once_and_its_end_is_told(sqlite_host: Host, tmp_path: Path) -> None:
    """Two within a second stand side by side in a folder; a file is never written over."""
    host = sqlite_host
    host.open_sending()
    code, told = host.run("backup", "--out", str(tmp_path / "mine.backup"))
    assert (code, "before" in told) == (0, True)
    with pytest.raises(ConfigError, match="is there already"):
        host.run("backup", "--out", str(tmp_path / "mine.backup"))
    for _ in range(2):
        back_up(host, tmp_path / "out")
    assert len(list_backups(tmp_path / "out")) == 2
    assert [path.stat().st_mode & 0o777 for _, path in list_backups(tmp_path / "out")] == [0o600] * 2


@pytest.mark.postgres
def test_each_role_does_what_it_may(
    bare_postgres_url: str, tmp_path: Path, request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch
) -> None:
    """T10: the office backs up, the public side cannot; neither can restore, which takes whoever owns the tables."""
    owner, server = (
        Host(tmp_path / "var", bare_postgres_url, monkeypatch),
        request.getfixturevalue("postgres_server"),
    )
    owner.open_sending().send(PLAIN_FIELDS, NOW)
    roles = ("backing front", "backing office")
    for role in roles:
        make_role(server, role)
    assert owner.run("migrate", "--front-role", roles[0], "--office-role", roles[1])[0] == 0
    front, office = (Host(owner.data_dir, as_role(owner.url, role), monkeypatch) for role in roles)
    with pytest.raises(ConfigError, match="may not read what is backed up"):
        front.run("backup", "--out", str(tmp_path / "out"))
    file = back_up(office, tmp_path / "out")
    with pytest.raises(ConfigError, match="may not fill the tables"):
        restore(office, owner, file, "--without-ledger")
