"""A small referral form with every kind of field, its voice, and a desk that can be closed, late or away."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Literal

from bot.errors import StoreDown
from bot.form.model import Block, County, Field, Form, Notices, Option, Use
from bot.form.parse import PHRASES, REASONS
from bot.ports import NotSent, Opened, Sent
from tests.front.fakes import SOURCE_WORDS, FakeInterface
from tests.front.form_words import FORM_ZH

TOKEN = "T" * 43
SEAT = "p" * 43
RECEIPT = "K7QM-3XNP-W8TD"
#: What the conversation knows.
KNOWN = {"types": "t4,t6", "county": "臺北市"}

YES_NO = (Option("yes", "是"), Option("no", "否"))
TYPES = (
    Option("t1", "遭偷拍攝性影像", plain="被偷拍"),
    Option("t4", "未經同意遭他人重製、交付、散布性影像", plain="沒同意就被傳出去"),
    Option("t6", "遭他人恐嚇散布性影像", plain="有人威脅要散布"),
    Option("t8", "其他：（請說明）", words=True),
)
NEEDS = (
    Option("counselling", "諮詢協談"),
    Option("legal", "法律扶助"),
    Option("other", "其他扶助", words=True),
)
IF_OTHER = (
    Option("hang_up", "直接掛掉"),
    Option("wrong_number", "說打錯了"),
    Option("other", "其他做法", words=True),
)

FIELDS = (
    Field("referrer_name", "referrer", "轉介人姓名", "text", mark="*", filled_by="operator"),
    Field("name", "person", "姓名", "text", ask="社工怎麼稱呼你？", mark="*", max_chars=60),
    Field("gender", "person", "性別", "choice", ask="性別", options=(Option("male", "男"), Option("female", "女"))),
    Field("birth", "person", "出生日期或年齡", "birth", ask="出生日期或年齡", help="例如 79.5.20、1990-05-20 或 34", mark="*", max_chars=30),
    Field("id_number", "person", "身分證統一編號（或護照號碼）", "identity", ask="身分證號碼", max_chars=20),
    Field("county", "person", "縣（市）", "county", ask="縣市", max_chars=10),
    Field("district", "person", "鄉（鎮、市、區）", "district", ask="鄉鎮市區", max_chars=10),
    Field("address", "person", "居住地址", "text", ask="地址", mark="◎"),
    Field("phone_home", "person", "【宅】", "phone", ask="家裡電話", mark="◎", max_chars=30),
    Field("phone_work", "person", "【公】", "phone", ask="工作電話", mark="◎", max_chars=30),
    Field("phone_mobile", "person", "【手機】", "phone", ask="手機", mark="◎", max_chars=30),
    Field("contact_time", "person", "方便聯絡時間", "text", ask="什麼時候打比較方便？"),
    Field("safe_name", "person", "安全聯絡人姓名", "text", ask="可以放心的人"),
    Field("safe_phone_mobile", "person", "（安全聯絡人）手機", "phone", ask="他的手機", max_chars=30),
    Field("call_number", "safety", "打哪一支", "choice", ask="打哪一支電話？", official=False,
          options=(Option("mobile", "手機"), Option("home", "家裡"), Option("safe", "安全聯絡人"))),
    Field("may_say", "safety", "可以說什麼", "text", ask="有人接起來，社工可以說是誰？", official=False),
    Field("if_other", "safety", "別人接起來時", "choice", ask="如果是別人接的？", official=False, options=IF_OTHER),
    Field("story", "story", "案情陳述", "long_text", ask="發生了什麼？", help="想說多少就說多少。", max_chars=2000),
    Field("needs", "needs", "服務需求", "choices", ask="需要什麼幫忙？", options=NEEDS),
    Field("types", "types", "受暴類型（複選）", "choices", ask="有下面哪些情形？", options=TYPES),
    Field("reply_name", "receiver", "接案人姓名", "text", filled_by="receiver"),
)  # fmt: skip

FORM = Form(
    id="small",
    version="2023-02-15",
    title="轉介表",
    blocks=tuple(Block(id=name, title=name) for name in ("referrer", "person", "safety", "story", "needs", "types", "receiver")),
    fields={one.key: one for one in FIELDS},
    counties=(County("臺北市", ("中正區", "大安區")), County("新北市", ("板橋區",))),
    notices=Notices(
        version="2026-11-21",
        title="說明",
        notices={name: f"{number}：這是要先讓你知道的事。" for number, name in enumerate(
            ("誰在收", "為什麼", "收哪些", "怎麼用", "你的權利", "不給會怎樣"), 1)},
        uses=(
            Use("contact", "我同意社工照我寫的方式聯絡我。", needed=True),
            Use("special", "我同意社工看我寫的內容。", needed=True),
            Use("refer", "需要時，我同意轉給我住的縣市。", needed=False),
        ),
    ),
    refusals={reason: f"要再看一下：{reason}" for reason in REASONS} | {"too_long_by": "多了 {over} 個字"},
    phrases={name: "".join(places) or "、" for name, places in PHRASES.items()},
)  # fmt: skip


@dataclass
class FormInterface(FakeInterface):
    """The interface with the one-time page's words."""

    def words(self, locale: str) -> Mapping[str, str]:
        return {**FORM_ZH, **SOURCE_WORDS, **super().words(locale)}


@dataclass
class PlainVoice:
    """Says the form's words as they stand; in English with a mark, so that a test sees the language."""

    def say(self, context: str, zh: str, locale: str) -> str:
        return f"en:{zh}" if locale.startswith("en") else zh


@dataclass
class FakeDesk:
    """
    Opens what is in `links`, once. `standing` is what a seat that is open is told.

    `answer` is what sending leads to; a sent one ends the page. `is_down` and `fault` break it.
    """

    links: dict[str, Opened] = field(default_factory=dict)
    standing: Literal["open", "late"] = "open"
    answer: NotSent | None = None
    is_down: bool = False
    fault: Exception | None = None
    seats: set[str] = field(default_factory=set)
    submitted: list[dict[str, object]] = field(default_factory=list)
    given_up: list[str] = field(default_factory=list)
    asked: int = 0
    sources: list[str] = field(default_factory=list)

    def _fail(self) -> None:
        self.asked += 1
        if self.is_down:
            raise StoreDown
        if self.fault:
            raise self.fault

    async def open_page(self, token: str, seat: str) -> Opened | None:
        self._fail()
        opened = self.links.pop(token, None)
        if opened:
            self.seats.add(seat)
        return opened

    async def check_page(self, seat: str, *, renew: bool = False) -> Literal["open", "late", "gone"]:
        self._fail()
        if seat not in self.seats:
            return "gone"
        self.standing = "open" if renew else self.standing
        return self.standing

    async def submit(
        self,
        seat: str,
        draft: Mapping[str, str],
        uses: Mapping[str, bool],
        *,
        shown: str,
        locale: str,
        source: str = "",
    ) -> Sent | NotSent:
        self._fail()
        if seat not in self.seats:
            return NotSent("gone")
        if self.answer:
            return self.answer
        self.seats.discard(seat)
        self.sources.append(source)
        self.submitted.append({"draft": dict(draft), "uses": dict(uses), "shown": shown, "locale": locale})
        return Sent(RECEIPT)

    async def give_up(self, seat: str) -> None:
        self._fail()
        self.seats.discard(seat)
        self.given_up.append(seat)
