"""
What `frontdoor handoffs` does. Lists show ids and ages only; what people wrote goes into files, or to whoever asked for it.

It must never print why a record does not open, or anything of one that does not.
"""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Iterable, Sequence
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path
from typing import TypeVar

import typer

from bot.commands.placing import is_open_to_others, place_files
from bot.desk.erasing import Erased, erase_what_is_over
from bot.desk.export import SHORT_ID_CHARS, Exported, Format, export
from bot.desk.reading import Failure, OpenRequest, read_requests
from bot.desk.safe_text import strip_controls
from bot.desk.table import say_time
from bot.desk.watermark import COMMAND_LINE, Watermark
from bot.pack import load_pack
from bot.ports import Status, StoredHandoff
from bot.settings import Settings
from bot.wiring.common import new_id, utc_now
from bot.wiring.desk import Desk, build_opener, open_desk

_T = TypeVar("_T")
_DAYS_FROM = timedelta(hours=48)


@dataclass(frozen=True, slots=True)
class Wanted:
    """Which handoffs are meant: those whose id begins so, of that status. Empty: all of them."""

    ids: tuple[str, ...] = ()
    status: Status | None = None


def list_handoffs(settings: Settings, *, status: Status | None) -> None:
    """Print a line for each: id, age, how far it is, what was asked about it."""
    now = utc_now()
    found = _with_desk(settings, lambda desk: desk.store.list_handoffs(status))
    for one in found:
        asked = " ".join(request.kind for request in one.requests)
        typer.echo(
            f"{strip_controls(one.id)}  {_say_age(now - one.created_at):>6}  {one.status:<11}  {asked}".rstrip()
        )
    typer.echo(f"{len(found)} handoffs")


def export_handoffs(
    settings: Settings, wanted: Wanted, *, fmt: Format, out: Path, identities: Sequence[Path]
) -> int:
    """Write files, then note that these were opened; returns 1 when something could not be read."""
    opener = build_opener(settings, identities, ask=_ask)
    pack, now = load_pack(), utc_now()

    async def work(desk: Desk) -> Exported:
        found = _choose(await desk.store.list_handoffs(wanted.status), wanted.ids)
        mark = Watermark(COMMAND_LINE, now, new_id())
        for one in found:
            await desk.note("exported", one.id, format=fmt, export=mark.export_id)
        await desk.note("exported", mark.export_id, format=fmt, count=len(found))
        exported = export(
            found,
            form=pack.form,
            opener=opener,
            fmt=fmt,
            now=now,
            mark=mark,
            referrer=pack.referrer,
            demo=settings.is_demo,
        )
        for path in place_files(exported.files, out):
            typer.echo(str(path))
        for one in found:  # only now: who is noted as opened may be erased some day
            if one.id in exported.handoffs:
                read, _ = read_requests(one, opener=opener)
                await desk.store.mark_opened(one.id, now, requests=[request.id for request in read])
        return exported

    exported = _with_desk(settings, work)
    if exported.files and is_open_to_others(out):
        typer.echo(
            f"note: others on this machine can see the names in {out}; run `chmod 700 {out}`", err=True
        )
    typer.echo(f"{len(exported.handoffs)} handoffs exported, {len(exported.failures)} failures")
    return _tell(exported.failures)


def show_requests(settings: Settings, *, identities: Sequence[Path]) -> int:
    """Print what was asked about which handoff, then note that it was read; returns 1 when something could not be."""
    opener = build_opener(settings, identities, ask=_ask)

    async def work(desk: Desk) -> tuple[Sequence[StoredHandoff], list[Failure]]:
        found, failures = await desk.store.list_handoffs(), list[Failure]()
        for one in found:
            read, unread = read_requests(one, opener=opener)
            for request in read:
                _show_request(one.id, request)
            await desk.store.mark_seen([request.id for request in read], utc_now())
            failures += unread
        return found, failures

    found, failures = _with_desk(settings, work)
    typer.echo(f"{sum(len(one.requests) for one in found)} requests")
    return _tell(failures)


def set_status(settings: Settings, beginning: str, status: Status) -> int:
    """Set the status of one handoff."""
    _refuse_short(beginning)

    async def work(desk: Desk) -> str:
        [one] = _choose(await desk.store.list_handoffs(), [beginning])
        await desk.note("status_set", one.id, before=one.status, now=status)
        # Who works by command reads exports, which mark what is in them; what cannot be read is closed here as well.
        await desk.store.set_status(one.id, status, utc_now(), counts_as_opened=True)
        return one.id

    typer.echo(f"{_with_desk(settings, work)}  {status}")
    return 0


def erase(settings: Settings, beginning: str, *, confirmed: bool) -> int:
    """Erase one handoff for good: a withdrawal that was confirmed. The ledger knows it first."""
    _refuse_short(beginning)

    async def choose(desk: Desk) -> str:
        [one] = _choose(await desk.store.list_handoffs(), [beginning])
        return one.id

    id_ = _with_desk(settings, choose)
    if not confirmed and not typer.confirm(f"erase {id_} for good?"):
        typer.echo("nothing was erased")
        return 1

    async def work(desk: Desk) -> None:
        await desk.note("erased", id_)
        await desk.store.erase([id_])

    _with_desk(settings, work)
    typer.echo(f"{id_}  erased")
    return 0


def erase_due(settings: Settings, *, even_so: bool) -> None:
    """
    Replay the ledger, then erase what is due; audit log and ledger have the ids before anything is erased.

    `even_so`: somebody says that the clock is right, however long nobody looked.
    """

    async def work(desk: Desk) -> Erased:
        return await erase_what_is_over(
            desk.store, desk.ledger, desk.note, mark=desk.mark, now=utc_now(), even_so=even_so
        )

    erased = _with_desk(settings, work)
    for id_ in erased.due:
        typer.echo(id_)
    typer.echo(f"{len(erased.due)} handoffs erased, {len(erased.again)} erased again after a restore")


def _with_desk(settings: Settings, work: Callable[[Desk], Awaitable[_T]]) -> _T:
    async def run() -> _T:
        async with open_desk(settings) as desk:
            return await work(desk)

    return asyncio.run(run())


def _choose(found: Iterable[StoredHandoff], beginnings: Sequence[str]) -> list[StoredHandoff]:
    """Return those whose id begins so, in their order. BadParameter: a beginning fits none, or several."""
    handoffs = list(found)
    if not beginnings:
        return handoffs
    ids = {_find(handoffs, beginning) for beginning in beginnings}
    return [one for one in handoffs if one.id in ids]


def _refuse_short(beginning: str) -> None:
    """BadParameter: so few characters that a slip may fit another's case, of which nothing may be left then."""
    if len(beginning) < SHORT_ID_CHARS:
        raise typer.BadParameter(
            f"give at least the first {SHORT_ID_CHARS} characters of the id; look it up with `frontdoor handoffs list`"
        )


def _find(handoffs: Iterable[StoredHandoff], beginning: str) -> str:
    fitting = [one.id for one in handoffs if beginning and one.id.startswith(beginning.lower())]
    if len(fitting) != 1:
        raise typer.BadParameter(
            f"{len(fitting)} handoffs have an id that begins so; look it up with `frontdoor handoffs list`"
        )
    return fitting[0]


def _show_request(id_: str, request: OpenRequest) -> None:
    typer.echo(f"{id_[:SHORT_ID_CHARS]}  {say_time(request.created_at)}  {request.kind}")
    for line in strip_controls(
        request.words
    ).splitlines():  # set off, so that words cannot pass for a line of ours
        typer.echo(f"    | {line}")


def _tell(failures: Iterable[Failure]) -> int:
    told = [f"failed: {strip_controls(one.id)}  {one.part}  {one.what}" for one in failures]
    for line in told:
        typer.echo(line, err=True)
    return 1 if told else 0


def _say_age(age: timedelta) -> str:
    hours = max(int(age / timedelta(hours=1)), 0)
    return f"{hours} h" if age < _DAYS_FROM else f"{hours // 24} d"


def _ask(path: Path) -> str:
    words: str = typer.prompt(f"Passphrase of {path.name}", hide_input=True, err=True)
    return words
