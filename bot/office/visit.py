"""
One request to the back office as the views see it: who, in which language, with which form.

What a browser sends is read here and nowhere else. Nothing here decides who may come in.
"""

from __future__ import annotations

import hmac
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Final
from urllib.parse import parse_qsl, urlencode

from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import Response

from bot.core.tally import Statistics
from bot.desk.audit_check import AuditCheck
from bot.desk.casework import Casework
from bot.desk.contact_window import IsWorkday, is_weekday
from bot.desk.digests import Digests
from bot.desk.exporting import Exporting
from bot.desk.key_changes import KeyChanges
from bot.desk.late_lines import LateLines
from bot.desk.log_watch import LogWatch
from bot.desk.reseal_job import ResealJob
from bot.desk.sealing_tests import SealingTests
from bot.desk.vaults import StaffVaults
from bot.form.model import Form
from bot.office.auth import Desk, form_token
from bot.office.model import Look
from bot.office.pages import Pages
from bot.office.passwords import Passwords
from bot.office.policies import PasswordRules
from bot.office.ways.safe import Safe
from bot.office.ways.ways_in import WaysIn
from bot.office.words import Tongue, choose_tongue, find_tongue
from bot.ports import (
    Agency,
    Audit,
    AuditStore,
    CaseworkStore,
    Clock,
    DeskStore,
    ExportStore,
    Sealer,
    StaffSession,
    StaffStore,
    Status,
    TallyStore,
    WaysStore,
)

#: A note of 5,000 characters in percent signs fits, and the ids of a thousand handoffs.
_MAX_FORM_BYTES = 96 * 1024
_MAX_FIELDS = 1100
#: A longer query is none of ours.
_MAX_QUERY = 2000
#: What stands in the address when a page fetches itself anew.
QUIET: Final = "quiet"
#: An alarm stands on a page that nobody touches after this at the latest; so long can what is locked stay in sight.
_LOOKED_AGAIN_AFTER_S: Final = 120
#: Shorter than any token of ours: not our cookie.
_MIN_TOKEN_LENGTH = 32


@dataclass(frozen=True, slots=True)
class Cookies:
    """
    The three cookies: who is signed in, which browser got the sign-in form, which language.

    Over https they carry the prefix that no other host and no unencrypted page can forge.
    Source: RFC 6265bis §4.1.3.2.
    """

    https: bool

    @property
    def session(self) -> str:
        """Name of the cookie that holds the session token."""
        return self._named("office")

    @property
    def form(self) -> str:
        """Name of the cookie that the sign-in form's token is derived from."""
        return self._named("office-form")

    @property
    def tongue(self) -> str:
        """Name of the cookie that keeps the language."""
        return self._named("office-lang")

    def put(self, response: Response, name: str, value: str) -> None:
        """Set a cookie for this browser session only."""
        response.set_cookie(name, value, secure=self.https, httponly=True, samesite="strict")

    def drop(self, response: Response, name: str) -> None:
        """Take a cookie back."""
        response.delete_cookie(name, secure=self.https, httponly=True, samesite="strict")

    def _named(self, name: str) -> str:
        return f"__Host-{name}" if self.https else name


@dataclass(frozen=True, slots=True)
class Parts:
    """What `wiring` hands to the back office: ports, and the desk's own services. `demo`: printed logins count here."""

    staff: StaffStore
    ways: WaysStore
    handoffs: DeskStore
    casework: CaseworkStore
    cases: Casework
    told: Mapping[Status, Mapping[str, str]]
    exports: ExportStore
    exporting: Exporting
    tally: TallyStore
    statistics: Statistics
    audit: Audit
    late: LateLines
    log: AuditStore
    log_check: AuditCheck
    log_watch: LogWatch
    vaults: StaffVaults
    keys: KeyChanges
    resealing: ResealJob
    sealing_tests: SealingTests
    safe: Safe
    agency: Agency | None
    form: Form
    referrer: Mapping[str, str]
    sealer: Sealer
    look: Look
    clock: Clock
    new_token: Callable[[], str]
    new_id: Callable[[], str]
    data_dir: Path
    digests: Digests = field(default_factory=Digests)
    is_workday: IsWorkday = is_weekday
    demo: bool = False


@dataclass(frozen=True, slots=True)
class Office:
    """What the back office is built from; made once in `create_office`. `rules`: what a password must be like."""

    parts: Parts
    desk: Desk
    pages: Pages
    cookies: Cookies
    origin: str
    demo: bool
    passwords: Passwords
    rules: PasswordRules
    ways: WaysIn

    @property
    def clock(self) -> Clock:
        """The time, aware UTC."""
        return self.parts.clock

    @property
    def new_token(self) -> Callable[[], str]:
        """Makes 256 random bits as text."""
        return self.parts.new_token

    def is_password_due(self, session: StaffSession) -> bool:
        """Say whether this member must change their password before anything else."""
        return self.rules.is_password_due(session.method, session.password_at, self.clock())


@dataclass(frozen=True, slots=True)
class Visit:
    """
    One request. `session` is set behind closed doors only; `fields` is empty unless posted.

    `form` has the last value of each field that was posted, `list_values` all of one.
    """

    office: Office
    request: Request
    tongue: Tongue
    fields: tuple[tuple[str, str], ...] = field(default=(), repr=False)
    session: StaffSession | None = None

    @property
    def form(self) -> Mapping[str, str]:
        """What was posted, one value for each field."""
        return dict(self.fields)

    @property
    def member(self) -> StaffSession:
        """Who is signed in. Only behind closed doors."""
        assert self.session is not None, "an open door has no member"  # noqa: S101 - a bug, not an input
        return self.session

    @property
    def is_quiet(self) -> bool:
        """Whether a page has fetched itself anew, perhaps with nobody before it: that is no use of a session or a vault."""
        return QUIET in self.request.query_params

    def look_again(self, page: Response) -> Response:
        """Let a page with alarms fetch itself anew every two minutes, which is no use of anything."""
        to = f"{self.request.url.path}?{_keep_codes(self.request)}{QUIET}=1"
        page.headers["refresh"] = f"{_LOOKED_AGAIN_AFTER_S}; url={to}"
        return page

    def list_values(self, name: str) -> tuple[str, ...]:
        """Return every value of a field, as boxes that were ticked send them."""
        return tuple(value for key, value in self.fields if key == name)

    def token_for(self, path: str) -> str:
        """Return the token that a form of a signed-in member to this path must carry."""
        return form_token(self.token, path)

    def render(self, template: str, *, status: int = 200, **context: object) -> Response:
        """Render a page for the member who is signed in: with its place in the menu, and tokens for its forms."""
        return self.office.pages.render(
            template,
            self.tongue,
            status=status,
            offers_tongues=self.request.method == "GET",
            path=self.request.url.path,
            kept_codes=_keep_codes(self.request),
            session=self.session,
            token_for=self.token_for,
            **context,
        )

    @property
    def token(self) -> str:
        """The session token that the browser sent; empty if none."""
        return self.cookie(self.office.cookies.session)

    def cookie(self, name: str) -> str:
        """Read a cookie; empty if there is none or it cannot be one of our tokens."""
        value = self.request.cookies.get(name, "")
        return value if len(value) >= _MIN_TOKEN_LENGTH else ""

    def keep_tongue(self, response: Response) -> Response:
        """Remember a language that was asked for by `?lang=`."""
        if find_tongue(self.request.query_params.get("lang", "")):
            self.office.cookies.put(response, self.office.cookies.tongue, self.tongue)
        return response

    def is_from_our_form(self, secret: str) -> bool:
        """Whether a post comes from a page of ours that was made for this browser."""
        if _is_from_elsewhere(self.request, self.office) or not secret:
            return False
        expected = form_token(secret, self.request.url.path)
        return hmac.compare_digest(expected.encode(), self.form.get("token", "").encode())


def _keep_codes(request: Request) -> str:
    """
    Write what a page was asked for, to stand before `lang=` in a link to the same page. Whoever follows it is there.

    Behind closed doors these are filters, dates and ways back, of nobody who wrote to us. Source: SECURITY §1 rule 9.
    """
    kept = [
        (name, value) for name, value in request.query_params.multi_items() if name not in {"lang", QUIET}
    ]
    return f"{urlencode(kept)}&" if kept and len(request.url.query) <= _MAX_QUERY else ""


def tongue_of(request: Request, cookies: Cookies) -> Tongue:
    """Choose the language of the answer."""
    return choose_tongue(
        request.query_params.get("lang", ""),
        request.cookies.get(cookies.tongue, ""),
        request.headers.get("accept-language", ""),
    )


async def read_form(request: Request) -> tuple[tuple[str, str], ...]:
    """Read a small urlencoded form; anything else is an empty one. HTTPException 413: too large."""
    body = b""
    async for chunk in request.stream():
        body += chunk
        if len(body) > _MAX_FORM_BYTES:
            raise HTTPException(413)
    try:
        return tuple(parse_qsl(body.decode("ascii"), keep_blank_values=True, max_num_fields=_MAX_FIELDS))
    except ValueError:
        return ()


def _is_from_elsewhere(request: Request, office: Office) -> bool:
    """
    Whether the browser says that another site sent this.

    Our own referrer policy makes browsers send `Origin: null`, so Sec-Fetch-Site is asked first. It
    is missing on plain http outside this machine (demo only): there `null` cannot be told apart, and
    the form's token decides. Source: Fetch §3.2 (Origin), Fetch Metadata §2.3.
    """
    site = request.headers.get("sec-fetch-site")
    if site is not None:
        return site not in {"same-origin", "none"}
    origin = request.headers.get("origin", office.origin)
    return origin != office.origin and (office.cookies.https or origin != "null")
