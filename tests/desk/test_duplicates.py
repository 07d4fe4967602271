"""Handoffs that may be of the same person are found by what one of them told, and nothing is told of them but id and time."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

import pytest

from bot.desk import duplicates
from bot.desk.duplicates import Alike, Like, find_alike, is_alike
from bot.desk.reading import OpenHandoff, read_handoff
from bot.form.record import Record
from bot.ports import StoredHandoff
from tests.desk.export_cast import FORM, HOUR, FakeOpener, forge, make_id, make_stored
from tests.desk.papers import fill

MEI = {"name": "林小雨", "birth": "1990-05-20", "phone_mobile": "0912-345-678"}


def record(**fields: str) -> Record:
    return fill(fields)


def read(stored: StoredHandoff) -> OpenHandoff:
    found = read_handoff(stored, form=FORM, opener=FakeOpener())
    assert isinstance(found, OpenHandoff)
    return found


@pytest.mark.parametrize(
    ("one", "other"),
    [
        (MEI, {"phone_mobile": "0912-345-678"}),
        (MEI, {"phone_home": "0912-345-678"}),
        ({"phone_work": "02-2345-6789#12"}, {"phone_work": "02-2345-6789#99"}),
        (MEI, {"name": "林 小雨", "birth": "1990-05-20"}),
        ({"name": "Ａnn", "birth": "30"}, {"name": "ann ", "birth": "31"}),
        (MEI, {"name": "林小雨", "birth": "36"}),
    ],
)
def test_the_same_number_or_the_same_name_and_birth(one: dict[str, str], other: dict[str, str]) -> None:
    """An age may be a birthday off."""
    assert is_alike(record(**one), record(**other))
    assert is_alike(record(**other), record(**one))


@pytest.mark.parametrize(
    ("one", "other"),
    [
        (MEI, {"name": "林小雨"}),
        (MEI, {"name": "林小雨", "birth": "1990-05-21"}),
        (MEI, {"name": "林小雨", "birth": "50"}),
        (MEI, {"name": "林小雪", "birth": "1990-05-20"}),
        (MEI, {"safe_phone_mobile": "0912-345-678"}),
        ({"name": "林小雨"}, {"name": "林小雨"}),
        ({"name": "林小雨", "birth": "odd"}, {"name": "林小雨", "birth": "odder"}),
        ({"birth": "30"}, {"birth": "30"}),
        ({}, {}),
    ],
)
def test_anything_less_is_no_match(one: dict[str, str], other: dict[str, str]) -> None:
    """Neither a name alone, nor the number of somebody they trust."""
    assert not is_alike(record(**one), record(**other))


def test_others_are_found_newest_first_and_what_cannot_be_read_is_no_match() -> None:
    """T3: ids and times alone."""
    mine = make_stored(1)
    same = [make_stored(2), make_stored(3)]
    others = [make_stored(4, {"name": "別人"}), forge(make_stored(5)), mine, *same]
    found = find_alike(read(mine), others, form=FORM, opener=FakeOpener())
    assert found == Alike((Like(make_id(2), HOUR), Like(make_id(3), HOUR)))


def test_only_the_newest_are_compared_and_that_is_said(monkeypatch: pytest.MonkeyPatch) -> None:
    """A thousand others must not keep a caller waiting."""
    monkeypatch.setattr(duplicates, "MOST_COMPARED", 1)
    old, new = make_stored(2), make_stored(3)
    old = replace(old, created_at=HOUR - timedelta(hours=1))
    found = find_alike(read(make_stored(1)), [old, new], form=FORM, opener=FakeOpener())
    assert found == Alike((Like(make_id(3), HOUR),), is_partial=True)
