"""A small conversation without a fault, into which the tests plant one at a time."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date

from bot.core.guards import Answers, holds
from bot.core.issues.material import Catalog, Material, Translation
from bot.core.issues.phrases import parse_phrases
from bot.core.model import NOT_YET, Flow, StateId
from bot.core.parse import parse_alarms, parse_flow, parse_toml
from bot.core.parse_knowledge import parse_knowledge
from bot.core.reply import Button, Reply
from bot.core.sentences import collect_sentences
from bot.core.standing import list_open

TODAY = date(2026, 11, 20)

FLOW = """
id = "small"

[special]
start = "start"
resume = "back_again"
crisis = "crisis"
danger = "crisis"
seeking = "crisis"
erased = "erased"

[[ways_out]]
id = "human"
label = "找真人"
kind = "overlay"
to = "human"
words = ["真人", "human"]
[[ways_out]]
id = "back"
label = "上一步"
kind = "back"
words = ["返回"]
[[ways_out]]
id = "look_up"
label = "查資料"
kind = "overlay"
to = "human"
words = ["資料"]
[[ways_out]]
id = "more"
label = "更多"
kind = "overlay"
to = "more"
words = ["選單"]
[[ways_out]]
id = "change"
label = "改答案"
kind = "overlay"
to = "about_me"
quiet = true
words = ["改"]
[[ways_out]]
id = "about_me"
label = "你知道我什麼"
kind = "overlay"
to = "about_me"
quiet = true
words = ["隱私"]
[[ways_out]]
id = "restart"
label = "重新開始"
kind = "restart"
quiet = true
words = ["重來"]
[[ways_out]]
id = "erase"
label = "刪除"
kind = "overlay"
to = "erase_confirm"
words = ["清除"]
[[ways_out]]
id = "leave"
label = "離開"
kind = "overlay"
to = "left"
words = ["再見"]
[[ways_out]]
id = "language"
label = "語言"
kind = "overlay"
to = "language"
quiet = true
words = ["language"]

[answers.age_now]
title = "年齡"
values = { adult = "滿了", minor = "還沒" }
asked_in = ["start"]

[notes]
not_understood = "我沒看懂。"
not_understood_again = "我還是沒看懂。"
old_button = "那是舊的按鈕。"
no_pictures = "請不要傳檔案。"
sticker = "收到。"
only_text = "我只看得懂文字。"
nothing_before = "這裡是最前面。"
at_an_ending = "我在。"
edited = "改過"
arrived = "接上了"
code_gone = "用過了"
hushed = "小聲"
unhushed = "出聲"
day_ahead = "這天還沒到。"
off_topic = "x"
kept_for_later = "x"
heard = "x"

[states.start]
title = "開場"
say = ["你好。", "滿 18 歲了嗎？"]
choices = [
  { id = "adult", label = "滿了", to = "card", set = { age_now = "adult" } },
  { id = "minor", label = "還沒", to = "card", set = { age_now = "minor" } },
]

[states.card]
title = "電話"
ends = true
say = [
  "先記著：{contact.protection_113}",
  { text = "未滿的話找大人。", when = ["is_minor"] },
  "還要什麼？",
]
choices = [
  { id = "again", label = "再看一次", to = "start", routes = [{ to = "card", when = ["is_minor"] }] },
]

[states.human]
title = "真人"
overlay = true
say = ["打 {number.protection_113}。"]
choices = [{ id = "return", label = "回到剛才", kind = "return" }]

[states.more]
title = "更多"
overlay = true
say = ["要做什麼？"]
choices = [
  { id = "to_change", label = "改前面的", to = "about_me" },
  { id = "to_language", label = "換語言", to = "language" },
  { id = "to_about_me", label = "記了什麼", to = "about_me" },
  { id = "anew", label = "從頭來", kind = "restart" },
  { id = "return", label = "回到剛才", kind = "return" },
]

[states.about_me]
title = "記了什麼"
overlay = true
up = "more"
say = ["記得：{answers}"]
choices = [{ id = "return", label = "回到剛才", kind = "return" }]

[states.crisis]
title = "危機"
overlay = true
say = ["打 {number.protection_113}。"]
choices = [{ id = "return", label = "我沒事", kind = "return" }]

[states.language]
title = "語言"
overlay = true
say = ["請選。"]
choices = [
  { id = "zh", label = "繁體中文", kind = "return", locale = "zh_TW" },
  { id = "en", label = "English", kind = "return", locale = "en" },
]

[states.erase_confirm]
title = "確認"
overlay = true
say = ["要刪嗎？"]
choices = [
  { id = "erase_yes", label = "全部刪", kind = "erase" },
  { id = "erase_no", label = "不要", kind = "return" },
]

[states.erased]
title = "已刪"
say = ["好了。"]

[states.left]
title = "離開"
overlay = true
silent = true
say = ["先這樣。"]

[states.back_again]
title = "回來"
overlay = true
say = ["歡迎回來。"]
choices = [
  { id = "go_on", label = "接著", kind = "return" },
  { id = "anew", label = "從頭來", kind = "restart" },
]
"""

_ENTRY = """
audience = "任何人"
area = "全國"
purpose = "有人聽"
source = "公告"
source_date = "2026-02-13"
status = "OFF"
show = "yes"
recheck_by = 2027-02-20
"""

CONTACTS = f"""
[contacts.police_110]
name = "110 警察"
number = "110"
{_ENTRY}
[contacts.protection_113]
name = "113 專線"
number = "113"
url = "https://ecare.mohw.gov.tw/"
supersedes = ["0800-024-111", "old.example.org"]
fallback = ["police_110"]
{_ENTRY}
"""

FACTS = """
[facts.six]
text = "有 6 個月的期限。"
fallback = "有期限，請打電話問。"
source = "公告"
source_date = "2024-10-11"
status = "OFF"
recheck_by = 2027-05-20
"""

LAWS = """
[laws.spread]
article = "刑法第 1 條"
what = "傳出去"
penalty = "最重可關 5 年"
complaint = "needed"
about = ["spread"]
source = "公告"
source_date = "2024-10-11"
status = "OFF"
recheck_by = 2027-05-20
fallback = "請打電話問。"
"""

PLATFORMS = """
[platforms.line]
name = "LINE"
words = ["賴"]
how = "按「檢舉」。"
url = "https://example.org/line"
needs = "帳號。"
caution = "不會通知對方。"
tips_off = "no"
stopncii = "not_found"
source = "公告"
source_date = "2026-11"
status = "ORG"
show = "yes"
recheck_by = 2027-02-20
fallback = "先問中心。"
held = [{ what = "old.example.org/form", why = "沒確認" }]
"""

EVIDENCE = """
[sources]
"001" = "簡報"

[items.link]
text = "連結"
from = ["001"]

[lists.minimum]
title = "先留這些："
items = ["link"]
source = "簡報"
source_date = "2025-07-08"
status = "OFF"
recheck_by = 2027-05-20
fallback = "先不要刪。"
"""

ALARMS = 'danger = ["拿刀"]\ncrisis = ["想死"]\n'


@dataclass(frozen=True, slots=True)
class Limits:
    """Limits of a channel that everything fits into."""

    bubbles: int = 5
    text_units: int = 5_000
    buttons: int = 13
    label_graphemes: int = 20
    tap_bytes: int = 64


def plant(text: str, fault: Mapping[str, str]) -> str:
    """Replace each piece once; a piece that is not there is a fault of the test."""
    for right, wrong in fault.items():
        assert right in text, right
        text = text.replace(right, wrong, 1)
    return text


def make(
    *,
    flow: Mapping[str, str] | None = None,
    contacts: Mapping[str, str] | None = None,
    facts: Mapping[str, str] | None = None,
    laws: Mapping[str, str] | None = None,
    platforms: Mapping[str, str] | None = None,
    evidence: Mapping[str, str] | None = None,
    phrases: Mapping[str, str] | None = None,
    english: Mapping[str, str | None] | None = None,
    fuzzy: str = "",
    today: date = TODAY,
    limits: Limits | None = None,
) -> Material:
    """Return the small conversation in two languages with these faults planted."""
    flow_text, contact_text = plant(FLOW, flow or {}), plant(CONTACTS, contacts or {})
    fact_text = plant(FACTS, facts or {})
    reference = {
        "laws": plant(LAWS, laws or {}),
        "platforms": plant(PLATFORMS, platforms or {}),
        "evidence": plant(EVIDENCE, evidence or {}),
    }
    texts = (flow_text, contact_text, fact_text, *reference.values())
    tables = [parse_toml(text, "test") for text in texts]
    sentences = [one for table in tables for one in collect_sentences(table)]
    parsed, knowledge = (
        parse_flow(flow_text, "flow.toml"),
        parse_knowledge(contact_text, {"facts.toml": fact_text}, **reference),
    )
    catalog = _translate_all(sentences, english or {}, fuzzy)

    def translate(context: str, sentence: str, locale: str) -> str:
        entry = catalog.get((context, sentence)) if locale == "en" else None
        return entry.text if entry and entry.text and not entry.fuzzy else sentence

    def render(state: StateId, answers: Answers, locale: str) -> Reply:
        return _render(parsed, knowledge.contacts, translate, state, answers, locale)

    lists = {name: parse_phrases(text, name) for name, text in (phrases or {}).items()}
    return Material(
        flow=parsed,
        knowledge=knowledge,
        alarms=parse_alarms(ALARMS),
        sentences=sentences,
        render=render,
        translate=translate,
        today=today,
        limits={"line": limits or Limits()},
        locales=("zh_TW", "en"),
        catalogs={"en": catalog},
        denied_in_previews=("警察", "police"),
        **lists,
    )


def _translate_all(sentences, english: Mapping[str, str | None], fuzzy: str) -> Catalog:
    """Translate everything by a mark, except what a test translates itself; None leaves it out."""
    catalog = {}
    for context, sentence in sentences:
        text = english.get(sentence, f"{sentence}.en")
        if text is not None:
            catalog[context, sentence] = Translation(text, fuzzy=sentence == fuzzy)
    known = {sentence for _, sentence in sentences}
    extra = {("gone", s): Translation(t) for s, t in english.items() if s not in known and t}
    return {**catalog, **extra}


def _render(flow: Flow, contacts, translate, state_id: StateId, answers: Answers, locale: str) -> Reply:
    state = flow.get_state(state_id)

    def fill(text: str) -> str:
        for contact in contacts.values():
            text = text.replace(f"{{contact.{contact.id}}}", f"{contact.name} {contact.number}")
            text = text.replace(f"{{number.{contact.id}}}", contact.number)
            text = text.replace(f"{{url.{contact.id}}}", contact.url)
        return text.replace("{answers}", "")

    choices = [
        Button(c.id, translate(f"{flow.id}.{state_id}.{c.id}", c.label, locale), "choice")
        for c in list_open(state, answers)
    ]
    ways = [
        Button(w.id, translate(f"{flow.id}.ways_out.{w.id}", w.label, locale), "way_out")
        for w in flow.ways_out
        if not w.quiet
    ]
    return Reply(
        bubbles=tuple(
            fill(translate(f"{flow.id}.{state_id}", line.text, locale))
            for line in state.say
            if holds(line.when, answers)
        ),
        buttons=tuple(choices + ways) if choices else (),
        visit=NOT_YET,
        turn=1,
        locale=locale,
        hint="回數字：" if choices else "",
    )
