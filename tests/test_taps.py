"""Few taps to a human, few to the right door: pressed on the real conversation, as docs/taps.md says."""

from functools import cache
from pathlib import Path

from bot.pack import load_pack
from scripts.taps_table import DOOR_AT_MOST, HUMAN_AT_MOST, Row, draw, measure

PAGE = Path(__file__).parents[1] / "docs" / "taps.md"


@cache
def rows() -> tuple[Row, ...]:
    return tuple(measure(load_pack()))


def test_a_human_is_one_tap_away_in_every_track():
    """At the first message and after the track's questions."""
    assert {row.track: row.human for row in rows() if row.human > HUMAN_AT_MOST} == {}


def test_the_right_takedown_door_is_few_taps_from_the_first_message():
    """The centre, and the tool for the age at filming, and never the wrong one."""
    assert {row.track: row.looked_up for row in rows() if row.looked_up > DOOR_AT_MOST} == {}


def test_the_page_says_what_is_measured():
    """After a change: python scripts/taps_table.py."""
    assert PAGE.read_text(encoding="utf-8") == draw(rows())
