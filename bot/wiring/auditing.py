"""The audit log of a data directory: who signs it, who may have, where its anchor and its checkpoints lie."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey, Ed25519PublicKey

from bot.desk.audit import AuditLog
from bot.desk.audit_anchor import Anchor, read_heads
from bot.desk.audit_chain import Head, Signers
from bot.desk.audit_check import AuditCheck
from bot.errors import ConfigError
from bot.keys import read_sign_key, read_signers
from bot.ports import AuditStore, Clock

#: In the data directory: where the log had come to, and where it may begin since old lines were taken out.
ANCHOR = Path("desk/audit-anchor")
CHECKPOINTS = Path("desk/audit-checkpoints")
#: The desk's signing key and those it had before. The public side's never signs the log. Source: bot.keys.signers.
_DESK = "desk"


def open_audit_log(folder: Path, store: AuditStore, clock: Clock) -> AuditLog:
    """Open the log for writing. ConfigError: the desk has no signing key."""
    key = Ed25519PrivateKey.from_private_bytes(read_sign_key(folder, "desk"))
    return AuditLog(store, key, clock, Anchor(folder / ANCHOR), signers=lambda: read_audit_signers(folder))


def open_audit_check(folder: Path, store: AuditStore) -> AuditCheck:
    """Open what checks the log. Signers and checkpoints are read anew for each check."""
    return AuditCheck(
        store,
        Anchor(folder / ANCHOR),
        signers=lambda: read_audit_signers(folder),
        checkpoints=lambda: read_checkpoints(folder),
    )


def read_audit_signers(folder: Path) -> Signers:
    """Read who may have signed the log. ConfigError: a file of a signer is not sound."""
    return {
        one.fingerprint: Ed25519PublicKey.from_public_bytes(one.public_key)
        for one in read_signers(folder)
        if one.name == _DESK or one.name.startswith(f"{_DESK}-")
    }


def read_checkpoints(folder: Path) -> Sequence[Head]:
    """Read where the log may begin; empty: at its beginning only. ConfigError: the file is not what was written."""
    return read_anchor_file(folder / CHECKPOINTS) if (folder / CHECKPOINTS).exists() else ()


def read_anchor_file(path: Path) -> Sequence[Head]:
    """Read a file of heads, one a line. ConfigError: it holds something else."""
    try:
        found = read_heads(path.read_text("ascii"))
    except ValueError:
        found = None
    if found is None:
        raise ConfigError(f"{path}: holds other lines than those of `frontdoor audit anchor`")
    return found
