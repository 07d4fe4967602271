"""Fixtures that all tests share."""

from __future__ import annotations

import logging
from collections.abc import Iterator

import pytest

from bot.log import AllowListFormatter, set_up_logging

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


def pytest_addoption(parser: pytest.Parser) -> None:
    parser.addoption("--update", action="store_true", help="write the golden transcripts anew")


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Leave what is long unmeasured; it runs all the same."""
    for item in items:
        if item.nodeid.startswith(UNMEASURED):
            item.add_marker("no_cover")


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
