"""Slips of an operator and of a host that a reading of the run-books found: each is said, and does no harm."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from pathlib import Path
from types import SimpleNamespace

import pytest

from bot.commands import doctor, restoring
from bot.errors import ConfigError, StoreDown
from bot.wiring.checks import audit, backups, desk, host, keys
from bot.wiring.checks.finding import Finding, well
from tests.operating.conftest import Host
from tests.operating.test_doctor import levels, production
from tests.operating.test_restore import back_up, restore

NOW = datetime.now(UTC)


# ─── The doctor ───────────────────────────────────────────────────────────────


def test_a_back_up_of_the_future_is_a_warning(tmp_path: Path):
    """R18: it was not made zero minutes ago; a clock was wrong then, or is now."""
    settings = production(tmp_path)
    stamp = settings.data_dir / backups.STAMP
    for ahead, level in ((timedelta(minutes=1), "ok"), (timedelta(hours=2), "warning")):
        stamp.write_text((datetime.now(UTC) + ahead).isoformat())
        assert next(iter(backups.check_backups(settings))).level == level
    assert "clock" in next(iter(backups.check_backups(settings))).mend


@pytest.mark.parametrize(("mode", "level"), [(0o750, "ok"), (0o770, "refusal"), (0o701, "refusal")])
def test_a_group_may_look_at_the_data_directory_and_not_change_it(tmp_path: Path, mode: int, level: str):
    """A folder of root's that the service reads as its group is what keys.md advises; what is secret in it has its own mode."""
    settings = production(tmp_path)
    settings.data_dir.chmod(mode)
    found = [one for one in keys.check_settings(settings) if str(settings.data_dir) in one.line]
    assert levels(found) == ([level] if level == "refusal" else [])
    settings.data_dir.chmod(0o700)


def test_who_trusts_a_proxy_is_told_what_that_asks_of_it(tmp_path: Path):
    """R12: a header that only passes through lets anybody choose an address. A hint, so that `--strict` can still be clean."""
    assert not [one for one in keys.check_settings(production(tmp_path)) if "set it anew" in one.says]
    settings = production(tmp_path, trusted_proxies="10.0.0.5")
    [hint] = [one for one in keys.check_settings(settings) if "set it anew" in one.says]
    assert (hint.level, "10.0.0.5" in hint.says) == ("ok", True)


def test_an_empty_desk_folder_is_none(tmp_path: Path):
    """`office`, started once on a public host, leaves it; the host is as it was."""
    settings = production(tmp_path)
    for path in (settings.data_dir / "desk").iterdir():
        path.unlink()
    found: list[Finding] = []
    for check in (keys.check_desk_key, audit.check_chain, backups.check_backups, desk.check_erasing):
        found += check(settings)
    assert levels(found) == ["ok"] * 3
    (settings.data_dir / "desk/erased-handoffs").write_text("")
    assert "refusal" in levels(keys.check_desk_key(settings))


@pytest.mark.parametrize("env", ["demo", "production"])
def test_the_doctor_says_demo_by_the_settings_and_not_by_the_environment(
    sqlite_host: Host, monkeypatch: pytest.MonkeyPatch, env: str
):
    """`.env` counts as well."""
    Path(".env").write_text(f"FRONTDOOR_ENV={env}\nFRONTDOOR_PUBLIC_URL=https://chat.example.org\n")
    monkeypatch.setattr(doctor, "CHECKS", (lambda _: iter([well("disk", "there")]),))
    assert ("DEMO" in sqlite_host.run("doctor")[1]) == (env == "demo")
    assert "DEMO" not in sqlite_host.run("doctor", "--json")[1]


# ─── Restoring ────────────────────────────────────────────────────────────────


@pytest.fixture
def blank(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Host:
    """Give a host on which nothing is."""
    return Host(tmp_path / "blank", f"sqlite+aiosqlite:///{tmp_path / 'blank.sqlite3'}", monkeypatch)


def test_a_full_disk_is_said_before_anything_is_restored(
    sqlite_host: Host, blank: Host, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
):
    """R8, R20: looking into a back-up needs no room; restoring does."""
    sqlite_host.open_sending()
    file = back_up(sqlite_host, tmp_path / "out")
    monkeypatch.setattr(host.shutil, "disk_usage", lambda _: SimpleNamespace(free=2**20))
    assert restore(blank, sqlite_host, file, "--check")[0] == 0
    with pytest.raises(ConfigError, match=r"restore: .*the disk is full: make room"):
        restore(blank, sqlite_host, file, "--without-ledger")
    assert not blank.data_dir.exists()
    assert not (tmp_path / "blank.sqlite3").exists()


def test_a_database_that_breaks_off_is_said_with_cause_and_mend(
    sqlite_host: Host, blank: Host, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
):
    """R8, R20: the room was enough to begin; run again it goes through."""

    def break_off(*_: object, **__: object) -> None:
        raise StoreDown("the database did not answer (OperationalError)")

    sqlite_host.open_sending()
    file = back_up(sqlite_host, tmp_path / "out")
    monkeypatch.setattr(restoring, "put_dump", break_off)
    with pytest.raises(
        ConfigError, match=r"restore: the database did not answer .* disk has room, then run it again"
    ):
        restore(blank, sqlite_host, file, "--without-ledger")
    monkeypatch.undo()
    monkeypatch.chdir(tmp_path)
    assert restore(blank, sqlite_host, file, "--without-ledger")[0] == 0


def test_a_clock_behind_the_back_up_is_said(
    sqlite_host: Host, blank: Host, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
):
    """R18, R20: not `0 min ago`; the rule of seven days holds as it did."""
    sqlite_host.open_sending()
    file = back_up(sqlite_host, tmp_path / "out")
    for behind, says in (
        (timedelta(0), "0 min ago"),
        (timedelta(days=2), "made in the future: look at the clock"),
    ):
        monkeypatch.setattr(restoring, "utc_now", lambda behind=behind: datetime.now(UTC) - behind)
        code, told = restore(blank, sqlite_host, file, "--check")
        assert (code, says in told) == (0, True)
    monkeypatch.setattr(restoring, "utc_now", lambda: datetime.now(UTC) + timedelta(days=8))
    with pytest.raises(ConfigError, match="older than 7 days"):
        restore(blank, sqlite_host, file, "--without-ledger")
