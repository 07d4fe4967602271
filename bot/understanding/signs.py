"""The features of a text, by name: what nets are taught with, and read by."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from itertools import pairwise, product

from bot.understanding.folding import MARKS, strip_accents
from bot.understanding.ideas import Ideas, Reading, read_ideas
from bot.understanding.lexicon import Lexicon

#: The words of everyday speech. They say what stands beside them, and are left out where ideas are looked at from afar.
COMMON = frozenset(
    {
        "ACCOUNT", "ALREADY", "AUTHORITY", "BAD", "BECAUSE", "BLOCKED", "BODY", "BUT", "CAN", "CHILDHOOD",
        "CONTACT", "COUNTRY", "DELETE", "DEMANDS", "DEVICE", "EXHAUSTED", "FAMILY", "GO", "GOOD", "HAVE",
        "HELP_HER", "HOME_PLACE", "HOW_LONG", "IF", "KNOW", "LAUGH", "LGBT", "LIVE_WITH", "LONG_TIME",
        "LOVE", "MAKE", "MAN", "MANY", "MET", "MUST", "NET", "NEWS_STORY", "NOT_KNOW", "ONE", "ONLY",
        "OPEN", "PAPER", "PASSIVE", "PEOPLE", "POLITE", "PRIVATE", "PROF_DUTY", "PUBLIC_PLACE", "QUARREL",
        "SAFE_NOW", "SCHOOL_PLACE", "SEE", "SELL", "SEND", "SOMEBODY", "SOON", "STAFF", "STOP", "TAKE",
        "TELL", "THINK", "TODAY", "UNDRESS", "VERY", "WANT", "WHAT", "WHERE", "WHO", "WHY", "WOMAN",
        "WORK_PLACE",
    }
)  # fmt: skip
#: So far apart two ideas may be to count together.
_FAR = 9
_BEGINNING = 4
#: Texts of so many binary digits of units, or more, are long.
_LONGEST = 8


def read_signs(text: str, lexicon: Lexicon) -> tuple[list[str], list[str]]:
    """Return the names of what a text shows: of its ideas, which every language shares, and of its letters and words."""
    return name_signs(read_ideas(text, lexicon))


def name_signs(reading: Reading) -> tuple[list[str], list[str]]:
    """Return the same of a text that is read already. Each name stands once, in a fixed order."""
    return name_ideas(reading), list(dict.fromkeys(_of_letters(reading)))


def name_ideas(reading: Reading) -> list[str]:
    """Return the first of the two."""
    return list(dict.fromkeys(_of_ideas(reading)))


def leave_common_out(clauses: Iterable[Sequence[Ideas]]) -> list[list[Ideas]]:
    """Return what clauses name beside the words of everyday speech, without those that name nothing else."""
    kept = ([own for ideas in clause if (own := _without_common(ideas))] for clause in clauses)
    return [clause for clause in kept if clause]


def _without_common(ideas: Ideas) -> Ideas:
    return ideas if COMMON.isdisjoint(ideas) else tuple(idea for idea in ideas if idea not in COMMON)


def _of_ideas(reading: Reading) -> Iterator[str]:
    clauses = leave_common_out(reading.clauses)
    flat = [ideas for clause in clauses for ideas in clause]
    yield f"#{min(len(reading.units).bit_length(), _LONGEST)}"
    unknown = reading.unknown
    total = unknown + len(flat)
    yield f"%{4 * unknown // total if total else 0}"
    yield from reading.reckoned
    yield from reading.platforms
    if reading.asks:
        yield "?"
    for clause in clauses:
        yield from _of_clause(clause)
    for whole in reading.clauses:
        yield from _of_common(whole)
    yield from _of_ends(reading.clauses)
    yield from _of_places(clauses)
    for at, ideas in enumerate(flat):
        yield from (f"{a}>{b}" for others in flat[at + 2 : at + _FAR] for a, b in product(ideas, others))


def _of_clause(clause: Sequence[Ideas]) -> Iterator[str]:
    for at, ideas in enumerate(clause):
        yield from ideas
        if at + 1 < len(clause):
            yield from (f"{a}-{b}" for a, b in product(ideas, clause[at + 1]))
        if at + 2 < len(clause):
            yield f"{ideas[0]}-{clause[at + 1][0]}-{clause[at + 2][0]}"


def _of_common(clause: Sequence[Ideas]) -> Iterator[str]:
    for ideas in clause:
        yield from (idea for idea in ideas if idea in COMMON)
    for one, other in pairwise(clause):
        if not (COMMON.isdisjoint(one) and COMMON.isdisjoint(other)):
            yield from (f"{a}-{b}" for a, b in product(one, other) if a in COMMON or b in COMMON)


def _of_ends(clauses: Sequence[Sequence[Ideas]]) -> Iterator[str]:
    """Yield what stands first, last and alone."""
    if not clauses:
        return
    yield from (f"^{idea}" for idea in clauses[0][0])
    yield from (f"{idea}$" for idea in clauses[-1][-1])
    if len(clauses) == 1 and len(clauses[0]) == 1:
        yield from (f"={idea}" for idea in clauses[0][0])


def _of_places(clauses: Sequence[Sequence[Ideas]]) -> Iterator[str]:
    """Yield what stands in the first and the last clause, and what a mark stands between."""
    if len(clauses) > 1:
        yield from (f"{idea}@first" for ideas in clauses[0] for idea in ideas)
        yield from (f"{idea}@last" for ideas in clauses[-1] for idea in ideas)
    for one, other in pairwise(clauses):
        yield from (f"{a}/{b}" for a, b in product(one[-1], other[0]))


def _of_letters(reading: Reading) -> Iterator[str]:
    run: list[str] = []
    words: list[str] = []
    for unit in (*reading.units, "."):
        kind = _kind_of(unit)
        if kind == "letter":
            run.append(unit)
        elif run:
            yield from _of_run("".join(run))
            run = []
        if kind == "word":
            words.append(unit)
        elif words and kind == "mark":
            yield from _of_words(words)
            words = []


def _kind_of(unit: str) -> str:
    if unit in MARKS:
        return "mark"
    first = unit[0]
    return "letter" if "\u2e80" <= first <= "\U0003ffff" or "\u0e00" <= first <= "\u0e7f" else "word"


def _of_run(run: str) -> Iterator[str]:
    for size in (1, 2, 3):
        for at in range(len(run) - size + 1):
            yield f"c:{run[at : at + size]}"


def _of_words(words: Sequence[str]) -> Iterator[str]:
    plain = [strip_accents(word) for word in words]
    for whole, word in zip(words, plain, strict=True):
        yield f"w:{word}"
        if whole != word:
            yield f"w:{whole}"
        if len(word) > _BEGINNING:
            yield f"b:{word[:_BEGINNING]}"
    yield from (f"w:{one} {other}" for one, other in pairwise(plain))
