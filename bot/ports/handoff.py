"""What is sent to the social workers: sealed on the public side, opened only at the desk."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Literal, Protocol

from bot.core.events import RequestKind
from bot.core.model import PersonKey

#: What a sealed thing is. It is signed with it, so that one kind cannot be passed off as another.
Purpose = Literal["handoff", "consent", "request", "paper", "test"]
#: How far the desk is with a handoff. Only the desk changes it.
Status = Literal["new", "in_progress", "called", "done"]
#: What each means to the person who asks with the receipt: a word of the conversation's data.
TOLD: Mapping[Status, str] = {
    "new": "received",
    "in_progress": "working",
    "called": "working",
    "done": "closed",
}

#: Fewer active recipients than this and nothing is sealed: one lost key must not lose a handoff. Source: SECURITY §5.
FEWEST_RECIPIENTS = 2


@dataclass(frozen=True, slots=True)
class Sealed:
    """
    Something that only the desk can open.

    `signature` (Ed25519) covers purpose, id, the hash of `blob` and the time; `signer` names the key, as a fingerprint.
    """

    blob: bytes = field(repr=False)
    signature: bytes = field(repr=False)
    signer: str


class Sealer(Protocol):
    """Seals to everybody at the desk who may open it. It holds no key that opens."""

    def is_open(self) -> bool:
        """Whether there are enough active recipients: FEWEST_RECIPIENTS or more."""
        ...

    def list_fingerprints(self) -> tuple[str, ...]:
        """Return the fingerprints of the recipients of now, in the order of their names."""
        ...

    def seal(self, plain: bytes, *, purpose: Purpose, name: str, at: datetime) -> Sealed:
        """
        Pad, seal to all active recipients, and sign under this id (`name`) and time (aware UTC).

        DeskClosed: there are too few recipients, or one of the files is not sound.
        """
        ...


@dataclass(frozen=True, slots=True)
class NewConsent:
    """
    The record of a consent, kept apart from the story: which text, when, and what was ticked (sealed).

    `text` is what was shown, whole (canonical JSON, in the person's language); `text_sha256` names it.
    """

    id: str
    text: str = field(repr=False)
    text_sha256: str
    sealed: Sealed = field(repr=False)


@dataclass(frozen=True, slots=True)
class NewHandoff:
    """
    A handoff on its way into the database. `created_at` is a full hour.

    `receipt` is what the person keeps; only its keyed hash is stored. Nothing in it names the person.
    """

    id: str
    receipt: str = field(repr=False)
    created_at: datetime
    sealed: Sealed = field(repr=False)
    consent: NewConsent


@dataclass(frozen=True, slots=True)
class Case:
    """What a receipt leads to: no more than how far the desk is. `asked`: what was asked for already."""

    handoff_id: str
    status: Status
    asked: tuple[RequestKind, ...] = ()


@dataclass(frozen=True, slots=True)
class NewRequest:
    """A request about a handoff: to take it back or to put something right. The words, if any, are sealed."""

    id: str
    handoff_id: str
    kind: RequestKind
    created_at: datetime
    sealed: Sealed = field(repr=False)


@dataclass(frozen=True, slots=True)
class Page:
    """A one-time page that was opened: whose conversation it belongs to, and until when it may go on."""

    person: PersonKey
    until: datetime


class HandoffTx(Protocol):
    """What the conversation's transaction can do with handoffs. It can add them; it can never read one."""

    async def add_handoff(self, handoff: NewHandoff) -> None:
        """Add a handoff, its consent and its receipt."""
        ...

    async def find_case(self, receipt: str) -> Case | None:
        """Say how far the desk is. None: no such receipt, or what it stood for is erased."""
        ...

    async def add_request(self, request: NewRequest) -> bool:
        """Add a request. False: the same was asked already, and nothing changed."""
        ...

    async def count(self, what: str, who: str, now: datetime, *, hours: int, limit: int) -> bool:
        """
        Count one use of `what` by `who` (hashed with the key). False: `limit` uses in the last `hours` were reached.

        Source: SECURITY T5 (handoffs), §5 (receipts).
        """
        ...

    async def has_room(self, what: str, who: str, now: datetime, *, limit: int) -> bool:
        """Say whether `count` would find a place now. Nothing changes."""
        ...

    async def add_page(self, person: PersonKey, token: str, until: datetime) -> None:
        """Keep the token of a one-time page, as a keyed hash, in place of the person's older one and its page."""
        ...

    async def open_page(self, token: str, seat: str, now: datetime, until: datetime) -> Page | None:
        """Use a token up and seat whoever opened it until then. None: unknown, used or past its time."""
        ...

    async def find_page(self, seat: str) -> Page | None:
        """Say whose page it is, also when its time is over. None: sent, given up or erased."""
        ...

    async def renew_page(self, seat: str, until: datetime) -> None:
        """Let an open page go on until then."""
        ...

    async def close_page(self, seat: str) -> bool:
        """End an open page. False: it was ended already; of two at once one gets True."""
        ...


@dataclass(frozen=True, slots=True)
class Opened:
    """
    A page as it is opened: what the conversation knows already, and in which language.

    `draft` holds only what buttons told. `channel` is where the conversation goes on.
    """

    draft: Mapping[str, str] = field(repr=False)
    locale: str


@dataclass(frozen=True, slots=True)
class Sent:
    """It is sealed and stored. `receipt` is told once."""

    receipt: str = field(repr=False)


@dataclass(frozen=True, slots=True)
class NotSent:
    """
    Nothing was sent, and why.

    `late`: the page's time is over, and it can be renewed. `gone`: it was sent or erased meanwhile. `unfit`: `reasons` say
    what is missing or does not fit, by field. `closed`: the desk takes none now. `minor`: somebody under 18.
    `often`: too many today. `changed`: what was shown is not what came.
    """

    why: Literal["late", "gone", "unfit", "closed", "minor", "often", "changed"]
    reasons: Mapping[str, str] = field(default_factory=dict)


class Desk(Protocol):
    """The one-time page's way to the conversation. StoreDown from each: nothing was stored, try again."""

    async def open_page(self, token: str, seat: str) -> Opened | None:
        """Use a link up. None: it leads nowhere any more."""
        ...

    async def check_page(self, seat: str, *, renew: bool = False) -> Literal["open", "late", "gone"]:
        """Say whether the page may go on; an open one (with `renew` a late one too) gets its full time again."""
        ...

    async def submit(
        self,
        seat: str,
        draft: Mapping[str, str],
        uses: Mapping[str, bool],
        *,
        shown: str,
        locale: str,
        source: str = "",
    ) -> Sent | NotSent:
        """
        Seal and store what the page showed, in one transaction, and end the page.

        `shown` is the hash of the lines that the person saw (`bot.form.review.hash_lines`). `source`: where the page
        was asked from, if that can be told: so many an hour are taken from one.
        """
        ...

    async def give_up(self, seat: str) -> None:
        """End the page without sending. Ending one that is gone is no error."""
        ...
