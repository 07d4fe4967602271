"""
The vault: names people by keyed hash, and locks what is stored.

It must never write a key, a user id or a plain field anywhere, and it never says why something
cannot be opened: a wrong key, a wrong place and an altered byte look the same from outside.
"""

from __future__ import annotations

import hmac
import os

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.kdf.hkdf import HKDF

from bot.core.model import PersonKey
from bot.errors import ConfigError, Unreadable

ROOT_BYTES = 32
_KEY_BYTES = 32
#: Leads every blob, so that a later version can tell what it reads.
_VERSION = b"\x01"
#: 96 bits, drawn at random. Source: NIST SP 800-38D, 8.2.2; each data key locks far fewer than 2^32 fields.
_NONCE_BYTES = 12
_TAG_BYTES = 16
#: Lengths are rounded up to this, because a length says how much was answered. A whole conversation fits
#: into one step or two. Source: SECURITY §5, seal.
_STEP_BYTES = 4096
_PREFIX_BYTES = 4


class RootVault:
    """
    A vault whose keys all come from one root of 32 bytes.

    Whoever holds the root and the database can read conversations in progress; whoever holds the
    database alone can read nothing. Without its data key a field stays closed even to the root.
    """

    __slots__ = ("_event_mac", "_id_mac", "_kek")

    def __init__(self, root: bytes) -> None:
        if len(root) != ROOT_BYTES:
            raise ConfigError(f"root key: {len(root)} bytes; put exactly {ROOT_BYTES} random bytes there")
        # Begun once: to copy one that is keyed costs less than to key another.
        self._id_mac = hmac.new(_derive(root, b"id-mac"), digestmod="sha256")
        self._event_mac = hmac.new(_derive(root, b"event-mac"), digestmod="sha256")
        self._kek = AESGCM(_derive(root, b"kek"))

    def __repr__(self) -> str:
        """Hide the keys."""
        return "RootVault(…)"

    def person_key(self, channel: str, user_id: str) -> PersonKey:
        """Name a person: 64 hex digits, the same for the same id on the same channel."""
        return PersonKey(_name(self._id_mac, channel, user_id))

    def event_key(self, channel: str, delivery_id: str) -> str:
        """Name a delivery: 64 hex digits."""
        return _name(self._event_mac, channel, delivery_id)

    def new_key(self, context: str) -> tuple[bytes, bytes]:
        """Make a data key: (key, the same key wrapped for storage under this context)."""
        key = os.urandom(_KEY_BYTES)
        return key, _seal(key, self._kek, context)

    def unwrap(self, wrapped: bytes, context: str) -> bytes:
        """Open a wrapped data key. Unreadable: altered, or wrapped under another root or context."""
        return _open(wrapped, self._kek, context)

    def lock(self, plain: bytes, key: bytes, context: str) -> bytes:
        """Encrypt a field of at most 4 GiB; its length shows only in steps of 4 KiB."""
        return _seal(_pad(plain), _make_cipher(key), context)

    def unlock(self, blob: bytes, key: bytes, context: str) -> bytes:
        """Decrypt a field. Unreadable: altered, or written for another key or place."""
        return _unpad(_open(blob, _make_cipher(key), context))


def _derive(root: bytes, label: bytes) -> bytes:
    """Derive one key for one purpose. Source: RFC 5869; the root is uniform, so no salt is needed."""
    return HKDF(algorithm=SHA256(), length=_KEY_BYTES, salt=None, info=b"frontdoor/1/" + label).derive(root)


def _name(keyed: hmac.HMAC, *parts: str) -> str:
    """Hash parts so that no two lists of parts collide: each is led by its length."""
    mac = keyed.copy()
    for part in parts:
        # A broken id from a channel must still have a name.
        raw = part.encode("utf-8", "surrogatepass")
        mac.update(len(raw).to_bytes(8, "big") + raw)
    return mac.hexdigest()


def _make_cipher(key: bytes) -> AESGCM:
    if len(key) != _KEY_BYTES:
        raise Unreadable("the key does not fit")
    return AESGCM(key)


def _seal(plain: bytes, cipher: AESGCM, context: str) -> bytes:
    nonce = os.urandom(_NONCE_BYTES)
    return _VERSION + nonce + cipher.encrypt(nonce, plain, _VERSION + context.encode())


def _open(blob: bytes, cipher: AESGCM, context: str) -> bytes:
    if len(blob) < len(_VERSION) + _NONCE_BYTES + _TAG_BYTES or blob[:1] != _VERSION:
        raise Unreadable("the stored bytes are not of this vault")
    nonce, sealed = blob[1 : 1 + _NONCE_BYTES], blob[1 + _NONCE_BYTES :]
    try:
        return cipher.decrypt(nonce, sealed, _VERSION + context.encode())
    except InvalidTag:
        raise Unreadable("the stored bytes were altered, or belong elsewhere") from None


def _pad(plain: bytes) -> bytes:
    framed = len(plain).to_bytes(_PREFIX_BYTES, "big") + plain
    return framed + bytes(-len(framed) % _STEP_BYTES)


def _unpad(framed: bytes) -> bytes:
    size = int.from_bytes(framed[:_PREFIX_BYTES], "big")
    plain = framed[_PREFIX_BYTES : _PREFIX_BYTES + size]
    if len(plain) != size or len(framed) < _PREFIX_BYTES:
        raise Unreadable("the stored bytes are not a field")
    return plain
