"""
age's own passphrase format, written from its specification: quick where the library takes seconds on purpose.

Source: C2SP age.md, "The scrypt recipient type", "Header MAC" and "Payload".
"""

from __future__ import annotations

import base64
import os

from cryptography.hazmat.primitives.ciphers.aead import ChaCha20Poly1305
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.hmac import HMAC
from cryptography.hazmat.primitives.kdf.hkdf import HKDF
from cryptography.hazmat.primitives.kdf.scrypt import Scrypt

_WORK = 2


def lock_quickly(text: bytes, words: str) -> bytes:
    """Lock a text of at most 64 KiB with a passphrase, with next to no work to be done by a guesser."""
    key, salt, nonce = os.urandom(16), os.urandom(16), os.urandom(16)
    wrapping = Scrypt(salt=b"age-encryption.org/v1/scrypt" + salt, length=32, n=1 << _WORK, r=8, p=1)
    wrapped = ChaCha20Poly1305(wrapping.derive(words.encode())).encrypt(bytes(12), key, None)
    head = b"age-encryption.org/v1\n-> scrypt %b %d\n%b\n---" % (_b64(salt), _WORK, _b64(wrapped))
    mac = HMAC(_derive(key, b"", b"header"), SHA256())
    mac.update(head)
    last_chunk = bytes(11) + b"\x01"
    payload = ChaCha20Poly1305(_derive(key, nonce, b"payload")).encrypt(last_chunk, text, None)
    return head + b" " + _b64(mac.finalize()) + b"\n" + nonce + payload


def _derive(key: bytes, salt: bytes, info: bytes) -> bytes:
    return HKDF(algorithm=SHA256(), length=32, salt=salt, info=info).derive(key)


def _b64(raw: bytes) -> bytes:
    return base64.b64encode(raw).rstrip(b"=")
