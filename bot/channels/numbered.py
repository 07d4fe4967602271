"""The same buttons as text, for people whose device shows none (LINE on a computer)."""

from __future__ import annotations

from bot.core.reply import Reply


def write_numbered(reply: Reply) -> str:
    """Return the hint, one numbered line per choice, and the words that always work; empty if none."""
    choices = [f"{number} {button.label}" for number, button in enumerate(reply.choices, start=1)]
    lines = [reply.hint, *choices] if choices else []
    return "\n".join(line for line in [*lines, reply.ways_hint] if line)
