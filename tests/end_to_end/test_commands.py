"""The programs as an operator starts them: separate processes, real ports, real signals."""

from __future__ import annotations

import re
import sqlite3
import subprocess
import sys
from pathlib import Path

import httpx
import pytest

from tests.end_to_end.programs import ROOT, make_env, run_once, run_program


def test_both_programs_start_at_once_on_an_empty_directory(tmp_path: Path):
    """`make run` does so; they share keys and database, and each stops when told."""
    with run_program("serve", tmp_path) as serve, run_program("office", tmp_path) as office:
        assert httpx.get(f"{serve.url}/readyz", timeout=60).json() == {"ready": True}
        assert "備忘" in httpx.get(f"{serve.url}/chat", timeout=60).text
        assert httpx.get(office.url, timeout=60).status_code in {302, 303}
        assert serve.stop() == 0
        assert office.stop() == 0


def test_the_printed_demo_login_opens_the_back_office(tmp_path: Path):
    """The password that is printed is the one that works; a wrong one does not."""
    with run_program("office", tmp_path) as office:
        printed = re.search(r"name: (\S+)\s+password: (\S+)", office.read())
        assert printed
        with httpx.Client(
            base_url=office.url, timeout=60, headers={"Sec-Fetch-Site": "same-origin"}
        ) as browser:
            page = browser.get("/login").text
            hidden = dict(re.findall(r'type="hidden" name="([^"]+)" value="([^"]*)"', page))
            fields = {**hidden, "name": printed[1], "password": "wrong"}
            assert browser.post("/login", data=fields).status_code == 403
            answer = browser.post("/login", data={**fields, "password": printed[2]})
            assert answer.status_code == 303
            home = browser.get("/").text
        assert "DEMO" in home
        assert "02-6605-7373" in home
        assert "02-2576-2016" not in home


def test_every_command_of_the_demo_says_demo(tmp_path: Path):
    """Nobody may take a demo for the real service."""
    for command in (("migrate",), ("doctor",)):
        assert "DEMO" in run_once(tmp_path, *command).stdout


@pytest.mark.parametrize(
    ("settings", "says"),
    [
        ({"FRONTDOOR_ENV": "staging"}, "FRONTDOOR_ENV"),
        ({"FRONTDOOR_ENV": "production"}, "FRONTDOOR_PUBLIC_URL"),
        ({"FRONTDOOR_PORT": "99999"}, "FRONTDOOR_PORT"),
        ({"FRONTDOOR_DATABASE_URL": "mysql://x"}, "FRONTDOOR_DATABASE_URL"),
        ({"FRONTDOOR_DATABASE_URL": "sqlite+aiosqlite:///:memory:"}, "FRONTDOOR_DATABASE_URL"),
        ({"FRONTDOOR_DATABASE_URL": "sqlite+aiosqlite:////x?mode=memory"}, "FRONTDOOR_DATABASE_URL"),
        (
            {"FRONTDOOR_DATABASE_URL": "postgresql+asyncpg://u:only-one-of-two@h:port/x"},
            "FRONTDOOR_DATABASE_URL",
        ),
        ({"FRONTDOOR_DATA_DIR": "/dev/null/var"}, "/dev/null/var"),
        ({"LINE_CHANNEL_SECRET": "only-one-of-two"}, "LINE_CHANNEL_ACCESS_TOKEN"),
        ({"TELEGRAM_BOT_TOKEN": "1:x", "TELEGRAM_WEBHOOK_SECRET": "short"}, "TELEGRAM_WEBHOOK_SECRET"),
        (
            {"FRONTDOOR_ENV": "production", "FRONTDOOR_PUBLIC_URL": "https://chat.example.org"},
            "keys/root.key",
        ),
    ],
)
def test_a_wrong_setting_stops_the_start_in_one_line(tmp_path: Path, settings: dict[str, str], says: str):
    """The cause and the mend, no traceback, no secret, exit status 2, nothing created."""
    told = run_once(tmp_path, "serve", **settings)
    assert told.returncode == 2
    lines = told.stderr.strip().splitlines()
    assert len(lines) == 1
    assert says in lines[0]
    assert "only-one-of-two" not in told.stderr
    assert not (tmp_path / "var").exists()


def _refuse_in_one_line(told: subprocess.CompletedProcess[str], *says: str) -> None:
    assert told.returncode == 2
    (line,) = told.stderr.strip().splitlines()
    assert all(part in line for part in says), line


def test_a_database_that_is_away_says_what_to_look_at(tmp_path: Path):
    """Its address stays out of it: it may hold a password."""
    away = {"FRONTDOOR_DATABASE_URL": "postgresql+asyncpg://u:secret@127.0.0.1:1/x"}
    told = run_once(tmp_path, "serve", **away)
    _refuse_in_one_line(told, "FRONTDOOR_DATABASE_URL", "did not answer", "see that it runs")
    assert "secret" not in told.stderr


def test_a_database_of_a_newer_release_is_left_alone(tmp_path: Path):
    """Somebody went back to an older release after an upgrade."""
    assert run_once(tmp_path, "migrate").returncode == 0
    with sqlite3.connect(tmp_path / "var/frontdoor.sqlite3") as database:
        database.execute("UPDATE alembic_version SET version_num = '9999'")
    database.close()
    _refuse_in_one_line(run_once(tmp_path, "serve"), "another release", "start that release")


def test_keys_of_ones_own_are_not_the_demo(tmp_path: Path):
    """Whoever forgets FRONTDOOR_ENV is told so."""
    own = tmp_path / "var/keys"
    own.mkdir(parents=True)
    _refuse_in_one_line(run_once(tmp_path, "office"), "FRONTDOOR_ENV=production")


def test_the_doctor_goes_on_past_a_fault(tmp_path: Path):
    """A recipient that others may change is one line among the others."""
    assert run_once(tmp_path, "migrate").returncode == 0
    (tmp_path / "var/recipients.d/desk.pub").chmod(0o666)
    told = run_once(tmp_path, "doctor")
    assert told.returncode == 1
    assert re.search(r"^拒絕 refusal  \S* recipients: .*\n.*chmod 644", told.stdout, re.MULTILINE)
    assert "LINE: off" in told.stdout


def test_production_refuses_demo_keys(tmp_path: Path):
    """A demo directory cannot be promoted by changing one setting."""
    assert run_once(tmp_path, "migrate").returncode == 0
    told = run_once(
        tmp_path, "serve", FRONTDOOR_ENV="production", FRONTDOOR_PUBLIC_URL="https://chat.example.org"
    )
    assert told.returncode == 2
    assert "demo" in told.stderr.lower()


def test_a_port_that_is_taken_is_said_plainly(tmp_path: Path):
    """An operator who starts it twice is told why it does not start."""
    with run_program("serve", tmp_path) as serve:
        told = run_once(tmp_path, "serve", FRONTDOOR_PORT=serve.url.rsplit(":", 1)[1])
    assert told.returncode != 0
    assert "FRONTDOOR_PORT" in told.stderr


def test_what_was_stored_survives_a_kill(tmp_path: Path):
    """Killed without warning, the program finds the person where they were."""
    with (
        httpx.Client(timeout=60, headers={"Sec-Fetch-Site": "same-origin"}) as visitor,
        run_program("serve", tmp_path) as serve,
    ):
        page = visitor.get(f"{serve.url}/chat").text
        tap = re.search(r'name="tap" value="([^"]+)"', page)
        assert tap
        body = {"tap": tap[1].replace("&amp;", "&"), "delivery": "d" * 32}
        view = visitor.post(f"{serve.url}/chat/turn", json=body).json()["view"]
        serve.process.kill()
        serve.process.wait()
        cookies = dict(visitor.cookies)
    with run_program("serve", tmp_path) as again:
        page = httpx.get(f"{again.url}/chat", cookies=cookies, timeout=60).text
    assert "".join(piece["text"] for piece in view["bubbles"][0]) in page


def test_playing_can_be_recorded_and_never_overwrites(tmp_path: Path):
    """`play --record` writes a transcript that says what it proves."""
    args = (sys.executable, "-m", "bot", "play", "--record", "test.case", "--out", str(tmp_path))
    env = make_env(tmp_path, PYTHONPATH=str(ROOT))
    words = "1\n/image\n/wait 99999999999999999999\n/wait 45\n嗨\n/quit\n"
    unsaid = subprocess.run(
        args, cwd=tmp_path, env=env, input=words, capture_output=True, text=True, check=False
    )
    assert unsaid.returncode == 2
    args = (*args, "--proves", "A test.")
    for expected in (0, 2):
        told = subprocess.run(
            args, cwd=tmp_path, env=env, input=words, capture_output=True, text=True, check=False
        )
        assert told.returncode == expected
    written = (tmp_path / "frontdoor.test.case.txt").read_text(encoding="utf-8")
    assert written.startswith("# proves: A test.\n")
    assert "you: [方便，可以說]" in written
    assert "you: (45 minutes later)" in written


def test_flow_draw_and_directory_answer(tmp_path: Path):
    """The smaller commands work from any folder."""
    drawn = run_once(tmp_path, "flow", "draw", "--out", str(tmp_path / "drawings"))
    assert drawn.returncode == 0, drawn.stderr
    assert list((tmp_path / "drawings").glob("*.svg"))
    assert "02-6605-7373" in run_once(tmp_path, "directory", "list").stdout
    assert run_once(tmp_path, "directory", "check", "--today", "2026-11-20").returncode == 0
    late = run_once(tmp_path, "directory", "check", "--today", "2040-01-01")
    assert late.returncode == 1
    assert "overdue since" in late.stdout
    assert run_once(tmp_path, "directory", "check", "--today", "soon").returncode == 2
