"""Fixtures that all tests share."""

from __future__ import annotations

import pytest

pytest_plugins = ["tests.conftest_postgres"]


def pytest_addoption(parser: pytest.Parser) -> None:
    parser.addoption("--update", action="store_true", help="write the golden transcripts anew")


@pytest.fixture
def update_transcripts(request: pytest.FixtureRequest) -> bool:
    return bool(request.config.getoption("--update"))
