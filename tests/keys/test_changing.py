"""How recipients come and go: nobody counts before they have shown that they can open."""

from __future__ import annotations

import re
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pyrage import decrypt, x25519

from bot.errors import ConfigError
from bot.keys import changing, list_recipients, read_recipients
from bot.keys.challenge import hash_phrase, is_right, make_challenge, read_answer
from bot.keys.changing import activate, add, challenge, revoke, rotate, try_phrase
from tests.keys.folders import FOREIGN, LATER, NOW, names, new_folder, new_key, put


@pytest.fixture
def two(tmp_path: Path) -> Path:
    new_folder(tmp_path, "anna", "ben")
    return tmp_path


@pytest.fixture
def carol() -> x25519.Identity:
    return x25519.Identity.generate()


def answer(identity: x25519.Identity, text: str) -> str:
    """What the holder of the key says on the telephone."""
    return decrypt(text.encode(), [identity]).decode().splitlines()[-1]


def states(data_dir: Path) -> list[tuple[str, str]]:
    return [(one.name, one.state) for one in list_recipients(data_dir)]


def test_a_new_recipient_waits_until_its_holder_has_answered(two: Path, carol: x25519.Identity):
    pending = add(two, "carol", str(carol.to_public()), NOW)
    assert [one.name for one in read_recipients(two)] == ["anna", "ben"]
    changed = activate(two, "carol", answer(carol, pending.challenge), LATER)
    assert (changed.active, changed.replaced, changed.recipient.state) == (3, None, "active")
    assert [(one.name, one.since) for one in read_recipients(two)][-1] == ("carol", LATER)
    assert names(two / "recipients.d") == ["anna.pub", "ben.pub", "carol.pub"]


def test_whoever_added_a_key_on_the_pages_does_not_activate_it(two: Path, carol: x25519.Identity):
    """T10: two people. A new challenge changes nothing about it; at the host itself nobody is named."""
    add(two, "carol", str(carol.to_public()), NOW, by="account-1")
    again = challenge(two, "carol", LATER)
    phrase = answer(carol, again.challenge)
    before = (two / "recipients.d/carol.pending").read_bytes()
    with pytest.raises(ConfigError, match="another person must activate it"):
        activate(two, "carol", phrase, LATER, by="account-1")
    assert (two / "recipients.d/carol.pending").read_bytes() == before
    assert activate(two, "carol", phrase, LATER, by="account-2").active == 3
    rotate(two, "carol", new_key(), NOW, by="account-1")
    assert changing.read_waiting(two, "carol").notes["by"] == "account-1"


def test_a_phrase_is_tried_before_anything_is_activated(two: Path, carol: x25519.Identity):
    """T10: each try counts; what was tried is compared once more, and counts no more."""
    pending = add(two, "carol", str(carol.to_public()), NOW, by="account-1")
    phrase = answer(carol, pending.challenge)
    with pytest.raises(ConfigError, match="another person must activate it"):
        try_phrase(two, "carol", phrase, by="account-1")
    with pytest.raises(ConfigError, match=r"not the phrase \(4 tries left\)"):
        try_phrase(two, "carol", "wrong", by="account-2")
    for _ in range(4):
        assert try_phrase(two, "carol", phrase, by="account-2").state == "pending"
    with pytest.raises(ConfigError, match="make a new challenge"):
        try_phrase(two, "carol", phrase, by="account-2")
    for by, told in (("account-1", phrase), ("account-2", "wrong")):
        with pytest.raises(ConfigError):
            activate(two, "carol", told, LATER, by=by, is_tried=True)
    assert ("carol", "pending") in states(two)
    assert activate(two, "carol", phrase, LATER, by="account-2", is_tried=True).active == 3


def test_a_phrase_told_aloud_may_be_written_differently(two: Path, carol: x25519.Identity):
    pending = add(two, "carol", str(carol.to_public()), NOW)
    told = answer(carol, pending.challenge).replace("-", "  ").upper()
    assert activate(two, "carol", f" {told} ", NOW).active == 3


def test_only_the_hash_of_the_phrase_stays(two: Path, carol: x25519.Identity):
    """Who reads the folder cannot answer."""
    pending = add(two, "carol", str(carol.to_public()), NOW)
    phrase, kept = answer(carol, pending.challenge), (two / "recipients.d/carol.pending").read_text()
    assert re.fullmatch(r"([a-z2-9]{5}-){4}[a-z2-9]{5}", phrase)
    assert phrase not in kept
    assert hash_phrase(phrase) in kept


def test_after_five_wrong_phrases_even_the_right_one_is_refused(two: Path, carol: x25519.Identity):
    pending = add(two, "carol", str(carol.to_public()), NOW)
    for left in (4, 3, 2, 1, 0):
        with pytest.raises(ConfigError, match=rf"that is not the phrase \({left} tries left\)"):
            activate(two, "carol", "wrong", NOW)
    with pytest.raises(ConfigError, match="make a new challenge"):
        activate(two, "carol", answer(carol, pending.challenge), NOW)
    assert ("carol", "pending") in states(two)


def test_a_new_challenge_voids_the_one_before(two: Path, carol: x25519.Identity):
    first = add(two, "carol", str(carol.to_public()), NOW)
    second = challenge(two, "carol", LATER)
    assert second.recipient.fingerprint == first.recipient.fingerprint
    assert list_recipients(two)[-1].since == NOW
    with pytest.raises(ConfigError, match="not the phrase"):
        activate(two, "carol", answer(carol, first.challenge), LATER)
    assert activate(two, "carol", answer(carol, second.challenge), LATER).active == 3


@pytest.mark.parametrize(
    "notes", ["", f"# challenge: {'0' * 64}", f"# tries: x\n# challenge: {'0' * 64}", "# tries: 5"]
)
def test_one_that_waits_without_a_challenge_cannot_be_activated(two: Path, notes: str):
    """A file put there by hand is not enough."""
    put(two, "carol.pending", f"{notes}\n{new_key()}")
    with pytest.raises(ConfigError, match="no try is left"):
        activate(two, "carol", "", NOW)


@pytest.mark.parametrize("command", [activate, revoke])
def test_nobody_of_that_name(two: Path, command):
    with pytest.raises(ConfigError, match="nobody of that name"):
        command(two, "carol", **({"phrase": "x"} if command is activate else {}), now=NOW)


@pytest.mark.parametrize(
    "name", ["", "Carol", "../keys/root", "a/b", ".carol", "carol.pub", "a" * 33, "卡蘿"]
)
def test_a_name_that_could_lead_elsewhere_is_refused(two: Path, name: str):
    for attempt in (
        lambda: add(two, name, new_key(), NOW),
        lambda: rotate(two, name, new_key(), NOW),
        lambda: challenge(two, name, NOW),
        lambda: activate(two, name, "x", NOW),
        lambda: revoke(two, name, NOW),
    ):
        with pytest.raises(ConfigError, match="the name of a key"):
            attempt()
    assert names(two / "recipients.d") == ["anna.pub", "ben.pub"]


@pytest.mark.parametrize("key", [*FOREIGN, "", "age1", "not a key"])
def test_only_x25519_keys_may_wait(two: Path, key: str):
    """T29: refused at the door too, not only when sealing."""
    with pytest.raises(ConfigError, match="age X25519 public key"):
        add(two, "carol", key, NOW)
    assert names(two / "recipients.d") == ["anna.pub", "ben.pub"]


def test_a_known_key_is_refused_in_whatever_state(two: Path):
    """A revoked key does not come back under a new name."""
    waits, gone = new_key(), new_key()
    add(two, "carol", waits, NOW)
    put(two, "dan.revoked", gone)
    for key, state in ((read_recipients(two)[0].public_key, "active"), (waits, "pending"), (gone, "revoked")):
        with pytest.raises(ConfigError, match=rf"is known as \w+ \({state}\)"):
            add(two, "eve", key, NOW)


def test_adding_a_name_that_is_there_points_to_what_was_meant(two: Path):
    with pytest.raises(ConfigError, match="frontdoor keys rotate anna"):
        add(two, "anna", new_key(), NOW)
    with pytest.raises(ConfigError, match="frontdoor keys add carol"):
        rotate(two, "carol", new_key(), NOW)
    rotate(two, "anna", new_key(), NOW)
    with pytest.raises(ConfigError, match="waits already"):
        rotate(two, "anna", new_key(), NOW)


def test_rotating_keeps_the_old_key_until_the_new_one_is_active(two: Path, carol: x25519.Identity):
    """At no moment are there fewer."""
    old = read_recipients(two)[0]
    pending = rotate(two, "anna", str(carol.to_public()), NOW)
    assert read_recipients(two)[0] == old
    changed = activate(two, "anna", answer(carol, pending.challenge), LATER)
    assert changed.active == 2
    assert changed.replaced is not None
    assert (changed.replaced.public_key, changed.replaced.state) == (old.public_key, "revoked")
    assert states(two) == [("anna", "active"), ("ben", "active"), ("anna", "revoked")]
    assert read_recipients(two)[0].public_key == str(carol.to_public())


def test_a_name_may_have_had_many_keys(two: Path):
    for _ in range(3):
        new = x25519.Identity.generate()
        pending = rotate(two, "anna", str(new.to_public()), NOW)
        activate(two, "anna", answer(new, pending.challenge), NOW)
    revoked = [one for one in list_recipients(two) if one.state == "revoked"]
    assert [one.name for one in revoked] == ["anna.2", "anna.3", "anna"]
    assert len({one.public_key for one in revoked}) == 3


@pytest.mark.parametrize("cut_after", ["_retire", "replace"])
def test_an_activation_cut_short_is_finished_by_the_next(
    two: Path, carol: x25519.Identity, cut_after: str, monkeypatch: pytest.MonkeyPatch
):
    """A machine that dies half-way leaves fewer recipients at most, and the same command mends it."""
    pending = rotate(two, "anna", str(carol.to_public()), NOW)
    phrase = answer(carol, pending.challenge)
    real, calls = getattr(changing, cut_after), []

    def die(*args: object):
        real(*args)
        calls.append(args)
        if cut_after == "_retire" or len(calls) == 2:  # the first file replaced is the count of tries
            raise KeyboardInterrupt

    monkeypatch.setattr(changing, cut_after, die)
    with pytest.raises(KeyboardInterrupt):
        activate(two, "anna", phrase, NOW)
    monkeypatch.undo()
    assert "ben" in {one.name for one in read_recipients(two)}
    activate(two, "anna", phrase, NOW)
    assert states(two) == [("anna", "active"), ("ben", "active"), ("anna", "revoked")]
    assert read_recipients(two)[0].public_key == str(carol.to_public())


def test_revoking_below_two_needs_a_second_thought(two: Path):
    """R28: fewer than two and no handoff can be taken."""
    with pytest.raises(ConfigError, match=r"too few would be left .* \(1\)"):
        revoke(two, "anna", NOW)
    assert len(read_recipients(two)) == 2
    assert revoke(two, "anna", NOW, even_so=True).active == 1
    assert states(two) == [("ben", "active"), ("anna", "revoked")]


def test_who_leaves_takes_what_waits_under_the_name_along(two: Path):
    new_folder(two, "carol")
    rotate(two, "carol", new_key(), NOW)
    assert revoke(two, "carol", NOW).recipient.state == "revoked"
    assert names(two / "recipients.d") == ["anna.pub", "ben.pub", "carol.revoked"]


def test_one_that_only_waited_goes_without_a_trace(two: Path):
    add(two, "carol", new_key(), NOW)
    assert revoke(two, "carol", NOW).recipient.state == "pending"
    assert names(two / "recipients.d") == ["anna.pub", "ben.pub"]


def test_a_revocation_cut_short_is_finished_by_the_next(two: Path, monkeypatch: pytest.MonkeyPatch):
    """The key is not sealed to from the first file on."""
    new_folder(two, "carol")

    def die(_path):
        raise KeyboardInterrupt

    monkeypatch.setattr(changing, "remove", die)
    with pytest.raises(KeyboardInterrupt):
        revoke(two, "carol", NOW)
    monkeypatch.undo()
    assert [one.name for one in read_recipients(two)] == ["anna", "ben"]
    assert revoke(two, "carol", NOW).active == 2
    assert names(two / "recipients.d") == ["anna.pub", "ben.pub", "carol.revoked"]


def test_the_first_recipient_makes_the_folder(tmp_path: Path):
    add(tmp_path, "anna", new_key(), NOW)
    assert names(tmp_path / "recipients.d") == ["anna.pending"]


# ─── The challenge ────────────────────────────────────────────────────────────


def test_a_challenge_names_whom_and_which_key_it_is_about(carol: x25519.Identity):
    asked = make_challenge("carol", str(carol.to_public()))
    opened = decrypt(asked.text.encode(), [carol])
    own = opened.decode().splitlines()[2]
    found = read_answer(opened, {own})
    assert found is not None
    assert (found.name, found.fingerprint) == ("carol", own)
    assert is_right(found.phrase, asked.phrase_sha256)
    assert found.phrase not in repr(found)
    assert asked.phrase_sha256 not in repr(asked)


def test_a_challenge_for_another_key_is_not_answered(carol: x25519.Identity):
    opened = decrypt(make_challenge("carol", str(carol.to_public())).text.encode(), [carol])
    assert read_answer(opened, {"0000 0000 0000 0000"}) is None


@pytest.mark.parametrize(
    ("name", "phrase"),
    [
        ("carol\x1b[2J", "aaaaa-bbbbb"), ("carol", "aaaaa\x1b]0;x\x07"), ("carol", "\x9b"), ("carol\t", "a"),
        ("Carol", "aaaaa"), ("carol, who is fine", "aaaaa"), ("", "aaaaa"), ("c" * 33, "aaaaa"),
        ("carol", ""), ("carol", "Aaaaa"), ("carol", "aaaaa bbbbb"), ("carol", "../a"),
    ],
)  # fmt: skip
def test_a_challenge_says_only_what_ours_could_say(name: str, phrase: str):
    """T17: anybody may seal to a public key, so nothing that acts on a terminal is read out."""
    own = "0000 0000 0000 0000"
    assert read_answer(f"frontdoor key challenge\n{name}\n{own}\n{phrase}\n".encode(), {own}) is None


def test_a_challenge_says_its_name_and_phrase():
    own = "0000 0000 0000 0000"
    found = read_answer(f"frontdoor key challenge\ncarol-2\n{own}\nab2-9\n".encode(), {own})
    assert found is not None
    assert (found.name, found.phrase) == ("carol-2", "ab2-9")


@given(st.binary())
def test_what_is_no_challenge_is_never_read_out(opened: bytes):
    """Else a stolen handoff, sent as a challenge, would be shown on the desk's screen."""
    assert read_answer(opened, {"0000 0000 0000 0000"}) is None


@given(st.text())
def test_no_text_breaks_the_comparison(phrase: str):
    assert not is_right(phrase, hash_phrase("some-other-phrase-altogether"))
