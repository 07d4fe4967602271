"""
Golden transcripts: what the bot says, what the person does, and what happened, as plain text.

Readable by a social worker, replayed by a test, rewritten with one flag. A transcript begins with
what it proves. Everything the person does is one line:

    you: [label]              a button of the last reply
    you: any words            typed text
    you: (image)              something that is not text
    you: (old button)         a button of an earlier question
    you: (picks 2026-10-31)   a day from a date picker
    you: (edits: any words)   the last typed message, changed
    you: (takes it back)      the last typed message, unsent
    you: (at once: any words) typed text, sent before the last reply could be seen
    you: (on another channel) the conversation goes on there
    you: (sent on the page)   the form was filled in and sent on the one-time page
    you: (receipt: working)   a receipt, for which the desk says: received, working, closed; unknown; later
    you: (refused: closed)    what is sent next is refused: closed, often, unfit, minor
    you: (45 minutes later)   silence
"""

from __future__ import annotations

import re
from dataclasses import dataclass, replace
from datetime import UTC, date, datetime, timedelta
from typing import Protocol, assert_never, get_args

from bot.core.engine import Engine
from bot.core.events import (
    Answered,
    EraseRequested,
    Event,
    Interrupted,
    MoveRequested,
    PageRequested,
    RequestMade,
    Said,
    SessionEnded,
    SubmitRequested,
    Turn,
    WipeRequested,
)
from bot.core.inputs import (
    Arrival,
    Edited,
    Input,
    Left,
    MediaKind,
    Picked,
    SentMedia,
    Started,
    Tapped,
    Typed,
    Unsent,
)
from bot.core.model import ChoiceId, Session, VisitId
from bot.core.reply import Reply
from bot.errors import FlowError


class Render(Protocol):
    """How a turn is said; a channel only changes what is said about the channel itself."""

    def __call__(  # noqa: D102 - described by the class
        self, said: Said, session: Session, now: datetime, *, channel: str = "", code: str = ""
    ) -> Reply: ...


#: Transcripts are told on a fixed day, so that facts and dates in them do not move.
TOLD_ON = datetime(2026, 11, 20, 2, 0, tzinfo=UTC)
_VISIT = VisitId("visit")
#: What a one-time code looks like; this one opens nothing.
_CODE = "ABCDE-23456"
#: What a receipt looks like, and a link to a one-time page; both lead nowhere.
_RECEIPT = "ABCD-EFGH-2345"
_PAGE = "AbCdEfGhIjKlMnOpQrStUv"
_RECEIPTS = re.compile(r"\(receipt: (received|working|closed|unknown|later)\)")
_REFUSED = re.compile(r"\(refused: (closed|often|unfit|minor)\)")
_PICKS = re.compile(r"\(picks (\d{4}-\d\d-\d\d)\)")
_EDITS = re.compile(r"\(edits: (.+)\)")
_AT_ONCE = re.compile(r"\(at once: (.+)\)")
_LATER = re.compile(r"\((\d+) minutes later\)")
_MEDIA = re.compile(rf"\(({'|'.join(get_args(MediaKind))}|left)\)")


@dataclass(frozen=True, slots=True)
class Script:
    """What a transcript sets out to prove and what the person does in it."""

    proves: str
    locale: str
    acts: tuple[str, ...]
    channel: str = "web"


def parse_script(text: str, where: str) -> Script:
    """Read the person's part of a transcript. FlowError: it does not say what it proves."""
    head = dict(re.findall(r"^# (proves|locale|channel): (.+)$", text, flags=re.MULTILINE))
    if "proves" not in head:
        raise FlowError(where, "a transcript begins with a line '# proves: …'")
    acts = tuple(re.findall(r"^you: (.+)$", text, flags=re.MULTILINE))
    return Script(
        head["proves"].strip(), head.get("locale", "zh_TW").strip(), acts, head.get("channel", "web").strip()
    )


@dataclass(slots=True)
class Stage:
    """One conversation being told. Also what a terminal player plays on."""

    engine: Engine
    render: Render
    session: Session
    now: datetime
    channel: str = "web"
    reply: Reply | None = None
    typed: int = 0
    refusal: str = ""

    def act(self, what: str) -> Turn | None:
        """
        Let the person do one thing; None: time passed and nothing was said.

        FlowError: the last reply has no such button.
        """
        later = _LATER.fullmatch(what)
        if later:
            self.now += timedelta(minutes=int(later[1]))
            return None
        self.now += timedelta(seconds=5)
        refused = _REFUSED.fullmatch(what)
        if refused:
            self.refusal = refused[1]
            return None
        at_once = _AT_ONCE.fullmatch(what)
        if at_once:
            return self.take(Typed(at_once[1]), is_seen=False)
        elsewhere = self._act_elsewhere(what)
        return self._keep(elsewhere) if elsewhere else self.take(self._read(what))

    def _act_elsewhere(self, what: str) -> Turn | None:
        """Do what is no input of the conversation itself. None: it is one."""
        if what == "(on another channel)":
            return self.engine.arrive(self.session, self.now)
        if what == "(sent on the page)":
            return self.engine.empty(self.session, self.now)
        receipt = _RECEIPTS.fullmatch(what)
        if receipt:
            return self.engine.show_receipt(self.session, _RECEIPT, receipt[1], self.now, is_asked_back=False)
        return None

    def take(self, what: Input, *, is_seen: bool = True) -> Turn:
        """Take one input and remember what was said to it. `is_seen`: the last reply was read before."""
        self.typed += isinstance(what, Typed)
        message = f"message {self.typed}"
        words = f"{message}:{what.text}" if isinstance(what, Typed | Edited) else ""
        came = Arrival(
            channel=self.channel, message=message, words=words, unread=not is_seen, recalled=not is_seen
        )
        turn = self.engine.take_turn(self.session, what, self.now, came)
        return self._keep(self._send(turn) if SubmitRequested() in turn.events else turn)

    def _send(self, turn: Turn) -> Turn:
        """Send, which is only told here."""
        refusal, self.refusal = self.refusal, ""
        ended = (
            self.engine.refuse(turn.session, refusal)
            if refusal
            else self.engine.empty(turn.session, self.now, receipt=_RECEIPT)
        )
        return Turn(ended.session, (*turn.events[:-1], *ended.events))

    def _keep(self, turn: Turn) -> Turn:
        said = turn.get_said()
        code = next((_CODES[type(event)] for event in turn.events if type(event) in _CODES), "")
        self.reply = (
            self.render(said, turn.session, self.now, channel=self.channel, code=code) if said else None
        )
        is_over = any(isinstance(event, EraseRequested) for event in turn.events)
        self.session = self._begin(turn.session.locale) if is_over else turn.session
        return turn

    def _begin(self, locale: str) -> Session:
        return self.engine.begin(_VISIT, locale, self.now)

    def _read(self, what: str) -> Input:  # noqa: PLR0911 - one for each act
        media = _MEDIA.fullmatch(what)
        if media:
            return Left() if media[1] == "left" else SentMedia(media[1])  # type: ignore[arg-type]  # matched
        picks, edits = _PICKS.fullmatch(what), _EDITS.fullmatch(what)
        if picks:
            return Picked(date.fromisoformat(picks[1]), self.session.visit, self.session.turn)
        if edits:
            return Edited(edits[1])
        if what == "(takes it back)":
            return Unsent()
        if what == "(old button)":
            return Tapped(ChoiceId("safe"), self.session.visit, self.session.turn - 1)
        if what.startswith("[") and what.endswith("]"):
            return self._tap(what[1:-1])
        return Typed(what)

    def _tap(self, label: str) -> Tapped:
        for button in self.reply.buttons if self.reply else ():
            if self.reply and button.label == label:
                return Tapped(ChoiceId(button.id), self.reply.visit, self.reply.turn)
        raise FlowError("transcript", f"there is no button [{label}] here")


#: What is told once, by what asks for it.
_CODES: dict[type[Event], str] = {MoveRequested: _CODE, PageRequested: _PAGE}


def set_stage(engine: Engine, render: Render, locale: str, channel: str = "web") -> Stage:
    """Begin a conversation that nobody stores."""
    return Stage(engine, render, engine.begin(_VISIT, locale, TOLD_ON), TOLD_ON, channel)


def tell(script: Script, engine: Engine, render: Render) -> str:
    """Play a script from the first word and write the whole transcript."""
    stage = set_stage(engine, render, script.locale, script.channel)
    blocks = [
        f"# proves: {script.proves}\n# locale: {script.locale}\n# channel: {script.channel}",
        show(stage.take(Started()), stage.reply),
    ]
    for act in script.acts:
        turn = stage.act(act)
        blocks.append(f"you: {act}")
        if turn:
            blocks.append(show(turn, stage.reply))
        if turn and WipeRequested() in turn.events:
            blocks.append(_show_partly(turn, stage))
    return "\n".join(blocks) + "\n"


def _show_partly(turn: Turn, stage: Stage) -> str:
    """Write what is said instead when the channel kept some of the messages."""
    partly = replace(turn.session, state=stage.engine.flow.special.wiped_partly)
    said = Said(partly.state)
    reply = stage.render(said, partly, stage.now, channel=stage.channel)
    return "  (if some cannot be taken back)\n" + show(Turn(partly, (said,)), reply)


def show(turn: Turn, reply: Reply | None) -> str:
    """Write one turn: its events, its bubbles, its choices."""
    lines = ["  -> " + " ".join(_name(event) for event in turn.events)]
    if reply is None:
        return "\n".join([*lines, "  (silence)"])
    lines.extend("bot: " + bubble.replace("\n", "\n     ") for bubble in reply.bubbles)
    if reply.choices:
        lines.append("     " + " ".join(f"[{button.label}]" for button in reply.choices))
    return "\n".join(lines)


def _name(event: Event) -> str:
    match event:
        case Answered(state, choice):
            return f"Answered({state}.{choice})"
        case Interrupted(by):
            return f"Interrupted({by})"
        case Said(state, note):
            return f"Said({state}{f', {note}' if note else ''})"
        case RequestMade(kind):
            return f"RequestMade({kind})"
        case (
            EraseRequested()
            | WipeRequested()
            | MoveRequested()
            | PageRequested()
            | SubmitRequested()
            | SessionEnded()
        ):
            return type(event).__name__
        case _:
            assert_never(event)
