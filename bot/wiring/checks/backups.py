"""Whether there is a back-up from today, and what an operator may have left lying about."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Final

from bot.errors import ConfigError
from bot.keys.backup_keys import BACKUP_KEYS, DEMO_IDENTITY, read_backup_keys
from bot.settings import Settings
from bot.wiring.checks.finding import Finding, refuse, warn, well
from bot.wiring.checks.keys import is_public_alone

#: In the data directory: when the last back-up was written.
STAMP: Final = Path("desk/last-backup")
#: Clocks of two hosts may be so far apart without anything being wrong with either.
AHEAD: Final = timedelta(minutes=5)
_FRESH: Final = timedelta(hours=26)
_MEND: Final = "let a timer run `frontdoor backup` (docs/operators.md, Back-up)"
#: Two, so that one lost identity leaves a way.
_ENOUGH: Final = 2


def check_backups(settings: Settings) -> Iterator[Finding]:
    """Age and keys. On a public host of its own nothing is backed up."""
    if is_public_alone(settings.data_dir):
        yield well("backups", "made on the desk's host")
        return
    yield _look_at_age(settings.data_dir / STAMP)
    if settings.is_demo:
        return
    try:
        keys = read_backup_keys(settings.data_dir, demo=False)
    except ConfigError as fault:
        says, _, mend = str(fault).partition("; ")
        yield warn("backups", says, mend)
        return
    names = ", ".join(one.name for one in keys)
    if len(keys) < _ENOUGH:
        yield warn(
            "backups", f"one identity alone opens them: {names}", f"put a second key into {BACKUP_KEYS}"
        )
    else:
        yield well("backups", f"open with {names}")


def _look_at_age(stamp: Path) -> Finding:
    try:
        made_at = datetime.fromisoformat(stamp.read_text("ascii").strip())
        age = datetime.now(UTC) - made_at
    except FileNotFoundError:
        return warn("backups", "no back-up was ever made here", _MEND)
    except (OSError, ValueError, TypeError):
        return warn("backups", f"{stamp}: cannot be read", _MEND)
    if age < -AHEAD:
        return warn(
            "backups",
            f"the last one says that it was made on {made_at:%Y-%m-%d %H:%M} UTC, which is in the future",
            "look at the clock; if it is right now, run `frontdoor backup` and do what it says",
        )
    if age > _FRESH:
        return warn("backups", f"the last one is {age // timedelta(hours=1)} hours old", _MEND)
    return well("backups", f"the last one is {max(age, timedelta(0)) // timedelta(minutes=1)} minutes old")


def check_leftovers(settings: Settings) -> Iterator[Finding]:
    """What must not lie on this host in production."""
    if settings.is_demo:
        return
    lying = [*settings.data_dir.glob("desk/*.identity"), *settings.data_dir.glob(str(DEMO_IDENTITY))]
    if (settings.data_dir / "keys/root.key").exists() and lying:
        yield refuse(
            "leftovers",
            f"identities lie beside the root key: {', '.join(path.name for path in lying)}",
            "take them to the desk; whoever takes this host could open every handoff",
        )
    else:
        yield well("leftovers", "no identity beside the root key")
