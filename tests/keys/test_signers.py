"""Whose signature counts, and how a signing key is made and renewed."""

from __future__ import annotations

import stat
from pathlib import Path

import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from bot.errors import ConfigError
from bot.keys import create_signer, fill_demo, read_sign_key, read_signers
from bot.keys.signers import find_unknown_sides
from tests.keys.folders import NOW, names


def public_of(data_dir: Path, side: str) -> bytes:
    return Ed25519PrivateKey.from_private_bytes(read_sign_key(data_dir, side)).public_key().public_bytes_raw()


def test_the_demo_has_one_signer_for_each_side(tmp_path: Path):
    """The public side signs what it seals, the desk what it seals anew."""
    fill_demo(tmp_path)
    assert [(one.name, one.public_key, one.demo) for one in read_signers(tmp_path)] == [
        (side, public_of(tmp_path, side), True) for side in ("desk", "front")
    ]
    assert find_unknown_sides(tmp_path) == ()


def test_a_made_key_has_its_public_half_beside_it(tmp_path: Path):
    made = create_signer(tmp_path, "front", NOW)
    assert (made.name, made.public_key, made.since, made.demo) == (
        "front",
        public_of(tmp_path, "front"),
        NOW,
        False,
    )
    assert stat.S_IMODE((tmp_path / "keys/sign.key").stat().st_mode) == 0o600
    assert stat.S_IMODE((tmp_path / "signers.d/front.pub").stat().st_mode) == 0o644


def test_a_key_is_not_replaced_by_chance(tmp_path: Path):
    create_signer(tmp_path, "desk", NOW)
    before = read_sign_key(tmp_path, "desk")
    with pytest.raises(ConfigError, match="--renew"):
        create_signer(tmp_path, "desk", NOW)
    assert read_sign_key(tmp_path, "desk") == before


def test_a_renewed_key_leaves_the_old_public_half(tmp_path: Path):
    """What it signed is still there, and must not look forged."""
    old = create_signer(tmp_path, "front", NOW)
    new = create_signer(tmp_path, "front", NOW, renew=True)
    assert {one.public_key for one in read_signers(tmp_path)} == {old.public_key, new.public_key}
    assert public_of(tmp_path, "front") == new.public_key
    assert names(tmp_path / "signers.d") == [f"front-{new.fingerprint.replace(' ', '')}.pub", "front.pub"]


def test_filling_the_demo_again_leaves_renewed_signers_alone(tmp_path: Path):
    """A second file for a key that is there under another name would stop everything."""
    fill_demo(tmp_path)
    create_signer(tmp_path, "front", NOW, renew=True)
    (tmp_path / "signers.d/front.pub").unlink()
    fill_demo(tmp_path)
    assert len(read_signers(tmp_path)) == 2


def test_a_side_that_the_desk_would_not_believe_is_found(tmp_path: Path):
    """Otherwise every handoff would be taken for forged, and found out only when somebody reads."""
    fill_demo(tmp_path)
    (tmp_path / "signers.d/front.pub").unlink()
    assert find_unknown_sides(tmp_path) == ("front",)


def test_a_missing_key_is_told_how_to_be_made(tmp_path: Path):
    with pytest.raises(ConfigError, match="frontdoor keys create signer front"):
        read_sign_key(tmp_path)


def test_a_key_that_others_may_read_is_refused(tmp_path: Path):
    create_signer(tmp_path, "front", NOW)
    (tmp_path / "keys/sign.key").chmod(0o640)
    with pytest.raises(ConfigError, match="chmod 600"):
        read_sign_key(tmp_path)


@pytest.mark.parametrize(
    "text",
    ["", "AAAA", "A" * 44, "é" * 44, "A" * 42 + "B=", "A" * 43 + "= \n" + "A" * 43 + "="],
    ids=["empty", "short", "long", "no base64", "second spelling", "two"],
)
def test_what_is_no_public_key_is_refused_by_name(tmp_path: Path, text: str):
    (tmp_path / "signers.d").mkdir()
    (tmp_path / "signers.d/front.pub").write_text(text, "utf-8")
    with pytest.raises(
        ConfigError, match=r"^signers\.d/front\.pub: must hold exactly one public signing key"
    ):
        read_signers(tmp_path)


def test_the_same_signer_twice_is_refused(tmp_path: Path):
    create_signer(tmp_path, "front", NOW)
    (tmp_path / "signers.d/other.pub").write_bytes((tmp_path / "signers.d/front.pub").read_bytes())
    with pytest.raises(ConfigError, match="every signer needs a key of its own"):
        read_signers(tmp_path)


def test_without_a_folder_there_are_no_signers(tmp_path: Path):
    assert read_signers(tmp_path) == ()
