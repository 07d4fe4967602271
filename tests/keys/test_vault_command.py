"""`frontdoor keys vault`: the first vault of an office is filled on its host, without anybody's words."""

from __future__ import annotations

import asyncio
import re
from pathlib import Path

import pytest
from pyrage import x25519
from typer.testing import CliRunner

from bot.commands import tree
from bot.core.envelope import fingerprint
from bot.desk.vaults import StaffVaults
from bot.errors import BotError
from bot.keys import create_signer, read_signers
from bot.keys.files import PUBLIC_MODE, offer
from bot.keys.keyfile import write_key_file
from bot.keys.places import RECIPIENTS, VAULTS
from bot.keys.vault_files import VaultFiles
from bot.settings import load_settings
from bot.wiring.common import prepare
from bot.wiring.keyring import FileKeyRing
from bot.wiring.office_parts import open_parts
from tests.desk.vault_cast import NOON, SEAT, WORDS, FakeAudit, FakeTime
from tests.keys.age_format import lock_quickly


@pytest.fixture(autouse=True)
def office(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A real office without handoffs, its settings from the environment alone."""
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("FRONTDOOR_ENV", "production")
    monkeypatch.setenv("FRONTDOOR_PUBLIC_URL", "https://door.example")
    monkeypatch.setenv("FRONTDOOR_DATA_DIR", str(tmp_path / "var"))
    (tmp_path / "var").mkdir()
    create_signer(tmp_path / "var", "desk", NOON)
    return tmp_path


def run(*args: object, words: str = "") -> tuple[int, str]:
    result = CliRunner().invoke(tree.app, ["keys", "vault", *map(str, args)], input=words)
    assert not re.search("AGE-SECRET-KEY-1[A-Z0-9]", result.output)
    if isinstance(result.exception, BotError):
        return 2, str(result.exception)
    assert result.exception is None or isinstance(result.exception, SystemExit), result.exception
    return result.exit_code, result.output


def make_file(folder: Path, head: str = "") -> tuple[Path, str]:
    """An identity file and the fingerprint of what is in it."""
    identity = x25519.Identity.generate()
    path = folder / "anna.identity"
    path.write_text(f"{head}{identity}\n")
    path.chmod(0o600)
    return path, fingerprint(str(identity.to_public()))


def make_recipient(path: Path) -> None:
    """Let handoffs be sealed to the identity of this file."""
    key = str(x25519.Identity.from_str(path.read_text().strip()).to_public())
    offer(load_settings().data_dir / RECIPIENTS / "anna.pub", write_key_file(key, {}), PUBLIC_MODE)


def vaults() -> StaffVaults:
    """The vaults as the office would see them after a start."""
    data_dir = load_settings().data_dir
    return StaffVaults(
        VaultFiles(data_dir / VAULTS),
        read_signers(data_dir),
        audit=FakeAudit(),
        clock=FakeTime(),
        ring=FileKeyRing(data_dir, FakeTime()).look,
    )


async def _hire(name: str, *rights: str) -> str:
    async with open_parts(load_settings()) as parts:
        await parts.staff.add_account(name, "", NOON)
        account = await parts.staff.find_account(name)
        assert account is not None
        await parts.staff.set_rights(account.id, frozenset(rights))  # type: ignore[arg-type]  # they are rights
        return account.id


def hire(name: str, *rights: str) -> str:
    """Make an account in the office's database."""
    prepare(load_settings(), needs_root=False)
    return asyncio.run(_hire(name, *rights))


def test_the_first_vault_is_filled_with_what_its_holder_reads_aloud(office: Path) -> None:
    """From a locked file; the member's words are never asked for, and open it afterwards."""
    account_id = hire("林社工", "list", "open")
    own = vaults()
    assert asyncio.run(own.set_up(account_id, WORDS, seat=SEAT)) is None
    code = own.look(account_id, SEAT).own_fingerprint
    path, named = make_file(office)
    code_typed = code.upper().replace(" ", "")
    stranger = run("--account", "林社工", "--identity", path, words=f"{code_typed}\n")
    assert "nothing was granted; no recipient has this key" in stranger[1]
    make_recipient(path)
    path.write_bytes(lock_quickly(path.read_bytes(), "six words"))
    wrong = run("--account", "林社工", "--identity", path, words="six words\n0000 0000 0000 0000\n")
    says = "keys vault: nothing was granted; the check code does not fit; ask them to read it from their own page again"
    assert wrong == (2, says)
    done, told = run("--account", "林社工", "--identity", path, words=f"six words\n{code_typed}\n")
    assert (done, "granted: 1 keys to 林社工" in told) == (0, True)
    later = vaults()
    assert asyncio.run(later.unlock(account_id, WORDS, seat=SEAT))
    assert [(key.fingerprint, key.by) for key in later.look(account_id).keys] == [(named, "command")]


def test_who_has_no_vault_or_no_right_gets_nothing(office: Path) -> None:
    hire("林社工", "list", "open")
    hire("王管理", "accounts")
    path, _ = make_file(office)
    for name, says in (
        ("林社工", "set up their words on the Unlock page first"),
        ("王管理", "no account of this name may open handoffs"),
        ("nobody", "no account of this name may open handoffs"),
    ):
        code, told = run("--account", name, "--identity", path, words="0\n")
        assert (code, says in told) == (2, True)


def test_an_identity_of_the_demo_is_for_the_demo_alone(office: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    path, _ = make_file(office, "# DEMO\n")
    assert run("--account", "林社工", "--identity", path)[1].endswith("made by the demo and protects nobody")
    monkeypatch.setenv("FRONTDOOR_ENV", "demo")
    monkeypatch.setenv("FRONTDOOR_DATA_DIR", str(office / "demo"))
    code, told = run("--account", "nobody", words="0\n")
    assert (code, told) == (2, "keys vault: no account of this name may open handoffs")
