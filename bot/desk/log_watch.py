"""What the last look over the whole audit log said."""

from __future__ import annotations

import logging

from bot.desk.audit_check import AuditCheck
from bot.errors import AuditDown
from bot.log import log_incident

_log = logging.getLogger(__name__)


class LogWatch:
    """What the last look said. `fault`: a code of `bot.desk.audit_chain.Fault`; empty: sound, or not looked at yet."""

    def __init__(self, check: AuditCheck) -> None:
        self._check = check
        self.fault = ""

    async def look(self) -> None:
        """Look once. A log that is not sound is an incident each time. StoreDown: nothing is known anew."""
        verdict = await self._check.run()
        self.fault = verdict.fault or ""
        if self.fault:
            fault = AuditDown("the audit log is not sound; see `frontdoor audit verify`")
            log_incident(_log, "audit_not_sound", fault, channel="office")
