"""The boxes to tick: by number, by id, by the form's word or by the plain one."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping

from bot.core.fields import Refused
from bot.core.text import squeeze
from bot.form.model import SEPARATOR, Field

#: All labels of a field together are shorter; a longer text tells a story.
_MAX_CHARS = 600
_APART = re.compile(r"[,，;；\n\t/／|+&]")
#: Some of the form's own words hold the first of these, so they come second.
_CLOSER = re.compile(r"[、\s]")


def read_option(one: Field, text: str) -> str | Refused:
    """Return the id of the option that was meant."""
    said = squeeze(text) if len(text) <= _MAX_CHARS else ""
    return _name_options(one).get(said) or Refused("choice_unclear")


def read_options(one: Field, text: str) -> str | Refused:
    """Return the ids of all that were meant, in the form's order. One that is not understood refuses them all."""
    if len(text) > _MAX_CHARS:
        return Refused("choices_unclear")
    names = _name_options(one)
    found = [id_ for piece in _APART.split(text) if piece.strip() for id_ in _read_piece(piece, names)]
    if whole := names.get(squeeze(text)):
        found = [whole]
    return join(one, found) if found and all(found) else Refused("choices_unclear")


def toggle(one: Field, option: str, value: str) -> str:
    """Return the value with an option ticked or unticked. KeyError: the field has no such option."""
    if one.find_option(option) is None:
        raise KeyError(option)
    ticked = set(value.split(SEPARATOR)) if value else set()
    if one.kind == "choice":
        return "" if option in ticked else option
    return join(one, ticked ^ {option})


def join(one: Field, ids: Iterable[str]) -> str:
    """Write options as they are kept: in the form's order, each once."""
    wanted = set(ids)
    return SEPARATOR.join(option.id for option in one.options if option.id in wanted)


def _read_piece(piece: str, names: Mapping[str, str]) -> list[str]:
    """Return the option that the piece names, or those that its parts name; empty where one is not understood."""
    if whole := names.get(squeeze(piece)):
        return [whole]
    return [names.get(squeeze(part), "") for part in _CLOSER.split(piece) if part]


def _name_options(one: Field) -> dict[str, str]:
    """Every name of every option; a number never stands for another option's word."""
    names: dict[str, str] = {}
    for number, option in enumerate(one.options, 1):
        for name in (option.id, option.label, option.plain, str(number)):
            names.setdefault(squeeze(name), option.id)
    names.pop("", None)
    return names
