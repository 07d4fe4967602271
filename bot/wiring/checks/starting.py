"""
What stops a program from starting: better not there, and said why, than there and losing what people say. Source: SECURITY R28.

Demo keys in production, failpoints and wrong settings are refused earlier, where they are read.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final, Literal

from bot.errors import ConfigError
from bot.settings import Settings
from bot.wiring.checks.database import check_opening
from bot.wiring.checks.finding import Check
from bot.wiring.checks.host import check_clock, check_disk
from bot.wiring.checks.keys import check_public_keys, check_recipients

Program = Literal["serve", "office", "poll"]
_SHARED: Final[tuple[Check, ...]] = (check_disk, check_opening, check_clock)
_PUBLIC: Final[tuple[Check, ...]] = (*_SHARED, check_public_keys, check_recipients)
#: What is looked at before each program starts. The office adds its audit log: `bot.wiring.checks.audit`.
_BEFORE: Final[Mapping[Program, tuple[Check, ...]]] = {"serve": _PUBLIC, "poll": _PUBLIC, "office": _SHARED}


def refuse_to_start(settings: Settings, program: Program, *more: Check) -> None:
    """ConfigError with the first thing that must not be so, and its mend. It takes some hundredths of a second."""
    for check in (*_BEFORE[program], *more):
        for found in check(settings):
            if found.level == "refusal":
                raise ConfigError(f"{program}: {found.line}")


def refuse_full_disk(settings: Settings, doing: str = "start") -> None:
    """ConfigError before anything is made: with a full disk keys and tables would be half there. `doing` begins the line."""
    for found in check_disk(settings):
        if found.level == "refusal":
            raise ConfigError(f"{doing}: {found.line}")
