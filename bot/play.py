"""Talk with the bot in a terminal, and record the talk as a golden transcript. Nothing is stored."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable
from pathlib import Path

from bot.core.engine import Engine
from bot.core.inputs import Started
from bot.core.transcript import Render, Script, Stage, set_stage, tell
from bot.errors import FlowError

#: Up to two months: more than any time that the conversation knows.
_MINUTES = re.compile(r"[0-9]{1,5}", re.ASCII)
HELP = (
    "Type words or a number. /image /sticker send something that is not text, /wait 45 lets minutes pass, "
    "/quit ends."
)


def play(
    engine: Engine, render: Render, locale: str, lines: Iterable[str], out: Callable[[str], None]
) -> list[str]:
    """Play until the lines end or `/quit`; returns what the person did, ready for a transcript."""
    stage = set_stage(engine, render, locale)
    stage.take(Started())
    out(HELP)
    _print_reply(stage, out)
    acts: list[str] = []
    for line in lines:
        typed = line.strip()
        if typed == "/quit":
            break
        act = _read_act(typed, stage)
        if act:
            acts.append(act)
            _answer(stage, act, out)
    return acts


def record(path: Path, script: Script, engine: Engine, render: Render) -> None:
    """Write the transcript; FlowError: the file exists already, so another name is needed."""
    if path.exists():
        raise FlowError(path.name, "exists already: give another name, or rewrite all with pytest --update")
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(tell(script, engine, render), encoding="utf-8")


def _answer(stage: Stage, act: str, out: Callable[[str], None]) -> None:
    if stage.act(act) is None:
        out("  (time passes)")
    else:
        _print_reply(stage, out)


def _read_act(typed: str, stage: Stage) -> str:
    """Turn a typed line into an act. A number becomes the button, so that transcripts name labels."""
    if typed.startswith("/wait "):
        minutes = typed.removeprefix("/wait ").strip()
        return f"({minutes} minutes later)" if _MINUTES.fullmatch(minutes) else ""
    if typed in {"/image", "/sticker", "/video", "/file"}:
        return f"({typed[1:]})"
    choices = stage.reply.choices if stage.reply else ()
    if typed.isascii() and typed.isdigit() and 1 <= int(typed) <= len(choices):
        return f"[{choices[int(typed) - 1].label}]"
    return typed


def _print_reply(stage: Stage, out: Callable[[str], None]) -> None:
    reply = stage.reply
    if reply is None:
        return
    for bubble in reply.bubbles:
        out(f"\n{bubble}")
    for number, button in enumerate(reply.choices, 1):
        out(f"  {number} {button.label}")
    if reply.ways_hint:
        out(f"  · {reply.ways_hint}")
