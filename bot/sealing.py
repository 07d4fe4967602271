"""
The sealer of the public side: encrypts to everybody at the desk who may open, and signs.

It holds no key that opens, and must never load what does. Too few recipients, or a folder that is not sound, and it seals
nothing: a handoff that one lost key could lose, or that a stranger could open, is worse than none.
"""

from __future__ import annotations

import base64
import logging
from collections.abc import Callable, Sequence
from datetime import datetime
from typing import Any, Protocol

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from pyrage import EncryptError, encrypt, x25519  # type: ignore[attr-defined]  # compiled, without stubs

from bot.core.envelope import HEADER_END, VERSION, count_recipients, fingerprint, pad, write_statement
from bot.errors import ConfigError, DeskClosed
from bot.ports.handoff import FEWEST_RECIPIENTS, Purpose, Sealed

_log = logging.getLogger(__name__)

_KEY_BYTES = 32
#: Source: age-encryption.org/v1, header.
_AGE = b"age-encryption.org/v1\n"
#: Fewer bytes than this may stand in a ciphertext by chance.
_TELLING_BYTES = 16


class SealsTo(Protocol):
    """A recipient, as far as sealing needs to know one."""

    @property
    def public_key(self) -> str:
        """The age1… text."""
        ...

    @property
    def fingerprint(self) -> str:
        """How it is called aloud."""
        ...


class AgeSealer:
    """
    Seals with age and signs with Ed25519.

    `read_recipients` reads the active ones in the order of their names (ConfigError: not sound); `mark` says cheaply
    whether they may have changed, None for "read them again". `sign_key` is the private half, 32 bytes.
    """

    __slots__ = ("_closed", "_fingerprints", "_key", "_keys", "_mark", "_read", "_seen", "_signer")

    def __init__(
        self,
        read_recipients: Callable[[], Sequence[SealsTo]],
        sign_key: bytes,
        *,
        mark: Callable[[], object | None] = lambda: None,
    ) -> None:
        if len(sign_key) != _KEY_BYTES:
            raise ConfigError(
                f"signing key: wrong length; it must hold exactly {_KEY_BYTES} random bytes, not text"
            )
        self._key = Ed25519PrivateKey.from_private_bytes(sign_key)
        self._signer = name_signer(self._key)
        self._read = read_recipients
        self._mark = mark
        self._seen: object | None = None
        self._keys: tuple[Any, ...] = ()
        self._fingerprints: tuple[str, ...] = ()
        self._closed = ""

    def __repr__(self) -> str:
        """Hide the key."""
        return "AgeSealer(…)"

    def is_open(self) -> bool:
        """Whether there are enough active recipients. It never raises: whatever is wrong, the desk is closed."""
        self._look()
        return len(self._keys) >= FEWEST_RECIPIENTS

    def list_fingerprints(self) -> tuple[str, ...]:
        """Return the fingerprints of the recipients of now, in the order of their names; none if they are not sound."""
        self._look()
        return self._fingerprints

    def seal(self, plain: bytes, *, purpose: Purpose, name: str, at: datetime) -> Sealed:
        """Pad, seal to all active recipients and sign. DeskClosed: too few, not sound, or the result is not as it must be."""
        if not self.is_open():
            raise DeskClosed("too few can open a handoff, so none is sealed")
        try:
            age: bytes = encrypt(pad(plain), list(self._keys))
        except EncryptError:
            raise DeskClosed("nothing can be sealed") from None
        _refuse_odd(age, plain, len(self._keys))
        blob = VERSION + age
        return Sealed(blob, self._key.sign(write_statement(purpose, name, blob, at)), self._signer)

    def _look(self) -> None:
        try:
            mark = self._mark()  # before reading: what changes meanwhile is seen the next time
            if mark is not None and mark == self._seen:
                return
            found = self._read()
            keys = tuple(x25519.Recipient.from_str(one.public_key) for one in found)
        except Exception as fault:  # noqa: BLE001 - whatever is wrong with the folder, the person must hear the truth
            self._seen, self._keys, self._fingerprints = None, (), ()
            self._tell(type(fault).__name__)
            return
        self._seen, self._keys = mark, keys
        self._fingerprints = tuple(one.fingerprint for one in found)
        self._tell("" if len(keys) >= FEWEST_RECIPIENTS else "TooFew")

    def _tell(self, closed: str) -> None:
        """Log it once when the desk closes, and once when it is open again."""
        if closed and closed != self._closed:
            _log.error("desk_closed", extra={"fault": closed, "count": len(self._keys)})
        if self._closed and not closed:
            _log.info("desk_open", extra={"count": len(self._keys)})
        self._closed = closed


def name_signer(key: Ed25519PrivateKey) -> str:
    """Name a signing key by the fingerprint of its public half, as in `signers.d`."""
    return fingerprint(base64.b64encode(key.public_key().public_bytes_raw()).decode())


def _refuse_odd(age: bytes, plain: bytes, recipients: int) -> None:
    """DeskClosed when this is not an age file for just so many keys, or what was told can be seen in it."""
    _, ended, payload = age.partition(HEADER_END)
    whole = age.startswith(_AGE) and ended and count_recipients(age) == recipients
    if not whole or (len(plain) >= _TELLING_BYTES and plain in payload):
        raise DeskClosed("what was sealed is not as it must be; it is thrown away")
