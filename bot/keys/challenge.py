"""
The challenge that shows that somebody can open what is sealed to a new key.

A random phrase is sealed to the key; only its hash stays here. Whoever holds the key tells the phrase, over a way that
is not the one the challenge took.
"""

from __future__ import annotations

import hashlib
import hmac
import re
from collections.abc import Collection
from dataclasses import dataclass, field

from pyrage import encrypt, x25519  # type: ignore[attr-defined]  # compiled, without stubs

from bot.core.envelope import fingerprint
from bot.keys.keyfile import is_name
from bot.keys.words import make_words

_TITLE = "frontdoor key challenge"
#: About 124 bits.
_GROUPS = 5
_PHRASE = re.compile(r"[a-z0-9-]+")


@dataclass(frozen=True, slots=True)
class Challenge:
    """`text` (age, armored) goes to the holder of the key; `phrase_sha256` stays."""

    text: str
    phrase_sha256: str = field(repr=False)


@dataclass(frozen=True, slots=True)
class Answer:
    """What a challenge says to whoever can open it."""

    name: str
    fingerprint: str
    phrase: str = field(repr=False)


def make_challenge(name: str, public_key: str) -> Challenge:
    """Draw a phrase and seal it to the key."""
    phrase = make_words(_GROUPS)
    words = f"{_TITLE}\n{name}\n{fingerprint(public_key)}\n{phrase}\n"
    sealed: bytes = encrypt(words.encode(), [x25519.Recipient.from_str(public_key)], armored=True)
    return Challenge(sealed.decode(), hash_phrase(phrase))


def read_answer(opened: bytes, fingerprints: Collection[str]) -> Answer | None:
    """
    Read an opened challenge. None: it is none, or not for one of these keys; what it says must then not be shown.

    Otherwise whoever sends a stolen handoff as a challenge would have it read out at the desk. Name and phrase are what
    ours can be: anybody may seal to a public key, and what they wrote must not act on a terminal.
    """
    try:
        title, name, own, phrase = opened.decode("ascii").splitlines()
    except ValueError:
        return None
    is_ours = title == _TITLE and is_name(name) and _PHRASE.fullmatch(phrase)
    return Answer(name, own, phrase) if is_ours and own in fingerprints else None


def hash_phrase(phrase: str) -> str:
    """Hash a phrase as it was told: capitals and what stands between its groups do not count."""
    words = "-".join(phrase.lower().replace("-", " ").split())
    return hashlib.sha256(words.encode("utf-8", "surrogatepass")).hexdigest()


def is_right(phrase: str, phrase_sha256: str) -> bool:
    """Compare in constant time."""
    return hmac.compare_digest(hash_phrase(phrase), phrase_sha256)
