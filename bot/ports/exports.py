"""Large exports: one person asks, a second one approves, the first one fetches."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Protocol


@dataclass(frozen=True, slots=True)
class ExportRequest:
    """A large export that a second person must approve before the first one may fetch it, once."""

    id: str
    asked_by: str
    asked_at: datetime
    format: str
    reason: str
    handoff_ids: tuple[str, ...]
    until: datetime
    approved_by: str | None = None
    fetched_at: datetime | None = None


class ExportStore(Protocol):
    """Exports that wait, of the database. StoreDown from each."""

    async def add_export(self, request: ExportRequest) -> None:
        """Let an export wait for a second person; drops those past their time."""
        ...

    async def list_exports(self, now: datetime) -> Sequence[ExportRequest]:
        """Return exports that are not past their time, oldest first."""
        ...

    async def approve_export(self, export_id: str, account_id: str, now: datetime) -> bool:
        """
        Approve.

        False: it is gone, past its time, approved already, asked for by the same account, or this one is disabled.
        """
        ...

    async def fetch_export(self, export_id: str, account_id: str, now: datetime) -> ExportRequest | None:
        """
        Use an approved export up.

        None: not approved by an account that still is one, not theirs, past its time, or fetched already.
        """
        ...
