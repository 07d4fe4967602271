"""
What a button of the one-time page makes of the sheet: another step, or the end.

Nothing is stored before `send`, and then the desk seals it. Whatever fails, the page comes back with everything in it.
"""

from __future__ import annotations

import logging
import re
from collections.abc import Awaitable, Mapping
from dataclasses import dataclass, replace
from datetime import date
from typing import TypeVar, assert_never

from bot.core.fields import Refused
from bot.errors import StoreDown
from bot.form.review import find_conflicts, find_missing, hash_lines, is_under_18
from bot.front.form_drawing import NO_TROUBLE, Buttons, FormPages, Trouble, name_use
from bot.front.form_sheet import Reasons, Sheet, keep_uses, name_version
from bot.front.form_steps import (
    FILLED,
    STEPS,
    find_first,
    find_step,
    find_unasked,
    is_needed,
    list_uses,
    move,
)
from bot.log import log_incident
from bot.ports import Desk, NotSent, Sent

_log = logging.getLogger(__name__)

T = TypeVar("T")

#: What a button says: what to do, and with which field.
_GO = re.compile(r"[a-z]{1,12}(?::[a-z0-9_]{1,40})?", re.ASCII)
_BACK: Buttons = (("stay", "form_keep"),)
_MEND: Buttons = (("field:birth", "form_minor_mend"),)
_AGAIN: Buttons = (("send", "retry"), *_BACK)
_DROP: Buttons = (("stay", "form_keep"), ("drop", "form_drop"))
_STOPS: Mapping[str, tuple[str, Buttons, int]] = {
    "minor": ("form_minor", _MEND, 200),
    "closed": ("form_closed", _AGAIN, 503),
    "often": ("form_often", _BACK, 429),
}
_LATE = Trouble("form_late", "form_renew", "renew", only=True)


@dataclass(frozen=True, slots=True)
class Shown:
    """A page to answer with. `is_over`: nothing of what was filled in is on it, and nothing may stay in the browser."""

    page: str
    status: int = 200
    is_over: bool = False


@dataclass(frozen=True, slots=True)
class Turn:
    """One sheet that came from a page. `go` is what was pressed, `source` from where, if that can be told."""

    desk: Desk
    pages: FormPages
    token: str
    today: date
    sheet: Sheet
    go: str
    source: str = ""

    async def take(self) -> Shown:
        """Answer a step: ask the desk whether the page may go on, then do what was pressed."""
        try:
            if self.go == "drop":
                await insist(self.desk.give_up(self.sheet.seat))
                return self._end("form_dropped", 200)
            standing = await insist(self.desk.check_page(self.sheet.seat, renew=self.go == "renew"))
            if standing == "gone":
                return self._end("form_already" if self.go == "send" else "form_gone", 410)
            if standing == "late":
                return self._show(self.sheet, _LATE)
            return await self._act()
        except StoreDown:
            again = self.go if _GO.fullmatch(self.go) else "stay"
            return self._show(self.sheet, Trouble("form_down", "retry", again), status=503)

    async def _act(self) -> Shown:
        if self.sheet.version != name_version(self.pages.form):
            changed = replace(self.sheet, step=STEPS[0], version=name_version(self.pages.form), shown="")
            return self._show(changed, Trouble("form_changed"))
        return await self._send() if self.go == "send" else self._move()

    def _move(self) -> Shown:
        kind, _, key = self.go.partition(":")
        match kind:
            case "next":
                return self._go_on(move(self.sheet.step, 1))
            case "review":
                return self._go_on("review")
            case "back":
                return self._show(replace(self.sheet, step=move(self.sheet.step, -1)))
            case "later":
                return self._stop("form_later_line", _DROP)
            case "field" | "strike" | "restore" if find_step(self.pages.form, key):
                return self._change(kind, key)
            case _:
                return self._show(self.sheet)

    def _change(self, kind: str, key: str) -> Shown:
        """Strike one line, put it back, or go to where it is written; what is gone to is wanted again."""
        sheet = self.sheet
        if kind == "strike":
            return self._review(replace(sheet, struck=sheet.struck | {key}))
        sheet = replace(sheet, struck=sheet.struck - {key})
        if kind == "restore":
            return self._review(sheet)
        return self._show(replace(sheet, step=find_step(self.pages.form, key) or sheet.step), focus=key)

    def _go_on(self, to: str) -> Shown:
        """Leave a step forwards: only with what it needs, and only as an adult."""
        sheet, form = self.sheet, self.pages.form
        if is_under_18(sheet.draft, self.today):
            return self._stop("form_minor", _MEND)
        left = {key: why for key, why in sheet.reasons.items() if find_step(form, key) == sheet.step}
        if sheet.step in FILLED:
            left |= _refuse(find_unasked(form, sheet.draft, sheet.step, today=self.today))
        if left:
            return self._show(sheet, faults=left, status=422)
        if to == "review":
            return self._review(sheet)
        if to == "consent":
            return self._ask_consent(sheet)
        return self._show(replace(sheet, step=move(sheet.step, 1)))

    def _review(self, sheet: Sheet, trouble: Trouble = NO_TROUBLE) -> Shown:
        """Show what would be sent; first what does not fit, wherever it stands."""
        if step := find_first(self.pages.form, sheet.broken):
            return self._show(replace(sheet, step=step), status=422)
        return self._show(replace(sheet, step="review", was_reviewed=True), trouble)

    def _ask_consent(self, sheet: Sheet) -> Shown:
        """Come to the consent: to these lines, and only where the form has what it needs."""
        if sheet.broken:
            return self._review(sheet)
        missing = {
            **find_missing(self.pages.form, sheet.sent, today=self.today),
            **find_conflicts(sheet.sent),
        }
        if missing:
            return self._show(replace(sheet, step="review"), faults=_refuse(missing), status=422)
        return self._show(keep_uses(replace(sheet, step="consent"), self._hash(sheet)))

    async def _send(self) -> Shown:
        """Send what was shown, and nothing else."""
        sheet = self.sheet
        if sheet.broken or not sheet.shown or sheet.shown != self._hash(sheet):
            return self._show_changed(sheet)
        asked = list_uses(self.pages.form, sheet.sent)
        ticked = {use.id for use in asked if use.id in sheet.uses}
        uses = {use.id: use.id in ticked for use in self.pages.form.notices.uses}
        unticked = {
            name_use(use.id): Refused("unticked")
            for use in asked
            if use.id not in ticked and is_needed(use, sheet.sent)
        }
        if unticked:
            return self._show(replace(sheet, step="consent"), faults=unticked, status=422)
        came = await insist(
            self.desk.submit(
                sheet.seat, sheet.sent, uses, shown=sheet.shown, locale=sheet.locale, source=self.source
            )
        )
        match came:
            case Sent(receipt):
                return Shown(self.pages.draw_receipt(sheet, receipt), is_over=True)
            case NotSent():
                return self._say_not_sent(came)
            case _:
                assert_never(came)

    def _say_not_sent(self, came: NotSent) -> Shown:
        match came.why:
            case "late":
                return self._show(self.sheet, _LATE)
            case "gone":
                return self._end("form_already", 410)
            case "unfit":
                return self._mend(_refuse(came.reasons))
            case "changed":
                return self._show_changed(self.sheet)
            case "minor" | "closed" | "often":
                line, buttons, status = _STOPS[came.why]
                return self._stop(line, buttons, copy=came.why != "minor", status=status)
            case _:
                assert_never(came.why)

    def _mend(self, reasons: Reasons) -> Shown:
        """Show the first step that has something to mend; at the review where only one of several is needed."""
        step = find_first(self.pages.form, reasons) or "review"
        return self._show(replace(self.sheet, step=step), faults=reasons, status=422)

    def _show_changed(self, sheet: Sheet) -> Shown:
        """Show anew what would be sent: it is not what was agreed to."""
        return self._review(replace(sheet, shown="", uses=frozenset()), Trouble("form_changed"))

    def _hash(self, sheet: Sheet) -> str:
        return hash_lines(self.pages.list_lines(sheet, sheet.sent))

    def _show(
        self,
        sheet: Sheet,
        trouble: Trouble = NO_TROUBLE,
        *,
        faults: Reasons | None = None,
        focus: str = "",
        status: int = 200,
    ) -> Shown:
        page = self.pages.draw_step(sheet, self.token, trouble=trouble, faults=faults or {}, focus=focus)
        return Shown(page, status)

    def _stop(self, line: str, buttons: Buttons, *, copy: bool = False, status: int = 200) -> Shown:
        return Shown(self.pages.draw_stop(self.sheet, self.token, line, buttons, copy=copy), status)

    def _end(self, line: str, status: int) -> Shown:
        return Shown(self.pages.draw_end(line, locale=self.sheet.locale), status, is_over=True)


def _refuse(reasons: Mapping[str, str]) -> Reasons:
    return {key: Refused(reason) for key, reason in reasons.items()}


async def insist(asked: Awaitable[T]) -> T:
    """Wait for the desk. StoreDown: nothing was stored, whatever the reason was."""
    try:
        return await asked
    except StoreDown:
        raise
    except Exception as fault:  # noqa: BLE001 - whatever it was, the page comes back with everything in it
        log_incident(_log, "form_failed", fault, channel="web")
        raise StoreDown("not asked") from None
