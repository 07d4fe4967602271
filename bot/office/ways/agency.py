"""
An agency's own sign-in: OpenID Connect, code flow with PKCE, state and nonce.

It says which outside identity somebody has, and when they were asked for it. Only an account that its owner bound to that identity is
signed in; nobody gets an account by it. Source: OpenID Connect Core 1.0 §3.1; RFC 7636; RFC 9700.
"""

from __future__ import annotations

import secrets
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Literal

from bot.office.ways.once import Once
from bot.office.ways.safe import Safe
from bot.ports import Agency, Clock

#: What each method shows: something known, something held, something that one is. Two kinds are two factors; one method alone is
#: one. Source: RFC 8176 §2; a text message is not among them (NIST SP 800-63B §3.1.3.3).
_KINDS: Mapping[str, str] = {
    "pwd": "known", "pin": "known", "kba": "known",
    "otp": "held", "hwk": "held", "swk": "held", "sc": "held",
    "face": "own", "fpt": "own", "iris": "own", "retina": "own", "vbm": "own",
}  # fmt: skip
#: Says by itself that it was more than one. Source: RFC 8176 §2.
_SEVERAL = "mfa"
_FACTORS = 2
#: Levels that mean the same. Source: OpenID EAP ACR Values 1.0; REFEDS MFA Profile.
_STRONG_LEVELS = {"mfa", "phr", "phrh", "https://refeds.org/profile/mfa"}
#: Where it sends browsers back to: one address, which the agency must know beforehand.
AGENCY_BACK = "/login/agency/back"
#: How far the agency's clock may be from ours.
_LEEWAY = timedelta(minutes=1)
#: What the way there is for.
Errand = Literal["sign in", "bind", "prove"]


@dataclass(frozen=True, slots=True)
class Journey:
    """A browser that was sent to the agency, until it comes back. `page`: where its member wants to go on."""

    errand: Errand
    left_at: datetime
    page: str
    nonce: str = field(repr=False)
    verifier: str = field(repr=False)


@dataclass(frozen=True, slots=True)
class Outside:
    """
    Who somebody is at the agency. `is_strong`: proven there by more than one factor.

    `asked_at`: when they were last asked there who they are; None: the agency does not say. `is_fresh`: since they left from here.
    """

    subject_hash: str
    is_strong: bool
    errand: Errand
    page: str
    asked_at: datetime | None
    is_fresh: bool


class Travel:
    """Sends browsers to the agency and receives them back, each once."""

    def __init__(self, agency: Agency, safe: Safe, clock: Clock) -> None:
        self._agency = agency
        self._safe = safe
        self._clock = clock
        #: Apart, so that those who begin to sign in push out nobody who is at work.
        self._strangers: Once[Journey] = Once(clock)
        self._members: Once[Journey] = Once(clock)

    async def leave(self, owner: str, errand: Errand, *, page: str = "/") -> str:
        """Return where the owner of this secret must go. AgencyDown: nowhere now."""
        state, nonce, verifier = (secrets.token_urlsafe(32) for _ in range(3))
        address = await self._agency.address(state=state, nonce=nonce, verifier=verifier)
        journey = Journey(errand, self._clock(), page, nonce, verifier)
        held = self._strangers if errand == "sign in" else self._members
        held.put(f"{owner}:{state}", journey)
        return address

    async def arrive(self, owner: str, *, state: str, code: str) -> Outside | None:
        """Say who came back. None: nobody left from here so, or it is not proven. AgencyDown: it cannot be asked."""
        place = f"{owner}:{state}"
        journey = self._strangers.take(place) or self._members.take(place)
        if journey is None or not code:
            return None
        claims = await self._agency.redeem(code, nonce=journey.nonce, verifier=journey.verifier)
        if claims is None:
            return None
        subject = self._safe.name_subject(str(claims["iss"]), str(claims["sub"]))
        asked_at = read_asked_at(claims, self._clock())
        is_fresh = asked_at is not None and asked_at >= journey.left_at - _LEEWAY
        return Outside(subject, is_strong(claims), journey.errand, journey.page, asked_at, is_fresh)


def is_strong(claims: Mapping[str, object]) -> bool:
    """Say whether the agency vouches for more than one factor; what it does not say, it does not vouch for."""
    methods = claims.get("amr")
    named = {each for each in methods if isinstance(each, str)} if isinstance(methods, list) else set()
    kinds = {_KINDS[each] for each in named if each in _KINDS}
    return _SEVERAL in named or len(kinds) >= _FACTORS or claims.get("acr") in _STRONG_LEVELS


def read_asked_at(claims: Mapping[str, object], now: datetime) -> datetime | None:
    """
    Return when somebody was last asked there who they are, never later than now. None: it does not say, or not as it must.

    Source: OpenID Connect Core 1.0 §2, `auth_time`; §3.1.2.1, `max_age`.
    """
    said = claims.get("auth_time")
    if isinstance(said, bool) or not isinstance(said, int):
        return None
    try:
        asked_at = datetime.fromtimestamp(said, UTC)
    except (ValueError, OverflowError, OSError):
        return None
    return min(asked_at, now) if asked_at <= now + _LEEWAY else None
