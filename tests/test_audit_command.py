"""`frontdoor audit`, as it is typed: with the demo's keys and a real database."""

from __future__ import annotations

import asyncio
import json
import shutil
import sqlite3
import stat
from datetime import UTC, date, datetime, timedelta
from pathlib import Path

import pytest
from typer.testing import CliRunner

from bot.commands import audit, tree
from bot.errors import ConfigError
from bot.keys import create_signer
from bot.ports import Clock
from bot.settings import Settings, load_settings
from bot.store.office import OfficeStore
from bot.wiring.auditing import ANCHOR, CHECKPOINTS, open_audit_log, read_audit_signers
from bot.wiring.common import prepare, utc_now

DEMO = "DEMO: demo keys, for trying out only. Do not enter anything real.\n"
NOW = datetime.now(UTC)
HANDOFF = "0b8a3f1e-77aa-4c5e-8d1f-5a2b9c3d4e6f"


@pytest.fixture(autouse=True)
def _own_directory(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """No settings of the developer, and a data directory of the test's own."""
    monkeypatch.chdir(tmp_path)
    for name in Settings.model_fields.values():
        monkeypatch.delenv(str(name.alias), raising=False)
    monkeypatch.setenv("FRONTDOOR_DATA_DIR", str(tmp_path / "var"))


@pytest.fixture
def settings() -> Settings:
    settings = load_settings()
    prepare(settings)
    return settings


def run(*args: str) -> tuple[int, str, str]:
    """Exit status, and what was said on standard output (less the line of the demo) and standard error."""
    result = CliRunner().invoke(tree.app, ["audit", *args])
    if result.exception and not isinstance(result.exception, SystemExit):
        raise result.exception
    return result.exit_code, result.stdout.removeprefix(DEMO), result.stderr


def write(settings: Settings, count: int = 1, clock: Clock = utc_now) -> None:
    """Write lines as the office does."""

    async def work() -> None:
        store = OfficeStore(settings.database, clock)
        log = open_audit_log(settings.data_dir, store.audit, clock)
        for _ in range(count):
            await log.write("opened", actor="office", subject=HANDOFF, detail={"reason": "duty"})
        await store.close()

    asyncio.run(work())


def change(settings: Settings, statement: str) -> None:
    """Change the database behind the office's back."""
    with sqlite3.connect(str(settings.sqlite_path)) as connection:
        for verb in ("update", "delete"):
            connection.execute(f"DROP TRIGGER IF EXISTS audit_entry_no_{verb}")
        connection.execute(statement)
    connection.close()


def list_acts(settings: Settings) -> list[str]:
    with sqlite3.connect(str(settings.sqlite_path)) as connection:
        found = [row[0] for row in connection.execute("SELECT act FROM audit_entry ORDER BY number")]
    connection.close()
    return found


# ─── verify ───────────────────────────────────────────────────────────────────


def test_a_log_without_lines_is_sound(settings: Settings) -> None:
    """Before anybody did anything."""
    assert run("verify") == (0, "sound: 0 lines, up to number 0\n", "")


def test_a_sound_log_is_called_sound(settings: Settings) -> None:
    """Exit status 0."""
    write(settings, 3)
    assert run("verify") == (0, "sound: 3 lines, up to number 3\n", "")


def test_tampering_is_told_and_fails(settings: Settings) -> None:
    """T32: exit status 1, with the number, for whoever runs it every day."""
    write(settings, 3)
    change(settings, "UPDATE audit_entry SET actor = 'command' WHERE number = 2")
    status, out, err = run("verify")
    assert (status, out) == (1, "")
    assert err.startswith("NOT SOUND: 1 lines are right; then number 2:\n  it is not what was written\n")


def test_every_fault_can_be_told() -> None:
    """None is left without words."""
    from typing import get_args

    from bot.desk.audit_chain import Fault

    assert set(get_args(Fault)) == set(audit._SAID)


def test_an_anchor_that_is_kept_elsewhere_finds_a_log_that_was_turned_back(settings: Settings) -> None:
    """T32: somebody put yesterday's database and data directory in place of today's."""
    write(settings, 2)
    shutil.copytree(settings.data_dir, "yesterday")
    write(settings, 2)
    status, line, _ = run("anchor")
    Path("kept").write_text(f"{line}\n{line}")
    assert status == 0
    assert run("verify", "--anchor", "kept")[0] == 0
    shutil.rmtree(settings.data_dir)
    shutil.copytree("yesterday", settings.data_dir)
    assert run("verify")[0] == 0
    status, _, err = run("verify", "--anchor", "kept")
    assert status == 1
    assert "then number 3:\n  it is missing, and so is what followed" in err


def test_a_file_that_holds_no_anchors_is_refused(settings: Settings) -> None:
    """It must not pass for one that found nothing."""
    for content in (b"x", b"\xff", b'{"number":1}'):
        Path("kept").write_bytes(content)
        with pytest.raises(ConfigError, match="holds other lines"):
            run("verify", "--anchor", "kept")


def test_the_public_sides_key_signs_no_line(settings: Settings) -> None:
    """T32: whoever takes the public host cannot write what the desk did; keys that the desk had before still count."""
    before = set(read_audit_signers(settings.data_dir))
    write(settings)
    create_signer(settings.data_dir, "desk", NOW, renew=True)
    create_signer(settings.data_dir, "front", NOW, renew=True)
    write(settings)
    assert len(before) == 1
    assert len(read_audit_signers(settings.data_dir)) == 2
    assert run("verify")[0] == 0
    shutil.copy(settings.data_dir / "keys/sign.key", settings.data_dir / "desk/sign.key")
    write(settings)
    status, _, err = run("verify")
    assert status == 1
    assert "then number 3:\n  its signer is none of the desk's" in err


def test_without_a_signing_key_nothing_is_written(settings: Settings) -> None:
    """And the cause is said."""
    (settings.data_dir / "desk/sign.key").unlink()
    with pytest.raises(ConfigError, match="keys create signer desk"):
        write(settings)


# ─── anchor ───────────────────────────────────────────────────────────────────


def test_an_anchor_is_one_line_and_nothing_else(settings: Settings) -> None:
    """It is appended to a file by a timer: no greeting, no words of the demo."""
    write(settings, 2)
    result = CliRunner().invoke(tree.app, ["audit", "anchor"])
    assert result.stdout.count("\n") == 1
    assert json.loads(result.stdout) == json.loads((settings.data_dir / ANCHOR).read_text())


def test_there_is_no_anchor_of_nothing_nor_of_a_log_that_is_not_sound(settings: Settings) -> None:
    """A head that is kept must be one to rely on."""
    assert run("anchor") == (1, "", "there are no lines yet, so there is nothing to keep\n")
    write(settings, 2)
    change(settings, "DELETE FROM audit_entry WHERE number = 1")
    status, out, err = run("anchor")
    assert (status, out) == (1, "")
    assert "NOT SOUND" in err


# ─── export ───────────────────────────────────────────────────────────────────


def test_a_copy_is_checked_without_the_database(settings: Settings) -> None:
    """T32: on another machine that has the public halves of the signers and nothing else. Taking it is noted in it."""
    write(settings, 2)
    status, out, _ = run("export", "--out", "copy.jsonl")
    assert (status, out) == (
        0,
        "copy.jsonl: 3 lines; check it with `frontdoor audit verify --file copy.jsonl`\n",
    )
    assert stat.S_IMODE(Path("copy.jsonl").stat().st_mode) == 0o600
    assert list_acts(settings)[-1] == "audit_exported"
    Path("kept").write_text(run("anchor")[1])
    signers = Path("elsewhere/signers.d")
    shutil.copytree(settings.data_dir / "signers.d", signers)
    shutil.rmtree(settings.data_dir)
    Path("elsewhere").rename(settings.data_dir)
    assert run("verify", "--file", "copy.jsonl", "--anchor", "kept") == (
        0,
        "sound: 3 lines, up to number 3\n",
        "",
    )
    said = run("verify", "--file", "copy.jsonl")[1]
    assert "no anchor proves more than number 0: lines after the last could be missing" in said


@pytest.mark.parametrize("at", [0, 1, 2])
def test_tampering_with_a_copy_is_found(settings: Settings, at: int) -> None:
    """T32: an edited line, one that is taken out, one that is none."""
    write(settings, 2)
    run("export", "--out", "copy.jsonl")
    lines = Path("copy.jsonl").read_text().splitlines()
    Path("kept").write_text(run("anchor")[1])
    for tampered in (lines[at].replace(HANDOFF, "").replace("command", "office"), "", "{", lines[at - 1]):
        Path("other.jsonl").write_text("\n".join([*lines[:at], tampered, *lines[at + 1 :]]))
        assert run("verify", "--file", "other.jsonl", "--anchor", "kept")[0] == 1
    Path("other.jsonl").write_bytes(b"")
    assert run("verify", "--file", "other.jsonl", "--anchor", "kept")[0] == 1
    assert run("verify", "--file", "other.jsonl")[0] == 0


def test_a_copy_is_written_over_nothing(settings: Settings) -> None:
    """Nor left half behind."""
    Path("copy.jsonl").write_text("mine")
    with pytest.raises(ConfigError, match="is there already"):
        run("export", "--out", "copy.jsonl")
    assert Path("copy.jsonl").read_text() == "mine"


def test_half_a_copy_is_taken_away(settings: Settings, monkeypatch: pytest.MonkeyPatch) -> None:
    """It would look as if the log had been cut."""

    def fail(_entry: object) -> str:
        raise OSError(28, "No space left on device")

    write(settings)
    monkeypatch.setattr(audit, "write_copy", fail)
    with pytest.raises(OSError, match="No space left"):
        run("export", "--out", "copy.jsonl")
    assert not Path("copy.jsonl").exists()


# ─── accept ───────────────────────────────────────────────────────────────────


def test_after_a_restore_the_log_goes_on_when_somebody_says_so(settings: Settings) -> None:
    """T32: and it stands in the log for ever."""
    write(settings, 3)
    change(settings, "DELETE FROM audit_entry WHERE number > 1")
    status, out, _ = run("accept")
    assert status == 0
    assert "the log went up to number 3 and is kept up to 1" in out
    assert list_acts(settings) == ["opened", "audit_lost"]
    write(settings)
    assert run("verify")[0] == 0


def test_a_loss_that_nobody_can_measure_is_accepted_too(settings: Settings) -> None:
    """The anchor is gone."""
    write(settings, 2)
    (settings.data_dir / ANCHOR).unlink()
    assert run("verify")[0] == 1
    assert "a number that nobody knows" in run("accept")[1]
    assert run("verify")[0] == 0


def test_a_database_without_a_line_may_be_another_one(settings: Settings) -> None:
    """T32: accepted there, the loss would hide lines that are cut off from the real one afterwards."""
    write(settings, 2)
    change(settings, "DELETE FROM audit_entry")
    with pytest.raises(ConfigError, match="FRONTDOOR_DATABASE_URL"):
        run("accept")
    assert list_acts(settings) == []
    assert "is kept up to 0" in run("accept", "--even-so")[1]
    assert list_acts(settings) == ["audit_lost"]


def test_nothing_is_accepted_that_is_not_lost(settings: Settings) -> None:
    """Nothing is written."""
    write(settings)
    assert run("accept")[1] == "nothing is missing at the end; nothing was written\n"
    assert list_acts(settings) == ["opened"]


# ─── trim ─────────────────────────────────────────────────────────────────────


def years_ago(years: float) -> Clock:
    return lambda: NOW - timedelta(days=365.25 * years)


def test_lines_past_their_time_are_taken_out(settings: Settings) -> None:
    """SECURITY §6: five years; the log is sound before and after, and says what was taken out."""
    write(settings, 3, years_ago(7))
    write(settings, 2, years_ago(2))
    status, out, _ = run("trim")
    assert (status, out) == (
        0,
        "3 lines were taken out, up to number 3; the log may begin after it now\n",
    )
    assert list_acts(settings) == ["opened", "opened", "audit_trimmed"]
    assert run("verify") == (0, "sound: 3 lines, up to number 6\n", "")
    write(settings)
    assert run("trim")[1] == "nothing is that old; nothing was taken out\n"
    with sqlite3.connect(str(settings.sqlite_path)) as connection, pytest.raises(sqlite3.IntegrityError):
        connection.execute("DELETE FROM audit_entry")
    connection.close()


def test_a_copy_of_a_trimmed_log_is_sound(settings: Settings) -> None:
    """It says itself where it may begin; without that it is not."""
    write(settings, 3, years_ago(7))
    write(settings, 2, years_ago(1))
    assert run("trim", "--before", (NOW - timedelta(days=900)).date().isoformat())[0] == 0
    assert run("trim", "--before", (NOW - timedelta(days=200)).date().isoformat())[0] == 0
    run("export", "--out", "copy.jsonl")
    assert run("verify", "--file", "copy.jsonl")[0] == 0
    whole = Path("copy.jsonl").read_text().splitlines(keepends=True)
    assert len([line for line in whole if "checkpoint" in line]) == 2
    Path("copy.jsonl").write_text("".join(whole[2:]))
    status, _, err = run("verify", "--file", "copy.jsonl")
    assert status == 1
    assert "the log begins there, and no checkpoint says that it may" in err


def test_taking_more_out_than_was_said_is_found(settings: Settings) -> None:
    """T32: the checkpoint says where the log begins."""
    write(settings, 3, years_ago(7))
    write(settings, 3)
    run("trim")
    change(settings, "DELETE FROM audit_entry WHERE number = 4")
    assert run("verify")[0] == 1


def test_a_command_that_died_before_taking_out_is_run_again(
    settings: Settings, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The checkpoint comes first: with it the longer log is sound too."""

    def die(_url: str, _through: int) -> int:
        raise KeyboardInterrupt

    write(settings, 3, years_ago(7))
    with monkeypatch.context() as dying:
        dying.setattr(audit, "trim_audit", die)
        CliRunner().invoke(tree.app, ["audit", "trim"])
    assert len(list_acts(settings)) == 4
    assert run("verify")[0] == 0
    assert run("trim")[0] == 0
    assert run("verify") == (0, "sound: 2 lines, up to number 5\n", "")


def test_the_log_is_kept_for_half_a_year(settings: Settings) -> None:
    """SECURITY §6: whatever is typed."""
    write(settings, 2, years_ago(1))
    for day in (NOW.date(), NOW.date() - timedelta(days=183), NOW.date() + timedelta(days=900)):
        with pytest.raises(ConfigError, match="half a year"):
            run("trim", "--before", day.isoformat())
    assert run("trim", "--before", "yesterday")[0] == 2
    assert len(list_acts(settings)) == 2


def test_nothing_is_taken_out_of_a_log_that_is_not_sound(settings: Settings) -> None:
    """T32: it would take the traces with it."""
    write(settings, 3, years_ago(7))
    change(settings, "UPDATE audit_entry SET actor = 'command' WHERE number = 2")
    status, _, err = run("trim")
    assert status == 1
    assert err.startswith("nothing was taken out")
    assert len(list_acts(settings)) == 3


def test_five_years_before_a_leap_day_is_a_day() -> None:
    """The 28th."""
    assert audit._years_before(date(2028, 2, 29), 5) == date(2023, 2, 28)
    assert audit._years_before(date(2026, 11, 20), 5) == date(2021, 11, 20)


def test_a_spoilt_file_of_checkpoints_is_said(settings: Settings) -> None:
    """By its name."""
    write(settings)
    (settings.data_dir / CHECKPOINTS).write_text("x")
    with pytest.raises(ConfigError, match="audit-checkpoints"):
        run("verify")


def test_each_command_says_what_it_does() -> None:
    """In help, without a database."""
    for command in ("verify", "anchor", "export", "trim", "accept"):
        assert run(command, "--help")[0] == 0
