"""R19: every released schema, with what its release wrote, comes to this one and back; a step back says what it drops."""

from __future__ import annotations

import re

import pytest
from alembic.script import ScriptDirectory

from bot.desk.audit_chain import Proofs, verify
from bot.store import migrate, migrating
from bot.store.office import OfficeStore
from bot.store.sql import open_store
from tests.desk.audit_cast import SIGNERS
from tests.end_to_end.programs import ROOT
from tests.migrations.databases import is_whole, last_letter, make, read_rows, read_schema
from tests.migrations.frozen import FOLDER, RELEASES, REVISIONS, load_rows, load_schema
from tests.migrations.ward import Way, in_order
from tests.migrations.ways import expect
from tests.store.cast import NOON, PARENT, SURVIVOR, VAULT, FakeClock

HEAD = REVISIONS[-1]
OLDER = REVISIONS[:-1]
_HEADING = re.compile(r"^## \[(\d+\.\d+\.\d+)\]", re.MULTILINE)


def kind_of(url: str) -> str:
    return "sqlite" if url.startswith("sqlite") else "postgres"


def test_every_revision_and_every_release_is_frozen() -> None:
    """R19: a new migration is frozen too (`python -m tests.migrations freeze`), and each release names its schema."""
    scripts = ScriptDirectory.from_config(migrating.configure(None))
    assert tuple(sorted(each.revision for each in scripts.walk_revisions())) == REVISIONS
    frozen = {f"{each}.{end}" for each in REVISIONS for end in ("json", "sqlite.sql", "postgres.sql")}
    assert {path.name for path in FOLDER.iterdir()} == frozen
    assert set(_HEADING.findall((ROOT / "CHANGELOG.md").read_text("utf-8"))) == set(RELEASES)


@pytest.mark.parametrize("revision", REVISIONS)
def test_what_is_frozen_has_a_row_in_every_table_and_letters_in_every_state(revision: str) -> None:
    """R19: nothing here is proved with empty tables."""
    rows = load_rows(revision)
    tables = re.findall(r"^CREATE TABLE (\w+)", load_schema(revision, "sqlite"), re.MULTILINE)
    assert set(rows) == set(tables) - {"alembic_version"}
    assert all(rows.values())
    states = {row["state"] for row in rows["outbox"]}
    assert states == {"new", "sending", "sent", "uncertain", "expired", "dead"}


def test_migrations_still_make_the_schemas_that_people_have(bare_database_url: str) -> None:
    """R19: an edit of an old migration would leave two kinds of databases with one name; it goes into a new one."""
    for revision in REVISIONS:
        migrate.upgrade(bare_database_url, revision)
        assert read_schema(bare_database_url) == load_schema(revision, kind_of(bare_database_url))


@pytest.mark.parametrize("revision", OLDER)
async def test_what_a_release_wrote_arrives_whole_and_is_of_use(
    bare_database_url: str, revision: str
) -> None:
    """R19: byte for byte; this release opens the conversations, delivers the letters, checks the audit log."""
    way = Way(kind_of(bare_database_url), revision, HEAD)
    way.make(bare_database_url)
    migrate.upgrade(bare_database_url)
    assert way.judge(bare_database_url) == "new"
    assert last_letter(bare_database_url) == max(row["seq"] for row in load_rows(revision)["outbox"])
    store = open_store(bare_database_url, VAULT, clock=FakeClock())
    found = [await store.look(person) for person in (SURVIVOR, PARENT)]
    assert [each and dict(each.session.answers) for each in found] == [
        {"age": "adult"},
        {"age": "minor", "who": "parent"},
    ]
    texts = {letter.reply.bubbles for letter in await store.claim_due(NOON, 9)}
    assert texts == {("A",)} | ({("再見。",)} if revision > "0001" else set())
    await store.close()


async def test_the_audit_log_of_a_release_is_still_genuine(bare_database_url: str) -> None:
    """R19, T32: the chain of 0.5.0 is whole after the upgrade, and still nobody can change a line of it."""
    make(bare_database_url, load_schema("0004", kind_of(bare_database_url)), load_rows("0004"))
    migrate.upgrade(bare_database_url)
    office = OfficeStore(bare_database_url, lambda: NOON)
    lines = await office.audit.read()
    await office.close()
    assert len(lines) == 4
    assert verify(lines, Proofs(SIGNERS)).is_sound
    guards = {
        name for name in read_schema(bare_database_url).splitlines() if name.startswith("CREATE TRIGGER")
    }
    assert guards == {
        line
        for line in load_schema(HEAD, kind_of(bare_database_url)).splitlines()
        if line.startswith("CREATE TRIGGER")
    }


@pytest.mark.parametrize("revision", OLDER)
def test_a_step_forward_and_back_changes_no_byte(bare_database_url: str, revision: str) -> None:
    """R19: the older release finds its schema and every row as it left them, and order numbers go on."""
    make(bare_database_url, load_schema(revision, kind_of(bare_database_url)), load_rows(revision))
    last = last_letter(bare_database_url)
    migrate.upgrade(bare_database_url)
    migrate.downgrade(bare_database_url, revision)
    assert read_schema(bare_database_url) == load_schema(revision, kind_of(bare_database_url))
    assert read_rows(bare_database_url) == in_order(load_rows(revision))
    assert last_letter(bare_database_url) == last


def test_a_step_back_drops_what_its_text_says_and_nothing_else(bare_database_url: str) -> None:
    """R19: from this release down to the first, step by step; then up again, without a stray row."""
    kind, rows = kind_of(bare_database_url), load_rows(HEAD)
    make(bare_database_url, load_schema(HEAD, kind), rows)
    for revision in reversed(OLDER):
        migrate.downgrade(bare_database_url, revision)
        assert read_schema(bare_database_url) == load_schema(revision, kind)
        assert read_rows(bare_database_url) == in_order(expect(rows, HEAD, revision))
    left = expect(rows, HEAD, OLDER[0])
    migrate.upgrade(bare_database_url)
    assert read_schema(bare_database_url) == load_schema(HEAD, kind)
    assert read_rows(bare_database_url) == in_order(expect(left, OLDER[0], HEAD))
    if kind == "sqlite":
        assert is_whole(bare_database_url)


def test_what_a_step_back_drops_is_written_down() -> None:
    """R19: the migrations that drop something say so, and so does the operators' page."""
    scripts = ScriptDirectory.from_config(migrating.configure(None))
    told = {each.revision: each.longdoc for each in scripts.walk_revisions()}
    for revision in ("0003", "0004", "0005", "0006"):
        assert "Going back drops" in told[revision], revision
    page = (ROOT / "docs" / "operators.md").read_text("utf-8")
    for place in ("below 0.5", "below 0.4", "below 0.3", "to 0.5"):
        assert f"Going back {place} drops" in page, place
