"""The plan past one machine: the simulation is a queue as it should be, and the page says what is kept beside it."""

from __future__ import annotations

import random
import xml.etree.ElementTree as ET
from pathlib import Path
from statistics import mean
from typing import Any

import pytest

from benchmarks.scaling import page
from benchmarks.scaling.__main__ import render
from benchmarks.scaling.burst import Night, Service, find_peak, find_rank, play
from benchmarks.scaling.inputs import Inputs, load_inputs, save_inputs, take

SERVICE = Service(
    cpu_ms=10, database_ms=5, disk_ms=2, shape=((0.0, 1.0), (0.5, 2.0), (0.95, 4.0), (1.0, 9.0))
)
SMALL = Night(
    people=400, news_at_s=20, half_life_s=30, base_per_minute=30, messages=5, pause_s=3, lasts_s=120
)


def dice() -> random.Random:
    return random.Random(7)


def bench(**more: Any) -> dict[str, Any]:
    """Raw results as `benchmarks.run` keeps them."""
    one = {
        "events": 500,
        "cpu_ms_per_event": 2.5,
        "database_cpu_ms_per_event": 1.0,
        "median": 300.0,
        "low": 290.0,
        "high": 310.0,
    }
    ranks = {"webhook_ms": {"p50": 5.0, "p95": 8.0, "p99": 12.0, "max": 30.0}}
    about = {
        "date": "2026-11-21", "cpu": "a CPU", "cores": 2, "memory_gb": 8, "system": "Linux 6", "file_system": "ext4", "python": "3.11.7",
        "load_at_begin": 0.2, "nice": 0,
    }  # fmt: skip
    full = {"1": {**one, **ranks}, "3": {**one, **ranks}}
    return {
        "about": about,
        "plan": {"name": "full"},
        "work": {"frontdoor-postgres": {**one, **ranks}},
        "replicas": {"cores": 1, "rate": 150.0, "full": full},
        **more,
    }


def cluster() -> dict[str, Any]:
    """Raw results as `tests.chaos` keeps them."""
    found = {"lost": 0, "doubled": 0, "unanswered": 0, "stale writes": 0}
    run = {
        "trouble": "storm", "seed": 3, "replicas": 4, "found": found, "made": {"a": 2}, "events": 5000, "duplicates": 1000, "redelivered": 4, "people": 20,
        "answers": {"200": 5004, "503": 4}, "takeover_s": {"count": 0},
        "tables": {"inbox_event": {"bytes": 500_000, "added": 5000}, "outbox": {"bytes": 1_500_000, "added": 5000}, "staff_account": {"bytes": 9, "added": 1}},
    }  # fmt: skip
    return {"runs": [run]}


@pytest.fixture
def inputs() -> Inputs:
    return take(bench(), cluster())


def test_the_same_seed_gives_the_same_night() -> None:
    """Whoever doubts a figure can have it again."""
    assert SMALL.arrive(dice()) == SMALL.arrive(dice())
    assert SMALL.arrive(dice()) != SMALL.arrive(random.Random(8))


def test_everybody_who_hears_of_it_writes() -> None:
    """Half of those who come by the news have come after one half-life, and before the news nearly nobody."""
    calm = Night(people=0, base_per_minute=30, messages=1, lasts_s=1e4)
    assert 4500 < len(calm.arrive(dice())) < 5500
    news = Night(people=4000, base_per_minute=1e-9, messages=1, news_at_s=50, half_life_s=100, lasts_s=1e9)
    arrivals = news.arrive(dice())
    assert len(arrivals) == 4000
    assert min(arrivals) >= 50
    assert 0.46 < sum(at < 150 for at in arrivals) / 4000 < 0.54


def test_weights_have_the_measured_shape_and_mean_one() -> None:
    """So that the mean cost is the measured one, and heavy messages come as often as they were measured."""
    drawn = [SERVICE.draw(dice_) for dice_ in [dice()] for _ in range(20_000)]
    assert 0.98 < mean(drawn) < 1.02
    assert find_rank(drawn, 0.5) == pytest.approx(2.0 / SERVICE.mean_ms, rel=0.03)
    assert find_rank(drawn, 0.95) == pytest.approx(4.0 / SERVICE.mean_ms, rel=0.05)


def test_whoever_is_alone_waits_for_the_work_only() -> None:
    """Replica, PostgreSQL and disk one after the other."""
    steady = Service(10, 5, 2, ((0.0, 1.0), (1.0, 1.0)))
    waits = play([0.0, 1.0, 2.0], steady, replicas=1, database_cores=1, dice=dice())
    assert [wait for _, wait in waits.each] == pytest.approx([0.017] * 3)


def test_those_who_come_at_once_wait_in_line() -> None:
    """One after the other at one replica; half as long at two."""
    steady = Service(10, 0, 0, ((0.0, 1.0), (1.0, 1.0)))
    one = play([0.0] * 4, steady, replicas=1, database_cores=1, dice=dice())
    two = play([0.0] * 4, steady, replicas=2, database_cores=1, dice=dice())
    assert sorted(wait for _, wait in one.each) == pytest.approx([0.01, 0.02, 0.03, 0.04])
    assert sorted(wait for _, wait in two.each) == pytest.approx([0.01, 0.01, 0.02, 0.02])


def test_a_queue_of_which_theory_knows_the_answer() -> None:
    """M/D/1 at 60 %: the mean wait in line is load / (2 (1 - load)) of the work. Source: Pollaczek and Khinchine."""
    steady, rate = Service(10, 0, 0, ((0.0, 1.0), (1.0, 1.0))), 60.0
    random_ = dice()
    at, arrivals = 0.0, []
    for _ in range(60_000):
        at += random_.expovariate(rate)
        arrivals.append(at)
    waits = play(arrivals, steady, replicas=1, database_cores=1, dice=dice())
    in_line = mean(wait - 0.01 for _, wait in waits.each)
    assert in_line == pytest.approx(0.01 * 0.6 / (2 * 0.4), rel=0.08)


def test_more_replicas_never_make_it_worse() -> None:
    """Where the database is not the narrow place."""
    arrivals = SMALL.arrive(dice())
    ranks = [
        play(arrivals, SERVICE, replicas=count, database_cores=8, dice=dice()).rank(0.95)
        for count in (1, 2, 4)
    ]
    assert ranks == sorted(ranks, reverse=True)
    assert ranks[0] > ranks[-1]


def test_the_peak_is_counted_over_a_span() -> None:
    """Ten seconds of a hundred a second."""
    assert find_peak([n / 100 for n in range(2000)]) == pytest.approx(100, rel=0.01)
    assert find_peak([]) == 0


def test_page_and_plot_are_drawn_from_what_is_kept(inputs: Inputs, tmp_path: Path) -> None:
    """Kept, read again, drawn twice: the same. The plot is SVG with a curve for each number of replicas."""
    save_inputs(inputs, tmp_path / "inputs.json")
    again = load_inputs(tmp_path / "inputs.json")
    text, picture = render(again, SMALL, 5)
    assert (text, picture) == render(inputs, SMALL, 5)
    drawn = ET.fromstring(picture)  # noqa: S314 - our own drawing
    curves = drawn.findall("{http://www.w3.org/2000/svg}polyline")
    table = text.partition("### A night in the news")[2].partition("###")[0]
    assert len(curves) == table.count("\n| ") - 2 > 0
    for told in ("400 people", "23.3 million", "storm", "1,000 + 4", "seed 5"):
        assert told in text


def test_rough_figures_are_called_rough(inputs: Inputs) -> None:
    """A short run, or a machine that was busy."""
    assert not inputs.is_rough
    assert "rough" not in render(inputs, SMALL, 5)[0]
    for about in ({"load_at_begin": 5.0}, {"nice": 19}):
        busy = take(bench(about={**bench()["about"], **about}), cluster())
        assert "**These are rough figures**" in render(busy, SMALL, 5)[0]
    assert take(bench(plan={"name": "quick"}), cluster()).is_rough


def test_what_was_not_measured_again_is_kept(inputs: Inputs) -> None:
    """Each of the two results may come alone; without any there is no page."""
    assert take({}, cluster(), inputs) == inputs
    assert take(bench(), {}, inputs) == inputs
    assert take(bench(), {}).bytes == {}
    with pytest.raises(KeyError):
        take({}, cluster())


def test_a_core_is_never_planned_to_be_full(inputs: Inputs) -> None:
    """60 % at most: 100,000 people in an hour are 1,000 messages a second at worst, 2.5 ms each."""
    (row,) = [
        line for line in render(inputs, SMALL, 5)[0].splitlines() if line.startswith("| 100,000 in an hour")
    ]
    cells = [cell.strip() for cell in row.split("|")[1:-1]]
    assert cells[1:6] == ["1,200,000", "1,000", "5", "2", "1"]


def test_the_page_stands_on_what_is_kept() -> None:
    """The costs in docs/scaling.md are those of inputs.json; the simulation is drawn anew by `make scaling`."""
    kept, written = load_inputs(), page.PAGE.read_text(encoding="utf-8")
    assert page._tell_source(kept) in written
    assert page._tell_cost(kept) in written
    assert page._tell_scenes(kept) in written
    assert page._tell_runs(kept) in written
    assert page.PICTURE.exists()
