"""
Counts of what a process did, for whoever watches it: plain numbers since its start, of nobody in particular.

Every name is a word of this program's own, so nothing that a person wrote can become one.
"""

from __future__ import annotations

from collections.abc import Mapping

#: What is counted, and what it means.
MEANINGS: Mapping[str, str] = {
    "limited": "messages over a person's limit that were dropped",
    "later": "messages over the limit that were not dropped but sent back, to come again: an outage had turned them away",
    "slowed": "lines that told somebody that it was too much",
    "pressing": "messages that no limit drops: alarms, ways to a human or to the erasure, what is taken back, who left",
    "crowded": "deliveries and messages refused, mostly unread, because too many were in hand; the channel sends them again",
    "poisoned": "messages that made the program fail, five times",
    "told_directly": "apologies that could not be stored and were said directly",
    "given_up": "messages that could neither be taken nor answered, five deliveries long",
    "prove": "acts on the web page that were asked for a puzzle",
    "wait": "acts on the web page that were asked to wait",
}


class Meter:
    """Adds up. `read` gives every name, also those that were never met."""

    def __init__(self) -> None:
        self._counts = dict.fromkeys(MEANINGS, 0)

    def count(self, what: str) -> None:
        """Count one. Never waits, never raises; a name that is not ours is not counted."""
        if what in self._counts:
            self._counts[what] += 1

    def read(self) -> Mapping[str, int]:
        """Return the counts since the start."""
        return dict(self._counts)
