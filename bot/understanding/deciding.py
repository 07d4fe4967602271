"""
What stands in the end: thresholds, and what always holds between the fields.

Crisis and danger are never dropped: a wrong alarm costs one tap, a missed one can cost a life. An order to the bot and what is out
of scope stand alone. What is spread, threatened, and which harm that is, are decided together, because each follows from the other.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from bot.core.stated import HARMS, LANGUAGES, WANTS, Stated
from bot.understanding.folding import fold, split
from bot.understanding.ideas import Reading, count_words
from bot.understanding.net import Head, Told
from bot.understanding.signs import leave_common_out

_HALF = 0.5
#: Which harms a status goes with.
_HARMS_OF = {
    "spread": ("shared_without_consent", "deepfake_shared"),
    "threatened": ("threatened_sharing", "threatened_sharing_deepfake"),
}
_FAKES_PASSED_ON = frozenset({"deepfake_shared", "threatened_sharing_deepfake"})
_FAKES = _FAKES_PASSED_ON | {"deepfake"}
_TRUTH = {"true": True, "false": False}
#: Whole messages that are one phrase of such an idea are an order, or a bare answer.
_ORDERS = {
    "GO_BACK": "back",
    "RESTART": "restart",
    "LEAVE": "exit",
    "ERASE_ME": "delete_data",
    "OTHER_LANGUAGE": "language",
    "HUMAN": "human",
    "HELP_WORD": "help",
    "BARE_YES": "yes",
    "BARE_NO": "no",
}
#: What an alarm is about. Where a few words name none of it, a small weight is a guess, and "maybe in autumn" opens no page about suicide.
_ALARMING = {
    "crisis": frozenset({"DIE", "SELF_HARM", "HOPELESS"}),
    "danger": frozenset({"WEAPON", "HITS", "AT_MY_PLACE", "LOCKED", "WILL_KILL", "FORCED"}),
}
_UNNAMED, _STORY = 0.9, 8
#: So many named things make a clause that is about little else.
_FEW = 4
#: Somebody else's age says nothing of the victim's where nobody else is spoken of.
_OTHER_SIDE = frozenset({"HE", "EX", "KNOWN", "STRANGER"})
_VICTIM = frozenset(
    {"ME", "MY", "WE", "CHILD", "SIBLING", "PARENT", "FRIEND", "MY_PARTNER", "CLIENT", "I_AM_PROF"}
)
#: Whoever does not know has not said no.
_UNSURE = frozenset(
    "".join(split(fold(said)))
    for said in (
        "不知道", "我不知道", "不確定", "不确定", "我不確定", "不清楚", "不記得", "不记得", "不太確定", "i don't know", "idk", "dont know", "dunno",
        "not sure", "i'm not sure", "không biết", "khong biet", "em không biết", "không chắc", "tidak tahu", "gak tau", "ga tau", "gak tahu",
        "tidak yakin", "ไม่รู้", "ไม่แน่ใจ", "ไม่ทราบ", "hindi ko alam", "di ko alam", "ewan", "hindi sigurado",
    )
)  # fmt: skip
#: Nobody was of age at some time who names none.
_OF_THAT_TIME = frozenset(
    {
        "TODAY", "PAST", "LONG_TIME", "SOON", "NOW", "STILL", "WHEN_FILMED", "YEARS_AGO", "GROWN_UP", "AGE_THEN_ADULT",
        "RECKONED_THEN_ADULT",
    }
)  # fmt: skip
#: Between a fear and what is feared stand only who, whose and what.
_NAMES = frozenset(
    {
        "HE", "EX", "KNOWN", "STRANGER", "SOMEBODY", "ME", "MY", "WE", "PICTURE", "IMAGE", "VERY", "PASSIVE", "TAKE", "THINK", "SEND",
        "CHILD", "SIBLING", "FRIEND", "MY_PARTNER", "MAN", "WOMAN", "PEOPLE", "BARE_YES", "NET", "GO",
    }
)  # fmt: skip
#: What is asked for, where something is.
_DEMANDS = {"money": frozenset({"MONEY", "PAID"}), "more": frozenset({"MORE_IMAGES", "MEET_SEX"})}
_SPOKEN_OF = frozenset({"IMAGE", "PICTURE", "FILMED", "WHEN_FILMED", "FAKE", "SECRETLY", "MORE_IMAGES"})


@dataclass(frozen=True, slots=True)
class Limits:
    """From which probability on each value is stated, in one language: by field, then by value."""

    of: Mapping[str, Mapping[str, float]]

    @classmethod
    def read(cls, thresholds: Mapping[str, float], heads: Sequence[Head], language: str) -> Limits:
        """Take for each value the most special one of those that a model has."""

        def choose(name: str, value: str) -> float:
            keys = (f"{name}:{value}@{language}", f"{name}:{value}", f"{name}@{language}", name)
            return next((thresholds[key] for key in keys if key in thresholds), _HALF)

        return cls(
            {head.field: {value: choose(head.field, value) for value in head.values} for head in heads}
        )


@dataclass(frozen=True, slots=True)
class Verdict:
    """What a net says of one text, and from where on that counts."""

    told: Told
    limits: Limits

    def weight(self, name: str, value: str = "true") -> float:
        """Return how likely a value is; 0 if the net knows nothing of it."""
        return self.told.get(name, {}).get(value, 0.0)

    def passes(self, name: str, value: str = "true") -> bool:
        """Whether a value is likely enough to be stated."""
        told = self.told.get(name)
        return told is not None and told.get(value, 0.0) >= self.limits.of[name].get(value, _HALF)

    def pick(self, name: str) -> str:
        """Return the likeliest value of those likely enough; "" if there is none."""
        told = self.told.get(name, {})
        limits = self.limits.of.get(name, {})
        passing = [value for value, weight in told.items() if value and weight >= limits[value]]
        return max(passing, key=told.__getitem__, default="")

    def pick_many(self, name: str, order: Sequence[str]) -> tuple[str, ...]:
        """Return all that are likely enough."""
        return tuple(value for value in order if self.passes(name, value))


def decide(verdict: Verdict, reading: Reading) -> Stated:
    """Say what a text states."""
    language = _tell_language(verdict, reading)
    crisis, danger = (_sounds(alarm, verdict, reading) for alarm in ("crisis", "danger"))
    if not crisis and not danger:
        command = _find_order(reading) or verdict.pick("command")
        if command and not (command == "no" and "".join(reading.units) in _UNSURE):
            return Stated(language=language, command=command)
        if verdict.passes("out_of_scope") and not _is_about_us(verdict, reading):
            return Stated(language=language, out_of_scope=True)
        if verdict.passes("seeking"):
            return Stated(language=language)
    status, harms = _leave_fears_out(reading, *_decide_harms(verdict))
    harms = _add_making(harms)
    minor, minor_at_filming = _decide_ages(verdict, reading, harms)
    return Stated(
        language=language,
        crisis=crisis,
        danger=danger,
        role=verdict.pick("role"),
        minor=minor,
        minor_at_filming=minor_at_filming,
        status=status,
        harms=harms,
        money_demanded=(demanded := _decide_money(verdict, reading)),
        demands=tuple(kind for kind, ideas in _DEMANDS.items() if demanded and ideas & reading.name_ideas()),
        abuser=verdict.pick("abuser"),
        wants=verdict.pick_many("wants", WANTS),
        platforms=_pick_platforms(verdict, reading),
    )


def _tell_language(verdict: Verdict, reading: Reading) -> str:
    told = verdict.told.get("language")
    if reading.language or not told:
        return reading.language
    best = max(told, key=told.__getitem__)
    return best if best in LANGUAGES and told[best] >= _HALF else ""


def _sounds(alarm: str, verdict: Verdict, reading: Reading) -> bool:
    """Whether an alarm is heard: easily in a story, or where what it is about is named; in a few words more surely."""
    if not verdict.passes(alarm):
        return False
    is_story = count_words(reading.units) >= _STORY
    return is_story or verdict.weight(alarm) >= _UNNAMED or bool(reading.name_ideas() & _ALARMING[alarm])


def _is_about_us(verdict: Verdict, reading: Reading) -> bool:
    """Whether something is asked for that we are here for, in so many words, and nothing else is spoken of."""
    named = reading.name_ideas()
    is_asked = bool(verdict.pick_many("wants", WANTS)) and any(idea.startswith("ASK_") for idea in named)
    return is_asked and not any(idea.startswith("OFF_TOPIC_") for idea in named)


def _find_order(reading: Reading) -> str:
    entries = [ideas for clause in reading.clauses for ideas in clause]
    if len(entries) != 1 or reading.unknown or reading.asks:
        return ""
    orders = {_ORDERS[idea] for idea in entries[0] if idea in _ORDERS}
    return orders.pop() if len(orders) == 1 else ""


def _decide_harms(verdict: Verdict) -> tuple[str, tuple[str, ...]]:
    weights = {status: _weigh_status(verdict, status) for status in _HARMS_OF}
    limits = verdict.limits.of.get("status", {})
    passing = [status for status, weight in weights.items() if weight >= limits.get(status, _HALF)]
    status = max(passing, key=weights.__getitem__, default="")
    harms = set(verdict.pick_many("harms", HARMS))
    for other, names in _HARMS_OF.items():
        if other == status:
            likeliest = max(names, key=lambda name: verdict.weight("harms", name))
            if not harms.intersection(names) and verdict.weight("harms", likeliest) >= _HALF / 2:
                harms.add(likeliest)
        elif not (other == "threatened" and status):
            harms.difference_update(names)
    return status, tuple(harm for harm in HARMS if harm in harms)


def _leave_fears_out(reading: Reading, status: str, harms: tuple[str, ...]) -> tuple[str, tuple[str, ...]]:
    """Take nothing for spread that is only feared: "I am afraid he will post it" is a question to ask, and no harm that is done."""
    if status != "spread" or not _is_only_feared(reading):
        return status, harms
    return "", tuple(harm for harm in harms if harm not in _HARMS_OF["spread"])


def _add_making(harms: tuple[str, ...]) -> tuple[str, ...]:
    """Whoever passes a fake on, or threatens to, has one made. Source: Criminal Code article 319-4, which names both acts."""
    if not _FAKES_PASSED_ON.intersection(harms):
        return harms
    return tuple(harm for harm in HARMS if harm == "deepfake" or harm in harms)


def _is_only_feared(reading: Reading) -> bool:
    told = [
        (clause, at) for clause in reading.clauses for at, ideas in enumerate(clause) if "SPREAD" in ideas
    ]
    return bool(told) and all(_is_feared(clause, at) for clause, at in told)


def _is_feared(clause: Sequence[Sequence[str]], at: int) -> bool:
    """Whether a fear stands right before what is named there, and nothing says that it happened."""
    for ideas in reversed(clause[:at]):
        if "AFRAID_THAT" in ideas:
            return not any("ALREADY" in others for others in clause)
        if not _NAMES & set(ideas):
            return False
    return False


def _weigh_status(verdict: Verdict, status: str) -> float:
    """Weigh it by what is said of the status and of its harms: each follows from the other."""
    harm = max(verdict.weight("harms", name) for name in _HARMS_OF[status])
    return (verdict.weight("status", status) + harm) / 2


def _decide_money(verdict: Verdict, reading: Reading) -> bool | None:
    """Say whether something is asked for. "No money, he wants me to come" must not be heard as nothing."""
    demanded = _TRUTH.get(verdict.pick("money_demanded"))
    return None if demanded is False and reading.name_ideas() & _DEMANDS["more"] else demanded


def _decide_ages(verdict: Verdict, reading: Reading, harms: Sequence[str]) -> tuple[bool | None, bool | None]:
    minor = _TRUTH.get(verdict.pick("minor"))
    then = _TRUTH.get(verdict.pick("minor_at_filming"))
    named = reading.name_ideas()
    if harms and _FAKES.issuperset(harms):
        then = then or None  # nobody was filmed; how old the picture is that a fake was made of is asked
    elif minor:
        # Who is under age now was so then.
        then = True if harms or then is not None or named & _SPOKEN_OF else None
    elif then is False and not _OF_THAT_TIME & (named | set(reading.reckoned)):
        then = None  # "I am 26": when it was made is asked
    if minor is False and not named & _VICTIM and _is_of_other_side(reading):
        minor = None  # "he is 30": whoever is told so may be 14
    return minor, then


def _is_of_other_side(reading: Reading) -> bool:
    """Whether each adult age stands in a few words about the other side."""
    clauses = leave_common_out(reading.clauses)
    aged = [clause for clause in clauses if any("AGE_ADULT" in ideas for ideas in clause)]
    return bool(aged) and all(
        len(clause) <= _FEW and any(_OTHER_SIDE & set(ideas) for ideas in clause) for clause in aged
    )


def _pick_platforms(verdict: Verdict, reading: Reading) -> tuple[str, ...]:
    if "platforms" not in verdict.told:
        return reading.platforms
    return tuple(one for one in reading.platforms if verdict.passes("platforms", one))
