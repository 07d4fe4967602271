"""
A small puzzle that a browser solves in a moment: it shows that somebody means what they send.

Eight times a number has to be found whose hash begins with ten zero bits: some eight thousand hashes in all, of which
an old phone makes twenty thousand in a second, and eight to check them. The puzzle is of one act of one page,
so that a solution is good for nothing else. The page's script has a SHA-256 of its own, because browsers offer theirs on
https only, and one call at a time would take longer than the puzzle. Every replica asks and checks the same ones, and none keeps anything.
"""

from __future__ import annotations

import hashlib
import hmac
import re
from collections.abc import Callable, Mapping

PARTS, BITS = 8, 10
#: A puzzle is good for the rest of its span and the next one.
_SPAN_S = 300
_PROOF = re.compile(r"[0-9]{1,9}(?:\.[0-9]{1,9}){7}", re.ASCII)


class Puzzles:
    """Asks and checks. `secret` is the same in every replica; `tell_time` gives seconds since 1970."""

    def __init__(self, secret: bytes, tell_time: Callable[[], float]) -> None:
        self._secret = secret
        self._tell_time = tell_time

    def ask(self, seat: str, delivery: str) -> Mapping[str, object]:
        """Return the puzzle of one act, as the page's script reads it."""
        return {"key": self._make_key(self._span(), seat, delivery), "parts": PARTS, "bits": BITS}

    def is_solved(self, proof: object, seat: str, delivery: str) -> bool:
        """Whether the numbers, with dots between them, solve the puzzle of this act."""
        if not isinstance(proof, str) or not _PROOF.fullmatch(proof):
            return False
        numbers = proof.split(".")
        keys = (self._make_key(span, seat, delivery) for span in (self._span(), self._span() - 1))
        return any(all(is_good(key, part, number) for part, number in enumerate(numbers)) for key in keys)

    def _span(self) -> int:
        return int(self._tell_time()) // _SPAN_S

    def _make_key(self, span: int, seat: str, delivery: str) -> str:
        told = f"{span}\n{seat}\n{delivery}".encode("utf-8", "replace")
        return hmac.digest(self._secret, told, hashlib.sha256).hex()[:32]


def is_good(key: str, part: int, number: int | str) -> bool:
    """Whether a number solves one part."""
    found = hashlib.sha256(f"{key}:{part}:{number}".encode()).digest()
    return int.from_bytes(found[:4], "big") >> (32 - BITS) == 0
