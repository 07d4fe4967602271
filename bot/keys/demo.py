"""
What fills an empty data directory in the demo, and what keeps production away from it.

Production never runs on demo keys: they were made without care.
"""

from __future__ import annotations

import secrets
from pathlib import Path

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from pyrage import x25519  # type: ignore[attr-defined]  # compiled, without stubs

from bot.errors import ConfigError
from bot.keys.files import make_folder, offer
from bot.keys.keyfile import DEMO_LINE, DEMO_SAYS, read_folder, write_key_file
from bot.keys.places import DEMO_PASSWORD, MARKER, RECIPIENTS, ROOT_BYTES, ROOT_KEY, SIGN_KEYS, SIGNERS
from bot.keys.recipients import SUFFIX, read_recipients
from bot.keys.signers import KIND, read_signers, write_public
from bot.keys.words import make_words

_PEOPLE = ("desk", "recovery")


def fill_demo(data_dir: Path) -> None:
    """
    Give an empty data directory demo keys, two recipients, two signers and a staff password.

    Safe to call at every start and by several programs at once: each file appears whole or not at
    all, and the first one stays. A directory with keys but without the marker is somebody's own and
    is left as it is. Call it in the demo environment only.
    """
    if _holds_keys(data_dir) and not (data_dir / MARKER).exists():
        return
    make_folder(data_dir)
    offer(data_dir / MARKER, f"{DEMO_SAYS}\n".encode())  # first, so that no demo key is ever unmarked
    offer(data_dir / ROOT_KEY, secrets.token_bytes(ROOT_BYTES))
    for name, path in SIGN_KEYS.items():
        _fill_signer(data_dir, name, path)
    for person in _PEOPLE:
        _fill_recipient(data_dir, person)
    offer(data_dir / DEMO_PASSWORD, f"{make_words(4)}\n".encode())


def refuse_demo(data_dir: Path) -> None:
    """ConfigError when the directory holds what the demo made. Production calls it before anything else."""
    marker = data_dir / MARKER
    if marker.exists():
        raise ConfigError(
            f"{marker}: FRONTDOOR_ENV=production refuses demo keys; point FRONTDOOR_DATA_DIR at a directory of its own"
        )
    for recipient in read_recipients(data_dir):
        if recipient.demo:
            raise ConfigError(
                f"{RECIPIENTS}/{recipient.name}.pub: a demo recipient; replace it by a key that a person guards"
            )
    for signer in read_signers(data_dir):
        if signer.demo:
            raise ConfigError(
                f"{SIGNERS}/{signer.name}.pub: a demo signer; make one with `frontdoor keys create signer`"
            )


def _holds_keys(data_dir: Path) -> bool:
    return any((data_dir / part).exists() for part in ("keys", RECIPIENTS, SIGNERS, "desk"))


def _fill_signer(data_dir: Path, name: str, path: Path) -> None:
    offer(data_dir / path, Ed25519PrivateKey.generate().private_bytes_raw())
    public = write_public((data_dir / path).read_bytes())
    if not any(one.key == public for one in read_folder(data_dir, KIND, ".pub")):
        offer(data_dir / SIGNERS / f"{name}.pub", write_key_file(public, {}, demo=True))


def _fill_recipient(data_dir: Path, name: str) -> None:
    public = data_dir / RECIPIENTS / f"{name}.pub"
    if public.exists() or public.with_suffix(SUFFIX["revoked"]).exists():
        return  # its identity may have been taken elsewhere on purpose
    identity = data_dir / "desk" / f"{name}.identity"
    offer(identity, f"{DEMO_LINE} {DEMO_SAYS}\n{x25519.Identity.generate()}\n".encode())
    key = x25519.Identity.from_str(identity.read_text("utf-8").splitlines()[-1]).to_public()
    offer(public, write_key_file(str(key), {}, demo=True))
