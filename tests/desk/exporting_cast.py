"""An office that exports, in memory: handoffs, staff, vaults, a log; each can be broken."""

from __future__ import annotations

import asyncio
import itertools
import json
import threading
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from typing import Any

from bot.desk.audit import write_detail
from bot.desk.export import Printer
from bot.desk.exporting import Exporting, Means, Person, Wanted
from bot.desk.packing import Packed
from bot.desk.paper import Sheet
from bot.errors import AuditDown, StoreDown
from bot.ports import AuditEntry, ExportRequest, Passkey, StaffAccount, StaffSession, StoredHandoff
from bot.ports.staff import Right
from tests.desk.export_cast import FORM, NOW, FakeOpener, make_stored

#: As a test waits, not as an office does.
QUICK_S = 0.01


def print_at_once(sheet: Sheet, *, demo: bool) -> bytes:
    """A page that says what it is of."""
    return f"%PDF-fake {sheet.id} {sheet.mark} demo={demo}".encode()


@dataclass
class FakeHandoffs:
    """`DeskStore`, as far as exporting needs it."""

    stored: list[StoredHandoff]
    opened: list[str] = field(default_factory=list)
    read: list[str] = field(default_factory=list)
    is_down: bool = False

    async def list_handoffs(self, status: object = None) -> Sequence[StoredHandoff]:
        return self.stored

    async def mark_opened(self, handoff_id: str, now: datetime, *, requests: Sequence[str] = ()) -> None:
        if self.is_down:
            raise StoreDown("away")
        self.opened.append(handoff_id)
        self.read += requests


@dataclass
class FakeExports:
    """`ExportStore` in memory, with the rules of its contract but the accounts'."""

    requests: dict[str, ExportRequest] = field(default_factory=dict)

    async def add_export(self, request: ExportRequest) -> None:
        self.requests[request.id] = request

    async def list_exports(self, now: datetime) -> Sequence[ExportRequest]:
        return [one for one in self.requests.values() if one.until > now]

    async def approve_export(self, export_id: str, account_id: str, now: datetime) -> bool:
        one = self.requests[export_id]
        if one.until <= now or one.approved_by or one.asked_by == account_id:
            return False
        self.requests[export_id] = replace(one, approved_by=account_id)
        return True

    async def fetch_export(self, export_id: str, account_id: str, now: datetime) -> ExportRequest | None:
        one = self.requests[export_id]
        if one.until <= now or not one.approved_by or one.asked_by != account_id or one.fetched_at:
            return None
        self.requests[export_id] = replace(one, fetched_at=now)
        return self.requests[export_id]


@dataclass
class FakeMembers:
    """`StaffStore`, as far as exporting needs it. `sessions`: those that are there."""

    accounts: dict[str, StaffAccount] = field(default_factory=dict)
    sessions: set[str] = field(default_factory=set)
    is_down: bool = False

    async def find_member(self, account_id: str) -> StaffAccount | None:
        return self.accounts.get(account_id)

    async def list_accounts(self) -> Sequence[StaffAccount]:
        return list(self.accounts.values())

    async def find_session(self, token_hash: str) -> StaffSession | None:
        if self.is_down:
            raise StoreDown("away")
        return StaffSession("somebody", NOW, NOW) if token_hash in self.sessions else None


@dataclass
class FakeWays:
    """`WaysStore`, as far as exporting needs it."""

    passkeys: dict[str, list[Passkey]] = field(default_factory=dict)

    async def list_passkeys(self, account_id: str) -> Sequence[Passkey]:
        return self.passkeys.get(account_id, [])


@dataclass
class FakeAudit:
    """`Audit` and `AuditStore` at once. `room`: so many lines more can be written; `signed`: numbers of those it wrote itself."""

    clock: FakeClock
    entries: list[AuditEntry] = field(default_factory=list)
    room: int = 1_000_000
    signed: set[int] = field(default_factory=set)

    async def write(
        self, act: str, *, actor: str, subject: str = "", detail: Mapping[str, str | int] | None = None
    ) -> None:
        if not self.room:
            raise AuditDown("no room")
        self.room -= 1
        self.add(act, actor=actor, subject=subject, detail=write_detail(detail or {}))
        self.signed.add(len(self.entries))

    def add(self, act: str, *, actor: str, subject: str, detail: str) -> None:
        number = len(self.entries) + 1
        self.entries.append(
            AuditEntry(number, self.clock(), actor, act, subject, detail, "", "", b"", "test")
        )

    async def read_last(
        self, *, before: int | None = None, limit: int = 100, subject: str = "", **_: Any
    ) -> Sequence[AuditEntry]:
        young = [one for one in self.entries if before is None or one.number < before]
        return [one for one in young[::-1] if subject in {"", one.subject}][:limit]

    def list_acts(self) -> list[tuple[str, str, dict[str, Any]]]:
        return [(one.act, one.subject, json.loads(one.detail)) for one in self.entries]


@dataclass
class FakeVaults:
    """`Vaults`: open for those who are named, at any seat but none; `filled` ones have a vault that holds the desk's key."""

    open_for: set[str] = field(default_factory=set)
    filled: set[str] = field(default_factory=set)

    def state(self, account_id: str, seat: str) -> Any:
        if account_id in self.open_for and seat:
            return "open"
        return "locked" if account_id in self.filled else "waiting"

    def opener(self, account_id: str, seat: str, *, is_use: bool = True) -> Any:
        return FakeOpener() if self.state(account_id, seat) == "open" else None

    def generation(self, account_id: str, seat: str) -> int:
        return int(self.state(account_id, seat) == "open")

    def holds_active(self, account_id: str, seat: str = "", *, at: Any = None) -> bool:
        return self.state(account_id, seat) == "open" if seat else account_id in self.open_for | self.filled

    async def set_aside(self, account_id: str, *, by: str) -> Any:
        raise NotImplementedError

    def leave(self, account_id: str, seat: str) -> None:
        self.lock(account_id)

    def leave_others(self, account_id: str, *, keep: str) -> None:
        """There is one seat for each."""

    def lock(self, account_id: str) -> None:
        self.open_for.discard(account_id)


@dataclass
class FakeClock:
    now: datetime = NOW

    def __call__(self) -> datetime:
        return self.now

    def pass_by(self, span: timedelta) -> None:
        self.now += span


class Ids:
    """Ids of our form, known beforehand: the n-th ends in n."""

    def __init__(self) -> None:
        self._numbers = itertools.count(1)

    def __call__(self) -> str:
        return name_export(next(self._numbers))


def name_export(number: int) -> str:
    """The id of the n-th export."""
    return f"e0000000-0000-4000-8000-{number:012d}"


@dataclass
class Desk:
    """Everything a test of exporting may look at or change."""

    handoffs: FakeHandoffs
    exports: FakeExports
    staff: FakeMembers
    ways: FakeWays
    audit: FakeAudit
    vaults: FakeVaults
    clock: FakeClock
    exporting: Exporting

    def hire(self, name: str, *rights: Right) -> Person:
        """Somebody who has worked here for a while, is signed in, and whose vault is open."""
        account_id = f"account-{name}"
        self.staff.accounts[account_id] = StaffAccount(
            account_id, name, "", rights=frozenset(rights), created_at=NOW - timedelta(days=60)
        )
        self.vaults.filled.add(account_id)
        self.staff.sessions.add(f"session-{name}")
        self.vaults.open_for.add(account_id)
        return Person(account_id, name, f"session-{name}")

    def want(self, count: int, *, start: int = 0, **changes: Any) -> Wanted:
        """So many of the handoffs, by their place."""
        ids = tuple(one.id for one in self.handoffs.stored[start : start + count])
        return replace(Wanted(ids, "csv", "duty"), **changes)

    async def export(self, person: Person, wanted: Wanted) -> Packed:
        """Export them as somebody would, and fetch the file."""
        assert await self.exporting.start(person, wanted) == "started"
        taken = await self.exporting.take(person)
        assert taken is not None
        making, packed = taken
        await self.exporting.deliver(making)
        return packed


def make_desk(count: int = 3, *, printer: Printer = print_at_once, **more: Any) -> Desk:
    """A desk with so many handoffs and nobody at it."""
    clock = FakeClock()
    handoffs = FakeHandoffs([make_stored(number) for number in range(count)])
    exports, staff, audit, vaults = FakeExports(), FakeMembers(), FakeAudit(clock), FakeVaults()
    ways = FakeWays()
    means = Means(
        handoffs=handoffs,  # type: ignore[arg-type]  # a part of the port
        exports=exports,
        staff=staff,  # type: ignore[arg-type]  # a part of the port
        ways=ways,  # type: ignore[arg-type]  # a part of the port
        audit=audit,
        log=audit,  # type: ignore[arg-type]  # a part of the port
        vaults=vaults,
        form=FORM,
        referrer={},
        clock=clock,
        new_id=Ids(),
        demo=False,
        is_ours=lambda line: line.number in audit.signed,
        printer=printer,
    )
    exporting = Exporting(means, look_every_s=QUICK_S, **{"moment_s": 5.0, **more})
    return Desk(handoffs, exports, staff, ways, audit, vaults, clock, exporting)


class Press:
    """A printer that stands still until it is let go."""

    def __init__(self) -> None:
        self.go = threading.Event()
        self.printed: list[str] = []

    def __call__(self, sheet: Sheet, *, demo: bool) -> bytes:
        assert self.go.wait(30)
        self.printed.append(sheet.id)
        return print_at_once(sheet, demo=demo)


async def until(condition: Callable[[], object]) -> None:
    """Wait for what comes about in another task."""
    async with asyncio.timeout(30):
        while not condition():  # noqa: ASYNC110 - what is waited for is not the test's own
            await asyncio.sleep(QUICK_S)


async def deliver(desk: Desk, person: Person) -> Packed:
    """Fetch the file that waits."""
    taken = await desk.exporting.take(person)
    assert taken is not None
    await desk.exporting.deliver(taken[0])
    return taken[1]
