"""Fixtures that all tests share."""

from __future__ import annotations

import gc
import logging
from collections.abc import Iterator
from datetime import timedelta

import pytest

from bot.log import AllowListFormatter, set_up_logging
from bot.store import engine

pytest_plugins = ["tests.conftest_postgres"]

#: Long tests of code that shorter ones measure: following every line would make them two to four times as long.
UNMEASURED = (
    "tests/browser/",
    "tests/channels/test_hostile_bodies.py",
    "tests/core/test_walks.py",
    "tests/desk/test_export_in_libreoffice.py",
    "tests/desk/test_paper_hostile.py",
    "tests/desk/test_waiting.py::test_in_a_hundred_days",
    "tests/end_to_end/",
    "tests/office/test_auth.py::test_a_day_of_guessing",
    "tests/office/test_case.py::test_hostile_words",
    "tests/test_drawing.py",
    "tests/test_receipts.py",
)
#: Where it is tested how long a database may take, and how long the program lets it.
_HASTY, _SHIPPED = "tests/store/", engine._ANSWER_WITHIN


def pytest_addoption(parser: pytest.Parser) -> None:
    parser.addoption("--update", action="store_true", help="write the golden transcripts anew")


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Leave what is long unmeasured; it runs all the same."""
    for item in items:
        if item.nodeid.startswith(UNMEASURED):
            item.add_marker("no_cover")


def pytest_configure() -> None:
    """Collecting twenty thousand tests makes no garbage, and looking through them for some takes a minute."""
    gc.set_threshold(50_000, 20, 100)


def pytest_collection_finish() -> None:
    """Nobody looks through the tests themselves again: that would stop all that goes on in this process for seconds."""
    gc.collect()
    gc.freeze()


@pytest.fixture(scope="session", autouse=True)
def patient_databases() -> Iterator[None]:
    """A machine that others slow down for a second or two is no fault of the program: PostgreSQL may take longer."""
    with pytest.MonkeyPatch.context() as patience:
        patience.setattr(engine, "_ANSWER_WITHIN", timedelta(seconds=30))
        yield


@pytest.fixture(autouse=True)
def hasty_databases(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> None:
    """But not where it is tested how long it may."""
    if request.node.nodeid.startswith(_HASTY):
        monkeypatch.setattr(engine, "_ANSWER_WITHIN", _SHIPPED)


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
