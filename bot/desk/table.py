"""
Handoffs as one table, for whoever works with a spreadsheet: the form's own words, one row for each handoff.

What could not be read has a row too, which names it. Cells hold what a person wrote, character by character,
but for controls; making a cell harmless for its kind of file is the writer's part.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime
from typing import Final

from bot.core.taipei import TAIPEI
from bot.desk.reading import Failure, OpenHandoff, OpenRequest, What
from bot.desk.safe_text import strip_controls
from bot.form.model import SEPARATOR, Field, Form

STATUS_WORDS: Final[Mapping[str, str]] = {
    "new": "新的",
    "in_progress": "處理中",
    "called": "已聯絡",
    "done": "已辦結",
}
FAILURE_WORDS: Final[Mapping[What, str]] = {
    "forged": "forged：簽章不符，內容不採用",
    "unreadable": "unreadable：無法解密",
    "odd form": "odd form：不是這份表單的格式",
    "not printed": "not printed：無法排版，請改用其他格式",
}
_PART_WORDS = {"consent": "同意書", "request": "請求", "paper": "受理結果"}
_REQUEST_WORDS = {"withdraw": "撤回", "correct": "更正"}
_YES, _NO = "是", "否"
_WEEKDAYS = "一二三四五六日"
_ROC_YEAR_0 = 1911
DEMO_MARK = "DEMO"
#: The last tells who exported it: a row that is copied elsewhere still does.
_HEAD = ("編號", "送出時間（臺灣時間）", "無法讀取", "匯出紀錄")


@dataclass(frozen=True, slots=True)
class Table:
    """A heading for each column, and rows of as many cells."""

    head: tuple[str, ...]
    rows: tuple[tuple[str, ...], ...] = field(repr=False)


#: A column: its heading, and what stands in it for a handoff.
_Column = tuple[str, Callable[[OpenHandoff], str]]


def build_table(
    handoffs: Sequence[OpenHandoff],
    failures: Iterable[Failure],
    *,
    form: Form,
    referrer: Mapping[str, str],
    exported: str,
    demo: bool,
) -> Table:
    """
    Put what was read into columns, in the form's order, and what was not below. In the demo each row says so.

    `referrer`: what the operator writes into the form, by field. `exported`: the watermark, in each row.
    """
    columns = (*_list_ours(), *_list_uses(handoffs, form), *_list_fields(handoffs, form, referrer))
    mark = (DEMO_MARK,) if demo else ()
    read = (
        (
            *mark,
            one.stored.id,
            say_time(one.stored.created_at),
            _say_failures(one.failures),
            exported,
            *(strip_controls(cell(one)) for _, cell in columns),
        )
        for one in handoffs
    )
    empty = ("",) * len(columns)
    unread = ((*row, *empty) for row in list_failures(failures, exported=exported, demo=demo).rows)
    return Table((*mark, *_HEAD, *(strip_controls(head) for head, _ in columns)), (*read, *unread))


def list_failures(failures: Iterable[Failure], *, exported: str, demo: bool) -> Table:
    """Name what is missing in files that have no rows of their own."""
    mark = (DEMO_MARK,) if demo else ()
    # An id of the database is not ours until what it names was read.
    rows = (
        (*mark, strip_controls(one.id), say_time(one.created_at), say_failure(one), exported)
        for one in failures
    )
    return Table((*mark, *_HEAD), tuple(rows))


def say_failure(failure: Failure) -> str:
    """Say in words why something could not be read."""
    part = _PART_WORDS.get(failure.part, "")
    return f"{part} {FAILURE_WORDS[failure.what]}".strip()


def say_time(moment: datetime) -> str:
    """Say a moment as it is read off a clock in Taiwan: 2026-11-21（六）11:00."""
    local = moment.astimezone(TAIPEI)
    return f"{local:%Y-%m-%d}（{_WEEKDAYS[local.weekday()]}）{local:%H:%M}"


def say_request(request: OpenRequest) -> str:
    """Say what is asked for, and when; the words stand behind."""
    said = f"{_REQUEST_WORDS.get(request.kind, request.kind)} {say_time(request.created_at)}"
    return f"{said}：{request.words}" if request.words else said


def say_value(asked: Field, value: str) -> str:
    """Say a value in the form's own words: labels for options, birth with its unit. Other text stays as it is."""
    if asked.kind in {"choice", "choices"}:
        found = ((one, asked.find_option(one)) for one in value.split(SEPARATOR))
        return "、".join(option.label if option else one for one, option in found)
    return _say_birth(value) if asked.kind == "birth" and value else value


def _say_birth(value: str) -> str:
    """An age, or a day with its year in the Republic's calendar, as offices write it; anything else as it stands."""
    if value.isdecimal():
        return f"{value} 歲"
    try:
        day = date.fromisoformat(value)
    except ValueError:
        return value
    return f"{value}（民國 {day.year - _ROC_YEAR_0} 年）"


def _say_failures(failures: Iterable[Failure]) -> str:
    return "\n".join(say_failure(one) for one in failures)


def _list_ours() -> tuple[_Column, ...]:
    return (
        ("處理狀態", lambda one: STATUS_WORDS.get(one.stored.status, one.stored.status)),
        ("請求", lambda one: "\n".join(say_request(request) for request in one.requests)),
        ("表單", lambda one: f"{one.record.form_id} {one.record.form_version}"),
        ("語言", lambda one: one.record.locale),
    )


def _list_uses(handoffs: Iterable[OpenHandoff], form: Form) -> tuple[_Column, ...]:
    """What was agreed to; a use that the form of today does not have stands under its id."""
    texts = {use.id: use.text for use in form.notices.uses}
    told = {use: use for one in handoffs for use in one.record.consent.uses}
    return tuple((f"同意：{text}", _use_cell(use)) for use, text in {**told, **texts}.items())


def _use_cell(use: str) -> Callable[[OpenHandoff], str]:
    def cell(one: OpenHandoff) -> str:
        ticked = one.record.consent.uses.get(use)
        return "" if ticked is None else _YES if ticked else _NO

    return cell


def _list_fields(
    handoffs: Iterable[OpenHandoff], form: Form, referrer: Mapping[str, str]
) -> tuple[_Column, ...]:
    """Every field of the form; one that the form of today does not have stands under its key, so that nothing is lost."""
    known = zip(name_fields(form), form.fields.values(), strict=True)
    more = {
        key: Field(key, "", key, "text")
        for one in handoffs
        for key in one.record.fields.keys() - form.fields.keys()
    }
    columns = (*known, *sorted(more.items()))
    return tuple((name, _field_cell(asked, referrer.get(asked.key, ""))) for name, asked in columns)


def _field_cell(asked: Field, else_: str) -> Callable[[OpenHandoff], str]:
    def cell(one: OpenHandoff) -> str:
        return say_value(asked, one.record.fields.get(asked.key) or one.added.get(asked.key, else_))

    return cell


def name_fields(form: Form) -> tuple[str, ...]:
    """
    Return a heading for each field: its label.

    With its block where somebody else fills it in, so that nobody calls the office's number for the person's; and with
    its key where even so two are alike.
    """
    titles = {block.id: block.title for block in form.blocks}
    fields = tuple(form.fields.values())
    whole = [f"{titles.get(one.block, one.block)} {one.label}" for one in fields]
    told = [name if one.filled_by != "person" else one.label for name, one in zip(whole, fields, strict=True)]
    apart = _tell_apart(told, whole)
    return _tell_apart(apart, [f"{name} ({one.key})" for name, one in zip(apart, fields, strict=True)])


def _tell_apart(names: Sequence[str], longer: Sequence[str]) -> tuple[str, ...]:
    seen = Counter(names)
    return tuple(more if seen[name] > 1 else name for name, more in zip(names, longer, strict=True))
