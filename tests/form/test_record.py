"""The record that is sealed: canonical, strict, and said by a schema."""

import json
from dataclasses import replace
from datetime import UTC, datetime, timedelta, timezone
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st
from jsonschema import Draft202012Validator

from bot.form.record import MAX_BYTES, Consent, Record, RecordError, read_record, write_record
from tests.form.conftest import ANY_TIME, FORM

SCHEMA = json.loads((Path(__file__).parents[2] / "docs/handoff.schema.json").read_text("utf-8"))
HOUR = datetime(2026, 11, 21, 3, tzinfo=UTC)
CONSENT = Consent(
    id="00000000-0000-4000-8000-000000000002",
    notices_version="2026-11-21",
    text_sha256="a" * 64,
    shown_sha256="b" * 64,
    locale="zh_TW",
    at=HOUR,
    uses={"contact": True, "special": True, "refer": False, "safe_person": False},
)
FIELDS = {
    "name": "王小明", "birth": "1990-05-20", "gender": "other", "needs": "counselling,other", "types": "t4", "county": "臺北市",
    "district": "中正區", "phone_mobile": "0900-000-001", "id_number": "A123456789", "story": "一\n二", "unit_name": "某單位",
}  # fmt: skip
RECORD = Record(
    handoff_id="00000000-0000-4000-8000-000000000001",
    form_id=FORM.id,
    form_version=FORM.version,
    created_at=HOUR,
    locale="zh_TW",
    recipients=("age-1", "age-2"),
    consent=CONSENT,
    fields=FIELDS,
    from_conversation=("types",),
)
TABLE = json.loads(write_record(RECORD))


def _raw(table: object) -> bytes:
    return json.dumps(table).encode()


def _refuse(raw: bytes) -> str:
    with pytest.raises(RecordError) as caught:
        read_record(raw)
    return str(caught.value)


def test_a_record_comes_out_as_it_went_in():
    """Canonical: UTF-8, keys in order, no spaces; and the same bytes again."""
    raw = write_record(RECORD)
    assert read_record(raw) == RECORD
    assert write_record(read_record(raw)) == raw
    assert raw.decode() == json.dumps(TABLE, ensure_ascii=False, sort_keys=True, separators=(",", ":"))
    assert raw.startswith(b'{"channel":"","consent":{"at":"2026-11-21T03:00:00Z","id":')


def test_times_are_hours_and_empty_fields_are_left_out():
    """SECURITY §6: a time to the second could be matched with a chat's."""
    late = HOUR.astimezone(timezone(timedelta(hours=8))) + timedelta(minutes=59, seconds=59)
    record = replace(
        RECORD,
        created_at=late,
        consent=replace(CONSENT, at=late),
        fields={**FIELDS, "speak": ""},
        from_conversation=("types", "needs_other"),
    )
    assert write_record(record) == write_record(RECORD)


def test_texts_are_composed_and_whole():
    """NFC; a lone surrogate, which no UTF-8 can hold, becomes U+FFFD."""
    written = read_record(
        write_record(replace(RECORD, fields={"name": "e\u0301\ud800"}, from_conversation=()))
    )
    assert written.fields == {"name": "é\ufffd"}


@ANY_TIME
@given(st.dictionaries(st.sampled_from(sorted(FORM.fields)), st.text(max_size=200)))
def test_whatever_people_write_survives(fields):
    """Quotes, line ends, any script: the words that are read are the words that were written, in NFC."""
    first = write_record(replace(RECORD, fields=fields, from_conversation=()))
    assert write_record(read_record(first)) == first
    assert read_record(first).fields.keys() == {key for key, value in fields.items() if value}


def test_a_record_does_not_show_what_it_holds_when_it_is_printed():
    """T30."""
    assert "王小明" not in repr(RECORD)
    assert "True" not in repr(CONSENT)


@pytest.mark.parametrize(
    ("path", "value", "told"),
    [
        ("v", 2, "'v' is not a version"), ("v", True, "record: 'v'"), ("v", "1", "record: 'v'"),
        ("handoff_id", "x", "record: 'handoff_id'"), ("handoff_id", RECORD.handoff_id.replace("-4", "-1"), "record: 'handoff_id'"),
        ("form", [], "record: 'form'"), ("form.id", "", "record.form: 'id'"), ("form.more", 1, "record.form: holds a key"),
        ("created_at", "2026-11-21T03:00:01Z", "record: 'created_at'"), ("created_at", "2026-13-21T03:00:00Z", "record: 'created_at'"),
        ("locale", "", "record: 'locale'"), ("recipients", [], "'recipients' is empty"), ("recipients", ["a", "a"], "record: 'recipients'"),
        ("recipients", [1], "record: 'recipients'"), ("consent.id", None, "record.consent: 'id'"), ("consent.text_sha256", "A" * 64, "'text_sha256'"),
        ("consent.uses", {"contact": 1}, "record.consent: 'uses'"), ("consent.uses", {"": True}, "record.consent: 'uses'"),
        ("consent.more", 1, "record.consent: holds a key"), ("fields", {"name": ""}, "record: 'fields'"), ("fields", {"Name": "x"}, "'fields'"),
        ("fields", {"name": 1}, "record: 'fields'"), ("fields", None, "record: 'fields'"), ("from_conversation", ["story_"], "'from_conversation'"),
        ("channel", None, "record: 'channel'"), ("secret", "x", "record: holds a key"),
    ],
)  # fmt: skip
def test_an_unsound_record_is_refused_by_part_and_never_by_content(path, value, told):
    """R21: every part is checked; the message names where, not what."""
    table = json.loads(write_record(RECORD))
    *way, last = path.split(".")
    part = table
    for name in way:
        part = part[name]
    part[last] = value
    message = _refuse(_raw(table))
    assert told in message
    assert "王小明" not in message


def test_every_part_must_be_there():
    """R21: none has a default."""
    for path in [*TABLE, *(f"consent.{key}" for key in TABLE["consent"]), "form.id", "form.version"]:
        table = json.loads(write_record(RECORD))
        part, _, last = path.rpartition(".")
        del (table[part] if part else table)[last]
        assert "missing" in _refuse(_raw(table)), path


@pytest.mark.parametrize(
    "raw",
    [
        b"", b"{", b"[]", b"null", b"\xff", b'{"v":1,"v":1}', b'{"v":NaN}', b'{"v":-Infinity}', b"[" * 100_000,
        b'{"v":' + b"9" * 5_000 + b"}", b"\xef\xbb\xbf{}", b"{}" + b" " * MAX_BYTES,
    ],
)  # fmt: skip
def test_bytes_that_are_no_record_are_refused_in_the_same_way(raw):
    """T16: deep, huge, doubled, broken; no other exception for any bytes."""
    assert _refuse(raw).startswith("record: ")


@ANY_TIME
@given(st.binary(max_size=300))
def test_no_bytes_break_the_reading(raw):
    """R14."""
    assert _refuse(raw)


@ANY_TIME
@given(st.integers(0, len(write_record(RECORD)) - 1), st.integers(0, 7))
def test_a_flipped_bit_is_refused_or_changes_what_is_read(at, bit):
    """R21: it never passes as the same record; the seal's signature finds the rest."""
    raw = bytearray(write_record(RECORD))
    raw[at] ^= 1 << bit
    try:
        assert read_record(bytes(raw)) != RECORD
    except RecordError:
        assert True


def test_a_record_that_could_not_be_read_again_is_not_written():
    """Better no handoff than one that nobody can open."""
    with pytest.raises(RecordError):
        write_record(replace(RECORD, recipients=()))
    with pytest.raises(RecordError):
        write_record(replace(RECORD, fields={"story": "字" * MAX_BYTES}, from_conversation=()))


def test_the_schema_accepts_what_is_written():
    """docs/handoff.schema.json is sound itself, and says the same as the program."""
    Draft202012Validator.check_schema(SCHEMA)
    assert Draft202012Validator(SCHEMA).is_valid(TABLE)


@pytest.mark.parametrize(
    ("part", "value"),
    [
        ("fields", {"nickname": "x"}), ("fields", {"gender": "x"}), ("fields", {"needs": "x"}), ("fields", {"birth": "79/5/20"}),
        ("fields", {"story": "字" * 2001}), ("fields", {"name": ""}), ("fields", {"county": "台北市"}), ("v", 2), ("channel", None),
        ("handoff_id", "1"), ("recipients", []), ("created_at", "2026-11-21T03:30:00Z"), ("from_conversation", ["nickname"]), ("more", 1),
    ],
)  # fmt: skip
def test_the_schema_refuses_what_is_never_written(part, value):
    """So that others can check what they were given."""
    assert not Draft202012Validator(SCHEMA).is_valid({**TABLE, part: value})


def test_the_schema_has_every_field_and_option_of_the_form():
    """A changed form changes the schema, and if older readers would misread it, its number."""
    fields = SCHEMA["properties"]["fields"]["properties"]
    assert [*fields] == [*FORM.fields]
    for one in FORM.fields.values():
        assert fields[one.key]["description"].startswith(one.label)
        if one.kind == "choice":
            assert fields[one.key]["enum"] == [option.id for option in one.options]
        if one.kind == "choices":
            ids = "|".join(option.id for option in one.options)
            assert fields[one.key]["pattern"] == f"^(?:{ids})(?:,(?:{ids}))*$"
    assert fields["county"]["enum"] == [county.name for county in FORM.counties]
    assert SCHEMA["properties"]["form"]["properties"]["id"]["const"] == FORM.id
