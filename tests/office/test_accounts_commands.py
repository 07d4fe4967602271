"""`frontdoor staff`: what whoever has the host may do, and what is printed where."""

from __future__ import annotations

import asyncio
import sys
from pathlib import Path

import pytest
from typer.testing import CliRunner

from bot.commands import staff
from bot.commands.tree import app
from bot.desk.members import hash_link
from bot.ports import Invitation, Right, StaffAccount
from bot.settings import Settings
from bot.wiring.common import prepare, utc_now
from bot.wiring.office_parts import open_parts


@pytest.fixture
def settings(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Settings:
    """An office with nobody in it, as the commands find it too."""
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("FRONTDOOR_DATA_DIR", str(tmp_path / "var"))
    made = Settings(_env_file=None, data_dir=tmp_path / "var")  # type: ignore[call-arg]  # no .env
    prepare(made)
    return made


def hire(settings: Settings, name: str, *rights: Right) -> None:
    async def work() -> None:
        async with open_parts(settings) as parts:
            await parts.staff.add_account(name, "", utc_now())
            account = await parts.staff.find_account(name)
            assert account
            await parts.staff.set_rights(account.id, frozenset(rights))

    asyncio.run(work())


def find(settings: Settings, name: str) -> StaffAccount | None:
    async def work() -> StaffAccount | None:
        async with open_parts(settings) as parts:
            return await parts.staff.find_account(name)

    return asyncio.run(work())


def find_link(settings: Settings, printed: str) -> Invitation | None:
    async def work() -> Invitation | None:
        async with open_parts(settings) as parts:
            token = printed.rstrip().rpartition("/join/")[2]
            return await parts.staff.find_invitation(hash_link(token), utc_now())

    return asyncio.run(work())


class Terminal:
    """Standard output, as a terminal or as what a service writes into its log."""

    def __init__(self, monkeypatch: pytest.MonkeyPatch, *, is_terminal: bool) -> None:
        monkeypatch.setattr(sys.stdout, "isatty", lambda: is_terminal, raising=False)


def test_the_first_link_is_printed_to_a_terminal(
    settings: Settings, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    """It lets an administrator in, who chooses a name."""
    Terminal(monkeypatch, is_terminal=True)
    staff.offer_first_link(settings)
    found = find_link(settings, capsys.readouterr().out)
    assert found
    assert (found.name, found.rights) == ("", {"accounts"})


def test_without_a_terminal_only_the_command_is_named(
    settings: Settings, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    """What a service prints is kept in a log, where a link must not be."""
    Terminal(monkeypatch, is_terminal=False)
    staff.offer_first_link(settings)
    printed = capsys.readouterr().out
    assert "frontdoor staff invite-admin" in printed
    assert "/join/" not in printed


@pytest.mark.parametrize("is_terminal", [True, False])
def test_nothing_is_printed_while_somebody_manages_accounts(
    settings: Settings,
    capsys: pytest.CaptureFixture[str],
    monkeypatch: pytest.MonkeyPatch,
    *,
    is_terminal: bool,
) -> None:
    hire(settings, "admin", "accounts")
    Terminal(monkeypatch, is_terminal=is_terminal)
    staff.offer_first_link(settings)
    assert capsys.readouterr().out == ""


def test_the_host_lets_an_administrator_in_at_any_time(settings: Settings) -> None:
    """Also while there is one; the link before it ends."""
    hire(settings, "admin", "accounts")
    printed = [CliRunner().invoke(app, ["staff", "invite-admin"]).output for _ in range(2)]
    assert find_link(settings, printed[0]) is None
    assert find_link(settings, printed[1])


def test_the_list_says_who_may_what(settings: Settings) -> None:
    """A line each; a name cannot forge another line."""
    hire(settings, "admin", "accounts")
    hire(settings, "lin\u202e", "open", "list")
    printed = CliRunner().invoke(app, ["staff", "list"]).output
    assert "accounts" in printed
    assert "list,open" in printed
    assert "\u202e" not in printed
    assert printed.rstrip().endswith("2 accounts")


def test_the_host_disables_also_the_last(settings: Settings) -> None:
    """Exit 1 where there is nobody of that name, or no more."""
    hire(settings, "admin", "accounts")
    done = CliRunner().invoke(app, ["staff", "disable", "admin"])
    assert (done.exit_code, find(settings, "admin")) == (0, None)
    again = CliRunner().invoke(app, ["staff", "disable", "admin"])
    assert again.exit_code == 1
    assert "disabled" in CliRunner().invoke(app, ["staff", "list"]).output


def test_the_host_disables_while_the_log_is_down(settings: Settings) -> None:
    """T7: and says that no line tells of it, because this program ends and forgets."""
    hire(settings, "lin", "list")
    (settings.data_dir / "desk" / "audit-anchor").mkdir()
    done = CliRunner().invoke(app, ["staff", "disable", "lin"])
    assert (done.exit_code, find(settings, "lin")) == (0, None)
    assert "the audit log could not be written" in done.stderr
    assert CliRunner().invoke(app, ["staff", "invite-admin"]).exit_code != 0
