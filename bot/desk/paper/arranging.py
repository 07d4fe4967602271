"""
From a sheet to what the template draws: texts as tokens, boxes with or without a tick. Nothing is left out.

What the template does not know (a field or an option that another city's form has) is listed at the end with its
label: a form that grew must not lose what somebody wrote.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from datetime import date, datetime
from typing import Any, Literal

from bot.core.taipei import TAIPEI
from bot.desk.calling import SAFE_LINES, choose_lines
from bot.desk.paper.address import split_address
from bot.desk.paper.letters import clean, merge, to_tokens
from bot.desk.paper.sheet import Asked, Sheet
from bot.form.model import SEPARATOR, Field
from bot.form.record import Consent

#: The first year of the Republic's calendar, less one.
_ROC = 1911
#: Fields that the template draws as text.
_TEXTS = frozenset({
    "unit_name", "referrer_name", "referrer_phone", "name", "id_number", "disability_kind",
    "county", "district", "phone_home", "phone_work", "phone_mobile", "contact_time", "contact_way",
    "safe_name", "safe_phone_home", "safe_phone_work", "safe_phone_mobile", "safe_relation",
    "may_say", "if_other_words", "speak", "needs_other", "types_other", "reply_unit", "reply_name",
    "reply_title", "reply_phone",
})  # fmt: skip
#: Fields that the template draws as boxes to tick.
_BOXES = frozenset({
    "gender", "foreign_worker", "schooling", "disability", "address_secret", "call_number",
    "if_other", "may_text", "urgency", "needs", "types",
})  # fmt: skip
#: Fields that are drawn in a way of their own.
_OWN_WAY = frozenset({"birth", "address", "story"})
#: The uses in a word or two: the paper has one line for them.
_USES = {
    "contact": "聯絡本人",
    "special": "處理特種個資（性生活等）",
    "refer": "轉給居住地防治中心",
    "safe_person": "聯絡安全聯絡人",
}


def arrange(sheet: Sheet) -> dict[str, Any]:
    """Return everything the template needs for one form, as JSON values."""
    fields = sheet.fields
    return {
        "id": clean(sheet.short_id),
        "created": _write_day(sheet.created),
        "mark": _lay(sheet.mark),
        "centre": _arrange_centre(sheet),
        "texts": {key: _lay(fields[key]) for key in sorted(_TEXTS & fields.keys())},
        "boxes": {key: _arrange_boxes(sheet, key) for key in sorted(_BOXES)},
        "birth": _arrange_birth(fields.get("birth", "")),
        "address": _arrange_address(fields),
        "story": to_tokens(fields.get("story", "")),
        "call": _arrange_call(sheet),
        "asked": _arrange_asked(sheet.requests),
        "refer": bool(sheet.record.consent.uses.get("refer")),
        "suggested": sorted(sheet.record.from_conversation),
        "consent": _arrange_consent(sheet),
        "safe_person": _may_call_safe_person(sheet),
        "rest": [[_lay(label), _lay(value)] for label, value in _list_rest(sheet)],
    }


def _lay(text: str) -> list[str]:
    return merge(to_tokens(text))


def _write_day(day: date) -> str:
    return f"{day.year - _ROC}年{day.month}月{day.day}日"


def _arrange_centre(sheet: Sheet) -> dict[str, list[str]]:
    if sheet.centre is not None:
        return {name: _lay(getattr(sheet.centre, name)) for name in ("county", "phone", "fax")}
    county = sheet.fields.get("county", "") if sheet.record.consent.uses.get("refer") else ""
    return {"county": _lay(county), "phone": [], "fax": []}


def _arrange_boxes(sheet: Sheet, key: str) -> list[dict[str, Any]]:
    field = sheet.form.fields.get(key)
    chosen = sheet.fields.get(key, "").split(SEPARATOR)
    return [
        {"id": option.id, "label": clean(option.label), "on": option.id in chosen}
        for option in (field.options if field else ())
    ]


def _arrange_birth(birth: str) -> dict[str, Any]:
    """A day of the Republic's calendar, or an age; whatever else stands there is printed as it is."""
    try:
        day = date.fromisoformat(birth)
    except ValueError:
        return {"age": birth} if birth.isdecimal() and birth.isascii() else {"written": _lay(birth)}
    if day.year <= _ROC:
        return {"written": _lay(birth)}
    return {"year": str(day.year - _ROC), "month": str(day.month), "day": str(day.day)}


def _arrange_address(fields: Mapping[str, str]) -> dict[str, Any]:
    whole = fields.get("address", "").strip()
    below = whole.removeprefix(fields.get("county", "")).removeprefix(fields.get("district", "")).strip()
    parts = split_address(below)
    return {"parts": parts} if parts else {"parts": {}, "written": _lay(whole)}


def _arrange_call(sheet: Sheet) -> dict[str, Any]:
    """
    The numbers to call: none that the consent does not cover.

    `how`: "only" one of their own is there and none was chosen; "own": several are; "barred": the one that was chosen
    may not be called.
    """
    calling = choose_lines(sheet.fields, sheet.record.consent.uses)
    told = () if calling.how == "own" else calling.keys
    how = "" if calling.how == "none" else calling.how
    return {"numbers": [_lay(sheet.fields[key]) for key in told], "how": how}


def _arrange_asked(requests: Sequence[Asked]) -> list[dict[str, Any]]:
    """What was asked for, one by one: the template counts them for the first line and lists them at the end."""
    return [
        {
            "kind": one.kind if one.fault != "forged" else "",
            "at": _write_short(one.at),
            "words": to_tokens(one.words),
            "fault": one.fault,
        }
        for one in requests
    ]


def _write_short(moment: datetime) -> str:
    at = moment.astimezone(TAIPEI)
    return f"{at.month}/{at.day} {at.hour}時"


def _may_call_safe_person(sheet: Sheet) -> Literal["", "yes", "no"]:
    """Empty: the form names nobody."""
    if not any(sheet.fields.get(key) for key in (*SAFE_LINES, "safe_name")):
        return ""
    return "yes" if sheet.record.consent.uses.get("safe_person") else "no"


def _arrange_consent(sheet: Sheet) -> dict[str, Any]:
    texts = {use.id: use.text for use in sheet.form.notices.uses}
    agreed = sheet.record.consent
    return {
        "at": _write_hour(agreed),
        "version": clean(agreed.notices_version),
        "hash": clean(agreed.text_sha256[:12]),
        "uses": [
            {"label": _lay(_USES.get(use) or texts.get(use) or use), "on": on}
            for use, on in _sort(agreed, texts)
        ],
    }


def _sort(agreed: Consent, texts: Mapping[str, str]) -> list[tuple[str, bool]]:
    order = [*texts, *agreed.uses]
    return sorted(agreed.uses.items(), key=lambda use: order.index(use[0]))


def _write_hour(agreed: Consent) -> str:
    at = agreed.at.astimezone(TAIPEI)
    return f"{_write_day(at.date())}{at.hour}時許"


def _list_rest(sheet: Sheet) -> Iterator[tuple[str, str]]:
    for key, value in sheet.fields.items():
        field = sheet.form.fields.get(key)
        label = field.label if field else key
        if key in _BOXES:
            known = {option.id for option in field.options} if field else set()
            unknown = [one for one in value.split(SEPARATOR) if one and one not in known]
            if unknown:
                yield label, "、".join(unknown)
        elif key not in _TEXTS | _OWN_WAY and value:
            yield label, _spell(field, value)


def _spell(field: Field | None, value: str) -> str:
    """Write a value with the labels of its options."""
    if field is None or not field.options:
        return value
    found = [(one, field.find_option(one)) for one in value.split(SEPARATOR)]
    return "、".join(option.label if option else one for one, option in found)
