"""
The fence around pytransitions: the flow as its table of transitions, and one step along it.

Nothing else uses the library. Its only callbacks are guards, because when a later one raised, the
state would stay changed.
"""

from __future__ import annotations

import logging
from collections.abc import Callable

from transitions import Machine

from bot.core.guards import Answers, find_guard
from bot.core.model import Flow, StateId

#: The trigger of what a state reads, beside those of its choices: an id cannot begin so.
READ = "_read"

# It prints state names, which say what happened to a person.
logging.getLogger("transitions").setLevel(logging.WARNING)


class Fence:
    """One flow's table. It holds no person's state, so one serves everybody."""

    def __init__(self, flow: Flow) -> None:
        self._machine = _build_machine(flow)

    def step(self, at: StateId, trigger: str, answers: Answers) -> StateId:
        """Return where a trigger leads: along the first transition whose guards hold."""
        cursor = _Cursor(at)
        self._machine.events[trigger].trigger(cursor, answers)
        return StateId(cursor.state)


class _Cursor:
    """The short-lived model that pytransitions moves: a state and nothing else."""

    __slots__ = ("state",)

    def __init__(self, state: str) -> None:
        self.state = state


def _build_machine(flow: Flow) -> Machine:
    """Build the table once. A trigger is a choice's or a way out's id; guards are passed as functions."""
    machine = Machine(model=None, states=list(flow.states), initial=None, auto_transitions=False)
    for state in flow.states.values():
        for choice in state.choices:
            for route in choice.routes:
                machine.add_transition(choice.id, state.id, route.to, conditions=_guards(route.when))
        for route in state.reads.routes if state.reads else ():
            machine.add_transition(READ, state.id, route.to, conditions=_guards(route.when))
    for way in flow.ways_out:
        if way.to is not None:
            machine.add_transition(way.id, "*", way.to)
    return machine


def _guards(names: tuple[str, ...]) -> list[str | Callable[..., bool | None]]:
    """Resolve names here: given a dotted string, the library would import and call it."""
    return [guard for guard in map(find_guard, names) if guard]
