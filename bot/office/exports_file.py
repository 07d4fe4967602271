"""The file of an export: how far it is, handing it over once, letting it go. It is streamed from memory and never stored."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import suppress
from typing import Final

from starlette.responses import RedirectResponse, Response, StreamingResponse
from starlette.types import Receive, Scope, Send

from bot.desk.exporting import Exporting, Person
from bot.desk.making import Making
from bot.desk.packing import Packed
from bot.desk.watermark import SHORT_CHARS
from bot.office.auth import hash_token
from bot.office.doors import Door
from bot.office.visit import Visit

PATH: Final = "/exports/progress"
_SEE_OTHER = 303
_CHUNK_BYTES = 64 * 1024
#: How often a page that waits asks again.
_REFRESH_S = 2


async def progress(visit: Visit) -> Response:
    """Show how far it is. The page fetches itself anew while it is being made; `?still=1` leaves it as it is."""
    person = person_of(visit)
    making = visit.office.parts.exporting.find(person)
    is_here = making is not None and making.session == person.session
    state = "nothing" if making is None else making.state
    response = visit.render(
        "exports_progress.html",
        making=making,
        state=state if is_here or making is None else "elsewhere",
        is_still=bool(visit.request.query_params.get("still")),
        short=SHORT_CHARS,
    )
    if is_here and state in {"working", "taken"} and not visit.request.query_params.get("still"):
        response.headers["refresh"] = f"{_REFRESH_S}; url={PATH}"
    return response


async def download(visit: Visit) -> Response:
    """Hand the file over, once, to the sign-in that asked for it."""
    exporting = visit.office.parts.exporting
    taken = await exporting.take(person_of(visit))
    if taken is None:
        return RedirectResponse(PATH, _SEE_OTHER)
    return _Handed(exporting, *taken)


async def cancel(visit: Visit) -> Response:
    """Stop making it, or let the file go."""
    visit.office.parts.exporting.cancel(person_of(visit))
    return RedirectResponse("/exports", _SEE_OTHER)


class _Over(Exception):
    """The file was let go while it was being sent: the vault closed, the session ended, or its time did."""


class _Handed(StreamingResponse):
    """The bytes of a file as an attachment. Only when the last of them was sent does it count as handed over."""

    def __init__(self, exporting: Exporting, making: Making, packed: Packed) -> None:
        headers = {
            "content-disposition": f'attachment; filename="{packed.name}"',
            "content-length": str(len(packed.content)),
        }
        super().__init__(self._give(packed.content), media_type=packed.media_type, headers=headers)
        self._exporting = exporting
        self._making = making
        self._is_sent = False

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Send it; what was cut off may be fetched again, unless whoever fetches it may not have it any more."""
        try:
            with suppress(_Over):  # an answer without an end: the server closes the connection
                await super().__call__(scope, receive, send)
        finally:
            await self._settle()

    async def _settle(self) -> None:
        if self._is_sent:
            await self._exporting.deliver(self._making)
        else:
            self._exporting.give_back(self._making)

    async def _give(self, content: bytes) -> AsyncIterator[bytes]:
        for start in range(0, len(content), _CHUNK_BYTES):
            if self._making.over.is_set():
                raise _Over
            yield content[start : start + _CHUNK_BYTES]
        self._is_sent = True


def person_of(visit: Visit) -> Person:
    """Say who exports, in which sign-in."""
    return Person(visit.member.account_id, visit.member.name, hash_token(visit.token))


DOORS = (
    Door(PATH, "GET", progress, right="export"),
    Door("/exports/file", "POST", download, right="export"),
    Door("/exports/cancel", "POST", cancel, right="export"),
)
