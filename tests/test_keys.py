"""The data directory: filled once in the demo, and refused with cause and mend when unsafe."""

from __future__ import annotations

import os
import re
import stat
import subprocess
import sys
from pathlib import Path

import pytest
from pyrage import decrypt, encrypt, x25519

from bot.errors import ConfigError
from bot.keys import fill_demo, read_recipients, read_root

YUBIKEY = "age1yubikey1qwt50d05nh5vutpdzmlg5wn80xq5negm4uj9ghv0snvdd3yysf5yw3rhl3t"
SSH = "ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIHsKLqeplhpW+uObz5dvMgjz1OxfM/XXUB+VHtZ6isGN"


@pytest.fixture
def demo(tmp_path: Path) -> Path:
    """A data directory that the demo filled."""
    fill_demo(tmp_path / "var")
    return tmp_path / "var"


@pytest.fixture
def own(tmp_path: Path) -> Path:
    """A data directory with keys that somebody put there with care."""
    for folder in ("keys", "recipients.d"):
        (tmp_path / folder).mkdir()
    root = tmp_path / "keys" / "root.key"
    root.write_bytes(bytes(range(32)))
    root.chmod(0o600)
    for name in ("anna", "ben"):
        add_recipient(tmp_path, name, f"# for {name}\n{new_key()}\n")
    return tmp_path


def new_key() -> str:
    return str(x25519.Identity.generate().to_public())


def add_recipient(data_dir: Path, name: str, content: str) -> None:
    path = data_dir / "recipients.d" / f"{name}.pub"
    path.write_text(content, "utf-8")
    path.chmod(0o644)


def contents(folder: Path) -> dict[str, bytes]:
    return {str(file.relative_to(folder)): file.read_bytes() for file in folder.rglob("*") if file.is_file()}


def refusal_of(env: str, data_dir: Path) -> str:
    with pytest.raises(ConfigError) as refusal:
        read_root(env, data_dir)
    assert "\n" not in str(refusal.value)
    return str(refusal.value)


def test_an_empty_directory_is_filled_for_the_demo(demo: Path) -> None:
    """Everything a demo needs, and nothing left half made."""
    assert sorted(contents(demo)) == [
        "DEMO",
        "desk/demo-staff-password",
        "desk/desk.identity",
        "desk/recovery.identity",
        "desk/sign.key",
        "keys/root.key",
        "keys/sign.key",
        "recipients.d/desk.pub",
        "recipients.d/recovery.pub",
        "signers.d/desk.pub",
        "signers.d/front.pub",
    ]
    assert len(read_root("demo", demo)) == 32
    assert len((demo / "keys/sign.key").read_bytes()) == 32
    assert [(one.name, one.demo) for one in read_recipients(demo)] == [("desk", True), ("recovery", True)]


def test_everything_says_that_it_is_a_demo(demo: Path) -> None:
    """The marker says in one sentence what it means; key files lead with it."""
    assert (demo / "DEMO").read_text().count(".") == 1
    for name in ("recipients.d/desk.pub", "desk/desk.identity", "desk/recovery.identity"):
        assert (demo / name).read_text().startswith("# DEMO ")


def test_only_the_owner_may_look(demo: Path) -> None:
    modes = {stat.S_IMODE(path.stat().st_mode) for path in demo.rglob("*") if path.is_file()}
    assert modes == {0o600}
    folders = [demo, *(path for path in demo.rglob("*") if path.is_dir())]
    assert {stat.S_IMODE(path.stat().st_mode) for path in folders} == {0o700}


def test_the_identities_open_what_is_sealed_to_the_recipients(demo: Path) -> None:
    for recipient in read_recipients(demo):
        sealed = encrypt(b"hello", [x25519.Recipient.from_str(recipient.public_key)])
        line = (demo / "desk" / f"{recipient.name}.identity").read_text().splitlines()[-1]
        assert decrypt(sealed, [x25519.Identity.from_str(line)]) == b"hello"


def test_the_staff_password_can_be_read_and_typed(demo: Path) -> None:
    password = (demo / "desk/demo-staff-password").read_text()
    assert re.fullmatch(r"([a-z2-9]{5}-){3}[a-z2-9]{5}\n", password)


def test_filling_again_changes_nothing(demo: Path) -> None:
    before = contents(demo)
    fill_demo(demo)
    assert contents(demo) == before


def test_an_interrupted_filling_is_completed(demo: Path) -> None:
    """What is there stays; what is missing comes."""
    before = contents(demo)
    (demo / "keys/sign.key").unlink()
    (demo / "recipients.d/desk.pub").unlink()
    fill_demo(demo)
    after = contents(demo)
    assert after.keys() == before.keys()
    assert after["recipients.d/desk.pub"] == before["recipients.d/desk.pub"]


def test_an_identity_that_was_taken_away_is_not_replaced(demo: Path) -> None:
    """A new one would not fit the recipient that is there."""
    (demo / "desk/recovery.identity").unlink()
    fill_demo(demo)
    assert not (demo / "desk/recovery.identity").exists()


def test_somebodys_own_keys_are_left_alone(own: Path) -> None:
    before = contents(own)
    fill_demo(own)
    assert contents(own) == before


def test_a_file_that_somebody_made_first_counts(demo: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Losing the race for a file leaves the winner's, and no rest of ours."""
    before = contents(demo)
    monkeypatch.setattr(Path, "exists", lambda path: path.name == "DEMO")
    fill_demo(demo)
    monkeypatch.undo()
    assert contents(demo) == before


def test_many_programs_may_fill_at_once(tmp_path: Path) -> None:
    """`serve` and `office` start in the same moment: one set of keys, whole and fitting."""
    code = "import sys; from pathlib import Path; from bot.keys import *; p = Path(sys.argv[1]); fill_demo(p); print(read_root('demo', p).hex())"
    all_of_them = [
        subprocess.Popen(
            [sys.executable, "-c", code, str(tmp_path / "var")], stdout=subprocess.PIPE, text=True
        )
        for _ in range(4)
    ]
    assert len({one.communicate()[0] for one in all_of_them}) == 1
    test_the_identities_open_what_is_sealed_to_the_recipients(tmp_path / "var")
    assert not list((tmp_path / "var").rglob("*.part"))


def test_production_takes_keys_of_its_own(own: Path) -> None:
    assert read_root("production", own) == bytes(range(32))
    assert [(one.name, one.demo) for one in read_recipients(own)] == [("anna", False), ("ben", False)]


def test_production_refuses_a_demo_directory(demo: Path) -> None:
    assert "refuses demo keys" in refusal_of("production", demo)


def test_production_refuses_a_demo_recipient_without_the_marker(demo: Path) -> None:
    """Taking the marker away does not make demo keys safe."""
    (demo / "DEMO").unlink()
    assert refusal_of("production", demo).startswith("recipients.d/desk.pub: a demo recipient")


@pytest.mark.parametrize("env", ["production", "demo"])
def test_an_empty_directory_is_told_what_it_needs(tmp_path: Path, env: str) -> None:
    refusal = refusal_of(env, tmp_path)
    assert "keys/root.key: 32 random bytes, mode 600" in refusal
    assert "recipients.d/*.pub" in refusal


@pytest.mark.parametrize("root", [b"", b"short", bytes(33), b"00" * 32 + b"\n"])
def test_a_root_key_of_another_length_is_refused(own: Path, root: bytes) -> None:
    (own / "keys/root.key").write_bytes(root)
    assert "exactly 32 random bytes" in refusal_of("production", own)


@pytest.mark.parametrize("mode", [0o640, 0o604, 0o660, 0o601])
def test_a_root_key_that_others_may_touch_is_refused(own: Path, mode: int) -> None:
    (own / "keys/root.key").chmod(mode)
    assert "chmod 600" in refusal_of("production", own)


def test_a_root_key_that_is_no_file_is_refused(own: Path) -> None:
    (own / "keys/root.key").unlink()
    (own / "keys/root.key").mkdir()
    assert "cannot be read" in refusal_of("production", own)


def test_no_refusal_shows_a_key(own: Path) -> None:
    (own / "keys/root.key").write_bytes(b"SECRET")
    assert "SECRET" not in refusal_of("production", own)


@pytest.mark.parametrize(
    "content",
    [
        YUBIKEY,
        SSH,
        "",
        "# only a comment\n",
        "age1notakey",
        f"{new_key()}\n{new_key()}",
        new_key().upper(),
        str(x25519.Identity.generate()),
    ],
    ids=["plugin", "ssh", "empty", "comment", "typo", "two", "upper case", "secret"],
)
def test_a_recipient_that_is_not_one_age_key_is_refused_by_name(own: Path, content: str) -> None:
    add_recipient(own, "carol", content)
    with pytest.raises(ConfigError, match=r"^recipients\.d/carol\.pub: must hold exactly one") as refusal:
        read_recipients(own)
    assert "SECRET" not in str(refusal.value)


def test_a_recipient_file_that_is_no_text_is_refused_by_name(own: Path) -> None:
    (own / "recipients.d/carol.pub").write_bytes(b"\xff\xfe")
    with pytest.raises(ConfigError, match=r"carol\.pub: cannot be read"):
        read_recipients(own)


def test_a_recipient_that_others_may_change_is_refused(own: Path) -> None:
    """Whoever can swap a recipient can read every handoff after it."""
    (own / "recipients.d/ben.pub").chmod(0o664)
    with pytest.raises(ConfigError, match="chmod 644"):
        read_recipients(own)


def test_the_same_key_twice_is_refused(own: Path) -> None:
    """Two files with one key would look like two people who can open a handoff."""
    add_recipient(own, "carol", (own / "recipients.d/anna.pub").read_text())
    with pytest.raises(ConfigError, match=r"carol\.pub: same key as anna\.pub"):
        read_recipients(own)


def test_no_recipients_is_not_for_the_reader_to_judge(tmp_path: Path) -> None:
    assert read_recipients(tmp_path) == ()


def test_a_fingerprint_can_be_compared_aloud(own: Path) -> None:
    key = "age1gawvcdqh0hn2scmawrnka6g3uu4qsx89qdr0hukxezegg4qs33vq95utzy"
    add_recipient(own, "anna", key)
    assert read_recipients(own)[0].fingerprint == "9b68 eda4 a975 e77e"


def test_other_files_beside_the_recipients_are_not_read(own: Path) -> None:
    (own / "recipients.d" / "README.txt").write_text("who is who")
    (own / "recipients.d" / ".ben.pub.1234.part").write_text("half")
    assert len(read_recipients(own)) == 2


def test_a_failing_disk_leaves_no_rest(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A file appears whole or not at all."""

    def fail(_descriptor: int) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(os, "fsync", fail)
    with pytest.raises(OSError, match="No space"):
        fill_demo(tmp_path / "var")
    assert contents(tmp_path / "var") == {}
