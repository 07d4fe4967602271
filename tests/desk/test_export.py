"""Handoffs into files: every one that can be read, nothing more and nothing less, and by name what is missing."""

from __future__ import annotations

import csv
import io
import json
from collections.abc import Mapping
from dataclasses import replace
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

import openpyxl
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from jsonschema import Draft202012Validator
from referencing import Registry, Resource

from bot.desk.export import FORMATS, Exported, Format, export
from bot.desk.paper import Asked, NotPrinted, Sheet
from bot.desk.reading import Failure
from bot.desk.safe_text import strip_controls
from bot.desk.watermark import Watermark
from bot.form.model import Form
from bot.ports.desk import StoredHandoff, StoredRequest
from tests.desk.export_cast import (
    FIELDS,
    FORM,
    HOUR,
    NOW,
    PLAIN_FIELDS,
    FakeOpener,
    ask,
    forge,
    lock,
    make_content,
    make_id,
    make_stored,
    seal,
    store,
    write_content,
)
from tests.desk.hostile_text import HOSTILE

MARK = Watermark("林社工", NOW, make_id(900_000))
DOCS = Path(__file__).parent.parent.parent / "docs"
TEXT_FIELDS = tuple(
    one.key for one in FIELDS if one.kind in {"text", "long_text"} and one.filled_by == "person"
)


def print_nothing(sheet: Sheet, *, demo: bool) -> bytes:
    return f"%PDF demo={demo} {sheet.fields}".encode("utf-8", "replace")


def export_all(*handoffs: StoredHandoff, fmt: Format = "json", form: Form = FORM, **more: Any) -> Exported:
    more = {"printer": print_nothing, "mark": MARK, **more}
    return export(handoffs, form=form, opener=FakeOpener(), fmt=fmt, now=NOW, **more)


def read_json(exported: Exported) -> dict[str, Any]:
    [written] = exported.files.values()
    whole: dict[str, Any] = json.loads(written)
    return whole


def read_csv(written: bytes) -> list[dict[str, str]]:
    rows = csv.DictReader(io.StringIO(written.decode("utf-8-sig"), newline=""), strict=True)
    return [{name: cell.removeprefix("'") for name, cell in row.items()} for row in rows]


def read_rows(exported: Exported) -> list[dict[str, str]]:
    [(name, written)] = exported.files.items()
    if name.endswith(".csv"):
        return read_csv(written)
    head, *rows = openpyxl.load_workbook(io.BytesIO(written)).worksheets[0].iter_rows(values_only=True)
    return [
        dict(zip(map(str, head), ("" if cell is None else str(cell) for cell in row), strict=True))
        for row in rows
    ]


def make_validator() -> Draft202012Validator:
    record = json.loads((DOCS / "handoff.schema.json").read_text("utf-8"))
    whole = json.loads((DOCS / "handoffs-export.schema.json").read_text("utf-8"))
    known = Registry().with_resource(record["$id"], Resource.from_contents(record))
    return Draft202012Validator(whole, registry=known)


# ─── JSON ─────────────────────────────────────────────────────────────────────


def test_json_holds_the_record_exactly_as_it_was_sealed() -> None:
    """Nothing more, nothing less: each value and each key, in a shape that both schemas allow."""
    content = make_content(from_conversation=["types"])
    whole = read_json(export_all(store(content, requests=[ask(make_id(1))])))

    make_validator().validate(whole)
    [handoff] = whole["handoffs"]
    assert handoff["record"] == content
    assert handoff["requests"] == [
        {"kind": "correct", "created_at": "2026-11-21T05:00:00Z", "words": "請改用市話"}
    ]
    assert (handoff["status"], handoff["status_at"], handoff["failures"]) == (
        "new",
        "2026-11-21T03:00:00Z",
        [],
    )
    assert (whole["schema"], whole["version"], whole["demo"], whole["failures"]) == (
        "frontdoor.handoffs",
        1,
        False,
        [],
    )
    assert whole["exported_at"] == "2026-11-21T18:30:00Z"


def test_json_does_not_hold_what_the_operator_adds() -> None:
    """`referrer` belongs on the paper; nobody consented to it as their own words."""
    whole = read_json(export_all(make_stored(), referrer={"unit_name": "中心"}))
    assert whole["handoffs"][0]["record"]["fields"] == PLAIN_FIELDS


@given(st.dictionaries(st.sampled_from(TEXT_FIELDS), st.text(min_size=1), min_size=1))
@settings(max_examples=200, deadline=None)
def test_any_words_come_out_of_json_as_they_went_in(fields: Mapping[str, str]) -> None:
    """R15, T19: whatever is written into whatever field."""
    assert read_json(export_all(make_stored(fields=fields)))["handoffs"][0]["record"]["fields"] == fields


def test_half_a_character_can_be_written() -> None:
    """T16: the record's reader allows the escape, so the writer must not die of it."""
    raw = write_content(make_content()).replace("林小雨".encode(), rb"\ud800")
    stored = replace(make_stored(), sealed=seal(raw, purpose="handoff", name=make_id(1), at=HOUR))
    for fmt in FORMATS:
        assert export_all(stored, fmt=fmt).failures == ()


# ─── Tables ───────────────────────────────────────────────────────────────────


@pytest.mark.parametrize("fmt", ["csv", "xlsx"])
def test_a_table_has_a_row_for_each_in_the_words_of_the_form(fmt: Format) -> None:
    """Labels instead of ids, an age with its unit, the time as a clock in Taiwan shows it."""
    stored = replace(
        store(make_content(), requests=[ask(make_id(1)), ask(make_id(1), "", "withdraw")]), status="called"
    )
    [row] = read_rows(export_all(stored, fmt=fmt, referrer={"unit_name": "某中心", "name": "someone else"}))

    assert row == {
        "編號": make_id(1),
        "送出時間（臺灣時間）": "2026-11-21（六）11:00",
        "無法讀取": "",
        "匯出紀錄": MARK.say(),
        "處理狀態": "已聯絡",
        "請求": "更正 2026-11-21（六）13:00：請改用市話\n撤回 2026-11-21（六）13:00",
        "表單": "adult_referral 2023-02-15",
        "語言": "zh_TW",
        "同意：同意與我聯絡": "是",
        "同意：可聯絡安全聯絡人": "否",
        "同意：special": "是",
        "同意：refer": "否",
        "轉介單位 單位名稱": "某中心",
        "姓名": "林小雨",
        "性別": "女",
        "出生日期或年齡": "34 歲",
        "電話【手機】": "0912-345-678",
        "安全聯絡人姓名": "",
        "簡述事發原因、經過": "他說要傳給我同事。\n我很害怕。",
        "受暴類型": "遭偷拍攝性影像、遭他人恐嚇散布性影像",
        "其他": "",
        "回復 姓名": "",
    }


@pytest.mark.parametrize(
    ("birth", "said"),
    [
        ("1990-05-20", "1990-05-20（民國 79 年）"),
        ("34", "34 歲"),
        ("about 34", "about 34"),
        ("=1-2", "=1-2"),
        ("9" * 5000 + "-1-1", "9" * 5000 + "-1-1"),
        ("-", "-"),
    ],
)
def test_a_birth_is_said_with_its_unit(birth: str, said: str) -> None:
    """A bare 34 could be the year 1945."""
    [row] = read_rows(export_all(make_stored(fields={"birth": birth}), fmt="csv"))
    assert row["出生日期或年齡"] == said


def test_what_todays_form_does_not_have_is_not_lost() -> None:
    """A field, an option and a use of an older form stand there by their names."""
    uses = {"contact": True, "newsletter": False}
    content = make_content(fields={**PLAIN_FIELDS, "types": "t1,t9", "shoe_size": "38"})
    content["consent"]["uses"] = uses
    rows = [read_rows(export_all(store(content), make_stored(2), fmt=fmt))[0] for fmt in ("csv", "xlsx")]
    for row in rows:
        assert (row["shoe_size"], row["受暴類型"], row["同意：newsletter"]) == (
            "38",
            "遭偷拍攝性影像、t9",
            "否",
        )
        assert row["同意：可聯絡安全聯絡人"] == ""


def test_fields_with_the_same_label_are_told_apart() -> None:
    """A heading that stands twice would have one column read for the other."""
    twins = [
        replace(FIELDS[1], key=key, block=block)
        for key, block in (("a", "person"), ("b", "story"), ("c", "story"))
    ]
    form = replace(FORM, fields={one.key: one for one in twins})
    [written] = export_all(fmt="csv", form=form).files.values()
    assert (
        written.decode("utf-8-sig")
        .splitlines()[0]
        .endswith('"受保護人 姓名","案情陳述 姓名 (b)","案情陳述 姓名 (c)"')
    )


@pytest.mark.parametrize("fmt", ["csv", "xlsx"])
@pytest.mark.parametrize("key", TEXT_FIELDS)
def test_hostile_words_in_every_field_come_out_as_words(key: str, fmt: Format) -> None:
    """T17, T18, T19: as many rows as handoffs, each with its words, less what acts."""
    texts = [text for text in HOSTILE.values() if "_x00" not in text]  # what the other library does not undo
    handoffs = [make_stored(number, {"name": "x", key: text}) for number, text in enumerate(texts)]
    rows = read_rows(export_all(*handoffs, fmt=fmt))
    label = FORM.fields[key].label

    shown = [row[label] for row in rows]
    assert shown == [strip_controls(text) for text in texts]


def test_hostile_labels_of_a_form_do_no_harm() -> None:
    """T18: headings are cells too."""
    form = replace(FORM, fields={"name": replace(FIELDS[1], label="=1+1\x00")})
    [written] = export_all(make_stored(), fmt="csv", form=form).files.values()
    assert ',"\'=1+1"' in written.decode()


# ─── PDF ──────────────────────────────────────────────────────────────────────


def test_each_handoff_is_printed_by_itself() -> None:
    """A file for each, named by the beginning of its id, with what the operator adds."""
    exported = export_all(make_stored(1), make_stored(2), fmt="pdf", referrer={"unit_name": "某中心"})

    assert sorted(exported.files) == sorted(f"handoff-{make_id(number)[:8]}.pdf" for number in (1, 2))
    assert all("某中心".encode() in page for page in exported.files.values())
    assert exported.handoffs == (make_id(1), make_id(2))


def test_what_was_asked_for_later_is_on_the_paper_oldest_first() -> None:
    """T5: whoever calls from the paper has to know of a withdrawal, a new number, and of what could not be read."""
    sheets: list[Sheet] = []

    def keep(sheet: Sheet, *, demo: bool) -> bytes:
        sheets.append(sheet)
        return b"%PDF"

    sound, at = ask(make_id(1)), HOUR + timedelta(hours=2)
    early = _ask_at(ask(make_id(1), "", "withdraw"), HOUR)
    late = [_ask_at(ask(make_id(1), kind=kind), at + timedelta(hours=1)) for kind in ("correct", "withdraw")]
    export_all(store(make_content(), requests=[sound, early, *late]), fmt="pdf", printer=keep)
    export_all(store(make_content(), requests=[replace(sound, kind="withdraw")]), fmt="pdf", printer=keep)

    assert sheets[0].requests == (
        Asked("withdraw", HOUR, fault="unreadable"),
        Asked("correct", at, "請改用市話"),
        *2 * (Asked("", at + timedelta(hours=1), fault="unreadable"),),
    )
    assert [one.fault for one in sheets[1].requests] == ["forged"]
    assert "請改用市話" not in repr(sheets[0])


def _ask_at(asked: StoredRequest, at: datetime) -> StoredRequest:
    """The same at another hour, in a box that none of the keys opens."""
    return replace(asked, created_at=at, sealed=replace(asked.sealed, signer="other"))


def test_one_that_cannot_be_printed_is_missed_alone() -> None:
    """T19: it is named, in a list that lies beside the others."""

    def refuse_second(sheet: Sheet, *, demo: bool) -> bytes:
        if sheet.id == make_id(2):
            raise NotPrinted("no")
        return b"%PDF"

    exported = export_all(
        *map(make_stored, (1, 2, 3)), forge(make_stored(4)), fmt="pdf", printer=refuse_second
    )

    assert exported.handoffs == (make_id(1), make_id(3))
    assert [(one.id, one.what) for one in exported.failures] == [
        (make_id(4), "forged"),
        (make_id(2), "not printed"),
    ]
    listed = read_csv(exported.files["handoffs-2026-11-22.failures.csv"])
    assert [(row["編號"], row["無法讀取"]) for row in listed] == [
        (make_id(4), "forged：簽章不符，內容不採用"),
        (make_id(2), "not printed：無法排版，請改用其他格式"),
    ]


def test_ids_that_begin_alike_are_written_out() -> None:
    """No page may stand in for another."""
    ids = ["aaaaaaaa-0000-4000-8000-000000000001", "aaaaaaaa-0000-4000-8000-000000000002"]
    exported = export_all(*(store(make_content(handoff_id=id_)) for id_ in ids), fmt="pdf")
    assert list(exported.files) == [f"handoff-{id_}.pdf" for id_ in ids]


# ─── What cannot be read ──────────────────────────────────────────────────────


@pytest.mark.parametrize("fmt", FORMATS)
def test_one_bad_record_among_a_thousand_is_named_and_the_others_are_there(fmt: Format) -> None:
    """T19, R21: 1 bad + 999 good → 999 + 1 failure."""
    handoffs = [make_stored(number) for number in range(1000)]
    handoffs[500] = forge(handoffs[500])
    exported = export_all(*handoffs, fmt=fmt)

    assert len(exported.handoffs) == 999
    assert exported.failures == (Failure(make_id(500), HOUR, "forged"),)
    if fmt == "json":
        whole = read_json(exported)
        make_validator().validate(whole)
        assert len(whole["handoffs"]) == 999
        assert whole["failures"] == [
            {"id": make_id(500), "part": "handoff", "created_at": "2026-11-21T03:00:00Z", "what": "forged"}
        ]
    elif fmt == "pdf":
        assert len(exported.files) == 1000  # one of them is the list
    else:
        rows = read_rows(exported)
        assert len(rows) == 1000
        assert [row["無法讀取"] for row in rows if row["無法讀取"]] == ["forged：簽章不符，內容不採用"]
        assert rows[-1]["編號"] == make_id(500)
        assert set(list(rows[-1].values())[4:]) == {""}


@pytest.mark.parametrize("fmt", FORMATS)
def test_odd_columns_of_the_database_stop_nothing(fmt: Format) -> None:
    """T19: whoever can write there can write anything there: an id that acts, a status that nobody knows."""
    odd_id = replace(make_stored(1), id="=1+1\x1b[31m\ufffe/../x")
    odd_status: Any = replace(make_stored(2), status="somewhere")
    exported = export_all(odd_id, odd_status, fmt=fmt)

    assert exported.handoffs == (make_id(2),)
    assert [one.what for one in exported.failures] == ["forged"]
    assert not [name for name in exported.files if "/" in name]
    if fmt in {"csv", "xlsx"}:
        assert [(row["編號"], row["處理狀態"]) for row in read_rows(exported)] == [
            (make_id(2), "somewhere"),
            ("=1+1[31m/../x", ""),
        ]


@pytest.mark.parametrize("fmt", FORMATS)
def test_when_nothing_can_be_read_all_is_named(fmt: Format) -> None:
    exported = export_all(forge(make_stored(1)), lock(make_stored(2)), make_stored(3, v=9), fmt=fmt)

    assert exported.handoffs == ()
    assert [one.what for one in exported.failures] == ["forged", "unreadable", "odd form"]
    assert len(exported.files) == 1


def test_a_bad_request_and_a_bad_consent_are_named_beside_the_handoff() -> None:
    """The handoff is there; somebody looks at the rest."""
    stored = store(make_content(), requests=[replace(ask(make_id(1)), kind="withdraw")])
    stored = replace(stored, consent=replace(stored.consent, text="other"))
    named = [("consent", "forged"), ("request", "forged")]

    for fmt in FORMATS:
        exported = export_all(stored, fmt=fmt)
        assert exported.handoffs == (make_id(1),)
        assert [(one.part, one.what) for one in exported.failures] == named
    whole = read_json(export_all(stored))
    make_validator().validate(whole)
    assert [(one["part"], one["what"]) for one in whole["handoffs"][0]["failures"]] == named
    [row] = read_rows(export_all(stored, fmt="csv"))
    assert row["無法讀取"] == "同意書 forged：簽章不符，內容不採用\n請求 forged：簽章不符，內容不採用"


# ─── All formats ──────────────────────────────────────────────────────────────


@pytest.mark.parametrize("fmt", ["json", "csv", "xlsx"])
def test_without_handoffs_the_file_is_empty_and_sound(fmt: Format) -> None:
    """A program that fetches every night finds what it expects."""
    exported = export_all(fmt=fmt)
    assert list(exported.files) == [f"handoffs-2026-11-22.{fmt}"]
    assert (read_json(exported)["handoffs"] if fmt == "json" else read_rows(exported)) == []


def test_without_handoffs_nothing_is_printed() -> None:
    assert export_all(fmt="pdf").files == {}


@pytest.mark.parametrize("fmt", FORMATS)
def test_the_demo_says_so_in_name_and_content(fmt: Format) -> None:
    """Nobody takes a trial for somebody's case."""
    exported = export_all(make_stored(1), forge(make_stored(2)), fmt=fmt, demo=True)

    assert all(name.startswith("DEMO-handoff") for name in exported.files)
    if fmt == "json":
        assert read_json(exported)["demo"] is True
    elif fmt == "pdf":
        assert any(b"demo=True" in page for page in exported.files.values())
        assert [row["DEMO"] for row in read_csv(exported.files["DEMO-handoffs-2026-11-22.failures.csv"])] == [
            "DEMO"
        ]
    else:
        assert [row["DEMO"] for row in read_rows(exported)] == ["DEMO", "DEMO"]


def test_names_of_files_tell_nothing() -> None:
    """They are seen where contents are not: a day, or the beginning of a random id."""
    for fmt in FORMATS:
        for name in export_all(make_stored(1), fmt=fmt).files:
            assert name in {f"handoffs-2026-11-22.{fmt}", f"handoff-{make_id(1)[:8]}.pdf"}


def test_nothing_of_it_shows_when_it_is_printed_by_mistake() -> None:
    """T30: not the words, not the bytes."""
    shown = repr(export_all(make_stored(1), forge(make_stored(2))))
    assert "林小雨" not in shown
    assert "record" not in shown
