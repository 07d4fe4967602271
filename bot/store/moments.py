"""
Moments as integers: microseconds since 1970 in UTC.

SQLite drops time zones and drivers differ in what they make of naive times; integers do neither.
"""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

from sqlalchemy import BigInteger, Dialect
from sqlalchemy.types import TypeDecorator

_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_TICK = timedelta(microseconds=1)


def to_micros(moment: datetime) -> int:
    """Return microseconds since 1970. ValueError: a naive moment, which is a bug."""
    if moment.tzinfo is None:
        raise ValueError("a moment needs a time zone")
    return (moment - _EPOCH) // _TICK


def from_micros(micros: int) -> datetime:
    """Return the aware UTC moment."""
    return _EPOCH + timedelta(microseconds=micros)


def round_up(moment: datetime, step: timedelta) -> datetime:
    """Return the next whole `step`, so that a stolen copy tells times only roughly and nothing ends early."""
    over = (moment - _EPOCH) % step
    return moment + (step - over) if over else moment


def round_down(moment: datetime, step: timedelta) -> datetime:
    """Return the whole `step` that the moment is in."""
    return moment - (moment - _EPOCH) % step


class Moment(TypeDecorator[datetime]):
    """A column of aware UTC moments."""

    impl = BigInteger
    cache_ok = True

    def process_bind_param(self, value: datetime | None, dialect: Dialect) -> int | None:  # noqa: ARG002 - the interface's
        """Turn a moment into the stored integer."""
        return None if value is None else to_micros(value)

    def process_result_value(self, value: int | None, dialect: Dialect) -> datetime | None:  # noqa: ARG002 - the interface's
        """Turn the stored integer into a moment."""
        return None if value is None else from_micros(value)
