"""What keeps `frontdoor backup` from doing harm: a clock that jumped, a database that was lost, a folder of somebody else."""

from __future__ import annotations

import re
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from bot.commands import backups
from bot.desk.backups import list_backups, name_backup, read_backup
from bot.desk.clock_mark import MARK, ClockMark
from bot.errors import AuditDown, ConfigError
from bot.keys import create_signer, read_signers
from bot.wiring.auditing import ANCHOR
from bot.wiring.checks.backups import STAMP
from tests.desk.export_cast import PLAIN_FIELDS
from tests.operating.conftest import Host
from tests.operating.test_restore import erase_rows

NOW = datetime.now(UTC)
DAY = timedelta(days=1)
Clock = Callable[[datetime], None]


@pytest.fixture
def clock(monkeypatch: pytest.MonkeyPatch) -> Clock:
    """Set the clock of `backup`."""

    def put(now: datetime) -> None:
        monkeypatch.setattr(backups, "utc_now", lambda: now)

    return put


@pytest.fixture
def out(tmp_path: Path) -> Path:
    """Give a folder with back-ups of the last six days, four a day, and of today."""
    folder = tmp_path / "out"
    folder.mkdir()
    for hours in range(1, 6 * 24, 6):
        (folder / name_backup(NOW - timedelta(hours=hours))).write_bytes(b"x")
    return folder


def names(out: Path) -> set[str]:
    return {path.name for _, path in list_backups(out)}


def break_desk_key(host: Host) -> None:
    """Let no back-up be written."""
    (host.data_dir / "desk/sign.key").chmod(0o644)


# ─── The clock ────────────────────────────────────────────────────────────────


@pytest.mark.parametrize("has_looked", [True, False])
@pytest.mark.parametrize("days", [5, 60, 4000])
def test_a_clock_that_jumped_ahead_ends_no_back_up(
    sqlite_host: Host, out: Path, clock: Clock, has_looked: bool, days: int
) -> None:
    """R18, R20: not in the first run, not in the next ones, which find what the first wrote; each says why."""
    host, before = sqlite_host, names(out)
    host.open_sending()
    if has_looked:
        ClockMark(host.data_dir / MARK).put(NOW)
    for minutes in (0, 5, 10):
        clock(NOW + days * DAY + timedelta(minutes=minutes))
        code, told = host.run("backup", "--out", str(out))
        assert (code, "No older back-up was removed: " in told, "look at the clock" in told) == (
            0,
            True,
            True,
        )
    assert (before <= names(out), len(names(out))) == (True, len(before) + 3)


def test_a_clock_that_jumped_ahead_ends_none_where_none_is_written(
    sqlite_host: Host, out: Path, clock: Clock
) -> None:
    """R18, R20: the worst of both, and the folder stays as it was."""
    sqlite_host.open_sending()
    break_desk_key(sqlite_host)
    before = names(out)
    for has_looked in (False, True):
        if has_looked:
            ClockMark(sqlite_host.data_dir / MARK).put(NOW)
        clock(NOW + 60 * DAY)
        with pytest.raises(ConfigError, match="chmod 600"):
            sqlite_host.run("backup", "--out", str(out))
        assert names(out) == before


def test_it_goes_on_when_somebody_says_that_the_clock_is_right(
    sqlite_host: Host, out: Path, clock: Clock
) -> None:
    """SECURITY §6: the host was off for weeks; with a mark of the desk what is over ends with the second run."""
    sqlite_host.open_sending()
    later = NOW + 20 * DAY
    ClockMark(sqlite_host.data_dir / MARK).put(later)
    for minutes in (0, 5):
        clock(later + timedelta(minutes=minutes))
        assert sqlite_host.run("backup", "--out", str(out))[0] == 0
    assert len(names(out)) == 2


def test_a_clock_that_is_right_is_believed(sqlite_host: Host, out: Path) -> None:
    """SECURITY §6: with and without a mark of the desk."""
    sqlite_host.open_sending()
    for old in (8, 7):
        (out / name_backup(NOW - old * DAY)).write_bytes(b"x")
        assert "1 older back-ups ended" in sqlite_host.run("backup", "--out", str(out))[1]
        ClockMark(sqlite_host.data_dir / MARK).put(NOW)


def test_a_back_up_from_the_future_keeps_all_others(sqlite_host: Host, out: Path) -> None:
    """R18: a clock was wrong then or is wrong now; the file is named, and it goes on without it."""
    sqlite_host.open_sending()
    ClockMark(sqlite_host.data_dir / MARK).put(NOW)
    old, ahead = (out / name_backup(NOW + days * DAY) for days in (-7, 9))
    for path in (old, ahead):
        path.write_bytes(b"x")
    code, told = sqlite_host.run("backup", "--out", str(out))
    assert (code, f"{ahead} is from the future" in told, old.exists()) == (0, True, True)
    ahead.unlink()
    sqlite_host.run("backup", "--out", str(out))
    assert not old.exists()


def test_the_newest_stays_while_none_is_written(sqlite_host: Host, out: Path) -> None:
    """R20: whatever its age, it is all that there is."""
    sqlite_host.open_sending()
    break_desk_key(sqlite_host)
    ClockMark(sqlite_host.data_dir / MARK).put(NOW)
    for _, path in list_backups(out):
        path.unlink()
    older, newest = (out / name_backup(NOW - days * DAY) for days in (4, 3))
    for path in (older, newest):
        path.write_bytes(b"x")
    with pytest.raises(ConfigError, match="chmod 600"):
        sqlite_host.run("backup", "--out", str(out), "--keep-days", "1")
    assert names(out) == {newest.name}


def test_a_mark_that_cannot_be_read_ends_no_back_up(sqlite_host: Host, out: Path) -> None:
    """R18: nobody can say whether the clock is right."""
    sqlite_host.open_sending()
    (sqlite_host.data_dir / MARK).write_text("noise")
    old = out / name_backup(NOW - 8 * DAY)
    old.write_bytes(b"x")
    code, told = sqlite_host.run("backup", "--out", str(out))
    assert (code, str(MARK) in told, old.exists()) == (0, True, True)


def test_a_clock_that_was_never_set_writes_and_ends_none(sqlite_host: Host, out: Path, clock: Clock) -> None:
    """R28: as the programs do."""
    sqlite_host.open_sending()
    before = names(out)
    clock(datetime(1970, 1, 2, tzinfo=UTC))
    with pytest.raises(ConfigError, match=r"backup: the clock says 1970-01-02.*set the clock"):
        sqlite_host.run("backup", "--out", str(out))
    assert names(out) == before


# ─── The database ─────────────────────────────────────────────────────────────


def test_a_database_that_was_lost_is_not_backed_up_over_the_good_ones(host: Host, out: Path) -> None:
    """R20, T32: the anchor knows of lines that are not there; nothing is written, and nothing ends."""
    id_ = host.open_sending().send(PLAIN_FIELDS, NOW)
    assert host.run("handoffs", "status", id_, "in_progress")[0] == 0
    assert host.run("backup", "--out", str(out))[0] == 0
    erase_rows(host)
    (out / name_backup(NOW - 9 * DAY)).write_bytes(b"x")
    before = names(out)
    with pytest.raises(ConfigError, match="holds less than the audit log's anchor knows"):
        host.run("backup", "--out", str(out))
    assert names(out) == before
    assert host.run("audit", "accept", "--even-so")[0] == 0
    assert host.run("backup", "--out", str(out))[0] == 0


def test_another_log_than_the_anchored_one_is_none_of_ours(sqlite_host: Host, out: Path) -> None:
    """T32: as many lines as the anchor knows, and others."""
    host = sqlite_host
    id_ = host.open_sending().send(PLAIN_FIELDS, NOW)
    assert host.run("handoffs", "status", id_, "in_progress")[0] == 0
    known = (host.data_dir / ANCHOR).read_bytes()
    erase_rows(host)
    (host.data_dir / ANCHOR).unlink()
    assert host.run("audit", "export", "--out", "copy")[0] == 0
    assert host.run("backup", "--out", str(out))[0] == 0
    (host.data_dir / ANCHOR).write_bytes(known)
    with pytest.raises(ConfigError, match="holds less"):
        host.run("backup", "--out", str(out))


def test_an_anchor_that_says_nothing_ends_no_back_up(sqlite_host: Host, out: Path) -> None:
    """R20: nobody knows whether the database was lost. Where the anchor is gone a copy is needed, and made."""
    host = sqlite_host
    host.open_sending()
    assert host.run("audit", "export", "--out", "one")[0] == 0
    (host.data_dir / ANCHOR).write_text("noise")
    (out / name_backup(NOW - 9 * DAY)).write_bytes(b"x")
    before = names(out)
    with pytest.raises(AuditDown):
        host.run("backup", "--out", str(out))
    assert names(out) == before
    (host.data_dir / ANCHOR).unlink()
    assert host.run("backup", "--out", str(out))[0] == 0


def test_production_makes_no_database_to_back_it_up(
    sqlite_host: Host, out: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """R20: a file that is gone is said to be gone, every five minutes, instead of being an empty one that is verified."""
    before = names(out)
    monkeypatch.setenv("FRONTDOOR_ENV", "production")
    monkeypatch.setenv("FRONTDOOR_PUBLIC_URL", "https://chat.example.org")
    path = sqlite_host.settings.sqlite_path
    with pytest.raises(ConfigError, match="no such database; nothing was written, nothing removed"):
        sqlite_host.run("backup", "--out", str(out))
    assert path
    assert (path.exists(), sqlite_host.data_dir.exists(), names(out)) == (False, False, before)


# ─── The folder, and the stamp ────────────────────────────────────────────────


def test_a_demo_touches_no_folder_of_another_desk(
    sqlite_host: Host, tmp_path: Path, out: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Whoever forgot the settings of the service gets a demo: it must not write among real back-ups, nor end them."""
    sqlite_host.open_sending()
    assert sqlite_host.run("backup", "--out", str(out))[0] == 0
    before = names(out)
    demo = Host(tmp_path / "demo", f"sqlite+aiosqlite:///{tmp_path / 'demo.sqlite3'}", monkeypatch)
    with pytest.raises(ConfigError, match="signed by another desk, and this is a demo"):
        demo.run("backup", "--out", str(out), "--keep-days", "1")
    assert names(out) == before
    assert demo.run("backup", "--out", str(tmp_path / "own"))[0] == 0


def test_a_desk_with_a_new_signing_key_goes_on(sqlite_host: Host, tmp_path: Path) -> None:
    """What it signed before is its own."""
    host, out = sqlite_host, tmp_path / "out"
    host.open_sending()
    assert host.run("backup", "--out", str(out))[0] == 0
    create_signer(host.data_dir, "desk", NOW, renew=True)
    assert len([one for one in read_signers(host.data_dir) if one.name.startswith("desk")]) == 2
    for _ in range(2):
        assert host.run("backup", "--out", str(out))[0] == 0


def test_a_good_back_up_is_named_when_only_the_stamp_fails(
    sqlite_host: Host, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The data disk is full and that of the back-ups is not: nobody shall take the file for a bad one."""

    def fail(path: Path, *_: object) -> None:
        raise OSError(28, "No space left on device", str(path))

    sqlite_host.open_sending()
    monkeypatch.setattr(backups, "replace", fail)
    with pytest.raises(ConfigError, match="No space left") as fault:
        sqlite_host.run("backup", "--out", str(tmp_path / "out"))
    [(_, path)] = list_backups(tmp_path / "out")
    assert f"written: {path}; the stamp could not be" in str(fault.value)
    assert re.fullmatch(r"[0-9a-f ]+", read_backup(path.read_bytes()).signer)
    assert not (sqlite_host.data_dir / STAMP).exists()
