"""Random words that are read from a screen and typed, or told over the telephone."""

from __future__ import annotations

import secrets

#: No letters or digits that look alike.
_READABLE = "abcdefghjkmnpqrstuvwxyz23456789"


def make_words(groups: int) -> str:
    """Draw groups of five characters, nearly 25 bits each."""
    return "-".join("".join(secrets.choice(_READABLE) for _ in range(5)) for _ in range(groups))
