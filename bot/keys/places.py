"""Where everything lies in the data directory."""

from __future__ import annotations

from pathlib import Path
from typing import Literal

ROOT_BYTES = 32
SIGN_BYTES = 32
ROOT_KEY = Path("keys/root.key")
SIGN_KEY = Path("keys/sign.key")
DESK_SIGN_KEY = Path("desk/sign.key")
OFFICE_BYTES = 32
OFFICE_KEY = Path("desk/office.key")
RECIPIENTS = Path("recipients.d")
SIGNERS = Path("signers.d")
MARKER = Path("DEMO")
DEMO_PASSWORD = Path("desk/demo-staff-password")
VAULTS = Path("desk/vaults")

#: Who signs: the public side what it seals, the desk what it seals anew.
Side = Literal["front", "desk"]
SIGN_KEYS: dict[Side, Path] = {"front": SIGN_KEY, "desk": DESK_SIGN_KEY}
