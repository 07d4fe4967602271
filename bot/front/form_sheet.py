"""
What the one-time page carries from step to step: everything, because nothing of it is stored here.

All of it comes back from a browser, so all of it is read anew each time: unknown names are left out, values
pass the form's own reader. Nothing that was typed is thrown away for being wrong; it stays to be mended.
"""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import date

from bot.core.fields import Draft, FieldReader, Refused, Taken
from bot.core.text import drop_directions
from bot.form.model import SEPARATOR, Field, Form
from bot.front.form_steps import STEPS, Step, list_asked, read_step
from bot.ports import Opened

#: 256 bits in base64url, as the doorman makes them.
_SEAT = re.compile(r"[A-Za-z0-9_-]{43,128}", re.ASCII)
_LOCALE = re.compile(r"[A-Za-z]{2,3}(?:[-_][A-Za-z0-9]{2,8}){0,3}", re.ASCII)
_HASH = re.compile(r"[0-9a-f]{64}", re.ASCII)

#: What an address may tell by itself. A district without its county may be anywhere.
_PLACE = frozenset({"county", "district"})

#: Why words do not fit, by field.
Reasons = Mapping[str, Refused]
_Texts = Mapping[str, Sequence[str]]


@dataclass(frozen=True, slots=True)
class Sheet:
    """
    One page's whole content.

    `draft` are values that fit, `typed` the words that do not, with their `reasons`. `known` are the fields that the
    conversation filled in. `struck` stay on the page and are not sent. `uses` are those consented to, for the lines
    whose hash is `shown`. `version` names form and notices: another one means that the program was changed meanwhile.
    `was_reviewed`: the review was reached once, so that steps lead back to it.
    """

    seat: str = field(repr=False)
    locale: str
    version: str
    step: Step = STEPS[0]
    draft: Draft = field(default_factory=dict, repr=False)
    typed: Mapping[str, str] = field(default_factory=dict, repr=False)
    reasons: Reasons = field(default_factory=dict, repr=False)
    known: frozenset[str] = field(default=frozenset(), repr=False)
    struck: frozenset[str] = field(default=frozenset(), repr=False)
    uses: frozenset[str] = field(default=frozenset(), repr=False)
    shown: str = field(default="", repr=False)
    was_reviewed: bool = False

    @property
    def sent(self) -> Draft:
        """What would be sent."""
        return {key: value for key, value in self.draft.items() if key not in self.struck}

    @property
    def left_out(self) -> Draft:
        """What was struck."""
        return {key: value for key, value in self.draft.items() if key in self.struck}

    @property
    def broken(self) -> Reasons:
        """What does not fit and would be sent, with the reasons."""
        return {key: why for key, why in self.reasons.items() if key not in self.struck}

    def get_text(self, key: str) -> str:
        """Return what stands in a field, whether it fits or not."""
        return self.typed.get(key) or self.draft.get(key, "")


def find_seat(pairs: Iterable[tuple[str, str]]) -> str:
    """Return the seat that came, empty for anything that is none of ours."""
    seat = dict(pairs).get("seat", "")
    return seat if _SEAT.fullmatch(seat) else ""


def name_version(form: Form) -> str:
    """Name form and notices as they are now."""
    return f"{form.id} {form.version} {form.notices.version}"


@dataclass(frozen=True, slots=True)
class SheetReader:
    """Reads sheets of one form."""

    form: Form
    reader: FieldReader

    def open(self, opened: Opened, seat: str, *, today: date) -> Sheet:
        """Make the first sheet: what the conversation knows stands in it already."""
        texts = {f"f.{key}": value.split(SEPARATOR) for key, value in opened.draft.items()}
        draft, _, _ = self._fill(texts, today, frozenset())
        known = frozenset(draft)
        return Sheet(seat, opened.locale, name_version(self.form), draft=draft, known=known)

    def read(self, pairs: Iterable[tuple[str, str]], *, today: date) -> Sheet:
        """Read what a page sent back."""
        texts: dict[str, list[str]] = defaultdict(list)
        for name, text in pairs:
            texts[name].append(text)
        last = {name: all_[-1] for name, all_ in texts.items()}
        struck = self._keep(texts.get("x", []))
        draft, typed, reasons = self._fill(texts, today, struck)
        shown, locale = last.get("shown", ""), last.get("locale", "")
        return Sheet(
            seat=find_seat(last.items()),
            locale=locale if _LOCALE.fullmatch(locale) else "",
            version=last.get("version", ""),
            step=read_step(last.get("step", "")),
            draft=draft,
            typed=typed,
            reasons=reasons,
            known=self._keep(last.get("known", "").split(SEPARATOR)),
            struck=struck,
            uses=frozenset(use.id for use in self.form.notices.uses if use.id in texts.get("u", [])),
            shown=shown if _HASH.fullmatch(shown) else "",
            was_reviewed=last.get("reviewed") == "1",
        )

    def carry(self, sheet: Sheet, *, without: Iterable[str] = (), uses: bool = True) -> list[tuple[str, str]]:
        """
        List what the next page must bring back unseen: all but the fields that it shows itself (`without`).

        `uses`: the ticks of the consent too; the page that asks for them shows them itself.
        """
        shown = set(without)
        kept = [
            ("seat", sheet.seat), ("step", sheet.step), ("locale", sheet.locale), ("version", sheet.version),
            ("known", SEPARATOR.join(sorted(sheet.known))), ("shown", sheet.shown),
            ("reviewed", "1" if sheet.was_reviewed else ""),
        ]  # fmt: skip
        kept += [("x", key) for key in sorted(sheet.struck)]
        kept += [("u", use) for use in sorted(sheet.uses) if uses]
        for one in list_asked(self.form):
            if one.key not in shown:
                kept += [(f"f.{one.key}", part) for part in _split(one, sheet.get_text(one.key))]
        return kept

    def _keep(self, keys: Iterable[str]) -> frozenset[str]:
        asked = {one.key for one in list_asked(self.form)}
        return frozenset(asked.intersection(keys))

    def _fill(
        self, texts: _Texts, today: date, struck: frozenset[str]
    ) -> tuple[dict[str, str], dict[str, str], dict[str, Refused]]:
        """Read every field: values that fit, words that do not, and why not."""
        draft: dict[str, str] = {}
        typed: dict[str, str] = {}
        reasons: dict[str, Refused] = {}
        given = {one.key: _read_text(one, texts.get(f"f.{one.key}", [])) for one in list_asked(self.form)}
        given = {key: text for key, text in given.items() if text}
        for key, text in given.items():
            others = {other: words for other, words in given.items() if other != key}
            match self._read_field(self.form.fields[key], text, {**others, **draft}, today):
                case Taken(values):
                    draft |= _place(key, values, given, struck)
                case Refused(reason="empty"):
                    continue  # spaces that nobody sees
                case Refused() as refused:
                    typed[key], reasons[key] = text, refused
        return draft, typed, reasons

    def _read_field(self, one: Field, text: str, draft: Draft, today: date) -> Taken | Refused:
        if one.options:
            return Taken({one.key: text})  # options that the field has, and no other
        return self.reader.read(one.key, text, draft, today=today)


def keep_uses(sheet: Sheet, shown: str) -> Sheet:
    """Come to the consent with these lines: ticks given for other lines do not count for them."""
    return replace(sheet, shown=shown, uses=sheet.uses if sheet.shown == shown else frozenset())


def _read_text(one: Field, texts: Sequence[str]) -> str:
    """Return what came for a field; of options only those that it has, in its order."""
    if not one.options:
        return (
            drop_directions(texts[-1].replace("\r\n", "\n")).strip() if texts else ""
        )  # never cut: the reader says what is too long
    came = texts if one.kind == "choices" else texts[-1:]
    return SEPARATOR.join(option.id for option in one.options if option.id in came)


def _place(key: str, values: Draft, given: Mapping[str, str], struck: frozenset[str]) -> dict[str, str]:
    """
    Put values where they belong: a number finds its own line, but never takes the place of one that stands there.

    Then it stays where it was typed. So it does beside what was struck: nothing gets lost there, nothing comes back
    there, and a struck line says nothing of another. Of a place that is half struck, the other half is not filled in either.
    """
    closed = struck | (_PLACE if struck & _PLACE else frozenset())
    free = {to for to in values if to not in closed and not given.get(to)} if key not in struck else set()
    placed = {to: value for to, value in values.items() if value and (to == key or to in free)}
    if placed or not values:
        return placed
    return {key: next(iter(values.values()))}


def _split(one: Field, text: str) -> list[str]:
    if not text:
        return []
    return text.split(SEPARATOR) if one.kind == "choices" else [text]
