"""
What somebody told in their own words: offered back, confirmed, corrected, taken back.

A fact is `key=value`, never a word that was typed. It becomes an answer only by the choice that means it, in the state
that asks for it, and only after the person said that it is right.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence

from bot.core.model import Choice, Flow, Heard, Session, State, StateId, Told
from bot.core.records import changed
from bot.core.stated import COMMANDS, DEMANDS, PLATFORMS, WANTS, Stated

#: What people say of one kind of harm, by the flow's own name for it.
_HARM_OF: Mapping[str, tuple[str, ...]] = {
    "filmed_secretly": ("secret",),
    "filmed_forced": ("forced",),
    "deepfake": ("fake",),
    "shared_without_consent": ("spread",),
    "deepfake_shared": ("spread", "fake"),
    "threatened_sharing": ("threat",),
    "threatened_sharing_deepfake": ("threat", "fake"),
    "other": (),
}
_HARMS = ("spread", "threat", "secret", "forced", "fake")
_YES_NO = ("yes", "no")
#: Every fact that a flow may ask about.
FACTS: Mapping[str, tuple[str, ...]] = {
    "role": ("self", "relative", "professional", "witness"),
    "minor": _YES_NO,
    "filmed_minor": _YES_NO,
    "harm": _HARMS,
    "abuser": ("known", "unknown"),
    "money": _YES_NO,
    "demand": DEMANDS,
    "want": WANTS,
    "platform": PLATFORMS,
    "command": COMMANDS,
    # Of the telling itself: that something was told, that it was several kinds, that all of them are noted.
    "story": ("told",),
    "kinds": ("several", "listed"),
}
#: Of these more than one may be true.
_SEVERAL = frozenset({"harm", "demand", "want", "platform"})
#: Guards ask by this prefix which kinds of fact are offered: `heard_minor=yes`.
HEARD = "heard_"
#: What marks a message that told a fact, among the keys that it gave.
OWN_WORDS = "own.words"
_MOST_TOLD = 20
#: The form alone has sixty questions, and each message is to be found again when it is taken back. Source: SECURITY T27.
MOST_HEARD = 100
STORY, SEVERAL, LISTED = "story=told", "kinds=several", "kinds=listed"
#: Said of somebody else these are not ours to note: no story is taken of a person who is not here.
_OF_OTHERS: Mapping[str, frozenset[str]] = {
    "relative": frozenset({"role", "minor", "want"}),
    "professional": frozenset({"role", "want"}),
    "witness": frozenset({"role", "want"}),
}
#: Nothing more is noted of somebody under 18 before the duty to report was explained.
_OF_MINORS = frozenset({"role", "minor", "want"})


def list_facts(stated: Stated) -> tuple[str, ...]:
    """Return every fact that a text states, in the order in which questions are asked; what contradicts itself is none."""
    if stated.out_of_scope:
        return ()
    found = [f"role={stated.role}"] if stated.role else []
    found += _list_ages(stated)
    found += [f"harm={harm}" for harm in _list_harms(stated)]
    found += [f"abuser={stated.abuser}"] if stated.abuser else []
    found += _say("money", yes=stated.money_demanded)
    found += [f"demand={demand}" for demand in stated.demands]
    found += [f"want={want}" for want in stated.wants]
    found += [f"platform={platform}" for platform in stated.platforms]
    return tuple(found)


def _list_ages(stated: Stated) -> list[str]:
    if stated.minor and stated.minor_at_filming is False:
        return []  # nobody grows younger: it must be asked
    return _say("minor", yes=stated.minor) + _say("filmed_minor", yes=stated.minor_at_filming)


def _list_harms(stated: Stated) -> list[str]:
    named = {harm for told in stated.harms for harm in _HARM_OF.get(told, ())}
    if stated.status == "threatened" and "spread" in named:
        return []  # "not yet" and "already" in one breath
    named |= {"threatened": {"threat"}, "spread": {"spread"}}.get(stated.status, set())
    return [harm for harm in _HARMS if harm in named]


def _say(key: str, *, yes: bool | None) -> list[str]:
    return [] if yes is None else [f"{key}={'yes' if yes else 'no'}"]


def key_of(fact: str) -> str:
    """Return the kind of a fact."""
    return fact.partition("=")[0]


def choose_offered(facts: Iterable[str], flow: Flow, session: Session) -> tuple[str, ...]:
    """Return the facts that may be said back: those with words, and of others only what is theirs to tell."""
    worded = [fact for fact in facts if _has_words(fact, flow)]
    allowed = _list_allowed(flow, session, worded)
    return tuple(fact for fact in worded if key_of(fact) in allowed)


def _list_allowed(flow: Flow, session: Session, facts: Iterable[str]) -> frozenset[str]:
    known = {*facts, *list_offered(session), *list_agreed(session)}
    if session.answers.get("about") == "friend" and "role=self" not in known:
        known.add("role=relative")
    allowed = frozenset(flow.facts)
    for role, keys in _OF_OTHERS.items():
        allowed &= keys if f"role={role}" in known else allowed
    is_young = "minor=yes" in known or ("minor=no" not in known and session.answers.get("age_now") == "minor")
    return allowed & _OF_MINORS if is_young else allowed


def is_answered(fact: str, flow: Flow, session: Session) -> bool:
    """Whether an answer says the same already, so that nobody needs to be asked."""
    sets = [
        one.sets
        for state in flow.states.values()
        if state.asks_only
        for one in state.choices
        if fact in one.meant
    ]
    return any(one and one.items() <= session.answers.items() for one in sets)


def _has_words(fact: str, flow: Flow) -> bool:
    key, _, value = fact.partition("=")
    return key in flow.facts and value in flow.facts[key].values


def hold(
    session: Session,
    message: str,
    facts: Sequence[str],
    flow: Flow,
    *,
    is_late: bool = False,
    is_unseen: bool = False,
) -> Session:
    """
    Remember what a message stated, until the person says whether it is right.

    What is told later counts; what came late only adds. What one breath says in two ways (`is_unseen`) is asked.
    """
    disputed = set() if is_late else _list_disputed(facts, list_offered(session), is_unseen=is_unseen)
    facts = [fact for fact in facts if key_of(fact) not in disputed]
    session = strike(session, disputed)
    known = list_offered(session)
    single = {key_of(fact) for fact in known} - _SEVERAL if is_late else set()
    chosen = choose_offered([fact for fact in facts if key_of(fact) not in single], flow, session)
    new = tuple(fact for fact in chosen if fact not in known and not is_answered(fact, flow, session))
    earlier = strike(session, {key_of(fact) for fact in chosen if fact not in known} - _SEVERAL)
    if not new:
        return earlier
    told = changed(earlier, told=(*earlier.told, Told(message, new))[-_MOST_TOLD:])
    return strike(told, set(FACTS) - _list_allowed(flow, told, ()))


def _list_disputed(facts: Sequence[str], known: Sequence[str], *, is_unseen: bool) -> set[str]:
    """
    Return the kinds of fact that must be asked, because a later message says them otherwise and corrects nothing.

    「我被偷拍」, and then 「是室友」: that says who did it, and not for whom they write.
    """
    earlier = {key_of(fact): fact for fact in known}
    other = {key_of(fact) for fact in facts if earlier.get(key_of(fact), fact) != fact} - _SEVERAL
    names_who_did_it = any(key_of(fact) == "abuser" for fact in facts)
    return other if is_unseen else other & {"role"} if names_who_did_it else set()


def strike(session: Session, keys: Iterable[str]) -> Session:
    """Take away the facts of these kinds, of whatever is not an answer yet."""
    gone = set(keys)
    return _keep(session, lambda fact: key_of(fact) not in gone)


def _keep(session: Session, is_kept: Callable[[str], bool]) -> Session:
    kept = (changed(one, facts=tuple(fact for fact in one.facts if is_kept(fact))) for one in session.told)
    return changed(session, told=tuple(one for one in kept if one.facts)) if session.told else session


def release(session: Session, message: str) -> Session:
    """Forget what a message told, as far as it is not an answer yet."""
    kept = tuple(one for one in session.told if not message or one.message != message)
    return session if len(kept) == len(session.told) else changed(session, told=kept)


def list_offered(session: Session) -> tuple[str, ...]:
    """Return what was told and is not confirmed yet, each once, in the order of `FACTS`."""
    return _in_order(fact for one in session.told if not one.agreed for fact in one.facts)


def is_worth_saying_back(session: Session) -> bool:
    """Whether enough was told to be said back. Most people write of themselves: "I" alone is asked, and waits for more."""
    return list_offered(session) not in ((), ("role=self",))


def list_agreed(session: Session) -> tuple[str, ...]:
    """Return what was confirmed and not used yet, as above."""
    return _in_order(fact for one in session.told if one.agreed for fact in one.facts)


def _in_order(facts: Iterable[str]) -> tuple[str, ...]:
    order = {key: place for place, key in enumerate(FACTS)}
    # Another version of the program may have stored a fact that this one does not know.
    known = [fact for fact in dict.fromkeys(facts) if fact.partition("=")[2] in FACTS.get(key_of(fact), ())]
    return tuple(sorted(known, key=lambda fact: order[key_of(fact)]))


def agree(session: Session) -> Session:
    """Note that everything that was offered is right."""
    return changed(session, told=tuple(changed(one, agreed=True) for one in session.told))


def take_want(session: Session) -> tuple[Session, str]:
    """Take the first thing that was asked for and confirmed; empty: none."""
    wants = [fact.partition("=")[2] for fact in list_agreed(session) if key_of(fact) == "want"]
    return (strike(session, ["want"]), wants[0]) if wants else (session, "")


def see_told(session: Session) -> Mapping[str, str]:
    """Return what guards may know: which kinds of fact are offered, never what they say."""
    return {f"{HEARD}{key_of(fact)}": "yes" for fact in list_offered(session)}


# Which choice a fact chooses


def find_meant(choices: Iterable[Choice], facts: Iterable[str]) -> tuple[Choice, str] | None:
    """Return the first choice that a fact means, with that fact."""
    open_choices = tuple(choices)
    return next(((one, fact) for fact in facts for one in open_choices if fact in one.meant), None)


def list_steps(session: Session) -> tuple[str, ...]:
    """Return what was confirmed and leads on from question to question, in the order in which it is tried."""
    facts = tuple(fact for fact in list_agreed(session) if key_of(fact) != "want")
    if not facts:
        return ()
    several = sum(key_of(fact) == "harm" for fact in facts) > 1
    return (STORY, *((SEVERAL,) if several else ()), *facts)


def use(session: Session, fact: str, at: StateId, before: Mapping[str, str]) -> Session:
    """Note that a fact chose something, so that taking its message back takes that back."""
    given = tuple(sorted(key for key, value in session.answers.items() if before.get(key) != value))
    is_kinds = key_of(fact) == "kinds"
    tellers = [
        one.message
        for one in session.told
        if fact in one.facts or (is_kinds and any(key_of(told) == "harm" for told in one.facts))
    ]
    heard = tuple(Heard(message, at, (*given, OWN_WORDS)) for message in tellers if message)
    used = changed(session, heard=(*session.heard, *heard)[-MOST_HEARD:])
    rest = _keep(used, lambda told: told != fact)
    # Once each kind is noted, the page that collects them is left.
    return changed(rest, told=(*rest.told, Told("", (LISTED,), agreed=True))) if fact == SEVERAL else rest


def forget_of_others(session: Session, flow: Flow) -> Session:
    """Forget what is not ours to note, now that an answer says whom it is about."""
    return (
        strike(session, set(FACTS) - {"kinds"} - _list_allowed(flow, session, ()))
        if session.told
        else session
    )


def forget_asked(session: Session, state: State) -> Session:
    """Forget what was told about a question that was answered otherwise."""
    asked = {fact for choice in state.choices for fact in choice.meant}
    single = {key_of(fact) for fact in asked} - _SEVERAL
    return _keep(session, lambda fact: fact not in asked and key_of(fact) not in single)


def find_change(flow: Flow, session: Session, facts: Iterable[str]) -> tuple[str, int] | None:
    """
    Return the fact that changes an answer, with the place in the trail of the first question that it changes.

    A fact that only adds to what was told changes none. Nothing leads back beyond where a stranger may have gone on.
    """
    guarded = [place for place, step in enumerate(session.trail) if step.guarded]
    own = range(guarded[-1] + 1 if guarded else 0, len(session.trail))
    found = [
        (place, fact)
        for fact in facts
        for place in own
        if _is_changed(flow.get_state(session.trail[place].state), fact, session.answers)
    ]
    if not found:
        return None
    place, fact = min(found, key=lambda one: one[0])
    return fact, place


def _is_changed(state: State, fact: str, answers: Mapping[str, str]) -> bool:
    sets = [choice.sets for choice in state.choices if fact in choice.meant]
    return any(key in answers and answers[key] != value for one in sets for key, value in one.items())


def has_told(session: Session, message: str) -> bool:
    """Whether something came of a message in own words."""
    is_answer = any(one.message == message and OWN_WORDS in one.keys for one in session.heard)
    return bool(message) and (is_answer or any(one.message == message for one in session.told))
