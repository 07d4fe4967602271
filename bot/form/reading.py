"""
Read what somebody wrote into a field of the form.

Everything kept is canonical: reading it again gives itself. Refusals name a sentence of `[refusals]`; they never repeat what was written.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from datetime import date

from bot.core.fields import Draft, Refused, Taken
from bot.core.text import MAX_TYPED_CHARS
from bot.form.births import read_birth
from bot.form.identities import read_identity
from bot.form.model import SEPARATOR, Field, Form
from bot.form.options import read_option, read_options, toggle
from bot.form.phones import place_phone, read_phone
from bot.form.places import Places
from bot.form.review import WORDS_OF, is_under_18
from bot.form.suggesting import suggest
from bot.form.words import read_name, read_words

#: Fields that hold a name, in any script.
NAMES = frozenset({"name", "safe_name"})
#: The field whose beginning may tell county and district.
ADDRESS = "address"


class FormReader:
    """Reads words into the fields that a person fills in. It implements `bot.core.fields.FieldReader`."""

    def __init__(self, form: Form) -> None:
        self._form = form
        self._places = Places(form.counties)

    def read(self, key: str, text: str, draft: Draft, *, today: date) -> Taken | Refused:
        """
        Read words into the field `key`. `today` is a day in Taipei.

        KeyError: there is no such field, or it is not for the person to fill in. Never raises for any text.
        """
        one = self._get(key)
        if len(text) > MAX_TYPED_CHARS:
            return Refused("too_long", over=len(text) - one.max_chars)
        if not text.strip():
            return Refused("empty")
        return self._read_kind(one, text, draft, today)

    def toggle(self, key: str, option: str, draft: Draft) -> str:
        """Return the field's value with one of its options added or taken away; KeyError: no such field or option."""
        return toggle(self._get(key), option, draft.get(key, ""))

    def suggest(self, answers: Mapping[str, str]) -> Draft:
        """Return what the conversation's answers say of the form's fields, to be looked over by the person."""
        return suggest(answers)

    def is_under_18(self, draft: Draft, *, today: date) -> bool:
        """Whether the day or the age that was filled in says so."""
        return is_under_18(draft, today)

    @property
    def edition(self) -> str:
        """Which form and which notices these are."""
        return f"{self._form.id} {self._form.version} {self._form.notices.version}"

    def find_unfit(self, draft: Draft, *, today: date) -> Mapping[str, str]:
        """
        Say which values of a draft are not what reading them gives, and why, by field.

        A draft that came back from a page is not trusted: only what passes here may be sealed.
        """
        reasons: dict[str, str] = {}
        for key, value in draft.items():
            if not self._is_asked(key):
                reasons[key] = "unclear"
            elif reason := self._find_fault(key, value, draft, today):
                reasons[key] = reason
        return reasons

    def _find_fault(self, key: str, value: str, draft: Draft, today: date) -> str:
        read = self.read(key, value, draft, today=today)
        if isinstance(read, Refused):
            return read.reason
        is_phone = self._form.fields[key].kind == "phone"  # it may have a better line, but must be a number
        same = value in read.values.values() if is_phone else read.values.get(key) == value
        return "" if same else "unclear"

    def _read_kind(self, one: Field, text: str, draft: Draft, today: date) -> Taken | Refused:
        """Read a kind that may fill several fields; the others fill their own."""
        match one.kind:
            case "phone":
                phone = read_phone(text)
                return phone if isinstance(phone, Refused) else place_phone(one.key, phone, draft)
            case "county":
                return self._places.read_county(text, draft)
            case "district":
                return self._places.read_district(text, draft)
            case _:
                read = _read_own(one, text, today)
        if isinstance(read, Refused):
            return read
        more = self._places.find_in_address(read, draft) if one.key == ADDRESS else {}
        return Taken({one.key: read, **more, **self._tick_for(one.key, draft)})

    def _tick_for(self, key: str, draft: Draft) -> Draft:
        """Tick the box whose words these are: a paper with words beside an empty box says two things."""
        if key not in WORDS_OF:
            return {}
        parent, option = WORDS_OF[key]
        ticked = [id_ for id_ in draft.get(parent, "").split(SEPARATOR) if id_]
        if self._form.fields[parent].kind == "choice":
            return {parent: option}
        return (
            {}
            if option in ticked
            else {parent: toggle(self._form.fields[parent], option, draft.get(parent, ""))}
        )

    def _is_asked(self, key: str) -> bool:
        return key in self._form.fields and self._form.fields[key].filled_by == "person"

    def _get(self, key: str) -> Field:
        if not self._is_asked(key):
            raise KeyError(key)
        return self._form.fields[key]


def say_refusal(form: Form, refused: Refused, *, say: Callable[[str, str], str]) -> str:
    """
    Say what to write instead. `say` translates (context, sentence).

    How many characters there are too many is said where it is known. A reason without a sentence gets the general one.
    """
    reason = (
        f"{refused.reason}_by" if refused.over and f"{refused.reason}_by" in form.refusals else refused.reason
    )
    known = reason if reason in form.refusals else "unclear"
    return say(f"form.refusal.{known}", form.refusals[known]).replace("{over}", str(refused.over))


def _read_own(one: Field, text: str, today: date) -> str | Refused:
    match one.kind:
        case "choice":
            return read_option(one, text)
        case "choices":
            return read_options(one, text)
        case "birth":
            return read_birth(text, today=today)
        case "identity":
            return read_identity(text)
        case _:
            name = one.key in NAMES
            return read_name(text, max_chars=one.max_chars) if name else _read_text(one, text)


def _read_text(one: Field, text: str) -> str | Refused:
    return read_words(text, max_chars=one.max_chars, lines=one.kind == "long_text")
