"""`frontdoor understand`: what a text states, or each of many. Needs no settings, no database and no network; keeps nothing."""

from __future__ import annotations

import json
import sys
from collections.abc import Callable, Iterable, Iterator
from contextlib import nullcontext
from datetime import datetime
from pathlib import Path
from typing import IO

import typer

from bot.core.stated import Stated, Understand
from bot.core.taipei import TAIPEI
from bot.errors import ConfigError
from bot.pack import find_data
from bot.understanding.artefact import load
from bot.understanding.reading import Reader

_YES_NO = {True: "yes", False: "no"}


def understand_text(text: str, *, as_json: bool) -> None:
    """Print what one text states: as JSON, or to read."""
    stated = _load_reader()(text)
    typer.echo(_as_json(stated.as_facts()) if as_json else "\n".join(_list(stated)))


def understand_batch(place: str) -> None:
    """
    Print what each line of a file states, "-" for standard input: line by line, in the same order, as soon as it is read.

    ConfigError names the first line that cannot be read. What stands before it is printed by then.
    """
    understand = _load_reader()
    with _open(place) as lines:
        for printed in answer_lines(lines, understand):
            typer.echo(printed)


def answer_lines(lines: Iterable[bytes], understand: Understand) -> Iterator[str]:
    """Yield one JSON object for each `{"id": …, "text": …}`. ConfigError: a line is something else."""
    for number, line in enumerate(lines, start=1):
        if line.strip():
            name, text = _read_line(line, number)
            yield _as_json({"id": name, **understand(text).as_facts()})


def _read_line(line: bytes, number: int) -> tuple[object, str]:
    try:
        # A byte order mark comes from editors on Windows.
        read = json.loads(line.decode("utf-8-sig"))
    except (ValueError, RecursionError):
        raise ConfigError(f"line {number}: not JSON in UTF-8; write one {_SHAPE} a line") from None
    if not isinstance(read, dict) or "id" not in read or not isinstance(read.get("text"), str):
        raise ConfigError(f'line {number}: no "id", or no "text" that is a string; write one {_SHAPE} a line')
    return read["id"], read["text"]


_SHAPE = '{"id": …, "text": "…"}'


def _open(place: str) -> IO[bytes] | nullcontext[IO[bytes]]:
    return nullcontext(sys.stdin.buffer) if place == "-" else Path(place).open("rb")


def _load_reader() -> Callable[[str], Stated]:
    model = load(find_data("flows") / "words" / "understood.bin")
    return Reader(model, year=datetime.now(TAIPEI).year).read


def _as_json(told: dict[str, object] | dict[str, bool | str | list[str]]) -> str:
    # Escaped, because an id may hold what no terminal can be sent.
    return json.dumps(told)


def _list(stated: Stated) -> Iterator[str]:
    facts = stated.as_facts()
    if facts.keys() <= {"language"}:
        yield "states nothing"
    for field, value in facts.items():
        told = (
            ", ".join(value)
            if isinstance(value, list)
            else _YES_NO[value]
            if isinstance(value, bool)
            else value
        )
        yield f"{field}: {told}"
