"""`flow check` finds each kind of fault, and only the fault that is there."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, date, datetime
from pathlib import Path
from typing import Any

import pytest

from bot.core.check import RULES, UNREADABLE, describe_fault, find_issues
from bot.core.issues.answers import _Watched
from bot.core.issues.hard_facts import find_hard_facts
from bot.core.issues.phrases import PhraseList, parse_phrases
from bot.core.taipei import TAIPEI
from bot.errors import FlowError
from bot.pack import find_data
from bot.wiring.checking import check_folder
from tests.core.check_cast import TODAY, Limits, make

START = 'say = ["你好。", "滿 18 歲了嗎？"]'
AGAIN = '{ id = "again", label = "再看一次", to = "start", routes = [{ to = "card", when = ["is_minor"] }] },'


def say(*sentences: str) -> dict[str, Any]:
    """Let the first state say something else."""
    return {"flow": {START: "say = [" + ", ".join(f'"{one}"' for one in sentences) + "]"}}


def phrases(name: str, listed: str) -> dict[str, Any]:
    return {"phrases": {name: listed}}


FAULTS: dict[str, list[tuple[dict[str, Any], str]]] = {
    "unreachable_states": [
        ({"flow": {"[states.erased]": '[states.lost]\ntitle = "x"\nsay = ["嗨。"]\nchoices = [{ id = "c", label = "好", to = "card" }]\n[states.erased]'}}, "lost"),
    ],
    "dead_ends": [({"flow": {'label = "滿了", to = "card"': 'label = "滿了", to = "stop"', "[states.erased]": '[states.stop]\ntitle = "x"\nsay = ["嗨。"]\n[states.erased]'}}, "stop")],
    "endless_loops": [
        ({"flow": {"ends = true\n": ""}}, "start"),
        ({"flow": {'label = "滿了", to = "card"': 'label = "滿了", to = "round"', "[states.erased]": '[states.round]\ntitle = "x"\nsay = ["嗨。"]\nchoices = [{ id = "c", label = "好", to = "crisis" }]\n[states.erased]'}}, "round"),
    ],
    "missing_ways_out": [
        ({"flow": {'id = "human"\nlabel': 'id = "person"\nlabel'}}, "'human' is missing"),
        ({"flow": {'id = "language"\nlabel': 'id = "tongue"\nlabel'}}, "'language' is missing"),
        ({"flow": {'kind = "back"': 'kind = "restart"'}}, "must be of the kind 'back'"),
    ],
    "ways_out_that_lead_wrong": [
        ({"flow": {'label = "全部刪", kind = "erase"': 'label = "全部刪", kind = "return"'}}, "has no choice that erases"),
        ({"flow": {"silent = true\n": 'choices = [{ id = "c", label = "好", kind = "return" }]\n'}}, "is not silent"),
        ({"flow": {'kind = "return", locale = "en"': 'kind = "return"'}}, "does not offer the language 'en'"),
    ],
    "hidden_ways_out": [
        ({"flow": {'{ id = "to_language", label = "換語言", to = "language" },': ""}}, "ways_out.language"),
        ({"flow": {'{ id = "anew", label = "從頭來", kind = "restart" },\n  { id = "return"': '{ id = "return"'}}, "ways_out.restart"),
    ],
    "no_open_choices": [
        ({"flow": {AGAIN: AGAIN.replace('to = "start"', 'to = "start", when = ["is_minor"]')}}, "shows no choice with no answers"),
    ],
    "states_without_buttons": [
        ({"flow": {'choices = [{ id = "return", label = "我沒事", kind = "return" }]': ""}}, "crisis"),
    ],
    "unheard_ways_out": [
        ({"flow": {'words = ["返回"]': "words = []"}}, "no word leads here"),
        ({"flow": {'words = ["返回"]': 'words = ["真人"]'}}, "typing '真人' means something else"),
        ({"english": {"離開": "刪除"}}, "typing '刪除' means something else"),
        ({"flow": {'words = ["返回"]': 'words = ["想死"]'}}, "typing '想死' means something else"),
    ],
    "unheard_choices": [
        ({"flow": {'label = "還沒", to': 'label = "刪除", to'}}, "typing '刪除' means something else"),
        ({"flow": {'label = "還沒", to': 'label = "滿了！", to'}}, "typing '滿了！' means something else"),
        ({"flow": {'label = "還沒", to': 'label = "想死", to'}}, "typing '想死' means something else"),
    ],
    "answers_nobody_sets": [({"flow": {', when = ["is_minor"] },\n  "還要': ', when = ["demand=money"] },\n  "還要'}}, "reads the answer 'demand'")],
    "forgotten_answers_nobody_sets": [({"flow": {'set = { age_now = "adult" }': 'set = { age_now = "adult" }, forget = ["mood"]'}}, "forgets the answer 'mood'")],
    "answers_without_words": [
        ({"flow": {', minor = "還沒" }': " }"}}, "'age_now = minor' has no words"),
        ({"flow": {"[answers.age_now]": "[answers.age_then]"}}, "'age_now = adult' has no words"),
    ],
    "answers_nobody_reads": [({"flow": {'set = { age_now = "adult" }': 'set = { mood = "fine" }'}}, "stores the answer 'mood'")],
    "guards_that_never_hold": [({"flow": {'age_now = "minor"': 'age_now = "unsure"'}}, "no answers satisfy is_minor")],
    "shadowed_routes": [
        ({"flow": {AGAIN: AGAIN.replace("routes = [", 'routes = [{ to = "card" }, ')}}, "the route to 'start'"),
        ({"flow": {AGAIN: AGAIN.replace("routes = [", 'routes = [{ to = "start", when = ["filmed_under_18"] }, ')}}, "the route to 'card'"),
    ],
    "unsourced": [],
    "unshowable": [
        ({"contacts": {'status = "OFF"': 'status = "MEM"'}}, "contacts.police_110"),
        ({"facts": {'status = "OFF"': 'status = "3RD"'}}, "facts.six"),
    ],
    "without_fallback": [
        ({"contacts": {'fallback = ["police_110"]\n': ""}}, "contacts.protection_113"),
        ({"contacts": {'show = "yes"': 'show = "no"'}}, "contacts.protection_113"),
        ({"facts": {'fallback = "有期限，請打電話問。"\n': ""}}, "facts.six"),
    ],
    "overdue": [
        ({"today": date(2027, 2, 21)}, "contacts.police_110"),
        ({"today": date(2027, 5, 21)}, "facts.six"),
    ],
    "unknown_mentions": [
        (say("找 {contact.nobody}"), "is not in contacts.toml"),
        (say("打 {number.nobody}"), "is not in contacts.toml"),
        (say("看 {fact.nothing}"), "is not in flows/facts"),
        (say("看 {url.police_110}"), "has no url"),
        (say("看 {link.siarc}"), "is not a mention"),
        (say("看 {contact.police_110"), "is not a mention"),
        ({"flow": {"我沒看懂。": "打 {number.police_110}。"}}, "is not filled in here"),
    ],
    "facts_in_sentences": [
        (say("打 02-6605-7373 問問。"), "'02-6605-7373'"),
        (say("打 1925 也可以。"), "'1925'"),
        (say("看 https://example.org/x 就好。"), "'https://example.org/x'"),
        (say("看 stopncii.org 就好。"), "'stopncii.org'"),
        (say("電話 24 小時有人接。"), "'24 小時'"),
        (say("要在六個月內。"), "'六個月'"),
        (say("早上 9:00 開始。"), "'9:00'"),
        (say("刑法這樣說。"), "'刑法'"),
        (say("看第 319 條。"), "'第 319 條'"),
        ({"facts": {"有期限，請打電話問。": "有 6 個月。"}}, "fact.six.fallback"),
    ],
    "needless_fact_exemptions": [
        (phrases("own_facts", '[[exemptions]]\nwhere = "small.start"\nphrase = "7 天"\nreason = "x"'), "'7 天' needs no exemption"),
    ],
    "missing_translations": [({"english": {"你好。": None}}, "small.start [en]"), ({"english": {"你好。": ""}}, "small.start [en]")],
    "fuzzy_translations": [({"fuzzy": "你好。"}, "small.start [en]")],
    "superfluous_translations": [({"english": {"早就不說了": "no longer"}}, "gone [en]")],
    "differing_placeholders": [
        ({"english": {"先記著：{contact.protection_113}": "Keep {contact.police_110}"}}, "small.card [en]"),
        ({"english": {"先記著：{contact.protection_113}": "Keep this"}}, "small.card [en]"),
    ],
    "differing_numbers": [
        ({"english": {"113 專線": "118 line"}}, "contact.protection_113.name [en]"),
        ({"english": {"你好。": "Hello, call 0800"}}, "small.start [en]"),
    ],
    "promises": [
        ({**say("我們保證移除。"), **phrases("promises", 'phrases = ["保證"]\ndenials = ["不能保證"]')}, "'保證'"),
        ({"english": {"你好。": "We guarantee it"}, **phrases("promises", 'phrases = ["guarantee"]')}, "small.start [en]"),
    ],
    "blaming_words": [({**say("你為什麼要拍？"), **phrases("blame", 'phrases = ["為什麼要拍"]')}, "blames or shames")],
    "needless_exemptions": [
        (phrases("blame", 'phrases = ["笨"]\n[[exemptions]]\nwhere = "small.start"\nphrase = "笨"\nreason = "x"'), "'笨' needs no exemption"),
    ],
    "bubble_counts": [
        (say("一。", "二。", "三。", "四。"), "says 4 bubbles"),
        ({"flow": {START: 'say = [{ text = "嗨。", when = ["is_minor"] }]'}}, "says 0 bubbles with no answers"),
        ({"english": {"你好。": " "}}, "an empty bubble"),
    ],
    "early_questions": [(say("還好嗎？", "說說看。"), "asks before the last bubble")],
    "ordinal_mentions": [(say("打第一支：\\n{contact.protection_113}\\n{contact.police_110}"), "'第一支'")],
    "hours_without_words": [({"contacts": {'number = "110"\n': 'number = "110"\nopen = ["always"]\n'}}, "contacts.police_110")],
    "long_bubbles": [(say("長" * 221), "221 characters"), ({"english": {"你好。": "a" * 481}}, "481 characters")],
    "channel_limits": [
        ({"limits": Limits(bubbles=1)}, "2 bubbles, 1 fit"),
        ({"limits": Limits(text_units=20)}, "20 fit"),
        ({"limits": Limits(buttons=7)}, "8 buttons, 7 fit"),
        ({"english": {"滿了": "I am eighteen or older"}}, "is longer than 20"),
        ({"limits": Limits(tap_bytes=30)}, "carries"),
    ],
    "telling_previews": [
        (say("這裡有警察的電話。"), "'警察' shows on a locked phone"),
        ({"flow": {"我沒看懂。": "警察在哪？"}}, "small.notes.not_understood"),
        ({"flow": {'label = "滿了"': 'label = "找警察"'}}, "start [zh_TW]"),
        ({"english": {"你好。": "The Police are here."}}, "start [en]"),
    ],
    "superseded_contacts": [
        (say("打 0800 024 111"), "says '0800-024-111'"),
        (say("看 OLD.example.org"), "says 'old.example.org'"),
        ({"contacts": {'show = "yes"': 'show = "no"'}, **say("打 110")}, "says '110'"),
    ],
    "endings_without_human": [
        ({"flow": {"先記著：{contact.protection_113}": "先記著。"}}, "card [zh_TW]"),
        ({"flow": {"打 {number.protection_113}。": "打電話。"}}, "human [zh_TW]"),
    ],
    "adults_only": [
        ({"flow": {"未滿的話找大人。": "可以用 StopNCII。"}}, "names stopncii with age_now=minor"),
        (say("可以用 StopNCII。"), "start [en]"),
    ],
}  # fmt: skip

CASES = [(rule, planted, says) for rule, cases in FAULTS.items() for planted, says in cases]


def test_the_small_conversation_has_no_issue() -> None:
    """Without a planted fault nothing is found, so each finding below is of its fault."""
    assert find_issues(make()) == []


@pytest.mark.parametrize(("rule", "planted", "says"), CASES, ids=[f"{c[0]}-{n}" for n, c in enumerate(CASES)])
def test_a_planted_fault_is_found(rule: str, planted: dict[str, Any], says: str) -> None:
    """Each kind of fault is found by its own rule, and the issue says where and what."""
    found = find_issues(make(**planted))
    assert any(issue.rule == rule and says in f"{issue.where}: {issue.says}" for issue in found), found


def test_every_rule_has_a_planted_fault_and_one_line_of_description() -> None:
    """The set of rules is closed: nobody adds one without saying what it finds and showing it."""
    assert set(FAULTS) | {UNREADABLE} == set(RULES)
    assert all(line and "\n" not in line for line in RULES.values())


def test_a_contact_without_a_source_is_found() -> None:
    """The parser refuses it already; a pack made by other means is caught here."""
    material = make()
    contact = next(iter(material.knowledge.contacts.values()))
    contacts = {**material.knowledge.contacts, contact.id: replace(contact, source=" ")}
    found = find_issues(replace(material, knowledge=replace(material.knowledge, contacts=contacts)))
    assert [(issue.rule, issue.where) for issue in found] == [("unsourced", "contacts.police_110")]


def test_an_unknown_mention_is_reported_before_anything_is_rendered() -> None:
    """A reply that cannot be said does not stop the check from saying why."""
    found = find_issues(make(**say("找 {contact.nobody}")))
    assert {issue.rule for issue in found} >= {"unknown_mentions"}
    assert not any(issue.rule == "bubble_counts" for issue in found)


def test_errors_come_first_and_none_twice() -> None:
    """The list reads the same every time, the worst first."""
    found = find_issues(make(today=date(2027, 6, 1), **say("打 1925 嗎？", "嗨。")))
    assert [issue.severity for issue in found] == sorted(issue.severity for issue in found)
    assert len(found) == len(set(found))
    assert found == find_issues(make(today=date(2027, 6, 1), **say("打 1925 嗎？", "嗨。")))


def test_a_choice_may_share_a_word_with_what_does_the_same() -> None:
    """A label heard as a way out or an alarm that leads to the same place is no fault."""
    to_crisis = {'label = "還沒", to = "card"': 'label = "想死", to = "crisis"'}
    to_human = {'label = "還沒", to = "card"': 'label = "真人", to = "human"'}
    anew = {'label = "從頭來"': 'label = "重新開始"'}
    for same in (to_crisis, to_human, anew):
        assert not [issue for issue in find_issues(make(flow=same)) if issue.rule == "unheard_choices"]


@pytest.mark.parametrize(
    "sentence",
    [
        "打 110 或 119，也可以打 113。",
        "未滿 18 歲。",
        "先做這 3 件事。",
        "{contact.x} 24",
        "一次一步，幾分鐘就好。",
    ],
)
def test_harmless_numbers_may_stand_in_a_sentence(sentence: str) -> None:
    """Emergency numbers, ages and small counts are no facts of their own."""
    assert find_hard_facts(sentence) == []


def test_an_exemption_lets_one_sentence_say_one_thing() -> None:
    """It is bound to its sentence: the same words elsewhere are still found."""
    exempt = '[[exemptions]]\nwhere = "small.start"\nphrase = "24 小時"\nreason = "our own promise"'
    said = {**say("過 24 小時就刪。"), **phrases("own_facts", exempt)}
    assert find_issues(make(**said)) == []
    elsewhere = {**said, "flow": {**said["flow"], "還要什麼？": "24 小時都在。"}}
    assert [issue.where for issue in find_issues(make(**elsewhere))] == ["small.card"]


@pytest.mark.parametrize(("sentence", "found"), [
    ("先說清楚：沒有工具能保證擋住。", ()),
    ("沒有工具能保證擋住，但我們保證移除。", ("保證", "保證移除")),
    ("No tool can guarantee this.", ()),
    ("We guarantee removal", ("guarantee",)),
    ("guaranteed", ()),
])  # fmt: skip
def test_a_denial_is_no_promise(sentence: str, found: tuple[str, ...]) -> None:
    """What denies a promise is taken out first; Latin phrases are whole words."""
    listed = PhraseList(("保證", "保證移除", "guarantee"), ("沒有工具能保證", "no tool can guarantee"))
    assert listed.find_in(sentence) == found


def test_a_list_of_phrases_with_an_unknown_key_is_refused() -> None:
    """A typing error in a list would quietly allow what it forbids."""
    with pytest.raises(FlowError, match="unknown key 'phrase'"):
        parse_phrases('phrase = ["x"]', "words/x.toml")


def test_a_fault_of_parsing_is_an_issue() -> None:
    """`flow check` prints it like any other, instead of a traceback."""
    issue = describe_fault(FlowError("frontdoor.toml [states.start]", "unknown guard 'is_tall'"))
    assert (issue.severity, issue.rule) == ("error", "unreadable")
    assert issue.where == "frontdoor.toml [states.start]"


def test_a_guard_may_go_through_all_answers() -> None:
    """It then counts as reading each of them."""
    watched = _Watched({"age_now": "minor", "demand": "money"})
    assert (len(watched), dict(watched)) == (2, {"age_now": "minor", "demand": "money"})
    assert watched.asked == {"age_now", "demand"}


# The shipped pack


def test_the_shipped_pack_has_no_errors() -> None:
    """What people meet today has no fault that the rules know."""
    errors = [issue for issue in check_folder(TODAY) if issue.severity == "error"]
    assert errors == []


def test_the_shipped_pack_has_no_errors_today() -> None:
    """Nor does it on the day the build runs; what is overdue by then is a warning."""
    today = datetime.now(UTC).astimezone(TAIPEI).date()
    assert [issue for issue in check_folder(today) if issue.severity == "error"] == []


def test_a_folder_with_an_unknown_guard_gives_one_issue(tmp_path: Path) -> None:
    """Raw data that cannot be parsed is reported with its place."""
    copy_flows(tmp_path, "50_care.toml", '"is_minor"', '"is_tall"')
    [issue] = check_folder(TODAY, flows=tmp_path)
    assert (issue.rule, "unknown guard 'is_tall'" in issue.says) == (UNREADABLE, True)


def test_a_folder_without_its_lists_gives_one_issue(tmp_path: Path) -> None:
    """Without the list of promises nothing could be held to it, so that is an error."""
    copy_flows(tmp_path)
    (tmp_path / "words" / "promises.toml").unlink()
    [issue] = check_folder(TODAY, flows=tmp_path)
    assert (issue.where, issue.says) == ("words/promises.toml", "cannot be read: FileNotFoundError")


def test_a_catalogue_is_judged_as_it_stands_in_its_file(tmp_path: Path) -> None:
    """Fuzzy, superfluous and missing entries are read from the catalogue itself."""
    folder = tmp_path / "en" / "LC_MESSAGES"
    folder.mkdir(parents=True)
    (folder / "frontdoor.po").write_text(
        'msgid ""\nmsgstr "Content-Type: text/plain; charset=UTF-8\\n"\n\n'
        '#, fuzzy\nmsgctxt "frontdoor.ways_out.back"\nmsgid "上一步"\nmsgstr "Back"\n\n'
        'msgctxt "frontdoor.nowhere"\nmsgid "沒有了"\nmsgstr "Gone"\n',
        encoding="utf-8",
    )
    found = {(issue.rule, issue.where) for issue in check_folder(TODAY, locales=tmp_path)}
    assert ("fuzzy_translations", "frontdoor.ways_out.back [en]") in found
    assert ("superfluous_translations", "frontdoor.nowhere [en]") in found
    assert ("missing_translations", "frontdoor.ways_out.human [en]") in found


def copy_flows(folder: Path, name: str = "", right: str = "", wrong: str = "") -> None:
    """Copy the shipped data, with one fault planted."""
    for path in find_data("flows").rglob("*.toml"):
        text = path.read_text(encoding="utf-8")
        if path.name == name:
            assert right in text
            text = text.replace(right, wrong, 1)
        copy = folder / path.relative_to(find_data("flows"))
        copy.parent.mkdir(parents=True, exist_ok=True)
        copy.write_text(text, encoding="utf-8")
