"""The office's world in memory: staff, time, and the state of a service."""

from __future__ import annotations

import itertools
from dataclasses import dataclass, field, replace
from datetime import UTC, date, datetime, timedelta

from bot.office.auth import Limits
from bot.office.model import ContactSeen, LanguageSeen, RecipientSeen, StateOfService
from bot.office.passwords import Cost
from bot.ports import StaffAccount, StaffSession

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


@dataclass
class FakeStaff:
    """`StaffStore` in memory. `writes` counts what changed something."""

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

    async def set_password(self, account_id: str, password_hash: str) -> None:
        self.writes += 1
        row = self.rows[account_id]
        row.account = replace(row.account, password_hash=password_hash)
        row.failures, row.locked_until = 0, None
        self._end_all_of(account_id)

    async def disable_account(self, name: str, now: datetime) -> None:
        self.writes += 1
        for account_id, row in self.rows.items():
            if row.account.name == name:
                row.disabled = True
                self._end_all_of(account_id)

    async def claim_attempt(self, account_id: str, now: datetime, *, limit: int, lock_for: timedelta) -> bool:
        row = self.rows[account_id]
        if row.disabled or (row.locked_until and now < row.locked_until):
            return False
        self.writes += 1
        is_last = row.failures + 1 >= limit
        row.failures = 0 if is_last else row.failures + 1
        row.locked_until = now + lock_for if is_last else None
        return True

    async def record_success(self, account_id: str) -> None:
        self.writes += 1
        self.rows[account_id].failures = 0
        self.rows[account_id].locked_until = None

    async def add_session(self, token_hash: str, account_id: str, now: datetime) -> None:
        self.writes += 1
        row = self.rows[account_id]
        if not row.disabled:
            self.sessions[token_hash] = (account_id, StaffSession(row.account.name, now, now))

    async def find_session(self, token_hash: str) -> StaffSession | None:
        account_id, session = self.sessions.get(token_hash, ("", None))
        return session if session and not self.rows[account_id].disabled else None

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
