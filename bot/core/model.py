"""
What a conversation is made of, and where one person is in it.

Everything here is frozen: a turn makes a new `Session`, it never changes one.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Literal, NewType

StateId = NewType("StateId", str)
ChoiceId = NewType("ChoiceId", str)
WayOutId = NewType("WayOutId", str)
NoteId = NewType("NoteId", str)
PersonKey = NewType("PersonKey", str)
VisitId = NewType("VisitId", str)

#: The visit of a button that was drawn before anything was stored (the web page's first view).
NOT_YET = VisitId("new")
#: Before any channel was: compared only with times of the same channel, never with our clock.
NEVER = datetime(1970, 1, 1, tzinfo=UTC)

#: How a channel may draw a state: plain text, a card to keep, a list of places, something to read over.
Look = Literal["plain", "card", "list", "preview"]
WayOutKind = Literal["overlay", "restart", "back"]
ChoiceKind = Literal[
    "go", "return", "restart", "erase", "wipe", "move", "page", "submit", "withdraw", "confirm"
]  # fmt: skip


@dataclass(frozen=True, slots=True)
class Line:
    """One bubble of a state: a zh_TW sentence, said when every guard in `when` holds."""

    text: str
    when: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Route:
    """Where a choice leads when every guard in `when` holds."""

    to: StateId
    when: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Choice:
    """
    A button and where it leads.

    `go` follows the first open route, `return` goes back to what an overlay interrupted, `restart`
    begins again with no answers, `erase` ends the session and destroys it, `wipe` also takes the chat's
    messages back, `move` gives a one-time code to go on elsewhere, `page` one to a page where the form can
    be filled in, `submit` sends what was filled in, `withdraw` asks to take back what was sent, `confirm` says that
    what was understood is right. `hush` makes
    replies quiet or not. `sets` are the answers it
    stores, `forgets` those that it takes back, `locale` switches language, `words` are what people type instead of the label. `fills`
    are fields of the form that it fills in, `drops` those that it empties, `toggles` an option that it ticks or unticks
    (`field.option`). `meant` are the facts that choose it where they are told in own words (`minor=yes`), `strikes` the
    kinds of fact that were misunderstood. It is there only while every guard in `when` holds.
    """

    id: ChoiceId
    label: str
    kind: ChoiceKind = "go"
    routes: tuple[Route, ...] = ()
    sets: Mapping[str, str] = field(default_factory=dict)
    forgets: tuple[str, ...] = ()
    locale: str | None = None
    hush: bool | None = None
    words: tuple[str, ...] = ()
    when: tuple[str, ...] = ()
    fills: Mapping[str, str] = field(default_factory=dict)
    drops: tuple[str, ...] = ()
    toggles: str = ""
    meant: tuple[str, ...] = ()
    strikes: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Reads:
    """
    What a state understands beside its choices, and where that leads.

    `day`: a day, which becomes the answer `key` (ISO 8601). `field`: words for the field `key` of the form.
    `correction`: words for the social worker who has what was sent; they are sealed at once. `grows`: several
    messages make one text, until a choice ends it; an alarm in it is heard and the words are kept.
    `words` are answers here, although elsewhere they lead somewhere.
    """

    kind: Literal["day", "field", "correction"]
    key: str
    routes: tuple[Route, ...]
    grows: bool = False
    words: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class State:
    """
    What is said and what may be answered.

    An `overlay` interrupts the conversation and can return to it; `up` is the menu that a page belongs
    to, for those who read and draw the flow. `ends` marks a place where a person may safely stop: it must say the resource card,
    and people keep it. `silent` leaves without ways out shown. `reads`: something else than the choices
    may be typed. `asks_only`: it asks and tells nothing, so whoever told and confirmed the answer is not shown it.
    """

    id: StateId
    title: str
    say: tuple[Line, ...]
    choices: tuple[Choice, ...]
    overlay: bool = False
    ends: bool = False
    silent: bool = False
    track: str = ""
    up: StateId | None = None
    reads: Reads | None = None
    look: Look = "plain"
    asks_only: bool = False

    def find_choice(self, choice_id: ChoiceId) -> Choice | None:
        """Return the choice with that id, if this state has it."""
        return next((choice for choice in self.choices if choice.id == choice_id), None)

    def get_choice(self, choice_id: ChoiceId) -> Choice:
        """Return a choice that is known to be there; StopIteration is a bug."""
        return next(choice for choice in self.choices if choice.id == choice_id)


@dataclass(frozen=True, slots=True)
class WayOut:
    """
    Something always available in every state and language: by word, and unless it is `quiet`, by button.

    Channels have room for few buttons, so the quiet ones are also found behind another way out. `meant` as of a choice.
    """

    id: WayOutId
    label: str
    kind: WayOutKind
    words: tuple[str, ...]
    to: StateId | None = None
    quiet: bool = False
    meant: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Asked:
    """What an answer or a fact is called when it is read back: its title, its values in words, where it was asked."""

    title: str
    values: Mapping[str, str]
    asked_in: tuple[StateId, ...]


@dataclass(frozen=True, slots=True)
class Track:
    """A part of the conversation that is read, drawn and edited together."""

    id: str
    title: str


@dataclass(frozen=True, slots=True)
class Special:
    """
    The states that the engine itself needs to know by role.

    `review` shows what was filled in, `sent` tells the receipt, `receipt` how far it is, `asked` that a request was
    noted. What could not be sent leads to `closed`, `often`, `unfit` or `under_age`. `understood` says back what
    somebody told in own words, `also` leads from there to what else happened, told later.
    """

    start: StateId
    resume: StateId
    crisis: StateId
    danger: StateId
    seeking: StateId
    erased: StateId
    wiped: StateId = StateId("")
    wiped_partly: StateId = StateId("")
    review: StateId = StateId("")
    sent: StateId = StateId("")
    receipt: StateId = StateId("")
    asked: StateId = StateId("")
    closed: StateId = StateId("")
    often: StateId = StateId("")
    unfit: StateId = StateId("")
    under_age: StateId = StateId("")
    understood: StateId = StateId("")
    also: StateId = StateId("")

    @property
    def refusals(self) -> Mapping[str, StateId]:
        """Where what could not be sent leads, by the reason."""
        return {"closed": self.closed, "often": self.often, "unfit": self.unfit, "minor": self.under_age}

    @property
    def ends(self) -> frozenset[StateId]:
        """The states in which nothing is known any more: erased, and with the chat's messages taken back."""
        return frozenset({self.erased, self.wiped or self.erased, self.wiped_partly or self.erased})


@dataclass(frozen=True, slots=True)
class Flow:
    """
    A whole conversation, parsed and checked for shape.

    `facts` are what may be understood and said back, `wants` where somebody is led who asks for something.
    """

    id: str
    states: Mapping[StateId, State]
    ways_out: tuple[WayOut, ...]
    notes: Mapping[NoteId, str]
    special: Special
    answers: Mapping[str, Asked] = field(default_factory=dict)
    tracks: tuple[Track, ...] = ()
    facts: Mapping[str, Asked] = field(default_factory=dict)
    wants: Mapping[str, StateId] = field(default_factory=dict)

    def get_state(self, state_id: StateId) -> State:
        """Return a state that is known to exist; KeyError is a bug."""
        return self.states[state_id]


@dataclass(frozen=True, slots=True)
class Step:
    """
    A place one can go back to, with the answers held there.

    `guarded`: it was left while nobody knew who holds the phone, so going back asks first.
    """

    state: StateId
    answers: Mapping[str, str] = field(repr=False)
    guarded: bool = False


@dataclass(frozen=True, slots=True)
class Heard:
    """
    Which message answered which question, so that taking the message back takes the answer back.

    `message` is a keyed hash of the channel's id. `state` is where it was asked, `keys` the answers it gave.
    """

    message: str
    state: StateId
    keys: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Told:
    """
    What a message in own words stated, never a word of it: facts (`minor=yes`) that no question has used up yet.

    `message` as of `Heard`; empty where the channel names none. `agreed`: the person said that it is right.
    """

    message: str
    facts: tuple[str, ...] = field(repr=False)
    agreed: bool = False


@dataclass(frozen=True, slots=True)
class Session:
    """
    Where one person is.

    `turn` counts the questions asked in this `visit`; a button carries both, so that a button of an
    older question is known. `trail` is where "back" goes, newest last. `interrupted` is set inside
    an overlay; `opened` are the overlays that "back" leads to before that. `away`: nobody knows who holds the phone since they left or fell silent, so the earlier
    place is shown only to whoever asks the greeting for it. `veiled` are the answers (`key=value`) given
    before that: they still count, but are not read back. `asked_at` is the channel's time of the input that led
    to the current question; it is `fresh` until an input came that could have been an answer. `note` is what was
    said with it last. `tapped` is the button (`visit:turn:id`) that led
    here: pressed twice it is one answer. `last_words` is a keyed hash of the last message typed and of what it said,
    `words_at` the turn after it. `heard` are the messages that gave answers. `hushed`: replies make no
    sound. `draft` is what was filled into the form, `pocket` what a few pages must know of each other: the receipt that
    was asked about, what was agreed to. Both end when the form is sent or given up. `told` is what was said in own words and is not
    an answer yet. `locale_known`: the language was chosen, or found by the first words. Moments are aware UTC. `repr` hides everything
    that a person told us.
    """

    visit: VisitId
    turn: int
    state: StateId
    locale: str
    seen_at: datetime
    sent_at: datetime
    answers: Mapping[str, str] = field(default_factory=dict, repr=False)
    trail: tuple[Step, ...] = field(default=(), repr=False)
    interrupted: StateId | None = None
    opened: tuple[StateId, ...] = ()
    misses: int = 0
    away: bool = False
    veiled: frozenset[str] = field(default=frozenset(), repr=False)
    asked_at: datetime = NEVER
    fresh: bool = False
    note: NoteId | None = None
    tapped: str = field(default="", repr=False)
    heard: tuple[Heard, ...] = field(default=(), repr=False)
    last_words: str = field(default="", repr=False)
    words_at: int = 0
    hushed: bool = False
    draft: Mapping[str, str] = field(default_factory=dict, repr=False)
    pocket: Mapping[str, str] = field(default_factory=dict, repr=False)
    told: tuple[Told, ...] = field(default=(), repr=False)
    locale_known: bool = False
