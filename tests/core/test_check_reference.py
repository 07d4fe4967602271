"""Every fault of a law, a platform or a list of what to save is found by the rule that is meant for it."""

from dataclasses import replace
from datetime import date
from typing import Any

import pytest

from bot.core.check import find_issues
from bot.core.issues.material import Issue
from tests.core.check_cast import make


def _say(text: str) -> dict[str, Any]:
    return {"flow": {"你好。": text}}


def _find(rule: str, **planted: Any) -> list[Issue]:
    return [issue for issue in find_issues(make(**planted)) if issue.rule == rule]


@pytest.mark.parametrize(
    ("rule", "planted", "where", "says"),
    [
        ("unshowable", {"laws": {'"OFF"': '"MEM"'}}, "laws.spread", "MEM may not be shown"),
        ("unshowable", {"platforms": {'"ORG"': '"3RD"'}}, "platforms.line", "3RD may not be shown"),
        ("unshowable", {"evidence": {'"OFF"': '"SEED"'}}, "lists.minimum", "SEED may not be shown"),
        ("without_fallback", {"laws": {'"請打電話問。"': '""'}}, "laws.spread", "has no fallback"),
        ("without_fallback", {"platforms": {'"先問中心。"': '""'}}, "platforms.line", "has no fallback"),
        ("without_fallback", {"evidence": {'"先不要刪。"': '""'}}, "lists.minimum", "has no fallback"),
        ("overdue", {"today": date(2027, 5, 21)}, "laws.spread", "checked by 2027-05-20"),
        ("overdue", {"today": date(2027, 2, 21)}, "platforms.line", "checked by 2027-02-20"),
        ("overdue", {"today": date(2027, 5, 21)}, "lists.minimum", "checked by 2027-05-20"),
        ("unknown_mentions", _say("{law.nothing}"), "small.start [zh_TW]", "is not in laws.toml"),
        ("unknown_mentions", _say("{platform.nothing}"), "small.start [zh_TW]", "is not in platforms.toml"),
        ("unknown_mentions", _say("{list.nothing}"), "small.start [zh_TW]", "is not in evidence.toml"),
        ("unknown_mentions", _say("{law}"), "small.start [zh_TW]", "is not a mention"),
        ("unknown_mentions", _say("{operators}"), "small.start [zh_TW]", "is not a mention"),
        ("unknown_mentions", {"platforms": {"帳號。": "{law.spread}"}}, "platform.line.needs [en]", "is not filled in here"),
        ("facts_in_sentences", {"laws": {"請打電話問。": "有 6 個月。"}}, "law.spread.fallback", "'6 個月'"),
        ("facts_in_sentences", {"platforms": {"先問中心。": "看 example.org。"}}, "platform.line.fallback", "'example.org。'"),
        ("facts_in_sentences", {"evidence": {'text = "連結"': 'text = "24 小時內的連結"'}}, "item.link", "'24 小時'"),
        ("facts_in_sentences", {"evidence": {"先留這些：": "刑法要的："}}, "list.minimum", "'刑法'"),
        ("missing_translations", {"english": {"按「檢舉」。": None}}, "platform.line.how [en]", "is not translated"),
        ("differing_numbers", {"laws": {"最重可關 5 年": "罰金 3000 元"}, "english": {"罰金 3000 元": "a fine of 300"}}, "law.spread.penalty [en]", "other numbers"),
    ],
)  # fmt: skip
def test_a_planted_fault_is_found(rule, planted, where, says):
    """By its own rule, with its place."""
    found = _find(rule, **planted)
    assert any(issue.where == where and says in issue.says for issue in found), found


@pytest.mark.parametrize("mention", ["{operator}", "{answers}", "{deadline}", "{calendar}"])
def test_the_service_itself_may_be_mentioned(mention):
    """These four stand alone in their braces; there is no fifth."""
    assert _find("unknown_mentions", **_say(mention)) == []


@pytest.mark.parametrize("kind", ["laws", "platforms", "lists"])
def test_an_entry_without_a_source_is_found(kind):
    """The parser refuses it already; a pack made by other means is caught here."""
    material = make()
    known = getattr(material.knowledge, kind)
    bare = {name: replace(one, source=" ") for name, one in known.items()}
    found = find_issues(replace(material, knowledge=replace(material.knowledge, **{kind: bare})))
    assert [(issue.rule, issue.where.partition(".")[0]) for issue in found] == [("unsourced", kind)]


def test_laws_and_platforms_state_their_own_figures():
    """They carry source and date, as facts do."""
    planted = {"platforms": {"不會通知對方。": "上傳的人有 48 小時。"}}
    assert _find("facts_in_sentences", **planted) == []
    assert _find("unknown_mentions", **_say("{law.spread}{platform.line}{list.minimum}")) == []


def test_a_platform_that_is_kept_back_is_neither_due_nor_unshowable():
    """It stays in the data so that nobody adds it again."""
    kept_back = {'show = "yes"': 'show = "no"', '"ORG"': '"MEM"'}
    found = find_issues(make(platforms=kept_back, today=date(2027, 2, 21)))
    assert [issue for issue in found if issue.where == "platforms.line"] == []
