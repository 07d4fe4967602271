"""
Taking handoffs out of the back office: who may, who must agree, what is noted first, what is marked afterwards.

Nothing is opened before the audit log has a line for each handoff. Nothing that was made is kept: it lies in memory until
it is fetched, for minutes. Sources: SECURITY T6, T19, §1 rule 9, §6; §8, ASVS 2.3.5 (two persons).
"""

from __future__ import annotations

import hashlib
import logging
from collections.abc import Awaitable, Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Final, Literal

from bot.desk.acts import CARING, REASONS, Reason
from bot.desk.approving import Approvers, Bar
from bot.desk.audit import is_id, write_detail
from bot.desk.export import FORMATS, Format, Printer
from bot.desk.making import Board, Making
from bot.desk.packing import Order, Packed, pack
from bot.desk.paper import print_sheet
from bot.desk.reading import Opens
from bot.desk.revealed import MOST_ALONE, read_day
from bot.desk.vaults import Vaults
from bot.desk.watermark import Watermark
from bot.errors import StoreDown
from bot.form.model import Form
from bot.log import log_incident
from bot.ports import (
    Audit,
    AuditEntry,
    AuditStore,
    AuditWanted,
    Clock,
    DeskStore,
    ExportRequest,
    ExportStore,
    StaffStore,
    StoredHandoff,
    WaysStore,
)

#: Into one file go so many; whoever has more takes them out in parts, or by the command line.
MOST: Final = 300
#: How long a large export waits for the second person, and then for the first to fetch it.
APPROVED_WITHIN: Final = timedelta(hours=1)
_log = logging.getLogger(__name__)

#: What came of asking for an export. `started`: it is being made. `asked`: it waits for a second person.
#: `two`: it needs one, and nothing was done. The others are refusals: the vault is closed; the account makes one
#: already; too many make one; more than `MOST`; none of the handoffs is there; it is not (or no longer) to be fetched.
Answer = Literal["started", "asked", "two", "locked", "busy", "full", "many", "gone", "not_ready"]


@dataclass(frozen=True, slots=True)
class Person:
    """Who exports. `session`: what names this sign-in in the database, the hash of its token; the vault is open for it."""

    account_id: str
    name: str
    session: str = field(repr=False)


@dataclass(frozen=True, slots=True)
class Wanted:
    """Which handoffs are wanted, in what format and why."""

    handoff_ids: tuple[str, ...]
    fmt: Format
    reason: Reason


@dataclass(frozen=True, slots=True)
class Waiting:
    """
    A large export as the second person sees it: nothing of what stands in it.

    `asked_by`, `approved_by`: names. `oldest`, `newest`: when the first and the last of its handoffs were sent;
    None: none of them is there any more.
    """

    request: ExportRequest
    asked_by: str
    approved_by: str
    oldest: datetime | None
    newest: datetime | None


@dataclass(frozen=True, slots=True)
class Means:
    """What exporting works with. `is_ours`: whether a line of the log says what this desk signed."""

    handoffs: DeskStore
    exports: ExportStore
    staff: StaffStore
    ways: WaysStore
    audit: Audit
    log: AuditStore
    vaults: Vaults
    form: Form
    referrer: Mapping[str, str]
    clock: Clock
    new_id: Callable[[], str]
    demo: bool
    is_ours: Callable[[AuditEntry], bool]
    printer: Printer = print_sheet


@dataclass(frozen=True, slots=True)
class _Export:
    """An export that may go ahead. `is_approved`: by a second person."""

    id: str
    person: Person
    wanted: Wanted
    found: Sequence[StoredHandoff] = field(repr=False)
    opener: Opens = field(repr=False)
    is_approved: bool = False


class Exporting:
    """Exports of one office; `close` it at the end. StoreDown and AuditDown from whatever is asked of it."""

    def __init__(self, means: Means, *, look_every_s: float = 2.0, moment_s: float = 1.5) -> None:
        """`moment_s`: a page is not kept waiting longer than this for a file that is there at once."""
        self._means = means
        self._moment_s = moment_s
        self._board = Board(means.clock, self._may_stay, look_every_s=look_every_s)
        self._approvers = Approvers(means.staff, means.ways, means.vaults, means.clock)
        self._warned: frozenset[str] = frozenset()
        self._drafts: dict[str, Wanted] = {}

    async def start(self, person: Person, wanted: Wanted) -> Answer:
        """Make a file of these, if one person may: note it, then open them."""
        return await self._begin(person, lambda opener: self._alone(person, wanted, opener))

    async def fetch(self, person: Person, export_id: str) -> Answer:
        """Make the file of a large export that was approved; it can be asked for once."""
        return await self._begin(person, lambda opener: self._approved(person, export_id, opener))

    async def ask(self, person: Person, wanted: Wanted) -> Answer:
        """Let a large export wait for a second person."""
        found = await self._find(wanted.handoff_ids)
        if not found or len(found) > MOST:
            return "many" if found else "gone"
        if self._means.vaults.state(person.account_id, person.session) != "open":
            return "locked"
        now, export_id = self._means.clock(), self._means.new_id()
        detail: dict[str, str | int] = {
            "format": wanted.fmt,
            "count": len(found),
            "reason": wanted.reason,
        }
        await self._means.audit.write(
            "export_asked", actor=person.account_id, subject=export_id, detail=detail
        )
        ids = tuple(one.id for one in found)
        await self._means.exports.add_export(
            ExportRequest(
                export_id, person.account_id, now, wanted.fmt, wanted.reason, ids, now + APPROVED_WITHIN
            )
        )
        return "asked"

    async def find_bar(self, person: Person) -> Bar | None:
        """Say why somebody may not approve anything now. None: they may."""
        return await self._approvers.find_bar(person.account_id, person.session)

    async def approve(self, person: Person, export_id: str) -> bool:
        """Agree to somebody else's export. False: it is gone, approved already, one's own, or one may not (`find_bar`)."""
        account_id = person.account_id
        request = await self._find_request(export_id)
        if request is None or request.approved_by or request.asked_by == account_id:
            return False
        if await self.find_bar(person) is not None:
            return False
        detail = _say_approved(request)
        await self._means.audit.write("export_approved", actor=account_id, subject=export_id, detail=detail)
        return await self._means.exports.approve_export(export_id, account_id, self._means.clock())

    async def list_waiting(self) -> Sequence[Waiting]:
        """Return large exports that were not fetched yet, oldest first."""
        requests = [
            one
            for one in await self._means.exports.list_exports(self._means.clock())
            if one.fetched_at is None
        ]
        if not requests:
            return ()
        names = {one.id: one.name for one in await self._means.staff.list_accounts()}
        sent = {one.id: one.created_at for one in await self._means.handoffs.list_handoffs()}
        return tuple(_describe(one, names, sent) for one in requests)

    def remember(self, person: Person, wanted: Wanted) -> None:
        """Keep a choice while its person proves who they are: ids and codes, one for each account."""
        self._drafts[person.account_id] = wanted

    def recall(self, person: Person) -> Wanted | None:
        """Return the choice that was kept, once."""
        return self._drafts.pop(person.account_id, None)

    def find(self, person: Person) -> Making | None:
        """Return what this account is making, or made last."""
        return self._board.find(person.account_id)

    async def take(self, person: Person) -> tuple[Making, Packed] | None:
        """Take the file that waits, once. Then `deliver` it, or `give_back` what did not arrive."""
        return await self._board.take(person.account_id, person.session)

    def give_back(self, making: Making) -> None:
        """It did not arrive, and may be taken again."""
        self._board.give_back(making)

    async def deliver(self, making: Making) -> None:
        """It arrived: let it go, and mark its handoffs as opened, as whoever has them reads them and takes care of them."""
        making.end("fetched")
        try:
            for handoff_id, requests in making.list_marks():
                await self._means.handoffs.mark_opened(handoff_id, self._means.clock(), requests=requests)
        except (
            StoreDown
        ) as fault:  # it is in their hands by now; what is not marked goes on to be asked after
            log_incident(_log, "export_not_marked", fault, channel="office")

    def cancel(self, person: Person) -> None:
        """Stop making it, or let go of the file."""
        making = self._board.find(person.account_id)
        if making is not None and making.state != "taken":
            self._board.remove(making)

    async def count_busy(self) -> int:
        """
        Return how many accounts saw more than `MOST_ALONE` handoffs within a day.

        Each is told to the log once, without its name. Source: SECURITY T6, "alert >20 reveals/day".
        """
        many = frozenset((await read_day(self._means.log, self._means.clock())).many)
        for _ in many - self._warned:
            _log.warning("many_handoffs_seen", extra={"count": MOST_ALONE})
        self._warned = many
        return len(many)

    async def close(self) -> None:
        """Let go of everything that was made."""
        await self._board.close()

    async def _begin(self, person: Person, prepare: Callable[[Opens], Awaitable[_Export | Answer]]) -> Answer:
        """Take the account's place, see whether it may go ahead, note it, and let it be made."""
        opener = self._means.vaults.opener(person.account_id, person.session)
        if opener is None:
            return "locked"
        making = self._board.reserve(person.account_id, person.session)
        if not isinstance(making, Making):
            return making
        export: _Export | Answer = "gone"
        try:
            export = await prepare(opener)
            if isinstance(export, _Export):
                await self._write_down(export)
                self._launch(making, export)
        finally:
            if making.progress.total == 0:  # nothing was launched
                self._board.remove(making)
        if not isinstance(export, _Export):
            return export
        await self._board.wait(making, self._moment_s)
        return "started"

    async def _alone(self, person: Person, wanted: Wanted, opener: Opens) -> _Export | Answer:
        """See whether one person may take these out, with what they took out alone within a day."""
        found = await self._find(wanted.handoff_ids)
        if not found or len(found) > MOST:
            return "many" if found else "gone"
        revealed = await read_day(self._means.log, self._means.clock())
        alone = revealed.alone.get(person.account_id, frozenset())
        if len(alone | {one.id for one in found}) > MOST_ALONE:
            return "two"
        return _Export(self._means.new_id(), person, wanted, found, opener)

    async def _approved(self, person: Person, export_id: str, opener: Opens) -> _Export | Answer:
        """Use an approval up: last, so that nothing but the log can fail behind it."""
        request = await self._find_request(export_id)
        wanted = _read_wanted(request) if request else None
        if request is None or wanted is None or request.asked_by != person.account_id:
            return "not_ready"
        if not await self._approvers.still_counts(request.approved_by or "") or not await self._is_noted(
            request
        ):
            return "not_ready"
        found = await self._find(wanted.handoff_ids)
        if not found:
            return "gone"
        if not await self._means.exports.fetch_export(export_id, person.account_id, self._means.clock()):
            return "not_ready"
        return _Export(export_id, person, wanted, found, opener, is_approved=True)

    async def _write_down(self, export: _Export) -> None:
        """Note each handoff, then the file. AuditDown: not all of it could be, so nothing is opened."""
        wanted, actor = export.wanted, export.person.account_id
        detail: dict[str, str | int] = {
            "format": wanted.fmt,
            "reason": wanted.reason,
            "approved": int(export.is_approved),
        }
        for one in export.found:
            await self._means.audit.write(
                "exported", actor=actor, subject=one.id, detail={**detail, "export": export.id}
            )
        count = len(export.found)
        await self._means.audit.write(
            "exported", actor=actor, subject=export.id, detail={**detail, "count": count}
        )

    def _launch(self, making: Making, export: _Export) -> None:
        means, now = self._means, self._means.clock()
        order = Order(
            handoffs=export.found,
            form=means.form,
            opener=export.opener,
            fmt=export.wanted.fmt,
            now=now,
            mark=Watermark(export.person.name, now, export.id),
            referrer=means.referrer,
            demo=means.demo,
            printer=means.printer,
        )
        if export.wanted.reason in CARING:
            making.marks = {one.id: one.requests for one in export.found}
        making.progress.total = len(export.found)
        making.missing = len(set(export.wanted.handoff_ids)) - len(export.found)
        self._board.launch(making, lambda progress: pack(order, progress))

    async def _find(self, handoff_ids: Iterable[str]) -> Sequence[StoredHandoff]:
        """Return those that are there, oldest first, each once. What has no id of ours cannot be noted, so it stays."""
        wanted = {one for one in handoff_ids if is_id(one)}
        return [one for one in await self._means.handoffs.list_handoffs() if one.id in wanted]

    async def _is_noted(self, request: ExportRequest) -> bool:
        """
        Whether the signed log says that this person approved these handoffs, so, and in this number.

        Whoever can write to the database could put a name and other ids into the request, but no line of ours into the log.
        """
        wanted = AuditWanted(act="export_approved", actor=request.approved_by or "")
        lines = await self._means.log.read_last(subject=request.id, wanted=wanted)
        told = write_detail(_say_approved(request))
        return any(
            (line.act, line.actor, line.subject, line.detail)
            == ("export_approved", request.approved_by, request.id, told)
            and self._means.is_ours(line)
            for line in lines
        )

    async def _find_request(self, export_id: str) -> ExportRequest | None:
        waiting = await self._means.exports.list_exports(self._means.clock())
        return next((one for one in waiting if one.id == export_id and one.fetched_at is None), None)

    async def _may_stay(self, making: Making) -> bool:
        """Whether the vault is open and the session there. A database that is away ends nothing: minutes do."""
        if self._means.vaults.state(making.account_id, making.session) != "open":
            return False
        try:
            return await self._means.staff.find_session(making.session) is not None
        except StoreDown:
            return True


def _read_wanted(request: ExportRequest) -> Wanted | None:
    """Read what was asked for. None: not as it was written here, so nobody approved it."""
    fmt = next((one for one in FORMATS if one == request.format), None)
    reason = next((one for one in REASONS if one == request.reason), None)
    if fmt is None or reason is None or len(request.handoff_ids) > MOST:
        return None
    return Wanted(request.handoff_ids, fmt, reason)


def _say_approved(request: ExportRequest) -> dict[str, str | int]:
    """Say in codes what is approved. `handoffs_hash`: of the ids, in four parts that the log takes."""
    hashed = hashlib.sha256("\n".join(request.handoff_ids).encode()).hexdigest()
    return {
        "format": request.format,
        "count": len(request.handoff_ids),
        "reason": request.reason,
        "handoffs_hash": " ".join(hashed[start : start + 16] for start in range(0, len(hashed), 16)),
    }


def _describe(request: ExportRequest, names: Mapping[str, str], sent: Mapping[str, datetime]) -> Waiting:
    times = [sent[one] for one in request.handoff_ids if one in sent]
    return Waiting(
        request,
        asked_by=names.get(request.asked_by, ""),
        approved_by=names.get(request.approved_by or "", ""),
        oldest=min(times, default=None),
        newest=max(times, default=None),
    )
