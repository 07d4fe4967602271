"""
What guards may see of a session, and which of its answers may be shown.

While nobody knows who holds the phone (`Session.away`) the answers are as if never given. One thing
stays: what a young person must not be told is not said to a stranger on the same phone either, until
somebody goes on as a new person. And a receipt that is typed then is answered: whoever has it may ask. An answer from before a silence (`Session.veiled`) still counts, but
it is not read back, and the day of a deadline, which would be, counts as not told.
"""

from __future__ import annotations

from datetime import date

from bot.core.deadline import find_last_day
from bot.core.filling import see_draft, see_receipt
from bot.core.guards import Answers, filmed_under_18, holds
from bot.core.model import Choice, Session, State
from bot.core.understood import see_told

#: The answer that holds a day: when the person learned who did it.
LEARNED_ON = "learned_on"


def see(session: Session, today: date, *, channel: str = "", desk: bool = True) -> Answers:
    """
    Return the answers with what else is true: `channel`, `hushed`, whether anything was told, the deadline,
    which fields of the form are filled.

    `today` is a day in Taipei. `channel` is empty where it does not matter (routes). `desk`: whether
    handoffs are taken now.
    """
    here = {
        "channel": channel,
        "hushed": "yes" if session.hushed else "",
        "desk": "open" if desk else "closed",
    }
    if session.away:
        shielded = {"shielded": "yes" if filmed_under_18(session.answers) else ""}
        return {**here, **shielded, **see_receipt(session)}
    told = {**see_told(session), "told": "yes" if session.answers else ""}
    seen = {**session.answers, **see_draft(session), **here, **told}
    last_day = find_deadline(session)
    if last_day is None:
        seen.pop(LEARNED_ON, None)
    return {**seen, "deadline": "past" if last_day < today else "ahead"} if last_day else seen


def find_deadline(session: Session) -> date | None:
    """Return the last day to file a complaint, if the person told when they learned who did it."""
    learned_on = find_learned_on(session)
    may_be_said = learned_on is not None and is_shown(session, LEARNED_ON)
    return find_last_day(learned_on) if learned_on and may_be_said else None


def find_learned_on(session: Session) -> date | None:
    """Return that day. None: it was not told, or another program stored it in a form that is none."""
    try:
        return date.fromisoformat(session.answers.get(LEARNED_ON, ""))
    except ValueError:
        return None


def list_open(state: State, answers: Answers) -> tuple[Choice, ...]:
    """Return the choices that are shown, numbered and heard with these answers."""
    return tuple(choice for choice in state.choices if holds(choice.when, answers))


def find_open(state: State, choice_id: str, answers: Answers) -> Choice | None:
    """Return the choice with that id, if it is shown with these answers."""
    named = (choice for choice in state.choices if choice.id == choice_id)
    return next((choice for choice in named if holds(choice.when, answers)), None)


def is_shown(session: Session, key: str) -> bool:
    """Whether the answer was given since the person was last known to be there, so that it may be read back."""
    return not session.away and f"{key}={session.answers.get(key)}" not in session.veiled
