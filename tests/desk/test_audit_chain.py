"""T32: whatever is changed, taken out, put in or moved in the audit log is found, at the first line where it shows."""

from __future__ import annotations

import hashlib
import random
from collections.abc import Callable
from dataclasses import fields, replace
from datetime import timedelta
from typing import Any

import pytest
from hypothesis import assume, given, settings
from hypothesis import strategies as st

from bot.desk.audit_chain import (
    START,
    Check,
    Head,
    Proofs,
    hash_line,
    read_head,
    verify,
    write_checkpoint,
    write_head,
    write_line,
    write_statement,
)
from bot.ports import AuditEntry
from tests.desk.audit_cast import (
    ACCOUNT,
    HANDOFF,
    KEY,
    NOON,
    SIGNERS,
    THIEF,
    head,
    make_chain,
    name_key,
    seal,
)

PROOFS = Proofs(SIGNERS)
SHORT = make_chain(12)
Tamper = Callable[[list[AuditEntry], int], list[AuditEntry]]


def edit(entries: list[AuditEntry], at: int) -> list[AuditEntry]:
    """Say that another did it."""
    return [*entries[:at], replace(entries[at], actor=HANDOFF), *entries[at + 1 :]]


def delete(entries: list[AuditEntry], at: int) -> list[AuditEntry]:
    return [*entries[:at], *entries[at + 1 :]]


def insert(entries: list[AuditEntry], at: int) -> list[AuditEntry]:
    """Put a copy of a genuine line in, which somebody without a key can do."""
    return [*entries[:at], entries[at // 2], *entries[at:]]


def forge(entries: list[AuditEntry], at: int) -> list[AuditEntry]:
    """Put a line in that follows well and says so itself, signed by a key of one's own."""
    previous = entries[at - 1].hash if at else START
    forged = seal(replace(entries[at], previous=previous, subject=ACCOUNT), THIEF)
    return [*entries[:at], forged, *entries[at:]]


def swap(entries: list[AuditEntry], at: int) -> list[AuditEntry]:
    """Change places with a neighbour."""
    at = min(at, len(entries) - 2)
    return [*entries[:at], entries[at + 1], entries[at], *entries[at + 2 :]]


def renumber(entries: list[AuditEntry], at: int) -> list[AuditEntry]:
    """Take a line out and close the gap."""
    later = [replace(each, number=each.number - 1) for each in entries[at + 1 :]]
    return [*entries[:at], *later]


TAMPERINGS: tuple[Tamper, ...] = (edit, delete, insert, forge, swap, renumber)


@pytest.fixture(scope="module")
def chain() -> list[AuditEntry]:
    """Ten thousand lines."""
    return make_chain(10_000)


def test_a_log_as_it_was_written_is_sound(chain: list[AuditEntry]) -> None:
    """All of it is looked at, and the verdict says how far it goes."""
    verdict = verify(chain, replace(PROOFS, anchors=[head(chain[-1]), head(chain[41])]))
    assert (verdict.is_sound, verdict.lines, verdict.head) == (True, 10_000, head(chain[-1]))
    assert verdict.anchored == 10_000


def test_a_log_without_lines_is_sound() -> None:
    """Until an anchor says that there were some."""
    assert verify([], PROOFS).is_sound
    assert verify([], replace(PROOFS, anchors=[head(SHORT[0])])).fault == "cut"


@pytest.mark.parametrize("tamper", TAMPERINGS, ids=lambda tamper: tamper.__name__)
def test_tampering_anywhere_is_found(tamper: Tamper, chain: list[AuditEntry]) -> None:
    """
    T32: at each of 10,000 places, both ends among them; only what is cut off at the end needs the anchor.

    The lines before the place are the same, so that looking at them once is enough for all.
    """
    proofs = replace(PROOFS, anchors=[head(chain[-1])])
    before, missed = Check(proofs), []
    for at in range(len(chain)):
        start = max(at - 1, 0)
        if start:
            before = before.take(chain[start - 1])
        window = tamper(chain[start : at + 3], at - start)
        check = before
        for entry in window:
            check = check.take(entry)
        reaches_the_end = at + 3 >= len(chain)
        if check.verdict.is_sound and not (reaches_the_end and check.finish().fault == "cut"):
            missed.append(at)
        assert check.verdict.lines <= at + 1
    assert not missed


@pytest.mark.parametrize("tamper", TAMPERINGS, ids=lambda tamper: tamper.__name__)
def test_a_whole_log_is_condemned_at_the_first_fault(tamper: Tamper, chain: list[AuditEntry]) -> None:
    """T32: the same through and through, at a sample of places; nothing after the fault is called right."""
    proofs = replace(PROOFS, anchors=[head(chain[-1])])
    seed = 32
    for at in (0, 1, 4_999, 9_998, 9_999, *random.Random(seed).sample(range(10_000), 5)):
        verdict = verify(tamper(chain, at), proofs)
        assert not verdict.is_sound, (seed, at)
        assert verdict.number in {at, at + 1, at + 2}, (seed, at, verdict)


CHANGES: dict[str, Any] = {
    "number": st.integers(-3, 20),
    "at": st.timedeltas(-timedelta(days=9), timedelta(days=9)).map(lambda span: NOON + span),
    "actor": st.text(max_size=40),
    "act": st.text(max_size=40),
    "subject": st.text(max_size=40),
    "detail": st.text(max_size=40) | st.sampled_from(['{"reason": "first_call"}', "{}", ""]),
    "previous": st.text(max_size=64) | st.just(START),
    "hash": st.text(max_size=64) | st.sampled_from([each.hash for each in SHORT]),
    "signature": st.binary(max_size=70) | st.sampled_from([each.signature for each in SHORT]),
    "signer": st.text(max_size=20) | st.just(name_key(THIEF)),
}


@pytest.mark.parametrize("name", [each.name for each in fields(AuditEntry)])
@settings(max_examples=60, deadline=None)
@given(data=st.data())
def test_any_change_of_any_field_of_any_line_is_found(name: str, data: st.DataObject) -> None:
    """T32: also of one that was hashed anew by somebody without a key."""
    at, value = data.draw(st.integers(0, len(SHORT) - 1)), data.draw(CHANGES[name])
    changed = replace(SHORT[at], **{name: value})
    assume(changed != SHORT[at])
    if data.draw(st.booleans()) and name != "hash":
        changed = replace(changed, hash=hash_line(changed))
    verdict = verify([*SHORT[:at], changed, *SHORT[at + 1 :]], replace(PROOFS, anchors=[head(SHORT[-1])]))
    assert verdict.number == at + 1 or (name == "number" and at == 0)
    assert not verdict.is_sound


def test_every_field_of_a_line_can_be_changed() -> None:
    """So that the test above forgets none."""
    assert CHANGES.keys() == {each.name for each in fields(AuditEntry)}


def test_each_fault_has_its_name() -> None:
    """What is said to the auditor is what happened."""
    third = SHORT[2]
    detached = seal(replace(third, previous=SHORT[0].hash))
    assert verify(edit(SHORT, 2), PROOFS).fault == "changed"
    assert verify(delete(SHORT, 2), PROOFS).fault == "missing"
    assert verify(swap(SHORT, 2), PROOFS).fault == "missing"
    assert verify(insert(SHORT, 2), PROOFS).fault == "out_of_place"
    assert verify(forge(SHORT, 2), PROOFS).fault == "unknown_signer"
    assert verify([*SHORT[:2], detached, *SHORT[3:]], PROOFS).fault == "unlinked"
    swapped = replace(third, signature=SHORT[3].signature)
    assert verify([*SHORT[:2], swapped, *SHORT[3:]], PROOFS).fault == "bad_signature"
    assert verify(delete(SHORT, 0), PROOFS).fault == "wrong_start"
    assert verify(SHORT[:6], replace(PROOFS, anchors=[head(SHORT[7])])) == replace(
        verify(SHORT[:6], PROOFS), fault="cut", number=7
    )


def test_a_log_that_was_written_anew_with_our_key_is_found_by_an_anchor() -> None:
    """T32: whoever has the desk's key can make a log that looks sound; a head that is kept elsewhere says otherwise."""
    rewritten = make_chain(4)[:3]
    previous = rewritten[-1].hash
    for entry in SHORT[3:]:
        rewritten.append(seal(replace(entry, previous=previous, actor=HANDOFF)))
        previous = rewritten[-1].hash
    assert verify(rewritten, PROOFS).is_sound
    verdict = verify(rewritten, replace(PROOFS, anchors=[head(SHORT[8])]))
    assert (verdict.fault, verdict.number) == ("replaced", 9)


def test_an_anchor_that_nobody_signed_accuses_nobody() -> None:
    """It is said to be strange itself; the number belongs to what is signed."""
    sound = head(SHORT[5])
    for strange in (
        replace(sound, number=7),
        replace(sound, number=900),
        replace(sound, hash="0" * 64),
        replace(sound, signer=name_key(THIEF)),
        replace(sound, signature=b""),
    ):
        assert verify(SHORT, replace(PROOFS, anchors=[strange])).fault == "bad_anchor"


def test_an_anchor_may_be_behind_the_log() -> None:
    """It is written after its line."""
    verdict = verify(SHORT, replace(PROOFS, anchors=[head(SHORT[2])]))
    assert (verdict.is_sound, verdict.anchored) == (True, 3)


def test_an_anchor_that_is_gone_is_missed() -> None:
    """It was there before the first line."""
    proofs = replace(PROOFS, anchor_is_gone=True)
    assert verify([], proofs).is_sound
    assert verify(SHORT[:1], proofs).fault == "no_anchor"


def test_a_log_may_begin_after_a_checkpoint_and_nowhere_else() -> None:
    """T32: a line's own signature makes no checkpoint, nor does anybody else's."""
    last = SHORT[4]
    statement = write_checkpoint(last.number, last.hash)
    signed = Head(last.number, last.hash, KEY.sign(statement), name_key(KEY))
    assert verify(SHORT[5:], replace(PROOFS, checkpoints=[signed])).is_sound
    assert verify(SHORT, replace(PROOFS, checkpoints=[signed])).is_sound
    assert verify(SHORT[6:], replace(PROOFS, checkpoints=[signed])).fault == "wrong_start"
    thiefs = Head(last.number, last.hash, THIEF.sign(statement), name_key(THIEF))
    for strange in (head(last), thiefs, replace(signed, number=5, hash=SHORT[3].hash)):
        assert verify(SHORT[5:], replace(PROOFS, checkpoints=[strange])).fault == "wrong_start"
    moved = replace(signed, number=6)
    assert verify(SHORT[6:], replace(PROOFS, checkpoints=[moved])).fault == "wrong_start"


def test_what_is_hashed_never_changes() -> None:
    """A line of years ago must be checkable with the program of then or of now."""
    entry = replace(SHORT[0], signer="0000 0000 0000 0000", previous="f" * 64)
    written = (
        b'{"act":"opened","actor":"6c1d6f2e-3f5b-4a52-9d39-0d5a8a3b6f10","at":"2026-11-20T04:00:31+00:00",'
        b'"detail":"{\\"reason\\":\\"first_call\\"}","number":1,"previous":"'
        + b"f" * 64
        + b'","signer":"0000 0000 0000 0000","subject":"0b8a3f1e-77aa-4c5e-8d1f-5a2b9c3d4e6f"}'
    )
    assert write_line(entry) == written
    assert hash_line(entry) == hashlib.sha256(written).hexdigest()
    assert write_statement(1, "ab") == b"frontdoor/1 audit line\n1\nab"
    assert write_checkpoint(1, "ab") == b"frontdoor/1 audit checkpoint\n1\nab"
    assert START == "4fd702119857848db16bb3a49d1b9af5a9f4fc01317e2918314e021b3bbda28a"


def test_a_head_is_one_line_and_reads_back() -> None:
    """It can be sent in a mail or written into a file with others."""
    written = write_head(head(SHORT[3]))
    assert "\n" not in written
    assert read_head(written) == head(SHORT[3])


@pytest.mark.parametrize(
    "text",
    [
        "",
        "x",
        "[]",
        "3",
        "{}",
        "[" * 900,
        '{"hash":"00","number":1,"signature":"AA==","signer":"a"}',
        write_head(replace(head(SHORT[3]), number=-1)),
        write_head(replace(head(SHORT[3]), hash="F" * 64)),
        write_head(head(SHORT[3])).replace(":4,", ":true,"),
        write_head(head(SHORT[3])).replace(":4,", ":4.0,"),
        write_head(head(SHORT[3])).replace('"signature":"', '"signature":"*'),
        write_head(replace(head(SHORT[3]), signer="x" * 1000)),
    ],
)
def test_other_lines_are_no_heads(text: str) -> None:
    """Whatever stands in a file that somebody names."""
    assert read_head(text) is None
