"""A child of a process that has imported everything becomes `frontdoor`, from its first line on."""

from __future__ import annotations

import os
import sys
from collections.abc import Callable, Sequence
from typing import Any, NoReturn


def become_program(
    order: dict[str, Any], args: Sequence[str], *, prepare: Callable[[], None] | None = None
) -> NoReturn:
    """
    Run `frontdoor` with these arguments by the order's `env`, `cwd` and `log`, and end the process.

    `prepare` is called last, when all that belongs to the child alone stands.
    """
    log = os.open(order["log"], os.O_WRONLY | os.O_CREAT | os.O_APPEND, 0o600)
    os.dup2(os.open(os.devnull, os.O_RDONLY), 0)
    for stream in (1, 2):
        os.dup2(log, stream)
    os.environ.clear()
    os.environ.update(order["env"])
    os.chdir(order["cwd"])
    if prepare:
        prepare()
    sys.argv = ["frontdoor", *args]
    status = 1
    try:
        from bot.__main__ import main as run

        run()
        status = 0
    except SystemExit as end:
        status = int(end.code or 0)
    finally:
        sys.stdout.flush()
        sys.stderr.flush()
        os._exit(status)
