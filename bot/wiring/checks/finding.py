"""One finding of a check: how bad it is, what was seen, and what mends it."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from typing import Final, Literal, get_args

from bot.errors import BotError
from bot.settings import Settings

Level = Literal["ok", "warning", "refusal"]
LEVELS: Final[tuple[Level, ...]] = get_args(Level)
#: What is looked at, in the order of the report.
TOPICS: Final[Mapping[str, str]] = {
    "settings": "設定",
    "keys": "金鑰",
    "recipients": "收件人",
    "signers": "簽章",
    "desk": "後台金鑰",
    "database": "資料庫",
    "roles": "資料庫角色",
    "disk": "磁碟",
    "clock": "時間",
    "handoffs": "轉介",
    "audit": "稽核紀錄",
    "flow": "對話",
    "directory": "聯絡資料",
    "languages": "語言",
    "operator": "負責單位",
    "LINE": "LINE",
    "Telegram": "Telegram",
    "notices": "通知",
    "backups": "備份",
    "leftovers": "舊檔",
}


@dataclass(frozen=True, slots=True)
class Finding:
    """`refusal`: a program does not start with it, or people are not served as they were told."""

    topic: str
    level: Level
    says: str
    mend: str = ""

    @property
    def line(self) -> str:
        """Cause and mend, as a program that does not start says them."""
        return f"{self.says}; {self.mend}" if self.mend else self.says


Check = Callable[[Settings], Iterator[Finding]]


def well(topic: str, says: str) -> Finding:
    """All is well."""
    return Finding(topic, "ok", says)


def warn(topic: str, says: str, mend: str) -> Finding:
    """It works, and somebody should look at it."""
    return Finding(topic, "warning", says, mend)


def refuse(topic: str, says: str, mend: str) -> Finding:
    """It must not be so."""
    return Finding(topic, "refusal", says, mend)


def attempt(topic: str, look: Callable[[], str], *, level: Level = "refusal") -> Finding:
    """Try something that says in one line, cause and mend, why it cannot be."""
    try:
        return well(topic, look())
    except BotError as fault:
        says, _, mend = str(fault).partition("; ")
        return Finding(topic, level, says, mend)
