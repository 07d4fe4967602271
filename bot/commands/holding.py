"""
What `frontdoor what-we-hold` prints: the published tables word for word, then how many rows there are of each kind now.

Counts alone: no id, no time, nothing of anybody. It is what a legal demand can be answered with. Source: SECURITY T28.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from typing import Final

import typer
from sqlalchemy import Connection, text

from bot.commands.holding_words import HELD, TAKEN, Both
from bot.settings import Settings
from bot.store.looking import look
from bot.store.schema import metadata

_HIDDEN: Final = -1
_Tongue = Callable[[Both], str]


def tell_what_we_hold(settings: Settings | None) -> None:
    """Print the published tables; with settings also the counts of this moment. StoreDown: no database answered."""
    typer.echo(write_published())
    if settings is not None:
        typer.echo("\n".join(_write_counts(look(settings.database, count_rows))))


def write_published() -> str:
    """Write what is published, in Markdown: in Chinese, then in English."""
    chinese = (
        ("### 我們持有什麼、多久、怎麼結束", ("資料", "形式", "保存多久", "怎麼結束")),
        ("### 如果被拿走，會洩漏什麼", ("被拿走的", "會洩漏", "不會洩漏")),
    )
    english = (
        ("### What we hold, how long, and how it ends", ("data", "form", "kept", "ends by")),
        ("### What each theft would give away", ("taken", "gives", "does not give")),
    )
    parts = [*_write(lambda both: both.zh, chinese), *_write(lambda both: both.en, english)]
    return "\n".join(parts).strip()


def count_rows(connection: Connection) -> Mapping[str, int]:
    """Count the rows of every table; -1 where this role may not look."""
    return {name: _count(connection, name) for name in metadata.tables}


def _write(say: _Tongue, heads: Sequence[tuple[str, Sequence[str]]]) -> Iterator[str]:
    (held, held_columns), (taken, taken_columns) = heads
    rows = [(say(one.what), say(one.shape), say(one.keep), say(one.ends)) for one in HELD]
    yield from _write_table(held, held_columns, rows)
    yield from _write_table(
        taken, taken_columns, [(say(one.what), say(one.gives), say(one.never)) for one in TAKEN]
    )


def _write_table(head: str, columns: Sequence[str], rows: Sequence[Sequence[str]]) -> Iterator[str]:
    yield from (head, "", _line(columns), _line(["---"] * len(columns)))
    yield from map(_line, rows)
    yield ""


def _line(cells: Sequence[str]) -> str:
    return f"| {' | '.join(cells)} |"


def _write_counts(counts: Mapping[str, int]) -> Iterator[str]:
    yield from (
        "",
        "### 現在有幾筆 Rows at this moment",
        "",
        _line(("資料 data", "表 table", "筆數 rows")),
        _line(["---"] * 3),
    )
    for one in HELD:
        for name in one.tables:
            told = counts.get(name, _HIDDEN)
            shown = "這個角色看不到 this role may not look" if told == _HIDDEN else str(told)
            yield _line((f"{one.what.zh} {one.what.en}", name, shown))


def _count(connection: Connection, name: str) -> int:
    if connection.dialect.name == "postgresql":
        may = text(
            "SELECT to_regclass(:name) IS NOT NULL AND has_any_column_privilege(to_regclass(:name), 'SELECT')"
        )
        if not connection.execute(may, {"name": name}).scalar():
            return _HIDDEN
    return int(connection.exec_driver_sql(f'SELECT count(*) FROM "{name}"').scalar() or 0)  # noqa: S608 - a name of our own schema
