"""Handoffs as JSON, for programs: the records as they were sealed, with what the desk knows of them beside."""

from __future__ import annotations

import json
from collections.abc import Iterable
from datetime import datetime
from typing import Any

from bot.desk.reading import Failure, OpenHandoff, OpenRequest, write_time
from bot.desk.safe_text import escape_controls
from bot.desk.watermark import Watermark

#: Name and version of the shape, docs/handoffs-export.schema.json. What breaks a reader gets a new version.
SCHEMA = "frontdoor.handoffs"
VERSION = 1


def write_json(
    handoffs: Iterable[OpenHandoff],
    failures: Iterable[Failure],
    *,
    mark: Watermark,
    now: datetime,
    demo: bool,
) -> bytes:
    """Write the envelope as UTF-8. Each `record` equals the sealed one: nothing is added, left out or put in other words."""
    envelope = {
        "schema": SCHEMA,
        "version": VERSION,
        "demo": demo,
        "exported_at": write_time(now),
        "exported": {"by": mark.who, "at": write_time(mark.at), "id": mark.export_id},
        "handoffs": [_write_handoff(one) for one in handoffs],
        "failures": [_write_failure(one) for one in failures],
    }
    return (
        escape_controls(json.dumps(envelope, ensure_ascii=False, allow_nan=False, indent=2)).encode() + b"\n"
    )


def _write_handoff(one: OpenHandoff) -> dict[str, Any]:
    return {
        "record": json.loads(one.raw),
        "status": one.stored.status,
        "status_at": write_time(one.stored.status_at),
        "requests": [_write_request(request) for request in one.requests],
        "failures": [_write_failure(part) for part in one.failures if part.part != "paper"],
    }


def _write_request(one: OpenRequest) -> dict[str, str]:
    return {"kind": one.kind, "created_at": write_time(one.created_at), "words": one.words}


def _write_failure(one: Failure) -> dict[str, str]:
    return {"id": one.id, "part": one.part, "created_at": write_time(one.created_at), "what": one.what}
