"""The file of a staff member's vault that was set aside, as whoever keeps the files and whoever reads them call it."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date


@dataclass(frozen=True, slots=True)
class Aside:
    """A vault that was set aside on a day. `name`: the file's."""

    account_id: str
    day: date
    name: str
