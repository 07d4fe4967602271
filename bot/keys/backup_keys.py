"""
To whom back-ups are encrypted: age X25519 keys in `backup.d`, apart from those that open handoffs.

Whoever puts a back-up back is the operator, who must not thereby be able to read what people wrote. So no key may stand in both
places. Source: SECURITY §5.
"""

from __future__ import annotations

from pathlib import Path

from pyrage import x25519  # type: ignore[attr-defined]  # compiled, without stubs

from bot.core.envelope import fingerprint
from bot.errors import ConfigError
from bot.keys.files import PUBLIC_MODE, make_folder, offer
from bot.keys.keyfile import DEMO_LINE, DEMO_SAYS, KeyFile, Kind, read_folder, refuse_twins, write_key_file
from bot.keys.places import MARKER
from bot.keys.recipients import is_x25519, list_recipients

BACKUP_KEYS = Path("backup.d")
#: Made by the demo alone, beside the marker.
DEMO_IDENTITY = Path("backup.identity")
_KIND = Kind(
    folder=BACKUP_KEYS,
    is_key=is_x25519,
    wants="one age1… key",
    refusal="must hold exactly one age X25519 key (age1…) that opens back-ups",
)


def read_backup_keys(data_dir: Path, *, demo: bool) -> tuple[KeyFile, ...]:
    """
    Read `backup.d/*.pub`, by name.

    ConfigError: there is none, one is not sound, one opens handoffs too, or it is the demo's and this is not.
    """
    found = read_folder(data_dir, _KIND, ".pub")
    if not found:
        raise ConfigError(
            f"{BACKUP_KEYS}: no key, so nobody could open a back-up; make one with "
            f"`frontdoor keys create recovery backup --out FILE` and write its age1… line into {BACKUP_KEYS}/NAME.pub"
        )
    refuse_twins(found, BACKUP_KEYS, "back-up key")
    opening = {one.public_key for one in list_recipients(data_dir)}
    for one in found:
        if one.key in opening:
            raise ConfigError(
                f"{BACKUP_KEYS}/{one.name}.pub: opens handoffs too; a back-up needs a key of its own"
            )
        if one.demo and not demo:
            raise ConfigError(
                f"{BACKUP_KEYS}/{one.name}.pub: a demo key; replace it by one that a person guards"
            )
    return found


def name_key(one: KeyFile) -> str:
    """Return the fingerprint, as it is read aloud."""
    return fingerprint(one.key)


def fill_demo_backup_key(data_dir: Path) -> None:
    """Give a demo directory a back-up key whose identity lies beside it, unguarded. Elsewhere nothing happens."""
    if not (data_dir / MARKER).exists() or (data_dir / BACKUP_KEYS).exists():
        return
    key = x25519.Identity.generate()
    offer(data_dir / DEMO_IDENTITY, f"{DEMO_LINE} {DEMO_SAYS}\n{key}\n".encode())
    make_folder(data_dir / BACKUP_KEYS, 0o755)
    offer(
        data_dir / BACKUP_KEYS / "demo.pub", write_key_file(str(key.to_public()), {}, demo=True), PUBLIC_MODE
    )
