"""The doctor: each thing that an operator can get wrong is found, named, and told how to mend."""

from __future__ import annotations

import json
import re
import shutil
import sqlite3
from collections.abc import Iterator, Sequence
from dataclasses import replace
from datetime import UTC, datetime, timedelta, tzinfo
from pathlib import Path
from types import SimpleNamespace

import pytest
from pyrage import x25519

from bot.commands import doctor
from bot.core.envelope import TEST_TEXT, name_test
from bot.desk.clock_mark import MARK, ClockMark
from bot.errors import ConfigError
from bot.keys import create_signer
from bot.keys.changing import keep
from bot.ports import SealingTest
from bot.settings import Settings, load_settings
from bot.store.grants import grant
from bot.store.migrate import upgrade
from bot.store.sql import open_store
from bot.wiring.checks import audit, backups, content, database, desk, host, keys
from bot.wiring.checks.finding import TOPICS, Finding
from bot.wiring.checks.starting import refuse_to_start
from bot.wiring.common import prepare
from bot.wiring.talking import build_sealer
from tests.conftest_postgres import _admin
from tests.operating.conftest import Host
from tests.store.cast import VAULT
from tests.store.conftest import as_role, make_role

NOW = datetime.now(UTC)


def levels(found: Iterator[Finding] | Sequence[Finding]) -> list[str]:
    return [one.level for one in found]


def only(found: Iterator[Finding], level: str) -> Finding:
    [one] = [one for one in found if one.level == level]
    return one


def production(tmp_path: Path, **more: object) -> Settings:
    """Settings of production, over a directory with keys of its own."""
    folder = tmp_path / "real"
    if not folder.exists():
        for name in ("keys", "recipients.d"):
            (folder / name).mkdir(parents=True)
        folder.chmod(0o700)
        (folder / "keys/root.key").write_bytes(bytes(range(32)))
        (folder / "keys/root.key").chmod(0o600)
        for name in ("anna", "recovery"):
            (folder / "recipients.d" / f"{name}.pub").write_text(str(x25519.Identity.generate().to_public()))
        for side in ("front", "desk"):
            create_signer(folder, side, NOW)
    told = {
        "env": "production",
        "public_url": "https://chat.example.org",
        "data_dir": folder,
        "_env_file": None,
    }
    return load_settings(**(told | more))


@pytest.fixture(autouse=True)
def _right_time(monkeypatch: pytest.MonkeyPatch) -> None:
    """Whoever runs the tests may have a clock that nobody keeps."""
    monkeypatch.setattr(host, "ask_kernel", lambda: True)


# ─── The machine ──────────────────────────────────────────────────────────────


@pytest.mark.parametrize(
    ("free", "level"), [(10 * 2**20, "refusal"), (500 * 2**20, "warning"), (5000 * 2**20, "ok")]
)
def test_room_is_looked_at_before_it_is_gone(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, free: int, level: str
):
    """R28: with a full disk nothing starts; with little room somebody is told."""
    monkeypatch.setattr(host.shutil, "disk_usage", lambda _: SimpleNamespace(free=free))
    assert levels(host.check_disk(production(tmp_path))) == [level]
    if level == "refusal":
        with pytest.raises(ConfigError, match=r"serve: .*the disk is full: make room"):
            refuse_to_start(production(tmp_path), "serve")


def test_a_disk_on_which_nothing_can_be_written_is_found(tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    """R28: a quota or a read-only disk shows in no number; nothing is left behind."""

    def full(*_: object) -> int:
        raise OSError(28, "No space left on device")

    settings = production(tmp_path)
    before = sorted(settings.data_dir.rglob("*"))
    monkeypatch.setattr(host.os, "write", full)
    assert "No space left" in only(host.check_disk(settings), "refusal").says
    assert sorted(settings.data_dir.rglob("*")) == before


@pytest.mark.parametrize(
    ("synced", "env", "trusted", "level"),
    [
        (True, "production", "checked", "ok"),
        (False, "production", "checked", "refusal"),
        (False, "production", "trusted", "ok"),
        (None, "production", "checked", "warning"),
        (False, "demo", "checked", "warning"),
    ],
)
def test_a_clock_that_nobody_keeps_is_refused_in_production(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, synced: bool | None, env: str, trusted: str, level: str
):
    """R28: unless the operator says that something else keeps it right."""
    monkeypatch.setattr(host, "ask_kernel", lambda: synced)
    assert levels(host.check_clock(production(tmp_path, env=env, clock=trusted))) == [level]


def test_the_kernel_is_asked_and_nothing_changes():
    """It says yes, no, or that it cannot tell."""
    assert host.ask_kernel() in {True, False, None}


def test_a_clock_of_long_ago_is_refused_even_where_it_is_trusted(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
):
    """R28: an empty battery sets a host back to 1970."""

    class LongAgo(datetime):
        @classmethod
        def now(cls, tz: tzinfo | None = None) -> datetime:
            return datetime(1970, 1, 2, tzinfo=tz)

    monkeypatch.setattr(host, "datetime", LongAgo)
    assert (
        "before this release" in only(host.check_clock(production(tmp_path, clock="trusted")), "refusal").says
    )


def test_a_clock_far_from_the_databases_is_refused(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, postgres_url: str
):
    """R28: two hosts that disagree would expire each other's letters."""
    settings = production(tmp_path, database_url=postgres_url)
    assert levels(host.check_clock(settings)) == ["ok"]

    class Ahead(datetime):
        @classmethod
        def now(cls, tz: tzinfo | None = None) -> datetime:
            return datetime.now(tz) + timedelta(minutes=5)

    monkeypatch.setattr(host, "datetime", Ahead)
    assert "apart" in only(host.check_clock(settings), "refusal").says


def test_a_clock_in_doubt_is_told_because_nothing_is_erased(tmp_path: Path):
    """R18: nobody looked for days, so the notices' promise is not kept; a public host of its own erases nothing anyway."""
    settings = production(tmp_path)
    mark = ClockMark(settings.data_dir / MARK)
    assert "nobody has looked yet" in only(desk.check_erasing(settings), "warning").says
    mark.put(NOW - timedelta(days=5))
    assert "--even-so" in only(desk.check_erasing(settings), "warning").mend
    mark.put(NOW)
    assert levels(desk.check_erasing(settings)) == ["ok"]
    (settings.data_dir / MARK).write_text("noise")
    assert "nothing is erased" in only(desk.check_erasing(settings), "refusal").says
    shutil.rmtree(settings.data_dir / "desk")
    assert levels(desk.check_erasing(settings)) == []


@pytest.fixture
def no_hour_ends(monkeypatch: pytest.MonkeyPatch) -> None:
    """The desk's clock stands still while a test looks at what is told by the hour."""

    class Standing(datetime):
        @classmethod
        def now(cls, tz: tzinfo | None = None) -> datetime:
            return NOW.astimezone(tz)

    monkeypatch.setattr(desk, "datetime", Standing)


@pytest.mark.usefixtures("no_hour_ends")
async def test_how_old_the_newest_test_handoff_is(tmp_path: Path, database_url: str):
    """T10: none yet and one that is too old are warned of; where none is taken, and on a public host, nothing is said."""
    settings = production(tmp_path, env="demo", database_url=database_url)
    assert "no test handoff has come" in only(desk.check_sealing_test(settings), "warning").says
    store, hour = open_store(database_url, VAULT), NOW.replace(minute=0, second=0, microsecond=0)
    for age, level in ((5, "warning"), (2, "warning"), (1, "ok"), (0, "ok")):
        await store.sealing_tests.add(seal_test(settings, hour - timedelta(hours=age)))
        assert f"{age} hours old" in only(desk.check_sealing_test(settings), level).says
    await store.close()
    not_taken = production(tmp_path, env="demo", database_url=database_url, handoffs="not-taken")
    assert levels(desk.check_sealing_test(not_taken)) == []
    shutil.rmtree(settings.data_dir / "desk")
    assert levels(desk.check_sealing_test(settings)) == []


def seal_test(settings: Settings, hour: datetime) -> SealingTest:
    """Seal one as the public side does."""
    sealer = build_sealer(settings)
    to = tuple(sorted(sealer.list_fingerprints()))
    return SealingTest(hour, to, sealer.seal(TEST_TEXT, purpose="test", name=name_test(to), at=hour))


@pytest.mark.usefixtures("no_hour_ends")
@pytest.mark.parametrize("change", ["signed by nobody", "another's place", "one key too few"])
async def test_a_test_handoff_that_nobody_of_ours_made_is_warned_of(
    tmp_path: Path, database_url: str, change: str
):
    """T10: whoever may put one in makes no host well by it; where the signers cannot be read, their own check says so."""
    settings = production(tmp_path, env="demo", database_url=database_url)
    store, hour = open_store(database_url, VAULT), NOW.replace(minute=0, second=0, microsecond=0)
    good = seal_test(settings, hour - timedelta(hours=1))
    forged = {
        "signed by nobody": replace(good, sealed=replace(good.sealed, signer="0000 0000 0000 0000")),
        "another's place": replace(good, hour=hour),
        "one key too few": replace(good, hour=hour, recipients=good.recipients[:1]),
    }
    await store.sealing_tests.add(good)
    await store.sealing_tests.add(forged[change])
    await store.close()
    assert "not signed by anybody of signers.d" in only(desk.check_sealing_test(settings), "warning").says
    (settings.data_dir / "signers.d/odd.pub").write_text("noise")
    assert levels(desk.check_sealing_test(settings)) == []


def test_who_may_not_or_cannot_look_at_test_handoffs_says_nothing_of_them(
    tmp_path: Path, postgres_url: str, postgres_server, bare_sqlite_url: str
):
    """T10: the public side's role; and what an older schema or a server that is away means, their own check says."""
    for role in ("doctor front", "doctor office"):
        make_role(postgres_server, role)
    grant(postgres_url, front_role="doctor front", office_role="doctor office")
    away = "postgresql+asyncpg://nobody@127.0.0.1:1/none"
    for url in (as_role(postgres_url, "doctor front"), bare_sqlite_url, away):
        assert levels(desk.check_sealing_test(production(tmp_path, env="demo", database_url=url))) == []
    settings = production(tmp_path, env="demo", database_url=as_role(postgres_url, "doctor office"))
    assert levels(desk.check_sealing_test(settings)) == ["warning"]


# ─── The database ─────────────────────────────────────────────────────────────


def test_a_database_that_is_right_is_told_as_it_is(tmp_path: Path, database_url: str):
    """Library, journal, durability and schema in plain words."""
    found = list(database.check_database(production(tmp_path, env="demo", database_url=database_url)))
    assert "refusal" not in levels(found)
    told = " ".join(one.says for one in found)
    assert "SQLite" in told or "PostgreSQL" in told
    assert "schema" in told


def test_an_old_sqlite_is_refused(tmp_path: Path, sqlite_url: str, monkeypatch: pytest.MonkeyPatch):
    """R28, docs/adr/0004: old enough for a rollback journal is fine, too old for our statements is not."""
    monkeypatch.setattr(database.sqlite3, "sqlite_version_info", (3, 34, 9))
    settings = production(tmp_path, database_url=sqlite_url)
    assert "too old" in only(database.check_opening(settings), "refusal").says
    with pytest.raises(ConfigError, match=r"office: .*too old"):
        refuse_to_start(settings, "office")


def test_a_journal_that_this_library_must_not_use_is_refused(
    tmp_path: Path, sqlite_url: str, monkeypatch: pytest.MonkeyPatch
):
    """R28: a file that somebody else holds open in write-ahead mode would be corrupted by an older library."""
    monkeypatch.setattr(database, "choose_journal", lambda _: "WAL")
    assert (
        "only WAL is safe"
        in only(database.check_opening(production(tmp_path, database_url=sqlite_url)), "refusal").says
    )


def test_a_damaged_file_is_found(tmp_path: Path, sqlite_url: str):
    """And the mend says to keep a copy before anything else."""
    settings = production(tmp_path, database_url=sqlite_url)
    assert levels(database.check_whole(settings)) == ["ok"]
    path = settings.sqlite_path
    assert path
    raw = bytearray(path.read_bytes())
    raw[4096 * 3 : 4096 * 4] = b"\x55" * 4096
    path.write_bytes(raw)
    assert "copy" in only(database.check_whole(settings), "refusal").mend


def test_an_older_schema_and_a_missing_file_ask_for_migrate(tmp_path: Path, bare_sqlite_url: str):
    settings = production(tmp_path, database_url=bare_sqlite_url)
    assert "migrate" in only(database.check_database(settings), "refusal").mend
    upgrade(bare_sqlite_url, "0004")
    assert "schema is 0004" in only(database.check_database(settings), "refusal").says


def test_a_database_that_is_away_is_a_line_and_no_traceback(tmp_path: Path):
    """Its address stays out of it."""
    away = production(tmp_path, database_url="postgresql+asyncpg://u:secret@127.0.0.1:1/x")
    found = [*database.check_database(away), *database.check_roles(away), *host.check_clock(away)]
    assert levels(found)[:1] == ["refusal"]
    assert not [one for one in found if "secret" in one.line]


def test_each_role_is_held_against_what_its_side_needs(tmp_path: Path, postgres_url: str, postgres_server):
    """T10: the roles as `migrate` sets them are right; one right more or less is named."""
    roles = {"serve": "doctor front", "office": "doctor office"}
    for role in roles.values():
        make_role(postgres_server, role)
    grant(postgres_url, front_role=roles["serve"], office_role=roles["office"])
    assert levels(database.check_roles(production(tmp_path, database_url=postgres_url))) == ["warning"]
    for side, role in roles.items():
        settings = production(tmp_path, database_url=as_role(postgres_url, role))
        [found] = database.check_roles(settings)
        assert (found.level, side in found.says) == ("ok", True)
    run_in(postgres_url, f'GRANT SELECT (blob) ON handoff TO "{roles["serve"]}"')
    run_in(postgres_url, f'REVOKE DELETE ON handoff FROM "{roles["office"]}"')
    for role in roles.values():
        settings = production(tmp_path, database_url=as_role(postgres_url, role))
        assert "handoff" in only(database.check_roles(settings), "refusal").says


def run_in(url: str, statement: str) -> None:
    _admin(SimpleNamespace(get_uri=lambda: url.replace("+asyncpg", "")), statement)


# ─── Keys ─────────────────────────────────────────────────────────────────────


def test_one_recipient_is_too_few_unless_none_is_meant_to_be(tmp_path: Path):
    """R28: `serve` does not start as a service that takes handoffs and cannot; it says both ways out."""
    settings = production(tmp_path)
    refuse_to_start(settings, "serve")
    (settings.data_dir / "recipients.d/recovery.pub").unlink()
    with pytest.raises(ConfigError, match=r"1 active recipients.*keys add.*FRONTDOOR_HANDOFFS=not-taken"):
        refuse_to_start(settings, "serve")
    assert levels(keys.check_recipients(production(tmp_path, handoffs="not-taken"))) == ["warning"]
    refuse_to_start(production(tmp_path, handoffs="not-taken"), "serve")
    refuse_to_start(settings, "office")  # its pages are where a key is made active


@pytest.mark.parametrize("lost", ["keys/root.key", "keys/sign.key"])
def test_a_missing_key_stops_the_public_program(tmp_path: Path, lost: str):
    """R28."""
    settings = production(tmp_path)
    (settings.data_dir / lost).unlink()
    for program in ("serve", "poll"):
        with pytest.raises(ConfigError, match="missing"):
            refuse_to_start(settings, program)


def test_what_others_can_read_is_refused(tmp_path: Path):
    """A key, the data directory, the settings."""
    settings = production(tmp_path)
    (settings.data_dir / "keys/root.key").chmod(0o640)
    assert "chmod 600" in only(keys.check_public_keys(settings), "refusal").mend
    Path(".env").write_text("")
    Path(".env").chmod(0o644)
    settings.data_dir.chmod(0o755)
    assert [one.mend[:9] for one in keys.check_settings(settings) if one.level == "refusal"] == [
        "run `chmo"
    ] * 2


def test_identities_beside_the_root_key_are_refused(tmp_path: Path):
    """T10: whoever takes the public host would open every handoff."""
    settings = production(tmp_path)
    assert levels(backups.check_leftovers(settings)) == ["ok"]
    (settings.data_dir / "desk/anna.identity").write_text("x")
    assert "anna.identity" in only(backups.check_leftovers(settings), "refusal").says


def test_vaults_that_were_set_aside_are_pointed_at_when_their_time_is_over(tmp_path: Path):
    """T7: the office destroys them after 90 days; what is still there holds keys that somebody may open."""
    settings = production(tmp_path)
    assert levels(desk.check_vaults_aside(settings)) == []
    folder = settings.data_dir / "desk/vaults"
    folder.mkdir(mode=0o700)
    (folder / f"anna.removed-{NOW - timedelta(days=89):%Y%m%d}").write_text("x")
    assert "1 vaults" in only(desk.check_vaults_aside(settings), "ok").says
    for name in (f"bert.removed-{NOW - timedelta(days=91):%Y%m%d}", "cora.removed-20269999"):
        (folder / name).write_text("x")
    says = only(desk.check_vaults_aside(settings), "warning").says
    assert ("bert" in says, "cora" in says, "anna" in says) == (True, True, False)


def test_a_key_that_is_kept_on_paper_is_told_so(tmp_path: Path):
    """R22: whoever reads the list knows which key no vault needs to hold."""
    settings = production(tmp_path)
    keep(settings.data_dir, "recovery")
    says = only(keys.check_recipients(settings), "ok").says
    assert re.search(r"anna \([0-9a-f ]+\), recovery \([0-9a-f ]+, kept elsewhere\)", says)


# ─── The desk ─────────────────────────────────────────────────────────────────


def test_an_audit_log_that_cannot_be_written_stops_the_office(
    sqlite_host: Host, monkeypatch: pytest.MonkeyPatch
):
    """R28: no key, no room for the anchor, lines missing: each by its own words; the doctor says the same."""
    sqlite_host.open_sending()
    settings, desk = sqlite_host.settings, sqlite_host.data_dir / "desk"
    assert levels(audit.check_chain(settings)) == ["ok", "ok"]
    anchor = desk / "audit-anchor"
    assert sqlite_host.run("audit", "export", "--out", "copy")[0] == 0
    written = anchor.read_bytes()
    anchor.unlink()
    assert "not what it was" in only(audit.check_audit(settings), "refusal").says
    with pytest.raises(ConfigError, match=r"office: .*frontdoor audit accept"):
        refuse_to_start(settings, "office", audit.check_audit)
    anchor.write_bytes(written)
    refuse_to_start(settings, "office", audit.check_audit)
    monkeypatch.setattr("bot.desk.audit_anchor._ROOM_BYTES", -1)
    monkeypatch.setattr("bot.desk.audit_anchor.os.open", full)
    assert "cannot be written" in only(audit.check_audit(settings), "refusal").says
    monkeypatch.undo()
    (desk / "sign.key").unlink()
    assert "create signer desk" in only(audit.check_audit(settings), "refusal").mend


def full(*_: object, **__: object) -> int:
    raise OSError(28, "No space left on device")


def test_an_altered_line_and_a_cut_ledger_are_found(sqlite_host: Host):
    """T32: the doctor reads every line, and every id of what was erased."""
    sqlite_host.open_sending()
    settings = sqlite_host.settings
    assert sqlite_host.run("audit", "export", "--out", "copy")[0] == 0
    ledger = sqlite_host.data_dir / "desk/erased-handoffs"
    ledger.write_text("noise\n")
    found = list(audit.check_chain(settings))
    assert "does not follow" in only(iter(found), "refusal").says
    ledger.unlink()
    with sqlite3.connect(str(settings.sqlite_path)) as connection:
        connection.executescript("DROP TRIGGER IF EXISTS audit_entry_is_kept")
        for (name,) in connection.execute("SELECT name FROM sqlite_master WHERE type = 'trigger'").fetchall():
            connection.execute(f'DROP TRIGGER "{name}"')
        connection.execute("UPDATE audit_entry SET actor = 'office'")
    connection.close()
    assert any("number 1 is not" in one.says for one in audit.check_chain(settings))


def test_a_public_host_of_its_own_has_no_desk(sqlite_host: Host):
    """Nothing of it is missed there."""
    sqlite_host.open_sending()
    shutil.rmtree(sqlite_host.data_dir / "desk")
    found = [*audit.check_chain(sqlite_host.settings), *backups.check_backups(sqlite_host.settings)]
    assert levels(found) == ["ok", "ok"]


@pytest.mark.parametrize(
    ("stamp", "level"),
    [
        (None, "warning"),
        ("noise", "warning"),
        (NOW - timedelta(hours=30), "warning"),
        (NOW - timedelta(hours=3), "ok"),
    ],
)
def test_a_back_up_of_yesterday_is_too_old(tmp_path: Path, stamp: datetime | str | None, level: str):
    """And none at all is said as such; two keys open them."""
    settings = production(tmp_path)
    if stamp:
        (settings.data_dir / "desk/last-backup").write_text(
            stamp if isinstance(stamp, str) else stamp.isoformat()
        )
    (settings.data_dir / "backup.d").mkdir()
    for number in range(2):
        assert levels(backups.check_backups(settings)) == [level, "warning"]
        (settings.data_dir / "backup.d" / f"k{number}.pub").write_text(
            str(x25519.Identity.generate().to_public())
        )
    assert levels(backups.check_backups(settings)) == [level, "ok"]


# ─── What people are told ─────────────────────────────────────────────────────


@pytest.mark.parametrize(
    ("more", "level"),
    [
        ({}, "ok"),
        ({"line_channel_secret": "a" * 32, "line_channel_access_token": "t" * 170}, "ok"),
        ({"line_channel_secret": "my secret", "line_channel_access_token": "t" * 170}, "warning"),
        ({"line_channel_secret": "a" * 32, "line_channel_access_token": "short"}, "warning"),
        ({"telegram_bot_token": "1234567:" + "a" * 35}, "ok"),
        ({"telegram_bot_token": "bot1234567:short"}, "warning"),
    ],
)
def test_a_token_that_cannot_be_one_is_named_and_not_shown(tmp_path: Path, more: dict[str, str], level: str):
    """Offline: nobody is asked."""
    found = list(content.check_channels(production(tmp_path, **more)))
    assert ("warning" in levels(found)) == (level == "warning")
    assert not [one for one in found for value in more.values() if value in one.line]


def test_each_catalogue_says_who_read_it(tmp_path: Path):
    """DESIGN 3.12: also one that says nothing."""
    folder = tmp_path / "locales" / "xx" / "LC_MESSAGES"
    folder.mkdir(parents=True)
    (folder / "frontdoor.po").write_text('msgid ""\nmsgstr ""\n"Language: en\\n"\n')
    assert content.read_reviews(tmp_path / "locales") == {"xx": "nobody has said that it was read"}
    assert "draft" in content.read_reviews(Path(__file__).parent.parent.parent / "locales")["en"]


# ─── The command ──────────────────────────────────────────────────────────────


def test_json_is_for_programs_and_the_exit_status_for_scripts(
    sqlite_host: Host, monkeypatch: pytest.MonkeyPatch
):
    """0 with warnings, 1 with a refusal, and with `--strict` 1 with a warning too; every topic has its word."""
    quick = tuple(check for check in doctor.CHECKS if check is not content.check_content)
    monkeypatch.setattr(doctor, "CHECKS", quick)
    prepare(sqlite_host.settings)
    code, told = sqlite_host.run("doctor", "--json", "--strict")
    report = json.loads(told)
    assert (code, report["result"]) == (1, "warning")
    assert {one["topic"] for one in report["checks"]} <= set(TOPICS)
    assert all(one["mend"] for one in report["checks"] if one["level"] != "ok")
    (sqlite_host.data_dir / "keys/root.key").unlink()
    code, told = sqlite_host.run("doctor", "--json")
    assert (code, json.loads(told)["result"]) == (1, "refusal")


def test_wrong_settings_are_a_finding_like_the_others(sqlite_host: Host, monkeypatch: pytest.MonkeyPatch):
    """Nothing else can be looked at then."""
    assert sqlite_host.settings
    monkeypatch.setenv("FRONTDOOR_PORT", "0")
    from typer.testing import CliRunner

    from bot.commands import tree

    ran = CliRunner().invoke(tree.app, ["doctor", "--json"])
    assert (ran.exit_code, [one["topic"] for one in json.loads(ran.output)["checks"]]) == (1, ["settings"])
