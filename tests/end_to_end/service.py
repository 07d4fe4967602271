"""The whole public program on a free port, with its worker, as `frontdoor serve` runs it."""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import AsyncIterator
from dataclasses import dataclass
from pathlib import Path

from bot.pack import Pack, load_pack
from bot.settings import Settings
from bot.wiring.common import prepare
from bot.wiring.front import Front, open_front
from tests.serving import Server, listen

SECRETS = {"line_channel_secret": "channel-secret", "line_channel_access_token": "channel-access-token"}
PACK: list[Pack] = []
#: People of tests write faster than anybody can; tests of the limits set their own.
PATIENT = {"person_per_minute": 60_000, "person_burst": 60_000}


@dataclass(frozen=True, slots=True)
class Service:
    """A running program: its address, its parts, its data directory."""

    url: str
    front: Front
    settings: Settings


def load_pack_once() -> Pack:
    """Loading takes half a second; the data do not change while tests run."""
    if not PACK:
        PACK.append(load_pack())
    return PACK[0]


@contextlib.asynccontextmanager
async def run_service(data_dir: Path, database_url: str = "", **more: object) -> AsyncIterator[Service]:
    """Run it until the test is over."""
    listener = listen()
    port = listener.getsockname()[1]
    settings = Settings(
        _env_file=None,  # type: ignore[call-arg]  # a developer's own .env must not reach tests
        data_dir=data_dir,
        database_url=database_url,
        public_url=f"http://127.0.0.1:{port}",
        **{**PATIENT, **more},  # type: ignore[arg-type]  # names of settings
    )
    await asyncio.to_thread(prepare, settings)
    async with open_front(settings, load_pack_once()) as front:
        server = Server(front.app)
        serving = asyncio.create_task(server.serve(sockets=[listener]))
        working = asyncio.create_task(front.worker.run())
        while not server.started:  # noqa: ASYNC110  # uvicorn offers a flag only
            await asyncio.sleep(0.005)
        try:
            yield Service(settings.origin, front, settings)
        finally:
            server.stop()
            front.worker.stop()
            await serving
            await working
