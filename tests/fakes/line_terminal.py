"""
Chat with the bot in a terminal as somebody on LINE.

    python -m tests.fakes.line_terminal

Starts a fake LINE and the bot with an empty data folder of its own, follows the account, and then:
what you type is sent as text; /1 presses quick reply 1; /sticker, /image; /again delivers the last
event once more (LINE may), which must change nothing; /quit. Reads a pipe as well as a keyboard.
"""

from __future__ import annotations

import asyncio
import contextlib
import os
import socket
import sys
import tempfile
import threading
from collections.abc import AsyncIterator, Sequence
from pathlib import Path
from typing import Any, TextIO

import httpx

from tests.fakes.line_platform import Delivery, read_message
from tests.fakes.line_server import FakeLineServer

BOT = (sys.executable, "-m", "bot", "serve")
PERSON = "U" + "0123456789abcdef" * 2
_START_S = 180.0
_REPLY_S = 10.0
_SILENCE_S = 1.0


async def chat(lines: TextIO = sys.stdin, out: TextIO = sys.stdout, command: Sequence[str] = BOT) -> int:
    """Talk until the lines end or say /quit. Returns an exit code for the shell."""
    port = _find_free_port()
    with tempfile.TemporaryDirectory(prefix="frontdoor-demo-") as name:
        return await _chat_in(Path(name), port, lines, out, command)


async def _chat_in(folder: Path, port: int, lines: TextIO, out: TextIO, command: Sequence[str]) -> int:
    async with (
        FakeLineServer(webhook_url=f"http://127.0.0.1:{port}/line/webhook", patience_s=_REPLY_S) as line,
        _run_bot(command, _make_environment(line, port, folder), folder / "bot.log") as bot,
    ):
        if not await _wait_until_healthy(port, bot):
            print("The bot did not start:", (folder / "bot.log").read_text()[-2_000:], sep="\n", file=out)
            return 1
        await _Terminal(line, out).talk(lines)
        line.assert_clean()
    return 0


class _Terminal:
    def __init__(self, line: FakeLineServer, out: TextIO) -> None:
        self._line = line
        self._out = out

    async def talk(self, lines: TextIO) -> None:
        self._print("(you added the account; /1 presses a button, /quit ends)")
        await self._answer(await self._line.follow(PERSON), _REPLY_S)
        async for text in _read_lines(lines):
            if text == "/quit":
                return
            if text:
                await self._take(text)

    async def _take(self, text: str) -> None:
        match text.removeprefix("/") if text.startswith("/") else None:
            case None:
                self._print(f"you: {text}")
                await self._answer(await self._line.send_text(PERSON, text), _REPLY_S)
            case "sticker":
                await self._answer(await self._line.sticker(PERSON), _REPLY_S)
            case "image":
                await self._answer(await self._line.image(PERSON), _REPLY_S)
            case "again":
                again = await self._line.redeliver(self._line.deliveries[-1].events)
                await self._answer(again, _SILENCE_S)
            case number if number.isdecimal():
                await self._tap(int(number))
            case _:
                self._print("(/1 /2 … /sticker /image /again /quit)")

    async def _tap(self, number: int) -> None:
        labels = self._line.people[PERSON].labels
        if not 1 <= number <= len(labels):
            self._print(f"(there is no button {number} on the screen)")
            return
        self._print(f"you: [{labels[number - 1]}]")
        await self._answer(await self._line.tap(PERSON, number), _REPLY_S)

    async def _answer(self, delivery: Delivery, patience_s: float) -> None:
        if not delivery.is_accepted:
            self._print(f"(the bot refused the webhook: {delivery.status})")
            return
        try:
            self._show(await self._line.wait_for_reply(PERSON, patience_s))
        except TimeoutError:
            self._print("(no reply)")

    def _show(self, messages: list[dict[str, Any]]) -> None:
        for message in messages:
            self._print("bot: " + read_message(message).replace("\n", "\n     "))
        labels = self._line.people[PERSON].labels
        if labels:
            self._print("     " + "  ".join(f"/{n} [{label}]" for n, label in enumerate(labels, start=1)))

    def _print(self, text: str) -> None:
        print(text, file=self._out, flush=True)


async def _read_lines(lines: TextIO) -> AsyncIterator[str]:
    """Read in a daemon thread, so that Ctrl-C need not wait for somebody to press Enter."""
    read: asyncio.Queue[str | None] = asyncio.Queue()
    loop = asyncio.get_running_loop()

    def pump() -> None:
        with contextlib.suppress(RuntimeError):  # the loop ended first: nobody listens any more
            for text in lines:
                loop.call_soon_threadsafe(read.put_nowait, text.strip())
            loop.call_soon_threadsafe(read.put_nowait, None)

    threading.Thread(target=pump, daemon=True).start()
    while (text := await read.get()) is not None:
        yield text


def _find_free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def _make_environment(line: FakeLineServer, port: int, folder: Path) -> dict[str, str]:
    return {
        **os.environ,
        "LINE_API_BASE": line.base_url,
        "LINE_CHANNEL_SECRET": line.channel_secret,
        "LINE_CHANNEL_ACCESS_TOKEN": line.access_token,
        "FRONTDOOR_PORT": str(port),
        "FRONTDOOR_ENV": "demo",
        "FRONTDOOR_DATA_DIR": str(folder / "var"),
        "FRONTDOOR_DATABASE_URL": "",
        "NO_PROXY": "127.0.0.1",
        "no_proxy": "127.0.0.1",
    }


@contextlib.asynccontextmanager
async def _run_bot(
    command: Sequence[str], environment: dict[str, str], log: Path
) -> AsyncIterator[asyncio.subprocess.Process]:
    """The bot's own words go to a file: this terminal shows what a person would see."""
    with log.open("wb") as said:
        bot = await asyncio.create_subprocess_exec(*command, env=environment, stdout=said, stderr=said)
        try:
            yield bot
        finally:
            if bot.returncode is None:
                bot.terminate()
            await bot.wait()


async def _wait_until_healthy(port: int, bot: asyncio.subprocess.Process) -> bool:
    url = f"http://127.0.0.1:{port}/healthz"
    async with httpx.AsyncClient(trust_env=False) as probe, asyncio.timeout(_START_S):
        while bot.returncode is None:
            with contextlib.suppress(httpx.HTTPError):
                if (await probe.get(url)).is_success:
                    return True
            await asyncio.sleep(0.1)
    return False


if __name__ == "__main__":
    with contextlib.suppress(KeyboardInterrupt):
        raise SystemExit(asyncio.run(chat()))
