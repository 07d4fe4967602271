"""The office's world in memory: staff, time, and the state of a service."""

from __future__ import annotations

import itertools
from collections.abc import Mapping
from dataclasses import dataclass, field, fields, replace
from datetime import UTC, date, datetime, timedelta

from bot.desk.acts import ACTS
from bot.errors import AuditDown
from bot.office.auth import Limits
from bot.office.model import ContactSeen, LanguageSeen, RecipientSeen, StateOfService
from bot.office.passwords import Cost
from bot.office.visit import Parts
from bot.ports import NOTHING_SHOWN, Method, Passkey, Right, Shown, StaffAccount, StaffSession, Way

#: Argon2id at its smallest: 8 KiB for each lane.
CHEAP = Cost(memory_kib=8, rounds=1, lanes=1)
#: The rules of the real office without the wait after a refusal.
PROMPT = Limits(answer_after=timedelta(0))
NOON = datetime(2026, 11, 20, 4, 0, tzinfo=UTC)


class FakeClock:
    """A clock that moves when told to."""

    def __init__(self, now: datetime = NOON) -> None:
        self.now = now

    def __call__(self) -> datetime:
        return self.now

    def pass_by(self, span: timedelta) -> None:
        self.now += span


class Tokens:
    """Tokens long enough to be ours, each different and known beforehand."""

    def __init__(self) -> None:
        self._numbers = itertools.count(1)

    def __call__(self) -> str:
        return f"token-{next(self._numbers):040d}"


@dataclass
class Row:
    """An account as the database has it."""

    account: StaffAccount
    disabled: bool = False
    failures: int = 0
    locked_until: datetime | None = None
    totp_step: int | None = None
    totp_failures: int = 0
    subject: str | None = None
    passkeys: dict[str, Passkey] = field(default_factory=dict)

    @property
    def ways(self) -> frozenset[Way]:
        has: dict[Way, object] = {
            "password": self.account.password_hash,
            "code": self.account.totp,
            "passkey": self.passkeys,
            "agency": self.subject,
        }
        return frozenset(way for way, there in has.items() if there)

    def still_has(self, shown: Shown) -> bool:
        return (
            shown.password_hash in (None, self.account.password_hash)
            and shown.totp in (None, self.account.totp)
            and shown.subject in (None, self.subject)
            and (shown.passkey is None or shown.passkey in self.passkeys)
        )


@dataclass
class FakeStaff:
    """Those parts of `StaffStore` that the desk needs, in memory. `writes` counts what changed something."""

    rows: dict[str, Row] = field(default_factory=dict)
    sessions: dict[str, tuple[str, StaffSession]] = field(default_factory=dict)
    writes: int = 0

    async def find_account(self, name: str) -> StaffAccount | None:
        return next((row.account for row in self._open_rows() if row.account.name == name), None)

    async def add_account(self, name: str, password_hash: str, now: datetime) -> bool:
        if any(row.account.name == name for row in self.rows.values()):
            return False
        self.writes += 1
        new_id = f"account-{len(self.rows)}"
        self.rows[new_id] = Row(StaffAccount(new_id, name, password_hash))
        return True

    async def find_member(self, account_id: str) -> StaffAccount | None:
        return self.rows[account_id].account if account_id in self.rows else None

    async def set_password(self, account_id: str, password_hash: str, **_more: object) -> None:
        self.writes += 1
        row = self.rows[account_id]
        row.account = replace(row.account, password_hash=password_hash)
        row.failures, row.locked_until = 0, None
        self._end_all_of(account_id)

    async def disable_account(self, name: str, now: datetime, **_more: object) -> bool:
        self.writes += 1
        for account_id, row in self.rows.items():
            if row.account.name == name:
                row.disabled = True
                self._end_all_of(account_id)
        return True

    async def set_rights(
        self, account_id: str, rights: frozenset[Right], *, now: datetime | None = None
    ) -> bool:
        self.writes += 1
        row = self.rows[account_id]
        if now is not None and "open" in rights and "open" not in row.account.rights:
            row.account = replace(row.account, opens_since=now)
        row.account = replace(row.account, rights=rights)
        return True

    async def claim_attempt(self, account_id: str, now: datetime, *, limit: int, lock_for: timedelta) -> int:
        row = self.rows[account_id]
        if row.disabled or (row.locked_until and now < row.locked_until):
            return 0
        self.writes += 1
        nth = row.failures + 1
        row.failures = 0 if nth >= limit else nth
        row.locked_until = now + lock_for if nth >= limit else None
        return nth

    async def record_success(self, account_id: str) -> None:
        self.writes += 1
        self.rows[account_id].failures = 0
        self.rows[account_id].locked_until = None

    async def add_session(
        self,
        token_hash: str,
        account_id: str,
        now: datetime,
        *,
        method: Method = "password",
        shown: Shown = NOTHING_SHOWN,
    ) -> bool:
        row = self.rows[account_id]
        if row.disabled or not row.still_has(shown) or (method == "half" and not row.ways <= {"password"}):
            return False
        self.writes += 1
        session = StaffSession(
            row.account.name,
            now,
            now,
            id=f"session-{self.writes}",
            account_id=account_id,
            method=method,
            proved_at=shown.at,
        )
        self.sessions[token_hash] = (account_id, session)
        return True

    def has_session(self, account_id: str, session_id: str) -> bool:
        return any((whose, each.id) == (account_id, session_id) for whose, each in self.sessions.values())

    def make_whole(self, account_id: str, session_id: str) -> None:
        own = {key: kept for key, kept in self.sessions.items() if kept[1].id == session_id}
        for key, (_, session) in own.items():
            if session.method == "half":
                self._end_all_of(account_id)
                self.sessions[key] = (account_id, replace(session, method="password"))

    async def find_session(self, token_hash: str) -> StaffSession | None:
        account_id, session = self.sessions.get(token_hash, ("", None))
        if session is None or self.rows[account_id].disabled:
            return None
        row = self.rows[account_id]
        return replace(session, rights=row.account.rights)

    async def list_seats(self, account_id: str) -> frozenset[str]:
        if self.rows[account_id].disabled:
            return frozenset()
        return frozenset(key for key, (whose, _) in self.sessions.items() if whose == account_id)

    async def list_sessions(self, account_id: str) -> list[StaffSession]:
        return [session for owner, session in self.sessions.values() if owner == account_id]

    async def end_other_sessions(self, account_id: str, *, keep: str) -> int:
        before = len(self.sessions)
        self.sessions = {
            key: kept for key, kept in self.sessions.items() if kept[0] != account_id or kept[1].id == keep
        }
        return before - len(self.sessions)

    async def prove_session(self, token_hash: str, now: datetime) -> None:
        self.writes += 1
        account_id, session = self.sessions[token_hash]
        self.sessions[token_hash] = (account_id, replace(session, proved_at=now))

    async def touch_session(self, token_hash: str, now: datetime) -> None:
        self.writes += 1
        account_id, session = self.sessions[token_hash]
        self.sessions[token_hash] = (account_id, replace(session, seen_at=now))

    async def end_session(self, token_hash: str) -> None:
        if self.sessions.pop(token_hash, None):
            self.writes += 1

    async def drop_sessions(self, created_before: datetime) -> None:
        self.sessions = {
            key: kept for key, kept in self.sessions.items() if kept[1].created_at >= created_before
        }

    def _open_rows(self) -> list[Row]:
        return [row for row in self.rows.values() if not row.disabled]

    def _end_all_of(self, account_id: str) -> None:
        self.sessions = {key: kept for key, kept in self.sessions.items() if kept[0] != account_id}


class FakeWays:
    """`WaysStore` in memory, over the accounts of a `FakeStaff`."""

    def __init__(self, staff: FakeStaff) -> None:
        self._staff = staff

    async def list_ways(self, account_id: str) -> frozenset[Way]:
        row = self._staff.rows.get(account_id)
        return row.ways if row else frozenset()

    async def list_passkeys(self, account_id: str) -> list[Passkey]:
        row = self._staff.rows.get(account_id)
        return list(row.passkeys.values()) if row else []

    async def find_passkey(self, passkey_id: str) -> tuple[Passkey, StaffAccount] | None:
        found = [row for row in self._staff.rows.values() if passkey_id in row.passkeys and not row.disabled]
        return (found[0].passkeys[passkey_id], found[0].account) if found else None

    async def add_passkey(self, passkey: Passkey, *, by: str = "") -> bool:
        if by and not self._staff.has_session(passkey.account_id, by):
            return False
        if any(passkey.id in row.passkeys for row in self._staff.rows.values()):
            return False
        self._staff.writes += 1
        self._staff.rows[passkey.account_id].passkeys[passkey.id] = passkey
        self._staff.make_whole(passkey.account_id, by)
        return True

    async def use_passkey(self, passkey_id: str, *, sign_count: int, now: datetime) -> bool:
        row = next(row for row in self._staff.rows.values() if passkey_id in row.passkeys)
        stored = row.passkeys[passkey_id]
        if not (stored.sign_count < sign_count or stored.sign_count == sign_count == 0):
            return False
        self._staff.writes += 1
        row.passkeys[passkey_id] = replace(stored, sign_count=sign_count, used_at=now)
        return True

    async def remove_passkey(self, account_id: str, passkey_id: str) -> bool:
        row = self._staff.rows[account_id]
        left = row.ways if len(row.passkeys) > 1 else row.ways - {"passkey"}
        if passkey_id not in row.passkeys or not _lets_in(left):
            return False
        self._staff.writes += 1
        del row.passkeys[passkey_id]
        return True

    async def set_totp(
        self, account_id: str, secret: bytes | None, now: datetime, *, step: int | None = None, by: str = ""
    ) -> bool:
        if by and not self._staff.has_session(account_id, by):
            return False
        self._staff.writes += 1
        row = self._staff.rows[account_id]
        row.account = replace(row.account, totp=secret)
        row.totp_step, row.totp_failures = step, 0
        self._staff.make_whole(account_id, by)
        return True

    async def claim_totp(self, account_id: str, *, limit: int) -> int:
        row = self._staff.rows[account_id]
        if row.totp_failures >= limit:
            return 0
        self._staff.writes += 1
        row.totp_failures += 1
        return row.totp_failures

    async def use_totp_step(self, account_id: str, step: int) -> bool:
        row = self._staff.rows[account_id]
        if row.totp_step is not None and row.totp_step >= step:
            return False
        self._staff.writes += 1
        row.totp_step, row.totp_failures = step, 0
        return True

    async def find_subject(self, subject_hash: str) -> StaffAccount | None:
        rows = self._staff.rows.values()
        found = [row.account for row in rows if row.subject == subject_hash and not row.disabled]
        return found[0] if found else None

    async def set_subject(self, account_id: str, subject_hash: str | None) -> bool:
        mine = self._staff.rows[account_id]
        taken = any(
            row.subject == subject_hash
            for row in self._staff.rows.values()
            if row is not mine and subject_hash
        )
        if taken or (subject_hash is None and not _lets_in(mine.ways - {"agency"})):
            return False
        self._staff.writes += 1
        mine.subject = subject_hash
        return True


def _lets_in(ways: frozenset[Way]) -> bool:
    return bool(ways & {"passkey", "agency"}) or {"password", "code"} <= ways


@dataclass
class FakeAudit:
    """The log in memory; `is_down` makes it refuse."""

    lines: list[tuple[str, str, str, dict[str, str | int]]] = field(default_factory=list)
    is_down: bool = False

    async def write(
        self, act: str, *, actor: str, subject: str = "", detail: Mapping[str, str | int] | None = None
    ) -> None:
        if self.is_down:
            raise AuditDown
        assert act in ACTS
        self.lines.append((act, actor, subject, dict(detail or {})))

    @property
    def acts(self) -> list[str]:
        return [line[0] for line in self.lines]


@dataclass
class FakeVaults:
    """The vaults: which were locked, in order, and which were left at which seat."""

    locked: list[str] = field(default_factory=list)
    left: list[tuple[str, str]] = field(default_factory=list)
    aside: list[str] = field(default_factory=list)

    async def set_aside(self, account_id: str, *, by: str) -> None:
        self.aside.append(account_id)

    def lock(self, account_id: str) -> None:
        self.locked.append(account_id)

    def leave(self, account_id: str, seat: str) -> None:
        self.left.append((account_id, seat))

    def leave_others(self, account_id: str, *, keep: str) -> None:
        self.left.append((account_id, f"not {keep}"))


def make_parts(**given: object) -> Parts:
    """Parts of an office of which only those that are given are there."""
    return Parts(**dict.fromkeys(each.name for each in fields(Parts)) | {"agency": None} | given)  # type: ignore[arg-type]


def make_state(**changes: object) -> StateOfService:
    """A service with one overdue contact, two recipients and two languages."""
    state = StateOfService(
        version="0.1.0",
        demo=True,
        conversations=12,
        letters=0,
        flow_issues=0,
        recipients=(
            RecipientSeen("社工一組", "3f9a 11c2 77de 0b41", demo=True),
            RecipientSeen("復原金鑰", "a804 5d1e 9c33 f210", demo=False),
        ),
        contacts=(
            ContactSeen(
                "N04",
                "113 保護專線",
                "113",
                "衛生福利部新聞稿",
                "2026-02-13",
                "OFF",
                date(2027, 2, 13),
                overdue=False,
                phone_checked_on=date(2026, 11, 19),
            ),
            ContactSeen(
                "N11",
                "1990 諮詢熱線",
                "1990",
                "新聞",
                "2022-06",
                "PRESS",
                date(2026, 6, 30),
                overdue=True,
            ),
            ContactSeen("N01", "110 警察", "110", "內政部警政署", "", "SEED+PRESS", None, overdue=False),
        ),
        languages=(LanguageSeen("zh_TW", "中文（臺灣）", 1.0), LanguageSeen("en", "English", 0.987)),
    )
    return replace(state, **changes)
