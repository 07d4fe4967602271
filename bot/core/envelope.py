"""
The envelope of what is sealed: how long it looks, what is signed, how keys are called.

The public side writes it and the desk reads it, and neither may load the other, so both take it from here. It knows no
key and encrypts nothing.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterable
from datetime import UTC, datetime

from bot.errors import Unreadable

#: Leads every sealed blob, so that a later version can tell what it reads. What follows is a whole age file.
VERSION = b"\x01"
#: Lengths are rounded up to this, because a length says how much was told. Source: SECURITY §5, seal.
STEP_BYTES = 4096
_LENGTH_BYTES = 4
_LABEL = b"frontdoor/1"
#: What a test handoff says: of nobody, and always the same.
TEST_TEXT = b"This is a test handoff. It holds nothing of anybody."
#: Source: age-encryption.org/v1, header: one such stanza for each X25519 recipient, and the line that ends it.
STANZA = b"\n-> X25519 "
HEADER_END = b"\n--- "


def pad(content: bytes) -> bytes:
    """Lead the content, at most 4 GiB, with its length, and fill it up with zeros to a whole step."""
    framed = len(content).to_bytes(_LENGTH_BYTES, "big") + content
    return framed + bytes(-len(framed) % STEP_BYTES)


def unpad(framed: bytes) -> bytes:
    """Take the padding off. Unreadable: it is not exactly what `pad` makes."""
    size = int.from_bytes(framed[:_LENGTH_BYTES], "big")
    content = framed[_LENGTH_BYTES : _LENGTH_BYTES + size]
    if pad(content) != framed:
        raise Unreadable("what was sealed is not whole")
    return content


def write_statement(purpose: str, name: str, blob: bytes, at: datetime) -> bytes:
    """
    Write what the signature covers: kind, id, content and time (to the second).

    Each part is led by its length, so that no two statements read the same. ValueError: `at` has no time zone.
    """
    if at.tzinfo is None:
        raise ValueError("a moment without a time zone cannot be signed")
    moment = at.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%SZ")
    words = (
        purpose.encode(),
        name.encode("utf-8", "surrogatepass"),
    )  # an odd id from the database is still an id
    parts = (_LABEL, *words, hashlib.sha256(blob).digest(), moment.encode())
    return b"".join(len(part).to_bytes(8, "big") + part for part in parts)


def name_test(recipients: Iterable[str]) -> str:
    """Name a test handoff by the fingerprints to which it is sealed: what is said of them in the clear is signed with it."""
    return f"to {', '.join(recipients)}"


def count_recipients(blob: bytes) -> int:
    """Count for how many keys a seal is, as its head says without any key."""
    return blob.partition(HEADER_END)[0].count(STANZA)


def fingerprint(public_key: str) -> str:
    """Name a public key by 16 hex digits in groups of four: short enough to be compared aloud."""
    digits = hashlib.sha256(public_key.encode()).hexdigest()[:16]
    return " ".join(digits[start : start + 4] for start in range(0, 16, 4))
