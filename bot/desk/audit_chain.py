"""
The chain of the audit log: what a line says, what is signed, and finding where it was changed.

Each line carries the hash of the one before it, and its own is signed: who changes, takes out, puts in or moves a line
must sign all that follow anew. Lines that are missing at the end only an anchor shows. Pure: it reads no file and no
database. Source: SECURITY T32.
"""

from __future__ import annotations

import base64
import binascii
import hashlib
import json
import re
from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import UTC
from functools import cached_property
from typing import Final, Literal, Protocol

from cryptography.exceptions import InvalidSignature

from bot.ports import AuditEntry

#: What the first line follows.
START: Final = hashlib.sha256(b"frontdoor/1 audit log").hexdigest()
_LINE, _CHECKPOINT = b"frontdoor/1 audit line\n", b"frontdoor/1 audit checkpoint\n"
_HASH = re.compile(r"[0-9a-f]{64}")
_MOST_CHARACTERS = 1000

Fault = Literal[
    "missing",
    "out_of_place",
    "changed",
    "unlinked",
    "unknown_signer",
    "bad_signature",
    "wrong_start",
    "cut",
    "replaced",
    "bad_anchor",
    "no_anchor",
]


class VerifyKey(Protocol):
    """The public half of a signing key."""

    def verify(self, signature: bytes, data: bytes, /) -> None:
        """Return if the signature is its own. InvalidSignature: it is not."""
        ...


#: Who may sign the log: public halves by their fingerprints.
Signers = Mapping[str, VerifyKey]


@dataclass(frozen=True, slots=True)
class Head:
    """
    Where the log had come to: a line's number and hash, with its signature.

    An anchor is one that is kept elsewhere. A checkpoint is one that later lines may begin after; it is signed as such.
    """

    number: int
    hash: str
    signature: bytes = field(repr=False)
    signer: str


@dataclass(frozen=True)  # without slots, so that it can keep what it worked out
class Proofs:
    """
    What a log is held against. `checkpoints`: where it may begin, if not at its beginning.

    `anchor_is_gone`: there is none where the log is written.
    """

    signers: Signers
    anchors: Sequence[Head] = ()
    checkpoints: Sequence[Head] = ()
    anchor_is_gone: bool = False

    @cached_property
    def strange(self) -> Sequence[Head]:
        """Anchors that nobody of ours signed: whoever puts one there must not be able to call a sound log cut."""
        return tuple(each for each in self.anchors if not is_signed(each, self.signers))

    @cached_property
    def hashes(self) -> Mapping[int, frozenset[str]]:
        """Which hashes the other anchors know, by number; more than one fit no log."""
        found: defaultdict[int, set[str]] = defaultdict(set)
        for each in self.anchors:
            if each not in self.strange:
                found[each.number].add(each.hash)
        return {number: frozenset(hashes) for number, hashes in found.items()}


@dataclass(frozen=True, slots=True)
class Verdict:
    """
    What was found. `fault` is None for a sound log, else the first fault at line `number`.

    `lines`: how many were looked at; `head`: the last sound one; `anchored`: up to which number an anchor proves it.
    """

    lines: int
    head: Head | None
    fault: Fault | None = None
    number: int = 0
    anchored: int = 0

    @property
    def is_sound(self) -> bool:
        """Whether nothing was found."""
        return self.fault is None


@dataclass(frozen=True, slots=True)
class Check:
    """How far the looking has come. `take` each line in order, then `finish`; a fault stays."""

    proofs: Proofs
    verdict: Verdict = Verdict(0, None)

    def take(self, entry: AuditEntry) -> Check:
        """Look at the next line."""
        if not self.verdict.is_sound:
            return self
        fault = self._find_fault(entry)
        if fault:
            number = entry.number if self.verdict.head is None else self.verdict.head.number + 1
            return replace(self, verdict=replace(self.verdict, fault=fault, number=number))
        is_anchored = entry.number in self.proofs.hashes
        verdict = replace(
            self.verdict,
            lines=self.verdict.lines + 1,
            head=head_of(entry),
            anchored=entry.number if is_anchored else self.verdict.anchored,
        )
        return replace(self, verdict=verdict)

    def finish(self) -> Verdict:
        """Say what was found, now that there are no more lines."""
        verdict, last = self.verdict, self.verdict.head.number if self.verdict.head else 0
        if not verdict.is_sound:
            return verdict
        if max(self.proofs.hashes, default=0) > last:
            return replace(verdict, fault="cut", number=last + 1)
        if self.proofs.strange:
            return replace(verdict, fault="bad_anchor", number=self.proofs.strange[0].number)
        if self.proofs.anchor_is_gone and last:
            return replace(verdict, fault="no_anchor", number=last)
        return verdict

    def _find_fault(self, entry: AuditEntry) -> Fault | None:
        head = self.verdict.head or self._find_start(entry)
        if head is None:
            return "wrong_start"
        if entry.number != head.number + 1:
            return "missing" if entry.number > head.number + 1 else "out_of_place"
        if entry.hash != hash_line(entry):
            return "changed"
        if entry.previous != head.hash:
            return "unlinked"
        return self._find_false_seal(entry)

    def _find_false_seal(self, entry: AuditEntry) -> Fault | None:
        if entry.signer not in self.proofs.signers:
            return "unknown_signer"
        if not is_signed(head_of(entry), self.proofs.signers):
            return "bad_signature"
        is_known = self.proofs.hashes.get(entry.number, frozenset()) <= {entry.hash}
        return None if is_known else "replaced"

    def _find_start(self, first: AuditEntry) -> Head | None:
        """Return what the first line must follow: the beginning, or a checkpoint right before it."""
        if first.number == 1:
            return Head(0, START, b"", "")
        found = (each for each in self.proofs.checkpoints if each.number == first.number - 1)
        return next((each for each in found if is_checkpoint(each, self.proofs.signers)), None)


def verify(entries: Iterable[AuditEntry], proofs: Proofs) -> Verdict:
    """Look at a whole log, line by line."""
    check = Check(proofs)
    for entry in entries:
        check = check.take(entry)
    return check.finish()


def write_line(entry: AuditEntry) -> bytes:
    """Write what the hash of a line covers: JSON of all but hash and signature, keys sorted, no spaces, in ASCII."""
    said = {
        "act": entry.act,
        "actor": entry.actor,
        "at": entry.at.astimezone(UTC).isoformat(),
        "detail": entry.detail,
        "number": entry.number,
        "previous": entry.previous,
        "signer": entry.signer,
        "subject": entry.subject,
    }
    return json.dumps(said, sort_keys=True, separators=(",", ":")).encode("ascii")


def hash_line(entry: AuditEntry) -> str:
    """Hash a line."""
    return hashlib.sha256(write_line(entry)).hexdigest()


def write_statement(number: int, line_hash: str) -> bytes:
    """Write what the signature of a line covers. The number is in the hash too, but an anchor has only that."""
    return _write_statement(_LINE, number, line_hash)


def write_checkpoint(number: int, line_hash: str) -> bytes:
    """Write what the signature of a checkpoint covers: no line's signature can pass for one."""
    return _write_statement(_CHECKPOINT, number, line_hash)


def head_of(entry: AuditEntry) -> Head:
    """Return a line as a head."""
    return Head(entry.number, entry.hash, entry.signature, entry.signer)


def is_signed(head: Head, signers: Signers) -> bool:
    """Whether somebody of ours signed a line with this hash."""
    return _is_signed(head, signers, write_statement(head.number, head.hash))


def is_our_line(entry: AuditEntry, signers: Signers) -> bool:
    """Whether a line says what somebody of ours signed. Where it stands in the chain is not looked at."""
    return hash_line(entry) == entry.hash and is_signed(head_of(entry), signers)


def is_checkpoint(head: Head, signers: Signers) -> bool:
    """Whether somebody of ours signed that the log may begin after this line."""
    return _is_signed(head, signers, write_checkpoint(head.number, head.hash))


def write_head(head: Head) -> str:
    """Write a head as one line of JSON."""
    said = {
        "hash": head.hash,
        "number": head.number,
        "signature": base64.b64encode(head.signature).decode(),
        "signer": head.signer,
    }
    return json.dumps(said, sort_keys=True, separators=(",", ":"))


def read_head(text: str) -> Head | None:
    """Read such a line; None for any other."""
    try:
        if len(text) > _MOST_CHARACTERS:
            return None
        said = json.loads(text)
        number, line_hash, signer = said["number"], said["hash"], said["signer"]
        signature = base64.b64decode(said["signature"], validate=True)
    except (KeyError, TypeError, ValueError, RecursionError, binascii.Error):
        return None
    is_head = type(number) is int and number >= 0 and isinstance(line_hash, str) and isinstance(signer, str)
    return Head(number, line_hash, signature, signer) if is_head and _HASH.fullmatch(line_hash) else None


def _write_statement(kind: bytes, number: int, line_hash: str) -> bytes:
    return kind + f"{number}\n{line_hash}".encode("utf-8", "surrogatepass")


def _is_signed(head: Head, signers: Signers, statement: bytes) -> bool:
    key = signers.get(head.signer)
    if key is None:
        return False
    try:
        key.verify(head.signature, statement)
    except InvalidSignature:
        return False
    return True
