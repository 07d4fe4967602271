"""Data directories for the tests: keys that somebody put there with care, and moments to do it at."""

from __future__ import annotations

import time
from datetime import UTC, datetime
from pathlib import Path

from pyrage import x25519

NOW = datetime(2026, 11, 20, 4, 0, tzinfo=UTC)
LATER = datetime(2026, 12, 24, 9, 30, tzinfo=UTC)

YUBIKEY = "age1yubikey1qwt50d05nh5vutpdzmlg5wn80xq5negm4uj9ghv0snvdd3yysf5yw3rhl3t"
TAG = "age1tag1qwt50d05nh5vutpdzmlg5wn80xq5negm4uj9ghv0snvdd3yysf5yw3rhl3t"
POST_QUANTUM = "age1pq1" + "q" * 90
SSH = "ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIHsKLqeplhpW+uObz5dvMgjz1OxfM/XXUB+VHtZ6isGN"
SSH_RSA = "ssh-rsa AAAAB3NzaC1yc2EAAAADAQABAAAAgQC7"
GITHUB = "github:somebody"
FOREIGN = [YUBIKEY, TAG, POST_QUANTUM, SSH, SSH_RSA, GITHUB]


def new_key() -> str:
    return str(x25519.Identity.generate().to_public())


def new_folder(data_dir: Path, *names: str) -> dict[str, x25519.Identity]:
    """Make active recipients of these names; returns the identities that open."""
    made = {name: x25519.Identity.generate() for name in names}
    (data_dir / "recipients.d").mkdir(parents=True, exist_ok=True)
    for name, identity in made.items():
        put(data_dir, f"{name}.pub", str(identity.to_public()))
    return made


def put(data_dir: Path, name: str, text: str, mode: int = 0o644) -> Path:
    path = data_dir / "recipients.d" / name
    path.write_text(f"{text}\n", "utf-8")
    path.chmod(mode)
    return path


def let_time_pass(monkeypatch) -> None:
    """Ten seconds later: what was written just now is old enough to be told apart by its times."""
    then = time.time_ns() + 10_000_000_000
    monkeypatch.setattr(time, "time_ns", lambda: then)


def names(folder: Path) -> list[str]:
    return sorted(path.name for path in folder.iterdir())
