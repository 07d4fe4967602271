"""Drawing the one-time page: a sheet becomes boxes and lines. Every word comes from the form or the interface."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from functools import partial
from types import MappingProxyType

from bot.core.fields import Draft, Refused
from bot.form.model import SEPARATOR, Field, FieldKind, Form, Mark
from bot.form.reading import say_refusal
from bot.form.review import ShownLine, list_lines
from bot.front.form_sheet import Reasons, Sheet, SheetReader
from bot.front.form_steps import STEPS, is_needed, list_asked, list_groups, list_uses
from bot.front.pages import Pages
from bot.ports import FormVoice

#: Everything that flows/interface.toml must say for this page; a test holds both together.
FORM_WORDS = frozenset({
    "form_open_line", "form_open", "form_used", "form_gone", "form_already", "form_dropped",
    "form_step", "form_stay",
    "form_head_notices", "form_head_who", "form_head_more", "form_head_what", "form_head_review", "form_head_consent",
    "form_hint_notices", "form_hint_who", "form_hint_more", "form_hint_what", "form_hint_review", "form_hint_consent",
    "form_group_you", "form_group_phones", "form_group_safety", "form_group_about", "form_group_home", "form_group_trusted",
    "form_begin", "form_next", "form_back", "form_to_review", "form_to_consent", "form_later",
    "form_needed", "form_one_of", "form_from_talk", "form_no_answer", "form_pick_none",
    "form_faults",
    "form_change", "form_strike", "form_restore", "form_struck", "form_nothing", "form_add",
    "form_use_needed", "form_use_free", "form_use_missing", "form_read_again", "form_send",
    "form_late", "form_renew", "form_down", "form_changed",
    "form_closed", "form_often", "form_minor", "form_minor_mend", "form_later_line", "form_drop", "form_keep", "form_copy",
    "form_sent_head", "form_sent_line", "form_receipt", "form_receipt_plain", "form_receipt_write",
    "form_sent_next", "form_sent_when", "form_sent_quiet", "form_sent_clear",
})  # fmt: skip

#: What a button does, and the key of its word.
Buttons = Sequence[tuple[str, str]]

_MARKS: Mapping[Mark, str] = {"": "", "*": "form_needed", "◎": "form_one_of"}
_KINDS: Mapping[FieldKind, str] = {
    "long_text": "long", "choice": "one", "choices": "many", "phone": "tel", "county": "county", "district": "district",
}  # fmt: skip
#: A box takes a quarter more than may be sent, so that nothing pasted is cut unseen: the form says kindly what is too long.
_ROOM = 4
#: What is kept of a day or a number is shorter than what people write: 民國 79 年 5 月 20 日.
_LEAST_ROOM = 60


def name_use(use_id: str) -> str:
    """Name a tick of the consent among the faults: a use may be called as a field is."""
    return f"use.{use_id}"


@dataclass(frozen=True, slots=True)
class Tick:
    """One option as it is drawn."""

    id: str
    label: str
    is_on: bool


@dataclass(frozen=True, slots=True)
class Box:
    """One field as it is drawn. `mark` is the key of a word; `fault` a sentence; `has_focus`: the page opens there."""

    key: str
    kind: str
    ask: str
    help: str
    mark: str
    value: str = field(repr=False)
    ticks: tuple[Tick, ...]
    fault: str
    is_known: bool
    has_focus: bool
    room: int
    #: What may be chosen, with how it is shown.
    places: Mapping[str, str]


@dataclass(frozen=True, slots=True)
class Trouble:
    """
    What stands above a step: a word's key, and the button that goes on from there, as its word and what it does.

    `only`: the step's own buttons would lead nowhere, so they are not shown.
    """

    line: str
    label: str = ""
    go: str = ""
    only: bool = False


@dataclass(frozen=True, slots=True)
class Section:
    """A group of boxes. It opens by itself where something stands in it already, or something is wrong."""

    id: str
    folded: bool
    boxes: tuple[Box, ...]

    @property
    def is_open(self) -> bool:
        """Whether a folded one is shown open."""
        return any(box.value or box.fault or box.has_focus for box in self.boxes)


NO_TROUBLE = Trouble("")
NONE: Reasons = MappingProxyType({})


@dataclass(frozen=True, slots=True)
class FormPages:
    """The templates of the one-time page, filled."""

    pages: Pages
    voice: FormVoice
    sheets: SheetReader

    @property
    def form(self) -> Form:
        """The form that is drawn."""
        return self.sheets.form

    def draw_opening(self, token: str, *, seat: str, line: str, locale: str) -> str:
        """Draw the neutral page with one button. Nothing on it tells what it opens."""
        return self.pages.fill("form_open.html", locale=locale, token=token, seat=seat, line=line)

    def draw_step(
        self,
        sheet: Sheet,
        token: str,
        *,
        trouble: Trouble = NO_TROUBLE,
        faults: Reasons = NONE,
        focus: str = "",
    ) -> str:
        """Draw the sheet's step. `faults` are reasons beside the sheet's own; `focus` is a field to begin with."""
        match sheet.step:
            case "notices":
                return self._draw(
                    sheet, token, "form_notices.html", trouble, notices=self._list_notices(sheet)
                )
            case "review":
                return self._draw_review(sheet, token, trouble, faults)
            case "consent":
                return self._draw_consent(sheet, token, trouble, faults)
            case _:
                return self._draw_fields(sheet, token, trouble, {**sheet.reasons, **faults}, focus)

    def draw_stop(self, sheet: Sheet, token: str, line: str, buttons: Buttons, *, copy: bool = False) -> str:
        """Draw why it does not go on, with everything still in the page. `copy`: the words can be taken along."""
        words = "\n\n".join(f"{one.label}\n{one.value}" for one in self.list_lines(sheet, sheet.draft))
        text = words if copy else ""
        return self._draw(sheet, token, "form_stop.html", NO_TROUBLE, line=line, buttons=buttons, copy=text)

    def draw_receipt(self, sheet: Sheet, receipt: str) -> str:
        """Draw what the person keeps. Nothing else of the sheet is on it."""
        return self.pages.fill("form_sent.html", locale=sheet.locale, seat=sheet.seat, receipt=receipt)

    def draw_end(self, line: str, *, locale: str) -> str:
        """Draw that the page is over, why that may be, and the human route."""
        return self.pages.draw_notice(line, locale=locale)

    def list_lines(self, sheet: Sheet, draft: Draft) -> tuple[ShownLine, ...]:
        """List what these values say, whole, in the person's language."""
        return list_lines(self.form, draft, say=self._make_say(sheet), masked=False)

    def _draw(self, sheet: Sheet, token: str, template: str, trouble: Trouble, **values: object) -> str:
        shown = {"carried": self.sheets.carry(sheet), **values}
        return self.pages.fill(
            template, locale=sheet.locale, token=token, seat=sheet.seat, sheet=sheet, trouble=trouble,
            number=STEPS.index(sheet.step) + 1, count=len(STEPS), **shown,
        )  # fmt: skip

    def _draw_fields(self, sheet: Sheet, token: str, trouble: Trouble, reasons: Reasons, focus: str) -> str:
        groups = [
            Section(
                group.id, group.folded, tuple(self._make_box(sheet, one, reasons, focus) for one in members)
            )
            for group, members in list_groups(self.form, sheet.step)
        ]
        boxes = [box for group in groups for box in group.boxes]
        return self._draw(
            sheet, token, "form_fields.html", trouble, groups=groups,
            carried=self.sheets.carry(sheet, without=[box.key for box in boxes]),
            faults=[(f"f-{box.key}", box.ask, box.fault) for box in boxes if box.fault],
        )  # fmt: skip

    def _draw_review(self, sheet: Sheet, token: str, trouble: Trouble, faults: Reasons) -> str:
        asked = [one for one in list_asked(self.form) if not sheet.get_text(one.key)]
        return self._draw(
            sheet, token, "form_review.html", trouble,
            lines=self.list_lines(sheet, sheet.sent),
            struck=self.list_lines(sheet, sheet.left_out),
            keys={one.key for one in list_asked(self.form)},
            unasked=[(one.key, self._ask(sheet, one)) for one in asked],
            faults=[
                (key, self._ask(sheet, self.form.fields[key]), self._explain(sheet, reason))
                for key, reason in faults.items()
                if key in self.form.fields
            ],
        )  # fmt: skip

    def _draw_consent(self, sheet: Sheet, token: str, trouble: Trouble, faults: Reasons) -> str:
        say = self._make_say(sheet)
        uses = [
            (
                use.id,
                say(f"consent.use.{use.id}", use.text),
                use.id in sheet.uses,
                name_use(use.id) in faults,
                is_needed(use, sheet.sent),
            )
            for use in list_uses(self.form, sheet.sent)
        ]
        return self._draw(
            sheet, token, "form_consent.html", trouble, uses=uses, notices=self._list_notices(sheet),
            carried=self.sheets.carry(sheet, uses=False),
        )  # fmt: skip

    def _list_notices(self, sheet: Sheet) -> list[str]:
        say = self._make_say(sheet)
        return [say(f"consent.{name}", text) for name, text in self.form.notices.notices.items()]

    def _make_box(self, sheet: Sheet, one: Field, reasons: Reasons, focus: str) -> Box:
        say = self._make_say(sheet)
        reason, value = reasons.get(one.key), sheet.get_text(one.key)
        chosen = value.split(SEPARATOR)
        return Box(
            key=one.key,
            kind=_KINDS.get(one.kind, "text"),
            ask=self._ask(sheet, one),
            help=say(f"form.{one.key}.help", one.help) if one.help else "",
            mark=_MARKS[one.mark],
            value=value,
            ticks=tuple(
                Tick(option.id, say(f"form.{one.key}.{option.id}", option.said), option.id in chosen)
                for option in one.options
            ),
            fault=self._explain(sheet, reason) if reason else "",
            is_known=one.key in sheet.known and bool(value),
            has_focus=one.key == focus,
            room=max(one.max_chars + one.max_chars // _ROOM, _LEAST_ROOM),
            places=self._list_places(sheet, one),
        )

    def _list_places(self, sheet: Sheet, one: Field) -> dict[str, str]:
        """List what may be chosen: the counties, or the districts of the county that stands there."""
        if one.kind == "county":
            is_chinese = sheet.locale.startswith("zh")
            return {
                county.name: county.name
                if is_chinese or not county.latin
                else f"{county.latin} ({county.name})"
                for county in self.form.counties
            }
        county = next((c for c in self.form.counties if c.name == sheet.draft.get("county")), None)
        return {name: name for name in county.districts} if county and one.kind == "district" else {}

    def _ask(self, sheet: Sheet, one: Field) -> str:
        say = self._make_say(sheet)
        return say(f"form.{one.key}.ask", one.ask) if one.ask else say(f"form.{one.key}.label", one.label)

    def _explain(self, sheet: Sheet, refused: Refused) -> str:
        return say_refusal(self.form, refused, say=self._make_say(sheet))

    def _make_say(self, sheet: Sheet) -> Callable[[str, str], str]:
        return partial(self.voice.say, locale=sheet.locale)
