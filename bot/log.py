"""
Logging with an allow-list: what is not named here cannot reach a log.

No message text, no user id, no token, no exception text and no local variable. A fault is logged
as its type and where it happened, under an incident id that operators can ask about.
"""

from __future__ import annotations

import json
import logging
import secrets
import sys
import traceback
from datetime import UTC, datetime

ALLOWED = ("channel", "incident", "fault", "place", "state", "count", "duration_ms", "version")
#: Libraries that print tokens, bodies or state names below these levels.
_QUIET = {
    "httpx": logging.WARNING,
    "httpcore": logging.WARNING,
    "telegram": logging.WARNING,
    "linebot": logging.WARNING,
    "aiohttp": logging.WARNING,
    "transitions": logging.WARNING,
    "sqlalchemy": logging.WARNING,
    "aiosqlite": logging.WARNING,
    "alembic": logging.WARNING,
    "uvicorn.error": logging.WARNING,
}


class AllowListFormatter(logging.Formatter):
    """Writes one JSON object a line: time, level, logger, event and the allowed fields only."""

    def format(self, record: logging.LogRecord) -> str:
        """Format a record; an exception becomes its type and place, never its text."""
        line: dict[str, object] = {
            "at": datetime.fromtimestamp(record.created, UTC).isoformat(timespec="milliseconds"),
            "level": record.levelname,
            "logger": record.name,
            "event": _event_of(record),
        }
        line.update({key: getattr(record, key) for key in ALLOWED if hasattr(record, key)})
        if record.exc_info and record.exc_info[1]:
            line["fault"], line["place"] = describe_fault(record.exc_info[1])
        return json.dumps(line, ensure_ascii=False, default=str)


def _event_of(record: logging.LogRecord) -> str:
    """
    Return our own words, of others only the template: values are what must not be logged.

    A foreign message without arguments may have been put together already (asyncio prints whole
    exceptions so), therefore only the place it came from is told.
    """
    if record.name.partition(".")[0] in {"bot", "__main__"}:
        return record.getMessage()
    return str(record.msg) if record.args else f"{record.filename}:{record.lineno}"


def describe_fault(fault: BaseException) -> tuple[str, str]:
    """Return (type, file:line) of a fault: enough to find it, nothing of what it was about."""
    frames = traceback.extract_tb(fault.__traceback__)
    last = frames[-1] if frames else None
    place = f"{last.filename.rsplit('/', 1)[-1]}:{last.lineno}" if last else "unknown"
    return type(fault).__name__, place


def log_incident(logger: logging.Logger, event: str, fault: BaseException, *, channel: str = "") -> str:
    """Log a failure of ours and return its incident id."""
    incident = secrets.token_hex(4)
    kind, place = describe_fault(fault)
    logger.error(event, extra={"incident": incident, "fault": kind, "place": place, "channel": channel})
    return incident


def set_up_logging(level: int = logging.INFO) -> None:
    """Send everything through the allow-list to standard error."""
    handler = logging.StreamHandler(sys.stderr)
    handler.setFormatter(AllowListFormatter())
    logging.basicConfig(level=level, handlers=[handler], force=True)
    logging.raiseExceptions = False  # a line that cannot be formatted would be printed with its values
    for name, quiet in _QUIET.items():
        logging.getLogger(name).setLevel(quiet)
