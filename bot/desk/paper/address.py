"""An address, put into the parts that the form prints between the names of the parts."""

from __future__ import annotations

import re
from collections.abc import Mapping

_NUMBER = "[0-9０-９一二三四五六七八九十百〇零]{1,6}"
_NAME = "[^0-9０-９,，、\\s]"
_PARTS = re.compile(
    f"(?:(?P<village>{_NAME}{{1,6}}?[村里]))?"
    f"(?:(?P<neighbourhood>{_NUMBER})鄰)?"
    f"(?P<road>{_NAME}{{1,12}}?(?:路|街|大道|道))?"
    f"(?:(?P<section>{_NUMBER})段)?"
    f"(?:(?P<lane>{_NUMBER})巷)?"
    f"(?:(?P<alley>{_NUMBER})弄)?"
    f"(?P<number>{_NUMBER})(?:[之-](?P<sub>{_NUMBER}))?號(?:[之-](?P<sub_after>{_NUMBER}))?"
    f"[,，、]? ?(?:(?P<floor>{_NUMBER})樓(?:之(?P<room>{_NUMBER}))?)?",
)


def split_address(text: str) -> Mapping[str, str] | None:
    """
    Return the parts of a Taiwanese address below the district. None: it is not surely one, so print it as it is.

    Only what is understood from its first to its last character is divided: nothing may be lost on the way.
    """
    found = _PARTS.fullmatch(text)
    if found is None or (found["sub"] and found["sub_after"]):
        return None
    parts = {name: part or "" for name, part in found.groupdict().items()}
    parts["sub"] += parts.pop("sub_after")
    return parts
