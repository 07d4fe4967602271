"""What a machine may lack: a browser, a database server, a compiler."""

from __future__ import annotations

import os
from typing import NoReturn

import pytest


def miss(what: str) -> NoReturn:
    """
    Leave a test out because this machine lacks something, and say how to get it.

    Fails in CI, where `.ci/run` installs everything: there nothing may be left out unseen.
    """
    if os.environ.get("CI") == "true":
        pytest.fail(what)
    pytest.skip(what)
