"""`frontdoor understand` prints only what is stated, needs nothing around it, and says which line of a batch is wrong."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.commands.understand import answer_lines
from bot.errors import ConfigError
from bot.understanding.reading import Reader
from tests.understanding.tiny import tiny_model

ROOT = Path(__file__).parents[2]
UNDERSTAND = Reader(tiny_model()).read


def run(*args: str, given: bytes = b"", home: Path | None = None) -> subprocess.CompletedProcess[bytes]:
    """Run the command with no settings at all, from a folder where nothing is."""
    env = {"PATH": os.environ["PATH"], "PYTHONPATH": str(ROOT), "PYTHONUTF8": "1"}
    command = [sys.executable, "-m", "bot", "understand", *args]
    return subprocess.run(command, input=given, capture_output=True, check=False, env=env, cwd=home)


def answer(lines: list[bytes]) -> list[dict[str, Any]]:
    return [json.loads(line) for line in answer_lines(lines, UNDERSTAND)]


def line(name: Any, text: Any) -> bytes:
    return json.dumps({"id": name, "text": text}).encode()


def test_each_line_is_answered_in_order_with_its_id() -> None:
    lines = [line("a", "i want to die"), line(2, "pizza"), line(None, ""), line("a", "he hits me")]
    assert answer(lines) == [
        {"id": "a", "language": "en", "crisis": True, "role": "self"},
        {"id": 2, "out_of_scope": True},
        {"id": None},
        {"id": "a", "language": "en", "danger": True},
    ]


def test_empty_lines_marks_of_order_and_further_fields_do_no_harm() -> None:
    lines = [b"\xef\xbb\xbf" + line(1, "..."), b"\n", b"  \r\n", b'{"text": "...", "by": "me", "id": 2}\r\n']
    assert answer(lines) == [{"id": 1}, {"id": 2}]


def test_any_id_comes_back_as_it_was() -> None:
    names = ["", "測試 😭", "\ud800", 10**30, 1.5, True, None, [1, {"a": 2}], {"b": []}]
    assert [one["id"] for one in answer([line(name, "...") for name in names])] == names


@pytest.mark.parametrize(
    "wrong",
    [
        b"x", b"{", b"[]", b'"text"', b"3", b"{}", b'{"id": 1}', b'{"text": "a"}', b'{"id": 1, "text": 5}', b'{"id": 1, "text": null}', b"\xff\xfe",
        b"[" * 100_000, b'{"id": ' + b"9" * 5000 + b', "text": ""}',
    ],
)  # fmt: skip
def test_a_wrong_line_is_named_after_those_before_it_were_answered(wrong: bytes) -> None:
    answers = answer_lines([line(1, "..."), b"", wrong, line(2, "...")], UNDERSTAND)
    assert json.loads(next(answers)) == {"id": 1}
    with pytest.raises(ConfigError, match=r"^line 3: .*write one \{\"id\": …, \"text\": \"…\"\} a line$"):
        next(answers)


def test_a_line_is_answered_before_the_next_is_read() -> None:
    """So that a batch may be endless."""

    def endless() -> Iterator[bytes]:
        while True:
            yield line(1, "pizza")

    answers = answer_lines(endless(), UNDERSTAND)
    assert [json.loads(next(answers))["id"] for _ in range(5)] == [1] * 5


@given(st.lists(st.text(max_size=60), max_size=5))
def test_every_text_is_answered_by_one_line(texts: list[str]) -> None:
    answers = list(answer_lines([line(at, text) for at, text in enumerate(texts)], UNDERSTAND))
    assert [json.loads(one)["id"] for one in answers] == list(range(len(texts)))
    assert not any("\n" in one for one in answers)


# ─── The command itself ───────────────────────────────────────────────────────


def test_one_text_as_json(tmp_path: Path) -> None:
    done = run("--json", "他說不匯錢就要把影片傳給我同學", home=tmp_path)
    assert done.returncode == 0, done.stderr
    told = json.loads(done.stdout)
    assert told["language"] == "zh-TW"
    assert told["status"] == "threatened"
    assert list(tmp_path.iterdir()) == []


def test_one_text_to_read(tmp_path: Path) -> None:
    done = run("he posted my nudes on telegram", home=tmp_path)
    assert done.returncode == 0, done.stderr
    lines = done.stdout.decode().splitlines()
    assert "language: en" in lines
    assert "status: spread" in lines
    assert "platforms: telegram" in lines


def test_a_text_that_says_nothing_is_said_to(tmp_path: Path) -> None:
    assert run("...", home=tmp_path).stdout.decode().splitlines() == ["states nothing"]
    assert json.loads(run("--json", "...", home=tmp_path).stdout) == {}


@pytest.mark.parametrize("text", ["-_- i want to die", "-9", "--- help", "-x"])
def test_a_text_may_begin_as_an_option_does(tmp_path: Path, text: str) -> None:
    for args in (["--json", text], [text, "--json"], ["--json", "--", text]):
        done = run(*args, home=tmp_path)
        assert done.returncode == 0, done.stderr
        assert isinstance(json.loads(done.stdout), dict)


def test_the_name_of_an_option_is_a_text_behind_two_dashes(tmp_path: Path) -> None:
    assert run("--", "--json", home=tmp_path).returncode == 0


def test_a_batch_from_standard_input_and_from_a_file_is_the_same(tmp_path: Path) -> None:
    lines = b"\n".join([line(1, "我想死"), line(2, "he hits me")])
    (tmp_path / "batch.jsonl").write_bytes(lines)
    piped = run("--batch", "-", given=lines)
    assert piped.returncode == 0, piped.stderr
    assert [json.loads(one)["id"] for one in piped.stdout.splitlines()] == [1, 2]
    assert run("--batch", "batch.jsonl", home=tmp_path).stdout == piped.stdout


def test_a_wrong_line_ends_a_batch_with_two(tmp_path: Path) -> None:
    done = run("--batch", "-", given=line(1, "...") + b"\nnonsense\n" + line(2, "..."), home=tmp_path)
    assert done.returncode == 2
    assert done.stdout == b'{"id": 1}\n'
    assert done.stderr.decode().startswith("frontdoor: line 2: not JSON in UTF-8")


@pytest.mark.parametrize(
    "args", [[], ["a text", "--batch", "-"], ["two", "texts"], ["--batch", "nowhere.jsonl"]]
)
def test_what_cannot_be_done_is_refused(tmp_path: Path, args: list[str]) -> None:
    done = run(*args, home=tmp_path)
    assert done.returncode == 2
    assert done.stdout == b""
    assert done.stderr
