"""The office's own key: it locks secrets of the staff's one-time codes in the database. It opens no handoff."""

from __future__ import annotations

import secrets
from pathlib import Path

from bot.keys.files import offer, read_secret
from bot.keys.places import OFFICE_BYTES, OFFICE_KEY


def ensure_office_key(data_dir: Path) -> bytes:
    """
    Read the key, made at the first start of the office.

    ConfigError: it is of the wrong length, readable by others, or cannot be read.
    """
    offer(data_dir / OFFICE_KEY, secrets.token_bytes(OFFICE_BYTES))
    return read_secret(data_dir / OFFICE_KEY, OFFICE_BYTES, "start the office again: it makes one")
