"""What docs/scaling.md says between its markers: tables of what was measured, and of what follows from it."""

from __future__ import annotations

import math
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from typing import Final

from benchmarks.contestants import TOP
from benchmarks.scaling.burst import TOO_LATE_S, Night, Waits
from benchmarks.scaling.inputs import Inputs

PAGE: Final = TOP / "docs" / "scaling.md"
PICTURE: Final = TOP / "docs" / "images" / "burst.svg"
BEGIN: Final = "<!-- figures: begin (written by `make scaling`) -->"
END: Final = "<!-- figures: end -->"

#: How full a core may be on average: beyond it waits grow faster than load.
FULL_SHARE: Final = 0.6
#: The worst ten minutes of an hour beside its mean.
PEAK: Final = 3.0
#: Replies a second of one channel. Source: LINE development guidelines, rate limits.
LINE_REPLIES_PER_S: Final = 2000
MESSAGES: Final = 12
#: Source: SECURITY §6: hashes of deliveries seven days, what is left of letters one.
_KEPT_DAYS: Final = {"inbox_event": 7, "outbox": 1, "person_session": 1}


@dataclass(frozen=True, slots=True)
class Scene:
    """So many people in so many hours, `busiest` of them in the busiest hour."""

    says: str
    people: int
    busiest: float

    @property
    def peak_per_s(self) -> float:
        """Messages a second in the worst minutes."""
        return self.people * self.busiest * MESSAGES / 3600 * PEAK


#: Source of 23.3 million: Ministry of the Interior, household registration, rounded.
SCENES: Final = (
    Scene("1,000 in a day", 1_000, 0.2),
    Scene("100,000 in an hour", 100_000, 1.0),
    Scene("one in a hundred of Taiwan in an hour", 233_000, 1.0),
    Scene("one in ten of Taiwan in a day", 2_330_000, 0.2),
    Scene("all of Taiwan, 23.3 million, in a day", 23_300_000, 0.2),
)


def write(text: str) -> str:
    """Return the page with new text between its markers. ValueError: no markers."""
    page = PAGE.read_text(encoding="utf-8")
    before, _, rest = page.partition(BEGIN)
    _, found, after = rest.partition(END)
    if not found:
        raise ValueError("docs/scaling.md has lost its markers")
    return f"{before}{BEGIN}\n\n{text}\n\n{END}{after}"


def draw(
    inputs: Inputs, night: Night, played: Iterable[tuple[int, int, Waits]], seed: int, peak: float
) -> str:
    """Return the Markdown. `played`: replicas, PostgreSQL's cores, waits."""
    sections = (
        _tell_source(inputs),
        _tell_cost(inputs),
        _tell_replicas(inputs),
        _tell_scenes(inputs),
        _tell_night(night, list(played), seed, peak),
        _tell_runs(inputs),
    )
    return "\n\n".join(section for section in sections if section)


def _tell_source(inputs: Inputs) -> str:
    about = inputs.about
    rough = (
        "**These are rough figures**: a short run, or a machine that was busy with other work at the same time. CPU seconds hardly move by that, waits do. "
        if inputs.is_rough
        else ""
    )
    return (
        f"{rough}Measured {about['date']}, profile `{about['profile']}`: {about['cpu']}, {about['cores']} cores, {about['memory_gb']} GB, "
        f"{about['system']}, {about['file_system']}, Python {about['python']}; load of the machine when it began {about['load_at_begin']}, niceness {about['nice']}."
    )


def _tell_cost(inputs: Inputs) -> str:
    ranks, service = inputs.answer_ms, inputs.service
    rows = [
        ("core of a replica", f"{inputs.cpu_ms:.2f} ms", f"{1000 / inputs.cpu_ms:,.0f} a second"),
        (
            "cores of PostgreSQL",
            f"{inputs.database_ms:.2f} ms",
            f"{1000 / inputs.database_ms:,.0f} a second and core",
        ),
        ("waiting for the disk", f"{service.disk_ms:.2f} ms", "shared by all who wait"),
    ]
    said = (
        f"One message and its reply, over {inputs.events:,} of them. Answered in {ranks['p50']:.1f} ms (p50), {ranks['p95']:.1f} (p95), "
        f"{ranks['p99']:.1f} (p99), {ranks['max']:.1f} at most."
    )
    return _table("Cost of a message", ("what", "takes", "so at most"), rows, said)


def _tell_replicas(inputs: Inputs) -> str:
    found = inputs.replicas
    if not found:
        return ""
    if inputs.is_rough:  # what else the machine did would be taken for theirs
        return "### Replicas beside one\n\nNot measured yet on a quiet machine."
    rows = [
        (
            count,
            f"{full['median']:,.0f} ({full['low']:,.0f} to {full['high']:,.0f})",
            f"{full['cpu_ms_per_event']:.2f} + {full['database_cpu_ms_per_event']:.2f}",
            " / ".join(f"{full['webhook_ms'][rank]:.1f}" for rank in ("p50", "p95", "p99")),
            f"{full['events']:,}",
        )
        for count, full in found["full"].items()
    ]
    columns = (
        "replicas",
        "messages a second",
        "CPU ms, with PostgreSQL's",
        "answered, ms (p50 / p95 / p99)",
        "messages",
    )
    return _table(
        "Replicas beside one",
        columns,
        rows,
        f"With {found['cores']} core(s) for all replicas together, the other for the rest.",
    )


def _tell_scenes(inputs: Inputs) -> str:
    rows = [tuple(_list_needs(inputs, scene)) for scene in SCENES]
    columns = (
        "people", "messages", "a second, at worst", "cores for replicas", "cores for PostgreSQL",
        "LINE channels for the replies", "disk",
    )  # fmt: skip
    said = (
        f"Assumed: {MESSAGES} messages a person; the worst minutes are {PEAK:.0f} times the busiest hour's mean, and a fifth of a day comes in its busiest hour; "
        f"no core busier than {FULL_SHARE:.0%}; a replica uses one core. Disk: hashes of deliveries for seven days, what is left of letters and open conversations for one, as large as tables are before their first vacuum."
    )
    return _table("What more people would need", columns, rows, said)


def _list_needs(inputs: Inputs, scene: Scene) -> Iterator[str]:
    peak = scene.peak_per_s
    yield scene.says
    yield f"{scene.people * MESSAGES:,}"
    yield f"{peak:,.0f}" if peak >= 10 else f"{peak:.1f}"
    yield f"{_count_cores(peak, inputs.cpu_ms):,}"
    yield f"{_count_cores(peak, inputs.database_ms):,}"
    yield f"{math.ceil(peak / LINE_REPLIES_PER_S):,}"
    yield _tell_disk(inputs, scene)


def _tell_disk(inputs: Inputs, scene: Scene) -> str:
    if not {"inbox_event", "outbox"} <= inputs.bytes.keys():
        return "not measured"
    rows = {"inbox_event": MESSAGES, "outbox": MESSAGES, "person_session": 1, "erasable_key": 1}
    size = sum(
        inputs.bytes.get(name, 0.0) * count * scene.people * _count_days(name, scene)
        for name, count in rows.items()
    )
    return f"{size / 1e9:,.1f} GB" if size >= 1e8 else f"{size / 1e6:,.0f} MB"


def _count_days(name: str, scene: Scene) -> int:
    """A day's crowd comes on every day that is kept; an hour's comes once."""
    return _KEPT_DAYS.get(name, 1) if scene.busiest < 1 else 1


def _count_cores(per_s: float, ms: float) -> int:
    return max(1, math.ceil(per_s * ms / 1000 / FULL_SHARE))


def _tell_night(night: Night, played: Sequence[tuple[int, int, Waits]], seed: int, peak: float) -> str:
    rows = [
        (
            str(replicas),
            str(cores),
            *(_tell_s(waits.rank(share)) for share in (0.5, 0.95, 0.99, 1.0)),
            f"{waits.late_share:.1%}",
        )
        for replicas, cores, waits in played
    ]
    columns = (
        "replicas",
        "PostgreSQL cores",
        "p50",
        "p95",
        "p99",
        "longest",
        f"later than {TOO_LATE_S:.0f} s",
    )
    said = (
        f"Simulated, seed {seed}: {night.people:,} people hear of it after {night.news_at_s / 60:.0f} minutes, half of those who will still come have come after each "
        f"{night.half_life_s / 60:.0f} minutes; each writes {night.messages} times, every {night.pause_s:.0f} s; {night.lasts_s / 60:.0f} minutes are shown. "
        f"At most {peak:,.0f} messages come in a second.\n\n![a night in the news](images/burst.svg)"
    )
    return _table("A night in the news", columns, rows, said)


def _tell_runs(inputs: Inputs) -> str:
    rows = [
        (
            run["trouble"],
            str(run["replicas"]),
            f"{sum(run['made'].values()):,}",
            f"{run['events']:,}",
            f"{run['duplicates']:,} + {run['redelivered']:,}",
            *(str(run["found"][name]) for name in ("lost", "doubled", "unanswered", "stale writes")),
            str(sum(count for status, count in run["answers"].items() if int(status) >= 500)),
            _tell_takeover(run["takeover_s"]),
            str(run["seed"]),
        )
        for run in inputs.runs
    ]
    columns = (
        "trouble", "replicas", "times", "messages", "delivered twice + again", "lost", "doubled", "unanswered", "stale",
        "told later (503)", "letters taken over, s (middle / longest)", "seed",
    )  # fmt: skip
    said = "Real replicas on one PostgreSQL under load, on that machine (`python -m tests.chaos --profile cluster`); the words are those of [reliability.md](reliability.md)."
    return _table("Nothing lost among replicas", columns, rows, said) if rows else ""


def _tell_takeover(spread: dict[str, float]) -> str:
    return f"{spread['p50']} / {spread['longest']}" if spread.get("count") else "–"


def _tell_s(seconds: float) -> str:
    return f"{seconds * 1000:,.0f} ms" if seconds < 1 else f"{seconds:,.1f} s"


def _table(title: str, columns: Sequence[str], rows: Sequence[Sequence[str]], said: str) -> str:
    lines = [columns, ["---"] * len(columns), *rows]
    return f"### {title}\n\n{said}\n\n" + "\n".join(f"| {' | '.join(line)} |" for line in lines)
