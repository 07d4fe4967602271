"""
What one input must know of the one before it: what was not seen yet, and what was only pressed twice.

People write in bursts, press twice, and take words back. What they have not seen they cannot have
answered, and what was not said yet is said with the next reply.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime, timedelta

from bot.core.events import Answered, Turn
from bot.core.filling import FIELD
from bot.core.inputs import Arrival, Edited, Input, Tapped, Typed
from bot.core.model import Heard, NoteId, Reads, Session
from bot.core.moves import IDLE_AFTER
from bot.core.records import changed
from bot.core.understood import MOST_HEARD, release

#: Nobody reads a question and answers it faster; several messages sent in one go are one saying.
READING_TIME = timedelta(seconds=1)
#: A button pressed again within this was pressed twice, because the answer took its time.
PRESSED_TWICE = timedelta(seconds=5)
NO_PICTURES = NoteId("no_pictures")


def is_unseen(session: Session, what: Input, came: Arrival) -> bool:
    """Whether text was written before the question that stands could be read: it answers another one."""
    if not isinstance(what, Typed | Edited) or session.turn == 0:
        return False
    if isinstance(what, Typed) and what.turn is not None:
        return (what.visit, what.turn) != (session.visit, session.turn)
    if came.unread or (session.fresh and (came.recalled or came.waiting)):
        return True
    return came.sent_at is not None and came.sent_at < session.asked_at + READING_TIME


def goes_on_writing(session: Session, reads: Reads | None, what: Input, came: Arrival) -> bool:
    """
    Whether words are more of a text that was begun, although the last reply was not seen.

    The question was seen, else nothing would be begun; only that it was written down is news.
    """
    if not isinstance(what, Typed) or reads is None or not reads.grows:
        return False
    if what.turn is not None:  # the page says which question it shows
        return (what.visit, what.turn) == (session.visit, session.turn)
    if session.fresh:
        return False
    return came.sent_at is None or came.sent_at >= session.asked_at + READING_TIME


def settle(
    turn: Turn, before: Session, what: Input, came: Arrival, *, unseen: bool, covers: bool = False
) -> Turn:
    """
    Say as well what was not seen yet, and remember what the next input must know of this one.

    `covers`: the state is there to be read by a bystander, so nothing is said beside it.
    """
    after, said = turn.session, turn.get_said()
    is_asked = (after.visit, after.turn) != (before.visit, before.turn)
    if said is None:
        return turn
    note = _carry(said.note, before, came, is_asked=is_asked)
    shown = None if covers else note
    told = changed(said, note=shown, whole=shown is not None and (before.turn == 0 or came.is_unsaid))
    session = changed(
        after,
        asked_at=after.sent_at if is_asked else after.asked_at,
        fresh=is_asked or unseen or (before.fresh and came.is_unsaid),
        note=shown,
        last_words=came.words if isinstance(what, Typed | Edited) else after.last_words,
        words_at=after.turn if isinstance(what, Typed | Edited) else after.words_at,
        tapped=name_tap(what) if is_asked else before.tapped,
        heard=_note_heard(before, turn, what, came.message),
    )
    return Turn(session, tuple(told if event is said else event for event in turn.events))


def _carry(note: NoteId | None, before: Session, came: Arrival, *, is_asked: bool) -> NoteId | None:
    """Return what must be told with this reply. Not to send pictures is told whatever comes after it."""
    if not came.is_unsaid or before.note is None:
        return note
    if before.note == NO_PICTURES:
        return before.note
    return note if note or is_asked else before.note


def _note_heard(before: Session, turn: Turn, what: Input, message: str) -> tuple[Heard, ...]:
    """Remember which message answered which question, and what it told; a new beginning forgets them all."""
    after = turn.session
    if not after.trail and not after.draft:
        return ()
    answered = next((event for event in turn.events if isinstance(event, Answered)), None)
    if answered is None or not message or isinstance(what, Tapped):
        return after.heard
    given = [key for key, value in after.answers.items() if before.answers.get(key) != value]
    given += [f"{FIELD}{key}" for key, value in after.draft.items() if before.draft.get(key) != value]
    steps = [step.state for step in after.trail[len(before.trail) :]]
    # What stood over a page is in no step: taking the message back leads to that page.
    asked = steps[0] if steps and answered.state not in steps else answered.state
    return (*after.heard, Heard(message, asked, tuple(sorted(given))))[-MOST_HEARD:]


def is_pressed_twice(session: Session, what: Input, now: datetime, came: Arrival) -> bool:
    """Whether this is the button that led here, pressed again before its answer could be seen."""
    if not isinstance(what, Tapped) or session.tapped != name_tap(what):
        return False
    since = now - session.seen_at
    if came.waiting:  # no letter waits for ever
        return since < IDLE_AFTER
    # A clock that was set back must not make the same of every press.
    return not came.reply_lost and abs(since) < PRESSED_TWICE


def name_tap(what: Input | None) -> str:
    """Return what tells one press of a button from another button's; empty where none was pressed."""
    return f"{what.visit}:{what.turn}:{what.id}" if isinstance(what, Tapped) else ""


def take_back(session: Session, message: str) -> Session:
    """Forget what a message told: its answers are gone, and its question is asked again next."""
    session = release(session, message)
    told = [one for one in session.heard if message and one.message == message]
    if not told:
        return session
    keys = {key for one in told for key in one.keys}
    trail = tuple(changed(step, answers=_without(step.answers, keys)) for step in session.trail)
    heard = tuple(one for one in session.heard if one.message != message)
    bare = changed(
        session,
        answers=_without(session.answers, keys),
        draft=_without(session.draft, {key.removeprefix(FIELD) for key in keys if key.startswith(FIELD)}),
        trail=trail,
        heard=heard,
    )
    places = [number for number, step in enumerate(trail) if step.state == told[0].state]
    if not places:
        return bare
    earlier = changed(bare, trail=trail[: places[-1]])
    if session.interrupted is not None:  # the page on top stays: the cover, the greeting, a cry for help
        return changed(earlier, interrupted=told[0].state)
    return changed(earlier, state=told[0].state, turn=bare.turn + 1, misses=0)


def _without(answers: Mapping[str, str], keys: set[str]) -> dict[str, str]:
    return {key: value for key, value in answers.items() if key not in keys}


def is_change(session: Session, came: Arrival) -> bool:
    """Whether an edit changes the last message typed, and says something else than before."""
    return session.last_words.startswith(f"{came.message}:") and session.last_words != came.words


def note_for(kind: str) -> str:
    """Return the note for something that is not text."""
    if kind in {"image", "video", "audio", "file"}:
        return NO_PICTURES
    return "sticker" if kind == "sticker" else "only_text"
