"""
What is filled into the form while people talk: kept apart from the answers, gone with them.

The draft holds words that a person typed, so nothing of it is read back but masked, and it ends when the
form is sent, given up or begun anew.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping
from datetime import date

from bot.core.fields import Draft, FieldReader, Refused
from bot.core.model import Choice, Flow, Reads, Session, State
from bot.core.records import changed
from bot.core.text import squeeze

#: Guards ask for a field by this prefix: `form_name=yes`.
PREFIX = "form_"
#: What a message told is remembered by this prefix where it is a field and no answer.
FIELD = "form."
#: The part of the flow in which the form is filled in.
FORM_TRACK = "form"
_ALL = "*"
#: Set once what was filled in was shown: from then on every field leads back there.
REVIEWING = "reviewing"
#: What the pages about a receipt know of each other; it ends when they are left.
LOOKED_UP = ("receipt", "status", "asked")
#: Answers that begin so say what the person agrees to.
USE = "use_"
#: What stood before the person who agreed.
AGREED_TO = "agreed_to"
#: The receipt of what was just sent: said again until they go on, because a reply may not arrive.
OWN_RECEIPT = "own_receipt"
#: What still counts after sending: without it the next page could name a tool for another age.
KEPT_AFTER_SENDING = ("about", "age_now", "age_filmed", "worker")


def fill(session: Session, values: Draft) -> Session:
    """Put values into the form; an empty one empties its field."""
    if not values:
        return session
    draft = {**session.draft, **values}
    return changed(session, draft={key: value for key, value in draft.items() if value})


def drop(session: Session, keys: tuple[str, ...]) -> Session:
    """Empty fields of the form; `*` ends the form as a whole."""
    if not keys:
        return session
    if _ALL in keys:
        return changed(session, draft={}, pocket={})
    return changed(session, draft={key: value for key, value in session.draft.items() if key not in keys})


def apply(session: Session, choice: Choice, reader: FieldReader) -> Session:
    """Do what a choice says about the form."""
    filled = fill(drop(session, choice.drops), choice.fills)
    if not choice.toggles:
        return filled
    key, _, option = choice.toggles.partition(".")
    return fill(filled, {key: reader.toggle(key, option, filled.draft)})


def stamp(session: Session, choice: Choice, reader: FieldReader) -> Session:
    """Remember what somebody had before them when they agreed: these lines, this language, this edition."""
    if not any(key.startswith(USE) for key in choice.sets):
        return session
    return changed(session, pocket={**session.pocket, AGREED_TO: _name_shown(session, reader)})


def keep_consent(session: Session, reader: FieldReader) -> Session:
    """
    Take back what was agreed to once anything else stands before the person, also where "back" leads.

    What somebody agreed to for one thing never counts for another.
    """
    given = any(key.startswith(USE) for key in session.answers)
    if not given or session.pocket.get(AGREED_TO) == _name_shown(session, reader):
        return session
    trail = tuple(changed(step, answers=_without_uses(step.answers)) for step in session.trail)
    return changed(session, answers=_without_uses(session.answers), trail=trail)


def _name_shown(session: Session, reader: FieldReader) -> str:
    shown = json.dumps([sorted(session.draft.items()), session.locale, reader.edition])
    return hashlib.sha256(shown.encode()).hexdigest()


def _without_uses(answers: Mapping[str, str]) -> dict[str, str]:
    return {key: value for key, value in answers.items() if not key.startswith(USE)}


def write_down(
    session: Session, reads: Reads, text: str, reader: FieldReader, today: date
) -> Session | Refused:
    """Read words into the field that was asked for, behind what is there already where a text grows."""
    before = session.draft.get(reads.key, "") if reads.grows else ""
    said = f"{before}\n{text}" if before else text
    read = reader.read(reads.key, said, session.draft, today=today)
    return read if isinstance(read, Refused) else fill(session, read.values)


def is_answer(state: State, text: str) -> bool:
    """Whether words that lead somewhere everywhere else are an answer here."""
    return state.reads is not None and squeeze(text) in {squeeze(word) for word in state.reads.words}


def keep_words(session: Session, state: State, text: str, reader: FieldReader, today: date) -> Session:
    """Keep the words of a text in which an alarm was heard: they are no less what happened."""
    if state.reads is None or not state.reads.grows or session.away:
        return session
    written = write_down(session, state.reads, text, reader, today)
    return session if isinstance(written, Refused) else written


def begin(session: Session, flow: Flow, reader: FieldReader) -> Session:
    """Offer what the conversation knows when the form's first page is reached, once."""
    is_form = flow.get_state(session.state).track == FORM_TRACK
    if not is_form or "begun" in session.pocket or session.away:
        return session
    suggested = reader.suggest(session.answers)
    draft = {**suggested, **session.draft}
    return changed(session, draft=draft, pocket={**session.pocket, "begun": "yes"})


def see_draft(session: Session) -> Mapping[str, str]:
    """Return what guards may know of the form: which fields are filled, and what the pages noted."""
    filled = {f"{PREFIX}{key}": "yes" for key in session.draft}
    noted = {REVIEWING: "yes"} if REVIEWING in session.pocket else {}
    noted |= {"filled": "yes"} if session.draft else {}
    noted |= {"holds_receipt": "yes"} if OWN_RECEIPT in session.pocket else {}
    return {**filled, **noted, **see_receipt(session)}


def see_receipt(session: Session) -> Mapping[str, str]:
    """Return what guards may know of the receipt that was typed: whoever typed it has it, known or not."""
    named = {"receipt": session.pocket.get("status", ""), "asked": session.pocket.get("asked", "")}
    return {key: value for key, value in named.items() if value}


def put_away(session: Session) -> Session:
    """Forget which receipt was asked about."""
    return changed(session, pocket={k: v for k, v in session.pocket.items() if k not in LOOKED_UP})


def note_review(session: Session, flow: Flow) -> Session:
    """Remember that what was filled in is shown now."""
    if session.state != flow.special.review or not session.state:
        return session
    return changed(session, pocket={**session.pocket, REVIEWING: "yes"})


def tidy_pocket(session: Session, flow: Flow) -> Session:
    """Forget which receipt was asked about once its pages are left, and one's own once it was read."""
    if session.interrupted is not None or not session.pocket:
        return session
    gone = LOOKED_UP if session.state == flow.special.sent else (*LOOKED_UP, OWN_RECEIPT)
    return changed(session, pocket={k: v for k, v in session.pocket.items() if k not in gone})
