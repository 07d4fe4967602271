"""The drawings: complete, legible, the same every time, and as new as the flow."""

from __future__ import annotations

import re
from itertools import combinations
from pathlib import Path
from xml.etree import ElementTree as ET

import pytest

from bot.core.mermaid import draw_mermaid, list_edges, list_tracks, pick
from bot.core.model import Flow
from bot.core.parse import parse_flow
from bot.drawing import _OTHER, _TRACKS, draw_svg, wrap, write_drawings
from bot.layout import Box, Sheet, arrange
from bot.pack import load_pack
from tests.core.check_cast import FLOW, plant

DRAWN = Path(__file__).parent.parent / "docs" / "flows"
SVG = "{http://www.w3.org/2000/svg}"


#: One process draws them all: the whole sheet takes seconds.
pytestmark = pytest.mark.xdist_group("drawings")


@pytest.fixture(scope="module")
def flow() -> Flow:
    return load_pack().flow


@pytest.fixture(scope="module")
def sheets(flow: Flow) -> dict[str | None, str]:
    """The whole flow (None) and each track, drawn."""
    return {track: draw_svg(flow, track=track) for track in (None, *list_tracks(flow))}


def texts(svg: str) -> list[str]:
    return ["".join(text.itertext()) for text in ET.fromstring(svg).iter(f"{SVG}text")]  # noqa: S314 - our own file


def rects(svg: str) -> list[tuple[float, float, float, float]]:
    """The boxes of states and labels: all rectangles but the page."""
    found = [rect for rect in ET.fromstring(svg).iter(f"{SVG}rect") if "x" in rect.attrib]  # noqa: S314 - our own file
    return [tuple(float(rect.attrib[k]) for k in ("x", "y", "width", "height")) for rect in found]  # type: ignore[misc]


def overlap(one: tuple[float, float, float, float], other: tuple[float, float, float, float]) -> bool:
    (x, y, width, height), (left, top, wide, high) = one, other
    return x < left + wide and left < x + width and y < top + high and top < y + height


def test_the_drawings_in_docs_are_as_new_as_the_flow(flow: Flow) -> None:
    """`frontdoor flow draw` brings them up to date."""
    wanted = {f"{flow.id}.mmd": draw_mermaid(flow)}
    wanted |= {f"{flow.id}.{track}.mmd": draw_mermaid(flow, track=track) for track in list_tracks(flow)}
    assert {path.name: path.read_text(encoding="utf-8") for path in DRAWN.glob("*.mmd")} == wanted


def test_every_mermaid_file_has_its_svg() -> None:
    """People read the one, machines the other."""
    assert {path.stem for path in DRAWN.glob("*.svg")} == {path.stem for path in DRAWN.glob("*.mmd")}


def test_the_whole_sheet_shows_every_state_and_every_choice(
    flow: Flow, sheets: dict[str | None, str]
) -> None:
    """Nothing is left out, however it is wrapped."""
    drawn = "".join(texts(sheets[None])).replace(" ", "")
    assert [s.id for s in flow.states.values() if s.id not in drawn] == []
    labels = {label for edge in list_edges(flow) for label in edge.labels}
    assert [label for label in labels if label.replace(" ", "") not in drawn] == []


def test_no_box_or_label_lies_on_another(sheets: dict[str | None, str]) -> None:
    """On no sheet."""
    for svg in sheets.values():
        boxes = rects(svg)
        assert [pair for pair in combinations(boxes, 2) if overlap(*pair)] == []


def test_nothing_leaves_the_page(sheets: dict[str | None, str]) -> None:
    """A printer cuts off what does."""
    for svg in sheets.values():
        width, height = map(float, re.findall(r'viewBox="0 0 (\d+) (\d+)"', svg)[0])
        shift_x, shift_y = map(float, re.findall(r"translate\(([\d.]+) ([\d.]+)\)", svg)[0])
        for x, y, wide, high in rects(svg):
            assert x + shift_x >= 0
            assert x + wide + shift_x <= width
            assert y + high + shift_y <= height


def test_a_sheet_stands_alone_and_says_what_it_is(sheets: dict[str | None, str]) -> None:
    """No font, picture or script from elsewhere; a title and a description for those who cannot see it."""
    svg = sheets["threat"]
    root = ET.fromstring(svg)  # noqa: S314 - our own file
    assert [
        element for element in root.iter() if element.tag in {f"{SVG}image", f"{SVG}script", f"{SVG}use"}
    ] == []
    assert not re.search(r"https?://(?!www\.w3\.org/)|@import|@font-face", svg)
    assert root.findtext(f"{SVG}title") == "對話流程圖（frontdoor）：被威脅"
    assert "被威脅：留證據" in (root.findtext(f"{SVG}desc") or "")


def test_neighbours_are_faded(flow: Flow, sheets: dict[str | None, str]) -> None:
    """The track's own steps are coloured, where it comes from and leads is not."""
    _, neighbours, _ = pick(flow, "threat")
    assert sheets["threat"].count('<g class="far">') == len(neighbours) > 0


def test_drawings_are_written_and_the_same_flow_gives_the_same(
    flow: Flow, sheets: dict[str | None, str], tmp_path: Path
) -> None:
    """Two files each, in a folder that is made when it is missing; nothing is left to chance."""
    written = write_drawings(flow, tmp_path / "new")
    assert len(written) == 2 * len(sheets)
    assert sorted(written) == sorted((tmp_path / "new").iterdir())
    for track, svg in sheets.items():
        name = f"frontdoor.{track}.svg" if track else "frontdoor.svg"
        assert (tmp_path / "new" / name).read_text(encoding="utf-8") == svg


@pytest.mark.parametrize(("fill", "outline"), [*_TRACKS.values(), _OTHER])
def test_text_and_outlines_can_be_told_from_the_fill(fill: str, outline: str) -> None:
    """WCAG 2.2: 7 : 1 for text, 3 : 1 for shapes."""
    assert contrast("#000000", fill) >= 15
    assert contrast("#444444", fill) >= 7
    assert contrast(outline, fill) >= 4.5


def test_every_track_of_the_flow_has_a_name_and_a_colour(flow: Flow) -> None:
    assert set(list_tracks(flow)) <= set(_TRACKS)


def test_a_track_of_another_pack_is_drawn_plainly() -> None:
    """Another city may tell its story in other tracks."""
    other = parse_flow(plant(FLOW, {'title = "開場"': 'title = "<開場>"\ntrack = "elsewhere"'}), "flow.toml")
    svg = draw_svg(other, track="elsewhere")
    assert "對話流程圖（small）：elsewhere" in svg
    assert "&lt;開場&gt;" in svg
    assert rects(svg)


@pytest.mark.parametrize(("text", "lines"), [
    ("短", ("短",)),
    ("保存證據與提出告訴期限", ("保存證據與提", "出告訴期限")),
    ("請選語言。Please choose", ("請選語言。", "Please", "choose")),
    ("一二三四五，六七八九十", ("一二三四五，", "六七八九十")),
])  # fmt: skip
def test_titles_are_wrapped_as_chinese_is(text: str, lines: tuple[str, ...]) -> None:
    """Lines of about equal length, Latin words whole, no punctuation at a line's beginning."""
    most = 6.0 if "Please" in text else 9.0
    assert wrap(text, most) == lines


def test_when_a_route_is_taken_stands_on_a_line_of_its_own(flow: Flow) -> None:
    """The reason in brackets is not torn apart."""
    assert "（現在未滿 18）" in texts(draw_svg(flow, track="takedown"))


def test_a_way_back_is_drawn_upwards_beside_the_ways_down() -> None:
    """A circle of two states: one line down, one back up, and they do not meet at the boxes."""
    sheet = lay_out(2, [(0, 1), (1, 0)])
    assert [line.goes_up for line in sheet.lines] == [False, False, True, True]
    assert [line.arrives for line in sheet.lines] == [False, True, False, True]
    assert sheet.lines[1].path.rpartition(" ")[0] != sheet.lines[2].path.partition("C")[0]


def test_a_choice_that_stays_leaves_and_returns() -> None:
    """A state that leads to itself keeps its label, above it."""
    sheet = lay_out(1, [(0, 0)])
    assert sheet.labels[0].y < sheet.boxes[0].y


def test_states_that_nothing_joins_stand_in_rows_below() -> None:
    """Instead of one endless row."""
    sheet = lay_out(7, [(0, 1)])
    assert len({place.y for place in sheet.boxes}) == 4
    assert max(place.y for place in sheet.boxes[:2]) < min(place.y for place in sheet.boxes[2:])


def test_a_long_line_goes_round_the_boxes_between() -> None:
    """It keeps a lane free in every row that it passes."""
    sheet = lay_out(3, [(0, 1), (1, 2), (0, 2)])
    middle = sheet.boxes[1]
    xs = [
        float(x)
        for x, y in re.findall(r"L([\d.]+) ([\d.]+)", sheet.lines[5].path)
        if abs(float(y) - middle.y) < 30
    ]
    assert xs
    assert all(abs(x - middle.x) > middle.box.width / 2 for x in xs)


def lay_out(count: int, edges: list[tuple[int, int]]) -> Sheet:
    return arrange([Box(("x",), 80, 40)] * count, [Box(("y",), 50, 20)] * len(edges), edges)


def contrast(one: str, other: str) -> float:
    """Source: WCAG 2.2, contrast ratio."""
    darker, lighter = sorted((luminance(one), luminance(other)))
    return (lighter + 0.05) / (darker + 0.05)


def luminance(colour: str) -> float:
    parts = [int(colour[i : i + 2], 16) / 255 for i in (1, 3, 5)]
    red, green, blue = (c / 12.92 if c <= 0.04045 else ((c + 0.055) / 1.055) ** 2.4 for c in parts)
    return 0.2126 * red + 0.7152 * green + 0.0722 * blue
