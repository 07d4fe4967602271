"""Counties and districts as people write them: 台 or 臺, with 市 and 區 or without, old names too; counties also as Taipei City."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass

from bot.core.fields import Draft, Refused, Taken
from bot.core.text import squeeze
from bot.form.model import County

_MAX_CHARS = 60
#: Names that people still use. Source: the mergers of 2010 and 2014.
_OLD_NAMES = {
    "台北縣": "新北市", "桃園縣": "桃園市", "台中縣": "臺中市", "台南縣": "臺南市", "高雄縣": "高雄市", "馬祖": "連江縣",
}  # fmt: skip
_KINDS = "鄉鎮市區"


@dataclass(frozen=True, slots=True)
class _District:
    county: str
    name: str
    folded: str

    @property
    def bare(self) -> str:
        return self.folded[:-1]


#: How exactly a district may be named: as it is called, without its last sign, with the one that it had before a merger.
_WAYS: tuple[Callable[[_District, str], bool], ...] = (
    lambda one, name: one.folded == name,
    lambda one, name: one.bare == name,
    lambda one, name: one.bare == name[:-1] and name[-1:] in _KINDS,
)


class Places:
    """Finds counties and districts in what people write."""

    def __init__(self, counties: Sequence[County]) -> None:
        full = {
            squeeze(name): county.name for county in counties for name in (county.name, county.latin) if name
        }
        self._full = {**_OLD_NAMES, **full}
        bare = [(squeeze(county.name)[:-1], county.name) for county in counties]
        bare += [
            (squeeze(county.latin.rpartition(" ")[0]), county.name) for county in counties if county.latin
        ]
        self._starts = (*self._full.items(), *bare)
        names = [name for name, _ in bare]
        self._shared = {name for name in names if names.count(name) > 1}
        self._bare = {name: county for name, county in bare if name not in self._shared}
        self._districts = {
            county.name: tuple(_District(county.name, name, squeeze(name)) for name in county.districts)
            for county in counties
        }

    def read_county(self, text: str, draft: Draft) -> Taken | Refused:
        """Read a county; a district written with it, or one that only one county has, is taken too."""
        name = _fold(text)
        if found := self._full.get(name) or self._bare.get(name):
            return Taken({"county": found, **self._leave_district(found, draft)})
        if name in self._shared:
            return Refused("county_which")
        both = self.read_district(text, {})
        return both if isinstance(both, Taken) else Refused("county_unclear")

    def read_district(self, text: str, draft: Draft) -> Taken | Refused:
        """Read a district of the draft's county; where only one county has it, or its name is there too, of any."""
        name = _fold(text)
        here = self._districts.get(draft.get("county", ""), ())
        if found := _match(name, here):
            return Taken({"district": found[0].name}) if len(found) == 1 else Refused("district_which")
        if len(found := self._match_both(name)) == 1:
            return Taken({"county": found[0].county, "district": found[0].name})
        if not (found := _match(name, tuple(self._list()))):
            return Refused("district_unclear")
        if here:
            return Refused("district_elsewhere")
        if len(found) > 1:
            return Refused("district_which")
        return Taken({"county": found[0].county, "district": found[0].name})

    def find_in_address(self, text: str, draft: Draft) -> dict[str, str]:
        """Return county and district with which an address begins, as far as the draft has none and says nothing else."""
        start = _fold(text[:_MAX_CHARS]).lstrip("0123456789")
        written = next((name for name in self._full if start.startswith(name)), "")
        county = self._full.get(written) or draft.get("county", "")
        rest = start.removeprefix(written)
        among = self._districts.get(county, ()) if county else tuple(self._list())
        found = [one for one in among if rest.startswith(one.folded)]
        if len(found) == 1:
            county = found[0].county
        elif not written:
            return {}
        if draft.get("county", county) != county:
            return {}
        named = {"county": county, "district": found[0].name if len(found) == 1 else ""}
        return {key: value for key, value in named.items() if value and not draft.get(key)}

    def _leave_district(self, county: str, draft: Draft) -> dict[str, str]:
        """A district of another county is emptied."""
        district = draft.get("district", "")
        stays = not district or any(one.name == district for one in self._districts[county])
        return {} if stays else {"district": ""}

    def _match_both(self, name: str) -> list[_District]:
        """Return the districts that a text means which begins with a county."""
        found = [
            one
            for start, county in self._starts
            if name.startswith(start)
            for one in _match(name.removeprefix(start), self._districts.get(county, ()))
        ]
        return list(dict.fromkeys(found))

    def _list(self) -> Iterator[_District]:
        for districts in self._districts.values():
            yield from districts


def _fold(text: str) -> str:
    return squeeze(text) if len(text) <= _MAX_CHARS else ""


def _match(name: str, districts: Sequence[_District]) -> list[_District]:
    """Return those of that name: as they are called, else those that are called so a little differently."""
    for is_meant in _WAYS if name else ():
        if found := [one for one in districts if is_meant(one, name)]:
            return found
    return []
