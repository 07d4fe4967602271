"""R19: `frontdoor migrate` dies anywhere, runs twice, waits for another: the schema is the old or the new one, with everything."""

from __future__ import annotations

import random
import secrets
import sqlite3
from collections.abc import Iterator
from contextlib import closing

import pytest

from tests.migrations.databases import is_whole, path_of
from tests.migrations.killing import Journey, kill_at, kill_in_commit
from tests.migrations.test_ways import HEAD, kind_of
from tests.migrations.ward import Ward, Way, open_ward

FIRST = "0001"
#: In one test process, with one process that starts the programs.
pytestmark = pytest.mark.xdist_group("migrations that die")


@pytest.fixture(scope="module")
def ward(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Ward]:
    """Programs quickly started: they have their imports behind them."""
    with open_ward(tmp_path_factory.mktemp("ward")) as opened:
        yield opened


def test_killed_in_the_middle_nothing_happened_or_all_of_it(bare_database_url: str, ward: Ward) -> None:
    """R19: at random statements, at the commit, after it; then it is run again. Everywhere: `make kill-migrations`."""
    journey = Journey(ward, Way(kind_of(bare_database_url), FIRST, HEAD), bare_database_url)
    steps = journey.count_steps()
    seed = secrets.randbelow(10**6)
    commit = steps.rindex("C") + 1
    points = [*random.Random(seed).sample(range(1, commit), 2), commit, commit + 1]
    found = [kill_at(journey, point) for point in points]
    assert found == ["old", "old", "old", "new"], f"seed {seed}, of {steps}"


def test_killed_while_the_file_is_written_the_journal_brings_it_back(
    bare_sqlite_url: str, ward: Ward
) -> None:
    """R19: dead within the commit, with half of the pages in the file; whoever opens it next finds the old schema, whole."""
    journey = Journey(ward, Way("sqlite", FIRST, HEAD), bare_sqlite_url)
    assert kill_in_commit(journey, more_pages=3)
    assert is_whole(bare_sqlite_url)


def test_a_second_one_waits_for_the_first_and_outlives_it(bare_database_url: str, ward: Ward) -> None:
    """R19: the first stops in the middle, the second waits; the first dies, and the second does the work."""
    way = Way(kind_of(bare_database_url), FIRST, HEAD)
    journey = Journey(ward, way, bare_database_url)
    middle = len(journey.count_steps()) // 2
    way.make(journey.fresh())
    first = ward.start(journey.url, stop_at=middle)
    first.wait_until_stopped()
    second = ward.start(journey.url)
    second.wait_until_under_way()
    assert second.is_waiting()
    first.kill()
    assert (first.end(), second.end()) == (-9, 0), second.log.read_text("utf-8")
    assert way.judge(journey.url) == "new"


def test_two_at_once_both_succeed(bare_database_url: str, ward: Ward) -> None:
    """R19: on a database with people in it."""
    way = Way(kind_of(bare_database_url), FIRST, HEAD)
    way.make(bare_database_url)
    both = [ward.start(bare_database_url) for _ in range(2)]
    assert [each.end() for each in both] == [0, 0], [each.log.read_text("utf-8") for each in both]
    assert way.judge(bare_database_url) == "new"


@pytest.mark.parametrize(
    "harm",
    [
        "DELETE FROM person_session WHERE rowid = 1",
        "UPDATE outbox SET body = x'00' WHERE seq = (SELECT max(seq) FROM outbox)",
        "CREATE TABLE move_code (code TEXT)",
        "UPDATE alembic_version SET version_num = '0002'",
    ],
)
def test_whatever_is_missing_or_half_done_is_found(bare_sqlite_url: str, harm: str) -> None:
    """The judge of these tests can say no."""
    way = Way("sqlite", FIRST, HEAD)
    way.make(bare_sqlite_url)
    assert way.judge(bare_sqlite_url) == "old"
    with closing(sqlite3.connect(path_of(bare_sqlite_url))) as file, file:
        file.execute(harm)
    with pytest.raises(AssertionError):
        way.judge(bare_sqlite_url)
