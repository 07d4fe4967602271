"""
How much of a long test runs: some at each commit, all of it by night (`make test-deep`).

What waits for the night: more records, conversations and guesses drawn as those that stay are, three quarters of the payloads in a
browser, every second look of a page. docs/security-tests.md says of each figure which run reaches it.
"""

from __future__ import annotations

import os
from collections.abc import Sequence
from typing import TypeVar

_T = TypeVar("_T")
#: Everything, with new values each time where values are drawn.
DEEP = os.environ.get("HYPOTHESIS_PROFILE") == "nightly"


def pick(whole: int, some: int) -> int:
    """Return how many times: all of them, or some."""
    return whole if DEEP else some


def thin(cases: Sequence[_T], every: int) -> Sequence[_T]:
    """Return the cases: all of them, or one of so many, from the first to the last."""
    return cases if DEEP else cases[::every]
