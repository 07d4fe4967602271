"""
Find the faults of a conversation before a person meets them.

Errors stop a release; warnings are for a person to weigh. Each rule is one function of `issues`,
named as the rule and described by its docstring.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping
from types import MappingProxyType
from typing import TypeVar

from bot.core.issues.answers import (
    answers_nobody_reads,
    answers_nobody_sets,
    answers_without_words,
    forgotten_answers_nobody_sets,
    guards_that_never_hold,
    shadowed_routes,
)
from bot.core.issues.hard_facts import facts_in_sentences, needless_fact_exemptions
from bot.core.issues.hours import hours_without_words, ordinal_mentions
from bot.core.issues.material import Finding, Issue, Material, Severity
from bot.core.issues.paths import dead_ends, endless_loops, unreachable_states
from bot.core.issues.replies import (
    Spoken,
    adults_only,
    bubble_counts,
    channel_limits,
    early_questions,
    endings_without_human,
    long_bubbles,
    no_open_choices,
    speak_all,
    superseded_contacts,
    telling_previews,
)
from bot.core.issues.sources import overdue, unknown_mentions, unshowable, unsourced, without_fallback
from bot.core.issues.tone import blaming_words, needless_exemptions, promises
from bot.core.issues.translations import (
    differing_numbers,
    differing_placeholders,
    fuzzy_translations,
    missing_translations,
    superfluous_translations,
)
from bot.core.issues.ways import (
    hidden_ways_out,
    missing_ways_out,
    states_without_buttons,
    unheard_choices,
    unheard_ways_out,
    ways_out_that_lead_wrong,
)
from bot.errors import FlowError

DataRule = Callable[[Material], Iterator[Finding]]
R = TypeVar("R")
ReplyRule = Callable[[Material, Iterable[Spoken]], Iterator[Finding]]

#: A file that could not be parsed: nothing else can be said about it.
UNREADABLE = "unreadable"

_DATA_RULES: Mapping[DataRule, Severity] = MappingProxyType(
    {
        unreachable_states: "error",
        dead_ends: "error",
        endless_loops: "error",
        missing_ways_out: "error",
        ways_out_that_lead_wrong: "error",
        states_without_buttons: "error",
        hidden_ways_out: "error",
        unheard_ways_out: "error",
        unheard_choices: "warning",
        answers_nobody_sets: "error",
        forgotten_answers_nobody_sets: "error",
        answers_without_words: "error",
        answers_nobody_reads: "warning",
        guards_that_never_hold: "error",
        shadowed_routes: "error",
        unsourced: "error",
        unshowable: "error",
        without_fallback: "error",
        overdue: "warning",
        unknown_mentions: "error",
        ordinal_mentions: "error",
        hours_without_words: "error",
        facts_in_sentences: "error",
        needless_fact_exemptions: "warning",
        missing_translations: "error",
        fuzzy_translations: "error",
        superfluous_translations: "warning",
        differing_placeholders: "error",
        differing_numbers: "error",
        promises: "error",
        blaming_words: "error",
        needless_exemptions: "warning",
    }
)
_REPLY_RULES: Mapping[ReplyRule, Severity] = MappingProxyType(
    {
        bubble_counts: "error",
        no_open_choices: "error",
        early_questions: "warning",
        long_bubbles: "warning",
        channel_limits: "error",
        telling_previews: "error",
        superseded_contacts: "error",
        endings_without_human: "error",
        adults_only: "error",
    }
)

#: The closed set of rules, with what each finds.
RULES: Mapping[str, str] = MappingProxyType(
    {UNREADABLE: "A data file cannot be used at all."}
    | {rule.__name__: (rule.__doc__ or "").strip() for rule in (*_DATA_RULES, *_REPLY_RULES)}
)


def find_issues(material: Material) -> list[Issue]:
    """
    Return every issue, errors first, in an order that does not change.

    While a sentence mentions something that does not exist no reply can be said, so the rules about
    replies wait until that is mended.
    """
    found = list(_judge(_DATA_RULES, lambda rule: rule(material)))
    if not any(issue.rule == unknown_mentions.__name__ for issue in found):
        spoken = speak_all(material)
        found += _judge(_REPLY_RULES, lambda rule: rule(material, spoken))
    return sorted(dict.fromkeys(found), key=_order)


def describe_fault(fault: FlowError) -> Issue:
    """Return the issue of data that could not be parsed, so that it is reported like any other."""
    return Issue("error", UNREADABLE, fault.where, fault.reason)


def _judge(rules: Mapping[R, Severity], ask: Callable[[R], Iterator[Finding]]) -> Iterator[Issue]:
    for rule, severity in rules.items():
        for where, says in ask(rule):
            yield Issue(severity, getattr(rule, "__name__", ""), where, says)


def _order(issue: Issue) -> tuple[str, str, str, str]:
    return issue.severity, issue.rule, issue.where, issue.says
