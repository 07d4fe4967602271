"""
Three replicas on one PostgreSQL behind a balancer, on this machine: one dies, then all are replaced, and people notice nothing.

    make run-cluster                       # goes on until Ctrl-C; then try the web chat at the address that it prints
    make run-cluster CLUSTER="--once --span 3 --port 0"

People are played, through a fake LINE that redelivers; what they saw and what is stored of them is judged at the end.
"""

from __future__ import annotations

import argparse
import asyncio
import logging
import secrets
import shutil
import signal
import sys
import tempfile
from pathlib import Path

from tests.chaos.__main__ import _find_memory, run_server
from tests.chaos.databases import open_postgres
from tests.chaos.verdict import Verdict
from tests.cluster.show import open_show


def main() -> int:
    """Run it. 0: nothing was found, also where Ctrl-C ended it; 1: something was; 2: it cannot start."""
    asked = _read_arguments()
    logging.getLogger("uvicorn.error").setLevel(logging.CRITICAL)  # what dies breaks connections on purpose
    folder = Path(tempfile.mkdtemp(prefix="frontdoor-cluster-", dir=_find_memory()))
    try:
        return asyncio.run(_run(asked, folder))
    except (KeyboardInterrupt, asyncio.CancelledError):
        _say("stopped")
        return 0
    except OSError as fault:
        print(f"cannot start: {fault}; another port: make run-cluster CLUSTER='--port 8085'", file=sys.stderr)
        return 2
    finally:
        shutil.rmtree(folder, ignore_errors=True)


async def _run(asked: argparse.Namespace, folder: Path) -> int:
    me = asyncio.current_task()
    assert me
    asyncio.get_running_loop().add_signal_handler(
        signal.SIGTERM, me.cancel
    )  # as Ctrl-C: nothing stays behind
    seed = asked.seed or secrets.randbelow(10**9)
    _say(f"starting PostgreSQL; seed {seed}")
    with run_server() as server:
        async with open_postgres(server) as database:
            opened = open_show(
                server, database, folder, say=_say, seed=seed, span_s=asked.span, port=asked.port
            )
            async with opened as show:
                verdict = await show.play()
                _tell(verdict, events=show.stage.post.taken, people=len(show.stage.walkers))
                if not asked.once:
                    _say(f"it goes on: the web chat is at {show.balancer.url}/chat; Ctrl-C ends everything")
                    await asyncio.Event().wait()
    return 0 if verdict.is_clean else 1


def _tell(verdict: Verdict, *, events: int, people: int) -> None:
    found = ", ".join(f"{name} {count}" for name, count in verdict.counts().items())
    _say(f"{events} events of {people} people: {found}")
    for note in verdict.notes[:10]:
        _say(f"  {note[:400]}")


def _say(what: str) -> None:
    print(what, flush=True)


def _read_arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="python -m tests.cluster", description=__doc__)
    parser.add_argument("--port", type=int, default=8080, help="of the balancer; 0: a free one")
    parser.add_argument("--span", type=float, default=5.0, help="seconds for which each act is looked at")
    parser.add_argument("--seed", type=int, default=0, help="a new one if 0")
    parser.add_argument("--once", action="store_true", help="end after the verdict")
    return parser.parse_args()


if __name__ == "__main__":
    sys.exit(main())
