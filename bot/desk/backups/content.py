"""What is inside a back-up: a head, then tables line by line, as JSON that any other program can read too."""

from __future__ import annotations

import base64
import binascii
import json
import zlib
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from bot.errors import Unreadable

_FORMAT = "frontdoor-backup/1"
#: What is sealed does not get smaller; base64 does, at the first level too.
_LEVEL = 1
#: No back-up of ours is so long when unpacked; what is longer was made to fill a memory.
_MOST_BYTES = 4 * 1024**3
_WRONG = (KeyError, TypeError, ValueError, AttributeError, RecursionError, binascii.Error, StopIteration)


@dataclass(frozen=True, slots=True)
class Content:
    """
    What a back-up holds. `tables`: name → columns and rows; `files`: path in the data directory → bytes.

    `erased`: the ids of the erasure ledger, oldest first. `schema`: the revision of the tables. `demo`: it protects nobody.
    """

    made_at: datetime
    release: str
    schema: str
    demo: bool
    tables: Mapping[str, tuple[tuple[str, ...], Sequence[Sequence[Any]]]] = field(repr=False)
    files: Mapping[str, bytes] = field(repr=False)
    erased: tuple[str, ...] = field(repr=False)

    def count(self) -> Mapping[str, int]:
        """Count the rows of each table."""
        return {name: len(rows) for name, (_, rows) in self.tables.items()}


def write_content(content: Content) -> bytes:
    """Write it, packed."""
    packer = zlib.compressobj(_LEVEL)
    parts = [packer.compress(f"{line}\n".encode()) for line in _write_lines(content)]
    return b"".join((*parts, packer.flush()))


def read_content(raw: bytes) -> Content:
    """Read what `write_content` wrote. Unreadable: it is something else, or not whole."""
    try:
        unpacker = zlib.decompressobj()
        text = unpacker.decompress(raw, _MOST_BYTES)
        if not unpacker.eof:
            raise Unreadable("the back-up is not whole")
        return _read_lines(iter(text.decode().splitlines()))
    except (zlib.error, *_WRONG):
        raise Unreadable("what is inside is no back-up of this program") from None


def _write_lines(content: Content) -> Iterator[str]:
    yield _dump(
        {
            "format": _FORMAT,
            "made_at": content.made_at.isoformat(),
            "release": content.release,
            "schema": content.schema,
            "demo": content.demo,
            "files": {name: _write(raw) for name, raw in content.files.items()},
            "erased": list(content.erased),
            "tables": content.count(),
        }
    )
    for name, (columns, rows) in content.tables.items():
        yield _dump({"table": name, "columns": list(columns)})
        for row in rows:
            yield _dump([_write(value) for value in row])
    yield _dump({"end": True})


def _read_lines(lines: Iterator[str]) -> Content:
    head = json.loads(next(lines))
    if head["format"] != _FORMAT:
        raise Unreadable("the back-up is of another format: use the release that wrote it")
    tables = {}
    for name, count in head["tables"].items():
        begin = json.loads(next(lines))
        if begin["table"] != name:
            raise Unreadable("the tables of the back-up are not in their order")
        rows = [tuple(_read(value) for value in json.loads(next(lines))) for _ in range(count)]
        tables[name] = (tuple(begin["columns"]), rows)
        if any(len(row) != len(begin["columns"]) for row in rows):
            raise Unreadable("a row of the back-up is not whole")
    if json.loads(next(lines)) != {"end": True}:
        raise Unreadable("the back-up has no end")
    files = {str(name): _read_bytes(value) for name, value in head["files"].items()}
    made_at = datetime.fromisoformat(head["made_at"])
    return Content(
        made_at, head["release"], head["schema"], bool(head["demo"]), tables, files, tuple(head["erased"])
    )


def _dump(value: object) -> str:
    return json.dumps(value, ensure_ascii=True, separators=(",", ":"))


def _write(value: object) -> object:
    if isinstance(value, bytes | memoryview):
        return {"b": base64.b64encode(bytes(value)).decode()}
    if value is None or isinstance(value, int | str):
        return value
    raise TypeError("a back-up holds whole numbers, text, bytes and nothing else")


def _read(value: object) -> object:
    return _read_bytes(value) if isinstance(value, dict) else value


def _read_bytes(value: Any) -> bytes:
    return base64.b64decode(value["b"], validate=True)
