"""
An identity that somebody pasted: read in memory, never written anywhere.

It must never say what was pasted, whatever is wrong with it.
"""

from __future__ import annotations

from typing import Final, Literal

from pyrage import (  # type: ignore[attr-defined]  # compiled, without stubs
    DecryptError,
    IdentityError,
    passphrase,
    x25519,
)

from bot.core.envelope import fingerprint
from bot.desk.identity import Identity

#: `no_identity`: no age X25519 identity stands there. `needs_words`: its file is locked. `wrong_file_words`: with others.
PasteRefusal = Literal["no_identity", "needs_words", "wrong_file_words", "demo_key"]

_ARMOR: Final = "-----BEGIN AGE ENCRYPTED FILE-----"
_DEMO_LINE: Final = "# DEMO"
_MOST_CHARACTERS: Final = 65_536
#: More than anybody keeps in one file.
_MOST_KEYS: Final = 20


def read_pasted(text: str, file_words: str = "") -> tuple[Identity, ...] | PasteRefusal:
    """
    Read the text of an identity file, plain or armored and locked with `file_words`; that takes a second, on purpose.

    An identity of the demo is refused: it lay unguarded.
    """
    text = "\n".join(line.strip() for line in text[:_MOST_CHARACTERS].splitlines()).strip()
    if text.startswith(_ARMOR):
        if not file_words:
            return "needs_words"
        opened = _unlock(text, file_words)
        if opened is None:
            return "wrong_file_words"
        text = opened
    return _read_lines([line.strip() for line in text.splitlines() if line.strip()])


def _read_lines(lines: list[str]) -> tuple[Identity, ...] | PasteRefusal:
    if any(line.startswith(_DEMO_LINE) for line in lines):
        return "demo_key"
    told = [line for line in lines if not line.startswith("#")]
    try:
        keys = [x25519.Identity.from_str(line) for line in told[:_MOST_KEYS]]
    except IdentityError:
        return "no_identity"
    found = {
        name: Identity(name, demo=False, key=key)
        for key in keys
        for name in [fingerprint(str(key.to_public()))]
    }
    return tuple(found.values()) or "no_identity"


def _unlock(text: str, words: str) -> str | None:
    try:
        opened: bytes = passphrase.decrypt(f"{text}\n".encode(), words)
        return opened.decode()
    except (DecryptError, UnicodeDecodeError):
        return None
