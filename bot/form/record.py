"""
The record of a handoff: what is sealed, and what comes out at the desk.

Canonical JSON: UTF-8, NFC, keys in order, no spaces. `docs/handoff.schema.json` says the same to others.
"""

from __future__ import annotations

import json
import re
import unicodedata
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any, NoReturn

#: The shape of the record. A change that an older desk could misread is a new number.
VERSION = 1
#: The largest form with every field full is far below; anything larger is none of ours.
MAX_BYTES = 262_144

_HOUR = "%Y-%m-%dT%H:00:00Z"
_UUID4 = re.compile(r"[0-9a-f]{8}-[0-9a-f]{4}-4[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}")
_SHA256 = re.compile(r"[0-9a-f]{64}")
_TIME = re.compile(r"[0-9]{4}-[0-9]{2}-[0-9]{2}T[0-9]{2}:00:00Z")
_KEY = re.compile(r"[a-z][a-z0-9_]{0,31}")

Table = dict[str, Any]


class RecordError(ValueError):
    """It is no sound record. The message names the part, never what stands in it."""


@dataclass(frozen=True, slots=True)
class Consent:
    """What was agreed to: which text, which lines, when (a full hour, UTC), and each use with its tick."""

    id: str
    notices_version: str
    text_sha256: str
    shown_sha256: str
    locale: str
    at: datetime
    uses: Mapping[str, bool] = field(repr=False)


@dataclass(frozen=True, slots=True)
class Record:
    """
    One handoff. `created_at` is a full hour (UTC), `recipients` are the fingerprints that it was sealed to.

    `fields` holds canonical values, nothing empty; `from_conversation` those keys that the conversation filled in and the
    person left standing. `channel` is empty: nothing leads back to a chat.
    """

    handoff_id: str
    form_id: str
    form_version: str
    created_at: datetime
    locale: str
    recipients: tuple[str, ...]
    consent: Consent
    fields: Mapping[str, str] = field(repr=False)
    from_conversation: tuple[str, ...] = ()
    channel: str = ""


def write_record(record: Record) -> bytes:
    """Write a record. RecordError: it could not be read again. Times are cut to the hour; empty fields are left out."""
    consent = record.consent
    table = {
        "v": VERSION,
        "handoff_id": record.handoff_id,
        "form": {"id": record.form_id, "version": record.form_version},
        "created_at": _write_hour(record.created_at),
        "locale": record.locale,
        "recipients": list(record.recipients),
        "consent": {
            "id": consent.id,
            "notices_version": consent.notices_version,
            "text_sha256": consent.text_sha256,
            "shown_sha256": consent.shown_sha256,
            "locale": consent.locale,
            "at": _write_hour(consent.at),
            "uses": dict(consent.uses),
        },
        "fields": {key: value for key, value in record.fields.items() if value},
        "from_conversation": [key for key in record.from_conversation if record.fields.get(key)],
        "channel": record.channel,
    }
    raw = _encode(_compose(table))
    read_record(raw)
    return raw


def read_record(raw: bytes) -> Record:
    """Read a record. RecordError names what is wrong; nothing else is raised for any bytes."""
    table = _Table(_decode(raw), "record")
    if table.take("v", int) != VERSION:
        raise RecordError("record: 'v' is not a version that is known here")
    form = table.enter("form")
    record = Record(
        handoff_id=table.match("handoff_id", _UUID4),
        form_id=form.match("id", _KEY),
        form_version=form.words("version"),
        created_at=table.hour("created_at"),
        locale=table.words("locale"),
        recipients=table.names("recipients"),
        consent=_read_consent(table.enter("consent")),
        fields=table.fields("fields"),
        from_conversation=table.names("from_conversation"),
        channel=table.take("channel", str),
    )
    form.close()
    table.close()
    if not record.recipients or not set(record.from_conversation) <= record.fields.keys():
        raise RecordError(
            "record: 'recipients' is empty, or 'from_conversation' names a field that is not there"
        )
    return record


def _read_consent(table: _Table) -> Consent:
    consent = Consent(
        id=table.match("id", _UUID4),
        notices_version=table.words("notices_version"),
        text_sha256=table.match("text_sha256", _SHA256),
        shown_sha256=table.match("shown_sha256", _SHA256),
        locale=table.words("locale"),
        at=table.hour("at"),
        uses=table.flags("uses"),
    )
    table.close()
    return consent


class _Table:
    """Reads one object, and knows which keys nobody asked for."""

    def __init__(self, table: Table, where: str) -> None:
        self._table = table
        self._where = where
        self._seen: set[str] = set()

    def take(self, key: str, kind: type[Any]) -> Any:
        self._seen.add(key)
        value = self._table.get(key)
        if not isinstance(value, kind) or (isinstance(value, bool) and kind is not bool):
            self._fail(key)
        return value

    def enter(self, key: str) -> _Table:
        return _Table(self.take(key, dict), f"{self._where}.{key}")

    def words(self, key: str) -> str:
        value: str = self.take(key, str)
        return value or self._fail(key)

    def match(self, key: str, pattern: re.Pattern[str]) -> str:
        value: str = self.take(key, str)
        return value if pattern.fullmatch(value) else self._fail(key)

    def hour(self, key: str) -> datetime:
        try:
            return datetime.strptime(self.match(key, _TIME), _HOUR).replace(tzinfo=UTC)
        except ValueError:
            self._fail(key)

    def names(self, key: str) -> tuple[str, ...]:
        values: list[Any] = self.take(key, list)
        is_sound = all(isinstance(value, str) and value for value in values)
        return tuple(values) if is_sound and len(set(values)) == len(values) else self._fail(key)

    def fields(self, key: str) -> dict[str, str]:
        return self._each(key, lambda value: isinstance(value, str) and value != "")

    def flags(self, key: str) -> dict[str, bool]:
        return self._each(key, lambda value: isinstance(value, bool))

    def close(self) -> None:
        if self._table.keys() - self._seen:
            raise RecordError(f"{self._where}: holds a key that is not known here")

    def _each(self, key: str, is_sound: Callable[[Any], bool]) -> dict[str, Any]:
        values: Table = self.take(key, dict)
        named = all(_KEY.fullmatch(name) for name in values)
        return values if named and all(is_sound(value) for value in values.values()) else self._fail(key)

    def _fail(self, key: str) -> NoReturn:
        raise RecordError(f"{self._where}: '{key}' is missing or is not what it should be")


def _write_hour(moment: datetime) -> str:
    return moment.astimezone(UTC).strftime(_HOUR)


def _compose(value: Any) -> Any:
    """Return the value with every text in it in NFC; a lone half of a character becomes U+FFFD."""
    if isinstance(value, str):
        whole = value.encode("utf-16", "surrogatepass").decode("utf-16", "replace")
        return unicodedata.normalize("NFC", whole)
    if isinstance(value, dict):
        return {_compose(key): _compose(one) for key, one in value.items()}
    return [_compose(one) for one in value] if isinstance(value, list) else value


def _encode(table: Table) -> bytes:
    return json.dumps(table, ensure_ascii=False, sort_keys=True, separators=(",", ":")).encode()


def _decode(raw: bytes) -> Table:
    if len(raw) > MAX_BYTES:
        raise RecordError("record: too long")
    try:
        table = json.loads(raw.decode("utf-8"), object_pairs_hook=_refuse_twice, parse_constant=_refuse)
    except RecordError:
        raise
    except (ValueError, RecursionError):
        raise RecordError("record: not JSON in UTF-8") from None
    if not isinstance(table, dict):
        raise RecordError("record: not an object")
    return table


def _refuse_twice(pairs: list[tuple[str, Any]]) -> Table:
    table = dict(pairs)
    if len(table) != len(pairs):
        raise RecordError("record: a key stands twice")
    return table


def _refuse(_: str) -> NoReturn:
    raise RecordError("record: holds a number that is none")
