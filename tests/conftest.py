"""Fixtures that all tests share."""

from __future__ import annotations

import contextlib
import faulthandler
import gc
import logging
import os
import zlib
from collections.abc import Iterator
from datetime import timedelta
from functools import cache

import pytest
from hypothesis import settings

from bot.log import AllowListFormatter, set_up_logging
from bot.pack import Pack, load_pack
from bot.store import engine
from tests.counting_lines import keep_threads_findable, unmeasured
from tests.depth import DEEP

pytest_plugins = ["tests.conftest_postgres"]

#: Long tests of code that shorter ones measure: following every line would make them two to four times as long.
UNMEASURED = (
    "tests/browser/",
    "tests/channels/test_hostile_bodies.py",
    "tests/channels/test_line_drawings.py::test_every_state",
    "tests/channels/test_line_flow.py",
    "tests/channels/test_line_malformed.py::test_no_shape_of_events",
    "tests/channels/test_line_messages.py::test_no_reply_is_refused",
    "tests/channels/test_line_setup.py::test_a_fault_at_any_call",
    "tests/core/test_answers_read_back.py::test_an_old_answer",
    "tests/core/test_check.py::test_a_catalogue_is_judged",
    "tests/core/test_check.py::test_the_shipped_pack_has_no_errors",
    "tests/core/test_every_cell.py",
    "tests/core/test_tally.py::test_the_transcripts_meet_every_row",
    "tests/core/test_walks.py",
    "tests/desk/test_audit_chain.py::test_a_whole_log",
    "tests/desk/test_audit_chain.py::test_tampering_anywhere",
    "tests/desk/test_export_in_libreoffice.py",
    "tests/desk/test_export_of_the_form.py::test_twenty_thousand",
    "tests/desk/test_paper_hostile.py",
    "tests/desk/test_paper_letters.py::test_what_taiwan_writes",
    "tests/desk/test_waiting.py::test_in_a_hundred_days",
    "tests/end_to_end/",
    "tests/office/test_auth.py::test_a_day_of_guessing",
    "tests/office/test_case.py::test_hostile_words",
    "tests/office/test_form_tokens.py::test_a_wrong_token",
    "tests/office/test_matrix.py::test_rights_open",
    "tests/office/test_ways_codes.py::test_a_day_of_guessing",
    "tests/office/test_ways_passkeys.py::test_strangers_push",
    "tests/test_receipts.py",
)
#: Of a test with many rows the lines of so many are counted, drawn by their names; the others are run all the same. But of the
#: core every line must be run by some test, and that must not hang on which rows are drawn.
_ROWS_COUNTED, _ALL_ROWS = 24, ("tests/core/", "tests/test_transcripts.py")
#: A test that hangs where no exception reaches it takes its worker with it after so long, and says where it hung.
_HANGS_AFTER_S = 900.0
_STDERR = pytest.StashKey[int]()
_UNCOUNTED = pytest.StashKey[bool]()
_READ_THE_PACK = (
    "bot.commands.handoffs",
    "bot.wiring.checks.desk",
    "bot.wiring.office_parts",
    "bot.wiring.talking",
)
#: Where it is tested how long a database may take, and how long the program lets it.
_HASTY, _SHIPPED = "tests/store/", (engine._ANSWER_WITHIN, engine._IDLE_AT_MOST)


def pytest_addoption(parser: pytest.Parser) -> None:
    parser.addoption("--update", action="store_true", help="write the golden transcripts anew")


@pytest.hookimpl(wrapper=True)
def pytest_runtest_protocol(item: pytest.Item) -> Iterator[None]:
    """Run what is long unmeasured, fixtures and all, and nothing for ever."""
    if not DEEP:  # by night a single test may take an hour
        faulthandler.dump_traceback_later(_HANGS_AFTER_S, exit=True, file=item.config.stash[_STDERR])
    try:
        with unmeasured() if item.stash.get(_UNCOUNTED, False) else contextlib.nullcontext():
            return (yield)
    finally:
        faulthandler.cancel_dump_traceback_later()


@pytest.hookimpl(trylast=True)
def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Note what is run without counting: what is long, and most rows of what has many."""
    rows: dict[str, list[pytest.Item]] = {}
    for item in items:
        rows.setdefault(item.nodeid.partition("[")[0], []).append(item)
    for test, its_rows in rows.items():
        most = len(its_rows) if test.startswith(_ALL_ROWS) else _ROWS_COUNTED
        drawn = sorted(its_rows, key=lambda one: zlib.crc32(one.nodeid.encode()))[:most]
        for item in its_rows if test.startswith(UNMEASURED) else set(its_rows).difference(drawn):
            item.stash[_UNCOUNTED] = True


def pytest_configure(config: pytest.Config) -> None:
    """Collecting twenty thousand tests makes no garbage, and looking through them for some takes a minute."""
    gc.set_threshold(50_000, 20, 100)
    keep_threads_findable()
    settings.register_profile("any machine", deadline=None)  # no test is about time
    settings.load_profile("any machine")
    config.stash[_STDERR] = os.dup(2)  # here nothing catches it yet


def pytest_collection_finish() -> None:
    """Nobody looks through the tests themselves again: that would stop all that goes on in this process for seconds."""
    gc.collect()
    gc.freeze()


@pytest.fixture(scope="session", autouse=True)
def patient_databases() -> Iterator[None]:
    """A machine that others slow down for some seconds is no fault of the program: PostgreSQL and we may take longer."""
    with pytest.MonkeyPatch.context() as patience:
        _allow(patience, timedelta(seconds=30), timedelta(seconds=120))
        yield


@pytest.fixture(scope="session", autouse=True)
def one_pack() -> Iterator[None]:
    """Read the whole conversation once, not for every office and command: that takes a second, and it is always the same."""
    with pytest.MonkeyPatch.context() as patch:
        for module in _READ_THE_PACK:
            patch.setattr(f"{module}.load_pack", _load_pack)
        yield


@cache
@unmeasured()
def _load_pack() -> Pack:
    return load_pack()


@pytest.fixture(autouse=True)
def hasty_databases(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> None:
    """But not where it is tested how long it may."""
    if request.node.nodeid.startswith(_HASTY):
        _allow(monkeypatch, *_SHIPPED)


def _allow(patience: pytest.MonkeyPatch, answer_within: timedelta, idle_at_most: timedelta) -> None:
    patience.setattr(engine, "_ANSWER_WITHIN", answer_within)
    patience.setattr(engine, "_IDLE_AT_MOST", idle_at_most)


@pytest.fixture
def update_transcripts(request: pytest.FixtureRequest) -> bool:
    return bool(request.config.getoption("--update"))


@pytest.fixture
def log_text(caplog: pytest.LogCaptureFixture) -> Iterator[pytest.LogCaptureFixture]:
    """Everything that every logger says, at its most talkative, as the operator would see it."""
    root = logging.getLogger()
    handlers, level = root.handlers[:], root.level
    set_up_logging(logging.DEBUG)
    root.handlers[:] = [caplog.handler]
    caplog.handler.setFormatter(AllowListFormatter())
    yield caplog
    root.handlers[:] = handlers
    root.setLevel(level)
