"""The Mermaid text shows every way through the flow, and is the same every time."""

from __future__ import annotations

import pytest

from bot.core.mermaid import draw_mermaid, list_edges, list_tracks, name_guard, pick
from bot.core.model import Flow
from bot.core.parse import parse_flow
from tests.core.check_cast import FLOW, plant


def make(fault: dict[str, str] | None = None) -> Flow:
    return parse_flow(plant(FLOW, fault or {}), "flow.toml")


@pytest.fixture
def flow() -> Flow:
    """The small conversation in two tracks: the opening, and the rest."""
    return make(
        {
            'title = "開場"': 'title = "開場"\ntrack = "opening"',
            'title = "電話"': 'title = "電話"\ntrack = "care"',
        }
    )


def test_choices_between_the_same_states_share_an_arrow() -> None:
    """Two arrows on top of each other cannot be read."""
    assert '  start -->|"滿了／還沒"| card' in draw_mermaid(make()).splitlines()


def test_a_guarded_route_says_when_it_is_taken() -> None:
    """In words that a social worker knows, not in our names for guards."""
    drawn = draw_mermaid(make())
    assert '  card -->|"再看一次（現在未滿 18）"| card' in drawn.splitlines()
    assert '  card -->|"再看一次"| start' in drawn.splitlines()


def test_restarting_and_erasing_are_arrows_too() -> None:
    """They lead somewhere, although no target stands in the flow."""
    edges = {(edge.start, edge.end): edge.labels for edge in list_edges(make())}
    assert edges["back_again", "start"] == ("從頭來",)
    assert edges["erase_confirm", "erased"] == ("全部刪",)


def test_the_ways_out_are_drawn_once() -> None:
    """Arrows from every state to each of them would hide everything else."""
    drawn = draw_mermaid(make())
    assert drawn.count("找真人") == 1
    assert "-->|" not in "".join(line for line in drawn.splitlines() if line.endswith(" human"))


def test_an_overlay_says_that_it_returns() -> None:
    """And one that does not return does not say so."""
    drawn = draw_mermaid(make())
    assert '  human(["真人<br>（回到剛才）"])' in drawn.splitlines()
    assert '  left(["離開"])' in drawn.splitlines()


def test_a_track_is_drawn_with_its_neighbours_faded(flow: Flow) -> None:
    """One sheet shows one track, and where it comes from and leads."""
    states, neighbours, edges = pick(flow, "care")
    assert ([state.id for state in states], neighbours) == (["start", "card"], {"start"})
    assert ("start", "card") in {(edge.start, edge.end) for edge in edges}
    assert "  class start neighbour" in draw_mermaid(flow, track="care").splitlines()


def test_many_neighbours_that_lead_to_one_place_are_drawn_as_one(flow: Flow) -> None:
    """Otherwise a track that everybody comes to would show nothing but where they come from."""
    states, neighbours, edges = pick(flow, "opening")
    assert ([state.id for state in states], neighbours) == (
        ["to_start", "start", "card"],
        {"to_start", "card"},
    )
    assert states[0].title == "來自：電話、更多、回來"
    assert ("card", "card") not in {(edge.start, edge.end) for edge in edges}
    assert "  to_start --> start" in draw_mermaid(flow, track="opening").splitlines()


def test_the_ways_back_to_a_menu_are_left_out_of_its_track(flow: Flow) -> None:
    """Every page has one; the whole sheet shows them all the same."""
    pages = parse_flow(
        plant(
            FLOW,
            {
                'up = "more"\nsay': 'up = "more"\ntrack = "pages"\nsay',
                'choices = [{ id = "return", label = "回到剛才", kind = "return" }]\n\n[states.crisis]': 'choices = [{ id = "menu", label = "目錄", to = "more" }]\n\n[states.crisis]',
            },
        ),
        "flow.toml",
    )
    assert ("about_me", "more") in {(edge.start, edge.end) for edge in pick(pages, None)[2]}
    assert ("about_me", "more") not in {(edge.start, edge.end) for edge in pick(pages, "pages")[2]}


def test_guards_are_said_in_words(flow: Flow) -> None:
    """Readers do not know our names for them."""
    assert [
        name_guard(name, flow) for name in ("is_minor", "not is_minor", "age_now=adult", "not age_now=minor")
    ] == [
        "現在未滿 18",
        "不是：現在未滿 18",
        "滿了",
        "不是：還沒",
    ]
    assert [name_guard(name, flow) for name in ("age_now=*", "not age_now=*", "channel=line")] == [
        "已答：年齡",
        "還沒答：年齡",
        "channel=line",
    ]


def test_tracks_come_in_the_order_of_the_story(flow: Flow) -> None:
    """States without a track are on the whole sheet only."""
    assert list_tracks(flow) == ("opening", "care")


def test_an_ending_is_marked_on_its_own_sheet(flow: Flow) -> None:
    """Where a person may safely stop can be seen."""
    assert "  class card ending" in draw_mermaid(flow, track="care").splitlines()
    assert "  class card ending" not in draw_mermaid(flow, track="opening").splitlines()


def test_titles_cannot_break_out_of_their_quotation_marks() -> None:
    """What is written in a flow is text and nothing else."""
    drawn = draw_mermaid(make({'title = "開場"': "title = 'a\"]; b<c>&'"}))
    assert '  start["a&quot;]; b&lt;c&gt;&amp;"]' in drawn.splitlines()


def test_the_same_flow_gives_the_same_text(flow: Flow) -> None:
    """A difference in the drawing is a difference in the flow."""
    assert draw_mermaid(flow) == draw_mermaid(flow)
