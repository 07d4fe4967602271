"""
What the back office says, in the languages of its staff, side by side; a module for each topic.

Staff words only: nothing here is ever said to a person who came for help.
"""

from bot.office.words.tongues import (
    BY_TONGUE,
    HTML_TAGS,
    SOURCE_TONGUE,
    TONGUE_NAMES,
    TONGUES,
    Tongue,
    choose_tongue,
    find_tongue,
)

__all__ = [
    "BY_TONGUE",
    "HTML_TAGS",
    "SOURCE_TONGUE",
    "TONGUES",
    "TONGUE_NAMES",
    "Tongue",
    "choose_tongue",
    "find_tongue",
]
