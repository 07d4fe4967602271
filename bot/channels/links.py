"""
Which parts of a text of ours can be called or read on: telephone numbers and addresses.

Only for our own sentences: what a person wrote is never made into a link.
"""

from __future__ import annotations

import re
from collections.abc import Iterator

#: The national short numbers of the directory. Source: flows/directory, FACTS N01-N15.
_SHORT = r"110|113|119|165|1925|1955|1957|1980|1990|1995"
#: 113年, 第110條, 165件 and 113-08-15 are no telephone numbers.
_COUNTED = r"[年條項款號元歲件天日月時分秒人次位名筆個章頁倍萬億%％]"
#: Our own pages in the demo are the only ones without https.
_FOUND = re.compile(
    rf"""
    (?P<url> (?:https://[A-Za-z0-9.-]+|http://127\.0\.0\.1)(?::\d+)?(?:[/?\#][A-Za-z0-9\-._~%!$&'*+,;=:@/?\#]*)? )
  | (?<![\d.\-+]) (?P<number>
        0\d{{1,3}}-\d{{3,4}}-\d{{3,4}} | 0\d{{1,3}}-\d{{6,8}} | \d{{3}}-\d{{4}} ) (?![\d\-])
    (?: [ ]? (?:分機?|轉|\#|[ ]ext\.?) [ ]? (?P<ext>\d{{1,5}}) )?
  | (?<![\dA-Za-z.\-:第$]) (?<![A-Za-z]/) (?<!民國) (?<!民國[ ]) (?P<short>{_SHORT})
    (?! [\dA-Za-z] | [.\-:/]\d{{1,2}}(?!\d) | [.\-:]\d | [ ]?{_COUNTED} )
    """,
    re.VERBOSE | re.ASCII,
)


def find_links(text: str) -> list[dict[str, str]]:
    """Split a text of ours into pieces: `text`, and `href` where one can call or read on."""
    return list(_split(text))


def _split(text: str) -> Iterator[dict[str, str]]:
    end = 0
    for found in _FOUND.finditer(text):
        shown = found[0].rstrip(".,;:!?'") if found["url"] else found[0]
        if found.start() > end:
            yield {"text": text[end : found.start()]}
        yield {"text": shown, "href": _make_href(found, shown)}
        end = found.start() + len(shown)
    if end < len(text):
        yield {"text": text[end:]}


def _make_href(found: re.Match[str], shown: str) -> str:
    if found["url"]:
        return shown
    if found["short"]:
        return f"tel:{shown}"
    # A comma is a pause before the extension: telephones know it, unlike the `;ext=` of RFC 3966.
    return f"tel:{found['number'].replace('-', '')}" + (f",{found['ext']}" if found["ext"] else "")
