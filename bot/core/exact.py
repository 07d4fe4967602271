"""Where words count only as they stand: nothing binding is ever read out of what somebody may have meant."""

from __future__ import annotations

from bot.core.model import Flow, Session, State

#: Parts of the flow in which people agree, fill in and send.
EXACT_TRACKS = frozenset({"handoff", "form"})
#: What cannot be undone by going back.
_BINDING = frozenset({"erase", "wipe", "submit", "withdraw", "move", "page"})
_CONSENT = "use_"


def is_exact(session: Session, flow: Flow) -> bool:
    """
    Whether only what is written on a button counts here, beside a cry for help.

    So it is in the form, where anything is agreed to, sent, erased or withdrawn, on any page that stands over such a
    place, and as long as nobody knows who holds the phone.
    """
    places = {session.state, session.interrupted or session.state}
    return session.away or any(_is_exact(flow.get_state(place)) for place in places)


def _is_exact(state: State) -> bool:
    if state.track in EXACT_TRACKS or (state.reads is not None and state.reads.kind != "day"):
        return True
    return any(
        choice.kind in _BINDING or any(key.startswith(_CONSENT) for key in choice.sets)
        for choice in state.choices
    )
