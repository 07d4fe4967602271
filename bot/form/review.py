"""
What will be sent, line by line: what a person looks over, and what the consent's hash stands for.

In a chat, lines are masked: whoever opens the phone later reads no four characters in a row of what was typed (SECURITY T1).
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date

from bot.core.fields import Draft
from bot.form.births import GROWN_UP, read_years
from bot.form.model import SEPARATOR, Field, Form, Option

#: Translates: (gettext context, zh_TW sentence) → sentence.
Say = Callable[[str, str], str]

_ROC_YEAR_0 = 1911
#: An end shows at most this many characters in a row.
_SHOWN_END = 3
_STARS = "****"
_CIRCLES = "○○"
#: The person's own numbers, and those of whom they trust, by the word that `call_number` has for them.
PHONES = {"mobile": ("phone_mobile",), "home": ("phone_home",), "work": ("phone_work",)}
SAFE_PHONES = ("safe_phone_home", "safe_phone_work", "safe_phone_mobile")
#: Fields that hold the words of a box (其他：＿), with the box.
WORDS_OF = {
    "needs_other": ("needs", "other"),
    "types_other": ("types", "t8"),
    "if_other_words": ("if_other", "other"),
}
#: `◎`: the form needs one of these. Source: the form's legend.
WAYS = ("address", "phone_mobile", "phone_home", "phone_work")


@dataclass(frozen=True, slots=True)
class ShownLine:
    """One line of what will be sent: the field, what it is called, what stands in it."""

    key: str
    label: str
    value: str = field(repr=False)


def list_lines(
    form: Form, draft: Draft, *, say: Say, masked: bool, plain: Collection[str] = ()
) -> tuple[ShownLine, ...]:
    """
    List what a person filled in, in the form's order; nothing empty, nothing that others fill in.

    `plain` are values that are not hidden although the others are. In another language the form's own words stand beside, because they are what is sent.
    """
    return tuple(
        ShownLine(
            one.key,
            _say_label(one, say),
            _show(form, one, value, say=say, masked=masked and value not in plain),
        )
        for one in form.fields.values()
        if one.filled_by == "person" and (value := draft.get(one.key))
    )


def hash_lines(lines: Sequence[ShownLine]) -> str:
    """Return the SHA-256 (hex) of the lines as they were shown. It is taken of unmasked lines: they are what is agreed to."""
    shown = [[line.key, line.label, line.value] for line in lines]
    canonical = json.dumps(shown, ensure_ascii=False, separators=(",", ":"))
    return hashlib.sha256(canonical.encode("utf-8", "surrogatepass")).hexdigest()


def find_missing(form: Form, draft: Draft, *, today: date) -> Mapping[str, str]:
    """
    Say what the form still needs before it can be sent, by field: name, birth, and an address or a number.

    `today` is a day in Taipei: a birthday that has not come yet is missing too.
    """
    missing = {f"{one.key}": f"{one.key}_needed" for one in _list_needed(form) if not draft.get(one.key)}
    if "birth" not in missing and read_years(draft["birth"], today) < 0:
        missing["birth"] = "birth_future"
    return missing if any(draft.get(key) for key in WAYS) else {**missing, "phone_mobile": "way_needed"}


def find_conflicts(draft: Draft) -> Mapping[str, str]:
    """Say what contradicts itself, by field: words beside a box that is not ticked, a number to call that is not there."""
    for words, (parent, option) in WORDS_OF.items():
        if draft.get(words) and option not in draft.get(parent, "").split(SEPARATOR):
            return {words: "words_without_box"}
    chosen = draft.get("call_number", "")
    wanted = SAFE_PHONES if chosen == "safe" else PHONES.get(chosen, ())
    if wanted and not any(draft.get(key) for key in wanted):
        return {"call_number": "call_number_empty"}
    return {}


def is_under_18(draft: Draft, today: date) -> bool:
    """Whether the day or the age in the draft says so; False when there is none. `today` is a day in Taipei."""
    birth = draft.get("birth", "")
    return bool(birth) and read_years(birth, today) < GROWN_UP


def _list_needed(form: Form) -> list[Field]:
    return [one for one in form.fields.values() if one.mark == "*" and one.filled_by == "person"]


def _say_label(one: Field, say: Say) -> str:
    return _stand_beside(say(f"form.{one.key}.label", one.label), one.label)


def _stand_beside(said: str, official: str) -> str:
    return said if said == official else f"{said}（{official}）"


def _show(form: Form, one: Field, value: str, *, say: Say, masked: bool) -> str:
    if one.options:
        return _say_options(form, one, value, say)
    if one.kind == "birth":
        return _say_birth(form, value, say=say, masked=masked and one.mask != "none")
    if not masked or one.mask == "none":
        return value
    if one.mask == "all":
        count = str(len(value))
        return _phrase(form, "count", say).replace("{count}", count)
    return _hide_middle(value) if one.kind in {"identity", "phone"} else f"{value[:1]}{_CIRCLES}"


def _say_options(form: Form, one: Field, value: str, say: Say) -> str:
    chosen = [option for id_ in value.split(SEPARATOR) if (option := one.find_option(id_))]
    return _phrase(form, "and", say).join(_say_option(one, option, say) for option in chosen)


def _say_option(one: Field, option: Option, say: Say) -> str:
    return _stand_beside(say(f"form.{one.key}.{option.id}", option.said), option.label)


def _say_birth(form: Form, value: str, *, say: Say, masked: bool) -> str:
    """An age is a number of its own; a masked day shows neither year nor month."""
    if masked:
        return f"{value[:2]}{_CIRCLES}/{_CIRCLES}/{value[-2:]}" if "-" in value else value
    if "-" not in value:
        return _phrase(form, "age", say).replace("{age}", value)
    born = date.fromisoformat(value)
    parts = {"year": born.year, "roc": born.year - _ROC_YEAR_0, "month": born.month, "day": born.day}
    sentence = _phrase(form, "day", say)
    for name, number in parts.items():
        sentence = sentence.replace(f"{{{name}}}", str(number))
    return sentence


def _hide_middle(value: str) -> str:
    """A12****789: as much of both ends that the middle is no shorter than either."""
    shown = min(_SHOWN_END, (len(value) - 1) // 3)
    return f"{value[:shown]}{_STARS}{value[len(value) - shown :]}"


def _phrase(form: Form, name: str, say: Say) -> str:
    return say(f"form.phrase.{name}", form.phrases[name])
