"""Laws, platforms and lists of what to save: true to their sources, said with their date, or given way."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import replace
from datetime import UTC, date, datetime, time, timedelta
from functools import cache
from typing import get_args

import pytest

from bot.core.issues.hard_facts import find_hard_facts
from bot.core.knowledge import Knowledge, LawId, ListId, PlatformId, Situation
from bot.core.parse import parse_toml, parse_words
from bot.core.parse_knowledge import parse_knowledge
from bot.core.sentences import collect_sentences
from bot.errors import FlowError
from bot.pack import find_data, load_knowledge
from bot.voice.mentions import Mentioner
from bot.voice.reference import ReferenceLines, find_reference

TODAY = date(2026, 11, 20)
LAW = """
[laws.spread]
article = "刑法第 1 條"
what = "傳出去"
penalty = "最重可關 5 年"
complaint = "needed"
about = ["spread", "own_deed"]
source = "公告"
source_date = "2024-10-11"
status = "OFF"
recheck_by = 2027-05-20
fallback = "請打電話問。"
"""
PLATFORM = """
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
[items.account]
text = "帳號"
from = ["001"]
[lists.minimum]
title = "先留這些："
items = ["account", "link"]
source = "簡報"
source_date = "2025-07-08"
status = "OFF"
recheck_by = 2027-05-20
fallback = "先不要刪。"
"""
FILES = {"laws": LAW, "platforms": PLATFORM, "evidence": EVIDENCE}
ENGLISH = {
    "interface.law_line": "{what}: {penalty} ({article}). {complaint}",
    "interface.complaint_needed": "Only on complaint.",
    "interface.platform_line": "{name}: {how}",
    "interface.needs_line": "Needs: {needs}",
    "interface.caution_line": "Mind: {caution}",
    "interface.list_item": "- {item}",
    "interface.dated": "As of {dates}",
    "law.spread.what": "Spreading",
    "law.spread.penalty": "up to 5 years",
    "law.spread.article": "Criminal Code, Article 1",
    "law.spread.fallback": "Please call.",
    "platform.line.how": "Tap Report.",
    "platform.line.needs": "The account.",
    "platform.line.caution": "They are not told.",
    "item.link": "the link",
    "item.account": "the account",
    "list.minimum": "Keep these:",
    "list.minimum.fallback": "Delete nothing.",
}


def _make(fault: Mapping[str, str] | None = None) -> Knowledge:
    return parse_knowledge("", {}, **_plant(fault or {}))


def _plant(fault: Mapping[str, str]) -> dict[str, str]:
    texts = dict(FILES)
    for old, new in fault.items():
        name = next(name for name, text in texts.items() if old in text)
        texts[name] = texts[name].replace(old, new, 1)
    return texts


@cache
def _words() -> Mapping[str, str]:
    path = find_data("flows") / "phrases.toml"
    return parse_words(path.read_text(encoding="utf-8"), path.name)


def _say(
    sentence: str,
    knowledge: Knowledge,
    *,
    today: date = TODAY,
    translated: Mapping[str, str] | None = None,
) -> str:
    said = translated or {}

    def translate(context: str, source: str) -> str:
        return said.get(context, source)

    mentioner = Mentioner(
        knowledge,
        translate,
        datetime.combine(today, time(4), tzinfo=UTC),
        lambda _: True,
        "en" if said else "zh_TW",
        {key: translate(f"interface.{key}", word) for key, word in _words().items()},
        own={},
    )
    return mentioner.fill(sentence)


def _write(find: Callable[[Knowledge], Mapping[str, object]], kind: str) -> dict[str, str]:
    """Say every shipped entry of a kind, without its date."""
    known = load_knowledge()
    lines = ReferenceLines(lambda _, sentence: sentence, _words())
    said = {}
    for name in find(known):
        one = find_reference(known, kind, name)
        assert one is not None
        said[name] = lines.say(one)
    return said


# ─── Saying it ────────────────────────────────────────────────────────────────


def test_a_law_says_deed_penalty_article_and_whether_to_complain():
    """In plain words first; the date stands below."""
    assert _say("這樣：\n{law.spread}", _make()) == (
        "這樣：\n傳出去：最重可關 5 年（刑法第 1 條）。要當事人提告，提告有期限。\n資料日期 2024-10"
    )


@pytest.mark.parametrize(
    ("fault", "said"),
    [
        ({'"needed"': '"not_needed"'}, "傳出去：最重可關 5 年（刑法第 1 條）。不用當事人提告也能辦，沒有提告期限。"),
        ({'"needed"': '"none"'}, "傳出去。最重可關 5 年（刑法第 1 條）。"),
        ({'"needed"': '"none"', "最重可關 5 年": ""}, "傳出去（刑法第 1 條）。"),
    ],
)  # fmt: skip
def test_a_law_says_no_more_than_is_known(fault, said):
    """No empty brackets or colons where nothing is known, and no word of complaint beside a right."""
    assert _say("{law.spread}", _make(fault)) == f"{said}\n資料日期 2024-10"


def test_a_platform_says_steps_address_needs_and_caution():
    """The address stands on a line of its own, so that it can be tapped."""
    assert _say("{platform.line}", _make()) == (
        "LINE：按「檢舉」。\nhttps://example.org/line\n需要：帳號。\n注意：不會通知對方。\n資料日期 2026-11"
    )


def test_a_platform_without_address_needs_or_caution_says_only_its_steps():
    """No empty lines."""
    bare = _make({'"https://example.org/line"': '""', '"帳號。"': '""', '"不會通知對方。"': '""'})
    assert _say("{platform.line}", bare) == "LINE：按「檢舉」。\n資料日期 2026-11"


def test_a_list_says_its_items_in_their_order():
    """One a line, the most important first."""
    assert _say("{list.minimum}", _make()) == "先留這些：\n・帳號\n・連結\n資料日期 2025-07"


@pytest.mark.parametrize(
    ("mention", "said"),
    [
        ("{law.spread}", "Spreading: up to 5 years (Criminal Code, Article 1). Only on complaint.\nAs of 2024-10"),
        ("{platform.line}", "LINE: Tap Report.\nhttps://example.org/line\nNeeds: The account.\nMind: They are not told.\nAs of 2026-11"),
        ("{list.minimum}", "Keep these:\n- the account\n- the link\nAs of 2025-07"),
    ],
)  # fmt: skip
def test_everything_is_said_in_another_language(mention, said):
    """Each part has its own context; only the address and a name without translation stay."""
    assert _say(mention, _make(), translated=ENGLISH) == said


def test_dates_of_one_bubble_are_told_together():
    """Once each, in order."""
    said = _say("{list.minimum}\n{law.spread}\n{law.spread}", _make())
    assert said.endswith("\n資料日期 2024-10、2025-07")


@pytest.mark.parametrize(
    ("mention", "due", "instead", "english"),
    [
        ("{law.spread}", date(2027, 5, 20), "請打電話問。", "Please call."),
        ("{platform.line}", date(2027, 2, 20), "先問中心。", "先問中心。"),
        ("{list.minimum}", date(2027, 5, 20), "先不要刪。", "Delete nothing."),
    ],
)
def test_what_is_overdue_gives_way_on_the_day_after(mention, due, instead, english):
    """Up to the day itself it is said; then its fallback is, without a date."""
    knowledge, after = _make(), due + timedelta(days=1)
    assert "資料日期" in _say(mention, knowledge, today=due)
    assert _say(f"看：{mention}", knowledge, today=after) == f"看：{instead}"
    assert _say(mention, knowledge, today=after, translated=ENGLISH) == english


@pytest.mark.parametrize(
    ("mention", "fault"),
    [
        ("{law.spread}", {'status = "OFF"': 'status = "MEM"', 'fallback = "請打電話問。"\n': ""}),
        ("{platform.line}", {'show = "yes"': 'show = "no"', 'fallback = "先問中心。"\n': ""}),
        ("{platform.line}", {'status = "ORG"': 'status = "3RD"', 'fallback = "先問中心。"\n': ""}),
    ],
)
def test_what_may_not_be_shown_is_never_said(mention, fault):
    """Not even when nothing else could be said."""
    assert _say(f"看：{mention}", _make(fault)) == "看："


# ─── Reading the files ────────────────────────────────────────────────────────


def test_the_files_are_read_as_written():
    """Situations, names people type, what is held back, and where an item comes from."""
    knowledge = _make()
    assert knowledge.laws[LawId("spread")].about == ("spread", "own_deed")
    platform = knowledge.platforms[PlatformId("line")]
    assert (platform.words, platform.held[0].what) == (("賴",), "old.example.org/form")
    assert [item.sources for item in knowledge.lists[ListId("minimum")].items] == [("001",), ("001",)]
    places = [place for place, _ in knowledge.entries()]
    assert places == ["laws.spread", "platforms.line", "lists.minimum"]


@pytest.mark.parametrize(
    ("old", "new", "where", "reason"),
    [
        ('article = "刑法第 1 條"', "", "laws.toml [laws.spread]", "'article' is missing"),
        ('"needed"', '"maybe"', "[laws.spread]", "'complaint' must be one of needed, not_needed, none"),
        ('"own_deed"', '"rumour"', "[laws.spread]", "'about' must hold only secret, forced"),
        ('source_date = "2024-10-11"', 'source_date = "113"', "[laws.spread]", "must be YYYY"),
        ("recheck_by = 2027-05-20\n", "", "[laws.spread]", "'recheck_by' is missing"),
        ("[laws.spread]", "[law.spread]", "laws.toml", "unknown key 'law'"),
        ('fallback = "請', 'instead = "請', "[laws.spread]", "unknown key 'instead'"),
        ('"https://example.org/line"', '"http://example.org"', "platforms.toml [platforms.line]", "must begin with https://"),
        ('"https://example.org/line"', '"https://a b"', "[platforms.line]", "must begin with https://"),
        ('tips_off = "no"', 'tips_off = "yes"', "[platforms.line]", "'tips_off' must be one of no, may, unknown"),
        ('"not_found"', '"no"', "[platforms.line]", "'stopncii' must be one of"),
        ('show = "yes"', 'show = "caveat"', "[platforms.line]", "'show' must be one of yes, no"),
        (', why = "沒確認"', "", "held[0]", "'why' is missing"),
        ("[platforms.line]", "[platform.line]", "platforms.toml", "unknown key 'platform'"),
        ('from = ["001"]', "from = []", "evidence.toml [items.link]", "'from' must name a source"),
        ('from = ["001"]', 'from = ["009"]', "[items.link]", "'from' names '009'"),
        ('items = ["account", "link"]', 'items = ["account", "link", "no"]', "[lists.minimum]", "'items' names 'no'"),
        ('items = ["account", "link"]', 'items = ["link", "link"]', "[lists.minimum]", "each once"),
        ('items = ["account", "link"]', "items = []", "[lists.minimum]", "at least one item"),
        ('items = ["account", "link"]', 'items = ["link"]', "evidence.toml", "the item 'account' is in no list"),
        ("[lists.minimum]", "[list.minimum]", "evidence.toml", "unknown key 'list'"),
        ('"001" = "簡報"', '"001" = ""', "[sources]", "'001' is empty"),
    ],
)  # fmt: skip
def test_a_slip_in_a_file_is_refused_with_its_place(old, new, where, reason):
    """File, entry and reason, so that whoever keeps the data can mend it."""
    with pytest.raises(FlowError) as caught:
        _make({old: new})
    assert where in caught.value.where
    assert reason in caught.value.reason


def test_every_part_that_is_said_is_given_to_translators():
    """With its context; of a platform that is not shown only what is said instead of it."""
    hidden = PLATFORM.replace('show = "yes"', 'show = "no"').replace("platforms.line", "platforms.x")
    texts = (LAW, PLATFORM, hidden, EVIDENCE)
    found = [one for text in texts for one in collect_sentences(parse_toml(text, "test"))]
    assert dict(found) == {
        "law.spread.article": "刑法第 1 條",
        "law.spread.what": "傳出去",
        "law.spread.penalty": "最重可關 5 年",
        "law.spread.fallback": "請打電話問。",
        "platform.line.name": "LINE",
        "platform.line.how": "按「檢舉」。",
        "platform.line.needs": "帳號。",
        "platform.line.caution": "不會通知對方。",
        "platform.line.fallback": "先問中心。",
        "platform.x.fallback": "先問中心。",
        "list.minimum": "先留這些：",
        "list.minimum.fallback": "先不要刪。",
        "item.link": "連結",
        "item.account": "帳號",
    }
    assert len(found) == len(dict(found))


# ─── What is shipped ──────────────────────────────────────────────────────────

#: Only these need a complaint by the person, and so have its six months. Source: 刑法 319-6, 319, 363, 314; 跟騷法 18.
NEEDS_COMPLAINT = {
    "secret_filming", "spread", "voyeurism", "computer_secrets", "intrusion", "insult", "stalking",
}  # fmt: skip
NO_CRIME = {"duty_24h", "secrecy_minor", "secrecy_adult", "protection_order", "civil", "seizure_319_5"}
#: Years and fines as the statutes of 2024-10-11 say them.
PENALTIES = {
    "secret_filming": ("319-1", "3 年"),
    "secret_for_profit": ("319-1", "5 年", "50 萬"),
    "forced": ("319-2", "5 年", "50 萬", "6 個月"),
    "spread": ("319-3", "5 年", "50 萬"),
    "spread_secret": ("319-3", "6 個月到 5 年", "50 萬"),
    "spread_forced": ("319-3", "1 到 7 年", "70 萬"),
    "spread_profit": ("319-3", "二分之一"),
    "deepfake": ("319-4", "5 年", "50 萬"),
    "deepfake_profit": ("319-4", "7 年", "70 萬"),
    "threat": ("305", "2 年"),
    "coercion": ("304", "3 年"),
    "extortion": ("346", "6 個月到 5 年", "3 萬"),
    "voyeurism": ("315-1", "3 年", "30 萬"),
    "voyeurism_profit": ("315-2", "5 年"),
    "computer_secrets": ("318-1", "2 年"),
    "intrusion": ("358", "3 年"),
    "obscene_material": ("235", "2 年"),
    "insult": ("309、310",),
    "minor_filming": ("第 36 條第 1 項", "1 到 7 年", "十萬到一百萬"),
    "minor_luring": ("第 36 條第 2 項", "3 到 10 年", "三百萬"),
    "minor_force": ("第 36 條第 3 項", "至少關 7 年", "五百萬"),
    "minor_spreading": ("第 38 條", "1 到 7 年", "五百萬", "6 個月到 5 年", "三百萬"),
    "minor_paid_viewing": ("第 44 條", "1 到 7 年", "十萬到一百萬"),
    "minor_holding": ("第 39 條", "3 年", "6 萬到 60 萬", "1 到 7 年", "十萬到一百萬"),
    "duty_24h": ("第 7、46 條", "24 小時", "6 千到 6 萬"),
    "secrecy_minor": ("第 14、48 條", "6 萬到 60 萬", "2 萬到 10 萬"),
    "secrecy_adult": ("第 15、16、47 條", "6 萬到 60 萬"),
    "protection_order": ("第 14、63-1、16、10、61 條", "16 歲", "4 小時", "3 年"),
    "stalking": ("第 3、4、5、18 條", "2 年內", "1 年", "10 萬", "5 年"),
    "civil": ("第 18、184、195、197 條", "2 年", "10 年"),
    "seizure_319_5": ("319-5",),
}
PLATFORMS = {
    "facebook", "instagram", "threads", "x", "tiktok", "telegram", "line", "dcard", "ptt", "discord", "reddit",
    "snapchat", "youtube", "google_search", "google_drive", "blogger", "bing", "onedrive", "pornhub", "xvideos",
    "onlyfans", "mega", "other_sites",
}  # fmt: skip
LISTS = {
    "minimum", "spread", "threat", "money", "secret", "forced", "fake", "account", "minor", "full",
    "bring_to_police", "app_line", "app_meta", "app_telegram", "app_web", "app_story", "app_video_call",
}  # fmt: skip
#: So that a sentence before it and the date below it fit into a bubble of 190 characters.
LONGEST = {"law": 165, "platform": 165, "list": 150}


def test_exactly_these_laws_need_a_complaint():
    """The six months hold for these alone; none of the laws on images of minors is among them."""
    laws = load_knowledge().laws
    assert {name for name, law in laws.items() if law.complaint == "needed"} == NEEDS_COMPLAINT
    assert {name for name, law in laws.items() if law.complaint == "none"} == NO_CRIME
    minors = [law for name, law in laws.items() if name.startswith("minor_")]
    assert minors
    assert all(law.complaint == "not_needed" for law in minors)


@pytest.mark.parametrize("name", sorted(PENALTIES))
def test_a_law_says_its_article_and_its_figures(name):
    """A figure that was changed by a slip of the hand is found."""
    law = load_knowledge().laws[LawId(name)]
    said = f"{law.article} {law.what} {law.penalty}"
    assert [figure for figure in PENALTIES[name] if figure not in said] == []


def test_the_shipped_entries_are_the_ones_the_conversation_may_mention():
    """Nothing is missing and nothing came in unseen."""
    known = load_knowledge()
    assert set(known.laws) == set(PENALTIES)
    assert set(known.platforms) == PLATFORMS
    assert set(known.lists) == LISTS


def test_every_situation_has_a_law():
    """Whatever happened, there is something to say about it."""
    named = {situation for law in load_knowledge().laws.values() for situation in law.about}
    assert named == set(get_args(Situation))


def test_everything_shipped_fits_into_a_bubble():
    """With a sentence before it and the date below it."""
    said = {
        "law": _write(lambda known: known.laws, "law"),
        "platform": _write(lambda known: known.platforms, "platform"),
        "list": _write(lambda known: known.lists, "list"),
    }
    too_long = {
        f"{kind}.{name}": len(text)
        for kind, found in said.items()
        for name, text in found.items()
        if len(text) > LONGEST[kind]
    }
    assert too_long == {}


def test_what_is_held_back_is_said_nowhere():
    """An address that nobody confirmed does not slip back in through another entry."""
    known = load_knowledge()
    said = "\n".join(
        [
            *(text for kind in ("law", "platform", "list") for text in _write(_find(kind), kind).values()),
            *(fact.text for fact in known.facts.values()),
            *(contact.url for contact in known.contacts.values()),
        ]
    ).casefold()
    held = [one for platform in known.platforms.values() for one in platform.held]
    assert held
    assert all(one.why for one in held)
    assert [one.what for one in held if one.what.casefold() in said] == []


def _find(kind: str) -> Callable[[Knowledge], Mapping[str, object]]:
    return {"law": lambda k: k.laws, "platform": lambda k: k.platforms, "list": lambda k: k.lists}[kind]


def test_a_platform_that_may_tell_the_other_side_says_so_first():
    """Who may be in danger must know before sending anything."""
    platforms = load_knowledge().platforms
    telling = {name for name, one in platforms.items() if one.tips_off == "may"}
    assert telling == {"youtube", "google_drive", "blogger"}
    assert all("對方" in platforms[name].caution for name in telling)
    assert all("想好安全" in platforms[name].caution for name in telling)


def test_platforms_are_shown_only_as_they_or_the_state_describe_them():
    """No third party's word, no memory; and a page without a date says so."""
    for platform in load_knowledge().platforms.values():
        assert platform.status in {"ORG", "OFF"}
        assert (platform.source_date == "2026-11") == ("頁面未標日期" in platform.source), platform.id


def test_names_that_people_type_belong_to_one_platform():
    """Typing a name never leads to two doors."""
    words = [word.casefold() for one in load_knowledge().platforms.values() for word in one.words]
    assert len(words) == len(set(words))


def test_the_list_for_minors_saves_links_and_never_the_image():
    """An image of somebody under 18 is not captured, stored or sent again, not even as proof."""
    items = load_knowledge().lists[ListId("minor")].items
    ids = {str(item.id) for item in items}
    assert not ids & {
        "page_shot",
        "story_shot",
        "post",
        "original",
        "line_chat",
        "web_image_url",
        "story_record",
    }
    assert {"url", "account", "no_more_copies", "as_it_is"} <= ids


def test_no_list_tells_anybody_to_delete_or_to_copy_further():
    """Deleting a chat or an account is never advised."""
    for one in load_knowledge().lists.values():
        for item in one.items:
            assert "刪" not in item.text.replace("不要刪", ""), item.id


def test_what_is_said_instead_states_no_figure_and_exists():
    """It must stay true for years: no number, article, clock or address."""
    for place, one in load_knowledge().entries():
        if place.startswith(("laws.", "platforms.", "lists.")):
            assert one.fallback, place
            assert find_hard_facts(str(one.fallback)) == [], place


def test_an_item_states_no_figure():
    """Items carry no date of their own, so nothing that can go stale."""
    items = {item for one in load_knowledge().lists.values() for item in one.items}
    assert [item.id for item in items if find_hard_facts(item.text)] == []


def test_everything_shipped_may_be_shown_today_and_falls_due_together_with_its_kind():
    """Addresses are looked at every three months, statutes twice a year."""
    known = load_knowledge()
    assert all(one.may_be_shown(TODAY) for one in (*known.laws.values(), *known.lists.values()))
    assert {one.recheck_by for one in known.platforms.values()} == {date(2027, 2, 20)}
    assert {one.recheck_by for one in known.laws.values()} == {date(2027, 5, 20)}
    assert not replace(known.laws[LawId("spread")], status="SEED").may_be_shown(TODAY)
