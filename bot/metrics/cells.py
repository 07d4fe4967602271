"""The cells that are counted in, and how they are written."""

from __future__ import annotations

from bisect import bisect_left
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from itertools import accumulate, product

_CHANNELS = ("line", "telegram", "web")
#: Upper bounds in seconds. 1.5 is the budget of a commit, 2 the time after which LINE takes it for a failure. Source: SECURITY §4.
BOUNDS = (0.002, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 1.5, 2.0)


@dataclass(frozen=True, slots=True)
class Metric:
    """One metric: what it says, and its labels with every value that each can have."""

    says: str
    labels: Mapping[str, tuple[str, ...]]


COUNTERS: Mapping[str, Metric] = {
    "frontdoor_events_total": Metric(
        "inputs, by channel and by what became of them",
        {"channel": _CHANNELS, "outcome": ("taken", "refused", "too_often", "failed")},
    ),
    "frontdoor_duplicates_total": Metric("inputs that had been taken before", {"channel": _CHANNELS}),
    "frontdoor_replies_total": Metric(
        "replies by how they ended",
        {"channel": _CHANNELS, "end": ("sent", "uncertain", "expired", "dead", "gone", "postponed")},
    ),
    "frontdoor_webhook_refusals_total": Metric(
        "answers to webhooks other than 200",
        {"channel": ("line", "telegram"), "status": ("403", "413", "503", "other")},
    ),
    "frontdoor_office_answers_total": Metric(
        "answers of the office", {"status": ("2xx", "3xx", "4xx", "5xx")}
    ),
    "frontdoor_sweeps_total": Metric("sweeps that were finished", {}),
    "frontdoor_database_errors_total": Metric(
        "times the database did not answer", {"place": ("turn", "outbox", "sweep")}
    ),
    "frontdoor_sealed_total": Metric("what was sealed to the desk", {"kind": ("handoff", "request")}),
}
HISTOGRAMS: Mapping[str, Metric] = {
    "frontdoor_webhook_seconds": Metric(
        "from a webhook's head to our answer", {"channel": ("line", "telegram")}
    ),
    "frontdoor_commit_seconds": Metric("the commit of a turn", {}),
}
Key = tuple[str, ...]


@dataclass(slots=True)
class _Spread:
    """How many fell under each bound; the last place is for what is above all of them."""

    counts: list[int]
    total: float = 0.0


class Meters:
    """The cells of one process. Counting never waits and never raises; what has no cell is not counted."""

    def __init__(self) -> None:
        self._counts = {key: [0] for key in _list_keys(COUNTERS)}
        self._spreads = {key: _Spread([0] * (len(BOUNDS) + 1)) for key in _list_keys(HISTOGRAMS)}

    def count(self, *key: str) -> None:
        """Count one: the metric's name, then a value for each label."""
        cell = self._counts.get(key)
        if cell is not None:
            cell[0] += 1

    def time(self, seconds: float, *key: str) -> None:
        """Note how long something took."""
        spread = self._spreads.get(key)
        if spread is not None:
            spread.counts[bisect_left(BOUNDS, seconds)] += 1
            spread.total += seconds

    def read(self, *key: str) -> int:
        """Return one count, or how often something was timed."""
        return self._counts[key][0] if key in self._counts else sum(self._spreads[key].counts)

    def write(self) -> Iterator[str]:
        """Write every metric that has counted, and those without labels."""
        for name, metric in COUNTERS.items():
            yield from _head(name, metric.says, "counter")
            for key in _keys_of(name, metric):
                yield _line(name, _pair(metric, key), self._counts[key][0])
        for name, metric in HISTOGRAMS.items():
            yield from _head(name, metric.says, "histogram")
            for key in _keys_of(name, metric):
                yield from _write_spread(name, _pair(metric, key), self._spreads[key])


@dataclass(frozen=True, slots=True)
class Sample:
    """A value that is looked up when somebody asks."""

    name: str
    says: str
    value: float
    labels: Mapping[str, str]
    kind: str = "gauge"


def write_text(meters: Meters, samples: Iterable[Sample]) -> str:
    """Write everything, as Prometheus reads it."""
    lines, named = list(meters.write()), set()
    for one in samples:
        if one.name not in named:
            named.add(one.name)
            lines += _head(one.name, one.says, one.kind)
        lines.append(_line(one.name, one.labels, one.value))
    return "\n".join(lines) + "\n"


def _list_keys(metrics: Mapping[str, Metric]) -> Iterator[Key]:
    for name, metric in metrics.items():
        yield from _keys_of(name, metric)


def _keys_of(name: str, metric: Metric) -> Iterator[Key]:
    for values in product(*metric.labels.values()):
        yield (name, *values)


def _pair(metric: Metric, key: Key) -> Mapping[str, str]:
    return dict(zip(metric.labels, key[1:], strict=True))


def _write_spread(name: str, labels: Mapping[str, str], spread: _Spread) -> Iterator[str]:
    for bound, upto in zip((*map(str, BOUNDS), "+Inf"), accumulate(spread.counts), strict=True):
        yield _line(f"{name}_bucket", {**labels, "le": bound}, upto)
    yield _line(f"{name}_sum", labels, round(spread.total, 6))
    yield _line(f"{name}_count", labels, sum(spread.counts))


def _head(name: str, says: str, kind: str) -> tuple[str, str]:
    return f"# HELP {name} {says}", f"# TYPE {name} {kind}"


def _line(name: str, labels: Mapping[str, str], value: float) -> str:
    """Our own words need no escaping: none holds a quote, a backslash or a line end."""
    told = ",".join(f'{label}="{value}"' for label, value in labels.items())
    return f"{name}{{{told}}} {value}" if told else f"{name} {value}"
