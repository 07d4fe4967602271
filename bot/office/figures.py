"""Figures about the service, of nobody in particular: as a page to look at, and as a file."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

from starlette.responses import Response

from bot.core.taipei import TAIPEI
from bot.desk.charts import HEIGHT, WIDTH, Column, scale_bars, stand_columns
from bot.desk.figures import PERIODS, UNLISTED, Cell, Figures, Period, Table, read_figures, write_figures
from bot.desk.safe_text import guard_formula
from bot.office.doors import Door
from bot.office.visit import Visit
from bot.office.words import BY_TONGUE, SOURCE_TONGUE
from bot.office.words.figures import NAMES, TABLES

#: What stands where a number is hidden, in a file.
_HIDDEN = "—"
#: The parts of the page, and which of the service's own tables stand in them beside the groups of the flow.
_ABOUT = ("track", "age_now", "age_made", "type")
_WHEN = ("channel", "language")
_HELP = ("handoff", "page", "request", "first_call", "human", "looked_up", "alarm")
#: One thing is in both rows, so that a sum would mean nothing.
_WITHOUT_SUM = frozenset({"page"})
_PERIOD_WORDS: Mapping[Period, str] = {
    "week": "figures_week",
    "month": "figures_month",
    "year": "figures_year",
}


#: Under every so-manieth column stands a name; a phone has no room for more.
_NAMED: Mapping[Period, int] = {"week": 1, "month": 5, "year": 3}


@dataclass(frozen=True, slots=True)
class Row:
    """One row of a table as it is drawn: its name, its number (None: hidden), how long its bar is of 100."""

    code: str
    name: str
    count: int | None
    bar: float


@dataclass(frozen=True, slots=True)
class Drawn:
    """One table as it is drawn. `total`: empty where several may be true of one person, so that a sum means nothing."""

    kind: str
    title: str
    means: str
    rows: tuple[Row, ...]
    total: str


@dataclass(frozen=True, slots=True)
class Chart:
    """
    A column chart: the rows of its table, its columns with the names that stand under some of them.

    `most`: the highest number that is shown; 0: none is.
    """

    rows: tuple[tuple[str, int | None], ...]
    columns: tuple[tuple[str, Column], ...]
    most: int


async def show(visit: Visit) -> Response:
    """Show a period."""
    figures = await _read(visit)
    drawn = {one.kind: one for one in _draw_tables(visit, figures)}
    others = tuple(kind for kind in drawn if kind not in {*_ABOUT, *_WHEN, *_HELP, "hour"})
    parts = {
        name: [drawn[kind] for kind in kinds if kind in drawn]
        for name, kinds in (("about", _ABOUT), ("help", (*_HELP, *others)), ("when", _WHEN))
    }
    return visit.render(
        "figures_page.html",
        figures=figures,
        periods=_PERIOD_WORDS.items(),
        parts=parts,
        handoffs=figures.tables["handoff"].total,
        wait=_name(visit, f"first_call.{figures.wait}") if figures.wait else "",
        over_time=_draw_chart(visit, figures.over_time, every=_NAMED[figures.span.period]),
        hours=_draw_chart(visit, figures.tables["hour"].cells, every=3),
        hours_mean=drawn["hour"].means,
        stops=_draw_stops(visit, figures),
        width=WIDTH,
        height=HEIGHT,
    )


async def export(visit: Visit) -> Response:
    """Give a period as CSV. It is noted first, like every export."""
    figures = await _read(visit)
    rows = list(_write_rows(visit, figures))
    period = figures.span.period
    await visit.office.parts.audit.write(
        "figures_exported", actor=visit.member.account_id, detail={"period": period, "rows": len(rows)}
    )
    words = BY_TONGUE[visit.tongue]
    head = ("figures_csv_figure", "figures_csv_code", "figures_what", "figures_count")
    name = f"figures-{period}-{figures.span.until:%Y%m%d}.csv"
    return Response(
        write_figures([words[key] for key in head], rows),
        media_type="text/csv; charset=utf-8",
        headers={"content-disposition": f'attachment; filename="{name}"'},
    )


async def _read(visit: Visit) -> Figures:
    parts = visit.office.parts
    asked = visit.request.query_params.get("period", "")
    period: Period = next((each for each in PERIODS if each == asked), "month")
    today = visit.office.clock().astimezone(TAIPEI).date()
    return await read_figures(parts.tally, parts.statistics, period, today=today)


def _draw_tables(visit: Visit, figures: Figures) -> Iterator[Drawn]:
    groups = {group.id: group for group in visit.office.parts.statistics.groups}
    for kind, table in figures.tables.items():
        group = groups.get(kind)
        if group is None:
            title, means = (_choose(visit, pair) for pair in TABLES[kind])
        else:
            title = _choose(visit, (group.title, group.title_en))
            means = _choose(visit, (group.means, group.means_en))
        names = (
            {name.id: _choose(visit, (name.label, name.label_en)) for name in group.names} if group else {}
        )
        is_sum = kind not in _WITHOUT_SUM and not (group and group.several)
        total = _say(visit, table.total) if is_sum else ""
        yield Drawn(kind, title, means, tuple(_draw_rows(visit, table, names)), total)


def _draw_rows(visit: Visit, table: Table, names: dict[str, str]) -> Iterator[Row]:
    bars = scale_bars([cell.count for cell in table.cells])
    for cell, bar in zip(table.cells, bars, strict=True):
        name = names.get(cell.code) or _name(visit, f"{table.kind}.{cell.code}")
        name = BY_TONGUE[visit.tongue]["figures_other"] if cell.code == UNLISTED else name
        yield Row(cell.code, name, cell.count, bar)


def _draw_stops(visit: Visit, figures: Figures) -> tuple[Row, ...]:
    """Draw the shares; a bar of full length is everybody."""
    return tuple(
        Row(
            stop.step.state,
            _choose(visit, (stop.step.label, stop.step.label_en)),
            stop.percent,
            float(stop.percent or 0),
        )
        for stop in figures.stops
    )


def _draw_chart(visit: Visit, cells: Sequence[Cell], *, every: int) -> Chart:
    """Put a name under every so-manieth column only, so that names do not stand in each other."""
    counts = [cell.count for cell in cells]
    names = [_name(visit, f"hour.{cell.code}") for cell in cells]
    return Chart(
        rows=tuple(zip(names, counts, strict=True)),
        columns=tuple(
            (cell.code[-5:].replace("-", "/") if place % every == 0 else "", column)
            for place, (cell, column) in enumerate(zip(cells, stand_columns(counts), strict=True))
        ),
        most=max((count for count in counts if count), default=0),
    )


def _write_rows(visit: Visit, figures: Figures) -> Iterator[tuple[str, str, str, str | int]]:
    """Write every number as a row. Names come from a file that people edit, so they are made harmless."""
    words = BY_TONGUE[visit.tongue]
    over = words["figures_over_months" if figures.span.period == "year" else "figures_over_days"]
    yield words["figures_contacts"], "contacts", words["figures_total"], _write(figures.contacts)
    for cell in figures.over_time:
        yield over, f"day.{cell.code}", cell.code, _write(cell.count)
    for table in _draw_tables(visit, figures):
        for row in table.rows:
            yield (
                guard_formula(table.title),
                f"{table.kind}.{row.code}",
                guard_formula(row.name),
                _write(row.count),
            )
    for row in _draw_stops(visit, figures):
        share = _HIDDEN if row.count is None else words["figures_csv_percent"].format(percent=row.count)
        yield words["figures_stops"], f"stop.{row.code}", guard_formula(row.name), share


def _write(count: int | None) -> str | int:
    return _HIDDEN if count is None else count


def _say(visit: Visit, count: int | None) -> str:
    return BY_TONGUE[visit.tongue]["figures_hidden"] if count is None else str(count)


def _name(visit: Visit, key: str) -> str:
    """Return what a row is called; one that nobody named yet is called by its code."""
    code = key.partition(".")[2]
    return _choose(visit, NAMES.get(key, (code, code)))


def _choose(visit: Visit, pair: tuple[str, str]) -> str:
    return pair[0] if visit.tongue == SOURCE_TONGUE else pair[1]


DOORS: tuple[Door, ...] = (
    Door("/figures", "GET", show, right="list"),
    Door("/figures.csv", "GET", export, right="list"),
)
