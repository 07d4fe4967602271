"""Who counts as a recipient: three states, one kind of key, files that nobody else may change."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from bot.errors import ConfigError
from bot.keys import fill_demo, list_recipients, mark_recipients, read_recipients, refuse_demo
from tests.keys.folders import FOREIGN, let_time_pass, new_folder, new_key, put


@pytest.fixture
def two(tmp_path: Path) -> Path:
    new_folder(tmp_path, "anna", "ben")
    return tmp_path


def refusal_of(data_dir: Path) -> str:
    with pytest.raises(ConfigError) as refusal:
        read_recipients(data_dir)
    assert "\n" not in str(refusal.value)
    return str(refusal.value)


def test_only_active_ones_are_sealed_to(two: Path):
    put(two, "carol.pending", new_key())
    put(two, "dan.revoked", new_key())
    assert [one.name for one in read_recipients(two)] == ["anna", "ben"]
    assert [(one.name, one.state) for one in list_recipients(two)] == [
        ("anna", "active"),
        ("ben", "active"),
        ("carol", "pending"),
        ("dan", "revoked"),
    ]


def test_a_revoked_key_is_not_active_though_its_file_came_back(two: Path):
    """A restored back-up must not bring a lost key back."""
    put(two, "anna.revoked", (two / "recipients.d/anna.pub").read_text())
    assert [one.name for one in read_recipients(two)] == ["ben"]


@pytest.mark.parametrize("key", FOREIGN)
def test_foreign_kinds_of_keys_are_refused(two: Path, key: str):
    """T29: plugin, hardware-tag, post-quantum, ssh: none of them is parsed, whatever the libraries know."""
    put(two, "carol.pub", key)
    assert refusal_of(two).startswith("recipients.d/carol.pub: must hold exactly one age X25519 key")
    assert key not in refusal_of(two)


def test_one_that_waits_in_a_bad_file_keeps_nobody_out(two: Path):
    """Nothing is sealed to it, so nothing depends on it."""
    put(two, "carol.pending", "no key")
    assert len(read_recipients(two)) == 2


def test_a_bad_file_among_the_revoked_stops_everything(two: Path):
    """What is revoked must be known, or something may be sealed to it."""
    put(two, "carol.revoked", "no key")
    assert "carol.revoked" in refusal_of(two)


@pytest.mark.parametrize("mode", [0o775, 0o757, 0o777])
def test_a_folder_where_others_may_put_keys_is_refused(two: Path, mode: int):
    """T10: who can add a file can read every handoff after it."""
    (two / "recipients.d").chmod(mode)
    assert "chmod 755" in refusal_of(two)


def test_a_folder_that_is_a_link_is_refused(two: Path, tmp_path: Path):
    (two / "recipients.d").rename(tmp_path / "elsewhere")
    (two / "recipients.d").symlink_to(tmp_path / "elsewhere")
    assert "is a link" in refusal_of(two)


def test_a_key_that_is_a_link_is_refused(two: Path, tmp_path: Path):
    """Whoever may change what it leads to could swap the key."""
    (tmp_path / "key").write_text(new_key())
    (two / "recipients.d/carol.pub").symlink_to(tmp_path / "key")
    assert "carol.pub: cannot be read" in refusal_of(two)


def test_a_pipe_in_place_of_a_key_does_not_hang_us(two: Path):
    os.mkfifo(two / "recipients.d/carol.pub")
    assert "carol.pub: cannot be read" in refusal_of(two)


def test_a_folder_in_place_of_a_key_is_refused(two: Path):
    (two / "recipients.d/carol.pub").mkdir()
    assert "carol.pub: cannot be read" in refusal_of(two)


def test_a_file_that_is_too_long_is_refused(two: Path):
    put(two, "carol.pub", "# and so on\n" * 1000 + new_key())
    assert "carol.pub: cannot be read" in refusal_of(two)


def test_what_belongs_to_somebody_else_is_refused(two: Path, monkeypatch: pytest.MonkeyPatch):
    """T10: its owner may change it whatever its mode says."""
    ours = two.stat().st_uid
    monkeypatch.setattr("bot.keys.files._trusted", lambda _data_dir: {ours + 1})
    assert "chown root" in refusal_of(two)
    seen = iter([{ours}, {ours + 1}, {ours}, {ours + 1}, {ours}, {ours + 1}])
    monkeypatch.setattr("bot.keys.files._trusted", lambda _data_dir: next(seen))
    (two / "recipients.d/zoe.revoked").write_text(new_key())
    assert "is somebody else's file" in refusal_of(two)


def test_a_folder_that_cannot_be_listed_is_refused(tmp_path: Path):
    """Not to be taken for an empty one."""
    (tmp_path / "recipients.d").write_text("no folder")
    assert "recipients.d: cannot be listed" in refusal_of(tmp_path)


def test_an_editors_rest_is_left_alone(two: Path):
    (two / "recipients.d/.#carol.pub").symlink_to("somebody@somewhere.1234")
    assert len(read_recipients(two)) == 2


@pytest.mark.parametrize(
    ("note", "day"), [("2026-11-20T04:00:00Z", "2026-11-20"), ("soon", None), ("", None)]
)
def test_since_when_is_told_where_it_was_written_down(two: Path, note: str, day: str | None):
    put(two, "carol.pub", f"# since: {note}\n{new_key()}")
    since = read_recipients(two)[-1].since
    assert (since and since.date().isoformat()) == day


# ─── The mark ─────────────────────────────────────────────────────────────────


def test_the_mark_stays_while_nothing_changes(two: Path, monkeypatch: pytest.MonkeyPatch):
    let_time_pass(monkeypatch)
    assert mark_recipients(two) == mark_recipients(two) is not None


@pytest.mark.parametrize(
    "change",
    [
        lambda folder: (folder / "anna.pub").unlink(),
        lambda folder: (folder / "anna.pub").rename(folder / "zoe.pub"),
        lambda folder: (folder / "anna.pub").chmod(0o600),
        lambda folder: (folder / "anna.pub").write_text(new_key()),
        lambda folder: (folder / "carol.pub").write_text(new_key()),
        lambda folder: folder.chmod(0o700),
    ],
    ids=["gone", "renamed", "mode", "content", "new", "folder"],
)
def test_every_change_is_seen(two: Path, change, monkeypatch: pytest.MonkeyPatch):
    """T10: also one that keeps name and length."""
    let_time_pass(monkeypatch)
    before = mark_recipients(two)
    change(two / "recipients.d")
    assert mark_recipients(two) != before


def test_what_changed_just_now_is_not_trusted_to_stay(two: Path):
    """Two changes within one tick of the file system's clock look alike."""
    assert mark_recipients(two) is None


def test_without_a_folder_there_is_no_mark(tmp_path: Path):
    assert mark_recipients(tmp_path) is None


# ─── The demo ─────────────────────────────────────────────────────────────────


def test_a_demo_recipient_that_was_revoked_does_not_come_back(tmp_path: Path):
    fill_demo(tmp_path)
    (tmp_path / "recipients.d/desk.pub").rename(tmp_path / "recipients.d/desk.revoked")
    fill_demo(tmp_path)
    assert [one.name for one in read_recipients(tmp_path)] == ["recovery"]


def test_production_refuses_a_demo_signer_too(tmp_path: Path):
    """Its private half lies unguarded: whoever has it can forge handoffs."""
    fill_demo(tmp_path)
    (tmp_path / "DEMO").unlink()
    for name in ("desk", "recovery"):
        put(tmp_path, f"{name}.pub", new_key())
    with pytest.raises(ConfigError, match=r"^signers\.d/desk\.pub: a demo signer"):
        refuse_demo(tmp_path)
    for name in ("desk", "front"):
        (tmp_path / f"signers.d/{name}.pub").unlink()
    refuse_demo(tmp_path)
