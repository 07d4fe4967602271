"""
Read one TOML table strictly: every key has a type, and a key nobody asked for is refused.

A typing error in a data file must stop the build with its place, not vanish.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from datetime import date, datetime
from typing import Any, TypeVar

from bot.core.guards import GUARDS, find_guard
from bot.core.model import Line
from bot.errors import FlowError

Table = Mapping[str, Any]
T = TypeVar("T")
_ID = re.compile(r"[a-z][a-z0-9_]{0,31}")


class Reader:
    """Reads one table, remembers where it is, and knows which keys nobody asked for."""

    def __init__(self, table: Table, where: str) -> None:
        self.table = table
        self.where = where
        self._seen: set[str] = set()

    def fail(self, reason: str) -> FlowError:
        """Return a FlowError that names this table."""
        return FlowError(self.where, reason)

    def take(self, key: str, kind: type[T], *, default: T | None = None) -> T:
        """Return a value of that type, or fail."""
        self._seen.add(key)
        value = self.table.get(key, default)
        if not isinstance(value, kind) or (isinstance(value, bool) and kind is not bool):
            raise self.fail(f"'{key}' is missing or is not a {kind.__name__}")
        return value

    def text(self, key: str, default: str | None = None) -> str:
        """Return a sentence; without a default it must not be empty."""
        value = self.take(key, str, default=default)
        if not value.strip() and default is None:
            raise self.fail(f"'{key}' is empty")
        return value.strip()

    def texts(self, key: str) -> tuple[str, ...]:
        """Return a list of sentences, empty if absent."""
        values = self.take(key, list, default=[])
        if not all(isinstance(value, str) and value.strip() for value in values):
            raise self.fail(f"'{key}' must be a list of sentences")
        return tuple(values)

    def id(self, key: str) -> str:
        """Return an identifier."""
        return self.require_id(self.text(key))

    def require_id(self, value: str) -> str:
        """Return the value if it is an identifier."""
        if not _ID.fullmatch(value):
            raise self.fail(f"'{value}' is not an id: lower-case letters, digits and _, at most 32")
        return value

    def one_of(self, key: str, allowed: tuple[str, ...], default: str | None = None) -> Any:
        """Return one of the allowed words."""
        value = self.text(key, default)
        if value not in allowed:
            raise self.fail(f"'{key}' must be one of {', '.join(allowed)}")
        return value

    def flag(self, key: str) -> bool:
        """Return true or false; false if absent."""
        return self.take(key, bool, default=False)

    def day(self, key: str) -> date:
        """Return a TOML date."""
        value = self.take(key, date)
        if isinstance(value, datetime):  # a datetime is a date to Python, but cannot be compared with one
            raise self.fail(f"'{key}' must be a day without a time")
        return value

    def optional_day(self, key: str) -> date | None:
        """Return a TOML date, or None if absent."""
        return self.day(key) if key in self.table else None

    def guards(self, key: str) -> tuple[str, ...]:
        """Return guard names that exist."""
        names = self.texts(key)
        for name in names:
            if find_guard(name) is None:
                known = ", ".join(GUARDS)
                raise self.fail(f"unknown guard '{name}'; known: {known}, key=value, key=*, not …")
        return names

    def keys(self, key: str) -> list[str]:
        """Return the names of the sub-tables."""
        return [self.require_id(name) for name in self.take(key, dict, default={})]

    def enter(self, *path: str) -> Reader:
        """Read a sub-table."""
        self._seen.add(path[0])
        table: Any = self.table
        for part in path:
            table = table.get(part) if isinstance(table, dict) else None
        if not isinstance(table, dict):
            raise self.fail(f"'{'.'.join(path)}' must be a table")
        return Reader(table, f"{self.where} [{'.'.join(path)}]")

    def items(self, key: str) -> list[Reader]:
        """Read an array of tables."""
        values = self.take(key, list, default=[])
        readers = [Reader(v, f"{self.where} {key}[{i}]") for i, v in enumerate(values) if isinstance(v, dict)]
        if len(readers) != len(values):
            raise self.fail(f"'{key}' must be a list of tables")
        return readers

    def lines(self, key: str) -> tuple[Line, ...]:
        """Return bubbles, each a sentence or a table with text and guards."""
        values = self.take(key, list)
        return tuple(self._line(value) for value in values)

    def _line(self, value: object) -> Line:
        if isinstance(value, str):
            value = {"text": value}
        if not isinstance(value, dict):
            raise self.fail("'say' holds something that is neither a sentence nor a table")
        return build(Reader(value, self.where), lambda r: Line(r.text("text"), r.guards("when")))

    def refuse_unknown(self) -> None:
        """Fail on a key that nobody asked for."""
        unknown = self.table.keys() - self._seen
        if unknown:
            raise self.fail(f"unknown key '{min(unknown)}'")


def build(reader: Reader, make: Callable[[Reader], T]) -> T:
    """Make something of a table and refuse keys that it did not ask for: they are typing errors."""
    made = make(reader)
    reader.refuse_unknown()
    return made
