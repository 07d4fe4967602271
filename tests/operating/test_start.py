"""R28: what stops a start, as an operator sees it: one line, cause and mend, exit status 2, and nothing of it hidden."""

from __future__ import annotations

import ast
import re
import resource
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest

from tests.end_to_end.programs import ROOT, make_env, remember_sound, run_once

TOLD = re.compile(r"[\s`]+")


def lose(*names: str) -> Callable[[Path], None]:
    def lost(data_dir: Path) -> None:
        for name in names:
            (data_dir / name).unlink()

    return lost


def spoil_database(data_dir: Path) -> None:
    (data_dir / "frontdoor.sqlite3").write_bytes(b"x" * 8192)


def cut_log(data_dir: Path) -> None:
    """An anchor that knows more than the log: as after an older database was put back."""
    told = run_once(data_dir.parent, "audit", "export", "--out", "copy")
    assert told.returncode == 0, told.stderr
    (data_dir / "frontdoor.sqlite3").unlink()


@pytest.mark.parametrize(
    ("program", "spoil", "says"),
    [
        ("serve", lose("recipients.d/recovery.pub", "desk/recovery.identity"), ()),
        ("serve", lambda folder: (folder / "keys/root.key").chmod(0o644), ("chmod 600",)),
        ("serve", spoil_database, ("FRONTDOOR_DATABASE_URL",)),
        ("office", cut_log, ("office: ", "not what it was", "frontdoor audit accept")),
        ("office", lambda folder: (folder / "desk/sign.key").chmod(0o644), ("office: ", "chmod 600")),
    ],
    ids=["few", "open", "noise", "cut", "desk"],
)
def test_each_refusal_is_one_line_and_exit_status_two(
    tmp_path: Path, program: str, spoil: Callable[[Path], None], says: tuple[str, ...]
) -> None:
    """R28: as a program of its own. Where a recipient went it is made again in a demo, unless it was revoked."""
    assert run_once(tmp_path, "migrate").returncode == 0
    if not says:
        assert run_once(tmp_path, "keys", "revoke", "recovery", "--even-so").returncode == 0
        says = ("serve: ", "1 active recipients", "FRONTDOOR_HANDOFFS=not-taken")
    else:
        spoil(tmp_path / "var")
    remember_sound(tmp_path / "var")
    told = run_once(tmp_path, program)
    assert told.returncode == 2, told.stdout
    (line,) = told.stderr.strip().splitlines()
    assert all(part in line for part in says), line


def test_a_disk_that_is_full_stops_the_start_before_anything_is_made(tmp_path: Path) -> None:
    """R28: a real limit, of the kernel: no file may grow. Nothing half-made is left behind."""
    (tmp_path / "var").mkdir()

    def fill() -> None:
        resource.setrlimit(resource.RLIMIT_FSIZE, (4096, 4096))

    told = subprocess.run(
        [sys.executable, "-m", "bot", "serve"],
        cwd=tmp_path,
        # Whoever measures coverage would write a file, too, and say that it could not.
        env={
            name: value
            for name, value in make_env(tmp_path, PYTHONPATH=str(ROOT), PYTHONDONTWRITEBYTECODE="1").items()
            if not name.startswith("COV")
        },
        capture_output=True,
        text=True,
        check=False,
        preexec_fn=fill,
    )
    assert told.returncode == 2
    (line,) = told.stderr.strip().splitlines()
    assert "nothing can be written" in line
    assert "make room" in line
    assert list((tmp_path / "var").iterdir()) == []
    assert [path.name for path in tmp_path.iterdir()] == ["var"]


def test_every_refusal_of_a_check_stands_in_the_table() -> None:
    """Whoever meets one can look it up by its words."""
    told = TOLD.sub(" ", (ROOT / "docs/operators.md").read_text("utf-8"))
    found = 0
    for path in sorted((ROOT / "bot/wiring/checks").glob("*.py")):
        for node in ast.walk(ast.parse(path.read_text("utf-8"))):
            if isinstance(node, ast.Call) and isinstance(node.func, ast.Name) and node.func.id == "refuse":
                says = max(_list_pieces(node.args[1]) or _list_pieces(node.args[2]) or [""], key=len)
                found += 1
                assert TOLD.sub(" ", says).strip() in told, (path.name, node.lineno, says)
    assert found > 15


def _list_pieces(node: ast.AST) -> list[str]:
    return [
        part.value
        for part in ast.walk(node)
        if isinstance(part, ast.Constant) and isinstance(part.value, str)
    ]
