"""What may be shown of a vault, and why something was not done with one. No words and no private half."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Literal

from bot.desk.vaults.pasted import PasteRefusal
from bot.desk.vaults.port import VaultState
from bot.desk.vaults.words import WordsRefusal

#: Why nothing was done. `changed`: the file is another than the one that was looked at. `unsound`: it is damaged, or
#: others could have read it. `locked`: the one who acts must open their own vault first. `stranger`: nothing was ever sealed
#: to that identity, so it is none of the desk's. `full`: the vault would hold too many keys. `key_waits`: it holds a new key that
#: is no recipient's yet. `only_one`: no other vault holds a key of it that a recipient has.
Refusal = (
    Literal[
        "exists",
        "none",
        "unsound",
        "changed",
        "wrong_words",
        "paused",
        "locked",
        "wrong_fingerprint",
        "yourself",
        "unwritable",
        "stranger",
        "full",
        "key_waits",
        "only_one",
    ]
    | WordsRefusal
    | PasteRefusal
)


@dataclass(frozen=True, slots=True)
class DeskKey:
    """
    An identity of the desk in a vault. `public_key` is empty where the vault is not open.

    `by`: the account that put it there, or `command`. `is_known`: something is, or was, sealed to it; no other key opens anything.
    """

    fingerprint: str
    by: str = ""
    at: datetime | None = None
    public_key: str = ""
    is_known: bool = False


@dataclass(frozen=True, slots=True)
class VaultSeen:
    """
    A vault as it may be shown at one seat; where nobody sits it is never open.

    `fingerprint` is what the file says of the member's own key. `own_fingerprint` is that of the key that the member's words
    opened, empty before: only it may be told to a colleague, for whoever swapped the file knows no words. `lent`:
    fingerprints of recovery identities that are open now.
    """

    account_id: str
    state: VaultState
    is_sound: bool = True
    made_at: datetime | None = None
    fingerprint: str = ""
    own_fingerprint: str = ""
    keys: tuple[DeskKey, ...] = ()
    lent: tuple[str, ...] = ()
    paused_until: datetime | None = None
