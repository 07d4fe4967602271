"""Rights of staff as the database has them: their names in order, with blanks between."""

from __future__ import annotations

from collections.abc import Iterable
from typing import get_args

from bot.ports import Right


def read_rights(text: str) -> frozenset[Right]:
    """Read a column; what is no right of this release is none."""
    return frozenset(right for right in get_args(Right) if right in text.split())


def write_rights(rights: Iterable[Right]) -> str:
    """Write a column."""
    return " ".join(sorted(rights))
