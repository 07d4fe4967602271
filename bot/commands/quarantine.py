"""What `frontdoor quarantine` does. It shows where the program failed, and never what somebody wrote."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from typing import TypeVar

import typer

from bot.core.taipei import TAIPEI
from bot.crypto import RootVault
from bot.keys import read_root
from bot.ports import Kept, Quarantine
from bot.settings import Settings
from bot.store.quarantine import KEPT_FOR
from bot.store.sql import open_store

_T = TypeVar("_T")


def list_records(settings: Settings) -> None:
    """Print a line for each record: id, hour, channel, kind, fault, place."""

    async def look(quarantine: Quarantine) -> None:
        records = await quarantine.list_kept()
        for record in records:
            typer.echo(_draw(record))
        typer.echo(f"{len(records)} in quarantine")

    _ask(settings, look)


def show_record(settings: Settings, record_id: str) -> int:
    """Print one with its shape; returns the exit status."""

    async def look(quarantine: Quarantine) -> int:
        record = await quarantine.find(record_id)
        if record is None:
            typer.echo(f"{record_id}: not in quarantine", err=True)
            return 1
        typer.echo(_draw(record))
        typer.echo(record.shape if record.shape is not None else "its key is gone")
        return 0

    return _ask(settings, look)


def drop_records(settings: Settings, record_id: str) -> int:
    """Destroy one, or all where no id is given; returns the exit status."""

    async def destroy(quarantine: Quarantine) -> int:
        ids = [record_id] if record_id else [record.id for record in await quarantine.list_kept()]
        dropped = sum([await quarantine.drop(one) for one in ids])
        typer.echo(f"{dropped} destroyed")
        return 0 if dropped == len(ids) else 1

    return _ask(settings, destroy)


def _draw(record: Kept) -> str:
    hour = (record.until - KEPT_FOR).astimezone(TAIPEI).strftime("%Y-%m-%d %H:%M")
    return f"{record.id}  {hour}  {record.channel}  {record.kind}  {record.fault} at {record.place}"


def _ask(settings: Settings, question: Callable[[Quarantine], Awaitable[_T]]) -> _T:
    async def run() -> _T:
        store = open_store(settings.database, RootVault(read_root(settings.env, settings.data_dir)))
        try:
            return await question(store.quarantine)
        finally:
            await store.close()

    return asyncio.run(run())
