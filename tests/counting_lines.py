"""
Counting of lines: what is left out, and what it takes not to hang.

Long work whose lines shorter tests count is left out: following each of them would make it two to four times as long.
"""

from __future__ import annotations

import contextlib
import sys
import threading
from collections.abc import Iterator
from typing import Any

import greenlet
from coverage import Coverage
from greenlet._greenlet import enable_optional_cleanup

_depth = 0


@contextlib.contextmanager
def unmeasured() -> Iterator[None]:
    """
    Count no lines until the block ends; also a decorator, and one may stand within another.

    In the main thread nobody's are counted meanwhile, elsewhere only those of that thread. Below `@cache`, so that what is
    kept is made without counting.
    """
    is_main = threading.current_thread() is threading.main_thread()
    with _all_stopped() if is_main else _one_stopped():
        yield


@contextlib.contextmanager
def _all_stopped() -> Iterator[None]:
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


@contextlib.contextmanager
def _one_stopped() -> Iterator[None]:
    tracer = sys.gettrace()
    sys.settrace(None)
    try:
        yield
    finally:
        sys.settrace(tracer)


def keep_threads_findable() -> None:
    """
    Keep each thread's first greenlet, from now on: what coverage notes of it is never taken away in the middle of something.

    CPython 3.11 runs for ever when a traced function is called while it deals with an ended thread and a second one ends. That
    function is the `remove` of the weak dictionary in which coverage keeps greenlets; of one that lives on it is not called.
    """
    # Else greenlet goes through all objects at the end of each thread, to see who keeps it.
    enable_optional_cleanup(False)
    kept: list[Any] = []
    begin = threading.Thread._bootstrap_inner  # type: ignore[attr-defined]  # `run` is anybody's to replace

    def run(thread: threading.Thread) -> None:
        kept.append(greenlet.getcurrent())
        begin(thread)

    threading.Thread._bootstrap_inner = run  # type: ignore[attr-defined]
