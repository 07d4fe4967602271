"""
Starts `frontdoor migrate` many times, and lets it die where it is told to.

A process that has imported everything forks one for each order (a line of JSON on standard input), waits for its end, and
answers with how it ended. In the child runs the command from its first line on; a hook counts each statement, each
commit and each connection that is given back, and kills at one of them, as `kill -9` does.
"""

from __future__ import annotations

import json
import os
import resource
import signal
import sys
from collections.abc import Callable
from typing import Any, NoReturn

from sqlalchemy import Engine, event
from sqlalchemy.pool import Pool

from tests.fakes.newborn import become_program


def main() -> None:
    """Import, say so, and fork until there are no more orders."""
    import bot.__main__
    import bot.commands.service
    import bot.store.migrate
    import bot.wiring.common  # noqa: F401

    print("ready", flush=True)
    living: dict[int, None] = {}
    for line in sys.stdin:
        order = json.loads(line)
        if "wait" in order:
            _, status = os.waitpid(order["wait"], 0)
            living.pop(order["wait"])
            print(os.waitstatus_to_exitcode(status), flush=True)
            continue
        pid = os.fork()
        if pid == 0:
            _be_born(order)
        living[pid] = None
        print(pid, flush=True)
    for pid in living:
        os.kill(pid, signal.SIGKILL)


def _be_born(order: dict[str, Any]) -> NoReturn:
    """Become the program; never returns."""

    def prepare() -> None:
        signal.signal(signal.SIGXFSZ, signal.SIG_DFL)  # Python ignores it, and the write would only fail
        _charge(order)

    become_program(order, ["migrate"], prepare=prepare)


def _charge(order: dict[str, Any]) -> None:
    """
    Leave one letter in a file for each step: a statement (`s`), a commit (`C`), a connection that is given back (`r`).

    At the step `at` it dies, at `stop_at` it stops, and from `limit_at` on it may let no file grow beyond `file_size`.
    """
    counts = os.open(order["counts"], os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600)
    passed = 0

    def pass_by(letter: bytes) -> Callable[..., None]:
        def step(*_: object) -> None:
            nonlocal passed
            passed += 1
            os.write(counts, letter)
            if passed == order.get("at"):
                os.kill(os.getpid(), signal.SIGKILL)
            if passed == order.get("stop_at"):
                os.kill(os.getpid(), signal.SIGSTOP)
            if passed == order.get("limit_at"):
                _limit(order["file_size"])

        return step

    event.listen(Engine, "before_cursor_execute", pass_by(b"s"))
    event.listen(Engine, "commit", pass_by(b"C"))
    event.listen(Pool, "reset", pass_by(b"r"))


def _limit(size: int) -> None:
    """Die within the write that would let a file grow beyond a size."""
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
    resource.setrlimit(resource.RLIMIT_FSIZE, (size, size))


if __name__ == "__main__":
    main()
