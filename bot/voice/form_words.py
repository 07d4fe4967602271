"""How the referral form sounds: what was filled in, what is consented to, and why words do not fit."""

from __future__ import annotations

import json
from collections.abc import Callable, Collection
from dataclasses import dataclass

from bot.core.fields import Draft
from bot.form.model import SEPARATOR, Form
from bot.form.review import list_lines


def fill_units(said: str, *, operator: str, receiver: str) -> str:
    """Name the two units in a sentence that is hashed as it is shown."""
    return said.replace("{operator}", operator).replace("{receiver}", receiver)


@dataclass(frozen=True, slots=True)
class FormWords:
    """
    Says the form in one language. `translate` takes a gettext context and a source sentence, `word` the key of a phrase.

    `operator` is the sentence that says who runs this service, `receiver` who opens what is sent.
    """

    form: Form
    translate: Callable[[str, str], str]
    word: Callable[[str], str]
    operator: str
    receiver: str

    def list_draft(self, draft: Draft, tapped: Collection[str] = ()) -> str:
        """
        Return what was filled in, a numbered line each, masked: it stays on the phone. Source: SECURITY T1.

        `tapped` are values that a button fills in: our own words, which are not hidden.
        """
        lines = list_lines(self.form, draft, say=self.translate, masked=True, plain=tapped)
        told = [self._line(number, line.label, line.value) for number, line in enumerate(lines, 1)]
        return "\n".join(told) or self.word("form_empty")

    def name_picked(self, key: str, draft: Draft) -> str:
        """Return the ticked options of a field; they are the form's own words, not the person's."""
        field = self.form.fields[key]
        ticked = [option for option in draft.get(key, "").split(SEPARATOR) if option]
        names = [
            self.translate(f"form.{key}.{option.id}", option.plain or option.label)
            for option in field.options
            if option.id in ticked
        ]
        return self.word("comma").join(names) or self.word("form_nothing_picked")

    def notice(self, name: str) -> str:
        """Return one of the six notices, whole."""
        said = self.translate(f"consent.{name}", self.form.notices.notices[name])
        return fill_units(said, operator=self.operator, receiver=self.receiver)

    def use(self, name: str) -> str:
        """Return what one may agree to, whole."""
        use = next(use for use in self.form.notices.uses if use.id == name)
        return self.translate(f"consent.use.{name}", use.text)

    def refusal(self, reason: str) -> str:
        """Return why words did not fit, and what to write instead."""
        return self.translate(f"form.refusal.{reason}", self.form.refusals[reason])

    def write_notices(self, locale: str) -> str:
        """Return everything that is consented to, as canonical JSON: what is hashed and kept."""
        notices = self.form.notices
        told = {
            "version": notices.version,
            "locale": locale,
            "title": self.translate("consent.title", notices.title),
            "notices": {name: self.notice(name) for name in notices.notices},
            "uses": {use.id: self.use(use.id) for use in notices.uses},
        }
        return json.dumps(told, ensure_ascii=False, sort_keys=True, separators=(",", ":"))

    def _line(self, number: int, label: str, value: str) -> str:
        line = self.word("form_line").replace("{number}", str(number))
        return line.replace("{label}", label).replace("{value}", value)
