"""
One-time codes: six digits that an app of the member shows, valid in the current 30 seconds and once.

No step before or after is accepted, and after ten wrong codes only an administrator can help. Source: RFC 6238; SECURITY T24.
"""

from __future__ import annotations

import base64
import io
import re
import secrets
from dataclasses import dataclass

import segno
from cryptography.hazmat.primitives.hashes import SHA1
from cryptography.hazmat.primitives.twofactor import InvalidToken
from cryptography.hazmat.primitives.twofactor.totp import TOTP

from bot.errors import Unreadable
from bot.office.ways.safe import Safe
from bot.ports import Clock, StaffAccount, WaysStore

#: Source: SECURITY T24.
MOST_WRONG = 10
_STEP_S = 30
_DIGITS = 6
#: As long as the hash. Source: RFC 4226 §4, R6.
_SECRET_BYTES = 20
_CODE = re.compile(r"[0-9]{6}")
_SPACES = re.compile(r"\s+")


@dataclass(frozen=True, slots=True)
class Seen:
    """What came of a code. `is_last`: it was the last wrong one that is allowed."""

    is_right: bool
    is_last: bool = False


class Codes:
    """Checks the codes of accounts; each counts as wrong before it is looked at."""

    def __init__(self, ways: WaysStore, safe: Safe, clock: Clock) -> None:
        self._ways = ways
        self._safe = safe
        self._clock = clock

    async def check(self, account: StaffAccount, typed: str) -> Seen:
        """Check a code. What is no code at all is wrong and costs no try."""
        code = read_code(typed)
        if code is None:
            return Seen(is_right=False)
        nth = await self._ways.claim_totp(account.id, limit=MOST_WRONG)
        is_right = bool(nth) and self._matches(account, code)
        if is_right and await self._ways.use_totp_step(account.id, self.step()):
            return Seen(is_right=True)
        return Seen(is_right=False, is_last=nth == MOST_WRONG)

    def has_arrived(self, secret: bytes, typed: str) -> bool:
        """Say whether a new secret is in the member's app, as the code that it shows proves."""
        code = read_code(typed)
        return code is not None and _is_code_of(secret, code, self._clock().timestamp())

    async def store(self, account_id: str, secret: bytes, *, by: str) -> bool:
        """Take a secret into use, its current code as used up. False: the session `by` has ended, nothing changed."""
        locked = self._safe.lock(secret, account_id)
        return await self._ways.set_totp(account_id, locked, self._clock(), step=self.step(), by=by)

    def step(self) -> int:
        """Return the number of the current 30 seconds."""
        return int(self._clock().timestamp()) // _STEP_S

    def _matches(self, account: StaffAccount, code: bytes) -> bool:
        try:
            secret = self._safe.open(account.totp or b"", account.id)
        except Unreadable:  # another office's key: an administrator resets it
            return False
        return _is_code_of(secret, code, self._clock().timestamp())


def make_secret() -> bytes:
    """Make a new secret."""
    return secrets.token_bytes(_SECRET_BYTES)


def write_secret(secret: bytes) -> str:
    """Write a secret for typing: base32 in groups of four."""
    text = base64.b32encode(secret).decode().rstrip("=")
    return " ".join(text[start : start + 4] for start in range(0, len(text), 4))


def draw_secret(secret: bytes, *, name: str, office: str) -> bytes:
    """Draw the picture that an app reads, as SVG."""
    address = _totp(secret).get_provisioning_uri(name, office)
    picture = io.BytesIO()
    segno.make(address, error="m", micro=False).save(
        picture, kind="svg", scale=6, border=4, light="#fff", svgclass=None, lineclass=None, nl=False
    )
    return picture.getvalue()


def read_code(typed: str) -> bytes | None:
    """Read six digits, in groups or not. None: it is something else."""
    code = _SPACES.sub("", typed)
    return code.encode() if _CODE.fullmatch(code) else None


def _is_code_of(secret: bytes, code: bytes, now_s: float) -> bool:
    try:
        _totp(secret).verify(code, int(now_s))
    except InvalidToken:
        return False
    return True


def _totp(secret: bytes) -> TOTP:
    # SHA-1 is what every authenticator app knows, and HMAC with it is unbroken. Source: RFC 6238 §1.2.
    return TOTP(secret, _DIGITS, SHA1(), _STEP_S)  # noqa: S303 - as above
