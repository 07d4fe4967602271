"""docs/understanding.md: the tables between its hand-written words, made of training/report.json."""

from __future__ import annotations

import json
import tomllib
from collections.abc import Callable
from pathlib import Path
from typing import Any

from bot.core.stated import LANGUAGES
from training.scoring import EVERYWHERE, FIELDS, Tally

FOLDER = Path(__file__).parent
PAGE = FOLDER.parent / "docs" / "understanding.md"
_PLACES = (EVERYWHERE, *LANGUAGES)


def write() -> None:
    """Write the tables anew into the page."""
    PAGE.write_text(fill(PAGE.read_text(encoding="utf-8"), read_report()), encoding="utf-8")


def read_report() -> dict[str, Any]:
    """Return what was measured last."""
    report: dict[str, Any] = json.loads((FOLDER / "report.json").read_text(encoding="utf-8"))
    return report


def fill(text: str, report: dict[str, Any]) -> str:
    """Return a page with each table between its marks made of a report; a part that was not measured stays."""
    for part, make in MAKERS.items():
        begin, end = f"<!-- {part}: begin -->", f"<!-- {part}: end -->"
        if part in report:
            before, _, rest = text.partition(begin)
            _, _, after = rest.partition(end)
            text = f"{before}{begin}\n\n{make(report[part])}\n\n{end}{after}"
    return text


def _table(head: list[str], rows: list[list[str]]) -> str:
    lines = [head, ["---"] * len(head), *rows]
    return "\n".join(f"| {' | '.join(line)} |" for line in lines)


def _scores(part: dict[str, Any]) -> str:
    fields = {field: {one: Tally(**told) for one, told in part["fields"][field].items()} for field in FIELDS}
    rows = [
        [
            f"`{field}`",
            *(
                f"{_hundredths(getattr(by_language[EVERYWHERE], what))}"
                for what in ("precision", "recall", "f1")
            ),
            *(f"{_hundredths(by_language[one].f1)} ({by_language[one].number})" for one in LANGUAGES),
        ]
        for field, by_language in fields.items()
    ]
    judged = [field for field in FIELDS if field != "language"]
    mean = [_hundredths(sum(fields[field][one].f1 for field in judged) / len(judged)) for one in _PLACES]
    rows.append(["mean without `language`", "", "", *mean])
    fired = [f"{number} of {whole}" for number, whole in (part["firing"][one] for one in _PLACES)]
    rows.append(["out of scope, but firing", "", "", *fired])
    number = sum(part["sentences"].values())
    head = ["field", "precision", "recall", "F1", *(f"F1 {one} (n)" for one in LANGUAGES)]
    return (
        f"{part['date']}: {number} sentences of `training/{part['kind']}`, read by nets that learned from {part['examples']} others."
        f"\n\n{_table(head, rows)}"
    )


def _speed(part: dict[str, Any]) -> str:
    rows = [
        ["one message, median", f"{part['median_ms']:.2f} ms", "1 ms"],
        ["one message, 99 of 100", f"{part['p99_ms']:.1f} ms", ""],
        ["5,000 characters, median", f"{part['long_ms']:.1f} ms", "20 ms"],
        ["from nothing to the first message read", f"{part['cold_ms']:.0f} ms", "300 ms"],
        ["the file", f"{part['file_mb']:.1f} MB", "10 MB"],
        ["memory while it is used", f"{part['memory_mb']:.0f} MB", ""],
    ]
    return f"{part['date']}: {part['messages']} messages, time of one core.\n\n{_table(['what', 'measured', 'aim'], rows)}"


def _curve(part: dict[str, Any]) -> str:
    rows = [
        [f"{one['examples']:,}", *(_hundredths(one[name]) for name in ("evaluation", "unseen", "learned"))]
        for one in part["points"]
    ]
    head = ["examples learned", "evaluation", "examples left out", "the examples learned"]
    return f"{part['date']}: mean F1 over all fields but `language`, by one net, before the rules.\n\n{_table(head, rows)}"


def _confusions(part: dict[str, Any]) -> str:
    done = read_done()
    rows = [
        [
            f"`{one['field']}`",
            one["there"] or "nothing",
            one["read"] or "nothing",
            str(one["times"]),
            "<br>".join(_escape(text) for text in one["examples"]),
            done.get(name_confusion(one), "—"),
        ]
        for one in part["worst"]
    ]
    head = ["field", "stands there", "was read", "times", "for example", "what was done"]
    return f"{part['date']}: {part['sentences']:,} examples, each read by nets that had not seen it, before the rules.\n\n{_table(head, rows)}"


def name_confusion(one: dict[str, Any]) -> str:
    """Return the key of confusions.toml."""
    return f"{one['field']}: {one['there'] or 'nothing'} > {one['read'] or 'nothing'}"


def read_done() -> dict[str, str]:
    """Return what was done about each, as it was written down."""
    return tomllib.loads((FOLDER / "confusions.toml").read_text(encoding="utf-8"))


def _hundredths(part: float) -> str:
    return f"{100 * part:.1f}"


def _escape(text: str) -> str:
    return (
        text.replace("|", "\\|")
        .replace("\n", " ")
        .replace("<", "&lt;")
        .replace("*", "\\*")
        .replace("_", "\\_")
    )


MAKERS: dict[str, Callable[[dict[str, Any]], str]] = {
    "scores": _scores,
    "outsiders": _scores,
    "speed": _speed,
    "curve": _curve,
    "confusions": _confusions,
}
