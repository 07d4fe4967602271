"""
Starts programs quickly: a process that has imported everything, and forks one for each order.

What runs in the child is `frontdoor serve` from its first line on, by its own settings; only the imports are there
already, which a cold start spends most of its time on. Orders are lines of JSON on standard input; the answer is the
process id. The children die with it.
"""

from __future__ import annotations

import ctypes
import json
import os
import signal
import sys
from typing import Any, NoReturn

from tests.fakes.newborn import become_program

_DIE_WITH_PARENT = 1  # PR_SET_PDEATHSIG


def main() -> None:
    """Import, say so, and fork until there are no more orders."""
    _import_everything()
    signal.signal(signal.SIGCHLD, signal.SIG_IGN)  # nobody waits for them: the dead leave nothing behind
    sys.stdout.write("ready\n")
    sys.stdout.flush()
    for line in sys.stdin:
        order = json.loads(line)
        pid = os.fork()
        if pid == 0:
            _be_born(order)
        sys.stdout.write(f"{pid}\n")
        sys.stdout.flush()


def _import_everything() -> None:
    import uvicorn.lifespan.off
    import uvicorn.loops.uvloop  # noqa: F401
    import uvloop  # noqa: F401

    import bot.__main__
    import bot.channels.line_client
    import bot.channels.telegram_client
    import bot.programs
    import bot.wiring.checking
    import bot.wiring.common
    import bot.wiring.front  # noqa: F401


def _be_born(order: dict[str, Any]) -> NoReturn:
    """Become the program; never returns."""
    ctypes.CDLL(None).prctl(_DIE_WITH_PARENT, signal.SIGKILL)
    signal.signal(signal.SIGCHLD, signal.SIG_DFL)
    become_program(order, order["args"])


if __name__ == "__main__":
    main()
