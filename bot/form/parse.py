"""
Parse the form in `flows/` into frozen objects, or say exactly what is wrong and where.

The form stands in form.toml, the places in places.toml, what must be said and may be agreed to in consent.toml.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import get_args

from bot.core.parse import parse_toml
from bot.core.reader import Reader, build
from bot.errors import FlowError
from bot.form.model import Block, County, Field, FieldKind, FilledBy, Form, Mark, Mask, Notices, Option, Use

#: The six notices. Source: 個人資料保護法 8 Ⅰ, 1 to 6.
NOTICES = ("name", "purpose", "categories", "use", "rights", "without")
#: Every reason that a reader or a review gives, and what each needs said (see bot.form.reading, bot.form.review).
REASONS = (
    "unclear", "empty", "too_long", "too_long_by", "name_unclear",
    "birth_unclear", "birth_order", "birth_future", "birth_impossible",
    "identity_unclear", "identity_checksum", "phone_unclear", "phone_area", "phone_not_mobile",
    "county_unclear", "county_which", "district_unclear", "district_which", "district_elsewhere",
    "choice_unclear", "choices_unclear",
    "name_needed", "birth_needed", "way_needed", "call_number_empty", "words_without_box",
)  # fmt: skip
#: How values are said back, with the places that each must have.
PHRASES: Mapping[str, tuple[str, ...]] = {
    "count": ("{count}",),
    "age": ("{age}",),
    "day": ("{year}", "{roc}", "{month}", "{day}"),
    "and": (),
}
#: The fields that the program itself knows by name.
KNOWN = (
    "name", "birth", "county", "district", "address", "types", "call_number",
    "phone_home", "phone_work", "phone_mobile", "safe_phone_home", "safe_phone_work", "safe_phone_mobile",
)  # fmt: skip

_FORM, _PLACES, _CONSENT = "form.toml", "places.toml", "consent.toml"
_MAX_CHARS = 5_000


def parse_form(form_toml: str, places_toml: str, consent_toml: str) -> Form:
    """Parse the three files into one form. FlowError names the file, the entry and the reason."""
    reader = Reader(parse_toml(form_toml, _FORM), _FORM)
    blocks = tuple(_block(key, reader.enter("blocks", key)) for key in reader.keys("blocks"))
    form = Form(
        id=reader.id("id"),
        version=reader.text("version"),
        title=reader.text("title"),
        blocks=blocks,
        fields={key: _field(key, reader.enter("fields", key), blocks) for key in reader.keys("fields")},
        counties=_places(places_toml),
        notices=_notices(consent_toml),
        refusals=_sentences(reader, "refusals", REASONS),
        phrases=_sentences(reader, "phrases", PHRASES),
    )
    reader.refuse_unknown()
    _require_whole(form)
    return form


def _block(key: str, reader: Reader) -> Block:
    return build(
        reader,
        lambda r: Block(id=key, title=r.text("title"), step=r.text("step", ""), plain=r.text("plain", "")),
    )


def _field(key: str, reader: Reader, blocks: Iterable[Block]) -> Field:
    one = build(
        reader,
        lambda r: Field(
            key=key,
            block=r.one_of("block", tuple(block.id for block in blocks)),
            label=r.text("label"),
            kind=r.one_of("kind", get_args(FieldKind)),
            ask=r.text("ask", ""),
            help=r.text("help", ""),
            why=r.text("why", ""),
            mark=r.one_of("mark", get_args(Mark), ""),
            official=r.take("official", bool, default=True),
            filled_by=r.one_of("filled_by", get_args(FilledBy), "person"),
            mask=r.one_of("mask", get_args(Mask), "all"),
            max_chars=r.take("max_chars", int, default=200),
            options=tuple(_option(item) for item in r.items("options")),
        ),
    )
    _require_sound(one, reader)
    return one


def _option(reader: Reader) -> Option:
    return build(
        reader,
        lambda r: Option(
            id=r.id("id"), label=r.text("label"), plain=r.text("plain", ""), words=r.flag("words")
        ),
    )


def _require_sound(one: Field, reader: Reader) -> None:
    """Refuse a field that could not be asked, read or explained."""
    if bool(one.options) != (one.kind in {"choice", "choices"}):
        raise reader.fail("'options' are for the kinds choice and choices, and those need them")
    if one.filled_by == "person" and not (one.ask and one.why):
        raise reader.fail("what a person is asked needs 'ask', and the reason in 'why'")
    if not 0 < one.max_chars <= _MAX_CHARS:
        raise reader.fail(f"'max_chars' must be between 1 and {_MAX_CHARS}")
    _require_once([option.id for option in one.options], reader, "options")


def _places(text: str) -> tuple[County, ...]:
    reader = Reader(parse_toml(text, _PLACES), _PLACES)
    table = reader.enter("counties")
    latin = reader.enter("romanised")
    counties = tuple(County(name, table.texts(name), latin.text(name)) for name in table.table)
    latin.refuse_unknown()
    reader.refuse_unknown()
    for county in counties:
        if not county.districts:
            raise table.fail(f"'{county.name}' has no districts")
        _require_once(county.districts, table, county.name)
    return counties


def _notices(text: str) -> Notices:
    reader = Reader(parse_toml(text, _CONSENT), _CONSENT)
    notices = Notices(
        version=reader.text("version"),
        title=reader.text("title"),
        notices=_sentences(reader, "notices", NOTICES),
        uses=tuple(
            build(item, lambda r: Use(id=r.id("id"), text=r.text("text"), needed=r.take("needed", bool)))
            for item in reader.items("uses")
        ),
    )
    reader.refuse_unknown()
    _require_once([use.id for use in notices.uses], reader, "uses")
    if not any(use.needed for use in notices.uses):
        raise reader.fail("no use is needed, so nothing could be agreed to")
    return notices


def _sentences(reader: Reader, key: str, wanted: Iterable[str]) -> dict[str, str]:
    """Read a table that must have these sentences and no others; kept in that order."""
    table = reader.enter(key)
    sentences = {name: table.text(name) for name in wanted}
    table.refuse_unknown()
    return sentences


def _require_once(names: Iterable[str], reader: Reader, where: str) -> None:
    seen: set[str] = set()
    for name in names:
        if name in seen:
            raise reader.fail(f"'{name}' stands twice in {where}")
        seen.add(name)


def _require_whole(form: Form) -> None:
    """Refuse a form without the fields that the program knows, out of order, or with sentences that lost a place."""
    for key in KNOWN:
        if key not in form.fields:
            raise FlowError(_FORM, f"the field '{key}' is missing")
    order = [block.id for block in form.blocks]
    found = [order.index(one.block) for one in form.fields.values()]
    if found != sorted(found):
        raise FlowError(_FORM, "the fields do not stand in the order of their blocks")
    for one in form.fields.values():
        if one.filled_by == "person" and one.mark == "*" and f"{one.key}_needed" not in form.refusals:
            raise FlowError(_FORM, f"'{one.key}' is needed, but no refusal says so")
    for name, places in PHRASES.items():
        if not all(place in form.phrases[name] for place in places):
            raise FlowError(_FORM, f"the phrase '{name}' must hold {', '.join(places)}")
