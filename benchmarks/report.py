"""
What is told of a run: a summary on the terminal, the tables of docs/performance.md.

Every figure comes with how many events it stands on; what an aim asks for and what was found stand side
by side, also where they disagree.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import Any, Final

from benchmarks.aims import judge
from benchmarks.contestants import CONTESTANTS, TOP
from benchmarks.plot import draw

PAGE: Final = TOP / "docs" / "performance.md"
PICTURE: Final = TOP / "docs" / "images" / "performance.svg"
BEGIN: Final = "<!-- figures: begin (written by `make bench`) -->"
END: Final = "<!-- figures: end -->"
_RANKS = ("p50", "p95", "p99")
Found = Mapping[str, Any]


def print_summary(whole: Found) -> None:
    """Print speeds and ratios, and how the aims stand."""
    for kind in ("work", "throughput"):
        full = whole.get(kind, {})
        for name, one in full.items():
            print(
                f"{kind:10} {name:20} {one['median']:8.1f}/s ({one['low']:.1f} to {one['high']:.1f}), "
                f"{one['cpu_ms_per_event']:.3f} s of CPU for 1,000 events, {one['events']} events"
            )
        for ours, other in _pair(full):
            speed = _divide(full[ours]["median"], full[other]["median"])
            work = _divide(full[other]["cpu_ms_per_event"], full[ours]["cpu_ms_per_event"])
            print(f"{kind:10} {ours} / {other}: events {speed:.2f} x, by work {work:.2f} x")
    for aim in judge(whole):
        print(f"{'met ' if aim.is_met else 'MISS'} {aim.server}: {aim.says}: {aim.found} (aim {aim.wanted})")


def write_docs(whole: Found) -> None:
    """Write the tables between the markers of the page, and draw the plot."""
    page = PAGE.read_text(encoding="utf-8")
    before, _, rest = page.partition(BEGIN)
    _, _, after = rest.partition(END)
    tables = "\n\n".join(section for section in _write_sections(whole) if section)
    PAGE.write_text(f"{before}{BEGIN}\n\n{tables}\n\n{END}{after}", encoding="utf-8")
    if "throughput" in whole:
        PICTURE.write_text(draw(whole["throughput"]), encoding="utf-8")


def _write_sections(whole: Found) -> Iterator[str]:
    yield _write_about(whole)
    yield _write_aims(whole)
    yield _write_speeds(whole)
    yield _write_latencies(whole)
    yield _write_overload(whole)
    yield _write_memory(whole)
    yield _write_slow_line(whole)
    yield _write_stored(whole)
    yield _write_flood(whole)
    yield _write_typed(whole)
    yield _write_replicas(whole)


def _write_about(whole: Found) -> str:
    about, plan = whole["about"], whole["plan"]
    ours = ", ".join(f"{name} {version}" for name, version in about["packages"].items())
    theirs = ", ".join(f"{name} {version}" for name, version in about["alternatives"].items())
    shared = " (one core: everything shares it)" if about["server_core"] == about["load_core"] else ""
    return (
        f"Measured {about['date']}, profile `{plan['name']}` with {plan['rounds']} rounds: {about['cpu']}, {about['cores']} cores, "
        f"{about['memory_gb']} GB, {about['system']}, {about['file_system']}; each server on core "
        f"{about['server_core']}, the load, the fake API and PostgreSQL on core {about['load_core']}{shared}. "
        f"Load of the machine when it began: {about['load_at_begin']}; niceness {about['nice']}. "
        f"Python {about['python']}, SQLite {about['sqlite']}; {ours}. Alternatives: {theirs or 'not installed'}.{_say_goes(whole)}"
    )


def _say_goes(whole: Found) -> str:
    goes = whole.get("goes", 1)
    return (
        ""
        if goes == 1
        else f" Taken in {goes} goes, whole parts in each; what is said of the machine is of the last."
    )


def _say_rounds(whole: Found) -> str:
    rounds = max(1, whole["plan"]["rounds"] // 2)
    return "one round each" if rounds == 1 else f"median of {rounds} rounds"


def _write_aims(whole: Found) -> str:
    rows = [
        (aim.server, aim.says, aim.wanted, aim.found, "met" if aim.is_met else "**missed**")
        for aim in judge(whole)
    ]
    return _table("Aims", ("server", "aim", "wanted", "found", ""), rows)


def _write_speeds(whole: Found) -> str:
    full = whole.get("throughput", {})
    ours = [name for name in full if CONTESTANTS[name].is_ours]
    rows = []
    for name, one in full.items():
        ratios = [f"{_divide(full[mine]['median'], one['median']):.2f}" for mine in ours]
        database = f" + {one['database_cpu_ms_per_event']:.2f}" if one["database_cpu_ms_per_event"] else ""
        rows.append(
            (
                CONTESTANTS[name].says,
                CONTESTANTS[name].keeps,
                f"{one['median']:.0f}",
                f"{one['low']:.0f} to {one['high']:.0f}",
                *ratios,
                f"{one['cpu_ms_per_event']:.2f}{database}",
                f"{one['events']:,}",
            )
        )
    plan = whole["plan"]
    titles = [f"{'SQLite' if CONTESTANTS[name].database == 'sqlite' else 'PostgreSQL'} ÷ it" for name in ours]
    columns = ("server", "durable at 200", "events/s", "rounds", *titles, "CPU s per 1,000", "events")
    said = (
        f"{plan['people']} people side by side, each {plan['taps']} events and then somebody new; median of "
        f"{plan['rounds']} rounds of {plan['throughput_s']} s in turns. CPU: the server's tree, then PostgreSQL's."
    )
    return _table("Full load", columns, rows, said)


def _write_latencies(whole: Found) -> str:
    rows = []
    for name, one in whole.get("latency", {}).items():
        for kind, says in (("half", f"half load, {one['rate']:.0f}/s"), ("alone", "alone")):
            found = one[kind]
            rows.append(
                (
                    CONTESTANTS[name].says,
                    says,
                    _ranks(found["webhook_ms"]),
                    _ranks(found["reply_ms"]),
                    f"{found['events']:,}",
                )
            )
    columns = ("server", "load", "webhook answered, ms", "reply arrived, ms", "events")
    said = (
        "p50 / p95 / p99. Half load: arrivals at random moments at half of the server's own full load, each "
        "counted from the moment it was meant for. Alone: one person, one event after another."
    )
    return _table("How long a person waits", columns, rows, said)


def _write_overload(whole: Found) -> str:
    rows = [
        (
            CONTESTANTS[name].says,
            f"{one['rate']:.0f}",
            f"{one['found']['per_second']:.0f}",
            f"{one['ratio']:.2f}",
            _ranks(one["found"]["webhook_ms"]),
            _ranks(one["found"]["reply_ms"]),
            f"{one['found']['refused']:,}",
        )
        for name, one in whole.get("overload", {}).items()
    ]
    columns = (
        "server",
        "arrive/s",
        "answered/s",
        "÷ full load",
        "webhook taken, ms",
        "reply arrived, ms",
        "told later",
    )
    said = (
        f"{whole['plan']['overload']:.1f} times as many arrive as are answered at full load, and nobody waits for anybody. What is told "
        "to come later comes again after 0.1 s, and ever more slowly up to every 2 s: far more often than a platform does. Times count from the "
        "first try; everybody is answered in the end, or there is no figure."
    )
    return _table("More than can be answered", columns, rows, said)


def _write_memory(whole: Found) -> str:
    rows = [
        (
            CONTESTANTS[name].says,
            *(f"{one[when]['rss']:.0f} / {one[when]['pss']:.0f}" for when in ("idle", "warm", "open")),
            f"{one['conversations']:,}",
        )
        for name, one in whole.get("memory", {}).items()
    ]
    columns = ("server", "started", "after 20 events", "with open conversations", "of these")
    return _table("Memory", columns, rows, "RSS / PSS of the process tree, MB of a million bytes.")


def _write_slow_line(whole: Found) -> str:
    rows = [
        (
            CONTESTANTS[name].says,
            *(_spread(one[delay]) for delay in ("0 ms", "50 ms")),
            f"{one['ratio']:.2f}",
            f"{one['0 ms']['events'] + one['50 ms']['events']:,}",
        )
        for name, one in whole.get("slow-line", {}).items()
    ]
    said = f"{whole['plan']['crowd']} people side by side, events/s."
    return _table("A LINE API that takes 50 ms", ("server", "0 ms", "50 ms", "ratio", "events"), rows, said)


def _write_stored(whole: Found) -> str:
    rows = [
        (
            CONTESTANTS[name].says,
            f"{one['stored']:,}",
            _spread(one),
            f"{one['cpu_ms_per_event']:.2f}",
            f"{one['events']:,}",
        )
        for name, sizes in whole.get("stored", {}).items()
        for one in sizes
    ]
    columns = ("server", "stored sessions", "events/s", "CPU s per 1,000", "events")
    return _table(
        "Among many who are stored",
        columns,
        rows,
        f"People who come back, in an order drawn at random; {_say_rounds(whole)}.",
    )


def _write_flood(whole: Found) -> str:
    rows = [
        (
            CONTESTANTS[name].says,
            says,
            *(f"{one['p95'][kind][when]:.1f}" for when in ("without", "with")),
            f"{one['ratio'][kind]:.2f}",
            f"{one['events']:,}",
        )
        for name, one in whole.get("flood", {}).items()
        for kind, says in (("webhook_ms", "webhook answered"), ("reply_ms", "reply arrived"))
    ]
    said = f"p95 of everybody else, ms, at a quarter of full load; one person sends {whole['plan']['flood_per_minute']:,} messages a minute."
    return _table(
        "One who floods", ("server", "", "without", "with", "ratio", "events of others"), rows, said
    )


def _write_typed(whole: Found) -> str:
    rows = [
        (
            CONTESTANTS[name].says,
            f"{one['rate']:.0f}",
            _ranks(one["found"]["webhook_ms"]),
            _ranks(one["found"]["reply_ms"]),
            f"{one['found']['events']:,}",
        )
        for name, one in whole.get("typed", {}).items()
    ]
    columns = ("server", "messages/s", "webhook answered, ms", "reply arrived, ms", "messages")
    said = "What is typed is gathered for a second before it is answered ([one breath](adr/0016-one-breath.md)): the reply comes after that on purpose."
    return _table("Typed text", columns, rows, said)


def _write_replicas(whole: Found) -> str:
    found = whole.get("replicas")
    if not found:
        return ""
    rows = [
        (
            count,
            _spread(full),
            f"{full['cpu_ms_per_event']:.2f} + {full['database_cpu_ms_per_event']:.2f}",
            _ranks(found["half"][count]["webhook_ms"]),
            _ranks(found["half"][count]["reply_ms"]),
            f"{full['events']:,}",
        )
        for count, full in found["full"].items()
    ]
    columns = (
        "replicas",
        "events/s",
        "CPU s per 1,000",
        "webhook at half, ms",
        "reply at half, ms",
        "events",
    )
    said = (
        f"On one PostgreSQL, with {found['cores']} core(s) for the replicas together; half load is half of what one "
        f"reached ({found['rate']:.0f}/s)."
    )
    return _table("Replicas", columns, rows, said)


def _table(title: str, columns: tuple[str, ...], rows: Sequence[tuple[str, ...]], said: str = "") -> str:
    if not rows:
        return ""
    lines = [columns, tuple("---" for _ in columns), *rows]
    drawn = "\n".join(f"| {' | '.join(line)} |" for line in lines)
    return f"### {title}\n\n{said}\n\n{drawn}" if said else f"### {title}\n\n{drawn}"


def _ranks(found: Mapping[str, float]) -> str:
    return " / ".join(f"{found.get(rank, 0.0):.1f}" for rank in _RANKS)


def _spread(one: Found) -> str:
    return f"{one['median']:.0f} ({one['low']:.0f} to {one['high']:.0f})"


def _divide(one: float, other: float) -> float:
    return one / other if other else 0.0


def _pair(full: Found) -> Iterator[tuple[str, str]]:
    ours = [name for name in full if CONTESTANTS[name].is_ours]
    return ((mine, other) for mine in ours for other in full if other not in ours)
