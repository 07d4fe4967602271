"""The ways out: in every state and language, by button and by word, and each does what it says."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from functools import cache

from bot.core.filling import is_answer
from bot.core.hear import Alarm, Ear, Heard, TookWayOut, Unclear
from bot.core.issues.material import Finding, Material
from bot.core.model import Choice, Flow, State, StateId, WayOut
from bot.core.text import squeeze

_Hears = Callable[[str, str], Heard]
_NOWHERE = State(StateId("nowhere"), "", (), ())

#: Each with its kind. They are a promise to the person, so a flow without one is refused.
WAYS = {
    "human": "overlay",
    "look_up": "overlay",
    "back": "back",
    "erase": "overlay",
    "leave": "overlay",
    "more": "overlay",
    "change": "overlay",
    "restart": "restart",
    "language": "overlay",
    "about_me": "overlay",
}


def missing_ways_out(material: Material) -> Iterator[Finding]:
    """One of the ways out that people were promised is missing or does something else."""
    found = {str(way.id): way for way in material.flow.ways_out}
    for name, kind in WAYS.items():
        if name not in found:
            yield "ways_out", f"'{name}' is missing"
        elif found[name].kind != kind:
            yield f"ways_out.{name}", f"must be of the kind '{kind}'"


def ways_out_that_lead_wrong(material: Material) -> Iterator[Finding]:
    """Erasing does not offer to erase, leaving does not leave, or a language cannot be chosen."""
    targets = {str(way.id): material.flow.get_state(way.to) for way in material.flow.ways_out if way.to}
    if "erase" in targets and not _has_kind(targets["erase"], "erase"):
        yield targets["erase"].id, "is where 'erase' leads, but has no choice that erases"
    if "leave" in targets and not targets["leave"].silent:
        yield targets["leave"].id, "is where 'leave' leads, but is not silent"
    if "language" in targets:
        offered = {choice.locale for choice in targets["language"].choices}
        for locale in material.locales:
            if locale not in offered:
                yield targets["language"].id, f"does not offer the language '{locale}'"


def hidden_ways_out(material: Material) -> Iterator[Finding]:
    """A way out without a button of its own is not offered behind another one either."""
    flow = material.flow
    open_doors = [flow.get_state(way.to) for way in flow.ways_out if way.to and not way.quiet]
    targets = {route.to for state in open_doors for choice in state.choices for route in choice.routes}
    kinds = {choice.kind for state in open_doors for choice in state.choices}
    for way in flow.ways_out:
        if way.quiet and way.to not in targets and way.kind not in kinds:
            yield f"ways_out.{way.id}", "has no button, and no other way out leads to it"


def states_without_buttons(material: Material) -> Iterator[Finding]:
    """A state shows no buttons at all. Only leaving and the farewell after erasing may."""
    for state in material.flow.states.values():
        is_bare = state.silent or state.id in material.flow.special.ends
        if not state.choices and not is_bare:
            yield state.id, "shows no buttons, so no way out either"


def unheard_ways_out(material: Material) -> Iterator[Finding]:
    """A way out cannot be typed in one of the languages, or one of its words means something else."""
    ear = _listen(material)
    for way in material.flow.ways_out:
        if not way.words:
            yield f"ways_out.{way.id}", "no word leads here, only its button"
        for locale in material.locales:
            for word in (_label_of(way, material, locale), *way.words):
                if ear(word, locale) != TookWayOut(way.id):
                    yield f"ways_out.{way.id} [{locale}]", f"typing '{word}' means something else"


def unheard_choices(material: Material) -> Iterator[Finding]:
    """Typing a choice's label or word does something else: an alarm, a way out or another choice hears it."""
    ear = _listen(material)
    for state in material.flow.states.values():
        for locale in material.locales if not state.silent else ():
            yield from _unheard_in(state, material, locale, ear)


def _unheard_in(state: State, material: Material, locale: str, ear: _Hears) -> Iterator[Finding]:
    taken: set[str] = set()
    for choice in state.choices:
        names = {
            squeeze(word): word for word in (_choice_label(state, choice, material, locale), *choice.words)
        }
        for squeezed, word in names.items():
            heard = ear(word, locale)
            if squeezed in taken or not (
                isinstance(heard, Unclear)
                or is_answer(state, word)
                or _is_same(heard, choice, material.flow)
                or _has_led_here(heard, state, material.flow)
            ):
                yield f"{state.id}.{choice.id} [{locale}]", f"typing '{word}' means something else"
        taken |= names.keys()


def _listen(material: Material) -> _Hears:
    """Return what a word means whatever is being asked: an alarm, a way out or nothing."""
    ear = Ear(material.flow, material.alarms, material.translate)

    @cache
    def hear(word: str, locale: str) -> Heard:
        return ear.hear(word, _NOWHERE, locale)

    return hear


def _has_led_here(heard: Heard, state: State, flow: Flow) -> bool:
    """Whether the way out that was heard leads to this very state: there its own answers are heard first."""
    return isinstance(heard, TookWayOut) and any(
        way.id == heard.id and way.to == state.id for way in flow.ways_out
    )


def _is_same(heard: Heard, choice: Choice, flow: Flow) -> bool:
    """Whether what hears a choice's word does what the choice would have done."""
    targets = {route.to for route in choice.routes}
    if isinstance(heard, TookWayOut):
        way = next(way for way in flow.ways_out if way.id == heard.id)
        return targets == {way.to} or choice.kind == way.kind
    alarm = flow.special.danger if heard == Alarm("danger") else flow.special.crisis
    return targets == {alarm}


def _label_of(way: WayOut, material: Material, locale: str) -> str:
    return material.translate(f"{material.flow.id}.ways_out.{way.id}", way.label, locale)


def _choice_label(state: State, choice: Choice, material: Material, locale: str) -> str:
    return material.translate(f"{material.flow.id}.{state.id}.{choice.id}", choice.label, locale)


def _has_kind(state: State, kind: str) -> bool:
    return any(choice.kind == kind for choice in state.choices)
