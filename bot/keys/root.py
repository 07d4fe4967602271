"""The root key of the public side: one file, read once."""

from __future__ import annotations

from pathlib import Path

from bot.keys.demo import refuse_demo
from bot.keys.files import read_secret
from bot.keys.places import RECIPIENTS, ROOT_BYTES, ROOT_KEY


def read_root(env: str, data_dir: Path) -> bytes:
    """
    Read the root key for `demo` or `production`.

    ConfigError: it is missing, of the wrong length, readable by others, or a demo key in production.
    """
    if env == "production":
        refuse_demo(data_dir)
    needs = (
        f"put these into FRONTDOOR_DATA_DIR: {ROOT_KEY}: {ROOT_BYTES} random bytes, mode 600; "
        f"{RECIPIENTS}/*.pub: one age1… key per file, two files or more"
    )
    return read_secret(data_dir / ROOT_KEY, ROOT_BYTES, needs)
