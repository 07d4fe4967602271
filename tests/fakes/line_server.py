"""
A strict LINE: the API that a bot calls, and the platform that calls the bot.

    async with FakeLineServer(webhook_url="http://127.0.0.1:8080/line/webhook") as line:
        await line.follow("Usomebody")
        reply = await line.wait_for_reply("Usomebody")
        await line.tap("Usomebody", 1)
        line.assert_clean()

Reply tokens are its own, work once and for a minute; an error means that nothing was sent; asking
for content is a violation that `assert_clean` reports. `places` are the groups and rooms that the bot
is in, `waiting` whoever was shown that an answer is on its way.
"""

from __future__ import annotations

import itertools
import re
import time
import uuid
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from starlette.requests import Request
from starlette.responses import JSONResponse, Response

from tests.fakes.line_console import LineConsole, Refused, invalid, read_body
from tests.fakes.line_platform import PATIENCE_S, LinePlatform, Person
from tests.fakes.line_rules import find_complaints
from tests.fakes.serving import FakeServer

#: Source: LINE Messaging API reference, Reply token.
TOKEN_LIFE_S = 60
_CONTENT = re.compile(r"/v2/bot/message/[^/]+/content(/.*)?")
_LEAVE = re.compile(r"/v2/bot/(?P<kind>group|room)/(?P<place_id>[^/]+)/leave")
_PROFILE = re.compile(r"/v2/bot/profile/(?P<user_id>[^/]+)")


@dataclass(slots=True)
class Token:
    """A reply token as issued."""

    user_id: str
    issued_at: float
    used: bool = False


@dataclass(frozen=True, slots=True)
class Sent:
    """One accepted sending."""

    user_id: str
    messages: list[dict[str, Any]]
    by: str
    quietly: bool = False


class FakeLineServer(LineConsole, FakeServer):
    """
    `now` is a monotonic clock in seconds, injected so that a test can let a token expire.

    `patience_s`: how long a webhook may take. LINE's two seconds; more where the machine is busy.
    """

    def __init__(
        self,
        *,
        channel_secret: str = "channel-secret",  # noqa: S107  # the fake's own
        access_token: str = "channel-access-token",  # noqa: S107  # the fake's own
        webhook_url: str = "",
        now: Callable[[], float] = time.monotonic,
        patience_s: float = PATIENCE_S,
    ) -> None:
        FakeServer.__init__(self)
        LinePlatform.__init__(
            self, channel_secret=channel_secret, webhook_url=webhook_url, patience_s=patience_s
        )
        self.set_up_console()
        self.access_token = access_token
        self.sent: list[Sent] = []
        self.places: set[str] = set()
        self.waiting: list[str] = []
        self._now = now
        self._tokens: dict[str, Token] = {}
        self._pushes: dict[str, tuple[str, dict[str, Any]]] = {}
        self._numbers = itertools.count(1)

    async def __aexit__(self, *args: object) -> None:
        await self.hang_up()
        await super().__aexit__(*args)

    def issue_reply_token(self, user_id: str) -> str:
        """Make a token that can be spent once, within a minute, on that person."""
        token = uuid.uuid4().hex
        self._tokens[token] = Token(user_id, self._now())
        return token

    def renew_reply_token(self, token: str) -> None:
        """A redelivery gives an unused token another minute."""
        self._tokens[token].issued_at = self._now()

    async def respond(self, request: Request, raw: bytes) -> Response:
        """Carry out one request as LINE would."""
        request_id = str(uuid.uuid4())
        try:
            response = await self.answer_console(request, raw, request_id) or self._route(request, raw)
        except Refused as refused:
            response = JSONResponse(_error_body(refused), refused.status)
        response.headers["X-Line-Request-Id"] = request_id
        return response

    def _route(self, request: Request, raw: bytes) -> Response:
        path = request.url.path
        if _CONTENT.fullmatch(path):
            self.violations.append(f"content asked for: {request.method} {path}")
            raise Refused(500, "Content is never asked for")
        if request.headers.get("authorization") != f"Bearer {self.access_token}":
            raise Refused(401, "Authentication failed. Confirm that the access token is valid.")
        match request.method, path:
            case "POST", "/v2/bot/message/reply":
                return self._reply(request, read_body(request, raw))
            case "POST", "/v2/bot/message/push":
                return self._push(request, read_body(request, raw))
            case "POST", "/v2/bot/message/validate/reply" | "/v2/bot/message/validate/push":
                _check_messages(read_body(request, raw))
                return JSONResponse({})
            case "POST", "/v2/bot/chat/loading/start":
                return self._show_loading(read_body(request, raw))
        leave = _LEAVE.fullmatch(path)
        if request.method == "POST" and leave:
            return self._leave(leave["place_id"])
        profile = _PROFILE.fullmatch(path)
        if request.method == "GET" and profile:
            return self._show_profile(profile["user_id"])
        raise Refused(404, "Not found")

    def _reply(self, request: Request, body: dict[str, Any]) -> Response:
        if "x-line-retry-key" in request.headers:
            raise Refused(400, "Retry key is not supported for this endpoint")
        token = body.get("replyToken")
        if not isinstance(token, str) or not token:
            raise invalid([("May not be empty", "replyToken")])
        _check_messages(body)
        issued = self._tokens.get(token)
        if issued is None or issued.used or self._now() - issued.issued_at > TOKEN_LIFE_S:
            raise Refused(400, "Invalid reply token")
        issued.used = True
        quietly = body.get("notificationDisabled", False)
        return JSONResponse(self._accept(issued.user_id, body["messages"], "reply", quietly=quietly))

    def _push(self, request: Request, body: dict[str, Any]) -> Response:
        retry_key = request.headers.get("x-line-retry-key")
        if retry_key is not None and not _is_uuid(retry_key):
            raise Refused(400, "The value for the 'X-Line-Retry-Key' header is invalid")
        if not isinstance(body.get("to"), str) or not body["to"]:
            raise invalid([("May not be empty", "to")])
        _check_messages(body)
        if retry_key in self._pushes:
            accepted_id, answer = self._pushes[retry_key]
            conflict = {"message": "The retry key is already accepted", **answer}
            return JSONResponse(conflict, 409, {"X-Line-Accepted-Request-Id": accepted_id})
        if body["to"] not in self.people:
            raise Refused(400, "Failed to send messages")
        answer = self._accept(body["to"], body["messages"], "push")
        if retry_key is not None:
            self._pushes[retry_key] = (str(uuid.uuid4()), answer)
        return JSONResponse(answer)

    def _accept(
        self, user_id: str, messages: list[dict[str, Any]], by: str, *, quietly: bool = False
    ) -> dict[str, Any]:
        self.sent.append(Sent(user_id, messages, by, quietly))
        person = self.people.setdefault(user_id, Person(user_id))
        if not person.has_blocked:
            self.show(person, messages)
        numbers = [next(self._numbers) for _ in messages]
        return {"sentMessages": [{"id": str(n), "quoteToken": f"quote-{n}"} for n in numbers]}

    def _show_loading(self, body: dict[str, Any]) -> Response:
        seconds = body.get("loadingSeconds", 20)
        if not isinstance(body.get("chatId"), str) or not body["chatId"]:
            raise invalid([("May not be empty", "chatId")])
        if not isinstance(seconds, int) or seconds not in range(5, 61, 5):
            raise invalid([("Must be a multiple of 5 between 5 and 60", "loadingSeconds")])
        self.waiting.append(body["chatId"])
        return JSONResponse({}, 202)

    def _leave(self, place_id: str) -> Response:
        if place_id not in self.places:
            raise Refused(404, "Not found")
        self.places.discard(place_id)
        return JSONResponse({})

    def _show_profile(self, user_id: str) -> Response:
        person = self.people.get(user_id)
        if person is None or person.has_blocked:
            raise Refused(404, "Not found")
        profile = {"userId": user_id, "displayName": "測試", "language": person.language}
        return JSONResponse({key: value for key, value in profile.items() if value})


def _check_messages(body: dict[str, Any]) -> None:
    complaints = find_complaints(body.get("messages"))
    if not isinstance(body.get("notificationDisabled", False), bool):
        complaints.append(("Must be a boolean", "notificationDisabled"))
    if complaints:
        raise invalid(complaints)


def _error_body(refused: Refused) -> dict[str, Any]:
    details = [{"message": reason, "property": where} for reason, where in refused.details]
    return {"message": refused.message, **({"details": details} if details else {})}


def _is_uuid(text: str) -> bool:
    try:
        return str(uuid.UUID(text)) == text.lower()
    except ValueError:
        return False
