"""Long work of tests whose lines shorter tests count: following each of them would make it two to four times as long."""

from __future__ import annotations

import contextlib
from collections.abc import Iterator

from coverage import Coverage

_depth = 0


@contextlib.contextmanager
def unmeasured() -> Iterator[None]:
    """
    Count no lines until the block ends; also a decorator, and one may stand within another.

    Below `@cache`, so that what is kept is made without counting.
    """
    global _depth  # noqa: PLW0603 - a process has one count
    counting = Coverage.current() if _depth == 0 else None
    _depth += 1
    if counting:
        counting.stop()
    try:
        yield
    finally:
        _depth -= 1
        if counting:
            counting.start()
