"""The small subcommands, run inside this process; tests/end_to_end runs them as an operator does."""

from __future__ import annotations

import re
import shutil
from pathlib import Path

import pytest
from typer.testing import CliRunner

from bot import __main__, __version__
from bot.commands import tree
from bot.commands.service import draw_flow
from bot.errors import ConfigError, FlowError
from bot.settings import Settings

ROOT = Path(__file__).parent.parent


@pytest.fixture(autouse=True)
def _own_directory(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """No settings of the developer, and a data directory of the test's own."""
    monkeypatch.chdir(tmp_path)
    for name in Settings.model_fields.values():
        monkeypatch.delenv(str(name.alias), raising=False)
    monkeypatch.setenv("FRONTDOOR_DATA_DIR", str(tmp_path / "var"))


def run(*args: str, words: str = "") -> tuple[int, str]:
    result = CliRunner().invoke(tree.app, list(args), input=words)
    return result.exit_code, result.output


def test_every_command_has_help():
    """An operator finds out what a command does without running it."""
    code, told = run("--help")
    assert code == 0
    for name in ("serve", "office", "play", "flow", "directory", "migrate", "doctor"):
        assert name in told
        assert run(name, "--help")[0] == 0


def test_the_version_is_printed():
    assert run("version") == (0, f"{__version__}\n")


def test_the_doctor_finds_what_needs_mending_and_what_is_well(tmp_path: Path):
    """Before the first start nothing is there; after it all is well."""
    code, told = run("doctor")
    assert code == 1
    for what in ("keys", "recipients", "database"):
        assert re.search(rf"^拒絕 refusal  \S* {what}: ", told, re.MULTILINE)
    assert run("migrate")[0] == 0
    code, told = run("doctor")
    assert code == 0
    assert "拒絕" not in told
    assert "DEMO" in told


def test_the_doctor_says_that_a_desk_without_its_key_erases_nothing(tmp_path: Path):
    """T32: what cannot be noted is not erased; a public host of its own has no desk, which is well."""
    assert run("migrate")[0] == 0
    desk, key = tmp_path / "var/desk", tmp_path / "var/desk/sign.key"
    assert "desk: its signing key is readable" in run("doctor")[1]
    key.unlink()
    code, told = run("doctor")
    assert code == 1
    assert re.search(r"^拒絕 refusal  \S* desk: ", told, re.MULTILINE)
    assert "frontdoor keys create signer desk" in told
    assert "handoffs are not erased" in told
    shutil.rmtree(desk)
    assert "desk: not here" in run("doctor")[1]
    (tmp_path / "var/keys/root.key").unlink()
    assert re.search(r"^拒絕 refusal  \S* desk: ", run("doctor")[1], re.MULTILINE)


def test_the_doctor_of_production_asks_who_runs_it(monkeypatch: pytest.MonkeyPatch):
    """People are told who answers for the service, so it must be known."""
    monkeypatch.setenv("FRONTDOOR_ENV", "production")
    monkeypatch.setenv("FRONTDOOR_PUBLIC_URL", "https://chat.example.org")
    code, told = run("doctor")
    assert code == 1
    assert "flows/operator.toml" in told
    assert "DEMO" not in told


def test_the_flow_is_checked_on_any_day():
    """Clean today; when facts are overdue the build says so, and fails only if asked to be strict."""
    assert run("flow", "check", "--today", "2026-11-20") == (0, "0 errors, 0 warnings\n")
    code, told = run("flow", "check", "--today", "2027-03-01")
    assert code == 0
    assert "overdue" in told
    assert run("flow", "check", "--today", "2027-03-01", "--strict")[0] == 1
    assert run("flow", "check", "--today", "tomorrow")[0] == 2


def test_the_directory_is_listed_and_checked():
    """Every contact with its date; what is overdue fails the check."""
    code, told = run("directory", "list")
    assert code == 0
    assert "02-6605-7373" in told
    code, told = run("directory", "check", "--today", "2026-11-20")
    assert code == 0
    assert "never dialled: siarc" in told
    code, told = run("directory", "check", "--today", "2027-03-01")
    assert code == 1
    assert "overdue since 2027-02-20: siarc" in told


def test_playing_talks_and_records(tmp_path: Path):
    """A terminal chat, written down as a transcript that says what it proves."""
    words = "1\n/image\n/wait 45\n/wait long\n/wait 999999\n\n嗨\n99\n/quit\nnever read\n"
    code, told = run("play", words=words)
    assert code == 0
    assert "請不要傳檔案給我" in told
    assert "歡迎回來" in told
    args = ("play", "--record", "test.case", "--out", str(tmp_path / "out"))
    assert isinstance(CliRunner().invoke(tree.app, list(args), input=words).exception, FlowError)
    code, told = run(*args, "--proves", "A test.", words=words)
    assert code == 0
    written = (tmp_path / "out" / "frontdoor.test.case.txt").read_text(encoding="utf-8")
    assert written.startswith("# proves: A test.\n# locale: zh_TW\n")
    again = CliRunner().invoke(tree.app, [*args, "--proves", "A test."], input=words)
    assert isinstance(again.exception, FlowError)


def test_playing_to_the_erasure_and_beyond():
    """When everything is erased the next word begins anew; input may end without a farewell."""
    code, told = run("play", "--locale", "en", words="1\ndelete\n1\nhello\n")
    assert code == 0
    assert told.count("I am a bot") == 2


def test_the_flow_is_drawn(tmp_path: Path):
    code, told = run("flow", "draw", "--out", str(tmp_path / "drawn"))
    assert code == 0
    assert "frontdoor.svg" in told


def test_drawing_without_its_library_says_what_to_install(tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    """The library is an extra."""
    monkeypatch.setitem(__import__("sys").modules, "bot.drawing", None)
    with pytest.raises(FlowError, match=r"frontdoor\[draw\]"):
        draw_flow(tmp_path)


@pytest.mark.parametrize(
    "fault", [ConfigError("KEY: cause; mend"), PermissionError(13, "Permission denied", "var")]
)
def test_a_fault_is_one_line_and_status_two(
    fault: Exception, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
):
    """No traceback reaches an operator."""

    def fail() -> None:
        raise fault

    monkeypatch.setattr(tree, "app", fail)
    monkeypatch.setattr(__main__, "set_up_logging", lambda: None)
    with pytest.raises(SystemExit) as stopped:
        __main__.main()
    assert stopped.value.code == 2
    assert len(capsys.readouterr().err.strip().splitlines()) == 1
