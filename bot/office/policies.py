"""
What a staff password must be like: two profiles, of which the operator chooses one. Passkeys satisfy both.

Nothing here stores or hashes; it never says which word of a list was found in a password.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from functools import cache
from pathlib import Path
from typing import Final, Literal

from bot.ports import Method

Profile = Literal["modern", "baseline"]
#: Why a password is not taken; each has a sentence in the words.
Fault = Literal["short", "long", "kinds", "known", "used", "young"]

_COMMON = Path(__file__).parent / "common_passwords.txt"
#: Words of this house, which a guess at its passwords begins with.
_OF_THE_HOUSE = ("frontdoor", "front door", "後台", "社工", "轉介", "office")
#: Letters that look like others, as those who replace them do.
_LOOKS = str.maketrans("@4301!$57", "aaeoiisst")
#: A word of one character is in every second password.
_SHORTEST_WORD = 2


@dataclass(frozen=True, slots=True)
class PasswordRules:
    """
    The figures of a profile. Lengths in characters, as the person who types them counts.

    `kinds`: of upper case, lower case, digits and others so many must be there. `lasts`: None, it never has to be
    changed. `remembers`: not one of the last so many, the present one included. `youngest`: not changed again before.
    `own_chars`: so many must be left when all well-known words are taken out, and so many different ones there.
    """

    shortest: int = 12
    longest: int = 128
    kinds: int = 0
    lasts: timedelta | None = None
    remembers: int = 0
    youngest: timedelta = timedelta(0)
    own_chars: int = 6

    def find_fault(self, password: str, *, about: Iterable[str] = ()) -> Fault | None:
        """Say why a password is not taken. `about`: words that stand near it, such as the account's name."""
        text = unicodedata.normalize("NFC", password)
        if len(text) < self.shortest:
            return "short"
        if len(text) > self.longest:
            return "long"
        if _count_kinds(text) < self.kinds:
            return "kinds"
        if len(set(text.casefold())) < self.own_chars or _count_own(text, about) < self.own_chars:
            return "known"
        return None

    def is_too_young(self, password_at: datetime | None, now: datetime) -> bool:
        """Whether a password was set too short a time ago to be changed again. None: there is none."""
        return password_at is not None and now - password_at < self.youngest

    def is_password_due(self, method: Method, password_at: datetime | None, now: datetime) -> bool:
        """
        Whether somebody who signed in so must change their password before anything else.

        `password_at`: since when it is theirs; None: they have none. Whoever came in with a passkey did not use it.
        """
        if self.lasts is None or password_at is None or method != "password":
            return False
        return now - password_at >= self.lasts

    def remember(self, present: str, old: Sequence[str]) -> tuple[str, ...]:
        """Return the hashes, newest first, that the next password is compared with; `present` may be empty."""
        return tuple(filter(None, (present, *old)))[: self.remembers]


#: Length and a list of what everybody guesses; no rules of composition, no rotation. Source: NIST SP 800-63B-4
#: §3.1.1.2; 15 characters are asked there only of a password without a second factor, which nobody here has.
MODERN: Final = PasswordRules()

#: As Taiwan's agencies have configured it. The law (資通安全責任等級分級辦法, 附表十 資通系統防護基準, 身分驗證管理) asks for a least
#: complexity, a shortest and a longest time of use, and that a new password is none of the last three; it leaves the
#: figures to the agency. Three of four kinds, one day and 90 days are those of the government configuration baseline
#: (GCB, 密碼原則), which asks for 8 characters; 12 is our own choice above it.
BASELINE: Final = PasswordRules(kinds=3, lasts=timedelta(days=90), remembers=3, youngest=timedelta(days=1))

RULES: Final[dict[Profile, PasswordRules]] = {"modern": MODERN, "baseline": BASELINE}


def _count_kinds(text: str) -> int:
    kinds = {
        "upper" if char.isupper() else "lower" if char.islower() else "digit" if char.isdigit() else "other"
        for char in text
    }
    return len(kinds)


def _count_own(text: str, about: Iterable[str]) -> int:
    """Count the characters that are left without well-known words, as they stand and as they are meant."""
    words = _by_length((*_read_common(), *_OF_THE_HOUSE, *about))
    rest = _take_out(unicodedata.normalize("NFKC", text).casefold(), words)
    return sum(not char.isspace() for char in _take_out(rest.translate(_LOOKS), words))


def _take_out(text: str, words: Sequence[str]) -> str:
    for word in words:
        text = text.replace(word, " ")
    return text


def _by_length(words: Iterable[str]) -> list[str]:
    """Longest first, so that a short one does not break up a long one."""
    folded = {unicodedata.normalize("NFKC", word).casefold().strip() for word in words}
    parts = folded | {part for word in folded for part in re.split(r"[\s._@-]+", word)}
    return sorted((part for part in parts if len(part) >= _SHORTEST_WORD), key=len, reverse=True)


@cache
def _read_common() -> tuple[str, ...]:
    lines = _COMMON.read_text("utf-8").splitlines()
    return tuple(line for line in lines if line and not line.startswith("#"))
