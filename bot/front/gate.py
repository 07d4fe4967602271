"""
How much may come from one source to the web page, and what strangers show when it is too much.

A source is an address as our own proxy tells it, counted in memory under a hash that dies with the process. Many
people may share one, so nobody is shut out for it: beyond its budget each act of a page brings a solved puzzle, which
its script does by itself. A page without scripts has a slower budget instead.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Literal, NoReturn

from starlette.requests import Request

from bot.core.inputs import Edited, Input, Typed
from bot.core.needed import Needed
from bot.core.source import find_source
from bot.errors import StoreDown
from bot.front.puzzle import Puzzles
from bot.limits import Buckets, Recent, TellSeconds
from bot.ports import NotSent, Opened, Sent

#: In proportion to the acts of a source: looks are cheap, solved puzzles are meant, and slow is slow.
_LOOKS, _PROVED, _SLOW = 3, 5, 0.1
#: Whoever acted within this is no stranger when it gets busy.
_KNOWN_S = 600.0
#: Acts without scripts, of all sources together, while it is busy.
_SLOW_IN_ALL = 300
#: Beyond every budget: what one seat may still say in danger or to have everything erased, at once and in a minute.
_NEEDED_OF_A_SEAT = 5
#: Characters of a source that are searched for that in a minute; to search more would cost others their turn.
_HEARD_CHARS = 300_000
#: Stands for everybody whose source cannot be told.
_ANYWHERE = "anywhere"

Verdict = Literal["in", "prove", "wait"]


def _never() -> bool:
    return False


def _count_nothing(_what: str) -> None:
    """Nobody counts."""


@dataclass(frozen=True, slots=True)
class Budgets:
    """
    What one source may do, and what all strangers without scripts may together.

    `needed` are acts that are heard beyond the others, of a source and of a seat; `heard` is what is searched for them.
    """

    acts: Buckets
    looks: Buckets
    proved: Buckets
    slow: Buckets
    slow_in_all: Buckets
    exits: Buckets
    needed: Buckets
    needed_of_seat: Buckets
    heard: Buckets


def make_budgets(per_minute: int, *, clock: TellSeconds = time.monotonic) -> Budgets:
    """Make the budgets of a process, `per_minute` acts of a source, and twice as many at once."""

    def make(share: float) -> Buckets:
        return Buckets(share * per_minute, max(2 * share * per_minute, 1), clock=clock)

    in_all = Buckets(_SLOW_IN_ALL, _SLOW_IN_ALL, clock=clock)
    of_seat = Buckets(_NEEDED_OF_A_SEAT, _NEEDED_OF_A_SEAT, clock=clock)
    heard = Buckets(_HEARD_CHARS, _HEARD_CHARS, clock=clock)
    return Budgets(
        make(1), make(_LOOKS), make(_PROVED), make(_SLOW), in_all, make(1), make(1), of_seat, heard
    )


class Gate:
    """
    Stands before the pages. `is_busy`: so much is in hand that strangers should show that they mean it. `needed` knows
    what is heard all the same.

    `count` is told of each act that was asked to `prove` or `wait`; it must not wait and must not raise.
    """

    def __init__(
        self,
        budgets: Budgets,
        puzzles: Puzzles,
        *,
        needed: Needed | None = None,
        is_busy: Callable[[], bool] = _never,
        count: Callable[[str], None] = _count_nothing,
        clock: TellSeconds = time.monotonic,
    ) -> None:
        self._budgets = budgets
        self._puzzles = puzzles
        self._needed = needed
        self._is_busy = is_busy
        self._count = count
        self._known = Recent(_KNOWN_S, clock=clock)

    def admit(self, source: str, seat: str, fields: Mapping[str, object], *, has_script: bool) -> Verdict:
        """Say whether an act may go on: `in`, after a puzzle (`prove`), or later (`wait`)."""
        if not self._is_too_much(source, seat):
            return "in"
        verdict = self._judge(source, seat, fields) if has_script else self._judge_slow(source)
        if verdict != "in":
            self._count(verdict)
        return verdict

    def ask(self, seat: str, fields: Mapping[str, object]) -> Mapping[str, object]:
        """Return the puzzle of an act."""
        return self._puzzles.ask(seat, _name_delivery(fields))

    def must_hear(self, source: str, seat: str, what: Input) -> bool:
        """
        Say whether an act that should wait goes on all the same: words of danger, a human, the erasure.

        A few of each seat, and of a source no more than it may do otherwise: seats cost nothing.
        """
        budgets, here = self._budgets, source or _ANYWHERE
        if self._needed is None or not self._is_needed(self._needed, here, what):
            return False
        is_heard = budgets.needed_of_seat.take(seat) and budgets.needed.take(here)
        if is_heard:
            self._count("pressing")
        return is_heard

    def may_leave(self, source: str) -> bool:
        """Whether an exit is carried out at once; else a little later, behind the person."""
        return not source or self._budgets.exits.take(source)

    def is_known(self, seat: str) -> bool:
        """Whether an act of this seat was stored a moment ago."""
        return self._known.holds(seat)

    def may_step(self, source: str) -> bool:
        """Whether a page whose whole content would be lost with a refusal may go on: a step of the form, a code."""
        budgets = self._budgets
        return not source or budgets.acts.take(source) or budgets.proved.take(source)

    def may_look(self, source: str) -> bool:
        """Whether a page may be drawn with what the database knows."""
        return not source or self._budgets.looks.take(source)

    def remember(self, seat: str) -> None:
        """Note that an act of this seat was stored."""
        self._known.note(seat)

    def _is_needed(self, needed: Needed, here: str, what: Input) -> bool:
        match what:
            case Typed(text=text) | Edited(text=text):
                is_alarm = self._budgets.heard.take(here, len(text)) and needed.is_alarm(text)
                return is_alarm or needed.is_way_out(what)
        return needed.is_way_out(what)

    def _is_too_much(self, source: str, seat: str) -> bool:
        is_over = bool(source) and not self._budgets.acts.take(source)
        return is_over or (self._is_busy() and not self._known.holds(seat))

    def _judge(self, source: str, seat: str, fields: Mapping[str, object]) -> Verdict:
        if not self._puzzles.is_solved(fields.get("proof"), seat, _name_delivery(fields)):
            return "prove"
        return "in" if not source or self._budgets.proved.take(source) else "wait"

    def _judge_slow(self, source: str) -> Verdict:
        is_in = not source or self._budgets.slow.take(source)
        return "in" if is_in and self._budgets.slow_in_all.take("all") else "wait"


class BusyDesk:
    """A `Desk` that is down: the form's page then says so and keeps everything that was filled in."""

    async def open_page(self, token: str, seat: str) -> Opened | None:  # noqa: ARG002 - the port's shape
        """Refuse."""
        _refuse()

    async def check_page(self, seat: str, *, renew: bool = False) -> Literal["open", "late", "gone"]:  # noqa: ARG002 - as above
        """Refuse."""
        _refuse()

    async def submit(self, *_: object, **__: object) -> Sent | NotSent:
        """Refuse."""
        _refuse()

    async def give_up(self, seat: str) -> None:  # noqa: ARG002 - as above
        """Refuse."""
        _refuse()


def find_request_source(request: Request) -> str:
    """Name the source of a request; empty where it cannot be told from others."""
    return find_source(request.client.host) if request.client else ""


def _refuse() -> NoReturn:
    raise StoreDown("too much from one source")


def _name_delivery(fields: Mapping[str, object]) -> str:
    delivery = fields.get("delivery")
    return delivery if isinstance(delivery, str) else ""
