"""Every reply as it is really said: in each language, with all the answers that can change it."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, field
from functools import lru_cache, partial
from itertools import product

from bot.core.guards import Answers, filmed_under_18, holds
from bot.core.issues.answers import Settable, combine, find_read_keys, find_settable, list_guards
from bot.core.issues.material import ChannelLimits, Finding, Material
from bot.core.knowledge import ContactId
from bot.core.model import Flow, State
from bot.core.reply import Reply

MAX_BUBBLES = 3
#: About what one screen of a phone shows. zh counts a character for a word's worth, others letters.
MAX_CHARS = {"zh": 190, "": 480}
PREVIEW_CHARS = 40
#: Only for images made at 18 or older. Source: stopncii.org, who may use it.
_ADULTS_ONLY = "stopncii"
_HUMAN_CONTACTS = (ContactId("protection_113"), ContactId("siarc"))
_HUMAN_NUMBER = "113"
#: The longest that travels in a button: visit and turn as the channels write them.
_LONGEST_TAP = "v={visit}&t={turn}&c={id}"
_QUOTED = re.compile(r"「[^」]*」|“[^”]*”|\"[^\"]*\"|https?://\S+")
#: Which answers something reads, and what it says of them.
_Asks = tuple[frozenset[str], Callable[[Answers], object]]
_QUESTION = re.compile(r"[?？]")
_BETWEEN_DIGITS = re.compile(r"(?<=\d)[\s\-–—]+(?=\d)")


@dataclass(frozen=True, slots=True)
class Spoken:
    """One state as it is said with these answers in this language."""

    state: State
    locale: str
    answers: Answers = field(repr=False)
    reply: Reply = field(repr=False)

    @property
    def where(self) -> str:
        """The place as an issue names it."""
        return f"{self.state.id} [{self.locale}]"


def speak_all(material: Material) -> list[Spoken]:
    """
    Say every state in every language with every set of answers that changes how it is said.

    The ages are always among them, because what an age must not hear is a rule of its own.
    """
    settable = find_settable(material.flow)
    return [
        Spoken(state, locale, answers, material.render(state.id, answers, locale))
        for state in material.flow.states.values()
        for answers in _tell_apart(state, material.flow, settable)
        for locale in material.locales
    ]


def _tell_apart(state: State, flow: Flow, settable: Settable) -> Iterator[Answers]:
    """
    Yield one set of answers for each way the state can look; most sets look like another one.

    Guards that share no answer are tried apart: what they do together follows.
    """
    recalled = sorted(key for key, asked in flow.answers.items() if state.id in asked.asked_in)
    guards = dict.fromkeys((*list_guards(state), "filmed_under_18"))
    asks: list[_Asks] = [(frozenset({key}), partial(_get, key)) for key in recalled]
    asks += [(find_read_keys([name], settable), partial(holds, (name,))) for name in guards]
    apart = [_list_looks(group, settable) for group in _group(asks)]
    for chosen in product(*apart):
        yield {key: value for answers in chosen for key, value in answers.items()}


def _get(key: str, answers: Answers) -> str | None:
    return answers.get(key)


def _group(asks: Iterable[_Asks]) -> list[list[_Asks]]:
    """Put together what reads the same answers."""
    groups: list[list[_Asks]] = []
    for ask in asks:
        touching = [group for group in groups if any(ask[0] & keys for keys, _ in group)]
        groups = [group for group in groups if group not in touching]
        groups.append([ask, *(one for group in touching for one in group)])
    return groups


def _list_looks(group: Iterable[_Asks], settable: Settable) -> list[Answers]:
    """One set of answers for each result of these guards."""
    asks = list(group)
    found: dict[tuple[object, ...], Answers] = {}
    for answers in combine(frozenset(key for keys, _ in asks for key in keys), settable):
        found.setdefault(tuple(ask(answers) for _, ask in asks), answers)
    return list(found.values())


def no_open_choices(_: Material, spoken: Iterable[Spoken]) -> Iterator[Finding]:
    """A state has choices, but with some answers all of them are hidden."""
    for one in spoken:
        if one.state.choices and not one.reply.choices:
            yield one.where, f"shows no choice with {_name(one.answers)}"


def bubble_counts(_: Material, spoken: Iterable[Spoken]) -> Iterator[Finding]:
    """A reply has no bubble, more than three, or an empty one."""
    for one in spoken:
        if not 1 <= len(one.reply.bubbles) <= MAX_BUBBLES:
            yield one.where, f"says {len(one.reply.bubbles)} bubbles with {_name(one.answers)}"
        if any(not bubble.strip() for bubble in one.reply.bubbles):
            yield one.where, f"says an empty bubble with {_name(one.answers)}"


def early_questions(_: Material, spoken: Iterable[Spoken]) -> Iterator[Finding]:
    """A question stands before the last bubble, where the buttons do not answer it."""
    for one in spoken:
        for bubble in one.reply.bubbles[:-1]:
            if one.state.choices and _QUESTION.search(_QUOTED.sub("", bubble)):
                yield one.where, f"asks before the last bubble: {bubble[:20]}"


def long_bubbles(_: Material, spoken: Iterable[Spoken]) -> Iterator[Finding]:
    """A bubble is longer than a screen."""
    for one in spoken:
        most = MAX_CHARS.get(one.locale.partition("_")[0], MAX_CHARS[""])
        for bubble in one.reply.bubbles:
            if len(bubble) > most:
                yield one.where, f"a bubble has {len(bubble)} characters, {most} at most: {bubble[:20]}"


def channel_limits(material: Material, spoken: Iterable[Spoken]) -> Iterator[Finding]:
    """A channel could not send the reply whole: too long, too many, or a button that does not fit."""
    for one in spoken:
        for channel, limits in material.limits.items():
            for fault in _measure(one.reply, limits):
                yield f"{one.where} on {channel}", fault


def telling_previews(material: Material, spoken: Iterable[Spoken]) -> Iterator[Finding]:
    """The beginning of a message, which a locked phone shows, gives the matter away."""
    for one in spoken:
        for bubble in _write(one.reply):
            for word in _find_denied(bubble, material):
                yield one.where, f"'{word}' shows on a locked phone: {bubble[:PREVIEW_CHARS]}"
    for context, locale, sentence in material.say_all():
        if context.startswith(f"{material.flow.id}.notes."):
            for word in _find_denied(sentence, material):
                yield f"{context} [{locale}]", f"'{word}' shows on a locked phone: {sentence[:PREVIEW_CHARS]}"


def superseded_contacts(material: Material, spoken: Iterable[Spoken]) -> Iterator[Finding]:
    """A reply names a number or an address that was replaced or must not be shown."""
    retired = _list_retired(material)
    for one in spoken:
        said = _plain("\n".join(one.reply.bubbles))
        for value in retired:
            if _names(said, value):
                yield one.where, f"says '{value}', which must not be shown any more"


def endings_without_human(material: Material, spoken: Iterable[Spoken]) -> Iterator[Finding]:
    """An ending, or the way out to a human, does not say the number of one."""
    contacts = material.knowledge.contacts
    numbers = {_HUMAN_NUMBER, *(contacts[name].number for name in _HUMAN_CONTACTS if name in contacts)}
    human = {way.to for way in material.flow.ways_out if way.id == "human"}
    for one in spoken:
        said = _plain("\n".join(one.reply.bubbles))
        if (one.state.ends or one.state.id in human) and not any(_names(said, n) for n in numbers if n):
            yield one.where, f"says no number of a human with {_name(one.answers)}"


def adults_only(_: Material, spoken: Iterable[Spoken]) -> Iterator[Finding]:
    """Somebody under 18, now or when it was made, is told about a tool that is for adults only."""
    for one in spoken:
        said = "\n".join((*one.reply.bubbles, *(button.label for button in one.reply.buttons)))
        if filmed_under_18(one.answers) and _ADULTS_ONLY in said.casefold():
            yield one.where, f"names {_ADULTS_ONLY} with {_name(one.answers)}"


def _measure(reply: Reply, limits: ChannelLimits) -> Iterator[str]:
    if len(reply.bubbles) > limits.bubbles:
        yield f"{len(reply.bubbles)} bubbles, {limits.bubbles} fit"
    for text in _write(reply):
        units = len(text.encode("utf-16-le")) // 2
        if units > limits.text_units:
            yield f"a text of {units} units, {limits.text_units} fit"
    if len(reply.buttons) > limits.buttons:
        yield f"{len(reply.buttons)} buttons, {limits.buttons} fit"
    for button in reply.buttons:
        if len(button.label) > limits.label_graphemes:
            yield f"the label '{button.label}' is longer than {limits.label_graphemes}"
        carried = len(_LONGEST_TAP.format(visit="x" * 12, turn="9" * 9, id=button.id).encode())
        if carried > limits.tap_bytes:
            yield f"the button '{button.id}' carries {carried} bytes, {limits.tap_bytes} fit"


def _write(reply: Reply) -> list[str]:
    """Return the bubbles as LINE shows them: the last one also says the choices as numbered text."""
    numbered = [f"{number} {button.label}" for number, button in enumerate(reply.choices, 1)]
    tail = [line for line in (reply.hint, *numbered, reply.ways_hint) if line and reply.choices]
    *others, last = reply.bubbles or ("",)
    return [*others, "\n\n".join((last, "\n".join(tail))) if tail else last]


def _find_denied(text: str, material: Material) -> list[str]:
    shown = text[:PREVIEW_CHARS].casefold()
    return [word for word in material.denied_in_previews if word.casefold() in shown]


def _list_retired(material: Material) -> list[str]:
    contacts = material.knowledge.contacts.values()
    replaced = {value for contact in contacts for value in contact.supersedes}
    kept_back = {
        v for contact in contacts if contact.show == "no" for v in (contact.number, contact.url) if v
    }
    shown = {contact.number for contact in contacts if contact.show != "no"}
    return sorted((replaced | kept_back) - shown)


def _plain(text: str) -> str:
    return _BETWEEN_DIGITS.sub("", text.casefold())


@lru_cache(maxsize=1024)
def _plain_value(value: str) -> str:
    return _plain(value)


def _names(said: str, value: str) -> bool:
    """Whether plain text holds a number as a whole, or any other value anywhere."""
    plain = _plain_value(value)
    if plain not in said:
        return False
    edge = (r"(?<!\d)", r"(?!\d)") if plain.isdigit() else ("", "")
    return re.search(f"{edge[0]}{re.escape(plain)}{edge[1]}", said) is not None


def _name(answers: Answers) -> str:
    return ", ".join(f"{key}={value}" for key, value in sorted(answers.items())) or "no answers"
