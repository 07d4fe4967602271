"""Identities: plain or locked by age itself, for the desk alone to read, never shown."""

from __future__ import annotations

from datetime import UTC, datetime
from pathlib import Path

import pyrage
import pytest
from pyrage import x25519

from bot.core.envelope import fingerprint
from bot.desk.identity import decrypt_with, find_identities, load_identities, lock_identity, make_identity
from bot.errors import ConfigError, Unreadable
from bot.keys import fill_demo, read_recipients
from tests.keys.age_format import lock_quickly

NOW = datetime(2026, 11, 20, 4, 0, tzinfo=UTC)
WORDS = "six words drawn by dice"


def write(path: Path, content: str | bytes, mode: int = 0o600) -> Path:
    path.write_bytes(content if isinstance(content, bytes) else content.encode())
    path.chmod(mode)
    return path


def refusal_of(where: Path, unlock=None) -> str:
    with pytest.raises(ConfigError) as refusal:
        load_identities(where, unlock)
    assert "\n" not in str(refusal.value)
    assert "SECRET-KEY-1Q" not in str(refusal.value)
    return str(refusal.value)


def test_the_demo_opens_without_a_passphrase(tmp_path: Path):
    """So that everything can be tried at once; it says that it is a demo."""
    fill_demo(tmp_path)
    found = load_identities(tmp_path)
    assert {one.fingerprint for one in found} == {one.fingerprint for one in read_recipients(tmp_path)}
    assert all(one.demo for one in found)


def test_a_new_identity_is_written_as_ages_own_tool_writes_it():
    made = make_identity(NOW)
    comment, public, key, end = made.text.split("\n")
    assert (comment, public, end) == (
        "# created: 2026-11-20T04:00:00Z",
        f"# public key: {made.public_key}",
        "",
    )
    assert str(x25519.Identity.from_str(key).to_public()) == made.public_key
    assert made.fingerprint == fingerprint(made.public_key)
    assert "SECRET" not in repr(made)


def test_a_plain_identity_is_loaded(tmp_path: Path):
    made = make_identity(NOW)
    (one,) = load_identities(write(tmp_path / "paper.txt", made.text))
    assert (one.fingerprint, one.demo) == (made.fingerprint, False)
    assert "SECRET" not in repr(one)


def test_a_locked_identity_opens_with_ages_passphrase_mode_alone(tmp_path: Path):
    """The public tool opens it when nothing of ours is left; so do we."""
    made = make_identity(NOW)
    locked = lock_identity(made.text, WORDS)
    assert locked.startswith(b"-----BEGIN AGE ENCRYPTED FILE-----\n")
    assert pyrage.passphrase.decrypt(locked, WORDS).decode() == made.text


@pytest.mark.parametrize("unlock", [WORDS, lambda _path: WORDS], ids=["told", "asked"])
def test_a_file_that_another_tool_locked_is_loaded(tmp_path: Path, unlock):
    made = make_identity(NOW)
    path = write(tmp_path / "desk.identity", lock_quickly(made.text.encode(), WORDS))
    assert [one.fingerprint for one in load_identities(path, unlock)] == [made.fingerprint]


def test_only_locked_files_are_asked_for(tmp_path: Path):
    """Each by its own name, because each may have its own passphrase."""
    old, new = make_identity(NOW), make_identity(NOW)
    plain = write(tmp_path / "old", old.text)
    locked = write(tmp_path / "new", lock_quickly(new.text.encode(), WORDS))
    asked: list[Path] = []

    def ask(path: Path) -> str:
        asked.append(path)
        return WORDS

    found = load_identities([plain, locked, plain], ask)
    assert [one.fingerprint for one in found] == [old.fingerprint, new.fingerprint]
    assert asked == [locked]


def test_a_wrong_passphrase_says_no_more_than_that(tmp_path: Path):
    path = write(tmp_path / "x", lock_quickly(make_identity(NOW).text.encode(), WORDS))
    assert "does not open with this passphrase" in refusal_of(path, "something else")
    assert "must be asked for" in refusal_of(path)


@pytest.mark.parametrize("mode", [0o640, 0o604, 0o660, 0o601])
def test_an_identity_that_others_may_read_is_refused(tmp_path: Path, mode: int):
    assert "chmod 600" in refusal_of(write(tmp_path / "x", make_identity(NOW).text, mode))


@pytest.mark.parametrize(
    "content",
    [b"", b"# only a comment\n", b"AGE-SECRET-KEY-1QQ", b"AGE-PLUGIN-YUBIKEY-1QQ", b"\xff\xfe", b"ssh key"],
)
def test_what_is_no_identity_is_refused_by_name(tmp_path: Path, content: bytes):
    """T29: plugins are not run from a file either."""
    assert "holds no age X25519 identity" in refusal_of(write(tmp_path / "x", content))


def test_a_file_that_is_not_there_is_named(tmp_path: Path):
    assert "cannot be read (No such file" in refusal_of(tmp_path / "x")


def test_a_desk_without_an_identity_is_told_what_to_name(tmp_path: Path):
    assert "--identity" in refusal_of(tmp_path)
    fill_demo(tmp_path)
    assert [path.name for path in find_identities(tmp_path)] == ["desk.identity", "recovery.identity"]


@pytest.mark.parametrize(
    ("words", "says"),
    [
        ("short", "12 characters or more"),
        ("密碼密碼密碼密碼密碼密碼", "every keyboard"),
        ("twelve chars\t", "every keyboard"),
        (" twelve chars ", "no space at its ends"),
    ],
)
def test_a_passphrase_that_may_fail_one_day_is_refused(words: str, says: str):
    """On another machine, in a hurry, it must be possible to type it."""
    with pytest.raises(ConfigError, match=says) as refusal:
        lock_identity("x", words)
    assert words not in str(refusal.value)


def test_an_altered_file_is_unreadable():
    with pytest.raises(Unreadable):
        decrypt_with([], b"age-encryption.org/v1\n")
