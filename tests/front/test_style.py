"""The style sheet, read as text: contrast in both schemes, nothing fetched, nothing heavy."""

from __future__ import annotations

import gzip
import re
from pathlib import Path

import pytest

CSS = (Path(__file__).parents[2] / "bot/front/static/chat.css").read_text("utf-8")
BARE = re.sub(r"/\*.*?\*/", "", CSS, flags=re.DOTALL)

#: What stands on what. Words need 4.5:1 and the edges of controls 3:1. Source: WCAG 2.2, 1.4.3 and 1.4.11.
WORDS = [
    ("ink", "ground"), ("ink", "paper"), ("ink", "mine"), ("soft", "ground"), ("soft", "paper"),
    ("accent", "ground"), ("accent", "paper"), ("accent", "accent-wash"), ("accent", "mine"), ("soft", "accent-wash"),
    ("on-accent", "accent"), ("on-exit", "exit"), ("care-ink", "care"),
]  # fmt: skip
EDGES = [("edge", "ground"), ("edge", "paper"), ("accent", "ground"), ("accent", "paper"), ("exit", "ground")]


def read_colours(scheme: str) -> dict[str, str]:
    """Return the colours of a scheme by name; dark ones stand on top of the light ones."""
    light, dark = re.findall(r":root \{(.*?)\}", BARE, re.DOTALL)[:2]
    told = light if scheme == "light" else light + dark
    return dict(re.findall(r"--([a-z-]+): (#[0-9a-f]{6});", told))


def measure_light(colour: str) -> float:
    """Relative luminance, 0-1. Source: WCAG 2.2, glossary."""
    parts = [int(colour[i : i + 2], 16) / 255 for i in (1, 3, 5)]
    red, green, blue = (c / 12.92 if c <= 0.04045 else ((c + 0.055) / 1.055) ** 2.4 for c in parts)
    return 0.2126 * red + 0.7152 * green + 0.0722 * blue


def measure_contrast(one: str, other: str) -> float:
    low, high = sorted((measure_light(one), measure_light(other)))
    return (high + 0.05) / (low + 0.05)


@pytest.mark.parametrize("scheme", ["light", "dark"])
@pytest.mark.parametrize(("what", "on", "least"), [(*p, 4.5) for p in WORDS] + [(*p, 3.0) for p in EDGES])
def test_what_must_be_seen_is_seen(scheme: str, what: str, on: str, least: float):
    """In the light and in the dark."""
    colours = read_colours(scheme)
    assert measure_contrast(colours[what], colours[on]) >= least


def test_every_colour_has_its_dark_one():
    """One that was forgotten would glare at night."""
    light, dark = re.findall(r":root \{(.*?)\}", BARE, re.DOTALL)[:2]
    assert set(re.findall(r"--([a-z-]+): #", light)) == set(re.findall(r"--([a-z-]+): #", dark))


def test_nothing_is_fetched_for_the_looks():
    """No font, no picture, no other sheet: the page is there at once, and nobody else hears of it."""
    assert not re.search(r"url\(|@import|@font-face|image-set", BARE)


def test_the_sheet_is_light():
    """A slow phone reads it in one packet or two."""
    assert len(gzip.compress(CSS.encode())) < 5_000


def test_lines_leave_room_for_marks():
    """Thai and Vietnamese put two marks on a letter: no line is lower than one and a half letters."""
    heights = [float(height) for height in re.findall(r"line-height: ([\d.]+);", BARE)]
    heights += [float(height) for height in re.findall(r"font: [\d.]+%/([\d.]+)", BARE)]
    assert len(heights) > 5
    assert min(heights) >= 1.5
