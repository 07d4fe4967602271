"""
The one-time page's way to the conversation: implements the `Desk` port.

The page carries what was typed; here is only whose page it is. What the page sends is stored in the same
transaction that ends the page and empties the conversation.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass, replace
from typing import Literal, TypeVar

from bot.core.engine import Engine
from bot.core.tally import PageOpened, PageSent
from bot.errors import StaleSession, StateGone, StoreDown
from bot.handing import PAGE_LIVES
from bot.ports import Clock, NotSent, Opened, Page, Sent, Store, Tx, Voice
from bot.submitting import Package, Submitting

_TRIES = 5
_T = TypeVar("_T")


def _count_nothing(_happened: PageOpened | PageSent) -> None:
    """Nobody counts."""


@dataclass(frozen=True, slots=True)
class PageDesk:
    """
    Opens, watches and ends one-time pages over one store.

    `count` is told of what was committed. It must not wait and must not raise.
    """

    store: Store
    engine: Engine
    voice: Voice
    submitting: Submitting
    clock: Clock
    count: Callable[[PageOpened | PageSent], None] = _count_nothing
    #: Whether a page has a seat, without a transaction; None: that cannot be told.
    has_page: Callable[[str], Awaitable[bool]] | None = None

    async def open_page(self, token: str, seat: str) -> Opened | None:
        """Use a link up; see `Desk`."""
        now = self.clock()

        async def once() -> Opened | None:
            async with self.store.transaction() as tx:
                page = await tx.open_page(token, seat, now, now + PAGE_LIVES)
                stored = await tx.load_session(page.person) if page else None
                if page is None:
                    return None
                answers = stored.session.answers if stored else {}
                locale = stored.session.locale if stored else self.voice.choose_locale("")
                return Opened(dict(self.submitting.reader.suggest(answers)), locale)

        opened = await self._try_often(once)
        if opened is not None:
            self.count(PageOpened(now))
        return opened

    async def check_page(self, seat: str, *, renew: bool = False) -> Literal["open", "late", "gone"]:
        """Say whether the page may go on; see `Desk`."""
        now = self.clock()

        async def once() -> Literal["open", "late", "gone"]:
            async with self.store.transaction() as tx:
                page = await tx.find_page(seat)
                if page is None:
                    return "gone"
                if page.until <= now and not renew:
                    return "late"
                await tx.renew_page(seat, now + PAGE_LIVES)
                return "open"

        return await self._try_often(once)

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
        """Seal and store what the page showed; see `Desk`."""
        happened: list[PageSent] = []

        async def once() -> Sent | NotSent:
            async with self.store.transaction() as tx:
                page = await tx.find_page(seat)
                if page is None:
                    return NotSent("gone")
                if page.until <= self.clock():
                    return NotSent("late")
                package = Package(draft, uses, self.voice.choose_locale(locale), shown=shown)
                return await self._send(tx, seat, page, package, happened.append, source=source)

        sent = await self._try_often(once)
        if isinstance(sent, Sent):
            self.count(happened[-1])  # what was noted before it was undone and tried again
        return sent

    async def give_up(self, seat: str) -> None:
        """End the page without sending. A seat that no page has costs a look, not a transaction."""
        if self.has_page is not None and not await self.has_page(seat):
            return

        async def once() -> None:
            async with self.store.transaction() as tx:
                await tx.close_page(seat)

        await self._try_often(once)

    async def _send(
        self,
        tx: Tx,
        seat: str,
        page: Page,
        package: Package,
        note: Callable[[PageSent], None],
        *,
        source: str,
    ) -> Sent | NotSent:
        """Take the page first: of two that send at once one gets it."""
        stored = await tx.load_session(page.person)  # people first, as everybody does: no circle of waiting
        suggested = self.submitting.reader.suggest(stored.session.answers) if stored else {}
        told = stored.session.answers if stored else {}
        if told.get("age_now") == "minor":
            return NotSent("minor")
        if told.get("about", "self") != "self":
            return NotSent("gone")  # it is no longer about the person who opened the page
        now = self.clock()
        whole = replace(package, suggested=suggested)
        sent = await self.submitting.send(tx, page.person, whole, now, source=source)
        if isinstance(sent, NotSent):
            return sent
        if not await tx.close_page(seat):
            raise StaleSession("the page was ended meanwhile")
        session, emptied = stored.session if stored else None, None
        try:
            if session is not None:
                emptied = self.engine.empty(session, now).session
                await tx.erase(page.person, keep_messages=True, keep_final=True)
                await tx.save_session(page.person, emptied, expected_version=None)
        except StateGone:
            await tx.erase(page.person, keep_messages=True, keep_final=True)
        note(PageSent(session, emptied, now))
        return sent

    async def _try_often(self, once: Callable[[], Awaitable[_T]]) -> _T:
        for _ in range(_TRIES):
            try:
                return await once()
            except StaleSession:
                continue
        raise StoreDown("the page was busy for too long")
