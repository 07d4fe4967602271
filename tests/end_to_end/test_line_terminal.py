"""The terminal in which anybody chats as a LINE user, with the whole program behind it."""

from __future__ import annotations

import asyncio
import sys


async def test_the_real_bot_answers_in_a_terminal_from_a_pipe() -> None:
    """Every act is answered once, an image is never fetched, a repeated event gets nothing."""
    pipe = asyncio.subprocess.PIPE
    terminal = await asyncio.create_subprocess_exec(
        sys.executable, "-m", "tests.fakes.line_terminal", stdin=pipe, stdout=pipe, stderr=pipe
    )

    shown, faults = await terminal.communicate("嗨\n/1\n/image\n/again\n/quit\n".encode())

    said = shown.decode()
    assert (terminal.returncode, faults) == (0, b"")
    assert said.count("/1 [") == 4
    assert said.endswith("(no reply)\n")
    assert said.count("(no reply)") == 1
