"""Key files are whole or not there, and have the mode they need whoever runs the command."""

from __future__ import annotations

import errno
import os
import stat
import threading
from pathlib import Path

import pytest

from bot.commands.placing import place_files
from bot.keys.files import alone, offer, remove, replace
from tests.keys.folders import names


@pytest.mark.parametrize("umask", [0o000, 0o022, 0o077])
def test_the_mode_does_not_hang_on_who_runs_the_command(tmp_path: Path, umask: int):
    """A recipient written by root must be readable by the service."""
    before = os.umask(umask)
    try:
        offer(tmp_path / "secret", b"x")
        offer(tmp_path / "public", b"x", 0o644)
        replace(tmp_path / "public", b"y", 0o644)
    finally:
        os.umask(before)
    modes = {path.name: stat.S_IMODE(path.stat().st_mode) for path in tmp_path.iterdir()}
    assert modes == {"secret": 0o600, "public": 0o644}


def test_a_file_that_is_there_stays(tmp_path: Path):
    assert offer(tmp_path / "key", b"first")
    assert not offer(tmp_path / "key", b"second")
    assert (tmp_path / "key").read_bytes() == b"first"


def refuse_links(monkeypatch: pytest.MonkeyPatch, number: int) -> None:
    def refuse(_part: Path, _path: Path) -> None:
        raise OSError(number, os.strerror(number))

    monkeypatch.setattr(os, "link", refuse)


@pytest.mark.parametrize("number", [errno.EPERM, errno.EOPNOTSUPP, errno.ENOSYS])
def test_a_stick_that_has_no_second_names_takes_a_file(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, number: int
):
    """FAT: whole, with its mode, and never over one that is there."""
    refuse_links(monkeypatch, number)
    assert offer(tmp_path / "key", b"first")
    assert not offer(tmp_path / "key", b"second")
    assert (tmp_path / "key").read_bytes() == b"first"
    assert stat.S_IMODE((tmp_path / "key").stat().st_mode) == 0o600
    assert names(tmp_path) == ["key"]


def test_an_export_goes_onto_a_stick(tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    """FAT has no second names for a file; nothing that is there is overwritten even so."""
    refuse_links(monkeypatch, errno.EPERM)
    first, second = (place_files({"a.csv": told}, tmp_path / "out") for told in (b"first", b"second"))
    assert [path.name for path in (*first, *second)] == ["a.csv", "a-2.csv"]
    assert [path.read_bytes() for path in (*first, *second)] == [b"first", b"second"]


def test_on_a_stick_too_the_faster_one_counts(tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    """Another program makes the file in the moment between."""

    def lose(_part: Path, path: Path) -> None:
        path.write_bytes(b"theirs")
        raise PermissionError(errno.EPERM, "not permitted")

    monkeypatch.setattr(os, "link", lose)
    assert not offer(tmp_path / "key", b"ours")
    assert (tmp_path / "key").read_bytes() == b"theirs"
    assert names(tmp_path) == ["key"]


def test_a_stick_that_is_full_keeps_no_half_file(tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    """R8: what was begun under the final name is gone again."""
    refuse_links(monkeypatch, errno.EPERM)
    real, calls = os.fsync, []

    def fill_up(descriptor: int) -> None:
        calls.append(descriptor)
        if len(calls) == 2:
            raise OSError(errno.ENOSPC, "No space left on device")
        real(descriptor)

    monkeypatch.setattr(os, "fsync", fill_up)
    with pytest.raises(OSError, match="No space"):
        offer(tmp_path / "key", b"x")
    assert names(tmp_path) == []


def test_other_faults_are_not_taken_for_a_stick(tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    refuse_links(monkeypatch, errno.EIO)
    with pytest.raises(OSError, match=os.strerror(errno.EIO)):
        offer(tmp_path / "key", b"x")
    assert names(tmp_path) == []


def test_a_replacement_that_fails_leaves_the_old_file(tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    offer(tmp_path / "key", b"first")

    def fail(_descriptor: int) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(os, "fsync", fail)
    with pytest.raises(OSError, match="No space"):
        replace(tmp_path / "key", b"second", 0o644)
    assert (tmp_path / "key").read_bytes() == b"first"
    assert names(tmp_path) == ["key"]


def test_removing_what_is_gone_is_no_error(tmp_path: Path):
    remove(tmp_path / "key")


def test_two_commands_do_not_change_a_folder_at_once(tmp_path: Path):
    """The second waits for the first."""
    order: list[str] = []
    started = threading.Event()

    def second() -> None:
        started.set()
        with alone(tmp_path):
            order.append("second")

    thread = threading.Thread(target=second)
    with alone(tmp_path):
        thread.start()
        started.wait()
        order.append("first")
    thread.join()
    assert order == ["first", "second"]
