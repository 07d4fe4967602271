"""The sealer: to all or to nobody, signed, and shut whenever something about the recipients is not sound."""

from __future__ import annotations

import json
import logging
from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path
from types import SimpleNamespace

import pyrage
import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from hypothesis import given
from hypothesis import strategies as st

from bot import sealing
from bot.core.envelope import unpad, write_statement
from bot.errors import ConfigError, DeskClosed
from bot.keys import Recipient, fill_demo, mark_recipients, read_recipients, read_sign_key, read_signers
from bot.ports import Sealer
from bot.sealing import AgeSealer
from tests.keys.folders import FOREIGN, let_time_pass, new_folder, new_key, put

AT = datetime(2026, 11, 20, 4, 0, tzinfo=UTC)
SIGN_KEY = bytes(range(32))


def sealer_of(data_dir: Path) -> AgeSealer:
    return AgeSealer(lambda: read_recipients(data_dir), SIGN_KEY, mark=lambda: mark_recipients(data_dir))


def seal(sealer: Sealer, plain: bytes = b"hello"):
    return sealer.seal(plain, purpose="handoff", name="id", at=AT)


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory):
    data_dir = tmp_path_factory.mktemp("var")
    return data_dir, new_folder(data_dir, "anna", "ben")


@pytest.fixture
def events(caplog: pytest.LogCaptureFixture) -> Callable[[], list[tuple[str, object, object]]]:
    caplog.set_level(logging.INFO, "bot.sealing")
    return lambda: [(one.message, getattr(one, "fault", None), one.count) for one in caplog.records]


@given(plain=st.binary(max_size=9000))
def test_what_is_sealed_opens_with_the_library_alone(folder, plain: bytes):
    """R22: any one key is enough, and nothing of ours is needed: one byte of version, an age file, a length, zeros."""
    data_dir, identities = folder
    sealed = seal(sealer_of(data_dir), plain)
    assert sealed.blob[:1] == b"\x01"
    for identity in identities.values():
        framed = pyrage.decrypt(sealed.blob[1:], [identity])
        assert framed[4 : 4 + int.from_bytes(framed[:4], "big")] == plain == unpad(framed)


def test_the_signature_is_plain_ed25519_over_the_statement(folder):
    """T11: anybody with the public half can check it."""
    sealed = seal(sealer_of(folder[0]))
    public = Ed25519PrivateKey.from_private_bytes(SIGN_KEY).public_key()
    public.verify(sealed.signature, write_statement("handoff", "id", sealed.blob, AT))


def test_the_signer_is_named_as_in_the_folder_of_signers(tmp_path: Path):
    """Or the desk would not find whose signature it is."""
    fill_demo(tmp_path)
    sealer = AgeSealer(lambda: read_recipients(tmp_path), read_sign_key(tmp_path))
    assert seal(sealer).signer == {one.name: one.fingerprint for one in read_signers(tmp_path)}["front"]


def test_short_and_long_stories_look_alike(folder):
    """A length says how much was told. age itself adds a few bytes by chance, whatever is in the file."""
    story = lambda size: json.dumps({"story": "字" * size}, ensure_ascii=False).encode()  # noqa: E731 - read in place
    sealer = sealer_of(folder[0])
    payloads = {
        len(_payload_of(seal(sealer, story(size)).blob)) for size in (0, 1, 400, 1300) for _ in range(5)
    }
    assert len(payloads) == 1
    assert len(_payload_of(seal(sealer, story(1400)).blob)) == payloads.pop() + 4096


def _payload_of(blob: bytes) -> bytes:
    """What follows the header's last line."""
    return blob.partition(b"\n--- ")[2].partition(b"\n")[2]


def test_the_same_story_never_looks_the_same(folder):
    """Two equal handoffs cannot be told to be equal."""
    sealer = sealer_of(folder[0])
    assert len({seal(sealer).blob for _ in range(20)}) == 20


@pytest.mark.parametrize("names", [(), ("anna",)])
def test_with_fewer_than_two_nothing_is_sealed(tmp_path: Path, names: tuple[str, ...]):
    """R22, R28: one lost key must not lose a handoff."""
    new_folder(tmp_path, *names)
    sealer = sealer_of(tmp_path)
    assert not sealer.is_open()
    assert len(sealer.list_fingerprints()) == len(names)
    with pytest.raises(DeskClosed):
        seal(sealer)


@pytest.mark.parametrize("key", FOREIGN)
def test_one_foreign_key_closes_the_desk(tmp_path: Path, key: str):
    """T29: sealing to the others alone would leave somebody out who is believed to be in."""
    new_folder(tmp_path, "anna", "ben")
    put(tmp_path, "carol.pub", key)
    sealer = sealer_of(tmp_path)
    assert not sealer.is_open()
    assert sealer.list_fingerprints() == ()
    with pytest.raises(DeskClosed):
        seal(sealer)


@pytest.mark.parametrize("key", FOREIGN)
def test_the_sealer_itself_takes_no_foreign_key(key: str):
    """T29: even if whoever reads the files let one through."""
    odd = Recipient("odd", key, "x", demo=False)
    assert not AgeSealer(lambda: [odd, odd, odd], SIGN_KEY).is_open()


@pytest.mark.parametrize("fault", [ConfigError("x"), OSError(5, "x"), RuntimeError("a bug")])
def test_whatever_goes_wrong_is_only_a_closed_desk(fault: Exception):
    """The person hears the truth and a number to call, not an error page."""

    def fail():
        raise fault

    for sealer in (AgeSealer(fail, SIGN_KEY), AgeSealer(list, SIGN_KEY, mark=fail)):
        assert not sealer.is_open()
        with pytest.raises(DeskClosed):
            seal(sealer)


def test_a_change_of_the_folder_counts_at_once(tmp_path: Path):
    """T10: a swapped, revoked or added key is seen by the next handoff."""
    identities = new_folder(tmp_path, "anna", "ben", "carol")
    sealer = sealer_of(tmp_path)
    assert len(sealer.list_fingerprints()) == 3
    (tmp_path / "recipients.d/carol.pub").rename(tmp_path / "recipients.d/carol.revoked")
    assert len(sealer.list_fingerprints()) == 2
    with pytest.raises(pyrage.DecryptError):
        pyrage.decrypt(seal(sealer).blob[1:], [identities["carol"]])
    put(tmp_path, "dan.pub", new_key())
    assert len(sealer.list_fingerprints()) == 3
    (tmp_path / "recipients.d/dan.pub").chmod(0o666)
    assert not sealer.is_open()


def test_an_unchanged_folder_is_not_read_again(tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    """Sealing happens inside a transaction: a look at the times is enough."""
    new_folder(tmp_path, "anna", "ben")
    let_time_pass(monkeypatch)
    reads: list[int] = []

    def read():
        reads.append(1)
        return read_recipients(tmp_path)

    sealer = AgeSealer(read, SIGN_KEY, mark=lambda: mark_recipients(tmp_path))
    for _ in range(5):
        seal(sealer)
    assert len(reads) == 1
    put(tmp_path, "carol.pub", new_key())
    assert len(sealer.list_fingerprints()) == 3
    assert len(reads) == 2


def test_without_a_mark_the_folder_is_read_every_time():
    """Nothing is assumed."""
    recipients = [Recipient(name, new_key(), name, demo=False) for name in ("anna", "ben")]
    sealer = AgeSealer(lambda: recipients, SIGN_KEY)
    assert sealer.is_open()
    recipients.pop()
    assert not sealer.is_open()


def test_closing_and_opening_are_logged_once_each(tmp_path: Path, events):
    """An operator sees it; a night of visitors does not fill the log. No name and no key is in it."""
    new_folder(tmp_path, "anna", "ben")
    sealer = sealer_of(tmp_path)
    for _ in range(3):
        assert sealer.is_open()
    assert events() == []
    (tmp_path / "recipients.d/ben.pub").unlink()
    for _ in range(3):
        assert not sealer.is_open()
    (tmp_path / "recipients.d/anna.pub").write_text("no key")
    for _ in range(3):
        assert not sealer.is_open()
    new_folder(tmp_path, "anna", "ben")
    assert sealer.is_open()
    assert events() == [
        ("desk_closed", "TooFew", 1),
        ("desk_closed", "ConfigError", 0),
        ("desk_open", None, 2),
    ]


# ─── What comes out is looked at before it is believed ────────────────────────


@pytest.mark.parametrize(
    "faulty",
    [
        lambda plain, _keys: plain,
        lambda _plain, _keys: b"",
        lambda plain, keys: pyrage.encrypt(plain, keys[:1]),
        lambda plain, keys: pyrage.encrypt(plain, keys) + plain,
        lambda plain, keys: pyrage.encrypt(plain, keys, armored=True),
        lambda plain, keys: pyrage.encrypt(plain, keys).partition(b"\n--- ")[0],
    ],
    ids=["not encrypted", "nothing", "one left out", "a copy beside it", "another format", "only the head"],
)
def test_a_library_that_fails_quietly_is_noticed(folder, faulty, monkeypatch: pytest.MonkeyPatch):
    """Nothing is stored that was not sealed to everybody."""
    monkeypatch.setattr(sealing, "encrypt", faulty)
    with pytest.raises(DeskClosed):
        seal(sealer_of(folder[0]), b"a story that is long enough to be known again")


def test_a_library_that_refuses_is_a_closed_desk(folder, monkeypatch: pytest.MonkeyPatch):
    def refuse(_plain, _keys):
        raise pyrage.EncryptError("x")

    monkeypatch.setattr(sealing, "encrypt", refuse)
    with pytest.raises(DeskClosed):
        seal(sealer_of(folder[0]))


# ─── Shape ────────────────────────────────────────────────────────────────────


def test_nothing_of_the_key_or_the_content_is_shown(folder):
    sealer = sealer_of(folder[0])
    assert repr(sealer) == "AgeSealer(…)"
    assert repr(seal(sealer)) == f"Sealed(signer='{seal(sealer).signer}')"


@pytest.mark.parametrize("key", [b"", bytes(31), bytes(33)])
def test_a_signing_key_of_another_length_is_refused(key: bytes):
    with pytest.raises(ConfigError, match="wrong length"):
        AgeSealer(list, key)


def test_anything_with_a_key_and_a_fingerprint_can_be_sealed_to():
    """The sealer does not know where recipients come from."""
    two = [SimpleNamespace(public_key=new_key(), fingerprint=name) for name in ("a", "b")]
    sealer: Sealer = AgeSealer(lambda: two, SIGN_KEY)
    assert sealer.list_fingerprints() == ("a", "b")
