"""The vault: names that cannot be guessed back, and fields that open in one place only."""

from __future__ import annotations

import pytest
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from hypothesis import given, settings
from hypothesis import strategies as st

from bot import crypto
from bot.crypto import RootVault
from bot.errors import ConfigError, Unreadable

ROOT = bytes(range(32))
VAULT = RootVault(ROOT)
OTHER = RootVault(bytes(32))
HERE = "person_session.blob:abc:1"


def test_a_person_has_one_name_per_channel_and_root() -> None:
    """64 hex digits, always the same, telling nothing of the id."""
    name = VAULT.person_key("line", "U1")
    assert name == RootVault(ROOT).person_key("line", "U1")
    assert len(bytes.fromhex(name)) == 32
    others = [
        VAULT.person_key("telegram", "U1"),
        VAULT.person_key("line", "U2"),
        OTHER.person_key("line", "U1"),
        VAULT.event_key("line", "U1"),
    ]
    assert len({name, *others}) == 5


def test_the_names_stay_the_same_from_release_to_release() -> None:
    """A change here would forget every person and answer every redelivery again."""
    assert (
        VAULT.person_key("line", "U1") == "46bd23a0bb386ef10ddda5a47e07568f532d100f2c2dfe72439a209f54b05bb0"
    )
    assert VAULT.event_key("line", "E1") == "f75cbc88c72baa40243ca16e7f0c9e9fc84b9dfb47a30b963c9dfc96b31de5f1"


@settings(deadline=None)  # a busy machine is no failure
@given(
    st.tuples(st.text(max_size=4), st.text(max_size=4)), st.tuples(st.text(max_size=4), st.text(max_size=4))
)
def test_two_people_never_share_a_name(one: tuple[str, str], other: tuple[str, str]) -> None:
    """Not even where the parts run together to the same string."""
    assert (VAULT.person_key(*one) == VAULT.person_key(*other)) is (one == other)


def test_parts_do_not_run_together() -> None:
    assert VAULT.person_key("ab", "c") != VAULT.person_key("a", "bc")
    assert VAULT.person_key("line", ":1") != VAULT.person_key("line:", "1")


def test_a_broken_id_still_has_a_name() -> None:
    """Half a surrogate pair from a channel must not stop the conversation."""
    assert VAULT.person_key("line", "\ud800") != VAULT.person_key("line", "\ud801")


@settings(deadline=None)  # a busy machine is no failure
@given(st.binary(max_size=2000), st.text(max_size=30))
def test_what_was_locked_opens_in_its_place(plain: bytes, context: str) -> None:
    key, wrapped = VAULT.new_key(context)
    assert VAULT.unwrap(wrapped, context) == key
    assert VAULT.unlock(VAULT.lock(plain, key, context), key, context) == plain


def test_the_same_text_never_looks_the_same() -> None:
    key, _ = VAULT.new_key(HERE)
    assert VAULT.lock(b"x", key, HERE) != VAULT.lock(b"x", key, HERE)
    assert VAULT.new_key(HERE)[0] != key


def test_lengths_show_in_steps_only() -> None:
    """A short answer and a long one look alike from outside."""
    key, _ = VAULT.new_key(HERE)
    sizes = [len(VAULT.lock(b"x" * size, key, HERE)) for size in (0, 1, 1_000, 4_092, 4_093, 8_188)]
    assert sizes == [4_125, 4_125, 4_125, 4_125, 8_221, 8_221]


def test_a_field_does_not_open_elsewhere_or_with_another_key() -> None:
    """Wrong place, wrong key, wrong root, and a key that is not one."""
    key, wrapped = VAULT.new_key(HERE)
    blob = VAULT.lock(b"secret", key, HERE)
    for wrong in (VAULT.new_key(HERE)[0], b"", key[:16], key + b"\0"):
        with pytest.raises(Unreadable):
            VAULT.unlock(blob, wrong, HERE)
    with pytest.raises(Unreadable):
        VAULT.unlock(blob, key, "person_session.blob:abc:2")
    with pytest.raises(Unreadable):
        VAULT.unwrap(wrapped, "elsewhere")
    with pytest.raises(Unreadable):
        OTHER.unwrap(wrapped, HERE)


def test_every_altered_bit_is_noticed() -> None:
    key, _ = VAULT.new_key(HERE)
    blob = VAULT.lock(b"secret", key, HERE)
    for place in range(len(blob) * 8):
        altered = bytearray(blob)
        altered[place // 8] ^= 1 << place % 8
        with pytest.raises(Unreadable):
            VAULT.unlock(bytes(altered), key, HERE)


def test_every_cut_is_noticed() -> None:
    key, wrapped = VAULT.new_key(HERE)
    blob = VAULT.lock(b"secret", key, HERE)
    for size in range(len(blob)):
        with pytest.raises(Unreadable):
            VAULT.unlock(blob[:size], key, HERE)
    with pytest.raises(Unreadable):
        VAULT.unwrap(wrapped[:-1], HERE)


def test_a_wrapped_key_is_not_a_field() -> None:
    """Even with the right key and place, unpadded bytes are refused."""
    key, _ = VAULT.new_key(HERE)
    for plain in (b"\xff" * 32, b"", b"\x00\x00"):
        with pytest.raises(Unreadable):
            VAULT.unlock(crypto._seal(plain, AESGCM(key), HERE), key, HERE)


def test_a_refusal_gives_nothing_away() -> None:
    """No cause hangs on it, and no byte of the field."""
    key, _ = VAULT.new_key(HERE)
    with pytest.raises(Unreadable) as refusal:
        VAULT.unlock(VAULT.lock(b"secret", key, HERE), key, "elsewhere")
    assert refusal.value.__cause__ is None
    assert refusal.value.__suppress_context__
    assert "secret" not in str(refusal.value)


def test_the_vault_hides_its_keys() -> None:
    assert repr(VAULT) == "RootVault(…)"
    assert not hasattr(VAULT, "__dict__")


@pytest.mark.parametrize("size", [0, 16, 31, 33])
def test_a_root_of_another_length_is_refused(size: int) -> None:
    with pytest.raises(ConfigError, match="exactly 32"):
        RootVault(bytes(size))
