"""Places where tests let the program fail: inert unless they are named, and never in production."""

from __future__ import annotations

import ast
import os
import signal
import subprocess
import sys
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from bot import failpoints
from bot.errors import ConfigError
from bot.settings import load_settings

BOT = Path(failpoints.__file__).parent
NOON = datetime(2026, 11, 20, 4, 0, tzinfo=UTC)


@pytest.fixture(autouse=True)
def _disarmed() -> Iterator[None]:
    yield
    failpoints.arm("")


def _reached() -> list[str]:
    """Every name with which the code passes a failpoint."""
    calls = [
        node
        for path in BOT.rglob("*.py")
        for node in ast.walk(ast.parse(path.read_text("utf-8")))
        if isinstance(node, ast.Call) and isinstance(node.func, ast.Name) and node.func.id == "reach"
    ]
    return [str(ast.literal_eval(call.args[0])) for call in calls]


def test_every_named_place_is_passed_somewhere_and_no_other() -> None:
    """R2: at least twelve places; a place that nothing passes would prove nothing."""
    assert len(failpoints.POINTS) >= 12
    assert set(_reached()) == set(failpoints.POINTS)


def test_without_the_setting_nothing_happens() -> None:
    """What is tested is what runs."""
    for point in failpoints.POINTS:
        failpoints.reach(point)
    assert not failpoints.is_armed()
    assert failpoints.shifted(NOON) == NOON


def test_a_place_strikes_in_the_passing_that_was_named_and_no_other() -> None:
    """`raise:3` lets two pass, strikes the third, and lets the rest pass."""
    failpoints.arm("after_commit=raise:3")
    outcomes = []
    for _ in range(5):
        try:
            failpoints.reach("after_commit")
            outcomes.append("passed")
        except failpoints.Struck:
            outcomes.append("struck")
        failpoints.reach("before_commit")
    assert outcomes == ["passed", "passed", "struck", "passed", "passed"]


def test_the_clock_jumps_where_it_was_told_to(monkeypatch: pytest.MonkeyPatch) -> None:
    """From then on, for the whole program."""
    monkeypatch.setattr(failpoints, "_shift", timedelta(0))
    failpoints.arm("before_save=jump:-3600:2,after_save=delay:0")
    told = []
    for _ in range(3):
        failpoints.reach("before_save")
        failpoints.reach("after_save")
        told.append(failpoints.shifted(NOON) - NOON)
    assert told == [timedelta(0), timedelta(hours=-1), timedelta(hours=-1)]


@pytest.mark.parametrize(("action", "ends"), [("kill", -signal.SIGKILL), ("freeze", None)])
def test_it_dies_or_freezes_on_the_spot(action: str, ends: int | None) -> None:
    """Nothing behind the place runs: no handler, no clean-up, no buffered word."""
    script = (
        f"import sys; from bot import failpoints as f; f.arm('in_mark={action}'); print('before', flush=True);"
        "f.reach('in_mark'); print('after', flush=True)"
    )
    env = {**os.environ, "PYTHONPATH": str(BOT.parent)}
    with subprocess.Popen(
        [sys.executable, "-c", script], stdout=subprocess.PIPE, text=True, env=env
    ) as process:
        if ends is None:
            _, status = os.waitpid(process.pid, os.WUNTRACED)
            assert os.WIFSTOPPED(status)
            process.kill()
        out, _ = process.communicate()
    assert out == "before\n"
    assert process.returncode == -signal.SIGKILL


@pytest.mark.parametrize(
    "setting", ["nowhere=kill", "after_commit", "after_commit=explode", "in_mark=kill:soon", "in_mark=delay"]
)
def test_what_cannot_be_understood_is_refused(setting: str) -> None:
    """A test that names a place wrongly must not pass by it."""
    with pytest.raises(ConfigError, match="FRONTDOOR_FAIL_AT: write"):
        failpoints.arm(setting)
    assert not failpoints.is_armed()


def test_production_refuses_to_start_with_it(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    """R28: nobody can leave it on by mistake."""
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("FRONTDOOR_PUBLIC_URL", "https://chat.example.org")
    monkeypatch.setenv("FRONTDOOR_ENV", "production")
    assert load_settings().fail_at == ""
    monkeypatch.setenv("FRONTDOOR_FAIL_AT", "after_commit=delay:0")
    with pytest.raises(ConfigError, match="production refuses it"):
        load_settings()
