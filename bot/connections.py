"""
Connections of the programs: what uvicorn leaves unbounded is bounded here, before anything of ours has seen a request.

How long a head may take and how large it may be, how many requests are served at once, how many connections there are,
and what is refused unread.
"""

from __future__ import annotations

import asyncio
import sys
from collections.abc import Callable
from dataclasses import dataclass

from uvicorn.protocols.http.httptools_impl import HttpToolsProtocol

#: More than any browser or channel sends before a body; the parser itself knows no limit.
_MAX_HEAD_BYTES = 64 * 1024
#: Who has not said by then what they want holds a place that somebody else may need.
_HEAD_WITHIN_S = 10.0
#: Requests that are served at once. Who only keeps a connection open is not counted: a channel in a hurry opens hundreds.
_MOST_REQUESTS = 1_000
#: Connections at once, as far as the system lets us; some files are for the database and for what we call.
_MOST_CONNECTIONS, _FEWEST_CONNECTIONS, _OTHER_FILES = 4_000, 64, 256
#: As large as any delivery that would be read (`front/webhooks.py`).
_MAX_REFUSED_BYTES = 256 * 1024


def _refuse_nothing(_address: bytes) -> bool:
    """Every request is served."""
    return False


@dataclass(frozen=True, slots=True)
class Refusing:
    """
    What is answered 503 without a look at it.

    `refuses`: addresses of which this is so now; they are answered without a word, for programs bring again what was
    refused. `words`: what is said where so much is in hand that everybody is refused, because somebody may sit there.
    """

    refuses: Callable[[bytes], bool] = _refuse_nothing
    words: str = ""


def _write_refusal(words: str) -> tuple[bytes, bytes]:
    """Return the head of a refusal, without its last line, and its body."""
    body = words.encode()
    head = b"HTTP/1.1 503 Service Unavailable\r\ncontent-length: %d\r\n" % len(body)
    if body:
        head += b"content-type: text/plain; charset=utf-8\r\ncache-control: no-store\r\nx-content-type-options: nosniff\r\n"
    return head, body


_WORDLESS = _write_refusal("")


class Connection(HttpToolsProtocol):
    """
    uvicorn's connection, which bounds neither the size of a request's head nor the wait for it.

    `refuses`: as in `Refusing`. Who is turned away comes again and again; were that dear, a server with too much to do would
    soon do nothing else. `full`: the answer where everybody is refused. `most`: connections at once; who is one more is hung up on.
    """

    refuses: Callable[[bytes], bool] = staticmethod(_refuse_nothing)
    full = _WORDLESS
    most = _MOST_CONNECTIONS
    _head_bytes = 0
    _clock: asyncio.TimerHandle | None = None
    _refusal: tuple[bytes, bytes] | None = None

    def connection_made(self, transport: asyncio.Transport) -> None:  # type: ignore[override]  # as uvicorn does
        """Wait for the first head."""
        super().connection_made(transport)
        if len(self.connections) > self.most:
            transport.close()
        else:
            self._await_head()

    def connection_lost(self, exc: Exception | None) -> None:
        """Stop waiting."""
        self._stop_clock()
        super().connection_lost(exc)

    def data_received(self, data: bytes) -> None:
        """Read on, unless it is a head that does not end."""
        if self.timeout_keep_alive_task is not None:  # between two requests: uvicorn waits no longer now
            self._await_head()
        self._head_bytes += len(data)
        super().data_received(data)
        most = _MAX_HEAD_BYTES + (_MAX_REFUSED_BYTES if self._refusal else 0)
        if self._clock is not None and self._head_bytes > most:
            self.transport.close()

    def on_message_begin(self) -> None:
        """Count from here."""
        self._unset_keepalive_if_required()  # also where it came in one piece with one that was refused
        self._await_head()
        super().on_message_begin()

    def on_headers_complete(self) -> None:
        """The head is whole: what comes now is a body, which the handlers bound. A refused one is bounded as the head was."""
        self._refusal = self._choose_refusal()
        if self._refusal is None:
            self._stop_clock()
            super().on_headers_complete()

    def _choose_refusal(self) -> tuple[bytes, bytes] | None:
        """Return what this request is refused with; None: it is served."""
        if self.cycle is not None and not self.cycle.response_complete:
            return None  # it waits behind one that is served; a refusal would be taken for that one's answer
        if len(self.tasks) >= _MOST_REQUESTS:
            return _WORDLESS if self.parser.get_method() == b"HEAD" else self.full
        return _WORDLESS if not self.expect_100_continue and self.refuses(self.url) else None

    def on_body(self, body: bytes) -> None:
        """Keep a part of the body, unless nobody will read it."""
        if self._refusal is None:
            super().on_body(body)

    def on_message_complete(self) -> None:
        """Let it be served, or refuse it."""
        if self._refusal is None:
            super().on_message_complete()
            return
        (head, body), self._refusal = self._refusal, None
        self._stop_clock()
        if self.flow.write_paused:  # they ask and ask and do not listen: nothing is kept for them
            self.transport.abort()
        elif self.parser.should_keep_alive() and self.parser.get_http_version() != "1.0":
            self.transport.write(head + b"\r\n" + body)
            self.on_response_complete()
        else:
            self.transport.write(head + b"connection: close\r\n\r\n" + body)
            self.transport.close()

    def _await_head(self) -> None:
        self._stop_clock()
        self._head_bytes = 0
        self._clock = self.loop.call_later(_HEAD_WITHIN_S, self.transport.close)

    def _stop_clock(self) -> None:
        if self._clock is not None:
            self._clock.cancel()
            self._clock = None


def make_connections(refusing: Refusing) -> type[Connection]:
    """Return connections of one server: uvicorn makes them, and hands them nothing of ours."""
    own = {
        "refuses": staticmethod(refusing.refuses),
        "full": _write_refusal(refusing.words),
        "most": max(_FEWEST_CONNECTIONS, min(_MOST_CONNECTIONS, _allow_files() - _OTHER_FILES)),
    }
    return type("_Bounded", (Connection,), own)


def _allow_files() -> int:
    """
    Take as many open files as we need and the system lets us, and return how many these are.

    Each connection is one, and so is the journal of each commit. Most systems give 1,024 to who does not ask.
    """
    wanted = _MOST_CONNECTIONS + _OTHER_FILES
    if sys.platform == "win32":
        return wanted
    import resource  # noqa: PLC0415 - it exists on these platforms only

    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    if soft == resource.RLIM_INFINITY or soft >= wanted:
        return wanted
    most = wanted if hard == resource.RLIM_INFINITY else min(wanted, hard)
    resource.setrlimit(resource.RLIMIT_NOFILE, (most, hard))
    return most
