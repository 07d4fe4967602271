"""
The data directory: where keys lie, who may read and change them, and what fills an empty one in the demo.

It must never print a key, and it holds nothing that opens a handoff.
"""

from bot.keys.demo import fill_demo, refuse_demo
from bot.keys.office import ensure_office_key
from bot.keys.places import (
    DEMO_PASSWORD,
    DESK_SIGN_KEY,
    MARKER,
    OFFICE_KEY,
    RECIPIENTS,
    ROOT_BYTES,
    ROOT_KEY,
    SIGN_KEY,
    SIGNERS,
    Side,
)
from bot.keys.recipients import Recipient, list_recipients, mark_recipients, read_recipients
from bot.keys.root import read_root
from bot.keys.signers import Signer, create_signer, read_sign_key, read_signers

__all__ = [
    "DEMO_PASSWORD",
    "DESK_SIGN_KEY",
    "MARKER",
    "OFFICE_KEY",
    "RECIPIENTS",
    "ROOT_BYTES",
    "ROOT_KEY",
    "SIGNERS",
    "SIGN_KEY",
    "Recipient",
    "Side",
    "Signer",
    "create_signer",
    "ensure_office_key",
    "fill_demo",
    "list_recipients",
    "mark_recipients",
    "read_recipients",
    "read_root",
    "read_sign_key",
    "read_signers",
    "refuse_demo",
]
