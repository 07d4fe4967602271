"""
The half of LINE that an operator sets up: webhook address, rich menus, aliases, the default menu.

As strict as LINE's reference says; `writes` holds every call that would change something, refused
or not, so that a test can prove that none was made.
Source: LINE Messaging API reference, Webhook settings, Rich menu, Per-user rich menu, Rich menu alias.
"""

from __future__ import annotations

import itertools
import json
import re
from collections.abc import Awaitable, Callable, Iterator
from dataclasses import dataclass, field
from typing import Any

from starlette.requests import Request
from starlette.responses import JSONResponse, Response

from tests.fakes.line_menu_rules import find_menu_complaints, is_allowed, is_https, measure_png
from tests.fakes.line_platform import LinePlatform
from tests.fakes.line_rules import Complaint, units

MAX_BODY = 2 * 1024 * 1024
MAX_PICTURE = 1024 * 1024
MAX_MENUS = MAX_ALIASES = 1000
_ALIAS = re.compile(r"[a-z0-9_-]{1,32}")
_KEY = re.compile(r"[0-9a-zA-Z_-]{1,100}")
_MENU_ID = re.compile(r"richmenu-[0-9a-f]{32}")
_USER_ID = re.compile(r"U[0-9a-f]{32}")


class Refused(Exception):
    """An error answer; nothing was done."""

    def __init__(self, status: int, message: str, details: list[Complaint] | None = None) -> None:
        super().__init__(message)
        self.status = status
        self.message = message
        self.details = details or []


def invalid(complaints: list[Complaint]) -> Refused:
    return Refused(400, f"The request body has {len(complaints)} error(s)", complaints)


def read_body(request: Request, raw: bytes) -> dict[str, Any]:
    if len(raw) > MAX_BODY:
        raise Refused(413, "Request body is too large")
    if not request.headers.get("content-type", "").startswith("application/json"):
        raise Refused(415, "Unsupported media type")
    try:
        body = json.loads(raw)
    except (ValueError, RecursionError):
        body = None
    if not isinstance(body, dict):
        raise Refused(400, "The request body could not be parsed as JSON.")
    return body


@dataclass(slots=True)
class RichMenu:
    """A menu as it was made; without its picture it can be used for nothing."""

    id: str
    body: dict[str, Any]
    picture: bytes = b""

    @property
    def name(self) -> str:
        return str(self.body["name"])


@dataclass(slots=True)
class Batch:
    """Moving people between menus, in the background: done after being looked at `looks` times."""

    operations: list[dict[str, Any]]
    looks: int
    phase: str = "ongoing"


@dataclass(slots=True)
class Settings:
    """What is switched in the consoles by hand."""

    endpoint: str = ""
    active: bool = True
    chat_mode: str = "bot"
    default_by_manager: bool = False
    batch_looks: int = 0
    batch_fails: bool = False
    trial: dict[str, Any] | None = None


Handler = Callable[[Request, bytes, re.Match[str]], Awaitable[Response] | Response]


@dataclass(slots=True)
class _Route:
    method: str
    path: re.Pattern[str]
    handler: Handler
    writes: bool = field(default=False)


class LineConsole(LinePlatform):
    """Mixed into the fake server, which asks it first. `access_token` comes from there."""

    access_token: str

    def set_up_console(self) -> None:
        self.console = Settings()
        self.menus: dict[str, RichMenu] = {}
        self.aliases: dict[str, str] = {}
        self.default_menu: str | None = None
        self.menu_of: dict[str, str] = {}
        self.batches: dict[str, Batch] = {}
        self.writes: list[str] = []
        self._menu_numbers = itertools.count(1)
        self._routes = [
            _Route(method, re.compile(path), handler, writes)
            for method, path, handler, writes in self._list_routes()
        ]

    def add_menu(self, name: str, *, picture: bytes = b"picture") -> str:
        """Put a menu there as if somebody had made it before."""
        menu_id = f"richmenu-{next(self._menu_numbers):032x}"
        self.menus[menu_id] = RichMenu(menu_id, {"name": name}, picture)
        return menu_id

    async def answer_console(self, request: Request, raw: bytes, request_id: str) -> Response | None:
        """Carry out a request for the console; None when it is for somebody else."""
        path = request.url.path
        for route in self._routes:
            found = route.path.fullmatch(path)
            if found and route.method == request.method:
                if request.headers.get("authorization") != f"Bearer {self.access_token}":
                    return None
                if route.writes:
                    self.writes.append(f"{request.method} {path}")
                request.state.id = request_id
                answer = route.handler(request, raw, found)
                return answer if isinstance(answer, Response) else await answer
        return None

    def _list_routes(self) -> Iterator[tuple[str, str, Handler, bool]]:
        menu, alias = r"(?P<menu>(?!list$|alias$|batch$|bulk$)[^/]+)", r"(?P<alias>[^/]+)"
        root, user = "/v2/bot/richmenu", r"/v2/bot/user/(?P<user>[^/]+)/richmenu"
        everybody = "/v2/bot/user/all/richmenu"
        yield "GET", "/v2/bot/channel/webhook/endpoint", self._get_endpoint, False
        yield "PUT", "/v2/bot/channel/webhook/endpoint", self._put_endpoint, True
        yield "POST", "/v2/bot/channel/webhook/test", self._test_endpoint, False
        yield "GET", "/v2/bot/info", self._describe_bot, False
        yield "GET", f"{root}/list", self._list_menus, False
        yield "POST", root, self._create_menu, True
        yield "GET", f"{root}/alias/list", self._list_aliases, False
        yield "POST", f"{root}/alias", self._create_alias, True
        yield "GET", f"{root}/alias/{alias}", self._get_alias, False
        yield "POST", f"{root}/alias/{alias}", self._update_alias, True
        yield "DELETE", f"{root}/alias/{alias}", self._delete_alias, True
        yield "POST", f"{root}/batch", self._begin_batch, True
        yield "GET", f"{root}/progress/batch", self._show_progress, False
        yield "GET", f"{root}/{menu}/content", self._get_picture, False
        yield "POST", f"{root}/{menu}/content", self._post_picture, True
        yield "DELETE", f"{root}/{menu}", self._delete_menu, True
        yield "GET", everybody, self._get_default, False
        yield "POST", f"{everybody}/{menu}", self._set_default, True
        yield "POST", f"{user}/{menu}", self._link, True
        yield "DELETE", user, self._unlink, True

    # ─── Webhook and account ──────────────────────────────────────────────────

    def _get_endpoint(self, _request: Request, _raw: bytes, _found: re.Match[str]) -> Response:
        if not self.console.endpoint:
            raise Refused(404, "Webhook endpoint not found")
        return JSONResponse({"endpoint": self.console.endpoint, "active": self.console.active})

    def _put_endpoint(self, request: Request, raw: bytes, _found: re.Match[str]) -> Response:
        url = read_body(request, raw).get("endpoint")
        if not isinstance(url, str) or units(url) > 500 or not is_https(url):
            raise Refused(400, "Invalid webhook endpoint URL")
        self.console.endpoint = url
        return JSONResponse({})

    async def _test_endpoint(self, request: Request, raw: bytes, _found: re.Match[str]) -> Response:
        given = read_body(request, raw).get("endpoint")
        if given is not None and (not isinstance(given, str) or not is_https(given)):
            raise Refused(400, "Invalid webhook endpoint URL")
        if not self.console.endpoint:
            raise Refused(404, "Webhook endpoint not found")
        if self.console.trial is None:
            status = (await self.send_raw([])).status
            trial = {"success": status == 200, "statusCode": status, "detail": str(status)}
            self.console.trial = {**trial, "reason": "OK" if status == 200 else "ERROR_STATUS_CODE"}
        return JSONResponse({"timestamp": "2026-11-20T12:00:00.000Z", **self.console.trial})

    def _describe_bot(self, _request: Request, _raw: bytes, _found: re.Match[str]) -> Response:
        mode = self.console.chat_mode
        return JSONResponse({
            "userId": self.bot_id,
            "basicId": "@frontdoor",
            "displayName": "frontdoor",
            "chatMode": mode,
            "markAsReadMode": "auto" if mode == "bot" else "manual",
        })  # fmt: skip

    # ─── Menus and their pictures ─────────────────────────────────────────────

    def _list_menus(self, _request: Request, _raw: bytes, _found: re.Match[str]) -> Response:
        return JSONResponse({"richmenus": [{"richMenuId": m.id, **m.body} for m in self.menus.values()]})

    def _create_menu(self, request: Request, raw: bytes, _found: re.Match[str]) -> Response:
        body = read_body(request, raw)
        complaints = list(find_menu_complaints(body))
        if complaints:
            raise invalid(complaints)
        if len(self.menus) >= MAX_MENUS:
            raise Refused(400, "The maximum number of rich menus has been reached")
        menu_id = f"richmenu-{next(self._menu_numbers):032x}"
        self.menus[menu_id] = RichMenu(menu_id, body)
        return JSONResponse({"richMenuId": menu_id})

    def _get_picture(self, _request: Request, _raw: bytes, found: re.Match[str]) -> Response:
        menu = self._get_menu(found["menu"])
        if not menu.picture:
            raise Refused(404, "Not found")
        return Response(menu.picture, media_type="image/png")

    def _post_picture(self, request: Request, raw: bytes, found: re.Match[str]) -> Response:
        kind = request.headers.get("content-type", "")
        if kind not in {"image/png", "image/jpeg"}:
            raise Refused(415, "Unsupported media type")
        menu = self._get_menu(found["menu"])
        if menu.picture:
            raise Refused(400, "An image has already been uploaded to the richmenu")
        if len(raw) > MAX_PICTURE:
            raise Refused(413, "Request body is too large")
        size = measure_png(raw) if kind == "image/png" else None
        wanted = menu.body["size"]
        if size is None or size != (wanted["width"], wanted["height"]) or not is_allowed(*size):
            raise Refused(400, "The image size is not allowed for richmenu")
        menu.picture = raw
        return JSONResponse({})

    def _delete_menu(self, _request: Request, _raw: bytes, found: re.Match[str]) -> Response:
        menu = self._get_menu(found["menu"])
        del self.menus[menu.id]
        self.menu_of = {user: shown for user, shown in self.menu_of.items() if shown != menu.id}
        if self.default_menu == menu.id:
            self.default_menu = None
        return JSONResponse({})

    def _get_menu(self, menu_id: str) -> RichMenu:
        menu = self.menus.get(menu_id)
        if menu is None:
            raise Refused(404, "Not found")
        return menu

    # ─── Who sees which ───────────────────────────────────────────────────────

    def _get_default(self, _request: Request, _raw: bytes, _found: re.Match[str]) -> Response:
        if self.default_menu is None and self.console.default_by_manager:
            raise Refused(403, "the richmenu is owned by another channel")
        if self.default_menu is None:
            raise Refused(404, "no default richmenu")
        return JSONResponse({"richMenuId": self.default_menu})

    def _set_default(self, _request: Request, _raw: bytes, found: re.Match[str]) -> Response:
        self.default_menu = self._get_usable(found["menu"]).id
        return JSONResponse({})

    def _link(self, _request: Request, _raw: bytes, found: re.Match[str]) -> Response:
        menu = self._get_usable(found["menu"])
        if not _USER_ID.fullmatch(found["user"]):
            raise Refused(400, "The value for the 'userId' parameter is invalid")
        person = self.people.get(found["user"])
        if person is not None and not person.has_blocked:
            self.menu_of[person.user_id] = menu.id
        return JSONResponse({})

    def _unlink(self, _request: Request, _raw: bytes, found: re.Match[str]) -> Response:
        if not _USER_ID.fullmatch(found["user"]):
            raise Refused(400, "The value for the 'userId' parameter is invalid")
        self.menu_of.pop(found["user"], None)
        return JSONResponse({})

    def _get_usable(self, menu_id: str) -> RichMenu:
        menu = self._get_menu(menu_id)
        if not menu.picture:
            raise Refused(400, "must upload richmenu image before applying it to user")
        return menu

    def _begin_batch(self, request: Request, raw: bytes, _found: re.Match[str]) -> Response:
        body = read_body(request, raw)
        complaints = list(self._find_batch_complaints(body))
        if complaints:
            raise invalid(complaints)
        for one in body["operations"]:
            self._get_menu(one["from"])
            if "to" in one:
                self._get_usable(one["to"])
        self.batches[request.state.id] = Batch(body["operations"], self.console.batch_looks)
        return JSONResponse({}, 202)

    def _find_batch_complaints(self, body: dict[str, Any]) -> Iterator[Complaint]:
        operations = body.get("operations")
        if not isinstance(operations, list) or not 1 <= len(operations) <= 1000:
            yield "Size must be between 1 and 1000", "operations"
            return
        if not _KEY.fullmatch(str(body.get("resumeRequestKey", "key"))):
            yield "invalid resumeRequestKey", "resumeRequestKey"
        left = [one.get("from") for one in operations]
        if len(left) != len(set(left)):
            yield "from richmenu is duplicated", "operations[].from"
        for index, one in enumerate(operations):
            for key in ("from", "to") if one.get("type") == "link" else ("from",):
                if not _MENU_ID.fullmatch(str(one.get(key))):
                    yield "invalid richMenuId", f"operations[{index}].{key}"

    def _show_progress(self, request: Request, _raw: bytes, _found: re.Match[str]) -> Response:
        batch = self.batches.get(request.query_params.get("requestId", ""))
        if batch is None:
            raise Refused(404, "Not found")
        if batch.phase == "ongoing" and batch.looks <= 0:
            self._finish(batch)
        batch.looks -= 1
        return JSONResponse({"phase": batch.phase, "acceptedTime": "2026-11-20T12:00:00.000Z"})

    def _finish(self, batch: Batch) -> None:
        batch.phase = "failed" if self.console.batch_fails else "succeeded"
        moves = {one["from"]: one.get("to") for one in batch.operations}
        if batch.phase == "succeeded":
            moved = {user: moves.get(menu_id, menu_id) for user, menu_id in self.menu_of.items()}
            self.menu_of = {user: menu_id for user, menu_id in moved.items() if menu_id}

    # ─── Aliases ──────────────────────────────────────────────────────────────

    def _list_aliases(self, _request: Request, _raw: bytes, _found: re.Match[str]) -> Response:
        rows = [{"richMenuAliasId": alias, "richMenuId": menu} for alias, menu in self.aliases.items()]
        return JSONResponse({"aliases": rows})

    def _get_alias(self, _request: Request, _raw: bytes, found: re.Match[str]) -> Response:
        alias = self._find_alias(found["alias"])
        return JSONResponse({"richMenuAliasId": alias, "richMenuId": self.aliases[alias]})

    def _create_alias(self, request: Request, raw: bytes, _found: re.Match[str]) -> Response:
        body = read_body(request, raw)
        alias, menu_id = str(body.get("richMenuAliasId")), self._check_target(body)
        if not _ALIAS.fullmatch(alias):
            raise invalid([("invalid richMenuAliasId", "richMenuAliasId")])
        if alias in self.aliases:
            raise Refused(400, "conflict richmenu alias id")
        if len(self.aliases) >= MAX_ALIASES:
            raise Refused(400, "The maximum number of rich menu aliases has been reached")
        self.aliases[alias] = menu_id
        return JSONResponse({})

    def _update_alias(self, request: Request, raw: bytes, found: re.Match[str]) -> Response:
        menu_id = self._check_target(read_body(request, raw))
        self.aliases[self._find_alias(found["alias"])] = menu_id
        return JSONResponse({})

    def _delete_alias(self, _request: Request, _raw: bytes, found: re.Match[str]) -> Response:
        del self.aliases[self._find_alias(found["alias"])]
        return JSONResponse({})

    def _find_alias(self, alias: str) -> str:
        if not _ALIAS.fullmatch(alias):
            raise Refused(400, "invalid richmenu alias id")
        if alias not in self.aliases:
            raise Refused(404, "richmenu alias not found")
        return alias

    def _check_target(self, body: dict[str, Any]) -> str:
        menu_id = str(body.get("richMenuId"))
        if not _MENU_ID.fullmatch(menu_id):
            raise invalid([("invalid richMenuId", "richMenuId")])
        if menu_id not in self.menus or not self.menus[menu_id].picture:
            raise Refused(400, "richmenu not found")
        return menu_id
