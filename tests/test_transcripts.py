"""The golden transcripts: each is told again and must come out the same, word for word."""

from __future__ import annotations

import re
from functools import cache
from pathlib import Path

import pytest

from bot.core.engine import Engine
from bot.core.transcript import parse_script, tell
from bot.errors import FlowError
from bot.pack import Pack, load_pack
from bot.voice.speaker import Speaker
from bot.wiring.common import build_engine, build_speaker

FOLDER = Path(__file__).parent / "transcripts"
FILES = sorted(FOLDER.glob("*.txt"))


@cache
def load_cast() -> tuple[Pack, Engine, Speaker]:
    pack = load_pack()
    return pack, build_engine(pack), build_speaker(pack)


@pytest.mark.parametrize("path", FILES, ids=lambda path: path.stem)
def test_a_transcript_is_told_as_it_is_written(path: Path, update_transcripts: bool):
    """Given what the person did, the bot says exactly what the transcript says."""
    _, engine, speaker = load_cast()
    written = path.read_text(encoding="utf-8")
    told = tell(parse_script(written, path.name), engine, speaker.render)
    if update_transcripts:
        path.write_text(told, encoding="utf-8")
    assert told == (told if update_transcripts else written)


def test_every_state_is_told_in_some_transcript():
    """A state that no transcript reaches has been read by nobody."""
    pack, _, _ = load_cast()
    told = {state for path in FILES for state in re.findall(r"Said\((\w+)", path.read_text(encoding="utf-8"))}
    assert set(pack.flow.states) - told == set()


def test_every_choice_of_every_question_is_taken_in_some_transcript():
    """A button that no transcript presses has been tried by nobody."""
    pack, _, _ = load_cast()
    pressed = {
        c for path in FILES for c in re.findall(r"Answered\(([\w.]+)\)", path.read_text(encoding="utf-8"))
    }
    all_choices = {
        f"{state.id}.{choice.id}" for state in pack.flow.states.values() for choice in state.choices
    }
    assert all_choices - pressed == set()


def test_every_transcript_says_what_it_proves():
    """Given a transcript without a purpose, it is refused."""
    with pytest.raises(FlowError, match="proves"):
        parse_script("you: [x]\n", "nameless.txt")


def test_a_button_that_is_not_there_cannot_be_pressed():
    """A transcript cannot press what the person would not see."""
    _, engine, speaker = load_cast()
    script = parse_script("# proves: nothing\nyou: [no such button]\n", "wrong.txt")
    with pytest.raises(FlowError, match="no such button"):
        tell(script, engine, speaker.render)
