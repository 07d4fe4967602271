"""Run a program until it is told to stop: listen, deliver, finish what is in hand, leave."""

from __future__ import annotations

import asyncio
import sys
from collections.abc import Coroutine
from typing import Any, TypeVar

import uvicorn
from starlette.types import ASGIApp

from bot.settings import Settings
from bot.worker import Worker

_T = TypeVar("_T")
#: Seconds given to requests and letters in hand at shutdown; more than any timeout of a channel.
_GRACE_S = 10


async def run_front(settings: Settings) -> None:
    """Serve the public program."""
    from bot.wiring.front import open_front  # noqa: PLC0415 - neither program loads the other

    async with open_front(settings) as front:
        worker = asyncio.create_task(front.worker.run())
        try:
            await _listen(front.app, settings.host, settings.port)
        finally:
            await _finish(front.worker, worker)


async def run_office(settings: Settings) -> None:
    """Serve the back office."""
    from bot.wiring.office import open_office  # noqa: PLC0415 - as above

    async with open_office(settings) as app:
        await _listen(app, settings.office_host, settings.office_port)


def run(program: Coroutine[Any, Any, _T]) -> _T:
    """Run on uvloop where there is one."""
    if sys.platform == "win32":
        return asyncio.run(program)
    import uvloop  # noqa: PLC0415 - it exists on these platforms only

    return uvloop.run(program)


async def _listen(app: ASGIApp, host: str, port: int) -> None:
    config = uvicorn.Config(
        app,
        host=host,
        port=port,
        log_config=None,
        access_log=False,  # paths and addresses are nobody's business
        server_header=False,
        proxy_headers=False,
        timeout_graceful_shutdown=_GRACE_S,
        limit_concurrency=1000,
        backlog=2048,
        h11_max_incomplete_event_size=64 * 1024,
    )
    await uvicorn.Server(config).serve()


async def _finish(worker: Worker, task: asyncio.Task[None]) -> None:
    worker.stop()
    await asyncio.wait({task}, timeout=_GRACE_S)
    task.cancel()
