"""
Connections of the programs: what uvicorn leaves unbounded is bounded here, before anything of ours has seen a request.

How long a head may take and how large it may be, how many requests are served at once, how many connections there are,
and what is refused unread.
"""

from __future__ import annotations

import asyncio
import sys
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field

from uvicorn.protocols.http.httptools_impl import HttpToolsProtocol

#: More than any browser or channel sends before a body; the parser itself knows no limit.
_MAX_HEAD_BYTES = 64 * 1024
#: Who has not said by then what they want holds a place that somebody else may need.
_HEAD_WITHIN_S = 10.0
#: Requests that are served at once. Who only keeps a connection open is not counted: a channel in a hurry opens hundreds.
_MOST_REQUESTS = 1_000
#: So many more for what is urgent.
_KEPT = 100
#: Who sends a body more slowly holds a place, of which half are taken then.
_BODY_WITHIN_S = 3.0
#: What everybody who is refused is asked to wait. Source: RFC 9110 §10.2.3, seconds.
_COME_AGAIN_S = "30"
#: Connections at once, as far as the system lets us; some files are for the database and for what we call.
_MOST_CONNECTIONS, _FEWEST_CONNECTIONS, _OTHER_FILES = 4_000, 64, 256
#: As large as any delivery that would be read (`front/webhooks.py`).
_MAX_REFUSED_BYTES = 256 * 1024


def _refuse_nothing(_address: bytes) -> bool:
    """Every request is served."""
    return False


def _count_nothing() -> None:
    """Nobody counts."""


@dataclass(frozen=True, slots=True)
class Refusing:
    """
    What is answered 503 without a look at it.

    `refuses`: addresses of which this is so now; they are answered without a word, for programs bring again what was
    refused. `urgent`: addresses for which places are kept when there are none for others, and where no word is said.
    `words`: what everybody else reads then, because somebody may sit there; `headers`: what stands on every answer. `count` is told of
    each of these; it must not wait and must not raise.
    """

    refuses: Callable[[bytes], bool] = _refuse_nothing
    urgent: frozenset[bytes] = frozenset()
    words: str = ""
    headers: Mapping[str, str] = field(default_factory=dict)
    count: Callable[[], None] = _count_nothing


def _write_refusal(words: str, headers: Mapping[str, str]) -> tuple[bytes, bytes]:
    """Return the head of a refusal, without its last line, and its body."""
    body = words.encode()
    lines = {"content-length": str(len(body)), **headers}
    if body:
        lines |= {"content-type": "text/plain; charset=utf-8", "retry-after": _COME_AGAIN_S}
    head = "".join(f"{name}: {value}\r\n" for name, value in lines.items())
    return f"HTTP/1.1 503 Service Unavailable\r\n{head}".encode(), body


_WORDLESS = _write_refusal("", {})


class Connection(HttpToolsProtocol):
    """
    uvicorn's connection, which bounds neither the size of a request's head nor the wait for it.

    Who is turned away comes again and again; were that dear, a server with too much to do would soon do nothing else. `full`: the
    answer where everybody is refused. `most`: connections at once; who is one more is hung up on.
    """

    refusing = Refusing()
    full = _WORDLESS
    most = _MOST_CONNECTIONS
    _head_bytes = 0
    _clock: asyncio.TimerHandle | None = None
    _body_clock: asyncio.TimerHandle | None = None
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
        self._stop_body_clock()
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
            self._await_body()
            super().on_headers_complete()
        elif self.expect_100_continue:  # they send no body before they are told to
            self._refuse(self._refusal, goes_on=False)

    def _choose_refusal(self) -> tuple[bytes, bytes] | None:
        """Return what this request is refused with; None: it is served."""
        if self.cycle is not None and not self.cycle.response_complete:
            return None  # it waits behind one that is served; a refusal would be taken for that one's answer
        is_urgent = self.url in self.refusing.urgent
        if len(self.tasks) >= _MOST_REQUESTS + (_KEPT if is_urgent else 0):
            self.refusing.count()
            return _WORDLESS if is_urgent else self._say_full()
        return _WORDLESS if self.refusing.refuses(self.url) else None

    def _say_full(self) -> tuple[bytes, bytes]:
        head, body = self.full
        return head, b"" if self.parser.get_method() == b"HEAD" else body

    def on_body(self, body: bytes) -> None:
        """Keep a part of the body, unless nobody will read it."""
        if self._refusal is None:
            super().on_body(body)

    def on_message_complete(self) -> None:
        """Let it be served, or refuse it."""
        if self._refusal is None:
            self._stop_body_clock()
            super().on_message_complete()
            return
        refusal, self._refusal = self._refusal, None
        if not self.transport.is_closing():
            goes_on = self.parser.should_keep_alive() and self.parser.get_http_version() != "1.0"
            self._refuse(refusal, goes_on=goes_on)

    def _refuse(self, refusal: tuple[bytes, bytes], *, goes_on: bool) -> None:
        head, body = refusal
        self._stop_clock()
        if self.flow.write_paused:  # they ask and ask and do not listen: nothing is kept for them
            self.transport.abort()
        elif goes_on:
            self.transport.write(head + b"\r\n" + body)
            self.on_response_complete()
        else:
            self.transport.write(head + b"connection: close\r\n\r\n" + body)
            self.transport.close()

    def _unsupported_upgrade_warning(self) -> None:
        """Say nothing: whoever asks for another protocol is answered in this one, and must not fill the log."""

    def _await_head(self) -> None:
        self._stop_clock()
        self._head_bytes = 0
        self._clock = self.loop.call_later(_HEAD_WITHIN_S, self.transport.close)

    def _await_body(self) -> None:
        """The handlers wait for a body, and longer than there is time where half of the places are taken."""
        self._stop_clock()
        if len(self.tasks) >= _MOST_REQUESTS // 2:
            self._body_clock = self.loop.call_later(_BODY_WITHIN_S, self.transport.close)

    def _stop_clock(self) -> None:
        if self._clock is not None:
            self._clock.cancel()
            self._clock = None

    def _stop_body_clock(self) -> None:
        if self._body_clock is not None:
            self._body_clock.cancel()
            self._body_clock = None


def make_connections(refusing: Refusing) -> type[Connection]:
    """Return connections of one server: uvicorn makes them, and hands them nothing of ours."""
    own = {
        "refusing": refusing,
        "full": _write_refusal(refusing.words, refusing.headers),
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
