"""`frontdoor handoffs`, as it is typed: with the demo's keys, a real database and real seals."""

from __future__ import annotations

import csv
import errno
import io
import json
import os
import sqlite3
import stat
from contextlib import closing
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from typer.testing import CliRunner

from bot.commands import handoffs, placing, tree
from bot.commands.placing import place_files
from bot.desk.clock_mark import MARK, ClockDoubtful, ClockMark
from bot.desk.export import SHORT_ID_CHARS
from bot.desk.identity import load_identities, lock_identity, make_identity
from bot.errors import AuditDown
from bot.settings import Settings, load_settings
from bot.wiring.common import prepare
from tests.desk.export_cast import PLAIN_FIELDS
from tests.desk.hostile_text import HOSTILE
from tests.desk.sending import Sending

NOW = datetime.now(UTC)
DEMO = "DEMO: demo keys, for trying out only. Do not enter anything real.\n"


@pytest.fixture(autouse=True)
def _own_directory(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """No settings of the developer, and a data directory of the test's own."""
    monkeypatch.chdir(tmp_path)
    for name in Settings.model_fields.values():
        monkeypatch.delenv(str(name.alias), raising=False)
    monkeypatch.setenv("FRONTDOOR_DATA_DIR", str(tmp_path / "var"))


@pytest.fixture
def sending() -> Sending:
    settings = load_settings()
    prepare(settings)
    return Sending(settings)


def run(*args: str, words: str = "") -> tuple[int, str, str]:
    """Exit status, and what was said on standard output (less the line of the demo) and standard error."""
    result = CliRunner().invoke(tree.app, ["handoffs", *args], input=words)
    if result.exception and not isinstance(result.exception, SystemExit):
        raise result.exception
    if "--help" not in args:
        assert result.stdout.startswith(DEMO) or result.exit_code == 2
    return result.exit_code, result.stdout.removeprefix(DEMO), result.stderr


def export(fmt: str, *more: str, words: str = "") -> tuple[int, str, str]:
    return run("export", "--format", fmt, "--out", "out", *more, words=words)


def list_out() -> list[str]:
    return sorted(path.name for path in Path("out").iterdir())


def read_only() -> bytes:
    [path] = Path("out").iterdir()
    return path.read_bytes()


def change_database(sending: Sending, statement: str, *values: object) -> None:
    with sqlite3.connect(str(sending.settings.sqlite_path)) as connection:
        connection.execute(statement, values)
    connection.close()


def break_seal(sending: Sending, handoff_id: str) -> None:
    change_database(sending, "UPDATE handoff SET signature = ? WHERE id = ?", b"\0" * 64, handoff_id)


def accept_restore() -> None:
    """Say that lines of the audit log are missing because an older database was put back."""
    assert CliRunner().invoke(tree.app, ["audit", "accept", "--even-so"]).exit_code == 0


def read_log(sending: Sending, subject: str) -> list[tuple[str, str, object]]:
    """The lines of the audit log about one handoff: act, who, detail."""
    with closing(sqlite3.connect(sending.settings.sqlite_path)) as database:  # type: ignore[arg-type]
        lines = database.execute(
            "SELECT act, actor, detail FROM audit_entry WHERE subject = ? ORDER BY number", [subject]
        ).fetchall()
    return [(act, actor, json.loads(detail)) for act, actor, detail in lines]


def read_status(handoff_id: str) -> str:
    return next(line.split()[3] for line in run("list")[1].splitlines() if line.startswith(handoff_id))


# ─── List ─────────────────────────────────────────────────────────────────────


def test_the_list_shows_ids_ages_and_status_and_needs_no_identity(sending: Sending, tmp_path: Path) -> None:
    """Whoever looks how much there is to do opens nothing."""
    old = sending.send(PLAIN_FIELDS, NOW - timedelta(days=5))
    new = sending.send(PLAIN_FIELDS, NOW - timedelta(hours=3))
    sending.ask(old, "withdraw", "", NOW)
    for path in (tmp_path / "var" / "desk").glob("*.identity"):
        path.unlink()
    code, told, _ = run("list")

    assert code == 0
    first, second, count = told.splitlines()
    assert first.split() == [old, "5", "d", "new", "withdraw"]
    assert second.split()[0] == new
    assert second.split()[2:] == ["h", "new"]
    assert count == "2 handoffs"
    assert run("list", "--status", "done")[1] == "0 handoffs\n"


def test_every_command_has_help() -> None:
    for name in ("list", "export", "requests", "status", "erase", "erase-due"):
        assert run(name, "--help")[0] == 0


# ─── Export ───────────────────────────────────────────────────────────────────


def test_an_export_opens_what_was_sent_and_notes_that_it_was_opened(sending: Sending) -> None:
    """The demo's identity opens without a passphrase; the JSON's fields are those that were sent."""
    id_ = sending.send(PLAIN_FIELDS, NOW)
    code, told, said = export("json")

    assert (code, said) == (0, "")
    assert told.splitlines()[-1] == "1 handoffs exported, 0 failures"
    whole = json.loads(read_only())
    assert whole["demo"] is True
    assert whole["exported"]["by"] == "command line"
    assert whole["handoffs"][0]["record"]["fields"] == PLAIN_FIELDS
    assert read_status(id_) == "in_progress"
    assert export("json", "--status", "new")[1].endswith("0 handoffs exported, 0 failures\n")


@pytest.mark.parametrize("fmt", ["csv", "xlsx"])
def test_tables_are_written_for_spreadsheets(sending: Sending, fmt: str) -> None:
    sending.send(PLAIN_FIELDS, NOW)
    assert export(fmt)[0] == 0
    [name] = list_out()
    assert name.startswith("DEMO-handoffs-20")
    assert name.endswith(f".{fmt}")


def test_the_official_form_is_printed_for_each(sending: Sending) -> None:
    """A PDF by the beginning of its id."""
    id_ = sending.send(PLAIN_FIELDS, NOW)
    code, _, said = export("pdf")
    assert (code, said) == (0, "")
    assert list_out() == [f"DEMO-handoff-{id_[:8]}.pdf"]
    assert read_only().startswith(b"%PDF-")


def test_files_are_for_our_eyes_only(sending: Sending) -> None:
    """T8: 600 in a folder of 700, whatever the umask says."""
    sending.send(PLAIN_FIELDS, NOW)
    before = os.umask(0)
    try:
        assert export("csv")[0] == 0
    finally:
        os.umask(before)
    assert stat.S_IMODE(Path("out").stat().st_mode) == 0o700
    assert {stat.S_IMODE(path.stat().st_mode) for path in Path("out").iterdir()} == {0o600}


def test_a_folder_that_others_can_look_into_is_pointed_out(sending: Sending) -> None:
    """It may be somebody's desktop, so its rights are not ours to change."""
    Path("out").mkdir()
    Path("out").chmod(0o755)
    code, _, said = export("csv")
    assert code == 0
    assert "chmod 700 out" in said


def test_nothing_that_is_there_is_overwritten(sending: Sending) -> None:
    """A second export of the day stands beside the first."""
    sending.send(PLAIN_FIELDS, NOW)
    export("csv")
    first = read_only()
    sending.send({"name": "other"}, NOW)
    export("csv")

    one, other = sorted(Path("out").iterdir(), key=lambda path: len(path.name))
    assert one.read_bytes() == first
    assert other.name == one.name.replace(".csv", "-2.csv")
    assert other.read_bytes() != first


def test_a_full_disk_leaves_nothing_behind(sending: Sending, monkeypatch: pytest.MonkeyPatch) -> None:
    """R8: no half file, nothing noted as opened, and one line that says why."""
    ids = [sending.send(PLAIN_FIELDS, NOW) for _ in range(3)]
    real, calls = placing.offer, []

    def fill_up(path: Path, content: bytes) -> bool:
        calls.append(path)
        if len(calls) == 3:
            raise OSError(errno.ENOSPC, "No space left on device")
        return real(path, content)

    monkeypatch.setattr(placing, "offer", fill_up)
    with pytest.raises(OSError, match="No space left on device: 'out'"):
        export("pdf")
    assert list_out() == []
    assert {read_status(id_) for id_ in ids} == {"new"}


def test_an_interruption_leaves_nothing_behind(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Ctrl-C between two files."""
    real = placing.offer

    def interrupt(path: Path, content: bytes) -> bool:
        if content == b"second":
            raise KeyboardInterrupt
        return real(path, content)

    monkeypatch.setattr(placing, "offer", interrupt)
    with pytest.raises(KeyboardInterrupt):
        place_files({"a": b"first", "b": b"second"}, tmp_path / "out")
    assert list((tmp_path / "out").iterdir()) == []


def test_a_real_full_disk_is_told_by_the_place(sending: Sending) -> None:
    """R8: where nothing can be written at all."""
    Path("out").write_text("a file")
    with pytest.raises(FileExistsError, match="out"):
        export("csv")


def test_one_bad_record_is_named_and_the_others_are_written(sending: Sending) -> None:
    """T19, R21: one line with its id and one word, and exit status 1; it is not noted as opened."""
    good, bad = sending.send(PLAIN_FIELDS, NOW), sending.send({"name": "黃小明"}, NOW)
    break_seal(sending, bad)
    code, told, said = export("csv")

    assert code == 1
    assert said == f"failed: {bad}  handoff  forged\n"
    assert told.endswith("1 handoffs exported, 1 failures\n")
    rows = list(csv.DictReader(io.StringIO(read_only().decode("utf-8-sig"))))
    assert [row["編號"] for row in rows] == [good, bad]
    assert (read_status(good), read_status(bad)) == ("in_progress", "new")


@pytest.mark.parametrize(
    "statement",
    [
        "UPDATE handoff SET blob = substr(blob, 1, length(blob) - 1) WHERE id = ?",
        "UPDATE handoff SET blob = CAST(substr(blob, 1, 200) || x'00' || substr(blob, 202) AS BLOB) WHERE id = ?",
        "UPDATE handoff SET blob = x'' WHERE id = ?",
        "UPDATE handoff SET created_at = created_at + 3600 WHERE id = ?",
        "UPDATE handoff SET (blob, signature) = (SELECT blob, signature FROM handoff AS o WHERE o.id <> ?1) WHERE id = ?1",
        "UPDATE handoff SET signer = 'somebody' WHERE id = ?",
        "DELETE FROM handoff WHERE id = ?",
    ],
    ids=["cut", "flipped", "emptied", "moved in time", "swapped", "other signer", "row gone"],
)
def test_whatever_somebody_does_to_a_row_is_noticed(sending: Sending, statement: str) -> None:
    """T11, R21: with the real seals; the other one is exported."""
    good, bad = sending.send(PLAIN_FIELDS, NOW), sending.send({"name": "黃小明"}, NOW)
    change_database(sending, statement, bad)
    code, _, said = export("json")

    assert (code, said) == (1, f"failed: {bad}  handoff  forged\n")
    assert [one["record"]["handoff_id"] for one in json.loads(read_only())["handoffs"]] == [good]


def test_some_are_chosen_by_the_beginning_of_their_id(sending: Sending) -> None:
    """What fits none, or several, is refused: nobody exports another's case by a slip."""
    ids = [sending.send({"name": name}, NOW) for name in ("甲", "乙", "丙")]
    code, *_ = export("json", "--id", ids[2][:13].upper(), "--id", ids[0])

    assert code == 0
    records = json.loads(read_only())["handoffs"]
    assert {one["record"]["fields"]["name"] for one in records} == {"甲", "丙"}
    for beginning in ("zzzz", ""):
        code, _, said = export("json", "--id", beginning)
        assert code == 2
        assert "handoffs have an id that begins so" in said
    assert len(list_out()) == 1


def test_a_locked_identity_asks_for_its_passphrase(sending: Sending) -> None:
    """And what it opens is only what was sealed to it."""
    id_ = sending.send(PLAIN_FIELDS, NOW)
    made = make_identity(NOW)
    mine = Path("mine.identity")
    mine.write_bytes(lock_identity(made.text, "correct horse battery"))
    mine.chmod(0o600)

    code, _, said = export("json", "--identity", "mine.identity", words="correct horse battery\n")
    assert code == 1
    assert f"failed: {id_}  handoff  unreadable\n" in said
    assert "Passphrase of mine.identity" in said
    assert "correct horse" not in said
    demo = "var/desk/desk.identity"
    assert export("json", "--identity", demo)[0] == 0
    assert load_identities(Path(demo))[0].demo


@pytest.mark.parametrize("fmt", ["json", "csv", "xlsx"])
def test_nothing_of_a_person_is_said_on_the_terminal(
    sending: Sending, fmt: str, caplog: pytest.LogCaptureFixture
) -> None:
    """T30: not while it works, not when it fails; and nothing of it lies in another file."""
    canary = "黃canary小明7316"
    good, bad = sending.send({"name": canary, "story": canary}, NOW), sending.send({"name": canary}, NOW)
    break_seal(sending, bad)
    code, told, said = export(fmt)

    assert code == 1
    assert good not in said
    for shown in (told, said, caplog.text):
        assert "canary" not in shown
    holding = [path for path in Path().rglob("*") if path.is_file() and b"canary" in path.read_bytes()]
    assert holding == (list(Path("out").iterdir()) if fmt != "xlsx" else [])


# ─── Requests, status, end ────────────────────────────────────────────────────


def test_requests_are_shown_with_their_words(sending: Sending) -> None:
    """Set off from our own lines, and without what would act on a terminal."""
    first, second = sending.send(PLAIN_FIELDS, NOW), sending.send(PLAIN_FIELDS, NOW)
    sending.ask(first, "correct", f"電話改成市話\nfailed: x\n{HOSTILE['escape']}", NOW)
    sending.ask(second, "withdraw", "", NOW)
    code, told, said = run("requests")

    assert (code, said) == (0, "")
    assert "    | 電話改成市話\n    | failed: x\n    | a[31mred[0m\n" in told
    assert f"{first[:8]}  " in told
    assert f"{second[:8]}  " in told
    assert told.endswith("2 requests\n")
    assert count_unread(sending) == 0
    change_database(sending, "UPDATE handoff_request SET signer = 'x' WHERE handoff_id = ?", first)
    code, told, said = run("requests")
    assert (code, said) == (1, f"failed: {first}  request  forged\n")
    assert f"{first[:8]}" not in told


def test_an_export_counts_as_having_read_the_requests_in_it(sending: Sending) -> None:
    """R29: a status alone does not, nor does one that cannot be read."""
    first, second = sending.send(PLAIN_FIELDS, NOW), sending.send(PLAIN_FIELDS, NOW)
    for one in (first, second):
        sending.ask(one, "correct", "換電話了", NOW)
    assert run("status", first, "done")[0] == 0
    assert count_unread(sending) == 2
    change_database(sending, "UPDATE handoff_request SET signer = 'x' WHERE handoff_id = ?", second)
    assert export("json")[0] == 1
    assert count_unread(sending) == 1


def count_unread(sending: Sending) -> int:
    with closing(sqlite3.connect(sending.settings.sqlite_path)) as database:  # type: ignore[arg-type]
        found: int = database.execute(
            "SELECT count(*) FROM handoff_request WHERE seen_at IS NULL"
        ).fetchone()[0]
    return found


def test_a_clock_that_may_have_jumped_erases_nothing_until_somebody_says_it_is_right(
    sending: Sending,
) -> None:
    """R18: said by name, with what to do; the audit log has it."""
    old = sending.send(PLAIN_FIELDS, NOW - timedelta(days=92))
    change_database(sending, "UPDATE handoff_case SET opened_at = status_at")
    ClockMark(sending.settings.data_dir / MARK).put(NOW - timedelta(days=5))
    with pytest.raises(ClockDoubtful, match="--even-so"):
        run("erase-due")
    assert old in run("list")[1]
    assert run("erase-due", "--even-so")[1].startswith(f"{old}\n1 handoffs erased")
    assert read_log(sending, "") == [("clock_confirmed", "command", {})]
    assert run("erase-due")[0] == 0


def test_the_status_is_set(sending: Sending) -> None:
    id_ = sending.send(PLAIN_FIELDS, NOW)
    for status in ("in_progress", "called", "done"):
        assert run("status", id_[:9], status)[:2] == (0, f"{id_}  {status}\n")
        assert read_status(id_) == status
    assert run("status", id_, "new")[0] == 2
    assert run("status", "zzzz", "done")[0] == 2


@pytest.mark.parametrize(("name", "last"), [("status", "done"), ("erase", "--yes")])
def test_a_few_characters_of_an_id_are_not_enough(sending: Sending, name: str, last: str) -> None:
    """A slip must not fit another's case: seven change nothing and say why, eight are enough."""
    id_ = sending.send(PLAIN_FIELDS, NOW)
    for beginning in ("", id_[:1], id_[: SHORT_ID_CHARS - 1]):
        code, _, said = run(name, beginning, last)
        assert (code, read_status(id_)) == (2, "new")
        assert f"at least the first {SHORT_ID_CHARS} characters" in " ".join(said.replace("│", " ").split())
    assert f"at least the first {SHORT_ID_CHARS}" in " ".join(
        run(name, "--help")[1].replace("│", " ").split()
    )
    assert run(name, id_[:SHORT_ID_CHARS].upper(), last)[0] == 0


def test_what_is_due_is_erased_and_the_ledger_knows_it(sending: Sending) -> None:
    """SECURITY §6: 90 days old and seen a week ago; what a restore brings back is erased again."""
    old, new = sending.send(PLAIN_FIELDS, NOW - timedelta(days=92)), sending.send(PLAIN_FIELDS, NOW)
    unseen = sending.send(PLAIN_FIELDS, NOW - timedelta(days=92))
    backup = sending.settings.sqlite_path.read_bytes()  # type: ignore[union-attr]
    assert export("json", "--id", old)[0] == 0
    assert run("erase-due")[1] == "0 handoffs erased, 0 erased again after a restore\n"
    with closing(sqlite3.connect(sending.settings.sqlite_path)) as database:  # type: ignore[arg-type]
        database.execute("UPDATE handoff_case SET opened_at = opened_at - ?", [7 * 24 * 3600 * 1_000_000])
        database.commit()
    code, told, _ = run("erase-due")

    assert code == 0
    assert told == f"{old}\n1 handoffs erased, 0 erased again after a restore\n"
    assert old in Path("var/desk/erased-handoffs").read_text("utf-8")
    line = ("erased", "command", {"rule": "old", "status": "in_progress"})
    assert read_log(sending, old)[-1] == line
    sending.settings.sqlite_path.write_bytes(backup)  # type: ignore[union-attr]
    with pytest.raises(AuditDown):
        run("erase-due")
    accept_restore()
    assert run("erase-due")[1] == "0 handoffs erased, 1 erased again after a restore\n"
    assert read_log(sending, old)[-1] == ("erased", "command", {"rule": "restored", "status": "new"})
    left = run("list")[1]
    assert old not in left
    assert new in left
    assert unseen in left


def test_nothing_is_erased_that_cannot_be_noted(sending: Sending) -> None:
    """T32: neither by time nor again; the next run does it."""
    old = sending.send(PLAIN_FIELDS, NOW - timedelta(days=92))
    change_database(sending, "UPDATE handoff_case SET opened_at = status_at")
    anchor = sending.settings.data_dir / "desk" / "audit-anchor"
    anchor.mkdir()
    with pytest.raises(AuditDown):
        run("erase-due")
    assert old in run("list")[1]
    anchor.rmdir()
    assert run("erase-due")[1] == f"{old}\n1 handoffs erased, 0 erased again after a restore\n"


def test_ages_are_said_in_hours_and_then_in_days() -> None:
    said = [handoffs._say_age(timedelta(hours=hours)) for hours in (-1, 0, 1.5, 47, 48, 100)]
    assert said == ["0 h", "0 h", "1 h", "47 h", "2 d", "4 d"]


def test_production_says_nothing_of_a_demo(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """And it refuses the demo's keys."""
    monkeypatch.setenv("FRONTDOOR_ENV", "production")
    monkeypatch.setenv("FRONTDOOR_PUBLIC_URL", "https://chat.example.org")
    result: Any = CliRunner().invoke(tree.app, ["handoffs", "list"])
    assert (result.exit_code, result.stdout) == (0, "0 handoffs\n")


def test_one_is_erased_for_good_once_it_was_confirmed(sending: Sending) -> None:
    """After a withdrawal; the ledger knows it, so no restore brings it back, and nothing else is touched."""
    gone, kept = sending.send(PLAIN_FIELDS, NOW), sending.send(PLAIN_FIELDS, NOW)
    backup = sending.settings.sqlite_path.read_bytes()  # type: ignore[union-attr]
    assert run("erase", gone)[0] == 1  # nobody said yes
    assert gone in run("list")[1]

    assert run("erase", gone, "--yes")[:2] == (0, f"{gone}  erased\n")
    assert gone not in run("list")[1]
    assert kept in run("list")[1]
    sending.settings.sqlite_path.write_bytes(backup)  # type: ignore[union-attr]
    accept_restore()
    run("erase-due")
    assert gone not in run("list")[1]
    assert run("erase", "zzzz", "--yes")[0] == 2


def test_what_the_commands_do_is_noted_before_it_is_done(sending: Sending) -> None:
    """T6: who exports, marks or erases on the command line stands in the audit log, with no reason and no name."""
    one = sending.send(PLAIN_FIELDS, NOW)
    assert export("json", "--id", one)[0] == 0
    assert run("status", one, "called")[0] == 0
    assert run("erase", one, "--yes")[0] == 0
    with closing(sqlite3.connect(sending.settings.sqlite_path)) as database:  # type: ignore[arg-type]
        lines = database.execute(
            "SELECT act, actor, subject, detail FROM audit_entry ORDER BY number"
        ).fetchall()
    assert [(act, actor) for act, actor, _, _ in lines] == [
        ("exported", "command"), ("exported", "command"), ("status_set", "command"), ("erased", "command")
    ]  # fmt: skip
    assert [subject for _, _, subject, _ in lines if subject == one] == [one] * 3
    assert not any(value in str(lines) for value in PLAIN_FIELDS.values() if len(value) > 3)


def test_nothing_is_exported_that_cannot_be_noted(sending: Sending) -> None:
    """SECURITY §1: without the key that signs the log no file is made, and nothing counts as opened."""
    one = sending.send(PLAIN_FIELDS, NOW)
    (sending.settings.data_dir / "desk" / "audit-anchor").mkdir()
    with pytest.raises(AuditDown):
        export("json", "--id", one)
    assert not Path("out").exists() or not list(Path("out").iterdir())
    assert "new" in run("list")[1]
