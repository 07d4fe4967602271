"""Words of other languages that mean the same as one that a flow lists: each answer hears all of them."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace

from bot.core.model import Flow, State
from bot.core.parse import parse_toml
from bot.core.reader import Reader
from bot.core.text import squeeze

#: A word of the flow → those that are heard as it.
Alike = Mapping[str, tuple[str, ...]]


def parse_alike(text: str, where: str = "words/alike.toml") -> Alike:
    """Parse the words of other languages. FlowError names the list."""
    reader = Reader(parse_toml(text, where), where)
    listed = reader.enter("alike")
    alike = {key: listed.texts(key) for key in listed.table}
    listed.refuse_unknown()
    reader.refuse_unknown()
    return alike


def widen(flow: Flow, alike: Alike) -> Flow:
    """Return the flow whose answers hear these words too. What a way out answers to stays as it is."""
    return replace(flow, states={name: _widen_state(state, alike) for name, state in flow.states.items()})


def _widen_state(state: State, alike: Alike) -> State:
    """What the flow itself lists comes first; a word that two answers would hear belongs to the upper one."""
    taken = {squeeze(name) for choice in state.choices for name in (choice.label, *choice.words)}
    widened = []
    for choice in state.choices:
        meant = dict.fromkeys(other for word in choice.words for other in alike.get(word, ()))
        more = [other for other in meant if squeeze(other) not in taken]
        taken |= {squeeze(other) for other in more}
        widened.append(replace(choice, words=(*choice.words, *more)))
    return replace(state, choices=tuple(widened))
