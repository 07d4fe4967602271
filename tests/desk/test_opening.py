"""Opening: what is not signed for this place and time is never decrypted, and what was touched never opens."""

from __future__ import annotations

import random
from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pyrage
import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from pyrage import x25519

from bot.core.envelope import VERSION, fingerprint, pad, write_statement
from bot.desk import opening
from bot.desk.identity import Identity
from bot.desk.opening import Opener
from bot.errors import Forged, Unreadable
from bot.keys import Recipient, Signer
from bot.keys.signers import write_public
from bot.ports.handoff import Sealed
from bot.sealing import AgeSealer

AT = datetime(2026, 11, 20, 4, 0, tzinfo=UTC)
SEED = 20261120
FRONT, DESK, STRANGER = (bytes([number]) * 32 for number in (1, 2, 3))
DESK_AND_RECOVERY = [x25519.Identity.generate() for _ in range(2)]
PLACE = {"purpose": "handoff", "name": "id-1", "at": AT}


def identity(key: x25519.Identity) -> Identity:
    return Identity(fingerprint(str(key.to_public())), demo=False, key=key)


def signer(private: bytes) -> Signer:
    public = Ed25519PrivateKey.from_private_bytes(private).public_key().public_bytes_raw()
    return Signer("x", public, fingerprint(write_public(private)), demo=False)


def sealer(sign_key: bytes = FRONT, keys: list[x25519.Identity] = DESK_AND_RECOVERY) -> AgeSealer:
    publics = [str(key.to_public()) for key in keys]
    return AgeSealer(lambda: [Recipient("x", one, fingerprint(one), demo=False) for one in publics], sign_key)


def sign(blob: bytes, key: bytes = FRONT) -> Sealed:
    """Sign some bytes properly, whatever they are."""
    made = Ed25519PrivateKey.from_private_bytes(key).sign(write_statement("handoff", "id-1", blob, AT))
    return Sealed(blob, made, signer(key).fingerprint)


@pytest.fixture
def opener() -> Opener:
    return Opener(map(identity, DESK_AND_RECOVERY), [signer(FRONT), signer(DESK)])


@pytest.fixture
def sealed() -> Sealed:
    return sealer().seal(b"a story", **PLACE)


def test_what_was_sealed_opens_where_it_belongs(opener: Opener, sealed: Sealed):
    assert opener.open(sealed, **PLACE) == b"a story"


def test_what_the_desk_sealed_anew_opens_too(opener: Opener):
    """Re-sealing is signed by the desk's own key."""
    assert opener.open(sealer(DESK).seal(b"a story", **PLACE), **PLACE) == b"a story"


@pytest.mark.parametrize("lost", [0, 1])
def test_any_one_identity_may_be_lost(lost: int, sealed: Sealed):
    """R22: the other one opens."""
    left = Opener([identity(DESK_AND_RECOVERY[1 - lost])], [signer(FRONT)])
    assert left.open(sealed, **PLACE) == b"a story"


def test_while_a_key_is_replaced_the_old_and_the_new_identity_open_what_is_theirs(sealed: Sealed):
    new = [x25519.Identity.generate() for _ in range(2)]
    both = Opener(map(identity, [DESK_AND_RECOVERY[0], new[0]]), [signer(FRONT)])
    assert both.open(sealed, **PLACE) == b"a story"
    assert both.open(sealer(keys=new).seal(b"later", **PLACE), **PLACE) == b"later"


# ─── T11: forging, swapping, replaying, editing ───────────────────────────────


OTHER = sealer().seal(b"another story", purpose="handoff", name="id-2", at=AT)


@pytest.mark.parametrize(
    "tamper",
    [
        lambda mine: replace(mine, blob=OTHER.blob),
        lambda mine: replace(mine, signature=OTHER.signature),
        lambda _mine: OTHER,
        lambda mine: replace(mine, signer=signer(DESK).fingerprint),
        lambda mine: replace(mine, signer=signer(STRANGER).fingerprint),
        lambda mine: replace(mine, signer=""),
        lambda mine: replace(mine, signature=b""),
        lambda mine: replace(mine, signature=mine.signature + b"\0"),
        lambda mine: replace(mine, blob=b""),
        lambda mine: replace(mine, blob=mine.blob + b"\0"),
        lambda _mine: sealer(STRANGER).seal(b"forged", **PLACE),
        lambda mine: replace(sealer(STRANGER).seal(b"forged", **PLACE), signer=mine.signer),
    ],
    ids=[
        "another's content",
        "another's signature",
        "replayed under this id",
        "said to be another signer's",
        "said to be a stranger's",
        "nobody's",
        "unsigned",
        "longer signature",
        "emptied",
        "longer",
        "inserted by a stranger",
        "inserted in our name",
    ],
)
def test_a_forged_or_swapped_handoff_is_flagged(opener: Opener, sealed: Sealed, tamper):
    """T11: whoever can write to the database can change, move, replay and insert; none of it is believed."""
    with pytest.raises(Forged):
        opener.open(tamper(sealed), **PLACE)


@pytest.mark.parametrize("purpose", ["consent", "request", "Handoff", ""])
def test_one_kind_cannot_be_passed_off_as_another(opener: Opener, sealed: Sealed, purpose: str):
    """T11: a request's words do not become somebody's story."""
    with pytest.raises(Forged):
        opener.open(sealed, **{**PLACE, "purpose": purpose})


@pytest.mark.parametrize("name", ["id-2", "id-1 ", "ID-1", "", "id-1\0", "\ud800"])
def test_nothing_opens_under_another_id(opener: Opener, sealed: Sealed, name: str):
    """T11: a replay stands out."""
    with pytest.raises(Forged):
        opener.open(sealed, **{**PLACE, "name": name})


@pytest.mark.parametrize("by", [timedelta(seconds=1), timedelta(hours=-1), timedelta(days=365)])
def test_nothing_opens_at_another_time(opener: Opener, sealed: Sealed, by: timedelta):
    """T11: an old one cannot be made to look new."""
    with pytest.raises(Forged):
        opener.open(sealed, **{**PLACE, "at": AT + by})


def test_a_signer_who_was_taken_off_the_list_counts_no_more(sealed: Sealed):
    with pytest.raises(Forged):
        Opener(map(identity, DESK_AND_RECOVERY), [signer(DESK)]).open(sealed, **PLACE)


def test_what_is_forged_is_never_decrypted(opener: Opener, sealed: Sealed, monkeypatch: pytest.MonkeyPatch):
    """T11: a stranger's bytes do not reach the library."""

    def fail(_identities, _age):
        raise AssertionError("it was decrypted")

    monkeypatch.setattr(opening, "decrypt_with", fail)
    with pytest.raises(Forged):
        opener.open(replace(sealed, blob=sealed.blob + b"\0"), **PLACE)


# ─── R21: damage ──────────────────────────────────────────────────────────────


def _flips(blob: bytes) -> Iterator[bytes]:
    """Every byte with one bit flipped, and 2,000 random bits."""
    draw = random.Random(SEED)
    places = [(place, place % 8) for place in range(len(blob))]
    places += [(draw.randrange(len(blob)), draw.randrange(8)) for _ in range(2000)]
    for place, bit in places:
        yield blob[:place] + bytes([blob[place] ^ (1 << bit)]) + blob[place + 1 :]


def test_every_flipped_bit_and_every_truncation_is_caught(opener: Opener, sealed: Sealed):
    """R21: by the signature, before anything is decrypted."""
    blobs = [*_flips(sealed.blob), *(sealed.blob[:size] for size in range(len(sealed.blob)))]
    assert len(blobs) > 10_000
    assert not [blob for blob in blobs if _opens(opener, replace(sealed, blob=blob))]


def test_every_flipped_bit_of_a_signature_is_caught(opener: Opener, sealed: Sealed):
    """R21."""
    flipped = _flips(sealed.signature)
    assert not [one for one in flipped if _opens(opener, replace(sealed, signature=one))]


def test_damage_is_caught_even_when_it_was_signed(opener: Opener, sealed: Sealed):
    """R21: age guards its own bytes, the padding its own zeros; nothing that is not whole comes out."""
    draw = random.Random(SEED)
    flips = [one for one in _flips(sealed.blob) if draw.random() < 0.1]
    cuts = [sealed.blob[:size] for size in range(0, len(sealed.blob), 7)]
    assert len(flips) + len(cuts) > 1000
    assert not [blob for blob in (*flips, *cuts) if _opens(opener, sign(blob))]


def _opens(opener: Opener, one: Sealed) -> bool:
    try:
        opener.open(one, **PLACE)
    except (Forged, Unreadable):
        return False
    return True


@pytest.mark.parametrize(
    "blob",
    [
        b"",
        VERSION,
        b"\x02" + pyrage.encrypt(pad(b"x"), [one.to_public() for one in DESK_AND_RECOVERY]),
        VERSION + pyrage.encrypt(pad(b"x"), [x25519.Identity.generate().to_public()]),
        VERSION + pyrage.encrypt(b"not padded", [one.to_public() for one in DESK_AND_RECOVERY]),
        VERSION + b"age-encryption.org/v1\n-> scrypt x 30\n\n--- x\n",
    ],
    ids=[
        "empty",
        "only a version",
        "another version",
        "for somebody else",
        "not padded",
        "a passphrase file",
    ],
)
def test_what_was_signed_but_does_not_open_is_unreadable(opener: Opener, blob: bytes):
    with pytest.raises(Unreadable):
        opener.open(sign(blob), **PLACE)


def test_without_identities_nothing_opens(sealed: Sealed):
    with pytest.raises(Unreadable):
        Opener([], [signer(FRONT)]).open(sealed, **PLACE)


def test_no_refusal_says_more_than_its_kind(opener: Opener, sealed: Sealed):
    """Neither an id, nor a fingerprint, nor what the library thought of it."""
    said = set()
    for bad in (replace(sealed, signer="1234"), replace(sealed, signature=b""), sign(VERSION), sign(b"")):
        with pytest.raises((Forged, Unreadable)) as refusal:
            opener.open(bad, **PLACE)
        assert refusal.value.__cause__ is None
        assert refusal.value.__suppress_context__ or refusal.value.__context__ is None
        said.add(str(refusal.value))
    assert not [text for text in said if any(digit in text for digit in "0123456789")]
    assert repr(opener) == "Opener(…)"
