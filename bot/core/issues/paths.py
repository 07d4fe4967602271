"""Where a conversation leads: nobody may be left in a place that is never reached or never ends."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from bot.core.issues.material import Finding, Material
from bot.core.model import Flow, State, StateId


def unreachable_states(material: Material) -> Iterator[Finding]:
    """No choice, way out or alarm leads to the state."""
    flow = material.flow
    special = flow.special
    entries = {special.start, special.resume, special.crisis, special.danger, special.seeking}
    # A receipt is typed; a page sends; what is understood is said back.
    entries |= {to for to in (special.receipt, special.sent, special.understood) if to}
    entries |= {way.to for way in flow.ways_out if way.to}
    reached = _spread(entries, {state.id: find_next(state, flow) for state in flow.states.values()})
    for state_id in flow.states.keys() - reached:
        yield state_id, "nothing leads here"


def dead_ends(material: Material) -> Iterator[Finding]:
    """A state that is no ending has no choices: nothing but the ways out leads on."""
    for state in material.flow.states.values():
        if not state.choices and not _is_ending(state, material.flow):
            yield state.id, "has no choices and does not say that it ends"


def endless_loops(material: Material) -> Iterator[Finding]:
    """The choices of a state lead in a circle and never to an ending."""
    flow = material.flow
    came_from: dict[StateId, set[StateId]] = {state_id: set() for state_id in flow.states}
    for state in flow.states.values():
        for to in find_next(state, flow):
            came_from[to].add(state.id)
    endings = {state.id for state in flow.states.values() if _is_ending(state, flow)}
    leading_out = _spread(endings, came_from)
    for state in flow.states.values():
        if state.choices and state.id not in leading_out and not _returns(state):
            yield state.id, "its choices never lead to an ending"


def find_next(state: State, flow: Flow) -> set[StateId]:
    """Return where a state's choices can lead; going back from an overlay is not among them."""
    found = {route.to for choice in state.choices for route in choice.routes}
    found |= {state.up} if state.up else set()
    found |= {route.to for route in state.reads.routes} if state.reads else set()
    kinds = {choice.kind for choice in state.choices}
    if "submit" in kinds:
        found |= set(flow.special.refusals.values())
    if "withdraw" in kinds:
        found.add(flow.special.asked)
    if "restart" in kinds:
        found.add(flow.special.start)
    if "erase" in kinds:
        found.add(flow.special.erased)
    if "wipe" in kinds:
        found |= flow.special.ends
    return found


def _is_ending(state: State, flow: Flow) -> bool:
    return state.ends or state.silent or state.id in flow.special.ends


def _returns(state: State) -> bool:
    return state.overlay and any(choice.kind == "return" for choice in state.choices)


def _spread(seeds: set[StateId], edges: Mapping[StateId, set[StateId]]) -> set[StateId]:
    """Return the seeds and everything that the edges lead to from them."""
    reached: set[StateId] = set()
    waiting = list(seeds)
    while waiting:
        state_id = waiting.pop()
        if state_id not in reached:
            reached.add(state_id)
            waiting.extend(edges[state_id])
    return reached
