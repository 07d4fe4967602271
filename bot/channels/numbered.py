"""The same buttons as text, for people whose device shows none (LINE on a computer)."""

from __future__ import annotations

from bot.core.reply import Reply


def list_numbered(reply: Reply) -> list[str]:
    """Return each choice's label behind the number that may be typed instead of pressing it."""
    return [f"{number} {button.label}" for number, button in enumerate(reply.choices, start=1)]


def write_numbered(reply: Reply) -> str:
    """Return the hint, one numbered line per choice, and the words that always work; empty if none."""
    choices = list_numbered(reply)
    lines = [reply.hint, *choices] if choices else []
    return "\n".join(line for line in [*lines, reply.ways_hint] if line)
