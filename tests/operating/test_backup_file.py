"""The file of a back-up: what is put in comes out, and nothing that was altered, cut or forged does."""

from __future__ import annotations

import json
import random
import zlib
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from pyrage import x25519

from bot.desk.backups import (
    Content,
    list_backups,
    name_backup,
    open_backup,
    prune,
    read_backup,
    read_content,
    seal_backup,
    sealing,
    write_content,
)
from bot.desk.identity import Identity
from bot.errors import ConfigError, Forged, Unreadable
from bot.keys.backup_keys import read_backup_keys
from bot.store.dump import KEPT, LEFT_OUT, Dump, TableDump, put_dump
from bot.store.schema import metadata

NOW = datetime(2026, 11, 21, 12, 0, tzinfo=UTC)
CONTENT = Content(
    made_at=NOW,
    release="0.0.0",
    schema="0004",
    demo=True,
    tables={
        "tally": (("day", "count"), [("2026-11-21", 3), ("\u2028\ud800?", None)]),
        "handoff": (("blob",), [(b"\x00\xff",)]),
    },
    files={"recipients.d/a.pub": b"age1"},
    erased=("id-1",),
)
SIGN_KEY = bytes(range(32))
HOLDER = x25519.Identity.generate()
MINE = [Identity("", demo=False, key=HOLDER)]


def seal(content: Content = CONTENT) -> bytes:
    return seal_backup(content, [str(HOLDER.to_public())], SIGN_KEY)


RAW = seal()
SIGNER = read_backup(RAW).signer


def test_what_was_put_in_comes_out():
    """Whole numbers, text of any kind, bytes, nothing at all; also to a second key."""
    assert open_backup(read_backup(RAW), MINE, [SIGNER]) == CONTENT
    other = x25519.Identity.generate()
    both = seal_backup(CONTENT, [str(HOLDER.to_public()), str(other.to_public())], SIGN_KEY)
    assert open_backup(read_backup(both), [Identity("", demo=False, key=other)], [SIGNER]) == CONTENT


@pytest.mark.parametrize("wrong", [b"something else", b""])
def test_what_does_not_open_as_it_was_put_in_is_thrown_away(wrong: bytes, monkeypatch: pytest.MonkeyPatch):
    """Before a back-up is given back it is opened: a library that fails quietly is noticed now, not at the restore."""
    real = sealing.encrypt
    monkeypatch.setattr(sealing, "encrypt", lambda _plain, keys: real(wrong, keys))
    with pytest.raises(Unreadable, match="does not say what was put into it"):
        seal()


def test_nobody_else_opens_it():
    """T9: another identity opens nothing, and of what is inside no byte is seen outside."""
    stranger = [Identity("", demo=False, key=x25519.Identity.generate())]
    with pytest.raises(Unreadable):
        open_backup(read_backup(RAW), stranger, [SIGNER])
    assert b'2026-11-21"' not in RAW
    assert b"tally" not in RAW


def test_every_altered_byte_and_every_cut_is_noticed():
    """T9, R21: wherever it is, and before anything is decrypted."""
    chance = random.Random(7)
    print("seed 7")
    places = {*range(200), *(chance.randrange(len(RAW)) for _ in range(800))}
    for place in places:
        altered = bytearray(RAW)
        altered[place] ^= 1 << chance.randrange(8)
        with pytest.raises((Forged, Unreadable)):
            open_backup(read_backup(bytes(altered)), MINE, [SIGNER])
    for length in range(0, len(RAW), 37):
        with pytest.raises((Forged, Unreadable)):
            read_backup(RAW[:length])


def test_one_that_somebody_else_signed_is_not_even_decrypted():
    """Anybody can encrypt to a public key: a back-up of a stranger would bring accounts along."""
    forged = seal_backup(CONTENT, [str(HOLDER.to_public())], Ed25519PrivateKey.generate().private_bytes_raw())
    with pytest.raises(Forged, match="nobody whom we know"):
        open_backup(read_backup(forged), [], [SIGNER])


@pytest.mark.parametrize(
    "raw",
    [b"", b"noise", zlib.compress(b""), zlib.compress(b"{}\n"), zlib.compress(b"[]"), zlib.compress(b"\xff"),
     zlib.compress(json.dumps({"format": "frontdoor-backup/2"}).encode()), write_content(CONTENT)[:-1]],
)  # fmt: skip
def test_what_is_no_content_is_unreadable(raw: bytes):
    """Whatever a holder of the signing key wrote by mistake."""
    with pytest.raises(Unreadable):
        read_content(raw)


def test_a_table_that_is_cut_or_moved_is_unreadable():
    """Each line is counted."""
    lines = zlib.decompress(write_content(CONTENT)).splitlines()
    for number in range(len(lines)):
        with pytest.raises(Unreadable):
            read_content(zlib.compress(b"\n".join(lines[:number] + lines[number + 1 :])))


def test_only_plain_values_are_written():
    """A value of another kind would come back as something else."""
    odd = replace(CONTENT, tables={"tally": (("day",), [(1.5,)])})
    with pytest.raises(TypeError):
        write_content(odd)


def test_every_table_is_either_copied_or_left_out_with_a_reason():
    """T9: a new table is decided about; the key store and what it opens are left out."""
    assert set(KEPT) | (set(LEFT_OUT) - {"alembic_version"}) == set(metadata.tables)
    assert set(KEPT).isdisjoint(LEFT_OUT)
    assert {"erasable_key", "person_session", "outbox", "chat_message"} <= set(LEFT_OUT)
    assert all(LEFT_OUT.values())


@pytest.mark.parametrize(
    "tables",
    [
        (TableDump("person_session", ("person",), []),),
        (TableDump("tally", ("day",), []), TableDump("tally", ("day",), [])),
        (TableDump("tally", ('day") SELECT 1; --',), []),),
    ],
)
def test_a_dump_of_other_tables_is_refused(tables: tuple[TableDump, ...], bare_sqlite_url: str):
    """Nothing but our own names reaches a statement; nothing is made."""
    with pytest.raises(ConfigError, match="other tables"):
        put_dump(bare_sqlite_url, Dump("0004", tables), erased=frozenset())


# ─── How long ─────────────────────────────────────────────────────────────────


def shelve(folder: Path, *ages: timedelta) -> None:
    folder.mkdir(exist_ok=True)
    for age in ages:
        (folder / name_backup(NOW - age)).write_bytes(b"x")


def test_back_ups_end_after_seven_days_and_nothing_else_is_touched(tmp_path: Path):
    """SECURITY §6: not a file more; whatever is called otherwise stays."""
    shelve(tmp_path, timedelta(0), timedelta(days=6, hours=23), timedelta(days=7), timedelta(days=400))
    (tmp_path / "frontdoor-20200101T000000Z.backup.txt").write_bytes(b"x")
    (tmp_path / "frontdoor-20209999T000000Z.backup").write_bytes(b"x")
    assert len(prune(tmp_path, NOW, days=7)) == 2
    assert [NOW - made_at for made_at, _ in list_backups(tmp_path)] == [
        timedelta(days=6, hours=23),
        timedelta(0),
    ]
    assert len(list(tmp_path.iterdir())) == 4


def test_of_yesterday_one_an_hour_stays(tmp_path: Path):
    """One every five minutes would fill the disk; of the last day all stay."""
    day = timedelta(days=1)
    shelve(
        tmp_path,
        *(day + timedelta(minutes=m) for m in range(0, 120, 5)),
        *(timedelta(minutes=m) for m in range(0, 60, 5)),
    )
    prune(tmp_path, NOW, days=7)
    ages = [NOW - made_at for made_at, _ in list_backups(tmp_path)]
    assert len([age for age in ages if age < day]) == 12
    assert len([age for age in ages if age >= day]) <= 3


@pytest.mark.parametrize("days", [0, 8, -1])
def test_nobody_keeps_them_longer(tmp_path: Path, days: int):
    with pytest.raises(ValueError, match="1 to 7"):
        prune(tmp_path, NOW, days=days)


def test_a_back_up_key_opens_no_handoff(tmp_path: Path):
    """Whoever restores must not be able to read; none, a doubled one and a demo one are refused too."""
    key = str(HOLDER.to_public())
    with pytest.raises(ConfigError, match="no key"):
        read_backup_keys(tmp_path, demo=False)
    (tmp_path / "backup.d").mkdir()
    (tmp_path / "backup.d" / "one.pub").write_text(key)
    assert [one.name for one in read_backup_keys(tmp_path, demo=False)] == ["one"]
    (tmp_path / "backup.d" / "two.pub").write_text(key)
    with pytest.raises(ConfigError, match="same key"):
        read_backup_keys(tmp_path, demo=False)
    (tmp_path / "backup.d" / "two.pub").write_text(f"# DEMO\n{x25519.Identity.generate().to_public()}\n")
    with pytest.raises(ConfigError, match="a demo key"):
        read_backup_keys(tmp_path, demo=False)
    assert len(read_backup_keys(tmp_path, demo=True)) == 2
    (tmp_path / "recipients.d").mkdir()
    (tmp_path / "recipients.d" / "anna.pub").write_text(key)
    with pytest.raises(ConfigError, match="opens handoffs too"):
        read_backup_keys(tmp_path, demo=True)
