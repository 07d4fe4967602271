"""
What becomes of one reply when its k-th try meets a fault: measured, not told.

Each cell is a conversation of its own through the real adapter, worker and store. The tries before the
k-th are turned away with 429, so that nothing has arrived by then; after it the channel is well again.
"""

from __future__ import annotations

import socket
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

from bot.core.reply import Reply
from bot.ports import Address
from tests.end_to_end.clockwork import Clockwork, make_channel, make_template, open_clockwork
from tests.end_to_end.people import Person
from tests.fakes.serving import Fault

FIRST, SECOND, THIRD = "方便說話", "這次是為了誰", "滿 18 歲"
TRIES: Final = (1, 2, 3)
#: How long the adapter waits in the cells in which it shall lose its patience.
_PATIENCE_S = 1.0
_NEVER_S = 30.0
_TURNED_AWAY = Fault(status=429)
_TELEGRAM = b'{"ok":false,"error_code":%d,"description":"%s"%s}'
_WAIT_S = 20


@dataclass(frozen=True, slots=True)
class Kind:
    """One way in which sending goes wrong. Without a `fault` nobody listens at the address."""

    name: str
    fault: Fault | None
    outlasts: bool = False


def _refuse(status: int, said: str, more: str = "") -> Fault:
    return Fault(status=status, body=_TELEGRAM % (status, said.encode(), more.encode()))


_COMMON: Final = (
    Kind("none", Fault()),
    Kind("slow 200", Fault(delay_s=0.05)),
    Kind("200 that cannot be read", Fault(body=b"<html>")),
    Kind("connection refused", None),
    Kind("connection breaks before it is taken", Fault(drop="before")),
    Kind("connection breaks after it was taken", Fault(drop="after")),
    Kind("no answer in time, not taken", Fault(status=504, delay_s=_NEVER_S), outlasts=True),
    Kind("no answer in time, taken", Fault(delay_s=_NEVER_S), outlasts=True),
)
KINDS: Final[dict[str, tuple[Kind, ...]]] = {
    "line": (
        *_COMMON,
        Kind("429", Fault(status=429)),
        Kind("429, come back later", Fault(status=429, headers={"Retry-After": str(_WAIT_S)})),
        Kind("500", Fault(status=500)),
        Kind("503", Fault(status=503)),
        Kind("400 invalid reply token", Fault(status=400, body=b'{"message":"Invalid reply token"}')),
        Kind("400 of another kind", Fault(status=400, body=b'{"message":"The request body has 1 error(s)"}')),
        Kind("401", Fault(status=401)),
        Kind("403", Fault(status=403)),
    ),
    "telegram": (
        *_COMMON,
        Kind("429", Fault(status=429)),
        Kind(
            "429, come back later",
            _refuse(429, "Too Many Requests", f',"parameters":{{"retry_after":{_WAIT_S}}}'),
        ),
        Kind("500", _refuse(500, "Internal Server Error")),
        Kind("502", Fault(status=502, body=b"<html>Bad Gateway</html>")),
        Kind("400", _refuse(400, "Bad Request: message text is empty")),
        Kind("401", _refuse(401, "Unauthorized")),
        Kind("403, blocked", _refuse(403, "Forbidden: bot was blocked by the user")),
        Kind("403 of another kind", Fault(status=403, body=b"<html>Forbidden</html>")),
    ),
}


@dataclass(frozen=True, slots=True)
class Outcome:
    """
    What became of the reply.

    `state`: the letter's end, `erased` when it went with the person. `seen`: how often they got it by
    itself. `then`: what their next message brings.
    """

    state: str
    tries: int
    seen: int
    then: str


Outcomes = dict[tuple[str, str, int], Outcome]


class Router:
    """The real adapter, whose k-th delivery meets what is planned. Courtesies go through untouched."""

    def __init__(self, work: Clockwork, nowhere: Any, plan: list[Fault | None]) -> None:
        self._work = work
        self._nowhere = nowhere
        self._plan = plan

    def __getattr__(self, name: str) -> Any:
        return getattr(self._work.channel, name)

    @property
    def is_done(self) -> bool:
        """Whether everything that was planned has been met."""
        return not self._plan

    async def deliver(self, address: Address, reply: Reply, *, done: int = 0) -> tuple[str, ...]:
        """Deliver once; with nothing planned as usual."""
        fault = self._plan.pop(0) if self._plan else Fault()
        if fault is None:
            return tuple(await self._nowhere.deliver(address, reply, done=done))
        self._work.fake.fail_next(fault)
        return await self._work.channel.deliver(address, reply, done=done)


async def measure() -> Outcomes:
    """Run every cell, one after the other."""
    with make_template() as template:
        return {
            (channel, kind.name, at): outcome
            for channel, kinds in KINDS.items()
            for outlasts in (False, True)
            for kind, at, outcome in await _run_cells(
                channel, [kind for kind in kinds if kind.outlasts is outlasts], template
            )
        }


async def _run_cells(channel: str, kinds: list[Kind], template: Path) -> list[tuple[Kind, int, Outcome]]:
    patience_s = _PATIENCE_S if kinds[0].outlasts else _NEVER_S
    async with open_clockwork(channel, template, timeout_s=patience_s) as work:
        with _nobody_listens() as address:
            nowhere = make_channel(channel, work.fake, work.clock, api_base=address)
            try:
                return [
                    (kind, at, await _run_cell(work, nowhere, kind, at)) for kind in kinds for at in TRIES
                ]
            finally:
                await nowhere.close()


async def _run_cell(work: Clockwork, nowhere: Any, kind: Kind, at: int) -> Outcome:
    person = work.meet()
    await person.arrive()
    assert FIRST in await person.hear()
    router = Router(work, nowhere, [*[_TURNED_AWAY] * (at - 1), kind.fault])
    work.senders[person.channel] = router
    await person.write("1")
    heard = await person.hear()
    assert router.is_done, "a try never came"
    state, tries = (work.list_letters(person) or [("erased", at)])[-1]
    return Outcome(state, tries, heard.count(SECOND), await _ask_on(person))


async def _ask_on(person: Person) -> str:
    """Let them write a number: an answer to what they saw, or the question that they have not seen."""
    await person.write("1")
    heard = await person.hear()
    if FIRST in heard:
        return "begins anew"
    if SECOND in heard:
        return "asks again"
    assert THIRD in heard
    return "goes on"


@contextmanager
def _nobody_listens() -> Iterator[str]:
    """Hold a port at which connections are refused."""
    with socket.socket() as held:
        held.bind(("127.0.0.1", 0))
        yield f"http://127.0.0.1:{held.getsockname()[1]}"
