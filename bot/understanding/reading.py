"""From a text to what it states: what the net weighs, of the whole and of its pieces, put in order by rules."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from bot.core.stated import LANGUAGES, Stated
from bot.understanding.ages import WRITTEN_IN
from bot.understanding.deciding import Limits, Verdict, decide
from bot.understanding.folding import fold, split
from bot.understanding.ideas import Reading, count_words, read_units
from bot.understanding.net import Model, Scales, Told
from bot.understanding.signs import name_ideas, name_signs

#: From so many words on a text is read in pieces, too: of so many words each, and of so many pieces at most.
_LONG, _PIECE, _MOST_PIECES = 45, 20, 12
#: Of more units than this only so many at the beginning and at the end are read, and of the rest what stands around words of alarm.
_MOST_UNITS, _FIRST, _LAST = 1_600, 1_000, 600
_AROUND, _MOST_AROUND = 40, 6
#: Of more units than this the pieces are read by their ideas alone, and the whole by its beginning and its end.
_VERY_LONG, _SHORTENED, _PIECES_OF_VERY_LONG = 600, 400, 5
_OF_PIECES = frozenset({"status", "harms", "money_demanded", "wants"})
#: In a long story somebody dies, hits and waits at the door, and none of it is now: the whole tells. A piece tells where the whole is
#: too long to be read.
_ALARMS = frozenset({"crisis", "danger"})


class Reader:
    """Reads texts by one model: its `read` is an `Understand`. `year`: of today, from which birth years are counted."""

    def __init__(self, model: Model, year: int = WRITTEN_IN) -> None:
        self._lexicon, self._year = model.lexicon, year
        self._scales = Scales(model)
        self._limits = {one: Limits.read(model.thresholds, model.heads, one) for one in ("", *LANGUAGES)}

    def read(self, text: str) -> Stated:
        """Say what a text states. Never raises, whatever is typed; the same text is always read the same."""
        units = split(fold(text))
        left_out: Sequence[str] = ()
        if len(units) > _MOST_UNITS:
            units, left_out = [*units[:_FIRST], ".", *units[-_LAST:]], units[_FIRST:-_LAST]
        reading = read_units(units, self._lexicon, self._year)
        told = self._weigh(reading)
        if left_out:
            told = _blend(told, list(self._weigh_around(left_out, reading.language)), _ALARMS)
        return decide(Verdict(told, self._limits[reading.language]), reading)

    def _weigh(self, reading: Reading) -> Told:
        words = count_words(reading.units)
        if words < _LONG:
            return self._scales.weigh(*name_signs(reading))
        if len(reading.units) <= _VERY_LONG:
            pieces = reading.cut(max(_PIECE, words / _MOST_PIECES))
            whole, *parts = (self._scales.weigh(*name_signs(one)) for one in (reading, *pieces))
            return _blend(whole, parts, _OF_PIECES)
        pieces = reading.cut(words / _PIECES_OF_VERY_LONG)
        whole = self._scales.weigh(*name_signs(reading.shorten(_SHORTENED)))
        return _blend(
            whole, [self._scales.weigh(name_ideas(one), ()) for one in pieces], _OF_PIECES | _ALARMS
        )

    def _weigh_around(self, units: Sequence[str], language: str) -> Iterator[Told]:
        """Weigh what stands around words of alarm, as the first and the last of them."""
        reached, found = 0, []
        for entry in self._lexicon.find_kind("alarms", units, language):
            if entry.start >= reached:
                found.append(entry.start)
                reached = entry.start + _AROUND
        for at in dict.fromkeys((*found[: _MOST_AROUND // 2], *found[-_MOST_AROUND // 2 :])):
            near = units[max(0, at - _AROUND // 2) : at + _AROUND]
            yield self._scales.weigh(*name_signs(read_units(near, self._lexicon, self._year)))


def _blend(whole: Told, pieces: Sequence[Told], fields: frozenset[str]) -> Told:
    """Make what is said in one piece of a long text count beside what the whole says; an alarm in one piece counts fully."""
    blended = dict(whole)
    for name in fields & whole.keys() if pieces else ():
        most = {value: max(piece[name][value] for piece in pieces) for value in whole[name]}
        blended[name] = {
            value: max(weight, most[value]) if name in _ALARMS else (weight + most[value]) / 2
            for value, weight in whole[name].items()
        }
    return blended
