"""Send handoffs as the public side does, with the demo's keys, into the database of the test."""

from __future__ import annotations

import asyncio
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from hashlib import sha256
from typing import Any

from bot.crypto import RootVault
from bot.form.record import read_record, write_record
from bot.keys import read_root
from bot.ports import NewConsent, NewHandoff, NewRequest
from bot.settings import Settings
from bot.store.sql import open_store
from bot.wiring.common import new_id, new_receipt
from bot.wiring.talking import build_sealer
from tests.desk.export_cast import CONSENT_TEXT, make_content, write_content


@dataclass
class Sending:
    """The public side: it can put handoffs in, and never gets one back."""

    settings: Settings

    def send(self, fields: Mapping[str, str], at: datetime) -> str:
        """Send one; returns its id."""
        return asyncio.run(self._send(fields, at))

    def ask(self, handoff_id: str, kind: Any, words: str, at: datetime) -> None:
        """Ask for something about one."""
        asyncio.run(self._ask(handoff_id, kind, words, at))

    async def _send(self, fields: Mapping[str, str], at: datetime) -> str:
        at = at.astimezone(UTC).replace(minute=0, second=0, microsecond=0)
        handoff_id, consent_id = new_id(), new_id()
        moment = at.strftime("%Y-%m-%dT%H:%M:%SZ")
        content = make_content(fields=fields, handoff_id=handoff_id, created_at=moment)
        content["consent"] |= {"id": consent_id, "at": moment}
        sealer = build_sealer(self.settings)
        content["recipients"] = list(sealer.list_fingerprints())
        raw = write_record(read_record(write_content(content)))
        told = {"v": 1, "consent_id": consent_id, "handoff_id": handoff_id, **content["consent"]}
        consent = sealer.seal(write_content(told), purpose="consent", name=consent_id, at=at)
        digest = sha256(CONSENT_TEXT.encode()).hexdigest()
        sealed = sealer.seal(raw, purpose="handoff", name=handoff_id, at=at)
        new = NewHandoff(
            handoff_id, new_receipt(), at, sealed, NewConsent(consent_id, CONSENT_TEXT, digest, consent)
        )
        await self._within(lambda tx: tx.add_handoff(new))
        return handoff_id

    async def _ask(self, handoff_id: str, kind: Any, words: str, at: datetime) -> None:
        at = at.astimezone(UTC).replace(minute=0, second=0, microsecond=0)
        request_id = new_id()
        told = {"v": 1, "request_id": request_id, "handoff_id": handoff_id, "kind": kind, "words": words}
        sealed = build_sealer(self.settings).seal(
            write_content(told), purpose="request", name=request_id, at=at
        )
        await self._within(lambda tx: tx.add_request(NewRequest(request_id, handoff_id, kind, at, sealed)))

    async def _within(self, work: Any) -> None:
        vault = RootVault(read_root(self.settings.env, self.settings.data_dir))
        store = open_store(self.settings.database, vault)
        try:
            async with store.transaction() as tx:
                await work(tx)
        finally:
            await store.close()
