"""
Who took an export out, when, and under which number: on every page, row and envelope of it.

It is no secret and no lock. It tells whoever finds a page where it came from, and who takes one out that it is known.
Source: SECURITY T6.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Final

from bot.core.taipei import TAIPEI
from bot.desk.safe_text import strip_controls

#: Who exports when nobody signed in does.
COMMAND_LINE: Final = "command line"
#: The whole name stands beside the number in the accounts; a line of paper has room for so much of it.
_MOST_NAME_CHARS = 40
#: Enough to find the line of the audit log that knows the whole number.
SHORT_CHARS = 8


@dataclass(frozen=True, slots=True)
class Watermark:
    """Who exported (an account's name), when (aware), and the id that the audit log has for it."""

    who: str
    at: datetime
    export_id: str

    @property
    def short_id(self) -> str:
        """The beginning of the export's id."""
        return self.export_id[:SHORT_CHARS]

    def say(self) -> str:
        """Say it in one line, the time as it is read off a clock in Taiwan; nothing in it acts or breaks the line."""
        name = " ".join(strip_controls(self.who).split())
        short = name if len(name) <= _MOST_NAME_CHARS else f"{name[:_MOST_NAME_CHARS]}…"
        at = self.at.astimezone(TAIPEI)
        return f"匯出：{short}　{at:%Y-%m-%d %H:%M}（臺灣時間）　匯出編號 {self.short_id}"
