"""T28: what is published is what is printed is what is there."""

from __future__ import annotations

import re
import subprocess
import sys
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from bot.commands.holding import write_published
from bot.commands.holding_words import HELD, TAKEN, Both
from bot.desk import keeping
from bot.office.auth import Limits
from bot.store import sql, sweep
from bot.store.dump import HANDOFF_ID
from bot.store.schema import metadata
from tests.desk.export_cast import PLAIN_FIELDS
from tests.operating.conftest import Host
from tests.operating.test_restore import begin_conversation
from tests.store.conftest import as_role, make_role

TOP = Path(__file__).parent.parent.parent
PAGE = TOP / "docs" / "what-we-hold.md"
NOW = datetime.now(UTC)


def read_between_marks() -> str:
    found = re.search(
        r"<!-- what we hold: .*? -->\n(.*)<!-- what we hold end -->", PAGE.read_text("utf-8"), re.DOTALL
    )
    assert found
    return found[1].strip()


def test_what_is_printed_is_what_is_published(sqlite_host: Host) -> None:
    """T28: word for word, in Chinese and in English; with `--no-counts` nothing else, and no database is needed."""
    assert sqlite_host.run("what-we-hold", "--no-counts") == (0, f"{read_between_marks()}\n")
    assert not sqlite_host.data_dir.exists()


def test_the_page_is_fresh() -> None:
    """Who changes the words writes the page anew."""
    ran = subprocess.run(
        [sys.executable, "scripts/what_we_hold.py", "--check"],
        cwd=TOP, env={"PYTHONPATH": str(TOP)}, capture_output=True, text=True, check=False,
    )  # fmt: skip
    assert (ran.returncode, ran.stderr) == (0, "")


def test_every_table_belongs_to_one_row() -> None:
    """A new table is published before it is used."""
    told = [name for one in HELD for name in one.tables]
    assert sorted(told) == sorted(metadata.tables)
    assert len(told) == len(set(told))


def test_the_times_are_those_of_the_program() -> None:
    """A promise that the code does not keep would be a lie to whoever asks."""
    by_table = {name: one.keep.en for one in HELD for name in one.tables}
    assert timedelta(hours=24) == sql.SESSION_TTL
    assert by_table["person_session"].startswith("24 hours")
    assert timedelta(days=7) == sweep._EVENTS_KEPT
    assert by_table["inbox_event"] == by_table["quarantine"] == "7 days"
    assert timedelta(hours=24) == sweep._FINISHED_KEPT
    assert "24 hours" in by_table["outbox"]
    assert timedelta(hours=2) == sweep._PAGE_KEPT
    assert "two hours" in by_table["page_seat"]
    assert (timedelta(days=90), timedelta(days=7)) == (keeping.KEPT_AT_MOST, keeping.SEEN_KEPT)
    assert timedelta(days=30) <= keeping.DONE_KEPT < timedelta(days=31)
    assert [name for name in by_table if "90 at most" in by_table[name]] == list(HANDOFF_ID)
    assert re.search("30 days .* 90 at most.* 7 days more once it is read", by_table["handoff"])
    assert (timedelta(hours=8), timedelta(minutes=15)) == (Limits().longest, Limits().idle)
    assert by_table["staff_session"].startswith("sign-ins 8 hours, 15 minutes without use")


def test_both_languages_say_something_and_break_no_table() -> None:
    boths = [both for one in (*HELD, *TAKEN) for both in vars_of(one) if isinstance(both, Both)]
    assert len(boths) == 4 * len(HELD) + 3 * len(TAKEN)
    for both in boths:
        assert both.zh
        assert both.en
        assert not set("|\n") & set(both.zh + both.en)
    assert write_published().count("\n### ") == 3


def vars_of(one: object) -> list[object]:
    return [getattr(one, name) for name in one.__slots__]  # type: ignore[attr-defined]


def test_the_counts_are_those_of_the_database_and_name_nobody(host: Host) -> None:
    """T28: on either database; ids and times stay inside."""
    id_ = host.open_sending().send(PLAIN_FIELDS, NOW)
    begin_conversation(host)
    code, told = host.run("what-we-hold")
    assert code == 0
    assert told.startswith(read_between_marks())
    counts = dict(re.findall(r"\| (\w+) \| (\d+) \|$", told, re.MULTILINE))
    assert set(counts) == set(metadata.tables)
    assert (counts["handoff"], counts["person_session"], counts["tally"]) == ("1", "1", "0")
    assert id_ not in told


@pytest.mark.postgres
def test_a_role_counts_what_it_may_see(
    bare_postgres_url: str, tmp_path: Path, request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch
) -> None:
    """T10: the desk cannot count keys, the public side cannot count lines of the log; both are told so."""
    host = Host(tmp_path / "var", bare_postgres_url, monkeypatch)
    assert host.run("migrate")[0] == 0
    server = request.getfixturevalue("postgres_server")
    roles = ("holding front", "holding office")
    for role in roles:
        make_role(server, role)
    assert host.run("migrate", "--front-role", roles[0], "--office-role", roles[1])[0] == 0
    for role, hidden in zip(roles, ("audit_entry", "erasable_key"), strict=True):
        code, told = Host(host.data_dir, as_role(host.url, role), monkeypatch).run("what-we-hold")
        assert code == 0
        assert f"| {hidden} | 這個角色看不到" in told
        assert re.search(r"\| person_session \| 0 \|", told)
