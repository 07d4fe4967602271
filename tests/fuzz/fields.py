"""The fields of the form as fuzzing fills them, and the first thing that happens to a text: it is read into each of them."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from datetime import date
from functools import cache

from bot.core.fields import Refused, Taken
from bot.form.model import Field, Form
from bot.form.reading import FormReader
from tests.end_to_end.service import load_pack_once
from tests.fuzz.odd import BIDI

TODAY = date(2026, 11, 21)
DIRECTIONS = frozenset(BIDI)
#: A complaint: what is wrong, and the field or the place it was in.
Complaint = tuple[str, str]
Way = Callable[[Sequence[str]], Iterator[Complaint]]


@cache
def find_form() -> Form:
    return load_pack_once().form


@cache
def list_asked() -> tuple[Field, ...]:
    return tuple(one for one in find_form().fields.values() if one.filled_by == "person")


@cache
def _reader() -> FormReader:
    return FormReader(find_form())


def whole(text: str) -> str:
    """Return the text as any browser or platform hands it over: half a character is U+FFFD."""
    return text.encode("utf-16", "surrogatepass").decode("utf-16", "replace")


def spread(texts: Sequence[str]) -> Iterator[dict[str, str]]:
    """Lay texts into the form's fields, as many sheets as it takes; each sheet begins with another field."""
    keys = [one.key for one in list_asked()]
    for number, at in enumerate(range(0, len(texts), len(keys))):
        turned = keys[number % len(keys) :] + keys[: number % len(keys)]
        yield {key: text for key, text in zip(turned, texts[at : at + len(keys)], strict=False) if text}


# What is read of it, on which the first ways stand


def read_fields(texts: Sequence[str]) -> Iterator[Complaint]:
    """Read each text into each field: what is kept is canonical, and holds nothing that acts."""
    reader, asked = _reader(), list_asked()
    for text in texts:
        for one in asked:
            read = reader.read(one.key, text, {}, today=TODAY)
            if isinstance(read, Taken):
                yield from _check_kept(one, read.values)


def _check_kept(one: Field, values: Mapping[str, str]) -> Iterator[Complaint]:
    for key, value in values.items():
        if not DIRECTIONS.isdisjoint(value):
            yield "a bidi control is kept", key
        if len(value) > max(find_form().fields[key].max_chars, 200):
            yield "more is kept than fits", key
        again = _reader().read(key, value, values, today=TODAY)
        if isinstance(again, Refused) or value not in again.values.values():
            yield "what is kept reads otherwise", one.key
