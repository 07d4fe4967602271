"""Papers: what is written comes back as it was, what is not ours is named, and the newest acknowledgement is exported."""

from __future__ import annotations

import csv
import io
import json
import uuid
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import openpyxl
import pytest
from hypothesis import given
from hypothesis import strategies as st
from jsonschema import Draft202012Validator

from bot.core.fields import Refused
from bot.desk.export import Format, export
from bot.desk.papers import MOST_CHARS, Paper, PaperError, name_paper, read_note, read_paper, write_paper
from bot.desk.reading import Failure, OpenHandoff, read_handoff, read_papers
from bot.desk.replying import list_reply_fields, read_reply
from bot.desk.resealing import reseal
from bot.desk.watermark import Watermark
from bot.ports import Sealed, StoredHandoff, StoredPaper
from tests.desk.export_cast import FORM, HOUR, NOW, FakeOpener, make_id, make_stored, seal, store
from tests.desk.papers import SOMEBODY, official, read_whole, squeeze

ID = make_id(1)
SCHEMA = Draft202012Validator(
    json.loads((Path(__file__).parents[2] / "docs" / "handoff-paper.schema.json").read_text("utf-8"))
)
MARK = Watermark("林社工", NOW, "8f7e6d5c-0000-4000-8000-000000000000")
REPLY = {
    "reply_unit": "防治中心",
    "reply_name": "林社工",
    "reply_title": "社工員",
    "reply_phone": "02-2361-5295#226",
}


def a_note(text: str = "明晚七點再打。", **changes: Any) -> Paper:
    paper = Paper(str(uuid.uuid4()), ID, "note", "account-1", HOUR + timedelta(minutes=20), text=text)
    return replace(paper, **changes)


def a_reply(fields: dict[str, str], **changes: Any) -> Paper:
    return a_note("", kind="acknowledgement", fields=fields, **changes)


def lay(paper: Paper, *, raw: bytes | None = None, **changes: Any) -> StoredPaper:
    """Lay a paper into the database, whatever stands in it."""
    sealed = seal(raw or write_paper(paper), purpose="paper", name=paper.id, at=paper.hour)
    stored = StoredPaper(paper.id, paper.handoff_id, paper.kind, paper.author, paper.hour, sealed)
    return replace(stored, **changes)


def with_papers(*papers: StoredPaper, **more: Any) -> StoredHandoff:
    return replace(make_stored(**more), papers=papers)


def read(stored: StoredHandoff) -> OpenHandoff:
    found = read_handoff(stored, form=FORM, opener=FakeOpener())
    assert isinstance(found, OpenHandoff)
    return found


# ─── One paper ────────────────────────────────────────────────────────────────


@given(st.text(min_size=1, max_size=200).filter(lambda text: text.isprintable()))
def test_a_note_comes_back_as_it_was_written(text: str) -> None:
    paper = a_note(text)
    assert read_paper(write_paper(paper)) == paper


@pytest.mark.parametrize("paper", [a_note(), a_note(about="withdraw"), a_reply(REPLY), a_reply({})])
def test_a_paper_has_the_shape_that_is_published(paper: Paper) -> None:
    """docs/handoff-paper.schema.json says it to others."""
    SCHEMA.validate(json.loads(write_paper(paper)))
    assert read_paper(write_paper(paper)) == paper


def test_empty_fields_are_left_out() -> None:
    assert read_paper(write_paper(a_reply({"reply_unit": "甲", "reply_name": ""}))).fields == {
        "reply_unit": "甲"
    }


def test_nothing_of_it_shows_when_it_is_printed_by_mistake() -> None:
    """T30."""
    assert "七點" not in repr(a_note())
    assert "防治" not in repr(a_reply(REPLY))


TOLD = json.loads(write_paper(a_note()))


@pytest.mark.parametrize(
    "raw",
    [
        b"",
        b"7",
        b"[]",
        b"{}",
        b"\xff",
        b"[" * 100_000,
        *(
            json.dumps(
                {**TOLD, **changed}, sort_keys=True, separators=(",", ":"), ensure_ascii=False
            ).encode()
            for changed in (
                {"v": 2},
                {"kind": "letter"},
                {"kind": []},
                {"kind": "acknowledgement"},
                {"text": 7},
                {"more": ""},
                {"about": "else"},
                {"about": ""},
                {"at": "2026-11-21"},
                {"at": 7},
                {"author": None},
                {"fields": {}},
            )
        ),
        json.dumps(TOLD).encode(),
        write_paper(a_note("甲")).replace("甲".encode(), b"\\ud800"),
    ],
)
def test_what_is_not_ours_is_refused(raw: bytes) -> None:
    """R21: and nothing else is raised for any bytes."""
    with pytest.raises(PaperError, match="shape"):
        read_paper(raw)


@pytest.mark.parametrize(
    ("typed", "kept"),
    [
        ("  一\r\n\r\n二  ", "一\n\n二"),
        ("a\x00b\u202ec", "abc"),
        ("字" * MOST_CHARS, "字" * MOST_CHARS),
        ("字\r\n" * (MOST_CHARS // 2), ("字\n" * (MOST_CHARS // 2)).strip()),
    ],
)
def test_a_note_is_kept_whole(typed: str, kept: str) -> None:
    """T17: a line end counts as one character, however a browser sends it; what acts is taken out."""
    assert read_note(typed) == kept


@pytest.mark.parametrize(("typed", "reason"), [(" \r\n", "empty"), ("字" * (MOST_CHARS + 1), "too_long")])
def test_a_note_that_does_not_fit_is_refused_and_never_cut(typed: str, reason: str) -> None:
    read_ = read_note(typed)
    assert isinstance(read_, Refused)
    assert read_.reason == reason


def test_the_same_words_of_one_form_are_one_paper() -> None:
    """A double click adds them once; other words, or another form, are another paper."""
    name = name_paper("nonce", "account-1", ID, "甲")
    assert name == name_paper("nonce", "account-1", ID, "甲")
    assert (
        len({name, name_paper("nonce", "account-1", ID, "乙"), name_paper("other", "account-1", ID, "甲")})
        == 3
    )
    assert uuid.UUID(name).version == 4


# ─── Reading them ─────────────────────────────────────────────────────────────


def test_papers_of_a_kind_are_read_by_the_time_inside() -> None:
    """Outside stands the full hour alone."""
    late, early = a_note("後", at=HOUR + timedelta(minutes=40)), a_note("先", at=HOUR + timedelta(minutes=4))
    stored = with_papers(lay(late), lay(a_reply(REPLY)), lay(early))
    papers, failures = read_papers(stored, "note", opener=FakeOpener())
    assert [paper.text for paper in papers] == ["先", "後"]
    assert failures == ()


NOTE = a_note()


@pytest.mark.parametrize(
    ("bad", "what"),
    [
        (lay(NOTE, author="account-2"), "forged"),
        (lay(NOTE, handoff_id=make_id(2)), "forged"),
        (lay(NOTE, id=make_id(3)), "forged"),
        (lay(NOTE, created_at=HOUR + timedelta(hours=1)), "forged"),
        (lay(NOTE, raw=write_paper(replace(NOTE, at=HOUR + timedelta(hours=3)))), "forged"),
        (lay(NOTE, raw=write_paper(replace(NOTE, kind="acknowledgement"))), "forged"),
        (lay(NOTE, sealed=Sealed(b"x", b"y", "test")), "forged"),
        (replace(lay(NOTE), sealed=replace(lay(NOTE).sealed, signer="other")), "unreadable"),
        (lay(NOTE, raw=b"{}"), "odd form"),
    ],
)
def test_a_paper_that_cannot_be_read_is_named_and_the_others_are_read(bad: StoredPaper, what: Any) -> None:
    """T11, R21: also one that was put in another's place."""
    papers, failures = read_papers(with_papers(bad, lay(a_note("好"))), "note", opener=FakeOpener())
    assert [paper.text for paper in papers] == ["好"]
    assert failures == (Failure(bad.handoff_id, bad.created_at, what, "paper"),)


def test_the_newest_acknowledgement_counts() -> None:
    """Also one that takes back what stood there."""
    first, second = a_reply(REPLY), a_reply({"reply_unit": "乙"}, at=HOUR + timedelta(minutes=50))
    assert read(with_papers(lay(second), lay(first))).added == {"reply_unit": "乙"}
    third = a_reply({}, at=HOUR + timedelta(minutes=55))
    assert read(with_papers(lay(second), lay(first), lay(third))).added == {}
    assert read(with_papers()).added == {}


def test_a_bad_acknowledgement_is_a_failure_of_its_part_alone() -> None:
    bad = lay(a_reply(REPLY), raw=b"{}")
    opened = read(with_papers(bad))
    assert opened.failures == (Failure(ID, bad.created_at, "odd form", "paper"),)
    assert opened.added == {}


# ─── What the receiving unit fills in ─────────────────────────────────────────


def test_the_last_block_is_read_as_the_form_has_it() -> None:
    typed = {
        "reply_unit": " 防治\n中心 ",
        "reply_phone": "(02)2361-5295 轉 226",
        "reply_name": " ",
        "name": "x",
    }
    assert read_reply(official(), typed) == (
        {"reply_unit": "防治 中心", "reply_phone": "02-2361-5295#226"},
        {},
    )
    assert [one.key for one in list_reply_fields(official())] == list(REPLY)


def test_an_office_may_write_more_than_a_number() -> None:
    typed = {"reply_phone": "02-2361-5295 轉 226、227"}
    assert read_reply(official(), typed) == (typed, {})


def test_what_is_too_long_is_named_and_never_cut() -> None:
    typed = {"reply_unit": "字" * 61, "reply_name": "林"}
    assert read_reply(official(), typed) == ({"reply_name": "林"}, {"reply_unit": "too_long"})


# ─── Exports ──────────────────────────────────────────────────────────────────


def exported(fmt: Format, *papers: Paper) -> bytes:
    content = make_content_of_the_form()
    stored = replace(content, papers=tuple(lay(paper) for paper in papers))
    form = official()
    done = export([stored], form=form, opener=FakeOpener(), fmt=fmt, now=NOW, mark=MARK)
    assert done.failures == ()
    return next(iter(done.files.values()))


def make_content_of_the_form() -> StoredHandoff:
    from tests.desk.export_cast import make_content

    form = official()
    return store(make_content(1, SOMEBODY, form={"id": form.id, "version": form.version}))


def test_the_printed_form_has_the_acknowledgement() -> None:
    """The last block, as it was filled in; and without one it is empty, for the pen."""
    text = read_whole(exported("pdf", a_reply(REPLY)))
    assert squeeze("接案單位：防治中心接案人姓名：林社工；職稱社工員；聯繫電話：02-2361-5295#226") in text
    assert "接案單位：接案人姓名：；職稱；聯繫電話：" in read_whole(exported("pdf"))


def test_a_long_acknowledgement_is_printed_whole() -> None:
    """60 characters in each field of the block."""
    long = {key: f"{key[-4:]}" + "長" * 55 + "完" for key in REPLY}
    text = read_whole(exported("pdf", a_reply(long)))
    assert all(squeeze(value) in text for value in long.values())


def test_notes_are_in_no_export() -> None:
    """They are for colleagues; the person's form is not their place."""
    for fmt in ("csv", "xlsx", "json", "pdf"):
        raw = exported(fmt, a_note("只給同事看"), a_reply(REPLY))  # type: ignore[arg-type]
        shown = read_whole(raw) if fmt == "pdf" else raw.decode("utf-8", "replace")
        assert "只給同事看" not in shown


def test_the_tables_have_the_acknowledgement_in_the_forms_own_columns() -> None:
    rows = list(csv.reader(io.StringIO(exported("csv", a_reply(REPLY)).decode("utf-8-sig"))))
    told = dict(zip(rows[0], rows[1], strict=True))
    assert [
        told[f"回復受理結果 {label}"] for label in ("接案單位", "接案人姓名", "職稱", "聯繫電話")
    ] == list(REPLY.values())
    book = openpyxl.load_workbook(io.BytesIO(exported("xlsx", a_reply(REPLY))))
    assert {"防治中心", "社工員"} <= {cell.value for cell in book.worksheets[0][2]}


def test_json_stays_the_persons_record() -> None:
    """Its shape is versioned: neither papers nor their failures are in it."""
    bad = replace(make_stored(), papers=(lay(a_reply(REPLY), raw=b"{}"),))
    done = export([bad], form=FORM, opener=FakeOpener(), fmt="json", now=NOW, mark=MARK)
    [one] = json.loads(next(iter(done.files.values())))["handoffs"]
    assert one["failures"] == []
    assert "papers" not in one
    assert [failure.part for failure in done.failures] == ["paper"]


# ─── Sealing anew ─────────────────────────────────────────────────────────────


class FakeSealer:
    """Seals so that it can be seen that it did."""

    def seal(self, plain: bytes, *, purpose: Any, name: str, at: datetime) -> Sealed:
        return seal(plain, purpose=purpose, name=name, at=at)


class FakeDesk:
    """A store that knows which seals are new."""

    def __init__(self, handoffs: list[StoredHandoff]) -> None:
        self.handoffs, self.renewed = handoffs, list[str]()

    async def list_handoffs(self, status: Any = None) -> list[StoredHandoff]:
        return self.handoffs

    async def replace_seal(self, handoff_id: str, kind: str, old: Sealed, new: Sealed) -> bool:
        self.renewed.append(kind)
        return True


async def test_papers_are_sealed_anew_with_their_handoff() -> None:
    """SECURITY §5: a colleague who is new reads older notes; a bad one is named and left."""
    good, bad = lay(a_note()), lay(a_note(), sealed=Sealed(b"x", b"y", "test"))
    desk = FakeDesk([with_papers(good, bad)])
    done = await reseal(desk, FakeOpener(), FakeSealer())  # type: ignore[arg-type]
    assert good.id in desk.renewed
    assert bad.id not in desk.renewed
    assert [(left.purpose, left.id, left.why) for left in done.left] == [("paper", bad.id, "forged")]


def test_times_are_written_in_utc() -> None:
    taipei = datetime.fromisoformat("2026-11-21T11:20:00+08:00")
    assert read_paper(write_paper(a_note(at=taipei))).at == taipei.astimezone(UTC)
