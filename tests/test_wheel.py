"""An installed wheel works outside the repository: data, templates and migrations travel with it."""

from __future__ import annotations

import os
import re
import subprocess
import sys
import zipfile
from pathlib import Path

import pytest

ROOT = Path(__file__).parent.parent


@pytest.fixture(scope="module")
def installed(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Build the wheel as a user's tool would and unpack it where no checkout is near."""
    place = tmp_path_factory.mktemp("wheel")
    build = [sys.executable, "-m", "build", "--wheel", "--no-isolation", "--outdir", str(place), str(ROOT)]
    subprocess.run(build, check=True, capture_output=True)
    (wheel,) = place.glob("*.whl")
    target = place / "site"
    with zipfile.ZipFile(wheel) as archive:
        archive.extractall(target)
    return target


def run(installed: Path, *args: str, words: str = "") -> subprocess.CompletedProcess[str]:
    """Run the installed program from a folder that holds nothing else."""
    home = installed.parent / "elsewhere"
    home.mkdir(exist_ok=True)
    kept = {key: os.environ[key] for key in ("PATH", "HOME", "LANG") if key in os.environ}
    env = {**kept, "PYTHONPATH": str(installed), "PYTHONUTF8": "1", "FRONTDOOR_DATA_DIR": str(home / "var")}
    command = [sys.executable, "-m", "bot", *args]
    return subprocess.run(
        command, cwd=home, env=env, input=words, capture_output=True, text=True, check=False
    )


def test_the_wheel_is_found_before_the_checkout(installed: Path):
    """Otherwise the tests below would prove nothing."""
    script = "import bot; print(bot.__file__)"
    env = {**os.environ, "PYTHONPATH": str(installed)}
    found = subprocess.run(
        [sys.executable, "-c", script], cwd=installed, env=env, capture_output=True, text=True, check=True
    )
    assert str(installed) in found.stdout


def test_it_talks(installed: Path):
    """The conversation and its facts are inside."""
    told = run(installed, "play", words="1\n1\n1\n1\n1\n1\n1\n/quit\n")
    assert told.returncode == 0, told.stderr
    assert "02-6605-7373" in told.stdout


def test_it_speaks_english(installed: Path):
    """The catalogues are inside."""
    told = run(installed, "play", "--locale", "en", words="/quit\n")
    assert told.returncode == 0, told.stderr
    assert "robot" in told.stdout.lower() or "bot" in told.stdout.lower()
    assert "機器人" not in told.stdout


def test_it_checks_its_flow(installed: Path):
    """The word lists are inside."""
    told = run(installed, "flow", "check")
    assert told.returncode == 0, told.stdout


def test_it_understands(installed: Path):
    """What understanding has learned is inside."""
    told = run(installed, "understand", "--json", "he posted my nudes on telegram")
    assert '"status": "spread"' in told.stdout, told.stderr


def test_it_makes_its_database_and_examines_itself(installed: Path):
    """The migrations are inside."""
    assert "up to date" in run(installed, "migrate").stdout
    assert re.search(r" ok +資料庫 database: schema \w+\n", run(installed, "doctor").stdout)


def test_it_draws_its_pages(installed: Path):
    """Templates, scripts and styles are inside."""
    names = zipfile.ZipFile(next(installed.parent.glob("*.whl"))).namelist()
    for wanted in (
        "bot/front/static/chat.js",
        "bot/office/templates/home.html",
        "bot/store/migrations/env.py",
    ):
        assert wanted in names
