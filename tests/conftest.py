"""Fixtures that all tests share."""

from __future__ import annotations

import logging
from collections.abc import Iterator

import pytest

from bot.log import AllowListFormatter, set_up_logging

pytest_plugins = ["tests.conftest_postgres"]


def pytest_addoption(parser: pytest.Parser) -> None:
    parser.addoption("--update", action="store_true", help="write the golden transcripts anew")


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
