"""
Write docs/security-tests.md: every id of the security rules, the tests that show it, and the last figure of a long run.

    .venv/bin/python -m scripts.security_table            # writes; takes new figures out of benchmarks/results
    .venv/bin/python -m scripts.security_table --check    # fails when the page is stale, or an id has neither test nor reason

What each id asks for and what is still missing stands in docs/security-tests.toml; docs/security-figures.json keeps the figures.
"""

from __future__ import annotations

import ast
import re
import sys
import tomllib
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any

from scripts.security_figures import load_kept, renew_kept

TOP = Path(__file__).resolve().parent.parent
ITEMS = TOP / "docs" / "security-tests.toml"
PAGE = TOP / "docs" / "security-tests.md"
TESTS = TOP / "tests"
EVERY_ID = (*(f"T{number}" for number in range(1, 33)), *(f"R{number}" for number in range(1, 31)))
#: They name ids because they count them.
_COUNTERS = ("tests/test_docs.py", "tests/test_security_table.py")

_ID = re.compile(r"\b([TR])(\d{1,2})\b(?:\s*(?:to|–)\s*\1(\d{1,2})\b)?")
_HEAD = """# What shows that it holds

Written by `python -m scripts.security_table`; a test compares. The ids are those of our security rules: T for what somebody does,
R for what breaks. [THREAT-MODEL.md](THREAT-MODEL.md) says what is defended and how; this page says by which figure that is judged, which tests
reach for it, and what is still missing.

- **shown**: the tests of `make test` reach the figure. **by a run**: they show the same in small, and the command named reaches the figure.
  **in part**: what is named is not shown. **not shown**: there is no test, for the reason named.
- Tests named here reach for the figure; behind them stand the files (below tests/) in which other tests name the id in their docstrings.
- The last figure is what the newest long run left, with its date. N times without a single case mean that one in N/3 is the worst rate that is
  still likely (95 %). None: no such run has been kept yet.

{summary}

"""


@dataclass(frozen=True, slots=True)
class Item:
    """One id: see docs/security-tests.toml. `named`: tests that name the id and are not among `shows`."""

    name: str
    what: str
    figure: str = ""
    shows: tuple[str, ...] = ()
    run: str = ""
    note: str = ""
    gap: str = ""
    reason: str = ""
    result: str = ""
    ids: tuple[str, ...] = ()
    named: tuple[str, ...] = ()

    @property
    def status(self) -> str:
        """Say in a word or two how far it is shown."""
        if self.reason:
            return "not shown"
        if self.gap:
            return "in part"
        return "by a run" if self.run else "shown"


def load_items() -> tuple[list[Item], list[Item]]:
    """Return the ids in their order, and the items of the ASVS."""
    read: dict[str, Any] = tomllib.loads(ITEMS.read_text(encoding="utf-8"))
    asvs = read.pop("asvs")
    named = find_named()
    items = [_make_item(name, told, named.get(name, ())) for name, told in read.items()]
    return items, [_make_item(name, told, ()) for name, told in asvs.items()]


def find_named() -> Mapping[str, Sequence[str]]:
    """Return for each id the tests whose own docstring names it; what a module's docstring names, all of its tests show."""
    found: dict[str, list[str]] = {}
    for place, everywhere, tests in _scan():
        if place in _COUNTERS:
            continue
        for name, doc in tests:
            for each in dict.fromkeys((*list_ids(everywhere), *list_ids(doc))):
                found.setdefault(each, []).append(f"{place}::{name}")
    return found


def list_ids(text: str) -> Iterator[str]:
    """Return the ids that a text names; `T1 to T3` names three."""
    for kind, first, last in _ID.findall(text):
        for number in range(int(first), int(last or first) + 1):
            yield f"{kind}{number}"


def find_faults(items: Sequence[Item], asvs: Sequence[Item]) -> list[str]:
    """Say what is wrong: an id left out, one with neither test nor reason, a test that is not there."""
    there = {f"{place}::{name}" for place, _, tests in _scan() for name, _ in tests}
    known = {item.name for item in items}
    faults = [f"{name}: not in docs/security-tests.toml" for name in EVERY_ID if name not in known]
    faults += [f"{name}: no id of ours" for name in known if name not in EVERY_ID]
    for item in (*items, *asvs):
        is_measured = item.run and item.result
        if not (item.reason or item.shows or item.ids or is_measured):
            faults.append(f"{item.name}: neither a test nor a reason")
        faults += [f"{item.name}: {test} is not there" for test in item.shows if test not in there]
        faults += [f"{item.name}: {name} is no id of ours" for name in item.ids if name not in EVERY_ID]
    return faults


def draw(items: Sequence[Item], asvs: Sequence[Item], kept: Mapping[str, str]) -> str:
    """Return the page."""
    words = ("shown", "by a run", "in part", "not shown")
    counts = ", ".join(f"{sum(item.status == word for item in items)} {word}" for word in words)
    mine = [
        (item.name, item.what, item.figure, _tell_status(item), _tell_tests(item), _tell_last(item, kept))
        for item in items
    ]
    others = [(item.name, item.what, _tell_status(item), _tell_tests(item)) for item in asvs]
    return (
        _HEAD.format(summary=f"Of {len(items)} ids: {counts}.")
        + _draw_table(("id", "what", "the figure", "shown", "tests", "last figure"), mine)
        + "\n## OWASP ASVS 5.0, level 3\n\nLevel 2 is aimed at in full; of level 3 these.\n\n"
        + _draw_table(("item", "what", "shown", "tests"), others)
    )


def main() -> int:
    """Write the page, or with `--check` only compare it."""
    items, asvs = load_items()
    for fault in (faults := find_faults(items, asvs)):
        print(fault, file=sys.stderr)
    if faults:
        return 1
    is_check = "--check" in sys.argv[1:]
    fresh = draw(items, asvs, load_kept() if is_check else renew_kept())
    if not is_check:
        PAGE.write_text(fresh, encoding="utf-8")
    elif not PAGE.exists() or PAGE.read_text(encoding="utf-8") != fresh:
        print("docs/security-tests.md is stale; run python -m scripts.security_table", file=sys.stderr)
        return 1
    return 0


def _make_item(name: str, told: Mapping[str, Any], named: Sequence[str]) -> Item:
    shows = tuple(told.get("shows", ()))
    more = tuple(test for test in dict.fromkeys(named) if test not in shows)
    lists = {"shows": shows, "ids": tuple(told.get("ids", ())), "named": more}
    return Item(name=name, **{**told, **lists})


@cache
def _scan() -> tuple[tuple[str, str, tuple[tuple[str, str], ...]], ...]:
    """Return of each file of tests its place, its docstring, and its tests with theirs."""
    trees = [(path, ast.parse(path.read_text(encoding="utf-8"))) for path in sorted(TESTS.rglob("test_*.py"))]
    return tuple(
        (str(path.relative_to(TOP)), ast.get_docstring(tree) or "", tuple(_list_tests(tree)))
        for path, tree in trees
    )


def _list_tests(tree: ast.Module) -> Iterator[tuple[str, str]]:
    for node in ast.walk(tree):
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef) and node.name.startswith("test_"):
            yield node.name, ast.get_docstring(node) or ""


def _tell_status(item: Item) -> str:
    run = f"`{item.run}`" if item.run else ""
    told = "; ".join(filter(None, (run, item.note, item.reason or item.gap)))
    return f"**{item.status}**: {told}" if told else f"**{item.status}**"


def _tell_last(item: Item, kept: Mapping[str, str]) -> str:
    return kept.get(item.result, "none") if item.result else "–"


def _draw_table(heads: Sequence[str], rows: Sequence[Sequence[str]]) -> str:
    lines = [heads, ["---"] * len(heads), *rows]
    return "".join(f"| {' | '.join(line)} |\n" for line in lines)


def _tell_tests(item: Item) -> str:
    told = [f"`{test}`" for test in item.shows]
    if item.ids:
        told.append("as " + ", ".join(item.ids))
    if item.named:
        files = dict.fromkeys(test.partition("::")[0].removeprefix("tests/") for test in item.named)
        told.append("and others in " + ", ".join(f"`{file}`" for file in files))
    return "<br>".join(told) or "–"


if __name__ == "__main__":
    sys.exit(main())
